"""A whole session once more, with hindsight: the final findings.

The tracker goes over every minute as it did live, but on complete data. Then each
trouble is looked at as a whole:

- its begin and end are where the share of bad people of its scope crosses half-way
  between usual and peak, now that the peak is known;
- its scope is scanned again over all of its minutes, which tells apart what a window
  of five minutes could not;
- two troubles of one cause and scope with a short gap are one.

Last, everybody's bad minutes get their cause.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import Final

import numpy as np
import polars as pl

from backrow.diagnose.causes.detect import SCANNED, Suspect, cause_of
from backrow.diagnose.causes.groups import Flags
from backrow.diagnose.causes.scan import Counts, Found, scan
from backrow.diagnose.causes.slices import padded
from backrow.diagnose.causes.trouble import Trouble, in_minute, rate_in
from backrow.diagnose.classify import classified
from backrow.diagnose.episodes import Episode, episodes_of
from backrow.diagnose.frames import APP_ATTRIBUTES
from backrow.diagnose.live import Tracker, causes_frame
from backrow.diagnose.presets import OWN, Preset
from backrow.diagnose.room import Room, instant
from backrow.diagnose.score import scored
from backrow.diagnose.thresholds import DEFAULTS, Thresholds
from backrow.diagnose.verdict.finding import Finding
from backrow.diagnose.verdict.telling import tell

_SUSTAINED: Final = 0.4
"""Part of a person's minutes in a trouble that are bad, if it hits the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What was wrong in a session."""

    findings: tuple[Finding, ...]
    """What many had in common, the oldest first."""
    episodes: tuple[Episode, ...]
    """Everybody's bad times."""
    minutes: pl.DataFrame
    """The minutes given, with scores, classes and causes."""
    people: pl.DataFrame
    roster: pl.DataFrame | None = None


def diagnose(
    minutes: pl.DataFrame,
    people: pl.DataFrame,
    roster: pl.DataFrame | None = None,
    *,
    thresholds: Thresholds = DEFAULTS,
    preset: Preset = OWN,
    zone: tzinfo = UTC,
) -> Diagnosis:
    """Return what was wrong in a session, from all of its minutes.

    Args:
        minutes: See `backrow.diagnose.frames`; one session's.
        people: Everybody who was there.
        roster: Sweeps of the participants list, if there were any.
        thresholds: What to judge by.
        preset: How to class minutes.
        zone: The zone of times in sentences.
    """
    plan = classified(
        scored(minutes.lazy(), people.lazy(), thresholds=thresholds), preset
    )
    judged = plan.collect()
    sessions = judged["session_uuid"].unique().to_list()
    tracker = Tracker(
        sessions[0] if len(sessions) == 1 else "",
        thresholds=thresholds,
        zone=zone,
        keep_minutes=1 << 30,
    )
    tracker.observe_scored(judged, people, roster)
    numbers = sorted(tracker.room.slices)
    if numbers:
        for number in range(numbers[0], numbers[-1] + 1):
            tracker.judge(instant(number))
    troubles = list(_final(tracker))
    findings = [
        tell(tracker.room, one, state="final", minute=one.active, zone=zone)
        for one in troubles
    ]
    return Diagnosis(
        findings=tuple(sorted(findings, key=lambda finding: finding.begin)),
        episodes=tuple(episodes_of(judged, people, thresholds=thresholds)),
        minutes=_with_causes(judged, tracker.room, troubles),
        people=people,
        roster=roster,
    )


def _final(tracker: Tracker) -> Iterator[Trouble]:
    """Yield the troubles that were raised, as hindsight sees them."""
    raised = [one for one in tracker.troubles if one.id]
    for one in raised:
        _bound(tracker, one)
        _scope_again(tracker.room, one)
        one.over = True
    kept: list[Trouble] = []
    for one in sorted(raised, key=lambda t: (t.begin, -t.active)):
        same = [old for old in kept if old.key == one.key]
        gap = int(tracker.thresholds.episodes.merge_gap) + 1
        if same and one.begin <= same[-1].active + gap:
            same[-1].active = max(same[-1].active, one.active)
        else:
            kept.append(one)
    for one in kept:
        one.recount(tracker.room, range(one.begin, one.active + 1))
        if one.affected.any():
            yield one


