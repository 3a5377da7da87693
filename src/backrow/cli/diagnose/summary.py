"""A session in figures on a terminal: who was there, how it was, who had it worst."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl
from rich.console import Console
from rich.text import Text

from backrow.cli.context import Zone
from backrow.cli.diagnose.timeline import Timeline, drawn
from backrow.cli.show import show_list
from backrow.cli.write import plain
from backrow.diagnose.classify import Agreement
from backrow.diagnose.hindsight import Diagnosis
from backrow.diagnose.presets import CLASSES, UNCLASSIFIED, Preset
from backrow.diagnose.verdict.summary import HitPerson, Summary
from backrow.diagnose.verdict.wording import percent

MEDIA_TITLES: Final = {
    "audio": "sound",
    "video": "picture",
    "share": "shared screen",
    "all": "the worst of these",
}
CAUSE_WORDS: Final[Mapping[str, str]] = {
    "presenter_network": "from the stage: a presenter's line",
    "presenter_device": "from the stage: a presenter's machine",
    "zoom_core": "Zoom itself",
    "data_center": "a Zoom data center",
    "shared_network": "a network that many share",
    "place": "a place",
    "app_version": "a version or system",
    "own_device": "their own machine",
    "own_wifi": "their own Wi-Fi",
    "own_cellular": "their mobile connection",
    "own_bandwidth": "their own line, full",
    "distant_data_center": "a data center far away",
    "unknown": "nothing measured says why",
}
"""Causes as a table says them."""
_WORST: Final = 8
_FIELDS: Final = {
    "location": "place",
    "data_center": "data center",
    "network": "network",
    "version": "version",
    "os": "system",
    "network_type": "kind of network",
}
"""Fields whose blanks are told, and their words."""
_BLANK_FROM: Final = 0.2


def show_head(
    console: Console, session: Mapping[str, Any], summary: Summary, zone: Zone
) -> None:
    """Print which session it is, and how many people and minutes there are."""
    begin = summary.begin or session.get("start_at")
    topic = plain(session.get("topic") or "")
    number = plain(session.get("session_number") or session["session_uuid"])
    kind = session.get("kind") or "session"
    console.print(Text(" · ".join(x for x in (topic, f"{kind} {number}") if x), "bold"))
    state = {"live": "still running", "complete": "complete"}
    words = state.get(str(session.get("state")), "not complete yet")
    if begin is not None:
        end = "" if summary.end is None else f" to {zone.local(summary.end):%H:%M}"
        local = zone.local(begin)
        when = f"{local:%Y-%m-%d %H:%M}{end} {zone.title(begin)}"
        console.print(Text(f"{when}, {words}"))
    console.print(
        Text(
            f"{summary.people:,} stays, {summary.measured:,} of them measured; "
            f"{summary.minutes:,} minutes of people"
        )
    )


def show_shares(console: Console, summary: Summary, preset: Preset) -> None:
    """Print the share of minutes by medium and class."""
    words = (*CLASSES, UNCLASSIFIED)
    rows = [
        (
            MEDIA_TITLES[medium],
            *(percent(shares[name]) for name in words),
        )
        for medium, shares in summary.media.items()
    ]
    title = "minutes of people"
    if preset.name != "own":
        title += f", by the preset {preset.title}"
    show_list(console, ("", *CLASSES, "not measured"), rows, title=title)


def show_worst_quarter(
    console: Console, summary: Summary, line: Timeline | None, zone: Zone
) -> None:
    """Print the whole room over time, with its worst quarter of an hour."""
    quarter = summary.worst_quarter
    if line is not None:
        console.print(Text("everybody's minutes with trouble", style="bold"))
        for text in drawn(console, line, zone, indent=0):
            console.print(text)
    if quarter is None:
        return
    if not quarter.trouble_share:
        console.print(Text("Nobody had trouble in any minute."))
        return
    what = "Worst quarter of an hour" if quarter.is_whole else "All of it"
    console.print(
        Text(
            f"{what}: {zone.local(quarter.begin):%H:%M} to "
            f"{zone.local(quarter.end):%H:%M}, trouble in "
            f"{percent(quarter.trouble_share)} of the minutes measured."
        )
    )


def show_worst_people(console: Console, summary: Summary, zone: Zone) -> None:
    """Print those who had it worst."""
    if not summary.worst_people:
        return
    rows = [_hit(one, zone) for one in summary.worst_people[:_WORST]]
    columns = ("name", "user_id", "role", "with trouble", "when", "mostly because of")
    show_list(console, columns, rows, title="hit worst")


def _hit(one: HitPerson, zone: Zone) -> tuple[object, ...]:
    begin, end = zone.local(one.begin), zone.local(one.end)
    return (
        one.name,
        one.participant,
        one.role,
        f"{one.bad_minutes} of {one.minutes} min",
        f"{begin:%H:%M} to {end:%H:%M}",
        CAUSE_WORDS.get(one.cause, one.cause),
    )


def notes(diagnosis: Diagnosis, summary: Summary) -> Iterator[str]:
    """Yield what a reader should know of the figures: blanks, and Zoom's opinion."""
    blank = [
        f"{_FIELDS[name]} {count:,}"
        for name, count in summary.unknown_fields.items()
        if name in _FIELDS and count >= _BLANK_FROM * max(1, summary.people)
    ]
    if blank:
        yield (
            f"Blank for many of {summary.people:,}, who are in no such group: "
            f"{', '.join(blank)}."
        )
    if _is_without_sites(diagnosis.people):
        yield "No list of offices is given (--sites), so none has a name here."
    yield from map(_agreement, summary.agreement)


def _is_without_sites(people: pl.DataFrame) -> bool:
    return not people.is_empty() and bool((people["site"] == "").all())


def _agreement(one: Agreement) -> str:
    by = "scores" if one.judged_by == "score" else "words"
    title = MEDIA_TITLES[one.medium]
    return (
        f"Zoom's own {by} agree on {title} in {percent(one.same / one.compared)} of the "
        f"{one.compared:,} minutes that both judged; ours is worse in "
        f"{percent(one.ours_worse / one.compared)}, better in "
        f"{percent(one.ours_better / one.compared)}."
    )
