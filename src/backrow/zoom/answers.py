"""Zoom's answers: data, or one error per meaning, and whether to ask again.

Zoom says what is wrong in three places: the HTTP status, a `code` and a
`message`; the same code means different things (200 is the plan, a wrong kind of
token, a missing subscription or an expired page token), and some meanings come
with several codes. `RULES` is the table; the first row that fits decides.

An error can also come under a good status, and a good status with a body that is
no JSON. Bodies are looked at only as far as their first level for that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from math import isfinite
from typing import Any, Final

import msgspec

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
from backrow.zoom.endpoints import Endpoint
from backrow.zoom.limits import DAY_S, Period, Told, instant, next_day

MASK: Final = "***"
_SECRET_HEADERS: Final = frozenset(
    {"authorization", "cookie", "proxy-authorization", "set-cookie"}
)
_SHORTEST_SECRET: Final = 8
"""Shorter ones are not looked for: they would mask ordinary words."""
_LONGEST_MESSAGE: Final = 500
_FARTHEST_S: Final = 366 * DAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case."""
    body: bytes = field(repr=False)

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What an answer that is no data says, in Zoom's words."""

    status: int
    code: int | None
    message: str | None
    fields: tuple[str, ...] = ()
    """What is wrong with single values of the request."""

    @property
    def text(self) -> str:
        """The message in lower case, "" if there is none."""
        return (self.message or "").lower()


@dataclass(frozen=True, slots=True)
class Rule:
    """Which error a refusal is."""

    error: type[ZoomError]
    fits: Callable[[Refusal], bool]
    advice: str | None = None
    """What to do, where the error's own advice does not fit."""


RULES: Final[tuple[Rule, ...]] = (
    Rule(RateLimitError, lambda r: r.status == 429 or r.code == 429),
    Rule(ServerError, lambda r: r.status >= 500),
    Rule(
        PageTokenError,
        lambda r: "next page token" in r.text or "next_page_token" in r.text,
    ),
    Rule(
        ScopeError,
        lambda r: r.code in {104, 4711} or (r.code == 4700 and "scope" in r.text),
    ),
    Rule(
        TokenError,
        lambda r: (
            r.status == 401
            or r.code in {124, 4700}
            or (r.code == 200 and "api key or secret" in r.text)
        ),
    ),
    Rule(
        RequestError,
        lambda r: r.code == 200 and "event subscription" in r.text,
        "Subscribe the app to the QoS summary event at marketplace.zoom.us; the "
        "call is part of the QSS add-on.",
    ),
    Rule(
        PlanError,
        lambda r: r.code == 200 or (r.code == 400 and "only available for" in r.text),
    ),
    Rule(
        RequestError,
        lambda r: r.code == 2300,
        "There is no such call at this address: check ZOOM_API_URL (it ends in /v2).",
    ),
    Rule(TooOldError, lambda r: r.code == 12702),
    Rule(NotFoundError, lambda r: r.code == 3001),
    Rule(
        NotFoundError,
        lambda r: r.status == 404 and r.code is None,
        "The answer has no code of Zoom's: check the address of the API "
        "(ZOOM_API_URL) first, then the ids.",
    ),
    Rule(NotFoundError, lambda r: r.status == 404),
    Rule(RequestError, lambda r: bool(r.fields) or "validation" in r.text),
    Rule(NoAccessError, lambda r: r.status == 300 or r.code == 300),
    Rule(
        AuthError,
        lambda r: r.status == 403,
        "Check that the role of the app's owner may view the Dashboard, and that "
        "nothing on the way to Zoom (a proxy) forbids the call.",
    ),
    Rule(
        RequestError,
        lambda r: 300 < r.status < 400,
        "The answer points to another address, and redirects are not followed: "
        "check the address of the API (ZOOM_API_URL).",
    ),
    Rule(RequestError, lambda _: True),
)
"""Error by refusal; the first that fits."""


def failure_of(
    answer: Answer,
    *,
    now: float,
    endpoint: Endpoint | None = None,
    secrets: Iterable[str] = (),
) -> ZoomError | None:
    """Return the error that an answer is; None if it is data.

    Args:
        answer: What came.
        now: Unix seconds.
        endpoint: What was called; its fields tell data from an error under 200.
        secrets: What must not be repeated if Zoom echoes it.
    """
    if answer.is_success:
        return _failure_under_success(hidden(answer, secrets), endpoint)
    return _failure(hidden(answer, secrets), now, endpoint)


