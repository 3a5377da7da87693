"""The live window: what it holds, what it gives up, what it refuses."""

import polars as pl

from backrow.lake.window import Window
from tests.lake.world import ANN, BOB, NOW, UUID, hour, minute, samples


def held(window: Window, minutes: int = 60) -> pl.DataFrame:
    return window.samples(UUID, minutes=minutes)


def filled(*people: str, minutes: int = 10, keep: int = 30, rows: int = 1000) -> Window:
    window = Window(minutes=keep, rows=rows)
    window.append(hour(*people, minutes=minutes), now=NOW)
    return window


def test_last_minutes_come_back_in_order() -> None:
    found = filled(ANN, BOB).samples(UUID, minutes=2)
    assert found["minute"].to_list() == [minute(8)] * 2 + [minute(9)] * 2


def test_minutes_up_to_an_instant() -> None:
    found = filled(ANN).samples(UUID, minutes=3, until=minute(5))
    assert found["minute"].to_list() == [minute(3), minute(4), minute(5)]


def test_window_gives_resolved_minutes() -> None:
    window = filled(ANN)
    window.append(hour(ANN, origin="qss"), now=NOW)
    found = window.minutes(UUID, minutes=10)
    assert (found.height, found["final"].any()) == (10, False)


def test_minutes_over_the_bound_are_given_up() -> None:
    window = filled(ANN, keep=4)
    assert held(window)["minute"].to_list() == [minute(i) for i in range(6, 10)]
    assert len(window) == 4


def test_rows_over_the_bound_are_given_up_oldest_first() -> None:
    window = filled(ANN, rows=5)
    window.append(hour(BOB, uuid="another", minutes=10), now=NOW)
    assert len(window) <= 5
    assert held(window)["minute"].to_list() == [minute(7), minute(8), minute(9)]


def test_row_from_the_future_is_refused() -> None:
    window = filled(ANN)
    window.append(samples({"minute": minute(10_000)}), now=NOW)
    assert (window.refused, len(window)) == (1, 10)


def test_row_that_is_too_late_is_refused() -> None:
    window = filled(ANN, keep=3)
    window.append(samples({"minute": minute(1)}), now=NOW)
    assert (window.refused, len(window)) == (1, 3)


def test_idle_session_is_let_go() -> None:
    window = filled(ANN)
    window.evict(now=NOW + 1800)
    assert window.sessions == [UUID]
    window.evict(now=NOW + 1801)
    assert (window.sessions, len(window)) == ([], 0)


def test_person_can_be_forgotten() -> None:
    window = filled(ANN, BOB)
    window.forget(UUID, [ANN])
    assert held(window)["participant"].unique().to_list() == [BOB]
    assert len(window) == 10
    window.forget(UUID)
    assert (len(window), window.sessions) == (0, [])


def test_many_small_appends_are_made_one() -> None:
    window = Window()
    for _ in range(100):
        window.append(samples({}), now=NOW)
    assert (held(window).height, len(window)) == (100, 100)
    assert held(window).n_chunks() < 40


def test_unknown_session_has_nothing() -> None:
    found = Window().samples("nothing", minutes=5)
    assert found.schema == held(filled(ANN)).schema
    assert found.is_empty()
