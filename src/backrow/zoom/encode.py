"""Rows of the samples table to Zoom's JSON: the inverse of `backrow.zoom.decode`.

The emulated API speaks through this module. Zoom has spelled its strings in
several ways over the years (`Style`); the two newer ones lose nothing, so that
``decode(encode(x)) == x``, while 2021 rounds as production answers do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from backrow.qos.people import PERSON_FIELDS, ZOOM_SPELLING, Person, iso
from backrow.qos.quantity import Style, format_quantity, format_resolution
from backrow.qos.sample import INDEX, Row
from backrow.qos.vocabulary import (
    DIRECTIONS,
    LEGS,
    MEDIA,
    METRICS,
    STREAM_METRICS,
    Leg,
    Unit,
    stream_key,
)

Absent = Literal["blank", "missing"]
"""What stands for a stream that was not measured: blank strings, or no key."""


@dataclass(frozen=True, slots=True)
class _Stream:
    """Where one stream's values stand in a row, and what Zoom calls them."""

    key: str
    first: int
    has_picture: bool


def _streams(leg: Leg) -> tuple[_Stream, ...]:
    first = STREAM_METRICS[0].suffix
    return tuple(
        _Stream(
            stream_key(medium, direction, leg),
            INDEX[f"{medium}_{direction}_{first}"],
            medium != "audio",
        )
        for medium in MEDIA
        for direction in DIRECTIONS
    )


_STREAMS: Final[Mapping[Leg, tuple[_Stream, ...]]] = {
    leg: _streams(leg) for leg in LEGS
}
_PLAIN: Final[tuple[tuple[str, Unit], ...]] = tuple(
    (metric.field, metric.unit) for metric in STREAM_METRICS if not metric.pictures_only
)
_BLANK_AUDIO: Final = dict.fromkeys((name for name, _ in _PLAIN), "")
_BLANK_PICTURE: Final = {**_BLANK_AUDIO, "resolution": "", "frame_rate": ""}
_OF_MACHINE: Final[tuple[tuple[str, str, int, Unit], ...]] = tuple(
    (m.rest.split(".")[0], m.rest.split(".")[1], INDEX[m.name], m.unit)
    for m in METRICS
    if m.rest and not m.per_leg
)
"""(object, field, place in a row, unit) of CPU, CPU pressure and Wi-Fi."""


@dataclass(slots=True)
class Encoder:
    """Encodes answer after answer, remembering the texts it has made."""

    style: Style = "2026"
    absent: Absent = "blank"
    _texts: dict[tuple[float, Unit], str] = field(default_factory=dict, repr=False)

    def participant(self, person: Person, rows: Sequence[Row]) -> dict[str, Any]:
        """Return one participant's answer in Zoom's spelling, ready for JSON.

        Args:
            person: Who it is; fields that are None get no key.
            rows: Their rows of the samples table, ascending in time.
        """
        return {**encode_person(person), "user_qos": self.minutes(rows)}

    def minutes(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Return `user_qos`: one object a minute with all legs as keys."""
        at = INDEX["sampled_at"]
        by_instant: dict[datetime, list[Row]] = {}
        for row in rows:
            by_instant.setdefault(row[at], []).append(row)
        return [self._minute(instant, legs) for instant, legs in by_instant.items()]

    def _minute(self, at: datetime, rows: Sequence[Row]) -> dict[str, Any]:
        found = {row[INDEX["leg"]]: row for row in rows}
        minute: dict[str, Any] = {"date_time": iso(at)}
        for leg in LEGS:
            row = found.get(leg)
            for stream in _STREAMS[leg]:
                values = self._stream(row, stream)
                if values is not None:
                    minute[stream.key] = values
        for row in rows:
            self._machine(row, minute)
        return minute

    def _stream(self, row: Row | None, stream: _Stream) -> dict[str, str] | None:
        count = 8 if stream.has_picture else 5
        if row is None or row[stream.first : stream.first + count] == (None,) * count:
            if self.absent == "missing":
                return None
            return _BLANK_PICTURE if stream.has_picture else _BLANK_AUDIO
        said = {
            name: self._text(row[stream.first + i], unit)
            for i, (name, unit) in enumerate(_PLAIN)
        }
        if stream.has_picture:
            width, height, rate = row[stream.first + 5 : stream.first + 8]
            said["resolution"] = self._size(width, height, rate)
            said["frame_rate"] = self._text(rate, "fps")
        return said

    def _size(self, width: int | None, height: int | None, rate: float | None) -> str:
        """Return the resolution; answers of 2021 say ``0*0`` for no picture."""
        if width is None and rate is None and self.style == "2021":
            return "0*0"
        return format_resolution(width, height)

    def _machine(self, row: Row, minute: dict[str, Any]) -> None:
        for part, name, place, unit in _OF_MACHINE:
            value = row[place]
            if value is None:
                continue
            said = minute.setdefault(part, {})
            said[name] = self._of_machine(value, unit)
            if unit == "dBm":
                said["rssi_unit"] = "dBm"

    def _of_machine(self, value: Any, unit: Unit) -> Any:
        if unit == "dBm":  # a JSON number in REST
            return int(value) if float(value).is_integer() else value
        if unit == "%" and self.style == "2021":  # whole percents, unlike losses
            return f"{value:.0f}%"
        return value if unit == "level" else self._text(value, unit)

    def _text(self, value: float | None, unit: Unit) -> str:
        if value is None:
            return ""
        found = self._texts.get((value, unit))
        if found is None:
            found = format_quantity(value, unit, style=self.style)
            self._texts[value, unit] = found
        return found


def encode_participant(
    person: Person,
    rows: Sequence[Row],
    *,
    style: Style = "2026",
    absent: Absent = "blank",
) -> dict[str, Any]:
    """Return one participant's answer in Zoom's spelling, ready for JSON.

    Args:
        person: Who it is; fields that are None get no key.
        rows: Their rows of the samples table, ascending in time.
        style: The year whose spelling is used; 2021 rounds.
        absent: Whether an unmeasured stream is blank or has no key.
    """
    return Encoder(style, absent).participant(person, rows)


def encode_person(person: Person) -> dict[str, Any]:
    """Return a participant's facts in Zoom's spelling; None gets no key."""
    said = {
        ZOOM_SPELLING[name]: _json(value)
        for name in PERSON_FIELDS
        if (value := getattr(person, name)) is not None
    }
    return {**said, **person.other}


def _json(value: object) -> object:
    if isinstance(value, datetime):
        return iso(value)
    return list(value) if isinstance(value, tuple) else value
