"""The room over time: how many were in each class, minute by minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl

from backrow.diagnose.frames import RATED
from backrow.diagnose.presets import CLASSES, UNCLASSIFIED
from backrow.qos.people import iso
from backrow.qos.vocabulary import MEDIA
from backrow.web.pages.sessions.source import Snapshot
from backrow.web.pages.views.picture import ALL

_MINUTE = timedelta(minutes=1)


def series_of(
    snapshot: Snapshot,
    *,
    members: pl.Series | None = None,
    since: datetime | None = None,
) -> dict[str, Any]:
    """Return a group's classes over time.

    Args:
        snapshot: The session.
        members: Participants to count; by default everybody.
        since: The first minute to tell; by default the session's first.

    Returns:
        ``minutes``, ascending and without a gap; for all media together and for each
        the counts of every class, of those ``measured`` and ``good_share`` of them.
        A minute of which nothing came is null in every list.
    """
    minutes, roster = snapshot.minutes, snapshot.roster
    if since is not None:
        minutes = minutes.filter(pl.col("minute") >= since)
        roster = None if roster is None else roster.filter(pl.col("minute") >= since)
    if members is not None:
        wanted = members.implode()
        minutes = minutes.filter(pl.col("participant").is_in(wanted))
        if roster is not None:
            roster = roster.filter(pl.col("participant").is_in(wanted))
    counted = _counted(minutes)
    if counted.is_empty():
        return _told(counted)
    people = snapshot.people
    if members is not None:
        people = people.filter(pl.col("participant").is_in(members.implode()))
    whole = every_minute(counted["minute"])
    there = _there(whole, people, roster)
    frame = whole.join(counted, on="minute", how="left", maintain_order="left")
    return _told(frame.join(there, on="minute", how="left", maintain_order="left"))


def every_minute(minutes: pl.Series) -> pl.DataFrame:
    """Return every minute from the first to the last, without a gap, as `minute`."""
    first, last = minutes.min(), minutes.max()
    kind = pl.Datetime("us", "UTC")
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        return pl.DataFrame(schema={"minute": kind})
    every = pl.datetime_range(first, last, "1m", time_zone="UTC", eager=True)
    return pl.DataFrame({"minute": every.cast(kind)})


def _counted(minutes: pl.DataFrame) -> pl.DataFrame:
    rated = minutes.filter(pl.col("picked").is_in(RATED).fill_null(value=True))
    sums = []
    for medium in ALL:
        column = pl.col("class" if medium == "all" else f"{medium}_class")
        sums += [(column == name).sum().alias(f"{medium} {name}") for name in CLASSES]
    return (
        rated.group_by("minute")
        .agg(pl.len().cast(pl.Int64).alias("rows"), *sums)
        .sort("minute")
    )


def _there(
    whole: pl.DataFrame, people: pl.DataFrame, roster: pl.DataFrame | None
) -> pl.DataFrame:
    """Return how many were there in each minute, as far as it is known."""
    if "join_time" not in people.columns or not people["join_time"].count():
        return _swept(whole, roster)
    joined = _until(people["join_time"], whole, ahead=_MINUTE)
    left = joined.clear()
    if "leave_time" in people.columns:
        left = _until(people["leave_time"], whole, ahead=timedelta())
    counts = joined - left if len(left) else joined
    return whole.with_columns(counts.alias("there"))


def _swept(whole: pl.DataFrame, roster: pl.DataFrame | None) -> pl.DataFrame:
    if roster is None:
        return whole.with_columns(there=pl.lit(0, dtype=pl.Int64))
    if "present" in roster.columns:
        roster = roster.filter("present")
    return roster.group_by("minute").agg(
        pl.col("participant").n_unique().cast(pl.Int64).alias("there")
    )


def _until(times: pl.Series, whole: pl.DataFrame, *, ahead: timedelta) -> pl.Series:
    """Return how many of some instants lie before each minute (and some more)."""
    known = times.drop_nulls().sort()
    edges = whole["minute"] + ahead
    found = known.search_sorted(edges, side="left" if ahead else "right")
    return found.cast(pl.Int64)


def _told(frame: pl.DataFrame) -> dict[str, Any]:
    told: dict[str, Any] = {"minutes": [iso(at) for at in frame["minute"]]}
    if frame.is_empty():
        names = (*CLASSES, UNCLASSIFIED, "measured", "good_share")
        empty: dict[str, Any] = {name: [] for name in names}
        told.update(empty, here=[])
        media: dict[str, Any] = {str(one): {"minutes": [], **empty} for one in MEDIA}
        return {**told, **media}
    there = pl.max_horizontal(pl.col("there").fill_null(0), "rows")
    # Nothing at all came of some minutes: they are gaps, not empty rooms.
    here = frame.select(pl.when(pl.col("rows").is_not_null()).then(there).alias("here"))
    for medium in ALL:
        lists = _lists(frame, medium, here["here"])
        if medium == "all":
            told.update(lists, here=here["here"].to_list())
        else:
            told[medium] = {"minutes": told["minutes"], **lists}
    return told


def _lists(frame: pl.DataFrame, medium: str, here: pl.Series) -> dict[str, Any]:
    counts = {name: frame[f"{medium} {name}"].cast(pl.Int64) for name in CLASSES}
    measured = frame.select(pl.sum_horizontal(*counts.values(), ignore_nulls=False))
    base = measured.to_series()
    return {
        **{name: one.to_list() for name, one in counts.items()},
        UNCLASSIFIED: (here - base).clip(0).to_list(),
        "measured": base.to_list(),
        "good_share": [
            round(good / of, 4) if of else None
            for good, of in zip(counts["good"], base, strict=True)
        ],
    }
