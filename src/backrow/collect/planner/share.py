"""How the day's calls are shared out among sessions: a census, or a draw.

`share_out` decides for sessions that run, `estimate` tells beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Final, Literal

from backrow.collect.planner.calls import Options
from backrow.collect.planner.purse import Pace
from backrow.collect.planner.watched import (
    Watched,
    census_calls,
    pass_calls,
    sweep_calls,
)

SMALL: Final = 300
"""A room of up to so many is asked for at once; a larger one when it is steady."""
PACE_SHARE: Final = 0.9
"""How much of a minute's calls censuses may take; the rest is for everything else."""
_SWEEP_EVERY_MAX: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What there is to share out."""

    left: int
    """Calls of today that are ours and not put aside."""
    resets_at: float
    """When the next day begins, unix seconds."""


def share_out(
    live: Sequence[Watched], room: Room, *, options: Options, pace: Pace, now: float
) -> None:
    """Decide for each live session what it gets: census or singles, and how often.

    Small sessions come first, so that one large one does not cost all others
    their census.
    """
    fixed = 1 + sum(sweep_calls(one.listed) for one in live)
    left, per_minute = float(room.left), 0
    most_per_minute = PACE_SHARE * pace.heavy_per_minute
    drawn: list[Watched] = []
    for one in sorted(live, key=lambda one: (one.listed, one.uuid)):
        calls = census_calls(one.listed)
        minutes = one.horizon_min(
            now, resets_at=room.resets_at, is_entering=not one.is_census
        )
        is_ready = one.is_census or one.listed <= SMALL or one.crowd.is_steady
        one.is_census = (
            is_ready
            and calls * minutes <= left - fixed * minutes
            and per_minute + calls <= most_per_minute
        )
        if one.is_census:
            left -= calls * minutes
            per_minute += calls
        else:
            drawn.append(one)
    for one in live:
        minutes = one.horizon_min(now, resets_at=room.resets_at)
        spare = left / minutes - fixed
        one.singles = max(
            0, min(options.singles_per_minute, floor(spare / max(1, len(drawn))))
        )
        one.sweep_every = _sweep_every(fixed, left / minutes)


def _sweep_every(fixed: int, per_minute: float) -> int:
    if per_minute >= fixed:
        return 1
    return min(_SWEEP_EVERY_MAX, ceil(fixed / max(per_minute, 0.1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The calls of one session."""

    participants: int
    minutes: int
    mode: Literal["census", "draw"]
    """census: everyone each minute; draw: some, live, and everyone after the end."""
    discover: int
    sweep: int
    live: int
    """Calls for QoS while it runs."""
    complete: int
    """The last pass, without the restart that is put aside."""
    put_aside: int
    """What is kept for the last pass."""
    naive: int
    """What asking everyone each minute by the QoS list would take."""
    per_minute: int
    """People measured in a minute while it runs."""
    available: int
    """Calls that are ours."""

    @property
    def total(self) -> int:
        """All calls."""
        return self.discover + self.sweep + self.live + self.complete

    @property
    def measured_share(self) -> float:
        """Share of the room that is measured in a minute while it runs, 0 to 1."""
        return min(1.0, self.per_minute / max(1, self.participants))

    @property
    def fits(self) -> bool:
        """Whether the calls are there, what is put aside counted in."""
        return self.total - self.complete + self.put_aside <= self.available


def estimate(
    participants: int, minutes: int, *, options: Options, available: int
) -> Estimate:
    """Return what a session costs.

    Args:
        participants: Stays that its lists hold.
        minutes: How long it lasts.
        options: The collector's.
        available: Calls of the day that are ours.
    """
    sweep, census = sweep_calls(participants), census_calls(participants)
    put_aside = pass_calls(participants)
    spare = available - put_aside - (sweep + 1) * minutes
    most = PACE_SHARE * Pace(options.plan).heavy_per_minute
    is_census = census * minutes <= spare and census <= most
    singles = min(options.singles_per_minute, floor(spare / max(1, minutes)))
    singles = max(0, min(participants, singles))
    return Estimate(
        participants=participants,
        minutes=minutes,
        mode="census" if is_census else "draw",
        discover=minutes,
        sweep=sweep * minutes,
        live=(census if is_census else singles) * minutes,
        complete=1 + sweep + census,
        put_aside=put_aside,
        naive=census * minutes,
        per_minute=participants if is_census else singles,
        available=available,
    )
