"""A planner's world for tests: a room that answers calls, and counts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from backrow.collect.planner import Options, PlannedCall, Planner, Result, Visit
from backrow.errors import BackrowError, NotFoundError
from backrow.qos.people import Person, Session
from backrow.zoom import limits
from backrow.zoom.limits import BudgetState

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
UUID = "kJYyyNYcQHqVgWmzeRjOrQ=="
NUMBER = "94512345678"


def session(uuid: str = UUID, *, number: str = NUMBER, minutes: int = 60) -> Session:
    end = START + timedelta(minutes=minutes)
    return Session(kind="webinar", uuid=uuid, number=number, start_at=START, end_at=end)


def people(count: int, *, bad: int = 0, hosts: int = 2) -> list[Person]:
    """Return a room; the last `bad` of it look bad by Zoom's words."""
    return [
        Person(
            user_id=f"{1670000000 + i}",
            role="host" if i < hosts else "attendee",
            location=("Lyon (FR)", "Oslo (NO)", "Bonn (DE)")[i % 3],
            join_time=START,
            audio_quality="bad" if i >= count - bad else "good",
        )
        for i in range(count)
    ]


@dataclass(kw_only=True)
class Desk:
    """Answers a planner's calls as a well-behaved Zoom would, and counts them."""

    room: Sequence[Person]
    options: Options = field(default_factory=Options)
    session: Session = field(default_factory=session)
    history: bool = True
    latency_s: float = 0.05
    now: float = START.timestamp() + 5
    failing: set[str] = field(default_factory=set)
    """Purposes whose calls fail."""
    error: BackrowError | None = None
    log: list[tuple[float, PlannedCall]] = field(default_factory=list)
    used_by_others: int = 0

    def __post_init__(self) -> None:
        self.planner = Planner(self.options)
        self.state = BudgetState()

    def run(self, *, until_s: float, complete: bool = True) -> None:
        """Let the planner plan until so many seconds after the start."""
        pending: list[tuple[float, PlannedCall]] = []
        end = START.timestamp() + until_s
        while self.now < end and not self.planner.is_done:
            self._know()
            for call in self.planner.next_calls(self.now):
                self._charge(call)
                self.log.append((self.now, call))
                pending.append((self.now + self.latency_s, call))
            pending.sort(key=lambda one: (one[0], one[1].number))
            due = [at for at, _ in pending[:1]]
            self.now = max(self.now, min([self.planner.next_at(self.now), *due, end]))
            while pending and pending[0][0] <= self.now:
                _, call = pending.pop(0)
                self.planner.learn(self.answer(call), self.now)
            for one in self.planner.kept if complete else ():
                self.planner.completed(one.uuid)

    def calls(self, *purposes: str, minute: int | None = None) -> list[PlannedCall]:
        """Return the calls for these purposes, of one minute or of all."""
        begin = START.timestamp()
        return [
            call
            for at, call in self.log
            if call.purpose in purposes
            and (minute is None or (at - begin - 2) // 60 == minute)
        ]

    def answer(self, call: PlannedCall) -> Result:
        """Return what Zoom says."""
        if call.purpose in self.failing and self.error is not None:
            return Result(call=call, error=self.error)
        live = self.now < (self.session.end_at or START).timestamp()
        if call.purpose == "discover":
            return Result(call=call, sessions=[self.session] if live else [])
        if call.purpose == "find":
            return self._found(call, live=live)
        if live != (call.query["type"] == "live"):
            return Result(call=call, error=NotFoundError("none", zoom_code=3001))
        if call.purpose == "check":
            return Result(call=call, sessions=[self.session])
        return self._about_people(call)

    def _found(self, call: PlannedCall, *, live: bool) -> Result:
        if live or call.session not in {self.session.uuid, self.session.number}:
            return Result(call=call, error=NotFoundError("none", zoom_code=3001))
        return Result(call=call, sessions=[self.session])

    def _about_people(self, call: PlannedCall) -> Result:
        if call.purpose == "single":
            return Result(call=call, visits=[self._visit(call.participant)])
        size = int(call.query["page_size"])
        first = int(call.query.get("next_page_token") or 0)
        page = self.room[first : first + size]
        token = str(first + size) if first + size < len(self.room) else ""
        if call.purpose in {"sweep", "roll"}:
            return Result(call=call, people=page, next_page_token=token)
        visits = [self._visit(one.user_id or "") for one in page]
        return Result(call=call, visits=visits, next_page_token=token)

    def _visit(self, participant: str) -> Visit:
        begin = START.timestamp()
        past = max(0, int((self.now - begin) // 60))
        minutes = tuple(begin + 60 * i for i in range(past))
        return Visit(
            participant=participant, minutes=minutes if self.history else minutes[-1:]
        )

    def _know(self) -> None:
        budget = limits.budget(self.state, self.options.plan, self.now)
        self.planner.know(budget, self.now)

    def _charge(self, call: PlannedCall) -> None:
        # Each call is charged as the ledger does, only without its waiting.
        self.state = limits.at(self.state, self.now)
        pool = limits.pool_of(call.label, self.options.plan)
        spent, used = dict(self.state.spent), dict(self.state.used)
        spent[call.label] = spent.get(call.label, 0) + 1
        used[pool] = used.get(pool, 0) + 1
        self.state = replace(self.state, spent=spent, used=used)
