"""A room at a glance: the one sentence on top of its page, and the figures behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from backrow.diagnose.presets import CLASSES, UNCLASSIFIED
from backrow.diagnose.thresholds import Thresholds
from backrow.diagnose.verdict.finding import Finding
from backrow.qos.vocabulary import MEDIA

LASTING: Final = ("raised", "updated")
"""States of a finding that still lasts."""


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
        sentence=" ".join(_said(there, measured, classes, findings)),
    )


def _said(
    there: int,
    measured: int,
    classes: Mapping[str, Mapping[str, int]],
    findings: Sequence[Finding],
) -> Sequence[str]:
    said = [f"{there:,} here."]
    heard = classes["audio"]
    known = sum(heard[name] for name in CLASSES)
    if known:
        well = heard["good"] + heard["fair"]
        said.append(f"{100 * well / known:.1f} % of {known:,} measured hear well.")
    elif measured:
        fine = classes["all"]["good"] + classes["all"]["fair"]
        said.append(f"{100 * fine / measured:.1f} % of {measured:,} measured are well.")
    else:
        said.append("Nobody is measured yet.")
    lasting = [one for one in findings if one.state in LASTING]
    worst = sorted(lasting, key=lambda one: -one.affected)
    return [*said, *(one.sentence for one in worst[:3])]


def nothing_found(measured: int, thresholds: Thresholds) -> str:
    """Return what to say of a session without a finding.

    Args:
        measured: How many people were measured.
        thresholds: Says from how many people a group can be judged.
    """
    if not measured:
        return "Nothing was measured, so nothing can be said."
    least = thresholds.scan.members_of("few")
    if measured < least:
        return (
            f"No finding: {measured} people measured are too few to tell what they "
            f"have in common; {least} are needed."
        )
    return (
        "No finding: nothing went wrong that many people had in common. Whoever had "
        "trouble had it alone."
    )
