"""Zoom's side of the webhook: signed events, and a receiver to send them to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import anyio
import httpx2

from backrow.collect.receiver import Keeps, Receiver
from backrow.errors import StorageError
from backrow.lake.inbox import Letter
from backrow.qos.people import Person, Session
from backrow.web.app import create_app
from backrow.web.testing import HandClock
from backrow.zoom.encode.events import EventEncoder
from backrow.zoom.webhook import Seal
from tests.build import row

SECRET = "secret of this test"
SEAL = Seal(SECRET)
UUID = "kJYyyNYcQHqVgWmzeRjOrQ=="
BEGIN = datetime(2026, 11, 23, 10, 0, 51, tzinfo=UTC)
URL = "http://127.0.0.1/webhooks/zoom"
DATA = Path(__file__).parent.parent / "data"
PARTICIPANT, MINUTE = "1670000007", 0


def event(
    participant: str = PARTICIPANT,
    minute: int = MINUTE,
    *,
    latency_ms: float = 126.0,
    uuid: str = UUID,
) -> bytes:
    """Return the event of a participant's minute."""
    at = BEGIN + timedelta(minutes=minute)
    session = Session(kind="webinar", uuid=uuid, number="", start_at=BEGIN)
    person = Person(user_id=participant, email=f"p{participant}@example.com")
    said = row(minute=at, participant=participant, audio_received_latency_ms=latency_ms)
    return EventEncoder(account="demo").qos(
        session, person, [said], event_ts=round(at.timestamp() * 1000)
    )


def of_stay(kind: Literal["data", "qos_summary"], number: str = "") -> bytes:
    """Return the event that tells of a participant and of no minute."""
    session = Session(kind="webinar", uuid=UUID, number=number, start_at=BEGIN)
    person = Person(user_id=PARTICIPANT, device="WIN", location="Lyon (FR)")
    event_ts = round(BEGIN.timestamp() * 1000)
    encoder = EventEncoder(account="demo")
    if kind == "data":
        return encoder.data(session, person, event_ts=event_ts)
    said = [row(minute=BEGIN, participant=PARTICIPANT, audio_received_latency_ms=9.0)]
    return encoder.qos_summary(session, person, said, event_ts=event_ts)


def saved(name: str) -> bytes:
    """Return a published body."""
    return (DATA / f"{name}.json").read_bytes()


@dataclass
class Memory:
    """An inbox in memory that can be full, and slow."""

    letters: list[Letter] = field(default_factory=list)
    failure: Exception | None = None

    def put(self, letters: Sequence[Letter], *, now: float) -> None:  # noqa: ARG002
        if self.failure is not None:
            raise self.failure
        self.letters += letters


FULL = StorageError("cannot keep events: the disk is full", place="here")


@dataclass
class Pushing:
    """Sends to a receiver as Zoom does."""

    receiver: Receiver
    http: httpx2.AsyncClient
    clock: HandClock
    running: anyio.CancelScope

    async def push(self, body: bytes, **headers: str | None) -> httpx2.Response:
        """Send a signed event; a header that is None is left out."""
        signed = SEAL.headers(body, now=self.clock.now(), request_id="0" * 32)
        given = {**signed, **{k.replace("_", "-"): v for k, v in headers.items()}}
        known = [
            (name.encode(), value.encode("latin-1"))
            for name, value in given.items()
            if value is not None
        ]
        return await self.http.post(URL, content=body, headers=known)

    async def push_all(self, bodies: Sequence[bytes]) -> list[int]:
        """Send many at once, and return their statuses."""
        found: dict[int, int] = {}

        async def one(i: int) -> None:
            found[i] = (await self.push(bodies[i])).status_code

        async with anyio.create_task_group() as group:
            for i in range(len(bodies)):
                group.start_soon(one, i)
        return [found[i] for i in range(len(bodies))]


@asynccontextmanager
async def receiving(
    inbox: Keeps, *, seal: Seal | None = SEAL, **options: Any
) -> AsyncIterator[Pushing]:
    """Run a receiver, and give what sends to it."""
    clock = HandClock(BEGIN)
    receiver = Receiver(inbox, seal, clock=clock, **options)
    app = create_app(webhook=receiver, health=dict)
    transport = httpx2.ASGITransport(app=app)
    async with (
        httpx2.AsyncClient(transport=transport) as http,
        anyio.create_task_group() as group,
    ):
        group.start_soon(receiver.run)
        await anyio.lowlevel.checkpoint()
        yield Pushing(receiver, http, clock, group.cancel_scope)
        group.cancel_scope.cancel()
