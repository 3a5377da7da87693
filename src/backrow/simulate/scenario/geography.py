# ruff: noqa: RUF009 - key() returns dataclass fields
"""Where people are, who connects them and what they run: tables and defaults.

Cities and countries are real, all else is invented. Public addresses come from
ranges that belong to nobody: sites have theirs in the three documentation
networks (RFC 5737), which are too few for ten thousand households, so internet
providers use the benchmarking range 198.18.0.0/15 (RFC 2544), mobile ones the
shared range 100.64.0.0/10 (RFC 6598), and IPv6 is 2001:db8::/32 (RFC 3849).
Addresses inside a site or a home are private (RFC 1918).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from backrow.simulate.scenario.keys import Name, Share, Weight, key

Region = Literal["europe", "north-america", "south-america", "asia", "oceania"]
Reach = Literal["fixed", "cellular", "satellite"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The account's company: its people are not external."""

    name: Name = key("name of the company", "Example Corp")
    domain: Name = key("domain of its mail addresses and machines", "example.com")
    pc_prefix: str = key("begin of its machines' names", "EXC")
    at_site: Share = key("share of its people who sit at a site", 0.45)
    on_vpn: Share = key("share of its other people who come through a VPN", 0.25)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataCenter:
    """A Zoom data center."""

    name: Name = key("as Zoom names it")
    code: str = key("its mark in full_data_center")
    region: Region = key("part of the world")


