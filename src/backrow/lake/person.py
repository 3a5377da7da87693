"""All that the lake holds about one person, in files: what a person may ask for.

Rows about the person's stays are written as they are. Findings keep of the people they
hit this person alone, and sessions tell of the host only if that is who it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl

from backrow.errors import NothingFoundError
from backrow.lake.export import Format, write
from backrow.lake.forget import BY_STAY, Who
from backrow.lake.kept import LATEST_OF, Lake
from backrow.lake.store.failures import told
from backrow.lake.store.reading import among
from backrow.lake.tables import TableName

_OF_HOSTS: Final = ("host", "host_email", "dept", "other")
"""What a session tells of its host, and what the account notes of it."""
_STAY: Final = ["session_uuid", "participant"]


def write_person(lake: Lake, who: Who, folder: Path, form: Format) -> dict[str, int]:
    """Write all about a person into a folder, a file a table that tells something.

    Args:
        lake: What is asked.
        who: Of `backrow.lake.forget.find`.
        folder: Where the files go; made if need be.
        form: Of every file.

    Returns:
        Rows by table.

    Raises:
        NothingFoundError: The lake holds nothing about the person.
        StorageError: The folder cannot be written.
    """
    tables: dict[TableName, pl.DataFrame] = {}
    if who.stays:
        names: tuple[TableName, ...] = ("participants", *BY_STAY)
        tables = {name: _of_stays(lake, who, name) for name in names}
        tables["findings"] = _findings(lake, who)
    tables["sessions"] = _sessions(lake, who)
    found = {name: rows for name, rows in tables.items() if not rows.is_empty()}
    if not found:
        raise NothingFoundError("nobody is called so", place=lake.url)
    with told("write the export", place=str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
    for name, rows in found.items():
        write(rows, folder / f"{name}.{form}", form)
    return {name: rows.height for name, rows in found.items()}


def _of_stays(lake: Lake, who: Who, name: TableName) -> pl.DataFrame:
    stays = pl.LazyFrame(
        [(one.session_uuid, one.participant) for one in who.stays],
        schema=dict.fromkeys(_STAY, pl.String()),
        orient="row",
    )
    latest = LATEST_OF.get(name, _as_it_is)
    return lake.store.read(
        name,
        lambda rows: latest(rows.join(stays, on=_STAY, how="semi")).sort(
            _STAY, maintain_order=True
        ),
        where=_in_sessions(who),
    )


def _as_it_is(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows


def _in_sessions(who: Who) -> str:
    return among("session_uuid", sorted({one.session_uuid for one in who.stays}))


def _findings(lake: Lake, who: Who) -> pl.DataFrame:
    """Return the findings that hit the person, about nobody else."""
    ours: dict[str, set[str]] = {}
    for one in who.stays:
        ours.setdefault(one.session_uuid, set()).add(one.participant)
    where = pl.col("session_uuid").is_in(list(ours))
    rows = lake.store.read(
        "findings",
        lambda rows: LATEST_OF["findings"](rows.filter(where)),
        where=_in_sessions(who),
    )
    kept = []
    for row in rows.iter_rows(named=True):
        finding = _alone(json.loads(row["finding"] or "{}"), ours[row["session_uuid"]])
        if finding is not None:
            kept.append({**row, "finding": json.dumps(finding, ensure_ascii=False)})
    return pl.DataFrame(kept, schema=rows.schema)


def _alone(finding: Mapping[str, Any], ours: set[str]) -> dict[str, Any] | None:
    """Return a finding with this person alone in it; None if it is about others."""
    hit = [one for one in finding.get("participants") or () if one in ours]
    about = finding.get("scope", {}).get("participant")
    if not hit and about not in ours:
        return None
    alone = {**finding, "participants": hit}
    if about is not None and about not in ours:  # somebody else is named
        scope = {k: v for k, v in finding["scope"].items() if k != "participant"}
        alone |= {"scope": scope, "sentence": "", "advice": ""}
    return alone


def _sessions(lake: Lake, who: Who) -> pl.DataFrame:
    """Return where the person was, and what the person hosted."""
    by_email = pl.col("host_email").str.to_lowercase().is_in(list(who.emails))
    by_name = pl.col("host").is_in(list(who.pseudonyms))
    is_host = by_email.fill_null(value=False) | by_name.fill_null(value=False)
    was_there = pl.col("session_uuid").is_in(
        sorted({one.session_uuid for one in who.stays})
    )
    rows = lake.store.read(
        "sessions",
        lambda rows: LATEST_OF["sessions"](rows).filter(is_host | was_there),
    )
    return rows.with_columns(
        pl.when(is_host).then(name).alias(name) for name in _OF_HOSTS
    )
