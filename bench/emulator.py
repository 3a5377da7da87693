"""How fast the emulated API answers: list-QoS pages, in this process and over TCP.

``python -m bench.emulator`` makes a webinar of 10,000 people in its 60th minute and
walks its QoS list, ten people a page: with the latest minute only, with the whole
hour, and with nobody at all, which is what an answer costs in itself. In this
process the time is CPU time; over the loopback a server on one core is asked by
four connections from another, and the time is the clock's, beside which stands what
the server's process alone has spent: the rest is the client's and the system's
waiting. Limits are off.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import socket
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backrow.simulate.scenario import default_scenario, read_scenario
from backrow.simulate.world import World
from backrow.web import serving
from backrow.web.testing import HandClock
from backrow.web.zoom_api import Asked, ZoomApi, ZoomOptions, app_of
from backrow.zoom.endpoints import endpoint, url_path

CASES = {
    "nobody": ZoomOptions(rate_limits=False, live_empty_rate=1),
    "latest minute": ZoomOptions(rate_limits=False, live_minutes="latest"),
    "whole hour": ZoomOptions(rate_limits=False, live_minutes="all"),
}
MINUTES = 60
CONNECTIONS = 4
_HEAD = 300
"""The token stands within so many bytes from the start of a page."""
SPENT = "/spent"
"""Where a server tells its CPU time."""
GRANT = "grant_type=account_credentials&account_id=demo"
BASIC = f"Basic {b64encode(b'demo:demo').decode()}"


@dataclass(frozen=True, slots=True)
class Walked:
    """So many pages of so many bytes in so many seconds."""

    pages: int
    size: int
    spent_s: float
    server_s: float = 0.0
    """CPU time of the server's process, where there is one."""

    def __str__(self) -> str:
        """Return pages a second and megabytes a second."""
        rate, flow = self.pages / self.spent_s, self.size / self.spent_s / 1e6
        busy = f"  server {self.server_s / self.spent_s:.0%} busy" * (self.server_s > 0)
        each = self.size // self.pages
        return f"{rate:9,.0f} pages/s {flow:8.1f} MB/s {each:9,} B{busy}"


def played(people: int) -> tuple[World, HandClock]:
    """Return a world whose webinar is in its 60th minute, and its clock."""
    scenario = read_scenario(default_scenario())
    webinar = replace(
        scenario.sessions[0],
        attendees=people,
        earlier_days=(),
        length_min=MINUTES + 5,
    )
    world = World(replace(scenario, sessions=(webinar,)))
    session = world.sessions()[0]
    world.minute(MINUTES)
    world.people(session.uuid)
    gc.collect()
    gc.freeze()
    return world, HandClock(session.start_at + timedelta(minutes=MINUTES))


def page_path(world: World) -> str:
    """Return the path of the QoS list."""
    number = world.sessions()[0].number
    return "/v2" + url_path(endpoint("webinar", "participants_qos"), session=number)


def next_query(body: bytes) -> str:
    """Return the query of the page after the one with this body."""
    head = body[:_HEAD]
    found = head.partition(b'"next_page_token":"')[2].partition(b'"')[0].decode()
    return f"page_size=10&next_page_token={quote(found)}" if found else "page_size=10"


def in_process(api: ZoomApi, path: str, now: float, pages: int) -> Walked:
    """Walk pages straight through the core."""
    granted = api.answer(
        Asked(
            method="POST",
            path="/oauth/token",
            body=GRANT,
            headers={"authorization": BASIC},
        ),
        now=now,
    )
    headers = {"authorization": f"Bearer {json.loads(granted.body)['access_token']}"}
    query, size = "page_size=10", 0
    begun = 0.0
    for i in range(pages + 1):
        if i == 1:  # the first makes what is made once
            begun, size = time.process_time(), 0
        asked = Asked(method="GET", path=path, query=query, headers=headers)
        body = api.answer(asked, now=now).body
        size += len(body)
        query = next_query(body)
    return Walked(pages, size, time.process_time() - begun)


