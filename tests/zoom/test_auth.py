"""Tokens: how they are asked for, read, renewed and kept secret."""

import base64
import json
from typing import Any

import pytest

from backrow.errors import (
    AnswerError,
    CredentialsError,
    RateLimitError,
    ServerError,
    SettingsError,
    TransportError,
    ZoomError,
)
from backrow.zoom.auth import API_URL, App, Token, Tokens, api_url_of
from tests.zoom.fakes import NOON, SECRET, answer

APP = App(account_id="acc/1", client_id="client", client_secret=SECRET)


def tokens(**options: Any) -> Tokens:
    return Tokens(**{"app": APP, **options})


def good(**more: object) -> dict[str, object]:
    return {"access_token": "eyJ-first", "expires_in": 3600, "scope": "a b", **more}


def read(body: object, *, status: int = 200, **options: Any) -> Token | ZoomError:
    return tokens(**options).read(answer(status, body), NOON)


def test_request_is_a_form_with_basic_credentials() -> None:
    request = tokens(oauth_url="https://zoomgov.com/oauth/token").request()
    assert (request.method, request.url) == ("POST", "https://zoomgov.com/oauth/token")
    assert request.body == b"grant_type=account_credentials&account_id=acc%2F1"
    content_type = request.headers["content-type"]
    assert content_type == "application/x-www-form-urlencoded"
    basic = request.headers["authorization"].removeprefix("Basic ")
    assert base64.b64decode(basic).decode() == f"client:{SECRET}"


def test_token_is_read_with_its_end_and_scopes() -> None:
    token = read(good())
    assert token == Token(
        value="eyJ-first",
        api_url=API_URL,
        expires_at=NOON + 3600,
        renew_at=NOON + 3540,
        scopes=frozenset({"a", "b"}),
        renewable=True,
    )


def test_old_spelling_of_the_answer_is_read() -> None:
    token = read({"Access_token": "eyJ-old", "Expire_in": "1800", "scope": ["a", "b"]})
    assert isinstance(token, Token)
    assert (token.value, token.expires_at) == ("eyJ-old", NOON + 1800)
    assert token.scopes == frozenset({"a", "b"})


def test_token_is_good_until_a_minute_before_its_end() -> None:
    token = read(good())
    assert isinstance(token, Token)
    assert token.is_good(NOON + 3539)
    assert not token.is_good(NOON + 3540)


def test_short_token_is_good_for_half_its_life() -> None:
    token = read(good(expires_in=30))
    assert isinstance(token, Token)
    assert token.is_good(NOON + 14)
    assert not token.is_good(NOON + 15)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("https://api-eu.zoom.us", "https://api-eu.zoom.us/v2"),
        ("https://api-eu.zoom.us/", "https://api-eu.zoom.us/v2"),
        ("https://vanity.zoom.us", "https://vanity.zoom.us/v2"),
        ("https://api.zoomgov.com", "https://api.zoomgov.com/v2"),
        ("https://zoom.us.example.com", API_URL),
        ("https://notzoom.us", API_URL),
        ("https://zoom.us@example.com", API_URL),
        ("https://api-eu.zoom.us:8443", API_URL),
        ("http://api-eu.zoom.us", API_URL),
        ("https://[zoom.us", API_URL),
        ("", API_URL),
        (None, API_URL),
    ],
)
def test_told_address_is_followed_to_zooms_own_hosts_only(
    told: str | None, expected: str
) -> None:
    assert api_url_of(told, API_URL) == expected


def test_address_that_the_caller_chose_wins() -> None:
    own = "http://127.0.0.1:8000/v2"
    token = read(good(api_url="https://api-eu.zoom.us"), api_url=own)
    assert isinstance(token, Token)
    assert token.api_url == own


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"reason": "Invalid client_id or client_secret", "error": "x"}),
        (401, {"reason": "Invalid client_id or client_secret", "error": "x"}),
        (400, {"reason": "unsupported grant type", "error": "x"}),
        (400, {"reason": "Bad Request", "error": "invalid_request"}),
        (400, {"code": 4717, "message": "The app has been disabled."}),
        (403, b""),
        (404, b"<html>"),
    ],
)
def test_refused_credentials_are_told_with_zooms_reason(status: int, body: Any) -> None:
    found = read(body, status=status)
    assert type(found) is CredentialsError
    if isinstance(body, dict):
        assert str(body.get("reason", body.get("message"))) in str(found)


