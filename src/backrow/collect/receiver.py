"""Takes Zoom's webhooks: an answer of 200 means that the event is on disk.

Requests that wait are committed together: while one SQLite transaction is being
written, the next group gathers, so that a disk that takes five milliseconds a
transaction still takes thousands of events a second. A request is answered when its
group is on disk, or with 503 if it is not: Zoom then sends it again after 5, 20 and
60 minutes. Other answers than 2xx and 5xx would lose the event for good, and are for
those alone who are not Zoom.

Nothing else is done with an event here. That one was delivered before is seen when it
is taken out of the inbox, and left out there; what cannot be read becomes a dead letter
then, and is not asked of Zoom again.

`Receiver` is an ASGI app for one route; `run` is the task behind it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import anyio
import msgspec
from anyio import to_thread
from anyio.lowlevel import checkpoint_if_cancelled
from starlette.types import Receive, Scope, Send

from backrow.clock import Ticking
from backrow.errors import LakeError, WireError
from backrow.lake.inbox import Letter
from backrow.zoom.webhook import (
    MAX_BODY_BYTES,
    SIGNATURE,
    TIMESTAMP,
    URL_VALIDATION,
    Seal,
    Verdict,
    plain_token_of,
    read_head,
)

LOG: Final = logging.getLogger(__name__)
WAITING_MAX_BYTES: Final = 64 * 1024 * 1024
"""Bodies that may wait for the disk; whoever comes then is asked to come again."""
GROUP_MAX: Final = 1_000
"""Events a transaction may have, so that the first of them does not wait long."""
_BODY_WITHIN_S: Final = 10.0
_WANTED: Final = {
    name.encode(): name for name in (SIGNATURE, TIMESTAMP, "content-length")
}
_MARK: Final = URL_VALIDATION.encode()
_LINES: Final[Mapping[str, tuple[int, str]]] = {
    "unsigned": (401, "expected the headers x-zm-signature and x-zm-request-timestamp"),
    "malformed": (401, "expected unix seconds in x-zm-request-timestamp"),
    "forged": (401, "the signature is not that of this body under the secret token"),
    "stale": (401, "the signature is too old"),
    "early": (401, "the signature is from the future: compare the clocks"),
    "method": (405, "events are sent with POST"),
    "length": (413, "the body is larger than any event"),
    "slow": (408, "the body did not come in time"),
    "token": (400, "expected the token of a URL validation"),
    "secret": (503, "ZOOM_WEBHOOK_SECRET is not set: no event can be told from a fake"),
    "busy": (503, "too much is waiting for the disk: send it again"),
    "stopping": (503, "the server is stopping: send it again"),
    "disk": (503, "the event cannot be kept: send it again"),
}
"""Status and sentence of every answer that is not 200."""


class Keeps(Protocol):
    """Keeps letters for good, as `backrow.lake.inbox.Inbox` does."""

    def put(self, letters: Sequence[Letter], *, now: float) -> None:
        """Keep `letters` on disk."""
        ...


@dataclass(slots=True, kw_only=True)
class Counts:
    """What became of the requests since the start."""

    kept: int = 0
    """Events that are on disk, those that came twice included."""
    validated: int = 0
    """Questions whose address this is."""
    refused: dict[str, int] = field(default_factory=dict)
    """Requests that were not kept, by reason."""
    commits: int = 0
    last_kept_at: float | None = None
    """Unix seconds; None if nothing came yet."""
    failure: str = ""
    """Why the last events could not be kept; empty if they were."""

    def to_dict(self) -> dict[str, Any]:
        """Return them by name, ready for JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class _Group:
    """Events that are committed together, and what came of it."""

    letters: list[Letter] = field(default_factory=list)
    done: anyio.Event = field(default_factory=anyio.Event)
    why_not: str = ""
    """The reason, of `_LINES`; empty if they are on disk."""


class _RefusedError(Exception):
    """The request is answered with one of `_LINES`."""


