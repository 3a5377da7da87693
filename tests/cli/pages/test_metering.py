"""`/metrics` of a server: how its parts are, what is left of the day, the collector."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from backrow.cli.collect.collecting import Collector
from backrow.cli.pages.metering import collector_readings, meter_collector, metered
from backrow.clock import Clock
from backrow.collect.receiver import Receiver
from backrow.collect.sink_process import SinkProcess
from backrow.lake.inbox import Inbox, Letter
from backrow.settings import Settings, load
from backrow.web.metrics.exposition import Meter
from backrow.web.pages.sessions.filled import LiveSessions
from backrow.web.pages.site import Pages
from backrow.zoom.ledger import Ledger
from tests.collect.rooms import Room
from tests.web.metrics.readings import by_name


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Any]:
    inbox = Inbox(tmp_path)
    receiver = Receiver(inbox, None, clock=Clock())
    yield SimpleNamespace(
        inbox=inbox, receiver=receiver, sink=SinkProcess(lambda: None)
    )
    inbox.close()


def settings(tmp_path: Path) -> Settings:
    return load({}, {"BACKROW_STATE": str(tmp_path), "ZOOM_ACCOUNT_ID": "acc"})


def told(parts: Any, tmp_path: Path) -> dict[str, dict[tuple[str, ...], float]]:
    """Return what a server tells, by name and labels."""
    pages = Pages(source=LiveSessions(), clock=Clock())
    meter = metered(parts, pages, settings(tmp_path), None)
    return {
        family.name: {tuple(s.labels.values()): s.value for s in family.samples}
        for family in meter.collect()
    }


def test_parts_say_how_they_are(parts: Any, tmp_path: Path) -> None:
    now = Clock().now()
    parts.inbox.put([Letter(body=b"{}"), Letter(body=b"{}")], now=now - 50)
    parts.inbox.bury(Letter(body=b"{"), "no JSON", now=now)
    parts.receiver.counts.kept = 7
    parts.receiver.counts.refused["forged"] = 3
    parts.sink.moved.failure = "no lake"
    parts.sink.moved.told = {"sent": 2, "waiting": 1}
    found = told(parts, tmp_path)
    assert found["backrow_inbox_events"] == {(): 2.0}
    assert 50 <= found["backrow_inbox_oldest_age_seconds"][()] < 110
    assert found["backrow_dead_letters"] == {(): 1.0}
    assert found["backrow_webhook_events"] == {(): 7.0}
    assert found["backrow_webhook_refused"] == {("forged",): 3.0}
    assert found["backrow_alerts"] == {("sink", "sent"): 2.0}
    assert found["backrow_alerts_waiting"] == {("sink",): 1.0}
    assert found["backrow_part_failing"] == {
        ("lake",): 0.0,
        ("receiver",): 0.0,
        ("sink",): 1.0,
        ("inbox",): 0.0,
    }


def test_inbox_that_cannot_be_read_is_said_to_fail(parts: Any, tmp_path: Path) -> None:
    parts.inbox.close()
    found = told(parts, tmp_path)
    assert found["backrow_part_failing"][("inbox",)] == 1.0
    assert "backrow_inbox_events" not in found


def test_day_is_that_of_whoever_calls_on_this_machine(
    parts: Any, tmp_path: Path
) -> None:
    assert "backrow_zoom_day_calls_left" not in told(parts, tmp_path)
    known = settings(tmp_path)
    ledger = Ledger(
        folder=tmp_path, api_url=known.api_url, account="acc", plan="business"
    )
    ledger.reserve("heavy", Clock().now())
    ledger.close()
    found = told(parts, tmp_path)
    assert found["backrow_zoom_day_calls_limit"] == {(): 60_000.0}
    assert found["backrow_zoom_day_calls_left"] == {(): 59_999.0}


@pytest.mark.slow
@pytest.mark.anyio
async def test_collector_says_what_it_called_and_kept(tmp_path: Path) -> None:
    room = Room.make(tmp_path)
    poller = await room.collect(until=130)
    zoom: Any = None
    collector = Collector(poller, zoom, room.clock)
    found = by_name(collector_readings(collector))
    calls = found["backrow_zoom_calls_total"]
    assert sum(calls.values()) == room.tally.calls > 0
    assert calls["heavy", "200"] > 0
    assert calls["heavy", "429"] == 0
    assert found["backrow_zoom_calls_left"][()] == poller.planner.left
    assert found["backrow_collector_outbox_rows"] == {(): 0.0}
    assert found["backrow_collector_samples_total"][()] == poller.outbox.written > 0
    meter = Meter()
    meter_collector(meter, collector)
    assert {"backrow_zoom_calls", "backrow_collector_errors"} <= {
        family.name for family in meter.collect()
    }
