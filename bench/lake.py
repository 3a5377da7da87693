"""The lake: bytes and milliseconds, beside plain Parquet and DuckDB in the same run.

``python -m bench.lake`` plays a simulated hour of 10,000 people, keeps it in a lake
as a collector does (minute by minute while it is live, everything from the past
answer after the end, then completion), and the same rows in one Parquet file and in
a DuckDB database. Then each is asked for one participant's hour and for the room's
overview. Times are medians of rounds that take turns; nothing is in memory but what
the system's file cache holds. To be reached: 25 B a participant-minute of samples,
15 ms for the hour, 50 ms for the overview.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from backrow.lake.inbox import Inbox, Letter
from backrow.lake.keep import LakeWriter
from backrow.lake.kept import Lake, open_lake
from backrow.lake.resolve import resolve
from backrow.lake.store.commits import ROW_GROUP_ROWS
from backrow.lake.store.rows import samples_frame, sessions_frame
from backrow.qos.people import Session
from backrow.qos.sample import INDEX, Row
from backrow.simulate.scenario import default_scenario, read_scenario
from backrow.simulate.world import World

MINUTES = 60
ROUNDS = 25
AT_ONCE = 500
PUT = 500
LIVE_SHARE = 20
"""One in so many is measured while it is live."""
OVERVIEW = """
SELECT minute, count(*) AS measured, bool_and(final) AS final,
  count(*) FILTER (coalesce(class, 'unclassified') = 'good') AS good,
  count(*) FILTER (coalesce(class, 'unclassified') = 'fair') AS fair,
  count(*) FILTER (coalesce(class, 'unclassified') = 'poor') AS poor,
  count(*) FILTER (coalesce(class, 'unclassified') = 'bad') AS bad,
  count(*) FILTER (coalesce(class, 'unclassified') = 'unclassified') AS unclassified,
  avg(audio_received_latency_ms), avg(audio_received_jitter_ms),
  avg(audio_received_avg_loss_pct)
FROM minutes GROUP BY minute ORDER BY minute"""


def world_of(people: int) -> World:
    """Return the default scenario's webinar with so many attendees."""
    scenario = read_scenario(default_scenario())
    webinar = replace(scenario.sessions[0], attendees=people, earlier_days=())
    return World(replace(scenario, sessions=(webinar,)))


def played(world: World, session: Session) -> Iterator[pl.DataFrame]:
    """Yield everyone's samples as the past answer brings them, some people at a time."""
    names = world.participants(session.uuid)
    end = session.start_at + timedelta(minutes=MINUTES)
    key = {"account": "account", "session_uuid": session.uuid, "leg": "client"}
    key |= {"session_number": session.number, "origin": "rest_past", "picked": "census"}
    for first in range(0, len(names), AT_ONCE):
        found = world.rows(
            session.uuid,
            names[first : first + AT_ONCE],
            start=session.start_at,
            end=end,
        )
        rows = [_told(row, key) for one in found.values() for row in one]
        frame = samples_frame(rows, now=end.timestamp())
        yield frame.with_columns(collected_at=pl.lit(end + timedelta(seconds=40)))


def _told(row: Row, key: dict[str, str]) -> Row:
    values = list(row)
    for name, text in key.items():
        if name != "leg":
            values[INDEX[name]] = text
    return tuple(values)


def kept(folder: Path, frames: list[pl.DataFrame], session: Session) -> Lake:
    """Keep an hour as a collector does, printing how long commits take."""
    lake = open_lake(folder)
    writer = LakeWriter(lake.store)
    now = (session.end_at or session.start_at).timestamp()
    writer.append({"sessions": sessions_frame([(session, "live")], now=now)}, now=now)
    few = pl.concat(frames).filter(pl.col("participant").hash() % LIVE_SHARE == 0)
    few = few.with_columns(origin=pl.lit("rest_live"), picked=pl.lit("random"))
    commits = []
    for rows in few.partition_by("minute", maintain_order=True):
        commits.append(seconds(partial(writer.append, {"samples": rows}, now=now)))
        writer.settle(resolve(rows, final=False), now=now)
    print(f"live commit of {few.height // MINUTES:,} rows: {ms(commits)}")
    commits = [
        seconds(partial(writer.append, {"samples": rows}, now=now)) for rows in frames
    ]
    print(f"commit of {frames[0].height:,} rows: {ms(commits)}")
    spent = seconds(lambda: writer.complete(session.uuid, now=now + 60))
    print(f"completion: {spent:.1f} s")
    for name in ("samples", "minutes"):
        with writer.commits.alone():
            writer.commits.purge(name)
    return lake


def sizes(
    lake: Lake, folder: Path, frame: pl.DataFrame, everything: pl.DataFrame
) -> None:
    """Print bytes a participant-minute."""
    count = frame.select("participant", "minute").n_unique()
    stored = {
        "lake, samples of the past answer and of live": _below(lake, "samples"),
        "lake, minutes": _below(lake, "minutes"),
        "Parquet (Polars, zstd), the same samples": written(folder, everything),
        "DuckDB, the same samples": loaded(folder, everything, "samples"),
    }
    first = stored["lake, samples of the past answer and of live"]
    print(f"\n{count:,} participant-minutes      {'B each':>25} {'ratio':>8}")
    for name, size in stored.items():
        print(f"  {name:<46} {size / count:6.1f} {size / first:8.2f}")


def _below(lake: Lake, name: str) -> int:
    assert lake.store.place.folder is not None
    files = (lake.store.place.folder / name).glob("*.parquet")
    return sum(path.stat().st_size for path in files)


