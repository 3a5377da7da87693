"""The program: help, usage errors, and every way to end badly."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from backrow import __version__
from backrow.cli import COMMANDS, main
from backrow.cli.context import Context
from backrow.cli.failure import EXIT_CODES
from backrow.errors import (
    BackrowError,
    MissingExtraError,
    NotFoundError,
    RateLimitError,
    ServerError,
    TransportError,
)
from backrow.settings import SETTINGS, flag_of
from tests.cli.terminal import LIVE, SAMPLE, Screen, Terminal

NAMES = [name for name, *_ in COMMANDS]


def ended_by(error: BaseException, *argv: str) -> tuple[int, str]:
    """Return exit code and standard error of a command that `error` ends."""

    def connect(settings: object, **_: Any) -> Any:
        raise error

    err = Screen()
    context = Context(
        environ={"ZOOM_ACCESS_TOKEN": "t"},
        stdout=Screen(),
        stderr=err,
        folders=(),
        connect=connect,
    )
    code = main(["webinars", *argv], context=context)
    return code, err.shown().decode()


def test_the_version_is_told(offline: Terminal) -> None:
    assert offline.run("--version").out == f"{__version__}\n"


@pytest.mark.parametrize("argv", [(), ("--help",), ("-h",)])
def test_help_names_every_command_and_exit_code(
    offline: Terminal, argv: tuple[str, ...]
) -> None:
    ran = offline.run(*argv)
    assert ran.code == 0
    for name in NAMES:
        assert f" {name} " in ran.out
    words = " ".join(ran.out.split())
    for code, text in EXIT_CODES.items():
        assert f"{code} {text}".split(":")[0][:20] in words


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help_with_an_example(offline: Terminal, name: str) -> None:
    ran = offline.run(name, "--help")
    assert ran.code == 0
    assert f"backrow {name}" in ran.out.split("Examples")[1]


def test_help_of_a_command_names_settings_and_their_variables(
    offline: Terminal,
) -> None:
    out = offline.run("watch", "--help", COLUMNS="200").out
    for setting in SETTINGS:
        if not setting.secret:
            assert flag_of(setting.name) in out
            assert setting.env in out
    assert "--client-secret" not in out
    assert "ZOOM_CLIENT_SECRET or ZOOM_ACCESS_TOKEN is read from the" in out


def test_help_of_a_command_that_calls_nobody_names_no_account(
    offline: Terminal,
) -> None:
    out = offline.run("decode", "--help").out
    assert "--tz" in out
    assert "ZOOM_" not in out
    assert "--api-url" not in out


@pytest.mark.parametrize(
    ("argv0", "path", "expected"),
    [
        ("backrow", "", "backrow"),
        ("{bin}/backrow", "", "{bin}/backrow"),
        ("{bin}/backrow", "/nowhere:{bin}", "backrow"),
        ("{bin}/other", "", "backrow"),
        ("{bin}/missing/backrow", "", "backrow"),
        ("/usr/lib/backrow/__main__.py", "", "backrow"),
    ],
)
def test_what_to_type_is_what_was_typed_where_the_path_lacks_it(
    tmp_path: Path, argv0: str, path: str, expected: str
) -> None:
    for name in ("backrow", "other"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    context = Context(
        environ={"PATH": path.format(bin=tmp_path)}, argv0=argv0.format(bin=tmp_path)
    )
    assert context.program == expected.format(bin=tmp_path)


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["nonsense"], 'Unknown command "nonsense"'),
        (["qos"], "requires an argument"),
        (["qos", "1", "2", "--nonsense"], "Unknown option: --nonsense"),
        (["qos", "1", "2", "--type", "now"], 'Choose from: "auto", "live", "past"'),
        (["qos", "1", "2", "3"], "Unused"),
        (["webinars", "--plan", "gold"], "expected pro or business, got 'gold'"),
        (["webinars", "--from", "yesterday"], "yesterday"),
        (["webinars", "--clock", "noon"], "BACKROW_CLOCK"),
        (["webinars", "--config", "/nowhere/backrow.toml"], "cannot read /nowhere"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    offline: Terminal, argv: list[str], expected: str
) -> None:
    ran = offline.run(*argv, ZOOM_ACCESS_TOKEN="t")
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith("backrow: ")
    assert expected in ran.err


def test_without_credentials_it_is_said_what_to_set(offline: Terminal) -> None:
    ran = offline.run("qos", LIVE, SAMPLE)
    assert ran.code == 2
    for name in ("ZOOM_ACCESS_TOKEN", "ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_SECRET"):
        assert name in ran.err


def test_settings_come_from_the_file_in_the_folder(
    offline: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "backrow.toml"
    file.write_text('plan = "gold"\n')
    offline.folders = [tmp_path]
    ran = offline.run("webinars")
    assert ran.code == 2
    assert f"{file}, line 1" in ran.err


def test_a_readable_secret_is_warned_of_with_what_to_type(
    offline: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "backrow.toml"
    file.write_text('access_token = "hush-hush"\n')
    file.chmod(0o644)
    offline.folders = [tmp_path]
    ran = offline.run("access-token")
    assert ran.out == "hush-hush\n"
    assert f"chmod 600 {file}" in ran.err
    assert "hush" not in ran.err


def test_ctrl_c_ends_it_with_130() -> None:
    assert ended_by(KeyboardInterrupt()) == (130, "backrow: stopped\n")


def test_a_bug_is_one_line_without_a_traceback() -> None:
    code, err = ended_by(RuntimeError("surprise"))
    assert code == 1
    assert "this is a bug in Backrow: RuntimeError: surprise" in err
    assert "Traceback" not in err


def test_debug_shows_a_bugs_traceback() -> None:
    code, err = ended_by(RuntimeError("surprise"), "--debug")
    assert code == 1
    assert "Traceback" in err
    assert "raise error" in err


def test_a_full_disk_is_one_line() -> None:
    code, err = ended_by(OSError(28, "No space left on device", "full.json"))
    assert (code, err) == (1, "backrow: No space left on device - full.json\n")


def test_a_reader_that_leaves_is_no_failure() -> None:
    assert ended_by(BrokenPipeError()) == (0, "")


def test_a_missing_extra_says_what_to_install() -> None:
    code, err = ended_by(MissingExtraError("the server", extra="app"))
    assert code == 2
    assert "pip install 'backrow[app]'" in err


def test_the_limit_of_our_own_ledger_has_no_answer_to_show() -> None:
    code, err = ended_by(RateLimitError("the day's calls are used up", period="day"))
    assert code == 5
    assert "HTTP" not in err
    assert "its apps together" in err


def test_headers_and_body_of_a_refusal_are_shown_harmless() -> None:
    error = NotFoundError(
        "not here\x1b[2J",
        status=404,
        headers={"x-zm-trackingid": "v=2.0\x9b"},
        body=b"<p>\x1b]0;title\x07\n" + b"x" * 10_000,
    )
    code, err = ended_by(error)
    assert code == 4
    assert err.startswith("HTTP 404 Not Found\nx-zm-trackingid: v=2.0\n\n<p>]0;title\n")
    assert "more characters" in err
    assert not {"\x1b", "\x07", "\x9b"} & set(err)


def test_zoom_out_of_reach_says_what_to_check() -> None:
    code, err = ended_by(TransportError("no answer from https://api.zoom.us"))
    assert code == 6
    assert "`backrow doctor`" in err


def test_an_unknown_status_has_no_name() -> None:
    assert ended_by(ServerError("odd", status=599))[1].startswith("HTTP 599\n")


def test_every_error_has_a_known_exit_code() -> None:
    def below(kind: type[BackrowError]) -> list[type[BackrowError]]:
        return [kind, *(one for sub in kind.__subclasses__() for one in below(sub))]

    assert {kind.exit_code for kind in below(BackrowError)} <= set(EXIT_CODES)


def test_a_poor_encoding_is_no_failure() -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    file = Path(__file__).parents[1] / "data" / "seed_participant_qos.json"
    context = Context(environ={}, stdout=out, stderr=Screen(), folders=())
    assert main(["decode", str(file)], context=context) == 0


def test_warnings_of_the_library_are_said_once(
    terminal: Terminal, tmp_path: Path
) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("")
    ran = terminal.run("webinars", BACKROW_STATE=str(blocked / "below"))
    assert ran.code == 0
    assert ran.err.count("backrow: warning:") == 1


@pytest.mark.slow
@pytest.mark.parametrize("argv", [("--version",), ("qos", "--curl", "1", "2")])
def test_the_base_install_is_enough(argv: tuple[str, ...]) -> None:
    code = (
        "import sys\n"
        "from backrow.cli import main\n"
        f"assert main({list(argv)!r}) == 0\n"
        "heavy = {'starlette', 'uvicorn', 'numpy', 'polars', 'pyarrow'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
    )
    command = [sys.executable, "-c", code]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@pytest.mark.slow
def test_the_module_is_the_program() -> None:
    command = [sys.executable, "-m", "backrow", "nonsense"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith('backrow: Unknown command "nonsense"')


@pytest.mark.parametrize(
    ("module", "code", "said"),
    [("numpy", 2, "numpy is not installed"), ("backrow.gone", 1, "a bug in Backrow")],
)
def test_a_module_that_is_not_there_is_an_extra_if_it_is_somebody_elses(
    module: str, code: int, said: str
) -> None:
    error = ImportError("Cannot import module 'backrow.cli.lake'")
    error.__cause__ = ModuleNotFoundError(f"No module named {module!r}", name=module)
    ended, told = ended_by(error)
    assert ended == code
    assert said in told


@pytest.mark.slow  # every command is loaded for it
def test_a_shell_can_complete_commands_and_options(offline: Terminal) -> None:
    script = offline.run("completion", "fish").out
    for part in ("diagnose", "participants", "preset"):
        assert part in script
