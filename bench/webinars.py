"""How often a simulated webinar's faults are found, how soon, and how much else.

    python -m bench.webinars [--people 500 2000] [--seeds 10] [--first-seed 1000]
                             [--minutes 60] [--cells strong calm] [--sampled] [--json]

Each cell is a kind of webinar (`CELLS`): strong and weak faults, two at once, faults of
the stage, faults that are there from the first minute, none at all, and noisy ones. Each
webinar is played whole and told to a `Tracker` minute by minute. A finding is *right* if
its cause is that of a fault (or it names the fault's scope among those it cannot tell
apart), both overlap in time, and three in five of those it calls affected are the
fault's. A fault is *found* if a finding is right about it.

Seeds below 1000 were used while the thresholds were settled, 1000 and above for
reporting; the default reports. With `--sampled` the tracker gets what a collector of a
large webinar gets: presenters each minute, a random 48 of the others, and everybody's
words of quality, a minute late.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Any, Final

import numpy as np
import polars as pl

from backrow.diagnose.causes.scan import wilson
from backrow.diagnose.live import Tracker
from backrow.diagnose.verdict import Finding
from backrow.qos.vocabulary import METRICS
from backrow.simulate.scenario import read_scenario
from backrow.simulate.world import World

REPORTING_SEED: Final = 1000
SAMPLED_PEOPLE: Final = 48
_FAULT: Final = """
[[sessions.faults]]
kind = "{kind}"
at_min = {at}
length_min = {length}
severity = {severity}
where = {{ {where} }}
{more}
"""
_GROUPS: Final = (
    ("data_center", 'data_center = "Germany"'),
    ("data_center", 'data_center = "United States"'),
    ("isp", 'isp = "Alder Fibre FR"'),
    ("isp", 'isp = "Cedar Cable US"'),
    ("isp", 'isp = "Birch Broadband GB"'),
    ("office", 'site = "Paris office"'),
    ("office", 'site = "Lyon office"'),
    ("office", 'site = "Chicago office"'),
    ("place", 'place = "London"'),
    ("place", 'place = "New York"'),
    ("version", 'version = "6.5.12.15960"'),
    ("version", 'version = "6.6.3.18821"'),
)
_STAGE: Final = (
    ("presenter_uplink", 'person = "speaker"'),
    ("presenter_cpu", 'person = "speaker"'),
    ("zoom_core", ""),
)
_OWN: Final = ("own_wifi", "own_device", "own_cellular", "own_line")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A kind of webinar."""

    faults: int = 1
    of: tuple[tuple[str, str], ...] = _GROUPS
    severity: float = 1.0
    share: float | None = None
    """Share of its group that a fault hits; None: as usual for its kind."""
    from_start: bool = False
    noise: str = ""
    own: bool = False
    """Whether single people have faults of their own, too."""


