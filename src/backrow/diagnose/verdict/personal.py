"""Single people's trouble as findings, for those who ask for them.

A webinar of ten thousand always has hundreds of people with Wi-Fi of their own. They
are no news to whoever runs the show, so they stand apart from the findings that many
share: here, one per bad time of a person whom no shared cause explains.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta, tzinfo
from typing import Final

import polars as pl

from backrow.diagnose.episodes import Episode
from backrow.diagnose.frames import Cause
from backrow.diagnose.hindsight import Diagnosis
from backrow.diagnose.verdict.finding import Evidence, Finding, finding_id
from backrow.diagnose.verdict.story import Chapter, chapter_of

OWN: Final[tuple[Cause, ...]] = (
    "own_device",
    "own_wifi",
    "own_cellular",
    "own_bandwidth",
    "distant_data_center",
    "unknown",
)
_CONFIDENCE: Final = {"unknown": 0.5}
"""Of the rules; not measured but on the simulator."""
_SHOWN: Final = (
    ("audio_received_avg_loss_pct", "average loss of audio", "%"),
    ("audio_received_jitter_ms", "jitter of audio", "ms"),
    ("audio_received_latency_ms", "latency, to Zoom and back", "ms"),
    ("video_received_frame_rate_fps", "frames a second", "fps"),
    ("system_max_cpu_pct", "machine's load", "%"),
    ("wifi_avg_rssi_dbm", "signal of the Wi-Fi", "dBm"),
)


def personal_findings(diagnosis: Diagnosis, *, zone: tzinfo = UTC) -> list[Finding]:
    """Return a finding per bad time that only its person had, the oldest first.

    Args:
        diagnosis: What `backrow.diagnose.hindsight.diagnose` returned.
        zone: The zone of times in sentences.
    """
    found = sorted(_findings(diagnosis, zone), key=lambda one: one.begin)
    return list(found)


def _findings(diagnosis: Diagnosis, zone: tzinfo) -> Iterator[Finding]:
    hit = {episode.participant for episode in diagnosis.episodes}
    mine = diagnosis.minutes.filter(pl.col("participant").is_in(hit))
    minutes = {
        key[0]: rows
        for key, rows in mine.partition_by("participant", as_dict=True).items()
    }
    people = {row["participant"]: row for row in diagnosis.people.iter_rows(named=True)}
    sessions = mine["session_uuid"].unique().to_list()
    for number, episode in enumerate(diagnosis.episodes):
        own, person = minutes[episode.participant], people.get(episode.participant, {})
        chapter = chapter_of(episode, own, person, zone)
        if chapter.cause not in OWN:
            continue
        name = str(person.get("user_name") or f"participant {episode.participant}")
        yield _finding(sessions[0], episode, chapter, own, name, number)


def _finding(
    session_uuid: str,
    episode: Episode,
    chapter: Chapter,
    minutes: pl.DataFrame,
    name: str,
    number: int,
) -> Finding:
    scope = (("participant", episode.participant),)
    evidence = tuple(_evidence(episode, minutes))
    return Finding(
        id=finding_id(session_uuid, chapter.cause, scope, number),
        state="final",
        cause=chapter.cause,
        scope=dict(scope),
        begin=episode.begin,
        end=episode.end,
        minutes=(episode.end - episode.begin) // timedelta(minutes=1),
        media=episode.medium,
        metric=_metric(episode, minutes),
        affected=1,
        measured=1,
        present=1,
        share=1.0,
        lift=1.0,
        confidence=_CONFIDENCE.get(chapter.cause, 0.8),
        participants=(episode.participant,),
        indistinguishable=(),
        evidence=evidence,
        sentence=f"{name}: {chapter.sentence[0].lower()}{chapter.sentence[1:]}",
        advice=chapter.advice,
    )


def _inside(episode: Episode) -> pl.Expr:
    return pl.col("minute").is_between(episode.begin, episode.end, closed="left")


def _evidence(episode: Episode, minutes: pl.DataFrame) -> Iterator[Evidence]:
    """Yield the person's figures in the bad time, beside those of the rest."""
    bad, rest = minutes.filter(_inside(episode)), minutes.filter(~_inside(episode))
    for column, what, unit in _SHOWN:
        if column not in minutes.columns:
            continue
        value, usual = bad[column].median(), rest[column].median()
        if isinstance(value, float):
            yield Evidence(
                what=f"{what}, median of the minutes with trouble; of the person's others",
                value=value,
                unit=unit,
                compared_with=usual if isinstance(usual, float) else None,
            )


def _metric(episode: Episode, minutes: pl.DataFrame) -> str:
    """Return the metric that was blamed in most of the bad minutes."""
    blamed = minutes.filter(_inside(episode))["poor_due_to"].drop_nulls()
    names = [str(name).partition("_received_")[2] for name in blamed]
    return max(sorted(set(names)), key=names.count) if names else ""
