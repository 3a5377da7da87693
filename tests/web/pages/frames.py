"""Snapshots written down by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from backrow.diagnose.verdict.finding import Finding
from backrow.web.pages.sessions.source import Occurrence, Snapshot
from backrow.web.pages.views.room import Look

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
_AT = pl.Datetime("us", "UTC")


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def look(minute: float = 0.0, **more: Any) -> Look:
    """Return a look at so many minutes after the start."""
    return Look(now=START + timedelta(minutes=minute), **{"zone": UTC, **more})


def people(*ids: str, **columns: Sequence[Any]) -> pl.DataFrame:
    """Return people, who have been there from the start unless columns say so."""
    base: dict[str, Any] = {
        "participant": list(ids),
        "role": ["attendee"] * len(ids),
        "user_name": [f"Person {one}" for one in ids],
        "join_time": [START] * len(ids),
        "leave_time": [None] * len(ids),
    }
    types = {"join_time": _AT, "leave_time": _AT}
    frame = pl.DataFrame({**base, **columns})
    return frame.with_columns(pl.col(name).cast(kind) for name, kind in types.items())


def minutes(*rows: tuple[str, int, str], picked: str = "census") -> pl.DataFrame:
    """Return rows of participant, minute and class; the class holds for all media."""
    scores = {"good": 4.3, "fair": 3.5, "poor": 2.5, "bad": 1.5}
    return pl.DataFrame(
        [
            {
                "participant": who,
                "minute": at(minute),
                "picked": picked,
                "class": word,
                "audio_class": word,
                "video_class": word,
                "share_class": word,
                "score": scores.get(word),
                "audio_mos": scores.get(word),
                "worst_medium": "audio",
                "bad": word in {"poor", "bad"} if word in scores else None,
                "poor_due_to": "audio_received_avg_loss_pct" if word == "bad" else None,
                "cause": "unknown" if word == "bad" else None,
            }
            for who, minute, word in rows
        ],
        schema={
            "participant": pl.String,
            "minute": _AT,
            "picked": pl.String,
            "class": pl.String,
            "audio_class": pl.String,
            "video_class": pl.String,
            "share_class": pl.String,
            "score": pl.Float64,
            "audio_mos": pl.Float64,
            "worst_medium": pl.String,
            "bad": pl.Boolean,
            "poor_due_to": pl.String,
            "cause": pl.String,
        },
    )


def roster(minute: int, *present: str) -> pl.DataFrame:
    rows = {"participant": list(present), "minute": [at(minute)] * len(present)}
    frame = pl.DataFrame(rows, schema={"participant": pl.String, "minute": _AT})
    return frame.with_columns(present=pl.lit(value=True))


def finding(**changes: Any) -> Finding:
    told: dict[str, Any] = {
        "id": "f1",
        "state": "raised",
        "cause": "shared_network",
        "scope": {"site": "Lyon office"},
        "begin": at(2),
        "end": None,
        "minutes": 3,
        "media": "audio",
        "metric": "avg_loss_pct",
        "affected": 2,
        "measured": 3,
        "present": 3,
        "share": 0.67,
        "lift": 10.0,
        "confidence": 0.99,
        "participants": ("a", "b"),
        "indistinguishable": (),
        "evidence": (),
        "sentence": "2 of 3 measured at Lyon office hear gaps since 10:02.",
        "advice": "Ask their IT.",
    }
    return Finding(**{**told, **changes})


def snapshot(
    who: pl.DataFrame, rows: pl.DataFrame, *, state: Any = "live", **more: Any
) -> Snapshot:
    occurrence = Occurrence(
        uuid="uuid/+==", number="945", topic="Hall", start_at=START, state=state
    )
    told: dict[str, Any] = {"roster": None, "findings": (), **more}
    return Snapshot(occurrence=occurrence, people=who, minutes=rows, **told)
