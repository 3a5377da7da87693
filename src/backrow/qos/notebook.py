"""How answers show themselves in a notebook: small tables of HTML.

Names, topics and devices are what attendees typed, and a notebook runs what stands in
HTML. So everything that is shown goes through `cell`, which escapes it, and keeps text
that runs from right to left from turning its neighbours around.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Final

from backrow.qos.vocabulary import DIRECTIONS, MEDIA

if TYPE_CHECKING:
    from backrow.qos.reading import Minute, Stream

MOST_ROWS: Final = 120
"""So many minutes are shown, the newest."""
_LONGEST: Final = 200
"""Characters of a value that are shown."""
_STREAM_HEAD: Final = ("kbps", "ms", "± ms", "loss %", "picture")


def cell(value: object) -> str:
    """Return a value as HTML that shows it and does nothing else."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping | list | tuple):
        value = json.dumps(value, ensure_ascii=False, default=str)
    text = str(value)
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return f"<bdi>{escape(shown)}</bdi>"


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table.

    Args:
        caption: What it is about.
        head: Names of its columns.
        rows: Their values; None is an empty cell.
    """
    names = "".join(f"<th>{cell(name)}</th>" for name in head)
    lines = "".join(
        f"<tr>{''.join(f'<td>{cell(value)}</td>' for value in row)}</tr>"
        for row in rows
    )
    return (
        f"<table><caption>{cell(caption)}</caption><thead><tr>{names}</tr></thead>"
        f"<tbody>{lines}</tbody></table>"
    )


def facts(caption: str, told: Mapping[str, object]) -> str:
    """Return a table of two columns: what is told, and its value."""
    rows = [(name, value) for name, value in told.items() if value not in (None, "")]
    return table(caption, ("", ""), rows)


def minutes_table(caption: str, minutes: Sequence[Minute]) -> str:
    """Return a table of minutes: of each stream that was measured, what was.

    Args:
        caption: Whose minutes they are.
        minutes: Ascending; if there are many, the newest are shown.
    """
    shown = minutes[-MOST_ROWS:]
    streams = [
        (f"{medium} {direction}", [_stream(one, medium, direction) for one in shown])
        for medium in MEDIA
        for direction in DIRECTIONS
    ]
    measured = [(name, of) for name, of in streams if any(s.is_measured for s in of)]
    head = [
        "minute, UTC",
        *(f"{name} {what}" for name, _ in measured for what in _heads(name)),
        "CPU %",
    ]
    rows = [
        [
            f"{one.minute:%Y-%m-%d %H:%M}",
            *(v for name, of in measured for v in _values(of[place], name)),
            one.system_max_cpu_pct,
        ]
        for place, one in enumerate(shown)
    ]
    left_out = len(minutes) - len(shown)
    more = f" · {left_out:,} earlier minutes are not shown" if left_out else ""
    return table(f"{caption}{more}", head, rows)


def _stream(minute: Minute, medium: str, direction: str) -> Stream:
    stream: Stream = getattr(getattr(minute, medium), direction)
    return stream


def _heads(name: str) -> Sequence[str]:
    return _STREAM_HEAD[:-1] if name.startswith("audio") else _STREAM_HEAD


def _values(stream: Stream, name: str) -> list[object]:
    values: list[object] = [
        stream.bitrate_kbps,
        stream.latency_ms,
        stream.jitter_ms,
        _pair("{} / {}", stream.avg_loss_pct, stream.max_loss_pct),
    ]
    if not name.startswith("audio"):
        values.append(_pair("{}p@{}", stream.height_px, stream.frame_rate_fps))
    return values


def _pair(form: str, first: float | None, second: float | None) -> str | None:
    if first is None and second is None:
        return None
    told = ("-" if value is None else f"{value:g}" for value in (first, second))
    return form.format(*told)
