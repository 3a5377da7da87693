"""A few plain webinars and meetings from a seed, and what they are called.

Enough to try every call of Zoom's API on: one webinar that runs, with some three
hundred people, an office in trouble and some bad Wi-Fi; earlier occurrences of it;
ended ones, one of them more than a year ago; UUIDs of every awkward kind; and the
meeting twins. `PlainSource` has the methods that the emulated API asks for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from backrow.qos.people import Person, Session, Share
from backrow.qos.sample import INDEX, Row, floor_minute
from backrow.qos.vocabulary import Kind
from backrow.simulate.plain.minutes import SHARED, first_minute, rows_of
from backrow.simulate.plain.people import Guest, make_guests
from backrow.simulate.sample_answer import WithSample

LIVE_NUMBER: Final = "94512345678"
LIVE_UUID: Final = "bR5kfvQ0T9m3nWcXyL8hZg=="
EARLIER_UUID: Final = "J0cVn8d1RQqzW7yTfXb4Ug=="
"""An occurrence of the live webinar's number, a week before."""
ENDED_NUMBER: Final = "93387654321"
ENDED_UUID: Final = "mK2wPzXhTf6sB9vLq3RjdA=="
OLD_NUMBER: Final = "92211112222"
OLD_UUID: Final = "x8TqZ1nYRk2cE5uVhWm7bA=="
SLASH_NUMBER: Final = "97700000001"
SLASH_UUID: Final = "/Vq3JtLkR0ezyXaM5oWb2A=="
SLASHES_NUMBER: Final = "97700000002"
SLASHES_UUID: Final = "dW8//hBnQeOxT2vYk6RcpA=="
QOS_NUMBER: Final = "97700000003"
QOS_UUID: Final = "qosT4mZlR8y1uVbNcXe2wA=="
MEETING_NUMBER: Final = "85500000001"
MEETING_UUID: Final = "hT6nQzWbSf2yK4mVxJc8eA=="
ENDED_MEETING_NUMBER: Final = "85500000002"
ENDED_MEETING_UUID: Final = "pF9sYdRkTg3uN7wXvZq1bA=="

Words = tuple[str, str, str]

_MINUTE: Final = timedelta(minutes=1)
_LOSS_LIMITS: Final = (1.5, 4.0, 8.0)
"""Average loss in percent from which sound and picture are fair, poor, bad."""
_WORDS: Final = ("good", "fair", "poor", "bad")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One session of the plain world."""

    kind: Kind = "webinar"
    number: str
    uuid: str
    topic: str
    begins: int
    """Minutes from the world's beginning; negative is before."""
    length: int
    """Minutes."""
    attendees: int
    """How many come beside the host and three panelists."""
    first_id: int


_DAY: Final = 24 * 60
EVENTS: Final[tuple[Event, ...]] = (
    Event(
        number=LIVE_NUMBER,
        uuid=LIVE_UUID,
        topic="All-hands, autumn",
        begins=-12,
        length=60,
        attendees=300,
        first_id=1_670_000_001,
    ),
    Event(
        number=LIVE_NUMBER,
        uuid=EARLIER_UUID,
        topic="All-hands, autumn",
        begins=-7 * _DAY,
        length=45,
        attendees=40,
        first_id=1_660_000_001,
    ),
    Event(
        number=LIVE_NUMBER,
        uuid="aN4xGzKtQm8rU2yWcVf6hA==",
        topic="All-hands, autumn",
        begins=-14 * _DAY,
        length=45,
        attendees=35,
        first_id=1_650_000_001,
    ),
    Event(
        number=ENDED_NUMBER,
        uuid=ENDED_UUID,
        topic="What is new in the back row",
        begins=-180,
        length=50,
        attendees=80,
        first_id=1_640_000_001,
    ),
    Event(
        number=OLD_NUMBER,
        uuid=OLD_UUID,
        topic="Long ago",
        begins=-400 * _DAY,
        length=30,
        attendees=8,
        first_id=1_500_000_001,
    ),
    Event(
        number=SLASH_NUMBER,
        uuid=SLASH_UUID,
        topic="A UUID that begins with a slash",
        begins=-5,
        length=60,
        attendees=12,
        first_id=1_630_000_001,
    ),
    Event(
        number=SLASHES_NUMBER,
        uuid=SLASHES_UUID,
        topic="A UUID with two slashes",
        begins=-2 * _DAY,
        length=30,
        attendees=12,
        first_id=1_620_000_001,
    ),
    Event(
        number=QOS_NUMBER,
        uuid=QOS_UUID,
        topic="A UUID that begins like a path",
        begins=-3 * _DAY,
        length=30,
        attendees=12,
        first_id=1_610_000_001,
    ),
    Event(
        kind="meeting",
        number=MEETING_NUMBER,
        uuid=MEETING_UUID,
        topic="Rehearsal",
        begins=-10,
        length=60,
        attendees=14,
        first_id=1_600_000_001,
    ),
    Event(
        kind="meeting",
        number=ENDED_MEETING_NUMBER,
        uuid=ENDED_MEETING_UUID,
        topic="Sound check",
        begins=-_DAY,
        length=40,
        attendees=10,
        first_id=1_590_000_001,
    ),
)
"""Every session of the plain world."""


