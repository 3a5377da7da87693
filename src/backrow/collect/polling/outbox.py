"""Rows on their way to the lake: gathered, given to the window, written in batches.

What was not written is still here: a table is taken out only after its commit, so
that a lake that is away for a while costs nothing but memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Final

import anyio
import polars as pl
from anyio import to_thread

from backrow.lake.keep import BATCH_ROWS, LakeWriter
from backrow.lake.store.rows import (
    Occurrence,
    State,
    Unread,
    participants_frame,
    roster_frame,
    samples_frame,
    sessions_frame,
    unreadable_frame,
)
from backrow.lake.tables import TableName
from backrow.lake.window import Window
from backrow.qos.people import Person, Session
from backrow.qos.sample import INDEX, Row
from backrow.zoom.client import Timer

ROWS_MAX: Final = 4 * BATCH_ROWS
"""Rows from which on whoever brings more waits for the lake."""

_MINUTE: Final = INDEX["minute"]
_ORIGIN: Final = INDEX["origin"]


class Outbox:
    """What waits to be written to one lake. Used from one event loop."""

    def __init__(
        self, writer: LakeWriter, *, clock: Timer, key: bytes, window: Window | None
    ) -> None:
        """Hold nothing yet.

        Args:
            writer: Writes the lake.
            clock: Tells when rows are written.
            key: Secret under which email addresses become person keys.
            window: Gets the samples too, before they are written.
        """
        self.writer = writer
        self.window = window
        self.is_full = anyio.Event()
        """Set when there is a batch's worth of rows."""
        self.written = 0
        """Samples that are in the lake."""
        self._clock = clock
        self._key = key
        self._lock = anyio.Lock()
        self._samples: list[Row] = []
        self._frames: dict[TableName, list[pl.DataFrame]] = {}
        self._rows = 0
        self.newest: datetime | None = None
        """The newest minute among the live samples that wait; None if none does."""

    @property
    def waiting(self) -> int:
        """How many rows wait, of all tables."""
        return self._rows

    def add_samples(self, rows: Sequence[Row]) -> None:
        """Add rows of samples, of one participant, ascending in time."""
        self._samples += rows
        self._note(len(rows))
        if rows and rows[-1][_ORIGIN] == "rest_live":
            newest = rows[-1][_MINUTE]
            self.newest = newest if self.newest is None else max(self.newest, newest)

    def add_people(
        self,
        about: Occurrence,
        people: Iterable[Person],
        *,
        collected_at: datetime,
    ) -> None:
        """Add what was told of stays."""
        frame = participants_frame(
            ((about, person) for person in people),
            key=self._key,
            now=self._clock.now(),
            collected_at=collected_at,
        )
        self._add("participants", frame)

    def add_roster(
        self,
        about: Occurrence,
        people: Iterable[Person],
        *,
        minute: datetime,
        collected_at: datetime,
    ) -> None:
        """Add a page of a sweep."""
        frame = roster_frame(
            about,
            people,
            minute=minute,
            now=self._clock.now(),
            collected_at=collected_at,
        )
        self._add("roster", frame)

    def add_session(self, session: Session, state: State, *, account: str) -> None:
        """Add what was told of a session."""
        told = [(session, state)]
        frame = sessions_frame(told, now=self._clock.now(), account=account)
        self._add("sessions", frame)

    def add_unreadable(self, values: Iterable[Unread]) -> None:
        """Add values that could not be read."""
        self._add("unreadable", unreadable_frame(values, now=self._clock.now()))

    async def flush(self) -> None:
        """Write all that waits.

        Raises:
            LakeError: The lake cannot be written; what was not, still waits.
        """
        async with self._lock:
            rows, self._samples = self._samples, []
            self.newest = None
            if rows:
                with anyio.CancelScope(shield=True):  # what is taken out is kept
                    frame = await to_thread.run_sync(partial(self._framed, rows))
                self._frames.setdefault("samples", []).append(frame)
            if self.is_full.is_set():
                self.is_full = anyio.Event()
            for name in list(self._frames):
                await self._write(name)

    def _framed(self, rows: list[Row]) -> pl.DataFrame:
        now = self._clock.now()
        frame = samples_frame(rows, now=now)
        if self.window is not None:
            self.window.append(frame, now=now)
        return frame

    async def _write(self, name: TableName) -> None:
        frames = self._frames[name]
        count = len(frames)
        whole = frames[0] if count == 1 else pl.concat(frames)
        append = partial(self.writer.append, {name: whole}, now=self._clock.now())
        with anyio.CancelScope(shield=True):  # a commit cannot be called back
            await to_thread.run_sync(append)
        del frames[:count]
        if not frames:
            del self._frames[name]
        self._rows -= whole.height
        if name == "samples":
            self.written += whole.height

    def _add(self, name: TableName, frame: pl.DataFrame) -> None:
        if not frame.is_empty():
            self._frames.setdefault(name, []).append(frame)
            self._note(frame.height)

    def _note(self, rows: int) -> None:
        self._rows += rows
        if self._rows >= BATCH_ROWS:
            self.is_full.set()
