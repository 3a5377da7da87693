"""Signatures, ages and questions of webhooks, from both ends."""

import hashlib
import hmac
import json
import pickle
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from backrow.errors import UsageError, WireError
from backrow.zoom.webhook import (
    HEADERS,
    MAX_AGE_S,
    RETRY_AFTER_S,
    Seal,
    Verdict,
    outcome_of,
    plain_token_of,
    read_head,
    url_validation,
)

DATA = Path(__file__).parent.parent / "data"
NOW = 1_795_687_200.0
SEAL = Seal("s3cret")
BODY = '{"event":"webinar.participant_qos","name":"Zoë \u202e"}'.encode()
NAME = "0123456789abcdef0123456789abcdef"


def headers(at: float = NOW) -> dict[str, str]:
    return SEAL.headers(BODY, now=at, request_id=NAME)


def test_signature_is_what_zoom_documents() -> None:
    message = b"v0:1739923528:" + BODY
    digest = hmac.new(b"s3cret", message, hashlib.sha256).hexdigest()
    assert SEAL.signature("1739923528", BODY) == f"v0={digest}"


def test_signed_headers_are_those_of_the_table() -> None:
    sent = headers()
    assert set(sent) <= set(HEADERS)
    assert sent["x-zm-request-timestamp"] == "1795687200"
    assert sent["x-zm-request-id"] == "01234567_89ab_cdef_0123_456789abcdef"


@given(st.binary(max_size=200), st.floats(0, 4e9))
def test_what_was_signed_is_good(body: bytes, now: float) -> None:
    sent = SEAL.headers(body, now=now, request_id=NAME)
    assert SEAL.check(sent, body, now=now) == "good"


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_one_other_byte_is_forged(place: int, bits: int) -> None:
    other = bytearray(BODY)
    other[place] ^= bits
    assert SEAL.check(headers(), bytes(other), now=NOW) == "forged"


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({"x-zm-signature": ""}, "unsigned"),
        ({"x-zm-request-timestamp": ""}, "unsigned"),
        ({"x-zm-request-timestamp": "soon"}, "malformed"),
        ({"x-zm-request-timestamp": "-1"}, "malformed"),
        ({"x-zm-request-timestamp": "\u0661\u0662"}, "malformed"),
        ({"x-zm-request-timestamp": "9" * 400}, "malformed"),
        ({"x-zm-request-timestamp": "1795687201"}, "forged"),
        ({"x-zm-signature": "v0=\ud800\u00e9"}, "forged"),
        ({"x-zm-signature": "v1=" + headers()["x-zm-signature"][3:]}, "forged"),
        ({"x-zm-signature": headers()["x-zm-signature"].upper()}, "forged"),
    ],
)
def test_other_headers_are_refused(changed: dict[str, str], verdict: Verdict) -> None:
    assert SEAL.check(headers() | changed, BODY, now=NOW) == verdict
    assert SEAL.check({}, BODY, now=NOW) == "unsigned"


def test_another_secret_is_forged() -> None:
    assert Seal("other").check(headers(), BODY, now=NOW) == "forged"


def test_all_of_zooms_tries_are_young_enough() -> None:
    """Even if each is answered late, and signed when it was first sent."""
    last = sum(RETRY_AFTER_S) + 3 * 3.0
    assert SEAL.check(headers(), BODY, now=NOW + last) == "good"
    assert SEAL.check(headers(), BODY, now=NOW + MAX_AGE_S + 1) == "stale"


def test_clocks_may_differ_by_five_minutes() -> None:
    assert SEAL.check(headers(), BODY, now=NOW - 299) == "good"
    assert SEAL.check(headers(), BODY, now=NOW - 301) == "early"


def test_a_narrower_window_can_be_asked_for() -> None:
    assert SEAL.check(headers(), BODY, now=NOW + 61, max_age_s=60) == "stale"


def test_secret_does_not_show_itself_and_travels_to_processes() -> None:
    assert "s3cret" not in f"{SEAL!r} {SEAL}"
    assert pickle.loads(pickle.dumps(SEAL)).check(headers(), BODY, now=NOW) == "good"  # noqa: S301 - our own


def test_empty_secret_is_refused() -> None:
    with pytest.raises(UsageError, match="secret"):
        Seal("")


def test_question_is_answered_with_the_token_and_its_hmac() -> None:
    said = url_validation("qgg8vlvZRS6UYooatFL8Aw", now=NOW)
    assert read_head(said).event == "endpoint.url_validation"
    assert read_head(said).event_ts == 1_795_687_200_000
    token = plain_token_of(said)
    digest = hmac.new(b"s3cret", token.encode(), hashlib.sha256).hexdigest()
    answer = SEAL.answer(token)
    assert json.loads(answer) == {"plainToken": token, "encryptedToken": digest}
    assert SEAL.is_answer(token, status=200, body=answer)


def test_published_question_is_read() -> None:
    said = (DATA / "event_endpoint_url_validation.json").read_bytes()
    assert plain_token_of(said) == "ExamplePlainToken00001"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (None, b""),
        (500, SEAL.answer("t")),
        (302, SEAL.answer("t")),
        (200, b""),
        (200, b"[]"),
        (200, b"\xff"),
        (200, SEAL.answer("u")),
        (200, Seal("other").answer("t")),
        (200, b'{"plainToken":"t","encryptedToken":"\\u00e9"}'),
        (204, b'{"plainToken":"t"}'),
    ],
)
def test_wrong_answers_are_known(status: int | None, body: bytes) -> None:
    assert not SEAL.is_answer("t", status=status, body=body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"event":"webinar.participant_qos"}',
        b'{"event":"endpoint.url_validation","payload":{}}',
        b'{"event":"other","payload":{"plainToken":"t"}}',
    ],
)
def test_what_is_no_question_is_a_wire_error(body: bytes) -> None:
    with pytest.raises(WireError):
        plain_token_of(body)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_body_has_a_head_or_is_a_wire_error(body: bytes) -> None:
    try:
        head = read_head(body)
    except WireError:
        return
    assert head.event is None or isinstance(head.event, str)


@pytest.mark.parametrize(
    ("status", "outcomes"),
    [
        (200, ["delivered"] * 4),
        (204, ["delivered"] * 4),
        (302, ["refused"] * 4),
        (401, ["refused"] * 4),
        (429, ["refused"] * 4),
        (500, ["again", "again", "again", "lost"]),
        (503, ["again", "again", "again", "lost"]),
        (None, ["again", "again", "again", "lost"]),
    ],
)
def test_only_failures_are_tried_again_and_three_times(
    status: int | None, outcomes: list[str]
) -> None:
    assert [outcome_of(status, tries) for tries in (1, 2, 3, 4)] == outcomes
