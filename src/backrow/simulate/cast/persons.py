"""Zoom's top-level fields of every stay, made from the session's people.

What stays with a person (name, machine, mail address) is drawn once for all
their stays; what belongs to a stay (user_id, participant_uuid) is new each time.
People outside the account have the fields empty that the scenario names.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final

from backrow.qos.people import Person
from backrow.simulate.cast.atlas import Atlas
from backrow.simulate.cast.names import (
    FIRST,
    GUESTS,
    HOSTILE,
    full_name,
    mail_name,
)
from backrow.simulate.cast.people import (
    ANDROID,
    ATTENDEE,
    CELLULAR,
    IOS,
    LINUX,
    MAC,
    OS_OF_DEVICE,
    PANELIST,
    PHONE,
    ROLES,
    ROOMS,
    SATELLITE,
    SIP,
    WEB,
    WIFI,
    WINDOWS,
    WIRED,
    People,
)
from backrow.simulate.cast.programme import SHARES, Programme
from backrow.simulate.cast.stays import DROPPED, ENDED, LEFT, Stays
from backrow.simulate.draws import Draws
from backrow.simulate.scenario.schema import Scenario, SessionPlan, ShareKind

_NETWORK_TYPE: Final = {
    WIRED: "Wired",
    WIFI: "Wifi",
    CELLULAR: "Cellular",
    SATELLITE: "Others",
}
_DEVICE: Final = {
    WINDOWS: ("Windows", "Windows 10/11", "WIN", "win 10+ 17763"),
    MAC: ("Mac", "Mac", "Mac OS"),
    IOS: ("iOS", "iOs", "iPhone"),
    ANDROID: ("Android", "Unknown + Android"),
    LINUX: ("Linux", "Linux"),
    WEB: ("Web", "Web Browser Chrome 129", "Web Browser"),
    ROOMS: ("Zoom Rooms", "Zoom Rooms", "Unknown"),
    SIP: ("H.323/SIP", "H.323/SIP + Phone"),
    PHONE: ("Phone", "Unknown + Phone"),
}
"""Zoom's documented word (or the nearest), then words met beyond the documents."""
_MODEL: Final = {
    WINDOWS: ("Latitude 7440", "ThinkPad T14", "EliteBook 840", "Surface Laptop 5"),
    MAC: ("MacBook Pro", "MacBook Air", "iMac"),
    IOS: ("iPhone 15", "iPhone 12", "iPad Air"),
    ANDROID: ("Pixel 8", "Galaxy S23", "Galaxy Tab S9"),
    ROOMS: ("Rooms Appliance A20", "Rooms Controller"),
    SIP: ("Room Kit Pro", "Video Bar X50"),
}
_OS_VERSION: Final = {
    WINDOWS: ("10.0.22631", "10.0.26100", "10.0.19045"),
    MAC: ("15.6.1", "14.7", "13.6"),
    IOS: ("18.6", "17.7", "16.5"),
    ANDROID: ("15", "14", "12"),
    LINUX: ("Ubuntu 24.04", "Fedora 42"),
}
_BROWSER: Final = (
    ("Chrome", "142"),
    ("Edge", "141"),
    ("Firefox", "145"),
    ("Safari", "18"),
)
_LEAVE_REASON: Final = {
    ENDED: "Host ended the {kind}.",
    LEFT: "{name} left the {kind}.",
    DROPPED: "{name} got disconnected from the {kind}.<br>Reason: Network connection error.",
}
_HEADSETS: Final = (
    "Jabra Evolve2 65",
    "Plantronics BT600",
    "Realtek(R) Audio",
    "AirPods",
)
_CAMERAS: Final = ("Integrated Camera", "FaceTime HD Camera", "Logitech BRIO")
_COMPUTERS: Final = frozenset({WINDOWS, MAC, LINUX})


