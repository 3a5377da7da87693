"""Whatever collects keeps of people what it is told to; exports tell no more."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from backrow.lake.inbox import Inbox, Letter
from backrow.lake.kept import open_lake
from backrow.qos.identities import is_pseudonym
from tests.cli.terminal import Terminal
from tests.collect.pushing import UUID, event
from tests.lake.test_forget import holders
from tests.lake.world import ANN, EMAIL, fill

ADDRESS = "p1670000007@example.com"


@pytest.fixture
def shell(tmp_path: Path) -> Terminal:
    """A terminal with a lake of its own."""
    environ = {"BACKROW_LAKE": str(tmp_path / "lake")}
    return Terminal(state=tmp_path / "state", environ=environ)


@pytest.mark.slow
def test_import_keeps_pseudonyms(shell: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_bytes(event())
    ran = shell.run("import", str(path), "--identities", "pseudonyms")
    assert ran.code == 0
    assert holders(tmp_path / "lake", ADDRESS) == []
    again = shell.run("import", str(path), BACKROW_IDENTITIES="pseudonyms")
    assert "new in the lake: nothing" in again.err
    said = shell.run("diagnose", UUID, "--participant", ADDRESS, "--json")
    assert said.code == 0
    (story,) = said.json["stories"]
    assert is_pseudonym(story["name"])


def test_dead_letters_are_read_into_pseudonyms_too(
    shell: Terminal, tmp_path: Path
) -> None:
    inbox = Inbox(tmp_path / "state")
    inbox.bury(Letter(body=event()), "a bug, since mended", now=0.0)
    inbox.close()
    ran = shell.run("import", "--dead-letters", "--identities", "pseudonyms")
    assert ran.code == 0
    lake = tmp_path / "lake"
    assert holders(lake, ADDRESS) == []
    assert open_lake(lake).participants(UUID).height == 1


def test_exports_tell_no_more_than_they_are_told_to(
    shell: Terminal, tmp_path: Path
) -> None:
    fill(tmp_path)
    people = ("export", "latest", "--table", "participants", "--format", "ndjson")
    named = shell.run(*people)
    hidden = shell.run(*people, "--identities", "pseudonyms")
    assert EMAIL in named.out
    assert EMAIL not in hidden.out
    assert is_pseudonym(json.loads(hidden.out.splitlines()[0])["user_name"])
    folder = tmp_path / "changes"
    ran = shell.run(
        "export",
        "--since",
        "2026-11-23T00:00:00Z",
        "-o",
        str(folder),
        BACKROW_IDENTITIES="omit",
    )
    assert ran.code == 0
    assert holders(folder, EMAIL) == []
    assert pl.read_parquet(folder / "participants.parquet").height == 2


def test_a_person_gets_all_about_them(shell: Terminal, tmp_path: Path) -> None:
    fill(tmp_path)
    folder = tmp_path / "ann"
    ran = shell.run("export", "--person", EMAIL, "--format", "csv", "-o", str(folder))
    assert ran.code == 0
    assert "3 minutes" in ran.err
    assert ANN in (folder / "minutes.csv").read_text()
    here = shell.run("export", "latest", "--person", ANN, "-o", str(folder))
    assert here.code == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--person", "nobody@example.com", "-o", "x"], 4),
        (["--person", EMAIL], 2),
        (["--person", EMAIL, "--since", "2026-11-23T00:00:00Z", "-o", "x"], 2),
        (["latest", "--identities", "some"], 2),
    ],
)
def test_wrong_wishes_are_refused(
    shell: Terminal, tmp_path: Path, arguments: list[str], code: int
) -> None:
    fill(tmp_path)
    assert shell.run("export", *arguments).code == code
