"""Live rooms: findings as they come, settled minutes judged, restarts."""

import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from backrow.collect.room import Rooms
from backrow.judge.judging import Judge
from backrow.judge.live import LATE_S
from backrow.lake.frames import Naming
from backrow.lake.store.rows import shaped
from backrow.lake.window import Window
from backrow.qos.sites import read_sites
from tests.diagnose.minutes import at
from tests.judge.offices import (
    FAULT,
    LENGTH,
    SITES,
    UUID,
    announced,
    lake,
    samples,
    seconds,
    swept,
)

JUDGE = Judge(naming=Naming(sites=read_sites(SITES, name="sites.toml")))
RAISED = FAULT[0] + 2
"""By this minute two windows in a row have shown the fault."""


@dataclass
class Running:
    """A session that is collected: minutes come a little after they are over."""

    folder: Path

    def __post_init__(self) -> None:
        self.writer = announced(self.folder)
        self.begin()

    def begin(self) -> None:
        """Start a process."""
        self.window = Window()
        self.rooms = Rooms(self.writer, self.window, judge=JUDGE)

    def minute(self, number: int) -> None:
        """Collect a minute and judge what is ripe."""
        rows, now = samples(number, origin="rest_live"), seconds(number + 1.5)
        self.window.append(rows, now=now)
        written = {"samples": rows, "roster": swept(number)}
        self.writer.append(written, now=now)  # type: ignore[arg-type] # tables' names
        self.rooms.step([UUID], now=now)

    def minutes(self, numbers: range) -> None:
        for number in numbers:
            self.minute(number)

    def told(self) -> list[tuple[str, str]]:
        """Return the findings' rows in the lake: state and id."""
        rows = lake(self.folder).scan("findings").sort("changed_at").collect()
        return list(rows.select("state", "id").iter_rows())


@pytest.fixture
def running(tmp_path: Path) -> Running:
    return Running(tmp_path)


def test_finding_is_raised_updated_and_cleared_in_the_lake(running: Running) -> None:
    running.minutes(range(FAULT[0]))
    assert running.told() == []
    running.minutes(range(FAULT[0], LENGTH))
    states, ids = zip(*running.told(), strict=True)
    assert (states[0], states[-1], len(set(ids))) == ("raised", "cleared", 1)
    (row,) = lake(running.folder).findings(UUID)["finding"]
    found = json.loads(row)
    assert found["scope"] == {"site": "Lyon office"}
    assert (found["begin"], found["end"]) == (
        "2026-11-23T10:22:00Z",
        "2026-11-23T10:30:00Z",
    )


def test_view_says_how_the_room_is(running: Running) -> None:
    assert running.rooms.of(UUID) is None
    running.minutes(range(RAISED + 1))
    view = running.rooms.of(UUID)
    assert view is not None
    assert running.rooms.views == [view]
    assert (view.minute, view.newest) == (at(RAISED), at(RAISED))
    assert [one.state for one in view.lasting] == ["raised"]
    assert (view.glance.present, view.glance.measured) == (80, 79)
    assert view.glance.classes["audio"]["good"] == 79 - 15
    assert view.glance.sentence.startswith(
        "80 here. 81.0 % of 79 measured hear well. 15 of 20 measured at Lyon office"
    )
    causes = view.minutes.filter(pl.col("cause") == "shared_network")
    assert causes.height == 15


@pytest.mark.slow
def test_settled_minutes_are_judged_and_written_once(running: Running) -> None:
    running.minutes(range(RAISED + 1))
    now = seconds(RAISED + 1.5)
    settle = {"until": at(RAISED), "minutes": 10, "now": now}
    assert running.rooms.settle(UUID, **settle) == 790  # type: ignore[arg-type] # of three types
    assert running.rooms.settle(UUID, **settle) == 0  # type: ignore[arg-type] # of three types
    minutes = lake(running.folder).minutes(UUID)
    assert not minutes["final"].any()
    assert minutes["class"].null_count() == 0
    causes = minutes.filter(pl.col("cause") == "shared_network")
    assert causes["minute"].unique().sort().to_list() == [
        at(m) for m in range(FAULT[0], RAISED + 1)
    ]
    running.begin()
    assert running.rooms.settle(UUID, **settle) == 0  # type: ignore[arg-type] # of three types


