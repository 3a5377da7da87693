"""A mirror over a lake that was filled from an emulated Zoom, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import msgspec

from backrow.lake.keep import LakeWriter
from backrow.lake.kept import Lake
from backrow.lake.store.place import Place
from backrow.lake.store.reading import Store
from backrow.lake.store.rows import (
    Occurrence,
    State,
    participants_frame,
    roster_frame,
    samples_frame,
    sessions_frame,
)
from backrow.lake.window import Window
from backrow.qos.people import Person, Session
from backrow.qos.sample import Row
from backrow.qos.vocabulary import Kind
from backrow.web.mirror.api import Mirror
from backrow.web.mirror.door import Door
from backrow.web.mirror.shelf import POLL_S, Shelf
from backrow.web.mirror.tokens import Keys, TokenFile, parse_scopes
from backrow.web.testing import HandClock
from backrow.zoom.client import AsyncZoom
from backrow.zoom.decode import Decoder, Provenance
from backrow.zoom.decode.persons import session_other
from backrow.zoom.endpoints import endpoint, url_path
from backrow.zoom.wire.lists import Meeting
from tests.web.asking import Asking, metrics, walked

HOST = "https://mirror.example.com"
KEY = b"the secret of this test, 32 long"
ADDRESS = "198.51.100.7"
PEOPLE = ("participants", "participants_qos")
WHOLE = {"participants": "300", "participants_qos": "10"}
"""Largest pages."""


@dataclass
class Mirrored:
    """A mirror, its lake, and who asks."""

    folder: Path
    window: Window | None = None
    memory_bytes: int = 1 << 30
    clock: HandClock = field(default_factory=HandClock)
    address: str = ADDRESS
    token: str = ""
    mirror: Mirror = field(init=False)

    def __post_init__(self) -> None:
        self.shelf = Shelf(
            Lake(self.store),
            clock=self.clock,
            window=self.window,
            memory_bytes=self.memory_bytes,
        )
        self.mirror = Mirror(
            shelf=self.shelf,
            door=Door(Keys(self.file)),
            clock=self.clock,
            real=self.clock,
        )
        self.token = self.grant("of this test")

    @property
    def store(self) -> Store:
        return Store(Place.parse(self.folder / "lake"))

    @property
    def writer(self) -> LakeWriter:
        return LakeWriter(self.store)

    @property
    def file(self) -> TokenFile:
        return TokenFile(self.folder / "state")

    def grant(self, name: str, *scopes: str, expires_at: float | None = None) -> str:
        """Make a token."""
        wanted = parse_scopes(scopes or ["all"])
        now = self.clock.now()
        return self.file.create(name, wanted, expires_at=expires_at, now=now)[1]

    def keep(
        self,
        session: Session,
        state: State | None,
        *,
        people: list[Person] | None = None,
        rows: list[Row] | None = None,
        swept: datetime | None = None,
    ) -> None:
        """Write what was told of a session, a moment later than before."""
        self.clock.advance(0.001)
        now = self.clock.now()
        about = Occurrence(
            kind=session.kind,
            session_uuid=session.uuid,
            session_number=session.number,
        )
        told = people or []
        self.writer.append(
            {
                "sessions": sessions_frame([(session, state)], now=now),
                "participants": participants_frame(
                    [(about, one) for one in told], key=KEY, now=now
                ),
                "samples": samples_frame(rows or [], now=now),
            },
            now=now,
        )
        if swept is not None:
            frame = roster_frame(about, told, minute=swept, now=now)
            self.writer.append({"roster": frame}, now=now)

    async def collect(
        self, asking: Asking, uuid: str, kind: Kind = "webinar"
    ) -> dict[str, list[Any]]:
        """Ask an emulated Zoom for all of an ended session, keep it, return the items."""
        session = next(s for s in asking.zoom.source.sessions() if s.uuid == uuid)
        about = Provenance(
            kind=kind,
            session_uuid=uuid,
            session_number=session.number,
            origin="rest_past",
            picked="census",
        )
        found = await everything(asking, uuid, kind)
        bodies = {
            action: msgspec.json.encode({"participants": found[action]})
            for action in PEOPLE
        }
        page = Decoder().page(bodies["participants_qos"], about)
        told = [*Decoder().people(bodies["participants"], about), *page.people]
        facts = msgspec.convert(found["get"][0], Meeting)
        self.keep(
            replace(session, other=session_other(facts)),
            "complete",
            people=[one.person for one in told],
            rows=page.samples.rows,
        )
        return found

    def http(self) -> httpx2.AsyncClient:
        """Return a client that reaches the mirror."""
        transport = httpx2.ASGITransport(app=self.mirror, client=(self.address, 4321))
        return httpx2.AsyncClient(transport=transport, base_url=HOST)

    async def get(
        self, path: str, token: str | None = None, **query: object
    ) -> httpx2.Response:
        """Ask for a path below ``/v2/metrics``."""
        shown = self.token if token is None else token
        async with self.http() as http:
            authorization = f"Bearer {shown}" if shown else ""
            return await metrics(http, path, authorization, **query)

    async def walk(
        self, path: str, key: str = "participants", **query: object
    ) -> list[Any]:
        """Return the items of all pages."""
        return await walked(partial(self.get, path, **query), key)

    def zoom(self, **options: Any) -> AsyncZoom:
        """Return our own client, pointed at the mirror."""
        known = {
            "access_token": self.token,
            "api_url": f"{HOST}/v2",
            "clock": self.clock,
        }
        transport = httpx2.ASGITransport(app=self.mirror, client=(self.address, 4321))
        return AsyncZoom(transport=transport, **{**known, **options})

    def later(self) -> None:
        """Let so much time pass that the lake is looked at again."""
        self.clock.advance(POLL_S + 1)


async def everything(
    asks: Asking | Mirrored, uuid: str, kind: Kind = "webinar"
) -> dict[str, list[Any]]:
    """Return what calls about an ended session answer, by action, pages put together."""
    found = {}
    for action in PEOPLE:
        path = url_path(endpoint(kind, action), session=uuid)
        found[action] = await asks.walk(
            path.removeprefix("/metrics"), type="past", page_size=WHOLE[action]
        )
    path = url_path(endpoint(kind, "get"), session=uuid).removeprefix("/metrics")
    found["get"] = [(await asks.get(path, type="past")).json()]
    return found


def lacking(came: Mapping[str, Any], answered: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that came and are not answered, or not so."""
    missing = object()
    return {k: v for k, v in came.items() if answered.get(k, missing) != v}


def differences(
    came: Mapping[str, list[Any]], answered: Mapping[str, list[Any]]
) -> list[tuple[str, object]]:
    """Return everything that came and is not answered, by call."""
    found: list[tuple[str, object]] = []
    for action, items in came.items():
        key = "uuid" if action == "get" else "user_id"
        mine = {one[key]: one for one in answered[action]}
        if len(mine) != len(items):
            found.append((action, len(mine)))
        missing = (lacking(one, mine.get(one[key], {})) for one in items)
        found += [(action, fields) for fields in missing if fields]
    return found
