"""`backrow serve` as a process of its own, and Zoom in front of it."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from backrow.clock import Clock
from backrow.collect.sink import LOCK_NAME
from backrow.lake.kept import Lake
from backrow.lake.store.place import Place
from backrow.lake.store.reading import Store
from tests.collect.pushing import SEAL, SECRET

SPEED = 20.0
"""The server's clock runs so many times as fast, so that it waits less."""


@dataclass
class Serving:
    """A server process, which can be killed and started again."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    clock: Clock = field(
        default_factory=lambda: Clock.starting(Clock().now(), speed=SPEED)
    )
    command: tuple[str, ...] = (sys.executable,)
    said: list[str] = field(default_factory=list)
    url: str = ""
    process: subprocess.Popen[str] | None = None

    @property
    def lake(self) -> Lake:
        return Lake(Store(Place.parse(self.folder / "lake")))

    def start(self) -> None:
        """Start the server, and return when it listens."""
        known = {k: v for k, v in os.environ.items() if not k.startswith("ZOOM_")}
        settings = {
            "BACKROW_STATE": str(self.folder / "state"),
            "BACKROW_LAKE": str(self.folder / "lake"),
            "BACKROW_CLOCK": str(self.clock),
            "ZOOM_WEBHOOK_SECRET": SECRET,
        }
        serve = ["-m", "backrow", "serve", "--port", "0"]
        self.process = subprocess.Popen(
            [*self.command, *serve, *self.arguments],
            env={**known, **settings, **self.environ},
            cwd=self.folder,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said = []
        assert self.process.stderr
        for line in self.process.stderr:
            self.said.append(line)
            if line.startswith("Ctrl-C"):
                break
        found = re.search(r"http://\S+?:\d+", self.said[0])
        assert found, self.said
        self.url = found[0]

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal, and return the exit code."""
        assert self.process
        assert self.process.stderr
        self.process.send_signal(number)
        with self.process.stderr:
            self.said += self.process.stderr.readlines()
        return self.process.wait()

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def nothing(self) -> None:
        """Kill nobody."""

    def has_sink(self) -> bool:
        """Return whether a sink's process is at work; its lock says so."""
        try:
            with (self.state / f"{LOCK_NAME}.lock").open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def kill_sink(self) -> None:
        """Kill the sink's process, as soon as there is one."""
        while not self.has_sink():
            Clock().sleep(0.01)
        path = self.state / f"{LOCK_NAME}.lock"
        while self.has_sink():  # what is written there may be of the one before
            with suppress(ProcessLookupError, json.JSONDecodeError):
                os.kill(json.loads(path.read_bytes())["pid"], signal.SIGKILL)
            Clock().sleep(0.01)

    def push(self, http: httpx2.Client, body: bytes) -> int | None:
        """Send an event; None if no answer came."""
        headers = SEAL.headers(body, now=self.clock.now(), request_id="0" * 32)
        try:
            url = f"{self.url}/webhooks/zoom"
            return http.post(url, content=body, headers=headers).status_code
        except httpx2.TransportError:
            return None

    def health(self) -> dict[str, Any]:
        """Return what /healthz says."""
        found: dict[str, Any] = httpx2.get(f"{self.url}/healthz").json()
        return found

    def settled(self) -> dict[str, Any]:
        """Return what /healthz says once nothing waits for the lake any more."""
        while True:
            said = self.health()
            is_working = said["sink"]["state"] == "working"
            if is_working and not said["inbox"].get("waiting", 1):
                return said
            self.clock.sleep(1.0)


@contextmanager
def serving(
    folder: Path, *arguments: str, start: bool = True, **environ: str
) -> Iterator[Serving]:
    """Serve from a folder."""
    one = Serving(folder, environ, arguments)
    try:
        if start:
            one.start()
        yield one
    finally:
        if one.process is not None and one.process.poll() is None:
            one.stop(signal.SIGKILL)
