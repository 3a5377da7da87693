"""One session as the planner sees it, and names that no session goes by yet.

A name that was asked for and is not among the sessions that run may not have begun,
may have ended, or may be wrong. Zoom's past tells: it is asked at once and now and
then, since the past of a session that has just ended takes a while to be there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil, inf
from typing import Final, Literal

from backrow.collect.planner.calls import LIST_PAGE, QOS_PAGE, Result
from backrow.collect.planner.crowd import Crowd
from backrow.collect.planner.walks import Walk
from backrow.errors import NotFoundError
from backrow.qos.people import Session
from backrow.qos.sample import Picked

Phase = Literal["live", "past", "kept", "complete", "given_up"]
"""live until its end is certain, past while its last pass runs, kept when that is
done, complete when the lake says so; given_up when Zoom has no past of it."""

ENTER_MIN: Final = 60.0
"""A census begins only if it can last this long, minutes."""
STAY_MIN: Final = 20.0
"""And goes on as long as it can last this long, minutes."""


PROBE_S: Final = 300.0
"""How often the end is asked for where the live list cannot be afforded, seconds."""
_CHECKS: Final = 12
"""Questions for the end that are put aside."""
RECENT_S: Final = 12 * 3600.0
"""Whoever asks for a number means its last occurrence, if that ended so recently."""
_FIND_S: Final = 600.0
_FIND_AGAIN_S: Final = 60.0


def sweep_calls(listed: int) -> int:
    """Return the calls of a walk over the participants list."""
    return max(1, ceil(listed / LIST_PAGE))


def census_calls(listed: int) -> int:
    """Return the calls of a walk over the QoS list."""
    return max(1, ceil(listed / QOS_PAGE))


def pass_calls(listed: int) -> int:
    """Return what is put aside for the last pass.

    Asking for the end, the list of participants, the QoS list, and that once more,
    in case a page token dies.
    """
    return _CHECKS + sweep_calls(listed) + 2 * census_calls(listed)


@dataclass(slots=True, kw_only=True)
class Watched:
    """A session, and what is under way for it."""

    session: Session
    crowd: Crowd
    phase: Phase = "live"
    expected_end: float = 0.0
    """Unix seconds."""
    expected: int = 0
    """How many stays are expected where nobody was met yet."""
    minute: int = -1
    """Minutes since 1970 of the last tick."""
    is_gone: bool = False
    """Whether Zoom has no live session of it any more, as far as is known."""
    check_at: float = inf
    """When to ask if it has ended."""
    checks: int = 0
    probe_at: float = inf
    """When to ask, with calls put aside, because the list cannot be afforded."""
    is_checking: bool = False
    lost: int = 0
    """Single calls in a row that found nobody."""
    is_census: bool = False
    singles: int = 0
    """Single calls a minute that the budget allows."""
    sweep_every: int = 1
    """Minutes from sweep to sweep."""
    owes_choice: bool = False
    """Whether whom to ask is chosen as soon as the sweep is over."""
    walked_at: float = -inf
    """When the last walk over everyone was begun."""
    debt: int = 0
    """Calls of that walk that are not paid yet by fewer single calls."""
    queue: deque[tuple[str, Picked]] = field(default_factory=deque)
    """Whom to ask this minute, one by one."""
    sweep: Walk | None = None
    census: Walk | None = None
    roll: Walk | None = None
    past: Walk | None = None

    @property
    def uuid(self) -> str:
        """Which occurrence it is."""
        return self.session.uuid

    @property
    def listed(self) -> int:
        """How many stays its lists hold, as far as is known."""
        return max(self.crowd.listed, self.expected)

    @property
    def reserve(self) -> int:
        """Calls that are put aside for its last pass."""
        if self.phase == "live":
            return pass_calls(self.listed)
        if self.phase != "past":
            return 0
        done = 0 if self.past is None else self.past.items
        return census_calls(max(0, self.listed - done))

    @property
    def walks(self) -> list[Walk]:
        """The walks under way."""
        found = (self.roll, self.past, self.sweep, self.census)
        return [walk for walk in found if walk is not None]

    @property
    def is_active(self) -> bool:
        """Whether anything is still to be done."""
        return self.phase in {"live", "past", "kept"}

    def horizon_min(
        self, now: float, *, resets_at: float, is_entering: bool = False
    ) -> float:
        """Return for how many minutes calls must last."""
        least = ENTER_MIN if is_entering else STAY_MIN
        left = max(least, (self.expected_end - now) / 60)
        return max(1.0, min(left, (resets_at - now) / 60))

    def drop(self, walk: Walk) -> None:
        """Let go of a walk."""
        for name in ("sweep", "census", "roll", "past"):
            if getattr(self, name) is walk:
                setattr(self, name, None)

    def end(self, session: Session) -> None:
        """Note that it has ended: from here on only the past is asked for."""
        self.session = session
        self.phase = "past"
        self.check_at = inf
        self.sweep = self.census = None
        self.queue.clear()

    def starve(self, now: float, *, is_starved: bool) -> None:
        """Note whether the calls that are left are all put aside.

        Then the live list cannot be asked, and the end is looked for now and then.
        """
        if not is_starved:
            self.probe_at = inf
        elif self.probe_at == inf:
            self.probe_at = now + PROBE_S
        elif now >= self.probe_at:
            self.probe_at = now + PROBE_S
            self.missed(now)

    def set_back(self, now: float) -> None:
        """Let nothing wait for an instant that the clock had reached before."""
        self.minute = -1
        if self.check_at < inf:
            self.check_at = min(self.check_at, now)
        if self.probe_at < inf:
            self.probe_at = min(self.probe_at, now + PROBE_S)
        self.walked_at = min(self.walked_at, now)
        for walk in self.walks:
            walk.retry_at = min(walk.retry_at, now)
        self.crowd.set_back(now)

    def seen(self) -> None:
        """Note that Zoom lists it as live."""
        self.is_gone = False
        self.check_at = inf
        self.checks = self.lost = 0

    def missed(self, now: float) -> None:
        """Note that Zoom does not list it as live, or does not know it."""
        self.check_at = min(self.check_at, now)


@dataclass(slots=True, kw_only=True)
class Awaited:
    """A number or UUID that was asked for, and that nothing which runs goes by."""

    name: str
    find_at: float
    """When to ask Zoom's past for it."""
    is_finding: bool = False
    is_unknown: bool = False
    """Whether Zoom knows nothing by this name, neither running nor ended."""
    ended: Session | None = None
    """Its last occurrence, if that ended before it was asked for."""
    is_kept: bool = False
    """Whether that is complete in the lake."""
    is_over: bool = False
    """Whether no other occurrence is waited for."""

    @property
    def is_found_out(self) -> bool:
        """Whether Zoom's past was asked for it."""
        return self.is_unknown or self.ended is not None

    @property
    def is_missed(self) -> bool:
        """Whether it has ended and is not collected."""
        return self.is_over and not self.is_kept