class Receiver:
    """An ASGI app that keeps Zoom's events in an inbox."""

    def __init__(
        self,
        inbox: Keeps,
        seal: Seal | None,
        *,
        clock: Ticking,
        max_body_bytes: int = MAX_BODY_BYTES,
        waiting_max_bytes: int = WAITING_MAX_BYTES,
    ) -> None:
        """Take nothing before `run` runs.

        Args:
            inbox: Where events are kept.
            seal: Knows the webhook's secret token; without it, all are refused.
            clock: Tells how old a signature is.
            max_body_bytes: Larger bodies are refused.
            waiting_max_bytes: How much may wait for the disk.
        """
        self.counts = Counts()
        self._inbox = inbox
        self._seal = seal
        self._clock = clock
        self._max_body_bytes = max_body_bytes
        self._waiting_max_bytes = waiting_max_bytes
        self._waiting_bytes = 0
        self._groups: list[_Group] = []
        self._called = anyio.Event()
        self._is_running = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            body = await self._answer(scope, receive)
            status = 200
        except _RefusedError as exc:
            status, body = self._refusal(str(exc))
        await _respond(send, status, body)

    async def run(self) -> None:
        """Write what waits, group after group, until cancelled."""
        self._is_running = True
        try:
            while True:
                await checkpoint_if_cancelled()
                if not self._groups:
                    self._called = anyio.Event()
                    await self._called.wait()
                with anyio.CancelScope(shield=True):
                    await self._commit(self._groups.pop(0))
        finally:
            self._is_running = False
            for group in self._groups:
                group.why_not = "stopping"
                group.done.set()
            self._groups.clear()

    async def _answer(self, scope: Scope, receive: Receive) -> bytes:
        """Return the body of the answer 200.

        Raises:
            _RefusedError: It is another.
        """
        if scope["method"] != "POST":
            raise _RefusedError("method")
        if self._seal is None:
            raise _RefusedError("secret")
        given = _wanted_of(scope["headers"])
        body = await self._read(given.get("content-length", "0"), receive)
        verdict: Verdict = self._seal.check(given, body, now=self._clock.now())
        if verdict != "good":
            raise _RefusedError(verdict)
        if _MARK in body and _is_question(body):
            return self._validation(self._seal, body)
        await self._keep(body)
        return b""

    async def _read(self, length: str, receive: Receive) -> bytes:
        if length.isdecimal() and int(length) > self._max_body_bytes:
            raise _RefusedError("length")
        message = await receive()
        body: bytes = message.get("body", b"")
        if message.get("more_body", False):
            with anyio.move_on_after(_BODY_WITHIN_S) as scope:
                body = await self._rest(body, receive)
            if scope.cancelled_caught:
                raise _RefusedError("slow")
        if len(body) > self._max_body_bytes:
            raise _RefusedError("length")
        return body

    async def _rest(self, body: bytes, receive: Receive) -> bytes:
        parts, size = [body], len(body)
        while size <= self._max_body_bytes:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _RefusedError("slow")
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if not message.get("more_body", False):
                break
        return b"".join(parts)

    def _validation(self, seal: Seal, body: bytes) -> bytes:
        try:
            answer = seal.answer(plain_token_of(body))
        except WireError:
            raise _RefusedError("token") from None
        self.counts.validated += 1
        return answer

    async def _keep(self, body: bytes) -> None:
        """Return when `body` is on disk."""
        if not self._is_running:
            raise _RefusedError("stopping")
        if self._waiting_bytes + len(body) > self._waiting_max_bytes:
            raise _RefusedError("busy")
        if not self._groups or len(self._groups[-1].letters) >= GROUP_MAX:
            self._groups.append(_Group())
            self._called.set()
        group = self._groups[-1]
        group.letters.append(Letter(body=body))
        self._waiting_bytes += len(body)
        await group.done.wait()
        if group.why_not:
            raise _RefusedError(group.why_not)

    async def _commit(self, group: _Group) -> None:
        now = self._clock.now()
        try:
            await to_thread.run_sync(lambda: self._inbox.put(group.letters, now=now))
        except LakeError as exc:
            self._fail(group, str(exc))
        except Exception as exc:  # noqa: BLE001 - whoever waits must be answered
            self._fail(group, f"{type(exc).__name__}: {exc}")
        else:
            self._note(group, now)
        self._waiting_bytes -= sum(len(letter.body) for letter in group.letters)
        group.done.set()

    def _note(self, group: _Group, now: float) -> None:
        if self.counts.failure:
            LOG.warning("events can be kept again")
        self.counts.failure = ""
        self.counts.commits += 1
        self.counts.kept += len(group.letters)
        self.counts.last_kept_at = now

    def _fail(self, group: _Group, why: str) -> None:
        group.why_not = "disk"
        if not self.counts.failure:
            LOG.warning("events cannot be kept, and Zoom is told so: %s", why)
        self.counts.failure = why

    def _refusal(self, reason: str) -> tuple[int, bytes]:
        status, sentence = _LINES[reason]
        refused = self.counts.refused
        if reason not in refused and status == 401:
            LOG.warning("a webhook was refused: %s (later ones are counted)", sentence)
        refused[reason] = refused.get(reason, 0) + 1
        line = msgspec.json.encode({"error": reason, "message": sentence})
        return status, line + b"\n"


def _wanted_of(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the headers that are looked at; of one that comes twice, the last."""
    wanted = _WANTED
    return {wanted[k]: value.decode("latin-1") for k, value in headers if k in wanted}


def _is_question(body: bytes) -> bool:
    """Return whether `body` asks whose address this is."""
    try:
        return read_head(body).event == URL_VALIDATION
    except WireError:
        return False


async def _respond(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-length", str(len(body)).encode())]
    if body:
        headers.append((b"content-type", b"application/json"))
    if status == 405:
        headers.append((b"allow", b"POST"))
    if status in {408, 413}:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
