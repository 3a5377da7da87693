"""QSS events: how fast they are made, signed, checked, decoded and pushed.

``python -m bench.push`` makes the events of a minute of 11,000 people, then pushes
them over loopback to a receiver in another process that checks each signature and
answers 204: once at ten times the speed of life, which is 1,500 events a second,
and once as fast as it goes. Seconds of processor time stand beside those of the
clock, as receiver and pusher may not have a core each.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection

import anyio
from anyio.abc import SocketAttribute, SocketStream

from backrow.clock import Clock
from backrow.simulate.scenario import default_scenario, read_scenario
from backrow.simulate.world import World
from backrow.web.push.feed import Bodies, Feed
from backrow.web.push.options import PushOptions
from backrow.web.qss_push import Pusher
from backrow.zoom.decode import Decoder, Provenance
from backrow.zoom.encode.events import EventKind
from backrow.zoom.webhook import URL_VALIDATION, Seal, plain_token_of, read_head

SEAL = Seal("s3cret")
MINUTE = 12
KINDS: tuple[EventKind, ...] = ("qos",)
FAST = 1000.0
QSS = Provenance(origin="qss", picked="pushed")


def feed_of(people: int) -> Feed:
    """Return the default scenario's webinar with so many attendees."""
    scenario = read_scenario(default_scenario())
    webinar = replace(scenario.sessions[0], attendees=people, earlier_days=())
    world = World(replace(scenario, sessions=(webinar,)))
    world.minute(MINUTE + 30)
    world.people(world.sessions()[0].uuid)
    return Feed(source=world, rows=partial(world.rows, pushed=True), style="2026")


def begin_of(feed: Feed) -> float:
    """Return the instant from which the benchmark pushes."""
    return feed.source.sessions()[0].start_at.timestamp() + 60.0 * MINUTE


def timed(what: str, count: int, work: Callable[[], object]) -> None:
    """Print how many a second of processor time `work` does."""
    began = time.process_time()
    work()
    spent = time.process_time() - began
    print(f"{what:<34}{count / spent:>10,.0f} a second of one core")


def making(feed: Feed) -> None:
    """Make, sign, check and decode a minute of everybody."""
    begin = begin_of(feed)
    notices = [n for n in feed.notices(begin, KINDS) if n.at < begin + 60]
    bodies: list[bytes] = []

    def make() -> None:
        maker = Bodies(feed)
        for i in range(0, len(notices), 32):
            bodies.extend(b for b in maker.make(notices[i : i + 32]) if b)

    timed("events made from the world", len(notices), make)
    mean = sum(map(len, bodies)) / len(bodies)
    print(f"{'':<34}{mean:>10,.0f} bytes each, {len(bodies):,} events")
    sign = partial(SEAL.headers, now=begin, request_id="0" * 32)
    signed = [(body, sign(body)) for body in bodies]
    timed("signed", len(bodies), lambda: [sign(body) for body in bodies])
    check = partial(SEAL.check, now=begin)
    timed("checked", len(bodies), lambda: [check(h, body) for body, h in signed])
    decoder = Decoder()
    timed("decoded", len(bodies), lambda: [decoder.event(b, QSS) for b in bodies])


@asynccontextmanager
async def until_closed() -> AsyncIterator[None]:
    """Take the other side's going away for an end."""
    with suppress(anyio.EndOfStream, anyio.BrokenResourceError):
        yield


async def receive(stream: SocketStream) -> None:
    """Answer events on one connection as a receiver that keeps nothing."""
    got = bytearray()
    async with stream, until_closed():
        while True:
            while (at := got.find(b"\r\n\r\n")) < 0:
                got += await stream.receive()
            lines = got[:at].decode("latin-1").split("\r\n")[1:]
            headers = dict(line.split(": ", 1) for line in lines)
            end = at + 4 + int(headers["content-length"])
            while len(got) < end:
                got += await stream.receive()
            body = bytes(got[at + 4 : end])
            del got[:end]
            await stream.send(answer_to(headers, body))


def answer_to(headers: dict[str, str], body: bytes) -> bytes:
    """Return an answer to one event."""
    sent_at = float(headers["x-zm-request-timestamp"])
    if SEAL.check(headers, body, now=sent_at) != "good":
        return b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n"
    if read_head(body).event != URL_VALIDATION:
        return b"HTTP/1.1 204 No Content\r\n\r\n"
    answer = SEAL.answer(plain_token_of(body))
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(answer), answer)


def receiver(told: Connection) -> None:
    """Receive until the process is ended."""

    async def serve() -> None:
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
        told.send(listener.extra_attributes[SocketAttribute.local_port]())
        await listener.serve(receive)

    anyio.run(serve)


def pushing(feed: Feed, *, url: str, speed: float, seconds: float) -> None:
    """Push for some seconds, and print how fast and how late."""
    pusher = Pusher(
        feed=feed,
        options=PushOptions(url=url, events=KINDS, report_every_s=1e6),
        seal=SEAL,
        clock=Clock.starting(begin_of(feed), speed=speed),
        say=lambda _line: None,
    )

    async def push() -> None:
        with anyio.move_on_after(seconds):
            await pusher.run()

    began, spent = time.perf_counter(), time.process_time()
    anyio.run(push)
    wall, spent = time.perf_counter() - began, time.process_time() - spent
    stats = pusher.stats
    print(
        f"{f'pushed at speed {speed:g}':<34}{stats.delivered / wall:>10,.0f} a second, "
        f"{stats.delivered / spent:,.0f} a second of one core; at most "
        f"{stats.most_lag_s / speed:.2f} s late, {stats.again} failed"
    )


def main() -> None:
    """Print all figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--people", type=int, default=11_000)
    asked.add_argument("--seconds", type=float, default=10.0)
    given = asked.parse_args()
    feed = feed_of(given.people)
    making(feed)
    fresh = get_context("spawn")
    ours, theirs = fresh.Pipe()
    process = fresh.Process(target=receiver, args=(theirs,), daemon=True)
    process.start()
    url = f"http://127.0.0.1:{ours.recv()}/webhooks/zoom"
    for speed in (10.0, FAST):
        pushing(feed, url=url, speed=speed, seconds=given.seconds)
    process.terminate()
    process.join()


if __name__ == "__main__":
    main()
