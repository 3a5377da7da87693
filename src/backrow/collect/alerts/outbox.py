"""What one target is yet to be told: deduplicated, rate limited, tried again.

Pure: time is an argument. Messages of one finding take each other's place while they
wait, so that a target that was away for a while hears how things are and not all that
they were:

    nothing new        -> no message
    raised + updated   -> raised, as it is now
    raised + cleared   -> nothing, if raised was never tried: nobody knows
    updated + cleared  -> cleared

A finding is updated every `UPDATE_S` at most. A target gets `BURST` messages at once
and then `PER_MINUTE`. One that does not answer is tried again later each time; what
is older than `EXPIRES_S` is dropped by then, and so is the oldest when `MOST` wait.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from backrow.collect.alerts.message import Message

Result = Literal["sent", "retried", "dropped"]
RESULTS: Final[tuple[Result, ...]] = ("sent", "retried", "dropped")
UPDATE_S: Final = 300.0
"""How long after a message about a finding it may be updated."""
BURST: Final = 10
PER_MINUTE: Final = 10.0
AGAIN_S: Final = (2.0, 300.0)
"""How long after a failure a target is tried again, at first and at most."""
EXPIRES_S: Final = 3600.0
"""How old a message may get before it is dropped."""
FORGET_S: Final = 86_400.0
"""How long a finding is known of which no end was told: that may have been dropped."""
MOST: Final = 200
"""Findings that may wait for a target."""


@dataclass(slots=True)
class _Case:
    """One finding, as one target knows it."""

    pending: Message | None = None
    due_s: float = 0.0
    """When `pending` may be sent."""
    is_tried: bool = False
    """Whether anything was sent, if only without an answer."""
    sent: Message | None = None
    """What the target was told last."""
    sent_s: float = 0.0


class Outbox:
    """Messages for one target. Not for several threads at once."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self.counts: Counter[Result] = Counter()
        """What became of messages."""
        self._cases: dict[str, _Case] = {}
        self._flying: Message | None = None
        """What is being sent."""
        self._failures = 0
        """Failures in a row."""
        self._closed_s = 0.0
        """Until when the target is left alone."""
        self._tokens = float(BURST)
        self._counted_s = 0.0
        """When `_tokens` was counted."""

    @property
    def waiting(self) -> int:
        """How many messages wait."""
        return sum(1 for _ in self._waiting())

    def put(self, message: Message, *, now: float) -> None:
        """Take a message, unless the target knows or need not know.

        Args:
            message: What is new of a finding.
            now: Unix seconds.
        """
        case = self._cases.setdefault(message.id, _Case())
        flying = self._flying
        is_flying = flying is not None and flying.id == message.id
        known = flying if is_flying else case.sent
        before = case.pending
        if known is not None and message.says_the_same_as(known):
            case.pending = None
            return
        if before is not None and before.state == "raised" and known is None:
            if message.state == "cleared" and not case.is_tried:
                del self._cases[message.id]
                return
            if message.state != "cleared":
                message = replace(message, state="raised")
        case.pending = message
        lasts = known is not None and known.state != "cleared"
        since_s = now if is_flying else case.sent_s
        is_update = lasts and message.state == "updated"
        case.due_s = max(now, since_s + UPDATE_S) if is_update else now
        self._keep_few()

    def take(self, *, now: float) -> Message | None:
        """Return what is to be sent now; None if nothing is.

        The next one is given after `sent` or `failed` was called for it.

        Args:
            now: Unix seconds.
        """
        self._expire(now)
        if self._flying is not None or self._open_in_s(now) > 0:
            return None
        due = [
            (one.state == "updated", case.due_s, one) for case, one in self._waiting()
        ]
        ready = [each for each in due if each[1] <= now]
        if not ready:
            return None
        self._flying = min(ready, key=lambda each: each[:2])[2]
        case = self._cases[self._flying.id]
        case.pending, case.is_tried = None, True
        self._tokens -= 1.0
        return self._flying

    def wait_s(self, *, now: float) -> float | None:
        """Return how long there is nothing to be done; None if nothing waits.

        Args:
            now: Unix seconds.
        """
        due = [case.due_s for case, _ in self._waiting()]
        if not due:
            return None
        return max(0.0, min(due) - now, self._open_in_s(now))

    def sent(self, message: Message, *, now: float) -> None:
        """Note that the target has a message."""
        self._flying, self._failures = None, 0
        case = self._cases.setdefault(message.id, _Case())
        case.sent, case.sent_s = message, now
        self.counts["sent"] += 1

    def failed(
        self, message: Message, *, now: float, again: bool, after_s: float = 0.0
    ) -> None:
        """Note that the target does not have it.

        Args:
            message: What was sent.
            now: Unix seconds.
            again: Whether another try may help.
            after_s: How long the target asked to be left alone; 0 if it did not.
        """
        self._flying = None
        if not again:
            self.counts["dropped"] += 1
            return
        self.counts["retried"] += 1
        first, most = AGAIN_S
        wait_s = min(most, first * 2.0 ** min(self._failures, 30))
        self._failures += 1
        self._closed_s = now + max(wait_s, min(after_s, EXPIRES_S))
        case = self._cases.setdefault(message.id, _Case())
        if case.pending is None:
            case.pending, case.due_s = message, now
        elif message.state == "raised" and case.pending.state == "updated":
            case.pending, case.due_s = replace(case.pending, state="raised"), now

    def _waiting(self) -> Iterator[tuple[_Case, Message]]:
        for case in self._cases.values():
            if case.pending is not None:
                yield case, case.pending

    def _open_in_s(self, now: float) -> float:
        """Return how long the target is left alone yet."""
        gained = max(0.0, now - self._counted_s) * PER_MINUTE / 60.0
        self._tokens = min(float(BURST), self._tokens + gained)
        self._counted_s = now
        for_token = max(0.0, 1.0 - self._tokens) * 60.0 / PER_MINUTE
        return max(self._closed_s - now, for_token, 0.0)

    def _expire(self, now: float) -> None:
        """Drop what is too old, and forget what is over."""
        for case, message in list(self._waiting()):
            if now - message.told_s > EXPIRES_S:
                case.pending = None
                self.counts["dropped"] += 1
        flying = None if self._flying is None else self._flying.id
        for id_, case in list(self._cases.items()):
            if case.pending is None and id_ != flying and _is_over(case, now):
                del self._cases[id_]

    def _keep_few(self) -> None:
        waiting = list(self._waiting())
        if len(waiting) > MOST:
            oldest, _ = min(waiting, key=lambda each: each[1].told_s)
            oldest.pending = None
            self.counts["dropped"] += 1


def _is_over(case: _Case, now: float) -> bool:
    """Return whether nothing more will come of a finding, as far as one can tell."""
    if case.sent is None:
        return True
    known_s = EXPIRES_S if case.sent.state == "cleared" else FORGET_S
    return now - case.sent_s > known_s
