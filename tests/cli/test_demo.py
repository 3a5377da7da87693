"""`backrow demo`: an hour that never was, from an empty lake to its report."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx2
import pytest

from backrow.cli.pages.town_hall import town_hall
from backrow.simulate.scenario import read_scenario
from tests.cli.terminal import Terminal


@pytest.mark.parametrize(
    "arguments",
    [["--participants", "0"], ["--speed", "0"], ["--seed", "-1"], ["--port", "70000"]],
)
def test_wrong_option_is_refused(offline: Terminal, arguments: list[str]) -> None:
    ran = offline.run("demo", "--no-browser", *arguments)
    assert (ran.code, ran.out) == (2, "")


def test_town_hall_can_be_played() -> None:
    scenario = read_scenario(town_hall(attendees=300, seed=3))
    faults = [fault.kind for fault in scenario.sessions[0].faults]
    assert (scenario.seed, scenario.sessions[0].attendees) == (3, 300)
    assert faults == ["office", "presenter_uplink"]


@contextmanager
def demo(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "backrow", "demo", "--port", "0", "--no-browser"]
    process = subprocess.Popen(
        [*command, *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def heard(stream: IO[str] | None, pattern: str) -> re.Match[str]:
    """Read lines until one matches."""
    lines = []
    for line in stream or ():
        lines.append(line)
        found = re.search(pattern, line)
        if found:
            return found
    raise AssertionError(lines)


@pytest.mark.slow
def test_demo_plays_writes_its_report_stays_and_goes(tmp_path: Path) -> None:
    with demo(tmp_path, "--participants", "80", "--speed", "240") as process:
        url = heard(process.stderr, r"Backrow is at (http://\S+)")[1]
        assert httpx2.get(f"{url}/index.json").json()["past"] == []
        assert httpx2.post(f"{url}/webhooks/zoom").status_code == 404
        heard(process.stderr, r"\d+ were here\. \d+ were measured")
        report = Path(heard(process.stderr, r"The report is (\S+)")[1])
        page = heard(process.stderr, r"The page stays at (http://\S+)")[1]
        told = httpx2.get(f"{page}.json").json()
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=30)
    assert report.read_text("utf-8").startswith("<!doctype html>")
    assert (process.returncode, "its lake is gone" in rest) == (0, True)
    assert told["people"] >= 80
    assert [one.name for one in tmp_path.iterdir()] == [report.name]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_demo_that_is_stopped_leaves_nothing(tmp_path: Path, number: int) -> None:
    with demo(tmp_path, "--participants", "30") as process:
        heard(process.stderr, r"\d\d:\d\d \d+ here")
        process.send_signal(number)
        _, rest = process.communicate(timeout=60)
    assert (process.returncode, "its lake is gone" in rest) == (0, True)
    assert list(tmp_path.iterdir()) == []
