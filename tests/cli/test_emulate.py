"""`backrow emulate`: a server of its own, and the settings that point at it."""

import io
import os
import shlex
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2
import pytest

from backrow.cli import main
from backrow.cli.context import Context
from backrow.settings import load
from backrow.simulate.plain.world import (
    ENDED_NUMBER,
    LIVE_NUMBER,
    QOS_UUID,
    SLASH_UUID,
    SLASHES_UUID,
)
from backrow.zoom.client import Zoom


def run(*arguments: str) -> tuple[int, str]:
    """Run the command in this process; it must fail before it serves."""
    said = io.StringIO()
    context = Context(environ={}, stdout=io.StringIO(), stderr=said, folders=[])
    return main(["emulate", *arguments], context=context), said.getvalue()


@contextmanager
def emulating(
    folder: Path, *arguments: str
) -> Iterator[tuple[subprocess.Popen[str], Mapping[str, str]]]:
    """Start the command, and give its process and the settings that it wrote."""
    file = folder / "zoom.env"
    command = [sys.executable, "-m", "backrow", "emulate", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--env", str(file), *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    assert process.stderr
    with process, process.stderr:
        try:
            for line in process.stderr:
                if line.startswith("Ctrl-C"):
                    break
            yield process, exports(file)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)


def exports(file: Path) -> dict[str, str]:
    lines = [shlex.split(line) for line in file.read_text("utf-8").splitlines()]
    assert {words[0] for words in lines} == {"export"}
    return dict(words[1].split("=", 1) for words in lines)


def test_port_in_use_is_one_clear_line() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        code, said = run("--port", str(port))
    assert code == 2
    assert said.count("\n") == 1
    assert f"port {port} on 127.0.0.1 is in use" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "70000"], "port from 0 to 65535"),
        (["--host", "not.an.address.example.com"], "cannot listen"),
        (["--speed", "0"], "speed above 0"),
        (["--start-at", "noon"], "instant such as"),
        (["--zoom", "page_size"], "NAME=VALUE"),
        (["--zoom", "colour=red"], "colour"),
        (["--plan", "gold"], "gold"),
    ],
)
def test_wrong_option_is_refused(arguments: list[str], words: str) -> None:
    code, said = run(*arguments)
    assert code == 2
    assert words in said


def test_settings_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    code, said = run("--port", "0", "--env", str(tmp_path / "missing" / "zoom.env"))
    assert code == 2
    assert "cannot write" in said


@contextmanager
def heard(number: signal.Signals) -> Iterator[None]:
    """Let processes that are started hear a signal, also if this one was told not to."""
    before = signal.getsignal(number)
    if before is signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(number, before)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_nothing_is_left_behind_when_it_is_told_to_end(
    tmp_path: Path, number: signal.Signals
) -> None:
    with heard(number), emulating(tmp_path) as (process, environ):
        assert Path(environ["BACKROW_STATE"]).is_dir()
        httpx2.get(environ["ZOOM_API_URL"])  # it serves by now
        process.send_signal(number)
        assert process.wait(20) == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_every_kind_of_webinar_can_be_asked_for(tmp_path: Path) -> None:
    with emulating(tmp_path) as (_, environ), Zoom.from_env(environ) as zoom:
        assert stat.S_IMODE((tmp_path / "zoom.env").stat().st_mode) == 0o600
        live = zoom.webinars.participant_qos(LIVE_NUMBER, "1670000000")
        assert live.person.user_name == "User"
        for session, type_, person in (
            (ENDED_NUMBER, "past", "1640000001"),
            (SLASH_UUID, "live", "1630000001"),
            (SLASHES_UUID, "past", "1620000001"),
            (QOS_UUID, "past", "1610000001"),
        ):
            found = zoom.webinars.participant_qos(session, person, type=type_)
            assert found.person.user_id == person


@pytest.mark.slow
def test_ctrl_c_ends_it_cleanly(tmp_path: Path) -> None:
    with emulating(tmp_path) as (process, environ):
        url = environ["ZOOM_API_URL"]
        assert httpx2.get(f"{url}/metrics/webinars").status_code == 401
    assert process.returncode == 0
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(url)


@pytest.mark.slow
def test_clients_go_by_the_emulated_clock(tmp_path: Path) -> None:
    start = ("--speed", "600", "--start-at", "2026-11-23T10:00:00Z")
    with emulating(tmp_path, *start) as (_, environ):
        settings = load({}, environ)
        assert settings.clock.startswith("2026-11-23T10:00:00Z@")
        with Zoom.from_env(environ) as zoom:
            qos = zoom.webinars.participant_qos(LIVE_NUMBER, "1670000001")
        assert qos.minutes[0].minute.isoformat() == "2026-11-23T09:48:00+00:00"


@pytest.mark.slow
def test_client_at_full_speed_keeps_the_plans_limit(tmp_path: Path) -> None:
    with emulating(tmp_path, "--plan", "pro", "--speed", "10") as (_, environ):
        with Zoom.from_env(environ) as zoom:
            names = [
                each.person.user_id
                for each in zoom.webinars.participants_qos(ENDED_NUMBER, type="past")
            ]
        assert len(names) == len(set(names)) > 80


@pytest.mark.slow
def test_dropped_connections_and_server_errors_are_survived(tmp_path: Path) -> None:
    faults = ("--zoom", "drop_rate=0.2", "--zoom", "error_rate=0.2", "--speed", "100")
    with (
        emulating(tmp_path, *faults) as (_, environ),
        Zoom.from_env(environ, deadline_s=3600) as zoom,
    ):
        people = list(zoom.webinars.participants_qos(ENDED_NUMBER, type="past"))
    assert len({each.person.user_id for each in people}) == len(people) > 80
