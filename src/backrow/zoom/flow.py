"""One call as a generator of steps, which a shell carries out and answers.

::

    NeedToken -> Token      renew it if it is old or `refused`; one at a time
    Reserve   -> None       take a slot of the account's limits, and wait for it
    Send      -> Sent       one HTTP request, its answer or why none came
    Learn     -> None       tell the ledger what the answer told
    Wait      -> None       on the clock

A call is charged, sent, judged, and sent again if that makes sense: once with a
new token if Zoom refused the old one; after a pause if it was too fast, if Zoom
failed, or if no answer came. Only GET requests are made, and requests for a token,
so sending again changes nothing at Zoom.

Pauses grow exponentially and are drawn evenly between zero and that (full jitter),
so that many callers who failed together do not come back together. A
`Retry-After` is a minimum. The deadline counts from the first sending: waiting for
a free slot does not use it up.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeAlias, TypeVar, cast
from urllib.parse import quote, urlencode

from backrow.errors import (
    AnswerError,
    BackrowError,
    RateLimitError,
    ServerError,
    TokenError,
    TransportError,
)
from backrow.zoom.answers import Answer, failure_of, retry_after_at, told_by
from backrow.zoom.auth import Request, Token, Tokens
from backrow.zoom.endpoints import Endpoint, RateLabel
from backrow.zoom.limits import Told

T = TypeVar("T")
TRIES_MAX: Final = 6
"""Sendings of one call that fail at Zoom or on the way; 429 is not counted."""
FIRST_PAUSE_S: Final = 0.5
"""Longest pause before the second sending; doubles with each."""
LONGEST_PAUSE_S: Final = 30.0
_SECOND_S: Final = 1.0
"""Least pause after a per-second refusal."""
_MINUTE_S: Final = 15.0
"""Least pause after a per-minute refusal."""


@dataclass(frozen=True, slots=True)
class NeedToken:
    """Give the current token; a new one if it is old, or if it was refused."""

    refused: Token | None = None


@dataclass(frozen=True, slots=True)
class Reserve:
    """Take a slot, and wait until it comes."""

    label: RateLabel


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Send one request."""

    request: Request
    name: str
    """The endpoint's, or ``token``."""
    label: RateLabel | None
    """None for a token request, which the limits do not count."""
    attempt: int
    """1 for the first sending."""


@dataclass(frozen=True, slots=True)
class Learn:
    """Note what an answer told of the limits."""

    label: RateLabel
    told: Told


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait on the clock."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How a sending ended: an answer, or none."""

    started_at: float
    """Unix seconds."""
    now: float
    """Unix seconds, when it ended."""
    answer: Answer | None = None
    error: BackrowError | None = None
    """Why there is no answer."""
    tries_max: int = TRIES_MAX
    """How often to try in all, where there is no answer."""


Step: TypeAlias = NeedToken | Reserve | Send | Learn | Wait
Reply: TypeAlias = Token | Sent | None
Steps: TypeAlias = Generator[Step, Reply, T]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[T]):
    """What one call asks, and how its answer is read."""

    endpoint: Endpoint
    path: str
    """Below the API's address, ids encoded."""
    query: Mapping[str, str]
    read: Callable[[Answer, float], T]
    """Takes a good answer and when it came; may raise `WireError`."""

    def request(self, token: Token) -> Request:
        """Return the request with a token."""
        return Request(
            method="GET",
            url=url_of(token.api_url, self.path, self.query),
            headers={
                "authorization": f"Bearer {token.value}",
                "accept": "application/json",
            },
        )


@dataclass(slots=True)
class Patience:
    """How long one call is tried again. `rng` draws the pauses."""

    deadline_s: float
    rng: random.Random = field(repr=False)
    tries: int = 0
    began_at: float | None = None

    def pause_s(self, error: BackrowError, sent: Sent) -> float | None:
        """Return how long to wait before the next sending; None to give up."""
        least = _least_pause_s(error, sent, self.tries)
        if least is None or self.began_at is None:
            return None
        most = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(self.tries - 1, 10))
        pause = least + self.rng.uniform(0.0, most)
        return pause if sent.now + pause <= self.began_at + self.deadline_s else None

    def note(self, sent: Sent) -> None:
        """Count a sending."""
        self.tries += 1
        self.began_at = sent.started_at if self.began_at is None else self.began_at


