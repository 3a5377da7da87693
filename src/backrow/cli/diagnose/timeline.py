"""A small timeline: a bar a minute, and beneath it when the trouble was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

import polars as pl
from rich.console import Console
from rich.text import Text

from backrow.cli.context import Zone
from backrow.diagnose.frames import ATTRIBUTES
from backrow.diagnose.hindsight import Diagnosis

MINUTE: Final = timedelta(minutes=1)
_WIDTH: Final = 60
_BARS: Final = "▁▂▃▄▅▆▇█"
_PLAIN_BARS: Final = "_.:-=+*#"
"""For terminals that know ASCII only."""
ATTRIBUTE_NAMES: Final = frozenset(attribute.name for attribute in ATTRIBUTES)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Shares by minute, from the first minute of a session to its last."""

    begin: datetime
    shares: Sequence[float | None]
    """0 to 1; None where nobody was measured."""

    @property
    def end(self) -> datetime:
        """When it ends."""
        return self.begin + len(self.shares) * MINUTE

    @property
    def most(self) -> float:
        """The highest share."""
        return max((share for share in self.shares if share is not None), default=0.0)


def timeline_of(
    diagnosis: Diagnosis,
    scope: Mapping[str, str] | None = None,
    *,
    share_of: pl.Expr | None = None,
) -> Timeline | None:
    """Return the share of bad minutes by time of those in a scope.

    Args:
        diagnosis: The session.
        scope: Values that people share; keys that are no attribute are left alone,
            and without any it is about everybody.
        share_of: What to take the share of, if not of bad minutes.

    Returns:
        None if nothing was measured.
    """
    minutes = diagnosis.minutes.filter(pl.col("bad").is_not_null())
    begin, end = minutes["minute"].min(), minutes["minute"].max()
    if not isinstance(begin, datetime) or not isinstance(end, datetime):
        return None
    wanted = {k: v for k, v in (scope or {}).items() if k in ATTRIBUTE_NAMES}
    if wanted:
        same = [pl.col(name) == value for name, value in wanted.items()]
        members = diagnosis.people.filter(*same).select("participant")
        minutes = minutes.join(members, on="participant", how="semi")
    flag = pl.col("bad") if share_of is None else share_of.fill_null(value=False)
    shares = dict(minutes.group_by("minute").agg(flag.mean()).iter_rows())
    count = (end - begin) // MINUTE + 1
    return Timeline(begin, [shares.get(begin + i * MINUTE) for i in range(count)])


def drawn(
    console: Console,
    line: Timeline,
    zone: Zone,
    *,
    spans: Sequence[tuple[datetime, datetime]] = (),
    indent: int = 3,
) -> Iterator[Text]:
    """Yield the lines of a timeline: bars between two times, and marks beneath.

    Args:
        console: How wide it is, and what it can show.
        line: What to draw.
        zone: The viewer's.
        spans: Times that are marked.
        indent: Blanks at the left.
    """
    edges = [f"{zone.local(at):%H:%M}" for at in (line.begin, line.end)]
    room = max(10, min(_WIDTH, console.width - indent - 26))
    per = max(1, ceil(len(line.shares) / room))
    bars = "".join(_bars(console, line, per))
    lead = " " * indent
    text = Text(f"{lead}{edges[0]} ", style="dim")
    cells = [_cells(line, span, per, len(bars)) for span in spans]
    for i, bar in enumerate(bars):
        is_marked = any(first <= i < last for first, last in cells)
        text.append(bar, style="bold red" if is_marked else "dim")
    text.append(f" {edges[1]}, up to {100 * line.most:.0f} %", style="dim")
    yield text
    for (first, last), (begin, end) in zip(cells, spans, strict=True):
        named = f"{zone.local(begin):%H:%M} to {zone.local(end):%H:%M}"
        mark = _mark(console, last - first)
        before = " " * (len(lead) + 6 + first)
        after = f"{before}{mark} {named}"
        if len(after) > console.width:
            after = f"{before[: -len(named) - 1]}{named} {mark}"
        yield Text(after, style="red")


def _bars(console: Console, line: Timeline, per: int) -> Iterator[str]:
    signs = _PLAIN_BARS if not _is_unicode(console) else _BARS
    most = max(line.most, 0.05)
    for at in range(0, len(line.shares), per):
        known = [share for share in line.shares[at : at + per] if share is not None]
        if not known:
            yield " "
            continue
        share = sum(known) / len(known)
        level = 0 if share <= 0 else 1 + int(share / most * (len(signs) - 1.001))
        yield signs[min(level, len(signs) - 1)]


def _mark(console: Console, width: int) -> str:
    if not _is_unicode(console):
        return "^" * width
    return "╵" if width < 2 else f"└{'─' * (width - 2)}┘"


def _is_unicode(console: Console) -> bool:
    return console.encoding.lower().replace("-", "").startswith("utf")


def _cells(
    line: Timeline, span: tuple[datetime, datetime], per: int, count: int
) -> tuple[int, int]:
    """Return the first bar of a span, and the one after its last."""
    begin, end = ((at - line.begin) // MINUTE for at in span)
    first = min(max(0, begin // per), count - 1)
    return first, max(first + 1, min(count, ceil(end / per)))
