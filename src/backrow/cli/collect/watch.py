"""`backrow watch`: collects webinars that run, with a live status."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.live import Live
from rich.table import Table
from rich.text import Text

from backrow.cli.collect.collecting import Collector, Job, Spending
from backrow.cli.context import Context, Given, LakeFlags
from backrow.cli.write import plain
from backrow.clock import Clock
from backrow.collect.polling.status import SessionStatus, Status
from backrow.qos.people import Session
from backrow.qos.vocabulary import Kind
from backrow.zoom.client import AsyncZoom

_REFRESH_S = 0.5
_LINE_S = 60.0


def watch(
    *webinars: str,
    kind: Kind = "webinar",
    spending: Spending | None = None,
    flags: LakeFlags | None = None,
    context: Given,
) -> int:
    """Collect webinars while they run, and complete them when they have ended.

    Everyone is measured each minute where the account's calls allow it; in a larger
    room hosts, panelists and a random draw are, and everyone after the end. A
    webinar that has not begun is waited for. Ctrl-C ends it in order; started again
    it goes on where it was.

    **Examples**

    - `backrow watch` collects all that run now
    - `backrow watch 94512345678 --last 90`
    - `backrow watch 94512345678 --leave 0.2` may use 80 % of the day's calls

    Args:
        webinars: Numbers or UUIDs; all that run, if none is given.
        kind: A meeting is collected in the same way.
        spending: How many of the account's calls may be used.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    flags = flags or LakeFlags()
    settings = flags.settings(context)
    options = (spending or Spending()).options(settings, kind, webinars)
    job = Job(
        context=context,
        flags=flags,
        settings=settings,
        options=options,
        what=" ".join(["backrow watch", *webinars]),
    )
    shown = _Shown(context, kind, webinars)
    return job.run(_nothing, shown.show)


async def _nothing(_: AsyncZoom) -> Sequence[tuple[Session, int]]:
    """Return no ended session: watching finds its own."""
    return ()


@dataclass(slots=True)
class _Shown:
    """The status on standard error: live on a terminal, lines elsewhere."""

    context: Context
    kind: Kind
    names: Sequence[str]
    _phases: dict[str, str] = field(default_factory=dict)
    _is_waiting: bool = False

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
                live.update(_panel(status, self._waiting(collector)), refresh=True)
                await real.asleep(_REFRESH_S)

    async def _lines(self, collector: Collector) -> None:
        real, said_at, errors = Clock(), collector.clock.now(), 0
        while True:
            status = collector.poller.status()
            for line in self._news(status, self._waiting(collector)):
                self.context.say(line)
            now = collector.clock.now()
            is_news = bool(status.sessions) or status.errors > errors
            if now - said_at >= _LINE_S and is_news:
                said_at = now
                last = status.last_error if status.errors > errors else ""
                errors = status.errors
                self.context.say(_line(status) + (f": {plain(last)}" if last else ""))
            await real.asleep(_REFRESH_S / 2)

    def _waiting(self, collector: Collector) -> str:
        """Return what is waited for; "" if nothing is."""
        planner = collector.poller.planner
        if planner.sessions or not planner.discovered or not self.names:
            return ""
        return f"waiting for {', '.join(plain(n) for n in self.names)} to begin"

    def _news(self, status: Status, waiting: str) -> Iterator[str]:
        if waiting and not self._is_waiting:
            yield waiting
        self._is_waiting = bool(waiting)
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


def _panel(status: Status, waiting: str) -> Table:
    table = Table.grid(padding=(0, 2))
    for one in status.sessions:
        table.add_row(
            Text(plain(one.number), style="bold"),
            Text(plain(one.topic, longest=40)),
            Text(_progress(one)),
        )
    table.add_row(Text(""), Text(waiting or _line(status)))
    if status.last_error:
        table.add_row(Text(""), Text(plain(status.last_error, longest=100), "red"))
    return table


def _progress(one: SessionStatus) -> str:
    if one.phase == "live":
        how = "everyone each minute" if one.is_census else "a draw each minute"
        return f"{one.here:,} here of {one.listed:,} who came, {how}"
    if one.phase == "past":
        return f"ended; {one.passed:,} of {one.listed:,} stays completed"
    return _WORDS[one.phase]
