"""How a minute of everybody is kept: whole numbers of 16 bits, a row per stay.

Zoom prints whole numbers, and losses with one decimal, so nothing is lost, an
hour of ten thousand people takes 80 MB, and one person's minute lies in one
piece of memory. Rounding also takes away the last digits in which the
mathematical libraries of machines differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from backrow.qos.sample import FIRST_METRIC, INDEX, Row
from backrow.qos.vocabulary import CPU_LEVELS, METRICS
from backrow.simulate.draws import Floats, Ints

Block = npt.NDArray[np.int16]
"""One minute: a row per stay, a column per name in `NAMES`."""

MISSING: Final = -32_768
"""Stands for what was not measured."""
_MOST: Final = 32_767
MARKS: Final = (
    "leg",
    "audio_word",
    "video_word",
    "share_word",
    "cause",
    "fault",
    "recovering",
)
"""Columns behind the metrics. No leg: the person has no sample of this minute."""
NAMES: Final = (*(metric.name for metric in METRICS), *MARKS)
AT: Final = {name: i for i, name in enumerate(NAMES)}
METRIC_COUNT: Final = len(METRICS)
NOTIFICATIONS: Final = ("network bandwidth low", "internet connection unstable")
_SCALE: Final = np.array(
    [{"%": 10 if "loss" in m.name else 1, "MOS": 100}.get(m.unit, 1) for m in METRICS],
    dtype=np.float64,
)
_WORDS: Final[dict[str, tuple[str, ...]]] = {
    **{f"system_{part}_cpu_pressure": CPU_LEVELS for part in ("min", "avg", "max")},
    "zoom_notification": NOTIFICATIONS,
}
"""Columns that hold the number of a word."""
_SPAN: Final = 2**16
"""How many numbers 16 bits hold."""
_PUSHED_ONLY: Final = AT["zoom_audio_score"]
"""From this column on, only Zoom's events have values."""
_NOT_PUSHED: Final = (None,) * (METRIC_COUNT - _PUSHED_ONLY)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coded:
    """Minutes of several stays, one stay after another, as they are kept."""

    numbers: Block
    """A row for each minute."""
    ats: list[datetime]
    """When each begins."""
    legs: list[int]
    """Index into `LEGS`, of each stay; any if it has no minute."""
    counts: list[int]
    """How many minutes each stay has."""


def value_of(name: str, number: int) -> Any:
    """Return what a number of a metric's column stands for; None: not measured."""
    if number == MISSING:
        return None
    if name in _WORDS:
        return _WORDS[name][number]
    at = AT[name]
    return number if METRICS[at].unit == "px" else number / _SCALE[at].item()


def empty_block(count: int) -> Block:
    """Return a block in which nothing is measured."""
    return np.full((count, len(NAMES)), MISSING, dtype=np.int16)


def put(block: Block, name: str, values: npt.NDArray[Any], where: Ints) -> None:
    """Put a column's values for the stays `where`; NaN is not measured."""
    at = AT[name]
    scale = _SCALE[at] if at < METRIC_COUNT else 1.0
    with np.errstate(invalid="ignore"):
        whole = np.rint(np.asarray(values, dtype=np.float64) * scale)
        whole = np.clip(whole, -_MOST, _MOST)
    block[where, at] = np.where(np.isnan(whole), MISSING, whole).astype(np.int16)


def floats_of(block: Block, name: str) -> Floats:
    """Return a column as numbers, NaN where nothing was measured."""
    values: Floats = block[:, AT[name]].astype(np.float64)
    values[values == MISSING] = np.nan
    values /= _SCALE[AT[name]]
    return values


def rows_from(block: Block, keys: Iterable[Row], *, pushed: bool) -> list[Row]:
    """Return rows of the samples table.

    Args:
        block: The stays' minutes, one a row.
        keys: The key columns of each.
        pushed: Whether to give what only Zoom's events hold: scores, warnings.
    """
    values, begin_at = _values()
    count = METRIC_COUNT if pushed else _PUSHED_ONLY
    found = values[block[:, :count] + begin_at[:count]].tolist()
    tail = () if pushed else _NOT_PUSHED
    return [(*key, *own, *tail) for key, own in zip(keys, found, strict=True)]


@cache
def _values() -> tuple[npt.NDArray[np.object_], Ints]:
    """Return what every number stands for, and where each column's begin.

    Looking a number up is several times as quick as working it out, and rows share
    what they hold.
    """
    tables: dict[object, npt.NDArray[np.object_]] = {}
    order: list[object] = []
    for metric, scale in zip(METRICS, _SCALE.tolist(), strict=True):
        words = _WORDS.get(metric.name)
        kind = words or (metric.unit == "px", scale)
        order.append(kind)
        if kind not in tables:
            tables[kind] = _table(words, scale, whole=metric.unit == "px")
    places = {kind: i * _SPAN - MISSING for i, kind in enumerate(tables)}
    begin_at = np.array([places[kind] for kind in order], dtype=np.int64)
    return np.concatenate(list(tables.values())), begin_at


def _table(
    words: tuple[str, ...] | None, scale: float, *, whole: bool
) -> npt.NDArray[np.object_]:
    table = np.full(_SPAN, None, dtype=object)
    if words:
        table[-MISSING : -MISSING + len(words)] = words
    else:
        numbers = range(MISSING + 1, _MOST + 1)
        table[1:] = list(numbers) if whole else [x / scale for x in numbers]
    return table


def columns_of(block: Block, here: Ints) -> Mapping[str, npt.NDArray[Any]]:
    """Return the minute of the stays `here` as columns.

    Returns:
        ``stay`` and ``leg`` as numbers, and each metric: float32 with NaN where
        nothing was measured, or numbers of words (-1 for none).
    """
    kept = block[here]
    found: dict[str, npt.NDArray[Any]] = {
        "stay": here.astype(np.int32),
        "leg": kept[:, AT["leg"]].astype(np.int8),
    }
    for name in NAMES[:METRIC_COUNT]:
        column = floats_of(kept, name)
        if name in _WORDS:
            found[name] = np.nan_to_num(column, nan=-1).astype(np.int8)
        else:
            found[name] = column.astype(np.float32)
    for mark in ("cause", "fault", "recovering"):
        found[mark] = kept[:, AT[mark]].astype(np.int16)
    return found


assert INDEX[NAMES[0]] == FIRST_METRIC  # noqa: S101 - both are made from METRICS
