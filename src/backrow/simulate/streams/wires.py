"""What both directions share: a minute's inputs, and how a stream is put down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from backrow.qos.vocabulary import Direction, Medium
from backrow.simulate.block import Block, put
from backrow.simulate.draws import Floats, Ints
from backrow.simulate.network.links import Links
from backrow.simulate.network.lots import Lots
from backrow.simulate.streams.habits import Habits
from backrow.simulate.streams.ladder import HEIGHT_PX, WIDTH_PX, Picture

_LATENCY_MS: Final[dict[Medium, float]] = {"audio": 0.0, "video": 2.0, "share": 4.0}
"""What the application adds beside sound."""
_JITTER_FACTOR: Final[dict[Medium, float]] = {"audio": 1.0, "video": 1.4, "share": 1.3}
"""Pictures go out in bunches of packets, which adds to jitter."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stage:
    """Who is on stage in a minute: stays, -1 for nobody."""

    speaker: int
    seen: int
    sharer: int
    share: int
    """Index into `SHARES`; 0 if nobody shares."""
    talk: float
    """Part of the minute in which somebody speaks."""
    motion: float
    """How much the seen picture moves; 1 is middling."""
    share_kbps: float
    """What the shared screen takes."""
    share_fps: float
    share_size: tuple[int, int]
    """Width and height in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Minute:
    """Everything that a minute's streams are made of."""

    block: Block
    links: Links
    habits: Habits
    lots: Lots
    stage: Stage
    here: Ints
    """Stays that are present and measured."""


def put_stream(
    minute: Minute, medium: Medium, direction: Direction, who: Ints, kbps: Floats
) -> None:
    """Put a stream's bitrate, latency, jitter and losses for the stays `who`."""
    links, lots, name = minute.links, minute.lots, f"{medium}_{direction}"
    side = 1.0 if direction == "received" else -1.0
    latency = 1 + 0.03 * side * lots.normal(f"{medium}_latency")[who]
    of_sound = medium == "audio"
    shake = side * lots.normal("audio_jitter" if of_sound else "picture_jitter")[who]
    jitter = _JITTER_FACTOR[medium] * np.clip(1 + 0.2 * shake, 0.4, 1.8)
    lost = getattr(links, f"{direction}_loss_pct")[who]
    worst = getattr(links, f"{direction}_worst_pct")[who]
    if not of_sound:
        lost = np.minimum(100.0, lost * np.clip(1 + 0.08 * shake, 0.7, 1.3))
    put(minute.block, f"{name}_bitrate_kbps", kbps, who)
    put(
        minute.block,
        f"{name}_latency_ms",
        links.round_trip_ms[who] * latency + _LATENCY_MS[medium],
        who,
    )
    put(minute.block, f"{name}_jitter_ms", links.jitter_ms[who] * jitter, who)
    put(minute.block, f"{name}_avg_loss_pct", lost, who)
    put(minute.block, f"{name}_max_loss_pct", np.maximum(worst, lost), who)


def put_size(
    minute: Minute, name: str, who: Ints, size: tuple[Ints, Ints], fps: Floats
) -> None:
    """Put width, height and frame rate of a stream of pictures."""
    put(minute.block, f"{name}_width_px", size[0], who)
    put(minute.block, f"{name}_height_px", size[1], who)
    put(minute.block, f"{name}_frame_rate_fps", fps, who)


def put_picture(
    minute: Minute, direction: Direction, who: Ints, picture: Picture
) -> None:
    """Put a stream of camera pictures."""
    put_stream(minute, "video", direction, who, picture.kbps)
    size = WIDTH_PX[picture.rung], HEIGHT_PX[picture.rung]
    put_size(minute, f"video_{direction}", who, size, np.maximum(1.0, picture.fps))


def surviving(loss_pct: Floats) -> Floats:
    """Return the part of the frames that arrive whole in spite of packet loss."""
    return 1.0 - np.minimum(0.5, 0.025 * loss_pct)


def error_correction(loss_pct: Floats) -> Floats:
    """Return what a sender adds against loss, as a factor of the bitrate.

    Zoom's clients send more, not less, when packets are lost, and Zoom does not
    pass the addition on.
    """
    return 1.0 + np.minimum(0.35, 0.02 * loss_pct)
