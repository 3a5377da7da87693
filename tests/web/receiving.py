"""A small webinar to push, and a receiver that answers as it is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from backrow.qos.people import Person, Session, Share
from backrow.qos.sample import Row
from backrow.web.push.feed import Feed
from backrow.web.push.notices import Notice
from backrow.web.push.options import PushOptions
from backrow.web.qss_push import Pusher
from backrow.web.testing import HandClock
from backrow.zoom.decode import decode_event
from backrow.zoom.webhook import URL_VALIDATION, Seal, plain_token_of, read_head
from tests.build import row

URL = "https://example.com/webhooks/zoom"
BEGIN = datetime(2026, 11, 23, 10, tzinfo=UTC)
NOW = BEGIN.timestamp()
SEAL = Seal("s3cret")
UUID = "4444AAAiAAAAAiAiAiiAii=="
MINUTE = timedelta(minutes=1)


def person(name: str, *, joins: float = 0, leaves: float = 5) -> Person:
    """Return somebody who is there from and to these minutes."""
    return Person(
        user_id=name,
        email=f"{name}@example.com",
        join_time=BEGIN + MINUTE * joins,
        leave_time=BEGIN + MINUTE * leaves,
    )


class SmallWebinar:
    """Five minutes with a panelist, an attendee who leaves, and a telephone.

    The panelist `pia` sends sound from the third minute on.
    """

    def __init__(self, people: Sequence[Person] = ()) -> None:
        self._sessions = [
            Session(
                kind="webinar",
                uuid=UUID,
                number="94512345678",
                start_at=BEGIN,
                end_at=BEGIN + 5 * MINUTE,
            )
        ]
        self._people = people or [
            person("pia"),
            person("ann", joins=1, leaves=3),
            person("tel"),
        ]
        self.asked = Counter[str]()

    def sessions(self) -> Sequence[Session]:
        return self._sessions

    def add(self, session: Session) -> None:
        """Let the same people take part in another session."""
        self._sessions.append(session)

    def people(self, session_uuid: str) -> Sequence[Person]:
        self.asked[session_uuid] += 1
        return self._people

    def rows(
        self,
        session_uuid: str,  # noqa: ARG002 - there is one
        participants: Sequence[str],
        *,
        start: datetime,
        end: datetime,
    ) -> Mapping[str, Sequence[Row]]:
        return {name: [*self._rows(name, start, end)] for name in participants}

    def words(
        self,
        session_uuid: str,  # noqa: ARG002 - there is one
        participants: Sequence[str],
        *,
        at: datetime,  # noqa: ARG002 - all is well at any time
    ) -> Mapping[str, tuple[str, str, str]]:
        return dict.fromkeys(participants, ("good", "", ""))

    def shares(self, session_uuid: str) -> Sequence[Share]:  # noqa: ARG002 - none
        return ()

    def _rows(self, name: str, start: datetime, end: datetime) -> Iterator[Row]:
        who = next(p for p in self._people if p.user_id == name)
        assert who.join_time
        assert who.leave_time
        at = max(start, who.join_time)
        while at < min(end, who.leave_time) and name != "tel":
            values: dict[str, Any] = {"audio_received_latency_ms": 100.0}
            if name == "pia" and at >= BEGIN + 2 * MINUTE:
                values["audio_sent_bitrate_kbps"] = 30.0
            yield row(participant=name, session_uuid=UUID, minute=at, **values)
            at += MINUTE


Answer = Callable[[bytes, int], int]
"""Takes an event's body and how often it has come; gives a status."""


def takes_all(_body: bytes, _times: int) -> int:
    """Answer as a good receiver does."""
    return 204


@dataclass(kw_only=True)
class Receiver:
    """Checks what comes as Zoom asks, and keeps it."""

    clock: HandClock = field(default_factory=lambda: HandClock(BEGIN))
    answer: Answer = takes_all
    validates: Callable[[int], bool] = lambda _times: True
    bodies: list[bytes] = field(default_factory=list)
    """Events in the order in which they came, those that were refused too."""
    came_at: list[float] = field(default_factory=list)
    verdicts: Counter[str] = field(default_factory=Counter)
    questions: list[float] = field(default_factory=list)
    """When it was asked whether the address is its own."""

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        body, now = request.read(), self.clock.now()
        self.verdicts[SEAL.check(request.headers, body, now=now)] += 1
        if read_head(body).event == URL_VALIDATION:
            self.questions.append(now)
            right = self.validates(len(self.questions))
            seal = SEAL if right else Seal("other")
            return httpx2.Response(200, content=seal.answer(plain_token_of(body)))
        self.bodies.append(body)
        self.came_at.append(now)
        return httpx2.Response(self.answer(body, self.bodies.count(body)))

    def names(self) -> list[str]:
        """Return the events' names, without what they all begin with."""
        found = [read_head(body).event or "" for body in self.bodies]
        return [name.removeprefix("webinar.participant_") for name in found]

    def minutes(self) -> list[tuple[str, datetime]]:
        """Return participant and instant of every minute that came, in order."""
        return [
            (row[4], row[6])
            for body in self.bodies
            for row in decode_event(body, strict=True).samples
        ]


def pusher(
    receiver: Receiver, *, said: list[str] | None = None, **options: Any
) -> Pusher:
    """Return what pushes the small webinar to a receiver."""
    return Pusher(
        feed=Feed(source=SmallWebinar()),
        options=PushOptions(url=URL, **options),
        seal=SEAL,
        clock=receiver.clock,
        wall=receiver.clock,
        say=(said if said is not None else []).append,
        transport=httpx2.MockTransport(receiver),
    )


def notices(count: int, *, every_s: float = 1.0) -> list[Notice]:
    """Return notices one after another, from `NOW` on."""
    return [
        Notice(NOW + every_s * i, "qos", UUID, f"{i:05}", int(NOW))
        for i in range(count)
    ]