@dataclass(frozen=True, kw_only=True)
class Persons:
    """Makes the `Person` of every stay of one session."""

    scenario: Scenario
    plan: SessionPlan
    atlas: Atlas
    people: People
    stays: Stays
    programme: Programme
    start_at: datetime
    """The session's first minute."""
    draws: Draws
    """The draws that all occurrences share."""
    occurrence: str
    """What tells this occurrence from others of its number."""

    def all(self) -> list[Person]:
        """Return everyone who is ever there, in the order of joining."""
        return [self._person(stay) for stay in range(len(self.stays))]

    @cached_property
    def lots(self) -> list[list[int]]:
        """Nine numbers a person, for all that is chosen freely."""
        return lots_of_people(self.draws, len(self.people))

    def _person(self, stay: int) -> Person:
        who = int(self.stays.person[stay])
        external = bool(self.people.external[who])
        name = name_of(self.scenario, self.lots[who], who, external=external)
        fields: dict[str, Any] = dict(
            user_id=self.stays.user_id(stay),
            user_name=name,
            email=email_of(self.scenario, self.lots[who], who, external=external),
            role=self._role(who),
            participant_uuid=self._uuid(stay),
            join_time=self._instant(int(self.stays.join_s[stay])),
            leave_time=self._instant(int(self.stays.leave_s[stay])),
            leave_reason=_LEAVE_REASON[int(self.stays.end[stay])].format(
                name=name, kind=self.plan.kind
            ),
            total_jointime_cost=round(1 + self.lots[who][5] % 700 / 100, 2),
            **self._account(who),
            **self._network(who),
            **self._machine(who),
            **self._stage(who),
        )
        if external:  # as Zoom shows people outside the account
            fields.update(self._hidden)
        return Person(**fields)

    def _role(self, who: int) -> str:
        """Return a role that there is: meetings have hosts and attendees only."""
        role = int(self.people.role[who])
        meeting = self.plan.kind == "meeting"
        return ROLES[ATTENDEE if meeting and role == PANELIST else role]

    @cached_property
    def _hidden(self) -> dict[str, Any]:
        hides = self.scenario.people.external_hides
        hidden: dict[str, Any] = dict.fromkeys(hides, "")
        if "internal_ip_addresses" in hides:
            hidden["internal_ip_addresses"] = None
        if "id" in hides:
            hidden["participant_user_id"] = ""
        return hidden

    def _account(self, who: int) -> dict[str, Any]:
        signed_in = not self.people.external[who] or self.lots[who][6] % 3 == 0
        user = self._token(f"user {who}") if signed_in else ""
        is_attendee = self.people.role[who] == ATTENDEE
        return {
            "id": user,
            "participant_user_id": user,
            "registrant_id": self._token(f"registrant {who}") if is_attendee else "",
            "customer_key": "",
            "group_id": "",
            "bo_mtg_id": "",
            "webinar_number": self.plan.number if self.plan.kind == "webinar" else None,
            "meeting_number": self.plan.number if self.plan.kind == "meeting" else None,
            "status": "in_meeting" if self.plan.kind == "meeting" else None,
        }

    def _network(self, who: int) -> dict[str, Any]:
        people, atlas = self.people, self.atlas
        site = int(people.site[who])
        seen = atlas.sites[site] if site >= 0 else None
        place = atlas.places[
            atlas.place_index[seen.place] if seen else int(people.place[who])
        ]
        center = atlas.centers[int(people.center[who])]
        gateway = {WEB: " RWG", SIP: " CRC"}.get(int(people.device[who]), "")
        full = f"{center.name};{center.name} ({center.code}{gateway});"
        is_phone = people.device[who] == PHONE
        transport = "SSL" if self.lots[who][7] % 33 == 0 else "UDP"
        return {
            "ip_address": "" if is_phone else self.address(who)[0],
            "internal_ip_addresses": () if is_phone else (self._internal(who),),
            "location": f"{place.name} ({place.country})",
            "network_type": "Others" if is_phone else _NETWORK_TYPE[people.access[who]],
            "data_center": center.name,
            "full_data_center": full if gateway else f"{center.name};",
            "connection_type": transport,
            "video_connection_type": transport,
            "as_connection_type": transport,
        }

    def address(self, who: int) -> tuple[str, str]:
        """Return a person's public address, and the prefix it is of."""
        people, site = self.people, int(self.people.site[who])
        if site >= 0:
            return self.atlas.sites[site].address, self.atlas.sites[site].network
        home = (
            int(people.place[who]),
            int(people.isp[who]),
            int(people.address_rank[who]),
        )
        chance = self.lots[who][8] % 10_000 / 10_000
        if chance < self.scenario.people.ipv6:
            seen = self.atlas.address_v6(*home)
            return seen, f"{':'.join(seen.split(':')[:3])}::/48"
        return self.atlas.address(*home), self.atlas.prefix_of(*home)

    def _internal(self, who: int) -> str:
        site = int(self.people.site[who])
        if site < 0:
            return f"192.168.{self.lots[who][7] % 3}.{2 + self.lots[who][8] % 250}"
        inside = self._insides[site]
        return str(inside[10 + who % (inside.num_addresses - 20)])

    @cached_property
    def _insides(self) -> list[IPv4Network | IPv6Network]:
        return [ip_network(site.internal) for site in self.atlas.sites]

    def _machine(self, who: int) -> dict[str, Any]:
        kind, lot = int(self.people.device[who]), self.lots[who]
        words = _DEVICE[kind]
        odd = (lot[2] % 100_000) / 100_000 < self.scenario.people.odd_devices
        word = words[1 + lot[3] % (len(words) - 1)] if odd else words[0]
        computer = kind in _COMPUTERS
        version = self.scenario.versions[int(self.people.version[who])].name
        browser = _BROWSER[lot[4] % len(_BROWSER)] if kind == WEB else ("", "")
        model = _chosen(_MODEL, kind, lot[5])
        headset = _HEADSETS[lot[6] % len(_HEADSETS)] if computer else ""
        return {
            "device": word,
            "client": "Zoom Workplace" if computer or kind in {IOS, ANDROID} else "",
            "domain": self._domain(who) if kind == WINDOWS else "",
            "harddisk_id": self._token(f"disk {who}") if kind == WINDOWS else "",
            "mac_addr": _mac_address(lot[7]) if kind == WINDOWS else "",
            "pc_name": self._pc_name(who, model) if kind not in {WEB, PHONE} else "",
            "version": "" if kind in {PHONE, SIP, WEB} else version,
            "os": OS_OF_DEVICE.get(kind, ""),
            "os_version": _chosen(_OS_VERSION, kind, lot[8]),
            "browser_name": browser[0],
            "browser_version": browser[1],
            "device_name": model,
            "microphone": headset and f"Microphone ({headset})",
            "speaker": headset and f"Speakers ({headset})",
            "camera": _CAMERAS[lot[5] % len(_CAMERAS)] if computer else "",
            "zoom_thin_client_plugin_version": "",
            "sip_uri": f"room{who}@example.com" if kind == SIP else None,
            "from_sip_uri": f"room{who}@example.com" if kind == SIP else None,
            "in_room_participants": 1 + lot[0] % 8 if kind == ROOMS else None,
            "other": {"audio_call": [_call(lot)]} if kind == PHONE else {},
        }

    def _domain(self, who: int) -> str:
        return (
            "WORKGROUP" if self.people.external[who] else self.scenario.company.domain
        )

    def _pc_name(self, who: int, model: str) -> str:
        if self.people.external[who] or not model:
            return f"{model or 'PC'} of {FIRST[self.lots[who][3] % len(FIRST)]}"
        site = int(self.people.site[who])
        where = (
            self.atlas.sites[site].name.split()[0][:3].upper() if site >= 0 else "MOB"
        )
        return f"{self.scenario.company.pc_prefix}-{where}-{100_000 + who}"

    def _stage(self, who: int) -> dict[str, Any]:
        kinds = self._shares.get(who, set())
        return {
            "share_application": bool(kinds & {"scroll", "clip"}),
            "share_desktop": "slides" in kinds,
            "share_whiteboard": "whiteboard" in kinds,
            "recording": bool(self.people.role[who] == 0),
            "has_archiving": False,
            "optional_archiving": "no optional archiving",
            "aic_disclaimer": "no disclaimer" if self.plan.kind == "meeting" else None,
            "health": "Good",
            "issue_list": (),
        }

    @cached_property
    def _shares(self) -> dict[int, set[ShareKind]]:
        """What each person who shares shares in the course of the programme."""
        found: dict[int, set[ShareKind]] = {}
        both = zip(self.programme.sharer, self.programme.share, strict=True)
        for who, kind in both:
            found.setdefault(int(who), set()).add(SHARES[kind])
        return found

    def _instant(self, seconds: int) -> datetime:
        return self.start_at + timedelta(seconds=seconds)

    def _token(self, what: str) -> str:
        text = f"{self.draws.seed} {self.plan.number} {what}"
        digest = hashlib.sha256(text.encode()).digest()
        return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")

    def _uuid(self, stay: int) -> str:
        text = f"{self.draws.seed} {self.plan.number} {self.occurrence} {stay}"
        x = hashlib.sha256(text.encode()).hexdigest()[:32].upper()
        return f"{x[:8]}-{x[8:12]}-{x[12:16]}-{x[16:20]}-{x[20:]}"


