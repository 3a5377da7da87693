"""`backrow doctor` on this machine: files, state folder, lake, and what was spent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backrow.cli.doctor.check import Check, size_of
from backrow.cli.doctor.local import with_lake
from backrow.clock import Clock
from backrow.collect.lock import held
from backrow.lake.inbox import FILE_NAME, Inbox, Letter
from backrow.lake.store.rows import Unread, unreadable_frame
from backrow.lake.tables import SCHEMA_VERSION
from backrow.qos.reading import Problem
from tests.cli.terminal import LIVE, Terminal
from tests.cli.test_doctor import checks, states
from tests.lake.world import ANN, NOW, OCCURRENCE, fill


@pytest.fixture
def kept(tmp_path: Path) -> Terminal:
    """A terminal with a lake."""
    lake = {"BACKROW_LAKE": str(tmp_path / "lake"), "ZOOM_ACCESS_TOKEN": "t"}
    return Terminal(state=tmp_path / "state", environ=lake)


def test_a_lake_is_measured(kept: Terminal, tmp_path: Path) -> None:
    fill(tmp_path)
    lake = checks(kept.run("doctor", "--offline", "--json"))["lake"]
    assert lake["state"] == "ok"
    assert lake["message"].startswith("1 session, ")
    assert f"schema {SCHEMA_VERSION} - in" in lake["message"]


def test_unreadable_values_are_told_but_not_shown(
    kept: Terminal, tmp_path: Path
) -> None:
    problem = Problem(
        path="$.user_qos[0].x", value="ann@example.com", expected="a word"
    )
    one = Unread(
        about=OCCURRENCE,
        participant=ANN,
        origin="qss",
        problem=problem,
        collected_at=None,
    )
    fill(tmp_path).append({"unreadable": unreadable_frame([one], now=NOW)}, now=NOW)
    ran = kept.run("doctor", "--offline", "--json")
    found = checks(ran)["unreadable"]
    assert found["state"] == "warning"
    assert (
        "1 value could not be read, the last at `$.user_qos[0].x`" in found["message"]
    )
    assert "backrow sql" in found["advice"]
    assert "ann@example.com" not in ran.out


def test_a_lake_in_an_object_store_is_not_asked_offline(kept: Terminal) -> None:
    ran = kept.run("doctor", "--offline", "--json", BACKROW_LAKE="s3://bucket/lake")
    assert states(ran)["lake"] == "skipped"


def test_a_lake_that_is_none_is_told(kept: Terminal, tmp_path: Path) -> None:
    (tmp_path / "lake" / "samples").mkdir(parents=True)
    (tmp_path / "lake" / "samples" / "_delta_log").mkdir()
    (tmp_path / "lake" / "samples" / "_delta_log" / f"{0:020}.json").write_text("{")
    ran = kept.run("doctor", "--offline", "--json")
    assert states(ran)["lake"] == "failed"
    assert ran.code != 0


def test_a_file_to_judge_by_is_read(kept: Terminal, tmp_path: Path) -> None:
    sites = tmp_path / "sites.csv"
    sites.write_text("site,public\nLyon office,198.51.100.0/24\n")
    good = kept.run("doctor", "--offline", "--json", BACKROW_SITES=str(sites))
    assert states(good)["files"] == "ok"
    sites.write_text("office\nLyon\n")
    bad = kept.run("doctor", "--offline", "--json", BACKROW_SITES=str(sites))
    assert (bad.code, states(bad)["files"]) == (2, "failed")
    assert "sites.csv, line 1" in checks(bad)["files"]["message"]


def test_a_state_folder_that_others_see_is_warned_of(kept: Terminal) -> None:
    kept.state.mkdir(mode=0o755)
    kept.state.chmod(0o755)
    found = checks(kept.run("doctor", "--offline", "--json"))["state"]
    assert found["state"] == "warning"
    assert found["advice"] == f"Type: chmod 700 {kept.state}"


def test_a_file_in_place_of_the_state_folder_is_told(kept: Terminal) -> None:
    kept.state.write_text("")
    ran = kept.run("doctor", "--offline", "--json")
    assert states(ran)["state"] == "failed"


def test_offline_tells_what_was_spent(terminal: Terminal) -> None:
    terminal.run("doctor", LIVE)
    found = checks(terminal.run("doctor", "--offline", "--json"))["calls"]
    assert found["state"] == "ok"
    assert "Backrow has made 1 heavy and 1 resource-intensive" in found["message"]


@pytest.mark.parametrize("below", ["file", "/proc"])
def test_a_lake_that_cannot_be_made_is_told(
    kept: Terminal, tmp_path: Path, below: str
) -> None:
    (tmp_path / "file").touch()
    lake = str(tmp_path / below / "lake")
    ran = kept.run("doctor", "--offline", "--json", BACKROW_LAKE=lake)
    found = checks(ran)["lake"]
    assert (ran.code, found["state"]) == (1, "failed")
    assert found["message"].startswith("the lake: it cannot be made: ")
    assert "BACKROW_LAKE" in found["advice"]


def test_what_the_system_refuses_is_a_check_among_others() -> None:
    def look() -> Iterator[Check]:
        raise PermissionError(13, "Permission denied", "/lake/samples")
        yield

    (check,) = with_lake("lake", look)
    assert (check.state, check.exit_code) == ("failed", 1)
    assert check.message == "cannot be read: Permission denied - in /lake/samples"
    assert check.advice


def test_damaged_inbox_says_what_to_do(kept: Terminal) -> None:
    kept.state.mkdir(mode=0o700)
    (kept.state / FILE_NAME).write_bytes(b"no database, and longer than a page's head")
    found = checks(kept.run("doctor", "--offline", "--json"))["inbox"]
    assert found["state"] == "failed"
    assert "put it back from a copy" in found["advice"]


def test_collecting_into_a_lake_that_cannot_be_made_costs_no_call(
    terminal: Terminal,
) -> None:
    ran = terminal.run("backfill", LIVE, "--yes", BACKROW_LAKE="/proc/lake")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("backrow: the lake: it cannot be made: ")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(("now", "state"), [(NOW + 5, "ok"), (NOW + 130, "warning")])
def test_who_moves_events_is_named_while_it_does(
    kept: Terminal, now: float, state: str
) -> None:
    kept.state.mkdir(mode=0o700)
    inbox = Inbox(kept.state)
    inbox.put([Letter(body=b"{}")], now=NOW)
    inbox.close()
    clock = str(Clock.starting(now, speed=1.0))
    with held(kept.state, what="backrow serve", now=NOW, name="sink"):
        ran = kept.run("doctor", "--offline", "--json", BACKROW_CLOCK=clock)
    found = checks(ran)["inbox"]
    assert found["state"] == state
    assert "1 event waits for the lake; backrow serve, process " in found["message"]
    assert ("since 2 minutes" in found["message"]) == (state == "warning")
    assert "backrow serve, which" not in found["advice"]


def test_tokens_of_the_mirror_that_cannot_be_read_are_told(kept: Terminal) -> None:
    assert kept.run("mirror-token", "create", "bi").code == 0
    good = checks(kept.run("doctor", "--offline", "--json"))["mirror"]
    assert (good["state"], good["message"]) == ("ok", "1 token may be used")
    (kept.state / "mirror-tokens.json").write_text("{")
    ran = kept.run("doctor", "--offline", "--json")
    found = checks(ran)["mirror"]
    assert (ran.code, found["state"]) == (7, "failed")
    assert (
        "make every token anew with `backrow mirror-token create`" in found["message"]
    )


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (999, "999 B"), (1_234_567, "1.2 MB")]
)
def test_sizes_are_said_in_words(size: int, words: str) -> None:
    assert size_of(size) == words
