"""The receiver of webhooks under load, beside the same server that answers nothing.

``python -m bench.receiver`` makes signed events beforehand, starts a server process
for each way and sends from this one, in turn, over kept connections:

- *empty 200*: the same app and server, whose webhook reads the body and answers;
- *receiver*: signatures checked, every event on disk before its answer;
- *with sink*: the same while the sink moves the events into a lake.

Throughput is what comes back when each of `--connections` connections sends its next
event as soon as the last is answered. The times of answers are taken at a fixed rate,
from the moment at which each event was due, so that a pause of the server counts for
every event that it keeps waiting.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import selectors
import signal
import socket
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from starlette.types import Receive, Scope, Send

from backrow.clock import Clock
from backrow.collect.receiver import Receiver
from backrow.collect.sink import Sink
from backrow.lake.inbox import Inbox
from backrow.lake.keep import LakeWriter
from backrow.lake.kept import open_lake
from backrow.qos.people import Person, Session
from backrow.web.app import WEBHOOK, create_app
from backrow.web.serving import listen, serve
from backrow.zoom.encode.events import EventEncoder
from backrow.zoom.webhook import Seal
from bench.decode import random_row

START = datetime(2026, 11, 23, 10, 0, 51, tzinfo=UTC)
SECRET = "secret of the benchmark"  # noqa: S105 - invented
WAYS = ("empty 200", "receiver", "with sink")
OK = b"HTTP/1.1 200"


def bodies(count: int) -> list[bytes]:
    """Return events of as many participants' minutes, all different."""
    rng = random.Random(7)
    encoder = EventEncoder(account="bench", style="2021")
    session = Session(
        kind="webinar", uuid="kJYyyNYcQHqVgWmzeRjOrQ==", number="1", start_at=START
    )
    made = []
    for i in range(count):
        at = START + timedelta(minutes=i // 10_000)
        who = Person(user_id=str(16_700_000 + i % 10_000), email="", id="")
        row = random_row(rng, at, "client", sends=i % 100 == 0)
        made.append(encoder.qos(session, who, [row], event_ts=1_795_000_000_000 + i))
    return made


def requests(events: Sequence[bytes]) -> list[bytes]:
    """Return signed requests, byte for byte."""
    seal, now = Seal(SECRET), Clock().now()
    made = []
    for i, body in enumerate(events):
        headers = seal.headers(body, now=now, request_id=f"{i:032x}")
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST {WEBHOOK} HTTP/1.1\r\nhost: 127.0.0.1\r\n{lines}"
        made.append(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
    return made


async def empty(_: Scope, receive: Receive, send: Send) -> None:
    """Answer 200 once the body is read."""
    while (await receive()).get("more_body"):
        pass
    length = [(b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 200, "headers": length})
    await send({"type": "http.response.body", "body": b""})


def serve_one(way: str, folder: Path, told: Connection) -> None:
    """Serve one way in this process until it is ended."""
    inbox, clock = Inbox(folder / "state"), Clock()
    receiver = Receiver(inbox, Seal(SECRET), clock=clock)
    writer = LakeWriter(open_lake(folder / "lake").store)
    sink = Sink(inbox, writer, key=b"bench", clock=clock)
    tasks = {"receiver": [receiver.run], "with sink": [receiver.run, sink.run]}

    def health() -> Mapping[str, Any]:
        return {"ok": True}

    app = create_app(
        webhook=empty if way == "empty 200" else receiver,
        health=health,
        tasks=tasks.get(way, []),
    )
    with listen("127.0.0.1", 0) as listening:
        told.send(listening.getsockname()[1])
        serve(app, listening)
    told.send((time.process_time(), sink.moved.events, inbox.counts().waiting))
    inbox.close()


@dataclass(slots=True)
class Sender:
    """Sends requests over kept connections and takes the time of each answer."""

    port: int
    connections: int
    waits_s: list[float] = field(default_factory=list)
    refused: int = 0
    _due: dict[socket.socket, float] = field(default_factory=dict)

    def send(self, wanted: Sequence[bytes], *, rate: float | None) -> float:
        """Send all of `wanted`, and return the seconds until the last answer.

        Args:
            wanted: Requests.
            rate: How many a second are due; None for as many as can be.
        """
        with selectors.DefaultSelector() as selector:
            idle: deque[socket.socket] = deque()
            for _ in range(self.connections):
                one = socket.create_connection(("127.0.0.1", self.port))
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(one, selectors.EVENT_READ)
                idle.append(one)
            begin = time.perf_counter()
            sent = answered = 0
            while answered < len(wanted):
                now = time.perf_counter()
                while idle and sent < len(wanted):
                    due = now if rate is None else begin + sent / rate
                    if due > now:
                        break
                    one = idle.popleft()
                    self._due[one] = due
                    one.sendall(wanted[sent])
                    sent += 1
                for key, _ in selector.select(timeout=0.0005):
                    answered += self._take(key.fileobj, idle)
            took = time.perf_counter() - begin
            for key in list(selector.get_map().values()):
                key.fileobj.close()  # type: ignore[union-attr] # all are sockets
        return took

    def _take(self, one: Any, idle: deque[socket.socket]) -> int:
        answer = one.recv(65_536)
        if one not in self._due:  # idle: the server has closed it, or speaks twice
            msg = f"expected nothing on an idle connection, got {answer[:40]!r}"
            raise RuntimeError(msg)
        self.waits_s.append(time.perf_counter() - self._due.pop(one))
        self.refused += not answer.startswith(OK)
        idle.append(one)
        return 1


@contextmanager
def server(way: str, results: list[Any]) -> Iterator[int]:
    """Run a server process, give its port, and keep what it says at the end."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    with tempfile.TemporaryDirectory(prefix="backrow-bench-") as folder:
        process = spawn.Process(target=serve_one, args=(way, Path(folder), theirs))
        process.start()
        try:
            yield ours.recv()
            os.kill(process.pid or 0, signal.SIGINT)
            results.append(ours.recv())
        finally:
            process.kill()
            process.join()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=40_000)
    parser.add_argument("--rate", type=float, default=1_700)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--connections", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args()
    paced = round(asked.rate * asked.seconds)
    wanted = requests(bodies(asked.events + paced))
    size = sum(map(len, wanted)) / len(wanted)
    load = os.getloadavg()[0]
    print(f"{len(wanted):,} signed requests of {size:,.0f} bytes on average")
    print(f"{os.cpu_count()} cores, load {load:.1f} before it began")
    print(
        f"{'':12}{'events/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}"
        f"{'refused':>9}{'CPU us/event':>14}{'in the lake':>13}"
    )
    for _ in range(asked.rounds):
        for way in WAYS:
            told: list[Any] = []
            with server(way, told) as port:
                fast = Sender(port, asked.connections)
                took = fast.send(wanted[: asked.events], rate=None)
                steady = Sender(port, asked.connections)
                steady.send(wanted[asked.events :], rate=asked.rate)
            waits = sorted(steady.waits_s)
            cpu_s, moved, _ = told[0]
            each = cpu_s / len(wanted) * 1e6
            print(
                f"{way:12}{asked.events / took:10,.0f}"
                f"{waits[len(waits) // 2] * 1e3:9.1f}"
                f"{waits[int(len(waits) * 0.99)] * 1e3:9.1f}{waits[-1] * 1e3:9.1f}"
                f"{fast.refused + steady.refused:9,}{each:14.0f}{moved:13,}"
            )


if __name__ == "__main__":
    main()
