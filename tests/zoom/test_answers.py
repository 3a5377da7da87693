"""Every row of the error table, and what answers tell besides."""

import pytest
from hypothesis import given, strategies as st

from backrow.errors import (
    AnswerError,
    AuthError,
    NoAccessError,
    NotFoundError,
    PageTokenError,
    PlanError,
    RateLimitError,
    RequestError,
    ScopeError,
    ServerError,
    TokenError,
    TooOldError,
    ZoomError,
)
from backrow.zoom.answers import failure_of, masked, retry_after_at, told_by
from backrow.zoom.endpoints import endpoint
from backrow.zoom.limits import Told
from tests.zoom.fakes import DAILY, NOON, PER_SECOND, answer

QOS = endpoint("webinar", "participant_qos")
NO_DASHBOARD = (
    "This API is only available for ZMP and Business or higher accounts that have "
    "enabled the Dashboard feature."
)
NO_SUBSCRIPTION = (
    "Event subscription not found. Subscribe to the Webinar Participant QoS Summary "
    "event in your Marketplace app to get access to this API."
)
NO_SCOPE = "Invalid access token, does not contain scopes:[a:read:admin, b:read:admin]."


def failure(
    status: int, body: object = b"", headers: dict[str, str] | None = None
) -> ZoomError | None:
    return failure_of(answer(status, body, headers), now=NOON, endpoint=QOS)


def refused(status: int, code: int | str | None, message: str) -> ZoomError:
    body = {"code": code, "message": message}
    found = failure(status, body)
    assert found
    return found


@pytest.mark.parametrize(
    ("status", "code", "message", "error"),
    [
        (400, 12702, "Can not access a webinar a year ago.", TooOldError),
        (400, 200, NO_DASHBOARD, PlanError),
        (400, 400, NO_DASHBOARD, PlanError),
        (400, 200, "Only available for paid accounts that have ...", PlanError),
        (400, 200, NO_SUBSCRIPTION, RequestError),
        (400, 200, "Invalid api key or secret.", TokenError),
        (400, 300, "Can not access webinar info, 97871060099.", NoAccessError),
        (300, 300, "Can not access webinar info, 97871060099.", NoAccessError),
        (400, 300, "The next page token is invalid or expired.", PageTokenError),
        (300, 200, "The next page token is invalid or has expired.", PageTokenError),
        (400, 4711, NO_SCOPE, ScopeError),
        (401, 4711, NO_SCOPE, ScopeError),
        (400, 4700, "Invalid access token, does not contain scopes", ScopeError),
        (400, 104, "Invalid access token, does not contain scopes:[x].", ScopeError),
        (400, 4700, "Token cannot be empty.", TokenError),
        (401, 124, "Invalid access token.", TokenError),
        (400, 124, "Access token is expired.", TokenError),
        (401, None, "Unauthorized", TokenError),
        (403, None, "Forbidden", AuthError),
        (404, 3001, "Meeting does not exist: pfVh.", NotFoundError),
        (400, 3001, "This webinar's detail info is not available.", NotFoundError),
        (404, "3001", "The same with the code as text.", NotFoundError),
        (429, 429, PER_SECOND, RateLimitError),
        (400, 429, PER_SECOND, RateLimitError),
        (400, 300, "Validation Failed.", RequestError),
        (400, 12700, "This account cannot query meetings by `end_time`.", RequestError),
        (418, None, "teapot", RequestError),
        (500, 1000, "Internal error", ServerError),
    ],
)
def test_meaning_has_its_own_error(
    status: int, code: int | str | None, message: str, error: type[ZoomError]
) -> None:
    found = refused(status, code, message)
    assert type(found) is error
    assert found.zoom_message == message
    assert found.zoom_code == (None if code is None else int(code))
    assert found.advice


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (300, NoAccessError),
        (302, RequestError),
        (401, TokenError),
        (403, AuthError),
        (404, NotFoundError),
        (429, RateLimitError),
        (502, ServerError),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<html>no</html>", b"[]", b"\xff\xfe", b"null"])
def test_status_alone_is_enough(
    status: int, error: type[ZoomError], body: bytes
) -> None:
    found = failure(status, body)
    assert type(found) is error
    assert found.zoom_code is None


def test_error_holds_the_facts_and_names_them_in_order() -> None:
    body = {"code": 3001, "message": "No such webinar."}
    headers = {"x-zm-trackingid": "v=2.0;clid=us06;rid=WEB_1", "set-cookie": "id=77"}
    found = failure(404, body, headers)
    assert str(found) == (
        "Zoom answered 404, code 3001: No such webinar. "
        "(tracking id v=2.0;clid=us06;rid=WEB_1)"
    )
    assert found
    assert found.tracking_id == "v=2.0;clid=us06;rid=WEB_1"
    assert found.headers["set-cookie"] == "***"
    assert found.body == b'{"code": 3001, "message": "No such webinar."}'


def test_missing_scopes_are_named_in_the_advice() -> None:
    assert "a:read:admin, b:read:admin" in refused(400, 4711, NO_SCOPE).advice


def test_scope_of_the_endpoint_is_named_where_zoom_names_none() -> None:
    found = refused(400, 4711, "Invalid access token, does not contain scopes")
    assert QOS.granular_scope in found.advice


def test_missing_subscription_is_not_advised_as_a_plan() -> None:
    assert "QoS summary event" in refused(400, 200, NO_SUBSCRIPTION).advice


def test_404_without_a_code_advises_to_check_the_address() -> None:
    found = failure(404, b"<html>not here</html>")
    assert found
    assert "ZOOM_API_URL" in found.advice


def test_body_that_is_nearly_json_is_read() -> None:
    body = b'{"code":104,"message":"does not contain scopes:["a:read"]. Ask "us"."}'
    found = failure(400, body)
    assert isinstance(found, ScopeError)
    assert found.zoom_message == 'does not contain scopes:["a:read"]. Ask "us".'


