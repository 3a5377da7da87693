"""`backrow backfill`."""

from pathlib import Path

import pytest

from backrow.collect.lock import held
from backrow.lake.kept import open_lake
from backrow.web.testing import EmulatedZoom
from tests.cli.terminal import ENDED, ENDED_UUID, LIVE, Terminal
from tests.lake.test_forget import holders


def at_zoom(tmp_path: Path) -> Terminal:
    environ = {"BACKROW_LAKE": str(tmp_path / "lake")}
    return Terminal(state=tmp_path / "state", zoom=EmulatedZoom(), environ=environ)


def named(terminal: Terminal) -> list[str]:
    """Return what tells who was there."""
    assert terminal.zoom
    told = [
        text
        for one in terminal.zoom.source.people(ENDED_UUID)
        for text in (one.user_name, one.email, one.ip_address, one.mac_addr)
        if text and not text.isalpha()
    ]
    assert told
    return told


@pytest.mark.slow
def test_ended_webinar_is_collected_once(tmp_path: Path) -> None:
    terminal = at_zoom(tmp_path)
    ran = terminal.run("backfill", ENDED, "--yes", "--identities", "pseudonyms")
    assert ran.code == 0, ran.err
    assert "calls; 29,999 are left for this today" in ran.err
    assert f"{ENDED} is complete" in ran.err
    lake = open_lake(tmp_path / "lake")
    assert lake.session(ENDED) == ENDED_UUID
    assert lake.minutes(ENDED)["final"].all()
    assert holders(tmp_path / "lake", *named(terminal)) == []
    again = terminal.run("backfill", ENDED, "--yes")
    assert (again.code, "complete in the lake" in again.err) == (0, True)


def test_period_is_listed_first_and_nobody_is_asked_in_a_pipe(tmp_path: Path) -> None:
    terminal = at_zoom(tmp_path)
    ran = terminal.run("backfill", "--from", "2026-11-20", "--to", "2026-11-23")
    assert ran.code == 2
    assert ENDED in ran.err
    assert "--yes" in ran.err


def test_empty_period_is_said(tmp_path: Path) -> None:
    terminal = at_zoom(tmp_path)
    ran = terminal.run("backfill", "--from", "2026-01-01", "--to", "2026-01-02")
    assert (ran.code, "no webinar ended there" in ran.err) == (0, True)


def test_it_needs_names_or_a_period(tmp_path: Path) -> None:
    assert at_zoom(tmp_path).run("backfill").code == 2


def test_running_webinar_is_not_found_among_the_past(tmp_path: Path) -> None:
    assert at_zoom(tmp_path).run("backfill", LIVE, "--yes").code == 4


def test_second_collector_is_refused(tmp_path: Path) -> None:
    terminal = at_zoom(tmp_path)
    with held(tmp_path / "state", what="backrow watch 1", now=0.0):
        ran = terminal.run("backfill", ENDED, "--yes")
    assert ran.code == 2
    assert "found backrow watch 1, process" in ran.err
