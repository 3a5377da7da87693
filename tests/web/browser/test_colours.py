"""The classes' colours, as people see them who are blind to some."""

import itertools
import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import backrow.web

TOKENS = Path(backrow.web.__file__).parent / "static/css/tokens.css"
CLASSES = ("good", "fair", "poor", "bad")
APART = 25.0
"""Least distance in CIELAB; 2 can just be told side by side, 10 at a glance."""
# Machado, Oliveira, Fernandes 2009, severity 1.0, on linear RGB.
EYES = {
    "all colours": np.eye(3),
    "no red": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "no green": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "no blue": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])

Colour = npt.NDArray[np.float64]


def linear(text: str) -> Colour:
    value = np.array([int(text[i : i + 2], 16) / 255 for i in (0, 2, 4)])
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(rgb: Colour) -> Colour:
    xyz = TO_XYZ @ np.clip(rgb, 0, 1) / WHITE
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def palettes() -> list[dict[str, str]]:
    """Return the classes' colours in each of the style sheet's themes, by name."""
    blocks = re.findall(r"\{[^{}]*--good[^{}]*\}", TOKENS.read_text(encoding="utf-8"))
    return [
        {name: re.findall(rf"--{name}: #(\w{{6}});", block)[0] for name in CLASSES}
        for block in blocks
    ]


@pytest.mark.parametrize("eyes", EYES)
def test_classes_are_told_apart(eyes: str) -> None:
    assert len(palettes()) == 4  # light, dark twice, paper
    for palette in palettes():
        seen = {name: lab(EYES[eyes] @ linear(palette[name])) for name in CLASSES}
        for one, other in itertools.combinations(CLASSES, 2):
            far = float(np.linalg.norm(seen[one] - seen[other]))
            assert far >= APART, (eyes, one, other, palette)
