"""A participant's minutes: a line each, in as many blocks as the width needs.

What was never measured gets no column. Values worth a look carry a mark as well as a
colour, so that they survive a pipe and colour blindness.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from backrow.cli.context import Zone
from backrow.cli.show.sheet import not_measured, of_minute, sheet
from backrow.cli.show.thresholds import legend_of_limits
from backrow.cli.write import counted, plain
from backrow.qos.reading import Minute, ParticipantQos
from backrow.qos.vocabulary import MEDIA

_LEGEND: Final = (
    "ms is the round trip, ± its jitter; loss is average/worst; a picture is height@frames/s; "
    "CPU is Zoom's average/the whole machine's most; dBm is the Wi-Fi signal."
)
_LEGEND_OF_SCORES: Final = "Zoom's score is its own judgement, 1 to 5."


def print_minutes(
    console: Console, qos: ParticipantQos, zone: Zone, *, with_legend: bool = True
) -> None:
    """Print a line a minute, in blocks below each other where that is too wide."""
    for position, block in enumerate(sheet(qos.minutes, zone, width=console.width)):
        if position:
            console.print()
        for line in block:
            console.print(line, no_wrap=True)
    notes = [*_warnings(qos.minutes, zone), not_measured(qos.minutes)]
    if with_legend:
        scored = any(
            of_minute(one, f"zoom_{medium}_score") is not None
            for one in qos.minutes
            for medium in MEDIA
        )
        notes += [_LEGEND, _LEGEND_OF_SCORES if scored else "", legend_of_limits()]
    console.print(Text("\n" + "\n".join(filter(None, notes)), style="dim"))


def _warnings(minutes: Sequence[Minute], zone: Zone) -> Iterator[str]:
    """Yield each warning that Zoom showed the participant, and in which minutes."""
    found: dict[str, list[str]] = {}
    for one in minutes:
        warning = of_minute(one, "zoom_notification")
        if warning:
            at = f"{zone.local(one.minute):%H:%M}"
            found.setdefault(plain(warning), []).append(at)
    for warning, times in found.items():
        yield f"Zoom warned them: {warning}, at {', '.join(times)}."


def heading(minutes: Sequence[Minute], zone: Zone) -> str:
    """Return how many minutes there are, of which day, in which zone."""
    first, last = minutes[0].minute, minutes[-1].minute
    day, end = zone.local(first).date(), zone.local(last).date()
    days = f"{day}" if day == end else f"{day} to {end}"
    count = counted(len(minutes), "minute")
    return f"{count}, {days}, times in {zone.title(first)}"
