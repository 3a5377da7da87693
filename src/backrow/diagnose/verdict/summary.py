"""How a session was, in figures: by medium, by time, by cause, and who had it worst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from backrow.diagnose.classify import Agreement, agreement
from backrow.diagnose.frames import ATTRIBUTES, CAUSES
from backrow.diagnose.hindsight import Diagnosis
from backrow.diagnose.presets import CLASSES, UNCLASSIFIED
from backrow.qos.people import iso
from backrow.qos.vocabulary import MEDIA

QUARTER: Final = timedelta(minutes=15)
_ALL: Final = (*CLASSES, UNCLASSIFIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """A quarter of an hour, or all of what is shorter."""

    begin: datetime
    end: datetime
    measured: int
    """Participant-minutes measured."""
    trouble_share: float
    """Share of them with trouble."""

    @property
    def is_whole(self) -> bool:
        """Whether it really is a quarter of an hour."""
        return self.end - self.begin == QUARTER

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "begin": iso(self.begin),
            "end": iso(self.end),
            "measured": self.measured,
            "trouble_share": round(self.trouble_share, 4),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class HitPerson:
    """Somebody whose session was bad."""

    participant: str
    name: str
    role: str
    minutes: int
    """Minutes measured."""
    bad_minutes: int
    """Minutes with trouble."""
    worst_score: float
    cause: str
    """Of most of the minutes with trouble."""
    begin: datetime
    """The first minute with trouble."""
    end: datetime
    """The end of the last."""

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {**asdict(self), "begin": iso(self.begin), "end": iso(self.end)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A session in figures."""

    people: int
    measured: int
    """People of whom a minute was measured."""
    minutes: int
    """Participant-minutes."""
    begin: datetime | None
    end: datetime | None
    media: Mapping[str, Mapping[str, float]]
    """Share of participant-minutes by medium (and ``all``) and class."""
    worst_quarter: Quarter | None
    causes: Mapping[str, Mapping[str, int]]
    """People and participant-minutes by cause."""
    unknown_fields: Mapping[str, int]
    """People whose attribute is blank: they are in no group of it."""
    worst_people: Sequence[HitPerson]
    agreement: Sequence[Agreement]

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        quarter = self.worst_quarter
        return {
            "people": self.people,
            "measured": self.measured,
            "minutes": self.minutes,
            "begin": iso(self.begin) if self.begin else None,
            "end": iso(self.end) if self.end else None,
            "media": {
                medium: {name: round(share, 4) for name, share in classes.items()}
                for medium, classes in self.media.items()
            },
            "worst_quarter": quarter and quarter.to_dict(),
            "causes": {cause: dict(one) for cause, one in self.causes.items()},
            "unknown_fields": dict(self.unknown_fields),
            "worst_people": [one.to_dict() for one in self.worst_people],
            "agreement_with_zoom": [asdict(one) for one in self.agreement],
        }


def summarise(diagnosis: Diagnosis, *, worst: int = 20) -> Summary:
    """Return a session in figures.

    Args:
        diagnosis: What `backrow.diagnose.hindsight.diagnose` returned.
        worst: How many people to name at most.
    """
    minutes = diagnosis.minutes
    edges = minutes.select(
        pl.col("minute").min().alias("begin"), pl.col("minute").max().alias("end")
    )
    begin, last = edges.row(0)
    return Summary(
        people=len(diagnosis.people),
        measured=minutes["participant"].n_unique(),
        minutes=len(minutes),
        begin=begin,
        end=None if last is None else last + timedelta(minutes=1),
        media=shares_by_class(minutes),
        worst_quarter=worst_quarter(minutes),
        causes=_by_cause(minutes),
        unknown_fields=_unknown(diagnosis.people),
        worst_people=_worst(diagnosis, worst),
        agreement=agreement(minutes, diagnosis.roster),
    )


def shares_by_class(minutes: pl.DataFrame) -> dict[str, dict[str, float]]:
    """Return the share of participant-minutes by medium and class."""
    columns: dict[str, str] = {medium: f"{medium}_class" for medium in MEDIA}
    columns["all"] = "class"
    total = max(1, len(minutes))
    return {
        medium: {name: int((minutes[column] == name).sum()) / total for name in _ALL}
        for medium, column in columns.items()
    }


