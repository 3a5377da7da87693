"""Texts that Zoom sends again and again, parsed once each.

A body of a thousand people and an hour holds seven million short strings of
which a few thousand differ. A `Memo` is a dict that parses what it does not
know yet. What cannot be parsed is never remembered, so that it is met again
each time it comes; the decoder then walks that minute once more, slowly, to
name the place.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import UNSET

from backrow.qos.quantity import (
    ABSENT,
    State,
    is_blank,
    read_quantity,
    read_resolution,
)
from backrow.qos.vocabulary import CPU_LEVELS, METRICS, Unit

_MOST_REMEMBERED: Final = 100_000
"""Texts a memo holds before it starts anew; a guard against hostile bodies."""

UNIT_OF_FIELD: Final[dict[str, Unit]] = {
    (metric.qss or metric.rest).split(".")[1]: metric.unit
    for metric in METRICS
    if metric.unit not in {"px", "level", "text"}
}
"""Unit of Zoom's fields that are plain quantities."""


class Memo(dict[Any, Any], ABC):
    """What texts mean, parsed once each."""

    def __init__(self, unparsable: list[Any]) -> None:
        """Remember nothing yet; what cannot be parsed is added to `unparsable`."""
        super().__init__()
        self._unparsable = unparsable

    def __missing__(self, text: Any) -> Any:
        """Parse `text`, and remember the result unless it is unparsable."""
        value, state = self.read(text)
        if state == "unparsable":
            self._unparsable.append(text)
            return value
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        self[text] = value
        return value

    @abstractmethod
    def read(self, text: Any) -> tuple[Any, State]:
        """Return what `text` means, and whether it is measured."""

    @property
    @abstractmethod
    def expected(self) -> str:
        """What should stand in such a place, in words."""


class QuantityMemo(Memo):
    """Quantities of one unit."""

    def __init__(self, unparsable: list[Any], unit: Unit) -> None:
        """Remember quantities in `unit`."""
        super().__init__(unparsable)
        self.unit = unit

    def read(self, text: Any) -> tuple[float | None, State]:
        """Return the number, or None."""
        reading = read_quantity(ABSENT if text is UNSET else text, self.unit)
        return reading.value, reading.state

    @property
    def expected(self) -> str:
        """Say which unit."""
        return f"expected a quantity in {self.unit}"


class SizeMemo(Memo):
    """Resolutions."""

    def read(self, text: Any) -> tuple[tuple[int | None, int | None], State]:
        """Return width and height in pixels, or two None."""
        width, height, state = read_resolution(ABSENT if text is UNSET else text)
        return (width, height), state

    @property
    def expected(self) -> str:
        """Say which form."""
        return 'expected a resolution such as "1280*720"'


class LevelMemo(Memo):
    """Words of CPU pressure."""

    def read(self, text: Any) -> tuple[str | None, State]:
        """Return the word in lower case, or None."""
        if text is UNSET:
            return None, "absent"
        if is_blank(text):
            return None, "blank"
        word = text.strip().lower() if isinstance(text, str) else ""
        return (word, "measured") if word in CPU_LEVELS else (None, "unparsable")

    @property
    def expected(self) -> str:
        """Say which words."""
        return f"expected one of {', '.join(CPU_LEVELS)}"


class InstantMemo(Memo):
    """Instants in ISO 8601."""

    def read(self, text: Any) -> tuple[datetime | None, State]:
        """Return the instant in UTC, or None."""
        if text is UNSET:
            return None, "absent"
        if is_blank(text):
            return None, "blank"
        at = parse_instant(text)
        return at, "unparsable" if at is None else "measured"

    @property
    def expected(self) -> str:
        """Say which form."""
        return "expected an instant in ISO 8601"


def parse_instant(text: object) -> datetime | None:
    """Return an ISO 8601 instant in UTC; None if `text` is none.

    Zoom writes UTC with a ``Z``; an instant without a zone is taken as UTC.
    """
    if not isinstance(text, str) or not 16 <= len(text.strip()) <= 40:
        return None
    try:
        at = datetime.fromisoformat(text.strip())
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if at.year > 1900 else None


class Memos:
    """The memos of one decoder."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        bad: list[Any] = []
        self.unparsable = bad
        """Texts that could not be parsed since `take_unparsable` was called."""
        self.kbps = QuantityMemo(bad, "kbps")
        self.ms = QuantityMemo(bad, "ms")
        self.pct = QuantityMemo(bad, "%")
        self.fps = QuantityMemo(bad, "fps")
        self.dbm = QuantityMemo(bad, "dBm")
        self.mos = QuantityMemo(bad, "MOS")
        self.size = SizeMemo(bad)
        self.level = LevelMemo(bad)
        self.instant = InstantMemo(bad)
        plain = (self.kbps, self.ms, self.pct, self.fps, self.dbm, self.mos)
        self._by_unit: dict[str, Memo] = {memo.unit: memo for memo in plain}

    def take_unparsable(self) -> bool:
        """Return whether something could not be parsed since the last call."""
        met = bool(self.unparsable)
        self.unparsable.clear()
        return met

    def of(self, zoom_field: str) -> Memo:
        """Return the memo that reads Zoom's field of this name."""
        if zoom_field == "resolution":
            return self.size
        if zoom_field.endswith("_pressure_level"):
            return self.level
        return self._by_unit[UNIT_OF_FIELD[zoom_field]]
