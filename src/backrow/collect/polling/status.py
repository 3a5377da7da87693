"""What a collector is doing: counted as it goes, read by whoever shows it."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Final

from backrow.collect.planner import Awaited, Phase
from backrow.zoom.client import CallRecord
from backrow.zoom.limits import Budget

_RATE_S: Final = 60.0
_LATEST: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStatus:
    """One session, for show."""

    uuid: str
    number: str
    topic: str
    phase: Phase
    here: int
    """People who are there."""
    listed: int
    """Stays that its lists hold."""
    is_census: bool
    """Whether everyone is asked each minute."""
    passed: int
    """Stays of which the last pass has brought the past."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a collector is doing at an instant."""

    sessions: tuple[SessionStatus, ...]
    people: int
    """Stays that are kept."""
    minutes: int
    """Rows of samples that were new."""
    written: int
    """Rows of samples that are in the lake."""
    calls: int
    """HTTP requests that were sent, token requests apart."""
    calls_per_s: float
    """Over the last minute."""
    calls_left: int
    """Of today's, for us."""
    lag_s: float | None
    """From the end of a minute to its row in the lake, the last one; None if none."""
    refused: int
    """Answers with status 429."""
    dead: int
    """Bodies that could not be read and are kept as dead letters."""
    problems: int
    """Values that could not be read."""
    errors: int
    """Calls that failed for good."""
    last_error: str
    """What went wrong last, "" if nothing."""
    awaited: tuple[Awaited, ...]
    """Names that nothing goes by which runs."""


@dataclass(slots=True)
class Tally:
    """Counts what a collector does."""

    statuses: Counter[int] = field(default_factory=Counter)
    """Answers by HTTP status; 0 where none came."""
    calls: int = 0
    by_label: Counter[tuple[str, int]] = field(default_factory=Counter)
    """The same by rate label and status."""
    dead: int = 0
    problems: int = 0
    errors: int = 0
    last_error: str = ""
    lag_s: float | None = None
    budget: Budget | None = None
    _sent: deque[float] = field(default_factory=deque)

    def sent(self, record: CallRecord) -> None:
        """Count a request; for a client's `on_call`."""
        if record.label is None:
            return
        self.calls += 1
        self.statuses[record.status or 0] += 1
        self.by_label[record.label, record.status or 0] += 1

    def begun(self, now: float) -> None:
        """Count a planned call, for the rate."""
        self._sent.append(now)

    def rate(self, now: float) -> float:
        """Return planned calls a second over the last minute."""
        while self._sent and self._sent[0] <= now - _RATE_S:
            self._sent.popleft()
        return len(self._sent) / _RATE_S

    def failed(self, error: Exception) -> None:
        """Note what went wrong."""
        self.errors += 1
        self.last_error = str(error)
