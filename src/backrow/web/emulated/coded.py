"""Minutes of a simulated world as JSON, straight from the numbers they are kept as.

A simulated world keeps whole numbers (`backrow.simulate.block`). Each number of each
field has one text, so a page of answers is one look-up in a table of texts, for all
people and minutes together, and one join. What comes out is what `Encoder` makes of
the same minutes as rows, byte for byte, several times as fast.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from backrow.qos.people import iso
from backrow.qos.vocabulary import (
    DIRECTIONS,
    LEGS,
    MEDIA,
    METRICS,
    STREAM_METRICS,
    stream_key,
)
from backrow.simulate.block import MISSING, Block, Coded, value_of
from backrow.zoom.encode.answers import MACHINE, Encoder, blank_leg

__all__ = ["CodedSource", "CodedWriter"]

Ints = npt.NDArray[np.int64]

_SPAN: Final = 2**16 + 1
"""Texts of a field: one for each number of 16 bits, and `_NO_PICTURE`."""
_NO_PICTURE: Final = 2**16
"""Stands in for a width: ``0*0`` is shown."""
_NAMES: Final = tuple(metric.name for metric in METRICS)
_STREAMS: Final = tuple(
    (_NAMES.index(f"{medium}_{direction}_bitrate_kbps"), medium, direction)
    for medium in MEDIA
    for direction in DIRECTIONS
)
_PLAIN: Final = 5
"""Fields that every stream has; pictures have width, height and rate beside them."""
_PICTURE: Final = 3
_FIELDS: Final = STREAM_METRICS[: _PLAIN + _PICTURE]
_COLUMNS: Final = sum(
    _PLAIN + _PICTURE * (medium != "audio") for _, medium, _ in _STREAMS
)
"""Columns of streams; they come first."""
_WIDTHS: Final = tuple(
    (first + _PLAIN, medium) for first, medium, _ in _STREAMS if medium != "audio"
)


@runtime_checkable
class CodedSource(Protocol):
    """A source that keeps its minutes as numbers."""

    def coded(
        self,
        session_uuid: str,
        participants: Sequence[str],
        *,
        start: datetime,
        end: datetime,
    ) -> Coded:
        """Return minutes in [start, end) of people, ascending."""
        ...


class _Made(dict[Any, str]):
    """Texts by what they are of; each is made when it is first asked for."""

    def __init__(self, make: Callable[[Any], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: object) -> str:
        text = self[key] = self._make(key)
        return text


class CodedWriter:
    """Writes `user_qos` of numbers, remembering the texts it has made."""

    def __init__(self, encoder: Encoder) -> None:
        """Write as `encoder` does; its `absent` must not be ``missing``."""
        self._encoder = encoder
        self._texts = np.full(_SPAN * len(_FIELDS), None, dtype=object)
        self._known = np.zeros(_SPAN * len(_FIELDS), dtype=np.bool_)
        self._instants = _Made(lambda at: f'{{"date_time":"{iso(at)}"')
        self._machine = {name: _Made(partial(self._part, name)) for name in MACHINE}
        self._form = _Form(encoder)

    def minutes_json(self, coded: Coded) -> list[bytes]:
        """Return the `user_qos` of each stay."""
        form, numbers = self._form, coded.numbers
        legs = np.repeat(np.array(coded.legs, dtype=int), coded.counts)
        pieces = np.empty((len(numbers), form.width), dtype=object)
        pieces[:, 0] = [self._instants[at] for at in coded.ats]
        pieces[:, form.heads] = form.texts[legs]
        pieces[:, form.values] = self._looked_up(numbers)
        for place, (name, fields) in enumerate(MACHINE.items(), form.machine):
            of_part = numbers[:, [_NAMES.index(field.column) for field in fields]]
            made = self._machine[name]
            pieces[:, place] = [made[part] for part in map(tuple, of_part.tolist())]
        pieces[:, -1] = "},"
        said: list[str] = pieces.ravel().tolist()
        ends = (np.cumsum(coded.counts) * form.width).tolist()
        return [
            _joined(said[begin:end])
            for begin, end in zip([0, *ends], ends, strict=False)
        ]

    def _looked_up(self, numbers: Block) -> npt.NDArray[np.object_]:
        """Return the texts of all streams' fields, a column for each."""
        where = numbers[:, :_COLUMNS] + self._form.begins
        for width, medium in _WIDTHS:
            self._leave_pictures_out(numbers, where, width, medium)
        known = self._known[where]
        if not known.all():
            for place in np.unique(where[~known]).tolist():
                self._texts[place] = self._text(*divmod(place, _SPAN))
                self._known[place] = True
        found: npt.NDArray[np.object_] = self._texts[where]
        return found

    def _leave_pictures_out(
        self, numbers: Block, where: Ints, width: int, medium: str
    ) -> None:
        """Let ``0*0`` be said of pictures that are none, in `where`."""
        rate = numbers[:, width + 2]
        none = np.zeros(len(numbers), dtype=np.bool_)
        if self._encoder.style == "2021":
            measured = (numbers[:, width - _PLAIN : width] != MISSING).any(axis=1)
            none |= measured & (numbers[:, width] == MISSING) & (rate == MISSING)
        if medium == "share" and self._encoder.still_share == "0*0":
            none |= rate == 0
        begins = self._form.begins + MISSING
        where[none, width] = begins[width] + _NO_PICTURE
        where[none, width + 1 : width + _PICTURE] = begins[width + 1 : width + _PICTURE]

    def _text(self, field: int, number: int) -> str:
        """Return what stands for a number of a stream's field."""
        metric, quantity = _FIELDS[field], self._encoder.quantity
        column = f"video_received_{metric.suffix}"
        none = number == _NO_PICTURE
        value = None if none else value_of(column, number + MISSING)
        if metric.suffix == "width_px":
            size = "0*0" if none else "" if value is None else value
            return f',"resolution":"{size}'
        if metric.suffix == "height_px":
            return '"' if value is None else f'*{value}"'
        return f'{"," if field else ""}"{metric.field}":{quantity(value, metric.unit)}'

    def _part(self, name: str, numbers: tuple[int, ...]) -> str:
        fields = MACHINE[name]
        said = self._encoder.part(
            name,
            tuple(
                value_of(field.column, number)
                for field, number in zip(fields, numbers, strict=True)
            ),
        )
        return said and f",{said}"


