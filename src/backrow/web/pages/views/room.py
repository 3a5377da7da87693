"""A session's page: the sentence on top, and everything below it but the seats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

import polars as pl

from backrow.diagnose.presets import CLASSES
from backrow.diagnose.verdict.finding import Finding
from backrow.diagnose.verdict.glance import by_weight, heard_well, nothing_found
from backrow.diagnose.verdict.wording import percent
from backrow.qos.people import iso
from backrow.qos.vocabulary import MEDIA
from backrow.web.pages.keys import key_of
from backrow.web.pages.sessions.source import Collecting, Listed, Occurrence, Snapshot
from backrow.web.pages.views.findings import brief, findings_of, lasting, sentence_in
from backrow.web.pages.views.picture import Picture, picture_of, shown_minute
from backrow.web.pages.views.presenters import presenters_of
from backrow.web.pages.views.series import series_of
from backrow.web.pages.views.worst import worst_of

STALE_S: Final = 180.0
"""From what age on of the newest minute a live page warns."""
_NAMED: Final = 2
"""How many findings the top line tells."""
METHOD: Final = (
    "Every minute of every person measured is scored: sound by the E-model (ITU-T "
    "G.107.2), pictures by curves of frame rate, size and loss. The worst medium "
    "there makes the class: good from 4.0, fair from 3.0, poor from 2.0, else bad. "
    "Not measured: muted, phone or no data. Rates count those who were measured "
    "without being suspected first."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Who looks, and when."""

    now: datetime
    zone: tzinfo
    """The viewer's, for times in sentences."""
    stale_s: float = STALE_S


def index_of(
    sessions: Sequence[Listed], look: Look, *, query: str = ""
) -> dict[str, Any]:
    """Return the list of sessions, live ones apart."""
    wanted = query.strip().casefold()
    cards = [
        listed_card(one, look) for one in sessions if _matches(one.occurrence, wanted)
    ]
    return {
        "now": iso(look.now),
        "zone": str(look.zone),
        "live": [card for card in cards if card["state"] == "live"],
        "past": [card for card in cards if card["state"] != "live"],
        "query": query,
    }


def _matches(occurrence: Occurrence, wanted: str) -> bool:
    texts = (occurrence.topic, occurrence.host, occurrence.number, occurrence.uuid)
    number = wanted.replace(" ", "").replace("-", "")
    return (
        not wanted
        or any(wanted in text.casefold() for text in texts)
        or bool(number and number in occurrence.number)
    )


def listed_card(listed: Listed, look: Look) -> dict[str, Any]:
    """Return a session as a list shows it."""
    occurrence = listed.occurrence
    told = [
        brief(one, told_in=listed.told_in, zone=look.zone)
        for one in by_weight(listed.findings)
    ]
    return {
        **_occurrence(occurrence),
        "people": listed.people,
        "measured": listed.measured,
        "good_share": listed.good_share,
        "findings": told,
        "newest_minute": _iso(listed.newest_minute),
    }


def session_page(snapshot: Snapshot, look: Look) -> dict[str, Any]:
    """Return a session's page, without its seats."""
    minute = shown_minute(snapshot)
    picture = picture_of(snapshot, minute)
    told = [
        brief(one, told_in=snapshot.told_in, zone=look.zone)
        for one in by_weight(snapshot.findings)
    ]
    return {
        **_occurrence(snapshot.occurrence),
        "people": len(snapshot.people),
        "brief": told,
        **standing(snapshot, picture, look),
        "good_share": _share(picture.counts()),
        "by_medium": {medium: picture.counts(medium) for medium in MEDIA},
        "series": series_of(snapshot),
        "findings": findings_of(snapshot, look.zone),
        "presenters": presenters_of(snapshot, picture),
        "worst": worst_of(snapshot, picture),
        "method": METHOD,
    }


def about_of(snapshot: Snapshot, look: Look) -> dict[str, Any]:
    """Return what every other page of a session says of it."""
    newest = _iso(snapshot.newest_minute)
    card = {**_occurrence(snapshot.occurrence), "newest_minute": newest}
    return {
        "key": card["key"],
        "session": {**card, "people": len(snapshot.people)},
        "newest_minute": newest,
        "age_s": age_s_of(snapshot, look),
        "warning": warning_of(snapshot, look),
        "now": iso(look.now),
        "zone": str(look.zone),
    }


def age_s_of(snapshot: Snapshot, look: Look) -> float | None:
    """Return how long ago the newest minute was over; None without one."""
    newest = snapshot.newest_minute
    return None if newest is None else round(_age_s(newest, look.now), 1)


def standing(snapshot: Snapshot, picture: Picture, look: Look) -> dict[str, Any]:
    """Return how the session stands, as the page's top tells."""
    newest = snapshot.newest_minute
    counts = picture.counts()
    headline, rest = headline_of(snapshot, picture), rest_of(snapshot, look.zone)
    return {
        "sentence": f"{headline} {rest}".strip(),
        "headline": headline,
        "rest": rest,
        "warning": warning_of(snapshot, look),
        "minute": _iso(picture.minute),
        "newest_minute": _iso(newest),
        "age_s": age_s_of(snapshot, look),
        "here": picture.here,
        "measured": sum(counts[name] for name in CLASSES),
        "classes": counts,
        "collecting": _collecting(snapshot.collecting),
        "seating": snapshot.seating,
        "version": snapshot.version,
    }


