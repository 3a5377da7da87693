"""Takes new figures in and writes the page; see the package."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from bench.accuracy.page import FIGURES, PAGE, PLOT, page
from bench.causes import figures_of as figures_of_cases, read_cases
from bench.diagnosis import plot
from bench.webinars.figures import summary


def main() -> None:
    """Write the page and its plot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=Path, nargs="*", help="webinars' outcomes")
    parser.add_argument("--cases", type=Path, help="folder with labelled incidents")
    parser.add_argument("--speed", type=Path, help="figures of bench.diagnosis")
    given = parser.parse_args()
    figures: dict[str, Any] = {}
    if FIGURES.exists():
        figures = json.loads(FIGURES.read_text("utf-8"))
    if given.records:
        lines = [one.read_text("utf-8").splitlines() for one in given.records]
        figures["webinars"] = summary([json.loads(x) for part in lines for x in part])
    if given.cases:
        figures["incidents"] = figures_of_cases(read_cases(given.cases))
    if given.speed:
        figures["speed"] = json.loads(given.speed.read_text("utf-8"))
    FIGURES.parent.mkdir(parents=True, exist_ok=True)
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    PAGE.write_text(page(figures), "utf-8")
    costs = figures["speed"]["windows"]
    PLOT.write_text(plot([(c["people"], c["processor_ms"]) for c in costs]), "utf-8")
    print(f"written: {PAGE.name}, {FIGURES.name} and {PLOT.name}")


if __name__ == "__main__":
    main()