def test_wrong_fields_are_named() -> None:
    errors = [{"field": "page_size", "message": "Invalid field."}, "odd"]
    body = {"code": 300, "message": "Validation Failed.", "errors": errors}
    assert "page_size: Invalid field." in str(failure(400, body))


def test_message_cannot_steer_a_terminal_or_fill_it() -> None:
    text = str(refused(400, 1, "\x1b[31mred\n" + "x" * 9_000))
    assert "\x1b" not in text
    assert "\n" not in text
    assert len(text) < 600


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b'{"user_id":', b"[]", b'"text"', b"\xff", b"[" * 5_000],
)
def test_success_without_a_json_object_is_an_error(body: bytes) -> None:
    assert isinstance(failure(200, body), AnswerError)


def test_error_body_under_success_is_an_error() -> None:
    found = failure(200, {"code": 3001, "message": "No such webinar."})
    assert isinstance(found, AnswerError)
    assert (found.status, found.zoom_code) == (200, 3001)
    assert "No such webinar." in str(found)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"user_id": "7", "user_qos": []},
        {"code": 0, "message": "ok"},
        {"code": 5, "user_qos": []},
        {"never": "seen"},
    ],
)
def test_data_is_no_error(body: object) -> None:
    assert failure(200, body) is None


def test_secret_that_zoom_echoes_is_hidden() -> None:
    secret = "eyJ-a-long-token"
    echo = answer(400, {"code": 1, "message": f"bad {secret}"}, {"x-echo": secret})
    found = failure_of(echo, now=NOON, secrets=[secret])
    assert found
    assert secret not in f"{found} {found.__dict__}"
    assert "bad ***" in str(found)


def test_short_secret_does_not_mask_words() -> None:
    echo = answer(400, {"code": 1, "message": "a demo account"})
    assert "a demo account" in str(failure_of(echo, now=NOON, secrets=["demo"]))


@given(st.integers(100, 599), st.binary(max_size=60))
def test_any_answer_is_data_or_an_error(status: int, body: bytes) -> None:
    found = failure(status, body)
    assert found is None or isinstance(found, ZoomError)
    assert found is not None or 200 <= status < 300


@pytest.mark.parametrize(
    ("text", "after_s"),
    [
        ("2026-11-26T12:00:30Z", 30),
        ("2026-11-26T13:00:30+01:00", 30),
        ("2026-11-26T12:00:30", 30),
        ("2026-11-27T00:00:00Z", 43_200),
        ("120", 120),
        (" 1.5 ", 1.5),
        ("Thu, 26 Nov 2026 12:01:00 GMT", 60),
        ("-5", 0),
        ("2020-05-31T00:00:00Z", 0),
    ],
)
def test_retry_after_is_read_in_every_form(text: str, after_s: float) -> None:
    assert retry_after_at(text, NOON) == NOON + after_s


@pytest.mark.parametrize("text", ["", "soon", "nan", "inf", "1e300", "9999-12-31"])
def test_retry_after_without_sense_is_not_believed(text: str) -> None:
    assert retry_after_at(text, NOON) is None


@pytest.mark.parametrize(
    ("headers", "message", "period"),
    [
        ({"x-ratelimit-type": "QPS"}, "", "second"),
        ({"x-ratelimit-type": "Daily-limit"}, "", "day"),
        ({}, PER_SECOND, "second"),
        ({}, DAILY, "day"),
        ({}, "You have reached the maximum per-minute rate limit", "minute"),
        ({}, "Too many concurrent requests.", "unknown"),
    ],
)
def test_kind_of_refusal_is_told_by_header_or_message(
    headers: dict[str, str], message: str, period: str
) -> None:
    found = told_by(429, headers, message, NOON)
    assert found
    assert found.period == period
    error = failure(429, {"code": 429, "message": message}, headers)
    assert isinstance(error, RateLimitError)
    assert error.period == period


def test_daily_refusal_without_retry_after_ends_with_the_day() -> None:
    error = refused(429, 429, DAILY)
    assert isinstance(error, RateLimitError)
    assert error.retry_at
    assert error.retry_at.isoformat() == "2026-11-27T00:00:00+00:00"


def test_remaining_calls_are_read_from_a_good_answer() -> None:
    headers = {
        "x-ratelimit-category": "Heavy",
        "x-ratelimit-type": "Daily-limit",
        "x-ratelimit-limit": "60000",
        "x-ratelimit-remaining": "59998",
    }
    expected = Told(refused=False, period="day", limit=60_000, remaining=59_998)
    assert told_by(200, headers, "", NOON) == expected


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-ratelimit-category": "Light"},
        {"x-ratelimit-type": "Daily-limit"},
        {"x-ratelimit-type": "Daily-limit", "x-ratelimit-remaining": "many"},
        {"x-ratelimit-type": "QPS", "x-ratelimit-limit": "40"},
    ],
)
def test_answer_that_tells_nothing_of_the_day_is_passed_over(
    headers: dict[str, str],
) -> None:
    assert told_by(200, headers, "", NOON) is None


def test_cookies_and_credentials_are_masked() -> None:
    headers = {"set-cookie": "a=1", "authorization": "Bearer x", "date": "today"}
    expected = {"set-cookie": "***", "authorization": "***", "date": "today"}
    assert masked(headers) == expected


@pytest.mark.parametrize("status", [400, 404, 405])
def test_address_that_is_no_call_is_a_wrong_setting(status: int) -> None:
    found = refused(status, 2300, "This API endpoint is not recognized.")
    assert type(found) is RequestError
    assert "check ZOOM_API_URL (it ends in /v2)" in found.advice
