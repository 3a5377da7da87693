"""Sessions as the lake keeps them, for pages: past ones, and those others collect.

The lake is looked at every few seconds, however many look at its pages. A session that
runs is read again when its tables have changed; one that is complete is read once and
kept, the least used go first. Figures of past sessions for the list are made one
after the other beside (`fill_in`), so that a lake of hundreds opens at once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import Any, Final, Protocol

import anyio
import msgspec
import polars as pl
from anyio import to_thread

from backrow.diagnose.classify import classified
from backrow.diagnose.presets import CLASSES, UNCLASSIFIED
from backrow.diagnose.score import scored
from backrow.diagnose.verdict.finding import Finding
from backrow.errors import BackrowError, NothingFoundError
from backrow.lake.frames import Naming
from backrow.lake.frames.people import people_frame
from backrow.lake.kept import (
    Lake,
    holding_findings,
    latest_participants,
    latest_sessions,
)
from backrow.lake.store.reading import equal
from backrow.lake.tables import JUDGED, TABLES, TableName
from backrow.web.pages.sessions.filled import KEPT, narrowed
from backrow.web.pages.sessions.source import (
    Listed,
    Occurrence,
    Seating,
    Snapshot,
    State,
)

POLL_S: Final = 4.0
"""How often the lake is looked at, real seconds."""
_ROWS_MAX: Final = 3_000_000
"""Minutes of snapshots that are kept."""
_LIVE_TABLES: Final[tuple[TableName, ...]] = (
    "minutes",
    "participants",
    "roster",
    "findings",
    "deletions",
)
_STATES: Final[Mapping[str, State]] = {"ended": "ended", "complete": "complete"}
_SCORES: Final = {"audio": "audio_mos", "video": "video_score", "share": "share_score"}
_KEY: Final = ("participant", "minute")


class Ticking(Protocol):
    """What is asked of the real clock; `backrow.clock.Clock` is one."""

    def now(self) -> float:
        """Return unix seconds."""
        ...


class _Brief(msgspec.Struct, frozen=True):
    """A finding in a list; the rest of its text is passed over."""

    cause: str
    state: str
    sentence: str
    begin: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figures:
    """What is read of a session's minutes for the list."""

    measured: int
    good_share: float | None
    newest_minute: datetime | None


@dataclass(slots=True)
class _Looked:
    """The list of sessions as it was looked up last."""

    at: float = float("-inf")
    sessions: dict[str, tuple[Occurrence, str]] = field(default_factory=dict)
    """Each session, and what changes when its row does."""
    people: dict[str, int] = field(default_factory=dict)
    findings: Mapping[str, Sequence[_Brief]] = field(default_factory=dict)
    versions: tuple[int, ...] = ()


