"""Which rows say something new: answers repeat what earlier ones held.

While a session is live an answer may hold every minute since somebody joined, and
the newest minute again and again until it is over. Rows of the last minutes are
compared by their values, since Zoom revises them; older ones are known by their
minute. Of the past, whoever has as many rows in the lake as came is kept already.

After a restart the memory is made anew from the lake (`recall_live`,
`recall_past`), which is the only truth there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from backrow.qos.sample import FIRST_METRIC, INDEX, Row

_REVISED: Final = timedelta(minutes=3)
"""How long after its begin a minute may still be revised."""
_MINUTE: Final = INDEX["minute"]
_LEG: Final = INDEX["leg"]
_PARTICIPANT: Final = INDEX["participant"]


@dataclass(slots=True)
class _Kept:
    """What is kept of one participant's live rows."""

    newest: datetime
    recent: dict[tuple[datetime, str], int] = field(default_factory=dict)
    """What the rows of the last minutes hold, by minute and leg."""

    def put(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self.newest = max(self.newest, row[_MINUTE])
            self.recent[row[_MINUTE], row[_LEG]] = _said(row)
        oldest = self.newest - _REVISED
        self.recent = {k: said for k, said in self.recent.items() if k[0] >= oldest}


@dataclass(slots=True)
class Fresh:
    """What is kept of one session."""

    _live: dict[str, _Kept] = field(default_factory=dict)
    _past: dict[str, int] = field(default_factory=dict)
    """How many rows, by participant."""

    def live(self, rows: Sequence[Row]) -> list[Row]:
        """Return those rows of one participant that are new, and remember them."""
        if not rows:
            return []
        name = rows[0][_PARTICIPANT]
        kept = self._live.get(name)
        if kept is None:
            new = list(rows)
            kept = self._live[name] = _Kept(rows[0][_MINUTE])
        else:
            new = [row for row in rows if _is_new(row, kept)]
        kept.put(new)
        return new

    def past(self, rows: Sequence[Row]) -> list[Row]:
        """Return one participant's rows if they are not kept yet, and remember them."""
        if not rows:
            return []
        name = rows[0][_PARTICIPANT]
        if self._past.get(name) == len(rows):
            return []
        self._past[name] = len(rows)
        return list(rows)

    def recall_live(self, rows: Iterable[Row]) -> None:
        """Remember rows of each participant's last minutes, as the lake has them."""
        for row in rows:
            name = row[_PARTICIPANT]
            self._live.setdefault(name, _Kept(row[_MINUTE])).put([row])

    def recall_past(self, counts: Iterable[tuple[str, int]]) -> None:
        """Remember how many rows of the past each participant has in the lake."""
        self._past.update(counts)


def _is_new(row: Row, kept: _Kept) -> bool:
    if row[_MINUTE] < kept.newest - _REVISED:
        return False
    return kept.recent.get((row[_MINUTE], row[_LEG])) != _said(row)


def _said(row: Row) -> int:
    values: tuple[Any, ...] = row[FIRST_METRIC:]
    return hash(values)
