"""Who is in a room, who looks bad, who was asked when: what choices rest on.

For a draw people are put in order of their stratum (place, network, device) and, within it,
by a number drawn for each; then every n-th is taken, from a start that is drawn
anew each turn. So all have the same chance, large strata get more, and no stratum
is left out by bad luck (systematic sampling, Cochran, "Sampling Techniques", 8.1).
The starts of n turns are all different, so that n turns visit everybody once.
"""

from __future__ import annotations

import hashlib
import random
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil, inf
from typing import Final

from backrow.collect.planner.calls import Visit
from backrow.qos.people import Person
from backrow.qos.sample import INDEX, Row

STAGE: Final = frozenset({"host", "panelist"})
"""Roles of people who are seen and heard by all."""
_BAD_WORDS: Final = frozenset({"poor", "bad"})
PUSHED_S: Final = 180.0
"""How long somebody whose events arrive is not asked for, seconds."""
_BAD_FOR_S: Final = 600.0
"""How long a bad sample makes its person a suspect, seconds."""
_AGAIN_S: Final = 50.0
"""Nobody is asked twice within this, seconds."""
_AGAIN_WITH_HISTORY_S: Final = 170.0
"""The same of suspects, where one visit tells of all minutes since the last."""
_VOTES: Final = 20
_SETTLED_S: Final = 240.0
"""How long somebody must have been there to show whether answers hold history."""

_LIMITS: Final = {
    "audio_received_avg_loss_pct": 5.0,
    "video_received_avg_loss_pct": 5.0,
    "share_received_avg_loss_pct": 5.0,
    "audio_received_latency_ms": 400.0,
    "audio_received_jitter_ms": 60.0,
}
"""From where a minute looks bad enough to look again; it is no diagnosis."""


def looks_bad(row: Row) -> bool:
    """Return whether a row of samples is worth another look soon."""
    return any(
        value is not None and value >= limit
        for name, limit in _LIMITS.items()
        if (value := row[INDEX[name]]) is not None
    )


@dataclass(slots=True, kw_only=True)
class Member:
    """One stay in a room."""

    id: str
    order: tuple[str, int]
    """Stratum, and a number drawn for this person."""
    joined_at: float
    on_stage: bool = False
    is_here: bool = True
    bad_words: bool = False
    bad_sample_at: float = -inf
    visited_at: float = -inf
    pushed_at: float = -inf
    seen_in: int = 0
    """The last sweep that this person was in."""

    def is_suspect(self, now: float) -> bool:
        """Return whether this person looks bad, by Zoom's words or our sample."""
        return self.bad_words or now - self.bad_sample_at < _BAD_FOR_S

    def is_pushed(self, now: float) -> bool:
        """Return whether this person's events arrive."""
        return now - self.pushed_at < PUSHED_S


