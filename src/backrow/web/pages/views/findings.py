"""Findings as cards: with what happened to those affected, and links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

import polars as pl

from backrow.diagnose.frames import RATED
from backrow.diagnose.verdict.finding import Finding
from backrow.diagnose.verdict.glance import LASTING, STAGE, by_weight
from backrow.qos.people import iso
from backrow.web.pages.keys import group_url, session_url
from backrow.web.pages.sessions.source import Snapshot, Told

_AROUND: Final = timedelta(minutes=10)


def lasting(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings that hold now, the most important first."""
    return by_weight(one for one in findings if one.state in LASTING)


def brief(finding: Told, *, told_in: tzinfo | None, zone: tzinfo) -> dict[str, Any]:
    """Return a finding as lists of sessions show it."""
    sentence = sentence_in(finding, told_in=told_in, zone=zone)
    return {"cause": finding.cause, "sentence": sentence, "state": finding.state}


def findings_of(snapshot: Snapshot, zone: tzinfo) -> list[dict[str, Any]]:
    """Return every finding: those that last, the most important first, then the rest."""
    ranked = by_weight(snapshot.findings)
    ranked.sort(key=lambda one: one.state not in LASTING)
    return [card_of(snapshot, one, zone) for one in ranked]


def card_of(snapshot: Snapshot, finding: Finding, zone: tzinfo) -> dict[str, Any]:
    """Return a finding as its card shows it."""
    uuid = snapshot.occurrence.uuid
    sentence = sentence_in(finding, told_in=snapshot.told_in, zone=zone)
    is_group = bool(finding.scope) and finding.cause not in STAGE
    return {
        **finding.to_dict(),
        "sentence": sentence,
        "timeline": timeline_of(snapshot, finding),
        "links": {
            "group": group_url(uuid, finding.scope) if is_group else None,
            "people_csv": f"{session_url(uuid)}/findings/{finding.id}/people.csv",
        },
    }


def timeline_of(snapshot: Snapshot, finding: Finding) -> dict[str, Any]:
    """Return the share with trouble among those affected, and among everybody else.

    From ten minutes before the finding's begin to ten minutes after its end. What comes
    from the stage arrives well, so there it counts as trouble for as long as it lasts,
    and nobody is left to compare with.
    """
    newest = snapshot.newest_minute or finding.begin
    end = finding.end or newest + timedelta(minutes=1)
    near = snapshot.minutes.filter(
        pl.col("minute").is_between(finding.begin - _AROUND, end + _AROUND),
        pl.col("picked").is_in(RATED).fill_null(value=True),
        pl.col("bad").is_not_null(),
    )
    mine = pl.col("participant").is_in(list(finding.participants))
    is_on_stage = finding.cause in STAGE
    inside = pl.col("minute").is_between(finding.begin, end, closed="left")
    hit = pl.col("bad") | inside if is_on_stage else pl.col("bad")
    others = pl.lit(None) if is_on_stage else pl.col("bad").filter(~mine).mean()
    shares = (
        near.group_by("minute")
        .agg(
            hit.filter(mine).mean().alias("affected"),
            others.cast(pl.Float64).alias("others"),
        )
        .sort("minute")
    )
    return {
        "minutes": [iso(at) for at in shares["minute"]],
        "affected_share": shares["affected"].round(4).to_list(),
        "others_share": shares["others"].round(4).to_list(),
    }


def sentence_in(finding: Told, *, told_in: tzinfo | None, zone: tzinfo) -> str:
    """Return a finding's sentence with its times in another zone."""
    told, wanted = (_times(finding, one) for one in (told_in, zone))
    return finding.sentence.replace(told, wanted, 1)


def _times(finding: Told, zone: tzinfo | None) -> str:
    begin = _clock(finding.begin, zone)
    if finding.end is None:
        return f"since {begin}"
    return f"from {begin} to {_clock(finding.end, zone)}"


def _clock(at: datetime, zone: tzinfo | None) -> str:
    return at.astimezone(zone).strftime("%H:%M")
