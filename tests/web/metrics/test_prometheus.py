"""What `contrib/` holds for Prometheus and Grafana, tried with Debian's Prometheus."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from backrow.clock import Clock
from backrow.web import serving
from backrow.web.metrics.exposition import Meter, metrics_route
from backrow.web.metrics.sessions import SessionReadings
from backrow.web.metrics.table import SERIES
from backrow.web.pages.access.passes import Passes
from tests.web.pages.rooms import site, small

CONTRIB = Path(__file__).parents[3] / "contrib"
RULES = CONTRIB / "prometheus/backrow.rules.yml"
TESTS = CONTRIB / "prometheus/backrow.rules.test.yml"
DASHBOARD = CONTRIB / "grafana/backrow.json"
TOKEN = "token-of-this-test"
CONFIG = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ['{rules}']
scrape_configs:
  - job_name: backrow
    authorization: {{credentials: {token}}}
    static_configs: [{{targets: ['{target}']}}]
"""


def expressions() -> list[str]:
    """Return every query of the dashboard, for one session."""
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    found = [target["expr"] for one in panels for target in one.get("targets", ())]
    return [expr.replace("$session", ".*") for expr in found]


def program(name: str) -> str:
    """Return the path of a program, which `make test-slow` installs if need be."""
    path = shutil.which(name)
    assert path, f"{name} is missing: apt install prometheus"
    return path


def promtool(*arguments: str) -> str:
    command = [program("promtool"), *arguments]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_every_alert_is_fired_by_the_rules_own_test() -> None:
    alerts = set(re.findall(r"- alert: (\w+)", RULES.read_text("utf-8")))
    tried = re.findall(
        r"alertname: (\w+).*\n.*\n *exp_alerts:\n *- exp", TESTS.read_text("utf-8")
    )
    assert alerts == set(tried)


@pytest.mark.parametrize("path", [RULES, TESTS, DASHBOARD], ids=lambda one: one.name)
def test_every_series_that_is_asked_for_is_told(path: Path) -> None:
    asked = set(re.findall(r"\bbackrow_[a-z_]+", path.read_text("utf-8")))
    assert asked
    assert asked <= SERIES.keys()


def test_dashboard_shows_every_series() -> None:
    shown = DASHBOARD.read_text("utf-8")
    hidden = {name for name in SERIES if name not in shown}
    assert hidden == {"backrow_build_info", "backrow_session_findings"}


@pytest.mark.slow
def test_rules_fire_as_their_own_test_says() -> None:
    assert "14 rules found" in promtool("check", "rules", str(RULES))
    assert "SUCCESS" in promtool("test", "rules", str(TESTS))


@pytest.mark.slow
def test_queries_of_the_dashboard_can_be_read(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{i}", "expr": expr} for i, expr in enumerate(expressions())
    ]
    file = tmp_path / "panels.json"  # JSON is YAML
    file.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    assert f"{len(rules)} rules found" in promtool("check", "rules", str(file))


@pytest.mark.slow
def test_real_prometheus_reads_metrics_and_fires_a_finding(tmp_path: Path) -> None:
    room, source, clock = small()
    meter = Meter(SessionReadings(source, clock=clock))
    app = site(source, clock, passes=Passes(TOKEN), routes=[metrics_route(meter)])
    with (
        serving.listen("127.0.0.1", 0) as listening,
        serving.beside(app, listening),
        prometheus(tmp_path, serving.url_of(listening)) as url,
        httpx2.Client(base_url=f"{url}/api/v1") as http,
    ):
        fired = next(found for _ in waiting() if (found := firing(http)))
        query = {"query": "sum by (session) (backrow_session_people)"}
        told = http.get("/query", params=query).json()
    assert fired["labels"]["session"] == room.uuid
    assert fired["labels"]["cause"] == "shared_network"
    (people,) = told["data"]["result"]
    assert int(people["value"][1]) > 100


@contextmanager
def prometheus(folder: Path, target: str) -> Iterator[str]:
    """Run a Prometheus that asks a server each second; yield its address."""
    config = folder / "prometheus.yml"
    host = target.removeprefix("http://")
    config.write_text(CONFIG.format(rules=RULES, token=TOKEN, target=host))
    promtool("check", "config", str(config))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        program("prometheus"),
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def waiting() -> Iterator[None]:
    """Yield again and again; the test's own limit ends it."""
    while True:
        Clock().sleep(0.2)
        yield


def firing(http: httpx2.Client) -> dict[str, Any] | None:
    """Return the finding's alert, if Prometheus runs and has it."""
    try:
        told = http.get("/alerts").json()
    except (httpx2.TransportError, ValueError):
        return None
    found = (
        one
        for one in told.get("data", {}).get("alerts", ())
        if one["labels"]["alertname"] == "BackrowFinding" and one["state"] == "firing"
    )
    return next(found, None)
