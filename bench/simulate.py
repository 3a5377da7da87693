"""Making a world: seconds and memory, each in a process of its own.

``python -m bench.simulate`` plays an hour of 10,000 people and keeps it, an hour of
100,000 minute by minute, and asks the first for what the emulated API needs: the
latest minute of ten people, the whole hour of ten, and everybody's quality words.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from backrow.simulate.scenario import default_scenario, read_scenario
from backrow.simulate.world import World

MINUTE = timedelta(minutes=1)
ROUNDS = 200


def world_of(people: int) -> World:
    """Return the default scenario's webinar with so many attendees."""
    scenario = read_scenario(default_scenario())
    webinar = replace(scenario.sessions[0], attendees=people, earlier_days=())
    return World(replace(scenario, sessions=(webinar,)))


def peak_mb() -> float:
    """Return the most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def kept(people: int) -> None:
    """Play an hour and keep it, then ask for parts of it."""
    began = time.perf_counter()
    world = world_of(people)
    world.minute(59)
    spent = time.perf_counter() - began
    print(f"{people:>7,} x 60 kept:     {spent:5.2f} s, {peak_mb():5.0f} MB at most")
    session = world.sessions()[0]
    end = session.start_at + 60 * MINUTE
    spent = each(lambda: world.people(session.uuid), rounds=1)
    print(f"        everybody's fields: {spent:5.2f} s")
    names = world.participants()
    ten, uuid = names[1000:1010], session.uuid
    latest = each(lambda: world.rows(uuid, ten, start=end - MINUTE, end=end))
    print(f"        latest minute of 10 people: {1e6 * latest:,.0f} us")
    hour = each(lambda: world.rows(uuid, ten, start=session.start_at, end=end))
    print(f"        hour of 10 people:          {1e6 * hour:,.0f} us")
    words = each(lambda: world.words(uuid, names, at=end - MINUTE), rounds=10)
    print(f"        everybody's words:          {1e3 * words:,.1f} ms")


def streamed(people: int) -> None:
    """Play an hour and keep no minute."""
    began = time.perf_counter()
    minutes = sum(len(columns["stay"]) for columns in world_of(people).stream())
    spent = time.perf_counter() - began
    print(f"{people:>7,} x 60 streamed: {spent:5.2f} s, {peak_mb():5.0f} MB at most")
    print(f"        {minutes / spent:,.0f} participant-minutes a second")


def each(what: Callable[[], object], *, rounds: int = ROUNDS) -> float:
    """Return the seconds that one of `rounds` calls takes."""
    began = time.perf_counter()
    for _ in range(rounds):
        what()
    return (time.perf_counter() - began) / rounds


def main() -> None:
    """Run every case in a process of its own, or the one that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="?", choices=["kept", "streamed"])
    parser.add_argument("people", nargs="?", type=int)
    given = parser.parse_args()
    if given.case:
        {"kept": kept, "streamed": streamed}[given.case](given.people)
        return
    for case, people in (("kept", 10_000), ("streamed", 10_000), ("streamed", 100_000)):
        command = [sys.executable, "-m", "bench.simulate", case, str(people)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
