"""What to do about it: one table, by cause, role and kind of network.

The first row that fits is taken. An empty field fits everything. `docs` reads the
table too, and a test demands a row for every cause.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backrow.diagnose.frames import Cause


@dataclass(frozen=True, slots=True)
class Advice:
    """One row."""

    cause: Cause
    role: str
    """presenter or attendee; empty: both."""
    network: str
    """What the scope or the person is on: site, wifi, wired, cellular, ..."""
    text: str


ADVICE: Final = (
    Advice(
        "presenter_network",
        "",
        "wifi",
        "Plug the presenter into a cable, or move next to the access point; close "
        "everything else that sends. Until then let somebody else speak, camera off.",
    ),
    Advice(
        "presenter_network",
        "",
        "cellular",
        "Move the presenter to Wi-Fi or a cable; until then camera off, and join the "
        "sound by telephone.",
    ),
    Advice(
        "presenter_network",
        "",
        "",
        "Switch the presenter's camera off, stop other uploads on that line; if it "
        "stays, use the second line or let somebody else speak.",
    ),
    Advice(
        "presenter_device",
        "",
        "",
        "On the presenter's machine close other programs, the virtual background and "
        "HD video; plug in the power supply. If it stays, present from another machine.",
    ),
    Advice(
        "zoom_core",
        "",
        "",
        "Look at status.zoom.us and open a case with Zoom. Nothing on the stage or at "
        "the attendees' causes it; say so in the chat and go on, or pause.",
    ),
    Advice(
        "data_center",
        "",
        "",
        "Open a case with Zoom naming this data center and the times. An administrator "
        "can take it out of the account's data center choice; those affected must rejoin.",
    ),
    Advice(
        "shared_network",
        "",
        "site",
        "Ask their IT to check the office's internet line and its load; nothing is "
        "wrong on the stage. Watching together on one screen unloads the line.",
    ),
    Advice(
        "shared_network",
        "",
        "isp",
        "Nothing is wrong on the stage. Tell those affected that their provider has "
        "trouble: another line, such as a mobile hotspot, helps; send the recording.",
    ),
    Advice(
        "shared_network",
        "",
        "network",
        "Nothing is wrong on the stage. Ask whoever runs this network to check its "
        "internet line; those affected can try another line, such as a mobile hotspot.",
    ),
    Advice(
        "shared_network",
        "",
        "",
        "Nothing is wrong on the stage. Ask whoever runs the network to check its line.",
    ),
    Advice(
        "place",
        "",
        "",
        "Several networks of this place suffer: nothing on the stage helps. Tell those "
        "affected, offer the telephone number for sound, and send the recording.",
    ),
    Advice(
        "app_version",
        "",
        "os",
        "Ask those affected to restart or update Zoom; IT should check what changed on "
        "this system lately.",
    ),
    Advice(
        "app_version",
        "",
        "",
        "Ask those affected to update Zoom (or join in the browser meanwhile), and have "
        "IT roll out another version.",
    ),
    Advice(
        "own_device",
        "presenter",
        "",
        "Close other programs and browser tabs on this machine, virtual background off; "
        "plug in the power supply.",
    ),
    Advice(
        "own_device",
        "",
        "",
        "The machine is overloaded: close other programs and browser tabs, plug in the "
        "power supply, or watch on another device.",
    ),
    Advice(
        "own_wifi",
        "presenter",
        "",
        "Use a cable. If there is none, go next to the access point and use its 5 GHz.",
    ),
    Advice(
        "own_wifi",
        "",
        "",
        "Go nearer to the access point, use a cable or its 5 GHz network, and pause "
        "other downloads at home.",
    ),
    Advice(
        "own_cellular",
        "",
        "",
        "Go where reception is better or use Wi-Fi; for the sound alone, join by "
        "telephone.",
    ),
    Advice(
        "own_bandwidth",
        "",
        "",
        "The line is full: pause uploads, downloads and streams on it; turn HD off.",
    ),
    Advice(
        "distant_data_center",
        "",
        "",
        "Zoom serves this person from far away, often because of a VPN or the account's "
        "data center setting: leave the VPN, or have an administrator allow a nearer one.",
    ),
    Advice(
        "unknown",
        "",
        "",
        "There is no one thing to repair. Look at the people hit worst one by one, and "
        "keep the recording for them.",
    ),
)


def advice_for(cause: Cause, *, role: str = "", network: str = "") -> str:
    """Return what to do.

    Args:
        cause: What is wrong.
        role: ``presenter`` or ``attendee``, if it is about one person.
        network: Attribute of the scope, or kind of the person's network.
    """
    for row in ADVICE:
        if (
            row.cause == cause
            and row.role in {"", role}
            and row.network in {"", network}
        ):
            return row.text
    raise AssertionError(cause)
