"""What the emulated Zoom API needs to know of a world: the `Source` protocol.

A source knows the whole of every session, what is still to come too. It knows no
clock: the API asks only for what has happened by its own clock, and decides what
is live, past or not yet there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from backrow.qos.people import Person, Session, Share
from backrow.qos.sample import Row

__all__ = ["Source", "Words"]

Words: TypeAlias = tuple[str, str, str]
"""Zoom's words for audio, video and share: good, fair, poor, bad or empty."""


class Source(Protocol):
    """Sessions, their people and their minutes.

    The API keeps what it has made of `sessions` and `people` for as long as they
    return the very same object; a source that changes returns a new one.
    """

    def sessions(self) -> Sequence[Session]:
        """Return every session, past, running or to come; each with `end_at`."""
        ...

    def people(self, session_uuid: str) -> Sequence[Person]:
        """Return everyone who ever joins, in joining order.

        Each has `user_id`, `join_time`, `leave_time` and, of a webinar,
        `webinar_number` (of a meeting, `meeting_number`). What is None is left
        out of every answer.
        """
        ...

    def rows(
        self,
        session_uuid: str,
        participants: Sequence[str],
        *,
        start: datetime,
        end: datetime,
    ) -> Mapping[str, Sequence[Row]]:
        """Return samples by participant, ascending, of minutes in [start, end)."""
        ...

    def words(
        self, session_uuid: str, participants: Sequence[str], *, at: datetime
    ) -> Mapping[str, Words]:
        """Return Zoom's quality words by participant, as they stand `at`.

        Those of somebody who has left are as they were then.
        """
        ...

    def shares(self, session_uuid: str) -> Sequence[Share]:
        """Return who shared what, in order of time."""
        ...
