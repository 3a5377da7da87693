"""Tables that people read: a participant's minutes, and lists."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.text import Text

from backrow.cli.context import Zone
from backrow.cli.show.lists import show_list, show_summaries
from backrow.cli.show.minutes import heading, print_minutes
from backrow.cli.show.person import facts
from backrow.cli.show.records import show_rows
from backrow.qos.reading import ParticipantQos

__all__ = ["NO_DATA", "show_list", "show_participant", "show_rows"]

NO_DATA: Final = "Zoom has no data: nothing is being sent or received"


def show_participant(
    console: Console,
    qos: ParticipantQos,
    *,
    zone: Zone,
    nothing: str = NO_DATA,
    with_legend: bool = True,
) -> None:
    """Print who it is and a row a minute.

    Args:
        console: Where to print.
        qos: The participant.
        zone: The viewer's time zone.
        nothing: What to say if there is no minute.
        with_legend: Say what a cell holds; once is enough under several tables.
    """
    console.print(facts(qos, zone))
    console.print()
    if qos.summaries:
        show_summaries(console, qos.summaries)
    elif not qos.minutes:
        console.print(Text(nothing))
    if not qos.minutes:
        return
    console.print(Text(heading(qos.minutes, zone), style="bold"))
    print_minutes(console, qos, zone, with_legend=with_legend)
