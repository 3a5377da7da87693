"""Findings as a webinar runs: raised, updated, cleared, under one id.

A `Tracker` is given minutes as they settle (`observe`) and asked once a minute what
is wrong (`judge`). Each suspect of a window is laid beside the troubles it follows
already; the table of what can happen to a trouble:

    suspected ──two windows in a row──> raised ──changes──> updated
        │                                  └──three quiet minutes──> cleared
        └──a window without it──> dropped             cleared ──back──> updated

A finding begins with its first bad minute, which lies before it was raised, and ends
with its last. Nothing here reads a clock: the minute to judge is an argument.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

import numpy as np
import polars as pl
from polars.io.plugins import register_io_source

from backrow.diagnose.causes.detect import Suspect, detect
from backrow.diagnose.causes.groups import Scope
from backrow.diagnose.causes.history import History
from backrow.diagnose.causes.person import EVIDENCE, NO_CAUSE, Shared, explain
from backrow.diagnose.causes.trouble import Trouble, belongs, rate_in
from backrow.diagnose.classify import classified
from backrow.diagnose.frames import CAUSES
from backrow.diagnose.presets import OWN, Preset
from backrow.diagnose.room import Room, instant, looked_up, minute_number
from backrow.diagnose.score import scored
from backrow.diagnose.thresholds import DEFAULTS, Thresholds
from backrow.diagnose.verdict.finding import Finding, State, finding_id
from backrow.diagnose.verdict.telling import is_news, tell

KEEP_MINUTES: Final = 26
"""Minutes that a live room keeps: a window and three before, and some."""
_REOPEN_MINUTES: Final = 10

_OPTIMIZATIONS: Final = pl.QueryOptFlags.none(
    comm_subexpr_elim=True, cluster_with_columns=True
)
"""Of a minute's plan: the others take longer to think than they save."""


class Scorer:
    """Scores frames of one shape, building the plan only once."""

    def __init__(self, thresholds: Thresholds, preset: Preset = OWN) -> None:
        """Build nothing yet."""
        self.thresholds = thresholds
        self.preset = preset
        self._frame = pl.DataFrame()
        self._schema: pl.Schema | None = None
        self._plan: pl.LazyFrame | None = None

    def score(self, minutes: pl.DataFrame) -> pl.DataFrame:
        """Return minutes (with a `role`) scored and classed."""
        self._frame = minutes
        if self._plan is None or minutes.schema != self._schema:
            self._schema = minutes.schema
            source = register_io_source(self._read, schema=minutes.schema)
            plan = scored(source, thresholds=self.thresholds)
            self._plan = classified(plan, self.preset)
        return self._plan.collect(engine="in-memory", optimizations=_OPTIMIZATIONS)

    def _read(
        self,
        columns: list[str] | None,
        predicate: pl.Expr | None,
        rows: int | None,
        _batch: int | None,
    ) -> Iterator[pl.DataFrame]:
        frame = self._frame if columns is None else self._frame.select(columns)
        if predicate is not None:
            frame = frame.filter(predicate)
        yield frame if rows is None else frame.head(rows)


