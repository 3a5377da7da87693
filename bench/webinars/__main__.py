"""Plays webinars and prints their figures; see the package."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any, Final

from bench.webinars.cells import CELLS
from bench.webinars.figures import REPORTING_SEED, figures_of, line
from bench.webinars.judged import FEEDS, Record, play

FEWEST: Final = 6
SEEDS: Final = {200: 30, 500: 30, 2000: 30, 10_000: FEWEST}
"""Webinars of a cell by people, unless told: a large one costs more."""


def main() -> None:
    """Play what is not on record yet, and print every cell's figures."""
    given = _arguments()
    records = list(_on_record(given.records))
    done = {_key(one) for one in records}
    wanted = [
        (cell, people, seed)
        for number in range(given.seeds or max(SEEDS.values()))
        for people in given.people
        for cell in given.cells
        for seed in [given.first_seed + number]
        if given.seeds or number < SEEDS.get(people, FEWEST)
    ]
    jobs = [job for job in wanted if (*job, given.minutes, given.feed) not in done]
    fresh = multiprocessing.get_context("spawn")  # forked threads of Polars hang
    with ProcessPoolExecutor(given.workers, mp_context=fresh) as pool:
        running = [
            pool.submit(
                play,
                cell,
                seed=seed,
                people=people,
                minutes=given.minutes,
                feed=given.feed,
                final=given.feed == "complete",
            )
            for cell, people, seed in jobs
        ]
        for number, future in enumerate(as_completed(running), 1):
            records.append(future.result())
            _keep(given.records, records[-1])
            if number % 10 == 0:
                print(f"  {number} of {len(jobs)} played", flush=True)
    asked = {(*job, given.minutes, given.feed) for job in wanted}
    _show([one for one in records if _key(one) in asked], given)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="*", default=list(SEEDS))
    parser.add_argument("--seeds", type=int, help="webinars of a cell")
    parser.add_argument("--first-seed", type=int, default=REPORTING_SEED)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--cells", nargs="*", default=list(CELLS), choices=list(CELLS))
    parser.add_argument("--feed", default="complete", choices=FEEDS)
    parser.add_argument("--records", type=Path, help="file that grows by a line each")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args()


def _on_record(file: Path | None) -> Iterator[Record]:
    if file is not None and file.exists():
        for text in file.read_text("utf-8").splitlines():
            yield json.loads(text)


def _keep(file: Path | None, record: Record) -> None:
    if file is not None:
        with file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(record) + "\n")


def _key(one: Record) -> tuple[Any, ...]:
    return tuple(one[n] for n in ("cell", "people", "seed", "minutes", "feed"))


def _show(records: list[Record], given: argparse.Namespace) -> None:
    use = "reporting" if given.first_seed >= REPORTING_SEED else "tuning"
    cells = []
    for people in given.people:
        for name in given.cells:
            mine = [r for r in records if (r["people"], r["cell"]) == (people, name)]
            for part in ("live", "final"):
                told = [one for one in mine if part in one]
                if told:
                    figures = figures_of(told, part)
                    cells.append(
                        {"people": people, "cell": name, "part": part, **figures}
                    )
    if given.json:
        print(json.dumps({"seeds": use, "feed": given.feed, "cells": cells}, indent=2))
        return
    print(f"{use} seeds, {given.feed}")
    for one in cells:
        head = f"{one['people']:>7,} {one['cell']:15} {one['part']:6}"
        print(head, line(one), flush=True)


if __name__ == "__main__":
    main()
