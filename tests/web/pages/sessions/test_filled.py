"""Sessions that this process collects."""

from __future__ import annotations

import polars as pl
import pytest

from backrow.errors import NothingFoundError
from backrow.web.pages.sessions.filled import LiveSessions
from backrow.web.pages.sessions.source import Collecting, Occurrence, Seating
from tests.web.pages.frames import at, finding, minutes, people, roster

ONE = Occurrence(uuid="u", topic="Hall", start_at=at(0))


def filled() -> LiveSessions:
    live = LiveSessions()
    live.fill(ONE, people("b", "a"), minutes(("a", 0, "good"), ("b", 0, "bad")))
    return live


def test_minute_is_there_as_soon_as_it_is_filled_in() -> None:
    live = filled()
    before = live.version("u")
    live.fill(
        ONE,
        people("b", "a", "c"),
        minutes(("c", 1, "good")),
        roster=roster(1, "c"),
        findings=[finding()],
    )
    snapshot = live.snapshot("u")
    assert snapshot.newest_minute == at(1)
    assert snapshot.version == live.version("u") != before
    assert [one.id for one in snapshot.findings] == ["f1"]
    assert live.listed()[0].measured == 3


def test_revised_row_takes_the_place_of_the_old_one() -> None:
    live = filled()
    live.fill(ONE, people("b", "a"), minutes(("a", 0, "poor")))
    rows = live.snapshot("u").minutes.sort("participant")
    assert rows["class"].to_list() == ["poor", "bad"]


def test_snapshot_never_changes() -> None:
    live = filled()
    before = live.snapshot("u")
    assert live.snapshot("u") is before
    live.fill(ONE, people("a"), minutes(("a", 1, "good")))
    assert before.newest_minute == at(0)


def test_end_and_collecting_are_news() -> None:
    live = filled()
    seen = [live.version("u")]
    live.collecting("u", Collecting(running=False))
    seen.append(live.version("u"))
    live.collecting("u", Collecting(running=False))
    assert live.version("u") == seen[-1]
    live.end("u", end_at=at(9))
    seen.append(live.version("u"))
    assert len(set(seen)) == 3
    assert live.snapshot("u").occurrence.state == "ended"
    live.forget("u")
    with pytest.raises(NothingFoundError):
        live.version("u")


def test_one_persons_minutes_have_every_column() -> None:
    live = LiveSessions()
    rows = minutes(("a", 0, "good"), ("b", 0, "bad"), ("a", 1, "bad"))
    live.fill(ONE, people("a", "b"), rows.with_columns(wifi_avg_rssi_dbm=pl.lit(-70.0)))
    own = live.minutes_of("u", "a")
    assert own["minute"].to_list() == [at(0), at(1)]
    assert own["wifi_avg_rssi_dbm"].to_list() == [-70.0, -70.0]
    assert live.facts_of("u", "b")["user_name"] == "Person b"
    assert live.facts_of("u", "nobody") == {}


def test_session_without_a_minute_is_shown_too() -> None:
    live = LiveSessions()
    live.fill(ONE, people("a"), minutes())
    assert live.snapshot("u").newest_minute is None
    assert live.listed()[0].good_share is None
    assert live.minutes_of("u", "a").is_empty()


def test_seat_is_kept_whoever_comes() -> None:
    seating = Seating()
    seating.seated(people("b", "a", join_time=[at(1), at(2)]))
    later = seating.seated(people("z", "a", "b", join_time=[at(0), at(2), at(1)]))
    assert later["participant"].to_list() == ["b", "a", "z"]
    gone = seating.seated(people("a", join_time=[at(2)]))
    assert gone["participant"].to_list() == ["b", "a", "z"]
    assert seating.id != Seating().id
