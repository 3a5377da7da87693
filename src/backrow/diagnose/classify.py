"""Minutes with their class and the metric to blame, by a preset.

A minute's class is that of its worst medium that was there; nothing measured is
*unclassified*, which is neither good nor bad. Zoom's own words and scores are
never mixed in: `agreement` says how far they agree with ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final, Literal

import narwhals as nw
from narwhals.typing import IntoFrame

from backrow.diagnose.frames import CLASS_COLUMNS, FrameT, completed, lazy
from backrow.diagnose.model.audio import Step, at_once
from backrow.diagnose.presets import CLASSES, OWN, UNCLASSIFIED, MediumLimits, Preset
from backrow.qos.vocabulary import MEDIA, METRIC, Medium

_SCORES: Final[dict[Medium, str]] = {
    "audio": "audio_mos",
    "video": "video_score",
    "share": "share_score",
}
_WORDS: Final[dict[Medium, str]] = {
    "audio": "audio_quality",
    "video": "video_quality",
    "share": "screen_share_quality",
}
_NO_TEXT: Final = nw.lit(None, dtype=nw.String())
_NO_LEVEL: Final = nw.lit(None, dtype=nw.Int8())


def classified(minutes: FrameT, preset: Preset = OWN) -> FrameT:
    """Return scored minutes with `CLASS_COLUMNS` added, lazily.

    Args:
        minutes: What `backrow.diagnose.score.scored` returned.
        preset: How to class; see `backrow.diagnose.presets`.
    """
    frame = lazy(minutes)
    added = [column.name for column in CLASS_COLUMNS]
    kept = [name for name in frame.collect_schema().names() if name not in added]
    frame = completed(frame)
    steps = [
        _by_score(m, preset) if preset.scores else _by_limits(m, preset) for m in MEDIA
    ]
    for step in at_once(*steps):
        frame = frame.with_columns(**step)
    levels = [f"_{medium}_level" for medium in MEDIA]
    frame = frame.with_columns(nw.max_horizontal(*levels).alias("_level"))
    blamed = _NO_TEXT
    for medium in reversed(MEDIA):
        is_worst = (nw.col(f"_{medium}_level") >= nw.col("_level")) & (
            nw.col("_level") > 0
        )
        blamed = nw.when(is_worst).then(nw.col(f"_{medium}_blamed")).otherwise(blamed)
    classes = {f"{medium}_class": _word(f"_{medium}_level") for medium in MEDIA}
    words = {**classes, "class": _word("_level"), "poor_due_to": blamed}
    return frame.with_columns(**words).select(*kept, *added).to_native()  # type: ignore[no-any-return] # same engine as `minutes`


def _word(level: str) -> nw.Expr:
    word = nw.lit(UNCLASSIFIED)
    for number, name in enumerate(CLASSES):
        word = nw.when(nw.col(level) == number).then(nw.lit(name)).otherwise(word)
    return word


def band(score: nw.Expr, lowest: Iterable[float]) -> nw.Expr:
    """Return how many of the classes' lowest scores are missed: 0 is good."""
    missed = [(score < edge).cast(nw.Int8()) for edge in lowest]
    return reduce(lambda total, one: total + one, missed)


def _by_score(medium: Medium, preset: Preset) -> list[Step]:
    score = nw.col(_SCORES[medium])
    edges = [preset.scores[name] for name in CLASSES[:3] if name in preset.scores]
    level = nw.when(~score.is_null()).then(band(score, edges))
    return [
        {
            f"_{medium}_level": level.cast(nw.Int8()),
            f"_{medium}_blamed": nw.col(f"{medium}_due_to"),
        }
    ]


def _by_limits(medium: Medium, preset: Preset) -> list[Step]:
    rules = preset.media.get(medium)
    if rules is None:
        return [{f"_{medium}_level": _NO_LEVEL, f"_{medium}_blamed": _NO_TEXT}]
    there = ~nw.col(_SCORES[medium]).is_null()
    levels: Step = {
        f"_{medium}_{name}": nw.when(there).then(
            _level(medium, name, rules.limits[name])
        )
        for name in rules.limits
    }
    decisive = nw.coalesce if rules.first else nw.max_horizontal
    return [
        levels,
        {f"_{medium}_level": decisive(*levels)},
        {f"_{medium}_blamed": _blamed(medium, rules)},
    ]


