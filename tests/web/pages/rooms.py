"""Rooms for the pages' tests, and a server to build pages against.

    python -m tests.web.pages.rooms --people 2000 --live [--port 8123] [--every 3]

It plays the town hall of `examples/` through the diagnosis and shows it: as over, or
with `--live` a minute every few seconds, again and again.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from ipaddress import ip_address, ip_network
from itertools import islice
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import polars as pl
from starlette.applications import Starlette
from starlette.responses import Response

from backrow.diagnose.hindsight import diagnose
from backrow.diagnose.live import Tracker
from backrow.qos.people import Person
from backrow.qos.vocabulary import METRICS
from backrow.simulate.scenario import read_scenario
from backrow.simulate.world import World
from backrow.web import app, serving
from backrow.web.pages.access.passes import Passes
from backrow.web.pages.sessions.filled import LiveSessions
from backrow.web.pages.sessions.source import Collecting, Occurrence, Source
from backrow.web.pages.site import Pages

TOWN_HALL = Path(__file__).parents[3] / "examples/town-hall.toml"
FIELDS = [
    "user_name",
    "email",
    "role",
    "device",
    "client",
    "domain",
    "ip_address",
    "join_time",
    "leave_time",
    "location",
    "pc_name",
    "version",
    "os",
    "os_version",
    "network_type",
    "data_center",
    "connection_type",
    "device_name",
    "microphone",
    "speaker",
    "camera",
    "leave_reason",
]


@dataclass
class Room:
    """One simulated session, as a collector would have it."""

    world: World
    uuid: str
    tracker: Tracker = field(init=False)

    def __post_init__(self) -> None:
        self.tracker = Tracker(self.uuid)

    @classmethod
    def town_hall(cls, people: int, *, text: str | None = None) -> Room:
        """Return the example's town hall with another number of attendees."""
        toml = TOWN_HALL.read_text(encoding="utf-8") if text is None else text
        toml = re.sub(r"(?m)^attendees = .*$", f"attendees = {people}", toml, count=1)
        world = World(read_scenario(toml))
        return cls(world, world.sessions()[0].uuid)

    @cached_property
    def people(self) -> pl.DataFrame:
        """Everybody who ever joins."""
        named = [(ip_network(one.prefix), one) for one in self.world.networks()]
        rows = [_person(one, named) for one in self.world.people(self.uuid)]
        return pl.DataFrame(rows, infer_schema_length=None)

    def occurrence(self, **changes: Any) -> Occurrence:
        one = next(s for s in self.world.sessions() if s.uuid == self.uuid)
        made = Occurrence(
            uuid=one.uuid,
            number=one.number,
            kind=one.kind,
            topic=one.topic,
            host=one.host,
            start_at=one.start_at,
        )
        return replace(made, **changes)

    def minutes(self) -> Iterator[tuple[datetime, pl.DataFrame]]:
        """Yield each minute of everybody, as it is measured."""
        play = self.world.play(self.uuid)
        names = np.array(self.world.participants(self.uuid))
        whole = [m.name for m in METRICS if m.unit == "px"]
        numbers = [m.name for m in METRICS if m.unit not in {"level", "text"}]
        for number, columns in enumerate(self.world.stream(self.uuid)):
            at = play.minute_at(number)
            yield (
                at,
                pl.DataFrame(
                    {
                        "participant": names[columns["stay"]],
                        **{
                            n: columns[n].astype(np.float64)
                            for n in numbers
                            if n in columns
                        },
                    }
                )
                .with_columns(
                    pl.lit(self.uuid).alias("session_uuid"),
                    pl.lit(at).cast(pl.Datetime("us", "UTC")).alias("minute"),
                    pl.lit("census").alias("picked"),
                    pl.col(pl.Float64).fill_nan(None),
                )
                .with_columns(pl.col(whole).cast(pl.Int32)),
            )

    def known_at(self, at: datetime) -> pl.DataFrame:
        """Return who had joined by the end of a minute, as was known then."""
        end = at + timedelta(minutes=1)
        left = pl.col("leave_time") <= end
        return self.people.filter(pl.col("join_time") < end).with_columns(
            pl.when(left).then("leave_time").alias("leave_time"),
            pl.when(left)
            .then("leave_reason")
            .otherwise(pl.lit(""))
            .alias("leave_reason"),
        )

    def play(self, into: LiveSessions) -> Iterator[datetime]:
        """Play into a source minute by minute; yield each minute when it is there."""
        for number, (at, frame) in enumerate(self.minutes()):
            people = self.known_at(at)
            judged = self.tracker.observe(frame, people)
            self.tracker.judge(at)
            causes = self.tracker.causes(at).select("participant", "cause")
            judged = judged.join(
                causes, on="participant", how="left", maintain_order="left"
            )
            into.fill(
                self.occurrence(),
                people,
                judged,
                findings=self.tracker.findings,
                collecting=Collecting(
                    running=True, calls_used=210 * number, calls_left=30_000
                ),
            )
            yield at

    def over(self, into: LiveSessions) -> None:
        """Show the session as it is once it is complete."""
        minutes = pl.concat([frame for _, frame in self.minutes()])
        found = diagnose(minutes, self.people)
        one = next(s for s in self.world.sessions() if s.uuid == self.uuid)
        into.fill(
            self.occurrence(state="complete", end_at=one.end_at),
            self.people,
            found.minutes,
            findings=found.findings,
        )


