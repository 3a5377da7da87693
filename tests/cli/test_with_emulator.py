"""The commands against a real `backrow emulate`, as users run them."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from backrow.zoom.client import Zoom
from tests.cli.terminal import (
    ENDED,
    ENDED_PERSON,
    ENDED_UUID,
    LIVE,
    LIVE_UUID,
    QOS_PERSON,
    QOS_UUID,
    SAMPLE,
    SLASH_PERSON,
    SLASH_UUID,
    SLASHES_PERSON,
    SLASHES_UUID,
    Terminal,
)

pytestmark = pytest.mark.slow

PATIENCE_S = 30


@contextmanager
def emulator(folder: Path, *options: str) -> Iterator[dict[str, str]]:
    """Run `backrow emulate` and give the settings that point a client at it."""
    env = folder / "zoom.env"
    command = [sys.executable, "-m", "backrow", "emulate", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--env", str(env), *options], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    said = process.stderr.readline()
    try:
        assert "http://127.0.0.1:" in said, said + process.stderr.read()
        lines = [shlex.split(line)[1] for line in env.read_text().splitlines()]
        settings = dict(line.split("=", maxsplit=1) for line in lines)
        shutil.rmtree(settings["BACKROW_STATE"])
        yield {name: v for name, v in settings.items() if name != "BACKROW_STATE"}
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Settings of an emulator that behaves well."""
    with emulator(tmp_path_factory.mktemp("emulator")) as found:
        yield found


@pytest.fixture
def terminal(tmp_path: Path, settings: dict[str, str]) -> Terminal:
    """A terminal that goes to the emulator over the loopback."""
    return Terminal(state=tmp_path, environ=settings)


@pytest.mark.parametrize(
    ("session", "participant", "uuid", "state"),
    [
        (LIVE, SAMPLE, LIVE_UUID, "live"),
        (LIVE_UUID, SAMPLE, LIVE_UUID, "live"),
        (ENDED, ENDED_PERSON, ENDED_UUID, "ended"),
        (ENDED_UUID, ENDED_PERSON, ENDED_UUID, "ended"),
        (SLASH_UUID, SLASH_PERSON, SLASH_UUID, "live"),
        (SLASHES_UUID, SLASHES_PERSON, SLASHES_UUID, "ended"),
        (QOS_UUID, QOS_PERSON, QOS_UUID, "ended"),
    ],
)
def test_live_and_ended_are_found_by_number_and_uuid(
    terminal: Terminal, session: str, participant: str, uuid: str, state: str
) -> None:
    ran = terminal.run("qos", session, participant, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["person"]["user_id"] == participant
    assert f"occurrence {uuid}," in ran.err
    assert ran.err.endswith(f", {state}\n")


def test_an_unknown_participant_is_not_found(terminal: Terminal) -> None:
    ran = terminal.run("qos", LIVE, "42")
    assert ran.code == 4
    assert "HTTP 404" in ran.err


def test_a_token_that_is_not_good_is_refused(terminal: Terminal) -> None:
    ran = terminal.run("qos", LIVE, SAMPLE, ZOOM_ACCESS_TOKEN="not-good")
    assert ran.code == 3
    assert "HTTP 401" in ran.err


def test_doctor_is_content(terminal: Terminal) -> None:
    ran = terminal.run("doctor", LIVE, "--json")
    assert ran.code == 0
    checks = [check for check in ran.json["checks"] if check["name"] != "webhook"]
    assert {check["state"] for check in checks} == {"ok"}


def test_the_curl_line_gets_the_same_body(
    terminal: Terminal, settings: dict[str, str], tmp_path: Path
) -> None:
    line = terminal.run("qos", SLASHES_UUID, SLASHES_PERSON, "--curl", "--type", "past")
    backrow = tmp_path / "backrow"
    backrow.write_text(
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m backrow "$@"\n'
    )
    backrow.chmod(0o755)
    environ = {
        **settings,
        "BACKROW_STATE": str(tmp_path),
        "PATH": f"{tmp_path}:/usr/local/bin:/usr/bin:/bin",
    }
    pasted = subprocess.run(
        ["/bin/sh", "-c", line.out], check=True, capture_output=True, env=environ
    )
    raw = terminal.run(
        "qos", SLASHES_UUID, SLASHES_PERSON, "--format", "raw", "--type", "past"
    )
    assert pasted.stdout == raw.body
    assert pasted.stdout.startswith(b'{"user_id"')


def test_a_missing_scope_is_named(tmp_path: Path) -> None:
    scope = "scopes=dashboard:read:webinar:admin"
    with emulator(tmp_path, "--zoom", scope) as environ:
        ran = Terminal(state=tmp_path, environ=environ).run("qos", LIVE, SAMPLE)
    assert ran.code == 3
    assert "dashboard:read:webinar_participant_qos:admin" in ran.err


def test_an_expired_token_is_refused(tmp_path: Path) -> None:
    """An hour passes in the time that Python needs to begin."""
    with emulator(tmp_path, "--speed", "100000") as environ:
        command = [sys.executable, "-m", "backrow", "access-token"]
        own = {**environ, "BACKROW_STATE": str(tmp_path)}
        done = subprocess.run(command, check=True, capture_output=True, env=own)
        old = done.stdout.decode().strip()
        terminal = Terminal(state=tmp_path, environ=environ)
        ran = terminal.run("qos", LIVE, SAMPLE, ZOOM_ACCESS_TOKEN=old)
    assert ran.code == 3
    assert "HTTP 401" in ran.err


def test_a_pro_plans_limit_at_full_speed_loses_and_doubles_nothing(
    tmp_path: Path,
) -> None:
    """Eight at once believe in a faster plan, so Zoom itself refuses some calls."""
    with emulator(tmp_path, "--plan", "pro") as settings:
        environ = {**settings, "ZOOM_PLAN": "business"}
        with Zoom.from_env({**environ, "BACKROW_STATE": str(tmp_path)}) as zoom:
            listed = zoom.webinars.participants(LIVE)
            people = [
                str(one.user_id) for _, one in zip(range(48), listed, strict=False)
            ]
        terminal = Terminal(state=tmp_path / "shared", environ=environ)

        def ask(person: str) -> str:
            ran = terminal.run("qos", LIVE, person, "--type", "live", "--json")
            assert ran.code == 0, ran.err
            return str(ran.json["person"]["user_id"])

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(ask, people))
    assert answers == people
    statuses = [call.status for call in terminal.calls if call.endpoint != "token"]
    assert 429 in statuses
    assert statuses.count(200) == len(people)


def test_a_taken_port_is_one_line(settings: dict[str, str]) -> None:
    port = settings["ZOOM_API_URL"].split(":")[2].split("/")[0]
    command = [sys.executable, "-m", "backrow", "emulate", "--port", port]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert f"port {port}" in done.stderr
