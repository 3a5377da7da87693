"""`backrow import`: what it says, and what it exits with."""

from __future__ import annotations

from pathlib import Path

import pytest

from backrow.lake.inbox import Inbox, Letter
from tests.cli.terminal import Ran, Terminal
from tests.collect.pushing import DATA, UUID, event

ANSWER = DATA / "webinars_participant_qos.json"


@pytest.fixture
def lake(tmp_path: Path) -> Terminal:
    """A terminal with a lake of its own."""
    environ = {"BACKROW_LAKE": str(tmp_path / "lake")}
    return Terminal(state=tmp_path / "state", environ=environ)


def imported(lake: Terminal, *paths: Path, session: str = UUID) -> Ran:
    return lake.run("import", *map(str, paths), "--session", session)


def test_saved_answer_can_be_asked_for(lake: Terminal) -> None:
    ran = imported(lake, ANSWER)
    assert (ran.code, ran.out) == (0, "")
    assert "1 bodies read" in ran.err
    assert "minutes made for 1 session\n" in ran.err
    rows = lake.run("sql", "select origin from samples", "--json").json
    assert {row["origin"] for row in rows} == {"import"}


def test_second_time_there_is_nothing_new(lake: Terminal) -> None:
    imported(lake, ANSWER)
    assert "new in the lake: nothing" in imported(lake, ANSWER).err


def test_what_was_done_can_be_had_as_json(lake: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_bytes(event())
    said = lake.run("import", str(path), "--json").json
    assert (said["bodies"], said["rows"]["samples"]) == (1, 1)
    assert said["completed"] == [UUID]


def test_progress_is_for_terminals(lake: Terminal) -> None:
    assert "\x1b" not in imported(lake, ANSWER).err
    lake.is_terminal = True
    assert imported(lake, ANSWER).code == 0


def test_body_that_cannot_be_read_is_bad_input(lake: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(b'{"user_id": "\x1b[31m')
    ran = imported(lake, path)
    assert ran.code == 7
    assert "broken.json, body 1: expected JSON" in ran.err
    assert "backrow import --dead-letters" in ran.err
    assert "\x1b" not in ran.err


def test_answer_without_a_session_is_a_usage_error(lake: Terminal) -> None:
    ran = lake.run("import", str(ANSWER))
    assert ran.code == 2
    assert "--session" in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "files or folders to read"),
        (["a.json", "--dead-letters"], "files or folders to read"),
        (["missing.json"], "no such file"),
        ([str(ANSWER), "--session", "945 1234 5678"], "the number 945 1234 5678"),
    ],
)
def test_wrong_arguments_are_refused(
    lake: Terminal, arguments: list[str], words: str
) -> None:
    ran = lake.run("import", *arguments)
    assert ran.code == 2
    assert words in ran.err
    assert not (lake.state / "inbox.sqlite3").exists() or words == "no such file"


def test_dead_letters_are_tried_again(lake: Terminal) -> None:
    inbox = Inbox(lake.state)
    inbox.bury(Letter(body=event()), "why", now=0.0)
    inbox.bury(Letter(body=b"{"), "no JSON", now=0.0)
    ran = lake.run("import", "--dead-letters")
    assert ran.code == 7
    assert "2 bodies read; new in the lake: 1 samples" in ran.err
    assert inbox.counts().dead == 1
    inbox.close()


def test_doctor_counts_what_waits_and_what_died(lake: Terminal) -> None:
    inbox = Inbox(lake.state)
    inbox.put([Letter(body=b"a"), Letter(body=b"b")], now=0.0)
    inbox.bury(Letter(body=b"{"), "no JSON", now=0.0)
    inbox.close()
    checks = lake.run("doctor", "--offline", "--json").json["checks"]
    found = {check["name"]: check for check in checks}
    assert found["inbox"]["state"] == "warning"
    assert "2 events wait for the lake" in found["inbox"]["message"]
    assert found["inbox"]["advice"] == "Type: backrow serve, which moves them."
    assert "1 dead letter" in found["dead letters"]["message"]
    assert "import --dead-letters" in found["dead letters"]["advice"]


def test_doctor_makes_no_inbox(lake: Terminal) -> None:
    names = {
        check["name"]
        for check in lake.run("doctor", "--offline", "--json").json["checks"]
    }
    assert not names & {"inbox", "dead letters"}
    assert not lake.state.exists()