@pytest.mark.parametrize(
    ("status", "error"), [(429, RateLimitError), (503, ServerError)]
)
def test_trouble_at_zoom_is_no_fault_of_the_credentials(
    status: int, error: type[ZoomError]
) -> None:
    assert type(read(b"", status=status)) is error


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        {},
        {"access_token": ""},
        {"access_token": 7},
        good(expires_in="soon"),
        good(access_token="eyJ with\nnewline"),
    ],
)
def test_answer_without_a_token_is_an_error_that_shows_none(body: object) -> None:
    found = read(body)
    assert type(found) is AnswerError
    assert "eyJ" not in f"{found} {found.__dict__}"


def test_secret_that_zoom_echoes_is_hidden() -> None:
    found = read({"reason": f"Invalid client_secret {SECRET}"}, status=400)
    assert isinstance(found, CredentialsError)
    assert SECRET not in f"{found} {found.__dict__}"
    assert "***" in str(found)


def test_given_token_is_never_renewed() -> None:
    mine = tokens(app=None, given=" Bearer eyJ-given ")
    token = mine.current(NOON, refused=None, finished=0)
    assert token
    assert (token.value, token.renewable) == ("eyJ-given", False)
    assert mine.current(NOON + 1e6, refused=token, finished=0) is token


@pytest.mark.parametrize("given", ["eyJ\r\nx-evil: 1", "eyJ é", "a b"])
def test_token_that_no_header_can_hold_is_refused_unrepeated(given: str) -> None:
    with pytest.raises(SettingsError) as caught:
        tokens(app=None, given=given)
    assert given not in str(caught.value)


def test_neither_token_nor_app_is_refused() -> None:
    with pytest.raises(SettingsError, match="ZOOM_ACCESS_TOKEN"):
        Tokens()


def test_renewed_token_serves_all_who_were_refused_with_the_old() -> None:
    mine, new = tokens(), read(good(access_token="eyJ-second"))
    old = read(good())
    assert isinstance(old, Token)
    assert isinstance(new, Token)
    mine.renewed(old)
    assert mine.current(NOON, refused=old, finished=1) is None
    mine.renewed(new)
    assert mine.current(NOON, refused=old, finished=1) is new


def test_failed_renewal_is_told_to_those_who_waited_for_it() -> None:
    mine = tokens()
    mine.renewed(CredentialsError("no", status=400))
    with pytest.raises(CredentialsError) as caught:
        mine.current(NOON, refused=None, finished=0)
    assert caught.value.status == 400
    assert mine.current(NOON, refused=None, finished=1) is None


def test_failure_is_forgotten_after_a_good_renewal() -> None:
    mine, token = tokens(), read(good())
    assert isinstance(token, Token)
    mine.renewed(TransportError("away"))
    mine.renewed(token)
    assert mine.current(NOON, refused=None, finished=0) is token


def test_no_repr_shows_a_secret() -> None:
    mine, token = tokens(), read(good())
    assert isinstance(token, Token)
    mine.renewed(token)
    shown = f"{mine!r} {mine} {token!r} {APP!r} {mine.request()!r}"
    basic = base64.b64encode(f"client:{SECRET}".encode()).decode()
    assert not any(s in shown for s in (SECRET, basic, "eyJ-first"))
    assert {SECRET, basic, "eyJ-first"} == set(mine.secrets)


def test_published_answer_is_read() -> None:
    body = {
        "access_token": "eyJ...",
        "token_type": "bearer",
        "expires_in": 3600,
        "scope": "dashboard:read:webinar_participant_qos:admin",
        "api_url": "https://api.zoom.us",
    }
    token = read(json.dumps(body).encode())
    assert isinstance(token, Token)
    assert token.api_url == API_URL
