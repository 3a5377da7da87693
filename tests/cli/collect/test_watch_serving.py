"""`backrow watch --serve`: collector and server in one process."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from backrow.lake.kept import Lake
from backrow.lake.store.place import Place
from backrow.lake.store.reading import Store
from bench.collect import emulator, exported

pytestmark = pytest.mark.slow

SCENARIO = """
seed = 5
start_at = 2026-11-23T14:00:00Z
zone = "Europe/Berlin"

[[sessions]]
number = "95511112222"
topic = "Watched and served"
length_min = 60
panelists = 2
attendees = 30
"""


def listed(url: str) -> list[dict[str, Any]]:
    """Return the sessions that the first page shows."""
    found: dict[str, Any] = httpx2.get(f"{url}/.json").json()
    return [*found["live"], *found["past"]]


def test_what_is_collected_is_served_until_ctrl_c(tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.toml"
    scenario.write_text(SCENARIO)
    with emulator(scenario, 10, tmp_path / "zoom.env", ()):
        environ = os.environ | exported(tmp_path / "zoom.env")
        environ |= {"BACKROW_LAKE": str(tmp_path / "lake"), "BACKROW_TZ": "UTC"}
        environ |= {"BACKROW_STATE": str(tmp_path / "state")}
        command = [sys.executable, "-m", "backrow", "watch", "--serve", "--port", "0"]
        process = subprocess.Popen(
            command, env=environ, stderr=subprocess.PIPE, text=True
        )
        try:
            shown = seen_on_pages(process)
            process.send_signal(signal.SIGINT)
            process.communicate()
        finally:
            process.kill()
    assert process.returncode == 0
    assert (shown["topic"], shown["state"]) == ("Watched and served", "live")
    lake = Lake(Store(Place.parse(tmp_path / "lake")))
    assert lake.samples("latest").height > 0


def seen_on_pages(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Wait until rows are in the lake and the page has the session."""
    assert process.stderr
    said = iter(process.stderr)
    url = next(m[0] for line in said if (m := re.search(r"http://\S+?:\d+", line)))
    assert any("s behind" in line for line in said)
    assert httpx2.get(f"{url}/healthz").json()["ok"]
    told = httpx2.get(f"{url}/metrics").text
    assert 'backrow_zoom_calls_total{label="heavy",status="200"}' in told
    assert 'backrow_part_failing{part="sink"} 0.0' in told
    found = (listed(url) for _ in said)  # it says a line a minute
    return next(one[0] for one in found if one)