def facts_of(answer: Answer, refusal: Refusal) -> dict[str, Any]:
    """Return the attributes of an error made of an answer."""
    return {
        "status": answer.status,
        "zoom_code": refusal.code,
        "zoom_message": refusal.message,
        "tracking_id": answer.headers.get("x-zm-trackingid"),
        "headers": masked(answer.headers),
        "body": answer.body,
    }


def sentence_of(answer: Answer, refusal: Refusal) -> str:
    """Return status, code, message and tracking id as one line."""
    code = "" if refusal.code is None else f", code {refusal.code}"
    message = refusal.message or _phrase(answer.status)
    message = "; ".join((message, *refusal.fields))
    tracking_id = answer.headers.get("x-zm-trackingid")
    tracking = f" (tracking id {tracking_id})" if tracking_id else ""
    return _printable(f"Zoom answered {answer.status}{code}: {message}{tracking}")


def refusal_of(answer: Answer) -> Refusal:
    """Return what an answer says is wrong, whatever the form of its body."""
    try:
        body = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body = _from_broken(answer.body)
    if not isinstance(body, dict):
        body = {}
    message = body.get("message") or body.get("reason") or body.get("error")
    return Refusal(
        status=answer.status,
        code=_whole_number(body.get("code")),
        message=message if isinstance(message, str) else None,
        fields=tuple(_fields(body.get("errors"))),
    )


