"""The last minutes of live sessions, in memory, as columns.

Live pages and diagnosis ask for the same few minutes again and again, and a lake
of many small commits is slow to ask. The window keeps frames of samples as they
are appended, a list a session and minute, so that giving up a minute costs nothing
and asking for some is a concatenation without a copy.

It is bounded thrice: by minutes a session, by rows in all, and by what can be true
(a row from the future, by more than clocks differ, would push everything out).
Safe to use from several threads.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from backrow.lake.resolve import resolve
from backrow.lake.store.rows import instant
from backrow.lake.tables import TABLES, schema_of
from backrow.qos.sample import NAMES, floor_minute

_AHEAD: Final = timedelta(minutes=5)
"""How far a minute may lie in the future before it counts as nonsense."""
_CHUNKS: Final = 32
"""Frames a minute may be in before they are made one."""


@dataclass(slots=True)
class _Held:
    """The minutes of one session."""

    minutes: dict[datetime, list[pl.DataFrame]] = field(default_factory=dict)
    touched_s: float = 0.0


class Window:
    """The last minutes of live sessions."""

    def __init__(
        self, *, minutes: int = 30, rows: int = 5_000_000, idle_s: float = 1800.0
    ) -> None:
        """Hold nothing yet.

        Args:
            minutes: How many a session may have, counted back from its newest.
            rows: How many all sessions may have; the oldest minutes go first.
            idle_s: After how long without a row a session is let go.
        """
        self.minutes_max = minutes
        self.rows_max = rows
        self.idle_s = idle_s
        self.refused = 0
        """Rows that were not taken: too old, or from the future."""
        self._sessions: dict[str, _Held] = {}
        self._rows = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return the number of rows held."""
        return self._rows

    @property
    def sessions(self) -> list[str]:
        """The sessions that have minutes here."""
        with self._lock:
            return sorted(self._sessions)

    def append(self, samples: pl.DataFrame, *, now: float) -> None:
        """Take rows of samples, and give up what is too old.

        Args:
            samples: Columns of the samples table, of any sessions.
            now: Unix seconds.
        """
        latest = instant(now) + _AHEAD
        with self._lock:
            parts = samples.select(NAMES).partition_by(
                "session_uuid", "minute", as_dict=True, maintain_order=True
            )
            for (session, minute), rows in parts.items():
                if minute > latest:
                    self.refused += rows.height
                    continue
                held = self._sessions.setdefault(session, _Held())
                held.touched_s = now
                self._put(held, minute, rows)
            self._evict(now)

    def samples(
        self, session_uuid: str, *, minutes: int, until: datetime | None = None
    ) -> pl.DataFrame:
        """Return the rows of a session's last minutes.

        Args:
            session_uuid: Which session.
            minutes: How many minutes back from the newest, that one included.
            until: The newest minute to return; by default the newest that is held.
        """
        with self._lock:
            held = self._sessions.get(session_uuid)
            wanted = [] if held is None else list(_last(held, minutes, until))
        schema = schema_of(TABLES["samples"])
        empty = pl.DataFrame(schema={name: schema[name] for name in NAMES})
        return pl.concat([empty, *wanted]) if wanted else empty

    def minutes(
        self, session_uuid: str, *, minutes: int, until: datetime | None = None
    ) -> pl.DataFrame:
        """Return the same as `samples`, resolved to a row a participant and minute."""
        found = self.samples(session_uuid, minutes=minutes, until=until)
        return resolve(found, final=False)

    def counts(self, session_uuid: str) -> dict[datetime, int]:
        """Return how many rows there are of each of a session's minutes."""
        with self._lock:
            held = self._sessions.get(session_uuid)
            minutes = {} if held is None else held.minutes
            return {at: _height(chunks) for at, chunks in minutes.items()}

    def evict(self, *, now: float) -> None:
        """Let sessions go that have been idle, and minutes over the bounds."""
        with self._lock:
            self._evict(now)

    def forget(self, session_uuid: str, participants: list[str] | None = None) -> None:
        """Let a session go, or some people's rows in it."""
        with self._lock:
            held = self._sessions.get(session_uuid)
            if held is None:
                return
            if participants is None:
                self._rows -= sum(_height(chunks) for chunks in held.minutes.values())
                del self._sessions[session_uuid]
                return
            for minute, chunks in held.minutes.items():
                kept = pl.concat(chunks).filter(
                    ~pl.col("participant").is_in(participants)
                )
                self._rows -= _height(chunks) - kept.height
                held.minutes[minute] = [kept]

    def _put(self, held: _Held, minute: datetime, rows: pl.DataFrame) -> None:
        if held.minutes:
            oldest = max(held.minutes) - timedelta(minutes=self.minutes_max - 1)
            if minute < oldest:
                self.refused += rows.height
                return
        chunks = held.minutes.setdefault(minute, [])
        chunks.append(rows)
        self._rows += rows.height
        if len(chunks) > _CHUNKS:
            held.minutes[minute] = [pl.concat(chunks, rechunk=True)]

    def _evict(self, now: float) -> None:
        for session, held in list(self._sessions.items()):
            if now - held.touched_s > self.idle_s or not held.minutes:
                self._drop(session, list(held.minutes))
                continue
            oldest = max(held.minutes) - timedelta(minutes=self.minutes_max - 1)
            self._drop(session, [m for m in held.minutes if m < oldest])
        while self._rows > self.rows_max:
            minute, session = min(
                (min(held.minutes), name) for name, held in self._sessions.items()
            )
            self._drop(session, [minute])

    def _drop(self, session: str, minutes: list[datetime]) -> None:
        held = self._sessions[session]
        for minute in minutes:
            self._rows -= _height(held.minutes.pop(minute))
        if not held.minutes:
            del self._sessions[session]


def _height(chunks: list[pl.DataFrame]) -> int:
    return sum(chunk.height for chunk in chunks)


def _last(held: _Held, minutes: int, until: datetime | None) -> Iterator[pl.DataFrame]:
    if not held.minutes:
        return
    newest = max(held.minutes) if until is None else floor_minute(until)
    oldest = newest - timedelta(minutes=minutes - 1)
    for minute in sorted(held.minutes):
        if oldest <= minute <= newest:
            yield from held.minutes[minute]
