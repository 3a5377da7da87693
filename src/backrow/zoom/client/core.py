"""What both clients share: options, token, ledger, hook. No I/O but the ledger's.

A shell asks it for the steps of a call and for what surrounds the carrying out of
each, so that the shells differ in how they wait and in nothing else.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol, TypedDict, TypeVar
from urllib.parse import urlsplit

import httpx2

from backrow import __version__
from backrow.clock import Clock
from backrow.errors import AnswerError, SettingsError, TransportError
from backrow.qos.vocabulary import Kind
from backrow.settings import Secret, Settings
from backrow.zoom.answers import Answer, masked
from backrow.zoom.auth import API_URL, OAUTH_URL, App, Token, Tokens
from backrow.zoom.client.calls import Place
from backrow.zoom.endpoints import RateLabel
from backrow.zoom.flow import TRIES_MAX, Call, Patience, Send, Sent, Steps, call, renew
from backrow.zoom.ledger import Ledger
from backrow.zoom.limits import PLANS, Budget, Plan

T = TypeVar("T")
BODY_MAX: Final = 64 * 1024 * 1024
"""Longest answer that is read, bytes; a full page of Zoom's is under a megabyte."""
CONNECT_TRIES_MAX: Final = 3
"""Sendings where no connection was made: Zoom is away, or the address is wrong."""
_REPAIRABLE: Final[tuple[tuple[type[Exception], int], ...]] = (
    (httpx2.UnsupportedProtocol, 1),
    (httpx2.LocalProtocolError, 1),
    (httpx2.InvalidURL, 1),
    (httpx2.ConnectError, CONNECT_TRIES_MAX),
    (httpx2.ConnectTimeout, CONNECT_TRIES_MAX),
    (httpx2.HTTPError, TRIES_MAX),
)
"""How often to try in all, by what came instead of an answer; the first that fits."""
NO_ANSWER: Final = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError)
"""What httpx2 raises where no answer came."""


class Timer(Protocol):
    """What a client asks of its clock; `backrow.clock.Clock` is one."""

    def now(self) -> float:
        """Return unix seconds."""

    def sleep(self, seconds: float) -> None:
        """Block the thread."""

    async def asleep(self, seconds: float) -> None:
        """Let the task sleep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One HTTP request that was made, for the `on_call` hook."""

    method: str
    url: str
    endpoint: str
    """Its name, as in ``webinar_participant_qos``; ``token`` for a token request."""
    label: RateLabel | None
    """Rate label; None for a token request."""
    status: int | None
    """HTTP status; None if no answer came."""
    headers: Mapping[str, str] = field(repr=False)
    """Of the answer, names in lower case, cookies masked."""
    attempt: int
    """1 for the first sending of a call."""
    elapsed_s: float
    """From sending to the end of the answer, on the client's clock."""
    error: str | None = None
    """Why no answer came."""


class Options(TypedDict, total=False):
    """What `Zoom` and `AsyncZoom` take, all by keyword."""

    account_id: str | None
    """Account id of a server-to-server OAuth app."""
    client_id: str | None
    client_secret: str | Secret | None
    access_token: str | Secret | None
    """An access token made elsewhere, instead of the three above; never renewed."""
    api_url: str
    """Where the API is; if it is not the default, the token answer's is ignored."""
    oauth_url: str
    plan: Plan
    """The account's plan, which sets the rate limits; business by default."""
    clock: Timer
    """Waiting, budgets and expiries run on it; socket time-outs are real."""
    state: Path | None
    """Folder of the ledger that processes share; None counts in memory only."""
    timeout_s: float
    """Longest silence of a socket, real seconds; 30 by default."""
    deadline_s: float
    """How long after its first sending a call is tried again; 120 by default."""
    on_call: Callable[[CallRecord], None] | None
    """Told of every HTTP request; what it raises ends the call."""
    rng: random.Random
    """Draws the pauses between sendings."""


