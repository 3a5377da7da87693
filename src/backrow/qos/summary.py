"""The summaries table: least, average and most of a participant's whole stay.

QSS `_qos_summary` events and the qos_summary call give one record per stream
and one for the machine when a participant leaves. It has no minute, so it is a
table of its own.
"""

from __future__ import annotations

from typing import Any, Final

from backrow.qos.sample import Column, Type
from backrow.qos.vocabulary import DIRECTIONS, LEGS, MEDIA, stream_key

SummaryRow = tuple[Any, ...]
"""One row of summaries, its values in the order of `SUMMARY_COLUMNS`."""

_RANGES: Final = (
    ("bitrate", "bitrate_kbps", "1 kbps is 1,000 bit/s"),
    ("latency", "latency_ms", "round trip, participant to Zoom and back"),
    ("jitter", "jitter_ms", "RFC 3550 6.4.1"),
    ("loss", "loss_pct", "share of packets lost"),
    ("frame_rate", "frame_rate_fps", "pictures a second"),
    ("rssi", "rssi_dbm", "Wi-Fi signal, put in order"),
)
_PARTS: Final = ("min", "avg", "max")

STREAM_OF_TYPE: Final = {
    stream_key(medium, direction, leg): (medium, direction, leg)
    for medium in MEDIA
    for direction in DIRECTIONS
    for leg in LEGS
}
"""Medium, direction and leg behind each of Zoom's stream keys."""

SUMMARY_MEASURES: Final[dict[str, str]] = {
    **{
        f"{part}_{zoom}": f"{part}_{ours}"
        for zoom, ours, _ in _RANGES
        for part in _PARTS
    },
    "zoom_min_cpu_usage": "zoom_min_cpu_pct",
    "zoom_avg_cpu_usage": "zoom_avg_cpu_pct",
    "zoom_max_cpu_usage": "zoom_max_cpu_pct",
    "system_max_cpu_usage": "system_max_cpu_pct",
    "system_min_cpu_pressure_level": "system_min_cpu_pressure",
    "system_avg_cpu_pressure_level": "system_avg_cpu_pressure",
    "system_max_cpu_pressure_level": "system_max_cpu_pressure",
    "quality_score": "zoom_score",
}
"""Our column for each of Zoom's measures in a summary, the resolution apart."""


def _column(name: str, kind: Type, meaning: str) -> Column:
    return Column(name=name, type=kind, meaning=meaning)


def _measures() -> list[Column]:
    ranges = [
        _column(f"{part}_{ours}", "f64", f"{part} over the stay; {meaning}")
        for _, ours, meaning in _RANGES
        for part in _PARTS
    ]
    size = [
        _column("width_px", "i32", "resolution, first number"),
        _column("height_px", "i32", "resolution, second number"),
    ]
    cpu = [
        _column(name, "f64", "percent of the machine, over the stay")
        for name in (
            "zoom_min_cpu_pct",
            "zoom_avg_cpu_pct",
            "zoom_max_cpu_pct",
            "system_max_cpu_pct",
        )
    ]
    pressure = [
        _column(f"system_{part}_cpu_pressure", "str", "normal to critical")
        for part in _PARTS
    ]
    opinion = [
        _column("zoom_quality", "str", "Zoom's own word: good, fair, poor, bad"),
        _column("zoom_score", "f64", "Zoom's own score, 1 to 5"),
    ]
    return [*ranges, *size, *cpu, *pressure, *opinion]


SUMMARY_COLUMNS: Final = (
    _column("account", "str", "Zoom account id; empty if unknown"),
    _column("kind", "str", "webinar or meeting"),
    _column("session_uuid", "str", "one occurrence"),
    _column("session_number", "str", "the number that occurrences share"),
    _column("participant", "str", "Zoom's user_id in this session"),
    _column("type", "str", "Zoom's key of the stream, cpu_usage or wifi_rssi"),
    _column("medium", "str", "audio, video or share; null for the machine"),
    _column("direction", "str", "sent or received; null for the machine"),
    _column("leg", "str", "client, crc or rwg; null for the machine"),
    _column("origin", "str", "qss, rest_past or import"),
    _column("collected_at", "timestamp", "when it came, UTC; null if unknown"),
    *_measures(),
)
SUMMARY_NAMES: Final = tuple(column.name for column in SUMMARY_COLUMNS)
