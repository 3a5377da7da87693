"""Rows of the samples table to Zoom's JSON: the inverse of `backrow.zoom.decode`.

The emulated API speaks through this module. Zoom has spelled its strings in
several ways over the years (`Style`); the two newer ones lose nothing, so that
``decode(encode(x)) == x``, while 2021 rounds as production answers do.

Minutes are written as JSON text at once, because an hour of ten thousand people
holds some twenty million values: the text of a value, its key before it, is made
once and looked up from then on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

import msgspec

from backrow.qos.people import PERSON_FIELDS, ZOOM_SPELLING, Person, iso
from backrow.qos.quantity import (
    Style,
    format_quantity,
    format_resolution,
    read_quantity,
)
from backrow.qos.sample import INDEX, Row
from backrow.qos.vocabulary import (
    DIRECTIONS,
    LEGS,
    MEDIA,
    METRICS,
    STREAM_METRICS,
    Direction,
    Leg,
    Medium,
    Unit,
    stream_key,
)

Absent = Literal["blank", "missing", "mixed"]
"""What stands for a stream that was not measured: blank strings, or no key.

Mixed is blank on the client's leg and on any other that has a value, and no key
for the rest.
"""

StillShare = Literal["0*0", "0 fps"]
PICTURES: Final[tuple[Medium, ...]] = ("video", "share")
_LEG: Final = INDEX["leg"]
_AT: Final = INDEX["sampled_at"]
_CLIENT: Final = LEGS[0]
_TEXTS_MAX: Final = 200_000
"""Texts remembered of one field; when there are more, all are forgotten."""
_MACHINE_MAX: Final = 10_000
"""The same of a machine's values together, which are seldom met again."""
_PLAIN: Final = tuple(m for m in STREAM_METRICS if not m.pictures_only)
_PLAIN_COUNT: Final = len(_PLAIN)


class _Stream(NamedTuple):
    """Where one stream's values stand in a row, and what Zoom calls them."""

    head: str
    """Its key, as JSON has it before the values."""
    where: slice
    nothing: tuple[None, ...]
    """What stands there if it was not measured."""
    blank: str
    """What stands for it in JSON then."""
    pictures: int
    """Which of `PICTURES` it is; -1 for audio."""


class MachineField(NamedTuple):
    """One value of an object that is of no stream."""

    key: str
    """Zoom's name."""
    column: str
    """Our name."""
    unit: Unit


def _streams(leg: Leg) -> tuple[_Stream, ...]:
    return tuple(_stream(leg, m, direction) for m in MEDIA for direction in DIRECTIONS)


def _stream(leg: Leg, medium: Medium, direction: Direction) -> _Stream:
    metrics = _PLAIN if medium == "audio" else STREAM_METRICS
    first = INDEX[f"{medium}_{direction}_{metrics[0].suffix}"]
    head = f'"{stream_key(medium, direction, leg)}":{{'
    names = dict.fromkeys(metric.field for metric in metrics)
    blanks = ",".join(f'"{name}":""' for name in names)
    return _Stream(
        head=head,
        where=slice(first, first + len(metrics)),
        nothing=(None,) * len(metrics),
        blank=f"{head}{blanks}}}",
        pictures=PICTURES.index(medium) if medium in PICTURES else -1,
    )


_STREAMS: Final[Mapping[Leg, tuple[_Stream, ...]]] = {
    leg: _streams(leg) for leg in LEGS
}
_BLANK_LEG: Final[Mapping[Leg, str]] = {
    leg: ",".join(stream.blank for stream in streams)
    for leg, streams in _STREAMS.items()
}
MACHINE: Final[Mapping[str, tuple[MachineField, ...]]] = {
    part: tuple(
        MachineField(m.rest.partition(".")[2], m.name, m.unit)
        for m in METRICS
        if m.rest.startswith(f"{part}.") and not m.per_leg
    )
    for part in ("cpu_usage", "cpu_pressure_level", "wifi_rssi")
}
"""Objects that are of no stream, with their fields."""
_MACHINE_AT: Final = tuple(
    slice(INDEX[fields[0].column], INDEX[fields[-1].column] + 1)
    for fields in MACHINE.values()
)
"""Where each stands in a row: side by side."""
_SWAPPED: Final = {"min_rssi": "max_rssi", "max_rssi": "min_rssi"}