class _Form:
    """How a minute is put together: where its texts stand, and those that never change."""

    def __init__(self, encoder: Encoder) -> None:
        heads, values, fields = list[int](), list[int](), list[int]()
        width = 1
        for _, medium, _ in _STREAMS:
            count = _PLAIN + _PICTURE * (medium != "audio")
            heads.append(width)
            values += range(width + 1, width + 1 + count)
            fields += range(count)
            width += 1 + count
        self.heads = np.array([*heads, width])
        """Where a stream begins, and where the last one is over."""
        self.values = np.array(values)
        """Where the text of each column stands."""
        self.begins = np.array(fields, dtype=np.int64) * _SPAN - MISSING
        """Where the texts of each column begin, for the number 0."""
        self.machine = width + 1
        """Where the machine's three begin."""
        self.width = width + 1 + len(MACHINE) + 1
        self.texts = np.array(
            [_heads(leg, encoder) for leg in range(len(LEGS))], dtype=object
        )
        """What stands at `heads`, by leg."""


def _heads(leg: int, encoder: Encoder) -> list[str]:
    """Return what stands before, between and after a leg's streams."""
    keys = [
        stream_key(medium, direction, LEGS[leg]) for _, medium, direction in _STREAMS
    ]
    blanks = [
        f",{blank_leg(other)}"
        if encoder.absent == "blank" or (encoder.absent == "mixed" and not i)
        else ""
        for i, other in enumerate(LEGS)
    ]
    first, *others = [f',"{key}":{{' for key in keys]
    before, after = "".join(blanks[:leg]), "".join(blanks[leg + 1 :])
    return [before + first, *(f"}}{head}" for head in others), f"}}{after}"]


def _joined(said: list[str]) -> bytes:
    if not said:
        return b"[]"
    said[0], said[-1] = f"[{said[0]}", "}]"
    return "".join(said).encode()
