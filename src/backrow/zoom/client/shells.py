"""The two shells: they carry out the steps of `backrow.zoom.flow`, and no more.

`Shell` blocks the thread, `AsyncShell` lets the task wait; method for method they
are the same. All decisions are made elsewhere.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Final, TypeVar

import anyio
import httpx2
from anyio import to_thread

from backrow.errors import PageTokenError, UsageError
from backrow.zoom.auth import Token
from backrow.zoom.client.calls import Listing
from backrow.zoom.client.core import NO_ANSWER, Body, Core, TooLongError
from backrow.zoom.endpoints import RateLabel
from backrow.zoom.flow import (
    Call,
    Learn,
    NeedToken,
    Reply,
    Reserve,
    Send,
    Sent,
    Step,
    Steps,
    Wait,
)
from backrow.zoom.limits import LIMITS
from backrow.zoom.paging import Pages

T = TypeVar("T")
_CLOSED: Final = "expected an open client, got a closed one: make a new one for a call"


class Shell:
    """Carries calls out, blocking the thread."""

    def __init__(self, core: Core, transport: httpx2.BaseTransport | None) -> None:
        """Open nothing yet."""
        self.core = core
        self._http = httpx2.Client(
            transport=transport,
            timeout=core.timeout,
            headers=core.headers,
            follow_redirects=False,
        )
        self._token_lock = threading.Lock()
        self._queues = {label: threading.Lock() for label in LIMITS["pro"]}

    def close(self) -> None:
        """Close connections and the ledger."""
        self._http.close()
        self.core.ledger.close()

    def call(self, what: Call[T]) -> T:
        """Make one call."""
        return self._run(self.core.call(what))

    def walk(self, listing: Listing[T]) -> Iterator[T]:
        """Iterate over the items of a list."""
        clock = self.core.clock
        seen: set[object] = set()
        for query in listing.queries:
            pages = Pages(query, identify=listing.identify, seen=seen)
            while (asked := pages.query(clock.now())) is not None:
                try:
                    page = self.call(listing.page(asked))
                except PageTokenError as error:
                    pages.refuse(error)
                    continue
                token = page.next_page_token
                yield from pages.accept(page.items, token, clock.now())

    def token(self, refused: Token | None = None) -> Token:
        """Return the current token, or a new one."""
        finished = self.core.tokens.finished
        with self._token_lock:
            token = self.core.token(refused, finished)
            return self._run(self.core.renewal()) if token is None else token

    def _run(self, steps: Steps[T]) -> T:
        if self._http.is_closed:
            raise UsageError(_CLOSED)
        reply: Reply = None
        while True:
            try:
                step = steps.send(reply)
            except StopIteration as done:
                return done.value  # type: ignore[no-any-return] # Steps[T] returns T
            reply = self._carry_out(step)

    def _carry_out(self, step: Step) -> Reply:
        match step:
            case NeedToken(refused):
                return self.token(refused)
            case Send():
                return self._send(step)
            case Reserve(label):
                self._reserve(label)
            case Learn(label, told):
                self.core.ledger.learn(label, told, self.core.clock.now())
            case Wait(seconds):
                self.core.clock.sleep(seconds)
        return None

    def _reserve(self, label: RateLabel) -> None:
        clock, ledger = self.core.clock, self.core.ledger
        with self._queues[label]:  # a long queue stands here, not in the ledger
            while not (grant := ledger.reserve(label, clock.now())).booked:
                clock.sleep(grant.wait_s)
        clock.sleep(grant.wait_s)

    def _send(self, step: Send) -> Sent:
        started_at = self.core.clock.now()
        asked, body = step.request, Body()
        try:
            with self._http.stream(
                asked.method, asked.url, headers=asked.headers, content=asked.body
            ) as response:
                for part in response.iter_bytes():
                    body.add(part, response)
                answer = body.answer(response)
        except TooLongError as exc:
            return self.core.too_long(step, started_at, exc.status)
        except NO_ANSWER as exc:
            return self.core.lost(step, started_at, exc)
        return self.core.answered(step, started_at, answer)


class AsyncShell:
    """Carries calls out, letting the task wait."""

    def __init__(self, core: Core, transport: httpx2.AsyncBaseTransport | None) -> None:
        """Open nothing yet."""
        self.core = core
        self._http = httpx2.AsyncClient(
            transport=transport,
            timeout=core.timeout,
            headers=core.headers,
            follow_redirects=False,
        )
        self._token_lock = anyio.Lock()
        self._queues = {label: anyio.Lock() for label in LIMITS["pro"]}

    async def close(self) -> None:
        """Close connections and the ledger."""
        await self._http.aclose()
        self.core.ledger.close()

    async def call(self, what: Call[T]) -> T:
        """Make one call."""
        return await self._run(self.core.call(what))

    async def walk(self, listing: Listing[T]) -> AsyncIterator[T]:
        """Iterate over the items of a list."""
        clock = self.core.clock
        seen: set[object] = set()
        for query in listing.queries:
            pages = Pages(query, identify=listing.identify, seen=seen)
            while (asked := pages.query(clock.now())) is not None:
                try:
                    page = await self.call(listing.page(asked))
                except PageTokenError as error:
                    pages.refuse(error)
                    continue
                token = page.next_page_token
                for item in pages.accept(page.items, token, clock.now()):
                    yield item

    async def token(self, refused: Token | None = None) -> Token:
        """Return the current token, or a new one."""
        finished = self.core.tokens.finished
        async with self._token_lock:
            token = self.core.token(refused, finished)
            return await self._run(self.core.renewal()) if token is None else token

    async def _run(self, steps: Steps[T]) -> T:
        if self._http.is_closed:
            raise UsageError(_CLOSED)
        reply: Reply = None
        while True:
            try:
                step = steps.send(reply)
            except StopIteration as done:
                return done.value  # type: ignore[no-any-return] # Steps[T] returns T
            reply = await self._carry_out(step)

    async def _carry_out(self, step: Step) -> Reply:
        match step:
            case NeedToken(refused):
                return await self.token(refused)
            case Send():
                return await self._send(step)
            case Reserve(label):
                await self._reserve(label)
            case Learn(label, told):
                now = self.core.clock.now()
                await self._in_ledger(partial(self.core.ledger.learn, label, told, now))
            case Wait(seconds):
                await self.core.clock.asleep(seconds)
        return None

    async def _reserve(self, label: RateLabel) -> None:
        clock, ledger = self.core.clock, self.core.ledger
        async with self._queues[label]:  # a long queue stands here, not in the ledger
            while not (
                grant := await self._in_ledger(
                    lambda: ledger.reserve(label, clock.now())
                )
            ).booked:
                await clock.asleep(grant.wait_s)
        await clock.asleep(grant.wait_s)

    async def _in_ledger(self, change: Callable[[], T]) -> T:
        """Change the ledger, in a thread if that touches a disk."""
        if self.core.ledger.is_shared:
            return await to_thread.run_sync(change)
        return change()

    async def _send(self, step: Send) -> Sent:
        started_at = self.core.clock.now()
        asked, body = step.request, Body()
        try:
            async with self._http.stream(
                asked.method, asked.url, headers=asked.headers, content=asked.body
            ) as response:
                async for part in response.aiter_bytes():
                    body.add(part, response)
                answer = body.answer(response)
        except TooLongError as exc:
            return self.core.too_long(step, started_at, exc.status)
        except NO_ANSWER as exc:
            return self.core.lost(step, started_at, exc)
        return self.core.answered(step, started_at, answer)
