"""Keeps what answers hold: sifts out what is new and puts it into the outbox."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import polars as pl
from anyio import to_thread

from backrow.collect.planner import PlannedCall
from backrow.collect.polling.fresh import Fresh
from backrow.collect.polling.outbox import Outbox
from backrow.collect.polling.reading import Answered
from backrow.lake.kept import latest_sessions
from backrow.lake.store.reading import Store, equal
from backrow.lake.store.rows import (
    UNREADABLE_MAX,
    Occurrence,
    State,
    Unread,
    instant,
)
from backrow.qos.people import PERSON_FIELDS, Person, Session
from backrow.qos.sample import NAMES, floor_minute
from backrow.qos.vocabulary import Kind

_PASSING: Final = frozenset(
    {"audio_quality", "video_quality", "screen_share_quality", "health", "issue_list"}
)
"""What the roster keeps, or changes all the time: no reason for an observation."""
_LASTING: Final = tuple(name for name in PERSON_FIELDS if name not in _PASSING)
_REVISED: Final = timedelta(minutes=3)


@dataclass(slots=True)
class _Memory:
    """What is kept of one session already."""

    fresh: Fresh = field(default_factory=Fresh)
    told: dict[tuple[str, str], int] = field(default_factory=dict)
    """What was told of each stay, by the call that told it."""
    roster_minute: datetime | None = None
    on_roster: set[str] = field(default_factory=set)
    unread: set[tuple[str, str, str]] = field(default_factory=set)
    """Kinds of values that could not be read and were told of."""


@dataclass(slots=True)
class Keeper:
    """Keeps answers of one collector."""

    outbox: Outbox
    account: str = ""
    people: int = 0
    """Stays that were told of."""
    minutes: int = 0
    """Rows of samples that were new."""
    _sessions: dict[str, _Memory] = field(default_factory=dict)

    def keep(self, call: PlannedCall, answered: Answered, session: Session) -> None:
        """Keep what an answer about a session holds."""
        memory = self._sessions.setdefault(session.uuid, _Memory())
        about = Occurrence(
            account=self.account,
            kind=session.kind,
            session_uuid=session.uuid,
            session_number=session.number,
        )
        if call.purpose == "sweep":
            self._keep_roster(memory, about, answered)
        for one in answered.qos:
            rows = one.samples.rows
            new = memory.fresh.past(rows) if _is_past(call) else memory.fresh.live(rows)
            self.outbox.add_samples(new)
            self.minutes += len(new)
        if answered.problems:
            self._keep_unreadable(memory, about, answered, call)
        people = answered.people or [one.person for one in answered.qos]
        self._keep_people(memory, about, people, answered.collected_at, call)

    def keep_session(self, session: Session, *, ended: bool) -> None:
        """Keep what is known of a session."""
        state: State = "ended" if ended else "live"
        self.outbox.add_session(session, state, account=self.account)

    def forget(self, uuid: str) -> None:
        """Let go of what is known of a session that is complete."""
        self._sessions.pop(uuid, None)

    def remember(self, session: Session, memory: Recalled) -> None:
        """Take up what the lake holds of a session."""
        one = self._sessions.setdefault(session.uuid, _Memory())
        one.fresh.recall_live(memory.live)
        one.fresh.recall_past(memory.past)
        one.roster_minute = memory.roster_minute

    def _keep_roster(
        self, memory: _Memory, about: Occurrence, answered: Answered
    ) -> None:
        minute = floor_minute(answered.collected_at)
        if memory.roster_minute is None or minute > memory.roster_minute:
            memory.roster_minute = minute
            memory.on_roster = set()
        elif not memory.on_roster:
            return  # an earlier run has swept this minute
        new = [p for p in answered.people if p.user_id not in memory.on_roster]
        memory.on_roster |= {p.user_id for p in new if p.user_id}
        self.outbox.add_roster(
            about, new, minute=memory.roster_minute, collected_at=answered.collected_at
        )

    def _keep_unreadable(
        self, memory: _Memory, about: Occurrence, answered: Answered, call: PlannedCall
    ) -> None:
        """Keep of each kind of value the first that came, up to so many kinds."""
        origin = "rest_past" if _is_past(call) else "rest_live"
        new = []
        for participant, problem in answered.problems:
            one = Unread(
                about=about,
                participant=participant,
                origin=origin,
                problem=problem,
                collected_at=answered.collected_at,
            )
            if len(memory.unread) < UNREADABLE_MAX and one.kind not in memory.unread:
                memory.unread.add(one.kind)
                new.append(one)
        self.outbox.add_unreadable(new)

    def _keep_people(
        self,
        memory: _Memory,
        about: Occurrence,
        people: Iterable[Person],
        at: datetime,
        call: PlannedCall,
    ) -> None:
        source = call.endpoint.action
        new = []
        for person in people:
            key = (person.user_id or "", source)
            said = _said(person)
            if memory.told.get(key) != said:
                memory.told[key] = said
                new.append(person)
        self.people += len(new)
        self.outbox.add_people(about, new, collected_at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What the lake holds of a session that is not complete."""

    live: Sequence[tuple[Any, ...]]
    """Live samples of everyone's last minutes."""
    past: Sequence[tuple[str, int]]
    """How many samples of the past each participant has."""
    roster_minute: datetime | None
    """The minute of the last sweep."""


