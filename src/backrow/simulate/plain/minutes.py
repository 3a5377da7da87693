"""The minutes of the plain source: what each guest sends and receives.

Plain on purpose: values wander a little around what is usual, and get worse for
guests in trouble while their trouble lasts. A believable network is another
module's business.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from backrow.qos.people import Session
from backrow.qos.sample import COLUMNS, FIRST_METRIC, INDEX, Row, floor_minute
from backrow.qos.vocabulary import CPU_LEVELS
from backrow.simulate.plain.people import Guest, draws, spread

SHARED: Final = (5, 50)
"""Minutes of a session, from and up to, in which the screen is shared."""
_OFFICE_TROUBLE: Final = (8, 30)
_WIFI_TROUBLE_MINUTES: Final = 12
_MINUTE: Final = timedelta(minutes=1)
_NOTHING: Final = (None,) * (len(COLUMNS) - FIRST_METRIC)
_CPU_LIMITS: Final = (50, 80, 95)
"""System CPU in percent from which the pressure is fair, serious, critical."""


@dataclass(frozen=True, slots=True)
class Air:
    """How a guest's connection is in one minute."""

    rtt_ms: float
    jitter_ms: float
    loss_pct: float
    rate: float
    """Share of the usual bitrate and frame rate that gets through."""
    rssi_dbm: int


def first_minute(guest: Guest) -> datetime:
    """Return the minute in which a guest joined."""
    return floor_minute(guest.joined_at)


def rows_of(
    session: Session, guest: Guest, minute: datetime, *, seed: int
) -> list[Row]:
    """Return a guest's samples of one minute; none if the guest was not there."""
    if not first_minute(guest) <= minute < guest.left_at:
        return []
    rng = draws(seed, session.uuid, guest.person.user_id, minute.isoformat())
    past = int((minute - floor_minute(session.start_at)) / _MINUTE)
    measured = _measured(rng, guest, past, _air(rng, guest, past))
    return list(_rows(session, guest, minute, measured))


def _air(rng: Random, guest: Guest, past: int) -> Air:
    rtt_ms = guest.traits.rtt_ms * (1 + 0.15 * spread(rng))
    jitter_ms = 2 + 0.1 * guest.traits.rtt_ms * (1 + 0.5 * spread(rng))
    loss_pct = max(0.0, 0.1 * spread(rng))
    rssi_dbm = -52 + int(10 * spread(rng))
    if (
        guest.traits.trouble == "office"
        and _OFFICE_TROUBLE[0] <= past < _OFFICE_TROUBLE[1]
    ):
        return Air(
            rtt_ms + 90 + 40 * rng.random(),
            jitter_ms * 3,
            3 + 6 * rng.random(),
            0.45 + 0.2 * rng.random(),
            rssi_dbm,
        )
    if (
        guest.traits.trouble == "wifi"
        and 0 <= past - guest.traits.worst_at < _WIFI_TROUBLE_MINUTES
    ):
        return Air(
            rtt_ms + 40 + 60 * rng.random(),
            jitter_ms * 5,
            2 + 7 * rng.random(),
            0.35 + 0.3 * rng.random(),
            -82 + int(5 * spread(rng)),
        )
    return Air(rtt_ms, jitter_ms, loss_pct, 1 + 0.1 * spread(rng), rssi_dbm)


def _measured(rng: Random, guest: Guest, past: int, air: Air) -> dict[str, Any]:
    """Return the values of one minute by column."""
    shared = SHARED[0] <= past < SHARED[1]
    small = guest.traits.pocket or air.rate < 0.7
    height = 360 if small else 720
    found = {
        **_stream("audio_received", air, 45 + 12 * spread(rng)),
        **_picture("video_received", air, height, 620 if small else 1350, 25),
    }
    if guest.traits.presents:
        found |= _stream("audio_sent", air, 48 + 10 * spread(rng))
        found |= _picture("video_sent", air, 720, 1400, 25)
    if shared:
        direction = "sent" if guest.traits.shares else "received"
        found |= _picture(f"share_{direction}", air, 1080, 180, 6)
    return found | _machine(rng, guest, air)


def _stream(name: str, air: Air, kbps: float) -> dict[str, Any]:
    return {
        f"{name}_bitrate_kbps": round(kbps * air.rate, 2),
        f"{name}_latency_ms": float(round(air.rtt_ms)),
        f"{name}_jitter_ms": float(round(air.jitter_ms)),
        f"{name}_avg_loss_pct": round(air.loss_pct, 2),
        f"{name}_max_loss_pct": round(min(100.0, 2.6 * air.loss_pct), 2),
    }


def _picture(
    name: str, air: Air, height: int, kbps: float, fps: float
) -> dict[str, Any]:
    return {
        **_stream(name, air, kbps),
        f"{name}_width_px": height * 16 // 9,
        f"{name}_height_px": height,
        f"{name}_frame_rate_fps": float(round(fps * min(1.0, air.rate))),
    }


def _machine(rng: Random, guest: Guest, air: Air) -> dict[str, Any]:
    zoom = (20 if guest.traits.presents else 9) + 5 * spread(rng)
    system = min(100.0, 2.2 * zoom + 25 * rng.random())
    found: dict[str, Any] = {
        "zoom_min_cpu_pct": float(round(zoom * 0.6)),
        "zoom_avg_cpu_pct": float(round(zoom)),
        "zoom_max_cpu_pct": float(round(zoom * 1.5)),
        "system_max_cpu_pct": float(round(system)),
        "system_min_cpu_pressure": _pressure(system * 0.5),
        "system_avg_cpu_pressure": _pressure(system * 0.8),
        "system_max_cpu_pressure": _pressure(system),
    }
    if guest.traits.wireless:
        found["wifi_min_rssi_dbm"] = float(air.rssi_dbm - 6)
        found["wifi_avg_rssi_dbm"] = float(air.rssi_dbm)
        found["wifi_max_rssi_dbm"] = float(air.rssi_dbm + 5)
    return found


def _pressure(system_pct: float) -> str:
    return CPU_LEVELS[sum(system_pct >= limit for limit in _CPU_LIMITS)]


def _rows(
    session: Session, guest: Guest, minute: datetime, measured: dict[str, Any]
) -> Iterator[Row]:
    """Yield one row, or two where the streams go over a gateway.

    The machine's values stand on the client's row, as the decoder puts them.
    """
    machine = {k: v for k, v in measured.items() if "cpu" in k or "rssi" in k}
    if guest.traits.leg == "client":
        yield _row(session, guest, minute, "client", measured)
        return
    yield _row(session, guest, minute, "client", machine)
    streams = {k: v for k, v in measured.items() if k not in machine}
    yield _row(session, guest, minute, guest.traits.leg, streams)


def _row(
    session: Session, guest: Guest, minute: datetime, leg: str, values: dict[str, Any]
) -> Row:
    head = (
        "",
        session.kind,
        session.uuid,
        session.number,
        guest.person.user_id,
        minute,
        minute,
        leg,
        "import",
        "census",
        None,
    )
    row = [*head, *_NOTHING]
    for name, value in values.items():
        row[INDEX[name]] = value
    return tuple(row)
