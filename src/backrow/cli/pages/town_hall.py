"""The town hall that `backrow demo` plays: who takes part, and what goes wrong.

The Lyon office's line is full for a quarter of an hour from minute 12, the second
panelist's line upwards is too narrow while the screen is shared.
"""

from __future__ import annotations

from typing import Final

NUMBER: Final = "94512345678"
MINUTES: Final = 60
_TEXT: Final = """\
seed = {seed}
start_at = 2026-11-23T10:00:00Z
zone = "Europe/Paris"

[company]
at_site = 0.6
on_vpn = 0.3

[people]
external = 0.03

[[sessions]]
number = "{number}"
topic = "Town hall, autumn"
dept = "Communications"
length_min = {minutes}
hosts = 1
panelists = 3
attendees = {attendees}

[sessions.attendance]
early = 0.4
late_min = 2.5
leave_early = 0.15
rejoin = 0.03

[[sessions.programme]]
at_min = 0
speaker = "host"

[[sessions.programme]]
at_min = 4
speaker = "panelist 1"
share = "slides"

[[sessions.programme]]
at_min = 18
speaker = "panelist 1"
share = "clip"
camera = false
quiet = 0.0

[[sessions.programme]]
at_min = 21
speaker = "panelist 3"
share = "slides"

[[sessions.programme]]
at_min = 31
speaker = "panelist 2"
share = "scroll"

[[sessions.programme]]
at_min = 47
speaker = "host"
quiet = 0.2

[[sessions.faults]]
kind = "office"
name = "the Lyon line is full"
where = {{ site = "Lyon office" }}
at_min = 12
length_min = 15

[[sessions.faults]]
kind = "presenter_uplink"
name = "panelist 2 has no room upwards"
where = {{ person = "panelist 2" }}
at_min = 34
length_min = 8
"""


def town_hall(*, attendees: int, seed: int) -> str:
    """Return the scenario as TOML.

    Args:
        attendees: How many there are beside the stage's four.
        seed: The same seed makes the same people.
    """
    return _TEXT.format(seed=seed, number=NUMBER, minutes=MINUTES, attendees=attendees)