class LakeSessions:
    """A lake's sessions as a `backrow.web.pages.sessions.source.Source`."""

    def __init__(
        self,
        lake: Lake,
        *,
        clock: Ticking,
        naming: Naming | None = None,
        told_in: tzinfo | None = UTC,
        poll_s: float = POLL_S,
    ) -> None:
        """Read nothing yet.

        Args:
            lake: Where sessions are.
            clock: The real one: how often the lake is looked at goes by it.
            naming: Names of networks.
            told_in: The zone of times in the findings' sentences.
            poll_s: How often the lake is looked at.
        """
        self._lake = lake
        self._clock = clock
        self._naming = naming or Naming()
        self._told_in = told_in
        self._poll_s = poll_s
        self._looked = _Looked()
        self._figures: dict[tuple[str, str], _Figures] = {}
        self._versions: dict[str, tuple[float, str]] = {}
        self._seatings: defaultdict[str, Seating] = defaultdict(Seating)
        self._snapshots: OrderedDict[str, Snapshot] = OrderedDict()
        self._looking = threading.Lock()
        self._reading: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def listed(self) -> Sequence[Listed]:
        """Return every session, the latest first.

        Raises:
            LakeError: The lake cannot be read.
        """
        looked = self._look()
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
                made = await to_thread.run_sync(self._fill_in_one)
            if not made:
                await anyio.sleep(self._poll_s)

    def version(self, session_uuid: str) -> str:
        """Return the version of a session's snapshot.

        Raises:
            NothingFoundError: The lake holds no such session.
            LakeError: It cannot be read.
        """
        looked = self._look()
        known = looked.sessions.get(session_uuid)
        if known is None:
            raise NothingFoundError(
                f"no session {session_uuid!r:.80}", place=self._lake.url
            )
        if known[0].state == "complete":
            return known[1]
        now = self._clock.now()
        at, version = self._versions.get(session_uuid, (float("-inf"), ""))
        if now - at >= self._poll_s:
            tables = ".".join(str(self._table_version(one)) for one in _LIVE_TABLES)
            version = f"{known[1]} {tables}"
            self._versions[session_uuid] = (now, version)
        return version

    def snapshot(self, session_uuid: str) -> Snapshot:
        """Return what the lake holds of a session.

        Raises:
            NothingFoundError: It holds no such session.
            LakeError: It cannot be read.
        """
        version = self.version(session_uuid)
        with self._reading[session_uuid]:
            found = self._snapshots.get(session_uuid)
            if found is None or found.version != version:
                found = self._read(session_uuid, version)
                self._keep(found)
            return found

    def minutes_of(self, session_uuid: str, participant: str) -> pl.DataFrame:
        """Return one participant's minutes, with every metric.

        Raises:
            NothingFoundError: The lake holds no such session.
            LakeError: It cannot be read.
        """
        snapshot = self.snapshot(session_uuid)
        mine = pl.col("participant") == participant
        wanted = {"session_uuid": session_uuid, "participant": participant}
        rows = self._lake.store.read(
            "minutes",
            lambda rows: rows.filter(pl.col("session_uuid") == session_uuid, mine).drop(
                JUDGED
            ),
            where=equal(**wanted),
        )
        judged = snapshot.minutes.filter(mine)
        more = [name for name in judged.columns if name not in rows.columns]
        return rows.join(
            judged.select(*_KEY, *(n for n in more if n not in _KEY)), on=_KEY
        )

    def facts_of(self, session_uuid: str, participant: str) -> Mapping[str, Any]:
        """Return what Zoom tells of a participant; {} of nobody.

        Raises:
            NothingFoundError: The lake holds no such session.
            LakeError: It cannot be read.
        """
        rows = self._lake.store.read(
            "participants",
            lambda rows: latest_participants(
                rows.filter(
                    pl.col("session_uuid") == session_uuid,
                    pl.col("participant") == participant,
                )
            ),
            where=equal(session_uuid=session_uuid, participant=participant),
        )
        return rows.row(0, named=True) if len(rows) else {}

    def _look(self) -> _Looked:
        """Return the list of sessions, looked up not long ago."""
        with self._looking:
            now = self._clock.now()
            if now - self._looked.at < self._poll_s:
                return self._looked
            if not self._lake.store.place.is_there:
                self._looked = _Looked(at=now)
                return self._looked
            tables: tuple[TableName, ...] = ("sessions", "participants", "findings")
            versions = tuple(map(self._table_version, (*tables, "deletions")))
            if versions == self._looked.versions:
                self._looked = replace(self._looked, at=now)
            else:
                self._looked = self._looked_up(now, versions)
            return self._looked

    def _looked_up(self, now: float, versions: tuple[int, ...]) -> _Looked:
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
        return _Looked(
            at=now,
            sessions={
                row["session_uuid"]: (
                    _occurrence(row),
                    f"{row['changed_at']:%Y%m%dT%H%M%S.%f} {changed}",
                )
                for row in rows.iter_rows(named=True)
            },
            people=dict(people.iter_rows()),
            findings=findings,
            versions=versions,
        )

    def _table_version(self, name: TableName) -> int:
        handle = self._lake.store.open(name)
        return -1 if handle is None else int(handle.version())

    def _fill_in_one(self) -> bool:
        """Make one session's figures; return whether there was one to make."""
        looked = self._look()
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

    def _read(self, session_uuid: str, version: str) -> Snapshot:
        store, where = self._lake.store, equal(session_uuid=session_uuid)
        ours = pl.col("session_uuid") == session_uuid
        participants = store.read(
            "participants",
            lambda rows: latest_participants(rows.filter(ours)),
            where=where,
        )
        roster = store.read(
            "roster",
            lambda rows: rows.filter(ours).select("participant", "minute", "present"),
            where=where,
        )
        findings = store.read(
            "findings", lambda rows: holding_findings(rows.filter(ours)), where=where
        )
        seating = self._seatings[session_uuid]
        minutes = self._minutes(ours, where)
        people = _with_unknown(people_frame(participants, self._naming), minutes)
        return Snapshot(
            occurrence=self._looked.sessions[session_uuid][0],
            people=seating.seated(people),
            minutes=minutes,
            roster=None if roster.is_empty() else roster,
            findings=tuple(_findings(findings["finding"])),
            collecting=None,
            seating=seating.id,
            version=version,
            told_in=self._told_in,
        )

    def _minutes(self, ours: pl.Expr, where: str) -> pl.DataFrame:
        """Return the judged minutes; those that nobody judged are judged here."""
        store = self._lake.store
        known = [name for name in KEPT if name in TABLES["minutes"].names]
        kept = store.read(
            "minutes", lambda rows: rows.filter(ours).select(known), where=where
        )
        blank = pl.col("class").is_null()
        judged = _completed(kept.filter(~blank))
        if judged.height == kept.height:
            return narrowed(judged)
        roles = store.read(
            "participants",
            lambda rows: latest_participants(rows.filter(ours)).select(
                "participant", "role"
            ),
            where=where,
        )
        rows = store.read(
            "minutes", lambda rows: rows.filter(ours, blank).drop(JUDGED), where=where
        )
        mine = classified(scored(rows.lazy(), roles.lazy())).collect()
        return pl.concat([narrowed(judged), narrowed(mine)], how="diagonal_relaxed")

    def _keep(self, snapshot: Snapshot) -> None:
        uuid = snapshot.occurrence.uuid
        self._snapshots[uuid] = snapshot
        self._snapshots.move_to_end(uuid)
        rows = sum(one.minutes.height for one in self._snapshots.values())
        while rows > _ROWS_MAX and len(self._snapshots) > 1:
            _, gone = self._snapshots.popitem(last=False)
            rows -= gone.minutes.height


