"""Everybody in one minute."""

from __future__ import annotations

import polars as pl

from backrow.web.pages.views.picture import picture_of, shown_minute
from tests.web.pages.frames import at, minutes, people, roster, snapshot


def test_every_seat_has_its_letter() -> None:
    who = people("a", "b", "c", "d", "e", "f", leave_time=[None] * 5 + [at(0)])
    rows = minutes(
        ("a", 1, "good"), ("b", 1, "fair"), ("c", 1, "poor"), ("d", 1, "bad")
    )
    assert picture_of(snapshot(who, rows), at(1)).letters() == "gfpbu-"


def test_who_is_asked_each_minute_counts_with_it_or_the_one_before() -> None:
    rows = minutes(("a", 0, "bad"), ("b", 2, "good"))
    one = snapshot(people("a", "b"), rows)
    assert [picture_of(one, at(m)).letters() for m in (1, 2)] == ["bu", "ug"]


def test_minute_itself_counts_also_if_nothing_was_received() -> None:
    rows = minutes(("a", 0, "bad"), ("a", 1, "unclassified"))
    assert picture_of(snapshot(people("a"), rows), at(1)).letters() == "u"


def test_who_was_drawn_keeps_the_class_for_five_minutes() -> None:
    rows = minutes(("a", 0, "bad"), picked="random")
    one = snapshot(people("a"), rows)
    assert [picture_of(one, at(m)).letters() for m in (0, 4, 5)] == ["b", "b", "u"]


def test_newer_visit_without_a_class_does_not_hide_the_older() -> None:
    rows = minutes(("a", 0, "bad"), ("a", 2, "unclassified"), picked="random")
    assert picture_of(snapshot(people("a"), rows), at(3)).letters() == "b"


def test_rates_leave_suspects_out_and_seats_show_them() -> None:
    rows = pl.concat(
        [minutes(("a", 0, "good")), minutes(("b", 0, "bad"), picked="targeted")]
    )
    picture = picture_of(snapshot(people("a", "b"), rows), at(0))
    assert picture.letters() == "gb"
    assert picture.counts() == {
        "good": 1,
        "fair": 0,
        "poor": 0,
        "bad": 0,
        "unclassified": 1,
    }


def test_sweep_says_who_is_there_where_nobody_told_of_joins() -> None:
    who = people("a", "b", join_time=[None, None])
    one = snapshot(who, minutes(("a", 1, "good")), roster=roster(1, "b"))
    picture = picture_of(one, at(1))
    assert (picture.here, picture.letters()) == (2, "gu")  # who was measured was there
    assert picture_of(one, at(2)).letters() == "-u"
    assert picture_of(one, at(7)).letters() == "--"


def test_nothing_measured_yet_is_an_empty_picture() -> None:
    who = people("a", "b", leave_time=[None, at(0)])
    picture = picture_of(snapshot(who, minutes()), None)
    assert (picture.here, picture.letters()) == (1, "u-")


def test_session_that_is_over_shows_its_last_full_minute() -> None:
    rows = minutes(
        ("a", 0, "good"), ("b", 0, "good"), ("a", 1, "good"), ("b", 1, "good"),
        ("c", 1, "good"), ("a", 2, "good"), ("b", 2, "good"), ("a", 3, "good"),
    )  # fmt: skip
    assert shown_minute(snapshot(people("a"), rows, state="complete")) == at(2)
    assert shown_minute(snapshot(people("a"), rows)) == at(3)
