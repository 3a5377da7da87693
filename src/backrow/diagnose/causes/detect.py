"""Everything that a window of minutes gives reason to suspect.

First the stage: presenters whose own streams are degraded. Then the source test on
the own lines of everybody: trouble without a boundary is Zoom's. Then the scan, once
per symptom: `network` and `strain` over all groups, `picture` (frames are missing
though the line is clean) over versions, systems and devices only, because no network
can do that. Scopes found by several symptoms are one suspect.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import exp, log
from typing import Final

import numpy as np

from backrow.diagnose.causes.groups import Flags, Scope
from backrow.diagnose.causes.history import History
from backrow.diagnose.causes.scan import (
    Counts,
    Found,
    Scanned,
    log_likelihood_ratio,
    scan,
    usual_rate,
)
from backrow.diagnose.causes.slices import Slice, Symptom
from backrow.diagnose.causes.source import (
    Degraded,
    degraded,
    everywhere,
    on_stage,
    usual_of,
)
from backrow.diagnose.frames import APP_ATTRIBUTES, ATTRIBUTES, Cause
from backrow.diagnose.room import Room, Window
from backrow.diagnose.thresholds import ScanLimits

SCANNED: Final[tuple[Symptom, ...]] = ("network", "strain", "picture")
_CAUSE_OF: Final = {attribute.name: attribute.cause for attribute in ATTRIBUTES}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Suspect:
    """Something that a window gives reason to suspect."""

    cause: Cause
    scope: Scope
    symptom: Symptom
    members: Flags = field(repr=False)
    """Who is in the scope."""
    cases: Flags = field(repr=False)
    """Who of them is a bad case."""
    measured: Flags = field(repr=False)
    expected: float
    """Share of bad cases that was to be expected."""
    confidence: float
    score: float
    ties: tuple[Scope, ...] = ()
    presenter: Degraded | None = None


def detect(room: Room, history: History, minute: int) -> list[Suspect]:
    """Return what the window that ends with `minute` gives reason to suspect.

    Suspicious people's past is frozen on the way.
    """
    history.take_changes()
    stage = _stage(room, history, minute)
    for one in stage:
        history.suspect(one.scope, np.ones(len(room), dtype=bool), minute)
        history.stage_at = minute
    now = history.window(minute)
    if now is None:
        return stage
    among = ~room.presenters
    counts = {s: history.counts(now, minute, s, among) for s in SCANNED}
    limits = room.thresholds.scan
    shaken = history.stage_seen(minute)
    if shaken:  # words cannot tell what came damaged from a bad line
        seen = among & ~now.by_words
        judged = {s: history.counts(now, minute, s, seen) for s in SCANNED[:2]}
        core = _core(room, now, judged)
    else:
        core = _core(room, now, counts)
    if core is not None:
        history.suspect("core", now.measured, minute)
        return [*stage, core] if _sees_stage(room, minute) else stage
    found: list[Suspect] = []
    for symptom in SCANNED:
        cuboids = room.cuboids
        if symptom == "picture":
            cuboids = [c for c in cuboids if set(c.names) <= set(APP_ATTRIBUTES)]
        scanned = scan(cuboids, counts[symptom], limits_of(symptom, limits))
        _freeze(history, scanned, minute)
        found += [_of_group(one, symptom, now) for one in scanned.found]
    groups = _distinct(found)
    if not groups and not shaken:
        groups = _scattered(room, now, counts["network"])
    return [*stage, *groups]


def limits_of(symptom: Symptom, limits: ScanLimits) -> ScanLimits:
    """Return the limits of one of the scans that share the rate of false findings.

    Without a past a picture is compared with that of people with the same system, so
    that a version's bad rate is also part of what is expected: no high lift is asked.
    """
    shared = replace(limits, false_rate=limits.false_rate / len(SCANNED))
    if symptom != "picture":
        return shared
    return replace(
        shared,
        lift_without_past=limits.lift_min,
        without_past=limits.without_past_picture,
    )


def _stage(room: Room, history: History, minute: int) -> list[Suspect]:
    """Return presenters who are degraded in two of three minutes."""
    episodes = room.thresholds.episodes
    seen: dict[int, list[Degraded]] = {}
    for m in range(minute - int(episodes.presenter_window) + 1, minute + 1):
        for place, sign in stage_signs(room, history, m).items():
            seen.setdefault(place, []).append(sign)
    least = int(episodes.presenter_bad)
    return [
        _of_presenter(room, signs[-1], history.window(minute))
        for signs in seen.values()
        if len(signs) >= least
    ]


def stage_signs(room: Room, history: History, minute: int) -> dict[int, Degraded]:
    """Return the presenters on stage who were degraded in a minute, by place."""
    part = room.slices.get(minute)
    if part is None:
        return {}
    speaks_kbps = room.thresholds.score.speaks_kbps
    lead = int(room.thresholds.episodes.presenter_window) - 1
    found = {}
    for i in _on_stage(room, part):
        place = int(part.senders[i])
        begin = history.since(_stage_scope(room, place), minute - lead)
        before = [room.slices[m] for m in sorted(room.slices) if m < begin]
        usual = usual_of(place, before, speaks_kbps)
        sign = degraded(part.sent[:, i], place, usual, room.thresholds.causes)
        if sign is not None:
            found[place] = sign
    return found


def _on_stage(room: Room, part: Slice) -> list[int]:
    """Return who is on stage in a minute, as places in `part.senders`."""
    known = room.presenters.any()  # in a meeting everybody can be on stage
    stage = np.flatnonzero(room.presenters) if known else range(len(room))
    return on_stage(part, stage, room.thresholds.score.speaks_kbps)


def _sees_stage(room: Room, minute: int) -> bool:
    """Return whether anybody on stage was measured of late.

    While nobody was, what they send may be as damaged as what everybody receives:
    then it is too early to say that it is Zoom.
    """
    begin = minute - int(room.thresholds.episodes.presenter_window) + 1
    parts = (room.slices.get(m) for m in range(begin, minute + 1))
    return any(part is not None and _on_stage(room, part) for part in parts)


def _stage_scope(room: Room, place: int) -> Scope:
    return (("participant", room.participants[place]),)


def _of_presenter(room: Room, sign: Degraded, window: Window | None) -> Suspect:
    """Return the suspect of a presenter; everybody who receives is affected."""
    count = len(room)
    measured = window.measured if window else np.zeros(count, dtype=bool)
    audience = measured & (np.arange(count) != sign.place)
    return Suspect(
        cause=sign.cause,
        scope=_stage_scope(room, sign.place),
        symptom="stage",
        members=np.ones(count, dtype=bool),
        cases=audience,
        measured=audience,
        expected=0.0,
        confidence=0.95 if len(sign.why) > 1 else 0.9,
        score=0.0,
        presenter=sign,
    )


def _core(room: Room, now: Window, counts: dict[Symptom, Counts]) -> Suspect | None:
    """Return Zoom itself as a suspect, if trouble has no boundary."""
    limits = room.thresholds.scan
    for symptom, of in counts.items():
        if everywhere(room.cuboids, of, limits):
            return _of_everybody("zoom_core", symptom, now, of, room)
    return None


def _scattered(room: Room, now: Window, counts: Counts) -> list[Suspect]:
    """Return trouble that is real but has no common cause, if there is any."""
    limits = room.thresholds.scan
    total, bad = float(counts.measured.sum()), float(counts.bad.sum())
    usual = usual_rate(counts, limits)
    enough = total >= limits.members_min and bad >= limits.cases_min
    if not enough or bad / total <= max(
        limits.source_floor, limits.source_lift * usual
    ):
        return []
    one = _of_everybody("unknown", "network", now, counts, room)
    return [one] if one.score > log(1 / limits.false_rate) else []


def _of_everybody(
    cause: Cause, symptom: Symptom, now: Window, counts: Counts, room: Room
) -> Suspect:
    usual = usual_rate(counts, room.thresholds.scan)
    total, bad = counts.measured.sum(), counts.bad.sum()
    score = float(log_likelihood_ratio(np.array([total]), np.array([bad]), usual)[0])
    return Suspect(
        cause=cause,
        scope=(),
        symptom=symptom,
        members=np.ones(len(room), dtype=bool),
        cases=now.cases[symptom] & ~room.presenters,
        measured=now.known[symptom] & ~room.presenters,
        expected=usual,
        confidence=1 - exp(-min(score, 50.0)),
        score=score,
    )


def _of_group(found: Found, symptom: Symptom, now: Window) -> Suspect:
    best = found.best
    members = best.members
    return Suspect(
        cause=cause_of(best.scope),
        scope=best.scope,
        symptom=symptom,
        members=members,
        cases=now.cases[symptom] & members,
        measured=now.known[symptom] & members,
        expected=best.expected,
        confidence=found.confidence,
        score=best.score,
        ties=tuple(tie.scope for tie in found.ties),
    )


def cause_of(scope: Scope) -> Cause:
    """Return what a group with this scope is called.

    Of two attributes the one that names a cause wins, and of those the first in
    the order of `ATTRIBUTES`; a data center beside a place is the data center's.
    """
    names = [name for name, _ in scope]
    if "data_center" in names:
        return "data_center"
    causes = [_CAUSE_OF[a.name] for a in ATTRIBUTES if a.name in names]
    known = [cause for cause in causes if cause != "unknown"]
    return known[0] if known else "unknown"


def _freeze(history: History, scanned: Scanned, minute: int) -> None:
    for one in scanned.found:
        history.suspect(one.best.scope, one.best.members, minute)
    strongest = scanned.strongest
    if strongest is not None and strongest.score > 0.5 * scanned.needed:
        history.suspect(strongest.scope, strongest.members, minute)


def _distinct(suspects: Iterable[Suspect]) -> list[Suspect]:
    """Return suspects without those that a stronger one covers."""
    kept: list[Suspect] = []
    for one in sorted(suspects, key=lambda s: -s.score):
        if not any(_covers(other, one) for other in kept):
            kept.append(one)
    return kept


def _covers(strong: Suspect, weak: Suspect) -> bool:
    if strong.scope == weak.scope or weak.scope in strong.ties:
        return True
    common = np.count_nonzero(strong.members & weak.cases)
    return bool(2 * common > np.count_nonzero(weak.cases))


def scopes_of(suspect: Suspect) -> Sequence[Scope]:
    """Return a suspect's scope and those that cannot be told apart from it."""
    return (suspect.scope, *suspect.ties)
