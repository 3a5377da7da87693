"""A server with a simulated room, for the browser: in this process, on a free port."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Self

import polars as pl
import uvicorn

from backrow.web import serving
from backrow.web.pages.access.passes import Passes
from backrow.web.pages.keys import key_of
from backrow.web.pages.sessions.filled import LiveSessions
from tests.web.pages.rooms import Playing, Room, site

PATIENCE_S = 20.0


class Theatre:
    """A room that plays a minute whenever it is told to, and its pages."""

    def __init__(self, people: int, *, token: str = "") -> None:
        """Lay the room out; nothing is played and nothing served yet."""
        self.room = Room.town_hall(people)
        self.source = LiveSessions()
        self.clock = Playing()
        self.token = token
        self._minutes: Iterator[datetime] | None = None
        self._listening = serving.listen("127.0.0.1", 0)
        self.port: int = self._listening.getsockname()[1]
        self.url = serving.url_of(self._listening)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def session(self) -> str:
        """The address of the room's page."""
        return f"{self.url}/sessions/{key_of(self.room.uuid)}"

    def rename(self, names: list[str], *, role: str = "attendee") -> None:
        """Let the first of a role be called otherwise, before anything is played."""
        people = self.room.people
        is_meant = people["role"].str.to_lowercase() == role
        first = people.filter(is_meant)["participant"].head(len(names)).to_list()
        renamed = dict(zip(first, names, strict=True))
        pairs = people.select("participant", "user_name").iter_rows()
        names = [renamed.get(who, name) for who, name in pairs]
        self.room.people = people.with_columns(pl.Series("user_name", names))

    def play(self, minutes: int = 1) -> datetime:
        """Play on, and return the last minute played."""
        self._minutes = self._minutes or self.room.play(self.source)
        at = self.clock.at
        for _ in range(minutes):
            at = next(self._minutes)
        self.clock.at = at + timedelta(seconds=90)
        return at

    def start(self) -> None:
        """Serve the pages; again, after `stop`, on the same port."""
        if self._listening.fileno() < 0:
            self._listening = serving.listen("127.0.0.1", self.port)
        options: dict[str, Any] = {}
        if self.token:
            options["passes"] = Passes(self.token)
        config = uvicorn.Config(
            site(self.source, self.clock, **options),
            log_level="critical",
            timeout_graceful_shutdown=0,
        )
        self._server = uvicorn.Server(config)
        sockets = [self._listening]
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": sockets}, daemon=True
        )
        self._thread.start()
        deadline = time.perf_counter() + PATIENCE_S
        while not self._server.started:
            assert time.perf_counter() < deadline, "the server did not start"
            threading.Event().wait(0.02)

    def stop(self) -> None:
        """Stop serving, at once."""
        assert self._server
        assert self._thread
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(PATIENCE_S)
        self._listening.close()