def sentence_of(snapshot: Snapshot, picture: Picture, look: Look) -> str:
    """Return the room in a line: how many, how they hear, and what is wrong."""
    headline = headline_of(snapshot, picture)
    return f"{headline} {rest_of(snapshot, look.zone)}".strip()


def headline_of(snapshot: Snapshot, picture: Picture) -> str:
    """Return how many there are, and how many of them hear well.

    Sound that a presenter's line or machine has damaged is not heard well, however
    well it arrives.
    """
    if snapshot.occurrence.state != "live":
        return _heard(snapshot)
    here = f"{picture.here:,} here."
    rows = picture.rows.filter(
        pl.Series(picture.present & picture.rated).gather(picture.rows["seat"])
    )
    well, base = heard_well(rows, lasting(snapshot.findings))
    if not base:
        return f"{here} Nobody's sound is measured yet."
    return f"{here} {_percent(well, base)} of {base:,} measured hear well."


def _heard(snapshot: Snapshot) -> str:
    minutes, everybody = snapshot.minutes, len(snapshot.people)
    well, base = heard_well(minutes, snapshot.findings)
    if not base:
        return f"{everybody:,} were here. Nobody's sound was measured."
    known = minutes.filter(pl.col("audio_class").is_in(CLASSES))
    people = known["participant"].n_unique()
    return (
        f"{everybody:,} were here. {people:,} were measured, and heard well in "
        f"{_percent(well, base)} of their {base:,} minutes."
    )


def rest_of(snapshot: Snapshot, zone: tzinfo) -> str:
    """Return what is wrong, or was: the most important findings."""
    if snapshot.occurrence.state == "live":
        return " ".join(_told(snapshot, lasting(snapshot.findings), zone))
    wrong = by_weight(snapshot.findings)
    parts = _told(snapshot, wrong, zone)
    if snapshot.occurrence.state != "complete":
        parts = ["Everybody's minutes are not there yet.", *parts]
    elif not wrong and snapshot.minutes["audio_class"].is_in(CLASSES).any():
        parts = [nothing_found(snapshot.people, snapshot.minutes)]
    return " ".join(parts)


def _told(snapshot: Snapshot, wrong: Sequence[Finding], zone: tzinfo) -> list[str]:
    """Return the first findings' sentences, and how many more there are."""
    told = [
        sentence_in(one, told_in=snapshot.told_in, zone=zone) for one in wrong[:_NAMED]
    ]
    more = len(wrong) - _NAMED
    return [*told, f"And {more} more."] if more > 0 else told


def warning_of(snapshot: Snapshot, look: Look) -> dict[str, str] | None:
    """Return why the page may not show how it is now; None if all is well."""
    if snapshot.occurrence.state != "live":
        return None
    collecting, newest = snapshot.collecting, snapshot.newest_minute
    if collecting is not None and not collecting.running:
        why = collecting.reason or "the collector was stopped"
        return {"reason": "stopped", "text": f"Collecting stopped: {why}."}
    if newest is None:
        return {"reason": "empty", "text": "Nothing is measured yet."}
    age_s = _age_s(newest, look.now)
    if age_s <= look.stale_s:
        return None
    why = collecting.reason if collecting is not None else ""
    because = f": {why}" if why else ": is the collector running?"
    if collecting is not None and not why:
        because = ""
    minutes = int(age_s // 60)
    return {
        "reason": "stale",
        "text": f"The newest minute is {minutes:,} minutes old{because}",
    }


def _age_s(newest: datetime, now: datetime) -> float:
    """Return how long ago a minute was over, never below 0."""
    return max(0.0, (now - newest - timedelta(minutes=1)).total_seconds())


def _collecting(collecting: Collecting | None) -> dict[str, Any] | None:
    if collecting is None:
        return None
    return {
        "running": collecting.running,
        "calls_used": collecting.calls_used,
        "calls_left": collecting.calls_left,
        "errors": collecting.errors,
        "how": collecting.how,
        "reason": collecting.reason,
    }


def _occurrence(occurrence: Occurrence) -> dict[str, Any]:
    return {
        "key": key_of(occurrence.uuid),
        "uuid": occurrence.uuid,
        "number": occurrence.number,
        "kind": occurrence.kind,
        "topic": occurrence.topic,
        "host": occurrence.host,
        "start_at": _iso(occurrence.start_at),
        "end_at": _iso(occurrence.end_at),
        "state": occurrence.state,
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else iso(at)


def _share(counts: dict[str, int]) -> float | None:
    base = sum(counts[name] for name in CLASSES)
    return round(counts["good"] / base, 4) if base else None


def _percent(part: int, base: int) -> str:
    """Return a share in percent; 100 % is said only of all, 0 % only of none."""
    if part in {0, base}:
        return f"{100 * part // base} %"
    return percent(part / base).replace(">", "over ").replace("<", "under ")
