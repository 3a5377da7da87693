"""Sessions as the lake keeps them, for pages: past ones, and those others collect.

The lake is looked at every few seconds, however many look at its pages. A session that
runs is read again when its tables have changed, its last minutes out of samples; one that is complete is read once and
kept, the least used go first. Figures of past sessions for the list are made one
after the other beside (`fill_in`), so that a lake of hundreds opens at once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

import msgspec
import polars as pl

from backrow.clock import Ticking
from backrow.diagnose.classify import classified
from backrow.diagnose.score import scored, scored_again
from backrow.diagnose.thresholds import DEFAULTS, Thresholds
from backrow.diagnose.verdict.finding import Finding
from backrow.errors import NothingFoundError
from backrow.lake.frames import Naming
from backrow.lake.frames.people import people_frame
from backrow.lake.kept import (
    Lake,
    holding_findings,
    latest_participants,
)
from backrow.lake.resolve import resolve
from backrow.lake.store.reading import equal, literal
from backrow.lake.tables import JUDGED, TABLES, TableName
from backrow.web.pages.sessions.filled import KEPT, narrowed
from backrow.web.pages.sessions.listing import Listing
from backrow.web.pages.sessions.source import (
    Listed,
    Seating,
    Snapshot,
)

POLL_S: Final = 4.0
"""How often the lake is looked at, real seconds."""
_ROWS_MAX: Final = 3_000_000
"""Minutes of snapshots that are kept."""
_LATE: Final = timedelta(minutes=10)
"""How late samples of a minute may come and still be seen while the session runs."""
_LIVE_TABLES: Final[tuple[TableName, ...]] = (
    "samples",
    "minutes",
    "participants",
    "roster",
    "findings",
    "deletions",
)
_KEY: Final = ("participant", "minute")
_AGAIN: Final = ("score", "worst_medium", "bad")
"""What the lake does not keep of a judgement."""


class LakeSessions:
    """A lake's sessions as a `backrow.web.pages.sessions.source.Source`."""

    def __init__(
        self,
        lake: Lake,
        *,
        clock: Ticking,
        naming: Naming | None = None,
        thresholds: Thresholds = DEFAULTS,
        told_in: tzinfo | None = UTC,
        poll_s: float = POLL_S,
    ) -> None:
        """Read nothing yet.

        Args:
            lake: Where sessions are.
            clock: The real one: how often the lake is looked at goes by it.
            naming: Names of networks.
            thresholds: What minutes are, and were, judged by.
            told_in: The zone of times in the findings' sentences.
            poll_s: How often the lake is looked at.
        """
        self._lake = lake
        self._clock = clock
        self._naming = naming or Naming()
        self._thresholds = thresholds
        self._told_in = told_in
        self._poll_s = poll_s
        self._list = Listing(lake, clock=clock, told_in=told_in, poll_s=poll_s)
        self._versions: dict[str, tuple[float, str]] = {}
        self._seatings: defaultdict[str, Seating] = defaultdict(Seating)
        self._snapshots: OrderedDict[str, Snapshot] = OrderedDict()
        self._unsettled: dict[str, pl.DataFrame] = {}
        """Judged minutes of sessions that run, which the lake has not settled."""
        self._reading: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def listed(self) -> Sequence[Listed]:
        """Return every session, the latest first.

        Raises:
            LakeError: The lake cannot be read.
        """
        return self._list.listed()

    async def fill_in(self) -> None:
        """Make the list's figures, one session after the other; runs for ever."""
        await self._list.fill_in()

    def version(self, session_uuid: str) -> str:
        """Return the version of a session's snapshot.

        Raises:
            NothingFoundError: The lake holds no such session.
            LakeError: It cannot be read.
        """
        looked = self._list.look()
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
            look = self._lake.store.version_now
            tables = ".".join(str(look(one)) for one in _LIVE_TABLES)
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
        if snapshot.occurrence.state != "complete":
            fresh = resolve(self._samples(session_uuid, None, participant), final=False)
            new = fresh.join(rows, on=_KEY, how="anti").drop(JUDGED)
            rows = pl.concat([rows, new], how="diagonal_relaxed")
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
        occurrence = self._list.look().sessions[session_uuid][0]
        complete = occurrence.state == "complete"
        minutes = self._minutes(session_uuid, is_complete=complete)
        people = _with_unknown(people_frame(participants, self._naming), minutes)
        return Snapshot(
            occurrence=occurrence,
            people=seating.seated(people),
            minutes=minutes,
            roster=None if roster.is_empty() else roster,
            findings=tuple(_findings(findings["finding"])),
            collecting=None,
            seating=seating.id,
            version=version,
            told_in=self._told_in,
        )

    def _minutes(self, session_uuid: str, *, is_complete: bool) -> pl.DataFrame:
        """Return the judged minutes; those that nobody judged are judged here."""
        store, where = self._lake.store, equal(session_uuid=session_uuid)
        ours, blank = pl.col("session_uuid") == session_uuid, pl.col("class").is_null()
        known = [name for name in KEPT if name in TABLES["minutes"].names]
        kept = store.read(
            "minutes",
            lambda rows: scored_again(
                rows.filter(ours), thresholds=self._thresholds
            ).select(*known, *_AGAIN),
            where=where,
        )
        judged = kept.filter(~blank)
        parts = [narrowed(judged)]
        if judged.height < kept.height:
            rows = store.read(
                "minutes",
                lambda rows: rows.filter(ours, blank).drop(JUDGED),
                where=where,
            )
            parts.append(self._judged(session_uuid, rows))
        if is_complete:
            self._unsettled.pop(session_uuid, None)
        else:
            last = kept["minute"].max()
            fresh = self._fresh(session_uuid, last)
            parts.append(fresh.join(kept, on=_KEY, how="anti"))
        return pl.concat(parts, how="diagonal_relaxed")

    def _fresh(self, session_uuid: str, settled: object) -> pl.DataFrame:
        """Return the last minutes of a session that runs, out of its samples.

        Minutes are settled some minutes late, and of sessions that are pushed alone
        only when they are over. What is older than a while is not looked at again.
        """
        before = self._unsettled.get(session_uuid)
        since = settled - _LATE if isinstance(settled, datetime) else None
        done = None if before is None else before["minute"].max()
        if isinstance(done, datetime) and (since is None or done > since):
            since = done
        samples = self._samples(session_uuid, since)
        judged = self._judged(session_uuid, resolve(samples, final=False))
        every = judged if before is None else pl.concat([before, judged])
        newest = every["minute"].max()
        if isinstance(newest, datetime):
            old = every.filter(pl.col("minute") <= newest - _LATE)
            self._unsettled[session_uuid] = old
        return every

    def _samples(
        self,
        session_uuid: str,
        since: datetime | None,
        participant: str | None = None,
    ) -> pl.DataFrame:
        wanted = {"session_uuid": session_uuid}
        if participant is not None:
            wanted["participant"] = participant
        where = equal(**wanted)
        matching = [pl.col(name) == value for name, value in wanted.items()]
        if since is not None:
            where = f"{where} AND minute > {literal(since)}"
            matching.append(pl.col("minute") > since)
        return self._lake.store.read(
            "samples", lambda rows: rows.filter(*matching), where=where
        )

    def _judged(self, session_uuid: str, rows: pl.DataFrame) -> pl.DataFrame:
        """Return minutes scored and classed, as pages need them."""
        roles = self._lake.store.read(
            "participants",
            lambda rows: latest_participants(
                rows.filter(pl.col("session_uuid") == session_uuid)
            ).select("participant", "role"),
            where=equal(session_uuid=session_uuid),
        )
        plain = rows.drop(JUDGED, strict=False)
        made = scored(plain.lazy(), roles.lazy(), thresholds=self._thresholds)
        return narrowed(classified(made).collect())

    def _keep(self, snapshot: Snapshot) -> None:
        uuid = snapshot.occurrence.uuid
        self._snapshots[uuid] = snapshot
        self._snapshots.move_to_end(uuid)
        rows = sum(one.minutes.height for one in self._snapshots.values())
        while rows > _ROWS_MAX and len(self._snapshots) > 1:
            _, gone = self._snapshots.popitem(last=False)
            rows -= gone.minutes.height


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
