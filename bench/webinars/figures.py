"""What many webinars came to: figures of a cell, from its records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np

from backrow.diagnose.causes.scan import wilson
from bench.webinars.cells import CELLS

Record = dict[str, Any]
REPORTING_SEED: Final = 5000
"""From here on seeds are for reporting; those below were used for tuning."""


def figures_of(records: Sequence[Record], part: str = "live") -> dict[str, Any]:
    """Return the figures of one cell.

    Args:
        records: Its webinars', as `judged.play` returned them.
        part: live, or final.
    """
    outcomes = [one[part] for one in records]
    hours = sum(one["minutes"] for one in records) / 60
    findings = [f for one in outcomes for f in one["findings"]]
    faults = [f for one in outcomes for f in one["faults"]]
    asked = [f for f in faults if f["asked"]]
    found = [f for f in asked if f["found"]]
    right = sum(f["right"] for f in findings)
    delays = [f["delay_min"] for f in found if f["delay_min"] is not None]
    causes = sorted({f["cause"] for f in asked})
    return {
        "webinars": len(records),
        "found": len(found),
        "right": right,
        "hours": round(hours, 1),
        "faults": len(asked),
        "too_small": len(faults) - len(asked),
        "recall": _ratio(len(found), len(asked)),
        "recall_interval": wilson(len(found), len(asked)),
        "exact_scope": _ratio(sum(f["exact"] for f in asked), len(asked)),
        "findings": len(findings),
        "precision": _ratio(right, len(findings)),
        "precision_interval": wilson(right, len(findings)),
        "false_per_hour": (len(findings) - right) / max(hours, 1e-9),
        "delay_min_median": quantile(delays, 0.5),
        "delay_min_p95": quantile(delays, 0.95),
        "delays_min": sorted(delays),
        "recall_by_cause": {
            cause: [
                sum(f["found"] for f in asked if f["cause"] == cause),
                sum(f["cause"] == cause for f in asked),
            ]
            for cause in causes
        },
        "false": [
            {"seed": one["seed"], **{k: f[k] for k in ("cause", "scope", "affected")}}
            for one in records
            for f in one[part]["findings"]
            if not f["right"]
        ],
        "missed": [
            {"seed": one["seed"], **{k: f[k] for k in ("cause", "scope", "hit")}}
            for one in records
            for f in one[part]["faults"]
            if f["asked"] and not f["found"]
        ],
    }


def summary(records: Sequence[Record]) -> dict[str, Any]:
    """Return all figures of all cells, tuning and reporting apart."""
    cells = []
    for use, feed, people, name in sorted(
        {(use_of(r), r["feed"], r["people"], r["cell"]) for r in records},
        key=lambda key: (*key[:3], list(CELLS).index(key[3])),
    ):
        key = (use, feed, people, name)
        mine = [
            r for r in records if (use_of(r), r["feed"], r["people"], r["cell"]) == key
        ]
        cells += [
            {
                "seeds": use,
                "feed": feed,
                "people": people,
                "cell": name,
                "part": part,
                **figures_of(mine, part),
            }
            for part in ("live", "final")
            if part in mine[0]
        ]
    reported = [one for one in records if use_of(one) == "reporting"]
    return {
        "first_reporting_seed": REPORTING_SEED,
        "cells": cells,
        "causes": confusion(reported),
    }


def use_of(record: Record) -> str:
    """Return what a record's seed is for."""
    return "reporting" if record["seed"] >= REPORTING_SEED else "tuning"


def confusion(records: Iterable[Record]) -> dict[str, dict[str, int]]:
    """Return participant-minutes by true and told cause, of webinars that tell."""
    total: dict[str, dict[str, int]] = {}
    for one in records:
        for true, told in one.get("causes", {}).items():
            row = total.setdefault(true, {})
            for cause, count in told.items():
                row[cause] = row.get(cause, 0) + count
    return total


def quantile(values: Sequence[float], share: float) -> float | None:
    """Return a quantile that occurs among `values`; None without any."""
    return float(np.quantile(values, share, method="higher")) if values else None


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def line(one: dict[str, Any]) -> str:
    """Return the figures as a line of text."""

    def share(value: float | None) -> str:
        return "   -" if value is None else f"{value:4.2f}"

    delay = one["delay_min_p95"]
    return (
        f"{one['webinars']:>4} webinars  precision {share(one['precision'])}"
        f"  recall {share(one['recall'])} of {one['faults']:>3}"
        f"  exact {share(one['exact_scope'])}  false/h {one['false_per_hour']:5.3f}"
        f"  p95 delay {'-' if delay is None else f'{delay:.0f} min'}"
    )
