"""What `watch` and `backfill` share: a collector, its places, its end."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import anyio
from anyio import to_thread
from cyclopts import Group, Parameter

from backrow.cli.context import Context, JudgingFlags, Zone, describe
from backrow.cli.write import plain
from backrow.collect.alerts.dispatch import alerts_of
from backrow.collect.intake.secret import person_secret, privacy_of
from backrow.collect.lock import held
from backrow.collect.planner import Awaited, Options
from backrow.collect.poller import Places, Poller
from backrow.collect.polling.status import SessionStatus, Tally
from backrow.collect.room import Rooms
from backrow.errors import BackrowError, UsageError
from backrow.judge.given import judge_of
from backrow.lake.inbox import Inbox
from backrow.lake.keep import LakeWriter
from backrow.lake.kept import open_lake
from backrow.lake.window import Window
from backrow.qos.people import Session
from backrow.qos.vocabulary import Kind
from backrow.settings import Settings
from backrow.zoom.client import AsyncZoom, CallRecord, Timer

_ROOM: Final = Group("Calls", sort_key=5)
NOT_FOUND: Final = 4


@Parameter(name="*", group=_ROOM)
@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """How many of the account's calls may be used."""

    leave: Annotated[
        float,
        Parameter(
            help="Share of the day's calls that is left to the account's other apps."
        ),
    ] = 0.5
    singles: Annotated[
        int,
        Parameter(
            help="People asked for one by one in a minute, in a room too large to "
            "ask everyone."
        ),
    ] = 45
    last: Annotated[
        int,
        Parameter(
            name="--last",
            help="Minutes that a webinar is expected to last; Zoom does not tell.",
        ),
    ] = 60

    def options(
        self, settings: Settings, kind: Kind, names: Sequence[str] = ()
    ) -> Options:
        """Return what a collector is to do.

        Raises:
            UsageError: A number is out of range.
        """
        if not 0 <= self.leave < 1:
            raise UsageError(f"expected a share of 0 to below 1, got {self.leave:g}")
        if self.singles < 0 or self.last < 1:
            raise UsageError("expected counts of people and minutes, got less")
        return Options(
            kind=kind,
            names=tuple(names),
            plan=settings.plan,
            others_share=self.leave,
            singles_per_minute=self.singles,
            expected_minutes=self.last,
        )


@dataclass(frozen=True, slots=True)
class Collector:
    """A collector that is about to run, and what it goes by."""

    poller: Poller
    zoom: AsyncZoom
    clock: Timer


