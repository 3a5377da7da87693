"""The mirror at so many requests a second, beside a server that answers nothing.

``python -m bench.mirror`` puts a complete webinar into a lake, serves it by the app of
`backrow serve` in a process of its own, asks for one participant's hour at a time, for
another participant each time, and prints for each way

- the processor time of a request in the server's own process,
- the wait for an answer at a steady rate, from when the request was due.

*empty* is the same app without a mirror, which refuses; *one* is the QoS of one
participant, *page* a page of ten; of neither may any be refused. To be reached: one,
p99 under 30 ms at 200 a second.
The first request of each way reads the session; it is timed apart.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
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
from bench.sending import Sender, server

UUID: Final = "kJYyyNYcQHqVgWmzeRjOrQ=="
NUMBER: Final = "94512345678"
START: Final = datetime(2026, 11, 23, 10, tzinfo=UTC)
MINUTES: Final = 60
WAYS: Final = ("empty", "one", "page")
CONNECTIONS: Final = 64


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


def serve_one(way: str, folder: Path, *, told: Connection) -> None:
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


def measure(way: str, folder: Path, token: str, asked: argparse.Namespace) -> None:
    """Measure one way and print its row."""
    people = names(asked.people)
    rate = asked.rate / 10 if way == WAYS[2] else asked.rate
    with server(serve_one, way, folder) as (port, told):
        first, warm, steady = (Sender(port, CONNECTIONS) for _ in range(3))
        first.send(requests(way, people, token, 1), rate=1.0)
        warm.send(requests(way, people, token, 200), rate=rate)
        told.send("?")
        before = told.recv()
        count = round(rate * asked.seconds)
        steady.send(requests(way, people, token, count), rate=rate)
        told.send("?")
        cpu_ms = (told.recv() - before) / count * 1e3
    waits = sorted(steady.waits_s)
    p50, p99 = (waits[int(len(waits) * part)] * 1e3 for part in (0.5, 0.99))
    refused = first.refused + warm.refused + steady.refused
    print(
        f"{way:8}{rate:9,.0f}{steady.size_bytes:11,}{first.waits_s[0]:10.2f}"
        f"{cpu_ms:9.2f}{p50:9.1f}{p99:9.1f}{waits[-1] * 1e3:9.1f}{refused:9,}"
    )
    if refused and way != WAYS[0]:
        sys.exit(f"expected no refusal of {way}, got {refused:,}")


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
            f"{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}{'refused':>9}"
        )
        for way in WAYS:
            measure(way, folder, token, asked)


if __name__ == "__main__":
    main()
