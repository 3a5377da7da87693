"""The collector over an emulated Zoom, on a clock that moves when all wait."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from backrow.errors import CredentialsError, LakeError
from backrow.lake.window import Window
from backrow.web.zoom_api import Credentials
from tests.collect.rooms import Room, world_of

pytestmark = pytest.mark.anyio


async def test_everything_is_kept_once_and_equal(tmp_path: Path) -> None:
    room = Room.make(tmp_path, world_of(people=12, minutes=3))
    poller = await room.collect(window=Window())
    room.assert_complete()
    assert poller.planner.sessions[room.session.uuid].phase == "complete"
    assert room.lake.sessions()["state"].to_list() == ["complete"]
    assert room.tally.statuses[429] == 0


@pytest.mark.slow
async def test_live_minutes_are_kept_while_it_runs(tmp_path: Path) -> None:
    room = Room.make(tmp_path, world_of(minutes=15))
    window = Window()
    poller = await room.collect(until=600, window=window)
    samples = room.lake.samples(room.session.uuid)
    assert set(samples["origin"]) == {"rest_live"}
    assert samples.height == poller.outbox.written > 150
    assert len(window) == samples.height
    roster = room.lake.roster(room.session.uuid)
    assert roster.unique(["participant", "minute"]).height == roster.height
    assert roster["minute"].n_unique() >= 9
    assert not room.lake.minutes(room.session.uuid)["final"].any()


@pytest.mark.slow
async def test_files_are_made_few_while_it_runs(tmp_path: Path) -> None:
    room = Room.make(tmp_path, world_of(people=10, minutes=8))
    await room.collect(until=420)
    handle = room.store.open("samples")
    assert handle
    assert "OPTIMIZE" in {one["operation"] for one in handle.history()}


@pytest.mark.slow
async def test_stopped_collector_goes_on_where_it_was(tmp_path: Path) -> None:
    room = Room.make(tmp_path, world_of(minutes=10))
    for seconds in (130, 60, 75):
        await room.collect(until=seconds)
    before = room.lake.samples(room.session.uuid)
    said = [c for c in before.columns if c not in {"collected_at", "picked"}]
    assert before.unique(said).height == before.height
    await room.collect()
    room.assert_complete()


@pytest.mark.slow
async def test_ended_session_is_completed_by_the_next_run(tmp_path: Path) -> None:
    room = Room.make(tmp_path)
    await room.collect(until=200)
    room.clock.advance(3600)
    await room.collect()
    room.assert_complete()
    calls = room.tally.calls
    await room.collect()
    assert room.tally.calls == calls + 1  # complete sessions are left alone


async def test_pass_that_was_cut_short_writes_nothing_twice(tmp_path: Path) -> None:
    room = Room.make(tmp_path, world_of(people=80, minutes=3))
    room.clock.advance(600)
    ended = [(room.session, 80)]
    await room.collect(past=ended, until=0.2, discovers=False, in_flight_max=1)
    rows = room.past_rows()
    await room.collect(past=ended, discovers=False)
    room.assert_complete()
    assert rows.unique(["participant", "minute", "leg"]).height == rows.height


@pytest.mark.slow
@pytest.mark.parametrize(
    "trouble",
    [
        {"error_rate": 0.05, "drop_rate": 0.05},
        {"bad_json_rate": 0.1, "error_200_rate": 0.03},
        {"slow_rate": 0.1, "slow_s": 8.0, "page_token_life_s": 6.0},
        {"live_minutes": "latest", "live_left": False, "live_empty_rate": 0.2},
        {"token_life_s": 45.0, "one_token": True},
        {"past_ready_after_s": 150.0, "style": "2026", "absent": "blank"},
        {"minutes_order": "descending"},
    ],
    ids="+".join,
)
async def test_nothing_is_lost_in_trouble(
    tmp_path: Path, trouble: Mapping[str, Any]
) -> None:
    room = Room.make(tmp_path, **trouble)
    await room.collect()
    room.assert_complete()


@pytest.mark.slow
async def test_what_cannot_be_read_becomes_a_dead_letter(tmp_path: Path) -> None:
    room = Room.make(tmp_path, bad_json_rate=0.3)
    poller = await room.collect()
    inbox = room.inbox()
    letters = inbox.dead_letters()
    inbox.close()
    assert len(letters) == poller.status().dead > 0
    assert {letter.source for letter in letters} == {"answer"}
    assert room.session.uuid in {
        part for one in letters for part in one.context.split('"')
    }


async def test_wrong_secret_ends_it_at_once(tmp_path: Path) -> None:
    room = Room.make(tmp_path)
    room.zoom.credentials = Credentials(client_secret="wrong")
    with pytest.raises(CredentialsError):
        await room.collect()


@pytest.mark.slow
async def test_large_room_is_drawn_from_and_completed(tmp_path: Path) -> None:
    room = Room.make(tmp_path, world_of(people=400, minutes=6), plan="pro")
    options: dict[str, Any] = {"plan": "pro", "others_share": 0.96}
    await room.collect(**options)
    room.assert_complete()
    live = room.lake.samples(room.session.uuid).filter(pl.col("origin") == "rest_live")
    assert set(live["picked"]) >= {"random", "targeted"}
    assert room.tally.calls < 250


async def test_lake_that_cannot_be_written_ends_it_with_all_said(
    tmp_path: Path,
) -> None:
    room = Room.make(tmp_path)
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "samples").write_text("in the way")
    (tmp_path / "lake" / "sessions").write_text("in the way")
    with pytest.raises(LakeError):
        await room.collect()
