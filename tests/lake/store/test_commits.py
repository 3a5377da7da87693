"""Commits: whole, once, upgraded, and nothing personal in the log."""

from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake

from backrow.errors import LakeError, StorageError
from backrow.lake.store.commits import ROOM_MIN, Batch, Commits
from backrow.lake.store.place import Place
from backrow.lake.store.reading import VERSION_KEY, Store, equal, version_of
from backrow.lake.tables import CHANGED_AT, LakeColumn, Table
from tests.lake.world import ANN, BOB, UUID, files_below, fill, hour, store, writer


def commits(folder: Path) -> Commits:
    return Commits(store(folder))


def count(folder: Path) -> int:
    return store(folder).read("samples", lambda rows: rows).height


def test_batch_is_written_once(tmp_path: Path) -> None:
    one = commits(tmp_path)
    first = one.append("samples", hour(ANN), batch=Batch("inbox-a", 1))
    again = one.append("samples", hour(ANN), batch=Batch("inbox-a", 1))
    assert (first, again, count(tmp_path)) == (True, False, 3)


def test_batches_of_another_inbox_are_counted_apart(tmp_path: Path) -> None:
    one = commits(tmp_path)
    one.append("samples", hour(ANN), batch=Batch("inbox-a", 7))
    assert one.append("samples", hour(BOB), batch=Batch("inbox-b", 1))


def test_batch_is_remembered_when_the_log_is_gone(tmp_path: Path) -> None:
    one = commits(tmp_path)
    one.append("samples", hour(ANN), batch=Batch("inbox-a", 1))
    with one.alone():
        one.purge("samples")
    assert not one.append("samples", hour(ANN), batch=Batch("inbox-a", 1))
    assert count(tmp_path) == 3


def test_full_disk_is_told_before_anything_is_written(tmp_path: Path) -> None:
    free = [ROOM_MIN]
    one = Commits(store(tmp_path), free=lambda _: free[0])
    one.append("samples", hour(ANN, BOB))
    files, free[0] = list(files_below(tmp_path)), ROOM_MIN - 1
    with pytest.raises(StorageError, match="the disk is full"):
        one.append("samples", hour(ANN))
    assert list(files_below(tmp_path)) == files
    with one.alone():  # who takes something away may write
        assert one.delete("samples", f"participant = '{ANN}'") == 3
    free[0] = ROOM_MIN
    one.append("samples", hour(ANN))
    assert count(tmp_path) == 6


def test_rewrite_starts_again_when_rows_came_meanwhile(tmp_path: Path) -> None:
    one = commits(tmp_path)
    seen: list[int] = []
    one.append("samples", hour(ANN))

    def doubled(handle: DeltaTable) -> pl.DataFrame:
        found = one.store.scan("samples", at=handle).collect()
        if not seen:
            commits(tmp_path).append("samples", hour(BOB))
        seen.append(found.height)
        return found

    one.replace("samples", equal(session_uuid=UUID), doubled)
    assert (seen, count(tmp_path)) == ([3, 6], 6)


def test_compaction_keeps_every_row(tmp_path: Path) -> None:
    one = commits(tmp_path)
    for person in (ANN, BOB):
        one.append("samples", hour(person))
    one.compact("samples")
    handle = one.store.open("samples")
    assert handle is not None
    assert (len(handle.file_uris()), count(tmp_path)) == (1, 6)


def test_purge_leaves_what_the_newest_version_needs(tmp_path: Path) -> None:
    one = commits(tmp_path)
    for _ in range(3):
        one.append("samples", hour(ANN))
    one.delete("samples", "participant = 'nobody'")
    one.compact("samples")
    with one.alone():
        assert one.purge("samples") == 0
    kept = list(files_below(tmp_path / "lake" / "samples"))
    assert sum(path.suffix == ".parquet" for path in kept) == 2  # and the checkpoint
    assert count(tmp_path) == 9