def _bound(tracker: Tracker, trouble: Trouble) -> None:
    """Set a trouble's begin and end by its rate in every minute."""
    room, gap = tracker.room, int(tracker.thresholds.episodes.merge_gap)
    numbers = sorted(room.slices)
    rates = {
        m: rate
        for m in range(numbers[0], numbers[-1] + 1)
        if (rate := rate_in(room, tracker.history, trouble.suspect, m)) is not None
    }
    inside = [rates[m] for m in rates if trouble.begin <= m <= trouble.active]
    peak = float(np.quantile(inside, 0.9)) if inside else trouble.peak
    level = min(trouble.suspect.expected, peak)
    level += 0.5 * (peak - level)
    acts = [m for m, rate in rates.items() if rate >= level]
    near = [m for m in acts if trouble.begin - gap <= m <= trouble.active + gap]
    if near:
        trouble.begin, trouble.active = near[0], near[-1]


def _scope_again(room: Room, trouble: Trouble) -> None:
    """Scan a trouble's scope again over all of its minutes."""
    suspect = trouble.suspect
    if suspect.presenter is not None or not suspect.scope:
        return
    measured, bad = _whole(room, suspect, range(trouble.begin, trouble.active + 1))
    counts = Counts(
        measured=measured,
        bad=bad,
        history=_before(room, suspect, trouble.begin),
        prior=room.prior_bad,
        strata=room.access,
    )
    limits = room.thresholds.scan
    cuboids = room.cuboids
    if suspect.symptom == "picture":
        cuboids = [c for c in cuboids if set(c.names) <= set(APP_ATTRIBUTES)]
    shared = replace(limits, false_rate=limits.false_rate / len(SCANNED))
    found = scan(cuboids, counts, shared).found
    cases = bad > 0
    best = max(found, key=lambda one: _common(one, cases, suspect), default=None)
    mine = np.count_nonzero(cases & padded(suspect.members, len(room), 0))
    if best is not None and 2 * _common(best, cases, suspect) > mine:
        trouble.suspect = _rescoped(suspect, best, cases, measured > 0)


def _whole(
    room: Room, suspect: Suspect, minutes: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return who was measured over some minutes, and who was bad for most of them."""
    everybody = replace(suspect, members=np.ones(len(room), dtype=bool))
    both = [in_minute(room, everybody, m) for m in minutes]
    measured = np.sum([one[0] for one in both], axis=0)
    flagged = np.sum([one[1] for one in both], axis=0)
    need = np.maximum(np.minimum(2, measured), _SUSTAINED * measured)
    bad = (flagged > 0) & (flagged >= need) & ~room.presenters
    known = (measured >= min(2, len(minutes))) & ~room.presenters
    return known.astype(np.float64), (bad & known).astype(np.float64)


def _before(
    room: Room, suspect: Suspect, begin: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the windows before a trouble, [] if it began too early."""
    limits = room.thresholds.scan
    length, past = int(limits.window), []
    first = (room.first_minute or 0) + int(limits.settling)
    for back in range(int(limits.history_windows)):
        end = begin - 1 - back * length
        window = room.window(end)
        if window is None or end - length + 1 < first:
            return []
        cases = window.cases[suspect.symptom] & ~room.presenters
        known = window.measured & ~room.presenters
        past.append((known.astype(np.float64), cases.astype(np.float64)))
    return past


def _common(found: Found, cases: Flags, suspect: Suspect) -> int:
    members = padded(suspect.members, len(cases), 0)
    return int(np.count_nonzero(found.best.members & cases & members))


def _rescoped(suspect: Suspect, found: Found, cases: Flags, measured: Flags) -> Suspect:
    best = found.best
    return replace(
        suspect,
        cause=cause_of(best.scope),
        scope=best.scope,
        members=best.members,
        cases=cases & best.members,
        measured=measured & best.members,
        expected=best.expected,
        confidence=found.confidence,
        score=best.score,
        ties=tuple(tie.scope for tie in found.ties),
    )


def _with_causes(
    judged: pl.DataFrame, room: Room, troubles: Sequence[Trouble]
) -> pl.DataFrame:
    """Return minutes with everybody's `cause` of each."""
    frames = [
        causes_frame(room, minute, [t for t in troubles if t.acts_in(minute)])
        for minute in sorted(room.slices)
    ]
    kept = judged.drop("cause", strict=False)
    if not frames:
        return kept.with_columns(cause=pl.lit(None, dtype=pl.String))
    causes = pl.concat(frames).select(
        "participant", pl.col("minute").cast(judged.schema["minute"]), "cause"
    )
    return kept.join(causes, on=["participant", "minute"], how="left")
