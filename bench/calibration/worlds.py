"""The worlds that are measured: many people without faults, and one narrow line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backrow.simulate.cast.people import ACCESS
from backrow.simulate.cast.programme import SHARES
from backrow.simulate.scenario import read_scenario
from backrow.simulate.session import Play
from backrow.simulate.world import World

Values = npt.NDArray[np.float64]

CALM = """
seed = 5
[[sessions]]
number = "94512345678"
attendees = 3000
length_min = 60
[sessions.attendance]
early = 1.0
leave_early = 0.0
[[sessions.programme]]
at_min = 0
speaker = "host"
[[sessions.programme]]
at_min = 30
speaker = "panelist 1"
share = "slides"
[[sessions.programme]]
at_min = 40
speaker = "panelist 2"
share = "scroll"
[[sessions.programme]]
at_min = 50
speaker = "panelist 1"
share = "clip"
"""
NARROW = """
seed = 5
[noise]
degraded = 0.0
[people]
weak_machines = 0.0
[[sessions]]
number = "94512345678"
attendees = 400
length_min = 24
[sessions.attendance]
early = 1.0
leave_early = 0.0
rejoin = 0.0
[[sessions.programme]]
at_min = 0
speaker = "host"
[[sessions.faults]]
kind = "own_line"
people = 200
at_min = 8
length_min = 8
"""
_FAULTS = "[[sessions.faults]]"


@dataclass(frozen=True, slots=True)
class Measured:
    """Every attendee's minutes of one session, a place per minute and person."""

    columns: dict[str, Values]
    access: npt.NDArray[np.int64]
    share: npt.NDArray[np.int64]
    """What was shared in the minute: index into `SHARES`."""
    near: npt.NDArray[np.bool_]
    """Whether the data center is the nearest."""

    def values(
        self, name: str, *, access: str = "", share: str = "", near: bool = False
    ) -> Values:
        """Return a column's measured values, of some people or minutes only."""
        kept = ~np.isnan(self.columns[name])
        if near:
            kept &= self.near
        if access:
            kept &= self.access == [*ACCESS].index(access)  # type: ignore[arg-type] # a table's word
        if share:
            kept &= self.share == [*SHARES].index(share)  # type: ignore[arg-type] # a table's word
        return self.columns[name][kept]


def measured(world: World) -> Measured:
    """Return the minutes of everybody but host and panelists."""
    play = play_of(world)
    parts = []
    for number, columns in enumerate(world.stream()):
        listens = ~play.habits.presents[columns["stay"]]
        kept = {name: values[listens] for name, values in columns.items()}
        parts.append({**kept, "number": np.full(int(listens.sum()), number)})
    names = [name for name, values in parts[0].items() if values.dtype == np.float32]
    joined = {n: np.concatenate([part[n] for part in parts]) for n in parts[0]}
    return Measured(
        columns={name: joined[name].astype(np.float64) for name in names},
        access=play.lines.access[joined["stay"]],
        share=play.programme.share[joined["number"]],
        near=play.lines.far_ms[joined["stay"]] == 0,
    )


def play_of(world: World) -> Play:
    """Return the first session of a world."""
    return world.play(world.sessions()[0].uuid)


def calm_world() -> World:
    """Return three thousand people and an hour without any fault."""
    return World(read_scenario(CALM))


def narrow_world(*, faults: bool = True) -> World:
    """Return two hundred people whose lines are narrow for eight minutes.

    Args:
        faults: False for their twins, whose lines are not.
    """
    return World(read_scenario(NARROW if faults else NARROW.partition(_FAULTS)[0]))
