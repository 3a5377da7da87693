"""A page that goes on by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
import polars as pl
import pytest

from backrow.errors import NothingFoundError
from backrow.web.pages.events import Known, events
from backrow.web.pages.sessions.source import Collecting, Listed, Snapshot
from tests.web.pages.asking import asking, small_app, small_url
from tests.web.pages.frames import at, look, minutes, people, snapshot
from tests.web.pages.rooms import small

pytestmark = pytest.mark.anyio
BEFORE = snapshot(
    people("a"), minutes(("a", 0, "good")), version="1", seating="s1"
)  # fmt: skip


@dataclass
class One:
    """A source of one session that tests change."""

    now: Snapshot | None = BEFORE

    def version(self, _: str) -> str:
        return self.snapshot(_).version

    def snapshot(self, _: str) -> Snapshot:
        if self.now is None:
            raise NothingFoundError("no session", place="here")
        return self.now

    def listed(self) -> Sequence[Listed]:
        return []

    def minutes_of(self, session_uuid: str, participant: str) -> pl.DataFrame:
        minutes = self.snapshot(session_uuid).minutes
        return minutes.filter(pl.col("participant") == participant)

    def facts_of(self, _: str, participant: str) -> Mapping[str, Any]:
        return {"user_id": participant}


def told(source: One, minute: float = 1.0, **known: Any) -> AsyncIterator[bytes]:
    now, page = look(minute), Known(**known)
    return events(source, "uuid/+==", lambda: now, known=page, look_s=0.001)


async def event(stream: AsyncIterator[bytes]) -> tuple[str, dict[str, Any]]:
    """Return the next event, passing over comments."""
    async for part in stream:
        lines = part.decode().splitlines()
        fields = dict(
            line.split(": ", 1) for line in lines if line[:1] not in {"", ":"}
        )
        if "event" in fields:
            data: dict[str, Any] = msgspec.json.decode(fields["data"])
            return fields["event"], data
    raise AssertionError


async def test_page_that_knows_nothing_is_told_at_once() -> None:
    stream = told(One())
    assert await anext(stream) == b"retry: 2000\n\n"
    assert (await anext(stream)).startswith(
        b"id: 2026-11-23T10:00:00Z\nevent: minute\n"
    )


async def test_page_that_knows_all_is_told_of_the_next_minute() -> None:
    source = One()
    stream = told(source, seats=1, version="1", since=at(0))
    await anext(stream)
    rows = minutes(("a", 0, "good"), ("a", 1, "bad"), ("b", 1, "good"))
    source.now = replace(BEFORE, people=people("a", "b"), minutes=rows, version="2")
    name, data = await event(stream)
    assert (name, data["seats"], data["seating"]) == ("minute", "bg", "s1")
    assert [one["participant"] for one in data["joined"]] == ["b"]
    assert data["joined_from"] == 1
    assert data["point"]["minutes"] == ["2026-11-23T10:00:00Z", "2026-11-23T10:01:00Z"]


async def test_page_is_told_that_collecting_stopped() -> None:
    source = One()
    stream = told(source, version="1")
    await anext(stream)
    stopped = Collecting(running=False, reason="no token")
    source.now = replace(BEFORE, collecting=stopped, version="2")
    _, data = await event(stream)
    assert data["warning"]["reason"] == "stopped"


async def test_page_is_told_when_nothing_new_comes() -> None:
    minute = 1.0
    stream = events(
        One(),
        "u",
        lambda: look(minute),
        known=Known(version="1"),
        look_s=0.0,
        ping_looks=2,
    )
    assert [await anext(stream) for _ in range(2)][1] == b": still here\n\n"
    minute = 9.0
    _, data = await event(stream)
    assert data["warning"]["reason"] == "stale"


async def test_last_event_says_that_it_is_complete() -> None:
    done = replace(BEFORE.occurrence, state="complete")
    stream = told(One(replace(BEFORE, occurrence=done)))
    assert (await event(stream))[0] == "minute"
    assert (await event(stream))[0] == "gone"
    assert [part async for part in stream] == []


async def test_session_that_is_taken_away_is_gone() -> None:
    source = One()
    stream = told(source, version="1")
    await anext(stream)
    source.now = None
    assert (await event(stream))[0] == "gone"


async def test_head_of_events_ends() -> None:
    async with asking(small_app()) as http:
        answer = await http.head(f"{small_url()}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"


async def test_minutes_come_as_they_are_filled_in() -> None:
    room, source, _ = small()
    newest: datetime | None = source.snapshot(room.uuid).newest_minute
    stream = events(source, room.uuid, lambda: look(17))
    name, data = await event(stream)
    assert name == "minute"
    assert newest is not None
    assert data["newest_minute"] == newest.isoformat().replace("+00:00", "Z")
    assert len(data["seats"]) == len(data["causes"]) == len(data["joined"])