CELLS: Final[Mapping[str, Cell]] = {
    "calm": Cell(faults=0),
    "calm, noisy": Cell(
        faults=0, noise="[noise]\nisp_spread = 0.8\nperson_spread = 1.0\n"
    ),
    "strong": Cell(),
    "weak": Cell(severity=0.6, share=0.3),
    "two at once": Cell(faults=2),
    "stage": Cell(of=_STAGE),
    "from the start": Cell(from_start=True),
    "strong, noisy": Cell(noise="[noise]\nisp_spread = 0.8\nperson_spread = 1.0\n"),
    "own": Cell(faults=0, own=True),
}


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a cell came to."""

    webinars: int = 0
    hours: float = 0.0
    faults: int = 0
    too_small: int = 0
    """Faults beside these that hit too few people, or too briefly, to be asked for."""
    found: int = 0
    exact: int = 0
    """Found with the very scope, or with it among those that cannot be told apart."""
    findings: int = 0
    right: int = 0
    delays_min: list[int] = field(default_factory=list)
    by_cause: dict[str, list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0, 0])
    )
    false: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    minutes: dict[str, dict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    """Participant-minutes by true and by told cause."""

    def figures(self) -> dict[str, Any]:
        """Return them ready for JSON."""
        low, high = wilson(self.right, self.findings)
        return {
            "webinars": self.webinars,
            "hours": round(self.hours, 1),
            "faults": self.faults,
            "too_small": self.too_small,
            "recall": _ratio(self.found, self.faults),
            "recall_interval": wilson(self.found, self.faults),
            "exact_scope": _ratio(self.exact, self.faults),
            "findings": self.findings,
            "precision": _ratio(self.right, self.findings),
            "precision_interval": (low, high),
            "false_per_hour": (self.findings - self.right) / max(self.hours, 1e-9),
            "delay_min_median": _quantile(self.delays_min, 0.5),
            "delay_min_p95": _quantile(self.delays_min, 0.95),
            "recall_by_cause": {
                cause: f"{found}/{asked}"
                for cause, (found, asked) in sorted(self.by_cause.items())
            },
            "false": self.false[:20],
            "missed": self.missed[:20],
            "minutes": {true: dict(told) for true, told in self.minutes.items()},
        }


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _quantile(values: Sequence[int], share: float) -> float | None:
    return float(np.quantile(values, share)) if values else None


def scenario(cell: Cell, *, seed: int, people: int, minutes: int) -> str:
    """Return a webinar of a cell as TOML."""
    draw = random.Random(seed)
    faults = []
    for kind, where in draw.sample(cell.of, cell.faults):
        at = 0 if cell.from_start else draw.randrange(22, max(23, minutes - 20))
        share = f"share = {cell.share}" if cell.share and kind != "version" else ""
        faults.append(
            _FAULT.format(
                kind=kind,
                where=where,
                at=at,
                length=minutes if cell.from_start else draw.randrange(8, 16),
                severity=cell.severity,
                more=share,
            )
        )
    if cell.own:
        faults += [
            _FAULT.format(
                kind=kind,
                where="",
                at=draw.randrange(5, minutes - 15),
                length=10,
                severity=1.0,
                more=f"people = {max(2, people // 100)}",
            )
            for kind in _OWN
        ]
    head = f'seed = {seed}\n{cell.noise}[[sessions]]\nnumber = "91234567890"\n'
    return f"{head}attendees = {people}\nlength_min = {minutes}\n" + "".join(faults)


def people_of(world: World, session_uuid: str) -> pl.DataFrame:
    """Return the people frame, as a lake with a site list and an ASN file has it."""
    named = [(ip_network(one.prefix), one) for one in world.networks()]
    rows = []
    for person in world.people(session_uuid):
        network = site = isp = ""
        if person.ip_address:
            address = ip_address(person.ip_address)
            length = 24 if address.version == 4 else 48
            network = str(ip_network((address, length), strict=False))
            known = next((one for net, one in named if address in net), None)
            site, isp = (known.site, known.isp) if known else ("", "")
        rows.append(
            {
                "participant": person.user_id,
                "role": person.role,
                "user_name": person.user_name,
                "site": site,
                "isp": isp,
                "network": network,
                "location": person.location,
                "data_center": person.data_center,
                "version": person.version,
                "os": person.os,
                "device": person.device,
                "network_type": person.network_type,
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def minutes_of(
    world: World, session_uuid: str, *, picked: str = "census"
) -> Iterator[tuple[datetime, pl.DataFrame]]:
    """Yield each minute of everybody."""
    play = world.play(session_uuid)
    names = np.array(world.participants(session_uuid))
    for number, columns in enumerate(world.stream(session_uuid)):
        at = play.minute_at(number)
        yield at, _frame(columns, names, session_uuid, at, picked)


def _frame(
    columns: Mapping[str, Any],
    names: np.ndarray,
    session_uuid: str,
    at: datetime,
    picked: str,
) -> pl.DataFrame:
    whole = [m.name for m in METRICS if m.unit == "px"]
    numbers = [m.name for m in METRICS if m.unit not in {"level", "text"}]
    frame = pl.DataFrame(
        {
            "participant": names[columns["stay"]],
            **{n: columns[n].astype(np.float64) for n in numbers if n in columns},
        }
    )
    return frame.with_columns(
        pl.lit(session_uuid).alias("session_uuid"),
        pl.lit(at).cast(pl.Datetime("us", "UTC")).alias("minute"),
        pl.lit(picked).alias("picked"),
        pl.col(pl.Float64).fill_nan(None),
    ).with_columns(pl.col(whole).cast(pl.Int32))


def play(cell: Cell, *, seed: int, people: int, minutes: int, sampled: bool) -> Tally:
    """Return what one webinar came to."""
    text = scenario(cell, seed=seed, people=people, minutes=minutes)
    world = World(read_scenario(text))
    uuid = world.sessions()[0].uuid
    everybody = people_of(world, uuid)
    tracker, told, causes = Tracker(uuid), [], []
    draw = random.Random(seed)
    for at, frame in minutes_of(world, uuid):
        seen, roster = frame, None
        if sampled:
            seen, roster = _sampled(world, uuid, frame, everybody, at, draw)
        tracker.observe(seen, everybody, roster)
        told += [(at, finding) for finding in tracker.judge(at)]
        if cell.own:
            causes.append(tracker.causes(at))
    tally = _judged(world.truth()["sessions"][0], tracker.findings, told)
    tally.hours = minutes / 60
    if cell.own:
        _confuse(tally, world, uuid, pl.concat(causes))
    return tally


def _sampled(
    world: World,
    session_uuid: str,
    frame: pl.DataFrame,
    everybody: pl.DataFrame,
    at: datetime,
    draw: random.Random,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what a collector of a large webinar gets of a minute."""
    stage = everybody.filter(pl.col("role") != "attendee")["participant"]
    others = [p for p in frame["participant"].to_list() if p not in set(stage)]
    chosen = draw.sample(others, min(SAMPLED_PEOPLE, len(others)))
    asked = [*stage.to_list(), *chosen]
    seen = frame.filter(pl.col("participant").is_in(asked)).with_columns(
        pl.lit("random").alias("picked")
    )
    there = frame["participant"].to_list()
    words = world.words(session_uuid, there, at=at)
    roster = pl.DataFrame(
        {
            "participant": there,
            "minute": frame["minute"],
            "audio_quality": [words[p][0] for p in there],
            "video_quality": [words[p][1] for p in there],
            "screen_share_quality": [words[p][2] for p in there],
        }
    )
    return seen, roster


