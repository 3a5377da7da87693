"""The words of the domain: media, directions, legs, and the METRICS table.

Everything that names a measured value reads it from here: the samples schema
(`backrow.qos.sample`), the decoder and encoder (`backrow.zoom`), and the
reference page of the docs.

**Directions.** Zoom says `input` and `output` from its own point of view. We say
*sent* (by the participant to Zoom) and *received* (by the participant from Zoom):

- `*_input` and `*_device_from_*` are sent. Zoom's text: the QoS of the audio,
  video or share "being sent by" the participant, or by one who joined through
  a room connector (crc) or web gateway (rwg).
- `*_output` and `*_device_to_*` are received.

Zoom's texts contradict themselves in two places, and we do not follow them
there: the contract of February 2026 describes `video_output` and
`video_device_to_*` as "sent by" the participant (a copy of the input's
sentence), and tools that compare with the Dashboard's CSV export have put
`audio_output` into its column "Audio (Sending)". Zoom's staff confirmed the
reading above in public.

**Latency** is a round trip, participant to Zoom and back, averaged over five
seconds, with the time the application takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Medium = Literal["audio", "video", "share"]
Direction = Literal["sent", "received"]
Leg = Literal["client", "crc", "rwg"]
Unit = Literal["kbps", "ms", "%", "px", "fps", "dBm", "level", "MOS", "text"]
Better = Literal["lower", "higher", "neither"]
Kind = Literal["webinar", "meeting"]

MEDIA: Final[tuple[Medium, ...]] = ("audio", "video", "share")
DIRECTIONS: Final[tuple[Direction, ...]] = ("sent", "received")
LEGS: Final[tuple[Leg, ...]] = ("client", "crc", "rwg")
KINDS: Final[tuple[Kind, ...]] = ("webinar", "meeting")
CPU_LEVELS: Final = ("normal", "fair", "serious", "critical")
"""Words of CPU pressure, about 20, 50, 80 and 100 percent of the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One measured value of a participant's minute."""

    name: str
    """Column name of the samples table, with its unit."""
    rest: str
    """Zoom's path in a REST minute, `object.field`; "" if REST has none."""
    qss: str
    """Zoom's path in a QSS event, `type.field`; "" if QSS has none."""
    unit: Unit
    better: Better
    source: str
    """Where the meaning is written down."""
    medium: Medium | None = None
    direction: Direction | None = None
    per_leg: bool = False
    """True if each of the three legs has a value of its own."""
    maximum: float = 1e9
    """Values above are unparsable; below `minimum` too."""
    minimum: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamMetric:
    """One value that every stream has, before medium and direction are put in."""

    suffix: str
    field: str
    unit: Unit
    better: Better
    maximum: float
    source: str
    pictures_only: bool = False


_API = "Zoom Dashboards API, participant QoS"
STREAM_METRICS: Final = (
    StreamMetric(
        suffix="bitrate_kbps",
        field="bitrate",
        unit="kbps",
        better="higher",
        maximum=1e8,
        source=f"{_API}: bitrate, 1 kbps is 1,000 bit/s",
    ),
    StreamMetric(
        suffix="latency_ms",
        field="latency",
        unit="ms",
        better="lower",
        maximum=3.6e6,
        source=f"{_API}: latency, a round trip, five-second average",
    ),
    StreamMetric(
        suffix="jitter_ms",
        field="jitter",
        unit="ms",
        better="lower",
        maximum=3.6e6,
        source=f"{_API}: jitter, RFC 3550 6.4.1",
    ),
    StreamMetric(
        suffix="avg_loss_pct",
        field="avg_loss",
        unit="%",
        better="lower",
        maximum=100,
        source=f"{_API}: avg_loss, share of packets lost in the minute",
    ),
    StreamMetric(
        suffix="max_loss_pct",
        field="max_loss",
        unit="%",
        better="lower",
        maximum=100,
        source=f"{_API}: max_loss, worst interval of the minute",
    ),
    StreamMetric(
        suffix="width_px",
        field="resolution",
        unit="px",
        better="higher",
        maximum=100_000,
        source=f"{_API}: resolution, first number",
        pictures_only=True,
    ),
    StreamMetric(
        suffix="height_px",
        field="resolution",
        unit="px",
        better="higher",
        maximum=100_000,
        source=f"{_API}: resolution, second number",
        pictures_only=True,
    ),
    StreamMetric(
        suffix="frame_rate_fps",
        field="frame_rate",
        unit="fps",
        better="higher",
        maximum=1000,
        source=f"{_API}: frame_rate",
        pictures_only=True,
    ),
)
"""What Zoom measures of one stream; the last three of pictures only."""

