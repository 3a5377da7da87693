"""The scenario's faults, each with the people it hits and how hard it hits them.

Who is hit, and how hard, is drawn from streams that bear the fault's name, so a
fault can be added or taken away and nothing else of the world changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from backrow.simulate.cast.atlas import Atlas
from backrow.simulate.cast.people import (
    ACCESS,
    ATTENDEE,
    OS_OF_DEVICE,
    PHONE,
    ROOMS,
    SIP,
    WEB,
    Flags,
    People,
)
from backrow.simulate.cast.programme import Programme, speaker_of
from backrow.simulate.cast.stays import Stays
from backrow.simulate.draws import Draws, Floats, Ints
from backrow.simulate.network.links import Links, recovery_part
from backrow.simulate.scenario.schema import FaultPlan, Scenario, SessionPlan
from backrow.simulate.scenario.templates import CAUSES, TEMPLATES, Range, Template

_NO_LIMIT_KBPS: Final = 1e9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fault:
    """A fault of one session, ready to act."""

    index: int
    """Its place among the session's faults."""
    name: str
    plan: FaultPlan
    template: Template
    begin_min: float
    end_min: float
    source: int
    """The presenter it begins with; -1 if it has none."""
    candidates: int
    """How many people it could have hit."""
    people: Ints
    """Whom it hits, as indices into the session's people."""
    stays: Ints
    """The same as indices into its stays; the fields below go with these."""
    loss_pct: Floats
    latency_ms: Floats
    jitter_factor: Floats
    room_kbps: Floats
    fps_factor: Floats
    load_pct: Floats
    rssi_drop_db: Floats
    draws: Draws

    def part_of(self, minute: int) -> float:
        """Return the part of a minute in which it acts, 0 to 1."""
        overlap = min(minute + 1.0, self.end_min) - max(float(minute), self.begin_min)
        return max(0.0, overlap)

    def is_just_over(self, minute: int) -> bool:
        """Return whether a minute is the first without it after it acted."""
        return self.end_min <= minute < self.end_min + 1

    def act(self, links: Links, minute: int) -> None:
        """Make the links of those it hits worse, for this minute."""
        part = self.part_of(minute)
        if part > 0:
            self._degrade(links, minute, part)
        elif self.is_just_over(minute):
            uniform = self.draws.uniform("recovery", len(self.stays), minute)
            self._narrow(links, recovery_part(uniform), 1.0)
            links.recovering[self.stays] = True

    def _degrade(self, links: Links, minute: int, part: float) -> None:
        who, count = self.stays, len(self.stays)
        shake = self.draws.normal("shake", count, minute)
        wobble = np.clip(1 + 0.15 * shake, 0.6, 1.4)
        loss = np.minimum(100.0, self.loss_pct * wobble)
        burst = np.minimum(100.0, loss * (1.5 + 0.4 * np.abs(shake)))
        ways = {"sent": ("sent",), "received": ("received",)}
        for way in ways.get(self.template.way, ("sent", "received")):
            average, worst = f"{way}_loss_pct", f"{way}_worst_pct"
            _either(getattr(links, average), who, loss * part)
            _either(getattr(links, worst), who, burst)
        links.round_trip_ms[who] += self.latency_ms * wobble * part
        links.jitter_ms[who] *= 1 + (self.jitter_factor - 1) * part
        links.load_pct[who] += self.load_pct * part
        links.rssi_drop_db[who] = np.maximum(
            links.rssi_drop_db[who], self.rssi_drop_db * part
        )
        self._narrow(links, np.full(count, part), wobble)
        free = links.fault[who] < 0
        links.cause[who[free]] = CAUSES.index(self.template.cause)
        links.fault[who[free]] = self.index
        links.recovering[who] = False

    def _narrow(self, links: Links, part: Floats, wobble: Floats | float) -> None:
        """Leave less room and fewer frames, for a part of the minute."""
        who = self.stays
        links.fps_factor[who] *= 1 - (1 - self.fps_factor) * part
        if self.template.cap_kbps is not None:
            room = self.room_kbps / wobble
            links.room_kbps[who] = np.minimum(links.room_kbps[who], room)
            links.part[who] = np.maximum(links.part[who], part)


def _either(lost: Floats, who: Ints, more: Floats) -> None:
    """Put `more` loss, percent, behind what is lost already."""
    lost[who] += more - lost[who] * more / 100


def make_faults(
    plan: SessionPlan,
    *,
    scenario: Scenario,
    atlas: Atlas,
    people: People,
    stays: Stays,
    programme: Programme,
    draws: Draws,
) -> list[Fault]:
    """Return the faults of a session, in the order of the plan."""
    faults = []
    for i, (name, fault) in enumerate(named(plan.faults).items()):
        own = draws.of(f"fault {name}")
        can = _candidates(fault, scenario, atlas, people, programme)
        hit = _hit(fault, can, plan, people, stays, own)
        faults.append(_made(i, name, fault, plan, (can, hit), stays, own))
    return faults


def named(plans: Sequence[FaultPlan]) -> dict[str, FaultPlan]:
    """Return faults by name: their own, else kind and number."""
    found: dict[str, FaultPlan] = {}
    counts: dict[str, int] = {}
    for fault in plans:
        counts[fault.kind] = counts.get(fault.kind, 0) + 1
        found[fault.name or f"{fault.kind}-{counts[fault.kind]}"] = fault
    return found


def send_away(plan: SessionPlan, people: People, atlas: Atlas, draws: Draws) -> People:
    """Return the people, some of them sent to a distant data center by a fault."""
    center = people.center.copy()
    distant = np.array([atlas.farthest_center(p) for p in range(len(atlas.places))])
    for name, fault in named(plan.faults).items():
        if fault.kind == "distant_data_center":
            can = (
                (people.role == ATTENDEE) & (people.site < 0) & (people.device != PHONE)
            )
            hit = _drawn(can, fault.people, draws.of(f"fault {name}"))
            center[hit] = distant[people.place[hit]]
    return replace(people, center=center)


