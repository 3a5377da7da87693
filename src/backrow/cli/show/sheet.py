"""A participant's minutes on one line each: numbers under their units.

The flattest form there is, for as many media and directions as were measured. Each
has the columns kbps, round trip in ms, jitter, loss on average and at worst, and the
picture; the last are those of the machine. What no minute has gets no column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from rich.cells import cell_len
from rich.text import Text

from backrow.cli.context import Zone
from backrow.cli.show.thresholds import (
    LIMITS,
    NOTHING,
    level,
    marked,
    number,
    with_mark,
)
from backrow.cli.write import plain
from backrow.qos.reading import Minute, Stream
from backrow.qos.vocabulary import DIRECTIONS, MEDIA, Direction, Medium

Channel: TypeAlias = tuple[Medium, Direction]
CHANNELS: Final = tuple((m, d) for m in MEDIA for d in DIRECTIONS)
_TIMES: Final = "\N{MULTIPLICATION SIGN}"
_GAP: Final = 2
"""Blanks between groups; between the columns of one there is a single one."""


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    cells: list[Text]
    left: bool = False

    @property
    def width(self) -> int:
        return max(cell_len(self.title), *(cell.cell_len for cell in self.cells))

    def line(self, i: int) -> Text:
        """Return cell `i`, or with -1 the title, as wide as the column."""
        cell = Text(self.title, style="bold") if i < 0 else self.cells[i].copy()
        blanks = self.width - cell.cell_len
        if self.left:
            cell.pad_right(blanks)
        else:
            cell.pad_left(blanks)
        return cell


@dataclass(frozen=True, slots=True)
class _Group:
    title: str
    columns: list[_Column] = field(default_factory=list)

    @property
    def width(self) -> int:
        inner = sum(c.width for c in self.columns) + len(self.columns) - 1
        return max(inner, cell_len(self.title))

    def line(self, i: int) -> Text:
        """Return line `i`; -1 is the columns' titles, -2 the group's own."""
        if i == -2:
            text = Text(self.title, style="bold")
        else:
            text = Text(" ").join(column.line(i) for column in self.columns)
        text.pad_right(self.width - text.cell_len)
        return text


def sheet(minutes: Sequence[Minute], zone: Zone) -> list[Text]:
    """Return the lines of a sheet: two of titles, then one a minute."""
    times = [Text(_time(minute, zone)) for minute in minutes]
    groups = [_Group("", [_Column("time", times, left=True)])]
    groups += [_stream_group(minutes, *channel) for channel in measured(minutes)]
    groups += _machine_groups(minutes)
    lines = []
    for i in range(-2, len(minutes)):
        text = Text(" " * _GAP).join(group.line(i) for group in groups)
        text.rstrip()
        lines.append(text)
    return lines


def measured(minutes: Sequence[Minute]) -> list[Channel]:
    """Return the media and directions of which anything was measured."""
    return [
        (medium, direction)
        for medium, direction in CHANNELS
        if any(stream_of(one, medium, direction).is_measured for one in minutes)
    ]


def not_measured(minutes: Sequence[Minute]) -> str:
    """Return a sentence on the media and directions without a column, if any."""
    shown = measured(minutes)
    left = [f"{medium} {d}" for medium, d in CHANNELS if (medium, d) not in shown]
    return f"Not measured in any minute: {', '.join(left)}." if left else ""


def stream_of(minute: Minute, medium: Medium, direction: Direction) -> Stream:
    """Return one direction of one medium."""
    reading = minute.medium(medium)
    return reading.sent if direction == "sent" else reading.received


def picture_of(stream: Stream, medium: Medium, *, short: bool = False) -> Text:
    """Return a picture as size@frames per second; empty if there is none."""
    text = Text()
    sized = stream.width_px is not None and stream.height_px is not None
    if sized:
        size = f"{stream.width_px}{_TIMES}{stream.height_px}"
        text.append(f"{stream.height_px}p" if short else size)
    if stream.frame_rate_fps is not None:
        text.append("@" if sized else "")
        fps = stream.frame_rate_fps
        limited = medium in LIMITS["frame_rate_fps"].media
        text.append_text(
            marked(fps, "frame_rate_fps") if limited else Text(number(fps))
        )
        text.append("" if sized else " fps")
    return text


def _time(minute: Minute, zone: Zone) -> str:
    text = f"{zone.local(minute.minute):%H:%M}"
    return text if minute.leg == "client" else f"{text} {minute.leg}"


def _stream_group(
    minutes: Sequence[Minute], medium: Medium, direction: Direction
) -> _Group:
    streams = [stream_of(minute, medium, direction) for minute in minutes]
    columns = [
        _Column("kbps", [_or_nothing(s.bitrate_kbps) for s in streams]),
        _Column("ms", [_or_nothing(s.latency_ms, "latency_ms") for s in streams]),
        _Column(
            "\N{PLUS-MINUS SIGN}",
            [_or_nothing(s.jitter_ms, "jitter_ms") for s in streams],
        ),
        _Column("loss %", [_loss(s) for s in streams]),
    ]
    if medium != "audio":
        pictures = [picture_of(stream, medium, short=True) for stream in streams]
        columns.append(_Column("picture", pictures, left=True))
    return _Group(f"{medium} {direction}", columns)


def _or_nothing(value: float | None, metric: str = "") -> Text:
    if value is None:
        return Text(NOTHING, style="dim")
    return marked(value, metric) if metric else Text(number(value))


def _loss(stream: Stream) -> Text:
    """Return average and worst loss in percent, with the graver one's mark."""
    both = (stream.avg_loss_pct, "avg_loss_pct"), (stream.max_loss_pct, "max_loss_pct")
    found = [level(v, LIMITS[name]) for v, name in both if v is not None]
    if not found:
        return Text(NOTHING, style="dim")
    shown = "/".join(NOTHING if v is None else _short(v) for v, _ in both)
    return with_mark(shown, max(found))


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else number(round(value, 1))


def _machine_groups(minutes: Sequence[Minute]) -> list[_Group]:
    """Return CPU, CPU pressure and Wi-Fi, those of which there is any."""
    groups = []
    for title, read in _MACHINE:
        cells = [read(minute) for minute in minutes]
        if any(cells):
            shown = [cell or Text(NOTHING, style="dim") for cell in cells]
            groups.append(_Group("", [_Column(title, shown)]))
    return groups


def _cpu(minute: Minute) -> Text:
    of_zoom, of_all = minute.zoom_avg_cpu_pct, minute.system_max_cpu_pct
    if of_zoom is None and of_all is None:
        return Text()
    parts = [_or_nothing(of_zoom, "cpu_pct"), _or_nothing(of_all, "cpu_pct")]
    return Text("/").join(parts)


def _pressure(minute: Minute) -> Text:
    word = minute.system_max_cpu_pressure
    if word is None or word == "normal":
        return Text()
    style = "bold red" if word == "critical" else "yellow"
    return Text(plain(word, longest=12), style=style)


def _wifi(minute: Minute) -> Text:
    signal = minute.wifi_avg_rssi_dbm
    return Text() if signal is None else Text(number(signal))


_MACHINE: Final[tuple[tuple[str, Callable[[Minute], Text]], ...]] = (
    ("CPU %", _cpu),
    ("pressure", _pressure),
    ("dBm", _wifi),
)
