"""Load what ``backrow export --since`` wrote into a DuckDB file, as a warehouse would.

::

    backrow export --since 2026-11-23T00:00:00Z -o changes
    python examples/load_changes.py changes warehouse.duckdb

Needs ``pip install duckdb``. Doing it twice changes nothing. The manifest's
``next_since`` is printed: it is the instant to ask with next time.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import duckdb

EVIDENCE = {"samples", "roster", "summaries", "unreadable"}
"""Tables in which several rows may share a key: none of them replaces another."""


def main(folder: Path, database: Path) -> str:
    """Load a folder into a database, all of it or nothing.

    Args:
        folder: What the export wrote, as Parquet.
        database: A DuckDB file, made if need be.

    Returns:
        The instant to ask with next time.
    """
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    keys = {name: about["key"] for name, about in manifest["tables"].items()}
    del keys["deletions"]
    with duckdb.connect(str(database)) as db:
        db.begin()
        for name in keys:
            rows = file_of(folder, name)
            db.sql(f"create table if not exists {name} as from {rows} limit 0")
            take_away(db, name, file_of(folder, "deletions"))
        for name, key in keys.items():
            put_in(db, name, key, file_of(folder, name))
        db.commit()
    return str(manifest["next_since"])


def file_of(folder: Path, name: str) -> str:
    """Return a table's file as SQL reads it."""
    path = str(folder / f"{name}.parquet").replace("'", "''")
    return f"read_parquet('{path}')"


def take_away(db: duckdb.DuckDBPyConnection, name: str, deletions: str) -> None:
    """Take out of a table what was deleted in the lake."""
    columns = {row[0] for row in db.sql(f"describe {name}").fetchall()}
    same = " and ".join(
        f"(gone.{column} is null or gone.{column} = {name}.{column})"
        if column in columns
        else f"gone.{column} is null"
        for column in ("participant", "minute")
    )
    db.sql(f"""
        delete from {name} using {deletions} as gone
        where gone."table" = '{name}' and gone.session_uuid = {name}.session_uuid
        and {same}
    """)  # noqa: S608 - our own names


def put_in(db: duckdb.DuckDBPyConnection, name: str, key: list[str], rows: str) -> None:
    """Put new rows into a table, in place of those with their keys."""
    if name in EVIDENCE:
        db.sql(f"insert into {name} by name (from {rows} except from {name})")
        return
    names = ", ".join(key)
    loaded = f"(select ({names}) from {rows})"  # noqa: S608 - our own names
    db.sql(f"delete from {name} where ({names}) in {loaded}")  # noqa: S608 - as above
    db.sql(f"insert into {name} by name from {rows}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("database", type=Path)
    given = parser.parse_args()
    print(f"next time: --since {main(given.folder, given.database)}")
    sys.exit(0)
