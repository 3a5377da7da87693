"""Curves of straight pieces: a metric's value against the MOS it allows.

The picture curves are anchored by hand on published rules (Teams, Google Meet,
Zoom's bandwidth icon) and on ITU-T P.1203's shape from 7 frames a second up.
They were NOT fitted to ratings of webinar pictures; `VERSION` says which set it
is. A curve gives a number, an array or an expression alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import narwhals as nw
import numpy as np
import numpy.typing as npt

VERSION: Final = 1
"""Of the picture curves."""

Floats = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Curve:
    """Straight lines from point to point, level beyond the ends."""

    points: tuple[tuple[float, float], ...]
    source: str = ""

    def at(self, value: float) -> float:
        """Return the curve's height at `value`."""
        return float(self.over(np.array([value]))[0])

    def over(self, values: Floats) -> Floats:
        """Return the heights at `values`; NaN stays NaN."""
        xs, ys = (np.asarray(side) for side in zip(*self.points, strict=True))
        heights: Floats = np.interp(values, xs, ys)
        return np.where(np.isnan(values), np.nan, heights)

    def expression(self, value: nw.Expr) -> nw.Expr:
        """Return the height of an expression; null stays null.

        A sum of clipped pieces: it needs no look-up, so every engine can do it.
        """
        total = value * 0.0 + self.points[0][1]
        for (x0, y0), (x1, y1) in zip(self.points, self.points[1:], strict=False):
            total += (value.clip(x0, x1) - x0) * ((y1 - y0) / (x1 - x0))
        return total


LOSS: Final = Curve(
    (
        (0, 4.5),
        (1, 4.4),
        (2, 4.0),
        (5, 3.4),
        (10, 2.8),
        (15, 2.4),
        (20, 2.0),
        (30, 1.5),
        (50, 1.0),
    ),
    "Zoom's 2 %, Teams' 15 % after repair; between, by hand (Zoom repairs by FEC)",
)
JITTER: Final = Curve(
    ((40, 4.5), (80, 3.5), (150, 2.5), (300, 1.5)), "Zoom's 40 ms; beyond, by hand"
)
VIDEO_FPS: Final = Curve(
    (
        (0, 1.0),
        (2, 1.6),
        (5, 2.5),
        (7, 3.0),
        (10, 3.4),
        (15, 3.9),
        (20, 4.2),
        (24, 4.4),
        (30, 4.5),
    ),
    "Teams' 7 fps; within 0.2 of P.1203's shape from there up",
)
VIDEO_HEIGHT: Final = Curve(
    (
        (90, 1.6),
        (180, 2.4),
        (270, 2.9),
        (360, 3.5),
        (540, 4.0),
        (720, 4.4),
        (1080, 4.5),
    ),
    "P.1203's shape on a 720p window, by hand",
)
VIDEO_BITRATE: Final = Curve(
    (
        (0, 1.0),
        (72, 1.5),
        (128, 2.0),
        (180, 3.0),
        (320, 3.6),
        (640, 4.2),
        (1200, 4.5),
    ),
    "the bands of Zoom's bandwidth icon; only where the resolution is missing",
)
SHARE_FPS: Final = Curve(
    ((0, 1.0), (1, 2.5), (2, 3.0), (5, 4.0), (8, 4.3), (15, 4.5)),
    "Teams' 2 fps for screens, Google Meet's 5",
)
SHARE_HEIGHT: Final = Curve(
    ((360, 2.5), (540, 3.2), (720, 3.8), (1080, 4.4), (1440, 4.5)),
    "legibility of text, by hand",
)
BITS_PER_PIXEL: Final = Curve(
    ((0.01, -1.0), (0.03, 0.0)), "too few bits for the picture's size, by hand"
)
"""Added to the height's MOS: 1.5 a MOS per relative lack, at most 1."""

CURVES: Final[Mapping[str, tuple[str, Curve]]] = {
    "picture loss": ("%", LOSS),
    "picture jitter": ("ms", JITTER),
    "video frame rate": ("fps", VIDEO_FPS),
    "video height": ("px", VIDEO_HEIGHT),
    "video bitrate": ("kbps", VIDEO_BITRATE),
    "share frame rate": ("fps", SHARE_FPS),
    "share height": ("px", SHARE_HEIGHT),
    "bits per pixel": ("bit", BITS_PER_PIXEL),
}
"""By name, with the unit of the points' first number; the docs page lists them."""
