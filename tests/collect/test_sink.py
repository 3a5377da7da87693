"""The sink: every event once in the lake, whatever happens on the way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import polars as pl
import pytest
from anyio import to_thread

from backrow.collect.intake.tending import LATE_S, QUIET_S
from backrow.collect.lock import held
from backrow.collect.sink import LOCK_NAME, Sink
from backrow.errors import StorageError
from backrow.lake.inbox import Inbox, Letter
from backrow.lake.keep import TIDY_FIRST_S, TIDY_S, LakeWriter
from backrow.lake.kept import Lake
from backrow.lake.store.commits import Batch
from backrow.lake.store.place import Place
from backrow.lake.store.reading import Store
from backrow.lake.store.rows import sessions_frame
from backrow.lake.window import Window
from backrow.qos.people import Session
from backrow.qos.sample import NAMES
from backrow.web.testing import HandClock
from backrow.zoom.decode import decode_event
from tests.collect.pushing import BEGIN, UUID, event, of_stay, saved

KEY = b"secret of this test"


class World:
    """An inbox, a lake and a clock; sinks come and go."""

    def __init__(self, folder: Path) -> None:
        self.inbox = Inbox(folder / "state")
        self.lake = Lake(Store(Place.parse(folder / "lake")))
        self.writer = LakeWriter(self.lake.store)
        self.clock = HandClock(BEGIN + timedelta(minutes=1))
        self.window = Window()

    def sink(
        self, inbox: Inbox | None = None, writer: LakeWriter | None = None
    ) -> Sink:
        return Sink(
            inbox or self.inbox,
            writer or self.writer,
            key=KEY,
            clock=self.clock,
            window=self.window,
        )

    def put(self, *bodies: bytes) -> None:
        letters = [Letter(body=body) for body in bodies]
        self.inbox.put(letters, now=self.clock.now())

    def kept(self, *columns: str) -> list[tuple[Any, ...]]:
        rows = self.lake.scan("samples").select(columns or NAMES).collect()
        return sorted(rows.rows(), key=repr)

    def state(self) -> str:
        return str(self.lake.sessions()["state"][0])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    one = World(tmp_path)
    yield one
    one.inbox.close()


def test_events_reach_the_lake_as_zoom_said(world: World) -> None:
    body = saved("event_webinar_participant_qos")
    world.put(body)
    assert world.sink().drain() == 1
    said = [name for name in NAMES if name != "collected_at"]
    want = decode_event(body).to_polars().select(said).rows()
    assert set(world.kept(*said)) == set(want)
    assert len(world.kept(*said)) == len(want) > 1
    origins = set(world.kept("origin", "picked", "collected_at"))
    assert origins == {("qss", "pushed", BEGIN + timedelta(minutes=1))}


def test_session_and_participant_are_known_from_events(world: World) -> None:
    world.put(event(minute=3), event(minute=1))
    world.sink().drain()
    found = world.lake.sessions().row(0, named=True)
    assert found["session_uuid"] == UUID
    assert found["state"] == "live"
    assert found["start_at"] == BEGIN.replace(second=0) + timedelta(minutes=1)
    (person,) = world.lake.participants(UUID).rows(named=True)
    assert person["email"] == "p1670000007@example.com"


def test_session_is_told_anew_when_events_tell_more(world: World) -> None:
    sink = world.sink()
    world.put(of_stay("data"))
    sink.drain()
    assert world.lake.sessions()["start_at"].to_list() == [None]
    begin = BEGIN.replace(second=0)
    for minute, told in ((3, 3), (2, 2), (4, 2), (-4 * 24 * 60, 2)):
        world.clock.advance(1)
        world.put(event(minute=minute))
        sink.drain()
        want = begin + timedelta(minutes=told)
        assert world.lake.sessions()["start_at"].to_list() == [want]
    assert world.lake.sessions()["session_number"].to_list() == [""]
    world.clock.advance(1)
    world.put(of_stay("qos_summary", "94512345678"), event(minute=9))
    world.sink().drain()
    row = world.lake.sessions().row(0, named=True)
    assert (row["session_number"], row["state"]) == ("94512345678", "live")
    assert row["start_at"] == begin + timedelta(minutes=2)


@pytest.mark.parametrize("days", [-800, -4, 4, 800])
@pytest.mark.parametrize("is_first", [True, False])
def test_stray_minute_is_not_the_beginning(
    world: World, days: int, *, is_first: bool
) -> None:
    sink = world.sink()
    stray = event(minute=days * 24 * 60)
    bodies = [event(minute=3), event(minute=1)]
    for body in [stray, *bodies] if is_first else [*bodies, stray]:
        world.clock.advance(1)
        world.put(body)
        sink.drain()
    begin = BEGIN.replace(second=0) + timedelta(minutes=1)
    assert world.lake.sessions()["start_at"].to_list() == [begin]


def test_session_that_a_collector_tells_of_begins_as_it_says(world: World) -> None:
    told = Session(
        kind="webinar", uuid=UUID, number="94512345678", topic="T", start_at=BEGIN
    )
    rows = sessions_frame([(told, "live")], now=world.clock.now())
    world.writer.append({"sessions": rows}, now=world.clock.now())
    world.put(event(minute=-2))
    world.sink().drain()
    assert world.lake.sessions()["start_at"].to_list() == [BEGIN]


def test_facts_that_are_repeated_are_written_once(world: World) -> None:
    sink = world.sink()
    for minute in range(3):
        world.put(event(minute=minute), saved("event_webinar_participant_data"))
        sink.drain()
    stays = world.lake.scan("participants").collect()
    assert stays.filter(pl.col("session_uuid") == UUID)["participant"].is_unique().all()


class Dies(Exception):  # noqa: N818 - it is a death
    """Stands for a kill."""


class DyingWriter(LakeWriter):
    """Dies after having written some tables of a batch."""

    def __init__(self, store: Store, tables: int) -> None:
        super().__init__(store)
        self._tables = tables

    def append(self, rows: Any, *, now: float, batch: Batch | None = None) -> Any:
        some = dict(list(rows.items())[: self._tables])
        super().append(some, now=now, batch=batch)
        raise Dies


class DyingInbox(Inbox):
    """Dies before the end of a batch is noted."""

    def finish(self, *_: object, **__: object) -> None:
        raise Dies


@pytest.mark.parametrize("tables", [0, 1, 2, 3])
def test_batch_that_was_cut_short_is_written_once(world: World, tables: int) -> None:
    world.put(event("1"), event("2"))
    dying = DyingWriter(world.lake.store, tables)
    with pytest.raises(Dies):
        world.sink(writer=dying).drain()
    world.put(event("3"))
    assert world.sink().drain() == 3
    assert world.kept("participant") == [("1",), ("2",), ("3",)]
    assert world.lake.sessions().height == 1
    assert world.lake.participants(UUID).height == 3


def test_batch_whose_end_was_not_noted_is_written_once(
    world: World, tmp_path: Path
) -> None:
    world.put(event("1"))
    dying = DyingInbox(tmp_path / "state")
    with pytest.raises(Dies):
        world.sink(inbox=dying).drain()
    dying.close()
    assert world.sink().drain() == 1
    assert world.kept("participant") == [("1",)]


def test_what_cannot_be_read_becomes_a_dead_letter_with_its_reason(
    world: World,
) -> None:
    nobody = event().replace(b'"user_id":"1670000007"', b'"user_id":null')
    world.put(b"{", event("1"), b'{"event": "meeting.started"}', nobody)
    sink = world.sink()
    sink.drain()
    reasons = [letter.reason for letter in world.inbox.dead_letters()]
    assert [("JSON" in reasons[0]), "meeting.started" in reasons[1]] == [True, True]
    assert "user_id" in reasons[2]
    assert (sink.moved.dead, sink.moved.events) == (3, 4)
    assert world.kept("participant") == [("1",)]


def test_event_of_which_nothing_can_be_read_is_not_lost(world: World) -> None:
    world.put(event().replace(b"2026-11-23T", b"the day before T"))
    world.sink().drain()
    (letter,) = world.inbox.dead_letters()
    assert "instant" in letter.reason


def test_value_that_cannot_be_read_is_counted_and_not_told(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    body = saved("event_webinar_participant_qos")
    world.put(body.replace(b'"latency":', b'"latency": "ann@example.com", "x":', 1))
    sink = world.sink()
    sink.drain()
    assert (sink.moved.unreadable, sink.moved.dead) == (1, 0)
    assert "expected a quantity in ms - at `$.payload.object" in caplog.text
    assert "ann@" not in caplog.text


def test_event_that_came_twice_is_written_once(world: World) -> None:
    sink = world.sink()
    for bodies in ([event("1"), event("1"), event("2")], [event("1")], [event("3")]):
        world.put(*bodies)
        sink.drain()
    assert (sink.moved.events, sink.moved.repeated) == (5, 2)
    assert world.kept("participant") == [("1",), ("2",), ("3",)]


def test_batch_that_somebody_forgot_holds_nothing_up(world: World) -> None:
    world.put(event("1"))
    world.inbox.take()
    world.inbox.forget(lambda _: True)
    world.put(event("2"))
    assert world.sink().drain() == 1
    assert world.kept("participant") == [("2",)]


def test_live_window_is_fed(world: World) -> None:
    world.put(event("1"), event("2"))
    world.sink().drain()
    assert len(world.window) == 2
    assert world.window.sessions == [UUID]


def test_live_minutes_are_appended_once_they_are_whole(world: World) -> None:
    sink = world.sink()
    world.put(event(minute=0))
    sink.drain()
    sink.tend()
    assert world.lake.minutes(UUID).is_empty()
    world.clock.advance(120)
    sink.tend()
    sink.tend()
    assert world.lake.minutes(UUID)["final"].to_list() == [False]


def test_quiet_session_is_complete(world: World) -> None:
    sink = world.sink()
    world.put(event(minute=0), event(minute=1))
    sink.drain()
    sink.tend()
    world.clock.advance(QUIET_S)
    sink.tend()
    assert world.state() == "complete"
    assert world.lake.minutes(UUID)["final"].to_list() == [True, True]
    end = world.lake.sessions()["end_at"][0]
    assert end == BEGIN.replace(second=0) + timedelta(minutes=2)


def test_quiet_session_is_complete_after_a_restart(world: World) -> None:
    world.put(event())
    world.sink().drain()
    again = world.sink()
    again.tend()
    world.clock.advance(QUIET_S)
    again.tend()
    assert world.state() == "complete"


def test_session_that_a_collector_tells_of_is_left_to_it(world: World) -> None:
    session = Session(
        kind="webinar", uuid=UUID, number="1", topic="Launch", start_at=BEGIN
    )
    frame = sessions_frame([(session, "live")], now=world.clock.now())
    world.writer.append({"sessions": frame}, now=world.clock.now())
    sink = world.sink()
    world.put(event())
    sink.drain()
    world.clock.advance(QUIET_S)
    sink.tend()
    assert world.state() == "live"


def complete(world: World) -> None:
    """Complete the session, as a collector does at its end."""
    world.clock.advance(1)
    world.writer.complete(UUID, now=world.clock.now())


@pytest.mark.parametrize("restarted", [False, True])
def test_late_events_make_the_minutes_anew(world: World, *, restarted: bool) -> None:
    sink = world.sink()
    world.put(event(latency_ms=100))
    sink.drain()
    complete(world)
    world.clock.advance(3600)
    world.put(event(latency_ms=140), event(minute=1))
    sink.drain()
    late = world.sink() if restarted else sink
    late.tend()
    assert world.lake.minutes(UUID).height == 1
    world.clock.advance(LATE_S)
    late.tend()
    minutes = world.lake.minutes(UUID)
    assert minutes["audio_received_latency_ms"].to_list() == [140, 126]
    assert minutes["final"].all()


def test_late_events_that_never_end_do_not_keep_it_from_that(world: World) -> None:
    sink = world.sink()
    world.put(event())
    sink.drain()
    complete(world)
    for minute in range(1, 17):
        world.clock.advance(60)
        world.put(event(minute=minute))
        sink.drain()
        sink.tend()
    assert world.lake.minutes(UUID).height > 1


@pytest.mark.anyio
async def test_second_sink_stands_by_and_says_so(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sink = world.sink()
    with held(tmp_path / "state", what="another", now=0.0, name=LOCK_NAME):
        world.put(event())
        async with anyio.create_task_group() as group:
            group.start_soon(sink.run)
            while sink.moved.state == "starting":
                await anyio.lowlevel.checkpoint()
            group.cancel_scope.cancel()
    assert (sink.moved.state, sink.moved.events) == ("standing by", 0)
    assert "found another, process" in caplog.text
    assert caplog.text.count("standing by") == 1


class FullWriter(LakeWriter):
    """Cannot write at first."""

    failures = 2

    def append(self, rows: Any, *, now: float, batch: Batch | None = None) -> Any:
        if self.failures:
            self.failures -= 1
            raise StorageError("cannot write: the disk is full", place="here")
        return super().append(rows, now=now, batch=batch)


@pytest.mark.anyio
async def test_failures_are_waited_out(world: World) -> None:
    world.put(event())
    sink = world.sink(writer=FullWriter(world.lake.store))
    async with anyio.create_task_group() as group:
        group.start_soon(sink.run)
        while not sink.moved.events:
            await anyio.lowlevel.checkpoint()
        while sink.moved.failure:
            await anyio.lowlevel.checkpoint()
        group.cancel_scope.cancel()
    assert world.kept("participant") == [("1670000007",)]
    assert world.lake.sessions().height == 1


class TidyWriter(LakeWriter):
    """Says when it is asked to make few files of many."""

    def __init__(self, world: World) -> None:
        super().__init__(world.lake.store)
        self.clock = world.clock
        self.tidied_at = 0.0
        self.tidied = threading.Event()

    def maintain(self) -> None:
        self.tidied_at = self.clock.now()
        self.tidied.set()


@pytest.mark.anyio
async def test_lake_is_looked_after_while_events_come(world: World) -> None:
    writer = TidyWriter(world)
    begin = world.clock.now()
    async with anyio.create_task_group() as group:
        group.start_soon(world.sink(writer=writer).run)
        await to_thread.run_sync(writer.tidied.wait)
        group.cancel_scope.cancel()
    assert TIDY_FIRST_S <= writer.tidied_at - begin < TIDY_S


class SlowWriter(LakeWriter):
    """Takes as long to make few files of many as it is let."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.ended = False

    def maintain(self) -> None:
        self.begun.set()
        self.may_end.wait()
        self.ended = True


