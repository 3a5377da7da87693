"""What goes in and out of the planner: options, planned calls, their results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from backrow.errors import BackrowError
from backrow.qos.people import Person, Session
from backrow.qos.sample import Picked
from backrow.qos.vocabulary import Kind
from backrow.zoom.endpoints import Action, Endpoint, RateLabel, endpoint
from backrow.zoom.limits import Plan

Purpose = Literal[
    "discover", "sweep", "census", "single", "check", "past", "roll", "find"
]

ACTIONS: Final[Mapping[Purpose, Action]] = {
    "discover": "list",
    "sweep": "participants",
    "census": "participants_qos",
    "single": "participant_qos",
    "check": "get",
    "past": "participants_qos",
    "roll": "participants",
    "find": "get",
}
"""What is asked of Zoom: discover the live list, sweep and roll the participants
(live and past), census and past the QoS list (live and past), single one person's
QoS, check whether a session has ended, find what ended by the name that is waited
for."""
TYPES: Final[Mapping[Purpose, str]] = {
    "discover": "live",
    "sweep": "live",
    "census": "live",
    "single": "live",
    "check": "past",
    "past": "past",
    "roll": "past",
    "find": "past",
}
"""Zoom's `type` of each."""
QOS_PAGE: Final = 10
"""Participants on a page of the QoS list."""
LIST_PAGE: Final = 300
"""Participants on a page of the participants list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a collector is asked to do, and how much of the account it may use."""

    kind: Kind = "webinar"
    names: tuple[str, ...] = ()
    """Numbers and UUIDs to watch; empty: every session that runs."""
    plan: Plan = "business"
    """Sets the rate limits."""
    others_share: float = 0.5
    """Share of the day's calls that is left to the account's other apps."""
    singles_per_minute: int = 45
    """Calls about one participant in a minute of a room too large for a census."""
    suspects_share: float = 1 / 3
    """How much of them may go to people who look bad."""
    expected_minutes: int = 60
    """How long a session is expected to last; Zoom does not tell."""
    in_flight_max: int = 32
    """Calls that may wait for their answer at a time."""
    seed: int = 7
    """Seed of the draw."""
    discovers: bool = True
    """Whether live sessions are looked for."""
    stays: bool = False
    """Whether live sessions are looked for until it is stopped."""
    waits_for_next: bool = False
    """Whether numbers are waited for though their last occurrence ended recently."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCall:
    """One call to make now."""

    number: int
    """Counts up from 1; no two calls of a planner have the same."""
    purpose: Purpose
    kind: Kind
    session: str = ""
    """UUID, or the name to find; empty for the list of sessions."""
    participant: str = ""
    """`user_id` of a single call."""
    picked: Picked = "targeted"
    """Why the rows of its answer are had."""
    query: Mapping[str, str] = field(default_factory=dict)
    """All of it, but the dates of the list of sessions."""

    @property
    def endpoint(self) -> Endpoint:
        """What of Zoom's API it calls."""
        return endpoint(self.kind, ACTIONS[self.purpose])

    @property
    def label(self) -> RateLabel:
        """Which of the account's limits it counts against."""
        return self.endpoint.label


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a QoS answer told of one participant."""

    participant: str
    minutes: tuple[float, ...]
    """The minutes that it held, ascending, unix seconds."""
    is_bad: bool = False
    """Whether the newest of them looks bad."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a planned call."""

    call: PlannedCall
    error: BackrowError | None = None
    """Why there is no answer, or none that could be read."""
    sessions: Sequence[Session] = ()
    """Of discover, a page; of check and find, the one, with its end."""
    people: Sequence[Person] = ()
    """Of sweep and roll, a page."""
    visits: Sequence[Visit] = ()
    """Of census, single and past."""
    next_page_token: str = ""
    """Empty on the last page."""
