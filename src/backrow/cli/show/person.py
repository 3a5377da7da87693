"""Who a participant is: a line each for device, place, network and the like."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from backrow.cli.context import Zone
from backrow.cli.write import plain
from backrow.qos.people import Person
from backrow.qos.reading import ParticipantQos


def facts(qos: ParticipantQos, zone: Zone) -> Table:
    """Return what Zoom told of the participant, and what it did not."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    silent: list[str] = []
    for label, parts in _fact_rows(qos, zone):
        told = [plain(part) for part in parts if part]
        if told:
            table.add_row(label, Text(" · ".join(told)))
        else:
            silent.append(label)
    if silent:
        table.add_row("not told", Text(", ".join(silent)))
    return table


def _fact_rows(
    qos: ParticipantQos, zone: Zone
) -> Iterator[tuple[str, list[str | None]]]:
    who = qos.person
    number_ = who.webinar_number or who.meeting_number or qos.session_number
    if number_ or qos.session_uuid:
        yield qos.kind, [number_, qos.session_uuid]
    yield "who", [who.user_name, _named("user_id", who.user_id), who.email, who.role]
    system = _joined(who.os, who.os_version)
    yield "device", [who.device, system, who.device_name, who.pc_name]
    browser = _joined(who.browser_name, who.browser_version)
    client = f"Zoom {who.version}" if who.version else None
    yield "versions", [client, who.client, browser]
    yield "place", [who.location, _named("domain", who.domain)]
    inside = ", ".join(who.internal_ip_addresses or ())
    yield (
        "network",
        [who.network_type, who.ip_address, _named("inside", inside), *_routes(who)],
    )
    center = who.full_data_center or who.data_center
    yield "data center", [part.strip() for part in (center or "").split(";")]
    yield "stay", list(_stay(who, zone))
    if who.health:
        yield "health", [who.health, *(who.issue_list or ())]


def _routes(who: Person) -> list[str | None]:
    kinds = {
        "audio": who.connection_type,
        "video": who.video_connection_type,
        "share": who.as_connection_type,
    }
    told = {kind for kind in kinds.values() if kind}
    if len(told) == 1:
        return list(told)
    return [f"{medium} {kind}" for medium, kind in kinds.items() if kind]


def _stay(who: Person, zone: Zone) -> Iterator[str]:
    if who.join_time is not None:
        at = zone.local(who.join_time)
        yield f"joined {at:%Y-%m-%d %H:%M:%S} {zone.title(at)}"
    if who.leave_time is not None:
        yield f"left {zone.local(who.leave_time):%Y-%m-%d %H:%M:%S}"
    if who.leave_reason:
        yield who.leave_reason


def _named(name: str, value: str | None) -> str | None:
    return f"{name} {value}" if value else None


def _joined(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)