class Tracker:
    """Follows what is wrong in one session."""

    def __init__(
        self,
        session_uuid: str,
        *,
        thresholds: Thresholds = DEFAULTS,
        preset: Preset = OWN,
        zone: tzinfo = UTC,
        keep_minutes: int = KEEP_MINUTES,
    ) -> None:
        """Begin with an empty room.

        Args:
            session_uuid: The session; part of every finding's id.
            thresholds: What to judge by.
            preset: How to class minutes.
            zone: The zone of times in sentences.
            keep_minutes: How many minutes to keep; a final pass keeps all.
        """
        self.session_uuid = session_uuid
        self.thresholds = thresholds
        self.zone = zone
        self.room = Room(thresholds)
        self.history = History(self.room)
        self.troubles: list[Trouble] = []
        self.told: dict[str, Finding] = {}
        """Every finding as it was last told, by id."""
        self._keep = keep_minutes
        self._scorer = Scorer(thresholds, preset)
        self._raised: dict[tuple[str, Scope], int] = {}
        self._recalled: dict[tuple[str, Scope], tuple[str, int]] = {}
        """Findings of an earlier run that may still last: id and first minute."""
        self._roles: tuple[pl.DataFrame, pl.DataFrame] | None = None

    def observe(
        self,
        minutes: pl.DataFrame,
        people: pl.DataFrame,
        roster: pl.DataFrame | None = None,
    ) -> pl.DataFrame:
        """Take minutes that settled or were revised; return them scored and classed.

        Args:
            minutes: See `backrow.diagnose.frames`; only this session's, any minutes.
            people: Everybody so far.
            roster: Sweeps of the participants list, if there were any.
        """
        role = looked_up(minutes, self._roles_of(people), "role")
        judged = self._scorer.score(minutes.with_columns(role))
        self.observe_scored(judged, people, roster)
        return judged.drop("role")

    def observe_scored(
        self,
        judged: pl.DataFrame,
        people: pl.DataFrame,
        roster: pl.DataFrame | None = None,
    ) -> None:
        """Take minutes that are scored already."""
        self.room.set_people(people)
        self.room.add(judged, roster)

    def _roles_of(self, people: pl.DataFrame) -> pl.DataFrame:
        if self._roles is None or self._roles[0] is not people:
            roles = people.select("participant", "role").unique("participant")
            self._roles = people, roles
        return self._roles[1]

    @property
    def findings(self) -> list[Finding]:
        """Every finding so far, as it was last told, the oldest first."""
        return sorted(self.told.values(), key=lambda finding: finding.begin)

    def recall(self, told: Iterable[Mapping[str, Any]], *, since: datetime) -> None:
        """Take up the findings of an earlier run, so that ids go on after a restart.

        Args:
            told: Findings as `Finding.to_dict` gave them, each as it was told last.
            since: The first minute that will be observed.
        """
        for one in sorted(told, key=lambda finding: str(finding["begin"])):
            key = (str(one["cause"]), tuple(dict(one["scope"]).items()))
            begin = minute_number(datetime.fromisoformat(one["begin"]))
            last = one["end"] and minute_number(datetime.fromisoformat(one["end"]))
            if last is not None and last + _REOPEN_MINUTES < minute_number(since):
                self._raised[key] = self._raised.get(key, 0) + 1
            else:
                self._recalled[key] = (str(one["id"]), begin)

    def judge(self, at: datetime) -> list[Finding]:
        """Return the findings that are new, changed or over with this minute.

        Args:
            at: The minute to judge; it and those before have settled.
        """
        minute = minute_number(at)
        suspects = detect(self.room, self.history, minute)
        matched = {id(self._follow(one, minute)) for one in suspects}
        changed = []
        for trouble in list(self.troubles):
            finding = self._advance(trouble, minute, seen=id(trouble) in matched)
            if finding is not None:
                self.told[finding.id] = finding
                changed.append(finding)
        self.troubles = [t for t in self.troubles if t.id or t.last >= minute - 1]
        self.history.thaw(minute)
        self.room.forget_before(minute - self._keep + 1)
        return changed

    def causes(self, at: datetime) -> pl.DataFrame:
        """Return why this minute was bad, for everybody for whom it was.

        Returns:
            ``participant``, ``minute``, ``cause`` and ``evidence`` (rules that held).
        """
        minute = minute_number(at)
        acting = [t for t in self.troubles if t.id and t.acts_in(minute)]
        return causes_frame(self.room, minute, acting)

    def _follow(self, suspect: Suspect, minute: int) -> Trouble:
        """Return the trouble that a suspect belongs to, new if to none."""
        for trouble in self.troubles:
            recent = not trouble.over or minute - trouble.active <= _REOPEN_MINUTES
            if recent and belongs(suspect, trouble):
                trouble.meet(suspect, minute, self.room)
                return trouble
        trouble = Trouble(suspect=suspect, first=minute, last=minute)
        self.troubles.append(trouble)
        return trouble

    def _advance(self, trouble: Trouble, minute: int, *, seen: bool) -> Finding | None:
        """Move a trouble on by a minute; return its finding if that is news."""
        if trouble.over and not seen:
            return None
        rate = rate_in(self.room, self.history, trouble.suspect, minute)
        trouble.peak = max(trouble.peak, rate or 0.0)
        acts = seen if rate is None else rate >= trouble.level
        if trouble.over:
            return self._reopened(trouble, minute) if acts else None
        if acts:
            trouble.active, trouble.quiet = minute, 0
        else:
            trouble.quiet += 1
        if not trouble.id:
            ready = trouble.windows >= int(self.thresholds.scan.windows_to_raise)
            return self._raise(trouble, minute) if ready and seen else None
        trouble.count(self.room, [minute])
        if trouble.quiet >= int(self.thresholds.scan.windows_to_clear):
            trouble.over = True
            return self._told(trouble, "cleared", minute)
        if not is_news(trouble, self.told[trouble.id]):
            return None
        return self._told(trouble, "updated", minute)

    def _raise(self, trouble: Trouble, minute: int) -> Finding:
        occurrence = self._raised.get(trouble.key, 0)
        self._raised[trouble.key] = occurrence + 1
        trouble.id = finding_id(self.session_uuid, *trouble.key, occurrence)
        trouble.begin = trouble.look_back(self.room, self.history)
        known = self._recalled.pop(trouble.key, None)
        if known is not None:
            trouble.id, trouble.begin = known[0], min(known[1], trouble.begin)
        trouble.active = max(trouble.active, trouble.begin)
        trouble.count(self.room, range(trouble.begin, minute + 1))
        return self._told(trouble, "updated" if known else "raised", minute)

    def _reopened(self, trouble: Trouble, minute: int) -> Finding:
        trouble.count(self.room, range(trouble.active + 4, minute + 1))
        trouble.over, trouble.quiet, trouble.active = False, 0, minute
        return self._told(trouble, "updated", minute)

    def _told(self, trouble: Trouble, state: State, minute: int) -> Finding:
        return tell(self.room, trouble, state=state, minute=minute, zone=self.zone)


