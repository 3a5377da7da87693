"""Samples and people to QSS events: the inverse of `decode_event`.

The emulator's push speaks through this module. Each method returns a body: the
bytes that are signed and sent. What Zoom's contract requires is always there, empty
where nothing is known; what was not measured has no item, or a blank one.

``decode(encode(x)) == x`` holds for the styles of 2023 and 2026, and for 2021 where
`x` is as round as that year's spelling. Wi-Fi signals and Zoom's scores are never
rounded. A quality word comes beside Zoom's score, and the decoder leaves it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

import msgspec

from backrow.qos.people import Person, Session, iso
from backrow.qos.quantity import Style, format_quantity, format_resolution
from backrow.qos.sample import INDEX, Row
from backrow.qos.vocabulary import (
    DIRECTIONS,
    LEGS,
    MEDIA,
    METRICS,
    STREAM_METRICS,
    ZOOM_MEDIUM,
    Leg,
    Unit,
    stream_key,
)
from backrow.zoom.encode.summary import NO_WORDS, Words, score_text, summary_items

__all__ = [
    "EVENT_KINDS",
    "NO_WORDS",
    "Absent",
    "EventEncoder",
    "EventKind",
    "Words",
    "name_of",
]

EventKind = Literal["qos", "qos_summary", "data", "data_summary"]
"""What an event is about, as in `webinar.participant_qos`."""
Absent = Literal["missing", "blank"]
"""What stands for a stream that was not measured, of a leg that has a sample: no
item, or one with blank texts."""
EVENT_KINDS: Final[tuple[EventKind, ...]] = get_args(EventKind)

_OF_PERSON: Final = (
    "device",
    "location",
    "network_type",
    "microphone",
    "speaker",
    "camera",
    "data_center",
    "connection_type",
    "pc_name",
    "domain",
    "mac_addr",
    "harddisk_id",
    "version",
)
_PORT: Final = {"signaling": 50_000, "audio": 50_100, "video": 50_200, "as": 50_300}
_DESTINATION: Final = "mmr.example.com"
_DESTINATION_PORT: Final = "8801"
_MOST_TEXTS: Final = 100_000
"""Texts that are remembered before it is begun anew."""


@dataclass(frozen=True, slots=True)
class _Stream:
    """Where one stream's values stand in a row, and what its item is called."""

    type: str
    first: int
    last: int
    """One past its last value."""


def _streams(leg: Leg) -> tuple[_Stream, ...]:
    found = []
    for medium in MEDIA:
        for direction in DIRECTIONS:
            first = INDEX[f"{medium}_{direction}_{STREAM_METRICS[0].suffix}"]
            count = 5 if medium == "audio" else 8
            key = stream_key(medium, direction, leg)
            found.append(_Stream(key, first, first + count))
    return tuple(found)


_STREAMS: Final[Mapping[Leg, tuple[_Stream, ...]]] = {
    leg: _streams(leg) for leg in LEGS
}
_PLAIN: Final[tuple[tuple[str, Unit], ...]] = tuple(
    (metric.field, metric.unit) for metric in STREAM_METRICS if not metric.pictures_only
)
_BLANK: Final = {
    5: dict.fromkeys((name for name, _ in _PLAIN), ""),
    8: dict.fromkeys((*(name for name, _ in _PLAIN), "resolution", "frame_rate"), ""),
}
_CPU: Final = tuple(
    (m.qss.split(".")[1], INDEX[m.name], m.unit)
    for m in METRICS
    if m.qss.startswith("cpu_usage.")
)
_WIFI: Final = tuple(
    (m.qss.split(".")[1], INDEX[m.name])
    for m in METRICS
    if m.qss.startswith("wifi_rssi.")
)
_QUALITY: Final = tuple(
    (f"{ZOOM_MEDIUM[medium]}_quality", INDEX[f"zoom_{medium}_score"])
    for medium in MEDIA
)
_AT: Final = INDEX["sampled_at"]
_LEG: Final = INDEX["leg"]
_NOTIFICATION: Final = INDEX["zoom_notification"]
_MACHINE: Final = slice(_CPU[0][1], _NOTIFICATION + 1)
_NO_MACHINE: Final = (None,) * (_MACHINE.stop - _MACHINE.start)


