"""One session in memory: its people's facts, and everybody's minutes, side by side.

Minutes are kept as columns, sorted by participant, so that one participant's are a
slice; a column that is wholly empty takes no room. They are made into Zoom's JSON when
they are asked for. Of a session that is being watched, the window's rows of the last
minutes take the place of the lake's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec
import polars as pl

from backrow.lake.resolve import by_leg
from backrow.lake.window import Window
from backrow.qos.people import PERSON_FIELDS, ZOOM_SPELLING, iso
from backrow.qos.sample import FIRST_METRIC, INDEX, METRIC_COLUMNS, Row
from backrow.qos.vocabulary import LEGS, Kind
from backrow.web.emulated.bodies import FIELDS

_METRICS: Final = tuple(column.name for column in METRIC_COLUMNS)
_KEPT: Final = ("sampled_at", "leg", *_METRICS)
"""Columns of a minute that an answer is made of."""
_BEFORE: Final = (None,) * INDEX["sampled_at"]
_BETWEEN: Final = (None,) * (FIRST_METRIC - INDEX["leg"] - 1)
_RANK: Final = {leg: rank for rank, leg in enumerate(LEGS)}
_KINDS: Final[tuple[Kind, ...]] = ("webinar", "meeting")
_SHOWN: Final[Mapping[tuple[Kind, str], frozenset[str]]] = {
    **FIELDS,
    # Not in Zoom's contract for this one, but met there.
    ("webinar", "participants"): FIELDS["webinar", "participants"] | {"group_id"},
}
"""Fields in each answer about people."""
_PLACED: Final[Mapping[str, frozenset[str]]] = {
    kind: frozenset().union(*(names for key, names in FIELDS.items() if key[0] == kind))
    for kind in _KINDS
}
"""Fields that stand in some answer about a kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One occurrence as the lake's table of sessions has it."""

    kind: Kind
    uuid: str
    number: str
    topic: str | None
    host: str | None
    host_email: str | None
    dept: str | None
    start_at: datetime | None
    end_at: datetime | None
    other: str | None = field(default=None, repr=False)
    """What else Zoom told of it, as JSON in Zoom's spelling."""
    state: str
    """live, ended or complete."""
    changed: str
    """Differs when the session's row does."""

    @property
    def is_live(self) -> bool:
        """Whether it runs, as far as the lake knows."""
        return self.state == "live"

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is expected of it."""
        return self.state == "complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A session in memory."""

    kept: Kept
    version: str
    """Differs when the lake's rows of it may."""
    people: pl.DataFrame = field(repr=False)
    """A row a stay in the columns of participants, in order of joining."""
    minutes: pl.DataFrame = field(repr=False)
    """The columns `_KEPT`, everybody's side by side."""
    spans: Mapping[str, tuple[int, int]] = field(repr=False)
    """Where each participant's rows are: the first, and how many."""
    index: Mapping[str, int] = field(repr=False)
    """Which row of `people` a participant is."""
    window: Window | None = field(default=None, repr=False)
    """The last minutes, if this process collects the session."""

    @property
    def size_bytes(self) -> int:
        """About how much memory it takes."""
        return int(self.people.estimated_size() + self.minutes.estimated_size())

    def facts(
        self, first: int, count: int, action: str
    ) -> list[tuple[str, dict[str, Any]]]:
        """Return stays as an answer shows them, in Zoom's spelling.

        Args:
            first: Which row of `people` to begin with.
            count: How many.
            action: Which of Zoom's calls is answered.

        Returns:
            Each participant with the fields that came. A field that Zoom has in one
            of its answers stands in that one; what Zoom has in none stands in all.
        """
        kind = self.kept.kind
        shown, placed = _SHOWN[kind, action], _PLACED[kind]
        found, names = [], self.people.columns
        for told in self.people.slice(first, count).rows():
            row = dict(zip(names, told, strict=True))
            values: dict[str, Any] = {
                ZOOM_SPELLING[name]: _plain(row[name])
                for name in PERSON_FIELDS
                if row[name] is not None and (name in shown or name not in placed)
            }
            if row["other"]:
                other: dict[str, Any] = msgspec.json.decode(row["other"])
                values |= {
                    name: value
                    for name, value in other.items()
                    if name in shown or name not in placed
                }
            found.append((row["participant"], values))
        return found

    def rows(self, participants: Sequence[str]) -> list[list[Row]]:
        """Return everybody's rows of samples, ascending, one a minute and leg.

        Only the columns that an answer is made of are filled.
        """
        fresh = self._fresh(participants)
        return [
            _over(self._rows_of(name), fresh[name])
            if name in fresh
            else self._rows_of(name)
            for name in participants
        ]

    def _rows_of(self, participant: str) -> list[Row]:
        first, count = self.spans.get(participant, (0, 0))
        if not count:
            return []
        return [_row(values) for values in self.minutes.slice(first, count).rows()]

    def _fresh(self, participants: Sequence[str]) -> dict[str, list[Row]]:
        """Return what the window holds of some people."""
        if self.window is None:
            return {}
        window, uuid = self.window, self.kept.uuid
        samples = window.samples(uuid, minutes=window.minutes_max).filter(
            pl.col("participant").is_in(participants)
        )
        found: dict[str, list[Row]] = {}
        if samples.is_empty():
            return found
        told = by_leg(samples).select("participant", *_KEPT)
        for name, *values in told.iter_rows():
            found.setdefault(name, []).append(_row(values))
        return found


def arranged(
    samples: pl.DataFrame,
) -> tuple[pl.DataFrame, dict[str, tuple[int, int]]]:
    """Return samples as `Held.minutes`, and where everybody's rows are.

    Args:
        samples: Rows of the samples table of one session, in any order.
    """
    legs = pl.Enum(LEGS)
    told = (
        by_leg(samples)
        .with_columns(pl.col("leg").cast(legs))
        .sort("participant", "sampled_at", "leg")
    )
    spans: dict[str, tuple[int, int]] = {}
    first = 0
    counts = told.group_by("participant", maintain_order=True).len()
    for name, count in counts.iter_rows():
        spans[name] = (first, count)
        first += count
    empty = [name for name in _METRICS if told[name].null_count() == told.height]
    return (
        told.select(_KEPT).with_columns(pl.lit(None).alias(name) for name in empty),
        spans,
    )


def with_unknown(people: pl.DataFrame, participants: Iterable[str]) -> pl.DataFrame:
    """Return people and those of whom there are minutes and nothing else."""
    known = set(people["participant"])
    more = [name for name in participants if name not in known]
    if not more:
        return people
    new = pl.DataFrame({"participant": more, "user_id": more})
    return pl.concat([people, new], how="diagonal_relaxed")


def _row(values: Sequence[Any]) -> Row:
    """Return a row of samples with what an answer is made of."""
    return (*_BEFORE, *values[:2], *_BETWEEN, *values[2:])


def _over(old: Sequence[Row], new: Sequence[Row]) -> list[Row]:
    """Return rows with new ones in place of those of the same minute and leg."""
    at, leg = INDEX["sampled_at"], INDEX["leg"]
    found = {
        (row[at].replace(second=0, microsecond=0), row[leg]): row
        for row in (*old, *new)
    }
    return sorted(found.values(), key=lambda row: (row[at], _RANK[row[leg]]))


def _plain(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else value
