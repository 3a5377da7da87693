"""What the lake does not hold yet, of rows that may have been written before.

Evidence is compared value by value, all but when it came. Facts about stays are
observations of which the newest holds, and completion lays them over each other: they
are laid over each other here too, and are news only where they tell of something that
the lake's own newest does not say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from backrow.lake.kept import latest_participants
from backrow.lake.store.reading import Store, among
from backrow.lake.tables import TableName

if TYPE_CHECKING:
    from deltalake import DeltaTable

_NOT_COMPARED: Final = frozenset({"changed_at", "collected_at"})
_STAY: Final = ("session_uuid", "participant")
_DERIVED: Final = frozenset({"person", "person_from"})
"""Columns of stays that follow from others."""
_NAMED_MAX: Final = 200
"""Sessions that a predicate may name."""


def news_in(
    store: Store, name: TableName, frame: pl.DataFrame
) -> Callable[[DeltaTable], pl.DataFrame]:
    """Return what picks the rows of `frame` that a version of a table does not hold.

    Args:
        store: The lake's tables.
        name: The table.
        frame: All of its columns.
    """

    def news(handle: DeltaTable) -> pl.DataFrame:
        there = _of_the_same_sessions(store, name, frame, handle)
        if name == "participants":
            return _untold(frame, latest_participants(there).collect())
        return _unknown(frame, there)

    return news


def _of_the_same_sessions(
    store: Store, name: TableName, frame: pl.DataFrame, handle: DeltaTable
) -> pl.LazyFrame:
    sessions = frame["session_uuid"].unique().to_list()
    where = among("session_uuid", sessions) if len(sessions) <= _NAMED_MAX else None
    rows = store.scan(name, where=where, at=handle)
    return rows.filter(pl.col("session_uuid").is_in(sessions))


def _unknown(frame: pl.DataFrame, there: pl.LazyFrame) -> pl.DataFrame:
    """Return the rows whose values are not there, each once."""
    compared = [name for name in frame.columns if name not in _NOT_COMPARED]
    if "minute" in compared:
        first, last = frame["minute"].min(), frame["minute"].max()
        there = there.filter(pl.col("minute").is_between(first, last))
    known = there.select(compared).unique().collect()
    once = frame.unique(compared, keep="last", maintain_order=True)
    return once.join(
        known, on=compared, how="anti", nulls_equal=True, maintain_order="left"
    )


def _untold(frame: pl.DataFrame, there: pl.DataFrame) -> pl.DataFrame:
    """Return a row a stay, of those that tell something which is not there."""
    ordered = frame.sort("collected_at", maintain_order=True)
    newest = latest_participants(ordered.lazy()).collect()
    compared = [
        name
        for name in frame.columns
        if name not in {*_STAY, *_NOT_COMPARED, *_DERIVED}
    ]
    beside = newest.join(
        _with_lists_as_text(there, compared).select(
            *_STAY,
            *(pl.col(name).alias(f"{name}_there") for name in compared),
            _is_there=pl.lit(value=True),
        ),
        on=_STAY,
        how="left",
        maintain_order="left",
    )
    told = _with_lists_as_text(beside, compared)
    is_news = pl.any_horizontal(_differs(name, told) for name in compared)
    return newest.filter(told.select(is_news | _is_absent()).to_series())


def _is_absent() -> pl.Expr:
    """Return whether a stay is not there at all."""
    return pl.col("_is_there").is_null()


def _differs(name: str, told: pl.DataFrame) -> pl.Expr:
    """Return whether a column tells something, and not what is there."""
    value: pl.Expr = pl.col(name)
    tells = value.is_not_null()
    if told.schema[name] == pl.String():
        tells &= value != ""
    return tells & value.ne_missing(pl.col(f"{name}_there"))


def _with_lists_as_text(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    kind: Any = pl.List(pl.String())
    lists = [name for name in names if frame.schema[name] == kind]
    return frame.with_columns(pl.col(lists).list.join("\x1f") if lists else [])
