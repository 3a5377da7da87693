"""A source as the push sees it: notices in the order of time, and their bodies."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol

from backrow.qos.people import Person, Session
from backrow.qos.quantity import Style
from backrow.qos.sample import INDEX, Row
from backrow.web.push.notices import MINUTE_S, Notice, notices_of
from backrow.web.source import Source
from backrow.zoom.encode.events import (
    EVENT_KINDS,
    NO_WORDS,
    Absent,
    EventEncoder,
    EventKind,
)

__all__ = ["Bodies", "Feed", "RowsOf"]

_AT: Final = INDEX["sampled_at"]
_SENDING: Final = tuple(
    INDEX[f"{medium}_sent_bitrate_kbps"] for medium in ("audio", "video", "share")
)
_Group = tuple[EventKind, str, int]
"""Notices of one event, session and minute are made from one look at the source."""


class RowsOf(Protocol):
    """Gives samples as `Source.rows` does."""

    def __call__(
        self,
        session_uuid: str,
        participants: Sequence[str],
        *,
        start: datetime,
        end: datetime,
    ) -> Mapping[str, Sequence[Row]]:
        """Return samples by participant, of minutes in [start, end)."""
        ...


@dataclass(frozen=True, kw_only=True)
class Feed:
    """The sessions that are pushed, and how."""

    source: Source
    rows: RowsOf | None = None
    """Gives samples as Zoom's events have them: with scores, warnings and the second
    at which each was taken. If None, the source's own are given such a second."""
    account: str = "demo"
    style: Style = "2021"
    delay_s: float = 0.0
    """How long after its end a minute is published."""

    def notices(
        self, begin: float, kinds: Collection[EventKind] = EVENT_KINDS
    ) -> Iterator[Notice]:
        """Yield what is due after `begin` (unix seconds), in the order of time."""
        return notices_of(self.source, begin=begin, delay_s=self.delay_s, kinds=kinds)


@dataclass(slots=True)
class Bodies:
    """Makes the bodies of events from a feed."""

    feed: Feed
    kinds: Collection[EventKind] = EVENT_KINDS
    """Which events there are to be."""
    absent: Absent = "missing"
    changes: list[Notice] = field(default_factory=list)
    """`data` events that have come up: somebody began or ceased to send something.
    Whoever schedules them takes them out."""
    _sessions: dict[str, Session] = field(init=False)
    _people: dict[str, Mapping[str, Person]] = field(default_factory=dict)
    _sending: dict[tuple[str, str], tuple[int, tuple[bool, ...]]] = field(
        default_factory=dict
    )
    """The last minute known of everybody who sends something, and what they sent."""
    _encoder: EventEncoder = field(init=False)

    def __post_init__(self) -> None:
        """Look at the feed's sessions."""
        feed = self.feed
        self._sessions = {each.uuid: each for each in feed.source.sessions()}
        self._encoder = EventEncoder(feed.account, feed.style, self.absent)

    def make(self, notices: Sequence[Notice]) -> list[bytes | None]:
        """Return the body of each event; None if nothing was measured.

        Args:
            notices: Not too many, as nothing else can be done meanwhile.
        """
        groups: dict[_Group, list[int]] = {}
        for i, notice in enumerate(notices):
            group = (notice.what, notice.session, notice.minute)
            groups.setdefault(group, []).append(i)
        found: list[bytes | None] = [None] * len(notices)
        for places in groups.values():
            made = self._group([notices[i] for i in places])
            for i, body in zip(places, made, strict=True):
                found[i] = body
        return found

    def _group(self, notices: Sequence[Notice]) -> Iterator[bytes | None]:
        session = self._sessions[notices[0].session]
        people = self._people_of(session)
        what = notices[0].what
        if what == "qos":
            yield from self._qos(session, people, notices)
        elif what == "qos_summary":
            yield from self._summaries(session, people, notices)
        else:
            make = self._encoder.data if what == "data" else self._encoder.data_summary
            for one in notices:
                yield make(session, people[one.participant], event_ts=_ms(one))

    def _qos(
        self,
        session: Session,
        people: Mapping[str, Person],
        notices: Sequence[Notice],
    ) -> Iterator[bytes | None]:
        start, end = notices[0].minute, notices[0].minute + MINUTE_S
        names = [one.participant for one in notices]
        rows_of = self.feed.rows or self.feed.source.rows
        found = rows_of(session.uuid, names, start=_utc(start), end=_utc(end))
        words = self.feed.source.words(session.uuid, names, at=_utc(end))
        for one in notices:
            who = one.participant
            rows = found.get(who) or ()
            if not rows:
                yield None
                continue
            if self.feed.rows is None:
                rows = self._stamped(rows, one)
            self._watch(one, rows)
            yield self._encoder.qos(
                session,
                people[who],
                rows,
                event_ts=_ms(one),
                words=words.get(who, NO_WORDS),
            )

    def _summaries(
        self,
        session: Session,
        people: Mapping[str, Person],
        notices: Sequence[Notice],
    ) -> Iterator[bytes | None]:
        names = [one.participant for one in notices]
        last = _utc(max(one.at for one in notices))
        rows_of = self.feed.rows or self.feed.source.rows
        found = rows_of(session.uuid, names, start=session.start_at, end=last)
        words = self.feed.source.words(session.uuid, names, at=last)
        for one in notices:
            who = one.participant
            rows = found.get(who) or ()
            yield (
                self._encoder.qos_summary(
                    session,
                    people[who],
                    rows,
                    event_ts=_ms(one),
                    words=words.get(who, NO_WORDS),
                )
                if rows
                else None
            )

    def _stamped(self, rows: Sequence[Row], notice: Notice) -> list[Row]:
        """Return rows with the second that is the person's own."""
        second = int(notice.at - notice.minute - MINUTE_S - self.feed.delay_s)
        at = _utc(notice.minute + second)
        return [(*row[:_AT], at, *row[_AT + 1 :]) for row in rows]

    def _watch(self, notice: Notice, rows: Sequence[Row]) -> None:
        """Note a change if the person began or ceased to send a medium."""
        key = (notice.session, notice.participant)
        now = tuple(any(row[at] is not None for row in rows) for at in _SENDING)
        known, before = self._sending.get(key, (0, (False,) * len(_SENDING)))
        if notice.minute <= known or (not known and now == before):
            return
        self._sending[key] = (notice.minute, now)
        if now != before and "data" in self.kinds:
            self.changes.append(notice._replace(what="data"))

    def _people_of(self, session: Session) -> Mapping[str, Person]:
        if session.uuid not in self._people:
            people = self.feed.source.people(session.uuid)
            self._people[session.uuid] = {one.user_id or "": one for one in people}
        return self._people[session.uuid]


def _ms(notice: Notice) -> int:
    return round(notice.at * 1000)


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
