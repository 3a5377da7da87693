"""The people of the plain source: who they are, and when they come and go.

Every draw is `random()` of a generator seeded with text, and arithmetic: the same
seed gives the same people on every machine and every Python.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, Literal, TypeVar

from backrow.qos.people import Person, Session
from backrow.qos.vocabulary import Leg

Trouble = Literal["none", "office", "wifi"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a guest's minutes are made from."""

    rtt_ms: float
    """Usual round trip to Zoom."""
    trouble: Trouble
    worst_at: int
    """Minute of the session in which bad Wi-Fi begins to be bad."""
    presents: bool
    """Sends sound and a picture: host and panelists, everybody in a meeting."""
    shares: bool
    pocket: bool
    """Looks at a small screen."""
    wireless: bool
    leg: Leg


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """One stay of one person."""

    person: Person
    joined_at: datetime
    left_at: datetime
    traits: Traits


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay whose `user_id` is not known yet."""

    joined_at: datetime
    left_at: datetime
    facts: dict[str, Any]
    """Fields of a Person."""
    traits: Traits


@dataclass(frozen=True, slots=True)
class Place:
    """Where people are, and how far it is to Zoom."""

    location: str
    data_center: str
    rtt_ms: float
    prefix: str
    """First three numbers of the addresses there."""
    first: int
    """Least last number; a provider has forty from here on."""


_PLACES: Final = (
    Place("Lyon (FR)", "Germany", 24, "192.0.2", 0),
    Place("Lyon (FR)", "Germany", 31, "192.0.2", 40),
    Place("San Jose (US)", "United States", 14, "192.0.2", 80),
    Place("New York (US)", "United States", 28, "192.0.2", 120),
    Place("Osaka (JP)", "Japan", 21, "203.0.113", 0),
    Place("Sydney (AU)", "Australia", 33, "203.0.113", 40),
    Place("Nairobi (KE)", "Germany", 165, "203.0.113", 80),
)
OFFICE: Final = Place("Lyon (FR)", "Germany", 22, "198.51.100", 7)
"""An office whose people share one address, 198.51.100.7."""
_OFFICE_PEOPLE: Final = 30


@dataclass(frozen=True, slots=True)
class Machine:
    """What people join with."""

    device: str
    os: str
    os_version: str
    version: str
    client: str
    weight: int
    browser: tuple[str, str] = ("", "")
    leg: Leg = "client"
    pocket: bool = False


_MACHINES: Final = (
    Machine("Windows", "Windows", "11", "6.5.11.26770", "Zoom Workplace 6.5", 34),
    Machine("Windows", "Windows", "10", "6.4.8.5021", "Zoom Workplace 6.4", 12),
    Machine("Mac", "macOS", "15.5", "6.5.11.26770", "Zoom Workplace 6.5", 20),
    Machine("iOS", "iOS", "18.5", "6.5.10.7710", "Zoom Mobile 6.5", 14, pocket=True),
    Machine("Android", "Android", "15", "6.5.9.2203", "Zoom Mobile", 9, pocket=True),
    Machine(
        "Web Browser Chrome 129",
        "Windows",
        "11",
        "5.17.5",
        "Web Meeting SDK 2.18",
        8,
        browser=("Chrome", "129"),
        leg="rwg",
    ),
    Machine("H.323/SIP", "Room OS", "11.20", "11.20.1", "Room system", 3, leg="crc"),
)
_NETWORKS: Final = (("Wired", 24), ("Wifi", 60), ("Cellular", 14), ("Others", 2))
_GIVEN: Final = (
    "Ada",
    "Bruno",
    "Chiara",
    "Emeka",
    "Farid",
    "Greta",
    "Ines",
    "Keiko",
    "Noor",
    "Olga",
    "Samir",
    "Tilda",
    "Wanja",
    "Yuki",
)
_FAMILY: Final = (
    "Abend",
    "Castel",
    "Dorval",
    "Eklund",
    "Garnet",
    "Ibarra",
    "Kimura",
    "Moreau",
    "Okoro",
    "Petrov",
    "Rossi",
    "Tanaka",
    "Weiss",
)
_LEFT: Final = "{name} left the {kind}."
_DROPPED: Final = "{name} got disconnected from the {kind}."
_ENDED: Final = "Host ended the {kind}."
_LEAVES_EARLY: Final = 0.15
_REJOINS: Final = 0.03


def draws(*key: object) -> Random:
    """Return the generator of whatever `key` names."""
    return Random("/".join(str(part) for part in key))  # noqa: S311 - no secret


def spread(rng: Random) -> float:
    """Return a number from -1 to 1, mostly near 0."""
    return rng.random() + rng.random() - 1


def make_guests(
    session: Session, *, attendees: int, first_id: int, seed: int
) -> list[Guest]:
    """Return everyone of a session, in joining order.

    Args:
        session: With `end_at`.
        attendees: How many come beside the host and three panelists; of a meeting,
            how many others.
        first_id: `user_id` of the first to join; the others follow.
        seed: Seed of everything.
    """
    roles = ["host", *["panelist"] * 3, *["attendee"] * attendees]
    stays: list[Stay] = []
    for i, role in enumerate(roles):
        rng = draws(seed, session.uuid, "person", i)
        office = attendees > _OFFICE_PEOPLE and 0 <= i - 4 < _OFFICE_PEOPLE
        facts, traits = _who(rng, session, role, office=office)
        traits = replace(traits, shares=i == 1)
        for join, leave, reason in _stays(rng, session, role):
            known = {
                **facts,
                "participant_uuid": _uuid(rng),
                "join_time": join,
                "leave_time": leave,
                "leave_reason": reason.format(
                    name=facts["user_name"], kind=session.kind
                ),
            }
            stays.append(Stay(join, leave, known, traits))
    stays.sort(key=lambda stay: (stay.joined_at, stay.facts["participant_uuid"]))
    return [
        Guest(
            person=Person(user_id=str(first_id + i), **stay.facts),
            joined_at=stay.joined_at,
            left_at=stay.left_at,
            traits=stay.traits,
        )
        for i, stay in enumerate(stays)
    ]


def _who(
    rng: Random, session: Session, role: str, *, office: bool
) -> tuple[dict[str, Any], Traits]:
    """Return the facts of a person who has not yet come, and the traits."""
    crew = role != "attendee"
    place = OFFICE if office else _one_of(rng, _PLACES)
    machine = _MACHINES[0] if crew or office else _weighted(rng, _MACHINES)
    network = "Wired" if crew else _network(rng, machine, office=office)
    external = not crew and not office and rng.random() < 0.2
    last = 7 if office else place.first + int(rng.random() * 40)
    facts = _facts(rng, session, machine, place, external=external)
    facts |= {
        "role": role if session.kind == "webinar" else None,
        "network_type": network,
        "ip_address": f"{place.prefix}.{last}",
    }
    bad_wifi = network == "Wifi" and not office and rng.random() < 0.08
    wireless_ms = {"Wifi": 9.0, "Cellular": 32.0}.get(network, 0.0)
    return facts, Traits(
        rtt_ms=(place.rtt_ms + wireless_ms) * (1 + 0.4 * spread(rng)),
        trouble="office" if office else "wifi" if bad_wifi else "none",
        worst_at=int(40 * rng.random()),
        presents=crew or session.kind == "meeting",
        shares=False,
        pocket=machine.pocket,
        wireless=network == "Wifi",
        leg=machine.leg,
    )


def _facts(
    rng: Random, session: Session, machine: Machine, place: Place, *, external: bool
) -> dict[str, Any]:
    """Return the fields of a Person; of an external, most come empty."""
    name = f"{_one_of(rng, _GIVEN)} {_one_of(rng, _FAMILY)}"
    address = f"198.51.100.{10 + int(rng.random() * 200)}"
    inside = {
        "id": _identity(rng),
        "email": f"{name.lower().replace(' ', '.')}@example.com",
        "device": machine.device,
        "client": machine.client,
        "version": machine.version,
        "os": machine.os,
        "os_version": machine.os_version,
        "domain": "example.com",
        "pc_name": f"HW{int(rng.random() * 10_000):05}",
        "data_center": place.data_center,
        "full_data_center": f"{place.data_center};",
        "microphone": "Headset microphone",
        "speaker": "Headset earphones",
        **({"camera": "Built-in camera"} if session.kind == "meeting" else {}),
    }
    shown = dict.fromkeys(inside, "") if external else inside
    return {
        **shown,
        "participant_user_id": shown["id"],
        "internal_ip_addresses": None if external else (address,),
        "registrant_id": _identity(rng),
        "user_name": name,
        "browser_name": machine.browser[0],
        "browser_version": machine.browser[1],
        "location": place.location,
        "connection_type": "TCP" if rng.random() < 0.06 else "UDP",
        f"{session.kind}_number": session.number,
        **_SAME_FOR_ALL,
        **(_of_meeting(rng) if session.kind == "meeting" else {}),
    }


_SAME_FOR_ALL: Final[dict[str, Any]] = {
    "harddisk_id": "",
    "mac_addr": "",
    "video_connection_type": "UDP",
    "as_connection_type": "UDP",
    "share_application": False,
    "share_desktop": False,
    "share_whiteboard": False,
    "recording": False,
    "has_archiving": False,
}


def _of_meeting(rng: Random) -> dict[str, Any]:
    """Return what only meetings tell."""
    return {
        "status": "in_meeting",
        "in_room_participants": 1,
        "total_jointime_cost": round(2 + 4 * rng.random(), 2),
    }


def _stays(
    rng: Random, session: Session, role: str
) -> list[tuple[datetime, datetime, str]]:
    """Return from when to when somebody stays, and in which words they leave.

    Most stay once; a few drop out half-way and come back.
    """
    start, end = session.start_at, session.end_at or session.start_at
    length_s = (end - start).total_seconds()
    wait_s, stay_s = (0.0 if role == "host" else 60 * rng.random()), length_s
    if role == "attendee":
        wait_s = length_s * rng.random() * (0.05 if rng.random() < 0.75 else 0.4)
        if rng.random() < _LEAVES_EARLY:
            stay_s = length_s * (0.2 + 0.6 * rng.random())
    join = start + timedelta(seconds=int(wait_s))
    leave = min(end, join + timedelta(seconds=int(stay_s)))
    reason = _LEFT if leave < end else _ENDED
    half_s = int((leave - join).total_seconds()) // 2
    if role != "attendee" or rng.random() >= _REJOINS or half_s < 300:
        return [(join, leave, reason)]
    drop = join + timedelta(seconds=half_s)
    return [(join, drop, _DROPPED), (drop + timedelta(seconds=40), leave, reason)]


def _network(rng: Random, machine: Machine, *, office: bool) -> str:
    if office or machine.leg == "crc":
        return "Wired"
    found = _pick(rng, [name for name, _ in _NETWORKS], [w for _, w in _NETWORKS])
    return "Wifi" if machine.pocket and found == "Wired" else found


def _weighted(rng: Random, machines: Sequence[Machine]) -> Machine:
    return _pick(rng, machines, [each.weight for each in machines])


def _pick(rng: Random, items: Sequence[T], weights: Sequence[int]) -> T:
    at = rng.random() * sum(weights)
    for item, weight in zip(items, weights, strict=True):
        at -= weight
        if at < 0:
            return item
    return items[-1]


def _one_of(rng: Random, items: Sequence[T]) -> T:
    return items[int(rng.random() * len(items))]


def _identity(rng: Random) -> str:
    """Return an id in the form of a Zoom user's: 22 characters."""
    digest = hashlib.sha256(repr(rng.random()).encode()).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def _uuid(rng: Random) -> str:
    text = hashlib.sha256(repr(rng.random()).encode()).hexdigest()[:32].upper()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
