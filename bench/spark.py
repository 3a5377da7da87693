"""One session diagnosed by Polars here and by Spark, by its number of people.

    python -m bench.spark [--people 500 5000] [--minutes 60] [--master 'local[*]']

Each engine runs in a process of its own and is asked for the same diagnosis of the same
lake. `seconds` is all of it, Spark's start too; `cpu` the processor time of the process
and those it started; `memory` the most that this process held, and for Spark the
Java process beside it. The findings must be equal. On one machine Spark cannot win:
what it shows is the price of starting it, and what the driver has to hold.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from backrow.cluster.engine import spark_engine
from backrow.judge.engine import How, diagnosed, one_machine
from backrow.lake.frames import session_frames
from backrow.lake.kept import open_lake
from tests.cluster.webinars import webinar


def measured(engine: str, lake: str, master: str) -> dict[str, Any]:
    """Return what one diagnosis costs in this process, and its findings."""
    begin = time.perf_counter()
    compute = spark_engine(master) if engine == "spark" else one_machine
    found = diagnosed(session_frames(open_lake(lake), "latest"), compute, how=How())
    seconds = time.perf_counter() - begin
    own, others = (
        resource.getrusage(who)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return {
        "rows": len(found.minutes),
        "seconds": seconds,
        "cpu_s": own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime,
        "memory_mb": own.ru_maxrss / 1024,
        "java_mb": others.ru_maxrss / 1024,
        "findings": [one.to_dict() for one in found.findings],
    }


def apart(engine: str, lake: Path, master: str) -> dict[str, Any]:
    """Return the same, measured in a process of its own."""
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "bench.spark"),
            *("--engine", engine, "--lake", str(lake), "--master", master),
        ],
        check=True,
        stdout=subprocess.PIPE,
    )
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def compare(people: int, minutes: int, master: str) -> None:
    """Print what a session of a size costs with each engine."""
    with TemporaryDirectory() as folder:
        lake = Path(folder)
        webinar(lake, attendees=people, minutes=minutes)
        found = {name: apart(name, lake, master) for name in ("polars", "spark")}
    assert found["polars"]["findings"] == found["spark"]["findings"]
    for name, one in found.items():
        java = f" + {one['java_mb']:,.0f} MB Java" if name == "spark" else ""
        print(
            f"{people:>8,} people {one['rows']:>9,} rows  {name:6} "
            f"{one['seconds']:6.1f} s {one['cpu_s']:6.1f} s cpu  "
            f"{one['memory_mb']:,.0f} MB{java}",
            flush=True,
        )


def main() -> None:
    """Print the costs of both engines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, nargs="*", default=[500, 5000])
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--master", default="local[*]")
    parser.add_argument("--engine", choices=["polars", "spark"], help="measure one")
    parser.add_argument("--lake", help="of this lake")
    given = parser.parse_args()
    if given.engine and given.lake:
        print(json.dumps(measured(given.engine, given.lake, given.master)))
        return
    load = os.getloadavg()[0]
    print(f"findings are equal; load when it began: {load:.1f}, {os.cpu_count()} cores")
    for people in given.people:
        compare(people, given.minutes, given.master)


if __name__ == "__main__":
    main()
