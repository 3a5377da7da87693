"""What types cannot say of a scenario: names that must stand for something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from ipaddress import ip_address, ip_network
from typing import Final

from backrow.simulate.scenario.geography import Site
from backrow.simulate.scenario.schema import (
    FaultPlan,
    Scenario,
    Scope,
    SessionPlan,
)
from backrow.simulate.scenario.templates import TEMPLATES

Flaw = tuple[str, str]
"""A path, and what is wrong there."""
OSES: Final = ("Windows", "macOS", "iOS", "Android", "Linux")
"""Operating systems, as `where` and Zoom's `os` name them."""
PERSON: Final = re.compile(r"(host|panelist|attendee|speaker)(?: ([1-9][0-9]{0,3}))?")
"""How a scenario names one person."""


def flaws(scenario: Scenario) -> Iterator[Flaw]:
    """Yield what cannot be built, in the order of the keys."""
    yield from _weights(scenario)
    yield from _places(scenario)
    for i, site in enumerate(scenario.sites):
        yield from _site(site, f"sites[{i}]", scenario)
    if not scenario.sessions:
        yield "sessions", "expected at least one session"
    numbers = [session.number for session in scenario.sessions]
    for i, session in enumerate(scenario.sessions):
        if session.number in numbers[:i]:
            yield (
                f"sessions[{i}].number",
                f"expected a number of its own, got {session.number}",
            )
        yield from _session(session, f"sessions[{i}]", scenario)


def _weights(scenario: Scenario) -> Iterator[Flaw]:
    access, devices = scenario.access, scenario.devices
    if access.wired + access.wifi + access.cellular + access.satellite <= 0:
        yield "access", "expected a weight above 0"
    if devices.windows + devices.mac + devices.ios + devices.android + devices.web <= 0:
        yield (
            "devices",
            "expected a weight above 0 for Windows, Mac, iOS, Android or web",
        )
    for table in ("places", "versions", "data_centers"):
        entries = getattr(scenario, table)
        if sum(getattr(entry, "weight", 1.0) for entry in entries) <= 0:
            yield table, "expected an entry with a weight above 0"


def _places(scenario: Scenario) -> Iterator[Flaw]:
    centers = [center.name for center in scenario.data_centers]
    for i, place in enumerate(scenario.places):
        path = f"places[{i}]"
        yield from _known(f"{path}.data_center", place.data_center, centers)
        mine = [isp for isp in scenario.isps if isp.country in {"", place.country}]
        for reach in ("fixed", "cellular"):
            if not any(isp.reach == reach and isp.weight > 0 for isp in mine):
                yield f"{path}.country", f"no {reach} provider in {place.country!r}"


def _site(site: Site, path: str, scenario: Scenario) -> Iterator[Flaw]:
    yield from _known(f"{path}.place", site.place, [p.name for p in scenario.places])
    yield from _known(f"{path}.isp", site.isp, [isp.name for isp in scenario.isps])
    for name, parse in (
        ("address", ip_address),
        ("network", ip_network),
        ("internal", ip_network),
    ):
        try:
            parse(getattr(site, name))
        except ValueError as exc:
            yield f"{path}.{name}", f"expected an IP {name}, {exc}"
            return
    if ip_address(site.address) not in ip_network(site.network):
        yield f"{path}.address", f"{site.address} is not in network {site.network}"
    if ip_network(site.internal).num_addresses < 2**8:
        yield f"{path}.internal", "expected a prefix of at least 256 addresses"


def _session(session: SessionPlan, path: str, scenario: Scenario) -> Iterator[Flaw]:
    before = -1.0
    for i, segment in enumerate(session.programme):
        at = f"{path}.programme[{i}]"
        if segment.at_min <= before:
            yield (
                f"{at}.at_min",
                f"expected a minute after {before:g}, got {segment.at_min:g}",
            )
        before = segment.at_min
        yield from _person(f"{at}.speaker", segment.speaker, session, attendee=True)
    for i, fault in enumerate(session.faults):
        yield from _fault(fault, f"{path}.faults[{i}]", session, scenario)
    names = [fault.name for fault in session.faults]
    for i, name in enumerate(names):
        if name and name in names[:i]:
            yield (
                f"{path}.faults[{i}].name",
                f"expected a name of its own, got {name!r}",
            )


def _fault(
    fault: FaultPlan, path: str, session: SessionPlan, scenario: Scenario
) -> Iterator[Flaw]:
    template = TEMPLATES[fault.kind]
    given = [name for name in Scope.__slots__ if getattr(fault.where, name)]
    if template.needs and not set(template.needs) & set(given):
        needed = " or ".join(template.needs)
        yield f"{path}.where", f"expected {needed} for a fault of kind {fault.kind}"
    if fault.at_min >= session.length_min:
        over = f"expected a minute before the end ({session.length_min})"
        yield f"{path}.at_min", f"{over}, got {fault.at_min:g}"
    known = {
        "site": [site.name for site in scenario.sites],
        "isp": [isp.name for isp in scenario.isps],
        "place": [place.name for place in scenario.places],
        "data_center": [center.name for center in scenario.data_centers],
        "version": [version.name for version in scenario.versions],
        "os": OSES,
    }
    for name in given:
        at, value = f"{path}.where.{name}", getattr(fault.where, name)
        if name == "person":
            yield from _person(at, value, session, attendee=False)
        else:
            yield from _known(at, value, known[name])


def _known(path: str, name: str, names: Sequence[str]) -> Iterator[Flaw]:
    if name not in names:
        close = get_close_matches(name, names, n=1)
        meant = f" (did you mean {close[0]!r}?)" if close else ""
        yield path, f"expected a name that stands in the scenario, got {name!r}{meant}"


def _person(
    path: str, name: str, session: SessionPlan, *, attendee: bool
) -> Iterator[Flaw]:
    found = PERSON.fullmatch(name)
    there = {
        "host": session.hosts,
        "panelist": session.panelists,
        "attendee": session.attendees if attendee else 0,
        "speaker": 0 if attendee else 1,
    }
    if found is None or int(found[2] or 1) > there[found[1]]:
        most = ", ".join(f"{word} 1 to {n}" for word, n in there.items() if n)
        yield path, f"expected one of {most}, got {name!r}"
