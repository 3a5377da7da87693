"""Random numbers that are the same on every machine, with names.

Every draw belongs to a named stream of its own, so what is drawn for one purpose
never shifts what is drawn for another: a world with a fault and its twin
without it agree in everything that the fault does not touch.

Only the bits of NumPy's Philox generator are used, seeded through SeedSequence:
NumPy promises that both stay as they are, which it does not promise for the
distributions made of them. Uniform numbers are 32 of the bits; normal ones are
looked up in a table of 65,536 quantiles (all within 4.3 standard deviations),
rounded so that no C library's last digit matters.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint16]

_STEPS: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Draws:
    """The random numbers of one part of a world, such as one session."""

    seed: int
    part: str = ""
    """Name of the part; another part draws other numbers."""

    def of(self, part: str) -> Draws:
        """Return the draws of a part within this part."""
        return Draws(self.seed, f"{self.part}/{part}")

    def bits(self, name: str, count: int, *at: int) -> Bits:
        """Return `count` numbers of 16 random bits.

        Args:
            name: What they are for.
            count: How many.
            at: Which of the stream's blocks, such as a minute.
        """
        return self._raw(name, (count + 3) // 4, at).view("<u2")[:count]

    def uniform(self, name: str, count: int, *at: int) -> Floats:
        """Return `count` numbers in the open interval (0, 1)."""
        words = self._raw(name, (count + 1) // 2, at).view("<u4")[:count]
        return (words + 0.5) / 2.0**32

    def normal(self, name: str, count: int, *at: int) -> Floats:
        """Return `count` numbers of the standard normal distribution."""
        return normal_of(self.bits(name, count, *at))

    def pick(self, name: str, weights: Floats, count: int, *at: int) -> Ints:
        """Return `count` places in `weights`, each as often as its weight says."""
        return place_of(self.uniform(name, count, *at), weights)

    def _raw(
        self, name: str, count: int, at: tuple[int, ...]
    ) -> npt.NDArray[np.uint64]:
        key = (zlib.crc32(self.part.encode()), zlib.crc32(name.encode()), *at)
        seeds = np.random.SeedSequence(self.seed, spawn_key=key)
        words = np.random.Philox(seeds).random_raw(count)
        return np.ascontiguousarray(words, dtype="<u8")


def uniform_of(bits: Bits) -> Floats:
    """Return 16-bit numbers as numbers in the open interval (0, 1)."""
    return (bits + 0.5) / _STEPS


def normal_of(bits: Bits) -> Floats:
    """Return 16-bit numbers as numbers of the standard normal distribution."""
    return _quantiles()[bits]


def place_of(uniform: Floats, weights: Floats) -> Ints:
    """Return where numbers in (0, 1) fall when `weights` divide the interval."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(edges / edges[-1], uniform, side="right")


@cache
def _quantiles() -> Floats:
    inverse = NormalDist().inv_cdf
    upper = [round(inverse((i + 0.5) / _STEPS), 9) for i in range(_STEPS // 2, _STEPS)]
    return np.array([-z for z in reversed(upper)] + upper)
