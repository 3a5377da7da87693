"""A participant's minutes on one line each: numbers under their units.

Each medium and direction that was measured has the columns kbps, round trip in ms,
jitter, loss on average and at worst, and the picture; others are those of the machine
and Zoom's own scores. What no minute has gets no column. What does not fit side by side
goes into blocks below each other, each with a line a minute: a medium stays whole where
that is possible, and the machine stays with the sound. A minute that was measured over
several legs has a line for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

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
from backrow.qos.sample import INDEX
from backrow.qos.vocabulary import DIRECTIONS, MEDIA, Direction, Medium

Channel: TypeAlias = tuple[Medium, Direction]
CHANNELS: Final = tuple((m, d) for m in MEDIA for d in DIRECTIONS)
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


@dataclass(frozen=True, slots=True)
class _Line:
    """One minute over one leg."""

    minute: Minute
    is_first: bool
    """Whether it is the minute's first line, where the machine's values stand."""


def sheet(minutes: Sequence[Minute], zone: Zone, *, width: int) -> list[list[Text]]:
    """Return blocks of lines: two of titles, then one a minute and leg.

    Args:
        minutes: A participant's, ascending.
        zone: The viewer's time zone.
        width: Columns that a line may take; the fewest blocks are made that fit.
    """
    lines = list(_lines(minutes))
    times = [Text(_time(line.minute, zone)) for line in lines]
    first = _Group("", [_Column("time", times, left=True)])
    room = width - first.width - _GAP
    blocks = _packed(_parts(lines, room), room)
    return [
        [_joined([first, *groups], i) for i in range(-2, len(lines))]
        for groups in blocks or [[]]
    ]


def _lines(minutes: Iterable[Minute]) -> Iterator[_Line]:
    for minute in minutes:
        yield _Line(minute, is_first=True)
        for leg, other in minute.legs.items():
            if leg != minute.leg and other.has_streams:
                yield _Line(other, is_first=False)


def _parts(lines: Sequence[_Line], room: int) -> list[list[_Group]]:
    """Return the groups of columns by what should stay together: all if they fit."""
    minutes = [line.minute for line in lines]
    shown = measured(minutes)
    parts = {
        medium: [
            _stream_group(minutes, medium, direction)
            for medium_, direction in shown
            if medium_ == medium
        ]
        for medium in MEDIA
    }
    machine = _machine_groups(lines)
    flat = [*parts["audio"], *parts["video"], *parts["share"], *machine]
    if _width(flat) <= room:
        return [flat]
    return [[*parts["audio"], *machine], parts["video"], parts["share"]]


def _packed(parts: Iterable[Sequence[_Group]], room: int) -> list[list[_Group]]:
    """Return the groups in as few blocks as fit, parts whole where that is possible."""
    blocks: list[list[_Group]] = []
    for part in parts:
        if blocks and _width([*blocks[-1], *part]) <= room:
            blocks[-1] += part
        elif _width(part) <= room:
            blocks += [[*part]] if part else []
        else:
            blocks += _filled((one for each in part for one in _cut(each, room)), room)
    return blocks


def _filled(groups: Iterable[_Group], room: int) -> list[list[_Group]]:
    blocks: list[list[_Group]] = []
    for group in groups:
        if blocks and _width([*blocks[-1], group]) <= room:
            blocks[-1].append(group)
        else:
            blocks.append([group])
    return blocks


def _cut(group: _Group, room: int) -> list[_Group]:
    """Return a group in pieces that fit, each with as many columns as do."""
    pieces = [_Group(group.title)]
    for column in group.columns:
        wider = _Group(group.title, [*pieces[-1].columns, column])
        if pieces[-1].columns and wider.width > room:
            wider = _Group(group.title, [column])
            pieces.append(wider)
        pieces[-1] = wider
    return pieces


def _width(groups: Sequence[_Group]) -> int:
    return sum(group.width for group in groups) + _GAP * (len(groups) - 1)


def _joined(groups: Sequence[_Group], i: int) -> Text:
    text = Text(" " * _GAP).join(group.line(i) for group in groups)
    text.rstrip()
    return text


def measured(minutes: Sequence[Minute]) -> list[Channel]:
    """Return the media and directions of which anything was measured, on any leg."""
    legs = [one for minute in minutes for one in (minute, *minute.legs.values())]
    return [
        (medium, direction)
        for medium, direction in CHANNELS
        if any(stream_of(one, medium, direction).is_measured for one in legs)
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


def _picture(stream: Stream, medium: Medium) -> Text:
    """Return a picture as height@frames per second; empty if there is none."""
    text = Text()
    sized = stream.height_px is not None
    if sized:
        text.append(f"{stream.height_px}p")
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
        pictures = [_picture(stream, medium) for stream in streams]
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


def _machine_groups(lines: Sequence[_Line]) -> list[_Group]:
    """Return CPU, CPU pressure, Wi-Fi and Zoom's scores, those of which there is any."""
    groups = [_Group("", [one]) for one in _told(lines, _MACHINE)]
    scores = _told(lines, _SCORES)
    return [*groups, _Group("Zoom's score", scores)] if scores else groups


def _told(
    lines: Sequence[_Line], columns: Sequence[tuple[str, Callable[[Minute], Text]]]
) -> list[_Column]:
    """Return the columns that have any value; other legs' lines repeat none."""
    found = []
    for title, read in columns:
        cells = [read(line.minute) if line.is_first else Text() for line in lines]
        if any(cells):
            shown = [
                cell if cell or not line.is_first else Text(NOTHING, style="dim")
                for line, cell in zip(lines, cells, strict=True)
            ]
            found.append(_Column(title, shown))
    return found


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


def _score(medium: Medium) -> Callable[[Minute], Text]:
    def read(minute: Minute) -> Text:
        value = of_minute(minute, f"zoom_{medium}_score")
        return Text() if value is None else Text(number(value))

    return read


_SCORES: Final = tuple((medium, _score(medium)) for medium in MEDIA)


def of_minute(minute: Minute, name: str) -> Any:
    """Return a value that a minute has once, from the leg that carries it."""
    legs = (minute, *minute.legs.values())
    values = (leg.row[INDEX[name]] for leg in legs)
    return next((value for value in values if value is not None), None)