@dataclass(slots=True)
class EventEncoder:
    """Encodes event after event, remembering the texts it has made."""

    account: str = ""
    style: Style = "2026"
    absent: Absent = "missing"
    _texts: dict[tuple[float, Unit], str] = field(default_factory=dict, repr=False)

    def qos(
        self,
        session: Session,
        person: Person,
        rows: Sequence[Row],
        *,
        event_ts: int,
        words: Words = NO_WORDS,
    ) -> bytes:
        """Return the event of a person's minute.

        Args:
            session: Where it was.
            person: Whose minute it is.
            rows: Samples of that minute, one for each leg.
            event_ts: When the event is made, unix milliseconds.
            words: Zoom's own words for the minute.
        """
        said = (words, *(NO_WORDS,) * (len(rows) - 1))  # on the first row, once
        items = [
            item
            for row, own in zip(rows, said, strict=False)
            for item in self._items(row, own)
        ]
        participant = {
            "user_id": person.user_id or "",
            "participant_user_id": person.participant_user_id or "",
            "email": person.email or "",
            "qos": items,
        }
        about = {"uuid": session.uuid, "participant": participant}
        return self._event(session, "qos", about, event_ts)

    def qos_summary(
        self,
        session: Session,
        person: Person,
        rows: Sequence[Row],
        *,
        event_ts: int,
        words: Words = NO_WORDS,
    ) -> bytes:
        """Return the event of a person's whole stay, sent when they leave.

        Args:
            session: Where it was.
            person: Whose stay it is.
            rows: All their samples.
            event_ts: When the event is made, unix milliseconds.
            words: Zoom's own words as they left.
        """
        participant = {
            "participant_id": person.user_id or "",
            "user_name": person.user_name or "",
            "id": person.id or "",
            "email": person.email or "",
            "qos": summary_items(rows, style=self.style, pushed=True, words=words),
        }
        about = {
            "uuid": session.uuid,
            "id": session.number,
            "participant": participant,
        }
        return self._event(session, "qos_summary", about, event_ts)

    def data(self, session: Session, person: Person, *, event_ts: int) -> bytes:
        """Return the event of where and with what a person takes part."""
        item = _data_item(person)
        if session.kind == "meeting":
            item["Location"] = item["location"]
        about = {"uuid": session.uuid, "participant": _of_data(person, item)}
        return self._event(session, "data", about, event_ts)

    def data_summary(self, session: Session, person: Person, *, event_ts: int) -> bytes:
        """Return the event of the same for a whole stay, sent when they leave."""
        item = _data_item(person)
        about: dict[str, Any] = {"uuid": session.uuid}
        if session.kind == "meeting":
            about["id"] = session.number
            item["device_detail"] = person.device_name or ""
            item["client"] = person.client or ""
        about["participant"] = _of_data(person, item)
        return self._event(session, "data_summary", about, event_ts)

    def _event(
        self, session: Session, kind: EventKind, about: object, event_ts: int
    ) -> bytes:
        return msgspec.json.encode(
            {
                "event": name_of(session, kind),
                "event_ts": event_ts,
                "payload": {"account_id": self.account, "object": about},
            }
        )

    def _items(self, row: Row, words: Words) -> Iterator[dict[str, Any]]:
        """Yield the items of one leg's row."""
        at = iso(row[_AT])
        for stream in _STREAMS[row[_LEG]]:
            values = row[stream.first : stream.last]
            if values.count(None) < len(values):
                details = self._stream(values)
            elif self.absent == "blank":
                details = _BLANK[len(values)]
            else:
                continue
            yield {"date_time": at, "type": stream.type, "details": details}
        if row[_MACHINE] != _NO_MACHINE or words != NO_WORDS:
            yield from self._of_machine(row, at, words)

    def _stream(self, values: tuple[Any, ...]) -> dict[str, str]:
        text = self._text
        said = {
            name: text(value, unit)
            for (name, unit), value in zip(_PLAIN, values, strict=False)
        }
        if len(values) > len(_PLAIN):
            width, height, rate = values[5:]
            no_picture = self.style == "2021" and width is None and rate is None
            said["resolution"] = (
                "0*0" if no_picture else format_resolution(width, height)
            )
            said["frame_rate"] = text(rate, "fps")
        return said

    def _of_machine(self, row: Row, at: str, words: Words) -> Iterator[dict[str, Any]]:
        cpu = {
            name: value if unit == "level" else self._cpu(value)
            for name, place, unit in _CPU
            if (value := row[place]) is not None
        }
        if cpu:
            yield {"date_time": at, "type": "cpu_usage", "details": cpu}
        for (kind, place), word in zip(_QUALITY, words, strict=True):
            quality = {"quality": word} if word else {}
            if row[place] is not None:
                quality["quality_score"] = score_text(row[place])
            if quality:
                yield {"date_time": at, "type": kind, "details": quality}
        wifi = {
            name: format_quantity(value, "dBm")
            for name, place in _WIFI
            if (value := row[place]) is not None
        }
        if wifi:
            wifi["rssi_unit"] = "dBm"
            yield {"date_time": at, "type": "wifi_rssi", "details": wifi}
        if row[_NOTIFICATION] is not None:
            details = {"network_notification": row[_NOTIFICATION]}
            yield {"date_time": at, "type": "notification", "details": details}

    def _cpu(self, value: float) -> str:
        """Return a load; in 2021 it is in whole percents, unlike losses."""
        return f"{value:.0f}%" if self.style == "2021" else self._text(value, "%")

    def _text(self, value: float | None, unit: Unit) -> str:
        if value is None:
            return ""
        found = self._texts.get((value, unit))
        if found is None:
            if len(self._texts) >= _MOST_TEXTS:
                self._texts.clear()
            found = format_quantity(value, unit, style=self.style)
            self._texts[value, unit] = found
        return found


def name_of(session: Session, kind: EventKind) -> str:
    """Return the name of an event, such as ``webinar.participant_qos``."""
    return f"{session.kind}.participant_{kind}"


def _of_data(person: Person, item: Mapping[str, str]) -> dict[str, Any]:
    return {
        "participant_id": person.user_id or "",
        "participant_user_id": person.participant_user_id or "",
        "email": person.email or "",
        "data": [item],
    }


def _data_item(person: Person) -> dict[str, str]:
    """Return where and with what a person takes part; unknown is empty."""
    said = {name: getattr(person, name) or "" for name in _OF_PERSON}
    inside = next(iter(person.internal_ip_addresses or ()), "")
    said["signaling_ip_address"] = person.ip_address or ""
    for part, port in _PORT.items():
        said[f"{part}_internal_ip_address"] = inside
        said[f"{part}_internal_ip_port"] = str(port) if inside else ""
    said["destination_ip_domain"] = _DESTINATION
    said["destination_ip_port"] = _DESTINATION_PORT
    return said