@dataclass(slots=True, kw_only=True)
class Job:
    """What a command collects."""

    context: Context
    flags: JudgingFlags
    settings: Settings
    options: Options
    what: str
    """The command, for whoever is refused by the lock."""
    if_stopped: int = 0
    """Exit code if it was stopped before its end; watching has none."""
    window: Window = field(default_factory=Window)
    """The last minutes, for whoever shows them."""

    def run(
        self,
        past: Callable[[AsyncZoom], Awaitable[Sequence[tuple[Session, int]] | None]],
        show: Callable[[Collector], Coroutine[Any, Any, None]],
    ) -> int:
        """Collect until it is over, and return the exit code.

        Args:
            past: Gives the ended sessions to complete; None to do nothing.
            show: Shows how it goes, until it is cancelled.

        Raises:
            UsageError: Another collector uses the state folder.
            StorageError: The lake cannot be written.
            BackrowError: Zoom or the lake refuses.
        """
        clock = self.context.clock(self.settings)
        open_lake(self.settings.lake).store.place.check_writable()
        with held(self.settings.state, what=self.what, now=clock.now()):
            inbox = Inbox(self.settings.state)
            try:
                return anyio.run(self._collect, clock, inbox, past, show)
            finally:
                inbox.close()

    async def _collect(
        self,
        clock: Timer,
        inbox: Inbox,
        past: Callable[[AsyncZoom], Awaitable[Sequence[tuple[Session, int]] | None]],
        show: Callable[[Collector], Coroutine[Any, Any, None]],
    ) -> int:
        tally = Tally()

        def note(record: CallRecord) -> None:
            tally.sent(record)
            if self.flags.verbose:
                self.context.say(describe(record))

        async with self.context.connect_async(self.settings, on_call=note) as zoom:
            found = await past(zoom)
            if found is None:
                return 0
            poller = self._poller(zoom, clock, inbox, tally)
            try:
                stopped = await self._run(Collector(poller, zoom, clock), found, show)
            finally:
                with anyio.CancelScope(shield=True):
                    await to_thread.run_sync(poller.rooms.close)
        return self._end(poller, stopped=stopped)

    def _poller(
        self, zoom: AsyncZoom, clock: Timer, inbox: Inbox, tally: Tally
    ) -> Poller:
        store, privacy = open_lake(self.settings.lake).store, privacy_of(self.settings)
        writer, window = LakeWriter(store, privacy=privacy), self.window
        judge = judge_of(self.settings, now=clock.now())
        watches = self.options.discovers
        tells = alerts_of(self.settings, writer.store) if watches else None
        places = Places(
            writer=writer,
            inbox=inbox,
            key=person_secret(self.settings.state),
            window=window,
            rooms=Rooms(writer, window, judge=judge, tells=tells),
            keep_days=self.settings.keep_days,
        )
        return Poller(
            zoom,
            places,
            options=self.options,
            clock=clock,
            account=self.settings.account_id or "",
            tally=tally,
        )

    async def _run(
        self,
        collector: Collector,
        past: Sequence[tuple[Session, int]],
        show: Callable[[Collector], Coroutine[Any, Any, None]],
    ) -> bool:
        """Return whether it was stopped by a signal."""
        stopped = False
        failure: BackrowError | None = None

        async def listen() -> None:
            nonlocal stopped
            with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
                async for _ in signals:
                    if stopped:  # asked twice: at once
                        everything.cancel_scope.cancel()
                    stopped = True
                    self.context.say("stopping; what has come is being kept")
                    collector.poller.stop()

        async with anyio.create_task_group() as everything:
            everything.start_soon(listen)
            everything.start_soon(show, collector)
            try:
                await collector.poller.run(past)
            except BackrowError as error:
                failure = error  # raised below, out of the task group
            everything.cancel_scope.cancel()
        if failure is not None:
            raise failure
        return stopped

    def _end(self, poller: Poller, *, stopped: bool) -> int:
        status = poller.status()
        for one in status.sessions:
            self.context.say(_sentence(one))
        over = [one for one in status.awaited if one.is_over]
        for name in over:
            self.context.say(ended(name, self.context.program, Zone(self.settings.tz)))
        if not (status.sessions or over or stopped):
            self.context.say(f"no {self.options.kind} is running")
        self.context.say(
            f"{status.written:,} rows of samples kept, {status.calls:,} calls made, "
            f"{status.calls_left:,} left today - in {self.settings.lake}"
        )
        if status.dead:
            self.context.say(
                f"{status.dead:,} bodies could not be read; `backrow import "
                "--dead-letters` tries them again"
            )
        if status.problems:
            self.context.say(
                f"{status.problems:,} values could not be read and are null; the "
                "lake's table `unreadable` has them (backrow sql)"
            )
        if stopped and any(one.phase != "complete" for one in status.sessions):
            self.context.say("start it again to go on; nothing is kept twice")
            return self.if_stopped
        given_up = any(one.phase == "given_up" for one in status.sessions)
        is_missed = any(one.is_missed for one in over)
        return NOT_FOUND if given_up or is_missed else 0


def waits_for(one: Awaited, zone: Zone) -> str:
    """Return what of a name is waited for, and why."""
    name = plain(one.name)
    if one.ended is None or one.ended.end_at is None:
        return f"waiting for {name} to begin: Zoom knows none, running or ended"
    at = zone.shown(one.ended.end_at)
    what = "is complete in the lake" if one.is_kept else "was not collected"
    return f"waiting for {name} to begin again: what ended {at} {what}"


def ended(one: Awaited, program: str, zone: Zone) -> str:
    """Return what became of a name that is not waited for."""
    name, quoted = plain(one.name), shlex.quote(plain(one.name))
    if one.ended and one.ended.kind != "webinar":
        quoted += f" --kind {one.ended.kind}"
    at = zone.shown(one.ended.end_at) if one.ended and one.ended.end_at else ""
    if one.is_kept:
        return f"{name} ended {at} and is complete in the lake"
    line = (
        f"{name} ended {at}, and nothing of it is kept: `{program} backfill {quoted}`"
    )
    line += " collects it"
    if one.ended and one.name != one.ended.uuid:
        line += f"; `{program} watch {quoted} --next` waits for its next occurrence"
    return line


def _sentence(one: SessionStatus) -> str:
    what = {
        "live": "is still running",
        "past": "has ended and is not complete yet",
        "kept": "has ended and is not complete yet",
        "complete": "is complete",
        "given_up": "is not complete: Zoom has no past of it",
    }[one.phase]
    return f"{one.number or one.uuid} {what}, {one.listed:,} stays"
