"""`backrow diagnose`: the summary, the findings, one person's story, one group's answer.

The diagnosis is made anew from what the lake holds, so that other offices, providers,
thresholds or presets can be tried on a session that is long over; ``--keep`` writes it
into the lake.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from cyclopts import Parameter

from backrow.cli.context import Context, Given, JudgingFlags, Zone
from backrow.cli.diagnose.engines import EngineName, engine_of
from backrow.cli.diagnose.findings import show_findings
from backrow.cli.diagnose.story import show_group, show_story
from backrow.cli.diagnose.summary import (
    notes,
    show_head,
    show_shares,
    show_worst_people,
    show_worst_quarter,
)
from backrow.cli.diagnose.timeline import timeline_of
from backrow.cli.diagnose.who import GROUPS, meant, parsed_where, stays_of
from backrow.cli.write import plain, write_json
from backrow.clock import Clock
from backrow.collect.intake.secret import also_known_as
from backrow.diagnose.hindsight import Diagnosis
from backrow.diagnose.verdict.glance import nothing_found
from backrow.diagnose.verdict.personal import personal_findings
from backrow.diagnose.verdict.story import GroupAnswer, Story, group_answer, story_of
from backrow.diagnose.verdict.summary import Summary, summarise
from backrow.errors import UsageError
from backrow.judge.engine import How, diagnosed
from backrow.judge.given import how_of, naming_of
from backrow.judge.judging import judged_of
from backrow.lake.frames import SessionFrames, session_frames
from backrow.lake.keep import LakeWriter
from backrow.lake.kept import Lake, open_lake
from backrow.lake.store.rows import instant
from backrow.settings import Settings

_SESSION: Final = (
    "session_uuid",
    "session_number",
    "kind",
    "topic",
    "host",
    "start_at",
    "end_at",
    "state",
)


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What of a session is asked for, and how it is computed."""

    where: Annotated[
        tuple[str, ...],
        Parameter(
            negative=(),
            help="A group, as KEY=VALUE; given again, both must hold. Keys are "
            f"{', '.join(GROUPS)}.",
        ),
    ] = ()
    participant: Annotated[
        str | None,
        Parameter(help="One person: a user_id, an email address or a name."),
    ] = None
    preset: Annotated[
        str,
        Parameter(
            help="What makes a minute good, fair, poor or bad: own, teams, zoom, or "
            "one of the file of thresholds."
        ),
    ] = "own"
    engine: Annotated[EngineName, Parameter(help="What computes it.")] = "polars"
    master: Annotated[
        str, Parameter(help="Where the cluster is, for an engine that runs on one.")
    ] = "local[*]"
    keep: Annotated[
        bool,
        Parameter(
            negative=(),
            show_default=False,
            help="Write it into the lake: offices, judged minutes, findings.",
        ),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What there is to tell."""

    frames: SessionFrames
    diagnosis: Diagnosis
    summary: Summary
    how: How
    stories: Sequence[Story] = ()
    group: GroupAnswer | None = None
    about_group: Diagnosis | None = None
    """The diagnosis with people as the group's words mean them."""


def diagnose(
    session: str,
    /,
    *,
    asked: Asked | None = None,
    json: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    flags: JudgingFlags | None = None,
    context: Given,
) -> int:
    """Say what was wrong in a session: for whom, since when, and where it starts.

    The summary says how many minutes were good, fair, poor or bad. A finding is what
    many people had in common: a presenter's line, an office, a provider, a place, a
    data center, a version. That nothing common is found is an answer too.

    **Examples**

    - `backrow diagnose latest`
    - `backrow diagnose 94512345678 --participant ann@example.com` tells one story
    - `backrow diagnose latest --where location='Lyon (FR)'` answers for a group
    - `backrow diagnose latest --sites offices.csv --keep` names offices for good

    Args:
        session: A uuid, a number (its latest occurrence) or `latest`.
        asked: What of it is asked for.
        json: JSON for programs, times in UTC.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    asked = asked or Asked()
    if asked.where and asked.participant is not None:
        raise UsageError("expected either --where or --participant, not both")
    where = parsed_where(asked.where)
    settings = (flags or JudgingFlags()).settings(context)
    zone, now = Zone(settings.tz), Clock.parse(settings.clock).now()
    lake, naming = open_lake(settings.lake), naming_of(settings)
    frames = session_frames(lake, session, naming=naming)
    at = frames.session.get("start_at") or instant(now)
    how = how_of(settings, at=at, preset=asked.preset)
    made = diagnosed(frames, engine_of(asked.engine, asked.master), how=how)
    answer = _Answer(frames=frames, diagnosis=made, summary=summarise(made), how=how)
    answer = _told(answer, lake, where, _names(settings, asked.participant))
    if json:
        write_json(context.stdout, _as_json(answer))
    else:
        _show(context, answer, zone)
    if asked.keep:
        _keep(context, lake, answer, now)
    return 0


def _names(settings: Settings, participant: str | None) -> Sequence[str]:
    """Return what somebody may be called, as they were called first; empty if nobody."""
    if participant is None:
        return ()
    return (participant, *also_known_as(settings.state, participant))


def _told(
    answer: _Answer, lake: Lake, where: dict[str, str], names: Sequence[str]
) -> _Answer:
    """Return the answer with the story or group that was asked for."""
    diagnosis, zone = answer.diagnosis, answer.how.zone
    if names:
        who, *also = names
        stays = stays_of(diagnosis.people, who, place=lake.url, also=also)
        stories = [story_of(diagnosis, stay, zone=zone) for stay in stays]
        return replace(answer, stories=stories)
    if where:
        people, words = meant(diagnosis.people, where)
        about = replace(diagnosis, people=people)
        found = group_answer(about, words, thresholds=answer.how.thresholds)
        return replace(answer, group=found, about_group=about)
    return answer


def _as_json(answer: _Answer) -> dict[str, Any]:
    facts, diagnosis = answer.frames.session, answer.diagnosis
    told: dict[str, Any] = {
        "session": {name: facts.get(name) for name in _SESSION},
        "preset": answer.how.preset.name,
        "summary": answer.summary.to_dict(),
        "findings": [one.to_dict() for one in diagnosis.findings],
    }
    if answer.group is not None:
        return {**told, "group": answer.group.to_dict()}
    if answer.stories:
        return {**told, "stories": [story.to_dict() for story in answer.stories]}
    personal = personal_findings(diagnosis, zone=answer.how.zone)
    return {**told, "personal": [one.to_dict() for one in personal]}


def _show(context: Context, answer: _Answer, zone: Zone) -> None:
    console, diagnosis = context.console(), answer.diagnosis
    show_head(console, answer.frames.session, answer.summary, zone)
    console.print()
    if answer.group is not None and answer.about_group is not None:
        show_group(console, answer.about_group, answer.group, zone)
        return
    if answer.stories:
        for number, story in enumerate(answer.stories):
            if number:
                console.print()
            show_story(console, diagnosis, story, zone)
        return
    people, minutes = diagnosis.people, diagnosis.minutes
    nothing = nothing_found(people, minutes, answer.how.thresholds)
    show_findings(console, diagnosis, diagnosis.findings, zone, nothing=nothing)
    console.print()
    show_worst_quarter(console, answer.summary, timeline_of(diagnosis), zone)
    console.print()
    show_shares(console, answer.summary, answer.how.preset)
    if answer.summary.worst_people:
        console.print()
        show_worst_people(console, answer.summary, zone)
    for number, note in enumerate(notes(diagnosis, answer.summary)):
        if not number:
            console.print()
        console.print(plain(note, longest=600), style="dim")


def _keep(context: Context, lake: Lake, answer: _Answer, now: float) -> None:
    """Write a diagnosis into the lake.

    Raises:
        UsageError: The session is not complete.
    """
    if not answer.frames.is_final:
        raise UsageError("expected a session that is complete, with --keep")
    uuid = answer.frames.session_uuid
    judged = judged_of(lake.store, uuid, answer.diagnosis, now=now)
    LakeWriter(lake.store).complete(uuid, now=now, judged=judged)
    context.say(f"kept in {lake.url}")
