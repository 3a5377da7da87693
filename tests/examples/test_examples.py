"""The example programs run as their texts say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.terminal import LIVE, SAMPLE
from tests.cli.test_with_emulator import emulator

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(name: str, *argv: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(EXAMPLES / name), *argv],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **environ},
    )


def test_the_demo_shows_two_participants_and_ends() -> None:
    done = run("demo.py", COLUMNS="100")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("$ backrow qos ") == 3
    assert " 1055 " in done.stdout
    assert "minutes, 20" in done.stdout
    assert "$ backrow access-token\neyJ" in done.stdout


def test_the_sample_program_reads_every_value(tmp_path: Path) -> None:
    with emulator(tmp_path) as settings:
        environ = {**settings, "BACKROW_STATE": str(tmp_path)}
        done = run("get_webinar_participant_qos.py", LIVE, SAMPLE, **environ)
        unknown = run("get_webinar_participant_qos.py", LIVE, "42", **environ)
    assert done.returncode == 0, done.stderr
    for text in ("User's Phone", "23.0 kbps", "126.0 ms", "1280 x 720", "12.0 frames"):
        assert text in done.stdout
    assert "None" not in done.stdout
    assert unknown.returncode == 1
    assert unknown.stderr.startswith("NotFoundError: ")


@pytest.mark.parametrize(("argv", "code"), [(["--help"], 0), ([LIVE], 2), ([], 2)])
def test_the_sample_program_says_how_it_is_used(argv: list[str], code: int) -> None:
    done = run("get_webinar_participant_qos.py", *argv)
    assert done.returncode == code
    assert "usage: get_webinar_participant_qos.py" in done.stdout + done.stderr
