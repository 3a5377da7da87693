"""`backrow serve`: what it asks for, and that it keeps what it acknowledged."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import polars as pl
import pytest

from backrow.clock import Clock
from backrow.lake.inbox import Inbox
from tests.cli.serving import Serving, serving
from tests.cli.terminal import Terminal
from tests.collect.pushing import SECRET, UUID, event

TOKEN = "a-token-of-this-test"
ANY = "0.0.0.0"  # noqa: S104 - what is tested


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "70000"], "port from 0 to 65535"),
        (["--host", "not.an.address.example.com"], "cannot listen"),
    ],
)
def test_wrong_option_is_refused(
    offline: Terminal, arguments: list[str], words: str
) -> None:
    ran = offline.run("serve", *arguments)
    assert ran.code == 2
    assert words in ran.err


def test_token_that_could_be_guessed_is_refused(offline: Terminal) -> None:
    ran = offline.run("serve", "--host", ANY, "--port", "0", BACKROW_TOKEN="short")
    assert ran.code == 2
    assert "16 characters" in ran.err
    assert "short" not in ran.err


@pytest.mark.slow
def test_events_go_into_the_lake(offline: Terminal, tmp_path: Path) -> None:
    with serving(tmp_path) as server, httpx2.Client() as http:
        asked = ["doctor", "--json", "--webhook", f"{server.url}/webhooks/zoom"]
        checks = offline.run(*asked, ZOOM_WEBHOOK_SECRET=SECRET).json["checks"]
        assert "answers as it should, but Zoom posts to https" in checks[-1]["message"]
        assert server.push(http, event("1")) == 200
        assert server.push(http, b"{") == 200
        said = server.settled()
        assert server.stop() == 0
    assert said["ok"]
    assert (said["receiver"]["kept"], said["sink"]["dead"]) == (2, 1)
    assert server.lake.samples(UUID)["participant"].to_list() == ["1"]


@pytest.mark.slow
def test_without_a_secret_it_says_so(tmp_path: Path) -> None:
    with (
        serving(tmp_path, ZOOM_WEBHOOK_SECRET="") as server,
        httpx2.Client() as http,
    ):
        assert server.push(http, event()) == 503
        assert server.health()["webhook"] == "no secret"
    assert "ZOOM_WEBHOOK_SECRET is not set" in "".join(server.said)


@pytest.mark.slow
@pytest.mark.parametrize("given", [TOKEN, ""])
def test_other_machines_are_asked_for_a_token(tmp_path: Path, given: str) -> None:
    with serving(tmp_path, "--host", ANY, BACKROW_TOKEN=given) as server:
        words = "".join(server.said)
        assert (TOKEN in words) is False
        assert ("made for this run: " in words) is not bool(given)
        token = given or words.split("made for this run: ")[1].split()[0]
        headers = {"authorization": f"Bearer {token}"}
        with httpx2.Client() as http:
            assert http.get(f"{server.url}/page").status_code == 401
            assert http.get(f"{server.url}/page", headers=headers).status_code == 404
            assert server.push(http, event()) == 200


@dataclass
class Zoom:
    """Pushes events, and remembers which were acknowledged."""

    server: Serving
    http: httpx2.Client
    waiting: list[str]
    kept: set[str] = field(default_factory=set)

    def push(self, most: int = 1_000_000) -> None:
        """Push up to `most` events, until none waits or nobody answers."""
        for _ in range(most):
            if not self.waiting:
                return
            name = self.waiting.pop()
            status = self.server.push(self.http, event(name))
            if status == 200:
                self.kept.add(name)
            else:
                self.waiting.append(name)
            if status is None:
                return

    def push_while(self, kill: Callable[[], object], after_s: float) -> None:
        """Push from some threads, and kill something while they do."""
        before = len(self.kept)
        with ThreadPoolExecutor(3) as threads:
            pushing = [threads.submit(self.push) for _ in range(3)]
            while len(self.kept) < before + 3:
                Clock().sleep(0.01)
            Clock().sleep(after_s)
            kill()
            Clock().sleep(after_s)
            self.server.stop(signal.SIGKILL)
        for one in pushing:
            one.result()


@pytest.mark.slow
@pytest.mark.parametrize("victims", ["server", "sink", "both"])
def test_no_acknowledged_event_is_lost_or_doubled_by_kills(
    tmp_path: Path, victims: str
) -> None:
    rng = random.Random(victims)
    names = [str(i) for i in range(20_000)]
    with serving(tmp_path, start=False) as server, httpx2.Client(timeout=10) as http:
        zoom = Zoom(server, http, names)
        kill = server.nothing if victims == "server" else server.kill_sink
        for _ in range(4):
            server.start()
            zoom.push_while(kill, 0.0 if victims == "both" else rng.uniform(0, 1))
        server.start()
        zoom.push(20)
        server.settled()
        assert server.stop() == 0
    found = server.lake.samples(UUID)["participant"]
    assert found.is_unique().all()
    assert zoom.kept <= set(found)


@pytest.mark.slow
def test_sink_that_dies_is_started_again(tmp_path: Path) -> None:
    with serving(tmp_path) as server, httpx2.Client() as http:
        for i in range(3):
            assert server.push(http, event(str(i))) == 200
            server.kill_sink()
            assert server.push(http, event(f"{i} too")) == 200
        said = server.settled()
        assert (said["ok"], said["sink"]["restarts"]) == (True, 3)
        assert server.stop() == 0
    assert "ended with code -9" in "".join(server.said)
    assert server.lake.samples(UUID)["participant"].n_unique() == 6


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_end_is_the_end_of_the_sink_too(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path) as server, httpx2.Client() as http:
        assert server.push(http, event()) == 200
        while not server.has_sink():
            Clock().sleep(0.01)
        assert server.stop(number) == 0
    assert not server.has_sink()
    assert "Traceback" not in "".join(server.said)


@pytest.mark.slow
def test_sink_ends_when_its_server_is_killed(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        while not server.has_sink():
            Clock().sleep(0.01)
        server.stop(signal.SIGKILL)
        while server.has_sink():
            Clock().sleep(0.01)


@pytest.mark.slow
def test_kill_while_the_lake_is_written_doubles_nothing(tmp_path: Path) -> None:
    rng = random.Random(5)
    with serving(tmp_path, start=False) as server, httpx2.Client(timeout=10) as http:
        for round_ in range(2):
            server.start()
            for i in range(40):
                assert server.push(http, event(f"{round_}-{i}")) == 200
            Clock().sleep(rng.uniform(0, 0.4))
            server.stop(signal.SIGKILL)
        server.start()
        server.settled()
    counts = server.lake.scan("samples").group_by("participant").len().collect()
    assert counts.height == 80
    assert set(counts["len"]) == {1}
    rows = server.lake.scan("sessions").filter(pl.col("state") == "live").collect()
    assert rows.height == 1


def is_done(*command: str) -> bool:
    """Run a command of the system's, and return whether it did its work."""
    try:
        done = subprocess.run(command, check=False, capture_output=True)
    except OSError:
        return False
    return done.returncode == 0


