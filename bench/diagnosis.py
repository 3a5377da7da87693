"""What a diagnosis costs: a live window, and a whole session, by number of people.

    python -m bench.diagnosis [--people 1000 10000 100000] [--whole 10000]
                              [--json FILE] [--plot FILE]

A room of invented people with ordinary noise and one office in trouble is played
until its past is long enough; then observing and judging a minute is timed, the
middle of seven. The whole session is one call of `diagnose` over an hour. Beside the
time that passed stands the processor time of all threads, which other programs on the
machine disturb less. `--plot` writes the cost against the number of people as SVG.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np
import polars as pl

from backrow.diagnose.hindsight import diagnose
from backrow.diagnose.live import Tracker
from backrow.qos.vocabulary import METRICS

START: Final = datetime(2026, 11, 23, 10, tzinfo=UTC)
WARM_UP: Final = 24
TIMED: Final = 7
FAULT_FROM: Final = 22
NUMBERS: Final = {m.name: pl.Float64 for m in METRICS if m.unit not in {"px", "text"}}


def people_of(count: int) -> pl.DataFrame:
    """Return invented people."""
    draw = np.random.default_rng(1)

    def words(name: str, of: int) -> list[str]:
        return [f"{name} {i}" for i in draw.integers(0, of, count)]

    site = [f"Office {i}" if i < 10 else "" for i in draw.integers(0, 30, count)]
    return pl.DataFrame(
        {
            "participant": [str(i) for i in range(count)],
            "role": ["host", "panelist", *["attendee"] * (count - 2)],
            "site": site,
            "isp": words("Provider", 40),
            "network": words("198.51.100", max(10, count // 60)),
            "location": words("Town", 60),
            "data_center": words("Center", 8),
            "version": words("6.6", 8),
            "os": words("System", 5),
            "network_type": draw.choice(
                ["Wired", "Wifi", "Cellular"], count, p=[0.25, 0.6, 0.15]
            ).tolist(),
        }
    )


def minutes_of(people: pl.DataFrame, count: int) -> Iterator[pl.DataFrame]:
    """Yield invented minutes."""
    draw = np.random.default_rng(2)
    size = len(people)
    office = (people["site"] == "Office 3").to_numpy()
    for number in range(count):
        bad = draw.random(size) < np.where(office & (number >= FAULT_FROM), 0.8, 0.02)
        yield _minute(people, number, bad, draw)


def _minute(
    people: pl.DataFrame, number: int, bad: np.ndarray, draw: np.random.Generator
) -> pl.DataFrame:
    size = len(people)
    loss = np.where(bad, 12.0, 0.1) * draw.uniform(0.5, 1.5, size)
    columns: dict[str, object] = {}
    for medium, kbps in (("audio", 40.0), ("video", 900.0), ("share", 60.0)):
        received = f"{medium}_received"
        columns[f"{received}_bitrate_kbps"] = draw.normal(kbps, kbps / 10, size)
        columns[f"{received}_latency_ms"] = draw.uniform(10, 80, size)
        columns[f"{received}_jitter_ms"] = draw.exponential(4, size)
        columns[f"{received}_avg_loss_pct"] = loss
        columns[f"{received}_max_loss_pct"] = 2 * loss
        if medium != "audio":
            columns[f"{received}_frame_rate_fps"] = draw.uniform(20, 26, size)
    columns |= {name: None for name in NUMBERS if name not in columns}
    frame = pl.DataFrame(columns, schema_overrides=NUMBERS).with_columns(
        people["participant"],
        pl.lit("s").alias("session_uuid"),
        pl.lit(START + timedelta(minutes=number))
        .cast(pl.Datetime("us", "UTC"))
        .alias("minute"),
        pl.lit("census").alias("picked"),
        pl.Series("system_max_cpu_pct", draw.uniform(10, 70, size)),
        pl.lit(720, dtype=pl.Int32).alias("video_received_height_px"),
        pl.lit(1280, dtype=pl.Int32).alias("video_received_width_px"),
        pl.lit(1080, dtype=pl.Int32).alias("share_received_height_px"),
    )
    on_stage = pl.col("participant") == "0"
    return frame.with_columns(
        pl.when(on_stage).then(40.0).alias("audio_sent_bitrate_kbps"),
        pl.when(on_stage).then(0.1).alias("audio_sent_avg_loss_pct"),
        pl.when(on_stage).then(24.0).alias("video_sent_frame_rate_fps"),
    )


@dataclass(frozen=True, slots=True)
class Cost:
    """What something cost."""

    people: int
    passed_ms: float
    processor_ms: float
    findings: int
    peak_mb: float
    """Of the process so far, what the benchmark itself holds counted in."""


def window(count: int) -> Cost:
    """Return what a live minute costs, the middle of several."""
    people = people_of(count)
    tracker, passed, spent = Tracker("s"), [], []
    for number, frame in enumerate(minutes_of(people, WARM_UP + TIMED)):
        begin = time.perf_counter(), time.process_time()
        tracker.observe(frame, people)
        tracker.judge(START + timedelta(minutes=number))
        if number >= WARM_UP:
            passed.append(time.perf_counter() - begin[0])
            spent.append(time.process_time() - begin[1])
    return _cost(count, median(passed), median(spent), len(tracker.findings))


def whole(count: int, minutes: int = 60) -> Cost:
    """Return what a whole session costs."""
    people = people_of(count)
    frame = pl.concat(list(minutes_of(people, minutes)))
    begin = time.perf_counter(), time.process_time()
    found = diagnose(frame, people)
    passed, spent = time.perf_counter() - begin[0], time.process_time() - begin[1]
    return _cost(count, passed, spent, len(found.findings))


def _cost(people: int, passed: float, spent: float, findings: int) -> Cost:
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(people, 1000 * passed, 1000 * spent, findings, peak_mb)


def plot(points: Sequence[tuple[int, float]]) -> str:
    """Return the cost against the number of people as SVG, both logarithmic."""
    width, height, edge = 520, 300, 50
    xs, ys = (np.log10(side) for side in zip(*points, strict=True))
    top = float(np.ceil(ys.max()))

    def place(x: float, y: float) -> tuple[float, float]:
        right = (x - xs.min()) / max(1e-9, xs.max() - xs.min())
        return edge + right * (width - 2 * edge), height - edge - y / top * (
            height - 2 * edge
        )

    dots = [place(x, y) for x, y in zip(xs, ys, strict=True)]
    marks = "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4"/>'
        f'<text x="{x:.0f}" y="{y - 10:.0f}" text-anchor="middle">{ms:.0f} ms</text>'
        f'<text x="{x:.0f}" y="{height - 25}" text-anchor="middle">{count:,}</text>'
        for (x, y), (count, ms) in zip(dots, points, strict=True)
    )
    line = " ".join(f"{x:.0f},{y:.0f}" for x, y in dots)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">'
        f'<polyline points="{line}" fill="none" stroke="currentColor"/>{marks}'
        f'<text x="{width / 2}" y="{height - 6}" text-anchor="middle">people</text>'
        f'<text x="{edge}" y="20">a live minute, both axes logarithmic</text></svg>\n'
    )


def main() -> None:
    """Print what a diagnosis costs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--people", type=int, nargs="*", default=[1000, 10_000, 100_000]
    )
    parser.add_argument("--whole", type=int, nargs="*", default=[10_000])
    parser.add_argument("--json", type=Path, help="where to write the figures")
    parser.add_argument("--plot", type=Path, help="where to write the plot")
    given = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"load of the machine before: {load:.1f} on {os.cpu_count()} processors")
    print("live minute   (aim: 50 ms of 10,000; 500 ms and 1 GB of 100,000)")
    windows = [_shown(window(count)) for count in given.people]
    print("whole session of 60 minutes   (aim: 5 s of 10,000)")
    wholes = [_shown(whole(count)) for count in given.whole]
    if given.json:
        told: Mapping[str, object] = {
            "load": load,
            "processors": os.cpu_count(),
            "windows": [asdict(one) for one in windows],
            "wholes": [asdict(one) for one in wholes],
        }
        given.json.write_text(json.dumps(told, indent=2), "utf-8")
    if given.plot and windows:
        points = [(one.people, one.passed_ms) for one in windows]
        given.plot.write_text(plot(points), "utf-8")


def _shown(one: Cost) -> Cost:
    print(
        f"  {one.people:>8,} people  {one.passed_ms:8,.1f} ms passed"
        f"  {one.processor_ms:8,.1f} ms of processors  {one.findings} finding(s)"
        f"  peak {one.peak_mb:,.0f} MB",
        flush=True,
    )
    return one


if __name__ == "__main__":
    main()
