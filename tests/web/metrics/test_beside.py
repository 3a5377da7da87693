"""Slow readings: nobody waits long for them, and old ones are not told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from backrow.web.metrics.beside import EVERY_S, REST, STALE_S, Beside
from backrow.web.metrics.exposition import Reading

INSTEAD = Reading("backrow_part_failing", 1.0, ("lake",))


@dataclass
class HeldClock:
    """A clock that is moved by hand; a wait ends with what is waited for, or soon."""

    at: float = 1000.0

    def now(self) -> float:
        return self.at

    def wait(self, event: threading.Event, seconds: float) -> bool:
        return event.wait(None if seconds > 1 else seconds)


@dataclass
class Source:
    """Readings that count how often they were made."""

    clock: HeldClock
    takes_s: float = 0.0
    made: int = 0
    may_go: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> Iterator[Reading]:
        self.may_go.wait()
        self.clock.at += self.takes_s
        self.made += 1
        yield Reading("backrow_inbox_events", self.made)


@pytest.fixture
def source() -> Source:
    found = Source(HeldClock())
    found.may_go.set()
    return found


def beside(source: Source, *, wait_s: float = 60.0) -> Beside:
    return Beside(source, instead=INSTEAD, clock=source.clock, wait_s=wait_s)


def made_once(source: Source) -> Beside:
    """Return readings that were made once, of a source that is held up from then on."""
    readings = beside(source, wait_s=0.01)
    while not readings():
        pass
    source.may_go.clear()
    return readings


def values(readings: Beside) -> list[float]:
    return [one.value for one in readings()]


def test_readings_hold_for_a_while(source: Source) -> None:
    readings = beside(source)
    assert values(readings) == values(readings) == [1.0]
    source.clock.at += EVERY_S
    assert values(readings) == [2.0]


def test_what_took_long_is_made_seldom(source: Source) -> None:
    source.takes_s = 10.0
    readings = beside(source)
    assert values(readings) == [1.0]
    source.clock.at += REST * 10 - 1
    assert values(readings) == [1.0]
    source.clock.at += 1
    assert values(readings) == [2.0]


@pytest.mark.parametrize("takes_s", [30.0, STALE_S])
def test_what_takes_long_does_not_fail(source: Source, takes_s: float) -> None:
    source.takes_s = takes_s
    readings = beside(source)
    for _ in range(100):
        assert INSTEAD not in readings()
        source.clock.at += EVERY_S


@pytest.mark.parametrize("takes_s", [30.0, STALE_S])
def test_rest_ends_before_readings_are_old(source: Source, takes_s: float) -> None:
    source.takes_s = takes_s
    readings = beside(source)
    assert values(readings) == [1.0]
    source.clock.at += STALE_S / 2
    assert values(readings) == [2.0]


def test_what_takes_too_long_is_told_next_time(source: Source) -> None:
    readings = beside(source)
    readings()
    source.may_go.clear()
    source.clock.at += EVERY_S
    hurried = Beside(source, instead=INSTEAD, clock=source.clock, wait_s=0.01)
    assert list(hurried()) == []
    assert list(hurried()) == []
    source.may_go.set()
    while not hurried():
        pass
    assert values(hurried) == [2.0]
    assert source.made == 2


def test_first_readings_fail_when_they_are_long_in_coming(source: Source) -> None:
    source.may_go.clear()
    readings = beside(source, wait_s=0.01)
    assert list(readings()) == []
    source.clock.at += STALE_S
    assert list(readings()) == []
    source.clock.at += 1
    assert list(readings()) == [INSTEAD]
    source.may_go.set()


def test_older_readings_are_told_until_new_ones_are_made(source: Source) -> None:
    readings = made_once(source)
    source.clock.at += EVERY_S
    assert values(readings) == [1.0]
    source.clock.at += STALE_S - EVERY_S
    assert values(readings) == [1.0]
    source.clock.at += 1
    assert list(readings()) == []
    source.clock.at += EVERY_S
    assert list(readings()) == [INSTEAD]
    source.may_go.set()


def test_nothing_fails_after_a_while_in_which_nobody_asked(source: Source) -> None:
    readings = made_once(source)
    source.clock.at += STALE_S + 1
    assert list(readings()) == []
    source.may_go.set()
    while not readings():
        pass
    assert values(readings) == [2.0]


def test_source_that_breaks_is_said_to(
    source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> list[Reading]:
        raise RuntimeError("a bug")

    readings = Beside(broken, instead=INSTEAD, clock=source.clock)
    assert list(readings()) == [INSTEAD]
    assert "could not be made" in caplog.text
