"""The only place that reads or waits for time.

Everything else takes `now` as an argument: unix seconds as a float. A clock is
real, or emulated: it then starts at an instant of the emulated world and runs
at a speed, so that a client can follow an emulator that plays an hour in a
minute. Waiting, budgets and expiries run on the clock; socket time-outs stay
real.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import anyio

from backrow.errors import SettingsError


class Ticking(Protocol):
    """Tells the time, as `Clock` does."""

    def now(self) -> float:
        """Return unix seconds."""
        ...


class Waits(Ticking, Protocol):
    """Tells the time and lets a thread wait, as `Clock` does."""

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait for an event, some seconds at most."""
        ...


class Sleeps(Ticking, Protocol):
    """Tells the time and lets a task sleep, as `Clock` does."""

    async def asleep(self, seconds: float) -> None:
        """Let the task sleep."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A clock that runs at `speed` and shows `start_s` at real time `wall_s`."""

    start_s: float = 0.0
    """Emulated unix seconds at `wall_s`."""
    wall_s: float = 0.0
    """Real unix seconds at which the clock shows `start_s`."""
    speed: float = 1.0
    """Emulated seconds per real second; above 0."""

    @classmethod
    def parse(cls, text: str) -> Clock:
        """Return the clock that `BACKROW_CLOCK` describes.

        Args:
            text: ``EMULATED_START@WALL_START@SPEED``, both starts as ISO 8601
                instants or unix seconds, e.g.
                ``2026-11-23T10:00:00Z@1795687200.5@60``. Empty: the real clock.

        Raises:
            SettingsError: `text` has another form.
        """
        if not text:
            return cls()
        try:
            start, wall, speed = text.split("@")
            clock = cls(
                start_s=_instant(start), wall_s=_instant(wall), speed=float(speed)
            )
        except ValueError as exc:
            msg = f"expected EMULATED_START@WALL_START@SPEED, got {text!r}"
            raise SettingsError(f"{msg} - in BACKROW_CLOCK") from exc
        if not 0 < clock.speed < float("inf"):
            msg = f"expected a speed above 0, got {speed!r} - in BACKROW_CLOCK"
            raise SettingsError(msg)
        return clock

    @classmethod
    def starting(cls, start_s: float, *, speed: float) -> Clock:
        """Return a clock that shows `start_s` at this moment."""
        return cls(start_s=start_s, wall_s=time.time(), speed=speed)

    def now(self) -> float:
        """Return the instant this clock shows, in unix seconds."""
        return self.at(time.time())

    def at(self, wall_s: float) -> float:
        """Return what this clock shows at real time `wall_s`."""
        return self.start_s + (wall_s - self.wall_s) * self.speed

    def sleep(self, seconds: float) -> None:
        """Block the thread for `seconds` of this clock's time."""
        if seconds > 0:
            time.sleep(seconds / self.speed)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait for `event`, at most `seconds` of this clock's time."""
        return event.wait(max(0.0, seconds) / self.speed)

    async def asleep(self, seconds: float) -> None:
        """Let the task sleep for `seconds` of this clock's time."""
        if seconds > 0:
            await anyio.sleep(seconds / self.speed)

    def __str__(self) -> str:
        """Return the form that `parse` reads."""
        start = datetime.fromtimestamp(self.start_s, UTC).isoformat()
        return f"{start.replace('+00:00', 'Z')}@{self.wall_s!r}@{self.speed:g}"


def _instant(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=at.tzinfo or UTC).timestamp()
