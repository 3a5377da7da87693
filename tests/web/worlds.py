"""A small simulated world with everything in it that an answer can show."""

from __future__ import annotations

from backrow.simulate.scenario import read_scenario
from backrow.simulate.world import World

LIVE, ENDED, TO_COME, OLD = "91100000001", "91100000002", "91100000003", "91100000004"
MEETING, ENDED_MEETING = "82200000001", "82200000002"
EVERYTHING = f"""
seed = 5
account = "acme"

[people]
external = 0.4
hostile_names = 0.3
odd_devices = 0.3
ipv6 = 0.2

[devices]
windows = 20.0
mac = 10.0
ios = 10.0
android = 10.0
linux = 5.0
web = 20.0
rooms = 10.0
sip = 10.0
phone = 5.0

[[sessions]]
number = "{LIVE}"
topic = "Now & <here>"
start_min = -10
length_min = 20
attendees = 60
earlier_days = [7, 400]

[sessions.attendance]
rejoin = 0.3

[[sessions.programme]]
at_min = 0
speaker = "host"

[[sessions.programme]]
at_min = 3
speaker = "panelist 1"
share = "slides"

[[sessions.faults]]
kind = "office"
name = "zinc saxophone"
where = {{ site = "Lyon office" }}
at_min = 2
length_min = 12

[[sessions.faults]]
kind = "presenter_uplink"
name = "copper bassoon"
where = {{ person = "panelist 1" }}
at_min = 4
length_min = 4

[[sessions]]
number = "{ENDED}"
start_min = -60
length_min = 12
attendees = 30

[[sessions]]
number = "{TO_COME}"
start_min = 30
length_min = 10
attendees = 10

[[sessions]]
number = "{MEETING}"
kind = "meeting"
start_min = -8
length_min = 20
panelists = 0
attendees = 12

[[sessions]]
number = "{ENDED_MEETING}"
kind = "meeting"
start_min = -120
length_min = 8
panelists = 0
attendees = 1
"""


def everything(text: str = EVERYTHING) -> World:
    """Return the world; at 2026-11-23T10:00Z it has live, ended and future sessions."""
    return World(read_scenario(text))
