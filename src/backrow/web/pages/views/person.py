"""One person's page: the story, every stream over time, and how neighbours fared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any, Final

import polars as pl

from backrow.diagnose.episodes import episodes_of
from backrow.diagnose.hindsight import Diagnosis
from backrow.diagnose.verdict.glance import by_weight
from backrow.diagnose.verdict.story import Story, story_of
from backrow.qos.people import iso
from backrow.qos.vocabulary import DIRECTIONS, MEDIA
from backrow.web.pages.keys import group_url
from backrow.web.pages.sessions.source import Snapshot
from backrow.web.pages.views.findings import brief
from backrow.web.pages.views.picture import LETTERS, WORDS
from backrow.web.pages.views.room import Look
from backrow.web.pages.views.series import every_minute

_METRICS: Final = {
    "loss": "avg_loss_pct",
    "max_loss": "max_loss_pct",
    "jitter": "jitter_ms",
    "latency": "latency_ms",
    "bitrate": "bitrate_kbps",
    "frame_rate": "frame_rate_fps",
    "width": "width_px",
    "height": "height_px",
}
_MACHINE: Final = ("zoom_avg_cpu_pct", "system_max_cpu_pct", "wifi_avg_rssi_dbm")
_SCORES: Final = {"audio": "audio_mos", "video": "video_score", "share": "share_score"}
_LINKED: Final = (
    "site",
    "network",
    "isp",
    "location",
    "data_center",
    "version",
    "os",
    "device",
    "network_type",
)
"""Facts that lead to a group's page."""
_NEIGHBOURS: Final = ("site", "network", "isp", "location")
_FACTS: Final = (
    "participant",
    "email",
    "role",
    "device",
    "device_name",
    "pc_name",
    "client",
    "os",
    "os_version",
    "version",
    "network",
    "network_type",
    "connection_type",
    "isp",
    "location",
    "site",
    "data_center",
    "ip_address",
    "internal_ip_addresses",
    "domain",
    "microphone",
    "speaker",
    "camera",
)


def person_page(
    snapshot: Snapshot,
    participant: str,
    minutes: pl.DataFrame,
    look: Look,
    *,
    facts: Mapping[str, Any],
) -> dict[str, Any] | None:
    """Return a person's page; None if nobody of this session has this id.

    Args:
        snapshot: The session.
        participant: Zoom's `user_id`.
        minutes: The person's minutes with every metric.
        look: Who looks.
        facts: What Zoom tells of the person beside what the snapshot holds.
    """
    found = snapshot.people.filter(pl.col("participant") == participant)
    if found.is_empty():
        return None
    person = {**facts, **found.row(0, named=True)}
    minutes = minutes.sort("minute")
    story = _story(snapshot, participant, minutes, look.zone)
    whole = every_minute(minutes["minute"]).join(
        minutes, on="minute", how="left", maintain_order="left"
    )
    uuid = snapshot.occurrence.uuid
    rest = "" if story.chief is None else story.chief.sentence
    return {
        "person": _facts(person, uuid),
        "story": story.sentence,
        "headline": story.sentence.removesuffix(rest).strip(),
        "rest": rest,
        "advice": "" if story.chief is None else story.chief.advice,
        "measured_minutes": story.minutes,
        "bad_minutes": story.bad_minutes,
        "minutes": [iso(at) for at in whole["minute"]],
        "streams": _streams(whole),
        "machine": {n: _values(whole, n) for n in _MACHINE if _has(whole, n)},
        "classes": _letters(whole),
        "episodes": [
            {
                "begin": iso(one.begin),
                "end": iso(one.end),
                "media": one.medium,
                "bad_minutes": one.bad_minutes,
                "due_to": _due_to(minutes, one.begin, one.end),
                "cause": one.cause,
                "sentence": one.sentence,
                "advice": one.advice,
            }
            for one in story.chapters
        ],
        "neighbours": _neighbours(snapshot, person, whole),
        "findings": [
            {"id": one.id, **brief(one, told_in=snapshot.told_in, zone=look.zone)}
            for one in by_weight(snapshot.findings)
            if participant in one.participants
            or one.scope.get("participant") == participant
        ],
        "other_stays": _other_stays(snapshot.people, person),
    }


