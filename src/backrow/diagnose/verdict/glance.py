"""A room at a glance: the one sentence on top of its page, and the figures behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

import polars as pl

from backrow.diagnose.presets import CLASSES, UNCLASSIFIED
from backrow.diagnose.thresholds import DEFAULTS, Thresholds
from backrow.diagnose.verdict.finding import Finding
from backrow.diagnose.verdict.wording import percent
from backrow.qos.vocabulary import MEDIA

LASTING: Final = ("raised", "updated")
"""States of a finding that still lasts."""
STAGE: Final = ("presenter_network", "presenter_device")
"""Causes that lie on the stage: everybody hears and sees what they spoil."""
_COMMON: Final = ("location", "network", "data_center", "version")
"""What people most often have in common when they have trouble together."""
_WELL: Final = ("good", "fair")
"""Classes of sound of which people are said to hear well."""


class Weighed(Protocol):
    """What the order of findings needs of them."""

    @property
    def cause(self) -> str:
        """What is wrong."""
        ...

    @property
    def affected(self) -> int:
        """How many it hits."""
        ...

    @property
    def minutes(self) -> int:
        """How long it has lasted."""
        ...


W = TypeVar("W", bound=Weighed)


def by_weight(findings: Iterable[W]) -> list[W]:
    """Return findings, the most important first.

    What comes from the stage goes before all else, then whatever cost people the most
    minutes: those hit times how long it lasted.
    """
    return sorted(
        findings, key=lambda one: (one.cause not in STAGE, -one.affected * one.minutes)
    )


def from_stage(findings: Iterable[Finding]) -> pl.Expr:
    """Return which minutes of whom had sound that was damaged before it reached Zoom.

    It arrived so as well as it could: the minutes' own scores do not show it.
    """
    hit = [
        (pl.col("minute") >= one.begin)
        & (pl.lit(value=True) if one.end is None else pl.col("minute") < one.end)
        & pl.col("participant").is_in(list(one.participants))
        for one in findings
        if one.cause in STAGE and one.media == "audio"
    ]
    return pl.any_horizontal(hit) if hit else pl.lit(value=False)


def heard_well(minutes: pl.DataFrame, findings: Iterable[Finding]) -> tuple[int, int]:
    """Return in how many minutes people heard well, and of how many that is known.

    Heard well is sound that is good or fair and was not damaged on the stage.
    """
    known = minutes.filter(pl.col("audio_class").is_in(CLASSES))
    well = pl.col("audio_class").is_in(_WELL) & ~from_stage(findings)
    return known.filter(well).height, known.height


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """One minute of a room."""

    present: int
    """People who are there."""
    measured: int
    """People of whom something was measured in this minute."""
    classes: Mapping[str, Mapping[str, int]]
    """People measured by medium (and ``all``) and class."""
    sentence: str


def glance(minutes: pl.DataFrame, present: int, findings: Sequence[Finding]) -> Glance:
    """Return what there is to say of a minute.

    Args:
        minutes: Classed minutes, a row a participant.
        present: How many people are there.
        findings: What was found so far; only what lasts is said.
    """
    names = {medium: f"{medium}_class" for medium in MEDIA} | {"all": "class"}
    classes = {
        medium: {
            name: int((minutes[column] == name).sum())
            for name in (*CLASSES, UNCLASSIFIED)
        }
        for medium, column in names.items()
    }
    measured = sum(classes["all"][name] for name in CLASSES)
    there = max(present, measured)
    return Glance(
        present=there,
        measured=measured,
        classes=classes,
        sentence=" ".join(_said(there, minutes, classes["all"], findings)),
    )


def _said(
    there: int,
    minutes: pl.DataFrame,
    overall: Mapping[str, int],
    findings: Sequence[Finding],
) -> Sequence[str]:
    said = [f"{there:,} here."]
    lasting = by_weight(one for one in findings if one.state in LASTING)
    well, known = heard_well(minutes, lasting)
    measured = sum(overall[name] for name in CLASSES)
    if known:
        said.append(f"{percent(well / known)} of {known:,} measured hear well.")
    elif measured:
        fine = overall["good"] + overall["fair"]
        said.append(f"{percent(fine / measured)} of {measured:,} measured are well.")
    else:
        said.append("Nobody is measured yet.")
    return [*said, *(one.sentence for one in lasting[:3])]


def nothing_found(
    people: pl.DataFrame, minutes: pl.DataFrame, thresholds: Thresholds = DEFAULTS
) -> str:
    """Return what to say of a session without a finding.

    Args:
        people: Everybody, with what they may have in common.
        minutes: Judged ones: `participant` and `bad`.
        thresholds: Says from how many people a group can be judged.
    """
    measured = minutes.filter(pl.col("bad").is_not_null())["participant"].n_unique()
    if not measured:
        return "Nothing was measured, so nothing can be said."
    if not minutes["bad"].any():
        return "No finding: nobody who was measured had trouble."
    least = thresholds.scan.members_of("few")
    if measured < least:
        return (
            f"No finding: {measured} people measured are too few to tell what they "
            f"have in common; {least} are needed."
        )
    if all(2 * _blank(people, name) > len(people) for name in _COMMON):
        return (
            "No finding, but of most people neither place, network, data center nor "
            "version is known: what those with trouble have in common cannot be told."
        )
    return (
        "No finding: nothing went wrong that many people had in common. Whoever had "
        "trouble had it alone."
    )


def _blank(people: pl.DataFrame, name: str) -> int:
    if name not in people.columns:
        return len(people)
    return int((people[name].fill_null("") == "").sum())
