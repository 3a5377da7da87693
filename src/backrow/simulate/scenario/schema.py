# ruff: noqa: RUF009 - key() returns dataclass fields
"""The keys of a scenario: one dataclass per TOML table, one field per key.

The reader checks a file against these types, and the default scenario and the
page of the docs are written from them, so a key is described here (and for
places in `geography`) and nowhere else. Almost everything has a default:
``seed = 7`` and one ``[[sessions]]`` with a number are a world.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from backrow.qos.vocabulary import Kind
from backrow.simulate.scenario.geography import (
    DATA_CENTERS,
    ISPS,
    PLACES,
    SITES,
    VERSIONS,
    Company,
    DataCenter,
    Isp,
    Place,
    Site,
    Version,
)
from backrow.simulate.scenario.keys import (
    Count,
    Factor,
    Instant,
    Minutes,
    Name,
    Share,
    Weight,
    key,
)

ShareKind = Literal["none", "slides", "scroll", "clip", "whiteboard"]
FaultKind = Literal[
    "presenter_uplink",
    "presenter_cpu",
    "zoom_core",
    "data_center",
    "isp",
    "office",
    "place",
    "version",
    "own_wifi",
    "own_device",
    "own_cellular",
    "own_line",
    "distant_data_center",
]
Hidden = Literal[
    "id",
    "email",
    "device",
    "domain",
    "harddisk_id",
    "mac_addr",
    "pc_name",
    "ip_address",
    "location",
    "version",
    "data_center",
    "internal_ip_addresses",
    "microphone",
    "speaker",
    "camera",
]
HIDDEN: Final[tuple[Hidden, ...]] = (
    "id",
    "email",
    "device",
    "domain",
    "harddisk_id",
    "mac_addr",
    "microphone",
    "speaker",
    "camera",
)
"""What Zoom's contract says comes empty for people outside the account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How people at home and on the road reach the internet."""

    wired: Weight = key("on a cable", 23.0)
    wifi: Weight = key("on Wi-Fi", 61.5)
    cellular: Weight = key("on a mobile network", 15.0)
    satellite: Weight = key("through satellites in low orbit", 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """What people join with."""

    windows: Weight = key("Zoom on Windows", 50.0)
    mac: Weight = key("Zoom on a Mac", 22.0)
    ios: Weight = key("Zoom on an iPhone or iPad", 11.0)
    android: Weight = key("Zoom on Android", 8.0)
    linux: Weight = key("Zoom on Linux", 1.0)
    web: Weight = key("a browser, through Zoom's web gateway (leg rwg)", 5.0)
    rooms: Weight = key("a Zoom Room", 0.7)
    sip: Weight = key("a room system, through the room connector (leg crc)", 0.8)
    phone: Weight = key("a telephone: present, but without any quality data", 1.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleMix:
    """Who people are."""

    external: Share = key("share of attendees outside the account", 0.4)
    external_hides: tuple[Hidden, ...] = key(
        "fields that come empty for people outside the account", HIDDEN
    )
    hostile_names: Share = key("share with names made to break things", 0.0)
    odd_devices: Share = key(
        "share whose device is beyond Zoom's documented words", 0.1
    )
    ipv6: Share = key("share of homes seen with an IPv6 address", 0.05)
    weak_machines: Share = key("share with a machine that is easily overloaded", 0.04)
    other_data_center: Share = key("share who use another data center nearby", 0.1)
    distant_data_center: Share = key("share whose data center is far away", 0.005)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """How much goes wrong for single people without any fault."""

    degraded: Factor = key("times the usual rate of bad minutes; 0: none at all", 1.0)
    chronic: Factor = key("times the usual share of people who are often bad", 1.0)
    isp_spread: Factor = key("how much that rate differs by provider (log sigma)", 0.4)
    person_spread: Factor = key("how much it differs by person (log sigma)", 0.5)
    evening: Factor = key("times the rate from 19 to 23 local time", 1.75)
    presenters: Factor = key("times the rate for host and panelists", 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """When people come and go."""

    early: Share = key("share already there when it begins", 0.35)
    late_min: Minutes = key("minutes after which half of the others have come", 3.0)
    leave_early: Share = key("share who leave before the end", 0.25)
    rejoin: Share = key("share who drop out once and come back as a new user_id", 0.04)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of the programme; it lasts until the next one."""

    at_min: Minutes = key("minute it begins")
    speaker: Name = key("who speaks: host, panelist 2, or attendee 1 in questions")
    share: ShareKind = key("what the speaker shares", "none")
    camera: bool = key("whether the speaker is seen", default=True)
    quiet: Share = key("share of the time that nobody speaks", 0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whom a fault can hit; all that is said must hold. Names stand elsewhere."""

    site: str = key("people at this office or VPN", "")
    isp: str = key("people at home with this internet provider", "")
    place: str = key("people in this town, but for those on a VPN", "")
    data_center: str = key("people on this data center", "")
    version: str = key("people on this client version", "")
    os: str = key("people on Windows, macOS, iOS, Android or Linux", "")
    person: str = key("host, panelist 2, or speaker: who speaks as it begins", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultPlan:
    """Something that goes wrong."""

    kind: FaultKind = key("what goes wrong")
    name: str = key("its id in the truth; empty: kind and number", "")
    where: Scope = key("whom it can hit", make=Scope)
    at_min: Minutes = key("minute it begins, may be broken", 0.0)
    length_min: Minutes = key("minutes it lasts", 10.0)
    share: Share | None = key("share of those it can hit that it hits", None)
    people: Count = key("for own_… and distant_data_center: how many it hits", 1)
    severity: Factor = key("how hard it hits; 1 is typical", 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPlan:
    """A webinar or a meeting, with its earlier occurrences."""

    number: Annotated[str, Meta(pattern=r"^[1-9][0-9]{8,10}$")] = key(
        "its number at Zoom, 9 to 11 digits"
    )
    kind: Kind = key("webinar or meeting", "webinar")
    uuid: str = key("its UUID at Zoom; empty: made from the seed", "")
    topic: str = key("what it is called", "All hands")
    dept: str = key("the host's department", "")
    start_min: Annotated[int, Meta(ge=-600_000, le=600_000)] = key(
        "minutes after start_at at which it begins; below 0: before", 0
    )
    length_min: Annotated[int, Meta(ge=1, le=1440)] = key("minutes it lasts", 60)
    earlier_days: tuple[Annotated[int, Meta(ge=1, le=2000)], ...] = key(
        "it also ran this many days before, smaller and without the faults", ()
    )
    hosts: Annotated[int, Meta(ge=1, le=10)] = key("hosts", 1)
    panelists: Annotated[int, Meta(ge=0, le=100)] = key(
        "panelists; in a meeting: who presents, listed as attendees", 3
    )
    attendees: Count = key("attendees; in a meeting: everyone else", 300)
    external: Share | None = key("external share here, if not that of [people]", None)
    attendance: Attendance = key("when people come and go", make=Attendance)
    programme: tuple[Segment, ...] = key("what happens; none: a usual one", ())
    faults: tuple[FaultPlan, ...] = key("what goes wrong", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A whole world."""

    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] = key(
        "same seed, same world, on every machine", 7
    )
    start_at: Instant = key(
        "when the emulated clock starts", datetime(2026, 11, 23, 10, tzinfo=UTC)
    )
    zone: str = key("time zone its makers think in, for those who show it", "UTC")
    account: str = key("Zoom account id", "demo")
    company: Company = key("whose account it is", make=Company)
    people: PeopleMix = key("who people are", make=PeopleMix)
    access: Access = key("how they reach the internet", make=Access)
    devices: Devices = key("what they join with", make=Devices)
    noise: Noise = key("what goes wrong without a fault", make=Noise)
    zoom: Mapping[str, Any] = key("switches of the emulated API", make=dict)
    push: Mapping[str, Any] = key("switches of the push of QSS events", make=dict)
    data_centers: tuple[DataCenter, ...] = key("Zoom's data centers", DATA_CENTERS)
    places: tuple[Place, ...] = key("towns", PLACES)
    isps: tuple[Isp, ...] = key("internet providers", ISPS)
    sites: tuple[Site, ...] = key("the company's offices and VPN", SITES)
    versions: tuple[Version, ...] = key("client versions", VERSIONS)
    sessions: tuple[SessionPlan, ...] = key("webinars and meetings")