def worst_quarter(minutes: pl.DataFrame) -> Quarter | None:
    """Return the quarter of an hour with the largest share of minutes with trouble.

    Of what is shorter all is returned, None if nothing was measured.
    """
    known = minutes.filter(pl.col("bad").is_not_null())
    by_minute = (
        known.group_by("minute").agg(
            pl.len().alias("n"), pl.col("bad").sum().alias("k")
        )
    ).sort("minute")
    if not len(by_minute):
        return None
    quarters = by_minute.rolling("minute", period="15m", offset="0m", closed="left")
    sums = quarters.agg(pl.col("n").sum(), pl.col("k").sum())
    last = by_minute["minute"].max()
    whole = sums.filter(pl.col("minute") + pl.duration(minutes=14) <= last)
    ranked = (whole if len(whole) else sums.head(1)).sort(
        pl.col("k") / pl.col("n"), descending=True, maintain_order=True
    )
    begin, measured, bad = ranked.row(0)
    end = last + timedelta(minutes=1)  # type: ignore[operator] # an instant
    return Quarter(
        begin=begin,
        end=min(begin + QUARTER, end),
        measured=int(measured),
        trouble_share=int(bad) / int(measured),
    )


def trouble_of(minutes: pl.DataFrame) -> pl.DataFrame:
    """Return in how many of their minutes participants had trouble, worst first.

    Every count of somebody's minutes with trouble is made here.

    Args:
        minutes: Judged minutes, with `cause`.

    Returns:
        `participant`, `minutes` measured, `bad_minutes` of these with trouble,
        `worst_score`, `cause` of most of the minutes with trouble, `due_to`, the
        measure to blame in most of them, and from `begin` to `end` of all of them.
    """
    bad = pl.col("bad").fill_null(value=False)
    at = pl.col("minute").filter(bad)

    def most(name: str) -> pl.Expr:
        return pl.col(name).filter(bad).drop_nulls().mode().sort().first()

    counts = minutes.group_by("participant").agg(
        pl.col("score").count().alias("minutes"),
        bad.sum().alias("bad_minutes"),
        pl.col("score").min().alias("worst_score"),
        most("cause").alias("cause"),
        most("poor_due_to").alias("due_to"),
        at.min().alias("begin"),
        (at.max() + timedelta(minutes=1)).alias("end"),
    )
    order = ["bad_minutes", "worst_score", "participant"]
    return counts.sort(order, descending=[True, False, False])


def _by_cause(minutes: pl.DataFrame) -> dict[str, dict[str, int]]:
    counts = (
        minutes.filter(pl.col("cause").is_not_null())
        .group_by("cause")
        .agg(
            pl.col("participant").n_unique().alias("people"), pl.len().alias("minutes")
        )
    )
    found = {
        row[0]: {"people": row[1], "minutes": row[2]} for row in counts.iter_rows()
    }
    return {cause: found[cause] for cause in CAUSES if cause in found}


def _unknown(people: pl.DataFrame) -> dict[str, int]:
    names = [a.name for a in ATTRIBUTES if a.name in people.columns]
    return {
        name: count
        for name in names
        if (count := int((people[name].fill_null("") == "").sum()))
    }


def _worst(diagnosis: Diagnosis, most: int) -> list[HitPerson]:
    """Return those with an episode and the most minutes with trouble."""
    within = {one.participant for one in diagnosis.episodes}
    rows = (
        trouble_of(diagnosis.minutes.filter(pl.col("participant").is_in(within)))
        .drop("due_to")
        .head(most)
    )
    names = _texts(diagnosis.people, "user_name")
    roles = _texts(diagnosis.people, "role")
    return [
        HitPerson(
            **{
                **row,
                "cause": row["cause"] or "unknown",
            },
            name=names.get(row["participant"], ""),
            role=roles.get(row["participant"], ""),
        )
        for row in rows.iter_rows(named=True)
    ]


def _texts(people: pl.DataFrame, name: str) -> dict[str, str]:
    if name not in people.columns:
        return {}
    pairs = people.select("participant", pl.col(name).fill_null("")).iter_rows()
    return {str(participant): str(text) for participant, text in pairs}
