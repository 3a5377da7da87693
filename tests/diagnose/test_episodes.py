"""Bad minutes become episodes by the rules of hysteresis."""

from datetime import timedelta

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from backrow.diagnose.episodes import episodes_of, with_episodes
from backrow.diagnose.thresholds import EpisodeLimits, Thresholds
from tests.diagnose.minutes import START, at

SCORES = {"b": 2.0, "m": 3.1, "g": 4.0}


def minutes(patterns: dict[str, str], role: str = "attendee") -> pl.DataFrame:
    """Return scored minutes: b bad, g good, m neither, a dot for nothing measured."""
    rows = [
        {
            "session_uuid": "s",
            "participant": participant,
            "minute": at(i),
            "score": SCORES[letter],
            "bad": letter == "b",
            "worst_medium": "audio",
            "role": role,
        }
        for participant, pattern in patterns.items()
        for i, letter in enumerate(pattern)
        if letter != "."
    ]
    return pl.DataFrame(rows)


def spans(pattern: str, role: str = "attendee") -> list[tuple[int, int, str]]:
    """Return begin, end and how they ended, in minutes from the start."""
    return [
        (
            (one.begin - START) // timedelta(minutes=1),
            (one.end - START) // timedelta(minutes=1),
            one.ended,
        )
        for one in episodes_of(minutes({"1": pattern}, role))
    ]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("gbgbgggg", []),
        ("ggbgbgbgggg", [(2, 7, "recovered")]),
        ("gbggbgggbggb", []),
        ("bbbmmmbgggg", [(0, 7, "recovered")]),
        ("bbbggbggbgggg", [(0, 9, "recovered")]),
        ("bbb...bggg", [(0, 7, "recovered")]),
        ("bbb....bbbggg", [(0, 3, "lost"), (7, 10, "recovered")]),
        ("ggbbb", [(2, 5, "open")]),
        ("bbbgggbbbggg", [(0, 3, "recovered"), (6, 9, "recovered")]),
    ],
)
def test_attendee_needs_three_of_five(
    pattern: str, found: list[tuple[int, int, str]]
) -> None:
    assert spans(pattern) == found


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("gbgbggg", [(1, 4, "recovered")]),
        ("gbggbggg", []),
        ("bbggg", [(0, 2, "recovered")]),
    ],
)
def test_presenter_needs_two_of_three(
    pattern: str, found: list[tuple[int, int, str]]
) -> None:
    assert spans(pattern, "panelist") == found


def test_role_comes_from_people() -> None:
    own = minutes({"1": "gbbggg"}).drop("role")
    people = pl.DataFrame({"participant": ["1"], "role": ["host"]})
    assert len(episodes_of(own, people)) == 1
    assert episodes_of(own) == []


def test_episode_tells_how_bad_it_was() -> None:
    (one,) = episodes_of(minutes({"7": "bbmbggg"}))
    assert (one.participant, one.bad_minutes, one.worst_score) == ("7", 3, 2.0)
    assert one.medium == "audio"


def test_short_gap_is_bridged_if_closing_is_quick() -> None:
    quick = Thresholds(episodes=EpisodeLimits(close_after=1, merge_gap=2))
    (one,) = episodes_of(minutes({"1": "bbbggbbbg"}), thresholds=quick)
    assert (one.bad_minutes, one.end) == (6, at(8))


def test_midnight_of_the_year_does_not_part_an_episode() -> None:
    begin = START.replace(month=12, day=31, hour=23, minute=58)
    late = minutes({"1": "bbbbggg"}).with_columns(
        minute=pl.datetime_range(
            begin, begin + timedelta(minutes=6), "1m", time_unit="us", eager=True
        )
    )
    (one,) = episodes_of(late)
    assert (one.begin, one.bad_minutes) == (begin, 4)


@settings(max_examples=10)
@given(st.lists(st.text("bgm.", min_size=1, max_size=25), min_size=1, max_size=6))
def test_episodes_begin_and_end_with_bad_minutes(patterns: list[str]) -> None:
    frame = minutes({str(i): p for i, p in enumerate(patterns)} | {"x": "g"})
    for one in episodes_of(frame):
        own = patterns[int(one.participant)]
        first = (one.begin - START) // timedelta(minutes=1)
        last = (one.end - START) // timedelta(minutes=1) - 1
        assert own[first] == own[last] == "b"
        assert own[first : last + 1].count("b") == one.bad_minutes >= 3


def test_another_engine_gives_the_same() -> None:
    frame = minutes({"1": "gbgbgbgggbb.bggg", "2": "bbb....bbbgggg"})
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    there = with_episodes(connection.from_arrow(frame.to_arrow())).pl()
    here = with_episodes(frame.lazy()).collect()
    order = ["participant", "minute_number"]
    assert (
        here.sort(order)["episode"].to_list() == there.sort(order)["episode"].to_list()
    )
