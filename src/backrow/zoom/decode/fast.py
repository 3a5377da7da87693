"""Large QoS pages to rows, in about twice the time of msgspec's own decode.

Turning seven million strings into Python objects and looking each one up costs
more than reading the JSON itself. msgspec, however, looks the texts of an
enumeration up in a table of its own, in C, and gives back a member that exists
already, without making a string. So the few thousand texts that Zoom really
sends (``"0 ms"`` to ``"1000 ms"``, …) are members of enumerations here, each
with its number on it; any other text that can be parsed becomes one when it
first comes.

A body with anything out of the ordinary (a null, a JSON number, a text that
cannot be parsed, an object where there should be none) does not decode into
these shapes at all. `load_fast` then returns None and the caller takes the
careful way (`backrow.zoom.decode.columns`), which finds the same rows and says what is
wrong. A test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any, Final

import msgspec
from msgspec import defstruct

from backrow.qos.quantity import Reading, read_quantity, read_resolution
from backrow.qos.sample import FIRST_METRIC, INDEX, Row
from backrow.qos.vocabulary import CPU_LEVELS, DIRECTIONS, Unit
from backrow.zoom.decode.columns import (
    NO_MACHINE,
    NO_ZOOM_OPINION,
    STREAM_KEYS,
    in_order,
)
from backrow.zoom.decode.memos import Memos
from backrow.zoom.wire import (
    CpuPressure,
    CpuUsage,
    MeetingParticipantQosAnswer,
    MeetingParticipantQosPage,
)

_MOST_LEARNED: Final = 100_000
"""Texts an enumeration learns before it stops; a guard against hostile bodies."""
_WIDTHS: Final = tuple(
    INDEX[f"{medium}_{direction}_width_px"] - FIRST_METRIC
    for medium in ("video", "share")
    for direction in DIRECTIONS
)
"""Where the four widths stand among a leg's values; the height and rate follow."""
_OF_CLIENT: Final = attrgetter(*STREAM_KEYS[:6])
_OF_GATEWAYS: Final = attrgetter(*STREAM_KEYS[6:])
_RSSI: Final = ("min_rssi", "avg_rssi", "max_rssi")
_NO_RSSI: Final = (None, None, None)


class _Text(Enum):
    """A text that Zoom sends, with what it means."""

    @classmethod
    def _missing_(cls, text: object) -> Any:
        """Make a member of a text that comes for the first time.

        Raises:
            ValueError: It cannot be parsed; the body then takes the careful way.
        """
        number = cls.meaning(text)
        one = object.__new__(cls)
        one._value_ = text
        one.number = number
        if len(cls._value2member_map_) < _MOST_LEARNED:
            cls._value2member_map_[text] = one
        return one

    def __init__(self, text: object) -> None:
        self.number = self.meaning(text)

    @classmethod
    def meaning(cls, text: object) -> Any:
        """Return what `text` means; a subclass's."""
        raise ValueError(text)


def _need(reading: Reading) -> float | None:
    if reading.state == "unparsable":
        raise ValueError(reading)
    return reading.value


def _quantities(unit: Unit, texts: Iterable[str]) -> type[_Text]:
    class Quantity(_Text):
        @classmethod
        def meaning(cls, text: object) -> float | None:
            return _need(read_quantity(text, unit))

    return _members(Quantity, ("", *texts))


def _members(kind: type[_Text], texts: Iterable[object]) -> type[_Text]:
    named = [(f"t{i}", text) for i, text in enumerate(dict.fromkeys(texts))]
    make: Any = kind  # calling an Enum without members makes one with
    return make(kind.__name__, named)  # type: ignore[no-any-return] # Enum's own way


class _Size(_Text):
    @classmethod
    def meaning(cls, text: object) -> tuple[int | None, int | None]:
        width, height, state = read_resolution(text)
        if state == "unparsable":
            raise ValueError(text)
        return width, height


class _Signal(_Text):
    @classmethod
    def meaning(cls, text: object) -> float | None:
        return _need(read_quantity(text, "dBm"))


