"""The kinds of webinars, each a scenario drawn by its seed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Place = tuple[str, str]
"""A kind of fault, and where it strikes."""
_FAULT: Final = """
[[sessions.faults]]
kind = "{kind}"
at_min = {at}
length_min = {length}
severity = {severity}
where = {{ {where} }}
{more}
"""
_GROUPS: Final[tuple[Place, ...]] = (
    ("data_center", 'data_center = "Germany"'),
    ("data_center", 'data_center = "United States"'),
    ("isp", 'isp = "Alder Fibre FR"'),
    ("isp", 'isp = "Cedar Cable US"'),
    ("isp", 'isp = "Birch Broadband GB"'),
    ("office", 'site = "Paris office"'),
    ("office", 'site = "Lyon office"'),
    ("office", 'site = "Chicago office"'),
    ("place", 'place = "London"'),
    ("place", 'place = "New York"'),
    ("version", 'version = "6.5.12.15960"'),
    ("version", 'version = "6.6.3.18821"'),
)
_STAGE: Final[tuple[Place, ...]] = (
    ("presenter_uplink", 'person = "speaker"'),
    ("presenter_cpu", 'person = "speaker"'),
    ("zoom_core", ""),
)
_OWN: Final = ("own_wifi", "own_device", "own_cellular", "own_line")
_NOISY: Final = "[noise]\nisp_spread = 0.8\nperson_spread = 1.0\n"
_PAST_MIN: Final = 22
"""Minutes before a fault, where it is not early: a past to compare with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A kind of webinar."""

    meaning: str
    faults: int = 1
    of: tuple[Place, ...] = _GROUPS
    severity: float = 1.0
    share: float | None = None
    """Share of its group that a fault hits; None: as usual for its kind."""
    begins: tuple[int, int] | None = None
    """From when to when a fault may begin, minutes; None: after some calm."""
    lasts: bool = False
    """Whether it lasts until the end."""
    noise: str = ""
    own: bool = False
    """Whether single people have faults of their own, too."""

    @property
    def is_calm(self) -> bool:
        """Whether many have nothing in common."""
        return self.faults == 0

    @property
    def has_past(self) -> bool:
        """Whether there is some calm before each fault."""
        return self.begins is None


CELLS: Final[Mapping[str, Cell]] = {
    "calm": Cell(meaning="no fault; everybody's ordinary trouble", faults=0),
    "calm, noisy": Cell(
        meaning="no fault, trouble spread unevenly over providers and people",
        faults=0,
        noise=_NOISY,
    ),
    "strong": Cell(meaning="one group has a fault that hits most of it"),
    "weak": Cell(
        meaning="one that hits 30 % of the group, at 0.6 of the severity",
        severity=0.6,
        share=0.3,
    ),
    "two at once": Cell(meaning="two groups with a fault in the same hour", faults=2),
    "stage": Cell(meaning="the presenter's line or machine, or Zoom itself", of=_STAGE),
    "from the start": Cell(
        meaning="a group's fault from the first minute to the last",
        begins=(0, 1),
        lasts=True,
    ),
    "early": Cell(
        meaning="a group's fault that begins in minute 3 to 20", begins=(3, 21)
    ),
    "strong, noisy": Cell(meaning="strong, with the uneven noise", noise=_NOISY),
    "own": Cell(
        meaning="no shared fault; single people's of each kind", faults=0, own=True
    ),
}


def scenario(cell: Cell, *, seed: int, people: int, minutes: int) -> str:
    """Return a webinar of a cell as TOML."""
    draw = random.Random(seed)
    first, last = cell.begins or (_PAST_MIN, max(_PAST_MIN + 1, minutes - 20))
    faults = [
        _FAULT.format(
            kind=kind,
            where=where,
            at=draw.randrange(first, last),
            length=minutes if cell.lasts else draw.randrange(8, 16),
            severity=cell.severity,
            more=f"share = {cell.share}" if cell.share and kind != "version" else "",
        )
        for kind, where in draw.sample(cell.of, cell.faults)
    ]
    if cell.own:
        faults += [
            _FAULT.format(
                kind=kind,
                where="",
                at=draw.randrange(5, minutes - 15),
                length=10,
                severity=1.0,
                more=f"people = {max(2, people // 100)}",
            )
            for kind in _OWN
        ]
    head = f'seed = {seed}\n{cell.noise}[[sessions]]\nnumber = "91234567890"\n'
    return f"{head}attendees = {people}\nlength_min = {minutes}\n" + "".join(faults)
