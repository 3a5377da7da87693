"""Live sessions of this very process: whoever collects fills them, pages read them.

Nothing is read from disk, so what a minute brings is on the page at once. What comes
again of a participant and minute takes the place of what was there. Writers and
readers may be different threads.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

import polars as pl

from backrow.diagnose.presets import CLASSES
from backrow.diagnose.verdict.finding import Finding
from backrow.errors import NothingFoundError
from backrow.qos.vocabulary import METRICS
from backrow.web.pages.sessions.source import (
    Collecting,
    Listed,
    Occurrence,
    Seating,
    Snapshot,
)
from backrow.web.pages.views.picture import picture_of
from backrow.web.pages.views.presenters import STREAMS

_JUDGED: Final = (
    "participant",
    "minute",
    "picked",
    "audio_mos",
    "video_score",
    "share_score",
    "score",
    "worst_medium",
    "bad",
    "audio_class",
    "video_class",
    "share_class",
    "class",
    "poor_due_to",
    "cause",
)
KEPT: Final = (
    *_JUDGED,
    *(
        f"{medium}_{way}_{name}"
        for medium, names in STREAMS.items()
        for way in ("sent", "received")
        for name in names
    ),
)
"""Columns that the room's pages need of minutes."""
_NUMBERS: Final = frozenset(m.name for m in METRICS if m.unit not in {"level", "text"})


@dataclass(slots=True)
class _Filled:
    """One session."""

    occurrence: Occurrence
    people: pl.DataFrame
    blank: pl.DataFrame
    """Minutes, of which there are none."""
    seating: Seating = field(default_factory=Seating)
    narrow: dict[datetime, pl.DataFrame] = field(default_factory=dict)
    """What the room's pages need, by minute."""
    wide: dict[datetime, pl.DataFrame] = field(default_factory=dict)
    """All metrics, by minute."""
    rosters: dict[datetime, pl.DataFrame] = field(default_factory=dict)
    findings: Sequence[Finding] = ()
    collecting: Collecting | None = None
    told_in: tzinfo | None = UTC
    number: int = 0
    snapshot: Snapshot | None = None