@dataclass(slots=True)
class Crowd:
    """Everyone in one session."""

    seed: int
    members: dict[str, Member] = field(default_factory=dict)
    sweeps: int = 0
    """Sweeps that were finished."""
    listed_before: int = 0
    """How many the list held at the sweep before the last."""
    _listed: int = 0
    _votes: deque[bool] = field(default_factory=lambda: deque(maxlen=_VOTES))

    @property
    def listed(self) -> int:
        """How many the list holds, people who have left too."""
        return max(self._listed, len(self.members))

    @property
    def is_steady(self) -> bool:
        """Whether the room has about stopped filling."""
        return self.sweeps >= 2 and self.listed <= 1.1 * self.listed_before

    @property
    def carries_history(self) -> bool | None:
        """Whether live answers hold the minutes since joining; None: not known."""
        if not self._votes:
            return None
        return sum(self._votes) * 2 > len(self._votes)

    def here(self) -> list[Member]:
        """Return everyone who is there now."""
        return [one for one in self.members.values() if one.is_here]

    def meet(self, people: Iterable[Person], now: float) -> None:
        """Take a page of a sweep."""
        for person in people:
            if person.user_id:
                self._meet(person, person.user_id, now)

    def swept(self, items: int) -> None:
        """Note the end of a sweep that met so many.

        People who were not in it have left. A list that is empty all of a sudden
        says nothing: Zoom's sometimes are.
        """
        if items == 0 and self.members:
            return
        self.sweeps += 1
        self.listed_before, self._listed = self._listed, items
        for one in self.members.values():
            one.is_here = one.is_here and one.seen_in == self.sweeps

    def visited(self, visits: Iterable[Visit], now: float) -> None:
        """Take what QoS answers told."""
        for visit in visits:
            one = self.members.get(visit.participant)
            if one is None:
                continue
            one.visited_at = now
            one.bad_sample_at = now if visit.is_bad else -inf
            if visit.minutes and now - one.joined_at > _SETTLED_S:
                self._votes.append(len(visit.minutes) > 1)

    def pushed(self, participants: Iterable[str], now: float) -> None:
        """Note whose events arrive."""
        for name in participants:
            if name in self.members:
                self.members[name].pushed_at = now

    def set_back(self, now: float) -> None:
        """Take what was done, by a clock that has been set back since, as done now."""
        for one in self.members.values():
            one.visited_at = min(one.visited_at, now)
            one.bad_sample_at = min(one.bad_sample_at, now)
            one.pushed_at = min(one.pushed_at, now)

    def stage(self, now: float) -> list[str]:
        """Return hosts and panelists to ask, in order."""
        return sorted(
            one.id for one in self.here() if one.on_stage and _is_due(one, now)
        )

    def draw(self, count: int, *, turn: int, now: float) -> list[str]:
        """Return up to `count` of the audience, at random."""
        pool = [one for one in self.here() if not one.on_stage]
        pool = [one for one in pool if not one.is_pushed(now)]
        ordered = [one.id for one in sorted(pool, key=lambda one: one.order)]
        return drawn(ordered, count, seed=self.seed, turn=turn)

    def suspects(self, now: float) -> list[str]:
        """Return those of the audience who look bad, the longest unvisited first."""
        again_s = _AGAIN_WITH_HISTORY_S if self.carries_history else _AGAIN_S
        found = [
            one
            for one in self.here()
            if not one.on_stage and one.is_suspect(now) and _is_due(one, now, again_s)
        ]
        return [one.id for one in sorted(found, key=_by_visit)]

    def bad_share(self, now: float) -> float:
        """Return the share of the people here who look bad."""
        here = self.here()
        return sum(one.is_suspect(now) for one in here) / len(here) if here else 0.0

    def pushed_share(self, now: float) -> float:
        """Return the share of the people here whose events arrive."""
        here = self.here()
        return sum(one.is_pushed(now) for one in here) / len(here) if here else 0.0

    def _meet(self, person: Person, name: str, now: float) -> None:
        one = self.members.get(name)
        joined = now if person.join_time is None else person.join_time.timestamp()
        if one is None:
            place = f"{person.location} {person.network_type} {person.device}"
            order = (place, lot_of(self.seed, name))
            one = Member(id=name, order=order, joined_at=joined)
            self.members[name] = one
        one.on_stage = person.role in STAGE
        one.is_here = person.leave_time is None
        one.bad_words = bool(_BAD_WORDS & set(_words(person)))
        one.seen_in = self.sweeps + 1


def _words(person: Person) -> Sequence[str | None]:
    return (person.audio_quality, person.video_quality, person.screen_share_quality)


def _is_due(one: Member, now: float, again_s: float = _AGAIN_S) -> bool:
    return not one.is_pushed(now) and now - one.visited_at >= again_s


def _by_visit(one: Member) -> tuple[float, int]:
    return one.visited_at, one.order[1]


def lot_of(seed: int, text: str) -> int:
    """Return the number that is drawn for a text, 0 to 2**64."""
    digest = hashlib.blake2b(f"{seed} {text}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def drawn(ordered: Sequence[str], count: int, *, seed: int, turn: int) -> list[str]:
    """Return up to `count` of `ordered`, evenly spaced.

    Args:
        ordered: Ids in the order of their strata.
        count: How many are wanted.
        seed: Of the draw.
        turn: Counts up; each has another start.
    """
    if count <= 0 or not ordered:
        return []
    space = ceil(len(ordered) / count)
    starts = list(range(space))
    random.Random(f"{seed} {space}").shuffle(starts)  # noqa: S311 - a draw, no secret
    return list(ordered[starts[turn % space] :: space])