@dataclass(slots=True, kw_only=True)
class Waiting:
    """The names that are waited for."""

    waits_for_next: bool
    """Whether a number is waited for though its last occurrence ended recently."""
    names: dict[str, Awaited] = field(default_factory=dict)

    def look(self, missing: Iterable[str], now: float) -> None:
        """Take the names that nothing goes by, after a look at all that runs."""
        for name in missing:
            self.names.setdefault(name, Awaited(name=name, find_at=now))

    def due(self, now: float) -> list[Awaited]:
        """Return what Zoom's past is to be asked for."""
        every = self.names.values()
        return [
            one
            for one in every
            if one.find_at <= now and not (one.is_finding or one.is_over)
        ]

    def set_back(self, now: float) -> None:
        """Let nothing wait for an instant that the clock had reached before."""
        for one in self.names.values():
            one.find_at = min(one.find_at, now + _FIND_S)

    def times(self) -> Iterable[float]:
        """Return the instants at which something is due."""
        return [one.find_at for one in self.names.values() if not one.is_over]

    def learn(
        self, result: Result, now: float, *, kept: set[str], since: float
    ) -> Session | None:
        """Take what Zoom's past says of a name.

        Args:
            result: Of the call.
            now: Unix seconds.
            kept: UUIDs that are complete in the lake.
            since: When waiting began, unix seconds.

        Returns:
            The occurrence that began and ended unseen in the meantime, if any: its
            past is all that is left of it.
        """
        one = self.names.get(result.call.session)
        if one is None:
            return None
        one.is_finding = False
        is_failure = result.error and not isinstance(result.error, NotFoundError)
        one.find_at = now + (_FIND_AGAIN_S if is_failure else _FIND_S)
        if is_failure:
            return None
        one.is_unknown = result.error is not None
        for found in result.sessions:
            if _ended_at(found) >= since and found.uuid not in kept:
                return found
            one.ended, one.is_kept = found, found.uuid in kept
            one.is_over = self._is_over(one, found, now)
        return None

    def _is_over(self, one: Awaited, found: Session, now: float) -> bool:
        if one.name == found.uuid:
            return True
        is_recent = now - _ended_at(found) < RECENT_S
        return is_recent and not (one.is_kept or self.waits_for_next)


def _ended_at(session: Session) -> float:
    return -inf if session.end_at is None else session.end_at.timestamp()
