"""Opening and reading: what is missing, damaged or not ours is said once, clearly."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backrow.errors import LakeError, NothingFoundError
from backrow.lake.store.reading import VERSION_KEY, Store, among, equal, literal
from tests.lake.world import ANN, BOB, UUID, hour, store, writer


def test_lake_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    with pytest.raises(NothingFoundError, match="nothing is kept yet"):
        store(tmp_path).require()


def test_table_that_was_never_written_is_empty(tmp_path: Path) -> None:
    assert store(tmp_path).scan("minutes").collect().height == 0


def test_reading_makes_no_file(tmp_path: Path) -> None:
    store(tmp_path).scan("minutes")
    assert list(tmp_path.iterdir()) == []


def test_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("no lake")
    with pytest.raises(LakeError, match="expected a folder, found a file"):
        store(tmp_path).scan("samples")
    with pytest.raises(LakeError, match="a file stands where a folder is needed"):
        writer(tmp_path).append({"samples": hour(ANN)}, now=0)


def test_damaged_log_is_named(tmp_path: Path) -> None:
    writer(tmp_path).append({"samples": hour(ANN)}, now=0)
    log = tmp_path / "lake/samples/_delta_log/00000000000000000001.json"
    log.write_text('{"add": tru')
    with pytest.raises(LakeError, match="cannot open `samples`: damaged") as caught:
        store(tmp_path).scan("samples")
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 7


def test_damaged_file_is_named(tmp_path: Path) -> None:
    writer(tmp_path).append({"samples": hour(ANN)}, now=0)
    (file,) = (tmp_path / "lake/samples").glob("*.parquet")
    file.write_bytes(b"PAR1")
    with pytest.raises(LakeError, match="cannot read `samples`: damaged"):
        store(tmp_path).read("samples", lambda rows: rows)


def test_file_that_is_gone_is_named(tmp_path: Path) -> None:
    writer(tmp_path).append({"samples": hour(ANN)}, now=0)
    (file,) = (tmp_path / "lake/samples").glob("*.parquet")
    file.unlink()
    with pytest.raises(LakeError, match=r"damaged \(No such file"):
        store(tmp_path).read("samples", lambda rows: rows)


def seen(by: Store) -> int:
    return by.read("samples", lambda rows: rows).height


def test_open_table_takes_up_what_others_committed(tmp_path: Path) -> None:
    reader, one = store(tmp_path), writer(tmp_path)
    assert seen(reader) == 0
    for rows in (3, 6, 9):
        one.append({"samples": hour(ANN)}, now=0)
        assert seen(reader) == rows


def test_open_table_is_opened_anew_once_its_log_was_cleared(tmp_path: Path) -> None:
    reader, one = store(tmp_path), writer(tmp_path)
    one.append({"samples": hour(ANN)}, now=0)
    assert seen(reader) == 3
    one.append({"samples": hour(BOB)}, now=0)
    one.commits.compact("samples")
    with one.commits.alone():
        one.commits.purge("samples")
    assert seen(reader) == 6
    one.append({"samples": hour(BOB)}, now=0)
    assert seen(reader) == 9


@pytest.mark.parametrize("commits", [1, 2, 4])
def test_open_table_that_was_made_anew_is_read_as_it_is(
    tmp_path: Path, commits: int
) -> None:
    reader, one = store(tmp_path), writer(tmp_path)
    one.append({"samples": hour(ANN, BOB)}, now=0)
    one.append({"samples": hour(ANN, BOB)}, now=0)
    assert seen(reader) == 12
    shutil.rmtree(tmp_path / "lake")
    assert seen(reader) == 0
    anew = writer(tmp_path)
    for _ in range(commits):
        anew.append({"samples": hour(ANN)}, now=0)
    assert seen(reader) == 3 * commits


def test_open_table_that_a_newer_version_took_over_is_refused(tmp_path: Path) -> None:
    reader, one = store(tmp_path), writer(tmp_path)
    one.append({"samples": hour(ANN)}, now=0)
    assert seen(reader) == 3
    handle = one.store.open("samples")
    assert handle
    handle.alter.set_table_properties({VERSION_KEY: "999"}, raise_if_not_exists=False)
    with pytest.raises(LakeError, match="made by a newer Backrow"):
        seen(reader)


def test_files_that_cannot_match_are_left_out(tmp_path: Path) -> None:
    one = writer(tmp_path)
    one.append({"samples": hour(ANN)}, now=0)
    one.append({"samples": hour(BOB, uuid="another")}, now=0)
    found = one.store.scan("samples", where=equal(session_uuid=UUID)).collect()
    assert found["participant"].unique().to_list() == [ANN]


def test_folder_may_have_spaces_and_accents(tmp_path: Path) -> None:
    odd = tmp_path / "l'été à 50% ici"
    writer(odd).append({"samples": hour(ANN)}, now=0)
    assert store(odd).read("samples", lambda rows: rows).height == 3


def test_literals_cannot_be_broken_out_of() -> None:
    assert equal(a="x' OR 'a' = 'a") == "a = 'x'' OR ''a'' = ''a'"
    assert among("a", ["'", "b"]) == "a IN ('''', 'b')"
    assert literal(datetime(2026, 1, 2, tzinfo=UTC)) == "'2026-01-02T00:00:00Z'"


def test_session_with_a_quote_in_its_uuid_can_be_completed(tmp_path: Path) -> None:
    one = writer(tmp_path)
    one.append({"samples": hour(ANN, uuid="it's")}, now=0)
    assert one.complete("it's", now=1) == 3
