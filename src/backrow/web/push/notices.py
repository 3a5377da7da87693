"""What is to be sent of a source's sessions, in the order of time.

A `Notice` says which event is due when, and nothing else: it is small, and the
event's body is made from the source when it is about to be sent, the same bytes
whenever that is. So neither a webinar of a hundred thousand people nor a receiver
that is away for an hour fills the memory.

A minute is published when it is over (and `delay_s` later, as in the emulated API),
and its events are spread over the minute after that: everybody has an instant of
their own. A stay's last events come when its last minute has been sent.
"""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from backrow.qos.people import Person, Session
from backrow.web.source import Source
from backrow.zoom.encode.events import EVENT_KINDS, EventKind

__all__ = ["MINUTE_S", "Notice", "notices_of"]

MINUTE_S: Final = 60
_JOINED_S: Final = 1.0
"""How long after somebody has joined it is told."""


class Notice(NamedTuple):
    """An event that is to be sent."""

    at: float
    """When, unix seconds; also the event's own time."""
    what: EventKind
    session: str
    """UUID of the session."""
    participant: str
    """The person's `user_id`."""
    minute: int
    """Which minute it is about, unix seconds; 0 if none."""


class _Stay(NamedTuple):
    """When somebody is there, unix seconds; sorts by `offset_s`."""

    offset_s: float
    """Which second of a minute is theirs."""
    joined: float
    left: float
    participant: str


def notices_of(
    source: Source,
    *,
    begin: float,
    delay_s: float = 0.0,
    kinds: Collection[EventKind] = EVENT_KINDS,
) -> Iterator[Notice]:
    """Yield what is due after `begin`, in the order of time.

    Args:
        source: The sessions. The people of one are not asked for until it begins.
        begin: Unix seconds.
        delay_s: How long after its end a minute is published.
        kinds: Which events there are to be.
    """
    heap: list[tuple[float, int, Notice | None, Iterator[Notice]]] = []
    for i, session in enumerate(source.sessions()):
        end = session.end_at.timestamp() if session.end_at else float("inf")
        if end + delay_s + 3 * MINUTE_S > begin:
            rest = _of_session(source, session, begin, delay_s)
            heap.append((session.start_at.timestamp(), i, None, rest))
    heapq.heapify(heap)
    while heap:
        _, i, notice, rest = heap[0]
        if notice and notice.at > begin and notice.what in kinds:
            yield notice
        following = next(rest, None)
        if following is None:
            heapq.heappop(heap)
        else:
            heapq.heapreplace(heap, (following.at, i, following, rest))


def _of_session(
    source: Source, session: Session, begin: float, delay_s: float
) -> Iterator[Notice]:
    stays = [_stay(person, session) for person in source.people(session.uuid)]
    yield from heapq.merge(
        _joins(session, stays),
        _minutes(session, stays, begin, delay_s),
        _leaves(session, stays, delay_s),
    )


def _stay(person: Person, session: Session) -> _Stay:
    participant = person.user_id or ""
    joined = (person.join_time or session.start_at).timestamp()
    last = person.leave_time or session.end_at
    return _Stay(
        offset_s=zlib.crc32(participant.encode()) % 60_000 / 1000,
        joined=max(joined, session.start_at.timestamp()),
        left=last.timestamp() if last else float("inf"),
        participant=participant,
    )


def _joins(session: Session, stays: list[_Stay]) -> Iterator[Notice]:
    for stay in sorted(stays, key=lambda stay: stay.joined + stay.offset_s % 1):
        if stay.left > stay.joined:
            at = stay.joined + stay.offset_s % 1 + _JOINED_S
            yield Notice(at, "data", session.uuid, stay.participant, 0)


def _minutes(
    session: Session, stays: list[_Stay], begin: float, delay_s: float
) -> Iterator[Notice]:
    coming = sorted(stays, key=lambda stay: stay.joined, reverse=True)
    here: list[_Stay] = []
    first = max(session.start_at.timestamp(), begin - delay_s - 2 * MINUTE_S)
    minute = int(first // MINUTE_S) * MINUTE_S
    while coming or here:
        while coming and coming[-1].joined < minute + MINUTE_S:
            here.append(coming.pop())
        here = sorted(stay for stay in here if stay.left > minute)
        published = minute + MINUTE_S + delay_s
        for stay in here:
            at = published + stay.offset_s
            yield Notice(at, "qos", session.uuid, stay.participant, minute)
        minute += MINUTE_S


def _leaves(session: Session, stays: list[_Stay], delay_s: float) -> Iterator[Notice]:
    for stay in sorted(stays, key=lambda stay: stay.left + stay.offset_s):
        if stay.left > stay.joined:
            at = stay.left + MINUTE_S + delay_s + stay.offset_s
            who = stay.participant
            yield Notice(at, "qos_summary", session.uuid, who, 0)
            yield Notice(at, "data_summary", session.uuid, who, 0)
