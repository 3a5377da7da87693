"""The examples on a lake: reading it with other tools, and loading what changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from backrow.lake.export import changes
from backrow.lake.forget import forget
from examples import load_changes, read_lake
from tests.lake.world import BOB, EMAIL, NOW, UUID, fill, lake

pytestmark = pytest.mark.slow


def loaded(folder: Path, *, since: float, now: float) -> str:
    changes(lake(folder), folder / "changes", "parquet", since=since, now=now)
    return load_changes.main(folder / "changes", folder / "house.duckdb")


def rows_of(folder: Path, table: str) -> pl.DataFrame:
    with duckdb.connect(str(folder / "house.duckdb")) as db:
        found: Any = db.sql(f"from {table}").pl()
    assert isinstance(found, pl.DataFrame)
    return found


def test_a_lake_is_read_with_polars_duckdb_and_pandas(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(tmp_path)
    assert read_lake.main(str(tmp_path / "lake")) == 0
    told = capsys.readouterr().out
    assert "Ann Example and one more hear gaps." in told
    assert "loss_pct" in told
    assert "Name: participant" in told


def test_loading_twice_changes_nothing(tmp_path: Path) -> None:
    fill(tmp_path)
    assert loaded(tmp_path, since=0, now=NOW + 120) == "2026-11-23T11:02:00Z"
    first = rows_of(tmp_path, "samples")
    loaded(tmp_path, since=NOW, now=NOW + 180)
    assert rows_of(tmp_path, "samples").height == first.height == 6
    assert rows_of(tmp_path, "minutes").height == 6
    assert rows_of(tmp_path, "participants").height == 2


def test_who_was_forgotten_leaves_the_warehouse(tmp_path: Path) -> None:
    writer = fill(tmp_path)
    loaded(tmp_path, since=0, now=NOW + 120)
    forget(writer.store, EMAIL, now=NOW + 180)
    loaded(tmp_path, since=NOW + 120, now=NOW + 240)
    for table in ("samples", "minutes", "participants"):
        left = rows_of(tmp_path, table).filter(session_uuid=UUID)
        assert set(left["participant"]) == {BOB}