class _Level(_Text):
    @classmethod
    def meaning(cls, text: object) -> str | None:
        word = str(text).strip().lower()
        if word and word not in CPU_LEVELS:
            raise ValueError(text)
        return word or None


@dataclass(frozen=True, slots=True)
class Shapes:
    """The structs of a page whose texts are members of enumerations."""

    page: msgspec.json.Decoder[Any]
    answer: msgspec.json.Decoder[Any]
    blank_legs: tuple[Any, ...]
    """The twelve streams of the two gateways, all blank."""
    zero_size: Any
    """The member that stands for ``0*0``."""


@cache
def shapes() -> Shapes:
    """Return the structs, made when first asked for (it takes a moment)."""
    kbps = _quantities("kbps", (f"{n} kbps" for n in range(4000)))
    ms = _quantities("ms", (f"{n} ms" for n in range(1000)))
    tenths = (f"{n / 10:.1f}%" for n in range(1001))
    pct = _quantities("%", (*tenths, *(f"{n}%" for n in range(101))))
    fps = _quantities("fps", (f"{n} fps" for n in range(61)))
    sizes = ("0*0", *(f"{h * 16 // 9}*{h}" for h in (90, 180, 360, 540, 720, 1080)))
    size, level = _members(_Size, ("", *sizes)), _members(_Level, ("", *CPU_LEVELS))
    sound = [("bitrate", kbps), ("latency", ms), ("jitter", ms)]
    sound += [("avg_loss", pct), ("max_loss", pct)]
    audio = _struct("FastAudio", sound)
    picture = _struct(
        "FastPicture", [*sound, ("resolution", size), ("frame_rate", fps)]
    )
    cpu = _struct("FastCpu", [(name, pct) for name in CpuUsage.__struct_fields__])
    pressure = _struct(
        "FastPressure", [(name, level) for name in CpuPressure.__struct_fields__]
    )
    dbm = _members(_Signal, range(-120, 1))
    wifi = defstruct("FastWifi", [(name, dbm) for name in _RSSI], frozen=True, gc=False)
    streams: list[Any] = [
        (key, shape, shape())
        for key in STREAM_KEYS
        for shape in [audio if key.startswith("audio") else picture]
    ]
    minute = defstruct(
        "FastMinute",
        [
            ("date_time", str | None, None),
            *streams,
            ("cpu_usage", cpu | None, None),
            ("cpu_pressure_level", pressure | None, None),
            ("wifi_rssi", wifi | None, None),
        ],
        frozen=True,
        gc=False,
    )
    return _pages(minute, ((audio(),) * 2 + (picture(),) * 4) * 2, size("0*0"))


def _struct(name: str, fields: Sequence[tuple[str, type[_Text]]]) -> Any:
    """Return a struct whose fields are blank unless they come."""
    return defstruct(
        name, [(n, kind, kind("")) for n, kind in fields], frozen=True, gc=False
    )


def _pages(minute: Any, blank_legs: tuple[Any, ...], zero_size: Any) -> Shapes:
    answer: Any = defstruct(
        "FastAnswer",
        [("user_qos", list[minute] | None, None)],
        bases=(MeetingParticipantQosAnswer,),
        frozen=True,
        kw_only=True,
    )
    page = defstruct(
        "FastPage",
        [("participants", list[answer] | None, None)],
        bases=(MeetingParticipantQosPage,),
        frozen=True,
        kw_only=True,
    )
    decoders = msgspec.json.Decoder(page), msgspec.json.Decoder(answer)
    return Shapes(*decoders, blank_legs, zero_size)


