"""What the TMA 2023 measurements say of a call on a narrow line.

Works on the files themselves, so that the figures the page quotes can be checked
by whoever has them.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from bench.calibration import published

_LIFTED_AT_S, _UNTIL_S = 300, 480
"""From here the cap is 3 Mbit/s after 0.3, until there."""
_DROPPED_AT_S, _CAP_KBPS = 240, 300.0
_BINDS = 0.95
"""A cap binds if an app takes less than this part of what it takes unbound."""


def report(folder: Path) -> list[str]:
    """Return lines that compare the files with the figures the page quotes."""
    steps = _per_second(folder / "bandwidth_steps.csv")
    lines = []
    for app, rates in steps.items():
        back, follow = _seconds_to_recover(rates), _seconds_to_follow(rates)
        said = published.RECOVERS_IN_S.get(app.capitalize())
        lines.append(
            f"{app}: back after {back if back is not None else 'more than 180'} s "
            f"(the page says {said if said is not None else 'not back in 3 minutes'}), "
            f"follows the drop in {follow} s (at most {published.FOLLOWS_IN_S})"
        )
    takes = _takes(folder / "calls.csv")
    takes += [median(rates[280:300]) / _CAP_KBPS for rates in steps.values()]
    said_low, said_high = published.TAKES_OF_CAP
    lines.append(
        f"a lone call takes {min(takes):.2f} to {max(takes):.2f} of a cap that binds "
        f"(medians; the page says {said_low} to {said_high})"
    )
    return lines


def _per_second(path: Path) -> Mapping[str, list[float]]:
    """Return the median bitrate of each second over all runs, by app."""
    found: dict[str, dict[int, list[float]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            seconds = found.setdefault(row["mvca"], {})
            seconds.setdefault(int(row["s"]), []).append(float(row["kbps"]))
    return {
        app: [median(seconds[s]) for s in sorted(seconds)]
        for app, seconds in found.items()
    }


def _seconds_to_recover(rates: list[float]) -> int | None:
    """Return the seconds until nine tenths of the later rate, in ten-second steps."""
    goal = 0.9 * median(rates[_UNTIL_S - 60 : _UNTIL_S])
    if goal < 1.5 * _CAP_KBPS:
        return None
    for start in range(_LIFTED_AT_S, _UNTIL_S, 10):
        if median(rates[start : start + 10]) >= goal:
            return start - _LIFTED_AT_S
    return None


def _seconds_to_follow(rates: list[float]) -> int:
    for second in range(_DROPPED_AT_S, _LIFTED_AT_S):
        if rates[second] <= 1.05 * _CAP_KBPS:
            return second - _DROPPED_AT_S
    return _LIFTED_AT_S - _DROPPED_AT_S


def _takes(path: Path) -> list[float]:
    """Return the median part of a cap that lone calls take, where the cap binds."""
    rates: dict[str, dict[float, list[float]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            cap = float(row["bw"])
            if row["scenario"] == "JUST_CALL" and cap > 0 and row["call_kbps"]:
                caps = rates.setdefault(row["mvca"], {})
                caps.setdefault(cap, []).append(float(row["call_kbps"]))
    return [
        median(found) / (1000 * cap)
        for caps in rates.values()
        for cap, found in caps.items()
        if median(found) < _BINDS * median(caps[max(caps)])
    ]
