"""One person's story, and the answer about a group: what, when, why, what to do.

A group can be asked for without a finding, because "was the Lyon office all right?"
deserves an answer either way: how bad it was, against everybody else, what its
members share, and whether the group could be judged at all.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Final, Literal

import polars as pl

from backrow.diagnose.episodes import Episode
from backrow.diagnose.frames import ATTRIBUTES, CAUSES, PRESENTERS, Cause
from backrow.diagnose.hindsight import Diagnosis
from backrow.diagnose.thresholds import DEFAULTS, Thresholds
from backrow.diagnose.verdict.advice import advice_for
from backrow.diagnose.verdict.finding import Finding
from backrow.diagnose.verdict.summary import (
    Quarter,
    shares_by_class,
    trouble_of,
    worst_quarter,
)
from backrow.diagnose.verdict.wording import percent
from backrow.errors import UsageError
from backrow.qos.people import iso

Judged = Literal["judged", "too_small", "blank"]
_NOTICED: Final = {
    "audio": "The sound was bad",
    "video": "The picture was bad",
    "share": "The shared screen was bad",
}
_WHY: Final[Mapping[Cause, str]] = {
    "presenter_network": "it came so from the stage: a presenter's line",
    "presenter_device": "it came so from the stage: a presenter's machine",
    "zoom_core": "Zoom itself passed on too little, to everyone",
    "data_center": "Zoom's data center had trouble, as others on it had",
    "shared_network": "others in the same network had the same",
    "place": "others in the same place had the same",
    "app_version": "others with the same version or system had the same",
    "own_device": "the machine was overloaded",
    "own_wifi": "the Wi-Fi was weak or crowded",
    "own_cellular": "the mobile connection was poor",
    "own_bandwidth": "the line was full",
    "distant_data_center": "Zoom's data center is far away",
    "unknown": "nothing measured says why",
}
_ALSO_MIN: Final = 3
"""Minutes from which another cause within a bad time is told too."""
_BY_ADDRESS: Final = ("site", "isp")
"""Attributes that a list of addresses tells."""
_NAMED: Final = 8
"""Values that an error names at most."""
_SHARED_FROM: Final = 0.8
"""Part of a group from which its members share a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One bad time of a person."""

    begin: datetime
    end: datetime
    medium: str
    bad_minutes: int
    worst_score: float
    cause: Cause
    sentence: str
    advice: str

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "begin": iso(self.begin),
            "end": iso(self.end),
            "medium": self.medium,
            "bad_minutes": self.bad_minutes,
            "worst_score": round(self.worst_score, 2),
            "cause": self.cause,
            "sentence": self.sentence,
            "advice": self.advice,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What one person experienced."""

    participant: str
    name: str
    role: str
    facts: Mapping[str, str]
    """Where and with what, as far as it is known."""
    minutes: int
    """Minutes measured."""
    bad_minutes: int
    """Minutes with trouble among them, also outside of the chapters."""
    media: Mapping[str, Mapping[str, float]]
    """Share of the minutes by medium and class."""
    chapters: Sequence[Chapter]
    neighbours: Mapping[str, float]
    """Share of minutes with trouble: of this person, the same network, everybody."""
    sentence: str

    @property
    def chief(self) -> Chapter | None:
        """The chapter with most trouble; None without any."""
        chapters = sorted(self.chapters, key=lambda one: -one.bad_minutes)
        return chapters[0] if chapters else None

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "participant": self.participant,
            "name": self.name,
            "role": self.role,
            "facts": dict(self.facts),
            "minutes": self.minutes,
            "bad_minutes": self.bad_minutes,
            "media": {m: dict(classes) for m, classes in self.media.items()},
            "chapters": [one.to_dict() for one in self.chapters],
            "neighbours": {k: round(v, 4) for k, v in self.neighbours.items()},
            "sentence": self.sentence,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAnswer:
    """How a group was."""

    where: Mapping[str, str]
    verdict: Judged
    reason: str
    people: int
    """Who belongs to it, as far as fields are filled in."""
    measured: int
    blank: int
    """People of whom a field asked for is blank: they may belong to it."""
    trouble_share: float | None
    """Share of its minutes with trouble; None if none was measured."""
    others_trouble_share: float | None
    """The same of everybody else."""
    media: Mapping[str, Mapping[str, float]]
    others: Mapping[str, Mapping[str, float]]
    """The same of everybody else."""
    worst_quarter: Quarter | None
    shared: Mapping[str, str]
    """What at least four in five of its members have in common."""
    causes: Mapping[str, int]
    """Participant-minutes by cause."""
    findings: Sequence[str]
    """Ids of the findings that concern it."""
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        quarter = self.worst_quarter
        return {
            "where": dict(self.where),
            "verdict": self.verdict,
            "reason": self.reason,
            "people": self.people,
            "measured": self.measured,
            "blank": self.blank,
            "trouble_share": self.trouble_share,
            "others_trouble_share": self.others_trouble_share,
            "media": {m: dict(one) for m, one in self.media.items()},
            "others": {m: dict(one) for m, one in self.others.items()},
            "worst_quarter": quarter and quarter.to_dict(),
            "shared": dict(self.shared),
            "causes": dict(self.causes),
            "findings": list(self.findings),
            "sentence": self.sentence,
        }


