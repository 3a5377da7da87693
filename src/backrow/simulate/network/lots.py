"""The random numbers of one minute: a row for each purpose, a column for each stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backrow.simulate.draws import Bits, Draws, Floats, normal_of, uniform_of

LOTS: Final = (
    "round_trip",
    "jitter",
    "change",
    "how_bad",
    "queue",
    "shaking",
    "room",
    "received_loss",
    "sent_loss",
    "device",
    "load",
    "audio_latency",
    "video_latency",
    "share_latency",
    "audio_jitter",
    "picture_jitter",
    "audio_bitrate",
    "picture_bitrate",
    "frames",
    "zoom_cpu",
    "system_cpu",
    "signal",
    "signal_spread",
    "recovery",
    "opinion",
)
"""What is drawn for every stay in every minute; new ones go to the end."""
_LOT: Final = {name: i for i, name in enumerate(LOTS)}


@dataclass(frozen=True, slots=True)
class Lots:
    """The random numbers of one minute, a row for each of `LOTS`."""

    bits: Bits

    def normal(self, name: str) -> Floats:
        """Return a standard normal number for each stay."""
        return normal_of(self.bits[_LOT[name]])

    def uniform(self, name: str) -> Floats:
        """Return a number in (0, 1) for each stay."""
        return uniform_of(self.bits[_LOT[name]])

    def row(self, name: str) -> Bits:
        """Return 16 bits for each stay."""
        row: Bits = self.bits[_LOT[name]]
        return row


def lots_of(draws: Draws, minute: int, count: int) -> Lots:
    """Return the lots of a minute for `count` stays."""
    width = (count + 3) // 4 * 4
    bits = draws.bits("minute", len(LOTS) * width, minute)
    return Lots(bits.reshape(len(LOTS), width)[:, :count])
