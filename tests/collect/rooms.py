"""Rooms to collect: small simulated webinars behind an emulated Zoom."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import polars as pl

from backrow.collect.planner import Options
from backrow.collect.poller import Places, Poller
from backrow.collect.polling.status import Tally
from backrow.errors import BackrowError
from backrow.lake.inbox import Inbox
from backrow.lake.keep import LakeWriter
from backrow.lake.kept import Lake
from backrow.lake.store.place import Place
from backrow.lake.store.reading import Store
from backrow.lake.window import Window
from backrow.qos.people import Session
from backrow.qos.sample import INDEX, METRIC_COLUMNS, Row
from backrow.simulate.scenario import default_scenario, read_scenario
from backrow.simulate.world import World
from backrow.web.testing import EmulatedZoom
from backrow.web.zoom_api import ZoomOptions
from tests.collect.flowing import FlowingClock

KEY = b"the secret of this test, 32 long"
METRICS = [column.name for column in METRIC_COLUMNS]


def world_of(people: int = 30, minutes: int = 6, seed: int = 3) -> World:
    """Return a webinar with so many attendees, for so many minutes."""
    scenario = read_scenario(default_scenario())
    webinar = replace(
        scenario.sessions[0],
        attendees=people,
        length_min=minutes,
        earlier_days=(),
        faults=(),
        programme=(),
    )
    return World(replace(scenario, seed=seed, sessions=(webinar,)))


@dataclass(kw_only=True)
class Room:
    """One webinar, an emulated Zoom around it, and a collector's places."""

    folder: Path
    world: World
    zoom: EmulatedZoom
    clock: FlowingClock
    tally: Tally

    @classmethod
    def make(
        cls, folder: Path, world: World | None = None, *, late_s: float = 5, **how: Any
    ) -> Room:
        """Return a room whose clock shows `late_s` after the session's start."""
        world = world or world_of()
        clock = FlowingClock(world.sessions()[0].start_at.timestamp() + late_s)
        # As "0*0" a share that stands still would lose its size on the way.
        options = ZoomOptions(**{"still_share": "0 fps", **how})
        zoom = EmulatedZoom(world, clock=clock, options=options)
        return cls(folder=folder, world=world, zoom=zoom, clock=clock, tally=Tally())

    @property
    def session(self) -> Session:
        return self.world.sessions()[0]

    @property
    def lake(self) -> Lake:
        return Lake(self.store)

    @property
    def store(self) -> Store:
        return Store(Place.parse(self.folder / "lake"))

    def inbox(self) -> Inbox:
        return Inbox(self.folder / "state")

    async def collect(
        self,
        *,
        until: float | None = None,
        past: list[tuple[Session, int]] | None = None,
        window: Window | None = None,
        deadline_s: float = 20.0,
        **options: Any,
    ) -> Poller:
        """Run a collector till it ends, or is stopped so many seconds from now."""
        inbox = self.inbox()
        places = Places(
            writer=LakeWriter(self.store), inbox=inbox, key=KEY, window=window
        )
        zoom = self.zoom.async_zoom(
            on_call=self.tally.sent, rng=random.Random(1), deadline_s=deadline_s
        )
        poller = Poller(
            zoom,
            places,
            options=Options(**options),
            clock=self.clock,
            account="demo",
            tally=self.tally,
        )
        async with zoom, anyio.create_task_group() as tasks:
            tasks.start_soon(self.clock.flow)
            if until is not None:
                tasks.start_soon(self._stop, poller, until)
            failed = None
            try:
                await poller.run(past or ())
            except BackrowError as error:
                failed = error
            tasks.cancel_scope.cancel()
        inbox.close()
        if failed is not None:
            raise failed
        return poller

    async def _stop(self, poller: Poller, seconds: float) -> None:
        await self.clock.asleep(seconds)
        poller.stop()

    def expected(self) -> dict[tuple[str, datetime], Row]:
        """Return all that the world has, by participant and minute, of all legs."""
        session = self.session
        names = [one.user_id or "" for one in self.world.people(session.uuid)]
        rows = self.world.rows(
            session.uuid,
            names,
            start=session.start_at - timedelta(hours=1),
            end=session.start_at + timedelta(hours=6),
        )
        found: dict[tuple[str, datetime], Row] = {}
        for name, each in rows.items():
            for row in each:
                key = name, row[INDEX["minute"]]
                pairs = zip(found.get(key, row), row, strict=True)
                found[key] = tuple(b if a is None else a for a, b in pairs)
        return found

    def assert_complete(self) -> None:
        """Every participant's minute is in the lake once, equal to the world's."""
        wanted = self.expected()
        minutes = self.lake.minutes(self.session.uuid)
        keys = list(minutes.select("participant", "minute").iter_rows())
        assert len(keys) == len(set(keys)) == len(wanted)
        assert set(keys) == set(wanted)
        for said in minutes.iter_rows(named=True):
            row = wanted[said["participant"], said["minute"]]
            assert [said[name] for name in METRICS] == [
                row[INDEX[name]] for name in METRICS
            ]
        assert minutes["final"].all()

    def past_rows(self) -> pl.DataFrame:
        """Return the samples of the last pass."""
        samples = self.lake.samples(self.session.uuid)
        return samples.filter(pl.col("origin") == "rest_past")
