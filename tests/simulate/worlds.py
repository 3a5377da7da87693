"""Small worlds for tests: one webinar, few minutes, whatever a test wants changed."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from backrow.simulate.scenario import (
    FaultPlan,
    Scenario,
    Scope,
    SessionPlan,
    read_scenario,
)
from backrow.simulate.scenario.schema import Noise
from backrow.simulate.world import World

NUMBER = "94512345678"
SMALL = f"""
seed = 7
[[sessions]]
number = "{NUMBER}"
attendees = 150
length_min = 20
[[sessions.programme]]
at_min = 0
speaker = "host"
[[sessions.programme]]
at_min = 4
speaker = "panelist 1"
share = "scroll"
[[sessions.programme]]
at_min = 14
speaker = "panelist 2"
share = "slides"
"""
QUIET = Noise(degraded=0.0)
WHERE = {
    "presenter_uplink": Scope(person="speaker"),
    "presenter_cpu": Scope(person="panelist 1"),
    "data_center": Scope(data_center="Netherlands"),
    "isp": Scope(isp="Alder Fibre US"),
    "office": Scope(site="Paris office"),
    "place": Scope(place="London"),
    "version": Scope(version="6.6.6.19875", os="Windows"),
}
"""Where each kind of fault that needs it can be in the small world."""


def scenario(**changes: Any) -> Scenario:
    """Return the small scenario; changes go to it or to its only session."""
    small = read_scenario(SMALL)
    of_session = {f.name for f in fields(SessionPlan)} & changes.keys()
    session = replace(small.sessions[0], **{n: changes.pop(n) for n in of_session})
    return replace(small, sessions=(session,), **changes)


def world(**changes: Any) -> World:
    """Return the small world; see `scenario`."""
    return World(scenario(**changes))


def fault(kind: Any, **changes: Any) -> FaultPlan:
    """Return a fault from minute 6 to 12 that hits where it can."""
    usual = {"where": WHERE.get(kind, Scope()), "at_min": 6.0, "length_min": 6.0}
    return FaultPlan(kind=kind, **{"people": 20, **usual, **changes})


def blocks(w: World) -> np.ndarray[Any, np.dtype[np.int16]]:
    """Return all minutes of the first session: minute, stay, column."""
    return np.stack(list(w.play(w.sessions()[0].uuid).play()))
