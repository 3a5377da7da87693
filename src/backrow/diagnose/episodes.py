"""Bad minutes made into episodes, with hysteresis.

One bad minute is an accident. An episode opens when two of three minutes are bad
(presenters) or three of five (attendees), begins with the first of them, and closes
after three good minutes in a row; between bad and good lies a band that does neither.
Minutes without data count as nothing; after more than three of them an episode ends
as *lost*. Two episodes with a gap of at most two minutes are one.

`with_episodes` does it for everybody at once with window expressions over each
participant's minutes, on any engine; `episodes_of` gathers them into objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, Final, Literal

import narwhals as nw
from narwhals.typing import IntoFrame

from backrow.diagnose.frames import PRESENTERS, FrameT, lazy, with_roles
from backrow.diagnose.thresholds import DEFAULTS, EpisodeLimits, Thresholds

Ended = Literal["recovered", "lost", "open"]
_OVER: Final = ("session_uuid", "participant")
_ORDER: Final = "_at"
_MINUTE: Final = timedelta(minutes=1)
Columns = dict[str, nw.Expr]


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """A time in which somebody's quality was bad."""

    participant: str
    begin: datetime
    """The first bad minute."""
    end: datetime
    """The end of the last bad minute."""
    bad_minutes: int
    worst_score: float
    """The lowest score of its minutes."""
    medium: str
    """What was worst in most of its bad minutes: audio, video or share."""
    ended: Ended


def with_episodes(
    minutes: FrameT,
    people: IntoFrame | None = None,
    *,
    thresholds: Thresholds = DEFAULTS,
) -> FrameT:
    """Return measured minutes with `episode` added, lazily.

    Args:
        minutes: What `backrow.diagnose.score.scored` returned. Minutes of nobody
            with a bad minute may be left out beforehand.
        people: Roles by participant, unless `minutes` has a `role`.
        thresholds: What to judge by.

    Returns:
        Measured minutes only, with two more columns: ``episode``, the number of
        the minute in which the episode began (null outside of episodes), and
        ``minute_number``, minutes since the year 1.
    """
    given = lazy(minutes)
    kept = given.collect_schema().names()
    limits = thresholds.episodes
    frame = with_roles(given, people).filter(~nw.col("score").is_null())
    frame = frame.with_columns(_minute_number().alias(_ORDER), **_facts(limits))
    longest = int(max(limits.attendee_window, limits.presenter_window))
    for step in (
        _lags(longest),
        _openings(longest, limits),
        _events(limits),
        {"_open": _forward("_event") > 0},
        {"_starts": _starts()},
        {"_start": nw.when(nw.col("_starts")).then(nw.col("_first_bad"))},
        {"_running": nw.when(nw.col("_open")).then(_forward("_start"))},
        {"_coming": _coming(longest)},
        {"episode": nw.coalesce("_running", "_coming")},
        {"_last": _last_bad()},
    ):
        frame = frame.with_columns(**step)
    inside = nw.col(_ORDER) <= nw.col("_last")
    return frame.select(  # type: ignore[no-any-return] # same engine as `minutes`
        *kept,
        nw.when(inside).then(nw.col("episode")).alias("episode"),
        nw.col(_ORDER).alias("minute_number"),
    ).to_native()


def episodes_of(
    minutes: IntoFrame,
    people: IntoFrame | None = None,
    *,
    thresholds: Thresholds = DEFAULTS,
) -> list[Episode]:
    """Return everybody's episodes, by participant and time.

    Args:
        minutes: Scored minutes of one session.
        people: Roles by participant, unless `minutes` has a `role`.
        thresholds: What to judge by.
    """
    frame = lazy(minutes)
    troubled = (
        frame.filter(nw.col("bad"))
        .group_by("participant")
        .agg(nw.len().alias("_bad_minutes"))
        .filter(nw.col("_bad_minutes") >= int(thresholds.episodes.presenter_bad))
    )
    frame = frame.join(troubled.select("participant"), on="participant", how="semi")
    names = ("participant", "minute_number", "episode", "bad", "score", "worst_medium")
    told = lazy(with_episodes(frame.to_native(), people, thresholds=thresholds))
    rows = told.select(*names).sort("participant", "minute_number").collect().rows()
    found: list[Episode] = []
    for _, own in groupby(rows, key=lambda row: row[0]):
        found += _merged(_one_participant(list(own), thresholds.episodes), thresholds)
    return found


def _minute_number() -> nw.Expr:
    """Return minutes since the year 1, from the parts that every engine knows."""
    at = nw.col("minute")
    years = at.dt.year().cast(nw.Int64()) - 1
    days = years * 365 + years // 4 - years // 100 + years // 400
    days += at.dt.ordinal_day().cast(nw.Int64())
    return (days * 24 + at.dt.hour().cast(nw.Int64())) * 60 + at.dt.minute().cast(
        nw.Int64()
    )


