"""One occurrence of one webinar or meeting, played minute by minute.

A minute depends on the one before (links wander, trouble lasts), so minutes are
played in order; `played` keeps each, `play` begins anew and keeps none, for worlds
too large to be kept. Everything a minute needs is drawn from streams with its
number, so both give the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Final

import numpy as np

from backrow.qos.people import Person, Session, Share
from backrow.qos.sample import floor_minute
from backrow.simulate.block import Block, empty_block, put
from backrow.simulate.cast.atlas import Atlas
from backrow.simulate.cast.people import ATTENDEE, Flags, People, make_people
from backrow.simulate.cast.persons import Persons
from backrow.simulate.cast.programme import (
    CLIP,
    CONTENT,
    NO_SHARE,
    SCROLL,
    SLIDES,
    WHITEBOARD,
    Programme,
    make_programme,
)
from backrow.simulate.cast.stays import Stays, make_stays
from backrow.simulate.draws import Draws
from backrow.simulate.network.faults import Fault, make_faults, send_away
from backrow.simulate.network.lines import Lines, make_lines
from backrow.simulate.network.links import NO_CAUSE, OwnTrouble
from backrow.simulate.network.lots import lots_of
from backrow.simulate.scenario.schema import Scenario, SessionPlan
from backrow.simulate.scenario.templates import CAUSES
from backrow.simulate.streams.habits import Habits, make_habits
from backrow.simulate.streams.machine import put_machine
from backrow.simulate.streams.received import put_received
from backrow.simulate.streams.sent import put_sent
from backrow.simulate.streams.wires import Minute, Stage

_FAR_MS: Final = 130.0
"""Distance from which a data center far away is to blame for the latency."""
_SCREENS: Final = ((1920, 1080), (1920, 1040), (2560, 1440))
_SHARE_KBPS: Final = {
    NO_SHARE: (0.0, 0.0),
    SLIDES: (4.0, 50.0),
    SCROLL: (150.0, 300.0),
    CLIP: (1000.0, 2500.0),
    WHITEBOARD: (10.0, 60.0),
}
_SHARE_FPS: Final = {
    NO_SHARE: (0.0, 0.0),
    SLIDES: (0.0, 1.0),
    SCROLL: (5.0, 8.0),
    CLIP: (15.0, 30.0),
    WHITEBOARD: (2.0, 5.0),
}
"""What a shared screen takes: a still slide next to nothing, a clip most."""
_ON_MACHINE: Final = frozenset({"own_device", "app_version", "presenter_device"})


@dataclass(kw_only=True, eq=False)
class Play:
    """One occurrence of a session: its cast, its faults, and its minutes."""

    scenario: Scenario
    plan: SessionPlan
    session: Session
    atlas: Atlas
    draws: Draws
    """The draws that all occurrences of the session share."""
    occurrence: str
    """What tells this occurrence from others of its number."""
    blocks: list[Block] = field(default_factory=list)
    """Minutes played so far, from the first."""

    @property
    def minutes(self) -> int:
        """How many minutes the session lasts."""
        return self.plan.length_min

    @property
    def first_minute(self) -> datetime:
        """The session's first minute."""
        return floor_minute(self.session.start_at)

    @cached_property
    def own_draws(self) -> Draws:
        """The draws of this occurrence alone."""
        return self.draws.of(self.occurrence)

    @cached_property
    def people(self) -> People:
        """Everybody who takes part."""
        everybody = make_people(self.scenario, self.plan, self.atlas, self.draws)
        return send_away(self.plan, everybody, self.atlas, self.own_draws)

    @cached_property
    def programme(self) -> Programme:
        """What happens on stage."""
        return make_programme(self.plan, self.people)

    @cached_property
    def stays(self) -> Stays:
        """Every stay, in the order of joining."""
        keep = self._stage_people
        return make_stays(self.plan, self.people, self.own_draws, keep)

    @cached_property
    def _stage_people(self) -> Flags:
        presents = self.people.role < ATTENDEE
        return presents | self.programme.on_stage(len(self.people))

    @cached_property
    def habits(self) -> Habits:
        """The habits of every stay's person."""
        habits = make_habits(self.scenario, self.plan, self.people, self.draws)
        return habits.of(self.stays.person)

    @cached_property
    def lines(self) -> Lines:
        """The line of every stay's person."""
        stage = self._stage_people
        lines = make_lines(self.scenario, self.people, self.atlas, self.draws, stage)
        return lines.of(self.stays.person)

    @cached_property
    def faults(self) -> list[Fault]:
        """What goes wrong, in the order of the plan."""
        return make_faults(
            self.plan,
            scenario=self.scenario,
            atlas=self.atlas,
            people=self.people,
            stays=self.stays,
            programme=self.programme,
            draws=self.own_draws,
        )

    @cached_property
    def persons(self) -> list[Person]:
        """Zoom's fields of every stay."""
        return self.cast.all()

    @cached_property
    def cast(self) -> Persons:
        """What makes Zoom's fields of people."""
        return Persons(
            scenario=self.scenario,
            plan=self.plan,
            atlas=self.atlas,
            people=self.people,
            stays=self.stays,
            programme=self.programme,
            start_at=self.first_minute,
            draws=self.draws,
            occurrence=self.occurrence,
        )

    @cached_property
    def stay_of(self) -> dict[str, int]:
        """The place of each `user_id`."""
        return {self.stays.user_id(i): i for i in range(len(self.stays))}

    @cached_property
    def user_ids(self) -> list[str]:
        """The `user_id` of each stay."""
        return list(self.stay_of)

    @cached_property
    def minute_ats(self) -> list[datetime]:
        """The instant at which each minute begins."""
        return [self.minute_at(k) for k in range(self.minutes)]

    @cached_property
    def whole_minutes(self) -> list[tuple[int, int]]:
        """The minutes for the whole of which each stay is there, as ranges."""
        first, over = -(-self.stays.join_s // 60), self.stays.leave_s // 60
        return list(zip(first.tolist(), over.tolist(), strict=True))

    @cached_property
    def stays_of(self) -> dict[int, list[int]]:
        """The stays of each person who is ever on stage, in order."""
        stage = np.flatnonzero(self._stage_people)
        return {
            int(who): np.flatnonzero(self.stays.person == who).tolist() for who in stage
        }

    @cached_property
    def shares(self) -> list[Share]:
        """Who shared what, from when to when."""
        programme, found = self.programme, []
        marks = np.stack([programme.sharer, programme.share])
        turns = np.flatnonzero(np.any(marks[:, 1:] != marks[:, :-1], axis=0)) + 1
        edges = [0, *turns.tolist(), self.minutes]
        for begin, end in pairwise(edges):
            stay = self._stay_in(int(programme.sharer[begin]), begin)
            if stay >= 0:
                found.append(
                    Share(
                        participant=self.stays.user_id(stay),
                        content=CONTENT[int(programme.share[begin])],
                        start_at=self.minute_at(begin),
                        end_at=self.minute_at(end),
                    )
                )
        return found

    def minute_at(self, minute: int) -> datetime:
        """Return the instant at which a minute begins."""
        return self.first_minute + timedelta(minutes=minute)

    def played(self, minute: int) -> Block:
        """Return a minute's block, and keep it and all before it."""
        if len(self.blocks) <= minute:
            while len(self.blocks) <= minute:
                self.blocks.append(next(self._playing))
        return self.blocks[minute]

    @cached_property
    def _playing(self) -> Iterator[Block]:
        return self.play()

    def play(self) -> Iterator[Block]:
        """Yield the minutes from the first, keeping none."""
        trouble = OwnTrouble.fresh(self.lines)
        for minute in range(self.minutes):
            yield self._block(trouble, minute)

    def _block(self, trouble: OwnTrouble, number: int) -> Block:
        at = self.minute_at(number)
        lots = lots_of(self.own_draws, number, len(self.stays))
        links = trouble.next_minute(
            lots,
            utc_hour=at.hour + at.minute / 60,
            evening=self.scenario.noise.evening,
            first=number == 0,
        )
        for fault in self.faults:
            fault.act(links, number)
        present = self.stays.present(number) & (self.habits.leg >= 0)
        minute = Minute(
            block=empty_block(len(self.stays)),
            links=links,
            habits=self.habits,
            lots=lots,
            stage=self._stage(number),
            here=np.flatnonzero(present),
        )
        given = put_sent(minute)
        put_received(minute, given)
        put_machine(minute.block, links, self.habits, lots, minute.here)
        put(minute.block, "leg", self.habits.leg[minute.here], minute.here)
        self._put_truth(minute)
        return minute.block

    def _stage(self, minute: int) -> Stage:
        programme = self.programme
        share = int(programme.share[minute])
        sharer = self._stay_in(int(programme.sharer[minute]), minute)
        lots = self.own_draws.uniform("stage", 4, minute)
        size = self.draws.uniform("screen", 1, max(0, int(programme.sharer[minute])))
        fps = _between(_SHARE_FPS[share], float(lots[2]))
        return Stage(
            speaker=self._stay_in(int(programme.speaker[minute]), minute),
            seen=self._stay_in(int(programme.seen[minute]), minute),
            sharer=sharer,
            share=share if sharer >= 0 else NO_SHARE,
            talk=(1 - float(programme.quiet[minute])) * (0.9 + 0.1 * float(lots[0])),
            motion=0.85 + 0.3 * float(lots[1]),
            share_kbps=_between(_SHARE_KBPS[share], float(lots[3])),
            share_fps=float(round(fps)) if share == SLIDES else fps,
            share_size=_SCREENS[int(len(_SCREENS) * float(size[0]))],
        )

    def _stay_in(self, person: int, minute: int) -> int:
        """Return the stay in which a person is there and measured, -1 if none."""
        for stay in self.stays_of.get(person, ()):
            begin, over = self.whole_minutes[stay]
            if begin <= minute < over and self.habits.leg[stay] >= 0:
                return stay
        return -1

    def _put_truth(self, minute: Minute) -> None:
        links, here = minute.links, minute.here
        self._blame_stage(minute)
        far = here[(self.lines.far_ms[here] >= _FAR_MS) & ~self._through_vpn[here]]
        far = far[links.cause[far] == NO_CAUSE]
        links.cause[far] = CAUSES.index("distant_data_center")
        put(minute.block, "cause", links.cause[here], here)
        put(minute.block, "fault", links.fault[here], here)
        put(minute.block, "recovering", links.recovering[here], here)

    @cached_property
    def _through_vpn(self) -> Flags:
        return self.people.vpn[self.stays.person]

    def _blame_stage(self, minute: Minute) -> None:
        """Mark everybody who suffers from what a presenter has."""
        stage, links, here = minute.stage, minute.links, minute.here
        for who in dict.fromkeys((stage.seen, stage.sharer, stage.speaker)):
            if who < 0:
                continue
            cause, fault = int(links.cause[who]), int(links.fault[who])
            others = here[(links.cause[here] == NO_CAUSE) & (here != who)]
            if cause >= 0:
                on_machine = CAUSES[cause] in _ON_MACHINE
                name = "presenter_device" if on_machine else "presenter_network"
                links.cause[others] = links.cause[who] = CAUSES.index(name)
                links.fault[others] = fault
            elif links.recovering[who]:
                links.recovering[others] = True


def _between(span: tuple[float, float], lot: float) -> float:
    return span[0] + (span[1] - span[0]) * lot
