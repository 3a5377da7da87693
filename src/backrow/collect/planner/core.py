"""The planner itself: what is known goes in, the next calls come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import floor, inf
from typing import Final

from backrow.collect.planner.calls import (
    TYPES,
    Options,
    PlannedCall,
    Purpose,
    Result,
)
from backrow.collect.planner.choose import choose
from backrow.collect.planner.crowd import Crowd
from backrow.collect.planner.learning import Lessons
from backrow.collect.planner.purse import Pace, Patience, left_for_us
from backrow.collect.planner.share import Room, share_out
from backrow.collect.planner.walks import Walk
from backrow.collect.planner.watched import (
    Awaited,
    Waiting,
    Watched,
    census_calls,
    sweep_calls,
)
from backrow.errors import TransportError, WireError
from backrow.qos.people import Session
from backrow.qos.sample import Picked
from backrow.zoom.limits import Budget, next_day

PHASE_S: Final = 2.0
"""How long after a minute's end its plan begins, seconds."""
SET_BACK_S: Final = 5.0
"""From here on a clock that goes back was set, seconds; less is waited out."""
PASSES_MAX: Final = 4
"""Last passes that run side by side."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """A call that would be made if limits allow."""

    purpose: Purpose
    watched: Watched | None = None
    walk: Walk | None = None
    awaited: Awaited | None = None
    participant: str = ""
    picked: Picked = "targeted"


class Planner:
    """Decides which calls a collector makes, and when."""

    def __init__(self, options: Options) -> None:
        """Know nothing yet.

        Args:
            options: What to collect, and how much of the account may be used.
        """
        self.options = options
        self.sessions: dict[str, Watched] = {}
        """By UUID, in the order in which they were met."""
        self.left = 0
        """Calls of today that are ours, those under way not yet taken off."""
        self.left_per_day = 0
        """What a whole day would hold for us."""
        self.skipped: set[str] = set()
        """UUIDs that need nothing: they are complete."""
        self.discovered = 0
        """How often the live list was read to its end."""
        self.waiting = Waiting(waits_for_next=options.waits_for_next)
        """Names that nothing goes by which runs, or ran since the start."""
        self._names = frozenset(_plain(name) for name in options.names)
        self._began_at = inf
        self._seen_at = -inf
        self._pace = Pace(options.plan)
        self._patience = Patience()
        self._under_way: dict[int, PlannedCall] = {}
        self._numbers = 0
        self._resets_at = inf
        self._blocked_until = inf
        self._discover_at = 0.0
        self._discovery: Walk | None = None
        self._met: set[str] = set()
        self._lessons = Lessons(self._choose)

    @property
    def under_way(self) -> int:
        """How many calls were planned and have no result yet."""
        return len(self._under_way)

    @property
    def reserve(self) -> int:
        """Calls that are put aside for last passes."""
        return sum(one.reserve for one in self.sessions.values())

    @property
    def kept(self) -> list[Watched]:
        """Sessions whose last pass is done."""
        return [one for one in self.sessions.values() if one.phase == "kept"]

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do: every session that was asked for is over."""
        if any(one.is_active for one in self.sessions.values()) or self.options.stays:
            return False
        if not self.options.discovers:
            return True
        over = {one.name for one in self.waiting.names.values() if one.is_over}
        return self.discovered > 0 and self._unmet <= over

    @property
    def _unmet(self) -> set[str]:
        """The names by which no session goes that was met."""
        met = {name for one in self.sessions.values() for name in _names_of(one)}
        return {*self._names} - met

    def know(self, budget: Budget, now: float) -> None:
        """Take what is known of the day's calls."""
        share = self.options.others_share
        self.left = left_for_us(budget, share)
        self.left_per_day = floor(budget.limit_today * (1 - share))
        self._resets_at = max(budget.resets_at.timestamp(), next_day(now))

    def resume(self, session: Session, now: float, *, expected: int = 0) -> None:
        """Take up a session that an earlier run, or a list of the past, tells of.

        Args:
            session: With its end if that is known; else Zoom is asked.
            now: Unix seconds.
            expected: How many stays it has, as far as is known.
        """
        one = self._watch(session)
        one.expected = expected
        if session.end_at is not None:
            one.end(session)
        else:
            one.is_gone = True
            one.missed(now)

    def is_asked_for(self, session: Session) -> bool:
        """Return whether a session is among those to watch."""
        both = {session.uuid, session.number}
        return not self._names or not self._names.isdisjoint(both)

    def completed(self, uuid: str) -> None:
        """Note that the lake calls a session complete."""
        self.sessions[uuid].phase = "complete"

    def pushed(self, uuid: str, participants: Iterable[str], now: float) -> None:
        """Note people whose QSS events arrive; they are not asked for."""
        if uuid in self.sessions:
            self.sessions[uuid].crowd.pushed(participants, now)

    def next_calls(self, now: float) -> list[PlannedCall]:
        """Return the calls to make now; each counts as under way until `learn`.

        Args:
            now: Unix seconds. It may jump: a machine sleeps, a clock is set.
        """
        self._began_at = min(self._began_at, now)
        if now < self._seen_at - SET_BACK_S:
            self._set_back(now)
        self._seen_at = now
        self._tick(now)
        self._blocked_until = inf
        most = 1 if self._patience.is_probing else self.options.in_flight_max
        calls: list[PlannedCall] = []
        if now < self._patience.until:
            return calls
        for wish in self._wishes(now):
            if len(self._under_way) >= most:
                break
            call = self._planned(wish, now)
            if call is not None:
                calls.append(call)
        return calls

    def next_at(self, now: float) -> float:
        """Return when to ask for calls again, after `now`; `learn` may make it sooner."""
        return min((at for at in self._times() if at > now), default=now + 60.0)

    def learn(self, result: Result, now: float) -> None:
        """Take what became of a call."""
        call = self._under_way.pop(result.call.number, None)
        if call is None:
            return
        if isinstance(result.error, TransportError):
            self._patience.unanswered(now)
        else:
            self._patience.answered()
        closed = self._lessons.closed_until(result, self._resets_at)
        if closed is not None:
            self._patience.closed(closed)
        if call.purpose == "discover":
            self._learn_of_list(result, now)
        elif call.purpose == "find":
            self._learn_of_name(result, now)
        elif (one := self.sessions.get(call.session)) is not None:
            self._lessons.take(one, result, now)

    def _set_back(self, now: float) -> None:
        """Let nothing wait for an instant that the clock had reached before."""
        self._pace = Pace(self.options.plan)
        self._patience.until = min(self._patience.until, now)
        self._discover_at = min(self._discover_at, now)
        if self._discovery is not None:
            self._discovery.retry_at = min(self._discovery.retry_at, now)
        self.waiting.set_back(now)
        for one in self.sessions.values():
            one.set_back(now)

    def _tick(self, now: float) -> None:
        """Begin what the clock says is due."""
        is_due = self.options.discovers and now >= self._discover_at
        if is_due and self._discovery is None:
            self._discovery = self._walk("discover", "", now)
            self._met = set()
        live = [one for one in self.sessions.values() if one.phase == "live"]
        minute = floor((now - PHASE_S) / 60)
        is_starved = self.left - len(self._under_way) - self.reserve < 1
        for one in live:
            one.starve(now, is_starved=is_starved and self.options.discovers)
            if one.minute != minute and not one.is_gone:
                one.minute = minute
                self._share(live, now)
                self._begin_minute(one, now)
        self._begin_passes(now)

    def _begin_minute(self, one: Watched, now: float) -> None:
        if one.sweep is None and one.minute % one.sweep_every == 0:
            one.sweep = self._walk("sweep", one.uuid, now)
        one.owes_choice = one.crowd.sweeps == 0
        if not one.owes_choice:
            self._choose(one, now)

    def _choose(self, one: Watched, now: float) -> None:
        self._share([w for w in self.sessions.values() if w.phase == "live"], now)
        spare = self.left - self.reserve
        if choose(one, self.options, spare=spare, now=now) and one.census is None:
            one.census = self._walk("census", one.uuid, now, picked="census")
            one.walked_at = now

    def _share(self, live: Sequence[Watched], now: float) -> None:
        room = Room(left=self.left - self.reserve, resets_at=self._resets_at)
        share_out(live, room, options=self.options, pace=self._pace, now=now)

    def _begin_passes(self, now: float) -> None:
        ended = [one for one in self.sessions.values() if one.phase == "past"]
        running = sum(one.past is not None for one in ended)
        spare = self.left - len(self._under_way)
        for one in ended:
            if one.past is not None or running >= PASSES_MAX:
                continue
            calls = census_calls(one.listed) + sweep_calls(one.listed)
            if calls > spare and calls <= self.left_per_day:
                continue  # it waits for the next day: a walk cut short is wasted
            one.roll = self._walk("roll", one.uuid, now)
            one.past = self._walk("past", one.uuid, now, picked="census")
            running, spare = running + 1, spare - calls

    def _walk(
        self, purpose: Purpose, uuid: str, now: float, *, picked: Picked = "targeted"
    ) -> Walk:
        return Walk(
            purpose=purpose,
            kind=self.options.kind,
            session=uuid,
            picked=picked,
            begun_at=now,
        )

    def _wishes(self, now: float) -> Iterator[_Wish]:
        """Yield what to do, the most important first."""
        every = list(self.sessions.values())
        for one in every:
            yield from _pages((one.roll, one.past), one, now)
        yield from _pages((self._discovery,), None, now)
        yield from self._questions(now)
        for one in every:
            yield from _pages((one.sweep,), one, now)
        for one in every:
            yield from _pages((one.census,), one, now)
        for one in every:
            for participant, picked in list(one.queue):
                yield _Wish("single", one, participant=participant, picked=picked)

    def _questions(self, now: float) -> Iterator[_Wish]:
        """Yield what to ask of sessions that are not, or no more, on the live list."""
        for one in self.sessions.values():
            if one.phase == "live" and not one.is_checking and one.check_at <= now:
                yield _Wish("check", one)
        for awaited in self.waiting.due(now):
            yield _Wish("find", awaited=awaited)

    def _planned(self, wish: _Wish, now: float) -> PlannedCall | None:
        """Return the call that a wish becomes, counted; None if limits forbid it."""
        query = {"type": TYPES[wish.purpose]}
        if wish.walk is not None:
            asked = self._query(wish, wish.walk, now)
            if asked is None:
                return None
            query = asked
        call = PlannedCall(
            number=self._numbers + 1,
            purpose=wish.purpose,
            kind=self.options.kind,
            session=_name_of(wish),
            participant=wish.participant,
            picked=wish.walk.picked if wish.walk else wish.picked,
            query=query,
        )
        if not self._may(call, now):
            return None
        self._count(call, wish, now)
        return call

    def _query(self, wish: _Wish, walk: Walk, now: float) -> dict[str, str] | None:
        try:
            asked = walk.query(now)
        except WireError:
            asked = None
        if asked is not None:
            return dict(asked)
        if wish.watched is None:
            self._discovery = None
        else:
            self._lessons.give_up_walk(wish.watched, walk)
        return None

    def _may(self, call: PlannedCall, now: float) -> bool:
        """Return whether today's calls and the pace allow one more."""
        spare = self.left - len(self._under_way)
        if call.purpose not in {"past", "roll", "check"}:
            spare -= self.reserve
        if spare < 1:
            return False
        free_at = self._pace.free_at(call.label, now)
        if free_at > now:
            self._blocked_until = min(self._blocked_until, free_at)
            return False
        return True

    def _count(self, call: PlannedCall, wish: _Wish, now: float) -> None:
        self._numbers = call.number
        self._under_way[call.number] = call
        self._pace.note(call.label, now)
        if wish.walk is not None:
            wish.walk.is_asking = True
        elif wish.awaited is not None:
            wish.awaited.is_finding = True
        elif wish.watched is not None:
            wish.watched.is_checking |= wish.purpose == "check"
            if wish.purpose == "single":
                wish.watched.queue.popleft()

    def _times(self) -> Iterator[float]:
        """Yield the instants at which something may become due."""
        yield self._patience.until
        yield self._blocked_until
        if self.options.discovers:
            yield self._discover_at
            yield from self.waiting.times()
        walks = [] if self._discovery is None else [self._discovery]
        for one in self.sessions.values():
            walks += one.walks
            if one.phase == "live":
                yield one.check_at
                yield one.probe_at
                yield (one.minute + 1) * 60 + PHASE_S
            if one.phase == "past" and one.past is None:
                yield self._resets_at
        for walk in walks:
            yield walk.retry_at

    def _watch(self, session: Session) -> Watched:
        found = self.sessions.get(session.uuid)
        if found is None:
            minutes = self.options.expected_minutes
            found = self.sessions[session.uuid] = Watched(
                session=session,
                crowd=Crowd(self.options.seed),
                expected_end=session.start_at.timestamp() + 60 * minutes,
            )
        for name in _names_of(found):
            self.waiting.names.pop(name, None)
        return found

    def _learn_of_list(self, result: Result, now: float) -> None:
        walk = self._discovery
        if walk is None:
            return
        try:
            if result.error is not None:
                walk.fail(result.error, now)
                return
            uuids = [one.uuid for one in result.sessions]
            walk.accept(uuids, result.next_page_token, now)
        except WireError:
            self._end_discovery(now)
            return
        for session in result.sessions:
            self._meet(session)
        self._met.update(uuids)
        if walk.is_done:
            self.discovered += 1
            self._end_discovery(now)
            for one in self.sessions.values():
                if one.phase == "live" and one.uuid not in self._met:
                    one.missed(now)
            self.waiting.look(sorted(self._unmet), now)

    def _learn_of_name(self, result: Result, now: float) -> None:
        found = self.waiting.learn(result, now, kept=self.skipped, since=self._began_at)
        if found is not None:
            self.resume(found, now)

    def _end_discovery(self, now: float) -> None:
        self._discovery = None
        self._discover_at = (floor((now - PHASE_S) / 60) + 1) * 60 + PHASE_S

    def _meet(self, session: Session) -> None:
        """Take a session of the live list."""
        if session.uuid in self.skipped or not self.is_asked_for(session):
            return
        one = self._watch(session)
        if one.phase == "live":
            one.session = session
            one.seen()


def _pages(
    walks: Iterable[Walk | None], one: Watched | None, now: float
) -> Iterator[_Wish]:
    for walk in walks:
        if walk is not None and not walk.is_asking and walk.retry_at <= now:
            yield _Wish(walk.purpose, one, walk)


def _name_of(wish: _Wish) -> str:
    """Return the UUID or name that a wish is about; "" for the list of sessions."""
    if wish.awaited is not None:
        return wish.awaited.name
    return "" if wish.watched is None else wish.watched.uuid


def _plain(name: str) -> str:
    """Return a number without spaces and dashes; a UUID as it is."""
    bare = name.replace(" ", "").replace("-", "")
    return bare if bare.isdecimal() else name.strip()


def _names_of(one: Watched) -> tuple[str, str]:
    return one.session.uuid, one.session.number
