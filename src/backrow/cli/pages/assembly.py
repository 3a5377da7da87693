"""Pages over the lake that the settings name, and over what this process collects."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from backrow.cli.context import Zone
from backrow.clock import Clock
from backrow.judge.given import how_of, naming_of
from backrow.lake.kept import open_lake
from backrow.lake.store.rows import instant
from backrow.settings import Settings
from backrow.web.pages.sessions.both import BothSessions
from backrow.web.pages.sessions.filled import LiveSessions
from backrow.web.pages.sessions.kept import LakeSessions
from backrow.web.pages.site import Pages
from backrow.web.pages.views.room import STALE_S

_STALE_WALL_S = 10.0
"""On a clock that runs fast, a minute is stale after this real time at the earliest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Pages, and what must run beside them."""

    pages: Pages
    task: Callable[[], Coroutine[Any, Any, None]]


def pages_of(settings: Settings, *, live: LiveSessions | None = None) -> Shown:
    """Return pages over the lake.

    Args:
        settings: Name the lake, the zone, the clock and names of networks.
        live: What this process collects; it comes first.

    Raises:
        SettingsError: A file of names cannot be read, or there is no such zone.
    """
    clock = Clock.parse(settings.clock)
    zone = _zone(settings, clock.now())
    kept = LakeSessions(
        open_lake(settings.lake),
        clock=Clock(),
        naming=naming_of(settings),
        thresholds=how_of(settings, at=instant(clock.now())).thresholds,
        told_in=zone,
    )
    pages = Pages(
        source=kept if live is None else BothSessions(live, kept),
        clock=clock,
        zone=zone or UTC,
        stale_s=max(STALE_S, _STALE_WALL_S * clock.speed),
    )
    return Shown(pages=pages, task=kept.fill_in)


def _zone(settings: Settings, now: float) -> tzinfo | None:
    """Return the zone of times in sentences; None is the machine's.

    Raises:
        SettingsError: This machine knows no such zone.
    """
    Zone(settings.tz).local(datetime.fromtimestamp(now, UTC))
    return None if settings.tz is None else ZoneInfo(settings.tz)
