"""`backrow watch`; tests/collect has the collector itself."""

from pathlib import Path

import pytest

from backrow.lake.kept import open_lake
from backrow.web.testing import EmulatedZoom
from backrow.web.zoom_api import Credentials
from tests.cli.terminal import ENDED, ENDED_UUID, LIVE, LIVE_UUID, Terminal


def at_zoom(tmp_path: Path, *, is_terminal: bool = False) -> Terminal:
    environ = {"BACKROW_LAKE": str(tmp_path / "lake"), "TERM": "xterm"}
    return Terminal(
        state=tmp_path / "state",
        zoom=EmulatedZoom(),
        environ=environ,
        is_terminal=is_terminal,
    )


@pytest.mark.slow
def test_webinar_is_watched_until_it_is_complete(tmp_path: Path) -> None:
    terminal = at_zoom(tmp_path)
    ran = terminal.run("watch", LIVE)
    assert ran.code == 0, ran.err
    assert f"{LIVE} is complete" in ran.err
    lake = open_lake(tmp_path / "lake")
    assert lake.minutes(LIVE_UUID)["final"].all()
    assert lake.sessions()["state"].to_list() == ["complete"]


@pytest.mark.slow
def test_terminal_shows_people_and_calls(tmp_path: Path) -> None:
    terminal = at_zoom(tmp_path, is_terminal=True)
    ran = terminal.run("watch", LIVE)
    assert ran.code == 0
    assert "calls" in ran.err
    assert "left" in ran.err


def test_wrong_secret_is_said_with_its_code(tmp_path: Path) -> None:
    terminal = at_zoom(tmp_path)
    assert terminal.zoom
    terminal.zoom.credentials = Credentials(client_secret="wrong")
    ran = terminal.run("watch", LIVE)
    assert ran.code == 3
    assert "Check the account id" in ran.err


@pytest.mark.parametrize("name", [ENDED, ENDED_UUID])
def test_what_has_ended_is_said_with_what_collects_it(
    tmp_path: Path, name: str
) -> None:
    ran = at_zoom(tmp_path).run("watch", name)
    assert ran.code == 4
    assert f"{name} ended 2026-11-23" in ran.err
    assert f"`backrow backfill {name}` collects it" in ran.err
    assert ("--next" in ran.err) == (name == ENDED)
