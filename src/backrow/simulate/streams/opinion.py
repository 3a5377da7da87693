"""What Zoom itself would say of a minute: scores, words and warnings.

Zoom's formula is not published. Ours follows its bands (good from 4, fair from 3,
poor from 2, else bad) and what is known to hurt: loss that error correction cannot
repair, jitter, frames and height that are missing beside what the window asks
for. The words come with some error, as another party's measurement does.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from backrow.simulate.block import MISSING, Block, put
from backrow.simulate.draws import Floats, Ints
from backrow.simulate.network.lots import Lots

WORDS: Final = ("bad", "poor", "fair", "good")
_BAND_FROM: Final = np.array([2.0, 3.0, 4.0])
_WRONG: Final = 0.06
"""Share of words that are a band off."""


def audio_score(loss_pct: Floats, jitter_ms: Floats) -> Floats:
    """Return a score, 1 to 5, of sound (the shape is the E-model's)."""
    late = np.clip((jitter_ms - 40) / 40, 0, 3)
    lost = 0.6 * loss_pct + late
    impaired = 10.7 + 121.3 * lost / (lost + 9.8)
    r = np.clip((148 - impaired) / 1.48, 0, 100)
    return np.clip(1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6, 1, 5)


def picture_score(
    kept_fps: Floats, rungs_lost: Ints, loss_pct: Floats, jitter_ms: Floats
) -> Floats:
    """Return a score, 1 to 5, of pictures.

    Args:
        kept_fps: Frame rate beside what there would be if all were well.
        rungs_lost: How many rungs lower than wanted.
        loss_pct: Average loss.
        jitter_ms: Jitter.
    """
    frames = np.interp(
        kept_fps, [0, 0.2, 0.5, 0.75, 0.9, 1], [1, 1.6, 2.6, 3.6, 4.3, 4.7]
    )
    loss = np.interp(
        loss_pct, [0, 1, 2, 5, 10, 20, 50], [4.8, 4.6, 4.1, 3.4, 2.8, 2, 1]
    )
    shake = np.interp(jitter_ms, [40, 80, 150, 300], [4.8, 3.5, 2.5, 1.5])
    worst: Floats = np.minimum(np.minimum(frames, loss), shake)
    return np.clip(worst - 0.7 * rungs_lost, 1, 5)


def put_opinion(
    block: Block, medium: str, score: Floats, lots: Lots, who: Ints
) -> None:
    """Put a medium's score and word for the stays `who`."""
    put(block, f"zoom_{medium}_score", score, who)
    band = np.searchsorted(_BAND_FROM, score, side="right")
    # Each medium takes other bits of the same lot.
    turn = {"audio": 0, "video": 5, "share": 10}[medium]
    lot = lots.row("opinion")[who]
    lot = ((lot << turn) | (lot >> (16 - turn))).astype(np.uint16)
    off = np.where(lot % 2 == 0, 1, -1) * (lot < 2**16 * _WRONG)
    put(block, f"{medium}_word", np.clip(band + off, 0, len(WORDS) - 1), who)


def put_warnings(block: Block, tight: Ints, shaking: Ints) -> None:
    """Put the warnings that Zoom shows to people with too little or unsteady room."""
    put(block, "zoom_notification", np.full(len(shaking), 1), shaking)
    put(block, "zoom_notification", np.zeros(len(tight)), tight)


def word_of(number: int) -> str:
    """Return the word with a number of a block; "" where there is none."""
    return "" if number == MISSING else WORDS[number]