def _judged(
    truth: Mapping[str, Any],
    findings: Sequence[Finding],
    told: Sequence[tuple[datetime, Finding]],
) -> Tally:
    tally = Tally(webinars=1)
    shared = [f for f in truth["faults"] if not f["kind"].startswith("own_")]
    asked = [fault for fault in shared if _can_be_found(fault)]
    tally.faults, tally.findings = len(asked), len(findings)
    tally.too_small = len(shared) - len(asked)
    first: dict[str, datetime] = {}
    for at, finding in told:
        first.setdefault(finding.id, at)
    for finding in findings:
        if any(_is_right(finding, fault) for fault in shared):
            tally.right += 1
        else:
            tally.false.append(f"{finding.cause} {dict(finding.scope)}")
    for fault in asked:
        hits = [f for f in findings if _is_right(f, fault)]
        tally.by_cause[fault["cause"]][0] += bool(hits)
        tally.by_cause[fault["cause"]][1] += 1
        if not hits:
            tally.missed.append(f"{fault['cause']} {fault['scope']} {fault['hit']} hit")
            continue
        tally.found += 1
        tally.exact += any(_is_exact(f, fault) for f in hits)
        begin = datetime.fromisoformat(fault["begin"])
        delay = min(first[f.id] for f in hits) - begin
        tally.delays_min.append(int(delay.total_seconds() // 60))
    return tally


def _can_be_found(fault: Mapping[str, Any]) -> bool:
    """Return whether a fault is worth a finding at all.

    It must hit five people, and those for four minutes each on average: a presenter
    who falls silent a minute after the fault begins harms nobody.
    """
    people = len(fault["members"])
    return people >= 5 and fault["participant_minutes"] >= 4 * people


def _is_right(finding: Finding, fault: Mapping[str, Any]) -> bool:
    begin, end = (datetime.fromisoformat(fault[k]) for k in ("begin", "end"))
    if finding.begin >= end or (finding.end is not None and finding.end <= begin):
        return False
    if finding.cause != fault["cause"] and not _is_exact(finding, fault):
        return False
    if finding.cause.startswith("presenter"):
        return finding.scope.get("participant") in fault["source"]
    members = set(fault["members"])
    ours = sum(one in members for one in finding.participants)
    return ours >= 0.6 * len(finding.participants)


def _is_exact(finding: Finding, fault: Mapping[str, Any]) -> bool:
    scopes = [dict(finding.scope), *map(dict, finding.indistinguishable)]
    wanted = {
        (k, v) for k, v in fault["scope"].items() if k not in {"address", "place"}
    }
    if not wanted:
        return bool(finding.cause == fault["cause"])
    networks = set(fault.get("networks", ()))
    return (
        any(
            len(scope) == 1
            and (set(scope.items()) & wanted or scope.get("network") in networks)
            for scope in scopes
        )
        or finding.scope.get("participant") in fault["source"]
    )


def _confuse(
    tally: Tally, world: World, session_uuid: str, causes: pl.DataFrame
) -> None:
    """Count participant-minutes by true and told cause."""
    true = pl.DataFrame(dict(world.truth_columns(session_uuid))).select(
        pl.col("participant").cast(pl.String),
        pl.col("minute").dt.replace_time_zone("UTC"),
        pl.col("cause").cast(pl.String).alias("true"),
        "recovering",
    )
    both = true.filter(~pl.col("recovering")).join(
        causes.select("participant", "minute", "cause"),
        on=["participant", "minute"],
        how="left",
    )
    counts = both.group_by("true", pl.col("cause").fill_null("")).len()
    for one, told, count in counts.iter_rows():
        tally.minutes[one or "nothing"][told or "nothing"] += count


def added(tallies: Sequence[Tally]) -> Tally:
    """Return the sum of tallies."""
    total = Tally()
    for one in tallies:
        for name in (
            "webinars",
            "hours",
            "faults",
            "found",
            "exact",
            "findings",
            "right",
        ):
            setattr(total, name, getattr(total, name) + getattr(one, name))
        total.delays_min += one.delays_min
        total.false += one.false
        total.missed += one.missed
        for cause, (found, asked) in one.by_cause.items():
            total.by_cause[cause][0] += found
            total.by_cause[cause][1] += asked
        for true, told in one.minutes.items():
            for cause, count in told.items():
                total.minutes[true][cause] += count
    return total


def _line(people: int, name: str, one: Mapping[str, Any]) -> str:
    def share(value: float | None) -> str:
        return "   -" if value is None else f"{value:4.2f}"

    delay = one["delay_min_p95"]
    return (
        f"{people:>7,} {name:16} {one['webinars']:>4} webinars"
        f"  precision {share(one['precision'])}  recall {share(one['recall'])}"
        f"  exact {share(one['exact_scope'])}"
        f"  false/h {one['false_per_hour']:5.3f}"
        f"  p95 delay {'-' if delay is None else f'{delay:.0f} min'}"
    )


def main() -> None:
    """Print the figures of every cell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, nargs="*", default=[500, 2000])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=REPORTING_SEED)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--cells", nargs="*", default=list(CELLS), choices=list(CELLS))
    parser.add_argument("--sampled", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    use = "reporting" if given.first_seed >= REPORTING_SEED else "tuning"
    results: dict[str, Any] = {"seeds": use, "sampled": given.sampled, "cells": []}
    for people in given.people:
        for name in given.cells:
            seeds = range(given.first_seed, given.first_seed + given.seeds)
            tally = added(
                [
                    play(
                        CELLS[name],
                        seed=seed,
                        people=people,
                        minutes=given.minutes,
                        sampled=given.sampled,
                    )
                    for seed in seeds
                ]
            )
            figures = tally.figures()
            results["cells"].append({"people": people, "cell": name, **figures})
            if not given.json:
                print(_line(people, name, figures), flush=True)
    if given.json:
        print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
