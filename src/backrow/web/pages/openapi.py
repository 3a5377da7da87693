"""What `/api/` says of the data behind the pages: one table, and OpenAPI made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from backrow import __version__

Keys = Mapping[str, tuple[str, str]]
"""Type and meaning by key."""

_CARD: Final[Keys] = {
    "key": ("string", "the uuid as base64url: how addresses name the session"),
    "uuid": ("string", "Zoom's uuid of this occurrence"),
    "number": ("string", "the number that occurrences share"),
    "kind": ("string", "webinar or meeting"),
    "topic": ("string", "its title"),
    "host": ("string", "who hosts it"),
    "start_at": ("instant", "null if unknown"),
    "end_at": ("instant", "null while it runs"),
    "state": ("string", "live, ended or complete"),
    "people": ("integer", "stays so far"),
}
_AGE: Final[Keys] = {
    "newest_minute": ("instant", "the newest minute measured; null if none is"),
    "age_s": ("number", "seconds since that minute was over"),
    "warning": ("object", "reason and text, if the page may be out of date; else null"),
    "now": ("instant", "of the server's clock"),
    "zone": ("string", "the zone that sentences speak in"),
}
_NOW: Final[Keys] = {
    "sentence": ("string", "the session in a line: headline and rest"),
    "headline": ("string", "how many there are, and how many hear well"),
    "rest": ("string", "the most important findings; empty if there are none"),
    "minute": ("instant", "the minute that is shown"),
    "here": ("integer", "people there in that minute"),
    "measured": (
        "integer",
        "people of whom something was measured: the base of shares",
    ),
    "classes": ("object", "people by class; unclassified: muted, phone or no data"),
    "by_medium": ("object", "the same for audio, video and share"),
    "collecting": ("object", "how the collecting goes; null if nobody says"),
    "seating": ("string", "another value: seats are numbered anew"),
    "version": ("string", "another value: something is new"),
    "findings": ("array", "what was found, what lasts first, each with a timeline"),
}
_OF_SESSION: Final[Keys] = {
    "key": _CARD["key"],
    "session": ("object", "the session, as in the list"),
    **_AGE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One address of data."""

    path: str
    title: str
    keys: Keys
    query: Mapping[str, str] = field(default_factory=dict)
    """Meaning of each parameter of the query."""


