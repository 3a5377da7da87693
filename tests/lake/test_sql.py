"""SQL: it answers, and can do nothing else."""

from pathlib import Path

import pytest

from backrow.errors import UsageError
from backrow.lake.sql import query
from tests.lake.world import files_below, fill, lake


def test_select_answers(tmp_path: Path) -> None:
    fill(tmp_path)
    rows = query(
        lake(tmp_path),
        "WITH m AS (SELECT participant, count(*) AS n FROM minutes GROUP BY participant)"
        " SELECT user_name, n FROM m JOIN participants USING (participant)"
        " ORDER BY user_name -- by name",
    )
    assert rows.rows() == [("=cmd()", 3), ("Ann Example", 3)]


def test_sessions_are_a_row_each_and_what_was_told_is_there(tmp_path: Path) -> None:
    fill(tmp_path)
    one = lake(tmp_path)
    assert query(one, "select state from sessions").rows() == [("complete",)]
    assert query(one, "select count(*) from sessions_told").item() == 2
    assert query(one, "(select 'drop table x' as a)").item() == "drop table x"


@pytest.mark.parametrize(
    "statement",
    [
        "drop table minutes",
        "DELETE FROM minutes",
        "insert into minutes values (1)",
        "create table x as select * from minutes",
        "truncate table minutes",
        "update minutes set class = 'good'",
        "show tables",
        "copy minutes to 'x'",
        "/* select */ drop table minutes",
        "-- select\ndrop table minutes",
        "select 1; drop table minutes",
        "",
    ],
)
def test_everything_but_reading_is_refused(statement: str, tmp_path: Path) -> None:
    fill(tmp_path)
    before = [path.stat().st_mtime_ns for path in files_below(tmp_path)]
    with pytest.raises(UsageError):
        query(lake(tmp_path), statement)
    assert [path.stat().st_mtime_ns for path in files_below(tmp_path)] == before


@pytest.mark.parametrize("call", ["read_csv", "READ_CSV", '"read_csv"', "read_parquet"])
def test_files_of_the_machine_are_not_read(call: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("secret\n1\n")
    with pytest.raises(UsageError, match="a function that reads files"):
        query(lake(tmp_path), f"select * from {call} ('{tmp_path}/x.csv')")  # noqa: S608 - refused


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("select nothing from minutes", 'unable to find column "nothing"'),
        ("select audio_moss from minutes", "(did you mean audio_mos"),
        ("select * from minute", "(tables are samples, minutes, "),
        ("select count(* from minutes", "Expected: ), found: from"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    statement: str, said: str, tmp_path: Path
) -> None:
    fill(tmp_path)
    with pytest.raises(UsageError) as caught:
        query(lake(tmp_path), statement)
    text = str(caught.value)
    assert text.startswith("cannot answer: ")
    assert said in text
    assert "\n" not in text
    assert len(text) < 200
