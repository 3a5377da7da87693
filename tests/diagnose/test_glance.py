"""What is said of a room at a glance: what comes first, and who really heard well."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, strategies as st

from backrow.diagnose.verdict.glance import by_weight, glance, heard_well, nothing_found
from backrow.diagnose.verdict.story import nobody_in
from backrow.diagnose.verdict.summary import trouble_of, worst_quarter
from backrow.diagnose.verdict.wording import percent
from tests.web.pages.frames import at, finding, minutes, people

STAGE = finding(
    id="stage",
    cause="presenter_network",
    scope={"participant": "p"},
    begin=at(1),
    affected=2,
    minutes=1,
    sentence="Ann's sound reaches Zoom damaged since 10:01.",
)
ROWS = minutes(
    ("a", 0, "good"), ("b", 0, "good"), ("c", 0, "bad"),
    ("a", 1, "good"), ("b", 1, "fair"), ("c", 1, "good"),
)  # fmt: skip


def test_stage_comes_first_then_what_cost_most_minutes() -> None:
    short = finding(id="short", affected=90, minutes=2)
    long = finding(id="long", affected=30, minutes=20)
    ordered = by_weight([short, long, STAGE])
    assert [one.id for one in ordered] == ["stage", "long", "short"]


def test_sound_that_the_stage_damaged_is_not_heard_well() -> None:
    assert heard_well(ROWS, []) == (5, 6)
    assert heard_well(ROWS, [STAGE]) == (3, 6)


def test_fault_of_the_stage_ends_and_pictures_are_not_heard() -> None:
    over = finding(cause="presenter_network", begin=at(0), end=at(1))
    assert heard_well(ROWS, [over]) == (3, 6)
    seen = finding(cause="presenter_device", begin=at(0), media="video")
    assert heard_well(ROWS, [seen]) == (5, 6)


def test_sentence_of_a_minute_says_what_the_audience_heard() -> None:
    now = ROWS.filter(pl.col("minute") == at(1))
    told = glance(now, 3, [finding(affected=9), STAGE]).sentence
    assert told.startswith("3 here. 33.3 % of 3 measured hear well. Ann's sound")


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0.0 %"),
        (0.0001, "<0.1 %"),
        (0.0625, "6.3 %"),  # half up, as scripts round
        (0.16648, "16.6 %"),
        (0.9996, ">99.9 %"),
        (1.0, "100.0 %"),
    ],
)
def test_shares_are_rounded_one_way(share: float, text: str) -> None:
    assert percent(share) == text


@given(st.floats(0, 1))
def test_every_share_is_told_within_half_a_tenth(share: float) -> None:
    told = float(percent(share).strip("<>% "))
    assert abs(told - 100 * share) <= 0.1


def test_minutes_with_trouble_are_counted_whatever_their_cause() -> None:
    rows = ROWS.with_columns(cause=pl.lit("presenter_network"))
    counts = trouble_of(rows).select("participant", "bad_minutes", "minutes").rows()
    assert counts == [("c", 1, 2), ("b", 0, 2), ("a", 0, 2)]
    assert trouble_of(rows)["end"][0] == at(1)


@pytest.mark.parametrize(("length", "whole"), [(6, False), (15, True), (40, True)])
def test_quarter_is_one_only_of_what_lasts_so_long(length: int, *, whole: bool) -> None:
    rows = minutes(*(("a", k, "bad" if k < 3 else "good") for k in range(length)))
    quarter = worst_quarter(rows)
    assert quarter is not None
    assert quarter.is_whole is whole
    assert quarter.end == at(min(length, 15))
    assert quarter.trouble_share == 3 / min(length, 15)


def test_group_that_cannot_be_is_told_apart_from_one_that_is_not_known() -> None:
    who = people("a", "b", site=["Lyon", ""], os=["iOS", "Linux"], isp=["", ""])
    assert nobody_in(who, {"site": "Lyon"}) is None
    assert nobody_in(who, {"isp": "Alder"}) is None
    assert nobody_in(who, {"site": "Rome"}) == "nobody has site 'Rome'; there are: Lyon"
    both = nobody_in(who, {"site": "Lyon", "os": "Linux"})
    assert both == "nobody has site 'Lyon' and os 'Linux' together"


@pytest.mark.parametrize(
    ("words", "places", "said"),
    [
        ([], ["Lyon (FR)"] * 6, "Nothing was measured"),
        (["good"] * 6, ["Lyon (FR)"] * 6, "nobody who was measured had trouble"),
        (["bad"] * 4, ["Lyon (FR)"] * 6, "4 people measured are too few"),
        (["bad"] * 6, ["Lyon (FR)", "", "", "", "", ""], "is known: what those with"),
        (["bad"] * 6, ["Lyon (FR)"] * 6, "Whoever had trouble had it alone"),
    ],
)
def test_no_finding_says_what_can_be_said(
    words: list[str], places: list[str], said: str
) -> None:
    names = "abcdef"
    who = people(*names, location=places)
    rows = minutes(*((one, 0, word) for one, word in zip(names, words, strict=False)))
    assert said in nothing_found(who, rows)
