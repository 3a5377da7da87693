"""Simulated webinars with faults, kept in a lake as complete."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from backrow.lake.frames import SessionFrames, session_frames
from backrow.lake.keep import LakeWriter
from backrow.lake.kept import Lake
from backrow.lake.store.place import Place
from backrow.lake.store.reading import Store
from backrow.lake.store.rows import Occurrence, participants_frame, sessions_frame
from backrow.qos.vocabulary import METRICS
from backrow.simulate.scenario import read_scenario
from backrow.simulate.world import World

_WHOLE: Final = [m.name for m in METRICS if m.unit == "px"]
_NUMBERS: Final = [m.name for m in METRICS if m.unit not in {"level", "text"}]
_HEAD: Final = """
seed = {seed}
[[sessions]]
number = "{number}"
attendees = {attendees}
length_min = {minutes}
"""
FAULTS: Final = """
[[sessions.faults]]
kind = "office"
at_min = 22
length_min = 8
where = { site = "Lyon office" }
[[sessions.faults]]
kind = "presenter_uplink"
at_min = 36
length_min = 8
where = { person = "speaker" }
[[sessions.faults]]
kind = "own_wifi"
at_min = 6
length_min = 8
people = 4
[[sessions.faults]]
kind = "own_device"
at_min = 8
length_min = 8
people = 3
"""


def minutes_of(world: World, uuid: str) -> pl.DataFrame:
    """Return every minute of everybody."""
    play = world.play(uuid)
    names = np.array(world.participants(uuid))
    return pl.concat(
        pl.DataFrame(
            {
                "participant": names[columns["stay"]],
                **{n: columns[n].astype(np.float64) for n in _NUMBERS if n in columns},
            }
        )
        .with_columns(pl.col(pl.Float64).fill_nan(None))
        .with_columns(
            pl.col(_WHOLE).cast(pl.Int32),
            session_uuid=pl.lit(uuid),
            minute=pl.lit(play.minute_at(number)).cast(pl.Datetime("us", "UTC")),
            kind=pl.lit("webinar"),
            picked=pl.lit("census"),
            final=pl.lit(value=True),
        )
        for number, columns in enumerate(world.stream(uuid))
    )


def webinar(
    folder: Path,
    *,
    attendees: int = 400,
    minutes: int = 50,
    faults: str = FAULTS,
    seed: int = 7,
    number: str = "91234567890",
) -> SessionFrames:
    """Keep a simulated webinar in the lake of a folder, and return its frames."""
    head = _HEAD.format(seed=seed, number=number, attendees=attendees, minutes=minutes)
    world = World(read_scenario(head + faults))
    session = world.sessions()[0]
    now = session.start_at.timestamp() + 60 * minutes + 600
    occurrence = Occurrence(session_uuid=session.uuid, session_number=session.number)
    people = [(occurrence, person) for person in world.people(session.uuid)]
    store = Store(Place.parse(folder))
    rows: dict[Any, pl.DataFrame] = {
        "sessions": sessions_frame([(session, "complete")], now=now),
        "participants": participants_frame(people, key=b"of this test", now=now),
        "minutes": minutes_of(world, session.uuid).sort("participant", "minute"),
    }
    LakeWriter(store).append(rows, now=now)
    return session_frames(Lake(store), session.uuid)
