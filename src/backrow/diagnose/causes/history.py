"""Past windows of everybody, frozen for those who are in trouble.

What to expect of a group is the median of the three windows before. If a fault goes
on, it walks into those windows and becomes the expectation; two of three are enough
to hide it. So the past of everybody who belongs to something suspicious stays what
it was when the suspicion arose, until the windows before hold nothing of it any
more. Others' past moves on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backrow.diagnose.causes.groups import Counted, Flags
from backrow.diagnose.causes.scan import Counts
from backrow.diagnose.causes.slices import Symptom, padded
from backrow.diagnose.room import Room, Window


@dataclass(slots=True, eq=False)
class Freeze:
    """A suspicion, and whose past it holds."""

    since: int
    """The minute it arose."""
    seen: int
    """The last minute it was there."""
    members: Flags


class History:
    """The past windows of one room."""

    def __init__(self, room: Room) -> None:
        """Begin with no suspicion."""
        self.room = room
        self.freezes: dict[object, Freeze] = {}
        self.stage_at: int | None = None
        """The last minute in which the stage was suspected."""
        self._windows: dict[int, Window | None] = {}

    def suspect(self, key: object, members: Flags, minute: int) -> None:
        """Freeze the past of some people, or keep it frozen."""
        old = self.freezes.get(key)
        if old is None:
            self.freezes[key] = Freeze(since=minute, seen=minute, members=members)
        else:
            count = len(self.room)
            old.members = padded(old.members, count, 0) | padded(members, count, 0)
            old.seen = minute

    def since(self, key: object, otherwise: int) -> int:
        """Return when a suspicion arose, less the minutes that it took to arise."""
        one = self.freezes.get(key)
        lead = int(self.room.thresholds.episodes.presenter_window) - 1
        return otherwise if one is None else min(otherwise, one.since - lead)

    def stage_seen(self, minute: int) -> bool:
        """Return whether the stage is, or was just now, suspected.

        Its trouble stays in the window, and in Zoom's words, a little longer.
        """
        length = int(self.room.thresholds.scan.window)
        return self.stage_at is not None and minute - self.stage_at <= length + 1

    def take_changes(self) -> None:
        """Forget past windows of which minutes came late or were revised."""
        changed = self.room.changed
        length = int(self.room.thresholds.scan.window)
        stale = {minute + later for minute in changed for later in range(length)}
        self._windows = {e: w for e, w in self._windows.items() if e not in stale}
        changed.clear()

    def thaw(self, minute: int) -> None:
        """Let go of suspicions that are over, and of windows nobody needs."""
        limits = self.room.thresholds.scan
        length = int(limits.window)
        patience = length * (int(limits.history_windows) + 1)
        over = [k for k, one in self.freezes.items() if minute - one.seen > patience]
        for key in over:
            del self.freezes[key]
        ends = {minute - i for i in range(-1, length * 4 + 1)}
        for one in self.freezes.values():
            ends.update(self._ends(one.since))
        self._windows = {e: w for e, w in self._windows.items() if e in ends}

    def counts(
        self, now: Window, minute: int, symptom: Symptom, among: Flags
    ) -> Counts:
        """Return the counts of a window with those of the past.

        Args:
            now: The window that ends with `minute`.
            minute: The minute judged.
            symptom: Which cases.
            among: Who is counted at all.
        """
        measured = (now.known[symptom] & among).astype(np.float64)
        bad = (now.cases[symptom] & among).astype(np.float64)
        anchored = self._anchored(minute)
        past = []
        for back in range(int(self.room.thresholds.scan.history_windows)):
            people, cases = self._past(anchored, back, symptom)
            if (people & among).any():
                past.append(
                    (
                        (people & among).astype(np.float64),
                        (cases & among).astype(np.float64),
                    )
                )
        prior = self.room.prior_bad
        if symptom == "picture":
            prior = np.maximum(prior, self._peers(measured, bad))
        return Counts(
            measured=measured,
            bad=bad,
            history=past,
            prior=prior,
            strata=self.room.access,
        )

    def _peers(self, measured: Counted, bad: Counted) -> Counted:
        """Return the rate of bad cases among those with the same system.

        Phones get fewer frames than computers: without a past this must not look
        like a fault of phones.
        """
        cohorts = self.room.cohorts
        people = np.bincount(cohorts, measured)
        cases = np.bincount(cohorts, bad)
        rate = np.where(people > 0, cases / np.maximum(people, 1), 0.0)
        return np.asarray(rate[cohorts])

    def _anchored(self, minute: int) -> dict[int, Flags]:
        """Return whose past is taken from which minute back."""
        if not self.freezes:
            return {minute: np.ones(len(self.room), dtype=bool)}
        anchors = np.full(len(self.room), minute, dtype=np.int64)
        for one in self.freezes.values():
            members = padded(one.members, len(self.room), 0)
            anchors[members] = np.minimum(anchors[members], one.since)
        since = {minute, *(one.since for one in self.freezes.values())}
        return {anchor: anchors == anchor for anchor in sorted(since)}

    def _ends(self, anchor: int) -> Sequence[int]:
        """Return the ends of the past windows of an anchor, none if too early."""
        limits = self.room.thresholds.scan
        length = int(limits.window)
        ends = [anchor - length * (i + 1) for i in range(int(limits.history_windows))]
        first = self.room.first_minute
        if first is None or ends[-1] - length + 1 < first + int(limits.settling):
            return ()
        return ends

    def _past(
        self, anchored: dict[int, Flags], back: int, symptom: Symptom
    ) -> tuple[Flags, Flags]:
        count = len(self.room)
        people, cases = (np.zeros(count, dtype=bool) for _ in range(2))
        for anchor, mine in anchored.items():
            ends = self._ends(anchor)
            window = self.window(ends[back]) if ends else None
            if window is None:
                continue
            people |= mine & padded(window.known[symptom], count, 0)
            cases |= mine & padded(window.cases[symptom], count, 0)
        return people, cases

    def window(self, end: int) -> Window | None:
        """Return everybody over the window that ends with a minute, kept for later."""
        if end not in self._windows:
            self._windows[end] = self.room.window(end)
        return self._windows[end]
