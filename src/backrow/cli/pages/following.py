"""Carries what a collector's rooms say to the pages of the same process."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Final

import anyio
from anyio import to_thread

from backrow.cli.collect.collecting import Collector
from backrow.collect.planner import Watched
from backrow.collect.polling.status import Status
from backrow.judge.view import RoomView
from backrow.lake.store.privacy import Privacy
from backrow.web.pages.sessions.filled import LiveSessions
from backrow.web.pages.sessions.source import Collecting, Occurrence

_LOOK_S: Final = 0.2
"""How often the rooms are looked at, real seconds."""
_OVER: Final = ("complete", "given_up")


@dataclass(slots=True)
class Follower:
    """Fills live sessions from a collector's rooms."""

    live: LiveSessions
    privacy: Privacy = field(default_factory=Privacy)
    """What pages tell of hosts; of people they tell what the lake does."""
    _seen: dict[str, RoomView] = field(default_factory=dict)
    _told: dict[str, tuple[object, ...]] = field(default_factory=dict)
    """How the collecting went when the pages were told last."""
    _ended: set[str] = field(default_factory=set)

    async def follow(self, collector: Collector) -> None:
        """Fill until cancelled; say then that collecting has stopped."""
        try:
            while True:
                await self.look(collector)
                await anyio.sleep(_LOOK_S)
        finally:
            self._stopped(collector)

    async def look(self, collector: Collector) -> None:
        """Take what is new."""
        poller = collector.poller
        status, now = poller.status(), collector.clock.now()
        for view in poller.rooms.views:
            one = poller.planner.sessions.get(view.session_uuid)
            if one is None or one.phase in _OVER:
                continue
            told = _collecting(status, one)
            if self._seen.get(view.session_uuid) is not view:
                self._seen[view.session_uuid] = view
                fill = partial(
                    self.live.fill,
                    self._occurrence(one, now),
                    view.people,
                    view.minutes,
                    roster=view.roster,
                    findings=view.findings,
                    collecting=told,
                    told_in=poller.rooms.judge.how.zone,
                )
                await to_thread.run_sync(fill)
            elif _state(told) != self._told.get(view.session_uuid):
                self.live.collecting(view.session_uuid, told)
            self._told[view.session_uuid] = _state(told)
        for uuid in list(self._seen):
            self._go_on(uuid, poller.planner.sessions.get(uuid), now)

    def _occurrence(self, one: Watched, now: float) -> Occurrence:
        session, is_live = one.session, one.phase == "live"
        return Occurrence(
            uuid=session.uuid,
            number=session.number,
            kind=session.kind,
            topic=self.privacy.topic_of(session.topic, session.host, session.host_email)
            or "",
            host=self.privacy.host_of(session.host, session.host_email),
            start_at=session.start_at,
            end_at=None if is_live else _end_of(one, now),
            state="live" if is_live else "ended",
        )

    def _go_on(self, uuid: str, one: Watched | None, now: float) -> None:
        """Say that a session has ended, or leave it to the lake."""
        if one is None or one.phase in _OVER:
            self.live.forget(uuid)
            del self._seen[uuid]
        elif one.phase != "live" and uuid not in self._ended:
            self._ended.add(uuid)
            self.live.end(uuid, end_at=_end_of(one, now))

    def _stopped(self, collector: Collector) -> None:
        status = collector.poller.status()
        for uuid in self._seen:
            one = collector.poller.planner.sessions.get(uuid)
            if one is None or one.phase in _OVER:
                self.live.forget(uuid)
                continue
            told = _collecting(status, one, running=False)
            self.live.collecting(uuid, told)


def _end_of(one: Watched, now: float) -> datetime:
    return one.session.end_at or datetime.fromtimestamp(now, UTC)


def _state(told: Collecting) -> tuple[object, ...]:
    """Return what a page is told of between minutes; calls can wait."""
    return told.running, told.how, told.errors, told.reason


def _collecting(status: Status, one: Watched, *, running: bool = True) -> Collecting:
    return Collecting(
        running=running,
        how="census" if one.is_census else "sample",
        calls_used=status.calls,
        calls_left=status.calls_left,
        errors=status.errors,
        reason=status.last_error,
    )
