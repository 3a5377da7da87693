"""A participant's stay in Zoom's words: least, average and most of each stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from backrow.qos.quantity import Style, format_quantity, format_resolution
from backrow.qos.sample import INDEX, Row
from backrow.qos.summary import STREAM_OF_TYPE
from backrow.qos.vocabulary import CPU_LEVELS, Direction, Leg, Medium, Unit

_RANGES: Final[tuple[tuple[str, str, str, str, Unit], ...]] = (
    ("bitrate", "bitrate_kbps", "bitrate_kbps", "bitrate_kbps", "kbps"),
    ("latency", "latency_ms", "latency_ms", "latency_ms", "ms"),
    ("jitter", "jitter_ms", "jitter_ms", "jitter_ms", "ms"),
    ("loss", "avg_loss_pct", "avg_loss_pct", "max_loss_pct", "%"),
)
_FRAME_RATE: Final[tuple[str, str, str, str, Unit]] = (
    "frame_rate",
    "frame_rate_fps",
    "frame_rate_fps",
    "frame_rate_fps",
    "fps",
)
"""Zoom's name, our columns of least, average and most, and the unit."""
_USAGE: Final = ("zoom_min", "zoom_avg", "zoom_max", "system_max")
_PRESSURE: Final = ("min", "avg", "max")

Details = dict[str, str]


def summary_of(rows: Sequence[Row], *, style: Style) -> list[dict[str, object]]:
    """Return Zoom's `qos` items for one participant's samples.

    Args:
        rows: Samples of one participant, over every leg.
        style: How quantities are spelled.
    """
    items: list[dict[str, object]] = []
    for key, (medium, direction, leg) in STREAM_OF_TYPE.items():
        details = _stream(rows, medium, direction, leg, style)
        if details:
            items.append({"type": key, "details": details})
    machine = _machine(rows, style)
    if machine:
        items.append({"type": "cpu_usage", "details": machine})
    return items


def _stream(
    rows: Sequence[Row], medium: Medium, direction: Direction, leg: Leg, style: Style
) -> Details:
    of_leg = [row for row in rows if row[INDEX["leg"]] == leg]
    stream = f"{medium}_{direction}"
    pictures = medium != "audio"
    details: Details = {}
    for name, low, mid, high, unit in (*_RANGES, *((_FRAME_RATE,) if pictures else ())):
        lows = _values(of_leg, f"{stream}_{low}")
        mids = _values(of_leg, f"{stream}_{mid}")
        highs = _values(of_leg, f"{stream}_{high}")
        if lows and mids and highs:
            average = round(sum(mids) / len(mids), 2)
            details[f"min_{name}"] = format_quantity(min(lows), unit, style=style)
            details[f"avg_{name}"] = format_quantity(average, unit, style=style)
            details[f"max_{name}"] = format_quantity(max(highs), unit, style=style)
    if details and pictures:
        details["resolution"] = _usual_size(of_leg, stream)
    return details


def _usual_size(rows: Sequence[Row], stream: str) -> str:
    width, height = INDEX[f"{stream}_width_px"], INDEX[f"{stream}_height_px"]
    sizes = Counter((row[width], row[height]) for row in rows if row[width] is not None)
    return format_resolution(*sizes.most_common(1)[0][0]) if sizes else ""


def _machine(rows: Sequence[Row], style: Style) -> Details:
    details: Details = {}
    for part in _USAGE:
        values = _values(rows, f"{part}_cpu_pct")
        if values:
            value = _of_part(part.rpartition("_")[2], values)
            text = format_quantity(round(value, 2), "%", style=style)
            details[f"{part}_cpu_usage"] = text
    for part in _PRESSURE:
        at = INDEX[f"system_{part}_cpu_pressure"]
        levels = [float(CPU_LEVELS.index(row[at])) for row in rows if row[at]]
        if levels:
            level = CPU_LEVELS[round(_of_part(part, levels))]
            details[f"system_{part}_cpu_pressure_level"] = level
    return details


def _of_part(part: str, values: Sequence[float]) -> float:
    if part == "avg":
        return sum(values) / len(values)
    return min(values) if part == "min" else max(values)


def _values(rows: Sequence[Row], column: str) -> list[float]:
    at = INDEX[column]
    return [row[at] for row in rows if row[at] is not None]
