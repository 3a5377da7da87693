"""What of the day's calls is ours, and how fast they may go.

The pace here is the planner's promise; `backrow.zoom.limits` spaces the calls out
once more when they are sent, and counts those that are sent again.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import floor, inf
from typing import Final

from backrow.zoom.endpoints import RateLabel
from backrow.zoom.limits import LIMITS, MINUTE_S, SHARE, Budget, Plan

_COUNTED: Final[tuple[RateLabel, ...]] = ("heavy", "resource_intensive")


def left_for_us(budget: Budget, others_share: float) -> int:
    """Return how many of today's calls may still be made here.

    Args:
        budget: What is known of the day.
        others_share: Share of the day that is left to other apps, 0 to 1.
    """
    own = sum(budget.by_label.get(label, 0) for label in _COUNTED)
    ours = floor(budget.limit_today * (1 - others_share)) - own
    return max(0, min(budget.left_today, ours))


@dataclass(slots=True)
class Pace:
    """When calls of each label may be planned: 80 % of Zoom's limits."""

    plan: Plan
    _recent: dict[RateLabel, deque[float]] = field(default_factory=dict)

    def free_at(self, label: RateLabel, now: float) -> float:
        """Return the earliest instant for the next call of a label, at least `now`."""
        most, window_s = self.limit(label)
        recent = self._recent.setdefault(label, deque())
        while recent and recent[0] <= now - window_s:
            recent.popleft()
        return now if len(recent) < most else recent[-most] + window_s

    def note(self, label: RateLabel, now: float) -> None:
        """Count a call that is planned."""
        self._recent.setdefault(label, deque()).append(now)

    def limit(self, label: RateLabel) -> tuple[int, float]:
        """Return how many calls of a label may be planned in how many seconds."""
        allowance = LIMITS[self.plan][label]
        if allowance.per_second is not None:
            return max(1, floor(SHARE * allowance.per_second)), 1.0
        return max(1, floor(SHARE * (allowance.per_minute or 1))), MINUTE_S

    @property
    def heavy_per_minute(self) -> int:
        """How many heavy calls a minute can hold."""
        most, window_s = self.limit("heavy")
        return floor(60 * most / window_s)


@dataclass(slots=True)
class Patience:
    """How long nothing is planned, after a network that is away or a day used up."""

    silent: int = 0
    """Calls in a row without an answer."""
    until: float = -inf

    def answered(self) -> None:
        """Note that Zoom can be reached."""
        self.silent = 0

    def unanswered(self, now: float) -> None:
        """Note a call without an answer: from the third on, wait, ever longer."""
        self.silent += 1
        if self.silent >= _SILENT_MAX:
            pause = min(_LONGEST_S, _FIRST_S * 2.0 ** (self.silent - _SILENT_MAX))
            self.until = max(self.until, now + pause)

    def closed(self, until: float) -> None:
        """Note that no call can be made until then."""
        self.until = max(self.until, until)

    @property
    def is_probing(self) -> bool:
        """Whether one call is to find out first if Zoom can be reached."""
        return self.silent >= _SILENT_MAX


_SILENT_MAX: Final = 3
_FIRST_S: Final = 5.0
_LONGEST_S: Final = 60.0