def story_of(diagnosis: Diagnosis, participant: str, *, zone: tzinfo = UTC) -> Story:
    """Return what one person experienced, when, why, and what to do.

    Raises:
        UsageError: Nobody of this session has this `user_id`.
    """
    found = diagnosis.people.filter(pl.col("participant") == participant)
    if not len(found):
        msg = f"expected the user_id of a participant, got {participant!r}"
        raise UsageError(msg)
    person = found.row(-1, named=True)
    minutes = diagnosis.minutes.filter(pl.col("participant") == participant)
    episodes = [e for e in diagnosis.episodes if e.participant == participant]
    findings = [f for f in diagnosis.findings if participant in f.participants]
    chapters = [
        chapter_of(one, minutes, person, zone, findings=findings) for one in episodes
    ]
    counts = trouble_of(minutes)
    measured, bad = (
        counts.select("minutes", "bad_minutes").row(0) if len(counts) else (0, 0)
    )
    facts = {a.name: str(person[a.name]) for a in ATTRIBUTES if person.get(a.name)}
    return Story(
        participant=participant,
        name=person.get("user_name") or "",
        role=person.get("role") or "",
        facts=facts,
        minutes=measured,
        bad_minutes=bad,
        media=shares_by_class(minutes),
        chapters=chapters,
        neighbours=_neighbours(diagnosis, minutes, facts),
        sentence=_sentence(person, measured, bad, chapters),
    )


def chapter_of(
    episode: Episode,
    minutes: pl.DataFrame,
    person: Mapping[str, Any],
    zone: tzinfo,
    *,
    findings: Sequence[Finding] = (),
) -> Chapter:
    """Return one bad time in words.

    Args:
        episode: When it was.
        minutes: The person's minutes, with causes.
        person: The person's row of the people frame.
        zone: The zone of times in the sentence.
        findings: Those that hit the person. If one of them is why, its advice is
            the person's too.
    """
    inside = minutes.filter(
        pl.col("minute").is_between(episode.begin, episode.end, closed="left"),
        pl.col("cause").is_not_null(),
    )
    causes = inside["cause"].to_list()
    cause: Cause = max(CAUSES, key=causes.count) if causes else "unknown"
    others = [
        f"; in {_counted(causes.count(one))} of it, {_WHY[one]}"
        for one in CAUSES
        if one != cause and causes.count(one) >= _ALSO_MIN
    ]
    begin, end = (
        at.astimezone(zone).strftime("%H:%M") for at in (episode.begin, episode.end)
    )
    return Chapter(
        begin=episode.begin,
        end=episode.end,
        medium=episode.medium,
        bad_minutes=episode.bad_minutes,
        worst_score=episode.worst_score,
        cause=cause,
        sentence=f"{_NOTICED.get(episode.medium, 'It was bad')} from {begin} to {end}: "
        f"{_WHY[cause]}{''.join(others)}.",
        advice=_advice(cause, episode, person, findings),
    )


