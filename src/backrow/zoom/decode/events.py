"""QSS webhooks and qos_summary answers to the same rows that REST gives.

A QSS event has a flat list of (type, details) where REST has one object a
minute. Items of one minute and leg become one row; what belongs to the machine
(CPU, Wi-Fi, Zoom's scores and warnings) stands on the client's row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
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
from backrow.zoom.decode.memos import Memo, Memos
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
_OF_ANY: Final = ("quality_score", "network_notification", "resolution", "frame_rate")
"""Fields that are looked at whatever the type: Zoom's score and warning, the size."""
_SLOTS: Final = {name: i for i, name in enumerate(NAMES[FIRST_METRIC:])}
_NOTHING: Final[list[Any]] = [None] * len(_SLOTS)
_WARNING: Final = _SLOTS["zoom_notification"]
_RSSI: Final = slice(_SLOTS["wifi_min_rssi_dbm"], _SLOTS["wifi_max_rssi_dbm"] + 1)


@dataclass(slots=True)
class _Minute:
    """What an event's items say of one minute over one leg, gathered."""

    at: datetime
    values: list[Any]
    """Those of the columns from `FIRST_METRIC` on."""

    def row(self, key: Row, minute: datetime, leg: str) -> Row | None:
        """Return the row of the samples table; None if nothing is said.

        Args:
            key: As in `columns.rows_of`.
            minute: The instant's minute.
            leg: The leg.
        """
        if self.values == _NOTHING:
            return None
        values = self.values
        values[_RSSI] = in_order(*values[_RSSI])
        return (*key[:5], minute, self.at, leg, *key[8:], *values)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How the items of one type are read."""

    leg: Leg
    texts: Callable[[QosDetails], tuple[Any, ...]]
    """Gets what stands in `memos`' fields and in the four of `_OF_ANY`."""
    memos: tuple[Memo, ...]
    slots: tuple[int, ...]
    """Where the memos' values go in a row, counted from `FIRST_METRIC`."""
    is_stream: bool
    size: int | None
    """Where a width goes; the height goes beside it. None if there is no picture."""
    score: int | None
    """Where Zoom's score goes, on the client's row."""


class EventItems:
    """Makes rows of events' items; written for speed, as events come by the thousand.

    What stands where, and how it is read, is looked up once for each type of items.
    """

    def __init__(self, memos: Memos) -> None:
        """Read nothing yet.

        Args:
            memos: What is known already.
        """
        self._memos = memos
        self._plans = {kind: _plan_of(kind, memos) for kind in _TYPES}

    def rows(
        self, items: list[QosItem], key: Row, path: str
    ) -> tuple[list[Row], list[Problem]]:
        """Return the rows that an event's items make, and what could not be read."""
        found: dict[tuple[datetime, Leg], _Minute] = {}
        problems: list[Problem] = []
        memos, plans = self._memos, self._plans
        for i, item in enumerate(items):
            at = memos.instant[UNSET if item.date_time is None else item.date_time]
            if at is None:
                problems.append(_no_instant(item, f"{path}[{i}]"))
                continue
            plan, details = plans.get(item.type or ""), item.details
            if plan is None or details is None:
                problems.append(_not_understood(item, f"{path}[{i}]"))
                continue
            minute = at.replace(second=0, microsecond=0)
            client = own = _minute_in(found, minute, "client", at)
            if plan.leg != "client":
                own = _minute_in(found, minute, plan.leg, at)
            self._read(plan, details, own.values, client.values)
            if memos.unparsable:
                problems += problems_in_details(details, f"{path}[{i}].details", memos)
        rows = [
            one.row(key, *place) for place, one in sorted(found.items(), key=_first)
        ]
        return [row for row in rows if row is not None], problems

    def _read(
        self, plan: _Plan, details: QosDetails, own: list[Any], client: list[Any]
    ) -> None:
        """Put what one item's details say into the values of its leg, and the client's."""
        *texts, score, warning, size, rate = plan.texts(details)
        for text, memo, slot in zip(texts, plan.memos, plan.slots, strict=True):
            value = None if text is UNSET or text is None else memo[text]
            if value is not None:
                own[slot] = value
        if plan.is_stream and size is not UNSET:
            self._read_size(size, rate, own, plan.size)
        if score is not UNSET:
            value = self._memos.mos[score]
            if value is not None and plan.score is not None:
                client[plan.score] = value
        if isinstance(warning, str) and not is_blank(warning):
            client[_WARNING] = warning

    def _read_size(
        self, size: Any, rate: Any, own: list[Any], slot: int | None
    ) -> None:
        """Put a picture's size into the values, unless it says that there is none."""
        width, height = self._memos.size[size]
        is_picture = (width, height) != (0, 0) or self._memos.fps[rate] is not None
        if slot is not None and width is not None and is_picture:
            own[slot], own[slot + 1] = width, height


def _plan_of(kind: str, memos: Memos) -> _Plan:
    leg: Leg = "client"
    on_client, size = kind, None
    if kind in STREAM_OF_TYPE:
        medium, direction, leg = STREAM_OF_TYPE[kind]
        on_client = stream_key(medium, direction)
        width = f"{medium}_{direction}_width_px"
        size = _SLOTS.get(width)
    names = [
        name
        for name in QosDetails.__struct_fields__
        if (on_client, name) in _COLUMN_OF and name not in _WORDS | {"quality_score"}
    ]
    score = _SCORE_OF.get(kind.split("_", maxsplit=1)[0])
    return _Plan(
        leg=leg,
        texts=attrgetter(*names, *_OF_ANY),
        memos=tuple(memos.of(name) for name in names),
        slots=tuple(_SLOTS[_COLUMN_OF[on_client, name]] for name in names),
        is_stream=kind in STREAM_OF_TYPE,
        size=size,
        score=None if score is None else _SLOTS[score],
    )


def _minute_in(
    found: dict[tuple[datetime, Leg], _Minute], minute: datetime, leg: Leg, at: datetime
) -> _Minute:
    """Return what is gathered of a minute and leg, `at` being told of it."""
    one = found.get((minute, leg))
    if one is None:
        one = found[minute, leg] = _Minute(at, _NOTHING.copy())
    elif at > one.at:
        one.at = at
    return one


def _first(pair: tuple[Any, object]) -> Any:
    return pair[0]


def _no_instant(item: QosItem, path: str) -> Problem:
    expected = "expected an instant in ISO 8601"
    return Problem(path=f"{path}.date_time", value=item.date_time, expected=expected)


def _not_understood(item: QosItem, path: str) -> Problem:
    if item.type in _TYPES:
        return Problem(
            path=f"{path}.details", value=None, expected="expected an object"
        )
    expected = "expected a stream's key or another type of QSS events"
    return Problem(path=f"{path}.type", value=item.type, expected=expected)


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
