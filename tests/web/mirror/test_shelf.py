"""What stays in memory, and what makes it be read again."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from backrow.lake.forget import forget
from backrow.lake.window import Window
from backrow.qos.people import Person, Session
from backrow.qos.sample import Row, Samples
from backrow.web.mirror.shelf import MEMORY_BYTES
from backrow.web.testing import BEGIN
from tests.build import row
from tests.collect.pushing import UUID
from tests.web.mirror.mirrored import Mirrored

pytestmark = pytest.mark.anyio
OTHER = "J0cVn8d1RQqzW7yTfXb4Ug=="
ANN = "1670000007"


def session(uuid: str = UUID) -> Session:
    return Session(kind="webinar", uuid=uuid, number="9", start_at=BEGIN)


def minute(past: int, latency_ms: float = 126.0, **more: Any) -> Row:
    at = BEGIN + timedelta(minutes=past)
    known = {"session_uuid": UUID, "participant": ANN, "origin": "rest_live"}
    return row(minute=at, **{**known, "audio_received_latency_ms": latency_ms, **more})


async def said(mirrored: Mirrored, type_: str = "live") -> dict[str, str]:
    """Return Ann's latency by minute."""
    path = f"/webinars/{UUID}/participants/{ANN}/qos"
    minutes = (await mirrored.get(path, type=type_)).json()["user_qos"]
    return {
        f"{datetime.fromisoformat(one['date_time']):%M}": one["audio_output"]["latency"]
        for one in minutes
    }


async def test_last_used_sessions_stay_as_far_as_memory_goes(tmp_path: Path) -> None:
    for memory_bytes, stay in ((1, [OTHER]), (MEMORY_BYTES, [UUID, OTHER])):
        mirrored = Mirrored(tmp_path / str(memory_bytes), memory_bytes=memory_bytes)
        for uuid in (UUID, OTHER):
            mirrored.keep(session(uuid), "complete", people=[Person(user_id=ANN)])
        for uuid in (OTHER, UUID, OTHER):
            await mirrored.get(f"/webinars/{uuid}/participants", type="past")
        assert mirrored.shelf.in_memory == stay


async def test_person_who_is_forgotten_is_no_longer_answered(tmp_path: Path) -> None:
    mirrored = Mirrored(tmp_path)
    person = Person(user_id=ANN, email="ann@example.com")
    mirrored.keep(session(), "complete", people=[person], rows=[minute(0)])
    assert await said(mirrored, "past") == {"00": "126 ms"}
    forget(mirrored.store, "ann@example.com", now=mirrored.clock.now())
    mirrored.later()
    path = f"/webinars/{UUID}/participants"
    assert await mirrored.walk(path, type="past") == []


async def test_session_that_is_completed_anew_is_read_anew(tmp_path: Path) -> None:
    mirrored = Mirrored(tmp_path)
    mirrored.keep(session(), "complete", rows=[minute(0)])
    assert await said(mirrored, "past") == {"00": "126 ms"}
    mirrored.clock.advance(1)
    mirrored.keep(session(), "complete", rows=[minute(1)])
    mirrored.later()
    assert await said(mirrored, "past") == {"00": "126 ms", "01": "126 ms"}


async def test_zooms_last_word_on_a_minute_holds(tmp_path: Path) -> None:
    mirrored = Mirrored(tmp_path)
    late = minute(0, 140.0, origin="rest_past")
    web = minute(0, 90.0, leg="rwg")
    mirrored.keep(session(), "ended", rows=[late, minute(0), web])
    assert await said(mirrored, "past") == {"00": "140 ms"}
    path = f"/webinars/{UUID}/participants/{ANN}/qos"
    (both,) = (await mirrored.get(path, type="past")).json()["user_qos"]
    assert both["audio_device_to_rwg"]["latency"] == "90 ms"


async def test_session_that_runs_is_read_again_as_the_lake_grows(
    tmp_path: Path,
) -> None:
    mirrored = Mirrored(tmp_path)
    mirrored.keep(session(), "live", rows=[minute(0)])
    assert await said(mirrored) == {"00": "126 ms"}
    mirrored.keep(session(), "live", rows=[minute(1)])
    assert await said(mirrored) == {"00": "126 ms"}
    mirrored.later()
    assert await said(mirrored) == {"00": "126 ms", "01": "126 ms"}
    mirrored.keep(session(), "ended", rows=[minute(2)])
    mirrored.later()
    assert list(await said(mirrored, "past")) == ["00", "01", "02"]


async def test_session_that_is_watched_answers_from_the_window(tmp_path: Path) -> None:
    mirrored = Mirrored(tmp_path, window=Window())
    mirrored.keep(session(), "live", rows=[minute(0), minute(1)])
    assert await said(mirrored) == {"00": "126 ms", "01": "126 ms"}
    assert mirrored.window is not None
    new = Samples([minute(1, 131.0), minute(2, 132.0), minute(2, 90.0, leg="crc")])
    mirrored.window.append(new.to_polars(), now=mirrored.clock.now() + 180)
    assert await said(mirrored) == {"00": "126 ms", "01": "131 ms", "02": "132 ms"}


async def test_what_was_told_last_holds_though_it_was_told_before(
    tmp_path: Path,
) -> None:
    mirrored = Mirrored(tmp_path)
    for note in ("old", "new", "old"):
        ann = Person(user_id=ANN, other={"note": note})
        mirrored.keep(session(), "complete", people=[ann])
    (one,) = await mirrored.walk(f"/webinars/{UUID}/participants", type="past")
    assert one["note"] == "old"
