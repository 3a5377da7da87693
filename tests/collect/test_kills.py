"""A collector that is killed at any moment, with real processes and SIGKILL."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from backrow.lake.kept import Lake
from backrow.lake.store.place import Place
from backrow.lake.store.reading import Store
from backrow.simulate.scenario import read_scenario
from backrow.simulate.world import World
from bench.collect import compared, emulator, exported

pytestmark = pytest.mark.slow

SCENARIO = """
seed = 5
start_at = 2026-11-23T14:00:00Z
zone = "Europe/Berlin"

[[sessions]]
number = "95511112222"
topic = "Killed now and then"
length_min = 12
panelists = 2
attendees = 60
"""
TROUBLE = ("--zoom", "error_rate=0.03", "--zoom", "drop_rate=0.02")
AS_IS = ("--zoom", "still_share=0 fps")


def watching(folder: Path) -> subprocess.Popen[str]:
    environ = os.environ | exported(folder / "zoom.env")
    environ |= {"BACKROW_LAKE": str(folder / "lake"), "BACKROW_TZ": "UTC"}
    environ |= {"BACKROW_STATE": str(folder / "state")}
    command = [sys.executable, "-m", "backrow", "watch", "95511112222"]
    return subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True)


def heard(process: subprocess.Popen[str], *words: str) -> str:
    """Wait until a process says some of the words, and return that line."""
    assert process.stderr
    return next(line for line in process.stderr if any(one in line for one in words))


def ended(process: subprocess.Popen[str]) -> str:
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 0, said
    return said


def lake_of(folder: Path) -> Lake:
    return Lake(Store(Place.parse(folder / "lake")))


def test_killed_collector_loses_and_doubles_nothing(tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.toml"
    scenario.write_text(SCENARIO)
    luck = random.Random(1)
    options = (*AS_IS, *TROUBLE)
    with emulator(scenario, 30, tmp_path / "zoom.env", options):
        for killed in range(6):
            process = watching(tmp_path)
            said = heard(process, "running", "ended", "waiting")
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=luck.uniform(0.1, 1.5))
            process.kill()
            process.communicate()
            if "running" not in said:  # a slow machine: the webinar is over
                assert killed
                break
        if "complete" not in lake_of(tmp_path).sessions()["state"].to_list():
            assert "is complete" in ended(watching(tmp_path))
    lake = lake_of(tmp_path)
    total, kept, missing, wrong = compared(World(read_scenario(SCENARIO)), lake)
    assert (kept, missing, wrong) == (total, 0, 0)
    samples = lake.samples("95511112222")
    told = [name for name in samples.columns if name not in {"collected_at", "picked"}]
    assert samples.unique(told).height == samples.height


def test_asked_to_stop_it_ends_in_order(tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.toml"
    scenario.write_text(SCENARIO)
    with emulator(scenario, 10, tmp_path / "zoom.env", AS_IS):
        process = watching(tmp_path)
        heard(process, "s behind")
        second = watching(tmp_path)
        assert "process" in second.communicate()[1]
        assert second.returncode == 2
        process.send_signal(signal.SIGTERM)
        said = ended(process)
    assert "start it again to go on" in said
    assert lake_of(tmp_path).samples("95511112222").height > 0
