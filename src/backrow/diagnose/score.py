"""Minutes with their scores: the same expressions on every engine.

`scored` takes minutes (see `backrow.diagnose.frames`) and adds `SCORE_COLUMNS`.
It is a chain of steps, each a few expressions over columns of the step before,
so that engines without common-subexpression elimination stay fast too.

What the presenters send is looked up first, minute by minute: the latency, frame
rate and height of whoever speaks (the most, if several do), and the frame rate of the
shared screen.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import narwhals as nw
from narwhals.typing import IntoFrame

from backrow.diagnose.frames import (
    PRESENTERS,
    SCORE_COLUMNS,
    FrameT,
    completed,
    lazy,
    with_roles,
)
from backrow.diagnose.model import pictures
from backrow.diagnose.model.audio import AudioSteps, Step, at_once
from backrow.diagnose.thresholds import DEFAULTS, Thresholds

Lazy = nw.LazyFrame[Any]
_SCORES: Final = {"audio": "audio_mos", "video": "video_score", "share": "share_score"}
_WEIGHTS: Final = {"audio": 0.5, "share": 0.3, "video": 0.2}
_MINUTE: Final = ["session_uuid", "minute"]


def scored(
    minutes: FrameT,
    people: IntoFrame | None = None,
    *,
    thresholds: Thresholds = DEFAULTS,
) -> FrameT:
    """Return minutes with `SCORE_COLUMNS` added, lazily.

    Args:
        minutes: One row per session, participant and minute.
        people: Roles by participant; needed unless `minutes` has a `role`.
            Without either, everyone counts as an attendee.
        thresholds: What to score by.

    Returns:
        A lazy frame of the same engine. A stream that is off or was not
        measured has null for a score, never the lowest.
    """
    given = lazy(minutes)
    kept = given.collect_schema().names()
    frame = with_roles(completed(given), people)
    frame = _with_sources(frame, thresholds)
    steps = at_once(_audio(frame, thresholds), _pictures(thresholds))
    frame = _applied(frame, [*steps, *_overall(thresholds)])
    added = [column.name for column in SCORE_COLUMNS]
    kept = [name for name in kept if name not in added]
    return frame.select(*kept, *added).to_native()  # type: ignore[no-any-return] # same engine as `minutes`


def scored_sent(minutes: FrameT, *, thresholds: Thresholds = DEFAULTS) -> FrameT:
    """Return the minutes of those who send audio, with ``audio_sent_mos`` added.

    What a presenter sends is scored as received audio is, without delay: it says how
    the sound reaches Zoom, before it is passed on.
    """
    frame = completed(lazy(minutes)).filter(
        ~nw.col("audio_sent_avg_loss_pct").is_null()
    )
    kept = frame.collect_schema().names()
    sent = AudioSteps(
        stream="audio_sent",
        prefix="_sent_",
        talks=nw.lit(value=False),
        source_latency=nw.lit(0.0),
        limits=thresholds.score,
    )
    frame = _applied(frame, sent.steps())
    return frame.select(*kept, nw.col("_sent_mos").alias("audio_sent_mos")).to_native()  # type: ignore[no-any-return] # same engine as `minutes`


def scored_again(minutes: FrameT, *, thresholds: Thresholds = DEFAULTS) -> FrameT:
    """Return judged minutes with `score`, `worst_medium` and `bad` as `scored` gave them.

    A judgement is kept without them: all three follow from the media's scores and the
    metrics.

    Args:
        minutes: With the scores of the media, and with metrics.
        thresholds: What the minutes were judged by.
    """
    given = lazy(minutes)
    added = ("score", "worst_medium", "bad")
    kept = [name for name in given.collect_schema().names() if name not in added]
    worst = {
        "score": nw.min_horizontal(*_SCORES.values()),
        "_critical": _critical(thresholds),
    }
    frame = _applied(completed(given), [worst, _judged(thresholds)])
    return frame.select(*kept, *added).to_native()  # type: ignore[no-any-return] # same engine as `minutes`


def _with_sources(frame: Lazy, thresholds: Thresholds) -> Lazy:
    """Add `_source_*`: what is sent in the minute by whoever speaks or shares."""
    limits = thresholds.score
    speaks = nw.col("audio_sent_bitrate_kbps") >= limits.speaks_kbps
    still = (nw.col("share_received_frame_rate_fps") < limits.static_fps) & (
        nw.col("share_received_bitrate_kbps") < limits.static_kbps
    )
    spoken = {
        "_source_latency_ms": "audio_sent_latency_ms",
        "_source_video_fps": "video_sent_frame_rate_fps",
        "_source_video_px": "video_sent_height_px",
    }
    sent = frame.select(
        *_MINUTE,
        nw.col("share_sent_frame_rate_fps").alias("_source_share_fps"),
        still.cast(nw.Float64()).alias("_still_share"),
        *(nw.when(speaks).then(nw.col(of)).alias(name) for name, of in spoken.items()),
    )
    by_minute = sent.group_by(_MINUTE).agg(
        *(nw.col(name).max() for name in (*spoken, "_source_share_fps")),
        nw.col("_still_share").mean(),
    )
    return frame.join(by_minute, on=_MINUTE, how="left")


def _audio(frame: Lazy, thresholds: Thresholds) -> list[Step]:
    """Return the steps that score received audio."""
    limits = thresholds.score
    role = nw.col("role").fill_null("attendee").str.to_lowercase()
    talks = role.is_in(PRESENTERS) | (
        nw.col("audio_sent_bitrate_kbps").fill_null(0.0) >= limits.speaks_kbps
    )
    if "kind" in frame.collect_schema().names():
        talks |= nw.col("kind").fill_null("webinar") == nw.lit("meeting")
    received = AudioSteps(
        stream="audio_received",
        prefix="_received_",
        talks=talks,
        source_latency=nw.col("_source_latency_ms"),
        limits=limits,
    )
    worst = nw.col("audio_received_max_loss_pct").fill_null(0.0)
    named = {
        "audio_mos": nw.col("_received_mos"),
        "audio_due_to": nw.col("_received_due_to"),
        "dropout": worst >= limits.dropout_pct,
    }
    return [*received.steps(), named]


def _pictures(thresholds: Thresholds) -> list[Step]:
    """Return the steps that score video and screen."""
    limits = thresholds.score
    still = nw.col("_source_share_fps").fill_null(1e9) < limits.static_fps
    still |= nw.col("_still_share").fill_null(0.0) >= limits.static_share
    shared = pictures.is_on("share_received")
    first = {
        "share_still": nw.when(shared).then(still),
        "_shared": shared,
        "_still": shared & still,
        **_deficits(),
    }
    video = pictures.video_factors(beside_share=nw.col("_shared"))
    share = pictures.share_factors(still=nw.col("_still"))
    return [
        first,
        *at_once(
            pictures.picture_steps("video", video),
            pictures.picture_steps("share", share),
        ),
        _source_limited(thresholds),
    ]


def _deficits() -> Step:
    """Return the share of frames that is missing against what is sent."""
    pairs = {"video": "_source_video_fps", "share": "_source_share_fps"}
    return {
        f"{medium}_deficit": nw.when(
            pictures.is_on(f"{medium}_received") & (nw.col(source) > 0)
        ).then(
            (
                nw.col(f"{medium}_received_frame_rate_fps") / nw.col(source) * -1 + 1
            ).clip(0.0, 1.0)
        )
        for medium, source in pairs.items()
    }


def _source_limited(thresholds: Thresholds) -> Step:
    allowed = 1 - thresholds.score.same_rate
    height = nw.col("video_received_height_px")
    as_high = (height >= nw.col("_source_video_px")) | nw.col("_shared")
    as_fast = nw.col("video_deficit") <= allowed + 1e-9
    limited = as_fast & as_high.fill_null(False)  # noqa: FBT003 - a value
    return {"source_limited": nw.when(~nw.col("video_score").is_null()).then(limited)}


def _overall(thresholds: Thresholds) -> list[Step]:
    worst = nw.min_horizontal(*_SCORES.values())
    network = nw.min_horizontal("audio_mos", "_video_network", "_share_network")
    return [
        {
            "score": worst,
            "network_score": network,
            "blended_score": _blend(),
            "_critical": _critical(thresholds),
        },
        _judged(thresholds),
    ]


def _judged(thresholds: Thresholds) -> Step:
    """Return the step that says which medium is worst, and whether there is trouble."""
    medium = nw.lit(None, dtype=nw.String())
    for name, score in reversed(_SCORES.items()):
        is_worst = nw.col(score) <= nw.col("score")
        medium = nw.when(is_worst).then(nw.lit(name)).otherwise(medium)
    low = nw.col("score") < thresholds.episodes.bad_below
    bad = nw.when(~nw.col("score").is_null()).then(low | nw.col("_critical"))
    return {"worst_medium": medium, "bad": bad}


def _blend() -> nw.Expr:
    """Return the weighted mean of the media that are there, for trends."""
    total, weight = nw.lit(0.0), nw.lit(0.0)
    for name, share in _WEIGHTS.items():
        score = nw.col(_SCORES[name])
        total += score.fill_null(0.0) * share
        weight += nw.when(score.is_null()).then(0.0).otherwise(share)
    return nw.when(weight > 0).then(total / weight)


def _critical(thresholds: Thresholds) -> nw.Expr:
    """Return whether a metric alone makes the minute bad."""
    limits = thresholds.episodes
    above = {"audio_received_avg_loss_pct": limits.audio_loss_pct}
    for medium in ("audio", "video", "share"):
        above[f"{medium}_received_max_loss_pct"] = limits.max_loss_pct
        above[f"{medium}_received_jitter_ms"] = limits.jitter_ms
    for medium in ("video", "share"):
        above[f"{medium}_received_avg_loss_pct"] = limits.loss_pct
    flags = [nw.col(name).fill_null(0.0) > most for name, most in above.items()]
    return nw.any_horizontal(*flags, ignore_nulls=True)


def _applied(frame: Lazy, steps: Iterable[Step]) -> Lazy:
    for step in steps:
        frame = frame.with_columns(**step)
    return frame
