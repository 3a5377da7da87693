"""Findings on a terminal: a sentence, a timeline, what to do, and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import polars as pl
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from backrow.cli.context import Zone
from backrow.cli.diagnose.timeline import (
    ATTRIBUTE_NAMES,
    MINUTE,
    Timeline,
    drawn,
    timeline_of,
)
from backrow.cli.write import counted, plain
from backrow.diagnose.hindsight import Diagnosis
from backrow.diagnose.verdict.finding import Evidence, Finding
from backrow.diagnose.verdict.wording import where

_LONGEST: Final = 600
_SHOWN: Final = 3
_STATES: Final = {"cleared": "over", "raised": "lasts", "updated": "lasts"}


def show_findings(
    console: Console,
    diagnosis: Diagnosis,
    findings: Sequence[Finding],
    zone: Zone,
    *,
    nothing: str,
) -> None:
    """Print findings, the oldest first.

    Args:
        console: Where to print.
        diagnosis: The session.
        findings: Which of its findings.
        zone: The viewer's.
        nothing: What to say if there is none.
    """
    if not findings:
        console.print(Text(nothing, style="bold"))
        return
    console.print(Text(counted(len(findings), "finding"), style="bold"))
    for number, finding in enumerate(findings, 1):
        console.print()
        _show(console, diagnosis, finding, zone, number)


def _show(
    console: Console, diagnosis: Diagnosis, finding: Finding, zone: Zone, number: int
) -> None:
    _paragraph(console, f"{number}. {finding.sentence}", style="bold", hanging=3)
    line = _line(diagnosis, finding)
    if line is not None:
        end: datetime = finding.end or line.end
        span = (finding.begin, max(end, finding.begin + MINUTE))
        for text in drawn(console, line, zone, spans=[span]):
            console.print(text)
    _paragraph(console, f"What to do: {finding.advice}")
    for note in _notes(finding):
        _paragraph(console, note, style="dim")


def _line(diagnosis: Diagnosis, finding: Finding) -> Timeline | None:
    """Return the share of bad minutes in the scope; of trouble from the stage, of
    those that have it from there, since a stage's trouble need not make them bad.
    """
    if any(name in ATTRIBUTE_NAMES for name in finding.scope):
        return timeline_of(diagnosis, finding.scope)
    return timeline_of(diagnosis, share_of=pl.col("cause") == finding.cause)


def _notes(finding: Finding) -> Iterator[str]:
    state = _STATES.get(finding.state)
    parts = [f"id {finding.id}", *([state] if state else []), _sure(finding)]
    if not finding.cause.startswith("presenter") and finding.lift >= 1.5:
        parts.insert(-1, f"{finding.lift:.0f} times what was to be expected")
    yield f"{', '.join(parts)}."
    shown = [_figure(one) for one in finding.evidence[1 : 1 + _SHOWN]]
    if shown:
        yield f"{'; '.join(shown)}."


def _sure(finding: Finding) -> str:
    """Return how sure it is, and what the figures cannot tell it from."""
    sure = f"{finding.sure_pct} % sure"
    ties = [where(tuple(scope.items())) for scope in finding.indistinguishable]
    if not ties:
        return sure
    return f"{sure}; the figures cannot tell it from trouble {' or '.join(ties)}"


def _figure(one: Evidence) -> str:
    """Return a figure beside what it is compared with."""
    what, _, compared = one.what.partition("; ")
    what = what.removesuffix(", median of those affected")
    value = f"{what}: {_number(one.value)} {one.unit}"
    if one.compared_with is None:
        return value
    return f"{value} ({compared}: {_number(one.compared_with)})"


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.1f}"


def _paragraph(
    console: Console, text: str, *, style: str = "", hanging: int = 0
) -> None:
    """Print wrapped text under a finding's number."""
    shown = plain(text, longest=_LONGEST)
    if not hanging:
        console.print(Padding(Text(shown, style=style), (0, 0, 0, 3), expand=False))
        return
    lines = Text(shown, style=style).wrap(console, max(20, console.width - hanging))
    for i, line in enumerate(lines):
        console.print(
            line if not i else Padding(line, (0, 0, 0, hanging), expand=False)
        )
