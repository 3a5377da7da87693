"""`backrow watch`: collects webinars that run, with a live status."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated

import anyio
from cyclopts import Parameter
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from backrow.cli.collect.collecting import Collector, Job, Spending, waits_for
from backrow.cli.context import CollectingFlags, Context, Given, Zone
from backrow.cli.serve import assembled, serving
from backrow.cli.write import plain
from backrow.clock import Clock
from backrow.collect.intake.secret import privacy_of
from backrow.collect.polling.status import SessionStatus, Status
from backrow.qos.people import Session
from backrow.qos.vocabulary import Kind
from backrow.zoom.client import AsyncZoom

_REFRESH_S = 0.5
_LINE_S = 60.0
_OVER = frozenset({"complete", "given_up"})


def watch(
    *webinars: str,
    kind: Kind = "webinar",
    next_: Annotated[
        bool, Parameter(name="--next", negative=(), show_default=False)
    ] = False,
    serve: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    host: str = "127.0.0.1",
    port: int = 8000,
    spending: Spending | None = None,
    flags: CollectingFlags | None = None,
    context: Given,
) -> int:
    """Collect webinars while they run, and complete them when they have ended.

    Everyone is measured each minute where the account's calls allow it; in a larger
    room hosts, panelists and a random draw are, and everyone after the end. A
    webinar that has not begun is waited for; one that has ended is said to have. Ctrl-C
    ends it in order; started again it goes on where it was.

    **Examples**

    - `backrow watch` collects all that run now
    - `backrow watch 94512345678 --last 90`
    - `backrow watch 94512345678 --leave 0.2` may use 80 % of the day's calls
    - `backrow watch --serve` shows it as `backrow serve` does, and stays

    Args:
        webinars: Numbers or UUIDs; all that run, if none is given.
        kind: A meeting is collected in the same way.
        next_: Wait for a number though its last occurrence has just ended, after a
            rehearsal for instance.
        serve: Show pages and take Zoom's webhooks as well, as `backrow serve` does, and
            watch until Ctrl-C.
        host: Address that --serve listens on.
        port: Port that --serve listens on; 0 is any free one.
        spending: How many of the account's calls may be used.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    flags = flags or CollectingFlags()
    settings = flags.settings(context)
    options = (spending or Spending()).options(settings, kind, webinars)
    options = replace(options, waits_for_next=next_ or serve, stays=serve)
    job = Job(
        context=context,
        flags=flags,
        settings=settings,
        options=options,
        what=" ".join(["backrow watch", *webinars]),
    )
    shown = _Shown(context, Zone(settings.tz))
    if serve:
        return _serve(job, shown, host, port)
    return job.run(_nothing, shown.show)


def _serve(job: Job, shown: _Shown, host: str, port: int) -> int:
    """Watch and serve until a signal, and return the exit code."""
    server = serving()
    from backrow.cli.pages.following import Follower  # noqa: PLC0415 - imports much
    from backrow.cli.pages.metering import meter_collector  # noqa: PLC0415
    from backrow.web.metrics.exposition import Meter  # noqa: PLC0415
    from backrow.web.pages.sessions.filled import LiveSessions  # noqa: PLC0415

    live, meter = LiveSessions(), Meter()
    privacy = privacy_of(job.settings)

    async def show(collector: Collector) -> None:
        meter_collector(meter, collector)
        async with anyio.create_task_group() as both:
            both.start_soon(Follower(live, privacy).follow, collector)
            both.start_soon(shown.show, collector)

    places = assembled(
        job.context,
        job.settings,
        host,
        port,
        live=live,
        meter=meter,
        window=job.window,
    )
    with places as (app, listening), server.beside(app, listening):
        return job.run(_nothing, show)


async def _nothing(_: AsyncZoom) -> Sequence[tuple[Session, int]]:
    """Return no ended session: watching finds its own."""
    return ()


@dataclass(slots=True)
class _Shown:
    """The status on standard error: live on a terminal, lines elsewhere."""

    context: Context
    zone: Zone
    _phases: dict[str, str] = field(default_factory=dict)
    _waits: set[str] = field(default_factory=set)

    async def show(self, collector: Collector) -> None:
        """Show how it goes, until cancelled."""
        if self.context.stderr.isatty():
            await self._live(collector)
        else:
            await self._lines(collector)

    async def _live(self, collector: Collector) -> None:
        real = Clock()  # a person looks on
        console = self.context.error_console()
        with Live(console=console, auto_refresh=False, transient=True) as live:
            while True:
                status = collector.poller.status()
                live.update(_panel(status, self._waits_of(status)), refresh=True)
                await real.asleep(_REFRESH_S)

    async def _lines(self, collector: Collector) -> None:
        real, said_at, errors = Clock(), collector.clock.now(), 0
        while True:
            status = collector.poller.status()
            for line in self._news(status):
                self.context.say(line)
            now = collector.clock.now()
            going_on = any(one.phase not in _OVER for one in status.sessions)
            is_news = going_on or status.errors > errors
            if now - said_at >= _LINE_S and is_news:
                said_at = now
                last = status.last_error if status.errors > errors else ""
                errors = status.errors
                self.context.say(_line(status) + (f": {plain(last)}" if last else ""))
            await real.asleep(_REFRESH_S / 2)

    def _waits_of(self, status: Status) -> list[str]:
        """Return what is waited for, and why, a line each."""
        return [
            waits_for(one, self.zone)
            for one in status.awaited
            if one.is_found_out and not one.is_over
        ]

    def _news(self, status: Status) -> Iterator[str]:
        for line in self._waits_of(status):
            if line not in self._waits:
                self._waits.add(line)
                yield line
        for one in status.sessions:
            if self._phases.get(one.uuid) != one.phase:
                self._phases[one.uuid] = one.phase
                yield f"{plain(one.number)} {plain(one.topic)}: {_WORDS[one.phase]}"


_WORDS = {
    "live": "running",
    "past": "ended; everyone's minutes are being asked for",
    "kept": "ended; being completed",
    "complete": "complete",
    "given_up": "Zoom has no past of it",
}


def _line(status: Status) -> str:
    here = sum(one.here for one in status.sessions)
    lag = "" if status.lag_s is None else f", {max(0.0, status.lag_s):.0f} s behind"
    errors = f", {status.errors:,} errors" if status.errors else ""
    return (
        f"{here:,} people, {status.minutes:,} minutes kept, {status.calls:,} calls, "
        f"{status.calls_left:,} left, {status.calls_per_s:.1f}/s{lag}{errors}"
    )


def _panel(status: Status, waits: Sequence[str]) -> Group:
    table = Table.grid(padding=(0, 2))
    for one in status.sessions:
        table.add_row(
            Text(plain(one.number), style="bold"),
            Text(plain(one.topic, longest=40)),
            Text(_progress(one)),
        )
    parts: list[Table | Text] = [table] if status.sessions else []
    parts += [Text(line) for line in waits]
    if status.sessions or not waits:
        parts.append(Text(_line(status)))
    if status.last_error:
        parts.append(Text(plain(status.last_error, longest=100), style="red"))
    return Group(*parts)


def _progress(one: SessionStatus) -> str:
    if one.phase == "live":
        how = "everyone each minute" if one.is_census else "a draw each minute"
        return f"{one.here:,} here of {one.listed:,} who came, {how}"
    if one.phase == "past":
        return f"ended; {one.passed:,} of {one.listed:,} stays completed"
    return _WORDS[one.phase]
