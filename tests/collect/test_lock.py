"""One collector per state folder, whoever dies."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backrow.collect.lock import held, holder_of
from backrow.errors import StorageError, UsageError

NOW = 1_795_428_000.0
HOLD = """
import sys, pathlib
from backrow.collect.lock import held
with held(pathlib.Path(sys.argv[1]), what="backrow watch 123", now=1795428000.0):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_second_is_told_who_is_there(tmp_path: Path) -> None:
    with (
        held(tmp_path, what="backrow watch 123", now=NOW),
        pytest.raises(UsageError, match=rf"watch 123, process {os.getpid()} on .*2026"),
        held(tmp_path, what="another", now=NOW),
    ):
        raise AssertionError


def test_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    for what in ("one", "two"):
        with held(tmp_path / "state", what=what, now=NOW):
            pass
    assert (tmp_path / "state" / "collector.lock").stat().st_mode & 0o777 == 0o600


def test_who_holds_a_lock_can_be_asked_without_taking_it(tmp_path: Path) -> None:
    assert holder_of(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    with held(tmp_path, what="backrow watch 123", now=NOW):
        assert str(holder_of(tmp_path)).startswith("backrow watch 123, process ")
        assert holder_of(tmp_path, "sink") is None
    assert holder_of(tmp_path) is None


def test_locks_of_other_names_and_folders_are_others(tmp_path: Path) -> None:
    with (
        held(tmp_path, what="one", now=NOW),
        held(tmp_path, what="two", now=NOW, name="sink"),
        held(tmp_path / "other", what="three", now=NOW),
    ):
        pass


def test_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(StorageError, match="cannot be locked"),
        held(tmp_path / "file" / "state", what="one", now=NOW),
    ):
        pass


@pytest.mark.slow
def test_lock_of_a_process_that_was_killed_is_taken_over(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert owner.stdin
    assert owner.stdout
    assert owner.stdout.readline() == b"held\n"
    with (
        pytest.raises(UsageError, match=f"process {owner.pid}"),
        held(tmp_path, what="second", now=NOW),
    ):
        pass
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdin.close()
    owner.stdout.close()
    with held(tmp_path, what="second", now=NOW):
        assert b"second" in (tmp_path / "collector.lock").read_bytes()