def _advice(
    cause: Cause,
    episode: Episode,
    person: Mapping[str, Any],
    findings: Sequence[Finding],
) -> str:
    for one in findings:
        begun = one.begin < episode.end
        if one.cause == cause and begun and (one.end or episode.end) > episode.begin:
            return one.advice
    role = str(person.get("role") or "").lower()
    return advice_for(
        cause,
        role="presenter" if role in PRESENTERS else "attendee",
        network=str(person.get("network_type") or "").lower(),
    )


def _sentence(
    person: Mapping[str, Any], measured: int, bad: int, chapters: Sequence[Chapter]
) -> str:
    name = person.get("user_name") or f"Participant {person['participant']}"
    if not measured:
        return f"{name} was not measured: muted, on the telephone, or no data."
    if not bad:
        return f"{name} had no trouble in {_counted(measured)} measured."
    had = f"{name} had trouble in {bad:,} of {_counted(measured)} measured"
    if not chapters:
        return f"{had}, never for long."
    part = "all" if sum(one.bad_minutes for one in chapters) == bad else "most"
    times = "one stretch" if len(chapters) == 1 else f"{len(chapters)} stretches"
    chief = max(chapters, key=lambda one: one.bad_minutes)
    return f"{had}, {part} of it in {times}. {chief.sentence}"


def _counted(minutes: int) -> str:
    """Return how many minutes, in words."""
    return "1 minute" if minutes == 1 else f"{minutes:,} minutes"


def _neighbours(
    diagnosis: Diagnosis, own: pl.DataFrame, facts: Mapping[str, str]
) -> dict[str, float]:
    found = {"own": _trouble(own), "everybody": _trouble(diagnosis.minutes)}
    for name in ("site", "network", "isp", "location"):
        if name in facts:
            same = diagnosis.people.filter(pl.col(name) == facts[name])
            found[name] = _trouble(_of(diagnosis.minutes, same))
    return {name: share for name, share in found.items() if share is not None}


