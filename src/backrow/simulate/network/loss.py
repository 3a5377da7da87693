"""Packet loss of whole minutes, from packets: the Gilbert-Elliott model.

A link is in a good or a bad state and changes between packets with the chances
`to_bad` and `to_good`; in each state a packet is lost with a chance of its own.
The settings reproduce averages and bursts seen in practice (those of saturated
and wireless links; BurstR, the mean burst beside that of independent losses, is
1.05 for a cable and 2.1 for satellites at hand-over).

A thousand minutes of 3,000 packets (one in 20 ms) are played for each preset
when they are first needed; a participant's minute is then one of them, drawn by
lot: its average loss and the worst of its twelve five-second windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from backrow.simulate.draws import Floats, Ints

MINUTES: Final = 1024
"""Minutes played for each preset."""
PACKETS: Final = 3000
_WINDOW: Final = 250
"""Packets in five seconds."""
_STEPS: Final = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Chances of the Gilbert-Elliott model, per packet."""

    to_bad: float
    to_good: float
    lost_in_good: float
    lost_in_bad: float


PRESETS: Final[dict[str, Preset]] = {
    "wired": Preset(to_bad=0.0002, to_good=0.50, lost_in_good=0, lost_in_bad=0.30),
    "wifi_good": Preset(
        to_bad=0.0008, to_good=0.25, lost_in_good=0.0002, lost_in_bad=0.35
    ),
    "wifi_congested": Preset(
        to_bad=0.006, to_good=0.15, lost_in_good=0.002, lost_in_bad=0.40
    ),
    "wifi_bad": Preset(to_bad=0.02, to_good=0.12, lost_in_good=0.005, lost_in_bad=0.50),
    "cellular_good": Preset(
        to_bad=0.0008, to_good=0.12, lost_in_good=0.0003, lost_in_bad=0.40
    ),
    "cellular_poor": Preset(
        to_bad=0.006, to_good=0.06, lost_in_good=0.003, lost_in_bad=0.55
    ),
    "saturated": Preset(to_bad=0.03, to_good=0.10, lost_in_good=0.02, lost_in_bad=0.50),
    "leo_handover": Preset(
        to_bad=0.0003, to_good=0.02, lost_in_good=0.002, lost_in_bad=0.60
    ),
}
"""By name; the order numbers them."""
PRESET_INDEX: Final = {name: i for i, name in enumerate(PRESETS)}


@cache
def played_minutes() -> tuple[Floats, Floats]:
    """Return average and worst loss of every played minute, percent.

    Both have a row per preset and a column per minute, in order of the average.
    """
    lost = _lost_in_windows(np.random.Philox(np.random.SeedSequence(19)))
    average = 100.0 * lost.sum(axis=0) / PACKETS
    worst = 100.0 * lost.max(axis=0) / _WINDOW
    order = np.lexsort((worst, average))
    return (
        np.take_along_axis(average, order, axis=1),
        np.take_along_axis(worst, order, axis=1),
    )


def _lost_in_windows(source: np.random.Philox) -> npt.NDArray[np.int64]:
    """Return packets lost, by window, preset and minute."""
    chances = np.array(
        [(p.to_bad, p.to_good, p.lost_in_good, p.lost_in_bad) for p in PRESETS.values()]
    )
    # A chance becomes a limit for 32 random bits, so that all is whole numbers.
    to_bad, to_good, in_good, in_bad = np.round(chances.T[:, :, None] * 2.0**32).astype(
        np.uint32
    )
    shape = (len(PRESETS), MINUTES)
    bad = np.zeros(shape, dtype=bool)
    lost = np.zeros((PACKETS // _WINDOW, *shape), dtype=np.int64)
    for w in range(len(lost)):
        for _ in range(_WINDOW):
            bits = source.random_raw(len(PRESETS) * MINUTES)
            turn = (bits & 0xFFFFFFFF).astype(np.uint32).reshape(shape)
            chance = (bits >> np.uint64(32)).astype(np.uint32).reshape(shape)
            bad ^= turn < np.where(bad, to_good, to_bad)
            lost[w] += chance < np.where(bad, in_bad, in_good)
    return lost


def minute_loss(preset: Ints, bits: npt.NDArray[np.uint16]) -> tuple[Floats, Floats]:
    """Return average and worst loss of one minute of each, percent.

    Args:
        preset: Index into `PRESETS`, one a minute.
        bits: 16 random bits for each.
    """
    average, worst = played_minutes()
    which = bits >> 6  # the highest ten bits choose one of 1,024
    return average[preset, which], worst[preset, which]