def _level(medium: Medium, name: str, limits: Any) -> nw.Expr:
    """Return how many class limits a metric breaks, null if it was not measured."""
    metric = METRIC[f"{medium}_received_{name}"]
    value = nw.col(metric.name).cast(nw.Float64())
    if (medium, name) == ("share", "frame_rate_fps"):
        still = nw.col("share_still").fill_null(False)  # noqa: FBT003 - a value
        value = nw.when(~still).then(value)
    level: nw.Expr = nw.when(~value.is_null()).then(nw.lit(0, dtype=nw.Int8()))
    for number, word in enumerate(CLASSES):
        if word not in limits:
            continue
        edge = limits[word]
        worse = value > edge if metric.better == "lower" else value < edge
        level = nw.when(worse).then(nw.lit(number, dtype=nw.Int8())).otherwise(level)
    return level


def _blamed(medium: Medium, rules: MediumLimits) -> nw.Expr:
    named = _NO_TEXT
    for name in reversed(list(rules.limits)):
        decides = nw.col(f"_{medium}_{name}") >= nw.col(f"_{medium}_level")
        word = nw.lit(f"{medium}_received_{name}")
        named = nw.when(decides).then(word).otherwise(named)
    return named


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far Zoom's own judgement and ours agree on one medium."""

    medium: Medium
    judged_by: Literal["score", "word"]
    """Zoom's score (pushed events) or its word (participants list)."""
    compared: int
    """Participant-minutes that both judged."""
    same: int
    """Of these, how many fell into the same class."""
    ours_worse: int
    ours_better: int


def agreement(
    minutes: IntoFrame, roster: IntoFrame | None = None
) -> tuple[Agreement, ...]:
    """Return how far Zoom's words and scores agree with our classes.

    Args:
        minutes: Classified minutes; Zoom's scores stand in `zoom_*_score`.
        roster: Zoom's words; see `backrow.diagnose.frames`.
    """
    frame = lazy(minutes)
    found = []
    names = frame.collect_schema().names()
    for medium in MEDIA:
        if f"zoom_{medium}_score" in names:
            theirs = nw.col(f"zoom_{medium}_score")
            level = nw.when(~theirs.is_null()).then(band(theirs, (4.0, 3.0, 2.0)))
            found.append(_compared(frame, medium, "score", level))
    if roster is not None:
        keys = ["participant", "minute"]
        words = lazy(roster).select(*keys, *_WORDS.values())
        joined = frame.select(*keys, *(f"{m}_class" for m in MEDIA)).join(
            words, on=keys, how="inner"
        )
        found += [_compared(joined, m, "word", level_of(_WORDS[m])) for m in MEDIA]
    return tuple(one for one in found if one.compared)


def level_of(column: str) -> nw.Expr:
    """Return the number of a class's word, null for any other text."""
    level = _NO_LEVEL
    for number, word in enumerate(CLASSES):
        same = nw.col(column) == nw.lit(word)
        level = nw.when(same).then(nw.lit(number, dtype=nw.Int8())).otherwise(level)
    return level


def _compared(
    frame: nw.LazyFrame[Any],
    medium: Medium,
    judged_by: Literal["score", "word"],
    theirs: nw.Expr,
) -> Agreement:
    both = frame.select(ours=level_of(f"{medium}_class"), theirs=theirs).filter(
        ~nw.col("ours").is_null() & ~nw.col("theirs").is_null()
    )
    counts = both.select(
        compared=nw.col("ours").count(),
        same=(nw.col("ours") == nw.col("theirs")).cast(nw.Int64()).sum(),
        worse=(nw.col("ours") > nw.col("theirs")).cast(nw.Int64()).sum(),
    ).collect()
    total, same, worse = (int(v or 0) for v in counts.row(0))
    return Agreement(
        medium=medium,
        judged_by=judged_by,
        compared=total,
        same=same,
        ours_worse=worse,
        ours_better=total - same - worse,
    )
