"""The page's text and tables, from the figures alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench.causes import PUBLISHED, SPLITS
from bench.webinars.cells import CELLS

_DOCS: Final = Path(__file__).parents[2] / "docs" / "explanation"
PAGE: Final = _DOCS / "accuracy.md"
FIGURES: Final = _DOCS / "accuracy" / "figures.json"
PLOT: Final = _DOCS / "accuracy" / "cost.svg"
Figures = Mapping[str, Any]
_LARGE: Final = 2000
_SHOWN: Final = 12
"""False and missed ones that are named."""

_HEAD: Final = """\
<!-- Made by `python -m bench.accuracy`. Change it there. -->

# How often the diagnosis is right, and how soon

Three things are measured apart: naming the cause of *labelled incidents* of a
live-stream service, finding the *faults of simulated webinars*, and what both cost. Each
table says how many cases it rests on; intervals are 95 % (Wilson).

What this cannot tell: **nothing here was measured on real Zoom data**. The simulator was
built by the people who built the diagnosis, from published figures
([how believable it is](calibration.md)), so figures on it favour them. Its faults are of
kinds that the diagnosis knows; a fault of an unknown kind is not among them. The
incidents are real but of another service, with other attributes, and hold no calm hour.
[Every threshold](thresholds.md) says where it comes from.
"""


def page(figures: Figures) -> str:
    """Return the page's Markdown."""
    cells = figures["webinars"]["cells"]
    reported = [one for one in cells if one["seeds"] == "reporting"]
    complete = [one for one in reported if one["feed"] == "complete"]
    collected = [one for one in reported if one["feed"] != "complete"]
    tuning = [one for one in cells if one["seeds"] == "tuning"]
    parts = [
        _HEAD,
        _aims(figures, complete),
        _incidents(figures["incidents"]),
        _webinars(figures["webinars"], complete, tuning),
        _collected(collected),
        _participants(figures["webinars"]["causes"]),
        _speed(figures["speed"]),
        _TAIL,
    ]
    return "\n".join(parts)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _share(part: int, whole: int, interval: Sequence[float]) -> str:
    if not whole:
        return "-"
    low, high = interval
    return f"{part / whole:.3f} ({low:.2f} to {high:.2f})"


def _total(cells: Iterable[Figures], part: str) -> Figures:
    """Return counts over cells."""
    mine = [one for one in cells if one["part"] == part]
    names = ("webinars", "hours", "faults", "found", "findings", "right")
    return {name: sum(one[name] for one in mine) for name in names}


def _aims(figures: Figures, complete: Sequence[Figures]) -> str:
    validated = figures["incidents"]["cross_validated"]
    large = [one for one in complete if one["people"] >= _LARGE]
    strong = [one for one in large if one["cell"] in {"strong", "two at once"}]
    found, findings = _total(strong, "live"), _total(large, "live")
    calm = _total([one for one in complete if CELLS[one["cell"]].is_calm], "live")
    delays = sorted(
        d
        for one in large
        if one["part"] == "live" and CELLS[one["cell"]].has_past
        for d in one["delays_min"]
    )
    late = delays[min(len(delays) - 1, int(0.95 * len(delays)))] if delays else 0
    rows = [
        _aim("incidents: right cause first", 0.67, validated["first"]["mean"]),
        _aim("incidents: among the first three", 0.93, validated["in_three"]["mean"]),
        _aim("incidents: F1 of the set", 0.55, validated["f1"]["mean"]),
        _aim(
            f"webinars from {_LARGE:,} people: precision",
            0.98,
            findings["right"] / max(1, findings["findings"]),
            f"{findings['findings']} findings",
        ),
        _aim(
            f"webinars from {_LARGE:,} people, strong faults: recall",
            0.95,
            found["found"] / max(1, found["faults"]),
            f"{found['faults']} faults",
        ),
        [
            "false findings in calm hours",
            "0 in 100",
            f"{calm['findings']} in {calm['hours']:.0f}",
            _verdict(met=not calm["findings"] and calm["hours"] >= 100),
        ],
        [
            "first bad minute's publication to the finding, p95",
            "4 min",
            f"{late} min ({len(delays)} faults)",
            _verdict(met=late <= 4),
        ],
    ]
    return f"""## Aims

{table(["what", "aim", "measured", ""], rows)}
"""