def causes_frame(room: Room, minute: int, acting: Iterable[Trouble]) -> pl.DataFrame:
    """Return everybody's cause in a minute, with the rules that held."""
    explained = explain(room, minute, shared_of(acting))
    places = np.flatnonzero(explained.causes != NO_CAUSE)
    masks, which = np.unique(explained.evidence[places], return_inverse=True)
    rules = [[e for b, e in enumerate(EVIDENCE) if mask >> b & 1] for mask in masks]
    names = pl.Series("participant", room.participants, dtype=pl.String)
    causes = pl.Series("cause", CAUSES, dtype=pl.String)
    held = pl.Series("evidence", rules, dtype=pl.List(pl.String))
    return pl.DataFrame(
        [
            names.gather(places),
            causes.gather(explained.causes[places].astype(np.int64)),
            held.gather(which),
        ]
    ).select(
        "participant",
        pl.lit(instant(minute), pl.Datetime("us", "UTC")).alias("minute"),
        "cause",
        "evidence",
    )


def shared_of(acting: Iterable[Trouble]) -> list[Shared]:
    """Return the causes that many people have, the stage's first."""
    return [
        Shared(
            cause=one.suspect.cause,
            members=one.suspect.members,
            stage=one.suspect.presenter is not None,
        )
        for one in sorted(acting, key=lambda t: t.suspect.presenter is None)
        if one.suspect.cause != "unknown"
    ]
