"""A trouble: something suspected that is followed from window to window.

It knows who was measured and who was bad since it began, so that what is told of it
can be counted at any time, and whether a new suspect is the same trouble again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from backrow.diagnose.causes.detect import Suspect, scopes_of, stage_signs
from backrow.diagnose.causes.groups import Flags, Scope
from backrow.diagnose.causes.history import History
from backrow.diagnose.causes.slices import NO_WORD, padded
from backrow.diagnose.frames import Cause
from backrow.diagnose.room import POOR, TOLD_BY_WORDS, Room

Counter = npt.NDArray[np.int64]
_LOOK_BACK: Final = 10
"""Minutes before the first window among which the first bad one is looked for."""
_ACTIVE: Final = 0.35
"""Part of a trouble's peak, above what is usual, at which it still acts."""


def _nobody() -> Counter:
    return np.zeros(0, dtype=np.int64)


@dataclass(slots=True, eq=False)
class Trouble:
    """Something suspected."""

    suspect: Suspect
    first: int
    """The minute it was first suspected."""
    last: int
    """The last minute it was."""
    windows: int = 1
    """Windows in a row."""
    quiet: int = 0
    """Minutes in a row without it."""
    active: int = 0
    """The last minute it acted."""
    begin: int = 0
    """Its first bad minute, once it is raised."""
    peak: float = 0.0
    """The highest share of bad people of a minute."""
    id: str = ""
    """Empty until it is raised."""
    over: bool = False
    measured: Counter = field(default_factory=_nobody)
    """Minutes measured of everybody in the scope since it began."""
    flagged: Counter = field(default_factory=_nobody)
    """Bad ones among them."""
    there: Flags = field(default_factory=lambda: np.zeros(0, dtype=bool))
    """Who was there."""
    rival: Scope | None = None
    """Another scope that looks better, and for how many windows."""
    rival_windows: int = 0

    @property
    def key(self) -> tuple[Cause, Scope]:
        """What it is."""
        return self.suspect.cause, self.suspect.scope

    @property
    def level(self) -> float:
        """Share of bad people of a minute from which it still acts."""
        usual = min(self.suspect.expected, self.peak)
        return max(1e-9, usual + _ACTIVE * (self.peak - usual))

    @property
    def affected(self) -> Flags:
        """Who had two bad minutes since it began, or all that were measured."""
        need = np.minimum(2, self.measured)
        return np.asarray((self.flagged > 0) & (self.flagged >= need))

    def acts_in(self, minute: int) -> bool:
        """Return whether a minute lies between its begin and its end."""
        return self.begin <= minute and (not self.over or minute <= self.active)

    def meet(self, suspect: Suspect, minute: int, room: Room) -> None:
        """Take a suspect of a new window as this trouble.

        A raised trouble changes its scope only if another looks better for some
        windows in a row.
        """
        self.windows = self.windows + 1 if self.last >= minute - 1 else 1
        self.last = minute
        old = self.suspect
        if suspect.scope == old.scope or not self.id:
            if not self.id or suspect.symptom == old.symptom:
                self.suspect = suspect
            self.rival, self.rival_windows = None, 0
            return
        again = suspect.scope == self.rival
        self.rival_windows = self.rival_windows + 1 if again else 1
        self.rival = suspect.scope
        if self.rival_windows > int(room.thresholds.scan.windows_to_raise):
            self.suspect = suspect
            self.recount(room, range(self.begin, minute))

    def recount(self, room: Room, minutes: Iterable[int]) -> None:
        """Count anew who was measured and bad, in these minutes only."""
        self.measured = self.flagged = _nobody()
        self.count(room, minutes)

    def count(self, room: Room, minutes: Iterable[int]) -> None:
        """Count who was measured and bad in some more minutes."""
        people = len(room)
        self.measured = padded(self.measured, people, 0)
        self.flagged = padded(self.flagged, people, 0)
        self.there = padded(self.there, people, 0)
        for minute in minutes:
            measured, flagged = in_minute(room, self.suspect, minute)
            self.measured = self.measured + measured
            self.flagged = self.flagged + flagged
            part = room.slices.get(minute)
            if part is not None:
                self.there = self.there | padded(part.present, people, 0)

    def look_back(self, room: Room, history: History) -> int:
        """Return the first bad minute, going back from the first window."""
        begin, missed = self.first, 0
        for minute in range(self.first, self.first - _LOOK_BACK, -1):
            rate = rate_in(room, history, self.suspect, minute)
            if rate is not None and rate >= self.level:
                begin, missed = minute, 0
                continue
            missed += 1
            if missed > 1 and minute < self.first - 1:
                break
        return begin


def in_minute(room: Room, suspect: Suspect, minute: int) -> tuple[Flags, Flags]:
    """Return who of a scope was measured in a minute, and who was bad.

    Who was not measured is judged by Zoom's words where they tell of the symptom.
    """
    people = len(room)
    part = room.slices.get(minute)
    if part is None:
        nobody = np.zeros(people, dtype=bool)
        return nobody, nobody
    members = padded(suspect.members, people, 0)
    measured = padded(part.measured, people, 0) & members
    measured &= part.value("rated", people) > 0
    if suspect.presenter is not None:
        measured[suspect.presenter.place] = False
        return measured, measured
    flags = measured & padded(part.flags[suspect.symptom], people, 0)
    if suspect.symptom in TOLD_BY_WORDS:
        words = padded(part.words, people, NO_WORD)
        told = members & ~measured & (words > NO_WORD)
        measured, flags = measured | told, flags | (told & (words >= POOR))
    return measured, flags


def rate_in(
    room: Room, history: History, suspect: Suspect, minute: int
) -> float | None:
    """Return the share of a scope's people who were bad in one minute.

    Of a presenter it is 1 or 0. None if too few were measured to say.
    """
    if minute not in room.slices:
        return None
    if suspect.presenter is not None:
        signs = stage_signs(room, history, minute)
        return 1.0 if suspect.presenter.place in signs else 0.0
    measured, flagged = in_minute(room, suspect, minute)
    total = int(np.count_nonzero(measured))
    least = min(5, int(0.5 * np.count_nonzero(suspect.measured)))
    if total == 0 or total < least:
        return None
    return float(np.count_nonzero(flagged)) / total


def belongs(suspect: Suspect, trouble: Trouble) -> bool:
    """Return whether a suspect is the same trouble, perhaps seen otherwise."""
    old = trouble.suspect
    if suspect.presenter is not None or old.presenter is not None:
        return (
            suspect.presenter is not None
            and old.presenter is not None
            and suspect.presenter.place == old.presenter.place
        )
    if suspect.cause == old.cause and suspect.scope == old.scope:
        return True
    if trouble.over or (suspect.symptom == "picture") != (old.symptom == "picture"):
        return False
    if suspect.scope in scopes_of(old) or old.scope in scopes_of(suspect):
        return True
    return _share_cases(suspect.cases, old.cases)


def _share_cases(new: Flags, old: Flags) -> bool:
    before = padded(old, len(new), 0)
    common = np.count_nonzero(new & before)
    return bool(2 * common > max(np.count_nonzero(new), np.count_nonzero(before)))
