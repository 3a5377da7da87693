"""Rows of any columns: a table where they fit, else each row on its own."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from backrow.cli.show.lists import GAP, show_list
from backrow.cli.write import plain


def show_rows(
    console: Console, columns: Sequence[str], rows: Sequence[Sequence[str]]
) -> None:
    """Print rows as a table, or if that is too wide, each below the other.

    Args:
        console: Where to print.
        columns: Headings.
        rows: Cells; an empty one says nothing, and is left out where rows stand each
            on their own.
    """
    lines = [[plain(cell) for cell in row] for row in rows]
    widths = [
        max(map(cell_len, column)) for column in zip(columns, *lines, strict=True)
    ]
    if sum(widths) + GAP * (len(widths) - 1) <= console.width:
        show_list(console, columns, lines)
        return
    for number, line in enumerate(lines, 1):
        console.print(Text(f"row {number:,}", style="bold"))
        console.print(_record(columns, line))
    empty = [name for i, name in enumerate(columns) if not any(one[i] for one in lines)]
    if empty:
        console.print(Text(f"Empty in every row: {', '.join(empty)}.", style="dim"))


def _record(columns: Sequence[str], line: Sequence[str]) -> Table:
    table = Table.grid(padding=(0, GAP, 0, 0), pad_edge=False)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for name, cell in zip(columns, line, strict=True):
        if cell:
            table.add_row(Text(name), Text(cell))
    return table
