"""From where on a value is marked, and how numbers are written.

`THRESHOLDS` is the one table of limits; the legend under a table is made from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from rich.text import Text

from backrow.qos.vocabulary import MEDIA, Medium


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """From where on a value is marked."""

    metric: str
    """End of the metric's name, `latency_ms` for all six streams."""
    title: str
    unit: str
    look: float
    """Worth a look beyond this."""
    bad: float
    """Bad beyond this."""
    worse: Literal["above", "below"] = "above"
    inclusive: bool = False
    """Whether the limit itself counts as beyond."""
    media: tuple[Medium, ...] = MEDIA
    source: str


_ADVICE = "what is commonly advised for Zoom calls; bad is our choice"
THRESHOLDS: Final[tuple[Threshold, ...]] = (
    Threshold(
        metric="latency_ms",
        title="latency",
        unit="ms",
        look=150,
        bad=300,
        source=f"{_ADVICE}: as much one way (ITU-T G.114's 150 ms)",
    ),
    Threshold(
        metric="jitter_ms", title="jitter", unit="ms", look=40, bad=80, source=_ADVICE
    ),
    Threshold(
        metric="avg_loss_pct",
        title="average loss",
        unit="%",
        look=2,
        bad=5,
        source=_ADVICE,
    ),
    Threshold(
        metric="max_loss_pct",
        title="worst loss",
        unit="%",
        look=10,
        bad=20,
        source="our choice",
    ),
    Threshold(
        metric="frame_rate_fps",
        title="video",
        unit="fps",
        look=15,
        bad=7,
        worse="below",
        media=("video",),
        source="our choice: below 15 motion is jerky, below 7 it is a slide show",
    ),
    Threshold(
        metric="cpu_pct",
        title="CPU",
        unit="%",
        look=80,
        bad=90,
        inclusive=True,
        source="our choice",
    ),
)
"""Every limit that the tables mark, and where it comes from."""

LIMITS: Final = {limit.metric: limit for limit in THRESHOLDS}
"""The same, by metric."""
NOTHING: Final = "\N{EN DASH}"
"""What stands where nothing was measured."""
_MARKS: Final = ("", "!", "!!")
_STYLES: Final = ("", "yellow", "bold red")


def level(value: float, limit: Threshold) -> int:
    """Return 0 if `value` is fine, 1 if it is worth a look, 2 if it is bad."""
    sign = 1 if limit.worse == "above" else -1

    def beyond(edge: float) -> bool:
        distance = sign * (value - edge)
        return distance > 0 or (limit.inclusive and distance == 0)

    return 2 if beyond(limit.bad) else int(beyond(limit.look))


def number(value: float) -> str:
    """Return `value` with the digits that matter, as in 1055, 27.15 or 0.3."""
    text = f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def marked(value: float, metric: str, unit: str = "") -> Text:
    """Return `value` with its mark and colour, if it has any."""
    return with_mark(number(value), level(value, LIMITS[metric]), unit)


def with_mark(shown: str, how: int, unit: str = "") -> Text:
    """Return text with the mark and colour of a level."""
    return Text(f"{shown}{_MARKS[how]}{unit}", style=_STYLES[how])


def legend_of_limits() -> str:
    """Return what the marks mean, limit by limit."""
    limits = "; ".join(
        f"{limit.title} {_edge(limit)} {number(limit.look)}, {number(limit.bad)}"
        f" {limit.unit}"
        for limit in THRESHOLDS
    )
    return f"! worth a look, !! bad: {limits}."


def _edge(limit: Threshold) -> str:
    if limit.worse == "below":
        return "under"
    return "from" if limit.inclusive else "over"
