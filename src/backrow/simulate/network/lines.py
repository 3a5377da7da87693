"""Everybody's line: what stays the same of it for the whole session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from backrow.simulate.cast.atlas import Atlas
from backrow.simulate.cast.people import Flags, People
from backrow.simulate.draws import Draws, Floats, Ints
from backrow.simulate.network.access import fact
from backrow.simulate.scenario.schema import Scenario

ROUND_TRIP_WANDERS: Final = 0.12
"""Sigma, from minute to minute, of a person's log round trip."""
JITTER_WANDERS: Final = 0.35
_CHRONIC_FACTOR: Final = 10.0
_VPN_MS: Final = 15.0
_STAGE_ROOM_KBPS: Final = 25_000.0
"""People on stage have at least this line."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lines:
    """What stays the same of every person's line."""

    access: Ints
    log_round_trip: Floats
    far_ms: Floats
    """Round trip that distance adds."""
    log_jitter: Floats
    room_kbps: Floats
    degrades: Floats
    """Chance a minute, before the evening's factor."""
    chronic: Flags
    weak_machine: Flags
    utc_offset_h: Floats

    def of(self, who: Ints) -> Lines:
        """Return the lines of these people, in this order."""
        return Lines(**{name: getattr(self, name)[who] for name in Lines.__slots__})


def make_lines(
    scenario: Scenario, people: People, atlas: Atlas, draws: Draws, stage: Flags
) -> Lines:
    """Return everybody's line.

    Args:
        scenario: The world.
        people: Their access, town and data center.
        atlas: Distances.
        draws: The draws that all occurrences of the session share.
        stage: Who is on stage, where lines are wide and trouble has a rate of
            its own.
    """
    count, access = len(people), people.access
    chronic = draws.uniform("chronic", count) < (
        fact(access, "chronic") * scenario.noise.chronic
    )
    log_round_trip = np.log(fact(access, "round_trip_ms")) + draws.normal(
        "typical round trip", count
    ) * _between(fact(access, "round_trip_sigma"), ROUND_TRIP_WANDERS)
    log_jitter = np.log(fact(access, "jitter_ms")) + draws.normal(
        "typical jitter", count
    ) * _between(fact(access, "jitter_sigma"), JITTER_WANDERS)
    weak = draws.uniform("weak machine", count) < scenario.people.weak_machines
    offsets = np.array([place.utc_offset_h for place in atlas.places])
    return Lines(
        access=access,
        log_round_trip=log_round_trip,
        far_ms=_far_ms(people, atlas),
        log_jitter=log_jitter,
        room_kbps=np.maximum(
            fact(access, "line_kbps") * np.exp(draws.normal("room", count)),
            np.where(stage, _STAGE_ROOM_KBPS, 0.0),
        ),
        degrades=_degrades(scenario, people, atlas, draws, chronic)
        * np.where(stage, scenario.noise.presenters, 1.0),
        chronic=chronic,
        weak_machine=weak & (~stage | (scenario.noise.presenters > 0)),
        utc_offset_h=offsets[people.place],
    )


def _between(whole: Floats, within: float) -> Floats:
    """Return the sigma between people, given that of everything and that within."""
    return np.sqrt(whole * whole - within * within)


def _far_ms(people: People, atlas: Atlas) -> Floats:
    """Return what distance adds; through a VPN the way to it and from it on."""
    direct = atlas.far_ms(people.place, people.center)
    exits = np.array([atlas.place_index[s.place] for s in atlas.sites] + [0])
    exit_place = np.where(people.vpn, exits[people.site], people.place)
    to_exit = atlas.far_ms(people.place, atlas.place_center[exit_place])
    from_exit = atlas.far_ms(exit_place, people.center)
    return np.where(people.vpn, to_exit + from_exit + _VPN_MS, direct)


def _degrades(
    scenario: Scenario, people: People, atlas: Atlas, draws: Draws, chronic: Flags
) -> Floats:
    noise, count = scenario.noise, len(people)
    isp = draws.normal("isp spread", len(atlas.isps))[people.isp]
    person = draws.normal("person spread", count)
    # exp(s z - s^2 / 2) has mean 1, so that the spread leaves the average alone.
    by_isp = np.exp(noise.isp_spread * isp - noise.isp_spread**2 / 2)
    by_person = np.exp(noise.person_spread * person - noise.person_spread**2 / 2)
    rate = fact(people.access, "degrades") * noise.degraded
    rate = rate * by_isp * by_person * np.where(chronic, _CHRONIC_FACTOR, 1.0)
    return np.minimum(rate, 0.5)
