"""Which session a call means, and whether it is live, past or not to be had.

**Live** is from a session's start to its end, **past** from a while after the end
(Zoom takes about 20 s) until a year later. A number means the latest occurrence
that has begun; a UUID means its own. Asking `live` of an ended session, or `past`
of a running one, is the same 404 as asking for one that never was.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from backrow.qos.people import Person, Session, Share
from backrow.qos.sample import floor_minute
from backrow.qos.vocabulary import Kind
from backrow.web.emulated.calls import Call
from backrow.web.emulated.options import ZoomOptions
from backrow.web.emulated.refusals import RefusalError, not_found, refuse, too_old
from backrow.web.source import Source

YEAR: Final = timedelta(days=365)
_MINUTE: Final = timedelta(minutes=1)
_ENDLESS: Final = datetime.max.replace(tzinfo=UTC)


class Book:
    """A session's people in joining order, and what can be worked out once."""

    def __init__(
        self, session: Session, people: Sequence[Person], shares: Sequence[Share]
    ) -> None:
        """Index `people` by their id and by when they came and went."""
        self.session = session
        self.people = people
        self.shares = shares
        self.index = {each.user_id: i for i, each in enumerate(people)}
        self._joined_at = [each.join_time or session.start_at for each in people]
        self._left_at = sorted(each.leave_time or _ENDLESS for each in people)
        first = min(self._joined_at, default=session.start_at)
        self.first_minute = floor_minute(min(first, session.start_at))

    def joined(self, at: datetime) -> int:
        """Return how many of `people` have joined by then; they are the first."""
        return bisect_right(self._joined_at, at)

    def present(self, at: datetime) -> int:
        """Return how many are there."""
        return self.joined(at) - bisect_right(self._left_at, at)

    @property
    def end_minute(self) -> datetime:
        """The first minute that holds nothing of the session."""
        return (
            floor_minute(ended_at(self.session) - timedelta(microseconds=1)) + _MINUTE
        )


class Catalog:
    """Every session of the source, by what calls name them with."""

    def __init__(self, source: Source, *, options: ZoomOptions) -> None:
        """Look sessions up in `source`."""
        self.source = source
        self._options = options
        self._ready_after = timedelta(seconds=options.past_ready_after_s)
        self._seen: Sequence[Session] | None = None
        self._by_start: list[Session] = []
        self._by_uuid: dict[tuple[Kind, str], Session] = {}
        self._by_number: dict[tuple[Kind, str], list[Session]] = {}
        self._books: dict[str, Book] = {}

    def find(self, call: Call, *, at: datetime) -> Session:
        """Return the session that `call` asks about.

        Raises:
            RefusalError: There is none, or not of this type, or not any more.
        """
        kind, name = call.endpoint.kind, call.session
        if call.slash_lost:
            raise refuse("slash_lost", session=name)
        if name in self._options.not_ours:
            variant = self._options.no_access
            raise refuse("no_access", variant=variant, kind=kind, session=name)
        live = call.live
        session = self._named(kind, name, live=live, at=at)
        if session is None or session.start_at > at:
            raise not_found(call.endpoint.not_found)
        if not live and ended_at(session) < at - YEAR and call.endpoint.too_old:
            raise too_old(call.endpoint.too_old)
        if live != is_live(session, at) or not (live or self.is_ready(session, at)):
            raise _other_state(call, running=is_live(session, at))
        if call.type == "pastOne" and len(self.book(session).people) != 1:
            raise not_found(call.endpoint.not_found)
        return session

    def listed(self, call: Call, *, at: datetime) -> list[Session]:
        """Return the sessions of a list call, in order of their start."""
        begin, end = call.period()
        sessions = [s for s in self._ordered() if s.kind == call.endpoint.kind]
        if call.live:
            return [s for s in sessions if is_live(s, at)]
        by_end = call.query.get("query_date_type") == "end_time"
        return [
            s
            for s in sessions
            if self.is_ready(s, at)
            and ended_at(s) >= at - YEAR
            and begin <= (ended_at(s) if by_end else s.start_at) <= end
            and (call.type != "pastOne" or len(self.book(s).people) == 1)
        ]

    def book(self, session: Session) -> Book:
        """Return a session's people."""
        people = self.source.people(session.uuid)
        book = self._books.get(session.uuid)
        if not book or book.people is not people or book.session is not session:
            book = Book(session, people, self.source.shares(session.uuid))
            self._books[session.uuid] = book
        return book

    def is_ready(self, session: Session, at: datetime) -> bool:
        """Return whether an ended session can be asked for as past."""
        return ended_at(session) + self._ready_after <= at

    def _ordered(self) -> Sequence[Session]:
        sessions = self.source.sessions()
        if sessions is not self._seen:
            self._seen = sessions
            self._by_start = sorted(sessions, key=lambda s: s.start_at)
            self._by_uuid = {(s.kind, s.uuid): s for s in self._by_start}
            self._by_number = {}
            for each in self._by_start:
                key = (each.kind, each.number)
                self._by_number.setdefault(key, []).append(each)
        return self._by_start

    def _named(
        self, kind: Kind, name: str, *, live: bool, at: datetime
    ) -> Session | None:
        self._ordered()
        found = self._by_uuid.get((kind, name))
        if found is not None:
            return found
        begun = [s for s in self._by_number.get((kind, name), ()) if s.start_at <= at]
        if not live and self._options.past_by_number == "latest_ended":
            begun = [s for s in begun if self.is_ready(s, at)] or begun
        return begun[-1] if begun else None


def ended_at(session: Session) -> datetime:
    """Return a session's end; one without an end never ends."""
    return session.end_at or _ENDLESS


def is_live(session: Session, at: datetime) -> bool:
    """Return whether a session runs `at` that instant."""
    return session.start_at <= at < ended_at(session)


def _other_state(call: Call, *, running: bool) -> RefusalError:
    text = call.endpoint.not_found
    if running and "ended" not in text:
        # Zoom's sentence for the other calls; that it stands here too is a guess.
        text = f"{text} This {call.endpoint.kind} has not ended yet."
    return not_found(text)
