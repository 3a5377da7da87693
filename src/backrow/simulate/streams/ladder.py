"""Which picture fits into how many kbps: rungs of height, and frames.

When there is too little room the frame rate falls first, to about half, and then
the height drops by a rung, as Zoom's clients have been seen to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from backrow.simulate.draws import Floats, Ints

HEIGHT_PX: Final = np.array([90, 180, 360, 720, 1080])
WIDTH_PX: Final = np.array([160, 320, 640, 1280, 1920])
NOMINAL_KBPS: Final = np.array([45.0, 115.0, 480.0, 1400.0, 3000.0])
"""At 25 frames a second and content of middling motion."""
P90, P180, P360, P720, P1080 = range(5)
FULL_FPS: Final = 25.0
_STEP_DOWN: Final = 0.5
"""With less than this part of a rung's need, the next one is taken."""
_FEWEST: Final = 0.2
"""Part of the frames that is left at the least."""
_SHARPEST: Final = 2.2
"""A picture can use this much more than it needs; the rungs are no farther apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A stream of pictures for each of many people."""

    kbps: Floats
    rung: Ints
    fps: Floats


def need_kbps(rung: Ints, fps: Floats, motion: Floats | float) -> Floats:
    """Return what a picture takes; half of it grows with the frame rate."""
    return NOMINAL_KBPS[rung] * motion * (0.45 + 0.55 * fps / FULL_FPS)


def fit(room_kbps: Floats, rung: Ints, fps: Floats, motion: Floats | float) -> Picture:
    """Return the best picture for a room.

    Args:
        room_kbps: What there is for it.
        rung: The rung that is wanted.
        fps: The frame rate that is wanted.
        motion: How much the content needs; 1 is middling.
    """
    wanted = rung
    rung = rung.copy()
    for _ in range(P1080):
        tight = (rung > P90) & (room_kbps < _STEP_DOWN * need_kbps(rung, fps, motion))
        rung[tight] -= 1
    need = need_kbps(rung, fps, motion)
    part = np.clip(room_kbps / need, _FEWEST, 1.0)
    # On a rung below the wanted one, what room is left goes into sharpness.
    most = need * np.where(rung < wanted, _SHARPEST, 1.0)
    return Picture(np.clip(room_kbps, 0.0, most), rung, fps * part)


def blend(free: Picture, tight: Picture, part: Floats) -> Picture:
    """Return a minute that was `tight` for a part of it and else `free`."""
    return Picture(
        free.kbps + (tight.kbps - free.kbps) * part,
        np.where(part >= 0.5, tight.rung, free.rung),
        free.fps + (tight.fps - free.fps) * part,
    )