class PlainSource:
    """The plain world from a seed, beginning at a given instant."""

    def __init__(self, begin: datetime, *, seed: int = 7) -> None:
        """Lay out the sessions around `begin`.

        Args:
            begin: When the world is first looked at: the live webinar has then run
                for twelve minutes. Aware.
            seed: The same seed and instant give the same world everywhere.
        """
        self._seed = seed
        self._sessions = [_session(each, floor_minute(begin)) for each in EVENTS]
        self._by_uuid = {each.uuid: each for each in self._sessions}
        self._people: dict[str, list[Person]] = {}
        self._guests: dict[tuple[str, str], Guest] = {}

    def sessions(self) -> Sequence[Session]:
        """Return every session, ended or running."""
        return self._sessions

    def people(self, session_uuid: str) -> Sequence[Person]:
        """Return everyone of a session, in joining order."""
        known = self._people.get(session_uuid)
        if known is not None:
            return known
        event = next(each for each in EVENTS if each.uuid == session_uuid)
        guests = make_guests(
            self._by_uuid[session_uuid],
            attendees=event.attendees,
            first_id=event.first_id,
            seed=self._seed,
        )
        for guest in guests:
            self._guests[session_uuid, guest.person.user_id or ""] = guest
        people = [guest.person for guest in guests]
        self._people[session_uuid] = people
        return people

    def rows(
        self,
        session_uuid: str,
        participants: Sequence[str],
        *,
        start: datetime,
        end: datetime,
    ) -> Mapping[str, Sequence[Row]]:
        """Return samples by participant, of minutes in [start, end)."""
        return {
            name: self._rows_of(session_uuid, name, start, end) for name in participants
        }

    def words(
        self, session_uuid: str, participants: Sequence[str], *, at: datetime
    ) -> Mapping[str, Words]:
        """Return quality words by participant, of their last minute before `at`."""
        return {
            name: _words(self._last_rows(session_uuid, name, floor_minute(at)))
            for name in participants
        }

    def shares(self, session_uuid: str) -> Sequence[Share]:
        """Return what is shared: one panelist's desktop."""
        session = self._by_uuid[session_uuid]
        self.people(session_uuid)
        ends = session.end_at or session.start_at
        first, last = (session.start_at + _MINUTE * n for n in SHARED)
        return [
            Share(
                participant=name,
                content="desktop",
                start_at=first,
                end_at=min(last, ends),
            )
            for (uuid, name), guest in self._guests.items()
            if uuid == session_uuid and guest.traits.shares
        ]

    def _last_rows(
        self, session_uuid: str, participant: str, end: datetime
    ) -> list[Row]:
        """Return the samples of the last whole minute that somebody was there."""
        self.people(session_uuid)
        guest = self._guests.get((session_uuid, participant))
        if guest is not None:
            end = min(end, floor_minute(guest.left_at))
        return self._rows_of(session_uuid, participant, end - _MINUTE, end)

    def _rows_of(
        self, session_uuid: str, participant: str, start: datetime, end: datetime
    ) -> list[Row]:
        self.people(session_uuid)
        guest = self._guests.get((session_uuid, participant))
        if guest is None:
            return []
        session = self._by_uuid[session_uuid]
        minute = max(first_minute(guest), start)
        rows: list[Row] = []
        while minute < min(end, guest.left_at):
            rows += rows_of(session, guest, minute, seed=self._seed)
            minute += _MINUTE
        return rows


def plain_world(begin: datetime | float, *, seed: int = 7) -> WithSample:
    """Return the plain world, with participant 1670000000 in its live webinar.

    Args:
        begin: When it is first looked at: an aware instant, or unix seconds.
        seed: The same seed and instant give the same world everywhere.
    """
    at = begin if isinstance(begin, datetime) else datetime.fromtimestamp(begin, UTC)
    return WithSample(PlainSource(at, seed=seed), session_uuid=LIVE_UUID)


def _session(event: Event, begin: datetime) -> Session:
    start = begin + _MINUTE * event.begins
    return Session(
        kind=event.kind,
        uuid=event.uuid,
        number=event.number,
        topic=event.topic,
        host="Ada Abend",
        host_email="ada.abend@example.com",
        dept="Events",
        start_at=start,
        end_at=start + _MINUTE * event.length,
    )


def _words(rows: Sequence[Row]) -> Words:
    return (_word(rows, "audio"), _word(rows, "video"), _word(rows, "share"))


def _word(rows: Sequence[Row], medium: str) -> str:
    """Return Zoom's word for what is received; "" if nothing is."""
    at = INDEX[f"{medium}_received_avg_loss_pct"]
    losses = [row[at] for row in rows if row[at] is not None]
    if not losses:
        return ""
    return _WORDS[sum(max(losses) >= limit for limit in _LOSS_LIMITS)]
