"""Reads a session whole, a few minutes at a time, whatever its size.

Minutes come ascending in time and in parts, because whoever diagnoses 100,000 people
must not hold all of their columns at once. A session that is complete has final
minutes; of any other the minutes are resolved out of its samples, which can be done a
few minutes at a time too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import polars as pl

from backrow.lake.frames.naming import Naming
from backrow.lake.frames.people import people_frame
from backrow.lake.kept import Lake, latest_participants, latest_sessions
from backrow.lake.resolve import KEY, resolve
from backrow.lake.store.reading import Store, equal, literal
from backrow.lake.tables import TABLES, TableName, schema_of
from backrow.qos.sample import time_of_session
from backrow.qos.vocabulary import METRICS

PART_ROWS: Final = 500_000
"""Rows of a part at most, unless one minute has more."""
MINUTES: Final = (*KEY, "kind", "picked", *(metric.name for metric in METRICS))
"""Columns of a part."""
_ROSTER: Final = (
    "participant",
    "minute",
    "present",
    "audio_quality",
    "video_quality",
    "screen_share_quality",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFrames:
    """One session, as diagnosis reads it."""

    session: Mapping[str, Any]
    """The newest of what is known of it, by column of sessions."""
    people: pl.DataFrame
    """A row a participant; see `backrow.lake.frames.people`."""
    roster: pl.DataFrame | None
    """Who was there at each sweep, with Zoom's words; None if there was no sweep."""
    store: Store
    """The lake's tables, for engines that read them themselves."""
    is_final: bool
    """Whether the lake's minutes are final; else they are resolved here."""
    part_rows: int = PART_ROWS

    @property
    def session_uuid(self) -> str:
        """Which session it is."""
        return str(self.session["session_uuid"])

    def of(self, session: Mapping[str, Any]) -> SessionFrames:
        """Return the same frames with other facts of the session."""
        return replace(self, session=session)

    def parts(self) -> Iterator[pl.DataFrame]:
        """Yield the minutes, some at a time; at least one frame.

        A part has whole minutes, all of them later than those of the part before.

        Raises:
            LakeError: The lake cannot be read.
        """
        spans = list(self._spans())
        for begin, end in spans:
            yield self._part(begin, end)
        if not spans:
            schema = schema_of(TABLES["minutes"])
            yield pl.DataFrame(schema={name: schema[name] for name in MINUTES})

    def minutes(self) -> pl.DataFrame:
        """Return all of the minutes.

        Raises:
            LakeError: The lake cannot be read.
        """
        return pl.concat(list(self.parts()))

    @property
    def _table(self) -> TableName:
        return "minutes" if self.is_final else "samples"

    def _spans(self) -> Iterator[tuple[datetime, datetime]]:
        """Yield the first and last minute of each part."""
        uuid = self.session_uuid
        counts = self.store.read(
            self._table,
            lambda rows: (
                rows.filter(pl.col("session_uuid") == uuid)
                .group_by("minute")
                .len()
                .sort("minute")
            ),
            where=equal(session_uuid=uuid),
        )
        within = time_of_session(dict(counts.iter_rows()))
        if within is None:
            return
        span: tuple[datetime, datetime] | None = None
        total = 0
        for minute, count in counts.iter_rows():
            if not within[0] <= minute <= within[1]:
                continue
            if span is not None and total + count > self.part_rows:
                yield span
                span, total = None, 0
            span = (minute if span is None else span[0], minute)
            total += count
        if span is not None:
            yield span

    def _part(self, begin: datetime, end: datetime) -> pl.DataFrame:
        uuid = self.session_uuid
        where = (
            f"{equal(session_uuid=uuid)} AND minute >= {literal(begin)} "
            f"AND minute <= {literal(end)}"
        )
        found = self.store.read(
            self._table,
            lambda rows: rows.filter(
                pl.col("session_uuid") == uuid, pl.col("minute").is_between(begin, end)
            ).select(MINUTES if self.is_final else pl.all()),
            where=where,
        )
        if not self.is_final:
            found = resolve(found, final=False).select(MINUTES)
        return found


def session_frames(
    lake: Lake,
    session: str,
    *,
    naming: Naming | None = None,
    anew: bool = False,
    part_rows: int = PART_ROWS,
) -> SessionFrames:
    """Return a session's frames; its minutes are read when they are asked for.

    Args:
        lake: Where it is kept.
        session: A uuid, a number (the latest occurrence is meant) or ``latest``.
        naming: Names of networks.
        anew: Resolve its minutes out of samples even if they are final.
        part_rows: About how many rows of minutes are in memory at a time.

    Raises:
        NothingFoundError: The lake holds no such session.
        LakeError: It cannot be read.
    """
    uuid, store = lake.session(session), lake.store
    ours, where = pl.col("session_uuid") == uuid, equal(session_uuid=uuid)
    known = store.read(
        "sessions", lambda rows: latest_sessions(rows.filter(ours)), where=where
    )
    participants = store.read(
        "participants",
        lambda rows: latest_participants(rows.filter(ours)),
        where=where,
    )
    roster = store.read(
        "roster", lambda rows: rows.filter(ours).select(_ROSTER), where=where
    )
    facts = known.row(0, named=True)
    return SessionFrames(
        session=facts,
        people=people_frame(participants, naming or Naming()),
        roster=None if roster.is_empty() else roster.sort("minute"),
        store=store,
        is_final=not anew and facts["state"] == "complete" and _is_final(store, uuid),
        part_rows=part_rows,
    )


def _is_final(store: Store, uuid: str) -> bool:
    """Return whether a session has minutes, and all of them are final."""
    found = store.read(
        "minutes",
        lambda rows: rows.filter(pl.col("session_uuid") == uuid).select(
            pl.len().alias("rows"), pl.col("final").all()
        ),
        where=equal(session_uuid=uuid),
    )
    rows, final = found.row(0)
    return bool(rows and final)
