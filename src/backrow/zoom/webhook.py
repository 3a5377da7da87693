"""Zoom's webhooks, seen from both ends: signing, checking, and whose address it is.

Zoom posts an event as JSON and signs it. The signature is ``v0=`` and the
hexadecimal HMAC-SHA256, under the webhook's secret token, of ``v0:``, the header's
timestamp, a colon and the body. It covers the bytes as they came: JSON that was
parsed and written again differs in spaces, escapes and numbers, and its signature
with it.

Who answers 200 or 204 within three seconds has the event. An answer of 500 or
above, or none, makes Zoom try again 5 minutes after the first try, 20 minutes after
the second and 60 minutes after the third; then the event is lost. Any other answer
is taken as a refusal and never tried again. Zoom does not say whether a later try
is signed anew, so a signature is good for as long as its tries may take
(`MAX_AGE_S`): a window of five minutes, as is usual elsewhere, could refuse the
very events that a receiver missed while it was down.

Before anything else, and every 72 hours, Zoom asks whether the address belongs to
somebody who knows the secret (`endpoint.url_validation`): the answer holds the
question's token and its HMAC. After six wrong answers in a row it sends no more.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from backrow.errors import UsageError, WireError
from backrow.zoom.decode.lenient import load
from backrow.zoom.wire.events import (
    EventHead,
    UrlValidationAnswer,
    UrlValidationEvent,
    UrlValidationPayload,
)

__all__ = [
    "ANSWER_WITHIN_S",
    "HEADERS",
    "MAX_AGE_S",
    "MAX_AHEAD_S",
    "MAX_BODY_BYTES",
    "REQUEST_ID",
    "RETRY_AFTER_S",
    "SIGNATURE",
    "TIMESTAMP",
    "URL_VALIDATION",
    "VALIDATE_EVERY_S",
    "VALIDATION_FAILURES_MAX",
    "Outcome",
    "Seal",
    "Verdict",
    "outcome_of",
    "plain_token_of",
    "read_head",
    "url_validation",
]

Verdict = Literal["good", "unsigned", "malformed", "stale", "early", "forged"]
"""What a request is: only a good one comes from somebody who knows the secret."""
Outcome = Literal["delivered", "again", "refused", "lost"]
"""What becomes of an event after a try."""

URL_VALIDATION: Final = "endpoint.url_validation"
ANSWER_WITHIN_S: Final = 3.0
"""How long Zoom waits for an answer."""
RETRY_AFTER_S: Final = (300.0, 1200.0, 3600.0)
"""How long after the first, second and third try the next one comes."""
VALIDATE_EVERY_S: Final = 72 * 3600.0
VALIDATION_FAILURES_MAX: Final = 6
"""Failures in a row after which the subscription ends."""
MAX_AGE_S: Final = sum(RETRY_AFTER_S) + 300.0
"""How old a signature may be: all of the tries, and five minutes for clocks."""
MAX_AHEAD_S: Final = 300.0
"""How far in the future it may be, as clocks differ."""
MAX_BODY_BYTES: Final = 1_048_576
"""No event comes near to it: a minute with every stream takes some 10 KB."""

SIGNATURE: Final = "x-zm-signature"
TIMESTAMP: Final = "x-zm-request-timestamp"
REQUEST_ID: Final = "x-zm-request-id"
HEADERS: Final[Mapping[str, str]] = {
    "user-agent": "who sends it: Zoom Marketplace/1.0a",
    "content-type": "application/json; charset=utf-8",
    TIMESTAMP: "when it was signed, unix seconds",
    SIGNATURE: "v0= and the HMAC-SHA256 of v0:timestamp:body, hexadecimal",
    REQUEST_ID: "names the request to Zoom's support; x-zm-trackingid in older ones",
    "traceparent": "W3C trace context",
    "authorization": "the legacy verification token, where the app still has one",
}
"""The headers of an event's request, in lower case, and what they hold."""

_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")
_SENT: Final = {
    "user-agent": "Zoom Marketplace/1.0a",
    "content-type": "application/json; charset=utf-8",
}

_HEADS: Final = msgspec.json.Decoder(EventHead)
_QUESTIONS: Final = msgspec.json.Decoder(UrlValidationEvent)
_ANSWERS: Final = msgspec.json.Decoder(UrlValidationAnswer)


