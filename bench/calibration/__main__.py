"""Writes the calibration page; see the package."""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.calibration.measurements import report
from bench.calibration.page import page

FOLDER = Path(__file__).parents[2] / "docs" / "explanation"


def main() -> None:
    """Write the page and its plots, and check the quoted measurements if given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "measurements", nargs="?", type=Path, help="folder with the TMA 2023 files"
    )
    given = parser.parse_args()
    text, plots = page()
    (FOLDER / "calibration").mkdir(parents=True, exist_ok=True)
    (FOLDER / "calibration.md").write_text(text, encoding="utf-8")
    for name, svg in plots.items():
        (FOLDER / "calibration" / name).write_text(svg, encoding="utf-8")
    print(f"written: calibration.md and {len(plots)} plots")
    if given.measurements is not None:
        print(*report(given.measurements), sep="\n")


if __name__ == "__main__":
    main()
