"""What a collector gets of a webinar: the real planner, asking a simulated Zoom.

The planner's own core decides each call, with the limits of a Business account of which
half is left to others; nothing goes over HTTP, and each call is answered at once. A QoS
answer holds minutes that are over, a sweep Zoom's words, which are a minute late and a
band off now and then. At the end of each minute what came goes to the diagnosis, which
then judges the minute before: the last whose people could have been asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import polars as pl

from backrow.collect.planner import Options, PlannedCall, Planner, Result, Visit
from backrow.diagnose.live import KEEP_MINUTES
from backrow.qos.people import Person
from backrow.qos.sample import Picked
from backrow.simulate.world import Words, World
from backrow.zoom import limits
from backrow.zoom.limits import BudgetState
from bench.webinars.feed import Fed, frame_of

_PICKS: Final = ("census", "random", "pushed", "targeted")
"""From the least biased to the most, as the lake resolves them."""
_BAD_AT: Final = {
    "audio_received_avg_loss_pct": 5.0,
    "video_received_avg_loss_pct": 5.0,
    "share_received_avg_loss_pct": 5.0,
    "audio_received_latency_ms": 400.0,
    "audio_received_jitter_ms": 60.0,
}
"""The limits by which the poller tells the planner of a bad sample."""


@dataclass(slots=True)
class _Heard:
    """What came in one minute of the clock."""

    picked: dict[str, Picked] = field(default_factory=dict)
    words: list[tuple[str, str, str, str]] = field(default_factory=list)

    def ask(self, participant: str, picked: Picked) -> None:
        before = self.picked.get(participant, "targeted")
        self.picked[participant] = min(before, picked, key=_PICKS.index)


class Collector:
    """Runs a planner against a world, minute by minute."""

    def __init__(
        self, world: World, session_uuid: str, *, seed: int, history: bool
    ) -> None:
        """Begin before the first minute.

        Args:
            world: The world.
            session_uuid: Its session.
            seed: Of the planner's draw.
            history: Whether live answers hold all minutes since joining.
        """
        self.world = world
        self.uuid = session_uuid
        self.history = history
        self.planner = Planner(Options(seed=seed))
        self._play = world.play(session_uuid)
        self._names = np.array(world.participants(session_uuid))
        self._people = list(world.people(session_uuid))
        self._session = replace(self._play.session, end_at=None)
        self._state = BudgetState()
        self._told: set[tuple[str, int]] = set()
        self._bad: dict[str, bool] = {}
        self._room: list[Person] = []
        self._said: dict[tuple[str, Words], Person] = {}

    def feed(self) -> Iterator[Fed]:
        """Yield what came in each minute of the clock, with the minute to judge."""
        play = self._play
        for number in range(play.minutes):
            begin = play.minute_at(number + 1)  # minute `number` is over
            self._settle(number, begin)
            heard = self._asked(begin)
            yield Fed(
                at=play.minute_at(number),
                minutes=self._minutes(heard, number),
                roster=self._roster(heard, begin),
                late_min=1,
            )

    def _settle(self, number: int, at: datetime) -> None:
        """Note who is there, with Zoom's words, and whose last minute looks bad."""
        here = [
            one
            for one in self._people
            if (one.join_time or at) <= at
            and (one.leave_time is None or one.leave_time > at)
        ]
        words = self.world.words(self.uuid, [p.user_id or "" for p in here], at=at)
        self._room = [self._as_said(one, words[one.user_id or ""]) for one in here]
        columns = self.world.minute(number, self.uuid)
        bad = np.any([columns[n] >= most for n, most in _BAD_AT.items()], axis=0)
        names = self._names[columns["stay"]].tolist()
        self._bad = dict(zip(names, bad.tolist(), strict=True))

    def _as_said(self, person: Person, words: Words) -> Person:
        """Return a person as a sweep tells of one who is there."""
        key = person.user_id or "", words
        found = self._said.get(key)
        if found is None:
            found = self._said[key] = replace(
                person,
                leave_time=None,
                audio_quality=words[0],
                video_quality=words[1],
                screen_share_quality=words[2],
            )
        return found

    def _asked(self, begin: datetime) -> _Heard:
        """Let the planner call for a minute; every call is answered at once."""
        heard = _Heard()
        now, end = begin.timestamp(), (begin + timedelta(minutes=1)).timestamp()
        while now < end:
            budget = limits.budget(self._state, self.planner.options.plan, now)
            self.planner.know(budget, now)
            calls = self.planner.next_calls(now)
            for call in calls:
                self._charge(call, now)
                self.planner.learn(self._answer(call, heard), now)
            if not calls:
                now = min(end, self.planner.next_at(now))
        return heard

    def _answer(self, call: PlannedCall, heard: _Heard) -> Result:
        if call.purpose in {"discover", "check"}:
            return Result(call=call, sessions=[self._session])
        if call.purpose == "single":
            heard.ask(call.participant, call.picked)
            return Result(call=call, visits=[self._visit(call.participant)])
        size = int(call.query["page_size"])
        first = int(call.query.get("next_page_token") or 0)
        page = self._room[first : first + size]
        token = str(first + size) if first + size < len(self._room) else ""
        if call.purpose == "sweep":
            heard.words += [
                (
                    one.user_id or "",
                    one.audio_quality or "",
                    one.video_quality or "",
                    one.screen_share_quality or "",
                )
                for one in page
            ]
            return Result(call=call, people=page, next_page_token=token)
        names = [one.user_id or "" for one in page]
        for name in names:
            heard.ask(name, call.picked)
        visits = [self._visit(name) for name in names]
        return Result(call=call, visits=visits, next_page_token=token)

    def _visit(self, participant: str) -> Visit:
        held = (0.0, 60.0) if self.history else (0.0,)
        return Visit(
            participant=participant,
            minutes=held if participant in self._bad else (),
            is_bad=self._bad.get(participant, False),
        )

    def _charge(self, call: PlannedCall, now: float) -> None:
        state = limits.at(self._state, now)
        pool = limits.pool_of(call.label, self.planner.options.plan)
        spent, used = dict(state.spent), dict(state.used)
        spent[call.label] = spent.get(call.label, 0) + 1
        used[pool] = used.get(pool, 0) + 1
        self._state = replace(state, spent=spent, used=used)

    def _minutes(self, heard: _Heard, number: int) -> pl.DataFrame:
        """Return the minutes that the answers held and that are new."""
        first = max(0, number - KEEP_MINUTES + 2) if self.history else number
        frames = []
        for minute in range(first, number + 1):
            columns = self.world.minute(minute, self.uuid)
            new = {
                name: picked
                for name, picked in heard.picked.items()
                if (name, minute) not in self._told
            }
            asked = np.zeros(len(self._names), dtype=bool)
            asked[[self._play.stay_of[name] for name in new]] = True
            wanted = asked[columns["stay"]]
            self._told.update((name, minute) for name in new)
            some = {name: values[wanted] for name, values in columns.items()}
            frame = frame_of(some, self._names, self.uuid, self._play.minute_at(minute))
            picked = [new[name] for name in frame["participant"]]
            frames.append(
                frame.with_columns(pl.Series("picked", picked, dtype=pl.String))
            )
        return pl.concat(frames)

    def _roster(self, heard: _Heard, at: datetime) -> pl.DataFrame:
        names = ("audio_quality", "video_quality", "screen_share_quality")
        columns: list[Any] = list(zip(*heard.words, strict=True)) or [()] * 4
        return pl.DataFrame(
            dict(zip(("participant", *names), map(list, columns), strict=True)),
            schema=dict.fromkeys(("participant", *names), pl.String),
        ).with_columns(pl.lit(at).cast(pl.Datetime("us", "UTC")).alias("minute"))
