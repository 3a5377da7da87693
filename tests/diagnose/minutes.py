"""Small rooms for tests: people and their minutes, as frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from backrow.qos.vocabulary import METRICS

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SESSION = "s"
_TYPES: dict[str, Any] = {"px": pl.Int32, "level": pl.String, "text": pl.String}
SCHEMA: dict[str, Any] = {
    "session_uuid": pl.String,
    "participant": pl.String,
    "minute": pl.Datetime("us", "UTC"),
    "picked": pl.String,
    **{m.name: _TYPES.get(m.unit, pl.Float64) for m in METRICS},
}
FINE: dict[str, Any] = {
    "audio_received_bitrate_kbps": 35.0,
    "audio_received_latency_ms": 30.0,
    "audio_received_jitter_ms": 4.0,
    "audio_received_avg_loss_pct": 0.1,
    "audio_received_max_loss_pct": 0.3,
    "video_received_bitrate_kbps": 900.0,
    "video_received_latency_ms": 30.0,
    "video_received_jitter_ms": 4.0,
    "video_received_avg_loss_pct": 0.1,
    "video_received_max_loss_pct": 0.3,
    "video_received_width_px": 1280,
    "video_received_height_px": 720,
    "video_received_frame_rate_fps": 24.0,
    "zoom_avg_cpu_pct": 8.0,
    "system_max_cpu_pct": 40.0,
}
"""A minute without a flaw."""
LOSSY: dict[str, Any] = {
    "audio_received_avg_loss_pct": 12.0,
    "audio_received_max_loss_pct": 18.0,
    "video_received_avg_loss_pct": 12.0,
    "video_received_max_loss_pct": 18.0,
}
"""What a bad line adds."""
STAGE: dict[str, Any] = {
    **FINE,
    "audio_sent_bitrate_kbps": 40.0,
    "audio_sent_latency_ms": 40.0,
    "audio_sent_jitter_ms": 3.0,
    "audio_sent_avg_loss_pct": 0.1,
    "audio_sent_max_loss_pct": 0.4,
    "video_sent_bitrate_kbps": 1200.0,
    "video_sent_avg_loss_pct": 0.1,
    "video_sent_frame_rate_fps": 24.0,
    "video_sent_height_px": 720,
    "video_sent_width_px": 1280,
}
"""Somebody who speaks and is seen."""

Values = Callable[[int, int], Mapping[str, Any] | None]


def at(minute: int) -> datetime:
    """Return an instant, in minutes from the start."""
    return START + timedelta(minutes=minute)


def frame(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Return rows as a minutes frame; what they leave out is null."""
    base = {"session_uuid": SESSION, "participant": "1", "minute": START}
    full = [{**base, "picked": "census", **row} for row in rows]
    return pl.DataFrame(full, schema=SCHEMA, orient="row")


def one_minute(**values: Any) -> pl.DataFrame:
    """Return one participant's minute."""
    return frame([values])


def room(count: int, minutes: int, values: Values) -> list[pl.DataFrame]:
    """Return the minutes of `count` people, a frame per minute.

    Args:
        count: People, named "0", "1", and so on.
        minutes: How many.
        values: Returns what differs from `FINE` for a person and minute; None: the
            person is not measured.
    """
    found = []
    for minute in range(minutes):
        rows = []
        for person in range(count):
            own = values(person, minute)
            if own is not None:
                key = {"participant": str(person), "minute": at(minute)}
                rows.append({**FINE, **key, **own})
        found.append(frame(rows))
    return found


def people(count: int, **attributes: Callable[[int], str]) -> pl.DataFrame:
    """Return a people frame: person 0 is the host, all others attend.

    Args:
        count: How many.
        attributes: By name, what each person's value is.
    """
    return pl.DataFrame(
        {
            "participant": [str(i) for i in range(count)],
            "role": ["host", *["attendee"] * (count - 1)],
            "user_name": [f"Person {i}" for i in range(count)],
            **{name: [of(i) for i in range(count)] for name, of in attributes.items()},
        }
    )
