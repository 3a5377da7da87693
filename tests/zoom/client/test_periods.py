"""Periods of session lists."""

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from backrow.errors import UsageError
from backrow.zoom.client.periods import Moment, periods

NOW = datetime(2026, 11, 23, 0, 30, tzinfo=timezone(timedelta(hours=1)))
TODAY = "2026-11-22"
"""In UTC."""


def past(begin: Moment | None, end: Moment | None) -> list[tuple[str, str]]:
    return [(p["from"], p["to"]) for p in periods("past", begin, end, now=NOW)]


def test_live_sessions_are_asked_for_today() -> None:
    assert periods("live", None, None, now=NOW) == [{"from": TODAY, "to": TODAY}]


def test_past_sessions_are_asked_for_30_days() -> None:
    assert past(None, None) == [("2026-10-23", TODAY)]


@pytest.mark.parametrize("begin", ["2026-11-20", date(2026, 11, 20), " 2026-11-20 "])
def test_days_stay_days(begin: Moment) -> None:
    assert past(begin, None) == [("2026-11-20", TODAY)]


@pytest.mark.parametrize(
    "begin",
    [
        "2026-11-20 10:00:00",
        "2026-11-20T10:00:00Z",
        "2026-11-20T11:00:00+01:00",
        datetime(2026, 11, 20, 10, 0, 0, 5, tzinfo=UTC),
    ],
)
def test_instants_are_put_into_utc(begin: Moment) -> None:
    assert past(begin, "2026-11-20") == [("2026-11-20 10:00:00", "2026-11-20 23:59:59")]


def test_long_period_is_cut_into_months() -> None:
    assert past("2026-01-31", "2026-04-10") == [
        ("2026-01-31", "2026-02-27"),
        ("2026-02-28", "2026-03-27"),
        ("2026-03-28", "2026-04-10"),
    ]


def test_long_period_of_instants_is_cut_without_a_gap() -> None:
    assert past("2026-11-20 10:00:00", "2026-12-25 00:00:00") == [
        ("2026-11-20 10:00:00", "2026-12-20 09:59:59"),
        ("2026-12-20 10:00:00", "2026-12-25 00:00:00"),
    ]


@given(
    st.dates(date(2020, 1, 1), date(2027, 12, 31)),
    st.integers(0, 800),
)
def test_months_cover_the_period_without_gap_or_overlap(begin: date, days: int) -> None:
    end = begin + timedelta(days=days)
    found = [
        (date.fromisoformat(a), date.fromisoformat(b)) for a, b in past(begin, end)
    ]
    assert (found[0][0], found[-1][1]) == (begin, end)
    assert all(b + timedelta(days=1) == c for (_, b), (c, _) in pairwise(found))
    assert all((b - a).days <= 30 for a, b in found)


def test_live_period_is_never_cut() -> None:
    assert len(periods("live", "2026-01-01", "2026-11-22", now=NOW)) == 1


@pytest.mark.parametrize(
    ("begin", "end"), [("yesterday", None), (None, "2026-13-01"), ("2026-11-30", None)]
)
def test_what_is_no_period_is_refused(begin: Moment, end: Moment) -> None:
    with pytest.raises(UsageError):
        past(begin, end)