def _of(minutes: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    return minutes.join(people.select("participant"), on="participant", how="semi")


def _trouble(minutes: pl.DataFrame) -> float | None:
    """Return the share of minutes with trouble among those measured."""
    known = minutes["bad"].drop_nulls()
    return float(known.mean() or 0.0) if len(known) else None  # type: ignore[arg-type] # a mean of flags


def group_answer(
    diagnosis: Diagnosis,
    where: Mapping[str, str],
    *,
    thresholds: Thresholds = DEFAULTS,
) -> GroupAnswer:
    """Return how a group was, with or without a finding.

    Args:
        diagnosis: What `backrow.diagnose.hindsight.diagnose` returned.
        where: Attributes and values that its members share.
        thresholds: Says from how many people a group is judged.

    Raises:
        UsageError: An attribute is unknown.
    """
    people = diagnosis.people
    known = [a.name for a in ATTRIBUTES if a.name in people.columns]
    unknown = [name for name in where if name not in known]
    if unknown or not where:
        msg = f"expected attributes out of {', '.join(known)}; got {', '.join(where)}"
        raise UsageError(msg)
    members, blank = (
        people.filter(belongs(where)),
        people.filter(_may_belong(people, where)),
    )
    minutes = _of(diagnosis.minutes, members)
    others = diagnosis.minutes.join(
        members.select("participant"), on="participant", how="anti"
    )
    measured = minutes["participant"].n_unique()
    least = _least(where, thresholds)
    share, others_share = _trouble(minutes), _trouble(others)
    verdict, reason = _verdict(len(members), measured, len(blank), least)
    return GroupAnswer(
        where=where,
        verdict=verdict,
        reason=reason,
        people=len(members),
        measured=measured,
        blank=len(blank),
        trouble_share=share,
        others_trouble_share=others_share,
        media=shares_by_class(minutes),
        others=shares_by_class(others),
        worst_quarter=worst_quarter(minutes),
        shared=_shared(members, known, where),
        causes=_causes(minutes),
        findings=[f.id for f in diagnosis.findings if _concerns(f, where, members)],
        sentence=_of_group(where, measured, len(members), share, others_share),
    )


def belongs(where: Mapping[str, str]) -> pl.Expr:
    """Return who of a people frame shares all of these values."""
    return pl.all_horizontal(pl.col(n).fill_null("") == v for n, v in where.items())


def _may_belong(people: pl.DataFrame, where: Mapping[str, str]) -> pl.Expr:
    """Return of whom a field that was asked for is blank, the others being right.

    Offices and providers are told by addresses: whose address is known and in none of
    a list belongs to none of them.
    """
    fits = []
    for name, value in where.items():
        text = pl.col(name).fill_null("")
        blank = text == ""
        by_list = name in _BY_ADDRESS and bool((people[name].fill_null("") != "").any())
        if by_list and "network" in people.columns:
            blank &= pl.col("network").fill_null("") == ""
        fits.append((text == value) | blank)
    return pl.all_horizontal(fits) & ~belongs(where)


def nobody_in(people: pl.DataFrame, where: Mapping[str, str]) -> str | None:
    """Return that nobody belongs to a group, and which values there are.

    None if somebody does, or may: a field that was asked for is blank for everybody.

    Args:
        people: Everybody, with the attributes asked for.
        where: Attributes and values that members would share.
    """
    for name, value in where.items():
        known = people[name].fill_null("")
        known = known.filter(known != "")
        if known.is_empty():
            return None
        if not (known == value).any():
            return (
                f"nobody has {name} {value!r:.80}; there are: {_values(known, value)}"
            )
    if where and people.filter(belongs(where)).is_empty():
        both = " and ".join(f"{n} {value!r:.80}" for n, value in where.items())
        return f"nobody has {both} together"
    return None


def _values(known: pl.Series, value: str) -> str:
    """Return values that are like one, or the most frequent, cut to some."""
    counts = known.value_counts(sort=True)
    values = [str(one) for one in counts.get_column(known.name).to_list()]
    near = difflib.get_close_matches(value, values, n=3, cutoff=0.4)
    holding = [v for v in values if value.casefold() in v.casefold() and v not in near]
    shown = [*near, *holding][:_NAMED] or values[:_NAMED]
    return ", ".join(f"{one:.40}" for one in shown)


def _least(where: Mapping[str, str], thresholds: Thresholds) -> int:
    limits = thresholds.scan
    if len(where) > 1:
        return limits.members_min
    kinds = [a.members for a in ATTRIBUTES if a.name in where]
    return limits.members_of(kinds[0])


def _verdict(people: int, measured: int, blank: int, least: int) -> tuple[Judged, str]:
    if not people and blank:
        return "blank", f"for {blank:,} people a field that was asked for is blank"
    if measured < least:
        return (
            "too_small",
            f"{measured} of {people} people measured; {least} are needed to judge",
        )
    return "judged", f"{measured} of {people} people measured"


def _shared(
    members: pl.DataFrame, names: Sequence[str], where: Mapping[str, str]
) -> dict[str, str]:
    found = {}
    for name in names:
        values = members[name].drop_nulls().filter(members[name].drop_nulls() != "")
        if name in where or not len(values):
            continue
        top = values.value_counts(sort=True).row(0)
        if top[1] >= _SHARED_FROM * len(members):
            found[name] = str(top[0])
    return found


def _causes(minutes: pl.DataFrame) -> dict[str, int]:
    counts = minutes["cause"].drop_nulls().value_counts(sort=True)
    return {str(cause): int(count) for cause, count in counts.iter_rows()}


def _concerns(
    finding: Finding, where: Mapping[str, str], members: pl.DataFrame
) -> bool:
    """Return whether a finding is about a group, or hits much of it."""
    scopes = (finding.scope, *finding.indistinguishable)
    if any(scope.items() & where.items() for scope in scopes):
        return True
    hit = set(finding.participants) & set(members["participant"])
    return len(hit) >= max(1, 0.2 * len(members))


def _of_group(
    where: Mapping[str, str],
    measured: int,
    people: int,
    share: float | None,
    others: float | None,
) -> str:
    name = ", ".join(where.values())
    if not people:
        return f"{name}: nobody is known to belong to it."
    if share is None:
        return f"{name}: none of {people:,} people was measured."
    beside = "" if others is None else f"; everybody else {percent(others)}"
    return (
        f"{name}: trouble in {percent(share)} of the minutes of {measured:,} measured "
        f"({people:,} there){beside}."
    )
