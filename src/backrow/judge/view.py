"""What a page reads of a room: the newest minute that was judged, and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from backrow.diagnose.verdict.finding import Finding
from backrow.diagnose.verdict.glance import LASTING, Glance


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomView:
    """One room as it is. It never changes: ask again for a newer one."""

    session_uuid: str
    minute: datetime
    """The newest minute that was judged."""
    newest: datetime
    """The newest minute of which anything has come; its age is how late the room is."""
    glance: Glance
    """The minute in one sentence and its figures."""
    minutes: pl.DataFrame
    """The minute's rows, scored and classed, with ``cause``."""
    people: pl.DataFrame
    """Everybody so far; see `backrow.lake.frames.people`."""
    roster: pl.DataFrame | None
    """The last sweep of the participants list; None if there was none."""
    findings: tuple[Finding, ...]
    """All so far, each as it was told last, the oldest first."""

    @property
    def lasting(self) -> tuple[Finding, ...]:
        """The findings that still last."""
        return tuple(one for one in self.findings if one.state in LASTING)