Texts = dict[Any, str]
"""JSON texts by value; plain dicts, as those that fill themselves are slower."""


@dataclass(slots=True)
class Encoder:
    """Encodes answer after answer, remembering the texts it has made."""

    style: Style = "2026"
    absent: Absent = "blank"
    exact: bool = False
    """A number that the style would round has all of its digits, as in 2026."""
    rssi_swapped: bool = False
    """Wi-Fi's least and most change places, as in Zoom's own examples."""
    still_share: StillShare = "0 fps"
    """What a shared screen of 0 frames a second is: that, or no picture at all."""
    _plans: dict[tuple[Leg, ...], tuple[tuple[str, int], ...]] = field(
        default_factory=dict, init=False, repr=False
    )
    """What stands side by side in a minute: blank legs, or the rows' numbers."""
    _instants: Texts = field(default_factory=dict, init=False, repr=False)
    _plain: tuple[Texts, ...] = field(
        default_factory=lambda: tuple({} for _ in _PLAIN), init=False, repr=False
    )
    _pictures: tuple[Texts, ...] = field(
        default_factory=lambda: tuple({} for _ in PICTURES), init=False, repr=False
    )
    _machine: tuple[tuple[str, slice, Texts], ...] = field(
        default_factory=lambda: tuple(
            (name, where, {}) for name, where in zip(MACHINE, _MACHINE_AT, strict=True)
        ),
        init=False,
        repr=False,
    )
    _parts: Texts = field(default_factory=dict, init=False, repr=False)
    """Texts of single values of the machine, by key and value."""

    def participant(self, person: Person, rows: Sequence[Row]) -> dict[str, Any]:
        """Return one participant's answer in Zoom's spelling, ready for JSON.

        Args:
            person: Who it is; fields that are None get no key.
            rows: Their rows of the samples table, ascending in time.
        """
        return {**encode_person(person), "user_qos": self.minutes(rows)}

    def minutes(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Return `user_qos`: one object a minute with all legs as keys."""
        found: list[dict[str, Any]] = msgspec.json.decode(self.minutes_json(rows))
        return found

    def minutes_json(self, rows: Sequence[Row]) -> bytes:
        """Return `user_qos` as JSON; rows of one instant stand side by side."""
        minutes: list[str] = []
        begin, count = 0, len(rows)
        while begin < count:
            end, at = begin + 1, rows[begin][_AT]
            while end < count and rows[end][_AT] == at:
                end += 1
            together = rows[begin:end]
            try:
                minute = self._minute(together)
            except KeyError:  # a value that was not met before
                self._learn(together)
                minute = self._minute(together)
            minutes.append(minute)
            begin = end
        return f"[{'},'.join(minutes)}}}]".encode() if minutes else b"[]"

    def _minute(self, rows: Sequence[Row]) -> str:
        """Return one minute as JSON, without the last brace.

        Raises:
            KeyError: A value has no text yet.
        """
        row = rows[0]
        said = [self._instants[row[_AT]]]
        legs = (row[_LEG],) if len(rows) == 1 else tuple([r[_LEG] for r in rows])
        for blank, place in self._plans[legs]:
            if blank:
                said.append(blank)
            else:
                self._add_streams(said, rows[place])
        for name, where, texts in self._machine:
            text = ""
            for each in rows:
                # Four loads at once are seldom met again: no reason to learn anew.
                known = texts.get(each[where])
                if known is None:
                    if len(texts) > _MACHINE_MAX:
                        texts.clear()
                    known = texts[each[where]] = self.part(name, each[where])
                text = text or known
            if text:
                said.append(text)
        return ",".join(said)

    def _add_streams(self, said: list[str], row: Row) -> None:
        """Append the JSON of one leg's streams, keys included, to `said`."""
        kbps, ms, jitters, averages, most = self._plain
        pictures, blanks = self._pictures, self.absent != "missing"
        for head, where, nothing, blank, which in _STREAMS[row[_LEG]]:
            values = row[where]
            if values == nothing:
                if blanks:
                    said.append(blank)
            elif which >= 0:
                a, b, c, d, e, width, height, rate = values
                said.append(
                    f"{head}{kbps[a]},{ms[b]},{jitters[c]},{averages[d]},{most[e]},"
                    f"{pictures[which][width, height, rate]}}}"
                )
            else:
                a, b, c, d, e = values
                said.append(
                    f"{head}{kbps[a]},{ms[b]},{jitters[c]},{averages[d]},{most[e]}}}"
                )

    def _learn(self, rows: Sequence[Row]) -> None:
        """Make sure that everything in the rows of one minute has a text.

        The machine's values get theirs as they are met.
        """
        every = (self._instants, *self._plain, *self._pictures)
        for texts in every:
            if len(texts) > _TEXTS_MAX:
                texts.clear()
        at, legs = rows[0][_AT], tuple([row[_LEG] for row in rows])
        if at not in self._instants:
            self._instants[at] = f'{{"date_time":"{iso(at)}"'
        if legs not in self._plans:
            self._plans[legs] = self._plan(legs)
        for row in rows:
            for stream in _STREAMS[row[_LEG]]:
                self._learn_stream(row[stream.where], stream.pictures)

    def _learn_stream(self, values: Row, which: int) -> None:
        for metric, texts, value in zip(_PLAIN, self._plain, values, strict=False):
            if value not in texts:
                text = self.quantity(value, metric.unit)
                texts[value] = f'"{metric.field}":{text}'
        picture = values[_PLAIN_COUNT:]
        if which >= 0 and picture not in self._pictures[which]:
            self._pictures[which][picture] = self._picture(PICTURES[which], *picture)

    def _plan(self, legs: tuple[Leg, ...]) -> tuple[tuple[str, int], ...]:
        steps = []
        for leg in LEGS:
            if leg in legs:
                steps.append(("", legs.index(leg)))
            elif self.absent == "blank" or (self.absent == "mixed" and leg == _CLIENT):
                steps.append((_BLANK_LEG[leg], 0))
        return tuple(steps)

    def _picture(
        self,
        medium: Medium,
        width: int | None,
        height: int | None,
        rate: float | None,
    ) -> str:
        """Return resolution and frame rate; 2021 says ``0*0`` for no picture."""
        if medium == "share" and rate == 0 and self.still_share == "0*0":
            return '"resolution":"0*0","frame_rate":""'
        size = format_resolution(width, height)
        if width is None and rate is None and self.style == "2021":
            size = "0*0"
        return f'"resolution":"{size}","frame_rate":{self.quantity(rate, "fps")}'

    def quantity(self, value: float | None, unit: Unit) -> str:
        """Return a quantity as JSON."""
        text = format_quantity(value, unit, style=self.style)
        if self.exact and read_quantity(text, unit).value != value:
            text = format_quantity(value, unit)
        return f'"{text}"'

    def part(self, name: str, values: Row) -> str:
        """Return CPU, CPU pressure or Wi-Fi, its key included; "" if there is none."""
        said, parts = list[str](), self._parts
        for (key, _, unit), value in zip(MACHINE[name], values, strict=True):
            if value is None:
                continue
            text = parts.get((key, value))
            if text is None:
                if len(parts) > _TEXTS_MAX:
                    parts.clear()
                text = f'"{self._key(key)}":{self._of_machine(value, unit)}'
                parts[key, value] = text
            said.append(text)
        if said and name == "wifi_rssi":
            said.append('"rssi_unit":"dBm"')
        return f'"{name}":{{{",".join(said)}}}' if said else ""

    def _key(self, key: str) -> str:
        return _SWAPPED.get(key, key) if self.rssi_swapped else key

    def _of_machine(self, value: Any, unit: Unit) -> str:
        if unit == "dBm":  # a JSON number in REST
            return str(int(value) if float(value).is_integer() else value)
        if unit == "%" and self.style == "2021":  # whole percents, unlike losses
            if not self.exact or float(value).is_integer():
                return f'"{value:.0f}%"'
            return f'"{format_quantity(value, unit)}"'
        if unit == "level":
            return msgspec.json.encode(value).decode()
        return self.quantity(value, unit)


def blank_leg(leg: Leg) -> str:
    """Return the JSON of a leg's streams if none was measured, keys included."""
    return _BLANK_LEG[leg]


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
