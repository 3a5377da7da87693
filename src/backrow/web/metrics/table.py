"""Every series of `/metrics` and every label: the one table of them.

Units are Prometheus's base units and end the name: seconds, bytes, ratios of 0 to 1.
A label holds what few values fit into. None tells of a person: what could be one
person's alone, like an address, a network or a topic, is not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["gauge", "counter"]
GONE_S: Final = 600.0
"""How long after its end a session's series stay, seconds."""
_UNITS: Final = ("seconds", "ratio", "bytes_per_second", "hertz", "pixels")


@dataclass(frozen=True, slots=True)
class Series:
    """One name, and what its samples mean."""

    name: str
    """Ends with its unit, and `_total` if it only counts up."""
    help: str
    labels: tuple[str, ...] = ()
    """In the order in which readings give their values."""

    @property
    def kind(self) -> Kind:
        """What Prometheus takes it for."""
        return "counter" if self.name.endswith("_total") else "gauge"

    @property
    def unit(self) -> str:
        """Of one sample; "" is a count, or a number without a unit."""
        name = self.name.removesuffix("_total")
        return next((unit for unit in _UNITS if name.endswith(f"_{unit}")), "")


LABELS: Final[Mapping[str, str]] = {
    "session": "Zoom's uuid of the occurrence",
    "number": "the webinar's or meeting's number, which occurrences share",
    "kind": "`webinar` or `meeting`",
    "media": "`audio`, `video` or `share`",
    "direction": "`sent` by participants to Zoom, or `received` from it",
    "class": "`good`, `fair`, `poor`, `bad`; `unclassified` is muted, by phone, "
    "without data, or asked only because something looked bad",
    "data_center": "Zoom's data center as Zoom names it; `unknown`; the twenty with "
    "most people, `other` for the rest",
    "network_type": "as Zoom names it, `Wired` or `Wifi` for instance; `unknown`; the "
    "eight with most people, `other` for the rest",
    "cause": "the cause of a finding, see [diagnosis](../diagnosis.md)",
    "quantile": "`0.05`, `0.5` and `0.95` of the people measured",
    "label": "Zoom's rate-limit label of the call: `light`, `medium`, `heavy`, "
    "`resource_intensive`",
    "status": "the answer's HTTP status; `none` if no answer came",
    "reason": "why a request was refused, as in the receiver's answers",
    "part": "of Backrow: `receiver`, `inbox`, `sink`, `lake` or `collector`",
    "result": "`sent`, `retried` or `dropped`",
    "version": "Backrow's version",
}
"""Every label, and what its values are."""

_STREAM: Final = ("session", "media", "direction", "quantile")

OF_SESSIONS: Final[tuple[Series, ...]] = (
    Series(
        "backrow_session_info",
        "Always 1; joins a session's number to its other series.",
        ("session", "number", "kind"),
    ),
    Series(
        "backrow_session_live",
        "1 while the session runs, 0 after its end.",
        ("session",),
    ),
    Series(
        "backrow_session_minute_age_seconds",
        "How long ago the newest minute that was measured ended.",
        ("session",),
    ),
    Series(
        "backrow_session_people",
        "People who are there, by the class of their worst medium.",
        ("session", "class", "data_center", "network_type"),
    ),
    Series(
        "backrow_session_media_people",
        "People who are there, by the class of one medium.",
        ("session", "media", "class"),
    ),
    Series(
        "backrow_session_score",
        "Backrow's score of what is received, 1 (worst) to 5.",
        ("session", "media", "quantile"),
    ),
    Series(
        "backrow_session_latency_seconds",
        "Round trip between participant and Zoom.",
        _STREAM,
    ),
    Series("backrow_session_jitter_seconds", "Jitter.", _STREAM),
    Series(
        "backrow_session_loss_ratio", "Share of packets lost in the minute.", _STREAM
    ),
    Series("backrow_session_bitrate_bytes_per_second", "Bitrate, in bytes.", _STREAM),
    Series("backrow_session_frame_rate_hertz", "Pictures a second.", _STREAM),
    Series("backrow_session_picture_height_pixels", "Height of the picture.", _STREAM),
    Series(
        "backrow_session_findings",
        "Findings that last; none is no series.",
        ("session", "media", "cause"),
    ),
    Series(
        "backrow_session_affected_people",
        "People whom findings that last affect.",
        ("session", "media", "cause"),
    ),
)
"""Series of sessions, as of the newest minute that was measured."""

OF_ZOOM: Final[tuple[Series, ...]] = (
    Series(
        "backrow_zoom_calls_total",
        "Requests sent to Zoom by this process, token requests apart.",
        ("label", "status"),
    ),
    Series(
        "backrow_zoom_calls_left",
        "Calls of today that this collector may still make: less what is left to "
        "the account's other apps.",
    ),
    Series(
        "backrow_zoom_day_calls_left",
        "Heavy calls that the account has left today, as far as known.",
    ),
    Series(
        "backrow_zoom_day_calls_limit", "Heavy calls that the account has in a day."
    ),
    Series(
        "backrow_collector_lag_seconds",
        "From the end of a minute to its row in the lake, the last one.",
    ),
    Series(
        "backrow_collector_outbox_rows", "Rows that wait to be written into the lake."
    ),
    Series("backrow_collector_samples_total", "Rows of samples written into the lake."),
    Series(
        "backrow_collector_unreadable_values_total",
        "Values of Zoom's answers that could not be read; they are null.",
    ),
    Series("backrow_collector_errors_total", "Calls and writes that failed for good."),
)
"""Series of a collector that asks Zoom (`backrow watch --serve`)."""

OF_EVENTS: Final[tuple[Series, ...]] = (
    Series(
        "backrow_webhook_events_total",
        "Zoom's events that are on disk, those that came twice included.",
    ),
    Series(
        "backrow_webhook_refused_total",
        "Requests to the webhook that were refused.",
        ("reason",),
    ),
    Series("backrow_inbox_events", "Events that wait for the lake."),
    Series(
        "backrow_inbox_oldest_age_seconds",
        "How long the oldest of them has waited; 0 if none waits.",
    ),
    Series(
        "backrow_dead_letters",
        "Answers and events that could not be read and are kept.",
    ),
    Series("backrow_sink_events_total", "Events moved from the inbox."),
    Series(
        "backrow_sink_repeated_events_total",
        "Events that had come before, and are left out.",
    ),
    Series("backrow_sink_samples_total", "Rows of samples that events brought."),
    Series(
        "backrow_sink_restarts_total",
        "How often the sink's process had to be started again.",
    ),
    Series(
        "backrow_part_failing",
        "1 if this part of the server fails now, else 0.",
        ("part",),
    ),
    Series(
        "backrow_alerts_total",
        "Messages to the targets of BACKROW_ALERTS, and tries that failed.",
        ("part", "result"),
    ),
    Series("backrow_alerts_waiting", "Messages that wait for a target.", ("part",)),
    Series("backrow_build_info", "Always 1.", ("version",)),
)
"""Series of the server itself (`backrow serve`, `backrow watch --serve`)."""

GROUPS: Final[tuple[tuple[str, tuple[Series, ...]], ...]] = (
    ("Sessions", OF_SESSIONS),
    ("Zoom's API", OF_ZOOM),
    ("The server", OF_EVENTS),
)
SERIES: Final[dict[str, Series]] = {
    one.name: one for _, group in GROUPS for one in group
}
"""Every series, by name."""
