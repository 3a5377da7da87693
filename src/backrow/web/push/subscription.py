"""Whether the receiver has shown that the address is its own; takes `now`.

Zoom asks before the first event and then every 72 hours; six wrong answers in a row
end the subscription. How soon Zoom asks again after a wrong answer is not written
down: here it is five minutes. Until an answer has been right for the first time, no
answer at all is no failure: the receiver may still be starting, and at Zoom somebody
would press the button again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from backrow.zoom.webhook import VALIDATE_EVERY_S, VALIDATION_FAILURES_MAX

__all__ = ["State", "Subscription"]

State = Literal["asking", "valid", "disabled"]
Change = Literal["validated", "failed", "disabled", "waiting", "same"]
"""What an answer has changed."""
_AGAIN_AFTER_S: Final = 300.0


@dataclass(slots=True, kw_only=True)
class Subscription:
    """The state of one subscription."""

    every_s: float = VALIDATE_EVERY_S
    again_after_s: float = _AGAIN_AFTER_S
    state: State = "asking"
    due_at: float = 0.0
    """When to ask next, unix seconds."""
    failures: int = 0
    """In a row."""

    def answered(self, *, right: bool | None, now: float) -> Change:
        """Take an answer to the question, and return what it has changed.

        Args:
            right: Whether it was right; None if none came in time.
            now: Unix seconds.
        """
        if right:
            first = self.state == "asking"
            self.state, self.failures = "valid", 0
            self.due_at = now + self.every_s
            return "validated" if first else "same"
        if right is None and self.state == "asking":
            self.due_at = now
            return "waiting"
        self.failures += 1
        self.due_at = now + self.again_after_s
        if self.failures >= VALIDATION_FAILURES_MAX:
            self.state = "disabled"
            return "disabled"
        return "failed"
