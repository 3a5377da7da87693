"""A lake with a webinar of 80 in it, whose Lyon office has trouble for eight minutes."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from backrow.lake.keep import LakeWriter
from backrow.lake.kept import Lake
from backrow.lake.store.place import Place
from backrow.lake.store.reading import Store
from backrow.lake.store.rows import (
    Occurrence,
    participants_frame,
    roster_frame,
    sessions_frame,
    shaped,
)
from backrow.qos.people import Person, Session
from tests.diagnose.minutes import LOSSY, STAGE, START, at, room

UUID = "kJYyyNYcQHqVgWmzeRjOrQ=="
NUMBER = "94512345678"
COUNT = 80
LENGTH = 36
OFFICE = range(10, 30)
FAULT = range(22, 30)
OFFICE_ADDRESS = "198.51.100.7"
SITES = '[[sites]]\nname = "Lyon office"\npublic = ["198.51.100.0/24"]\n'
ABOUT = Occurrence(session_uuid=UUID, session_number=NUMBER)
HOSTILE = "\x1b[31m=cmd()\u202egnp.exe"
KEY = b"the secret of this test, 32 long"


def seconds(minute: float) -> float:
    """Return unix seconds, in minutes from the start."""
    return START.timestamp() + 60 * minute


def values(person: int, minute: int) -> dict[str, Any] | None:
    if person == 79:
        return None
    own: dict[str, Any] = dict(STAGE) if person == 0 else {}
    office = person in OFFICE and person % 4 and minute in FAULT
    alone = person == 50 and 5 <= minute < 12
    return own | LOSSY if office or alone else own


@cache
def minutes() -> tuple[pl.DataFrame, ...]:
    """Return everybody's minutes, a frame a minute."""
    return tuple(room(COUNT, LENGTH, values))


@cache
def samples(minute: int, *, origin: str = "rest_past") -> pl.DataFrame:
    """Return everybody's samples of a minute."""
    return shaped(
        "samples",
        minutes()[minute].with_columns(
            account=pl.lit(""),
            kind=pl.lit("webinar"),
            session_uuid=pl.lit(UUID),
            session_number=pl.lit(NUMBER),
            sampled_at=pl.col("minute"),
            leg=pl.lit("client"),
            origin=pl.lit(origin),
            collected_at=pl.col("minute"),
        ),
        now=seconds(minute + 1),
    )


def people() -> list[Person]:
    """Return who was there."""
    return [
        Person(
            user_id=str(i),
            user_name=HOSTILE if i == 50 else f"Person {i}",
            email=f"person{i}@example.com",
            role="host" if i == 0 else "attendee",
            ip_address=OFFICE_ADDRESS if i in OFFICE else f"203.0.113.{i}",
            location="Lyon (FR)" if 10 <= i < 40 else f"Town {i % 2}",
            data_center="Germany" if i < 40 else "",
            os="Windows",
            network_type="Wifi" if i == 50 else "Wired",
        )
        for i in range(COUNT)
    ]


def session(*, end: datetime | None = None) -> Session:
    return Session(
        kind="webinar",
        uuid=UUID,
        number=NUMBER,
        topic="Launch",
        host="Person 0",
        start_at=START,
        end_at=end,
    )


def store(folder: Path) -> Store:
    return Store(Place.parse(folder / "lake"))


def lake(folder: Path) -> Lake:
    return Lake(store(folder))


def announced(folder: Path) -> LakeWriter:
    """Return a writer of a lake that knows the session and its people."""
    writer, now = LakeWriter(store(folder), slice_rows=900), seconds(0)
    writer.append(
        {
            "sessions": sessions_frame([(session(), "live")], now=now),
            "participants": participants_frame(
                [(ABOUT, one) for one in people()], key=KEY, now=now
            ),
        },
        now=now,
    )
    return writer


@cache
def swept(minute: int) -> pl.DataFrame:
    """Return a sweep of the participants list."""
    now = seconds(minute + 1)
    return roster_frame(ABOUT, people(), minute=at(minute), now=now)


def ended(folder: Path) -> LakeWriter:
    """Return a writer of a lake that holds all of the session, which is over."""
    writer, now = announced(folder), seconds(LENGTH + 30)
    told = sessions_frame([(session(end=at(LENGTH)), "ended")], now=now)
    every = pl.concat([samples(minute) for minute in range(LENGTH)])
    writer.append({"sessions": told, "samples": every}, now=now)
    return writer
