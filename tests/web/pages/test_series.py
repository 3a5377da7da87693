"""The room over time."""

from __future__ import annotations

import polars as pl

from backrow.web.pages.views.series import series_of
from tests.web.pages.frames import at, minutes, people, roster, snapshot

ROWS = minutes(("a", 0, "good"), ("b", 0, "bad"), ("a", 2, "good"))


def test_minute_of_which_nothing_came_is_a_gap() -> None:
    told = series_of(snapshot(people("a", "b", "c"), ROWS))
    assert told["minutes"] == [
        "2026-11-23T10:00:00Z",
        "2026-11-23T10:01:00Z",
        "2026-11-23T10:02:00Z",
    ]
    assert told["good"] == [1, None, 1]
    assert told["bad"] == [1, None, 0]
    assert told["good_share"] == [0.5, None, 1.0]
    assert told["unclassified"] == [1, None, 2]
    assert told["audio"]["minutes"] == told["minutes"]
    assert told["video"]["good"] == [1, None, 1]


def test_joins_and_leaves_say_how_many_were_there() -> None:
    who = people(
        "a", "b", "c", join_time=[at(0), at(1), at(2)], leave_time=[None, at(2), None]
    )
    rows = minutes(("a", 0, "good"), ("a", 1, "good"), ("a", 2, "good"))
    assert series_of(snapshot(who, rows))["here"] == [1, 2, 2]


def test_sweeps_say_it_where_nobody_told_of_joins() -> None:
    swept = pl.concat([roster(0, "a", "b"), roster(2, "a", "b", "c")])
    who = people("a", "b", "c", join_time=[None] * 3)
    told = series_of(snapshot(who, ROWS, roster=swept))
    assert told["here"] == [2, None, 3]


def test_group_is_counted_alone() -> None:
    one = snapshot(people("a", "b", "c"), ROWS)
    told = series_of(one, members=pl.Series(["b"]))
    assert (told["minutes"], told["bad"]) == (["2026-11-23T10:00:00Z"], [1])


def test_nothing_measured_is_no_minute() -> None:
    told = series_of(snapshot(people("a"), minutes()))
    assert told["minutes"] == told["good"] == told["audio"]["good_share"] == []


def test_since_tells_the_end_alone() -> None:
    told = series_of(snapshot(people("a", "b"), ROWS), since=at(2))
    assert (told["minutes"], told["good"]) == (["2026-11-23T10:02:00Z"], [1])