def masked(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers with cookies and credentials masked."""
    return {k: MASK if k.lower() in _SECRET_HEADERS else v for k, v in headers.items()}


def hidden(answer: Answer, secrets: Iterable[str]) -> Answer:
    """Return an answer in which no secret stands."""
    for secret in secrets:
        if len(secret) < _SHORTEST_SECRET:
            continue
        answer = replace(
            answer,
            headers={k: v.replace(secret, MASK) for k, v in answer.headers.items()},
            body=answer.body.replace(secret.encode(), MASK.encode()),
        )
    return answer


def told_by(
    status: int, headers: Mapping[str, str], message: str, now: float
) -> Told | None:
    """Return what an answer tells of the limits; None if nothing.

    Args:
        status: HTTP status.
        headers: Names in lower case.
        message: Zoom's message, "" if none.
        now: Unix seconds, for a `Retry-After` in seconds.
    """
    refused = status == 429
    kind = headers.get("x-ratelimit-type", "")
    limit = _count(headers.get("x-ratelimit-limit"))
    remaining = _count(headers.get("x-ratelimit-remaining"))
    of_day = kind.lower().startswith("daily")
    if not refused and not (of_day and (limit or remaining is not None)):
        return None
    period = _period(kind, message) if refused else "day"
    return Told(
        refused=refused,
        period=period,
        limit=limit if period == "day" else None,
        remaining=remaining if period == "day" else None,
        retry_at=retry_after_at(headers.get("retry-after", ""), now),
    )


def retry_after_at(text: str, now: float) -> float | None:
    """Return the instant that a `Retry-After` means, in unix seconds.

    Args:
        text: An ISO 8601 instant (Zoom's form), seconds, or an HTTP date.
        now: Unix seconds.

    Returns:
        At least `now`; None if `text` is none of these.
    """
    text = text.strip()
    found: float | None = None
    for read in (_seconds_from(now), _iso, _http_date):
        found = read(text) if text and found is None else found
    if found is None or not isfinite(found) or found > now + _FARTHEST_S:
        return None
    return max(now, found)


def _failure_under_success(
    answer: Answer, endpoint: Endpoint | None
) -> ZoomError | None:
    """Return the error that a 2xx is; None if it looks like data."""
    try:
        keys = msgspec.json.decode(answer.body, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        keys = {}
        problem = "expected a JSON object"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        keys = {}
        problem = f"expected JSON ({str(exc) or type(exc).__name__})"
    else:
        if not _is_error(keys, endpoint):
            return None
        problem = "an error under a good status"
    refusal = refusal_of(answer)
    message = f"{sentence_of(answer, refusal)} - {problem}"
    return AnswerError(message, **facts_of(answer, refusal))


def _is_error(keys: Mapping[str, msgspec.Raw], endpoint: Endpoint | None) -> bool:
    """Return whether an object has a code other than 0 and no field of data."""
    if "code" not in keys or bytes(keys["code"]) in {b"0", b'"0"', b"null"}:
        return False
    fields = () if endpoint is None else endpoint.struct.__struct_encode_fields__
    return keys.keys().isdisjoint(fields)


def _failure(answer: Answer, now: float, endpoint: Endpoint | None) -> ZoomError:
    refusal = refusal_of(answer)
    rule = next(rule for rule in RULES if rule.fits(refusal))
    message = sentence_of(answer, refusal)
    facts = facts_of(answer, refusal)
    facts["advice"] = rule.advice
    if rule.error is ScopeError:
        facts["advice"] = _scope_advice(refusal, endpoint)
    if rule.error is not RateLimitError:
        return rule.error(message, **facts)
    period = _period(answer.headers.get("x-ratelimit-type", ""), refusal.text)
    retry_at = retry_after_at(answer.headers.get("retry-after", ""), now)
    if retry_at is None and period == "day":
        retry_at = next_day(now)
    at = None if retry_at is None else instant(retry_at)
    return RateLimitError(message, period=period, retry_at=at, **facts)


def _scope_advice(refusal: Refusal, endpoint: Endpoint | None) -> str:
    """Return which scopes to add: those that Zoom names, else the endpoint's."""
    named = re.search(r"scopes?\s*:?\s*\[([^\]]*)\]", refusal.message or "")
    if named and named[1].strip():
        scopes = _printable(named[1].strip())
    elif endpoint is not None:
        scopes = f"{endpoint.granular_scope} (or {endpoint.classic_scopes[0]})"
    else:
        return ScopeError.advice
    return (
        f"Add to the app at marketplace.zoom.us: {scopes}. Then activate it again, "
        "and get a new token."
    )


def _from_broken(body: bytes) -> dict[str, str]:
    """Return code and message of a body that is nearly JSON.

    Zoom was seen to leave quotes inside of a message unescaped.
    """
    text = body[:65_536].decode("utf-8", "replace")
    code = re.search(r'"code"\s*:\s*"?(-?\d{1,9})\b', text)
    message = re.search(r'"message"\s*:\s*"(.*)"\s*[,}]', text, re.DOTALL)
    found = {"code": code and code[1], "message": message and message[1]}
    return {key: value for key, value in found.items() if value}


def _fields(errors: object) -> Iterable[str]:
    for each in errors if isinstance(errors, list) else ():
        if isinstance(each, dict):
            yield f"{each.get('field')}: {each.get('message')}"


def _whole_number(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,9}", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no message"


def _printable(text: str) -> str:
    """Return `text` on one line, without what could steer a terminal."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return shown if len(shown) <= _LONGEST_MESSAGE else f"{shown[:_LONGEST_MESSAGE]}…"


def _period(kind: str, message: str) -> Period:
    """Return which limit a refusal is about, from `X-RateLimit-Type` and message."""
    told = f"{kind}\n{message}".lower()
    for words, period in _WORDS_OF_PERIOD:
        if any(word in told for word in words):
            return period
    return "unknown"


_WORDS_OF_PERIOD: Final[tuple[tuple[tuple[str, ...], Period], ...]] = (
    (("daily",), "day"),
    (("per-minute", "per minute"), "minute"),
    (("qps", "per-second", "per second"), "second"),
)


def _count(text: str | None) -> int | None:
    digits = (text or "").strip()
    return int(digits) if digits.isdecimal() and len(digits) < 12 else None


def _seconds_from(now: float) -> Callable[[str], float | None]:
    def read(text: str) -> float | None:
        try:
            return now + float(text)
        except ValueError:
            return None

    return read


def _iso(text: str) -> float | None:
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=found.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        return None


def _http_date(text: str) -> float | None:
    try:
        found = parsedate_to_datetime(text)
        return found.replace(tzinfo=found.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
