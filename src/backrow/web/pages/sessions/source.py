"""What the pages need to know of sessions, wherever it comes from.

A `Source` is asked for a list and for one session at a time. What it returns never
changes afterwards: a page is made of one `Snapshot`, so that its figures agree.
Sources are asked from several threads.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, Literal, Protocol

import polars as pl

from backrow.diagnose.verdict.finding import Finding
from backrow.diagnose.verdict.glance import Weighed

State = Literal["live", "ended", "complete"]
How = Literal["census", "sample", "pushed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One occurrence of a webinar or meeting, as far as it is known."""

    uuid: str
    number: str = ""
    kind: str = "webinar"
    topic: str = ""
    host: str = ""
    start_at: datetime | None = None
    end_at: datetime | None = None
    state: State = "live"


class Told(Weighed, Protocol):
    """What a list needs of a finding; `backrow.diagnose.verdict.finding.Finding`."""

    @property
    def state(self) -> str:
        """raised, updated, cleared or final."""
        ...

    @property
    def sentence(self) -> str:
        """What a person is told."""
        ...

    @property
    def begin(self) -> datetime:
        """The first bad minute."""
        ...

    @property
    def end(self) -> datetime | None:
        """The end of the last; None while it lasts."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A session in a list; what is not known yet is None."""

    occurrence: Occurrence
    people: int | None = None
    measured: int | None = None
    """People of whom a minute was classed."""
    good_share: float | None = None
    """Of a live session in its newest minute, else over all of its minutes."""
    newest_minute: datetime | None = None
    findings: Sequence[Told] = ()
    told_in: tzinfo | None = UTC
    """The zone of times in the findings' sentences; None is the machine's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collecting:
    """How the collecting of a live session goes."""

    running: bool
    how: How = "census"
    calls_used: int | None = None
    """Of today's."""
    calls_left: int | None = None
    errors: int = 0
    reason: str = ""
    """Why it stopped, or what hinders it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Snapshot:
    """All that is known of a session at one moment."""

    occurrence: Occurrence
    people: pl.DataFrame
    """See `backrow.diagnose.frames`, a row a stay in seat order: new ones come last.
    Also `user_name`, `email`, `ip_address`, `join_time`, `leave_time`, `person`, as
    far as they are known."""
    minutes: pl.DataFrame
    """Minutes with scores and classes and, where it is known, `cause`; of the
    metrics those received, and those that presenters send."""
    roster: pl.DataFrame | None
    findings: Sequence[Finding]
    collecting: Collecting | None = None
    """None if nobody says: the session is over, or another process collects it."""
    seating: str = ""
    """Another one means that seats are numbered anew."""
    version: str = ""
    """Another one means that something is new."""
    told_in: tzinfo | None = UTC
    """The zone of times in the findings' sentences; None is the machine's."""

    @property
    def newest_minute(self) -> datetime | None:
        """The newest minute that was measured."""
        newest: object = self.minutes["minute"].max()
        return newest if isinstance(newest, datetime) else None


class Source(Protocol):
    """Sessions, live and past."""

    def listed(self) -> Sequence[Listed]:
        """Return every session, the latest first."""
        ...

    def version(self, session_uuid: str) -> str:
        """Return the version of a session's snapshot; cheap, often asked.

        Raises:
            NothingFoundError: There is no such session.
        """
        ...

    def snapshot(self, session_uuid: str) -> Snapshot:
        """Return what is known of a session.

        Raises:
            NothingFoundError: There is no such session.
        """
        ...

    def minutes_of(self, session_uuid: str, participant: str) -> pl.DataFrame:
        """Return one participant's minutes as in a snapshot, with every metric.

        Raises:
            NothingFoundError: There is no such session.
        """
        ...

    def facts_of(self, session_uuid: str, participant: str) -> Mapping[str, Any]:
        """Return what Zoom tells of a participant, by field; {} of nobody.

        Raises:
            NothingFoundError: There is no such session.
        """
        ...


@dataclass(slots=True)
class Seating:
    """Who sits where: a place is kept for as long as the process runs."""

    id: str = field(default_factory=lambda: secrets.token_hex(4))
    _known: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema={"participant": pl.String})
    )

    def seated(self, people: pl.DataFrame) -> pl.DataFrame:
        """Return people in seat order; those who are new come last, as they joined."""
        people = people.unique("participant", keep="last", maintain_order=True)
        by = [n for n in ("join_time", "participant") if n in people.columns]
        new = people.join(self._known, on="participant", how="anti").sort(
            by, nulls_last=True
        )
        self._known = pl.concat([self._known, new.select("participant")])
        return self._known.join(
            people, on="participant", how="left", maintain_order="left"
        )
