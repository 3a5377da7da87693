"""Zoom's facts about a participant to a typed Person, and about a session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from msgspec import UNSET

from backrow.qos.people import PERSON_FIELDS, ZOOM_SPELLING, FieldType, Person
from backrow.qos.reading import Problem
from backrow.zoom.decode.memos import parse_instant
from backrow.zoom.wire import ParticipantFacts
from backrow.zoom.wire.lists import SessionFacts

_OF_SESSION: Final = frozenset(
    {"uuid", "id", "topic", "host", "email", "dept", "start_time", "end_time"}
)
"""Zoom's keys of what a Session has fields for."""


def person_of(facts: ParticipantFacts, path: str) -> tuple[Person, list[Problem]]:
    """Return a participant's facts, typed, and those that could not be read."""
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for name, kind in PERSON_FIELDS.items():
        text = getattr(facts, name, None)
        if text is None or text is UNSET:
            continue
        value = _TYPED[kind](text)
        if value is None and text != "":
            where = f"{path}.{ZOOM_SPELLING[name]}"
            problems.append(Problem(path=where, value=text, expected=_EXPECTED[kind]))
        values[name] = value
    return Person(**values), problems


def session_other(facts: SessionFacts) -> dict[str, Any]:
    """Return what Zoom tells of a session that a Session has no field for."""
    told: dict[str, Any] = msgspec.to_builtins(facts)
    return {name: value for name, value in told.items() if name not in _OF_SESSION}


def _number(value: object) -> float | None:
    try:
        return float(value)  # type: ignore[arg-type] # a TypeError says no
    except (TypeError, ValueError):
        return None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


_TYPED: Final[Mapping[FieldType, Callable[[Any], Any]]] = {
    "str": str,
    "timestamp": parse_instant,
    "bool": _flag,
    "f64": _number,
    "i64": int,
    "strs": tuple,
}
_EXPECTED: Final[Mapping[FieldType, str]] = {
    "timestamp": "expected an instant in ISO 8601",
    "bool": "expected true or false",
    "f64": "expected a number",
}
