"""The scenario's map with numbers for names: providers by town, prefixes, distances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

import numpy as np
import numpy.typing as npt

from backrow.simulate.draws import Floats, Ints
from backrow.simulate.scenario.geography import Isp, Place, Reach, Region, Site
from backrow.simulate.scenario.schema import Scenario

REGIONS: Final[tuple[Region, ...]] = (
    "europe",
    "north-america",
    "south-america",
    "asia",
    "oceania",
)
FAR_MS: Final = np.array(
    [
        [0, 80, 200, 150, 240],
        [80, 0, 130, 200, 190],
        [200, 130, 0, 300, 280],
        [150, 200, 300, 0, 110],
        [240, 190, 280, 110, 0],
    ],
    dtype=np.float64,
)
"""Round trip from region to region beside that within one, ms: across the Atlantic
70 to 90, Europe to Asia 120 to 180, antipodes 200 to 250."""
NEARBY_MS: Final = 12.0
"""Round trip to another data center of the same region, beside the nearest, ms."""

_FIXED: Final = IPv4Network("198.18.0.0/15")
_MOBILE: Final = IPv4Network("100.64.0.0/10")
_POOLS: Final[dict[Reach, IPv4Network]] = {
    "fixed": _FIXED,
    "cellular": _MOBILE,
    "satellite": IPv4Network("100.126.0.0/15"),
}
_HOMES_PER_BLOCK: Final[dict[Reach, int]] = {
    "fixed": 200,
    "cellular": 50,
    "satellite": 20,
}
"""Addresses used of each /24: mobile providers put many people behind one."""
_BLOCKS_MAX: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A public prefix and who is behind it, for those who map networks to names."""

    prefix: str
    isp: str
    place: str
    site: str = ""


class Atlas:
    """Places, providers, sites and data centers of a scenario, by number."""

    def __init__(self, scenario: Scenario) -> None:
        """Number what the scenario names."""
        self.places: Sequence[Place] = scenario.places
        self.isps: Sequence[Isp] = scenario.isps
        self.sites: Sequence[Site] = scenario.sites
        self.centers = scenario.data_centers
        self.place_index = {place.name: i for i, place in enumerate(self.places)}
        self.isp_index = {isp.name: i for i, isp in enumerate(self.isps)}
        self.center_index = {center.name: i for i, center in enumerate(self.centers)}
        self.place_region = _regions(self.places)
        self.center_region = _regions(self.centers)
        self.place_center: Ints = np.array(
            [self.center_index[place.data_center] for place in self.places]
        )
        self.pairs = {pair: i for i, pair in enumerate(self._all_pairs())}
        """Every town with every provider in it, numbered."""
        self._blocks = {reach: self._numbered(reach) for reach in _POOLS}

    def _all_pairs(self) -> Iterator[tuple[int, int]]:
        for p in range(len(self.places)):
            for reach in _POOLS:
                yield from ((p, i) for i in self.isps_at(p, reach)[0])

    def isps_at(self, place: int, reach: Reach) -> tuple[list[int], Floats]:
        """Return the providers of a town that reach people so, and their weights."""
        country = self.places[place].country
        found = [
            i
            for i, isp in enumerate(self.isps)
            if isp.reach == reach and isp.country in {"", country} and isp.weight > 0
        ]
        return found, np.array([self.isps[i].weight for i in found])

    def far_ms(self, places: Ints, centers: Ints) -> Floats:
        """Return the round trip that distance adds from towns to data centers."""
        far: Floats = FAR_MS[self.place_region[places], self.center_region[centers]]
        nearby = (centers != self.place_center[places]) & (far == 0)
        return np.where(nearby, NEARBY_MS, far)

    def nearby_center(self, place: int) -> int:
        """Return another data center of a town's region, or its own if alone."""
        own = int(self.place_center[place])
        near = np.flatnonzero(self.center_region == self.place_region[place])
        others = [int(c) for c in near if c != own]
        return others[place % len(others)] if others else own

    def farthest_center(self, place: int) -> int:
        """Return the data center that is farthest from a town."""
        far = FAR_MS[self.place_region[place], self.center_region]
        return int(np.argmax(far))

    def address(self, place: int, isp: int, rank: int) -> str:
        """Return the public IPv4 address of the `rank`-th home of a provider."""
        homes = _HOMES_PER_BLOCK[self.isps[isp].reach]
        return _dotted(self._start(place, isp, rank // homes) + 1 + rank % homes)

    def address_v6(self, place: int, isp: int, rank: int) -> str:
        """Return the public IPv6 address of the `rank`-th home of a provider."""
        pair = self.pairs[place, isp]
        return f"2001:db8:{pair + 1:x}:{rank % 65_536:x}::{1 + rank // 65_536:x}"

    def networks(self) -> list[Network]:
        """Return every public prefix that people can be seen with."""
        homes = [
            Network(
                prefix=prefix,
                isp=self.isps[i].name,
                place=self.places[p].name,
            )
            for (p, i), pair in self.pairs.items()
            for prefix in (*self._prefixes(p, i), f"2001:db8:{pair + 1:x}::/48")
        ]
        offices = [
            Network(prefix=s.network, isp=s.isp, place=s.place, site=s.name)
            for s in self.sites
        ]
        return homes + offices

    def prefix_of(self, place: int, isp: int, rank: int) -> str:
        """Return the /24 that holds the `rank`-th home of a provider."""
        homes = _HOMES_PER_BLOCK[self.isps[isp].reach]
        return f"{_dotted(self._start(place, isp, rank // homes))}/24"

    def _prefixes(self, place: int, isp: int) -> list[str]:
        count = self._blocks[self.isps[isp].reach][1]
        return [f"{_dotted(self._start(place, isp, b))}/24" for b in range(count)]

    def _start(self, place: int, isp: int, block: int) -> int:
        """Return where a /24 of a provider begins; beyond its last, the first again."""
        pool = _POOLS[self.isps[isp].reach]
        pairs, count = self._blocks[self.isps[isp].reach]
        number = pairs[place, isp] * count + block % count
        return int(pool.network_address) + 256 * (number % (pool.num_addresses // 256))

    def _numbered(self, reach: Reach) -> tuple[dict[tuple[int, int], int], int]:
        """Return the pairs of a reach, numbered, and how many /24 each has."""
        mine = [pair for pair in self.pairs if self.isps[pair[1]].reach == reach]
        room = _POOLS[reach].num_addresses // 256 // max(1, len(mine))
        return {pair: i for i, pair in enumerate(mine)}, max(1, min(_BLOCKS_MAX, room))


def _dotted(address: int) -> str:
    high, low = divmod(address, 1 << 16)
    return f"{high >> 8}.{high & 255}.{low >> 8}.{low & 255}"


def _regions(entries: Sequence[object]) -> npt.NDArray[np.int64]:
    return np.array([REGIONS.index(entry.region) for entry in entries])  # type: ignore[attr-defined] # places and data centers
