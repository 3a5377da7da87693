"""The receiver of webhooks under load, beside the same server that answers nothing.

``python -m bench.receiver`` makes signed events beforehand, starts a server process
for each way and sends from this one, in turn, over kept connections:

- *empty 200*: the same app and server, whose webhook reads the body and answers;
- *receiver*: signatures checked, every event on disk before its answer;
- *with sink*: the same while the sink's process moves the events into a lake.

Each is first given events as fast as it takes them: each of `--connections`
connections sends its next event as soon as the last is answered. CPU is the server
process's own, so that it can be read where the sender takes a core. When the lake has
caught up, which is timed too, events come at a fixed rate, and the times of answers
are taken from the moment at which each event was due: a pause of the server counts for
every event that it keeps waiting. The lake is behind by the age of the oldest event
that is not in it, looked at every half second.

``--pin`` gives the server the first core and sender and sink the others.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

from starlette.types import Receive, Scope, Send

from backrow.cli.serve import SWITCH_S
from backrow.clock import Clock
from backrow.collect.receiver import Receiver
from backrow.collect.sink_process import SinkProcess, make_sink
from backrow.lake.inbox import Inbox
from backrow.qos.people import Person, Session
from backrow.web.app import WEBHOOK, create_app
from backrow.web.serving import listen, serve
from backrow.zoom.encode.events import EventEncoder
from backrow.zoom.webhook import Seal
from bench.decode import random_row
from bench.sending import Sender, server

START = datetime(2026, 11, 23, 10, 0, 51, tzinfo=UTC)
SECRET = "secret of the benchmark"  # noqa: S105 - invented
WAYS = ("empty 200", "receiver", "with sink")
WARM = 1_000


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


@dataclass(frozen=True, slots=True)
class Health:
    """What a server tells of itself."""

    cpu_s: float
    """Of its own process, since its start."""
    waiting: int = 0
    """Events that are not in the lake."""
    behind_s: float = 0.0
    """Age of the oldest of them."""
    moved: int = 0
    """Events that are in the lake."""


def serve_one(way: str, folder: Path, *, told: Connection, pin: bool) -> None:
    """Serve one way in this process until it is ended."""
    inbox, clock = Inbox(folder / "state"), Clock()
    receiver = Receiver(inbox, Seal(SECRET), clock=clock)
    sink = SinkProcess(partial(make_sink, folder / "state", folder / "lake", clock))

    def health() -> Health:
        counts, now = inbox.counts(), clock.now()
        return Health(
            cpu_s=time.process_time(),
            waiting=counts.waiting,
            behind_s=now - (counts.oldest_waiting_at or now),
            moved=sink.moved.events,
        )

    def answer() -> None:
        with suppress(EOFError, OSError):
            while told.recv():
                told.send(health())

    app = create_app(
        webhook=empty if way == WAYS[0] else receiver,
        health=lambda: {"ok": True},
        tasks=[] if way == WAYS[0] else [receiver.run],
    )
    with sink.running() if way == WAYS[2] else nullcontext():
        if pin:  # the sink, started before, keeps the other cores
            os.sched_setaffinity(0, {0})
        sys.setswitchinterval(SWITCH_S)
        with listen("127.0.0.1", 0) as listening:
            told.send(listening.getsockname()[1])
            threading.Thread(target=answer, daemon=True).start()
            serve(app, listening)
    inbox.close()


@dataclass(slots=True)
class Server:
    """A server process."""

    port: int
    told: Connection

    def health(self) -> Health:
        """Return how it is."""
        self.told.send("how is it?")
        found: Health = self.told.recv()
        return found

    def settled_s(self) -> float:
        """Return the seconds until the lake has everything."""
        begin = time.perf_counter()
        while self.health().waiting:
            Clock().sleep(0.05)
        return time.perf_counter() - begin


@contextmanager
def receiving(way: str, *, pin: bool) -> Iterator[Server]:
    """Run a server process in a folder of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="backrow-bench-") as folder,
        server(serve_one, way, Path(folder), pin=pin) as (port, told),
    ):
        yield Server(port, told)


@dataclass(slots=True)
class Watch:
    """Looks how far behind the lake is while events come."""

    server: Server
    behind_s: list[float] = field(default_factory=list)
    _is_over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread = field(init=False)

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop looking."""
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._is_over.wait(0.5):
            self.behind_s.append(self.server.health().behind_s)


def measure(way: str, wanted: Sequence[bytes], asked: argparse.Namespace) -> None:
    """Measure one way and print its row."""
    warm, fast, paced = (
        wanted[:WARM],
        wanted[WARM : WARM + asked.events],
        wanted[WARM + asked.events :],
    )
    with receiving(way, pin=asked.pin) as one:
        Sender(one.port, asked.connections).send(warm, rate=None)
        before, hurry = one.health(), Sender(one.port, asked.connections)
        took = hurry.send(fast, rate=None)
        cpu_us = (one.health().cpu_s - before.cpu_s) / len(fast) * 1e6
        moved, caught_up = "", 0.0
        if way == WAYS[2]:
            caught_up = took + one.settled_s()
            moved = f"{len(fast) / caught_up:,.0f}"
        steady = Sender(one.port, asked.connections)
        if way == WAYS[2]:
            with Watch(one) as watch:
                steady.send(paced, rate=asked.rate)
            moved += f"{max(watch.behind_s):12.1f}"
        else:
            steady.send(paced, rate=asked.rate)
    waits = sorted(steady.waits_s)
    at = [waits[int(len(waits) * part)] * 1e3 for part in (0.5, 0.99)]
    print(
        f"{way:10}{len(fast) / took:10,.0f}{cpu_us:9.0f}"
        f"{at[0]:9.1f}{at[1]:9.1f}{waits[-1] * 1e3:9.1f}"
        f"{hurry.refused + steady.refused:9,}{moved:>22}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=40_000)
    parser.add_argument("--rate", type=float, default=1_700)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--connections", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--pin", action="store_true")
    asked = parser.parse_args()
    wanted = requests(bodies(WARM + asked.events + round(asked.rate * asked.seconds)))
    size = sum(map(len, wanted)) / len(wanted)
    print(f"{len(wanted):,} signed requests of {size:,.0f} bytes on average")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before it began")
    if asked.pin:
        os.sched_setaffinity(0, set(range(1, os.cpu_count() or 1)))
    rate = f"at {asked.rate:,.0f} events/s"
    print(f"{'':10}{'as fast as it takes':>19}{rate:>27}{'':9}{'into the lake':>22}")
    print(
        f"{'':10}{'events/s':>10}{'CPU us':>9}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}"
        f"{'refused':>9}{'events/s':>10}{'behind s':>12}"
    )
    for _ in range(asked.rounds):
        for way in asked.ways:
            measure(way, wanted, asked)


if __name__ == "__main__":
    main()
