"""QSS webhooks and qos_summary answers to the same rows that REST gives.

A QSS event has a flat list of (type, details) where REST has one object a
minute. Items of one minute and leg become one row; what belongs to the machine
(CPU, Wi-Fi, Zoom's scores and warnings) stands on the client's row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from msgspec import UNSET, Struct

from backrow.qos.people import PERSON_FIELDS, Person
from backrow.qos.quantity import is_blank
from backrow.qos.reading import Problem
from backrow.qos.sample import FIRST_METRIC, NAMES, Row
from backrow.qos.summary import (
    STREAM_OF_TYPE,
    SUMMARY_MEASURES,
    SUMMARY_NAMES,
    SummaryRow,
)
from backrow.qos.vocabulary import METRICS, ZOOM_MEDIUM, Leg, stream_key
from backrow.zoom.decode.columns import in_order
from backrow.zoom.decode.memos import Memos
from backrow.zoom.wire.events import DataItem, QosDetails, QosItem
from backrow.zoom.wire.lists import SummaryDetails, SummaryItem

_COLUMN_OF: Final[Mapping[tuple[str, str], str]] = {
    (m.qss.split(".")[0], m.qss.split(".")[1]): m.name
    for m in METRICS
    if m.qss and m.unit != "px"
}
"""Our column for each (type, field) of an event, sizes apart."""
_SCORE_OF: Final = {zoom: f"zoom_{ours}_score" for ours, zoom in ZOOM_MEDIUM.items()}
_TYPES: Final = frozenset(
    {
        *STREAM_OF_TYPE,
        *(f"{zoom}_quality" for zoom in ZOOM_MEDIUM.values()),
        "cpu_usage",
        "wifi_rssi",
        "notification",
    }
)
"""What an item of a QSS event can be about."""
_WORDS: Final = frozenset({"quality", "rssi_unit", "network_notification"})


@dataclass(slots=True)
class MinuteOfEvents:
    """What an event's items say of one minute over one leg, gathered."""

    at: datetime
    leg: Leg
    values: dict[str, Any] = field(default_factory=dict)

    def row(self, key: Row) -> Row:
        """Return the row of the samples table; `key` as in `columns.rows_of`."""
        rssi = in_order(
            self.values.get("wifi_min_rssi_dbm"),
            self.values.get("wifi_avg_rssi_dbm"),
            self.values.get("wifi_max_rssi_dbm"),
        )
        names = ("wifi_min_rssi_dbm", "wifi_avg_rssi_dbm", "wifi_max_rssi_dbm")
        values = self.values | dict(zip(names, rssi, strict=True))
        floor = self.at.replace(second=0, microsecond=0)
        metrics = (values.get(name) for name in NAMES[FIRST_METRIC:])
        return (*key[:5], floor, self.at, self.leg, *key[8:], *metrics)


def rows_of_items(
    items: list[QosItem], key: Row, memos: Memos, path: str
) -> tuple[list[Row], list[Problem]]:
    """Return the rows that an event's items make, and what could not be read."""
    found: dict[tuple[datetime, Leg], MinuteOfEvents] = {}
    problems: list[Problem] = []
    for i, item in enumerate(items):
        at = memos.instant[UNSET if item.date_time is None else item.date_time]
        if at is None:
            expected = "expected an instant in ISO 8601"
            where = f"{path}[{i}].date_time"
            problems.append(
                Problem(path=where, value=item.date_time, expected=expected)
            )
            continue
        kind = item.type or ""
        if kind not in _TYPES or item.details is None:
            problems.append(_not_understood(item, f"{path}[{i}]"))
            continue
        leg = STREAM_OF_TYPE[kind][2] if kind in STREAM_OF_TYPE else "client"
        where = f"{path}[{i}].details"
        for slot, values in _values(kind, leg, item.details, memos):
            minute = at.replace(second=0, microsecond=0)
            one = found.setdefault((minute, slot), MinuteOfEvents(at, slot))
            one.at = max(one.at, at)
            one.values.update(values)
        problems.extend(problems_in_details(item.details, where, memos))
    rows = [one.row(key) for _, one in sorted(found.items())]
    return [row for row in rows if any(v is not None for v in row[FIRST_METRIC:])], (
        problems
    )


def _not_understood(item: QosItem, path: str) -> Problem:
    if item.type in _TYPES:
        return Problem(
            path=f"{path}.details", value=None, expected="expected an object"
        )
    expected = "expected a stream's key or another type of QSS events"
    return Problem(path=f"{path}.type", value=item.type, expected=expected)


def _values(
    kind: str, leg: Leg, details: QosDetails, memos: Memos
) -> Iterator[tuple[Leg, dict[str, Any]]]:
    """Yield what one item's details say, with the leg whose row it belongs to."""
    on_client, prefix = kind, ""
    if kind in STREAM_OF_TYPE:
        medium, direction, _ = STREAM_OF_TYPE[kind]
        on_client, prefix = stream_key(medium, direction), f"{medium}_{direction}"
    own = {
        column: memos.of(name)[text]
        for name, text in _measures(details)
        if (column := _COLUMN_OF.get((on_client, name))) is not None
        and name not in _WORDS
    }
    if prefix:
        own |= _size(prefix, details, memos)
    yield leg, {name: value for name, value in own.items() if value is not None}
    yield "client", _opinion(kind, details, memos)