@pytest.mark.anyio
async def test_events_move_while_the_lake_is_looked_after(world: World) -> None:
    writer = SlowWriter(world.lake.store)
    sink = world.sink(writer=writer)
    async with anyio.create_task_group() as group:
        group.start_soon(sink.run)
        try:
            await to_thread.run_sync(writer.begun.wait)
            world.put(event())
            while not sink.moved.events:
                await anyio.lowlevel.checkpoint()
            assert not writer.ended
        finally:
            writer.may_end.set()
        group.cancel_scope.cancel()
    assert writer.ended
    assert world.kept("participant") == [("1670000007",)]


class UntidyWriter(LakeWriter):
    """Cannot make few files of many."""

    def __init__(self, store: Store, failure: Exception) -> None:
        super().__init__(store)
        self.failure, self.tries, self.tried_again = failure, 0, threading.Event()

    def maintain(self) -> None:
        self.tries += 1
        if self.tries > 1:
            self.tried_again.set()
        raise self.failure


@pytest.mark.anyio
@pytest.mark.parametrize(
    "failure", [StorageError("cannot write", place="here"), ZeroDivisionError("a bug")]
)
async def test_lake_that_cannot_be_looked_after_stops_no_event(
    world: World, failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    writer = UntidyWriter(world.lake.store, failure)
    sink = world.sink(writer=writer)
    async with anyio.create_task_group() as group:
        group.start_soon(sink.run)
        await to_thread.run_sync(writer.tried_again.wait)
        world.put(event())
        while not sink.moved.events:
            await anyio.lowlevel.checkpoint()
        group.cancel_scope.cancel()
    assert world.kept("participant") == [("1670000007",)]
    assert (sink.moved.state, sink.moved.failure) == ("working", "")
    assert "could not be looked after" in caplog.text
    assert "started again" not in caplog.text
