"""The list of a lake's sessions: looked up now and then, its figures made beside.

Names, people and findings of hundreds of sessions are read at once. How a session was
is in its minutes, which are read one session after the other.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any, Final

import anyio
import msgspec
import polars as pl
from anyio import to_thread

from backrow.clock import Ticking
from backrow.diagnose.presets import CLASSES
from backrow.errors import BackrowError
from backrow.lake.kept import Lake, holding_findings, latest_sessions
from backrow.lake.store.reading import equal
from backrow.lake.tables import TableName
from backrow.web.pages.sessions.source import Listed, Occurrence, State

_STATES: Final[Mapping[str, State]] = {"ended": "ended", "complete": "complete"}


class _Brief(msgspec.Struct, frozen=True):
    """A finding in a list; the rest of its text is passed over."""

    cause: str
    state: str
    sentence: str
    affected: int
    minutes: int
    begin: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figures:
    """What is read of a session's minutes for the list."""

    measured: int
    good_share: float | None
    newest_minute: datetime | None


@dataclass(slots=True)
class Looked:
    """The list of sessions as it was looked up last."""

    at: float = float("-inf")
    sessions: dict[str, tuple[Occurrence, str]] = field(default_factory=dict)
    """Each session, and what changes when its row does."""
    people: dict[str, int] = field(default_factory=dict)
    findings: Mapping[str, Sequence[_Brief]] = field(default_factory=dict)
    versions: tuple[int, ...] = ()


class Listing:
    """A lake's sessions as a list."""

    def __init__(
        self, lake: Lake, *, clock: Ticking, told_in: tzinfo | None, poll_s: float
    ) -> None:
        """Read nothing yet.

        Args:
            lake: Where sessions are.
            clock: The real one: how often the lake is looked at goes by it.
            told_in: The zone of times in the findings' sentences.
            poll_s: How often the lake is looked at.
        """
        self._lake = lake
        self._clock = clock
        self._told_in = told_in
        self._poll_s = poll_s
        self._looked = Looked()
        self._figures: dict[tuple[str, str], _Figures] = {}
        self._looking = threading.Lock()

    def listed(self) -> Sequence[Listed]:
        """Return every session, the latest first.

        Raises:
            LakeError: The lake cannot be read.
        """
        looked = self.look()
        found = []
        for uuid, (occurrence, changed) in looked.sessions.items():
            listed = Listed(
                occurrence=occurrence,
                people=looked.people.get(uuid),
                findings=looked.findings.get(uuid, ()),
                told_in=self._told_in,
            )
            figures = self._figures.get((uuid, changed))
            if figures is not None:
                listed = replace(
                    listed,
                    measured=figures.measured,
                    good_share=figures.good_share,
                    newest_minute=figures.newest_minute,
                )
            found.append(listed)
        return found

    async def fill_in(self) -> None:
        """Make the list's figures, one session after the other; runs for ever."""
        while True:
            made = False
            with suppress(BackrowError):  # pages say so when they are asked for
                made = await to_thread.run_sync(self.fill_in_one)
            if not made:
                await anyio.sleep(self._poll_s)

    def look(self) -> Looked:
        """Return the list of sessions, looked up not long ago."""
        with self._looking:
            now = self._clock.now()
            if now - self._looked.at < self._poll_s:
                return self._looked
            store = self._lake.store
            if not store.place.is_there:
                self._looked = Looked(at=now)
                return self._looked
            tables: tuple[TableName, ...] = ("sessions", "participants", "findings")
            versions = tuple(map(store.version_now, (*tables, "deletions")))
            if versions == self._looked.versions:
                self._looked = replace(self._looked, at=now)
            else:
                self._looked = self._looked_up(now, versions)
            return self._looked

    def _looked_up(self, now: float, versions: tuple[int, ...]) -> Looked:
        store = self._lake.store
        rows = store.read("sessions", latest_sessions)
        people = store.read(
            "participants",
            lambda rows: rows.group_by("session_uuid").agg(
                pl.col("participant").n_unique()
            ),
        )
        told = store.read(
            "findings",
            lambda rows: holding_findings(rows).select("session_uuid", "finding"),
        )
        findings: defaultdict[str, list[_Brief]] = defaultdict(list)
        for uuid, text in told.iter_rows():
            findings[uuid].append(msgspec.json.decode(text, type=_Brief))
        changed = f"{versions[-1]}"
        return Looked(
            at=now,
            sessions={
                row["session_uuid"]: (
                    _occurrence(row),
                    # the row of a session's end and that of its completion may be of
                    # one instant
                    f"{row['changed_at']:%Y%m%dT%H%M%S.%f} {row['state']} {changed}",
                )
                for row in rows.iter_rows(named=True)
            },
            people=dict(people.iter_rows()),
            findings=findings,
            versions=versions,
        )

    def fill_in_one(self) -> bool:
        """Make one session's figures; return whether there was one to make."""
        looked = self.look()
        for uuid, (occurrence, changed) in looked.sessions.items():
            key = (uuid, changed)
            is_new = key not in self._figures
            if not is_new and occurrence.state == "complete":
                continue
            if is_new:
                self._figures[key] = self._figures_of(uuid, occurrence.state)
                return True
        live = [u for u, (o, _) in looked.sessions.items() if o.state != "complete"]
        for uuid in live:
            occurrence, changed = looked.sessions[uuid]
            self._figures[uuid, changed] = self._figures_of(uuid, occurrence.state)
        return False

    def _figures_of(self, session_uuid: str, state: State) -> _Figures:
        def counted(rows: pl.LazyFrame) -> pl.LazyFrame:
            ours = rows.filter(pl.col("session_uuid") == session_uuid)
            if state == "live":
                ours = ours.filter(pl.col("minute") == pl.col("minute").max())
            known = pl.col("class").is_in(CLASSES)
            return ours.select(
                pl.col("participant").filter(known).n_unique().alias("measured"),
                (pl.col("class") == "good").sum().alias("good"),
                known.sum().alias("known"),
                pl.col("minute").max(),
            )

        told = self._lake.store.read(
            "minutes", counted, where=equal(session_uuid=session_uuid)
        ).row(0, named=True)
        share = round(told["good"] / told["known"], 4) if told["known"] else None
        return _Figures(
            measured=told["measured"], good_share=share, newest_minute=told["minute"]
        )


def _occurrence(row: Mapping[str, Any]) -> Occurrence:
    return Occurrence(
        uuid=row["session_uuid"],
        number=row["session_number"] or "",
        kind=row["kind"] or "webinar",
        topic=row["topic"] or "",
        host=row["host"] or "",
        start_at=row["start_at"],
        end_at=row["end_at"],
        state=_STATES.get(row["state"] or "", "live"),
    )