def written(folder: Path, frame: pl.DataFrame, name: str = "samples") -> int:
    """Return the size of one plain Parquet file."""
    path = folder / f"{name}.parquet"
    frame.write_parquet(path, compression="zstd", row_group_size=ROW_GROUP_ROWS)
    return path.stat().st_size


def loaded(folder: Path, frame: pl.DataFrame, name: str) -> int:
    """Return the size of a DuckDB database with one table."""
    path = folder / f"{name}.duckdb"
    with duckdb.connect(str(path)) as db:
        db.register("given", frame.to_arrow())
        db.execute(f"CREATE TABLE {name} AS SELECT * FROM given")  # noqa: S608 - ours
        db.execute("CHECKPOINT")
    return path.stat().st_size


def asked(lake: Lake, folder: Path, session: Session) -> None:
    """Print how long the two questions take."""
    minutes = lake.scan("minutes").collect()
    written(folder, minutes, "minutes")
    loaded(folder, minutes, "minutes")
    path = folder / "minutes.parquet"
    who = str(minutes["participant"][minutes.height // 2])
    uuid = session.uuid
    one = f"SELECT * FROM minutes WHERE participant = '{who}' ORDER BY minute"  # noqa: S608 - ours

    def of_one(rows: pl.LazyFrame) -> pl.DataFrame:
        return rows.filter(pl.col("participant") == who).sort("minute").collect()

    questions: dict[str, dict[str, Callable[[], Any]]] = {
        "a participant's hour": {
            "lake": lambda: lake.minutes(uuid, who),
            "lake (any reader: polars.scan_delta)": lambda: of_one(
                pl.scan_delta(lake.store.place.of_table("minutes"))
            ),
            "Parquet (Polars)": lambda: of_one(pl.scan_parquet(path)),
            "DuckDB": lambda: in_duckdb(folder, one),
        },
        "overview of the room": {
            "lake": lambda: lake.overview(uuid),
            "Parquet (Polars)": lambda: pl.SQLContext(
                minutes=pl.scan_parquet(path)
            ).execute(_polars_sql(), eager=True),
            "DuckDB": lambda: in_duckdb(folder, OVERVIEW),
        },
    }
    for question, ways in questions.items():
        print(f"\n{question:<42} {'ms':>6} {'fastest':>9} {'ratio':>8}")
        compare(ways)


def _polars_sql() -> str:
    """Return the overview without what only DuckDB's SQL has."""
    return """SELECT minute, count(*) AS measured, min(final) AS final,
      sum(CASE WHEN coalesce(class, 'unclassified') = 'good' THEN 1 ELSE 0 END) AS good,
      sum(CASE WHEN coalesce(class, 'unclassified') = 'fair' THEN 1 ELSE 0 END) AS fair,
      sum(CASE WHEN coalesce(class, 'unclassified') = 'poor' THEN 1 ELSE 0 END) AS poor,
      sum(CASE WHEN coalesce(class, 'unclassified') = 'bad' THEN 1 ELSE 0 END) AS bad,
      avg(audio_received_latency_ms) AS a, avg(audio_received_jitter_ms) AS b,
      avg(audio_received_avg_loss_pct) AS c
    FROM minutes GROUP BY minute ORDER BY minute"""


def in_duckdb(folder: Path, sql: str) -> Any:
    """Open the database, as another process would, and ask it."""
    with duckdb.connect(str(folder / "minutes.duckdb"), read_only=True) as db:
        return db.sql(sql).to_arrow_table()


def compare(ways: dict[str, Callable[[], Any]]) -> None:
    """Print the median of each way, the rounds taking turns."""
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(ROUNDS + 3):
        for name, ask in ways.items():
            taken = seconds(ask)
            if turn >= 3:
                spent[name].append(taken)
    first = statistics.median(spent["lake"])
    for name, times in spent.items():
        median = statistics.median(times)
        fastest = 1e3 * min(times)
        print(f"  {name:<40} {1e3 * median:6.1f} {fastest:9.1f} {median / first:8.2f}")


def durable(folder: Path) -> None:
    """Print how long events take to be on disk."""
    inbox = Inbox(folder)
    body = b"x" * 1_500
    spent = []
    for turn in range(ROUNDS):
        events = [Letter(body=body + f"{turn}-{i}".encode()) for i in range(PUT)]
        spent.append(seconds(partial(inbox.put, events, now=1e9)))
    inbox.close()
    rate = PUT / statistics.median(spent)
    print(f"\ninbox: {PUT} events on disk in {ms(spent)}, {rate:,.0f} a second")


def seconds(run: Callable[[], Any]) -> float:
    """Return how long `run` takes."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def ms(times: list[float]) -> str:
    """Return the median and the 95th percentile of some times."""
    ordered = sorted(times)
    high = ordered[int(0.95 * (len(ordered) - 1))]
    return f"{1e3 * statistics.median(ordered):.1f} ms (p95 {1e3 * high:.1f})"


def main() -> None:
    """Run it all."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--people", type=int, default=10_000)
    people: int = parser.parse_args().people
    world = world_of(people)
    session = world.sessions()[0]
    frames = list(played(world, session))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lake = kept(folder / "lake", frames, session)
        everything = lake.scan("samples").collect()
        sizes(lake, folder, pl.concat(frames), everything)
        asked(lake, folder, session)
        durable(folder / "state")


if __name__ == "__main__":
    main()