def test_purge_takes_files_that_a_killed_writer_left(tmp_path: Path) -> None:
    one = commits(tmp_path)
    one.append("samples", hour(ANN))
    left = tmp_path / "lake" / "samples" / "part-00000-left-behind.parquet"
    left.write_bytes(b"half a file")
    with one.alone():
        one.purge("samples")
    assert not left.exists()


def test_purge_without_locks_spares_young_files_and_the_log(tmp_path: Path) -> None:
    place = Place(url=(tmp_path / "lake").as_uri(), folder=None)
    one = Commits(Store(place))
    for person in (ANN, BOB):
        one.append("samples", hour(person))
    one.delete("samples", f"participant = '{ANN}'")
    young = tmp_path / "lake" / "samples" / "part-00000-on-its-way.parquet"
    young.write_bytes(b"not committed yet")
    with one.alone():
        assert one.purge("samples") == 1
    files = [path.name for path in files_below(tmp_path / "lake" / "samples")]
    assert young.name in files
    assert sum(name.endswith(".parquet") for name in files) == 2
    assert "00000000000000000000.json" in files


def test_log_tells_nothing_of_people(tmp_path: Path) -> None:
    fill(tmp_path)
    logs = [p for p in files_below(tmp_path / "lake") if "_delta_log" in p.parts]
    assert len(logs) > 5
    assert [p for p in logs if b"xample" in p.read_bytes()] == []


def table_of(*names: str) -> dict[str, Table]:
    columns = tuple(LakeColumn(name, "str", "a text") for name in names)
    return {
        "roster": Table(
            name="roster",
            meaning="a table",
            columns=(*columns, CHANGED_AT),
            key=("session_uuid",),
            order=("session_uuid",),
            ranges=("session_uuid",),
        )
    }


def opened(folder: Path, *names: str, version: int) -> Store:
    place = store(folder).place
    return Store(place, tables=table_of(*names), version=version)  # type: ignore[arg-type] # one table


def test_older_lake_gets_new_columns_when_it_is_written(tmp_path: Path) -> None:
    old = opened(tmp_path, "session_uuid", version=1)
    now = pl.lit(None, pl.Datetime("us", "UTC"))
    rows = pl.DataFrame({"session_uuid": ["a"]})
    Commits(old).append("roster", rows.with_columns(changed_at=now))
    new = opened(tmp_path, "session_uuid", "added", version=2)
    assert new.scan("roster").collect()["added"].to_list() == [None]
    more = rows.with_columns(added=pl.lit("x"), changed_at=now)
    Commits(new).append("roster", more)
    assert sorted(new.scan("roster").collect()["added"], key=str) == [None, "x"]
    assert version_of(new.open("roster")) == 2


def test_lake_of_a_newer_backrow_is_refused(tmp_path: Path) -> None:
    writer(tmp_path).append({"samples": hour(ANN)}, now=0)
    handle = store(tmp_path).open("samples")
    assert handle is not None
    handle.alter.set_table_properties({VERSION_KEY: "9"}, raise_if_not_exists=False)
    with pytest.raises(LakeError, match=r"newer Backrow \(schema 9, .* `samples`"):
        count(tmp_path)


def test_older_lake_with_another_type_is_refused(tmp_path: Path) -> None:
    place = store(tmp_path).place
    write_deltalake(
        place.of_table("roster"),
        pl.DataFrame({"session_uuid": [1]}),
        configuration={},
    )
    handle = DeltaTable(place.of_table("roster"))
    handle.alter.set_table_properties({VERSION_KEY: "1"}, raise_if_not_exists=False)
    new = opened(tmp_path, "session_uuid", version=2)
    rows = pl.DataFrame({"session_uuid": ["a"], "changed_at": [None]})
    with pytest.raises(LakeError, match="`session_uuid` has another type"):
        Commits(new).append("roster", rows)


def test_table_of_somebody_else_is_refused(tmp_path: Path) -> None:
    place = store(tmp_path).place
    (tmp_path / "lake").mkdir()
    write_deltalake(place.of_table("samples"), pl.DataFrame({"x": [1]}))
    with pytest.raises(LakeError, match="that Backrow did not make"):
        count(tmp_path)
