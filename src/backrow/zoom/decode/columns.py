"""One minute of Zoom's JSON to rows of the samples table, fast.

This is the hot path of every collected body, so it is written for speed: texts
are looked up in memos, rows are tuples, and a leg that is wholly blank or absent
(two of three, for nearly everyone) is passed over with one comparison.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

from msgspec import UNSET, Struct

from backrow.qos.reading import Problem
from backrow.qos.sample import FIRST_METRIC, NAMES, Row
from backrow.qos.vocabulary import DIRECTIONS, LEGS, MEDIA, stream_key
from backrow.zoom.decode.memos import Memos
from backrow.zoom.wire import AudioStream, PictureStream, UserQos

STREAM_KEYS: Final = tuple(
    stream_key(m, d, leg) for leg in LEGS for m in MEDIA for d in DIRECTIONS
)
"""Zoom's eighteen stream keys, in the order of the columns, leg by leg."""
STREAMS_OF_LEG: Final = tuple(
    (leg, attrgetter(*STREAM_KEYS[6 * i : 6 * i + 6])) for i, leg in enumerate(LEGS)
)
_NO_AUDIO: Final = (None,) * 5
_NO_PICTURE: Final = (None,) * 8
NO_STREAMS: Final = list((_NO_AUDIO * 2) + (_NO_PICTURE * 4))
NO_MACHINE: Final = (None,) * (len(NAMES) - FIRST_METRIC - len(NO_STREAMS))
NO_ZOOM_OPINION: Final = (None,) * 4
"""The last columns, which only QSS events fill."""
_NO_PICTURE_SIZE: Final = (None, None)

_BLANK_AUDIO: Final = AudioStream(
    bitrate="", latency="", jitter="", avg_loss="", max_loss=""
)
_BLANK_PICTURE: Final = PictureStream(
    bitrate="",
    latency="",
    jitter="",
    avg_loss="",
    max_loss="",
    resolution="",
    frame_rate="",
)
_EMPTY_LEGS: Final = ((UNSET,) * 6, (_BLANK_AUDIO,) * 2 + (_BLANK_PICTURE,) * 4)


def rows_of(minute: UserQos, at: datetime, key: Row, memos: Memos) -> list[Row]:
    """Return the rows of one minute, one for each leg that has a value.

    Args:
        minute: The minute as Zoom spelled it.
        at: Its `date_time`.
        key: The key columns of a row; `minute`, `sampled_at` and `leg` are put in.
        memos: What is known already.
    """
    floor = at.replace(second=0, microsecond=0) if at.second or at.microsecond else at
    rows: list[Row] = []
    machine = _machine(minute, memos)
    for leg, streams_of in STREAMS_OF_LEG:
        streams = streams_of(minute)
        values = NO_STREAMS if streams in _EMPTY_LEGS else _values(streams, memos)
        if values != NO_STREAMS or machine is not NO_MACHINE:
            rows.append((*key[:5], floor, at, leg, *key[8:], *values, *machine))
        machine = NO_MACHINE  # of the whole machine: on the client's row only
    return rows


def _values(streams: tuple[Any, ...], memos: Memos) -> list[Any]:
    """Return the values of one leg's six streams, in the order of the columns."""
    kbps, ms, pct, fps, sizes = memos.kbps, memos.ms, memos.pct, memos.fps, memos.size
    values: list[Any] = []
    add = values.extend
    for s in streams[:2]:
        if not s or s == _BLANK_AUDIO:
            add(_NO_AUDIO)
            continue
        loss, most = pct[s.avg_loss], pct[s.max_loss]
        add((kbps[s.bitrate], ms[s.latency], ms[s.jitter], loss, most))
    for s in streams[2:]:
        if not s or s == _BLANK_PICTURE:
            add(_NO_PICTURE)
            continue
        loss, most = pct[s.avg_loss], pct[s.max_loss]
        size, rate = sizes[s.resolution], fps[s.frame_rate]
        if rate is None and size == (0, 0):  # Zoom's way to say "no picture"
            size = _NO_PICTURE_SIZE
        add((kbps[s.bitrate], ms[s.latency], ms[s.jitter], loss, most, *size, rate))
    return values


def _machine(minute: UserQos, memos: Memos) -> tuple[Any, ...]:
    """Return CPU, CPU pressure and Wi-Fi, and Zoom's opinion: none in REST."""
    cpu, pressure, wifi = minute.cpu_usage, minute.cpu_pressure_level, minute.wifi_rssi
    if not (cpu or pressure or wifi):
        return NO_MACHINE
    pct, level, dbm = memos.pct, memos.level, memos.dbm
    values: list[Any] = [None] * 10
    if cpu:
        values[0] = pct[cpu.zoom_min_cpu_usage]
        values[1] = pct[cpu.zoom_avg_cpu_usage]
        values[2] = pct[cpu.zoom_max_cpu_usage]
        values[3] = pct[cpu.system_max_cpu_usage]
    if pressure:
        values[4] = level[pressure.system_min_cpu_pressure_level]
        values[5] = level[pressure.system_avg_cpu_pressure_level]
        values[6] = level[pressure.system_max_cpu_pressure_level]
    if wifi:
        rssi = dbm[wifi.min_rssi], dbm[wifi.avg_rssi], dbm[wifi.max_rssi]
        values[7:] = in_order(*rssi)
    machine = (*values, *NO_ZOOM_OPINION)
    return NO_MACHINE if machine == NO_MACHINE else machine


def in_order(
    low: float | None, mid: float | None, high: float | None
) -> tuple[float | None, float | None, float | None]:
    """Return Wi-Fi signals as (weakest, average, strongest), dBm.

    Zoom's examples have least and most the wrong way round.
    """
    if low is not None and high is not None and low > high:
        low, high = high, low
    return low, mid, high


def problems_of(minute: UserQos, path: str, memos: Memos) -> Iterator[Problem]:
    """Yield what cannot be parsed in one minute, with its place."""
    for key in (*STREAM_KEYS, "cpu_usage", "cpu_pressure_level", "wifi_rssi"):
        part = getattr(minute, key)
        if isinstance(part, Struct):
            yield from problems_in(part, f"{path}.{key}", memos)


def problems_in(part: Struct, path: str, memos: Memos) -> Iterator[Problem]:
    """Yield what cannot be parsed among the measures of one object."""
    for name in part.__struct_fields__:
        if name in _NOT_MEASURES:
            continue
        text = getattr(part, name)
        memo = memos.of(name)
        if memo.read(text)[1] == "unparsable":
            expected = memo.expected
            yield Problem(path=f"{path}.{name}", value=text, expected=expected)


_NOT_MEASURES: Final = frozenset({"rssi_unit", "quality", "network_notification"})
