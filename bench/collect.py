"""A whole webinar collected: emulator and collector as processes of their own.

``python -m bench.collect`` plays `examples/launch-10000.toml` (75 minutes, 10,000
people) at a speed, runs ``backrow watch`` beside it on the emulated clock, and then
compares the lake with the simulator, minute by minute and value by value. It prints
the calls that were made against asking everyone each minute, what Zoom refused, and
how long a minute took from its publication to its row.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from math import ceil
from pathlib import Path

import polars as pl

from backrow.lake.kept import Lake
from backrow.lake.store.place import Place
from backrow.lake.store.reading import Store
from backrow.lake.store.rows import samples_frame
from backrow.qos.people import Session
from backrow.qos.sample import METRIC_COLUMNS
from backrow.simulate.scenario import read_scenario
from backrow.simulate.world import World

ROOT = Path(__file__).parent.parent
SLICE = 500
METRICS = [column.name for column in METRIC_COLUMNS]
KEY = ["participant", "minute"]


@contextmanager
def emulator(
    scenario: Path, speed: float, env: Path, more: Sequence[str]
) -> Iterator[None]:
    """Run the emulated Zoom, and wait until it says where it is."""
    command = [sys.executable, "-m", "backrow", "emulate", "--port", "0"]
    command += ["--scenario", str(scenario), "--speed", f"{speed:g}"]
    process = subprocess.Popen(
        [*command, "--env", str(env), *more], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if "Ctrl-C" in line:
                break
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
        process.stderr.close()


def exported(env: Path) -> dict[str, str]:
    """Return the variables of a file of `export` lines."""
    found = re.findall(r"^export (\w+)='?([^'\n]*)'?$", env.read_text(), re.MULTILINE)
    return dict(found)


def watch(folder: Path, number: str, log: Path, more: Sequence[str]) -> float:
    """Collect the webinar until it is complete; return the seconds it took."""
    environ = os.environ | exported(folder / "zoom.env")
    environ |= {"BACKROW_LAKE": str(folder / "lake"), "BACKROW_TZ": "UTC"}
    environ |= {"BACKROW_STATE": str(folder / "state")}
    began = time.perf_counter()
    with log.open("w") as err:
        subprocess.run(
            [sys.executable, "-m", "backrow", "watch", number, "--verbose", *more],
            env=environ,
            stderr=err,
            check=True,
        )
    return time.perf_counter() - began


def calls_of(log: Path) -> tuple[Counter[str], Counter[str]]:
    """Return the calls by what they asked, and their answers by status."""
    asked, statuses = Counter[str](), Counter[str]()
    shape = re.compile(r"GET \S+/metrics/\w+(\S*?)\?(\S*) -> (.*?) \(")
    for line in log.read_text().splitlines():
        if (found := shape.match(line)) is None:
            continue
        path, query, outcome = found.groups()
        when = "past" if "type=past" in query else "live"
        asked[f"{_what(path)}, {when}"] += 1
        statuses[outcome if outcome.startswith("HTTP") else "no answer"] += 1
    return asked, statuses


def _what(path: str) -> str:
    parts = path.strip("/").split("/")
    if parts == [""]:
        return "list of webinars"
    if len(parts) == 1:
        return "one webinar"
    if len(parts) == 2:
        return "participants list"
    return "QoS list" if len(parts) == 3 else "one participant's QoS"


def wanted(world: World, session: Session, names: Sequence[str]) -> pl.DataFrame:
    """Return what the simulator has of some people, all legs of a minute in one."""
    far = timedelta(days=1)
    begin, end = session.start_at - far, session.start_at + far
    rows = world.rows(session.uuid, names, start=begin, end=end)
    frame = samples_frame([row for name in names for row in rows[name]], now=0.0)
    return frame.group_by(KEY).agg(pl.col(METRICS).drop_nulls().first())


def compared(world: World, lake: Lake) -> tuple[int, int, int, int]:
    """Return rows wanted, kept, missing or too many, and different."""
    session = world.sessions()[0]
    kept = lake.minutes(session.uuid).select(*KEY, *METRICS)
    twice = kept.height - kept.unique(KEY).height
    names = world.participants()
    total = wrong = 0
    missing = twice
    for at in range(0, len(names), SLICE):
        some = names[at : at + SLICE]
        want = wanted(world, session, some)
        have = kept.filter(pl.col("participant").is_in(some))
        total += want.height
        missing += want.join(have, on=KEY, how="anti").height
        missing += have.join(want, on=KEY, how="anti").height
        both = want.join(have, on=KEY, suffix="_kept")
        same = pl.all_horizontal(
            pl.col(name).eq_missing(pl.col(f"{name}_kept")) for name in METRICS
        )
        wrong += both.filter(~same).height
    return total, kept.height, missing, wrong


def naive_calls(world: World) -> int:
    """Return the calls of asking everyone each minute by the QoS list.

    The list holds people who have left, too.
    """
    session = world.sessions()[0]
    joined = sorted(
        one.join_time for one in world.people(session.uuid) if one.join_time
    )
    assert session.end_at is not None
    minutes = (session.end_at - session.start_at) // timedelta(minutes=1)
    return sum(
        ceil(sum(at <= session.start_at + timedelta(minutes=m) for at in joined) / 10)
        for m in range(1, minutes + 1)
    )


def delays(world: World, lake: Lake) -> pl.Series:
    """Return the delay of each visit's newest minute, from its end to its row.

    Visits of people who had left tell of nothing new, and are left out.
    """
    uuid = world.sessions()[0].uuid
    people = world.people(uuid)
    left = pl.DataFrame(
        {
            "participant": [one.user_id for one in people],
            "left_at": [one.leave_time for one in people],
        }
    )
    rows = lake.store.read(
        "samples",
        lambda rows: (
            rows.filter(pl.col("session_uuid") == uuid, pl.col("origin") == "rest_live")
            .group_by("participant", "collected_at")
            .agg(pl.col("minute").max(), pl.col("changed_at").max())
        ),
    )
    rows = rows.join(left, on="participant").filter(
        pl.col("left_at") > pl.col("collected_at")
    )
    late = (rows["changed_at"] - rows["minute"]).dt.total_milliseconds() / 1000
    return (late - 60).sort()


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--scenario", type=Path, default=ROOT / "examples/launch-10000.toml"
    )
    parser.add_argument("--speed", type=float, default=20.0)
    parser.add_argument("--keep", type=Path, help="folder to keep lake and log in")
    parser.add_argument("--zoom", action="append", default=[], help="NAME=VALUE")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = given.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        run(given.scenario, given.speed, folder, given.zoom)


def run(scenario: Path, speed: float, folder: Path, zoom: Sequence[str]) -> None:
    """Collect a scenario and print what came of it."""
    world = World(read_scenario(scenario.read_text()))
    session = world.sessions()[0]
    env, log = folder / "zoom.env", folder / "watch.log"
    # As "0*0" a share that stands still would lose its size on the way.
    options = ["still_share=0 fps", *zoom]
    more = [part for option in options for part in ("--zoom", option)]
    with emulator(scenario, speed, env, more):
        spent = watch(folder, session.number, log, ())
    lake = Lake(Store(Place.parse(folder / "lake")))
    asked, statuses = calls_of(log)
    calls, naive = sum(asked.values()), naive_calls(world)
    print(f"{scenario.name} at {speed:g} times its speed: {spent:,.0f} s")
    for what, count in asked.most_common():
        print(f"  {count:7,} calls: {what}")
    print(f"  {calls:7,} calls in all, {calls / naive:.1%} of {naive:,} (everyone")
    print("          each minute by the QoS list)")
    print(f"  answers: {dict(statuses)}; refused (429): {statuses['HTTP 429']}")
    late = delays(world, lake)
    shown = ", ".join(
        f"p{int(100 * q)} {late.quantile(q) or 0.0:.1f} s" for q in (0.5, 0.95, 0.99)
    )
    print(f"  from a minute's publication to its row: {shown} ({late.len():,} visits)")
    total, kept, missing, wrong = compared(world, lake)
    print(f"  participant-minutes: {total:,} simulated, {kept:,} in the lake,")
    print(f"  {missing:,} missing, too many or twice; {wrong:,} differ in a value")
    if missing or wrong:
        sys.exit(1)


if __name__ == "__main__":
    main()
