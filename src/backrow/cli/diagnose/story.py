"""One person's story, and the answer about a group, on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import polars as pl
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from backrow.cli.context import Zone
from backrow.cli.diagnose.summary import CAUSE_WORDS, MEDIA_TITLES
from backrow.cli.diagnose.timeline import drawn, timeline_of
from backrow.cli.show import show_list
from backrow.cli.write import counted, plain
from backrow.diagnose.hindsight import Diagnosis
from backrow.diagnose.presets import CLASSES, UNCLASSIFIED
from backrow.diagnose.verdict.story import GroupAnswer, Story
from backrow.diagnose.verdict.wording import percent

_LONGEST: Final = 600
_FACTS: Final = {
    "site": "office",
    "isp": "provider",
    "network": "network",
    "location": "place",
    "data_center": "data center",
    "version": "version",
    "os": "system",
    "device": "device",
    "network_type": "on",
    "connection_type": "connection",
}
_BESIDE: Final = {
    "own": "this person",
    "everybody": "everybody",
    "site": "the same office",
    "network": "the same network",
    "isp": "the same provider",
    "location": "the same place",
}


def show_story(
    console: Console, diagnosis: Diagnosis, story: Story, zone: Zone
) -> None:
    """Print what one person experienced, when, why, and what to do."""
    _paragraph(console, story.sentence, style="bold")
    facts = [f"user_id {story.participant}", story.role] + [
        f"{_FACTS[name]} {value}" for name, value in story.facts.items()
    ]
    _paragraph(console, " · ".join(plain(fact) for fact in facts if fact), style="dim")
    own = _alone(diagnosis, story.participant)
    line = timeline_of(own)
    if line is not None:
        spans = [(one.begin, one.end) for one in story.chapters]
        for text in drawn(console, line, zone, spans=spans, indent=0):
            console.print(text)
    if story.chapters:
        console.print()
    for chapter in story.chapters:
        _paragraph(
            console,
            f"{chapter.sentence} ({counted(chapter.bad_minutes, 'minute')} with trouble, the lowest "
            f"score {chapter.worst_score:.1f} of 4.5)",
        )
    for advice in dict.fromkeys(chapter.advice for chapter in story.chapters):
        _paragraph(console, f"What to do: {advice}", indent=3)
    if not story.minutes:
        return
    console.print()
    _show_media(console, story)
    beside = [
        f"{_BESIDE[name]} {percent(share)}" for name, share in story.neighbours.items()
    ]
    _paragraph(console, f"Minutes with trouble: {', '.join(beside)}.")


def _alone(diagnosis: Diagnosis, participant: str) -> Diagnosis:
    """Return one person's part of a diagnosis."""
    ours = diagnosis.minutes.filter(pl.col("participant") == participant)
    return Diagnosis(
        findings=(),
        episodes=(),
        minutes=ours,
        people=diagnosis.people,
    )


def _show_media(console: Console, story: Story) -> None:
    rows = [
        (
            MEDIA_TITLES[medium],
            *(percent(shares[name]) for name in (*CLASSES, UNCLASSIFIED)),
        )
        for medium, shares in story.media.items()
    ]
    title = f"{story.minutes:,} minutes measured"
    show_list(console, ("", *CLASSES, "not measured"), rows, title=title)


def show_group(
    console: Console, diagnosis: Diagnosis, answer: GroupAnswer, zone: Zone
) -> None:
    """Print how a group was, against everybody else."""
    _paragraph(console, answer.sentence, style="bold")
    judged = {
        "judged": "It could be judged",
        "too_small": "Too small to be judged by itself",
        "blank": "It could not be judged",
    }
    _paragraph(console, f"{judged[answer.verdict]}: {answer.reason}.{_blanks(answer)}")
    if "site" in answer.where and bool((diagnosis.people["site"] == "").all()):
        _paragraph(console, "No list of offices is given: --sites names one.")
    if not answer.measured:
        return
    line = timeline_of(diagnosis, answer.where)
    if line is not None:
        for text in drawn(console, line, zone, spans=_worst(answer), indent=0):
            console.print(text)
    console.print()
    _show_beside(console, answer)
    for sentence in _said(answer, diagnosis):
        _paragraph(console, sentence)


def _blanks(answer: GroupAnswer) -> str:
    if not answer.blank or answer.verdict == "blank":
        return ""
    return f" {answer.blank:,} more may belong to it; it is not known of them."


def _worst(answer: GroupAnswer) -> list[tuple[datetime, datetime]]:
    quarter = answer.worst_quarter
    if quarter is None or not quarter.trouble_share or not quarter.is_whole:
        return []
    return [(quarter.begin, quarter.end)]


def _show_beside(console: Console, answer: GroupAnswer) -> None:
    """Print the share of minutes classed poor or bad, of the group and of others."""
    rows = [
        (
            MEDIA_TITLES[medium],
            _spoilt(answer.media[medium]),
            _spoilt(answer.others[medium]),
        )
        for medium in answer.media
    ]
    columns = ("classed poor or bad", "they", "everybody else")
    show_list(console, columns, rows, title="of the minutes that could be classed")


def _spoilt(shares: Mapping[str, float]) -> str:
    known = sum(shares[name] for name in CLASSES)
    return percent((shares["poor"] + shares["bad"]) / known) if known else "-"


def _said(answer: GroupAnswer, diagnosis: Diagnosis) -> Sequence[str]:
    said = []
    quarter = answer.worst_quarter
    if quarter is not None and quarter.trouble_share and quarter.is_whole:
        share = percent(quarter.trouble_share)
        said.append(f"Trouble in its worst quarter of an hour: {share} of the minutes.")
    if answer.causes:
        causes = [
            f"{CAUSE_WORDS.get(cause, cause)} {count:,}"
            for cause, count in answer.causes.items()
        ]
        said.append(f"Minutes by cause: {', '.join(causes[:5])}.")
    if answer.shared:
        shared = [f"{_FACTS[n]} {plain(v)}" for n, v in answer.shared.items()]
        said.append(f"At least four in five share: {', '.join(shared)}.")
    found = [one for one in diagnosis.findings if one.id in answer.findings]
    said += [f"Finding {one.id} concerns them: {one.sentence}" for one in found]
    if not found:
        said.append("No finding concerns them.")
    return said


def _paragraph(
    console: Console, text: str, *, style: str = "", indent: int = 0
) -> None:
    shown = Text(plain(text, longest=_LONGEST), style=style)
    console.print(Padding(shown, (0, 0, 0, indent), expand=False) if indent else shown)
