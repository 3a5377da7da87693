"""Lakes with simulated sessions for the pages' tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl

from backrow.clock import Clock
from backrow.judge.judging import Judge
from backrow.lake.keep import LakeWriter
from backrow.lake.kept import Lake, open_lake
from backrow.lake.resolve import resolve
from backrow.lake.store.rows import (
    Occurrence,
    participants_frame,
    sessions_frame,
    shaped,
)
from backrow.qos.people import Session
from backrow.web.pages.sessions.kept import LakeSessions
from tests.web.pages.rooms import Room


def session_of(room: Room) -> Session:
    return next(s for s in room.world.sessions() if s.uuid == room.uuid)


def samples_of(room: Room, *, minutes: int | None = None) -> pl.DataFrame:
    """Return what a past pass brings of a session's first minutes."""
    frames = [frame for _, frame in room.minutes()][:minutes]
    session = session_of(room)
    return pl.concat(frames).with_columns(
        account=pl.lit("demo"),
        kind=pl.lit(session.kind),
        session_number=pl.lit(session.number),
        sampled_at=pl.col("minute"),
        leg=pl.lit("client"),
        origin=pl.lit("rest_past"),
    )


def keep(
    room: Room, folder: Path, *, minutes: int | None = None, unsettled: int = 0
) -> Lake:
    """Keep a session in a lake: complete, or live after some minutes.

    The last `unsettled` of these minutes stand among samples alone.
    """
    lake, session = open_lake(folder), session_of(room)
    writer = LakeWriter(lake.store)
    now = (session.end_at or session.start_at).timestamp()
    about = Occurrence(
        account="demo",
        kind=session.kind,
        session_uuid=session.uuid,
        session_number=session.number,
    )
    people = room.world.people(room.uuid)
    told = session
    if minutes is not None:
        told = replace(session, end_at=None)
        last = room.world.play(room.uuid).minute_at(minutes)
        now = last.timestamp()
        people = [one for one in people if one.join_time and one.join_time < last]
    samples = shaped("samples", samples_of(room, minutes=minutes), now=now)
    rows: dict[Any, pl.DataFrame] = {
        "sessions": sessions_frame([(told, "live")], now=now),
        "participants": participants_frame(
            [(about, one) for one in people], key=b"key", now=now
        ),
        "samples": samples,
    }
    writer.append(rows, now=now)
    if minutes is None:
        Judge().complete(writer, session.uuid, now=now + 60)
    else:
        settled = last - timedelta(minutes=unsettled)
        early = samples.filter(pl.col("minute") < settled)
        writer.settle(resolve(early, final=False), now=now)
    return lake


def source_of(lake: Lake) -> LakeSessions:
    return LakeSessions(lake, clock=Clock(), poll_s=0.0)
