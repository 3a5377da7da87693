"""What a collector's rooms say is on the pages of the same process."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from backrow.cli.collect.collecting import Collector
from backrow.cli.pages.following import Follower
from backrow.diagnose.verdict.glance import glance
from backrow.judge.view import RoomView
from backrow.lake.store.privacy import Privacy
from backrow.qos.people import Session
from backrow.web.pages.sessions.filled import LiveSessions
from tests.web.pages.frames import at, finding, minutes, people, roster

pytestmark = pytest.mark.anyio
ROWS = minutes(("a", 0, "good"))
VIEW = RoomView(
    session_uuid="u",
    minute=at(0),
    newest=at(0),
    glance=glance(ROWS, 1, ()),
    minutes=ROWS,
    people=people("a"),
    roster=roster(0, "a"),
    findings=(finding(),),
)


class Rooms:
    """A collector as far as it is followed; tests change what it says."""

    def __init__(self) -> None:
        session = Session(kind="webinar", uuid="u", number="945", start_at=at(0))
        self.one = SimpleNamespace(session=session, phase="live", is_census=True)
        self.sessions: dict[str, Any] = {"u": self.one}
        self.views = [VIEW]
        self.errors = 0
        judge = SimpleNamespace(how=SimpleNamespace(zone=UTC))
        self.poller: Any = SimpleNamespace(
            rooms=SimpleNamespace(views=self.views, judge=judge),
            planner=SimpleNamespace(sessions=self.sessions),
            status=lambda: SimpleNamespace(
                calls=7, calls_left=93, errors=self.errors, last_error="no way"
            ),
        )

    def collector(self) -> Collector:
        clock: Any = SimpleNamespace(now=lambda: at(9).timestamp())
        zoom: Any = None
        return Collector(self.poller, zoom, clock)


async def test_minute_is_taken_once() -> None:
    rooms, live = Rooms(), LiveSessions()
    follower = Follower(live)
    await follower.look(rooms.collector())
    version, snapshot = live.version("u"), live.snapshot("u")
    await follower.look(rooms.collector())
    assert live.version("u") == version
    assert snapshot.occurrence.number == "945"
    assert [one.id for one in snapshot.findings] == ["f1"]
    assert snapshot.collecting is not None
    assert (snapshot.collecting.how, snapshot.collecting.calls_left) == ("census", 93)


async def test_trouble_of_the_collector_is_told_between_minutes() -> None:
    rooms, live = Rooms(), LiveSessions()
    follower = Follower(live)
    await follower.look(rooms.collector())
    rooms.errors = 3
    await follower.look(rooms.collector())
    collecting = live.snapshot("u").collecting
    assert collecting is not None
    assert (collecting.errors, collecting.reason) == (3, "no way")


async def test_end_is_told_and_the_rest_left_to_the_lake() -> None:
    rooms, live = Rooms(), LiveSessions()
    follower = Follower(live)
    await follower.look(rooms.collector())
    rooms.one.phase = "past"
    await follower.look(rooms.collector())
    assert live.snapshot("u").occurrence.state == "ended"
    assert live.snapshot("u").occurrence.end_at == at(9)
    rooms.views[0] = replace(VIEW, minute=at(1))
    await follower.look(rooms.collector())
    assert live.snapshot("u").occurrence.state == "ended"
    rooms.one.phase = "complete"
    for _ in range(2):
        await follower.look(rooms.collector())
        assert not live.has("u")


@pytest.mark.parametrize("phase", ["live", "complete"])
async def test_collector_that_stops_is_said_to_have(phase: str) -> None:
    rooms, live = Rooms(), LiveSessions()
    async with anyio.create_task_group() as group:
        group.start_soon(Follower(live).follow, rooms.collector())
        while not live.has("u"):  # noqa: ASYNC110 - a thread fills it
            await anyio.sleep(0.001)
        rooms.one.phase = phase
        group.cancel_scope.cancel()
    if phase == "complete":
        assert not live.has("u")
        return
    collecting = live.snapshot("u").collecting
    assert collecting is not None
    assert not collecting.running


async def test_host_is_told_as_the_lake_tells_it() -> None:
    rooms, live = Rooms(), LiveSessions()
    rooms.one.session = replace(rooms.one.session, host="Ann", topic="Ann's room")
    await Follower(live, Privacy(identities="omit")).look(rooms.collector())
    occurrence = live.snapshot("u").occurrence
    assert (occurrence.host, occurrence.topic) == ("", "'s room")
