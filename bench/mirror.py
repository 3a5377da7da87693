"""The mirror at so many requests a second, beside a server that answers nothing.

``python -m bench.mirror`` puts a complete webinar into a lake, serves it by the app of
`backrow serve` in a process of its own, asks for one participant's hour at a time, for
another participant each time, and prints for each way

- the processor time of a request in the server's own process,
- the wait for an answer at a steady rate, from when the request was due.

*empty* is the same app without a mirror, which refuses; *one* is the QoS of one
participant, *page* a page of ten. To be reached: one, p99 under 30 ms at 200 a second.
The first request of each way reads the session; it is timed apart.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import selectors
import signal
import socket
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any, Final
from urllib.parse import quote

import numpy as np
import polars as pl

from backrow.cli.serve import SWITCH_S
from backrow.clock import Clock
from backrow.lake.keep import LakeWriter
from backrow.lake.kept import Lake
from backrow.lake.store.place import Place
from backrow.lake.store.reading import Store
from backrow.lake.store.rows import (
    Occurrence,
    participants_frame,
    sessions_frame,
    shaped,
)
from backrow.qos.people import Person, Session
from backrow.qos.vocabulary import METRICS
from backrow.web.app import create_app
from backrow.web.mirror.api import Mirror
from backrow.web.mirror.door import Door
from backrow.web.mirror.shelf import Shelf
from backrow.web.mirror.tokens import Keys, TokenFile
from backrow.web.serving import listen, serve

UUID: Final = "kJYyyNYcQHqVgWmzeRjOrQ=="
NUMBER: Final = "94512345678"
START: Final = datetime(2026, 11, 23, 10, tzinfo=UTC)
MINUTES: Final = 60
WAYS: Final = ("empty", "one", "page")
BYTES: Final = 1 << 20


def webinar(folder: Path, people: int) -> str:
    """Put a complete webinar into a lake; return a token of the mirror's."""
    session = Session(
        kind="webinar",
        uuid=UUID,
        number=NUMBER,
        start_at=START,
        end_at=START + timedelta(minutes=MINUTES),
    )
    about, now = Occurrence(session_uuid=UUID, session_number=NUMBER), 1.8e9
    stays = [
        Person(user_id=name, user_name=f"Person {name}", join_time=START)
        for name in names(people)
    ]
    writer = LakeWriter(Store(Place.parse(folder / "lake")))
    writer.append(
        {
            "sessions": sessions_frame([(session, "complete")], now=now),
            "participants": participants_frame(
                [(about, one) for one in stays], key=b"bench", now=now
            ),
            "samples": shaped("samples", samples(people), now=now),
        },
        now=now,
    )
    file = TokenFile(folder / "state")
    scopes = ("dashboard:read:admin",)
    return file.create("bench", scopes, expires_at=None, now=now)[1]


def names(people: int) -> list[str]:
    """Return everybody's id."""
    return [str(1_670_000_000 + i) for i in range(people)]


def samples(people: int) -> pl.DataFrame:
    """Return everybody's every minute: sound and picture received, the machine.

    As in production answers losses have a decimal and all else is whole.
    """
    draw, count = np.random.default_rng(7), people * MINUTES
    measured = {
        metric.name: np.round(draw.gamma(4, 8, count), "loss" in metric.name)
        for metric in METRICS
        if metric.unit not in {"level", "text", "px", "dBm", "MOS"}
        and (metric.direction == "received" or metric.medium is None)
    }
    minutes = [START + timedelta(minutes=i) for i in range(MINUTES)]
    return pl.DataFrame(
        {
            "participant": np.repeat(names(people), MINUTES),
            "minute": minutes * people,
            **measured,
        }
    ).with_columns(
        sampled_at=pl.col("minute"),
        leg=pl.lit("client"),
        origin=pl.lit("rest_past"),
        picked=pl.lit("census"),
        session_uuid=pl.lit(UUID),
        session_number=pl.lit(NUMBER),
        kind=pl.lit("webinar"),
        account=pl.lit(""),
    )


