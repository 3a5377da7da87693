"""`backrow sessions`, `export`, `sql`, `prune` and `forget`."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from backrow.cli import lake as commands
from backrow.cli.context import Context, ListOutput
from backrow.cli.lake import LakeFlags
from backrow.errors import NothingFoundError, UsageError
from tests.cli.terminal import Screen
from tests.lake.world import ANN, BOB, EMAIL, NUMBER, UUID, fill, lake

CLOCK = "2026-11-23T12:00:00Z@0@1e-12"  # all but standing still


@dataclass
class Ran:
    code: int
    out: str
    err: str


@dataclass
class Shell:
    """Runs a command on the lake below a folder."""

    folder: Path

    def __call__(
        self,
        command: Callable[..., int],
        *words: str,
        answer: str | None = None,
        **options: Any,
    ) -> Ran:
        out, err = Screen(), Screen(is_terminal=answer is not None)
        stdin = Screen(is_terminal=answer is not None)
        stdin.write(f"{answer}\n")
        stdin.seek(0)
        context = Context(
            environ={"BACKROW_TZ": "UTC", "COLUMNS": "160"},
            stdin=stdin,
            stdout=out,
            stderr=err,
            folders=(),
        )
        flags = LakeFlags(
            lake=str(self.folder / "lake"),
            state=str(self.folder / "state"),
            clock=CLOCK,
        )
        code = command(*words, flags=flags, context=context, **options)
        return Ran(code, out.shown().decode(), err.shown().decode())


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell on a lake with one complete session."""
    fill(tmp_path)
    return Shell(tmp_path)


def test_sessions_are_listed(shell: Shell) -> None:
    ran = shell(commands.sessions)
    assert ran.code == 0
    for text in (NUMBER, "Launch", "2026-11-23 10:00", "complete", UUID):
        assert text in ran.out


def test_sessions_as_json(shell: Shell) -> None:
    ran = shell(commands.sessions, output=ListOutput(json=True))
    (one,) = json.loads(ran.out)
    assert (one["session_uuid"], one["start_at"]) == (UUID, "2026-11-23T10:00:00Z")


def test_missing_lake_is_named(tmp_path: Path) -> None:
    with pytest.raises(NothingFoundError, match="nothing is kept yet - in "):
        Shell(tmp_path)(commands.sessions)


def test_session_is_exported_into_a_file(shell: Shell) -> None:
    target = shell.folder / "samples.parquet"
    ran = shell(commands.export, "latest", to=target, table="samples")
    assert pl.read_parquet(target).height == 6
    assert "6 rows of samples in" in ran.err


def test_csv_goes_to_standard_output(shell: Shell) -> None:
    ran = shell(commands.export, NUMBER, table="participants", format="csv")
    hyphen = {"table": "participants", "format": "csv", "to": Path("-")}
    assert shell(commands.export, NUMBER, **hyphen).out == ran.out
    assert "'=cmd()" in ran.out
    assert pl.read_csv(io.StringIO(ran.out)).height == 2


def test_changes_are_exported_into_a_folder(shell: Shell) -> None:
    ran = shell(
        commands.export,
        to=shell.folder / "out",
        since="2026-11-23T10:00:00Z",
        format="csv",
    )
    assert "6 samples" in ran.err
    assert "next time: --since " in ran.err
    assert (shell.folder / "out" / "deletions.csv").exists()


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ((), {}),
        (("latest",), {"since": "2026-11-23T10:00:00Z"}),
        (("latest",), {"format": "parquet"}),
        ((), {"since": "2026-11-23T10:00:00Z"}),
        ((), {"since": "yesterday", "to": Path("x")}),
        ((), {"since": "2026-11-23", "to": Path("x")}),
    ],
)
def test_export_that_makes_no_sense_is_refused(
    words: tuple[str, ...], options: dict[str, Any], shell: Shell
) -> None:
    with pytest.raises(UsageError, match="expected"):
        shell(commands.export, *words, **options)


def test_sql_answers_in_three_ways(shell: Shell) -> None:
    ask = (
        "select participant, count(*) as n from minutes group by participant order by n"
    )
    assert ANN in shell(commands.sql, ask).out
    rows = json.loads(shell(commands.sql, ask, output=ListOutput(json=True)).out)
    assert {row["n"] for row in rows} == {3}
    assert (
        shell(commands.sql, ask, output=ListOutput(format="csv")).out.count("\n") == 3
    )


def test_rows_too_wide_for_a_table_stand_each_on_its_own(shell: Shell) -> None:
    out = shell(commands.sql, "select * from participants order by participant").out
    lines = out.splitlines()
    assert lines[0] == "row 1"
    assert sum(line.startswith("row ") for line in lines) == 2
    assert any(line.split() == ["session_number", NUMBER] for line in lines)
    assert "Empty in every row: " in out
    none = shell(commands.sql, "select * from participants where participant = 'x'")
    assert (none.out, none.err) == ("", "no rows\n")


def test_sql_shows_fifty_rows(shell: Shell) -> None:
    ask = "select a.minute from samples a cross join samples b cross join samples c"
    assert "166 more rows" in shell(commands.sql, ask).err


def test_person_is_forgotten(shell: Shell) -> None:
    ran = shell(commands.forget, EMAIL, yes=True)
    assert "erased 1 stay: 3 in samples, 3 in minutes" in ran.err
    assert lake(shell.folder).participants(UUID)["participant"].to_list() == [BOB]


def test_person_is_forgotten_in_one_session(shell: Shell) -> None:
    assert shell(commands.forget, ANN, session="latest", yes=True).code == 0


def test_terminal_is_asked_first(shell: Shell) -> None:
    ran = shell(commands.forget, EMAIL, answer="n")
    assert (ran.code, ran.err) == (130, f"Erase {EMAIL} for good? [y/N] ")
    assert lake(shell.folder).participants(UUID).height == 2
    assert shell(commands.forget, EMAIL, answer="y").code == 0


def test_nothing_is_erased_where_nobody_can_be_asked(shell: Shell) -> None:
    with pytest.raises(UsageError, match="add --yes"):
        shell(commands.forget, EMAIL)
    assert lake(shell.folder).participants(UUID).height == 2


def test_old_sessions_are_pruned(shell: Shell) -> None:
    assert "erased 0 sessions" in shell(commands.prune, older_than="2h", yes=True).err
    ran = shell(commands.prune, older_than="1h", yes=True)
    assert "erased 1 session: " in ran.err
    assert lake(shell.folder).sessions().is_empty()


def test_age_needs_a_unit(shell: Shell) -> None:
    with pytest.raises(UsageError, match="12h, 90d or 52w"):
        shell(commands.prune, older_than="90")
