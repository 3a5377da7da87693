"""The auditorium: every participant a seat, and what changes with each minute."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import numpy as np
import polars as pl

from backrow.diagnose.frames import CAUSES, PRESENTERS
from backrow.qos.people import iso
from backrow.qos.vocabulary import MEDIA
from backrow.web.pages.sessions.source import Snapshot
from backrow.web.pages.views.findings import findings_of
from backrow.web.pages.views.picture import picture_of, shown_minute
from backrow.web.pages.views.room import Look, standing
from backrow.web.pages.views.series import series_of

GROUPED: Final = (
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
"""What seats can be grouped by, beside the cause."""


def seats_page(snapshot: Snapshot, minute: datetime | None = None) -> dict[str, Any]:
    """Return everybody's seat, with the classes of a minute (by default the shown)."""
    picture = picture_of(snapshot, minute or shown_minute(snapshot))
    people = snapshot.people
    return {
        "minute": None if picture.minute is None else iso(picture.minute),
        "seating": snapshot.seating,
        "version": snapshot.version,
        "participants": people["participant"].to_list(),
        "names": _texts(people, "user_name"),
        "roles": "".join(_role(role) for role in _texts(people, "role")),
        "classes": picture.letters(),
        "by_medium": {medium: picture.letters(medium) for medium in MEDIA},
        "attributes": {
            **{name: _coded(people, name) for name in GROUPED},
            "cause": {"values": list(CAUSES), "codes": picture.causes.tolist()},
        },
    }


def minute_event(
    snapshot: Snapshot, look: Look, *, known: int, since: datetime | None
) -> dict[str, Any]:
    """Return what is new with a minute.

    Args:
        snapshot: The session as it is now.
        look: Who looks.
        known: How many seats the page knows.
        since: The newest minute that the page knows.
    """
    picture = picture_of(snapshot, shown_minute(snapshot))
    return {
        **standing(snapshot, picture, look),
        "by_medium": {medium: picture.counts(medium) for medium in MEDIA},
        "seats": picture.letters(),
        "seats_by_medium": {medium: picture.letters(medium) for medium in MEDIA},
        "causes": picture.causes.tolist(),
        "joined_from": known,
        "joined": _joined(snapshot.people, known),
        "point": series_of(snapshot, since=since or snapshot.newest_minute),
        "findings": findings_of(snapshot, look.zone),
    }


def _joined(people: pl.DataFrame, known: int) -> list[dict[str, Any]]:
    names = [name for name in GROUPED if name in people.columns]
    return [
        {
            "participant": row["participant"],
            "name": row.get("user_name") or "",
            "role": row.get("role") or "",
            "attributes": {name: row[name] or "" for name in names},
        }
        for row in people.slice(known).iter_rows(named=True)
    ]


def _texts(people: pl.DataFrame, name: str) -> list[str]:
    if name not in people.columns:
        return [""] * len(people)
    return people[name].fill_null("").to_list()


def _role(role: str) -> str:
    lower = role.lower()
    if lower == "host":
        return "h"
    return "p" if lower in PRESENTERS else "a"


def _coded(people: pl.DataFrame, name: str) -> dict[str, Any]:
    texts = pl.Series(_texts(people, name), dtype=pl.String)
    values = texts.filter(texts != "").unique().sort()
    codes = texts.replace_strict(
        values, pl.Series(np.arange(len(values))), default=-1, return_dtype=pl.Int32
    )
    return {"values": values.to_list(), "codes": codes.to_list()}
