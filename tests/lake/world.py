"""A small lake for tests: two sessions, a few people, a few minutes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from backrow.lake.keep import LakeWriter
from backrow.lake.kept import Lake
from backrow.lake.store.place import Place
from backrow.lake.store.reading import Store
from backrow.lake.store.rows import (
    Occurrence,
    findings_frame,
    participants_frame,
    samples_frame,
    sessions_frame,
)
from backrow.qos.people import Person, Session
from tests.build import row

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
NOW = (START + timedelta(hours=1)).timestamp()
UUID = "kJYyyNYcQHqVgWmzeRjOrQ=="
OTHER_UUID = "/ajXp112QmuoKj4854875=="
NUMBER = "94512345678"
ANN = "1670000007"
BOB = "1670000008"
EMAIL = "ann.example@example.com"
KEY = b"secret of this test"
OCCURRENCE = Occurrence(session_uuid=UUID, session_number=NUMBER)


def store(folder: Path) -> Store:
    return Store(Place.parse(folder / "lake"))


def writer(folder: Path) -> LakeWriter:
    return LakeWriter(store(folder))


def lake(folder: Path) -> Lake:
    return Lake(store(folder))


def minute(past: int) -> datetime:
    return START + timedelta(minutes=past)


def samples(*rows: dict[str, Any], now: float = NOW) -> pl.DataFrame:
    """Return a frame of samples; each dict overrides what `row` gives."""
    known = {"session_uuid": UUID, "session_number": NUMBER, "minute": START}
    return samples_frame([row(**{**known, **one}) for one in rows], now=now)


def hour(
    *people: str, minutes: int = 3, uuid: str = UUID, origin: str = "rest_past"
) -> pl.DataFrame:
    """Return everyone's samples of the first minutes."""
    return samples(
        *(
            {
                "session_uuid": uuid,
                "participant": one,
                "minute": minute(past),
                "origin": origin,
                "picked": "census",
                "audio_received_latency_ms": 100.0 + past,
            }
            for one in people
            for past in range(minutes)
        )
    )


def session(uuid: str = UUID, *, start_at: datetime = START, **facts: Any) -> Session:
    return Session(kind="webinar", uuid=uuid, number=NUMBER, start_at=start_at, **facts)


def fill(folder: Path) -> LakeWriter:
    """Return a writer of a lake with one complete session, Ann and Bob in it."""
    one = writer(folder)
    people = [
        Person(user_id=ANN, user_name="Ann Example", email=EMAIL, location="Lyon (FR)"),
        Person(user_id=BOB, user_name="=cmd()", email="", issue_list=("a", "b")),
    ]
    finding = {"id": "f1", "state": "raised", "cause": "own_wifi", "media": "audio"}
    both = {**finding, "id": "f2", "participants": [ANN, BOB]}
    both["sentence"] = "Ann Example and one more hear gaps."
    one.append(
        {
            "sessions": sessions_frame(
                [
                    (
                        session(topic="Launch", host="Ann Example", host_email=EMAIL),
                        "live",
                    )
                ],
                now=NOW,
            ),
            "participants": participants_frame(
                [(OCCURRENCE, person) for person in people], key=KEY, now=NOW
            ),
            "samples": hour(ANN, BOB),
            "findings": findings_frame(
                UUID, [{**finding, "participants": [ANN]}, both], now=NOW
            ),
        },
        now=NOW,
    )
    one.complete(UUID, now=NOW + 60)
    return one


def files_below(folder: Path) -> Iterator[Path]:
    yield from (path for path in sorted(folder.rglob("*")) if path.is_file())