async def unfinished(store: Store, kind: Kind, *, since: float) -> list[Session]:
    """Return the lake's sessions of a kind that are not complete, oldest first.

    Args:
        store: The lake.
        kind: Which.
        since: Unix seconds; sessions that began earlier are left alone.

    Raises:
        LakeError: The lake cannot be read.
    """
    found = await to_thread.run_sync(partial(_states, store, kind, since))
    rows = found.filter(pl.col("state").is_in(["live", "ended"]))
    return [_session_of(row) for row in rows.sort("start_at").iter_rows(named=True)]


async def complete(store: Store, kind: Kind, *, since: float) -> set[str]:
    """Return the UUIDs of sessions that the lake calls complete."""
    found = await to_thread.run_sync(partial(_states, store, kind, since))
    return set(found.filter(pl.col("state") == "complete")["session_uuid"])


async def recall(store: Store, session: Session) -> Recalled:
    """Return what the lake holds of a session.

    Raises:
        LakeError: The lake cannot be read.
    """
    return await to_thread.run_sync(partial(_recall, store, session.uuid))


async def pushed_since(store: Store, since: float) -> dict[str, list[str]]:
    """Return participants whose QSS samples came since an instant, by session."""
    return await to_thread.run_sync(partial(_pushed_since, store, since))


def _states(store: Store, kind: Kind, since: float) -> pl.DataFrame:
    return store.read(
        "sessions",
        lambda rows: latest_sessions(rows).filter(
            pl.col("kind") == kind, pl.col("start_at") >= instant(since)
        ),
    )


def _recall(store: Store, uuid: str) -> Recalled:
    where = equal(session_uuid=uuid)
    ours = pl.col("session_uuid") == uuid
    last = pl.col("minute").max().over("participant") - _REVISED
    live = store.read(
        "samples",
        lambda rows: (
            rows.filter(ours, pl.col("origin") == "rest_live")
            .filter(pl.col("minute") >= last)
            .sort("collected_at")
            .select(NAMES)
        ),
        where=where,
    )
    past = store.read(
        "samples",
        lambda rows: (
            rows.filter(ours, pl.col("origin") == "rest_past")
            .group_by("participant")
            .len()
        ),
        where=where,
    )
    swept = store.read(
        "roster",
        lambda rows: rows.filter(ours).select(pl.col("minute").max()),
        where=where,
    )
    return Recalled(
        live=live.rows(), past=past.rows(), roster_minute=swept["minute"].item()
    )


def _pushed_since(store: Store, since: float) -> dict[str, list[str]]:
    begin = instant(since)
    found = store.read(
        "samples",
        lambda rows: (
            rows.filter(pl.col("changed_at") >= begin, pl.col("origin") == "qss")
            .group_by("session_uuid")
            .agg(pl.col("participant").unique())
        ),
        where=f"changed_at >= '{begin:%Y-%m-%dT%H:%M:%SZ}'",
    )
    return dict(found.iter_rows())


def _session_of(row: dict[str, Any]) -> Session:
    return Session(
        kind=row["kind"],
        uuid=row["session_uuid"],
        number=row["session_number"] or "",
        topic=row["topic"] or "",
        host=row["host"] or "",
        host_email=row["host_email"] or "",
        dept=row["dept"] or "",
        start_at=row["start_at"],
        end_at=row["end_at"],
    )


def _is_past(call: PlannedCall) -> bool:
    return call.purpose in {"past", "roll"}


def _said(person: Person) -> int:
    values = tuple(getattr(person, name) for name in _LASTING)
    return hash((values, repr(person.other) if person.other else ""))