def _aim(what: str, aim: float, value: float, base: str = "") -> list[str]:
    told = f"{value:.3f}" + (f" ({base})" if base else "")
    return [what, f"{aim:.2f}", told, _verdict(met=value >= aim)]


def _verdict(*, met: bool) -> str:
    return "met" if met else "not shown"


def _incidents(one: Figures) -> str:
    validated = one["cross_validated"]
    rows = [
        [
            {
                "first": "ranking: right first",
                "in_three": "ranking: in the first three",
                "precision": "set: precision",
                "recall": "set: recall",
                "f1": "set: F1",
            }[name],
            "{:.3f} ({:.2f} to {:.2f})".format(
                *(validated[name][k] for k in ("mean", "from", "to"))
            ),
            f"{one[name]:.3f}",
        ]
        for name in ("first", "in_three", "precision", "recall", "f1")
    ]
    rankings = [
        [name, f"{r['first']:.3f}", f"{r['in_three']:.3f}"]
        for name, r in one["rankings"].items()
    ]
    sets = [
        [name, *(f"{s[k]:.3f}" for k in ("precision", "recall", "f1"))]
        for name, s in one["settings"].items()
    ]
    return f"""## Labelled incidents

{one["cases"]} incidents of the RobustSpot set: one minute of a live-stream service, bad
viewers by content network, bitrate, device, provider, with the operators' own cause.
*Ranking* always answers; the *set* is what the scan lists, with admission, acceptance and
peeling, as on webinars.

{table(["figure", "settings chosen on one half, reported on the other", "all cases"], rows)}

The middle column is the mean of {SPLITS} splits, with the middle 90 % in brackets. It is
honest about the settings, not about the idea: that a more general group is preferred if it
is bad beyond its part was found while looking at these very {one["cases"]} cases. The
right column chooses and reports on the same cases and is optimistic.

{table(["ranking", "right first", "in the first three"], rankings)}

{table(["set", "precision", "recall", "F1"], sets)}

Published for all 135 incidents of that set; the first three are the method that ours
follows, the others what one public implementation gives by its defaults:

{table(["method", "figures"], PUBLISHED)}
"""


def _webinars(
    summary: Figures, complete: Sequence[Figures], tuning: Sequence[Figures]
) -> str:
    meanings = [[name, cell.meaning] for name, cell in CELLS.items()]
    return f"""## Simulated webinars, complete data

Everybody's every minute, a minute late: a room small enough to be asked whole, or Zoom's
pushed events. Each webinar lasts an hour and begins with a seed of its own.

{table(["kind", "what happens"], meanings)}

A finding is *right* if it names a fault's cause (or its scope among those it cannot tell
apart), overlaps it in time, and three in five of those it calls affected are the fault's.
A fault is asked for if it hits five people for four minutes each on average.

Reporting seeds, from {summary["first_reporting_seed"]} on; none of them was looked at
while method and thresholds were settled. *live* is as findings are told minute by minute,
*after* is the whole session once more.

{_cells(complete)}

Found by cause, live:

{_by_cause(complete)}
{_named("False findings", complete, "false")}
{_named("Faults that were missed", complete, "missed")}
Tuning seeds (below {summary["first_reporting_seed"]}), on which thresholds were settled;
they show no more than that the two do not differ much:

{_cells(tuning)}
"""


def _cells(cells: Sequence[Figures]) -> str:
    head = ["people", "kind", "told", "webinars", "faults", "precision", "recall"]
    head += ["exact scope", "false an hour", "delay, median and p95"]
    rows = []
    for one in cells:
        delay = "-"
        if one["delay_min_p95"] is not None:
            delay = f"{one['delay_min_median']:.0f} and {one['delay_min_p95']:.0f} min"
        exact = one["exact_scope"]
        rows.append(
            [
                f"{one['people']:,}",
                one["cell"],
                {"live": "live", "final": "after"}[one["part"]],
                str(one["webinars"]),
                str(one["faults"]),
                _share(one["right"], one["findings"], one["precision_interval"]),
                _share(one["found"], one["faults"], one["recall_interval"]),
                "-" if exact is None else f"{exact:.2f}",
                f"{one['false_per_hour']:.2f}",
                delay,
            ]
        )
    return table(head, rows)


