"""Trouble of the stage is told by the stage's own streams."""

from typing import Any

import numpy as np
import pytest

from backrow.diagnose.causes.groups import Coded, cuboids_of
from backrow.diagnose.causes.scan import Counts
from backrow.diagnose.causes.slices import SENT, Slice
from backrow.diagnose.causes.source import degraded, everywhere, on_stage, usual_of
from backrow.diagnose.thresholds import CauseLimits, ScanLimits

USUAL = {"frame_rate_fps": 24.0, "bitrate_kbps": 1200.0, "latency_ms": 40.0}
GOOD = {
    "audio_kbps": 40.0,
    "loss_pct": 0.2,
    "max_loss_pct": 1.0,
    "latency_ms": 40.0,
    "bitrate_kbps": 1200.0,
    "frame_rate_fps": 24.0,
    "system_max_cpu_pct": 60.0,
}


def values(**changes: Any) -> np.ndarray:
    known = {**GOOD, **changes}
    return np.array([known.get(name, np.nan) for name in SENT])


def stage(*senders: np.ndarray) -> Slice:
    return Slice(
        received=np.zeros((0, 0)),
        senders=np.arange(len(senders)),
        sent=np.array(senders).reshape(-1, len(SENT)).T,
        words=np.zeros(0, dtype=np.int8),
        present=np.zeros(0, dtype=bool),
    )


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({}, None),
        ({"loss_pct": 6.0}, "presenter_network"),
        ({"max_loss_pct": 25.0}, "presenter_network"),
        ({"bitrate_kbps": 500.0, "loss_pct": 3.0}, "presenter_network"),
        ({"bitrate_kbps": 500.0, "latency_ms": 90.0}, "presenter_network"),
        ({"bitrate_kbps": 500.0}, None),
        ({"latency_ms": 200.0}, None),
        ({"system_max_cpu_pct": 98.0}, None),
        ({"system_max_cpu_pct": 98.0, "frame_rate_fps": 12.0}, "presenter_device"),
        ({"frame_rate_fps": 12.0}, None),
        (
            {"system_max_cpu_pct": 98.0, "frame_rate_fps": 12.0, "loss_pct": 9.0},
            "presenter_network",
        ),
    ],
)
def test_presenter_is_degraded_by_own_metrics(
    changes: dict[str, float], cause: str | None
) -> None:
    sign = degraded(values(**changes), 3, USUAL, CauseLimits())
    assert (None if sign is None else sign.cause) == cause


def test_sign_keeps_its_figures() -> None:
    sign = degraded(
        values(bitrate_kbps=500.0, latency_ms=90.0), 3, USUAL, CauseLimits()
    )
    assert sign is not None
    assert sign.place == 3
    assert sign.values == {"bitrate_kbps": 500.0, "latency_ms": 90.0}
    assert sign.usual == {"bitrate_kbps": 1200.0, "latency_ms": 40.0}


def test_full_machine_without_a_past_is_told_by_few_frames() -> None:
    slow = values(system_max_cpu_pct=98.0, frame_rate_fps=10.0)
    assert degraded(slow, 0, {}, CauseLimits()) is not None
    assert degraded(slow, 0, {"frame_rate_fps": 11.0}, CauseLimits()) is None


def test_stage_is_who_speaks_or_shares() -> None:
    part = stage(
        values(),
        values(audio_kbps=2.0),
        values(audio_kbps=1.0, share_kbps=40.0),
        values(),
    )
    assert on_stage(part, [0, 1, 2], 10.0) == [0, 2]
    assert on_stage(stage(), [0], 10.0) == []


def test_usual_values_are_those_on_stage() -> None:
    speaking = [stage(values(frame_rate_fps=f)) for f in (20.0, 24.0, 26.0)]
    silent = [stage(values(audio_kbps=1.0, frame_rate_fps=12.0))] * 5
    assert usual_of(0, [*silent, *speaking], 10.0)["frame_rate_fps"] == 24.0
    assert usual_of(0, silent, 10.0) == {}
    assert usual_of(7, speaking, 10.0) == {}


def rooms(count: int = 400) -> tuple[Any, np.random.Generator]:
    draw = np.random.default_rng(3)
    coded = {
        name: Coded.of(name, [f"{i}" for i in draw.integers(0, n, count)])
        for name, n in {"data_center": 3, "location": 5, "version": 4}.items()
    }
    return cuboids_of(coded, together=(), members_min=20), draw


def counted(bad: np.ndarray, draw: np.random.Generator) -> Counts:
    ones = np.ones(len(bad))
    past = [(ones, (draw.random(len(bad)) < 0.03).astype(float)) for _ in range(3)]
    return Counts(measured=ones, bad=bad.astype(float), history=past)


def test_trouble_without_a_boundary_is_everywhere() -> None:
    cuboids, draw = rooms()
    assert everywhere(cuboids, counted(draw.random(400) < 0.4, draw), ScanLimits())


def test_trouble_of_one_data_center_is_not_everywhere() -> None:
    cuboids, draw = rooms()
    inside = cuboids[0].members(0)
    bad = inside & (draw.random(400) < 0.9)
    assert not everywhere(cuboids, counted(bad, draw), ScanLimits())


def test_little_trouble_is_nowhere() -> None:
    cuboids, draw = rooms()
    assert not everywhere(cuboids, counted(draw.random(400) < 0.06, draw), ScanLimits())
    assert not everywhere(
        cuboids, counted(np.zeros(400, dtype=bool), draw), ScanLimits()
    )


def test_room_without_groups_cannot_be_told() -> None:
    _, draw = rooms()
    assert not everywhere([], counted(draw.random(400) < 0.5, draw), ScanLimits())
