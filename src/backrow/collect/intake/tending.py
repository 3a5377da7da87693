"""Looks after the sessions that events tell of, from the first to after the last.

Where a collector asks Zoom too, it says when a session ends and completes it. Where
pushed events are all there is, nobody says so: such a session is called complete
when it has been quiet for `QUIET_S`, and events that come later make it anew, as
they do for every session that was complete.

Times are when things came, on Backrow's clock, not when Zoom measured them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from backrow.collect.intake.letters import Rows
from backrow.collect.room import Rooms
from backrow.lake.keep import LakeWriter
from backrow.lake.kept import latest_sessions
from backrow.lake.store.reading import equal
from backrow.lake.store.rows import instant
from backrow.lake.window import Window
from backrow.qos.sample import LONGEST_PAUSE, floor_minute

QUIET_S: Final = 900.0
"""How long after its last event a session that only events tell of is complete."""
LATE_S: Final = 120.0
"""How long after the last late event a complete session is made anew."""
LATE_MAX_S: Final = 900.0
"""How long late events may keep it from being made anew."""
SETTLED: Final = timedelta(minutes=2)
"""How long after its beginning a live minute is taken to be whole."""
_LOOK_BACK_S: Final = 7 * 86_400.0
_SETTLE_MINUTES: Final = 10
_PUSHED: Final = frozenset({"qss", "import"})


@dataclass(slots=True)
class _Heard:
    """When a session's events came without a long pause, unix seconds."""

    first_s: float
    last_s: float


@dataclass(slots=True)
class Tending:
    """What is known of the sessions that are heard of."""

    writer: LakeWriter
    window: Window
    rooms: Rooms
    """Where the sessions are judged."""
    _heard: dict[str, _Heard] = field(default_factory=dict)
    """Sessions since they were last completed."""
    _known: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What the lake knew of sessions when they were last read, by uuid."""
    _settled: dict[str, datetime] = field(default_factory=dict)
    """Up to which minute each session is settled."""
    _has_looked_back: bool = False

    @property
    def sessions(self) -> set[str]:
        """Sessions that have been heard of since they were last completed."""
        return set(self._heard)

    def heard(self, rows: Rows, *, pushed: set[str], now: float) -> None:
        """Note whose events came, and add a row for each session that is new.

        Args:
            rows: What a batch said; gets rows of sessions.
            pushed: Sessions of which events have told, and not saved bodies.
            now: Unix seconds.

        Raises:
            LakeError: The sessions that the lake knows cannot be read.
        """
        began = rows.occurrences()
        for session in began:
            heard = self._heard.setdefault(session, _Heard(now, now))
            if now - heard.last_s > LATE_S:
                heard.first_s = now
            heard.last_s = now
        told = {row["session_uuid"] for row in rows.sessions}
        if not any(self._news_of(began[one], now) for one in began.keys() - told):
            return
        self._known = self._sessions()
        for session, row in sorted(began.items()):
            news = None if session in told else self._news_of(row, now)
            if news and session not in self._known and session in pushed:
                news["state"] = "live"
            if news:
                rows.sessions.append(news)

    def _news_of(self, row: dict[str, Any], now: float) -> dict[str, Any] | None:
        """Return what of a session's row the lake does not know; None if nothing."""
        known = self._known.get(row["session_uuid"])
        if known is None:
            return dict(row)
        if _is_asked_for(known):
            return None
        begins = _is_begin(row["start_at"], known["start_at"], instant(now))
        has_number = bool(row["session_number"] and not known["session_number"])
        if not begins and not has_number:
            return None
        return {**row, "start_at": row["start_at"] if begins else None}

    def tend(self, *, now: float) -> int:
        """Settle, complete and make anew; return how many sessions were completed.

        Args:
            now: Unix seconds.

        Raises:
            LakeError: The lake cannot be read or written.
        """
        if not self._heard and self._has_looked_back:
            return 0
        states = self._known = self._sessions()
        if not self._has_looked_back:
            self._look_back(states, now)
        done = 0
        for session, heard in list(self._heard.items()):
            known = states.get(session, {})
            if known.get("state") == "complete":
                done += self._make_anew(session, heard, known["changed_at"], now)
            else:
                if not _is_asked_for(known):
                    self.rooms.step([session], now=now)
                self._settle(session, now)
                done += self._end(session, heard, known, now)
        return done

    def _sessions(self) -> dict[str, dict[str, Any]]:
        """Return what the lake knows of sessions, by uuid."""
        found = self.writer.store.read("sessions", latest_sessions)
        return {row["session_uuid"]: row for row in found.iter_rows(named=True)}

    def _look_back(self, states: dict[str, dict[str, Any]], now: float) -> None:
        """Take up what an earlier process left undone."""
        for session, row in states.items():
            if row["state"] == "live":
                self._heard.setdefault(session, _Heard(now, now))
        for session in self.writer.overdue(since=now - _LOOK_BACK_S):
            self._heard.setdefault(session, _Heard(now, now))
        self._has_looked_back = True

    def _make_anew(
        self, session: str, heard: _Heard, completed_at: datetime, now: float
    ) -> int:
        """Complete a session again that got late events, when few more will come."""
        first_s = max(heard.first_s, completed_at.timestamp())
        is_quiet = now - heard.last_s >= LATE_S
        if not is_quiet and now - first_s < LATE_MAX_S:
            return 0
        del self._heard[session]
        if session not in self.writer.overdue(since=completed_at.timestamp()):
            return 0
        self.rooms.complete(session, now=now)
        return 1

    def _settle(self, session: str, now: float) -> None:
        """Append the minutes that have become whole since the last time."""
        until = floor_minute(instant(now) - SETTLED)
        last = self._settled.get(session, until - timedelta(minutes=_SETTLE_MINUTES))
        count = int((until - last).total_seconds() // 60)
        if count < 1:
            return
        self.rooms.settle(session, until=until, minutes=count, now=now)
        self._settled[session] = until

    def _end(
        self, session: str, heard: _Heard, known: dict[str, Any], now: float
    ) -> int:
        """Complete a quiet session, if only events tell of it."""
        if now - heard.last_s < QUIET_S:
            return 0
        del self._heard[session]
        self._settled.pop(session, None)
        if _is_asked_for(known):
            return 0
        found = self.writer.store.read(
            "samples",
            lambda rows: rows.filter(pl.col("session_uuid") == session).select(
                pl.col("origin").unique().implode(), pl.col("minute").max()
            ),
            where=equal(session_uuid=session),
        )
        origins, last = set(found["origin"][0]), found["minute"][0]
        if last is None or not origins <= _PUSHED:
            return 0
        end = {"session_uuid": [session], "end_at": [last + timedelta(minutes=1)]}
        self.writer.append({"sessions": pl.DataFrame(end)}, now=now)
        self.rooms.complete(session, now=now)
        return 1


def _is_begin(new: datetime | None, known: datetime | None, now: datetime) -> bool:
    """Return whether a session begins with a new minute, and not as was known.

    The earlier begins it. Of two that no session can span, a device with a wrong clock
    has told one: that which is farther from now.
    """
    if new is None or known is None:
        return new is not None
    if abs(new - known) > LONGEST_PAUSE:
        return abs(now - new) < abs(now - known)
    return new < known


def _is_asked_for(known: dict[str, Any]) -> bool:
    """Return whether a collector asks Zoom about a session: events tell less."""
    return bool(known.get("topic") or known.get("host"))
