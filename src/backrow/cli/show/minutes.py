"""A participant's minutes: a row a minute.

On a terminal that is wide enough each is one line (`backrow.cli.show.sheet`); else
each medium and direction is a cell of four short lines: bitrate, round trip with
jitter, loss, picture. What was never measured gets no column. Values worth a look
carry a mark as well as a colour, so that they survive a pipe and colour blindness.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from backrow.cli.context import Zone
from backrow.cli.show.sheet import (
    measured,
    not_measured,
    picture_of,
    sheet,
    stream_of,
)
from backrow.cli.show.thresholds import NOTHING, legend_of_limits, marked, number
from backrow.cli.write import plain
from backrow.qos.reading import Minute, ParticipantQos, Stream
from backrow.qos.vocabulary import DIRECTIONS, MEDIA, Medium

_WIDE: Final = 96
"""Columns that the wide table needs; below, sent stands above received."""
_SHEET_LEGEND: Final = (
    "ms is the round trip, ± its jitter; loss is average/worst; a picture is height@frames/s; "
    "CPU is Zoom's average/the whole machine's most; dBm is the Wi-Fi signal."
)
_TABLE_LEGEND: Final = (
    "A cell holds bitrate; round trip ±jitter; loss on average (worst); "
    "picture@frames/s. CPU of Zoom: least/average/most; of all: most."
)


def print_minutes(
    console: Console, qos: ParticipantQos, zone: Zone, *, with_legend: bool = True
) -> None:
    """Print a line a minute; a cell of four lines each where that is too wide."""
    lines = sheet(qos.minutes, zone)
    if max(line.cell_len for line in lines) <= console.width:
        for line in lines:
            console.print(line, no_wrap=True)
        about = _SHEET_LEGEND
    else:
        console.print(_minutes_table(qos, zone, width=console.width))
        about = _TABLE_LEGEND
    legend = [not_measured(qos.minutes)]
    legend += [about, legend_of_limits()] if with_legend else []
    console.print(Text("\n" + "\n".join(filter(None, legend)), style="dim"))


def _minutes_table(qos: ParticipantQos, zone: Zone, *, width: int) -> Table:
    """Return a row a minute; below `_WIDE` columns sent stands above received."""
    return _wide_table(qos, zone) if width >= _WIDE else _narrow_table(qos, zone)


def heading(minutes: Sequence[Minute], zone: Zone) -> str:
    """Return how many minutes there are, of which day, in which zone."""
    first, last = minutes[0].minute, minutes[-1].minute
    day, end = zone.local(first).date(), zone.local(last).date()
    days = f"{day}" if day == end else f"{day} to {end}"
    count = "1 minute" if len(minutes) == 1 else f"{len(minutes)} minutes"
    return f"{count}, {days}, times in {zone.title(first)}"


def _wide_table(qos: ParticipantQos, zone: Zone) -> Table:
    shown = measured(qos.minutes)
    table = _table("minute")
    for medium, direction in shown:
        table.add_column(f"{medium}\n{direction}", overflow="fold")
    table.add_column(_machine_title(qos))
    for minute in qos.minutes:
        cells = [
            _cell(stream_of(minute, medium, direction), medium)
            for medium, direction in shown
        ]
        table.add_row(_when(minute, zone), *cells, _machine(minute))
    return table


def _narrow_table(qos: ParticipantQos, zone: Zone) -> Table:
    table = _table("minute")
    for medium in ("", *MEDIA):
        table.add_column(medium, overflow="fold")
    table.add_column(_machine_title(qos))
    for minute in qos.minutes:
        for direction in DIRECTIONS:
            first = direction == DIRECTIONS[0]
            cells = [
                _cell(stream_of(minute, medium, direction), medium) for medium in MEDIA
            ]
            table.add_row(
                _when(minute, zone) if first else "",
                direction,
                *cells,
                _machine(minute) if first else "",
                end_section=not first,
            )
    return table


def _table(first: str) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        show_lines=True,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column(first, no_wrap=True)
    return table


def _machine_title(qos: ParticipantQos) -> str:
    wifi = any(minute.wifi_avg_rssi_dbm is not None for minute in qos.minutes)
    return "CPU, Wi-Fi" if wifi else "CPU"


def _when(minute: Minute, zone: Zone) -> Text:
    text = f"{zone.local(minute.minute):%H:%M}"
    return Text(text if minute.leg == "client" else f"{text}\n{minute.leg}")


def _cell(stream: Stream, medium: Medium) -> Text:
    parts = [
        _bitrate(stream),
        _delays(stream),
        _losses(stream),
        picture_of(stream, medium),
    ]
    return _stacked(parts)


def _stacked(parts: Sequence[Text]) -> Text:
    """Return the parts that are there, below each other."""
    told = [part for part in parts if part]
    return Text("\n").join(told) if told else Text(NOTHING, style="dim")


def _bitrate(stream: Stream) -> Text:
    if stream.bitrate_kbps is None:
        return Text()
    return Text(f"{number(stream.bitrate_kbps)} kbps")


def _delays(stream: Stream) -> Text:
    text = Text()
    if stream.latency_ms is not None:
        text.append_text(marked(stream.latency_ms, "latency_ms", " ms"))
    if stream.jitter_ms is not None:
        text.append(" ±" if text else "±")
        text.append_text(marked(stream.jitter_ms, "jitter_ms"))
        text.append("" if stream.latency_ms is not None else " ms")
    return text


def _losses(stream: Stream) -> Text:
    text = Text()
    if stream.avg_loss_pct is not None:
        text.append_text(marked(stream.avg_loss_pct, "avg_loss_pct", " %"))
    if stream.max_loss_pct is not None:
        text.append(" (" if text else "(")
        text.append_text(marked(stream.max_loss_pct, "max_loss_pct"))
        text.append(")" if stream.avg_loss_pct is not None else ") %")
    return text


def _machine(minute: Minute) -> Text:
    zoom = (minute.zoom_min_cpu_pct, minute.zoom_avg_cpu_pct, minute.zoom_max_cpu_pct)
    pressure, wifi = minute.system_max_cpu_pressure, minute.wifi_avg_rssi_dbm
    word = Text()
    if pressure and pressure != "normal":
        style = "bold red" if pressure == "critical" else "yellow"
        word = Text(plain(pressure, longest=12), style=style)
    parts = [
        _share_of_cpu("Zoom", zoom),
        _share_of_cpu("all", [minute.system_max_cpu_pct]),
        word,
        Text() if wifi is None else Text(f"{number(wifi)} dBm"),
    ]
    return _stacked(parts)


def _share_of_cpu(of: str, values: Sequence[float | None]) -> Text:
    """Return a line such as ``Zoom 8/12/18 %``."""
    if all(value is None for value in values):
        return Text()
    parts = [
        Text(NOTHING) if value is None else marked(value, "cpu_pct") for value in values
    ]
    return Text.assemble(f"{of} ", Text("/").join(parts), " %")
