"""When each event is tried, and what becomes of it; takes `now`, does no I/O.

Fresh notices come in the order of time and are taken only as they are due, so that
a receiver that is slow makes the push late, and not large. Only what waits for
another try, a second copy, or was held back is kept, and no more of it than
`waiting_most`.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from backrow.web.push.notices import Notice
from backrow.web.push.options import PushOptions
from backrow.zoom.webhook import RETRY_AFTER_S, Outcome, outcome_of

__all__ = ["Schedule", "Stats", "Try"]

Turn = Literal["own", "late", "copy"]
"""Whether an event goes when it comes up, is held back, or is a second copy."""
_STEPS: Final = 2.0**32


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """An event that is to be sent now."""

    notice: Notice
    due_at: float
    """When it was to be sent, unix seconds."""
    tries: int = 1
    """Which try it is, from 1."""
    first_at: float = 0.0
    """When it was sent for the first time; 0 if this is the first time."""
    turn: Turn = "own"


@dataclass(slots=True)
class Stats:
    """What has been done so far; every count is of requests but `skipped`."""

    sent: int = 0
    """All requests."""
    delivered: int = 0
    again: int = 0
    """Answered with 500 or above or not in time, and to be tried again."""
    refused: int = 0
    """Answered otherwise; never tried again."""
    lost: int = 0
    """Failed for the fourth time."""
    overflowed: int = 0
    """Failed, and lost at once as too many are waiting for another try."""
    duplicates: int = 0
    """Second copies."""
    held_back: int = 0
    """Sent late on purpose."""
    skipped: int = 0
    """Due, but nothing was measured, so not sent."""
    waiting: int = 0
    """Events that wait for another try, or were held back, now."""
    lag_s: float = 0.0
    """How late the last event was sent, on the emulated clock."""
    most_lag_s: float = 0.0
    """How late the latest one was."""


@dataclass(slots=True)
class Schedule:
    """Gives out events as they are due, and takes back what became of them."""

    fresh: Iterator[Notice]
    """Notices in the order of time."""
    options: PushOptions
    stats: Stats = field(default_factory=Stats)
    _next: Notice | None = None
    _heap: list[tuple[float, int, Try]] = field(default_factory=list)
    _count: int = 0

    def __post_init__(self) -> None:
        """Look at the first notice."""
        self._next = next(self.fresh, None)

    def next_at(self) -> float | None:
        """Return when the next event is due, unix seconds; None if there is none."""
        waiting = [self._heap[0][0]] if self._heap else []
        if self._next:
            waiting.append(self._next.at)
        return min(waiting, default=None)

    def due(self, now: float, most: int) -> list[Try]:
        """Return up to `most` events that are due, the longest due ones first."""
        found: list[Try] = []
        while len(found) < most:
            at = self.next_at()
            if at is None or at > now:
                break
            if self._heap and self._heap[0][0] <= at:
                found.append(heapq.heappop(self._heap)[2])
            elif one := self._take_fresh():
                found.append(one)
        self.stats.waiting = len(self._heap)
        return found

    def add(self, notice: Notice) -> None:
        """Schedule an event that has come up."""
        self._push(Try(notice=notice, due_at=notice.at))

    def skip(self) -> None:
        """Take back an event that had nothing to say."""
        self.stats.skipped += 1

    def sent(self, one: Try, now: float) -> None:
        """Note that an event is sent now."""
        stats = self.stats
        stats.sent += 1
        if one.tries == 1:
            stats.duplicates += one.turn == "copy"
            stats.held_back += one.turn == "late"
        stats.lag_s = max(0.0, now - one.due_at)
        stats.most_lag_s = max(stats.most_lag_s, stats.lag_s)

    def settle(self, one: Try, status: int | None, *, sent_at: float) -> Outcome:
        """Take back an event that was sent.

        Args:
            one: The event.
            status: Of the answer; None if none came in time.
            sent_at: When it was sent, unix seconds.
        """
        outcome = outcome_of(status, one.tries)
        stats = self.stats
        match outcome:
            case "delivered":
                stats.delivered += 1
            case "refused":
                stats.refused += 1
            case "lost":
                stats.lost += 1
            case "again" if len(self._heap) >= self.options.waiting_most:
                stats.overflowed += 1
            case "again":
                stats.again += 1
                self._push(
                    Try(
                        notice=one.notice,
                        due_at=sent_at + RETRY_AFTER_S[one.tries - 1],
                        tries=one.tries + 1,
                        first_at=one.first_at or sent_at,
                    )
                )
        stats.waiting = len(self._heap)
        return outcome

    def _take_fresh(self) -> Try | None:
        """Return the next notice, unless it is held back."""
        notice, self._next = self._next, next(self.fresh, None)
        assert notice  # noqa: S101 - next_at has seen it
        one = Try(notice=notice, due_at=notice.at)
        options = self.options
        if not (options.duplicates or options.disorder):
            return one
        twice, late, by, copy_by = self._draws(notice)
        has_room = len(self._heap) < options.waiting_most
        if twice < options.duplicates and has_room:
            due_at = notice.at + copy_by * options.within_s
            self._push(Try(notice=notice, due_at=due_at, turn="copy"))
        if late < options.disorder and has_room:
            due_at = notice.at + by * options.within_s
            self._push(Try(notice=notice, due_at=due_at, turn="late"))
            return None
        return one

    def _draws(self, notice: Notice) -> tuple[float, ...]:
        """Return four numbers in [0, 1) that are this event's own."""
        text = f"{self.options.seed} {notice!r}".encode()
        digest = hashlib.blake2b(text, digest_size=16).digest()
        return tuple(
            int.from_bytes(digest[i : i + 4], "big") / _STEPS for i in range(0, 16, 4)
        )

    def _push(self, one: Try) -> None:
        self._count += 1
        heapq.heappush(self._heap, (one.due_at, self._count, one))
