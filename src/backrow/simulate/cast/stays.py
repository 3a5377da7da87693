"""When everybody is there: a stay is one user_id, and a rejoin begins a new one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from backrow.simulate.cast.people import ATTENDEE, Flags, People
from backrow.simulate.draws import Draws, Floats, Ints
from backrow.simulate.scenario.schema import SessionPlan

ENDED, LEFT, DROPPED = range(3)
"""Why a stay ends: the host ended it, the person left, the connection broke."""
FIRST_USER_ID: Final = 16_778_240
USER_ID_STEP: Final = 1_024
"""Zoom's ids of participants grow in steps of 1,024."""
_SHORTEST_S: Final = 90.0
"""Nobody stays for less time."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stays:
    """Every stay, in the order of joining."""

    person: Ints
    """Index into the session's people."""
    join_s: Ints
    """Seconds from the session's first minute to the join."""
    leave_s: Ints
    end: Ints
    """Why it ends: `ENDED`, `LEFT` or `DROPPED`."""
    again: Flags
    """Whether it is a rejoin."""

    def __len__(self) -> int:
        """Return how many they are."""
        return len(self.person)

    def present(self, minute: int) -> Flags:
        """Return who is there for the whole of a minute, and so has a sample."""
        begin, end = 60 * minute, 60 * minute + 60
        return (self.join_s <= begin) & (self.leave_s >= end)

    def user_id(self, stay: int) -> str:
        """Return Zoom's id of a stay."""
        return str(FIRST_USER_ID + USER_ID_STEP * stay)


def make_stays(plan: SessionPlan, people: People, draws: Draws, keep: Flags) -> Stays:
    """Return the stays of a session.

    Args:
        plan: The session.
        people: Its people.
        draws: The draws of this occurrence.
        keep: People who must be there from begin to end, such as speakers.
    """
    count, length_s = len(people), 60.0 * plan.length_min
    how = plan.attendance
    keep = keep | (people.role < ATTENDEE)
    join = _joins(plan, draws, count)
    join = np.where(keep, np.minimum(join, 20.0) * (people.role > 0), join)
    stay = length_s - join
    goes = draws.uniform("goes", count)
    early = ~keep & (goes < how.leave_early)
    part = np.sqrt(draws.uniform("stays for", count))
    leave = np.where(early, join + np.maximum(_SHORTEST_S, part * stay), length_s)
    leave = np.minimum(leave, length_s)
    drops = ~keep & (goes > 1 - how.rejoin) & (leave - join > 5 * _SHORTEST_S)
    break_at = join + (0.1 + 0.7 * draws.uniform("breaks at", count)) * (leave - join)
    back_at = break_at + 15 + 105 * draws.uniform("back after", count)
    why = np.where(leave < length_s, LEFT, ENDED)
    return _ordered(
        person=np.concatenate([np.arange(count), np.flatnonzero(drops)]),
        join=np.concatenate([join, back_at[drops]]),
        leave=np.concatenate([np.where(drops, break_at, leave), leave[drops]]),
        why=np.concatenate([np.where(drops, DROPPED, why), why[drops]]),
    )


def _joins(plan: SessionPlan, draws: Draws, count: int) -> Floats:
    """Return when people come, in seconds: some at once, others ever fewer."""
    how, length_s = plan.attendance, 60.0 * plan.length_min
    uniform = draws.uniform("comes", count)
    late = draws.uniform("comes late", count)
    # A ratio of uniforms has the wanted median and a long tail, without a logarithm.
    delay = 60 * how.late_min * late / (1.0 - late)
    latest = max(0.0, length_s - _SHORTEST_S)
    return np.where(uniform < how.early, 10 * late, np.minimum(delay, latest))


def _ordered(*, person: Ints, join: Floats, leave: Floats, why: Ints) -> Stays:
    join_s, leave_s = np.floor(join).astype(int), np.floor(leave).astype(int)
    again = np.zeros(len(person), dtype=bool)
    again[len(np.unique(person)) :] = True
    order = np.lexsort((person, join_s))
    return Stays(
        person=person[order],
        join_s=join_s[order],
        leave_s=leave_s[order],
        end=why[order],
        again=again[order],
    )
