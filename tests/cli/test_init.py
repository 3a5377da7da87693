"""`backrow init`: what it asks for, what it writes, and what it leaves alone."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from backrow.cli import main
from backrow.cli.context import Context
from backrow.settings import load, values_in
from tests.cli.terminal import Ran, Screen

APP = {"ZOOM_ACCOUNT_ID": "acc", "ZOOM_CLIENT_ID": "cli", "ZOOM_CLIENT_SECRET": "hush"}


class Keys(io.StringIO):
    """Somebody who types lines, or a pipe."""

    def __init__(self, *lines: str, is_terminal: bool = True) -> None:
        super().__init__("".join(f"{line}\n" for line in lines))
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        return self.is_terminal


def run(
    folder: Path, keys: Keys, *argv: str, environ: Mapping[str, str] | None = None
) -> Ran:
    out, err = Screen(), Screen(is_terminal=keys.isatty())
    context = Context(
        environ=environ or {},
        stdin=keys,
        stdout=out,
        stderr=err,
        folders=[folder, folder / "config"],
        argv0="backrow",
    )
    code = main(["init", *argv], context=context)
    return Ran(code, out.shown(), err.shown().decode())


def nobody() -> Keys:
    return Keys(is_terminal=False)


def test_answers_go_into_a_file_of_ones_own(tmp_path: Path) -> None:
    keys = Keys("acc", "cli", "hush", "pro", "", "")
    ran = run(tmp_path, keys)
    file = tmp_path / "backrow.toml"
    assert ran.code == 0
    assert values_in(file) == {
        "account_id": "acc",
        "client_id": "cli",
        "client_secret": "hush",
        "plan": "pro",
    }
    assert file.stat().st_mode & 0o777 == 0o600
    assert load({}, {}, file).warnings == ()
    assert "Next, type: backrow doctor\n" in ran.err
    assert "hush" not in ran.err


def test_a_wrong_answer_is_asked_again(tmp_path: Path) -> None:
    keys = Keys("", "acc", "cli", "hush", "gold", "pro", "", "")
    ran = run(tmp_path, keys)
    assert ran.code == 0
    assert "It is needed." in ran.err
    assert "expected pro or business, got 'gold' - in your answer\n" in ran.err


def test_scripts_give_options_and_environment(tmp_path: Path) -> None:
    ran = run(
        tmp_path,
        nobody(),
        "--lake",
        "s3://bucket/backrow",
        environ={**APP, "ZOOM_WEBHOOK_SECRET": "whisper"},
    )
    assert ran.code == 0
    values = values_in(tmp_path / "backrow.toml")
    assert (values["lake"], values["webhook_secret"]) == (
        "s3://bucket/backrow",
        "whisper",
    )
    assert "hush" not in ran.err


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    ran = run(tmp_path, nobody(), "--account-id", "acc")
    assert ran.code == 2
    assert "ZOOM_CLIENT_ID (--client-id), ZOOM_CLIENT_SECRET not given" in ran.err
    assert not (tmp_path / "backrow.toml").exists()


def test_a_malformed_option_is_refused(tmp_path: Path) -> None:
    ran = run(tmp_path, nobody(), "--plan", "gold", environ=APP)
    assert ran.code == 2
    assert "--plan" in ran.err


def test_a_file_is_replaced_only_by_who_says_so(tmp_path: Path) -> None:
    file = tmp_path / "backrow.toml"
    file.write_text('client_id = "old"\ntz = "UTC"\n')
    refused = run(tmp_path, nobody(), environ=APP)
    assert (refused.code, "--yes" in refused.err) == (2, True)
    assert run(tmp_path, Keys("n"), environ=APP).code == 0
    assert values_in(file)["client_id"] == "old"
    agreed = run(tmp_path, Keys("y", "", "", ""), environ=APP)
    assert agreed.code == 0
    assert (values_in(file)["client_id"], values_in(file)["tz"]) == ("cli", "UTC")


def test_values_that_are_there_are_offered(tmp_path: Path) -> None:
    run(tmp_path, nobody(), environ=APP)
    ran = run(tmp_path, Keys("y", "", "new", "", "", "", ""))
    assert ran.code == 0
    values = values_in(tmp_path / "backrow.toml")
    assert (values["account_id"], values["client_id"]) == ("acc", "new")
    assert values["client_secret"] == "hush"
    assert "[kept]" in ran.err
    assert "hush" not in ran.err


def test_another_place_is_named_in_the_next_step(tmp_path: Path) -> None:
    elsewhere = tmp_path / "etc" / "mine.toml"
    ran = run(tmp_path, nobody(), "-o", str(elsewhere), environ=APP)
    assert ran.code == 0
    assert f"doctor --config {elsewhere}" in ran.err
    mine = run(tmp_path, nobody(), "--user", environ=APP)
    assert (mine.code, "--config" in mine.err) == (0, False)
    assert values_in(tmp_path / "config" / "backrow.toml")["client_id"] == "cli"
    assert run(tmp_path, nobody(), "--user", "-o", "x", environ=APP).code == 2


def test_an_end_of_input_is_told(tmp_path: Path) -> None:
    ran = run(tmp_path, Keys("acc"))
    assert ran.code == 2
    assert "end of the input" in ran.err


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = run(tmp_path, nobody(), "-o", str(tmp_path / "file" / "x"), environ=APP)
    assert ran.code == 2
    assert "cannot write" in ran.err


def test_a_link_that_leads_nowhere_is_replaced_by_a_file(tmp_path: Path) -> None:
    file = tmp_path / "backrow.toml"
    file.symlink_to(tmp_path / "gone")
    assert run(tmp_path, nobody(), environ=APP).code == 0
    assert not file.is_symlink()
    assert values_in(file)["client_id"] == "cli"


@pytest.mark.slow
def test_a_terminal_does_not_show_secrets(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "backrow", "init", "-o", str(tmp_path / "x.toml")],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
    )
    os.close(theirs)
    shown = b""
    answers = {
        b"Account id: ": b"acc",
        b"Client id: ": b"cli",
        b"Client secret": b"hush",
    }
    for question, answer in answers.items():
        while question not in shown:
            shown += os.read(ours, 4096)
        while question == b"Client secret" and b"(not shown): " not in shown:
            shown += os.read(ours, 4096)
        os.write(ours, answer + b"\n")
    while b"Plan" not in shown:
        shown += os.read(ours, 4096)
    process.kill()
    process.wait()
    os.close(ours)
    assert b"cli" in shown
    assert b"hush" not in shown