def _by_cause(cells: Sequence[Figures]) -> str:
    counts: dict[str, list[int]] = {}
    for one in cells:
        if one["part"] == "live":
            for cause, (found, asked) in one["recall_by_cause"].items():
                total = counts.setdefault(cause, [0, 0])
                total[0] += found
                total[1] += asked
    rows = [[cause, str(found), str(asked)] for cause, (found, asked) in counts.items()]
    return table(["cause", "found", "asked for"], sorted(rows))


def _named(title: str, cells: Sequence[Figures], which: str) -> str:
    told = [
        (one["people"], one["cell"], what)
        for one in cells
        if one["part"] == "live"
        for what in one[which]
    ]
    lines = [
        f"- {people:,} people, {cell}, seed {what['seed']}: {what['cause']}"
        f" {_scope(what['scope'])}, {what.get('hit', what.get('affected'))} people"
        for people, cell, what in told[:_SHOWN]
    ]
    more = len(told) - len(lines)
    if more > 0:
        lines.append(f"- and {more} more")
    return f"\n{title}, live: {len(told)}.\n\n" + "".join(f"{x}\n" for x in lines)


def _scope(scope: Mapping[str, str]) -> str:
    shown = (f"{k} {v}" for k, v in scope.items() if k not in {"address", "place"})
    return ", ".join(shown)


def _collected(cells: Sequence[Figures]) -> str:
    return f"""## Simulated webinars, as a collector gets them

The same, but the diagnosis gets what the real planner's calls bring with half of a
Business account's day: everyone each minute where that fits, else presenters each minute,
a stratified random draw, suspects in rotation, now and then a walk over everybody; and
Zoom's words of everybody, a minute late and now and then a band off. Live answers hold
the last minute only (the worse of what Zoom may do). One call is never lost and never
slow, which real calls are.

{_cells(cells) if cells else "No such webinar is on record."}
{_named("False findings", cells, "false")}
{_named("Faults that were missed", cells, "missed")}"""


def _participants(causes: Mapping[str, Mapping[str, int]]) -> str:
    names = sorted({n for row in causes.values() for n in row} - {"fine", "nothing"})
    names += ["nothing", "fine"]
    head = ["true cause", "minutes", *(name.replace("_", " ") for name in names)]
    rows = []
    for true, row in sorted(causes.items()):
        total = sum(row.values())
        shares = [100 * row.get(name, 0) / total for name in names]
        rows.append(
            [
                true.replace("_", " "),
                f"{total:,}",
                *("" if s < 0.05 else f"{s:.1f}" for s in shares),
            ]
        )
    return f"""## Single participants' causes

Every participant-minute of the complete webinars (reporting seeds, all kinds), after the
event: the true cause in rows, what was told in columns, percent of the row. *fine* means
that no cause was told because the minute was not bad; mild trouble of one's own is mostly
that. *nothing* is a bad minute without a cause. Minutes in which a fault is over and
its trace still in the samples are left out.

{table(head, rows)}
"""


def _speed(speed: Figures) -> str:
    rows = [
        [
            what,
            f"{one['people']:,}",
            f"{one['passed_ms']:,.0f} ms",
            f"{one['processor_ms']:,.0f} ms",
            f"{one['peak_mb']:,.0f} MB",
        ]
        for what, costs in (
            ("a live minute", speed["windows"]),
            ("a whole hour", speed["wholes"]),
        )
        for one in costs
    ]
    return f"""## What it costs

Measured in one run on {speed["processors"]} processors, at a load of {speed["load"]:.1f}
by other programs before it began. Processor time is that of all threads together; the
peak is the whole process, the benchmark's own data counted in. Aims: a live minute of
10,000 people in 50 ms, of 100,000 in 500 ms and 1 GB; an hour of 10,000 in 5 s.

{table(["what", "people", "passed", "processor time", "peak memory"], rows)}

![Processor time of a live minute by number of people](accuracy/cost.svg)
"""


_TAIL: Final = """\
## What it was not tested on

- Real Zoom data, of any kind; real words of quality; real live answers.
- Faults of kinds that the simulator does not know, faults that come and go, and more than
  two at once.
- Several presenters who speak at once, meetings (everybody may speak), sessions of
  several hours, sessions in which many rejoin.
- Accounts where names, addresses or locations are blank for most people.
- Rooms below 200 and above 10,000 people, except for speed.
- Live answers that are late, lost or refused (those are tested with the collector, not
  with the diagnosis behind it).

Made anew with `make bench-causes`, which takes hours of processor time; each webinar is a
line in a file, so that it can be made in pieces.
"""