def _person(person: Person, named: list[Any]) -> dict[str, Any]:
    network = site = isp = ""
    if person.ip_address:
        address = ip_address(person.ip_address)
        length = 24 if address.version == 4 else 48
        network = str(ip_network((address, length), strict=False))
        known = next((one for net, one in named if address in net), None)
        site, isp = (known.site, known.isp) if known else ("", "")
    return {
        "participant": person.user_id,
        "person": person.registrant_id,
        **{name: getattr(person, name) for name in FIELDS},
        "site": site,
        "isp": isp,
        "network": network,
    }


class Playing:
    """The clock of a room that is played: a minute behind every minute shown."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)  # noqa: TID251 - until the first minute is there

    def now(self) -> float:
        return self.at.timestamp()


@cache
def small() -> tuple[Room, LiveSessions, Playing]:
    """Return a room of 120 in its 16th minute: the Lyon office has trouble.

    Made once; tests only read it.
    """
    room, source, clock = Room.town_hall(120), LiveSessions(), Playing()
    for at in islice(room.play(source), 17):
        clock.at = at + timedelta(seconds=90)
    return room, source, clock


def site(source: Source, shown: Playing, **options: Any) -> Starlette:
    """Return the app of `backrow serve` with pages over a source."""
    return app.create_app(
        webhook=Response(status_code=404),
        health=lambda: {"ok": True},
        pages=Pages(source=source, clock=shown),
        **options,
    )


async def _forever(room: Room, source: LiveSessions, clock: Playing, s: float) -> None:
    while True:
        for at in room.play(source):
            clock.at = at + timedelta(seconds=90)
            print(at.isoformat(), flush=True)  # noqa: T201 - it is a program
            await anyio.sleep(s)
        room.tracker = Tracker(room.uuid)
        source.forget(room.uuid)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--live", action="store_true")
    parser.add_argument("--every", type=float, default=3.0)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default="")
    given = parser.parse_args()
    source, clock = LiveSessions(), Playing()
    room = Room.town_hall(given.people)
    before = Room(room.world, room.world.sessions()[1].uuid)
    before.over(source)
    clock.at = before.people["leave_time"].max()  # type: ignore[assignment] # instants
    tasks = []
    if given.live:
        tasks.append(lambda: _forever(room, source, clock, given.every))
    else:
        room.over(source)
    with serving.listen("127.0.0.1", given.port) as listening:
        print(serving.url_of(listening), flush=True)  # noqa: T201 - it is a program
        passes = Passes(given.token) if given.token else None
        serving.serve(site(source, clock, tasks=tasks, passes=passes), listening)


if __name__ == "__main__":
    main()
