"""Out of the lake, into files: one session, or all that changed since an instant.

**Changes.** `changes` writes a folder: a file a table with the rows whose
`changed_at` is not before the instant, `deletions` among them, and `manifest.json`
with the instant to ask with next time. Load `deletions` first (each takes away the
rows of its table that have its session, participant and minute, where it names
them), then put each table's rows in by its key, which the manifest names: what was
there is replaced. Rows get their `changed_at` shortly before they can be read, so
each export reaches back `OVERLAP_S` further than asked; the overlap comes twice and
does no harm.

**CSV** is opened in spreadsheets, which compute texts that begin with certain
characters. Such texts get an apostrophe in front; numbers stay numbers. Parquet,
Arrow and NDJSON carry every text as it is.

Files appear whole or not at all: they are written under another name first.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Final, Literal, TypeAlias

import polars as pl

from backrow.lake.kept import LATEST_OF, Lake, latest_participants
from backrow.lake.store.failures import told
from backrow.lake.store.privacy import Privacy
from backrow.lake.store.reading import equal, literal
from backrow.lake.store.rows import instant
from backrow.lake.tables import TABLES, TableName
from backrow.qos.people import iso

Format = Literal["parquet", "csv", "ndjson", "arrow"]
Target: TypeAlias = Path | IO[bytes]
OVERLAP_S: Final = 900.0
"""Seconds by which an export of changes reaches back before its instant."""
MANIFEST: Final = "manifest.json"
_FORMULA: Final = r"^[=+\-@\t\r]"
"""Texts that a spreadsheet would compute."""
_INSTANT: Final = "%Y-%m-%dT%H:%M:%S%.fZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What an export of changes wrote."""

    rows: dict[str, int]
    """Rows by table."""
    next_since: datetime
    """The instant to ask with next time."""


def write(rows: pl.DataFrame, target: Target, form: Format) -> None:
    """Write a frame.

    Args:
        rows: What to write.
        target: A file to make or replace, or an open binary stream.
        form: parquet, csv, ndjson or arrow (an IPC file).

    Raises:
        StorageError: It cannot be written.
    """
    place = str(target) if isinstance(target, Path) else "the output"
    with told("write the export", place=place), opened(target) as out:
        if form == "parquet":
            rows.write_parquet(out, compression="zstd")
        elif form == "arrow":
            rows.write_ipc(out, compression="zstd")
        elif form == "csv":
            _plain(_harmless(rows)).write_csv(out)
        else:
            _instants_as_text(rows).write_ndjson(out)


def changes(
    lake: Lake,
    folder: Path,
    form: Format,
    *,
    since: float,
    now: float,
    privacy: Privacy | None = None,
) -> Changes:
    """Write what changed in all sessions into a folder.

    Args:
        lake: What is asked.
        folder: Where the files go; made if need be.
        form: Of every table's file.
        since: Unix seconds.
        now: Unix seconds; where the next export begins.
        privacy: What is told of people; by default all that the lake holds.

    Raises:
        NothingFoundError: There is no lake.
        StorageError: The folder cannot be written.
    """
    lake.store.require()
    with told("write the export", place=str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    for name in ("deletions", *(n for n in TABLES if n != "deletions")):
        rows = changed(lake, name, since=since - OVERLAP_S)  # type: ignore[arg-type] # a table's name
        rows = discreet(lake, name, rows, privacy or Privacy())  # type: ignore[arg-type] # the same
        write(rows, folder / f"{name}.{form}", form)
        counts[name] = rows.height
    manifest = {
        "since": iso(instant(since)),
        "next_since": iso(instant(now)),
        "format": form,
        "tables": {
            name: {"rows": count, "key": TABLES[name].key}  # type: ignore[index] # a table's name
            for name, count in counts.items()
        },
    }
    with told("write the export", place=str(folder)), opened(folder / MANIFEST) as out:
        out.write(json.dumps(manifest, indent=2).encode() + b"\n")
    return Changes(rows=counts, next_since=instant(now))


def changed(lake: Lake, name: TableName, *, since: float) -> pl.DataFrame:
    """Return a table's rows that changed since an instant, `changed_at` among them.

    Of what is observed again and again, the newest value of each column is
    returned, for everything that was observed since.

    Args:
        lake: What is asked.
        name: Which table.
        since: Unix seconds.

    Raises:
        LakeError: The lake cannot be read.
    """
    begin = instant(since)
    is_new = pl.col("changed_at") >= begin
    if name in LATEST_OF:
        latest = LATEST_OF[name]
        return lake.store.read(name, lambda rows: latest(rows).filter(is_new))
    return lake.store.read(
        name,
        lambda rows: rows.filter(is_new),
        where=f"changed_at >= {literal(begin)}",
    )


def discreet(
    lake: Lake, name: TableName, rows: pl.DataFrame, privacy: Privacy
) -> pl.DataFrame:
    """Return a table's rows with no more of people than is to be told.

    Args:
        lake: Where they are from.
        name: Which table.
        rows: Any of its columns.
        privacy: What is told.

    Raises:
        LakeError: The lake cannot be read.
    """

    def people(session: str) -> pl.DataFrame:
        return lake.store.read(
            "participants",
            lambda stays: latest_participants(
                stays.filter(pl.col("session_uuid") == session)
            ).select("participant", "user_name", "email"),
            where=equal(session_uuid=session),
        )

    if name == "findings":
        return privacy.retold(rows, people)
    return privacy.kept(name, rows)


def _harmless(rows: pl.DataFrame) -> pl.DataFrame:
    """Return `rows` without a text that a spreadsheet would compute."""
    texts = [name for name, kind in rows.schema.items() if kind == pl.String]
    return rows.with_columns(
        pl.when(pl.col(name).str.contains(_FORMULA))
        .then(pl.concat_str(pl.lit("'"), name))
        .otherwise(name)
        .alias(name)
        for name in texts
    )


def _plain(rows: pl.DataFrame) -> pl.DataFrame:
    """Return `rows` with lists as JSON and instants as ISO 8601 in UTC."""
    lists = [name for name, kind in rows.schema.items() if kind == pl.List(pl.String)]
    return _instants_as_text(rows).with_columns(
        pl.col(name).map_elements(
            lambda values: json.dumps(values.to_list(), ensure_ascii=False),
            return_dtype=pl.String,
        )
        for name in lists
    )


def _instants_as_text(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.col(pl.Datetime).dt.strftime(_INSTANT))


@contextmanager
def opened(target: Target) -> Iterator[IO[bytes]]:
    """Yield a stream; a file takes its name once all is written.

    Links are followed. What is there and is no file, such as a pipe, is written into.

    Args:
        target: A path, or a stream, which is given back as it is.

    Raises:
        OSError: It cannot be written.
    """
    if not isinstance(target, Path):
        yield target
        return
    path = target.resolve()
    if path.exists() and not path.is_file():
        with path.open("wb") as out:
            yield out
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as out:
            yield out
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