def load_fast(body: bytes, decoder: msgspec.json.Decoder[Any]) -> Any:
    """Return the struct in `body`, or None if it must be read the careful way."""
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def fast_rows(
    minutes: Iterable[Any], key: Row, memos: Memos, shape: Shapes
) -> list[Row] | None:
    """Return the rows of one participant's minutes, as `columns.rows_of` does.

    None means that the careful way is needed: an instant is missing or out of
    order (then records may be split and must be merged).
    """
    account, kind, uuid, number, who, *_, origin, picked, came = key
    blank, zero, instants = shape.blank_legs, shape.zero_size, memos.instant
    rows: list[Row] = []
    last = None
    for minute in minutes:
        at = instants[minute.date_time]
        if at is None:
            return None
        floor = at.replace(second=0, microsecond=0) if at.second else at
        if last is not None and floor <= last:
            return None
        last = floor
        machine, streams = _machine(minute), _OF_CLIENT(minute)
        if machine is not NO_MACHINE or streams != blank[:6]:
            where = (
                account,
                kind,
                uuid,
                number,
                who,
                floor,
                at,
                "client",
                origin,
                picked,
                came,
            )
            rows.append(where + _values(streams, zero) + machine)
        streams = _OF_GATEWAYS(minute)
        if streams == blank:  # nearly everyone: no room system, no browser
            continue
        for leg, own in (("crc", streams[:6]), ("rwg", streams[6:])):
            if own != blank[:6]:
                where = (*key[:5], floor, at, leg, *key[8:])
                rows.append(where + _values(own, zero) + NO_MACHINE)
    return rows


def _values(streams: tuple[Any, ...], zero: Any) -> tuple[Any, ...]:
    """Return the values of six streams; written out because it is the hot path."""
    a, b, c, d, e, f = streams
    values = (
        a.bitrate.number,
        a.latency.number,
        a.jitter.number,
        a.avg_loss.number,
        a.max_loss.number,
        b.bitrate.number,
        b.latency.number,
        b.jitter.number,
        b.avg_loss.number,
        b.max_loss.number,
        c.bitrate.number,
        c.latency.number,
        c.jitter.number,
        c.avg_loss.number,
        c.max_loss.number,
        c.resolution.number[0],
        c.resolution.number[1],
        c.frame_rate.number,
        d.bitrate.number,
        d.latency.number,
        d.jitter.number,
        d.avg_loss.number,
        d.max_loss.number,
        d.resolution.number[0],
        d.resolution.number[1],
        d.frame_rate.number,
        e.bitrate.number,
        e.latency.number,
        e.jitter.number,
        e.avg_loss.number,
        e.max_loss.number,
        e.resolution.number[0],
        e.resolution.number[1],
        e.frame_rate.number,
        f.bitrate.number,
        f.latency.number,
        f.jitter.number,
        f.avg_loss.number,
        f.max_loss.number,
        f.resolution.number[0],
        f.resolution.number[1],
        f.frame_rate.number,
    )
    if zero in (c.resolution, d.resolution, e.resolution, f.resolution):
        return without_zero_sizes(values)
    return values


def without_zero_sizes(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the values with ``0*0`` beside no frame rate made None."""
    fixed = list(values)
    for width in _WIDTHS:
        if fixed[width] == 0 and fixed[width + 1] == 0 and fixed[width + 2] is None:
            fixed[width] = fixed[width + 1] = None
    return tuple(fixed)


def _machine(minute: Any) -> tuple[Any, ...]:
    cpu, pressure, wifi = minute.cpu_usage, minute.cpu_pressure_level, minute.wifi_rssi
    usage = (
        (
            cpu.zoom_min_cpu_usage.number,
            cpu.zoom_avg_cpu_usage.number,
            cpu.zoom_max_cpu_usage.number,
            cpu.system_max_cpu_usage.number,
        )
        if cpu
        else (None,) * 4
    )
    levels = (
        (
            pressure.system_min_cpu_pressure_level.number,
            pressure.system_avg_cpu_pressure_level.number,
            pressure.system_max_cpu_pressure_level.number,
        )
        if pressure
        else (None,) * 3
    )
    rssi = (
        in_order(wifi.min_rssi.number, wifi.avg_rssi.number, wifi.max_rssi.number)
        if wifi
        else _NO_RSSI
    )
    machine = usage + levels + rssi + NO_ZOOM_OPINION
    return NO_MACHINE if machine == NO_MACHINE else machine
