"""A participant's stay in Zoom's words: least, average and most of each stream.

The items are those of the qos_summary call and of `_qos_summary` events; events
alone have Zoom's opinion and the Wi-Fi signal as well, the latter as whole numbers
with least and most the wrong way round, as Zoom's own examples have them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias

from backrow.qos.quantity import Style, format_quantity, format_resolution
from backrow.qos.sample import INDEX, Row
from backrow.qos.summary import STREAM_OF_TYPE
from backrow.qos.vocabulary import CPU_LEVELS, MEDIA, ZOOM_MEDIUM, Unit

__all__ = ["NO_WORDS", "Words", "score_text", "summary_items"]

Words: TypeAlias = tuple[str, str, str]
"""Zoom's words for audio, video and share: good, fair, poor, bad or empty."""
NO_WORDS: Final[Words] = ("", "", "")
Column = Sequence[Any]

_RANGES: Final[tuple[tuple[str, str, str, Unit, bool], ...]] = (
    ("bitrate", "bitrate_kbps", "bitrate_kbps", "kbps", False),
    ("latency", "latency_ms", "latency_ms", "ms", False),
    ("jitter", "jitter_ms", "jitter_ms", "ms", False),
    ("loss", "avg_loss_pct", "max_loss_pct", "%", False),
    ("frame_rate", "frame_rate_fps", "frame_rate_fps", "fps", True),
)
"""Zoom's name, our column, that of the most, the unit, and if pictures only."""
_USAGE: Final = ("zoom_min", "zoom_avg", "zoom_max", "system_max")
_PARTS: Final = ("min", "avg", "max")


def summary_items(
    rows: Sequence[Row], *, style: Style, pushed: bool = False, words: Words = NO_WORDS
) -> list[dict[str, Any]]:
    """Return Zoom's `qos` items for one participant's samples.

    Args:
        rows: Samples of one participant, over every leg.
        style: How quantities are spelled.
        pushed: For an event, with Zoom's scores and the Wi-Fi signal.
        words: Zoom's own words, in an event.
    """
    legs = {row[INDEX["leg"]] for row in rows}
    of_leg = {
        leg: list(zip(*(r for r in rows if r[INDEX["leg"]] == leg), strict=True))
        for leg in legs
    }
    items: list[dict[str, Any]] = []
    for key, (medium, direction, leg) in STREAM_OF_TYPE.items():
        columns = of_leg.get(leg)
        if columns:
            details = _stream(columns, f"{medium}_{direction}", style)
            items.append({"type": key, "details": details})
    everything = (
        next(iter(of_leg.values())) if len(legs) == 1 else list(zip(*rows, strict=True))
    )
    if everything:
        items.append({"type": "cpu_usage", "details": _machine(everything, style)})
        if pushed:
            items += _opinion(everything, words)
            items.append({"type": "wifi_rssi", "details": _wifi(everything)})
    return [item for item in items if item["details"]]


def score_text(value: float) -> str:
    """Return Zoom's score as it is spelled in every style: ``"3.65"``."""
    text = f"{value:.2f}"
    return text if float(text) == value else format_quantity(value, "MOS")


def _stream(columns: Sequence[Column], stream: str, style: Style) -> dict[str, str]:
    details: dict[str, str] = {}
    pictures = not stream.startswith("audio")
    for name, usual, most, unit, pictures_only in _RANGES:
        if pictures_only and not pictures:
            continue
        values = _measured(columns, f"{stream}_{usual}")
        highs = values if most == usual else _measured(columns, f"{stream}_{most}")
        if values and highs:
            average = round(sum(values) / len(values), 2)
            details[f"min_{name}"] = _text(min(values), unit, style)
            details[f"avg_{name}"] = _text(average, unit, style)
            details[f"max_{name}"] = _text(max(highs), unit, style)
    if details and pictures:
        details["resolution"] = _usual_size(columns, stream)
    return details


def _usual_size(columns: Sequence[Column], stream: str) -> str:
    widths = columns[INDEX[f"{stream}_width_px"]]
    heights = columns[INDEX[f"{stream}_height_px"]]
    sizes = Counter(s for s in zip(widths, heights, strict=True) if s[0] is not None)
    return format_resolution(*sizes.most_common(1)[0][0]) if sizes else ""


def _machine(columns: Sequence[Column], style: Style) -> dict[str, str]:
    details: dict[str, str] = {}
    for part in _USAGE:
        values = _measured(columns, f"{part}_cpu_pct")
        if values:
            value = _of_part(part.rpartition("_")[2], values)
            details[f"{part}_cpu_usage"] = _text(round(value, 2), "%", style)
    for part in _PARTS:
        words = _measured(columns, f"system_{part}_cpu_pressure")
        if words:
            levels = [float(CPU_LEVELS.index(word)) for word in words]
            level = CPU_LEVELS[round(_of_part(part, levels))]
            details[f"system_{part}_cpu_pressure_level"] = level
    return details


def _opinion(columns: Sequence[Column], words: Words) -> list[dict[str, Any]]:
    items = []
    for medium, word in zip(MEDIA, words, strict=True):
        scores = _measured(columns, f"zoom_{medium}_score")
        details = {"quality": word} if word else {}
        if scores:
            average = round(sum(scores) / len(scores), 2)
            details["quality_score"] = score_text(average)
        items.append({"type": f"{ZOOM_MEDIUM[medium]}_quality", "details": details})
    return items


def _wifi(columns: Sequence[Column]) -> dict[str, Any]:
    low, mid, high = (_measured(columns, f"wifi_{part}_rssi_dbm") for part in _PARTS)
    if not (low and mid and high):
        return {}
    return {
        "max_rssi": round(min(low)),
        "avg_rssi": round(sum(mid) / len(mid)),
        "min_rssi": round(max(high)),
        "rssi_unit": "dBm",
    }


def _of_part(part: str, values: Sequence[float]) -> float:
    if part == "avg":
        return sum(values) / len(values)
    return min(values) if part == "min" else max(values)


def _measured(columns: Sequence[Column], name: str) -> Column:
    values = columns[INDEX[name]]
    return [v for v in values if v is not None] if None in values else values


@lru_cache(maxsize=50_000)
def _text(value: float, unit: Unit, style: Style) -> str:
    return format_quantity(value, unit, style=style)