class Seal:
    """A webhook's secret token, which signs and checks; it does not show itself."""

    __slots__ = ("_key",)

    def __init__(self, secret: str) -> None:
        """Sign and check with `secret`.

        Raises:
            UsageError: It is empty, and so would let anybody sign.
        """
        if not secret:
            raise UsageError("expected the webhook's secret token, got an empty one")
        self._key = secret.encode()

    def __repr__(self) -> str:
        """Return a mask."""
        return "Seal('********')"

    def __reduce__(self) -> tuple[type[Seal], tuple[str]]:
        """Let another process have the same seal."""
        return Seal, (self._key.decode(),)

    def signature(self, timestamp: str, body: bytes) -> str:
        """Return the value of the header `x-zm-signature`.

        Args:
            timestamp: The header `x-zm-request-timestamp`, as it is sent.
            body: The bytes of the body, as they are sent.
        """
        text = b"v0:" + timestamp.encode() + b":" + body
        return "v0=" + hmac.digest(self._key, text, "sha256").hex()

    def headers(self, body: bytes, *, now: float, request_id: str) -> dict[str, str]:
        """Return the headers that Zoom would send with `body`.

        Args:
            body: The bytes of the body.
            now: When it is signed, unix seconds.
            request_id: 32 hexadecimal digits that name the request.
        """
        timestamp = str(int(now))
        return {
            **_SENT,
            TIMESTAMP: timestamp,
            SIGNATURE: self.signature(timestamp, body),
            REQUEST_ID: "_".join(_cut(request_id, 8, 4, 4, 4, 12)),
            "traceparent": f"00-{request_id}-{request_id[:16]}-01",
        }

    def check(
        self,
        headers: Mapping[str, str],
        body: bytes,
        *,
        now: float,
        max_age_s: float = MAX_AGE_S,
        max_ahead_s: float = MAX_AHEAD_S,
    ) -> Verdict:
        """Return whether a request is Zoom's, and what is wrong if it is not.

        A request that was sent before is good again: who wants each event once
        keeps the bodies of the last `MAX_AGE_S` seconds in mind.

        Args:
            headers: Of the request, names in lower case.
            body: Its bytes, as they came.
            now: Unix seconds.
            max_age_s: How old the signature may be.
            max_ahead_s: How far in the future its timestamp may be.
        """
        given = headers.get(SIGNATURE)
        timestamp = headers.get(TIMESTAMP)
        if not given or not timestamp:
            return "unsigned"
        if not _TIMESTAMP.fullmatch(timestamp):
            return "malformed"
        made = self.signature(timestamp, body)
        if not hmac.compare_digest(made.encode(), given.encode(errors="replace")):
            return "forged"
        age_s = now - int(timestamp)
        if age_s > max_age_s:
            return "stale"
        return "early" if age_s < -max_ahead_s else "good"

    def encrypted(self, plain_token: str) -> str:
        """Return the `encryptedToken` that answers `plain_token`."""
        return hmac.digest(self._key, plain_token.encode(), "sha256").hex()

    def answer(self, plain_token: str) -> bytes:
        """Return the body that answers `endpoint.url_validation`."""
        return msgspec.json.encode(
            UrlValidationAnswer(
                plain_token=plain_token, encrypted_token=self.encrypted(plain_token)
            )
        )

    def is_answer(self, plain_token: str, *, status: int | None, body: bytes) -> bool:
        """Return whether an answer to `plain_token` shows that its sender knows us.

        Args:
            plain_token: What was asked with.
            status: The answer's status; None if none came.
            body: The answer's body.
        """
        if status not in {200, 204}:
            return False
        try:
            answer, _ = load(body, _ANSWERS)
        except WireError:
            return False
        right = self.encrypted(plain_token)
        given = (answer.encrypted_token or "").encode(errors="replace")
        return answer.plain_token == plain_token and hmac.compare_digest(
            right.encode(), given
        )


def url_validation(plain_token: str, *, now: float) -> bytes:
    """Return the body of the question whose address it is.

    Args:
        plain_token: What is to be signed in the answer.
        now: Unix seconds.
    """
    return msgspec.json.encode(
        UrlValidationEvent(
            event=URL_VALIDATION,
            event_ts=round(now * 1000),
            payload=UrlValidationPayload(plain_token=plain_token),
        )
    )


def read_head(body: bytes) -> EventHead:
    """Return the name and the time of the event in `body`.

    Raises:
        WireError: `body` is no JSON object.
    """
    return load(body, _HEADS)[0]


def plain_token_of(body: bytes) -> str:
    """Return the token of an `endpoint.url_validation`, to be given to `answer`.

    Raises:
        WireError: `body` is no such event.
    """
    event, _ = load(body, _QUESTIONS)
    token = event.payload.plain_token if event.payload else None
    if event.event != URL_VALIDATION or not token:
        path = "$.payload.plainToken"
        raise WireError("expected the token of a URL validation, found none", path=path)
    return token


def outcome_of(status: int | None, tries: int) -> Outcome:
    """Return what becomes of an event.

    Args:
        status: Of the last answer; None if none came in time.
        tries: How often it was sent, 1 after the first time.
    """
    if status is not None and status < 500:
        return "delivered" if 200 <= status < 300 else "refused"
    return "again" if tries <= len(RETRY_AFTER_S) else "lost"


def _cut(text: str, *lengths: int) -> list[str]:
    parts, begin = [], 0
    for length in lengths:
        parts.append(text[begin : begin + length])
        begin += length
    return parts