def call(
    what: Call[T], patience: Patience, secrets: Callable[[], tuple[str, ...]]
) -> Steps[T]:
    """Make one call and return what its answer holds.

    Args:
        what: The call.
        patience: How long to try.
        secrets: Gives what must not be repeated in an error.

    Raises:
        ZoomError: Zoom said no.
        TransportError: No answer came.
        WireError: The answer cannot be read.
    """
    is_renewed = False
    yield NeedToken()  # a wrong secret is told before a call is charged
    while True:
        yield Reserve(what.endpoint.label)
        token = cast("Token", (yield NeedToken()))
        sent = yield from _send(what, token, patience)
        failure = sent.error
        if sent.answer is not None:
            failure = failure_of(
                sent.answer, now=sent.now, endpoint=what.endpoint, secrets=secrets()
            )
            yield from _learn(what, sent.answer, failure, sent.now)
            if failure is None:
                return what.read(sent.answer, sent.now)
        if failure is None:
            raise AssertionError  # a sending ends with an answer or an error
        if not is_renewed and token.renewable and _is_stale(failure):
            is_renewed = True
            yield NeedToken(token)
            continue
        pause = patience.pause_s(failure, sent)
        if pause is None:
            raise failure
        yield Wait(pause)


def renew(tokens: Tokens, patience: Patience) -> Steps[Token]:
    """Get a new token. Whoever runs this holds the lock of `tokens`.

    Raises:
        CredentialsError: Zoom refused the app's credentials.
        ZoomError: Zoom failed or was asked too often.
        TransportError: No answer came.
    """
    while True:
        step = Send(
            request=tokens.request(),
            name="token",
            label=None,
            attempt=patience.tries + 1,
        )
        sent = cast("Sent", (yield step))
        patience.note(sent)
        outcome: Token | BackrowError | None = sent.error
        if sent.answer is not None:
            outcome = tokens.read(sent.answer, sent.now)
        if outcome is None:
            raise AssertionError  # a sending ends with an answer or an error
        pause = None
        if not isinstance(outcome, Token):
            pause = patience.pause_s(outcome, sent)
        if pause is not None:
            yield Wait(pause)
            continue
        tokens.renewed(outcome)
        if isinstance(outcome, Token):
            return outcome
        raise outcome


def url_of(api_url: str, path: str, query: Mapping[str, str]) -> str:
    """Return the URL of a call."""
    asked = urlencode(query, quote_via=quote, safe=":,")
    return f"{api_url}{path}?{asked}" if asked else f"{api_url}{path}"


def _send(what: Call[T], token: Token, patience: Patience) -> Steps[Sent]:
    step = Send(
        request=what.request(token),
        name=what.endpoint.name,
        label=what.endpoint.label,
        attempt=patience.tries + 1,
    )
    sent = cast("Sent", (yield step))
    patience.note(sent)
    return sent


def _learn(
    what: Call[T], answer: Answer, failure: BackrowError | None, now: float
) -> Steps[None]:
    """Tell the ledger what there is to tell, which is seldom anything."""
    message = ""
    status = answer.status
    if isinstance(failure, RateLimitError):
        status, message = 429, failure.zoom_message or ""
    told = told_by(status, answer.headers, message, now)
    if told is not None:
        yield Learn(what.endpoint.label, told)


def _is_stale(failure: BackrowError) -> bool:
    """Return whether a new token may help."""
    return isinstance(failure, TokenError) and (
        failure.status == 401 or failure.zoom_code == 124
    )


def _least_pause_s(error: BackrowError, sent: Sent, tries: int) -> float | None:
    """Return the least pause that an error asks for; None to give up."""
    if isinstance(error, RateLimitError):
        return _pause_of_limit(error, sent.now)
    if isinstance(error, ServerError) and tries < TRIES_MAX:
        told = retry_after_at(error.headers.get("retry-after", ""), sent.now)
        return 0.0 if told is None else told - sent.now
    if isinstance(error, TransportError) and tries < sent.tries_max:
        return 0.0
    # A body that is no JSON can be one that was cut off; an error body is not.
    if (
        isinstance(error, AnswerError)
        and error.zoom_code is None
        and tries < min(2, sent.tries_max)
    ):
        return 0.0
    return None


def _pause_of_limit(error: RateLimitError, now: float) -> float | None:
    if error.period == "day":
        return None
    least = _MINUTE_S if error.period == "minute" else _SECOND_S
    if error.retry_at is None:
        return least
    return max(least, error.retry_at.timestamp() - now)