ZOOM_MEDIUM: Final[dict[Medium, str]] = {
    "audio": "audio",
    "video": "video",
    "share": "as",
}
"""Zoom's word for each medium in stream keys (`as` is application sharing)."""

_ZOOM_DIRECTION: Final[dict[tuple[Leg, Direction], str]] = {
    ("client", "sent"): "input",
    ("client", "received"): "output",
    ("crc", "sent"): "device_from_crc",
    ("crc", "received"): "device_to_crc",
    ("rwg", "sent"): "device_from_rwg",
    ("rwg", "received"): "device_to_rwg",
}


def stream_key(medium: Medium, direction: Direction, leg: Leg = "client") -> str:
    """Return Zoom's key of a stream, e.g. ``as_device_to_crc``."""
    return f"{ZOOM_MEDIUM[medium]}_{_ZOOM_DIRECTION[leg, direction]}"


def _stream_metrics() -> list[Metric]:
    return [
        Metric(
            name=f"{medium}_{direction}_{m.suffix}",
            rest=f"{stream_key(medium, direction)}.{m.field}",
            qss=f"{stream_key(medium, direction)}.{m.field}",
            unit=m.unit,
            better=m.better,
            source=m.source,
            medium=medium,
            direction=direction,
            per_leg=True,
            maximum=m.maximum,
        )
        for medium in MEDIA
        for direction in DIRECTIONS
        for m in STREAM_METRICS
        if medium != "audio" or not m.pictures_only
    ]


def _cpu_metrics() -> list[Metric]:
    usage = [
        Metric(
            name=f"{part}_cpu_pct",
            rest=f"cpu_usage.{part}_cpu_usage",
            qss=f"cpu_usage.{part}_cpu_usage",
            unit="%",
            better="lower",
            maximum=100,
            source=f"{_API}: cpu_usage.{part}_cpu_usage",
        )
        for part in ("zoom_min", "zoom_avg", "zoom_max", "system_max")
    ]
    pressure = [
        Metric(
            name=f"system_{part}_cpu_pressure",
            rest=f"cpu_pressure_level.system_{part}_cpu_pressure_level",
            qss=f"cpu_usage.system_{part}_cpu_pressure_level",
            unit="level",
            better="lower",
            source=f"{_API}: normal, fair, serious, critical",
        )
        for part in ("min", "avg", "max")
    ]
    return usage + pressure


def _other_metrics() -> list[Metric]:
    wifi = [
        Metric(
            name=f"wifi_{part}_rssi_dbm",
            rest=f"wifi_rssi.{part}_rssi",
            qss=f"wifi_rssi.{part}_rssi",
            unit="dBm",
            better="higher",
            minimum=-200,
            maximum=50,
            source=f"{_API}: wifi_rssi, put in order (Zoom's own examples are not)",
        )
        for part in ("min", "avg", "max")
    ]
    scores = [
        Metric(
            name=f"zoom_{medium}_score",
            rest="",
            qss=f"{ZOOM_MEDIUM[medium]}_quality.quality_score",
            unit="MOS",
            better="higher",
            maximum=5,
            source="Zoom QSS events: quality_score, Zoom's own judgement",
        )
        for medium in MEDIA
    ]
    notification = Metric(
        name="zoom_notification",
        rest="",
        qss="notification.network_notification",
        unit="text",
        better="neither",
        source="Zoom QSS events: the warning that Zoom showed the participant",
    )
    return [*wifi, *scores, notification]


METRICS: Final[tuple[Metric, ...]] = (
    *_stream_metrics(),
    *_cpu_metrics(),
    *_other_metrics(),
)
"""Every measured value, in the order of the samples table's columns."""

METRIC: Final[dict[str, Metric]] = {metric.name: metric for metric in METRICS}
"""The same, by name."""