def minute_of(number: int) -> datetime:
    """Return the instant at which a minute of `minute_number` begins."""
    first = datetime(1, 1, 1, tzinfo=UTC)
    return first + timedelta(days=number // 1440 - 1, minutes=number % 1440)


def _facts(limits: EpisodeLimits) -> Columns:
    role = nw.col("role").fill_null("attendee").str.to_lowercase()
    stage = role.is_in(PRESENTERS)
    bad = nw.col("bad").fill_null(False)  # noqa: FBT003 - a value
    return {
        "_bad": bad.cast(nw.Int64()),
        "_good": ((nw.col("score") >= limits.good_from) & ~bad).cast(nw.Int64()),
        "_needed": _number(stage, limits.presenter_bad, limits.attendee_bad),
        "_window": _number(stage, limits.presenter_window, limits.attendee_window),
    }


def _number(stage: nw.Expr, presenter: float, attendee: float) -> nw.Expr:
    return nw.when(stage).then(nw.lit(int(presenter))).otherwise(nw.lit(int(attendee)))


def _before(name: str, by: int) -> nw.Expr:
    """Return a column's value `by` measured minutes before (after, if below 0)."""
    return nw.col(name).shift(by).over(*_OVER, order_by=_ORDER)


def _lags(longest: int) -> Columns:
    columns = {}
    for by in range(1, longest):
        columns[f"_bad_{by}"] = _before("_bad", by)
        columns[f"_at_{by}"] = _before(_ORDER, by)
    columns.update({f"_good_{by}": _before("_good", by) for by in (1, 2)})
    return columns


def _openings(longest: int, limits: EpisodeLimits) -> Columns:
    """Return how many minutes of the window are bad, and which was the first."""
    count, first = nw.col("_bad"), nw.col(_ORDER)
    for by in range(1, longest):
        near = (nw.col(_ORDER) - nw.col(f"_at_{by}")) < nw.col("_window")
        bad = (near & (nw.col(f"_bad_{by}") > 0)).fill_null(False)  # noqa: FBT003 - a value
        count += bad.cast(nw.Int64())
        first = nw.when(bad).then(nw.col(f"_at_{by}")).otherwise(first)
    gap = (nw.col(_ORDER) - nw.col("_at_1")).fill_null(0)
    return {
        "_opens": (count >= nw.col("_needed")) & (nw.col("_bad") > 0),
        "_first_bad": first,
        "_lost": gap > int(limits.missing_max) + 1,
    }


def _events(limits: EpisodeLimits) -> Columns:
    """Return 1 where an episode opens, 0 where it closes, null elsewhere."""
    good = nw.col("_good")
    for by in range(1, int(limits.close_after)):
        earlier = nw.col(f"_good_{by}") if by < 3 else _before("_good", by)
        good *= earlier.fill_null(0)
    closes = (good > 0) | nw.col("_lost")
    event = nw.when(closes).then(nw.lit(0))
    return {"_event": nw.when(nw.col("_opens")).then(nw.lit(1)).otherwise(event)}


def _forward(name: str) -> nw.Expr:
    filled = nw.col(name).fill_null(strategy="forward")
    return filled.over(*_OVER, order_by=_ORDER)


def _starts() -> nw.Expr:
    """Return where an episode opens that was not open in the minute before."""
    before = _before("_open", 1).fill_null(False)  # noqa: FBT003 - a value
    return nw.col("_open") & (~before | nw.col("_lost"))


def _coming(longest: int) -> nw.Expr:
    """Return the episode that opens a few minutes later and begins before."""
    coming = nw.lit(None, dtype=nw.Int64())
    for by in range(1, longest):
        start = _before("_start", -by)
        begun = start <= nw.col(_ORDER)
        coming = nw.when(begun).then(start).otherwise(coming)
    return coming


def _last_bad() -> nw.Expr:
    """Return the last bad minute of the episode that a minute belongs to."""
    bad = nw.when(nw.col("_bad") > 0).then(nw.col(_ORDER))
    return bad.max().over(*_OVER, "episode")


def _one_participant(
    rows: Sequence[tuple[Any, ...]], limits: EpisodeLimits
) -> Iterator[Episode]:
    """Yield one participant's episodes; rows as `episodes_of` selects them."""
    numbers = [row[1] for row in rows]
    inside = (row for row in rows if row[2] is not None)
    for _, part in groupby(inside, key=lambda row: row[2]):
        own = list(part)
        bad = [row for row in own if row[3]]
        media = [row[5] for row in bad]
        last = bad[-1][1]
        yield Episode(
            participant=own[0][0],
            begin=minute_of(bad[0][1]),
            end=minute_of(last) + _MINUTE,
            bad_minutes=len(bad),
            worst_score=min(row[4] for row in own),
            medium=max(sorted(set(media)), key=media.count),
            ended=_ended(last, numbers, limits),
        )


def _ended(last: int, numbers: Sequence[int], limits: EpisodeLimits) -> Ended:
    later = [number for number in numbers if number > last]
    if len(later) < int(limits.close_after):
        return "open"
    return "lost" if later[0] - last > int(limits.missing_max) + 1 else "recovered"


def _merged(episodes: Iterable[Episode], thresholds: Thresholds) -> list[Episode]:
    """Return episodes with those of a short gap made one."""
    gap = _MINUTE * int(thresholds.episodes.merge_gap)
    found: list[Episode] = []
    for one in episodes:
        if found and one.begin - found[-1].end <= gap:
            before = found.pop()
            found.append(
                replace(
                    before,
                    end=one.end,
                    bad_minutes=before.bad_minutes + one.bad_minutes,
                    worst_score=min(before.worst_score, one.worst_score),
                    ended=one.ended,
                )
            )
        else:
            found.append(one)
    return found
