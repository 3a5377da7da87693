"""Who everybody is: one array per fact, one place in it per person.

The same number (and seed) draws the same people at every occurrence, so that a
recurring webinar is met by the same faces; an occurrence with fewer people has
the first of them. Hosts come first, then panelists, then attendees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from backrow.simulate.cast.atlas import Atlas
from backrow.simulate.draws import Draws, Floats, Ints, place_of
from backrow.simulate.scenario.geography import Reach
from backrow.simulate.scenario.schema import Access, Devices, Scenario, SessionPlan

Flags = npt.NDArray[np.bool_]
AccessKind = Literal["wired", "wifi", "cellular", "satellite"]

ROLES: Final = ("host", "panelist", "attendee")
HOST, PANELIST, ATTENDEE = range(3)
ACCESS: Final[tuple[AccessKind, ...]] = ("wired", "wifi", "cellular", "satellite")
WIRED, WIFI, CELLULAR, SATELLITE = range(4)
DEVICES: Final = tuple(Devices.__slots__)
WINDOWS, MAC, IOS, ANDROID, LINUX, WEB, ROOMS, SIP, PHONE = range(len(DEVICES))
OS_OF_DEVICE: Final = {
    WINDOWS: "Windows",
    MAC: "macOS",
    IOS: "iOS",
    ANDROID: "Android",
    LINUX: "Linux",
}
_REACH: Final[dict[int, Reach]] = {
    WIRED: "fixed",
    WIFI: "fixed",
    CELLULAR: "cellular",
    SATELLITE: "satellite",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """Everybody who takes part in one session, and what stays the same of them."""

    role: Ints
    """Index into `ROLES`."""
    rank: Ints
    """1 for the first of a role, and so on."""
    external: Flags
    place: Ints
    """The town they are in."""
    isp: Ints
    """Their internet provider; at a site the site's."""
    site: Ints
    """The office or VPN they come through; -1 at home."""
    vpn: Flags
    access: Ints
    """Index into `ACCESS`."""
    device: Ints
    """Index into `DEVICES`."""
    version: Ints
    center: Ints
    """Their data center; a fault can change it before the session is made."""
    address_rank: Ints
    """Which home of its provider in its town; -1 at a site."""

    def __len__(self) -> int:
        """Return how many they are."""
        return len(self.role)

    def of_role(self, role: int, rank: int) -> int:
        """Return the number of the `rank`-th person of a role."""
        return int(np.flatnonzero((self.role == role) & (self.rank == rank))[0])


def make_people(
    scenario: Scenario, plan: SessionPlan, atlas: Atlas, draws: Draws
) -> People:
    """Return the people of a session.

    Args:
        scenario: The world.
        plan: The session; `plan.attendees` says how many.
        atlas: The world's map.
        draws: The draws that all occurrences of the session share.
    """
    counts = (plan.hosts, plan.panelists, plan.attendees)
    role = np.repeat(np.arange(3), counts)
    count = len(role)
    presents = role < ATTENDEE
    rank = np.concatenate([np.arange(1, n + 1) for n in counts])
    share = scenario.people.external if plan.external is None else plan.external
    external = (draws.uniform("external", count) < share) & ~presents
    place = draws.pick("place", _weights(scenario.places), count)
    site = _sites(scenario, atlas, draws, ~external, place)
    vpn = np.array([s.vpn for s in atlas.sites] + [False])[site]
    office = (site >= 0) & ~vpn
    place = np.where(office, _site_places(atlas)[site], place)
    device = _devices(scenario, draws, speaks=presents | _is_asked(plan, role, rank))
    access = _accesses(scenario, atlas, draws, office, site)
    access[np.isin(device, (ROOMS, SIP))] = WIRED
    isp = _isps(atlas, draws, place, access)
    isp = np.where(office, _site_isps(atlas)[site], isp)
    return People(
        role=role,
        rank=rank,
        external=external,
        place=place,
        isp=isp,
        site=site,
        vpn=vpn,
        access=access,
        device=device,
        version=draws.pick("version", _weights(scenario.versions), count),
        center=_centers(scenario, atlas, draws, place, site, vpn, presents),
        address_rank=np.where(site < 0, _ranks(place * 10_000 + isp), -1),
    )


def _weights(entries: object) -> Floats:
    return np.array([getattr(e, "weight", 1.0) for e in entries])  # type: ignore[attr-defined] # tables of entries


