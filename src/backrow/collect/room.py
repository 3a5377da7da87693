"""The live rooms of a process, judged while sessions are collected.

`Rooms` is called from worker threads, never from the loop that collects; whoever shows
a room reads `Rooms.of`. `backrow.judge.live` does the judging.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final, Protocol, TypeVar

import polars as pl
from anyio import to_thread

from backrow.clock import Sleeps
from backrow.diagnose.verdict.finding import Finding
from backrow.errors import BackrowError, LakeError
from backrow.judge.judging import Judge
from backrow.judge.live import MINUTE, WARM_MIN, LiveRoom
from backrow.judge.view import RoomView
from backrow.lake.keep import LakeWriter
from backrow.lake.store.reading import equal, literal
from backrow.lake.store.rows import instant
from backrow.lake.window import Window
from backrow.qos.sample import NAMES, floor_minute

STEP_S: Final = 10.0
"""How often it is looked whether a minute is ripe, seconds."""
LOG: Final = logging.getLogger(__name__)
Result = TypeVar("Result")


class Tells(Protocol):
    """Tells others of findings, as `backrow.collect.alerts.dispatch.Alerts` does."""

    @property
    def counts(self) -> Mapping[str, int]:
        """What became of what was told."""
        ...

    def told(self, session_uuid: str, findings: Sequence[Finding]) -> None:
        """Take what is new, and return at once."""
        ...

    def close(self) -> None:
        """Tell what is due, and end."""
        ...


class Rooms:
    """The live rooms of a process. For several threads."""

    def __init__(
        self,
        writer: LakeWriter,
        window: Window,
        *,
        judge: Judge | None = None,
        hears_events: bool = False,
        tells: Tells | None = None,
    ) -> None:
        """Open no room yet.

        Args:
            writer: Of the lake.
            window: The last minutes, as they are collected.
            judge: How to judge.
            hears_events: Whether pushed events come into `window` in this process;
                else they are taken out of the lake, where another puts them.
            tells: Who is told of what is found while sessions run; None if nobody is.
        """
        self.judge = judge or Judge()
        self._writer = writer
        self._window = window
        self._hears_events = hears_events
        self._tells = tells
        self._rooms: dict[str, LiveRoom] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._taken: dict[str, datetime] = {}
        """Up to when pushed samples were taken out of the lake."""
        self._failed: set[str] = set()
        """Sessions that cannot be judged, by a fault of ours."""
        self._all = threading.Lock()

    def of(self, session_uuid: str) -> RoomView | None:
        """Return how a session is; None while nothing of it was judged."""
        room = self._rooms.get(session_uuid)
        return None if room is None else room.view

    @property
    def views(self) -> list[RoomView]:
        """How every session is of which something was judged."""
        views = (room.view for room in list(self._rooms.values()))
        return [view for view in views if view is not None]

    @property
    def told(self) -> Mapping[str, int]:
        """What became of what others were told; {} if nobody is."""
        return {} if self._tells is None else self._tells.counts

    def close(self) -> None:
        """Tell what is due, and end; it takes a few seconds at most."""
        if self._tells is not None:
            self._tells.close()

    def step(self, sessions: Iterable[str], *, now: float) -> dict[str, list[Finding]]:
        """Judge what is ripe of sessions; return what is new by session.

        A session that cannot be judged is left alone; the log says why.

        Args:
            sessions: Uuids of sessions that run.
            now: Unix seconds.

        Raises:
            LakeError: The lake cannot be read or written.
        """
        found: dict[str, list[Finding]] = {}
        for uuid in sessions:
            news = self._judged(uuid, partial(LiveRoom.step, now=now))
            if news:
                found[uuid] = news
                self._tell(uuid, news)
        return found

    def settle(
        self, session_uuid: str, *, until: datetime, minutes: int, now: float
    ) -> int:
        """Append a session's settled minutes, judged; return how many were new.

        Args:
            session_uuid: Which session.
            until: The newest minute that has settled.
            minutes: How many to look at.
            now: Unix seconds.

        Raises:
            LakeError: The lake cannot be read or written.
        """
        last = floor_minute(until)
        settle = partial(LiveRoom.settle, until=last, minutes=minutes, now=now)
        written = self._judged(session_uuid, settle)
        if written is None:  # what was measured is kept in any case
            rows = self._window.minutes(session_uuid, minutes=minutes, until=last)
            written = self._writer.settle(rows, now=now)
        return written

    def take(self, session_uuid: str, *, now: float) -> None:
        """Take what another process has pushed into the lake since the last time.

        Raises:
            LakeError: The lake cannot be read.
        """
        if self._hears_events:
            return
        begin = self._taken.get(session_uuid, instant(now - WARM_MIN * 60))
        rows = self._writer.store.read(
            "samples",
            lambda rows: rows.filter(
                pl.col("session_uuid") == session_uuid,
                pl.col("changed_at") > begin,
                pl.col("origin") == "qss",
            ).select(*NAMES, "changed_at"),
            where=f"{equal(session_uuid=session_uuid)} "
            f"AND changed_at >= {literal(begin)}",
        )
        last = rows["changed_at"].max()
        if isinstance(last, datetime):
            self._taken[session_uuid] = last
            self._window.append(rows.select(NAMES), now=now)

    def complete(self, session_uuid: str, *, now: float) -> int:
        """Judge a session that is over, complete it, and close its room.

        Returns:
            How many minutes it has.

        Raises:
            LakeError: The lake cannot be read or written.
        """
        count = self.judge.complete(self._writer, session_uuid, now=now)
        with self._all:
            room = self._rooms.pop(session_uuid, None)
            self._locks.pop(session_uuid, None)
        if room is not None and room.view is not None:
            end = room.view.minute + MINUTE
            over = [
                replace(one, state="cleared", end=one.end or end)
                for one in room.view.lasting
            ]
            self._tell(session_uuid, over)
        return count

    def _tell(self, session_uuid: str, findings: Sequence[Finding]) -> None:
        if self._tells is not None and findings:
            self._tells.told(session_uuid, findings)

    def _judged(
        self, session_uuid: str, what: Callable[[LiveRoom], Result]
    ) -> Result | None:
        """Return what is done with a room; None if that failed, now or before."""
        if session_uuid in self._failed:
            return None
        with self._all:
            lock = self._locks.setdefault(session_uuid, threading.Lock())
            room = self._rooms.get(session_uuid)
            if room is None:
                room = LiveRoom(session_uuid, self._writer, self._window, self.judge)
                self._rooms[session_uuid] = room
        with lock:
            try:
                return what(room)
            except LakeError:
                raise
            except Exception:  # collecting must go on whatever is said of it
                LOG.exception("session %s cannot be judged while it runs", session_uuid)
                self._failed.add(session_uuid)
                return None


async def keep_judging(
    rooms: Rooms,
    live: Callable[[], Iterable[str]],
    *,
    clock: Sleeps,
    failed: Callable[[BackrowError], None],
) -> None:
    """Judge sessions as their minutes ripen, on a thread, until cancelled.

    Args:
        rooms: Where they are judged.
        live: Returns the uuids of those that run.
        clock: Says when.
        failed: Is told of a lake that cannot be read or written; the next step tries
            again.
    """
    while True:
        await clock.asleep(STEP_S)
        step = partial(rooms.step, list(live()), now=clock.now())
        try:
            await to_thread.run_sync(step)
        except LakeError as error:
            failed(error)