class LiveSessions:
    """Sessions as a `backrow.web.pages.sessions.source.Source`, filled in this process."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._sessions: dict[str, _Filled] = {}
        self._lock = threading.Lock()
        self._run = secrets.token_hex(4)

    def fill(
        self,
        occurrence: Occurrence,
        people: pl.DataFrame,
        minutes: pl.DataFrame,
        *,
        roster: pl.DataFrame | None = None,
        findings: Sequence[Finding] = (),
        collecting: Collecting | None = None,
        told_in: tzinfo | None = UTC,
    ) -> None:
        """Take what a minute brought.

        Args:
            occurrence: The session as it is now.
            people: Everybody so far.
            minutes: New or revised minutes, scored and classed, with causes.
            roster: New sweeps.
            findings: Every finding so far, as it was last told.
            collecting: How the collecting goes.
            told_in: The zone of times in the findings' sentences.
        """
        with self._lock:
            one = self._sessions.get(occurrence.uuid)
            if one is None:
                one = _Filled(occurrence, people, narrowed(minutes.clear()))
                self._sessions[occurrence.uuid] = one
            one.occurrence = occurrence
            one.people = one.seating.seated(people)
            for minute, rows in _by_minute(minutes):
                one.wide[minute] = _over(one.wide.get(minute), rows)
                one.narrow[minute] = narrowed(one.wide[minute])
            if roster is not None:
                one.rosters.update(_by_minute(roster))
            one.findings, one.collecting = tuple(findings), collecting
            one.told_in = told_in
            one.number += 1
            one.snapshot = None

    def collecting(self, session_uuid: str, collecting: Collecting | None) -> None:
        """Say how the collecting of a session goes, between minutes."""
        with self._lock:
            one = self._sessions.get(session_uuid)
            if one is not None and one.collecting != collecting:
                one.collecting, one.snapshot = collecting, None
                one.number += 1

    def end(self, session_uuid: str, *, end_at: datetime) -> None:
        """Say that a session is over."""
        with self._lock:
            one = self._sessions.get(session_uuid)
            if one is not None:
                one.occurrence = replace(one.occurrence, state="ended", end_at=end_at)
                one.collecting, one.snapshot = None, None
                one.number += 1

    def forget(self, session_uuid: str) -> None:
        """Let a session go: it is complete, and the lake has it."""
        with self._lock:
            self._sessions.pop(session_uuid, None)

    def has(self, session_uuid: str) -> bool:
        """Return whether a session is held here."""
        with self._lock:
            return session_uuid in self._sessions

    def listed(self) -> Sequence[Listed]:
        """Return the sessions held, the latest first."""
        with self._lock:
            held = list(self._sessions)
        found = [_listed(self.snapshot(uuid)) for uuid in held]
        first = datetime.min.replace(tzinfo=UTC)
        return sorted(
            found, key=lambda one: one.occurrence.start_at or first, reverse=True
        )

    def version(self, session_uuid: str) -> str:
        """Return the version of a session's snapshot.

        Raises:
            NothingFoundError: It is not held here.
        """
        with self._lock:
            return f"{self._run}.{self._of(session_uuid).number}"

    def snapshot(self, session_uuid: str) -> Snapshot:
        """Return what is known of a session.

        Raises:
            NothingFoundError: It is not held here.
        """
        with self._lock:
            one = self._of(session_uuid)
            if one.snapshot is None:
                one.snapshot = Snapshot(
                    occurrence=one.occurrence,
                    people=one.people,
                    minutes=_joined(one.narrow) if one.narrow else one.blank,
                    roster=_joined(one.rosters) if one.rosters else None,
                    findings=one.findings,
                    collecting=one.collecting,
                    seating=one.seating.id,
                    version=f"{self._run}.{one.number}",
                    told_in=one.told_in,
                )
            return one.snapshot

    def minutes_of(self, session_uuid: str, participant: str) -> pl.DataFrame:
        """Return one participant's minutes, with every metric.

        Raises:
            NothingFoundError: The session is not held here.
        """
        with self._lock:
            frames = list(self._of(session_uuid).wide.values())
        mine = pl.col("participant") == participant
        found = [frame.filter(mine) for frame in frames]
        return pl.concat(found, how="diagonal_relaxed") if found else pl.DataFrame()

    def facts_of(self, session_uuid: str, participant: str) -> Mapping[str, Any]:
        """Return what is known of a participant as far as it was filled in.

        Raises:
            NothingFoundError: The session is not held here.
        """
        with self._lock:
            people = self._of(session_uuid).people
        found = people.filter(pl.col("participant") == participant)
        return found.row(0, named=True) if len(found) else {}

    def _of(self, session_uuid: str) -> _Filled:
        try:
            return self._sessions[session_uuid]
        except KeyError:
            raise NothingFoundError(
                f"no session {session_uuid!r:.80}", place="what is collected now"
            ) from None


def narrowed(minutes: pl.DataFrame) -> pl.DataFrame:
    """Return minutes with what the room's pages need, figures in half the space."""
    absent = [name for name in ("cause",) if name not in minutes.columns]
    kept = [name for name in KEPT if name in minutes.columns]
    return minutes.select(
        *(
            pl.col(name).cast(pl.Float32) if name in _NUMBERS else pl.col(name)
            for name in kept
        ),
        *(pl.lit(None, dtype=pl.String).alias(name) for name in absent),
    )


def _listed(snapshot: Snapshot) -> Listed:
    measured, share = _figures(snapshot)
    return Listed(
        occurrence=snapshot.occurrence,
        people=len(snapshot.people),
        measured=measured,
        good_share=share,
        newest_minute=snapshot.newest_minute,
        findings=snapshot.findings,
        told_in=snapshot.told_in,
    )


def _figures(snapshot: Snapshot) -> tuple[int, float | None]:
    """Return how many were measured, and the share that was good: see `Listed`."""
    if snapshot.occurrence.state != "live":
        known = snapshot.minutes.filter(pl.col("class").is_in(CLASSES))
        good = int((known["class"] == "good").sum())
        share = round(good / len(known), 4) if len(known) else None
        return known["participant"].n_unique(), share
    counts = picture_of(snapshot, snapshot.newest_minute).counts()
    measured = sum(counts[name] for name in CLASSES)
    return measured, round(counts["good"] / measured, 4) if measured else None


def _by_minute(frame: pl.DataFrame) -> list[tuple[datetime, pl.DataFrame]]:
    parts = frame.partition_by("minute", as_dict=True)
    return [(key[0], rows) for key, rows in parts.items()]


def _over(old: pl.DataFrame | None, new: pl.DataFrame) -> pl.DataFrame:
    """Return a minute's rows with new ones in place of their participants' old ones."""
    if old is None:
        return new
    kept = old.join(new.select("participant"), on="participant", how="anti")
    return pl.concat([kept, new], how="diagonal_relaxed")


def _joined(frames: dict[datetime, pl.DataFrame]) -> pl.DataFrame:
    ordered = [frames[minute] for minute in sorted(frames)]
    return pl.concat(ordered, how="diagonal_relaxed", rechunk=False)
