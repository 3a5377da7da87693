"""What an inbox is given, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass

from backrow.lake.store.commits import Batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A body that came in, and where it came from."""

    body: bytes
    source: str = "event"
    """What it is, in the sink's words: event, answer or file."""
    context: str = ""
    """What the sink needs beside the body, as JSON; "" if nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Letter):
    """A letter in the inbox."""

    id: int
    received_s: float
    """Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter(Event):
    """A letter that could not be decoded."""

    reason: str
    died_s: float
    """Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A batch and its events, in the order in which they came."""

    batch: Batch
    events: tuple[Event, ...]
    """Those that were not seen before."""
    repeated: int = 0
    """How many were, and are left out."""
    digests: bytes = b""
    """What there is to remember of `events`; see `backrow.lake.inbox.seen`."""

    def __len__(self) -> int:
        """Return how many events the batch has, repeated ones too."""
        return len(self.events) + self.repeated


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How full an inbox is."""

    waiting: int
    """Events in no batch, or in one that is not finished."""
    dead: int
    """Dead letters."""
    oldest_waiting_at: float | None
    """When the oldest of those that wait came, unix seconds; None if none waits."""