@contextmanager
def small_disk(folder: Path, server: Serving) -> Iterator[None]:
    """Let the server's state lie on a disk of a megabyte, or its files be as small.

    Who may not mount gets a limit on the size of files: the same refusal from the
    system, by another way.
    """
    state = folder / "state"
    state.mkdir()
    mounted = is_done("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(state))
    if not mounted:
        limit = "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, "
        limit += "(500_000, -1)); os.execv(sys.executable, sys.argv[1:])"
        server.command = (sys.executable, "-c", limit, sys.executable)
    try:
        yield
    finally:
        if mounted:
            assert is_done("umount", str(state))


def grow(state: Path, server: Serving) -> None:
    """Give the server's disk room again."""
    if not is_done("mount", "-o", "remount,size=100m", str(state)):
        server.command = (sys.executable,)


def everything_in(state: Path) -> list[bytes]:
    """Return the bodies of all events in an inbox, batch after batch."""
    inbox, bodies = Inbox(state), []
    while taken := inbox.take():
        bodies += [one.body for one in taken.events]
        inbox.finish(taken, now=0.0)
    inbox.close()
    return bodies


@pytest.mark.slow
def test_full_disk_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    padding = b" " * 20_000
    bodies = [event(str(i)) + padding for i in range(100)]
    with serving(tmp_path, start=False) as server, small_disk(tmp_path, server):
        server.environ["BACKROW_LAKE"] = str(tmp_path / "file" / "lake")
        (tmp_path / "file").write_text("no lake here, so that events must wait")
        server.start()
        with httpx2.Client(timeout=10) as http:
            statuses = [server.push(http, body) for body in bodies]
            assert set(statuses) == {200, 503}
            assert not server.health()["ok"]
            server.stop(signal.SIGKILL)
            grow(tmp_path / "state", server)
            server.start()
            again = [
                server.push(http, body)
                for body, status in zip(bodies, statuses, strict=True)
                if status == 503
            ]
            server.stop(signal.SIGKILL)
        assert set(again) == {200}
        found = everything_in(tmp_path / "state")
    assert sorted(found) == sorted(bodies)
