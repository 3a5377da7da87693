"""One minute of everybody as arrays, and what each of them suffers from.

A `Slice` keeps what the causes need of a scored minute: `RECEIVED` of everybody, `SENT`
of those who send. `symptoms_of` tells four things apart:

- `network`: the person's own line made the minute bad;
- `strain`: the same at a lower degree, for faults that spoil without breaking;
- `picture`: frames are missing though the line is clean;
- `any`: the minute was bad, for whatever reason.

Trouble that comes with the presenter's own picture is nobody's line: a picture
counts against a line only if frames are missing against what is sent and against what
the better-off quarter of the people with the same system gets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast

import numpy as np
import numpy.typing as npt
import polars as pl

from backrow.diagnose.causes.groups import Flags, Ints
from backrow.diagnose.frames import RATED
from backrow.diagnose.thresholds import Thresholds
from backrow.qos.vocabulary import MEDIA

Array = TypeVar("Array", bound=npt.NDArray[Any])
Matrix = npt.NDArray[np.float64]
Symptom = str
SYMPTOMS: Final = ("network", "strain", "picture", "any")
NO_WORD: Final = -1
_COHORT_MIN: Final = 20
"""People measured of an operating system whose usual picture can be told."""


def _most(*names: str) -> pl.Expr:
    return pl.max_horizontal(*names)


RECEIVED_FROM: Final[Mapping[str, pl.Expr]] = {
    "score": pl.col("score"),
    "network_score": pl.col("network_score"),
    "audio_mos": pl.col("audio_mos"),
    "video_score": pl.col("video_score"),
    "share_score": pl.col("share_score"),
    "audio_loss_pct": pl.col("audio_received_avg_loss_pct"),
    "loss_pct": _most(*(f"{m}_received_avg_loss_pct" for m in MEDIA)),
    "max_loss_pct": _most(*(f"{m}_received_max_loss_pct" for m in MEDIA)),
    "picture_loss_pct": _most(
        "video_received_avg_loss_pct", "share_received_avg_loss_pct"
    ),
    "audio_jitter_ms": pl.col("audio_received_jitter_ms"),
    "jitter_ms": _most(*(f"{m}_received_jitter_ms" for m in MEDIA)),
    "latency_ms": pl.coalesce(*(f"{m}_received_latency_ms" for m in MEDIA)),
    "frame_rate_fps": pl.col("video_received_frame_rate_fps"),
    "height_px": pl.col("video_received_height_px"),
    "bitrate_kbps": pl.sum_horizontal(
        "video_received_bitrate_kbps", "share_received_bitrate_kbps"
    ),
    "deficit": pl.max_horizontal("video_deficit", "share_deficit"),
    "system_max_cpu_pct": pl.col("system_max_cpu_pct"),
    "zoom_avg_cpu_pct": pl.col("zoom_avg_cpu_pct"),
    "wifi_avg_rssi_dbm": pl.col("wifi_avg_rssi_dbm"),
    "bad": pl.col("bad"),
    "rated": pl.col("picked").is_in(RATED),
}
RECEIVED: Final = {name: i for i, name in enumerate(RECEIVED_FROM)}
"""What a slice keeps of everybody."""

SENT_FROM: Final[Mapping[str, pl.Expr]] = {
    "audio_kbps": pl.col("audio_sent_bitrate_kbps"),
    "share_kbps": pl.col("share_sent_bitrate_kbps"),
    "loss_pct": _most(*(f"{m}_sent_avg_loss_pct" for m in MEDIA)),
    "max_loss_pct": _most(*(f"{m}_sent_max_loss_pct" for m in MEDIA)),
    "latency_ms": _most(*(f"{m}_sent_latency_ms" for m in MEDIA)),
    "jitter_ms": _most(*(f"{m}_sent_jitter_ms" for m in MEDIA)),
    "bitrate_kbps": pl.col("video_sent_bitrate_kbps"),
    "frame_rate_fps": pl.col("video_sent_frame_rate_fps"),
    "height_px": pl.col("video_sent_height_px"),
    "system_max_cpu_pct": pl.col("system_max_cpu_pct"),
    "zoom_avg_cpu_pct": pl.col("zoom_avg_cpu_pct"),
}
SENT: Final = {name: i for i, name in enumerate(SENT_FROM)}
"""What a slice keeps of those who send."""


@dataclass(slots=True, eq=False)
class Slice:
    """Everybody in one minute; arrays may be shorter than the room is now."""

    received: Matrix
    """By `RECEIVED`, then by person; NaN is not measured."""
    senders: npt.NDArray[np.int64]
    sent: Matrix
    """By `SENT`, then by place in `senders`."""
    words: npt.NDArray[np.int8]
    """Zoom's worst word as a number, -1 where there is none."""
    present: Flags
    flags: dict[Symptom, Flags] = field(default_factory=dict)
    deficit: Matrix = field(default_factory=lambda: np.zeros(0))
    """Share of frames missing, against what is sent and what peers get."""

    def value(self, name: str, count: int) -> Matrix:
        """Return one value of everybody, `count` long."""
        return padded(self.received[RECEIVED[name]], count, np.nan)

    @property
    def measured(self) -> Flags:
        """Who was measured."""
        return np.asarray(~np.isnan(self.received[RECEIVED["score"]]))