def serve_one(way: str, folder: Path, told: Connection) -> None:
    """Serve one way in this process until it is ended."""
    clock = Clock()
    mirror = Mirror(
        shelf=Shelf(Lake(Store(Place.parse(folder / "lake"))), clock=clock),
        door=Door(Keys(TokenFile(folder / "state"))),
        clock=clock,
        real=clock,
    )

    async def webhook(*_: object) -> None:
        """Answer nothing: nobody asks."""

    def health() -> Mapping[str, Any]:
        return {"ok": True}

    app = create_app(
        webhook=webhook, health=health, mirror=None if way == WAYS[0] else mirror
    )

    def tell() -> None:
        while told.recv():
            told.send(time.process_time())

    sys.setswitchinterval(SWITCH_S)
    with listen("127.0.0.1", 0) as listening:
        told.send(listening.getsockname()[1])
        Thread(target=tell, daemon=True).start()
        serve(app, listening)


@contextmanager
def server(way: str, folder: Path) -> Iterator[tuple[int, Connection]]:
    """Run a server process; give its port, and who tells its processor time."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=serve_one, args=(way, folder, theirs))
    process.start()
    try:
        yield ours.recv(), ours
        os.kill(process.pid or 0, signal.SIGINT)
        process.join(10)
    finally:
        process.kill()
        process.join()


def requests(way: str, people: Sequence[str], token: str, count: int) -> list[bytes]:
    """Return requests, each for somebody else, or for another page."""
    path = f"/v2/metrics/webinars/{quote(UUID, safe='')}/participants"
    found = []
    for i in range(count):
        who = people[i * 7919 % len(people)]
        target = f"{path}/qos?type=past&page_size=10"
        if way != WAYS[2]:
            target = f"{path}/{who}/qos?type=past"
        found.append(
            f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {token}\r\n\r\n".encode()
        )
    return found


def ask(port: int, wanted: Sequence[bytes], *, rate: float) -> tuple[list[float], int]:
    """Send requests at a steady rate; return the waits in seconds, and bytes a body."""
    waits, size, due = list[float](), 0, dict[socket.socket, tuple[float, bytearray]]()
    with selectors.DefaultSelector() as selector:
        idle: deque[socket.socket] = deque()
        for _ in range(64):
            one = socket.create_connection(("127.0.0.1", port))
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(one, selectors.EVENT_READ)
            idle.append(one)
        begin, sent = time.perf_counter(), 0
        while len(waits) < len(wanted):
            while idle and sent < len(wanted):
                at = begin + sent / rate
                if at > time.perf_counter():
                    break
                one = idle.popleft()
                due[one] = (at, bytearray())
                one.sendall(wanted[sent])
                sent += 1
            for key, _ in selector.select(timeout=0.0005):
                one = key.fileobj  # type: ignore[assignment] # all are sockets
                at, body = due[one]
                body += one.recv(BYTES)
                if is_whole(body):
                    waits.append(time.perf_counter() - at)
                    size = len(body)
                    idle.append(one)
        for key in list(selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr] # all are sockets
    return waits, size


def is_whole(body: bytearray) -> bool:
    """Return whether an answer has come to its end."""
    head, end, rest = body.partition(b"\r\n\r\n")
    if not end:
        return False
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return len(rest) >= int(length)


def measure(way: str, folder: Path, token: str, asked: argparse.Namespace) -> None:
    """Measure one way and print its row."""
    people = names(asked.people)
    rate = asked.rate / 10 if way == WAYS[2] else asked.rate
    with server(way, folder) as (port, told):
        first = ask(port, requests(way, people, token, 1), rate=1.0)[0][0]
        ask(port, requests(way, people, token, 200), rate=rate)
        told.send("?")
        before = told.recv()
        count = round(rate * asked.seconds)
        waits, size = ask(port, requests(way, people, token, count), rate=rate)
        told.send("?")
        cpu_ms = (told.recv() - before) / count * 1e3
    waits.sort()
    p50, p99 = (waits[int(len(waits) * part)] * 1e3 for part in (0.5, 0.99))
    print(
        f"{way:8}{rate:9,.0f}{size:11,}{first:10.2f}{cpu_ms:9.2f}"
        f"{p50:9.1f}{p99:9.1f}{waits[-1] * 1e3:9.1f}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=10)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="backrow-bench-") as name:
        folder = Path(name)
        token = webinar(folder, asked.people)
        print(
            f"{asked.people:,} people x {MINUTES} minutes; {os.cpu_count()} cores, "
            f"load {os.getloadavg()[0]:.1f} before it began"
        )
        print(
            f"{'':8}{'a second':>9}{'bytes':>11}{'first s':>10}{'CPU ms':>9}"
            f"{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}"
        )
        for way in WAYS:
            measure(way, folder, token, asked)


if __name__ == "__main__":
    main()