def _story(
    snapshot: Snapshot, participant: str, minutes: pl.DataFrame, zone: tzinfo
) -> Story:
    if "cause" not in minutes.columns:
        minutes = minutes.with_columns(pl.lit(None, dtype=pl.String).alias("cause"))
    one = snapshot.people.filter(pl.col("participant") == participant)
    diagnosis = Diagnosis(
        findings=tuple(snapshot.findings),
        episodes=tuple(episodes_of(minutes, one)) if len(minutes) else (),
        minutes=minutes,
        people=one,
        roster=None,
    )
    return story_of(diagnosis, participant, zone=zone)


def _facts(person: dict[str, Any], session_uuid: str) -> dict[str, Any]:
    told: dict[str, Any] = {"name": person.get("user_name") or ""}
    for name in _FACTS:
        value = person.get(name)
        told[name] = ", ".join(value) if isinstance(value, list) else value or ""
    joins = {
        "join_at": _iso(person.get("join_time")),
        "leave_at": _iso(person.get("leave_time")),
        "reason": person.get("leave_reason") or "",
    }
    links = {
        name: group_url(session_uuid, {name: told[name]})
        for name in _LINKED
        if told[name]
    }
    return {**told, "joins": [joins], "links": links}


def _streams(whole: pl.DataFrame) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for medium in MEDIA:
        found[medium] = {}
        for direction in DIRECTIONS:
            values = {
                short: _values(whole, f"{medium}_{direction}_{name}")
                for short, name in _METRICS.items()
                if _has(whole, f"{medium}_{direction}_{name}")
            }
            if direction == "received" and _has(whole, _SCORES[medium]):
                values["score"] = _values(whole, _SCORES[medium])
            found[medium][direction] = values
    return found


def _has(frame: pl.DataFrame, name: str) -> bool:
    return name in frame.columns and frame[name].count() > 0


def _values(frame: pl.DataFrame, name: str) -> list[float | None]:
    return frame[name].cast(pl.Float64).fill_nan(None).round(2).to_list()


def _letters(whole: pl.DataFrame) -> str:
    known = dict(zip(WORDS, LETTERS, strict=False))
    return "".join(known.get(str(word), "-") for word in whole["class"])


def _due_to(minutes: pl.DataFrame, begin: datetime, end: datetime) -> str | None:
    """Return the metric that is to blame in most of the minutes."""
    inside = minutes.filter(pl.col("minute").is_between(begin, end, closed="left"))
    most = inside["poor_due_to"].drop_nulls().mode().sort()
    return str(most[0]) if len(most) else None


def _neighbours(
    snapshot: Snapshot, person: dict[str, Any], whole: pl.DataFrame
) -> dict[str, Any] | None:
    """Return the scores of those closest by, of whom at least one was measured."""
    if whole.is_empty():
        return None
    span = whole["minute"].min(), whole["minute"].max()
    for name in _NEIGHBOURS:
        value = person.get(name)
        if not value:
            continue
        near = snapshot.people.filter(
            pl.col(name) == value, pl.col("participant") != person["participant"]
        )
        theirs = snapshot.minutes.filter(
            pl.col("participant").is_in(near["participant"].implode()),
            pl.col("minute").is_between(*span),
            pl.col("score").is_not_null(),
        )
        if theirs.is_empty():
            continue
        medians = theirs.group_by("minute").agg(pl.col("score").median().alias("m"))
        beside = whole.select("minute", "score").join(
            medians, on="minute", how="left", maintain_order="left"
        )
        return {
            "attribute": name,
            "value": value,
            "count": theirs["participant"].n_unique(),
            "minutes": [iso(at) for at in beside["minute"]],
            "score_median": _values(beside, "m"),
            "theirs": _values(beside, "score"),
        }
    return None


def _other_stays(people: pl.DataFrame, person: dict[str, Any]) -> list[dict[str, Any]]:
    """Return where else in the session the same person sits: rejoins."""
    key = person.get("person")
    if not key:
        return []
    same = people.filter(
        pl.col("person") == key, pl.col("participant") != person["participant"]
    )
    return [
        {"participant": row["participant"], "join_at": _iso(row.get("join_time"))}
        for row in same.iter_rows(named=True)
    ]


def _iso(at: datetime | None) -> str | None:
    return None if at is None else iso(at)
