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
import numpy.typing as npt

from backrow.diagnose.causes.groups import Counted, Flags
from backrow.diagnose.causes.scan import Counts
from backrow.diagnose.room import Room, Symptom, Window, padded


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
        measured = (now.measured & among).astype(np.float64)
        bad = (now.cases[symptom] & among).astype(np.float64)
        anchors = self._anchors(minute)
        past = []
        for back in range(int(self.room.thresholds.scan.history_windows)):
            people, cases = self._past(anchors, back, symptom)
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

    def _anchors(self, minute: int) -> npt.NDArray[np.int64]:
        """Return from which minute back each person's past is taken."""
        anchors = np.full(len(self.room), minute, dtype=np.int64)
        for one in self.freezes.values():
            members = padded(one.members, len(self.room), 0)
            anchors[members] = np.minimum(anchors[members], one.since)
        return anchors

    def _ends(self, anchor: int) -> Sequence[int]:
        """Return the ends of the past windows of an anchor, none if too early."""
        limits = self.room.thresholds.scan
        length = int(limits.window)
        ends = [anchor - length * (i + 1) for i in range(int(limits.history_windows))]
        first = self.room.first_minute
        return ends if first is not None and ends[-1] - length + 1 >= first else ()

    def _past(
        self, anchors: npt.NDArray[np.int64], back: int, symptom: Symptom
    ) -> tuple[Flags, Flags]:
        people = np.zeros(len(anchors), dtype=bool)
        cases = np.zeros(len(anchors), dtype=bool)
        for anchor in np.unique(anchors):
            ends = self._ends(int(anchor))
            window = self._window(ends[back]) if ends else None
            if window is None:
                continue
            mine = anchors == anchor
            people |= mine & padded(window.measured, len(anchors), 0)
            cases |= mine & padded(window.cases[symptom], len(anchors), 0)
        return people, cases

    def _window(self, end: int) -> Window | None:
        if end not in self._windows:
            self._windows[end] = self.room.window(end)
        return self._windows[end]