def _size(prefix: str, details: QosDetails, memos: Memos) -> dict[str, int | None]:
    if details.resolution is UNSET:
        return {}
    width, height = memos.size[details.resolution]
    if (width, height) == (0, 0) and memos.fps[details.frame_rate] is None:
        return {}
    return {f"{prefix}_width_px": width, f"{prefix}_height_px": height}


def _opinion(kind: str, details: QosDetails, memos: Memos) -> dict[str, Any]:
    """Return Zoom's own score and warning; both come with any type."""
    found: dict[str, Any] = {}
    column = _SCORE_OF.get(kind.split("_", maxsplit=1)[0])
    score = memos.mos[details.quality_score]
    if column is not None and score is not None:
        found[column] = score
    warning = details.network_notification
    if isinstance(warning, str) and not is_blank(warning):
        found["zoom_notification"] = warning
    return found


def problems_in_details(
    details: QosDetails | SummaryDetails, path: str, memos: Memos
) -> list[Problem]:
    """Return what cannot be parsed in an item's details."""
    if not memos.take_unparsable():
        return []
    found = []
    for name, text in _measures(details):
        if name in _WORDS:
            continue
        memo = memos.of(_plain_name(name))
        if memo.read(text)[1] == "unparsable":
            expected = memo.expected
            found.append(Problem(path=f"{path}.{name}", value=text, expected=expected))
    return found


def _measures(details: Struct) -> Iterator[tuple[str, Any]]:
    for name in details.__struct_fields__:
        text = getattr(details, name)
        if text is not UNSET and text is not None:
            yield name, text


def _plain_name(name: str) -> str:
    """Return the name of the plain quantity behind a summary's min, avg, max."""
    part, _, rest = name.partition("_")
    if part not in {"min", "avg", "max"} or rest == "rssi":
        return name
    return "avg_loss" if rest == "loss" else rest


def summary_of(
    items: list[SummaryItem], key: Mapping[str, Any], memos: Memos, path: str
) -> tuple[list[SummaryRow], list[Problem]]:
    """Return the rows of the summaries table, and what could not be read.

    Args:
        items: One for each stream and for the machine.
        key: The key columns: account, kind, session_uuid, session_number,
            participant, origin, collected_at.
        memos: What is known already.
        path: JSON path of `items`.
    """
    rows: list[SummaryRow] = []
    problems: list[Problem] = []
    for i, item in enumerate(items):
        if item.details is None:
            continue
        values = _summary_values(item, memos)
        rows.append(tuple(({**key, **values}).get(name) for name in SUMMARY_NAMES))
        problems += problems_in_details(item.details, f"{path}[{i}].details", memos)
    return rows, problems


def _summary_values(item: SummaryItem, memos: Memos) -> dict[str, Any]:
    details = item.details
    assert details is not None  # noqa: S101 - the caller's
    values: dict[str, Any] = {
        column: memos.of(_plain_name(name))[text]
        for name, text in _measures(details)
        if (column := SUMMARY_MEASURES.get(name)) is not None
    }
    if details.resolution is not UNSET:
        size = memos.size[details.resolution]
        values["width_px"], values["height_px"] = size
    medium, direction, leg = STREAM_OF_TYPE.get(item.type or "", (None,) * 3)
    names = ("min_rssi_dbm", "avg_rssi_dbm", "max_rssi_dbm")
    rssi = in_order(*(values.get(name) for name in names))
    return {
        **values,
        **dict(zip(names, rssi, strict=True)),
        "type": item.type,
        "medium": medium,
        "direction": direction,
        "leg": leg,
        "zoom_quality": details.quality or None,
    }


def person_of_data(person: Person, items: list[DataItem]) -> Person:
    """Return `person` with what a data event's items say, the last one winning."""
    for item in items:
        said = {
            name: text
            for name in item.__struct_fields__
            if isinstance(text := getattr(item, name), str) and text
        }
        inside = said.get("signaling_internal_ip_address")
        facts: dict[str, Any] = {
            name: text for name, text in said.items() if name in PERSON_FIELDS
        }
        if "signaling_ip_address" in said:
            facts["ip_address"] = said["signaling_ip_address"]
        if "location_2" in said:
            facts.setdefault("location", said["location_2"])
        if "device_detail" in said:
            facts["device_name"] = said["device_detail"]
        if inside:
            facts["internal_ip_addresses"] = (inside,)
        rest = {
            n: t for n, t in said.items() if n not in {*PERSON_FIELDS, "location_2"}
        }
        person = replace(person, **facts, other={**person.other, **rest})
    return person
