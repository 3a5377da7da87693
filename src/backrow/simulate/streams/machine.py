"""What everybody's machine says of itself: load, pressure and Wi-Fi signal."""

from __future__ import annotations

from typing import Final

import numpy as np

from backrow.qos.vocabulary import CPU_LEVELS
from backrow.simulate.block import Block, put
from backrow.simulate.draws import Floats, Ints
from backrow.simulate.network.links import Links
from backrow.simulate.network.lots import Lots
from backrow.simulate.streams.habits import Habits

_PRESSURE_FROM_PCT: Final = np.array([35.0, 65.0, 90.0])
"""System load at which pressure becomes fair, serious, critical: half way between
20, 50, 80 and 100 percent, which is what Zoom says the words stand for."""
_RSSI_MIN_DBM: Final = -92.0


def put_machine(
    block: Block, links: Links, habits: Habits, lots: Lots, who: Ints
) -> None:
    """Put the machine's columns for the stays `who`."""
    cpu = who[habits.measures_cpu[who]]
    load = links.load_pct[cpu]
    zoom = habits.zoom_cpu_pct[cpu] * (1 + 0.12 * lots.normal("zoom_cpu")[cpu])
    zoom = np.clip(zoom + 0.35 * load, 1, 95)
    system = habits.system_cpu_pct[cpu] * (1 + 0.15 * lots.normal("system_cpu")[cpu])
    system = np.clip(np.maximum(system, 1.3 * zoom) + load, 3, 100)
    put(block, "zoom_min_cpu_pct", 0.6 * zoom, cpu)
    put(block, "zoom_avg_cpu_pct", zoom, cpu)
    put(block, "zoom_max_cpu_pct", np.minimum(100, 1.5 * zoom), cpu)
    put(block, "system_max_cpu_pct", system, cpu)
    tells = habits.tells_pressure[cpu]
    for part, of_most in (("min", 0.4), ("avg", 0.7), ("max", 1.0)):
        level = _level((of_most * system)[tells])
        put(block, f"system_{part}_cpu_pressure", level, cpu[tells])
    _put_signal(block, links, habits, lots, who)


def _level(system_pct: Floats) -> Ints:
    level = np.searchsorted(_PRESSURE_FROM_PCT, system_pct, side="right")
    return np.minimum(level, len(CPU_LEVELS) - 1)


def _put_signal(
    block: Block, links: Links, habits: Habits, lots: Lots, who: Ints
) -> None:
    wifi = who[~np.isnan(habits.rssi_dbm[who])]
    usual = habits.rssi_dbm[wifi] + 1.5 * lots.normal("signal")[wifi]
    spread = 2 + 6 * lots.uniform("signal_spread")[wifi]
    average = np.clip(usual - links.rssi_drop_db[wifi], _RSSI_MIN_DBM + 2, -25)
    put(block, "wifi_min_rssi_dbm", np.maximum(_RSSI_MIN_DBM, average - spread), wifi)
    put(block, "wifi_avg_rssi_dbm", average, wifi)
    put(block, "wifi_max_rssi_dbm", np.minimum(-20, average + 0.7 * spread), wifi)
