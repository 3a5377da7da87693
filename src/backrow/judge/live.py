"""One live session, judged minute by minute while it is collected.

As soon as a minute is ripe (nearly as many rows as the minutes before it have, or late
enough) it goes through the tracker with the minutes before it, which may have been
revised; what is new is appended to the lake's findings. Minutes that have settled are
appended to the lake with scores, class and cause. A room that is opened in the middle,
after a restart, first goes over the last minutes that the lake holds, with the findings
that stand there, so that ids go on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from backrow.diagnose.live import KEEP_MINUTES, Tracker
from backrow.diagnose.verdict.finding import Finding
from backrow.diagnose.verdict.glance import LASTING, glance
from backrow.judge.attending import Attending
from backrow.judge.judging import Judge
from backrow.judge.view import RoomView
from backrow.lake.keep import LakeWriter, with_judgement
from backrow.lake.kept import latest_findings
from backrow.lake.resolve import resolve
from backrow.lake.store.reading import equal, literal
from backrow.lake.store.rows import findings_frame, instant
from backrow.lake.window import Window
from backrow.qos.sample import NAMES

MINUTE: Final = timedelta(minutes=1)
RIPE_SHARE: Final = 0.9
"""Rows of a minute, against those before it, from which it is judged."""
LATE_S: Final = 150.0
"""Seconds after its end from which a minute is judged with what there is of it."""
REVISED_MIN: Final = 4
"""How many minutes before it are looked at again."""
DOUBT: Final = timedelta(minutes=5)
"""How long after its beginning a finding must have been seen again after a restart."""
WARM_MIN: Final = 40
"""How far back a room that is opened in the middle goes over the lake."""
_EMPTY: Final = pl.DataFrame(
    schema={"participant": pl.String, "minute": pl.Datetime("us", "UTC")}
)


class LiveRoom:
    """One session that runs. Not for several threads at once."""

    def __init__(
        self, session_uuid: str, writer: LakeWriter, window: Window, judge: Judge
    ) -> None:
        """Look at nothing yet."""
        how = judge.how
        self.session_uuid = session_uuid
        self.tracker = Tracker(
            session_uuid, thresholds=how.thresholds, preset=how.preset, zone=how.zone
        )
        self.view: RoomView | None = None
        self._writer = writer
        self._window = window
        self._attending = Attending(writer.store, session_uuid, judge.naming)
        self._judged: datetime | None = None
        """The newest minute that was judged."""
        self._settled = _EMPTY
        """Participants and minutes that are in the lake's minutes."""
        self._is_warm = False
        self._doubtful: dict[str, Mapping[str, Any]] = {}
        """Findings of an earlier run that are too young to have been seen again."""
        self._untold: list[Finding] = []
        """Findings that are not in the lake yet."""

    def step(self, now: float) -> list[Finding]:
        """Judge what is ripe; return the findings that are new or have changed.

        Args:
            now: Unix seconds.

        Raises:
            LakeError: The lake cannot be read or written; what was found is written
                with the next step.
        """
        if not self._is_warm:
            self._untold += self._warm(now)
            self._is_warm = True
        ripe = list(self._ripe(now))
        if ripe:
            people = self._attending.look()
            for minute in ripe:
                self._untold += self._judge(minute, people)
        self._untold += self._resolved()
        return self._tell(now)

    def settle(self, *, until: datetime, minutes: int, now: float) -> int:
        """Append minutes that have settled, judged; return how many were new.

        Args:
            until: The newest of them.
            minutes: How many to look at.
            now: Unix seconds.

        Raises:
            LakeError: The lake cannot be read or written.
        """
        rows = self._window.minutes(self.session_uuid, minutes=minutes, until=until)
        key = ["participant", "minute"]
        new = rows.join(self._settled, on=key, how="anti", maintain_order="left")
        if new.is_empty():
            return 0
        touched = rows.filter(pl.col("minute").is_in(new["minute"].unique().implode()))
        judged = with_judgement(new, self._judgement(touched))
        written = self._writer.settle(judged, now=now)
        oldest = until - minutes * MINUTE
        self._settled = pl.concat([self._settled, new.select(key)]).filter(
            pl.col("minute") > oldest
        )
        return written

    def _ripe(self, now: float) -> Iterator[datetime]:
        """Yield the minutes to judge, in order."""
        counts = self._window.counts(self.session_uuid)
        for minute in sorted(counts):
            if self._judged is not None and minute <= self._judged:
                continue
            if not _is_ripe(minute, counts, now):
                return
            yield minute

    def _judge(self, minute: datetime, people: pl.DataFrame) -> list[Finding]:
        begin = minute - REVISED_MIN * MINUTE
        rows = self._window.minutes(
            self.session_uuid, minutes=REVISED_MIN + 1, until=minute
        )
        roster = self._attending.roster(begin)
        if roster is not None:
            roster = roster.filter(pl.col("minute") <= minute)
        judged = self.tracker.observe(rows, people, roster)
        found = self._judge_until(minute)
        self._look(minute, judged, people, roster)
        return found

    def _judge_until(self, minute: datetime) -> list[Finding]:
        """Judge minute after minute, those without a row too."""
        begin = minute if self._judged is None else self._judged + MINUTE
        begin = max(begin, minute - KEEP_MINUTES * MINUTE)  # what is older is forgotten
        found: list[Finding] = []
        while begin <= minute:
            found += self.tracker.judge(begin)
            self._judged = begin
            begin += MINUTE
        return found

    def _look(
        self,
        minute: datetime,
        judged: pl.DataFrame,
        people: pl.DataFrame,
        roster: pl.DataFrame | None,
    ) -> None:
        """Make the view of a minute."""
        causes = self.tracker.causes(minute).select("participant", "cause")
        rows = judged.filter(pl.col("minute") == minute)
        beside = rows.drop("cause", strict=False).join(
            causes, on="participant", how="left", maintain_order="left"
        )
        present, last = 0, None
        if roster is not None:
            last = roster.filter(pl.col("minute") == pl.col("minute").max())
            present = int(last["present"].sum())
        findings = tuple(self.tracker.findings)
        newest = max(self._window.counts(self.session_uuid), default=minute)
        self.view = RoomView(
            session_uuid=self.session_uuid,
            minute=minute,
            newest=newest,
            glance=glance(beside, present, findings),
            minutes=beside,
            people=people,
            roster=last,
            findings=findings,
        )

    def _judgement(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the columns `JUDGED` of whole minutes."""
        people = self._attending.people
        known = {*people["participant"]}
        if not known.issuperset(rows["participant"].unique()):
            people = self._attending.look()
        judged = self.tracker.observe(rows, people)
        causes = [
            self.tracker.causes(minute).select("participant", "minute", "cause")
            for minute in rows["minute"].unique()
        ]
        return judged.drop("cause", strict=False).join(
            pl.concat(causes), on=["participant", "minute"], how="left"
        )

    def _warm(self, now: float) -> list[Finding]:
        """Go over what the lake holds; return the findings that it lacks."""
        begin = instant(now) - WARM_MIN * MINUTE
        known = self._known()
        samples = self._writer.store.read(
            "samples",
            lambda rows: rows.filter(
                pl.col("session_uuid") == self.session_uuid, pl.col("minute") >= begin
            ).select(NAMES),
            where=f"{equal(session_uuid=self.session_uuid)} "
            f"AND minute >= {literal(begin)}",
        )
        if samples.is_empty():
            return []
        ahead = [m for m in samples["minute"].unique().sort() if m <= instant(now)]
        held = min(self._window.counts(self.session_uuid), default=instant(now))
        self._window.append(samples.filter(pl.col("minute") < held), now=now)
        last = max((m for m in ahead if _is_late(m, now)), default=None)
        if last is None:
            return []
        past = samples.filter(pl.col("minute") <= last)
        self.tracker.recall(known.values(), since=ahead[0])
        people = self._attending.look()
        roster = self._attending.roster(ahead[0])
        judged = self.tracker.observe(resolve(past, final=False), people, roster)
        self._judged = ahead[0] - MINUTE
        self._judge_until(last)
        self._look(last, judged, people, roster)
        return list(self._of_earlier(known))

    def _known(self) -> dict[str, dict[str, Any]]:
        """Return the lake's findings of this session, by id."""
        found = self._writer.store.read(
            "findings",
            lambda rows: latest_findings(
                rows.filter(pl.col("session_uuid") == self.session_uuid)
            ),
            where=equal(session_uuid=self.session_uuid),
        )
        told = (json.loads(text) for text in found["finding"])
        return {one["id"]: one for one in told}

    def _of_earlier(self, known: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
        """Yield what the lake lacks after a restart; note what may no longer last."""
        ours = {one.id: one for one in self.tracker.findings}
        for one in ours.values():
            before = known.get(one.id)
            if before is None:
                is_new = one.state == "updated"  # nobody was told that it is raised
                yield replace(one, state="raised") if is_new else one
            elif one.state in LASTING and before["state"] in LASTING:
                if (before["begin"], before["affected"]) != (
                    one.to_dict()["begin"],
                    one.affected,
                ):
                    yield replace(one, state="updated")
            elif one.to_dict() != before:
                yield one
        for id_, before in known.items():
            if id_ not in ours and before["state"] in LASTING:
                self._doubtful[id_] = before

    def _resolved(self) -> Iterator[Finding]:
        """Yield findings of an earlier run that were not seen again by now."""
        for id_, before in list(self._doubtful.items()):
            begin = datetime.fromisoformat(before["begin"])
            if id_ in self.tracker.told:
                del self._doubtful[id_]
            elif self._judged is not None and self._judged >= begin + DOUBT:
                del self._doubtful[id_]
                yield _cleared(before, self._judged)

    def _tell(self, now: float) -> list[Finding]:
        """Append what is not in the lake yet."""
        told = list(self._untold)
        if told:
            rows = [one.to_dict() for one in told]
            frame = findings_frame(self.session_uuid, rows, now=now)
            self._writer.append({"findings": frame}, now=now)
            del self._untold[: len(told)]
        return told


def _is_late(minute: datetime, now: float) -> bool:
    return now - minute.timestamp() - 60.0 >= LATE_S


def _is_ripe(minute: datetime, counts: Mapping[datetime, int], now: float) -> bool:
    """Return whether nearly all that will come of a minute has come."""
    if _is_late(minute, now):
        return True
    if now < minute.timestamp() + 60.0:
        return False
    before = [counts[m] for m in sorted(counts) if m < minute][-3:]
    return bool(before) and counts[minute] >= RIPE_SHARE * max(before)


def _cleared(before: Mapping[str, Any], last: datetime) -> Finding:
    """Return a finding of an earlier run as one that is over."""
    found = Finding.from_dict({**before, "state": "cleared"})
    return replace(found, end=found.end or last + MINUTE)