@dataclass(frozen=True, slots=True, kw_only=True)
class Isp:
    """An internet provider."""

    name: Name = key("name, invented")
    country: str = key("country code; empty: every country", "")
    reach: Reach = key("how it reaches people", "fixed")
    weight: Weight = key("how many people it has, beside others of its country", 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A town."""

    name: Name = key("name of the town")
    country: str = key("country code")
    region: Region = key("part of the world")
    data_center: Name = key("the data center its people normally use")
    utc_offset_h: float = key("hours ahead of UTC, for the evening's load", 0.0)
    weight: Weight = key("how many people it has, beside others", 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A company's office, whose people share one public address, or its VPN."""

    name: Name = key("name of the office")
    place: Name = key("its town")
    isp: Name = key("its internet provider")
    address: str = key("the public address its people share")
    network: str = key("the public prefix that holds the address")
    internal: str = key("the prefix of the addresses inside", "10.20.0.0/16")
    vpn: bool = key("true: not an office, the VPN's way out", default=False)
    wired: Share = key("share of its people on a cable, others on Wi-Fi", 0.5)
    weight: Weight = key("how many people it has, beside others", 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of the client."""

    name: Name = key("as Zoom writes it")
    weight: Weight = key("how many people run it, beside others", 1.0)


def _isps(country: str, *more: tuple[str, Reach, float]) -> tuple[Isp, ...]:
    usual: tuple[tuple[str, Reach, float], ...] = (
        ("Alder Fibre", "fixed", 3.0),
        ("Birch Broadband", "fixed", 2.0),
        ("Dove Mobile", "cellular", 2.0),
        ("Finch Wireless", "cellular", 1.0),
    )
    return tuple(
        Isp(name=f"{name} {country}", country=country, reach=reach, weight=weight)
        for name, reach, weight in (*usual, *more)
    )


def _place(
    name: str, country: str, where: str, offset_h: float, weight: float
) -> Place:
    region, data_center = _REGION_AND_CENTER[where]
    return Place(
        name=name,
        country=country,
        region=region,
        data_center=data_center,
        utc_offset_h=offset_h,
        weight=weight,
    )


_REGION_AND_CENTER: Final[dict[str, tuple[Region, str]]] = {
    "de": ("europe", "Germany"),
    "nl": ("europe", "Netherlands"),
    "us": ("north-america", "United States"),
    "ca": ("north-america", "Canada"),
    "br": ("south-america", "Brazil"),
    "sg": ("asia", "Singapore"),
    "in": ("asia", "India"),
    "au": ("oceania", "Australia"),
}

DATA_CENTERS: Final = (
    DataCenter(name="Germany", code="FR", region="europe"),
    DataCenter(name="Netherlands", code="AM", region="europe"),
    DataCenter(name="United States", code="US04", region="north-america"),
    DataCenter(name="Canada", code="TR", region="north-america"),
    DataCenter(name="Brazil", code="SP", region="south-america"),
    DataCenter(name="Singapore", code="SG", region="asia"),
    DataCenter(name="India", code="MB", region="asia"),
    DataCenter(name="Australia", code="SY", region="oceania"),
)

PLACES: Final = (
    _place("Paris", "FR", "nl", 1, 5),
    _place("Lyon", "FR", "de", 1, 3),
    _place("London", "GB", "nl", 0, 5),
    _place("Manchester", "GB", "nl", 0, 2),
    _place("Berlin", "DE", "de", 1, 4),
    _place("Munich", "DE", "de", 1, 3),
    _place("Madrid", "ES", "nl", 1, 3),
    _place("Milan", "IT", "de", 1, 3),
    _place("Warsaw", "PL", "de", 1, 2),
    _place("New York", "US", "us", -5, 6),
    _place("Chicago", "US", "us", -6, 4),
    _place("Dallas", "US", "us", -6, 3),
    _place("San Jose", "US", "us", -8, 4),
    _place("Toronto", "CA", "ca", -5, 3),
    _place("São Paulo", "BR", "br", -3, 3),
    _place("Singapore", "SG", "sg", 8, 2),
    _place("Bengaluru", "IN", "in", 5.5, 4),
    _place("Sydney", "AU", "au", 11, 2),
)

ISPS: Final = (
    *_isps("FR", ("Cedar Cable", "fixed", 1.5)),
    *_isps("GB", ("Cedar Cable", "fixed", 1.5)),
    *_isps("DE", ("Cedar Cable", "fixed", 1.5)),
    *_isps("ES"),
    *_isps("IT"),
    *_isps("PL"),
    *_isps("US", ("Cedar Cable", "fixed", 2.5), ("Elm DSL", "fixed", 1.0)),
    *_isps("CA"),
    *_isps("BR"),
    *_isps("SG"),
    *_isps("IN"),
    *_isps("AU"),
    Isp(name="Orbit Link", reach="satellite"),
)

SITES: Final = (
    Site(
        name="Paris office",
        place="Paris",
        isp="Alder Fibre FR",
        address="198.51.100.7",
        network="198.51.100.0/28",
        internal="10.10.0.0/16",
        weight=3.0,
    ),
    Site(
        name="Lyon office",
        place="Lyon",
        isp="Birch Broadband FR",
        address="203.0.113.7",
        network="203.0.113.0/28",
        internal="10.20.0.0/16",
        weight=1.5,
    ),
    Site(
        name="Chicago office",
        place="Chicago",
        isp="Cedar Cable US",
        address="198.51.100.135",
        network="198.51.100.128/28",
        internal="10.30.0.0/16",
        weight=2.0,
    ),
    Site(
        name="Bengaluru office",
        place="Bengaluru",
        isp="Alder Fibre IN",
        address="203.0.113.135",
        network="203.0.113.128/28",
        internal="10.40.0.0/16",
        weight=2.0,
    ),
    Site(
        name="VPN Paris",
        place="Paris",
        isp="Alder Fibre FR",
        address="192.0.2.10",
        network="192.0.2.0/28",
        internal="10.99.0.0/16",
        vpn=True,
    ),
)

VERSIONS: Final = (
    Version(name="6.6.6.19875", weight=45),
    Version(name="6.6.3.18821", weight=25),
    Version(name="6.5.12.15960", weight=15),
    Version(name="6.4.10.61193", weight=8),
    Version(name="6.2.11.55670", weight=5),
    Version(name="5.17.11.34827", weight=2),
)