class Connection:
    """One HTTP/1.1 connection, as bare as can be: the client must not be measured."""

    def __init__(self, port: int) -> None:
        """Connect to the loopback."""
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._read = self._socket.makefile("rb")

    def ask(self, method: str, target: str, headers: str, body: str = "") -> bytes:
        """Return the body of an answer."""
        head = f"{method} {target} HTTP/1.1\r\nhost: localhost\r\n{headers}"
        sent = f"{head}content-length: {len(body)}\r\n\r\n{body}"
        self._socket.sendall(sent.encode())
        status, length = self._read.readline(), 0
        while (line := self._read.readline()) != b"\r\n":
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        assert b" 200 " in status, status
        return self._read.read(length)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def over_loopback(path: str, port: int, pages: int) -> Walked:
    """Walk pages over TCP, several walks at once."""
    sizes: list[int] = []

    def walk(connection: Connection, headers: str, count: int) -> None:
        query = "page_size=10"
        for _ in range(count):
            body = connection.ask("GET", f"{path}?{query}", headers)
            sizes.append(len(body))
            query = next_query(body)

    connections = [Connection(port) for _ in range(CONNECTIONS)]
    form = "content-type: application/x-www-form-urlencoded\r\n"
    answer = connections[0].ask(
        "POST", "/oauth/token", f"authorization: {BASIC}\r\n{form}", GRANT
    )
    headers = f"authorization: Bearer {json.loads(answer)['access_token']}\r\n"
    walk(connections[0], headers, 3)
    sizes.clear()
    threads = [
        threading.Thread(target=walk, args=(each, headers, pages // CONNECTIONS))
        for each in connections
    ]
    before_s, begun = float(connections[0].ask("GET", SPENT, "")), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent_s = time.perf_counter() - begun
    server_s = float(connections[0].ask("GET", SPENT, "")) - before_s
    for each in connections:
        each.close()
    return Walked(len(sizes), sum(sizes), spent_s, server_s)


@contextmanager
def server(case: str, people: int) -> Iterator[tuple[int, str]]:
    """Run a server in a process of its own; give its port and the list's path."""
    command = [sys.executable, "-m", "bench.emulator", "--people", str(people)]
    process = subprocess.Popen(
        [*command, "--serve", case], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    with process, process.stdout:
        try:
            port, path = process.stdout.readline().split()
            yield int(port), path
        finally:
            process.terminate()


async def _spent(_: Request) -> Response:
    return Response(str(time.process_time()))


def serve(case: str, people: int) -> None:
    """Be that server."""
    keep_to(0)
    world, clock = played(people)
    app = Starlette(routes=[Route(SPENT, _spent)])
    app.router.default = app_of(ZoomApi(world, options=CASES[case]), clock=clock)
    with serving.listen("127.0.0.1", 0) as listening:
        print(listening.getsockname()[1], page_path(world), flush=True)
        serving.serve(app, listening)


def keep_to(core: int) -> None:
    """Stay on one core, where the system lets us choose."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[core % len(cores)]})


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--pages", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", choices=[*CASES])
    given = parser.parse_args()
    if given.serve:
        serve(given.serve, given.people)
    else:
        compare(given.people, given.pages, given.rounds)


def compare(people: int, pages: int, rounds: int) -> None:
    """Measure every case both ways, and print the best round of each."""
    keep_to(1)
    world, clock = played(people)
    path, best = page_path(world), dict[tuple[str, str], Walked]()
    for case, options in CASES.items():
        api = ZoomApi(world, options=options)
        walks = [in_process(api, path, clock.now(), pages) for _ in range(rounds)]
        best["in process", case] = min(walks, key=lambda walked: walked.spent_s)
    for case in CASES:
        with server(case, people) as (port, there):
            walks = [over_loopback(there, port, pages) for _ in range(rounds)]
        best["loopback", case] = min(walks, key=lambda walked: walked.spent_s)
    print(f"{people:,} people, {MINUTES} minutes, 10 a page, one core")
    for (way, case), walked in best.items():
        empty = best[way, "nobody"]
        times = walked.spent_s / walked.pages / (empty.spent_s / empty.pages)
        print(f"{way:10}  {case:14}{walked}  {times:6.1f} x an empty answer")


if __name__ == "__main__":
    main()
