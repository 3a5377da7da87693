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


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One name, and what its samples mean."""

    name: str
    """Ends with its unit, and `_total` if it only counts up."""
    kind: Kind
    labels: tuple[str, ...]
    """In the order in which readings give their values."""
    unit: str = ""
    """Of one sample; "" is a count, or a number without a unit."""
    help: str


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
        name="backrow_session_info",
        kind="gauge",
        labels=("session", "number", "kind"),
        help="Always 1; joins a session's number to its other series.",
    ),
    Series(
        name="backrow_session_live",
        kind="gauge",
        labels=("session",),
        help="1 while the session runs, 0 after its end.",
    ),
    Series(
        name="backrow_session_minute_age_seconds",
        kind="gauge",
        labels=("session",),
        unit="seconds",
        help="How long ago the newest minute that was measured ended.",
    ),
    Series(
        name="backrow_session_people",
        kind="gauge",
        labels=("session", "class", "data_center", "network_type"),
        help="People who are there, by the class of their worst medium.",
    ),
    Series(
        name="backrow_session_media_people",
        kind="gauge",
        labels=("session", "media", "class"),
        help="People who are there, by the class of one medium.",
    ),
    Series(
        name="backrow_session_score",
        kind="gauge",
        labels=("session", "media", "quantile"),
        help="Backrow's score of what is received, 1 (worst) to 5.",
    ),
    Series(
        name="backrow_session_latency_seconds",
        kind="gauge",
        labels=_STREAM,
        unit="seconds",
        help="Round trip between participant and Zoom.",
    ),
    Series(
        name="backrow_session_jitter_seconds",
        kind="gauge",
        labels=_STREAM,
        unit="seconds",
        help="Jitter.",
    ),
    Series(
        name="backrow_session_loss_ratio",
        kind="gauge",
        labels=_STREAM,
        unit="ratio",
        help="Share of packets lost in the minute.",
    ),
    Series(
        name="backrow_session_bitrate_bytes_per_second",
        kind="gauge",
        labels=_STREAM,
        unit="bytes_per_second",
        help="Bitrate, in bytes.",
    ),
    Series(
        name="backrow_session_frame_rate_hertz",
        kind="gauge",
        labels=_STREAM,
        unit="hertz",
        help="Pictures a second.",
    ),
    Series(
        name="backrow_session_picture_height_pixels",
        kind="gauge",
        labels=_STREAM,
        unit="pixels",
        help="Height of the picture.",
    ),
    Series(
        name="backrow_session_findings",
        kind="gauge",
        labels=("session", "media", "cause"),
        help="Findings that last; none is no series.",
    ),
    Series(
        name="backrow_session_affected_people",
        kind="gauge",
        labels=("session", "media", "cause"),
        help="People whom findings that last affect.",
    ),
)
"""Series of sessions, as of the newest minute that was measured."""

OF_ZOOM: Final[tuple[Series, ...]] = (
    Series(
        name="backrow_zoom_calls_total",
        kind="counter",
        labels=("label", "status"),
        help="Requests sent to Zoom by this process, token requests apart.",
    ),
    Series(
        name="backrow_zoom_calls_left",
        kind="gauge",
        labels=(),
        help="Calls of today that this collector may still make: less what is left to "
        "the account's other apps.",
    ),
    Series(
        name="backrow_zoom_day_calls_left",
        kind="gauge",
        labels=(),
        help="Heavy calls that the account has left today, as far as known.",
    ),
    Series(
        name="backrow_zoom_day_calls_limit",
        kind="gauge",
        labels=(),
        help="Heavy calls that the account has in a day.",
    ),
    Series(
        name="backrow_collector_lag_seconds",
        kind="gauge",
        labels=(),
        unit="seconds",
        help="From the end of a minute to its row in the lake, the last one.",
    ),
    Series(
        name="backrow_collector_outbox_rows",
        kind="gauge",
        labels=(),
        help="Rows that wait to be written into the lake.",
    ),
    Series(
        name="backrow_collector_samples_total",
        kind="counter",
        labels=(),
        help="Rows of samples written into the lake.",
    ),
    Series(
        name="backrow_collector_unreadable_values_total",
        kind="counter",
        labels=(),
        help="Values of Zoom's answers that could not be read; they are null.",
    ),
    Series(
        name="backrow_collector_errors_total",
        kind="counter",
        labels=(),
        help="Calls and writes that failed for good.",
    ),
)
"""Series of a collector that asks Zoom (`backrow watch --serve`)."""

OF_EVENTS: Final[tuple[Series, ...]] = (
    Series(
        name="backrow_webhook_events_total",
        kind="counter",
        labels=(),
        help="Zoom's events that are on disk, those that came twice included.",
    ),
    Series(
        name="backrow_webhook_refused_total",
        kind="counter",
        labels=("reason",),
        help="Requests to the webhook that were refused.",
    ),
    Series(
        name="backrow_inbox_events",
        kind="gauge",
        labels=(),
        help="Events that wait for the lake.",
    ),
    Series(
        name="backrow_inbox_oldest_age_seconds",
        kind="gauge",
        labels=(),
        unit="seconds",
        help="How long the oldest of them has waited; 0 if none waits.",
    ),
    Series(
        name="backrow_dead_letters",
        kind="gauge",
        labels=(),
        help="Answers and events that could not be read and are kept.",
    ),
    Series(
        name="backrow_sink_events_total",
        kind="counter",
        labels=(),
        help="Events moved from the inbox.",
    ),
    Series(
        name="backrow_sink_repeated_events_total",
        kind="counter",
        labels=(),
        help="Events that had come before, and are left out.",
    ),
    Series(
        name="backrow_sink_samples_total",
        kind="counter",
        labels=(),
        help="Rows of samples that events brought.",
    ),
    Series(
        name="backrow_sink_restarts_total",
        kind="counter",
        labels=(),
        help="How often the sink's process had to be started again.",
    ),
    Series(
        name="backrow_part_failing",
        kind="gauge",
        labels=("part",),
        help="1 if this part of the server fails now, else 0.",
    ),
    Series(
        name="backrow_alerts_total",
        kind="counter",
        labels=("part", "result"),
        help="Messages to the targets of BACKROW_ALERTS, and tries that failed.",
    ),
    Series(
        name="backrow_alerts_waiting",
        kind="gauge",
        labels=("part",),
        help="Messages that wait for a target.",
    ),
    Series(
        name="backrow_build_info",
        kind="gauge",
        labels=("version",),
        help="Always 1.",
    ),
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
