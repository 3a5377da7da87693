"""How everybody looks on: cameras, windows, machines. The same for a whole session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from backrow.simulate.cast.people import (
    ANDROID,
    ATTENDEE,
    IOS,
    LINUX,
    MAC,
    PHONE,
    ROOMS,
    SIP,
    WEB,
    WIFI,
    WINDOWS,
    Flags,
    People,
)
from backrow.simulate.draws import Draws, Floats, Ints
from backrow.simulate.scenario.schema import Scenario, SessionPlan
from backrow.simulate.streams.ladder import P180, P360, P720, P1080

_MEASURES_CPU: Final = (WINDOWS, MAC, IOS, ANDROID, LINUX, ROOMS)
_TELLS_PRESSURE: Final = (WINDOWS, MAC)
_PRESSURE_SINCE: Final = (6, 6)
"""The first version that tells CPU pressure; Zoom added it late in 2025."""
_LEG: Final = {WEB: 2, SIP: 1, PHONE: -1}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Habits:
    """What stays the same of everybody's way to take part."""

    presents: Flags
    leg: Ints
    """Index into `LEGS`; -1 for telephones, of which Zoom measures nothing."""
    sends_video: Flags
    unmuted: Flags
    camera_rung: Ints
    """What the camera gives when its picture is the one that everybody sees."""
    alone_rung: Ints
    """What the window asks for while nothing is shared."""
    beside_rung: Ints
    """What it asks for beside a shared screen."""
    full_fps: Floats
    """Frame rate that it shows when all is well."""
    voice_kbps: Floats
    zoom_cpu_pct: Floats
    system_cpu_pct: Floats
    measures_cpu: Flags
    tells_pressure: Flags
    rssi_dbm: Floats
    """Usual signal of the Wi-Fi; NaN where there is none to be told."""

    def of(self, who: Ints) -> Habits:
        """Return the habits of these people, in this order."""
        return Habits(**{name: getattr(self, name)[who] for name in Habits.__slots__})


def make_habits(
    scenario: Scenario, plan: SessionPlan, people: People, draws: Draws
) -> Habits:
    """Return everybody's habits.

    Args:
        scenario: The world, for its versions.
        plan: The session; in a meeting everybody may speak and be seen.
        people: Roles, devices and access.
        draws: The draws that all occurrences of the session share.
    """
    count, presents = len(people), people.role < ATTENDEE
    meeting = plan.kind == "meeting"
    camera = draws.uniform("camera", count) < (0.9 if meeting is False else 0.65)
    speaks = presents | meeting
    heavy = draws.normal("zoom cpu", count)
    windows = _windows(people, draws)
    return Habits(
        presents=presents,
        leg=np.array([_LEG.get(d, 0) for d in range(PHONE + 1)])[people.device],
        sends_video=speaks & (camera | presents) & (people.device != PHONE),
        unmuted=speaks & (draws.uniform("unmuted", count) < 0.5),
        camera_rung=draws.pick("camera rung", np.array([1.0, 7.0, 2.0]), count) + P360,
        alone_rung=windows[0],
        beside_rung=windows[1],
        full_fps=windows[2],
        voice_kbps=35 + 25 * draws.uniform("voice", count),
        zoom_cpu_pct=np.where(presents, 22, 9) * np.exp(0.3 * heavy),
        system_cpu_pct=np.where(presents, 52, 34)
        * np.exp(0.25 * draws.normal("system cpu", count)),
        measures_cpu=np.isin(people.device, _MEASURES_CPU),
        tells_pressure=np.isin(people.device, _TELLS_PRESSURE)
        & _tells_pressure(scenario)[people.version],
        rssi_dbm=np.where(
            (people.access == WIFI) & np.isin(people.device, _MEASURES_CPU),
            np.clip(-56 + 6 * draws.normal("signal", count), -68, -38),
            np.nan,
        ),
    )


def _windows(people: People, draws: Draws) -> tuple[Ints, Ints, Floats]:
    """Return the rungs that everybody's window asks for, and its frame rate.

    Windows are small on phones and large on walls. The first rung is for a stage
    alone, the second for one beside a shared screen.
    """
    size = draws.uniform("window", len(people))
    mobile = np.isin(people.device, (IOS, ANDROID))
    wall = np.isin(people.device, (ROOMS, SIP))
    alone = np.where(size < 0.3, P360, np.where(size < 0.92, P720, P1080))
    alone = np.where(mobile, P360, np.where(wall, P1080, alone))
    beside = np.where(mobile & (size < 0.2), P180, P360)
    thrifty = mobile & (draws.uniform("thrifty", len(people)) < 0.25)
    full = 25.5 + draws.normal("frames", len(people))
    return alone, beside, np.where(thrifty, full - 11, np.minimum(full, 28))


def _tells_pressure(scenario: Scenario) -> Flags:
    parts = [version.name.split(".")[:2] for version in scenario.versions]
    return np.array(
        [
            all(p.isdigit() for p in n) and [*map(int, n)] >= [*_PRESSURE_SINCE]
            for n in parts
        ]
    )