def _completed(judged: pl.DataFrame) -> pl.DataFrame:
    """Return judged minutes of the lake with what it does not keep of a judgement."""
    score = pl.min_horizontal(*_SCORES.values())
    medium = pl.lit(None, dtype=pl.String)
    for name, column in reversed(_SCORES.items()):
        medium = pl.when(pl.col(column) <= score).then(pl.lit(name)).otherwise(medium)
    known = pl.col("class") != UNCLASSIFIED
    return judged.with_columns(
        score.alias("score"),
        medium.alias("worst_medium"),
        # Whoever judges gives every bad minute a cause, if only "unknown".
        pl.when(known).then(pl.col("cause").is_not_null()).alias("bad"),
    )


def _with_unknown(people: pl.DataFrame, minutes: pl.DataFrame) -> pl.DataFrame:
    """Return people and those of whom there are minutes and nothing else."""
    more = minutes.select(pl.col("participant").unique()).join(
        people, on="participant", how="anti"
    )
    if more.is_empty():
        return people
    texts = {n: pl.lit("") for n, kind in people.schema.items() if kind == pl.String}
    texts.pop("participant")
    return pl.concat([people, more.with_columns(**texts)], how="diagonal_relaxed")


def _findings(texts: pl.Series) -> list[Finding]:
    return [Finding.from_dict(msgspec.json.decode(text)) for text in texts]


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
