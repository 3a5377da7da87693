"""One person's bad minute is explained by the first rule that holds."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from backrow.diagnose.causes.person import EVIDENCE, Shared, explain
from backrow.diagnose.frames import CAUSES
from backrow.diagnose.room import Room, minute_number
from backrow.diagnose.score import scored
from tests.diagnose.minutes import LOSSY, at, people, room

LAST = 6
COUNT = 6


def filled(
    now: dict[str, Any], network: str, before: dict[str, Any] | None = None
) -> Room:
    """Return a room in whose last minute person 1 has the values `now`."""
    rows = room(
        COUNT,
        LAST + 1,
        lambda p, m: (now if m == LAST else before or {}) if p == 1 else {},
    )
    who = people(COUNT, network_type=lambda p: network if p == 1 else "Wired")
    found = Room()
    found.set_people(who)
    found.add(scored(pl.concat(rows), who).collect())
    return found


def cause_of(found: Room, *shared: Shared) -> str | None:
    told = explain(found, minute_number(at(LAST)), shared)
    assert (np.delete(told.causes, 1) == -1).all()
    code = int(told.causes[1])
    return CAUSES[code] if code >= 0 else None


def received(**values: float) -> dict[str, float]:
    return {
        f"{medium}_received_{name}": value
        for name, value in values.items()
        for medium in ("audio", "video")
    }


LOW = {"video_received_bitrate_kbps": 200.0, "video_received_height_px": 180}


@pytest.mark.parametrize(
    ("network", "now", "cause"),
    [
        ("Wifi", {}, None),
        ("Wifi", {**LOSSY, "wifi_avg_rssi_dbm": -80.0}, "own_wifi"),
        ("Wifi", received(jitter_ms=85.0), "own_wifi"),
        ("Wifi", LOSSY, "own_wifi"),
        ("Cellular", LOSSY, "own_cellular"),
        ("Others", received(latency_ms=400.0, jitter_ms=85.0), "own_cellular"),
        ("Wired", {**received(latency_ms=200.0), **LOW}, "own_bandwidth"),
        ("Wired", LOSSY, "own_bandwidth"),
        ("Others", LOSSY, "unknown"),
        (
            "Wifi",
            {"video_received_frame_rate_fps": 5.0, "system_max_cpu_pct": 99.0},
            "own_device",
        ),
    ],
)
def test_own_causes(network: str, now: dict[str, Any], cause: str | None) -> None:
    assert cause_of(filled(now, network)) == cause


def test_steady_latency_without_loss_is_a_distant_data_center() -> None:
    far = received(latency_ms=260.0)
    assert cause_of(filled(far, "Wired", before=far)) == "distant_data_center"
    assert cause_of(filled(far, "Wired")) is None


def members(*places: int) -> np.ndarray:
    return np.isin(np.arange(COUNT), places)


def test_shared_cause_explains_before_the_own() -> None:
    office = Shared(cause="shared_network", members=members(1, 2))
    found = filled(LOSSY, "Wifi")
    assert cause_of(found, office) == "shared_network"
    told = explain(found, minute_number(at(LAST)), [office])
    held = [name for i, name in enumerate(EVIDENCE) if told.evidence[1] >> i & 1]
    assert held[0] == "shared"
    assert len(held) > 1


def test_own_bad_line_explains_before_the_stage() -> None:
    stage = Shared(cause="presenter_network", members=members(1), stage=True)
    assert cause_of(filled(LOSSY, "Wifi"), stage) == "own_wifi"
    assert cause_of(filled({}, "Wifi"), stage) == "presenter_network"


def test_minute_without_data_has_no_cause() -> None:
    told = explain(filled({}, "Wifi"), 5, [])
    assert (told.causes == -1).all()
