"""Taking a person out of rows that are about more than the person.

Each function returns a change: rows of one session in, what is left of them out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeAlias

import polars as pl

Change: TypeAlias = Callable[[pl.DataFrame], pl.DataFrame]


def reworded(finding: dict[str, Any], name: str, other: str) -> dict[str, Any]:
    """Return a finding whose words call somebody otherwise.

    Args:
        finding: As `Finding.to_dict` gives it; only its sentence and advice change.
        name: As it stands there, between other words or alone.
        other: What to say instead.
    """
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    said = {
        key: word.sub(lambda _: other, finding[key])
        for key in ("sentence", "advice")
        if finding.get(key)
    }
    return finding | said


def blanked(emails: Collection[str]) -> Change:
    """Take addresses out of every text that holds them, whatever the letter case."""
    pattern = "|".join(re.escape(email) for email in sorted(emails))

    def change(rows: pl.DataFrame) -> pl.DataFrame:
        if not pattern:
            return rows
        texts = [name for name, kind in rows.schema.items() if kind == pl.String()]
        return rows.with_columns(
            pl.col(name).str.replace_all(f"(?i){pattern}", "") for name in texts
        )

    return change


def unhosted(emails: Collection[str], pseudonyms: Collection[str] = ()) -> Change:
    """Blank the hosts with these addresses, and their names wherever they host.

    Args:
        emails: Addresses, in lower case.
        pseudonyms: What they are called where names are not kept.
    """
    blank = blanked(emails)

    def change(rows: pl.DataFrame) -> pl.DataFrame:
        is_host = pl.col("host_email").str.to_lowercase().is_in(list(emails))
        names = [name for name in rows.filter(is_host)["host"].unique() if name]
        is_named = pl.col("host").is_in([*names, *pseudonyms])
        return blank(
            rows.with_columns(
                host=pl.when(is_named).then(pl.lit("")).otherwise("host"),
                host_email=pl.when(is_host).then(pl.lit("")).otherwise("host_email"),
            )
        )

    return change


def without_people(
    people: Mapping[str, Collection[str]],
    emails: Collection[str],
    names: Collection[str],
) -> Change:
    """Take people out of findings; a finding about nobody else goes altogether.

    Args:
        people: Participants by session.
        emails: Their addresses, which go from every text.
        names: Their names, which go from the texts of these sessions.
    """
    blank = blanked(emails)

    def change(rows: pl.DataFrame) -> pl.DataFrame:
        left = (
            _without(one, people[one["session_uuid"]], names)
            if one["session_uuid"] in people
            else one
            for one in rows.to_dicts()
        )
        kept = [one for one in left if one is not None]
        return blank(pl.DataFrame(kept, schema=rows.schema))

    return change


def _without(
    row: dict[str, Any], people: Collection[str], names: Collection[str]
) -> dict[str, Any] | None:
    finding = json.loads(row["finding"] or "{}")
    named = finding.get("participants") or []
    others = [one for one in named if one not in people]
    if named and not others:
        return None
    if len(others) < len(named):
        finding["participants"] = others
    for name in names:
        finding = reworded(finding, name, "")
    return {**row, "finding": json.dumps(finding, ensure_ascii=False)}
