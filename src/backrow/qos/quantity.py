"""Zoom's strings to numbers with a unit, and back.

Zoom answers ``"126 ms"`` where one would expect 126. The spelling has changed
over the years and differs between REST, QSS events and the Dashboard's exports,
so reading is generous about form and strict about meaning:

- a number with the unit asked for, any case, with or without a space, or with
  no unit, or a JSON number: *measured*. ``0`` is measured.
- a missing key is *absent*; ``""``, ``"-"``, null, ``"NULL"`` and ``"N/A"`` are
  *blank*. Both mean that Zoom measured nothing.
- all else is *unparsable*: another unit, words, NaN, infinity, out of range.

`parse_quantity` raises on what is unparsable; `read_quantity` never raises and
tells the four apart.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final, Literal

from backrow.errors import WireError
from backrow.qos.vocabulary import Unit

State = Literal["measured", "absent", "blank", "unparsable"]
Style = Literal["2021", "2023", "2026"]


class Absent:
    """The type of `ABSENT`, which stands for a key that is not there."""

    def __repr__(self) -> str:
        """Return the name."""
        return "ABSENT"


ABSENT: Final = Absent()
BLANKS: Final = frozenset({"", "-", "NULL", "N/A"})
"""Texts, upper case and stripped, that mean "not measured"."""

_NUMBER: Final = re.compile(
    r"\s*([+-]?[0-9]+(?:\.[0-9]+)?)\s*(kbps|ms|%|fps|dBm)?\s*", re.IGNORECASE
)
_SIZE: Final = re.compile(r"\s*([0-9]{1,6})\s*[*xX\u00d7]\s*([0-9]{1,6})\s*")
_LIMITS: Final[dict[Unit, tuple[float, float]]] = {
    "kbps": (0, 1e8),
    "ms": (0, 3.6e6),
    "%": (0, 100),
    "fps": (0, 1000),
    "dBm": (-200, 50),
    "MOS": (0, 5),
}
_LONGEST: Final = 40
"""A quantity has no more characters; keeps a hostile text out of the regex."""
MAX_PIXELS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in one place: a value, and why there is none."""

    value: float | None
    """The number in the unit asked for; None unless `state` is measured."""
    state: State


def read_quantity(value: object, unit: Unit) -> Reading:
    """Return the number in `value`, and whether it is measured.

    Args:
        value: What stood in Zoom's JSON; `ABSENT` for a missing key.
        unit: The unit the number must have: kbps, ms, %, fps, dBm or MOS.
    """
    if value is ABSENT:
        return Reading(None, "absent")
    if is_blank(value):
        return Reading(None, "blank")
    number = _number(value, unit)
    low, high = _LIMITS[unit]
    if number is None or not low <= number <= high:
        return Reading(None, "unparsable")
    return Reading(number, "measured")


def parse_quantity(value: object, unit: Unit, *, path: str = "$") -> float | None:
    """Return the number in `value`, or None if Zoom measured nothing.

    Args:
        value: As for `read_quantity`.
        unit: As for `read_quantity`.
        path: JSON path of the value, for the error.

    Raises:
        WireError: `value` is neither such a quantity nor blank.
    """
    reading = read_quantity(value, unit)
    if reading.state == "unparsable":
        expected = f"expected a quantity in {unit}, got {_shown(value)}"
        raise WireError(expected, path=path, value=value)
    return reading.value


def read_resolution(value: object) -> tuple[int | None, int | None, State]:
    """Return width and height in pixels, and whether they are measured.

    ``"0*0"`` is what Zoom says when there is no picture: it is measured, and the
    caller decides what it means beside the frame rate.
    """
    if value is ABSENT:
        return None, None, "absent"
    if is_blank(value):
        return None, None, "blank"
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None, None, "unparsable"
    width, height = int(found[1]), int(found[2])
    if max(width, height) > MAX_PIXELS:
        return None, None, "unparsable"
    return width, height, "measured"


def parse_resolution(value: object, *, path: str = "$") -> tuple[int, int] | None:
    """Return (width, height) in pixels, or None if Zoom measured nothing.

    Raises:
        WireError: `value` is neither ``"1280*720"`` in form nor blank.
    """
    width, height, state = read_resolution(value)
    if state == "unparsable":
        expected = f'expected a resolution such as "1280*720", got {_shown(value)}'
        raise WireError(expected, path=path, value=value)
    return None if width is None or height is None else (width, height)


def is_blank(value: object) -> bool:
    """Return whether `value` is one of Zoom's ways to say nothing was measured."""
    if value is None:
        return True
    if not isinstance(value, str) or len(value) > _LONGEST:
        return False
    return value.strip().upper() in BLANKS


def format_quantity(value: float | None, unit: Unit, *, style: Style = "2026") -> str:
    """Return `value` as Zoom spells it; None is the empty string.

    Args:
        value: A number in `unit`.
        unit: kbps, ms, %, fps, dBm or MOS.
        style: 2021 rounds as production answers do (``"27 kbps"``, ``"0.3%"``);
            2023 has no space before kbps and ms (``"27.15kbps"``); 2026 has one.
            The last two lose nothing: `parse_quantity` gives `value` back.
    """
    if value is None:
        return ""
    if style == "2021":
        text = f"{value:.1f}" if unit in {"%", "MOS"} else f"{value:.0f}"
    else:
        text = _shortest(value)
    if unit in {"dBm", "MOS"}:
        return text
    if unit == "%" or (style == "2023" and unit in {"kbps", "ms"}):
        return f"{text}{unit}"
    return f"{text} {unit}"


def format_resolution(width: int | None, height: int | None) -> str:
    """Return ``"1280*720"``; the empty string if either is None."""
    return "" if width is None or height is None else f"{width}*{height}"


def _number(value: object, unit: Unit) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) < 1e15 and math.isfinite(value) else None
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    found = _NUMBER.fullmatch(value)
    if found is None:
        return None
    spelled = found[2]
    if spelled is not None and spelled.lower() != unit.lower():
        return None
    return float(found[1])


def _shortest(value: float) -> str:
    text = f"{value:.15f}".rstrip("0").rstrip(".") if abs(value) < 1e-4 else repr(value)
    return text.removesuffix(".0")


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return f'"{text}"' if isinstance(value, str) else text
