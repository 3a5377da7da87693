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

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import Final

import numpy as np
import polars as pl

from backrow.diagnose.causes.detect import Suspect, cause_of, limits_of
from backrow.diagnose.causes.groups import Flags
from backrow.diagnose.causes.scan import Counts, Found, scan
from backrow.diagnose.causes.slices import padded
from backrow.diagnose.causes.trouble import Trouble, in_minute, rate_in
from backrow.diagnose.classify import classified
from backrow.diagnose.episodes import Episode, episodes_of
from backrow.diagnose.frames import (
    APP_ATTRIBUTES,
    CLASS_COLUMNS,
    MINUTES_KEY,
    SCORE_COLUMNS,
)
from backrow.diagnose.live import KEEP_MINUTES, Tracker, causes_frame
from backrow.diagnose.presets import OWN, Preset
from backrow.diagnose.room import Room, instant
from backrow.diagnose.score import scored
from backrow.diagnose.thresholds import DEFAULTS, Thresholds
from backrow.diagnose.verdict.finding import Finding
from backrow.diagnose.verdict.telling import tell
from backrow.qos.vocabulary import MEDIA

KEPT: Final = (
    *MINUTES_KEY,
    "picked",
    *(c.name for c in SCORE_COLUMNS if not c.name.endswith("_due_to")),
    *(c.name for c in CLASS_COLUMNS),
    "audio_received_avg_loss_pct",
    "audio_received_jitter_ms",
    "audio_received_latency_ms",
    "video_received_frame_rate_fps",
    "system_max_cpu_pct",
    "wifi_avg_rssi_dbm",
    *(f"zoom_{medium}_score" for medium in MEDIA),
)
"""Columns that are left of minutes that came in parts; `cause` comes beside them."""
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
    """The minutes given, with scores, classes and causes; if they came in parts, of
    their columns only those of `KEPT`."""
    people: pl.DataFrame
    roster: pl.DataFrame | None = None

    def _repr_html_(self) -> str:
        """Return it as a notebook shows it: its findings."""
        shown = "".join(one._repr_html_() for one in self.findings)
        return shown or "<p>No common cause was found.</p>"


def diagnose(
    minutes: pl.DataFrame | Iterable[pl.DataFrame],
    people: pl.DataFrame,
    roster: pl.DataFrame | None = None,
    *,
    thresholds: Thresholds = DEFAULTS,
    preset: Preset = OWN,
    zone: tzinfo = UTC,
    is_over: bool = True,
) -> Diagnosis:
    """Return what was wrong in a session, from all of its minutes.

    Args:
        minutes: See `backrow.diagnose.frames`; one session's, whole or in parts that
            ascend in time, so that a large one need not be in memory as it came.
        people: Everybody who was there.
        roster: Sweeps of the participants list, if there were any.
        thresholds: What to judge by.
        preset: How to class minutes.
        zone: The zone of times in sentences.
        is_over: Whether no more minutes will come. While a session runs, findings
            are what they would be on its page: raised, updated, cleared.
    """

    def judged(part: pl.DataFrame) -> pl.DataFrame:
        plan = scored(part.lazy(), people.lazy(), thresholds=thresholds)
        return classified(plan, preset).collect()

    is_whole = isinstance(minutes, pl.DataFrame)
    parts = [minutes] if isinstance(minutes, pl.DataFrame) else minutes
    return concluded(
        (judged(part) for part in parts),
        people,
        roster,
        columns=None if is_whole else KEPT,
        thresholds=thresholds,
        zone=zone,
        is_over=is_over,
    )


def concluded(
    judged: Iterable[pl.DataFrame],
    people: pl.DataFrame,
    roster: pl.DataFrame | None = None,
    *,
    episodes: Callable[[], Iterable[Episode]] | None = None,
    columns: Sequence[str] | None = KEPT,
    thresholds: Thresholds = DEFAULTS,
    zone: tzinfo = UTC,
    is_over: bool = True,
) -> Diagnosis:
    """Return what was wrong in a session, from minutes that are judged already.

    Args:
        judged: Minutes with scores and classes, whoever computed them, in parts that
            ascend in time; at least one frame.
        people: As for `diagnose`.
        roster: As for `diagnose`.
        episodes: Gives everybody's bad times; by default they are looked for here.
        columns: What to keep of the minutes; None keeps all.
        thresholds: As for `diagnose`.
        zone: As for `diagnose`.
        is_over: As for `diagnose`.
    """
    tracker = Tracker("", thresholds=thresholds, zone=zone, keep_minutes=1 << 30)
    kept = _observed(tracker, judged, people, roster, columns)
    for number in _to_judge(tracker.room.slices):
        tracker.judge(instant(number))
    if is_over:
        troubles = list(settled(tracker))
        findings = [
            tell(tracker.room, one, state="final", minute=one.active, zone=zone)
            for one in troubles
        ]
    else:
        troubles = [one for one in tracker.troubles if one.id]
        findings = tracker.findings
    if episodes is None:
        bad_times = episodes_of(kept, people, thresholds=thresholds)
    else:
        bad_times = list(episodes())
    return Diagnosis(
        findings=tuple(sorted(findings, key=lambda finding: finding.begin)),
        episodes=tuple(bad_times),
        minutes=_with_causes(kept, tracker.room, troubles),
        people=people,
        roster=roster,
    )


def _to_judge(numbers: Iterable[int]) -> Iterator[int]:
    """Yield minutes with rows, and those between; of a long silence only its begin."""
    last: int | None = None
    for number in sorted(numbers):
        if last is not None:
            yield from range(last + 1, min(number, last + 1 + KEEP_MINUTES))
        yield number
        last = number


def _observed(
    tracker: Tracker,
    judged: Iterable[pl.DataFrame],
    people: pl.DataFrame,
    roster: pl.DataFrame | None,
    columns: Sequence[str] | None,
) -> pl.DataFrame:
    """Return what is kept of the minutes, after the tracker has got them."""
    kept: list[pl.DataFrame] = []
    for part in judged:
        if not tracker.session_uuid and len(part):
            tracker.session_uuid = part["session_uuid"][0]
        tracker.observe_scored(part, people, roster)
        kept.append(part if columns is None else part.select(_there(part, columns)))
        roster = None
    return pl.concat(kept)


def _there(part: pl.DataFrame, columns: Sequence[str]) -> list[str]:
    return [name for name in columns if name in part.columns]


def settled(tracker: Tracker) -> Iterator[Trouble]:
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
        for m in numbers
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
    found = scan(cuboids, counts, limits_of(suspect.symptom, limits)).found
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
        known = window.known[suspect.symptom] & ~room.presenters
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
        causes_frame(room, minute, [t for t in troubles if t.acts_in(minute)]).drop(
            "evidence"
        )
        for minute in sorted(room.slices)
    ]
    kept = judged.drop("cause", strict=False)
    if not frames:
        return kept.with_columns(cause=pl.lit(None, dtype=pl.String))
    causes = pl.concat(frames).select(
        "participant", pl.col("minute").cast(judged.schema["minute"]), "cause"
    )
    key = ["participant", "minute"]  # joined alone: wide frames are not copied
    told = kept.select(key).join(causes, on=key, how="left", maintain_order="left")
    return kept.with_columns(told["cause"])
