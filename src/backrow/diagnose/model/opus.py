"""Opus' impairment factors by bitrate: what the codec itself takes, and how it
stands loss.

Values: Alahmadi, Pocta, Melvin, ACM TOMM 17(4) 133, 2021 (table published under
the MIT licence), variable bitrate, random loss. Super-wide-band rows stand on
the full-band scale of ITU-T G.107.2, wide-band rows on that of G.107.1. That
the authors fitted them with the constant 132 is from memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backrow.diagnose.model.curves import Curve
from backrow.diagnose.model.emodel import FULL, WIDE, Band


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """What a codec does to a call."""

    ie: float
    """Equipment impairment without loss."""
    bpl: float
    """Robustness against loss: higher stands more."""
    band: Band


WIDE_FROM_KBPS: Final = 14.0
"""From here on super-wide band; below, wide band."""

_SUPER_WIDE: Final = (
    (14, 38.06, 16.51),
    (15, 34.12, 15.0),
    (16, 30.16302131, 11.83),
    (19, 23.80720462, 10.67),
    (22, 20.22332357, 10.47),
    (25, 20.20905481, 11.28),
    (28, 18.47734739, 10.63),
    (31, 16.82867498, 10.44),
    (34, 14.75893036, 10.12),
    (37, 12.07782849, 10.38),
    (40, 10.66596559, 9.79),
)
_WIDE: Final = (
    (11, 28.41322299, 23.93979569),
    (12, 23.29505705, 22.2151863),
    (13, 19.958882, 19.49608704),
)

UNKNOWN: Final = Codec(ie=16.82867498, bpl=10.44, band=FULL)
"""Where the bitrate is unknown or says nothing: that of 31 kbps."""

FULL_IE: Final = Curve(tuple((float(k), ie) for k, ie, _ in _SUPER_WIDE))
FULL_BPL: Final = Curve(tuple((float(k), bpl) for k, _, bpl in _SUPER_WIDE))
WIDE_IE: Final = Curve(tuple((float(k), ie) for k, ie, _ in _WIDE))
WIDE_BPL: Final = Curve(tuple((float(k), bpl) for k, _, bpl in _WIDE))


def codec_at(bitrate_kbps: float | None, *, silence_kbps: float) -> Codec:
    """Return the factors at a bitrate.

    Args:
        bitrate_kbps: Of a minute; None if not measured.
        silence_kbps: Below this nobody speaks, and the bitrate tells nothing.
    """
    if bitrate_kbps is None or bitrate_kbps < silence_kbps:
        return UNKNOWN
    wide = bitrate_kbps < WIDE_FROM_KBPS
    ie, bpl = (WIDE_IE, WIDE_BPL) if wide else (FULL_IE, FULL_BPL)
    band = WIDE if wide else FULL
    return Codec(ie=ie.at(bitrate_kbps), bpl=bpl.at(bitrate_kbps), band=band)