def lots_of_people(draws: Draws, count: int) -> list[list[int]]:
    """Return nine numbers of 32 bits for each of `count` people."""
    uniform = draws.uniform("persons", 9 * count)
    lots: list[list[int]] = (uniform * 2.0**32).astype(int).reshape(-1, 9).tolist()
    return lots


def name_of(
    scenario: Scenario, lot: Sequence[int], person: int, *, external: bool
) -> str:
    """Return a person's name."""
    if (lot[0] % 100_000) / 100_000 < scenario.people.hostile_names:
        return HOSTILE[(person + lot[1]) % len(HOSTILE)]
    if external and lot[1] % 25 == 0:
        return GUESTS[lot[2] % len(GUESTS)]
    return full_name(lot[3], lot[4])


def email_of(
    scenario: Scenario, lot: Sequence[int], person: int, *, external: bool
) -> str:
    """Return a person's mail address."""
    domain = "example.org" if external else scenario.company.domain
    return f"{mail_name(full_name(lot[3], lot[4]))}{person}@{domain}"


def _chosen(table: dict[int, tuple[str, ...]], kind: int, lot: int) -> str:
    words = table.get(kind, ("",))
    return words[lot % len(words)]


def _mac_address(lot: int) -> str:
    """Return an address of the range that RFC 7042 keeps for documents."""
    return f"0000-5e00-53{lot % 256:02x}"


def _call(lot: Sequence[int]) -> dict[str, str]:
    """Return a telephone call, with numbers that are kept for stories."""
    return {
        "call_number": f"1202555{100 + lot[4] % 100:04}",
        "call_type": "call-out" if lot[5] % 8 == 0 else "call-in",
        "zoom_number": "12125550100",
    }
