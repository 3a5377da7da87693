"""What is typical of each way to reach the internet: one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from backrow.simulate.cast.people import CELLULAR, SATELLITE, WIFI, WIRED
from backrow.simulate.draws import Floats, Ints
from backrow.simulate.network.loss import PRESET_INDEX
from backrow.simulate.scenario.templates import CAUSES, Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessFacts:
    """What is typical of one way to reach the internet."""

    round_trip_ms: float
    """Median to a data center of the own region."""
    round_trip_sigma: float
    """Of the natural logarithm."""
    jitter_ms: float
    jitter_sigma: float
    degrades: float
    """Chance that a normal minute is followed by a degraded one."""
    dwell_min: float
    """Mean minutes that it stays degraded."""
    chronic: float
    """Share of people for whom that chance is ten times as high."""
    line_kbps: float
    """Median room of the line."""
    normal: str
    """Loss preset of normal minutes."""
    poor: str
    """Loss preset of most degraded minutes."""
    bad: str
    """Loss preset of the others, a quarter."""
    room_kbps: float
    """Median room in a degraded minute."""
    cause: Cause


ACCESS_FACTS: Final[dict[int, AccessFacts]] = {
    WIRED: AccessFacts(
        round_trip_ms=18,
        round_trip_sigma=0.5,
        jitter_ms=2,
        jitter_sigma=0.6,
        degrades=0.003,
        dwell_min=3,
        chronic=0.01,
        line_kbps=60_000,
        normal="wired",
        poor="wifi_congested",
        bad="saturated",
        room_kbps=700,
        cause="own_bandwidth",
    ),
    WIFI: AccessFacts(
        round_trip_ms=28,
        round_trip_sigma=0.6,
        jitter_ms=5,
        jitter_sigma=0.8,
        degrades=0.010,
        dwell_min=3,
        chronic=0.04,
        line_kbps=30_000,
        normal="wifi_good",
        poor="wifi_congested",
        bad="wifi_bad",
        room_kbps=2_500,
        cause="own_wifi",
    ),
    CELLULAR: AccessFacts(
        round_trip_ms=50,
        round_trip_sigma=0.5,
        jitter_ms=12,
        jitter_sigma=0.7,
        degrades=0.025,
        dwell_min=4,
        chronic=0.08,
        line_kbps=10_000,
        normal="cellular_good",
        poor="cellular_poor",
        bad="cellular_poor",
        room_kbps=1_200,
        cause="own_cellular",
    ),
    SATELLITE: AccessFacts(
        round_trip_ms=45,
        round_trip_sigma=0.4,
        jitter_ms=10,
        jitter_sigma=0.7,
        degrades=0.03,
        dwell_min=2,
        chronic=0.0,
        line_kbps=40_000,
        normal="cellular_good",
        poor="leo_handover",
        bad="leo_handover",
        room_kbps=2_000,
        cause="own_bandwidth",
    ),
}
"""By access; medians and sigmas as in the literature, see the calibration page."""


def fact(access: Ints, name: str) -> Floats:
    """Return one of the numbers of `AccessFacts` for each access."""
    return np.array([float(getattr(f, name)) for f in ACCESS_FACTS.values()])[access]


def preset_of(access: Ints, name: str) -> Ints:
    """Return the number of the loss preset `normal`, `poor` or `bad` of each."""
    index = [PRESET_INDEX[str(getattr(f, name))] for f in ACCESS_FACTS.values()]
    return np.array(index)[access]


def cause_of(access: Ints) -> Ints:
    """Return the number of the cause that a degraded minute of each has."""
    return np.array([CAUSES.index(f.cause) for f in ACCESS_FACTS.values()])[access]