def _table_weights(table: Access | Devices) -> Floats:
    return np.array([getattr(table, name) for name in type(table).__slots__])


def _is_asked(plan: SessionPlan, role: Ints, rank: Ints) -> Flags:
    """Return who is an attendee that the programme gives the word to."""
    speakers = [segment.speaker for segment in plan.programme]
    ranks = [int(s.partition(" ")[2] or 1) for s in speakers if s[0] == "a"]
    asked: Flags = (role == ATTENDEE) & np.isin(rank, ranks)
    return asked


def _sites(
    scenario: Scenario, atlas: Atlas, draws: Draws, internal: Flags, place: Ints
) -> Ints:
    """Return everybody's office or VPN; nobody uses a VPN of another region."""
    count = len(internal)
    site = np.full(count, -1)
    if not atlas.sites:
        return site
    weights, vpn = _weights(atlas.sites), np.array([s.vpn for s in atlas.sites])
    at_site = draws.uniform("at site", count) < scenario.company.at_site
    on_vpn = ~at_site & (draws.uniform("on vpn", count) < scenario.company.on_vpn)
    which = draws.uniform("which site", count)
    for wanted, here in ((~vpn, internal & at_site), (vpn, internal & on_vpn)):
        if weights[wanted].sum() > 0:
            site[here] = place_of(which, np.where(wanted, weights, 0.0))[here]
    exits = np.append(_site_places(atlas)[:-1], 0)[site]
    abroad = atlas.place_region[exits] != atlas.place_region[place]
    return np.where(vpn[site] & (site >= 0) & abroad, -1, site)


def _site_places(atlas: Atlas) -> Ints:
    return np.array([atlas.place_index[s.place] for s in atlas.sites] + [-1])


def _site_isps(atlas: Atlas) -> Ints:
    return np.array([atlas.isp_index[s.isp] for s in atlas.sites] + [-1])


def _devices(scenario: Scenario, draws: Draws, *, speaks: Flags) -> Ints:
    """Return devices; those who speak use a computer."""
    device = draws.pick("device", _table_weights(scenario.devices), len(speaks))
    computer = draws.pick("computer", np.array([3.0, 2.0]), len(speaks))
    return np.where(speaks, computer, device)


def _accesses(
    scenario: Scenario, atlas: Atlas, draws: Draws, office: Flags, site: Ints
) -> Ints:
    access = draws.pick("access", _table_weights(scenario.access), len(site))
    wired = np.array([s.wired for s in atlas.sites] + [0.0])[site]
    on_cable = draws.uniform("on cable", len(site)) < wired
    return np.where(office, np.where(on_cable, WIRED, WIFI), access)


def _isps(atlas: Atlas, draws: Draws, place: Ints, access: Ints) -> Ints:
    uniform, isp = draws.uniform("isp", len(place)), np.zeros(len(place), dtype=int)
    for p in np.unique(place):
        for kind in np.unique(access[place == p]):
            found, weights = atlas.isps_at(int(p), _REACH[int(kind)])
            if not found:  # no satellite provider: one of the town's
                found, weights = atlas.isps_at(int(p), "fixed")
            here = (place == p) & (access == kind)
            isp[here] = np.array(found)[place_of(uniform[here], weights)]
    return isp


def _centers(
    scenario: Scenario,
    atlas: Atlas,
    draws: Draws,
    place: Ints,
    site: Ints,
    vpn: Flags,
    presents: Flags,
) -> Ints:
    seen = np.where(vpn, _site_places(atlas)[site], place)
    towns = range(len(atlas.places))
    nearby = np.array([atlas.nearby_center(p) for p in towns])[seen]
    distant = np.array([atlas.farthest_center(p) for p in towns])[seen]
    uniform = draws.uniform("data center", len(place))
    other, far = scenario.people.other_data_center, scenario.people.distant_data_center
    center = np.where(uniform < other, nearby, atlas.place_center[seen])
    return np.where((uniform > 1 - far) & ~presents & (site < 0), distant, center)


def _ranks(group: Ints) -> Ints:
    """Return each entry's place among those of its group, from 0."""
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    first = np.searchsorted(ordered, ordered, side="left")
    rank = np.empty(len(group), dtype=int)
    rank[order] = np.arange(len(group)) - first
    return rank