def padded(values: Array, count: int, filler: float) -> Array:
    """Return an array made `count` long."""
    if len(values) == count:
        return values
    longer = np.full(count, filler, dtype=values.dtype)
    longer[: len(values)] = values
    return cast("Array", longer)


def matrix_of(rows: pl.DataFrame, wanted: Mapping[str, pl.Expr]) -> Matrix:
    """Return one row per wanted value, one column per row of the frame."""
    columns = [one.cast(pl.Float64).alias(name) for name, one in wanted.items()]
    return np.asarray(rows.select(columns).to_numpy().T)


def symptoms_of(
    part: Slice, usual_height: Matrix, thresholds: Thresholds
) -> dict[Symptom, Flags]:
    """Return the symptoms of everybody in a minute."""
    of = {name: part.received[i] for name, i in RECEIVED.items()}
    episodes, causes = thresholds.episodes, thresholds.causes
    bad = of["bad"] > 0
    critical = (
        (of["picture_loss_pct"] > episodes.loss_pct)
        | (of["audio_loss_pct"] > episodes.audio_loss_pct)
        | (of["max_loss_pct"] > episodes.max_loss_pct)
        | (of["jitter_ms"] > episodes.jitter_ms)
    )
    lacking = part.deficit > causes.deficit
    low = of["height_px"] < causes.step_down * usual_height
    busy = (of["system_max_cpu_pct"] >= causes.cpu_pct) | (
        of["zoom_avg_cpu_pct"] >= causes.zoom_cpu_pct
    )
    clean = ~(of["loss_pct"] >= causes.clean_loss_pct) & ~(
        of["network_score"] < causes.strain_mos
    )
    own_line = (of["network_score"] < episodes.bad_below) | critical
    own_picture = bad & (lacking | low) & ~(busy & clean)
    strained = of["network_score"] < causes.strain_mos
    return {
        "network": own_line | own_picture,
        "strain": own_line | own_picture | strained,
        "picture": lacking & clean,
        "any": bad,
    }


def deficits_of(part: Slice, cohorts: Ints) -> Matrix:
    """Return the share of frames missing, against what is sent and what peers get.

    A phone that always gets fewer frames than a computer lacks nothing.
    """
    known = part.received[RECEIVED["deficit"]]
    frames = part.received[RECEIVED["frame_rate_fps"]]
    usual = usual_of_peers(frames, cohorts)
    with np.errstate(invalid="ignore"):
        among_peers = np.clip(1 - frames / np.maximum(usual, 1e-9), 0, 1)
    return np.asarray(np.fmin(known, among_peers))


def usual_of_peers(values: Matrix, cohorts: Ints) -> Matrix:
    """Return what the better-off quarter of each one's cohort has at least."""
    usual = np.full(len(values), _quartile(values))
    for cohort in np.unique(cohorts):
        mine = cohorts == cohort
        if np.count_nonzero(mine & ~np.isnan(values)) >= _COHORT_MIN:
            usual[mine] = _quartile(values[mine])
    return usual


def _quartile(values: Matrix) -> float:
    """Return what the better-off quarter has at least; 0 if nobody was measured."""
    there = values[~np.isnan(values)]
    if not len(there):
        return 0.0
    place = int(0.75 * (len(there) - 1))
    return float(np.partition(there, place)[place])
