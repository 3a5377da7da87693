"""Tokens: made by server-to-server OAuth, or given; when to renew, whom to ask.

Pure: `Tokens` keeps a client's token and decides from `now`; the shells send its
request and hold a lock around it, so that many callers cause one renewal.

A token is renewed a minute before its end, and once when Zoom refuses it: of many
callers that were refused with the same token, the first renews it and the others
take the new one. A renewal that fails is told to all who waited for it.

The answer to a token request names the API's address for the account's region.
It is followed only where the caller asked for Zoom's default address, and only to
hosts of Zoom's own, because the token goes wherever it says.
"""

from __future__ import annotations

import base64
import copy
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode, urlsplit

import msgspec

from backrow.errors import (
    AnswerError,
    BackrowError,
    CredentialsError,
    RateLimitError,
    ServerError,
    SettingsError,
    ZoomError,
)
from backrow.zoom.answers import (
    Answer,
    facts_of,
    failure_of,
    hidden,
    refusal_of,
    sentence_of,
)
from backrow.zoom.wire import TokenAnswer

API_URL: Final = "https://api.zoom.us/v2"
OAUTH_URL: Final = "https://zoom.us/oauth/token"
EARLY_S: Final = 60.0
"""How long before its end a token is renewed, or half its life if that is less."""
_LIFE_S: Final = 3600.0
"""How long a token lives if Zoom does not say."""
_ZOOM_HOSTS: Final = ("zoom.us", "zoomgov.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request; its headers and body may hold a secret."""

    method: str
    url: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Credentials of a server-to-server OAuth app."""

    account_id: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token and what is known of it."""

    value: str = field(repr=False)
    api_url: str
    """Where it is to be used."""
    expires_at: float | None = None
    """Unix seconds; None if unknown."""
    renew_at: float | None = None
    """When a new one is due, unix seconds; None if unknown."""
    scopes: frozenset[str] | None = None
    """What it may do; None if unknown."""
    renewable: bool = False

    def is_good(self, now: float) -> bool:
        """Whether it can still be sent at `now`."""
        return self.renew_at is None or now < self.renew_at


class Tokens:
    """The token of one client: a given one, or those of an app."""

    def __init__(
        self,
        *,
        app: App | None = None,
        given: str | None = None,
        api_url: str = API_URL,
        oauth_url: str = OAUTH_URL,
    ) -> None:
        """Take an `app`, or a `given` access token, which is never renewed.

        Raises:
            SettingsError: Neither is there, or one cannot be sent.
        """
        self._app = app
        self.api_url = api_url.rstrip("/")
        self.oauth_url = oauth_url
        self.finished = 0
        """Renewals that came to an end, well or not."""
        self._failure: BackrowError | None = None
        self._token: Token | None = None
        if given:
            self._token = Token(value=_sendable(given), api_url=self.api_url)
        elif app is None:
            msg = (
                "expected an access token (ZOOM_ACCESS_TOKEN), or an account id, "
                "client id and client secret (ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID, "
                "ZOOM_CLIENT_SECRET)"
            )
            raise SettingsError(msg)

    def __repr__(self) -> str:
        """Return what it makes tokens of."""
        return f"<Tokens of {self._app or 'a given access token'}>"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        app = () if self._app is None else (self._app.client_secret, _basic(self._app))
        return (*app, *(() if self._token is None else (self._token.value,)))

    def current(
        self, now: float, *, refused: Token | None, finished: int
    ) -> Token | None:
        """Return the token to use; None if the caller must renew it.

        Args:
            now: Unix seconds.
            refused: The token that Zoom refused; None if none was.
            finished: `finished` as it was before the caller waited for its turn.

        Raises:
            BackrowError: The renewal that the caller waited for has failed.
        """
        token = self._token
        if token is not None and not token.renewable:
            return token
        if token is not None and token is not refused and token.is_good(now):
            return token
        if self._failure is not None and self.finished != finished:
            raise copy.copy(self._failure)
        return None

    def request(self) -> Request:
        """Return the request for a new token."""
        app = self._app
        if app is None:
            raise AssertionError  # a given token is always current
        form = {"grant_type": "account_credentials", "account_id": app.account_id}
        return Request(
            method="POST",
            url=self.oauth_url,
            headers={
                "authorization": f"Basic {_basic(app)}",
                "accept": "application/json",
                "content-type": "application/x-www-form-urlencoded",
            },
            body=urlencode(form).encode(),
        )

    def read(self, answer: Answer, now: float) -> Token | ZoomError:
        """Return the token in an answer to `request`, or what it says instead."""
        failure = _failure_of(answer, now, self.secrets)
        if failure is not None:
            return failure
        found = _token_in(answer, now, self.api_url)
        return found or _no_token(hidden(answer, self.secrets))

    def renewed(self, outcome: Token | BackrowError) -> None:
        """Note how a renewal ended."""
        self.finished += 1
        if isinstance(outcome, Token):
            self._token, self._failure = outcome, None
        else:
            self._failure = outcome


def api_url_of(told: str | None, own: str) -> str:
    """Return where the API is: `told`, if `own` is the default and it is Zoom's.

    Args:
        told: `api_url` of the token answer, without ``/v2``; None if it had none.
        own: What the caller asked for.
    """
    if not told or own != API_URL:
        return own
    try:
        url = urlsplit(told.strip())
        host, port = url.hostname or "", url.port
    except ValueError:
        return own
    is_zooms = any(host == zoom or host.endswith(f".{zoom}") for zoom in _ZOOM_HOSTS)
    if url.scheme != "https" or not is_zooms or port not in {None, 443}:
        return own
    return f"https://{host}/v2"


def _basic(app: App) -> str:
    pair = f"{app.client_id}:{app.client_secret}"
    return base64.b64encode(pair.encode()).decode()


def _sendable(token: str) -> str:
    """Return a token without surrounding space.

    Raises:
        SettingsError: It holds what no header can hold. It is not repeated.
    """
    token = token.strip().removeprefix("Bearer ").strip()
    if not token or not all("!" <= c <= "~" for c in token):
        msg = "expected an access token of printable ASCII characters without spaces"
        raise SettingsError(msg)
    return token


def _failure_of(answer: Answer, now: float, secrets: Iterable[str]) -> ZoomError | None:
    """Return the error that an answer of the OAuth server is; None for a token."""
    secrets = tuple(secrets)
    failure = failure_of(answer, now=now, secrets=secrets)
    if failure is None or isinstance(
        failure, AnswerError | RateLimitError | ServerError
    ):
        return failure
    shown = hidden(answer, secrets)
    refusal = refusal_of(shown)
    facts = facts_of(shown, refusal)
    if answer.status in {300, 301, 302, 303, 307, 308, 404, 405}:
        facts["advice"] = "Check the address that tokens come from (ZOOM_OAUTH_URL)."
    return CredentialsError(sentence_of(shown, refusal), **facts)


def _token_in(answer: Answer, now: float, api_url: str) -> Token | None:
    """Return the token in a good answer; None if there is none.

    Zoom's older texts spell two keys otherwise and show the scopes as a list.
    """
    keys = msgspec.json.decode(answer.body)
    keys.setdefault("access_token", keys.get("Access_token"))
    keys.setdefault("expires_in", keys.get("expire_in", keys.get("Expire_in")))
    try:
        found = msgspec.convert(keys, TokenAnswer)
        value = _sendable(found.access_token or "")
        life_s = _LIFE_S if found.expires_in is None else float(found.expires_in)
    except (msgspec.ValidationError, SettingsError, ValueError):
        return None
    scope = found.scope
    names = scope.split() if isinstance(scope, str) else scope
    return Token(
        value=value,
        api_url=api_url_of(found.api_url, api_url),
        expires_at=now + life_s,
        renew_at=now + life_s - min(EARLY_S, life_s / 2),
        scopes=None if names is None else frozenset(names),
        renewable=True,
    )


def _no_token(answer: Answer) -> AnswerError:
    """Return what is wrong; the body is left out, as a token may stand in it."""
    refusal = refusal_of(answer)
    message = f"{sentence_of(answer, refusal)} - expected an access token in the body"
    return AnswerError(message, **{**facts_of(answer, refusal), "body": b""})
