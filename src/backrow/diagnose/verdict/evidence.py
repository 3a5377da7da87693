"""The figures behind a finding: those affected against everybody else.

Of each metric the median of those affected, in the minutes given, stands beside the
median of all others. The metric that shows a finding best is the one whose
difference is largest on a common scale (`SHOWN`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from backrow.diagnose.causes.groups import Flags
from backrow.diagnose.causes.scan import wilson
from backrow.diagnose.causes.slices import padded
from backrow.diagnose.causes.source import Degraded
from backrow.diagnose.room import Room
from backrow.diagnose.verdict.finding import Evidence
from backrow.qos.vocabulary import MEDIA, Medium


@dataclass(frozen=True, slots=True)
class Shown:
    """A metric that can show a finding."""

    value: str
    """Name in `room.RECEIVED`."""
    metric: str
    what: str
    unit: str
    scale: float
    """A difference of this size is noticed; below 0: less is worse."""


SHOWN: Final = (
    Shown("loss_pct", "avg_loss_pct", "average loss, received", "%", 2.0),
    Shown("max_loss_pct", "max_loss_pct", "worst interval's loss, received", "%", 12.0),
    Shown("jitter_ms", "jitter_ms", "jitter, received", "ms", 25.0),
    Shown("latency_ms", "latency_ms", "latency, to Zoom and back", "ms", 200.0),
    Shown("frame_rate_fps", "frame_rate_fps", "frames a second of video", "fps", -8.0),
    Shown("height_px", "height_px", "height of video", "px", -300.0),
    Shown("system_max_cpu_pct", "system_max_cpu_pct", "machine's load", "%", 40.0),
)
_SCORES: Final[Mapping[Medium, str]] = {
    "audio": "audio_mos",
    "video": "video_score",
    "share": "share_score",
}
_LOSS_OF: Final[Mapping[str, str]] = {
    "audio": "audio_loss_pct",
    "video": "picture_loss_pct",
    "share": "picture_loss_pct",
}
_SENT_WORDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "loss_pct": ("avg_loss_pct", "average loss of what the presenter sends", "%"),
    "max_loss_pct": ("max_loss_pct", "its worst interval's loss", "%"),
    "latency_ms": ("latency_ms", "the presenter's latency, to Zoom and back", "ms"),
    "bitrate_kbps": ("bitrate_kbps", "bitrate of the presenter's video", "kbps"),
    "frame_rate_fps": ("frame_rate_fps", "frames a second the presenter sends", "fps"),
    "system_max_cpu_pct": ("system_max_cpu_pct", "the presenter's machine's load", "%"),
}
PICTURE_METRICS: Final = ("frame_rate_fps", "height_px")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shows:
    """What shows a finding."""

    media: str
    metric: str
    value: float | None
    evidence: tuple[Evidence, ...]


def of_group(
    room: Room,
    minutes: Sequence[int],
    *,
    affected: Flags,
    members: Flags,
    pictures: bool,
    by_words: int = 0,
) -> Shows:
    """Return the figures of a group of attendees.

    Args:
        room: Everybody's minutes.
        minutes: Which minutes to look at; the last few of the finding.
        affected: Who suffers.
        members: Who is in the scope.
        pictures: Whether missing frames are what it is about.
        by_words: How many were judged by Zoom's words alone.
    """
    there = [m for m in minutes if m in room.slices][-5:]
    ours = {s.value: _median(room, s.value, there, affected) for s in SHOWN}
    theirs = {s.value: _median(room, s.value, there[-1:], ~members) for s in SHOWN}
    differences = {s: _difference(s, ours, theirs) for s in SHOWN}
    wanted = [s for s in SHOWN if not pictures or s.metric in PICTURE_METRICS]
    usable = [s for s in wanted if s.metric != "system_max_cpu_pct"]
    best = max(usable, key=lambda s: differences[s])
    media = _medium(room, there, affected, best.metric)
    value = ours[best.value]
    if best.metric == "avg_loss_pct":
        value = _median(room, _LOSS_OF[media], there, affected)
    ordered = sorted(SHOWN, key=lambda s: -differences[s])
    shown = [best, *(s for s in ordered if s is not best and differences[s] > 0.5)]
    evidence = [_figure(s, ours, theirs) for s in shown if ours[s.value] is not None]
    evidence += _words(by_words)
    return Shows(media=media, metric=best.metric, value=value, evidence=tuple(evidence))


def _figure(
    shown: Shown, ours: Mapping[str, float | None], theirs: Mapping[str, float | None]
) -> Evidence:
    value = ours[shown.value]
    assert value is not None  # noqa: S101 - the caller left the others out
    return Evidence(
        what=f"{shown.what}, median of those affected; everybody else's",
        value=value,
        unit=shown.unit,
        compared_with=theirs[shown.value],
    )


def of_presenter(room: Room, minute: int, sign: Degraded, audience: Flags) -> Shows:
    """Return the figures of a presenter's own stream, and of who gets it so."""
    evidence = [
        Evidence(
            what=_SENT_WORDS[name][1] + ("; usually" if name in sign.usual else ""),
            value=value,
            unit=_SENT_WORDS[name][2],
            compared_with=sign.usual.get(name),
        )
        for name, value in sign.values.items()
    ]
    part = room.slices.get(minute)
    if part is not None:
        missing = padded(part.deficit, len(room), np.nan)[audience]
        known = missing[~np.isnan(missing)]
        if len(known):
            share = float(np.count_nonzero(known < 0.1)) / len(known)
            evidence.append(
                Evidence(
                    what="attendees who get all the frames that are sent",
                    value=100 * share,
                    unit="%",
                )
            )
    first = sign.why[0]
    lossy = first in {"loss_pct", "max_loss_pct"}
    return Shows(
        media="audio" if lossy else "video",
        metric=_SENT_WORDS[first][0],
        value=sign.values[first],
        evidence=tuple(evidence),
    )


def of_share(affected: int, measured: int, expected: float) -> Evidence:
    """Return the share of bad cases with its interval, in words."""
    low, high = wilson(affected, measured)
    return Evidence(
        what=f"with trouble, of those measured ({100 * low:.0f} to {100 * high:.0f} %"
        " with 95 % confidence); to be expected",
        value=100 * affected / max(measured, 1),
        unit="%",
        compared_with=100 * expected,
    )


def _words(by_words: int) -> list[Evidence]:
    if not by_words:
        return []
    what = "of those measured known by Zoom's own words only"
    return [Evidence(what=what, value=float(by_words), unit="people")]


def _difference(
    shown: Shown, ours: Mapping[str, float | None], theirs: Mapping[str, float | None]
) -> float:
    mine, other = ours[shown.value], theirs[shown.value]
    if mine is None:
        return -1.0
    return (mine - (other or 0.0)) / shown.scale if other is not None else 0.0


def _median(
    room: Room, name: str, minutes: Sequence[int], people: Flags
) -> float | None:
    values = room.stacked(name, minutes, people)
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else None


def _medium(room: Room, minutes: Sequence[int], people: Flags, metric: str) -> Medium:
    """Return the medium that suffers most."""
    media = [m for m in MEDIA if metric not in PICTURE_METRICS or m != "audio"]
    medians = {m: _median(room, _SCORES[m], minutes, people) for m in media}
    known: dict[Medium, float] = {m: v for m, v in medians.items() if v is not None}
    return min(known, key=lambda m: known[m]) if known else media[0]