_TZ: Final = {"tz": "IANA time zone of the times in sentences"}
DESCRIBED: Final = (
    Described(
        path="/index.json",
        title="The sessions",
        query={"q": "part of a topic, host or number", **_TZ},
        keys={
            "now": _AGE["now"],
            "zone": _AGE["zone"],
            "query": ("string", "what was searched for"),
            "live": ("array", "sessions that run"),
            "past": ("array", "sessions that are over, the latest first"),
        },
    ),
    Described(
        path="/sessions/{key}.json",
        title="A session",
        query=_TZ,
        keys={
            **_CARD,
            **_AGE,
            **_NOW,
            "brief": ("array", "findings as in the list"),
            "good_share": ("number", "share of good of those measured"),
            "series": ("object", "classes over time, in all and by medium"),
            "presenters": ("array", "what they send, and what the room receives"),
            "worst": (
                "array",
                "people with the most minutes with trouble, at most 200",
            ),
            "method": ("string", "how it was made"),
        },
    ),
    Described(
        path="/sessions/{key}/seats.json",
        title="Everybody's seat",
        query={"minute": "which minute; by default the one that is shown"},
        keys={
            "minute": _NOW["minute"],
            "seating": _NOW["seating"],
            "version": _NOW["version"],
            "participants": ("array", "Zoom's user_id, in seat order"),
            "names": ("array", "their names"),
            "roles": ("string", "a letter each: host, panelist, attendee"),
            "classes": ("string", "a letter each: good, fair, poor, bad, u, - gone"),
            "by_medium": ("object", "the same for audio, video and share"),
            "attributes": ("object", "values, and a code into them for each seat"),
        },
    ),
    Described(
        path="/sessions/{key}/participants/{participant}.json",
        title="A person",
        query=_TZ,
        keys={
            **_OF_SESSION,
            "person": ("object", "who, where and with what"),
            "story": ("string", "what the person experienced: headline and rest"),
            "headline": ("string", "how many minutes with trouble"),
            "rest": ("string", "the longest time of trouble; empty if there was none"),
            "advice": ("string", "what to do"),
            "measured_minutes": ("integer", "minutes measured"),
            "bad_minutes": ("integer", "minutes with trouble among them"),
            "minutes": ("array", "every minute from the first to the last"),
            "streams": ("object", "metrics by medium and direction; null is a gap"),
            "machine": ("object", "load and Wi-Fi signal"),
            "classes": ("string", "a letter a minute"),
            "episodes": ("array", "bad times with their causes"),
            "neighbours": ("object", "scores of those closest by; null if none"),
            "findings": ("array", "findings that include the person"),
            "other_stays": ("array", "where else the same person sits: rejoins"),
        },
    ),
    Described(
        path="/sessions/{key}/groups.json",
        title="A group: people who share what the query says",
        query={
            "site": "an office, by your own list",
            "isp": "a provider",
            "network": "a public prefix or address",
            "location": "a place, as Zoom names it",
            "data_center": "one of Zoom's",
            "version": "of the client",
            "os": "operating system",
            "device": "kind of device",
            "network_type": "Wired, Wifi or Cellular",
            "connection_type": "of the client to Zoom",
            **_TZ,
        },
        keys={
            **_OF_SESSION,
            "scope": ("object", "what was asked for"),
            "judged": ("string", "judged, too_small or blank"),
            "reason": ("string", "why"),
            "sentence": ("string", "the group in a line"),
            "counts": ("object", "people there, measured, bad, and blank"),
            "against": (
                "object",
                "share of minutes with trouble, against everybody else",
            ),
            "media": ("object", "share of minutes by medium and class"),
            "others": ("object", "the same of everybody else"),
            "worst_medium": ("string", "audio, video or share; null if none was bad"),
            "worst_quarter": ("object", "its worst quarter of an hour"),
            "causes": ("object", "minutes by cause"),
            "series": ("object", "classes over time"),
            "shared": ("array", "what nearly all of its people share"),
            "members": ("array", "its people, worst first, at most 500"),
            "findings": ("array", "findings that concern it"),
        },
    ),
    Described(
        path="/sessions/{key}/search.json",
        title="People by name, email, address or id",
        query={"q": "part of it"},
        keys={"people": ("array", "at most 50")},
    ),
)
"""Every address of data, with the keys of what it answers."""

_TYPES: Final[Mapping[str, Mapping[str, Any]]] = {
    "instant": {"type": ["string", "null"], "format": "date-time"},
    "integer": {"type": ["integer", "null"]},
    "number": {"type": ["number", "null"]},
    "string": {"type": ["string", "null"]},
    "object": {"type": ["object", "null"]},
    "array": {"type": "array"},
}


def openapi() -> dict[str, Any]:
    """Return the description as OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Backrow: the data behind its pages",
            "version": __version__,
            "description": "Instants are ISO 8601 in UTC. null is unknown.",
        },
        "paths": {one.path: {"get": _operation(one)} for one in DESCRIBED},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}
        },
        "security": [{}, {"token": []}],
    }


def _operation(one: Described) -> dict[str, Any]:
    names = [part[1:].partition("}")[0] for part in one.path.split("/") if "{" in part]
    in_path = [
        {"name": n, "in": "path", "required": True, "schema": {"type": "string"}}
        for n in names
    ]
    in_query = [
        {"name": n, "in": "query", "description": text, "schema": {"type": "string"}}
        for n, text in one.query.items()
    ]
    schema = {
        "type": "object",
        "required": list(one.keys),
        "properties": {
            name: {**_TYPES[kind], "description": meaning}
            for name, (kind, meaning) in one.keys.items()
        },
    }
    content = {"application/json": {"schema": schema}}
    return {
        "summary": one.title,
        "parameters": [*in_path, *in_query],
        "responses": {
            "200": {"description": one.title, "content": content},
            "404": {"description": "There is no such session or person."},
        },
    }
