"""Plain tables: lists of sessions and people, and summaries of a whole stay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from backrow.cli.show.thresholds import NOTHING, number
from backrow.cli.write import plain
from backrow.qos.summary import SUMMARY_NAMES, SummaryRow

_PARTS: Final = ("min", "avg", "max")
_STREAM_COLUMNS: Final = (
    ("{}_bitrate_kbps", "kbps"),
    ("{}_latency_ms", "latency ms"),
    ("{}_jitter_ms", "jitter ms"),
    ("{}_loss_pct", "loss %"),
    ("{}_frame_rate_fps", "fps"),
)
_MACHINE_ROWS: Final = (
    ("zoom_{}_cpu_pct", "Zoom's CPU %"),
    ("system_{}_cpu_pct", "all CPU %"),
    ("system_{}_cpu_pressure", "CPU pressure"),
    ("{}_rssi_dbm", "Wi-Fi dBm"),
)


def show_summaries(console: Console, summaries: Iterable[SummaryRow]) -> None:
    """Print least, average and most of each stream over the whole stay."""
    found = [dict(zip(SUMMARY_NAMES, row, strict=True)) for row in summaries]
    streams = [one for one in found if one["medium"]]
    cells = {
        heading: [_ranged(one, name) for one in streams]
        for name, heading in _STREAM_COLUMNS
    }
    cells["picture"] = [_size(one) for one in streams]
    told = {heading: column for heading, column in cells.items() if any(column)}
    rows = [
        (_stream(one), *values)
        for one, *values in zip(streams, *told.values(), strict=True)
        if any(values)
    ]
    title = "the whole stay, least/average/most"
    if rows:
        show_list(console, ("", *told), rows, title=title)
    others = list(_of_machine(found))
    if others:
        console.print()
        show_list(console, ("", "machine, and Zoom's opinion"), others)


def _of_machine(found: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for name, heading in _MACHINE_ROWS:
        yield from ((heading, text) for one in found if (text := _ranged(one, name)))
    for one in found:
        score = one["zoom_score"]
        told = [one["zoom_quality"], None if score is None else number(score)]
        if any(told):
            about = str(one["type"]).removesuffix("_quality").replace("_", " ")
            yield f"Zoom on {about}", " ".join(part for part in told if part)


def _stream(found: Mapping[str, Any]) -> str:
    leg = found["leg"]
    name = f"{found['medium']} {found['direction']}"
    return name if leg == "client" else f"{name}, {leg}"


def _size(found: Mapping[str, Any]) -> str:
    height = found["height_px"]
    return "" if height is None else f"{height}p"


def _ranged(found: Mapping[str, Any], name: str) -> str:
    """Return least, average and most; "" if none of them was measured."""
    values = [found.get(name.format(part)) for part in _PARTS]
    if all(value is None for value in values):
        return ""
    return "/".join(NOTHING if v is None else _shown(v) for v in values)


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else number(value)


SPARE: Final = (
    "network",
    "people",
    "end",
    "ended",
    "host",
    "left",
    "device",
    "place",
    "role",
    "quality",
    "start",
    "joined",
    "began",
    "calls",
    "picture",
    "fps",
    "jitter ms",
)
"""Columns that a narrow terminal does without, the least important first."""
PROSE: Final = frozenset({"topic", "name", "place", "device", "host"})
"""Columns of words, which may be broken between two; others never are."""
GAP: Final = 2
"""Blanks between columns."""
_COMFORT: Final = 10
"""Words get so much room, if they need it, before a spare column gets any."""
_LONGEST_WORD: Final = 16
"""Longer ones are broken where there is no room."""


@dataclass(slots=True)
class _Column:
    name: str
    cells: list[str]
    width: int = 0

    @property
    def most(self) -> int:
        """How wide it is with nothing broken."""
        return max(cell_len(text) for text in (self.name, *self.cells))

    @property
    def least(self) -> int:
        """How wide it must be for no word to be broken, and to be read easily."""
        if self.name not in PROSE:
            return self.most
        words = [word for text in (self.name, *self.cells) for word in text.split()]
        longest = max((cell_len(word) for word in words), default=0)
        return max(
            min(longest, _LONGEST_WORD), min(self.most, _COMFORT), cell_len(self.name)
        )


def show_list(
    console: Console,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    title: str = "",
) -> None:
    """Print a plain table, every cell made harmless.

    A terminal that is too narrow for all columns gets those that matter most, and is
    told of the others.

    Args:
        console: Where to print.
        columns: Headings.
        rows: Cells; None is empty.
        title: A line above, if there is one.
    """
    lines = [["" if cell is None else plain(cell) for cell in row] for row in rows]
    found = [
        _Column(name, [line[i] for line in lines]) for i, name in enumerate(columns)
    ]
    kept = _fitting(found, console.width)
    _widen(kept, console.width)
    if title:
        console.print(Text(title, style="bold"))
    is_sized = _total(one.width for one in kept) <= console.width
    console.print(_table(kept, len(lines), is_sized=is_sized))
    left = [one.name for one in found if one not in kept]
    if left:
        console.print(Text(f"For a wider terminal: {', '.join(left)}.", style="dim"))


def _fitting(columns: Sequence[_Column], room: int) -> list[_Column]:
    """Return the columns that fit with no word broken, spare ones left out in turn."""
    kept = list(columns)
    for name in SPARE:
        if _total(one.least for one in kept) <= room:
            break
        kept = [one for one in kept if one.name != name] or kept
    return kept


def _widen(columns: Sequence[_Column], room: int) -> None:
    """Give each column what it must have, and then the words as much as there is."""
    for one in columns:
        one.width = one.least
    spare = room - _total(one.width for one in columns)
    while spare > 0:
        wanting = [one for one in columns if one.width < one.most]
        if not wanting:
            return
        for one in wanting[:spare]:
            one.width += 1
        spare -= min(spare, len(wanting))


def _total(widths: Iterable[int]) -> int:
    found = list(widths)
    return sum(found) + GAP * (len(found) - 1)


def _table(columns: Sequence[_Column], count: int, *, is_sized: bool) -> Table:
    """Return the table, with the widths of its columns or with what room there is."""
    table = Table(
        box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False
    )
    for one in columns:
        table.add_column(
            one.name, overflow="fold", width=one.width if is_sized else None
        )
    for i in range(count):
        table.add_row(*(Text(one.cells[i]) for one in columns))
    return table
