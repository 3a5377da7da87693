"""The frames that diagnosis reads and the columns that it adds: the contract.

**minutes**: one row per session, participant and minute, legs and origins
already resolved. Columns: `MINUTES_KEY`, `picked`, and the metrics of
`backrow.qos.vocabulary` with their names and types. Columns that are missing are
taken as never measured (`completed`). A participant who was there but not
measured has no row.

**people**: one row per participant: `participant`, `role`, and any of
`ATTRIBUTES` (all text; null and "" mean unknown: such a person is counted in no
group of that attribute). Optional: `user_name`, to say names in sentences.

**roster**, optional: one row per participant and minute of every sweep:
`participant`, `minute`, `audio_quality`, `video_quality`, `screen_share_quality`
(Zoom's words). It says who was there; its words judge those who were not measured.

Findings over people use minutes whose `picked` is in `RATED`: those asked for
because something looked bad would make every rate too high.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

import narwhals as nw
from narwhals.typing import IntoFrame

from backrow.qos.vocabulary import METRICS

Cause = Literal[
    "presenter_network",
    "presenter_device",
    "zoom_core",
    "data_center",
    "shared_network",
    "place",
    "app_version",
    "own_device",
    "own_wifi",
    "own_cellular",
    "own_bandwidth",
    "distant_data_center",
    "unknown",
]
CAUSES: Final[tuple[Cause, ...]] = (
    "presenter_network",
    "presenter_device",
    "zoom_core",
    "data_center",
    "shared_network",
    "place",
    "app_version",
    "own_device",
    "own_wifi",
    "own_cellular",
    "own_bandwidth",
    "distant_data_center",
    "unknown",
)
"""Every cause that a finding can name."""

FrameT = TypeVar("FrameT", bound=IntoFrame)
MINUTES_KEY: Final = ("session_uuid", "participant", "minute")
RATED: Final = ("census", "random", "pushed")
"""`picked` of minutes that may be counted in a rate."""
PRESENTERS: Final = ("host", "panelist", "co-host", "cohost")
"""Roles, in lower case, of those who are on the stage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One thing that people can have in common."""

    name: str
    """Column of the people frame, and key of a finding's scope."""
    cause: Cause
    """What a group of this attribute alone is called."""
    rank: int
    """Lower is said first, where groups cannot be told apart."""
    members: Literal["many", "some", "few"] = "many"
    """How many people a group needs to be judged; few, if they share one line."""
    alone: bool = True
    """Whether its groups can have a cause of their own. People on mobile networks
    always have more trouble: that is no finding."""


ATTRIBUTES: Final = (
    Attribute(name="site", cause="shared_network", rank=0, members="few"),
    Attribute(name="isp", cause="shared_network", rank=2),
    Attribute(name="network", cause="shared_network", rank=1, members="some"),
    Attribute(name="location", cause="place", rank=3),
    Attribute(name="data_center", cause="data_center", rank=4),
    Attribute(name="version", cause="app_version", rank=5),
    Attribute(name="os", cause="app_version", rank=6),
    Attribute(name="device", cause="app_version", rank=7),
    Attribute(name="network_type", cause="unknown", rank=8, alone=False),
    Attribute(name="connection_type", cause="unknown", rank=9, alone=False),
)
"""What groups are made of, in the order of the people frame's columns."""

PAIRS: Final = (
    ("version", "os"),
    ("location", "data_center"),
    ("data_center", "network_type"),
    ("isp", "network_type"),
    ("network", "network_type"),
    ("location", "network_type"),
    ("isp", "location"),
    ("data_center", "version"),
)
"""Which attributes are also looked at together."""

APP_ATTRIBUTES: Final = ("version", "os", "device")
"""Those that a fault of the client itself can follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """One column that diagnosis adds to minutes."""

    name: str
    type: Literal["f64", "str", "bool"]
    meaning: str


SCORE_COLUMNS: Final = (
    Added(name="audio_mos", type="f64", meaning="received audio, full-band E-model"),
    Added(name="audio_due_to", type="str", meaning="metric that takes most from it"),
    Added(name="video_score", type="f64", meaning="received video, picture curves"),
    Added(name="video_due_to", type="str", meaning="its limiting metric"),
    Added(name="share_score", type="f64", meaning="received screen, picture curves"),
    Added(name="share_due_to", type="str", meaning="its limiting metric"),
    Added(name="score", type="f64", meaning="the worst of the media that are there"),
    Added(name="worst_medium", type="str", meaning="audio, video or share"),
    Added(name="blended_score", type="f64", meaning="audio 0.5, share 0.3, video 0.2"),
    Added(name="network_score", type="f64", meaning="what the own line alone allows"),
    Added(name="video_deficit", type="f64", meaning="frames missing against sent, 0-1"),
    Added(name="share_deficit", type="f64", meaning="the same for the screen"),
    Added(name="source_limited", type="bool", meaning="gets what the presenter sends"),
    Added(name="share_still", type="bool", meaning="the screen is a still slide"),
    Added(name="dropout", type="bool", meaning="gaps can be heard"),
    Added(name="bad", type="bool", meaning="a bad minute (null: not measured)"),
)
CLASS_COLUMNS: Final = (
    Added(name="audio_class", type="str", meaning="class of the received audio"),
    Added(name="video_class", type="str", meaning="class of the received video"),
    Added(name="share_class", type="str", meaning="class of the received screen"),
    Added(name="class", type="str", meaning="the worst of them; unclassified: none"),
    Added(name="poor_due_to", type="str", meaning="metric to blame, null if good"),
)
CAUSE_COLUMNS: Final = (
    Added(name="cause", type="str", meaning="why the minute was bad, null if not"),
)
ADDED: Final = (*SCORE_COLUMNS, *CLASS_COLUMNS, *CAUSE_COLUMNS)
"""Every column that diagnosis adds, in order."""

_TYPES: Final[dict[str, Any]] = {"px": nw.Int32(), "level": nw.String()}


def completed(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Return minutes with every metric's column, null where it was missing."""
    present = set(frame.collect_schema().names())
    absent = [m for m in METRICS if m.name not in present]
    return frame.with_columns(
        nw.lit(None, dtype=_TYPES.get(m.unit, nw.Float64())).alias(m.name)
        for m in absent
        if m.unit != "text"
    )


def lazy(frame: IntoFrame) -> nw.LazyFrame[Any]:
    """Return any native frame as a lazy one."""
    found = nw.from_native(frame)
    return found if isinstance(found, nw.LazyFrame) else found.lazy()


def with_roles(frame: nw.LazyFrame[Any], people: IntoFrame | None) -> nw.LazyFrame[Any]:
    """Return minutes with a `role` column, from `people` if they have none."""
    if "role" in frame.collect_schema().names():
        return frame
    if people is None:
        return frame.with_columns(nw.lit("attendee").alias("role"))
    known = lazy(people)
    keys = _shared(known, ("session_uuid", "participant"))
    roles = known.select(*keys, "role").unique(subset=keys, keep="any")
    return frame.join(roles, on=keys, how="left")


def _shared(frame: nw.LazyFrame[Any], names: Iterable[str]) -> list[str]:
    there = set(frame.collect_schema().names())
    return [name for name in names if name in there]
