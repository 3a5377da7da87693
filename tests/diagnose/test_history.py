"""The past of people in trouble stands still; that of others moves on."""

import numpy as np
import polars as pl

from backrow.diagnose.causes.history import History
from backrow.diagnose.room import Room, minute_number
from backrow.diagnose.score import scored
from tests.diagnose.minutes import LOSSY, at, people, room

COUNT = 10
FIRST = minute_number(at(0))
ALL = np.ones(COUNT, dtype=bool)


def long_room(minutes: int, bad_from: int) -> Room:
    """Return a room in which persons 0 to 4 are bad from a minute on."""
    rows = room(COUNT, minutes, lambda p, m: LOSSY if p < 5 and m >= bad_from else {})
    who = people(COUNT, os=lambda _: "Windows")
    found = Room()
    found.set_people(who)
    found.add(scored(pl.concat(rows), who).collect())
    return found


def past_cases(history: History, minute: int) -> list[float]:
    now = history.room.window(minute)
    assert now is not None
    counts = history.counts(now, minute, "network", ALL)
    return [float(bad.sum()) for _, bad in counts.history]


def test_too_short_a_past_is_none() -> None:
    history = History(long_room(30, 99))
    assert past_cases(history, FIRST + 23) == []
    assert past_cases(history, FIRST + 24) == [0, 0, 0]


def test_fault_walks_into_the_past_unless_it_is_frozen() -> None:
    free, frozen = (History(long_room(40, 20)) for _ in range(2))
    frozen.suspect("office", np.arange(COUNT) < 5, FIRST + 21)
    assert past_cases(free, FIRST + 35) == [5, 5, 0]
    assert past_cases(frozen, FIRST + 35) == [0, 0, 0]


def test_frozen_past_is_let_go_when_it_is_over() -> None:
    history = History(long_room(40, 20))
    history.suspect("office", np.arange(COUNT) < 5, FIRST + 21)
    history.thaw(FIRST + 30)
    assert "office" in history.freezes
    history.thaw(FIRST + 42)
    assert history.freezes == {}


def test_minutes_that_come_late_change_the_past() -> None:
    history = History(long_room(40, 99))
    assert past_cases(history, FIRST + 35) == [0, 0, 0]
    late = pl.concat(room(COUNT, 29, lambda *_: LOSSY)[26:])
    history.room.add(scored(late, people(COUNT)).collect())
    assert past_cases(history, FIRST + 35) == [0, 0, 0]
    history.take_changes()
    assert past_cases(history, FIRST + 35) == [COUNT, 0, 0]


def test_suspicion_knows_since_when() -> None:
    history = History(long_room(5, 99))
    assert history.since("office", 7) == 7
    history.suspect("office", ALL, 100)
    history.suspect("office", ALL, 104)
    assert history.since("office", 120) == 98
    assert history.freezes["office"].seen == 104


def test_phones_set_their_own_expectation_at_the_start() -> None:
    who = people(COUNT, os=lambda p: "iOS" if p < 5 else "Windows")
    rows = room(
        COUNT, 3, lambda p, _: {"video_received_frame_rate_fps": 6.0} if p == 1 else {}
    )
    found = Room()
    found.set_people(who)
    found.add(scored(pl.concat(rows), who).collect())
    now = found.window(FIRST + 2)
    assert now is not None
    prior = History(found).counts(now, FIRST + 2, "picture", ALL).prior
    assert prior is not None
    assert prior[0] == 0.2
    assert prior[9] == found.thresholds.scan.prior_bad
