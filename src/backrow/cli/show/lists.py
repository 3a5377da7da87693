"""Plain tables: lists of sessions and people, and summaries of a whole stay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from backrow.cli.show.thresholds import NOTHING, number
from backrow.cli.write import plain
from backrow.qos.summary import SUMMARY_NAMES, SummaryRow


def show_summaries(console: Console, summaries: Iterable[SummaryRow]) -> None:
    """Print least, average and most of each stream over the whole stay."""
    found = [dict(zip(SUMMARY_NAMES, row, strict=True)) for row in summaries]
    cells = {
        heading: [_ranged(one, name) for one in found]
        for name, heading in _SUMMARY_COLUMNS
    }
    told = {heading: column for heading, column in cells.items() if any(column)}
    names = [(_stream(one), one["leg"]) for one in found]
    rows = [
        (*name, *values)
        for name, *values in zip(names, *told.values(), strict=True)
        if any(values)
    ]
    title = "the whole stay, least/average/most"
    show_list(console, ("", "leg", *told), rows, title=title)


def _stream(found: Mapping[str, Any]) -> str:
    medium = found["medium"]
    return f"{medium} {found['direction']}" if medium else found["type"]


_SUMMARY_COLUMNS: Final = (
    ("{}_bitrate_kbps", "kbps"),
    ("{}_latency_ms", "latency ms"),
    ("{}_jitter_ms", "jitter ms"),
    ("{}_loss_pct", "loss %"),
    ("{}_frame_rate_fps", "fps"),
    ("{}_rssi_dbm", "Wi-Fi dBm"),
    ("zoom_{}_cpu_pct", "Zoom's CPU %"),
    ("system_{}_cpu_pct", "all CPU %"),
)


def _ranged(found: Mapping[str, float | None], name: str) -> str:
    """Return least, average and most; "" if none of them was measured."""
    values = [found.get(name.format(part)) for part in ("min", "avg", "max")]
    if all(value is None for value in values):
        return ""
    return "/".join(NOTHING if v is None else number(v) for v in values)


UNBROKEN: Final = frozenset({"", "user_id", "number", "uuid", "start"})
"""Columns that are copied from, or read down: never broken over lines."""
SPARE: Final = frozenset({"network", "left", "host", "end", "people"})
"""Columns that a narrow terminal does without."""
_WIDE: Final = 96


def show_list(
    console: Console,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    title: str = "",
) -> None:
    """Print a plain table, every cell made harmless.

    Args:
        console: Where to print.
        columns: Headings.
        rows: Cells; None is empty.
        title: A line above, if there is one.
    """
    table = Table(
        box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False
    )
    narrow = console.width < _WIDE
    kept = [i for i, name in enumerate(columns) if not (narrow and name in SPARE)]
    for name in (columns[i] for i in kept):
        table.add_column(name, overflow="fold", no_wrap=name in UNBROKEN)
    for row in rows:
        cells = ("" if row[i] is None else plain(row[i]) for i in kept)
        table.add_row(*(Text(cell) for cell in cells))
    if title:
        console.print(Text(title, style="bold"))
    console.print(table)
