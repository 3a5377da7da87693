"""What happens on stage, minute by minute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from backrow.simulate.cast.people import ATTENDEE, HOST, PANELIST, Flags, People
from backrow.simulate.draws import Floats, Ints
from backrow.simulate.scenario.schema import Segment, SessionPlan, ShareKind

SHARES: Final[tuple[ShareKind, ...]] = (
    "none",
    "slides",
    "scroll",
    "clip",
    "whiteboard",
)
NO_SHARE, SLIDES, SCROLL, CLIP, WHITEBOARD = range(5)
CONTENT: Final[dict[int, str]] = {
    SLIDES: "desktop",
    SCROLL: "application",
    CLIP: "application",
    WHITEBOARD: "whiteboard",
}
"""Zoom's word for what is shared."""
_ROLE: Final = {"host": HOST, "panelist": PANELIST, "attendee": ATTENDEE}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Programme:
    """Who is on stage in each minute: indices into the session's people."""

    speaker: Ints
    """Who speaks."""
    seen: Ints
    """Whose picture is sent to everybody; -1 if nobody's."""
    sharer: Ints
    """Who shares; -1 if nobody does."""
    share: Ints
    """What is shared: index into `SHARES`."""
    quiet: Floats
    """Share of the time that nobody speaks."""

    def on_stage(self, count: int) -> Flags:
        """Return which of `count` people ever speak, are seen or share."""
        stage = np.zeros(count, dtype=bool)
        for who in (self.speaker, self.seen, self.sharer):
            stage[who[who >= 0]] = True
        return stage


def make_programme(plan: SessionPlan, people: People) -> Programme:
    """Return the programme of a session, its usual one if the plan has none."""
    segments = plan.programme or _usual(plan)
    starts = [segment.at_min for segment in segments]
    middles = np.arange(plan.length_min) + 0.5
    which = np.maximum(0, np.searchsorted(starts, middles, side="right") - 1)
    speaker = np.array([speaker_of(people, s.speaker) for s in segments])
    share = np.array([SHARES.index(s.share) for s in segments])
    host = people.of_role(HOST, 1)
    asks = people.role[speaker] == ATTENDEE
    stays_seen = np.where(asks, host, speaker)  # who asks is heard, not seen
    camera = np.array([s.camera for s in segments])
    return Programme(
        speaker=speaker[which],
        seen=np.where(camera, stays_seen, -1)[which],
        sharer=np.where(share > 0, stays_seen, -1)[which],
        share=share[which],
        quiet=np.array([s.quiet for s in segments])[which],
    )


def speaker_of(people: People, name: str) -> int:
    """Return who is meant by ``host``, ``panelist 2`` or ``attendee 1``."""
    word, _, number = name.partition(" ")
    return people.of_role(_ROLE[word], int(number or 1))


def _usual(plan: SessionPlan) -> tuple[Segment, ...]:
    """Return welcome, slides, something shown, a clip, slides, questions."""
    guests = [f"panelist {i + 1}" for i in range(plan.panelists)] or ["host"]
    parts: tuple[tuple[float, str, ShareKind], ...] = (
        (0.0, "host", "none"),
        (0.08, guests[0], "slides"),
        (0.42, guests[1 % len(guests)], "scroll"),
        (0.6, guests[0], "clip"),
        (0.65, guests[2 % len(guests)], "slides"),
        (0.85, "host", "none"),
    )
    return tuple(
        Segment(at_min=round(part * plan.length_min, 1), speaker=who, share=share)
        for part, who, share in parts
    )
