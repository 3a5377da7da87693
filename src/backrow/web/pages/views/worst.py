"""People in tables: who has it worst, who a search finds, whom a finding hits."""

from __future__ import annotations

import csv
import io
from typing import Any, Final

import polars as pl

from backrow.diagnose.verdict.finding import Finding
from backrow.diagnose.verdict.summary import trouble_of
from backrow.web.pages.sessions.source import Snapshot
from backrow.web.pages.views.picture import GONE, WORDS, Picture

WORST: Final = 200
FOUND: Final = 50
_TEXTS: Final = ("network", "location", "site")
_SEARCHED: Final = ("user_name", "email", "ip_address", "participant")


def worst_of(
    snapshot: Snapshot,
    picture: Picture,
    *,
    members: pl.Series | None = None,
    most: int = WORST,
) -> list[dict[str, Any]]:
    """Return those with the most minutes with trouble, worst first.

    Args:
        snapshot: The session.
        picture: The minute that classes are of.
        members: Participants to look at; by default everybody.
        most: How many at most.
    """
    minutes = snapshot.minutes
    if members is not None:
        minutes = minutes.filter(pl.col("participant").is_in(members.implode()))
    hit = trouble_of(minutes).filter(pl.col("bad_minutes") > 0)
    return _told(snapshot, picture, hit.head(most))


def members_of(
    snapshot: Snapshot, picture: Picture, members: pl.Series, *, most: int
) -> list[dict[str, Any]]:
    """Return a group's people, worst first, those without trouble too."""
    worst = worst_of(snapshot, picture, members=members, most=most)
    told = {one["participant"] for one in worst}
    rest = members.filter(~members.is_in(list(told))).head(most - len(worst))
    minutes = trouble_of(
        snapshot.minutes.filter(pl.col("participant").is_in(rest.implode()))
    )
    rows = pl.DataFrame({"participant": rest}).join(
        minutes, on="participant", how="left", maintain_order="left"
    )
    return [*worst, *_told(snapshot, picture, rows)]


def search(snapshot: Snapshot, picture: Picture, query: str) -> list[dict[str, Any]]:
    """Return people whose name, email, address or id holds a text, at most 50."""
    wanted = query.strip().lower()
    if not wanted:
        return []
    people = snapshot.people.with_row_index("seat")
    columns = [name for name in _SEARCHED if name in people.columns]
    holds = [
        pl.col(name).fill_null("").str.to_lowercase().str.contains(wanted, literal=True)
        for name in columns
    ]
    found = people.filter(pl.any_horizontal(holds)).head(FOUND)
    return [
        {
            "participant": row["participant"],
            "name": row.get("user_name") or "",
            "email": row.get("email") or "",
            "role": row.get("role") or "",
            "class": class_word(picture, row["seat"]),
        }
        for row in found.iter_rows(named=True)
    ]


def class_word(picture: Picture, seat: int) -> str:
    """Return somebody's class in words; "gone" for who is not there."""
    code = int(picture.classes["all"][seat])
    return "gone" if code == GONE else WORDS[code]


def _told(
    snapshot: Snapshot, picture: Picture, rows: pl.DataFrame
) -> list[dict[str, Any]]:
    wanted = [
        n
        for n in ("participant", "user_name", "role", *_TEXTS)
        if n in snapshot.people.columns
    ]
    people = snapshot.people.select(wanted).with_row_index("seat")
    joined = rows.join(people, on="participant", how="inner", maintain_order="left")
    return [
        {
            "participant": row["participant"],
            "name": row.get("user_name") or "",
            "role": row.get("role") or "",
            "class": class_word(picture, row["seat"]),
            "due_to": row.get("due_to"),
            "score": None
            if row["worst_score"] is None
            else round(row["worst_score"], 2),
            "bad_minutes": row.get("bad_minutes") or 0,
            "minutes": row["minutes"] or 0,
            "cause": row.get("cause"),
            **{name: row.get(name) or "" for name in _TEXTS},
        }
        for row in joined.iter_rows(named=True)
    ]


CSV_COLUMNS: Final = (
    "participant",
    "user_name",
    "email",
    "role",
    "site",
    "network",
    "location",
    "data_center",
    "version",
    "os",
    "network_type",
    "ip_address",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def affected_csv(snapshot: Snapshot, finding: Finding) -> str:
    """Return those whom a finding hits as CSV, with their minutes with trouble in it.

    A text that a spreadsheet would take for a formula is put behind an apostrophe.
    """
    hit = pl.DataFrame({"participant": list(finding.participants)}).cast(pl.String)
    columns = [name for name in CSV_COLUMNS if name in snapshot.people.columns]
    inside = snapshot.minutes.filter(
        pl.col("participant").is_in(hit["participant"].implode()),
        pl.col("minute") >= finding.begin,
        *([] if finding.end is None else [pl.col("minute") < finding.end]),
    )
    counts = trouble_of(inside).select(
        "participant",
        pl.col("minutes").alias("minutes_measured"),
        "bad_minutes",
        pl.col("worst_score").round(2).alias("lowest_score"),
    )
    people = snapshot.people.select(columns)
    rows = hit.join(people, on="participant", how="left", maintain_order="left").join(
        counts, on="participant", how="left", maintain_order="left"
    )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(rows.columns)
    writer.writerows([safe_cell(value) for value in row] for row in rows.iter_rows())
    return text.getvalue()


def safe_cell(value: object) -> str:
    """Return a cell's text that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    if isinstance(value, str) and text.lstrip(" ").startswith(_FORMULA):
        return f"'{text}"
    return text