def _candidates(
    fault: FaultPlan,
    scenario: Scenario,
    atlas: Atlas,
    people: People,
    programme: Programme,
) -> Flags:
    """Return whom a fault can hit: one presenter, or all whom `where` describes."""
    where = fault.where
    if where.person:
        only: Flags = np.arange(len(people)) == _presenter(fault, people, programme)
        return only
    sites = [site.name for site in atlas.sites]
    versions = [version.name for version in scenario.versions]
    oses = [device for device, os in OS_OF_DEVICE.items() if os == where.os]
    own_client = ~np.isin(people.device, (WEB, SIP))
    asked: list[tuple[str, Callable[[str], Flags]]] = [
        (where.site, lambda name: people.site == sites.index(name)),
        (where.isp, lambda n: (people.site < 0) & (people.isp == atlas.isp_index[n])),
        (where.place, lambda n: ~people.vpn & (people.place == atlas.place_index[n])),
        (where.data_center, lambda name: people.center == atlas.center_index[name]),
        (where.version, lambda n: (people.version == versions.index(n)) & own_client),
        (where.os, lambda _: np.isin(people.device, oses)),
    ]
    fits = _able(fault, people)
    for name, test in asked:
        if name:
            fits &= test(name)
    return fits


def _able(fault: FaultPlan, people: People) -> Flags:
    """Return who can have a fault of this kind at all."""
    access = TEMPLATES[fault.kind].access
    able: Flags = (people.role == ATTENDEE) & (people.device != PHONE)
    if access:
        able &= people.access == [*ACCESS].index(access)
    if fault.kind == "own_device":
        able &= ~np.isin(people.device, (WEB, SIP, ROOMS))
    if fault.kind == "distant_data_center":
        able &= people.site < 0
    return able


def _presenter(fault: FaultPlan, people: People, programme: Programme) -> int:
    if fault.where.person != "speaker":
        return speaker_of(people, fault.where.person)
    minute = int(fault.at_min)
    stage = (programme.seen, programme.sharer, programme.speaker)
    return next(int(who[minute]) for who in stage if who[minute] >= 0)


def _hit(
    fault: FaultPlan,
    can: Flags,
    plan: SessionPlan,
    people: People,
    stays: Stays,
    draws: Draws,
) -> Ints:
    """Return whom a fault hits."""
    template = TEMPLATES[fault.kind]
    if template.hits == "persons":
        if fault.kind != "distant_data_center":
            can = can & _there(fault, plan, len(people), stays)
        return _drawn(can, fault.people, draws)
    share = template.share if fault.share is None else fault.share
    return np.flatnonzero(can & (draws.uniform("hits", len(can)) < share))


def _there(fault: FaultPlan, plan: SessionPlan, count: int, stays: Stays) -> Flags:
    """Return who has a stay that covers the fault's whole time."""
    begin, end = 60 * fault.at_min, 60 * (fault.at_min + fault.length_min)
    covers = (stays.join_s <= begin) & (stays.leave_s >= min(end, 60 * plan.length_min))
    there = np.zeros(count, dtype=bool)
    there[stays.person[covers]] = True
    return there


def _drawn(can: Flags, count: int, draws: Draws) -> Ints:
    """Return `count` of those who can be hit, or all if they are fewer."""
    lots = np.where(can, draws.uniform("hits", len(can)), 2.0)
    return np.sort(np.argsort(lots, kind="stable")[: min(count, int(can.sum()))])


def _made(
    index: int,
    name: str,
    fault: FaultPlan,
    plan: SessionPlan,
    whom: tuple[Flags, Ints],
    stays: Stays,
    draws: Draws,
) -> Fault:
    template, (can, people) = TEMPLATES[fault.kind], whom
    whole_stay = fault.kind == "distant_data_center"
    end = fault.at_min + fault.length_min
    theirs = np.flatnonzero(np.isin(stays.person, people))
    effects = {
        effect: draws.uniform(effect, len(can))[stays.person[theirs]]
        for effect in ("loss", "latency", "jitter", "room", "frames", "load", "signal")
    }
    return Fault(
        index=index,
        name=name,
        plan=fault,
        template=template,
        begin_min=0.0 if whole_stay else fault.at_min,
        end_min=float(plan.length_min) if whole_stay else min(end, plan.length_min),
        source=int(people[0]) if template.hits == "presenter" and len(people) else -1,
        candidates=int(can.sum()),
        people=people,
        stays=theirs,
        draws=draws,
        **_effects(template, effects, fault.severity),
    )


def _effects(
    template: Template, lots: Mapping[str, Floats], severity: float
) -> dict[str, Floats]:
    """Return how hard a fault hits, a value for each stay."""
    room = template.cap_kbps or (_NO_LIMIT_KBPS, _NO_LIMIT_KBPS)
    jitter = _between(template.jitter_factor, lots["jitter"])
    return {
        "loss_pct": _between(template.loss_pct, lots["loss"]) * severity,
        "latency_ms": _between(template.latency_ms, lots["latency"]) * severity,
        "jitter_factor": 1 + (jitter - 1) * severity,
        "room_kbps": _between(room, lots["room"]) / max(severity, 1e-6),
        "fps_factor": _between(template.fps_factor, lots["frames"]) ** severity,
        "load_pct": _between(template.cpu_pct, lots["load"]) * severity,
        "rssi_drop_db": _between(template.rssi_drop_db, lots["signal"]) * severity,
    }


def _between(span: Range, lot: Floats) -> Floats:
    return span[0] + (span[1] - span[0]) * lot
