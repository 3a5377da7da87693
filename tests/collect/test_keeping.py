"""What is new in answers, and what the lake is asked about it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from backrow.collect.planner import PlannedCall
from backrow.collect.polling.fresh import Fresh
from backrow.collect.polling.keeping import (
    Keeper,
    complete,
    pushed_since,
    recall,
    unfinished,
)
from backrow.collect.polling.outbox import Outbox
from backrow.collect.polling.reading import Reader
from backrow.lake.store.rows import sessions_frame
from backrow.qos.people import Person, Session
from backrow.qos.sample import Row
from backrow.web.testing import HandClock
from backrow.zoom.encode import Encoder
from tests.build import MINUTE, row
from tests.lake.world import (
    ANN,
    BOB,
    KEY,
    NOW,
    START,
    UUID,
    fill,
    samples,
    session,
    writer,
)


def minutes(*past: int, loss: float = 0.0) -> list[Row]:
    return [
        row(minute=MINUTE + timedelta(minutes=m), audio_received_avg_loss_pct=loss)
        for m in past
    ]


def test_answer_that_repeats_history_brings_its_new_minutes() -> None:
    fresh = Fresh()
    assert fresh.live(minutes(0, 1, 2)) == minutes(0, 1, 2)
    assert fresh.live(minutes(0, 1, 2)) == []
    assert fresh.live(minutes(0, 1, 2, 3, 4)) == minutes(3, 4)


def test_revised_minute_is_new_and_an_old_one_is_not() -> None:
    fresh = Fresh()
    fresh.live(minutes(*range(10)))
    assert fresh.live(minutes(9, loss=1.5)) == minutes(9, loss=1.5)
    assert fresh.live(minutes(2, loss=1.5)) == []


def test_minutes_of_different_legs_are_different() -> None:
    fresh = Fresh()
    fresh.live([row(leg="client")])
    assert len(fresh.live([row(leg="client"), row(leg="crc")])) == 1


def test_memory_is_made_anew_from_rows_of_the_lake() -> None:
    fresh = Fresh()
    fresh.recall_live(minutes(6, 7, 8, 9))
    assert fresh.live(minutes(*range(11))) == minutes(10)
    fresh.recall_past([("1670000007", 3)])
    assert fresh.past(minutes(0, 1, 2)) == []
    assert fresh.past(minutes(0, 1, 2, 3)) == minutes(0, 1, 2, 3)


@pytest.mark.anyio
async def test_lake_tells_what_is_kept(tmp_path: Path) -> None:
    one = fill(tmp_path)
    since = START.timestamp() - 1
    assert await complete(one.store, "webinar", since=since) == {UUID}
    assert await unfinished(one.store, "webinar", since=since) == []
    found = await recall(one.store, session())
    assert sorted(found.past) == [(ANN, 3), (BOB, 3)]
    assert (found.live, found.roster_minute) == ([], None)


@pytest.mark.anyio
async def test_sessions_that_are_not_complete_are_found(tmp_path: Path) -> None:
    one = writer(tmp_path)
    told = session(topic="Launch")
    one.append({"sessions": sessions_frame([(told, "live")], now=NOW)}, now=NOW)
    assert await unfinished(one.store, "webinar", since=0.0) == [told]
    assert await unfinished(one.store, "meeting", since=0.0) == []
    empty: list[Session] = []
    assert await unfinished(one.store, "webinar", since=NOW) == empty


@pytest.mark.anyio
async def test_people_whose_events_come_are_known(tmp_path: Path) -> None:
    one = writer(tmp_path)
    assert await pushed_since(one.store, NOW - 60) == {}
    pushed = {"participant": ANN, "origin": "qss", "picked": "pushed"}
    one.append({"samples": samples(pushed, {"participant": BOB})}, now=NOW)
    assert await pushed_since(one.store, NOW - 60) == {UUID: [ANN]}
    assert await pushed_since(one.store, NOW + 60) == {}


@pytest.mark.anyio
async def test_values_that_cannot_be_read_are_kept_with_whose_they_are(
    tmp_path: Path,
) -> None:
    one = writer(tmp_path)
    outbox = Outbox(one, clock=HandClock(START), key=KEY, window=None)
    keeper = Keeper(outbox)
    call = PlannedCall(number=1, purpose="single", kind="webinar", session=UUID)
    rows = [row(audio_received_latency_ms=134.0)] * 2
    answer = Encoder(style="2021").participant(Person(user_id=ANN), rows)
    body = json.dumps(answer).replace("134 ms", "134 millis").encode()
    for _ in range(3):
        read = Reader().read(call, body, session=session(), now=NOW)
        keeper.keep(call, read, session())
    await outbox.flush()
    kept = one.store.read("unreadable", lambda rows: rows)
    assert set(kept["text"]) == {"134 millis"}
    assert set(kept["participant"]) == {ANN}
    assert set(kept["origin"]) == {"rest_live"}
    assert kept["path"].to_list() == ["$.user_qos[0].audio_output.latency"]