@pytest.mark.slow
def test_restart_goes_on_under_the_same_ids(running: Running) -> None:
    running.minutes(range(RAISED + 1))
    ((_, first),) = running.told()
    running.begin()
    running.minutes(range(RAISED + 1, LENGTH))
    assert {id_ for _, id_ in running.told()} == {first}
    assert running.told()[-1] == ("cleared", first)
    assert [state for state, _ in running.told()].count("raised") == 1


@pytest.mark.slow
def test_finding_that_ended_while_nobody_looked_is_cleared(running: Running) -> None:
    running.minutes(range(RAISED + 1))
    ((_, first),) = running.told()
    running.begin()
    for number in range(RAISED + 1, LENGTH):
        rows, now = samples(number, origin="rest_live"), seconds(number + 1)
        running.writer.append({"samples": rows}, now=now)
    running.rooms.step([UUID], now=seconds(LENGTH + 5))
    assert running.told()[-1] == ("cleared", first)


@pytest.mark.slow
def test_finding_that_is_not_seen_again_after_a_restart_is_cleared(
    running: Running,
) -> None:
    running.minutes(range(RAISED + 1))
    ((_, first),) = running.told()
    other = Running(running.folder / "other")
    row = lake(running.folder).scan("findings").collect()
    other.writer.append(
        {"findings": shaped("findings", row, now=seconds(1))}, now=seconds(1)
    )
    calm = [m for m in range(LENGTH) if m not in FAULT]
    quiet = pl.concat([samples(m, origin="rest_live") for m in calm])
    other.writer.append({"samples": quiet}, now=seconds(LENGTH + 1))
    other.rooms.step([UUID], now=seconds(LENGTH + 5))
    assert other.told() == [("raised", first), ("cleared", first)]


def test_minute_waits_until_nearly_all_of_it_is_there(running: Running) -> None:
    running.minutes(range(5))
    half = samples(5, origin="rest_live").head(40)
    running.window.append(half, now=seconds(6.5))
    running.rooms.step([UUID], now=seconds(6.5))
    view = running.rooms.of(UUID)
    assert view is not None
    assert (view.minute, view.newest) == (at(4), at(4))
    running.rooms.step([UUID], now=seconds(6) + LATE_S)
    view = running.rooms.of(UUID)
    assert view is not None
    assert view.minute == at(5)


def test_events_of_another_process_are_taken_from_the_lake(running: Running) -> None:
    pushed = samples(3, origin="qss")
    running.writer.append({"samples": pushed}, now=seconds(4))
    running.rooms.take(UUID, now=seconds(5))
    running.rooms.take(UUID, now=seconds(6))
    assert len(running.window) == pushed.height


def test_events_of_this_process_are_not_taken_twice(running: Running) -> None:
    rooms = Rooms(running.writer, running.window, judge=JUDGE, hears_events=True)
    running.writer.append({"samples": samples(3, origin="qss")}, now=seconds(4))
    rooms.take(UUID, now=seconds(5))
    assert len(running.window) == 0


@pytest.mark.slow
def test_completion_closes_the_room(running: Running) -> None:
    running.minutes(range(LENGTH))
    assert running.rooms.complete(UUID, now=seconds(LENGTH + 30)) == 79 * LENGTH
    assert running.rooms.of(UUID) is None
    (state,) = lake(running.folder).findings(UUID)["state"]
    assert state == "final"
    assert len({id_ for _, id_ in running.told()}) == 1


def test_room_that_fails_is_left_alone_and_minutes_are_kept(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    running.minutes(range(5))
    broken = running.rooms._rooms[UUID]  # noqa: SLF001 - nothing from outside breaks it
    broken.tracker = None  # type: ignore[assignment] # breaks it
    running.minutes(range(5, 8))
    assert caplog.text.count("cannot be judged while it runs") == 1
    until = at(7)
    assert running.rooms.settle(UUID, until=until, minutes=8, now=seconds(9)) == 8 * 79
    assert lake(running.folder).minutes(UUID)["class"].null_count() == 8 * 79