class Core:
    """The state and the settings of one client."""

    def __init__(  # noqa: PLR0913 - the options of a client
        self,
        *,
        account_id: str | None = None,
        client_id: str | None = None,
        client_secret: str | Secret | None = None,
        access_token: str | Secret | None = None,
        api_url: str = API_URL,
        oauth_url: str = OAUTH_URL,
        plan: Plan = "business",
        clock: Timer | None = None,
        state: Path | None = None,
        timeout_s: float = 30.0,
        deadline_s: float = 120.0,
        on_call: Callable[[CallRecord], None] | None = None,
        rng: random.Random | None = None,
    ) -> None:
        """Check the options, which `Options` explains; nothing is opened.

        Raises:
            SettingsError: An option is missing or malformed.
        """
        if plan not in PLANS:
            raise SettingsError(f"expected a plan of {', '.join(PLANS)}, got {plan!r}")
        self.api_url = _url(api_url, "ZOOM_API_URL")
        given = _revealed(access_token)
        app = None if given else _app(account_id, client_id, _revealed(client_secret))
        self.account = "" if app is None else app.account_id
        self.clock: Timer = Clock() if clock is None else clock
        self.timeout = httpx2.Timeout(timeout_s, pool=None)
        self.deadline_s = deadline_s
        self.tokens = Tokens(
            app=app,
            given=given,
            api_url=self.api_url,
            oauth_url=_url(oauth_url, "ZOOM_OAUTH_URL"),
        )
        self.ledger = Ledger(
            folder=state, api_url=self.api_url, account=self.account, plan=plan
        )
        self._on_call = on_call
        self._rng = random.Random() if rng is None else rng  # noqa: S311 - pauses

    def __str__(self) -> str:
        """Return where it calls and for whom; no secret."""
        who = f"account {self.account}" if self.account else "a given access token"
        return f"{self.api_url}, {who}, {self.ledger.plan}"

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        return {"user-agent": f"backrow/{__version__}"}

    def place(self, kind: Kind) -> Place:
        """Return what a namespace needs to know."""
        return Place(kind=kind, account=self.account)

    def budget(self) -> Budget:
        """Return what the day still holds."""
        return self.ledger.budget(self.clock.now())

    def call(self, what: Call[T]) -> Steps[T]:
        """Return the steps of a call."""
        return call(what, self._patience(), lambda: self.tokens.secrets)

    def renewal(self) -> Steps[Token]:
        """Return the steps of getting a new token."""
        return renew(self.tokens, self._patience())

    def token(self, refused: Token | None, finished: int) -> Token | None:
        """Return the token to use; None if it must be renewed."""
        now = self.clock.now()
        return self.tokens.current(now, refused=refused, finished=finished)

    def answered(self, step: Send, started_at: float, answer: Answer) -> Sent:
        """Note an answer."""
        sent = Sent(started_at=started_at, now=self.clock.now(), answer=answer)
        self._record(step, sent, answer.status, answer.headers, None)
        return sent

    def too_long(self, step: Send, started_at: float, status: int) -> Sent:
        """Note an answer that was too long to read."""
        msg = f"expected an answer of up to {BODY_MAX:,} bytes, got more"
        error = AnswerError(f"{msg} - from {_host(step)}", status=status)
        return self._lost(step, started_at, error, tries_max=1)

    def lost(self, step: Send, started_at: float, exc: Exception) -> Sent:
        """Note that no answer came."""
        reason = str(exc) or type(exc).__name__
        error = TransportError(f"no answer from {_host(step)}: {reason}")
        error.__cause__ = exc
        tries = next((n for kind, n in _REPAIRABLE if isinstance(exc, kind)), 1)
        return self._lost(step, started_at, error, tries_max=tries)

    def _lost(
        self,
        step: Send,
        started_at: float,
        error: AnswerError | TransportError,
        *,
        tries_max: int,
    ) -> Sent:
        now = self.clock.now()
        sent = Sent(started_at=started_at, now=now, error=error, tries_max=tries_max)
        status = error.status if isinstance(error, AnswerError) else None
        self._record(step, sent, status, {}, str(error))
        return sent

    def _record(
        self,
        step: Send,
        sent: Sent,
        status: int | None,
        headers: Mapping[str, str],
        error: str | None,
    ) -> None:
        if self._on_call is None:
            return
        record = CallRecord(
            method=step.request.method,
            url=step.request.url,
            endpoint=step.name,
            label=step.label,
            status=status,
            headers=masked(headers),
            attempt=step.attempt,
            elapsed_s=sent.now - sent.started_at,
            error=error,
        )
        self._on_call(record)

    def _patience(self) -> Patience:
        return Patience(self.deadline_s, self._rng)


class TooLongError(Exception):
    """An answer's body is longer than `BODY_MAX`; never leaves the client."""

    def __init__(self, status: int) -> None:
        """Keep the answer's `status`."""
        super().__init__()
        self.status = status


@dataclass(slots=True)
class Body:
    """A body that is being read, up to a limit."""

    parts: list[bytes] = field(default_factory=list)
    length: int = 0

    def add(self, part: bytes, response: httpx2.Response) -> None:
        """Take the next part of a response.

        Raises:
            TooLongError: It is too much.
        """
        self.length += len(part)
        if self.length > BODY_MAX:
            raise TooLongError(response.status_code)
        self.parts.append(part)

    def answer(self, response: httpx2.Response) -> Answer:
        """Return the answer with what was read."""
        return Answer(
            status=response.status_code,
            headers={k.lower(): v for k, v in response.headers.items()},
            body=b"".join(self.parts),
        )


def options_of(settings: Settings) -> Options:
    """Return the options that settings mean."""
    return Options(
        account_id=settings.account_id,
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        access_token=settings.access_token,
        api_url=settings.api_url,
        oauth_url=settings.oauth_url,
        plan=settings.plan,
        clock=Clock.parse(settings.clock),
        state=settings.state,
    )


def _revealed(secret: str | Secret | None) -> str | None:
    text = secret.reveal() if isinstance(secret, Secret) else secret
    return text.strip() or None if text else None


def _app(
    account_id: str | None, client_id: str | None, client_secret: str | None
) -> App | None:
    """Return the app; None if nothing of it is given.

    Raises:
        SettingsError: A part of it is missing.
    """
    given = {
        "account_id (ZOOM_ACCOUNT_ID)": account_id,
        "client_id (ZOOM_CLIENT_ID)": client_id,
        "client_secret (ZOOM_CLIENT_SECRET)": client_secret,
    }
    missing = [name for name, value in given.items() if not value]
    if len(missing) == len(given):
        return None
    if not (account_id and client_id and client_secret):
        raise SettingsError(f"expected {', '.join(missing)} as well, got nothing")
    return App(
        account_id=account_id.strip(),
        client_id=client_id.strip(),
        client_secret=client_secret,
    )


def _url(text: str, name: str) -> str:
    """Return a base address without a slash at its end.

    Raises:
        SettingsError: It is none.
    """
    try:
        url = urlsplit(text.strip())
        is_good = url.scheme in {"http", "https"} and bool(url.hostname)
        is_plain = url.username is None and not url.query and url.port != 0
    except ValueError:
        is_good = is_plain = False
    if not (is_good and is_plain):
        raise SettingsError(f"expected an http or https address - in {name}")
    return text.strip().rstrip("/")


def _host(step: Send) -> str:
    url = urlsplit(step.request.url)
    return f"{url.scheme}://{url.netloc}"
