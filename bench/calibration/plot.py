"""Plots of cumulative shares as SVG, without a plotting library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

WIDTH, HEIGHT = 560, 300
LEFT, RIGHT, TOP, BOTTOM = 48, 130, 28, 40
COLOURS = ("#0b6e99", "#d9730d", "#4d8b31", "#a0368f", "#6b6b6b", "#b8860b")


def cumulative(
    title: str,
    unit: str,
    simulated: Mapping[str, Values],
    published: Mapping[str, Mapping[int, float]],
    *,
    top: float,
) -> str:
    """Return an SVG of cumulative shares.

    Args:
        title: What is shown.
        unit: Of the horizontal axis, which begins at 0.
        simulated: Values by name, drawn as lines.
        published: Quantiles (percent to value) by name, drawn as circles.
        top: Where the horizontal axis ends.
    """
    parts = [*_frame(title, unit, top)]
    for i, (name, values) in enumerate(simulated.items()):
        shares = np.linspace(0, 100, 201)
        points = zip(np.percentile(values, shares), shares, strict=True)
        parts.append(_line([(_x(v, top), _y(s)) for v, s in points], COLOURS[i]))
        parts.append(_legend(i, f"{name}, simulated", COLOURS[i], dot=False))
    for j, (name, quantiles) in enumerate(published.items()):
        i, colour = j + len(simulated), COLOURS[(j + len(simulated)) % len(COLOURS)]
        if name in simulated:
            colour = COLOURS[list(simulated).index(name)]
        for share, value in quantiles.items():
            at = f'cx="{_x(value, top):.1f}" cy="{_y(share):.1f}"'
            parts.append(f'<circle {at} r="4" fill="none" stroke="{colour}"/>')
        parts.append(_legend(i, f"{name}, published", colour, dot=True))
    return _svg(parts)


def series(
    title: str, unit: str, lines: Mapping[str, Sequence[tuple[float, float]]]
) -> str:
    """Return an SVG of lines over minutes, the vertical axis in percent."""
    top = max(x for points in lines.values() for x, _ in points)
    parts = [*_frame(title, unit, top)]
    for i, (name, points) in enumerate(lines.items()):
        at = [(_x(x, top), _y(min(100.0, y))) for x, y in points]
        parts.append(_line(at, COLOURS[i]))
        parts.append(_legend(i, name, COLOURS[i], dot=False))
    return _svg(parts)


def _svg(parts: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="11">'
    )
    ground = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
    return "\n".join([head, ground, *parts, "</svg>\n"])


def _x(value: float, top: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * min(1.0, max(0.0, value / top))


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share / 100


def _frame(title: str, unit: str, top: float) -> list[str]:
    right, low = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = [
        f'<text x="{LEFT}" y="16" font-weight="bold">{escape(title)}</text>',
        f'<text x="{right}" y="{HEIGHT - 6}" text-anchor="end">{escape(unit)}</text>',
    ]
    for share in (0, 25, 50, 75, 100):
        y = _y(share)
        parts.append(
            f'<path d="M{LEFT} {y:.1f}H{right}" stroke="#dddddd"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{share} %</text>'
        )
    for step in range(5):
        value = top * step / 4
        parts.append(
            f'<text x="{_x(value, top):.1f}" y="{low + 15}" text-anchor="middle">'
            f"{value:g}</text>"
        )
    return parts


def _line(points: Sequence[tuple[float, float]], colour: str) -> str:
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _legend(i: int, name: str, colour: str, *, dot: bool) -> str:
    x, y = WIDTH - RIGHT + 10, TOP + 10 + 15 * i
    mark = (
        f'<circle cx="{x + 6}" cy="{y - 4}" r="4" fill="none" stroke="{colour}"/>'
        if dot
        else f'<path d="M{x} {y - 4}h12" stroke="{colour}" stroke-width="2"/>'
    )
    return f'{mark}<text x="{x + 17}" y="{y}" font-size="9">{escape(name)}</text>'
