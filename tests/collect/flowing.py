"""A clock for tests with many tasks: it moves when all of them wait.

`HandClock` gives work on threads a bounded time of its own; here no time passes as
long as any goes on. A test runs `flow` beside what it tests.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import count

import anyio
import anyio.lowlevel
from anyio import to_thread

from backrow.web.testing import BEGIN, HandClock

_IDLE_TURNS = 40
"""Turns of the event loop without a new sleeper after which all tasks wait."""


class FlowingClock(HandClock):
    """A clock that moves to the next waking when nothing else is to be done."""

    def __init__(self, start: float = BEGIN.timestamp()) -> None:
        super().__init__(start)
        self._sleepers: list[tuple[float, int, anyio.Event]] = []
        self._numbers = count()
        self._stirred = False

    async def asleep(self, seconds: float) -> None:
        self._stirred = True
        if seconds <= 0:
            await anyio.lowlevel.checkpoint()
            return
        woken = anyio.Event()
        heappush(self._sleepers, (self.now() + seconds, next(self._numbers), woken))
        await woken.wait()
        self._stirred = True

    async def flow(self) -> None:
        """Move whenever every task waits, until cancelled."""
        while True:
            await self._all_wait()
            if not self._sleepers:
                continue
            at, _, woken = heappop(self._sleepers)
            self.advance(at - self.now())
            woken.set()
            while self._sleepers and self._sleepers[0][0] <= at:
                heappop(self._sleepers)[2].set()

    async def _all_wait(self) -> None:
        idle = 0
        while idle < _IDLE_TURNS:
            self._stirred = False
            busy = to_thread.current_default_thread_limiter().borrowed_tokens
            await (anyio.sleep(0.001) if busy else anyio.lowlevel.checkpoint())
            idle = 0 if busy or self._stirred else idle + 1
