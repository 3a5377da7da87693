"""Exports: nothing lost in any format, and nothing that a spreadsheet computes."""

import io
import json
import os
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, strategies as st

from backrow.errors import NothingFoundError, StorageError
from backrow.lake.export import MANIFEST, OVERLAP_S, Format, changes, write
from backrow.lake.forget import forget
from tests.lake.world import ANN, BOB, EMAIL, NOW, UUID, fill, hour, lake, store


def back(path: Path, form: Format, like: pl.DataFrame) -> pl.DataFrame:
    """Read an export, its texts made the types that they were."""
    if form == "parquet":
        return pl.read_parquet(path)
    if form == "arrow":
        return pl.read_ipc(path)
    texts = {
        name: pl.String if kind.is_temporal() else kind
        for name, kind in like.schema.items()
    }
    found = (
        pl.read_csv(path, schema=texts)
        if form == "csv"
        else pl.read_ndjson(path, schema=texts)
    )
    return found.with_columns(
        pl.col(name).str.to_datetime(
            "%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us", time_zone="UTC"
        )
        for name, kind in like.schema.items()
        if kind.is_temporal()
    )


@pytest.mark.parametrize("form", ["parquet", "csv", "ndjson", "arrow"])
def test_minutes_come_back_as_they_were(form: Format, tmp_path: Path) -> None:
    fill(tmp_path)
    minutes = lake(tmp_path).minutes(UUID)
    write(minutes, tmp_path / f"minutes.{form}", form)
    assert back(tmp_path / f"minutes.{form}", form, minutes).equals(minutes)


def test_csv_has_no_formula(tmp_path: Path) -> None:
    fill(tmp_path)
    out = io.BytesIO()
    write(lake(tmp_path).participants(UUID), out, "csv")
    assert b"'=cmd()" in out.getvalue()
    assert b'"[""a"", ""b""]"' in out.getvalue()


@given(st.lists(st.text(max_size=5) | st.none(), max_size=5))
def test_no_cell_of_csv_begins_like_a_formula(texts: list[str | None]) -> None:
    out = io.BytesIO()
    frame = pl.DataFrame(
        {"a": texts, "b": -1.5}, schema={"a": pl.String, "b": pl.Float64}
    )
    write(frame, out, "csv")
    for line in pl.read_csv(io.BytesIO(out.getvalue()), infer_schema=False).iter_rows():
        assert not (line[0] or "").startswith(("=", "+", "-", "@", "\t", "\r"))
        assert line[1] == "-1.5"


def test_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    target = tmp_path / "no folder" / "minutes.csv"
    with pytest.raises(StorageError, match=r"cannot write the export: .*no folder"):
        write(hour(ANN), target, "csv")


def test_link_is_followed_and_a_pipe_is_written_into(tmp_path: Path) -> None:
    rows = pl.DataFrame({"a": [1, 2]})
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    write(rows, tmp_path / "link.csv", "csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "a\n1\n2\n"
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write(rows, pipe, "csv")
    assert os.read(reader, 100) == b"a\n1\n2\n"
    os.close(reader)
    assert pipe.is_fifo()


def test_failed_export_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    target = tmp_path / "minutes.parquet"
    target.write_bytes(b"old")
    broken = pl.DataFrame({"a": [object()]})
    with pytest.raises(BaseException):  # noqa: B017 - whatever Polars says of objects
        write(broken, target, "parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["minutes.parquet"]
    assert target.read_bytes() == b"old"


def test_changes_are_a_file_a_table_and_a_manifest(tmp_path: Path) -> None:
    fill(tmp_path)
    out = tmp_path / "out"
    done = changes(lake(tmp_path), out, "parquet", since=NOW, now=NOW + 100)
    manifest = json.loads((out / MANIFEST).read_text())
    assert manifest["next_since"] == "2026-11-23T11:01:40Z"
    assert manifest["tables"]["minutes"] == {
        "rows": 6,
        "key": ["session_uuid", "participant", "minute"],
    }
    assert (done.rows["minutes"], done.rows["sessions"]) == (6, 1)
    assert pl.read_parquet(out / "minutes.parquet").height == 6


def test_changes_leave_out_what_is_older(tmp_path: Path) -> None:
    one = fill(tmp_path)
    later = NOW + OVERLAP_S + 1000
    one.append({"samples": hour("new")}, now=later)
    done = changes(lake(tmp_path), tmp_path / "out", "csv", since=later, now=later)
    assert done.rows["samples"] == 3
    assert done.rows["minutes"] == 0


def loaded(folder: Path, held: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Load an export of changes into `held`, as the module says a warehouse does."""
    manifest = json.loads((folder / MANIFEST).read_text())["tables"]
    gone = pl.read_parquet(folder / "deletions.parquet")
    for name, told in manifest.items():
        if name == "deletions":
            continue
        rows = pl.read_parquet(folder / f"{name}.parquet")
        old = held.get(name, rows.clear())
        for one in gone.filter(pl.col("table") == name).to_dicts():
            keys = [k for k in ("session_uuid", "participant", "minute") if one[k]]
            is_gone = pl.all_horizontal(pl.col(k) == one[k] for k in keys)
            old = old.filter(~is_gone)
        kept = old.join(rows, on=told["key"], how="anti", nulls_equal=True)
        held[name] = pl.concat([kept, rows]).sort(told["key"])
    return held


def test_loading_changes_again_and_again_gives_the_lake(tmp_path: Path) -> None:
    one = fill(tmp_path)
    held: dict[str, pl.DataFrame] = {}
    far = OVERLAP_S * 2
    changes(lake(tmp_path), tmp_path / "1", "parquet", since=0, now=NOW + far)
    loaded(tmp_path / "1", held)
    forget(store(tmp_path), EMAIL, now=NOW + 2 * far)
    one.append({"samples": hour("new")}, now=NOW + 2 * far)
    one.complete(UUID, now=NOW + 2 * far)
    changes(
        lake(tmp_path), tmp_path / "2", "parquet", since=NOW + far, now=NOW + 3 * far
    )
    loaded(tmp_path / "2", held)
    kept = lake(tmp_path)
    assert held["minutes"].drop("changed_at").equals(kept.minutes(UUID))
    assert held["samples"].drop("changed_at").equals(kept.samples(UUID))
    assert held["participants"]["participant"].to_list() == [BOB]
    assert held["findings"]["id"].to_list() == ["f2"]
    assert held["sessions"]["host"].to_list() == [""]


def test_changes_need_a_lake(tmp_path: Path) -> None:
    with pytest.raises(NothingFoundError):
        changes(lake(tmp_path), tmp_path / "out", "csv", since=0, now=0)
