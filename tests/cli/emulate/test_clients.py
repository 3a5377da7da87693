"""What an emulator leaves when it ends: nothing but what is nowhere else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from backrow.cli.emulate.clients import env_of_clients, state_of_clients
from backrow.collect.intake.secret import person_secret
from backrow.collect.lock import held
from backrow.lake.inbox import Inbox, Letter
from backrow.web.mirror.tokens import TokenFile
from tests.lake.world import NOW, fill

TEXT = "export ZOOM_ACCOUNT_ID=demo\n"


def ended(*, kept: bool, said: list[str], folder: Path) -> None:
    """Check what became of a state folder, and take it away."""
    assert folder.exists() == kept
    assert len(said) == kept
    if kept:
        assert f"{folder} stays: " in said[0]
        assert f"rm -r {folder}" in said[0]
        shutil.rmtree(folder)


def test_what_a_collector_leaves_of_an_emulation_goes() -> None:
    said: list[str] = []
    with state_of_clients(said.append) as folder:
        (folder / "budget.sqlite3-wal").touch()
        person_secret(folder)
        TokenFile(folder).create("bi", ["dashboard:read:admin"], expires_at=None, now=1)
        Inbox(folder).close()
        with held(folder, what="backrow watch", now=NOW):
            pass
    ended(kept=False, said=said, folder=folder)


def test_a_folder_that_is_gone_already_is_no_trouble() -> None:
    said: list[str] = []
    with state_of_clients(said.append) as folder:
        shutil.rmtree(folder)
    ended(kept=False, said=said, folder=folder)


@pytest.mark.parametrize("is_dead", [False, True])
def test_events_that_came_into_no_lake_stay(*, is_dead: bool) -> None:
    said: list[str] = []
    with state_of_clients(said.append) as folder:
        inbox = Inbox(folder)
        letter = Letter(body=b"{}")
        if is_dead:
            inbox.bury(letter, "no event", now=NOW)
        else:
            inbox.put([letter], now=NOW)
        inbox.close()
    ended(kept=True, said=said, folder=folder)


def test_a_lake_stays() -> None:
    said: list[str] = []
    with state_of_clients(said.append) as folder:
        fill(folder)
    assert "a lake is in it" in said[0]
    ended(kept=True, said=said, folder=folder)


def test_a_folder_that_a_server_works_with_stays() -> None:
    said: list[str] = []
    with state_of_clients(said.append) as folder:
        server = held(folder, what="backrow serve", now=NOW, name="sink")
        server.__enter__()
    assert "backrow serve, process " in said[0]
    server.__exit__(None, None, None)
    ended(kept=True, said=said, folder=folder)


def test_settings_go_unless_somebody_has_changed_them(tmp_path: Path) -> None:
    env = tmp_path / "zoom.env"
    with env_of_clients(env, TEXT):
        assert env.read_text() == TEXT
    assert not env.exists()
    with env_of_clients(env, TEXT):
        env.write_text("of another emulator")
    assert env.read_text() == "of another emulator"
    with env_of_clients(env, TEXT):
        env.unlink()
