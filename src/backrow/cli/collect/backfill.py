"""`backrow backfill`: collects webinars that have ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from math import ceil
from typing import Annotated, Any

from anyio import sleep_forever, to_thread
from cyclopts import Parameter
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from backrow.cli.collect.collecting import Collector, Job, Spending
from backrow.cli.context import CollectingFlags, Context, Given, Zone
from backrow.cli.show import show_list
from backrow.cli.write import plain
from backrow.clock import Clock
from backrow.collect.planner import left_for_us, pass_calls
from backrow.collect.polling.keeping import complete
from backrow.errors import UsageError
from backrow.lake.kept import open_lake
from backrow.qos.people import Session
from backrow.qos.vocabulary import Kind
from backrow.settings import Settings
from backrow.zoom.client import AsyncSessions, AsyncZoom
from backrow.zoom.decode.memos import parse_instant
from backrow.zoom.decode.persons import session_other
from backrow.zoom.limits import instant
from backrow.zoom.wire.lists import SessionFacts

_REFRESH_S = 0.5


def backfill(
    *webinars: str,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    to: str | None = None,
    kind: Kind = "webinar",
    yes: Annotated[bool, Parameter(negative=())] = False,
    spending: Spending | None = None,
    flags: CollectingFlags | None = None,
    context: Given,
) -> int:
    """Collect webinars that have ended: every minute of everyone.

    Shows the occurrences and what they cost first, and asks. What is complete in the
    lake is left out; what was cut short goes on where it was. Where the day's calls
    do not suffice it goes on the next day.

    **Examples**

    - `backrow backfill 94512345678`
    - `backrow backfill --from 2026-09-01 --to 2026-11-23 --yes`

    Args:
        webinars: Numbers (of each its latest occurrence, or all in the period) or
            UUIDs.
        from_: First day, as in 2026-09-01, in UTC; Zoom is asked month by month.
        to: Last day; today if not given.
        kind: A meeting is collected in the same way.
        yes: Do not ask.
        spending: How many of the account's calls may be used.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    if not webinars and from_ is None:
        raise UsageError("expected numbers or UUIDs of webinars, or --from")
    flags = flags or CollectingFlags()
    settings = flags.settings(context)
    options = (spending or Spending()).options(settings, kind)
    wanted = _Wanted(
        names=tuple(webinars), begin=from_, end=to, kind=kind, is_agreed=yes
    )
    job = Job(
        context=context,
        flags=flags,
        settings=settings,
        options=replace(options, discovers=False),
        what="backrow backfill",
        if_stopped=130,
    )
    return job.run(
        partial(_found, context, settings, wanted, job), partial(_show, context)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What is to be collected."""

    names: tuple[str, ...]
    begin: str | None
    end: str | None
    kind: Kind
    is_agreed: bool


async def _found(
    context: Context, settings: Settings, wanted: _Wanted, job: Job, zoom: AsyncZoom
) -> Sequence[tuple[Session, int]] | None:
    """Return what to collect, with the stays of each; None if it is not to be."""
    every = await _listed(zoom, wanted, instant(context.clock(settings).now()))
    store = open_lake(settings.lake).store
    known = await complete(store, wanted.kind, since=0.0)
    rest = [(one, people) for one, people in every if one.uuid not in known]
    share = job.options.others_share
    left = left_for_us(zoom.budget, share)
    _show_plan(context, every, known, left, Zone(settings.tz))
    if not rest:
        context.say(
            "nothing to do: all of it is complete in the lake"
            if every
            else "no webinar ended there"
        )
        return None
    if wanted.is_agreed or await to_thread.run_sync(context.agrees, "Collect them?"):
        return rest
    return None


async def _listed(
    zoom: AsyncZoom, wanted: _Wanted, now: datetime
) -> list[tuple[Session, int]]:
    sessions: AsyncSessions[Any, Any] = (
        zoom.webinars if wanted.kind == "webinar" else zoom.meetings
    )
    found: list[SessionFacts] = []
    if wanted.begin is None and wanted.end is None:
        found = [await sessions.get(name, type="past") for name in wanted.names]
    else:
        names = {_bare(name) for name in wanted.names}
        async for one in sessions.list("past", wanted.begin, wanted.end):
            if not names or names & {one.uuid, str(one.id)}:
                found.append(one)
    typed = [_session(one, wanted.kind, now) for one in found if one.uuid]
    return sorted(typed, key=lambda pair: pair[0].start_at)


def _bare(name: str) -> str:
    bare = name.replace(" ", "").replace("-", "")
    return bare if bare.isdecimal() else name


def _session(facts: SessionFacts, kind: Kind, now: datetime) -> tuple[Session, int]:
    """Return a past session, and how many were there."""
    end = parse_instant(facts.end_time)
    start = parse_instant(facts.start_time) or end
    session = Session(
        kind=kind,
        uuid=facts.uuid or "",
        number=str(facts.id or ""),
        topic=facts.topic or "",
        host=facts.host or "",
        host_email=facts.email or "",
        dept=facts.dept or "",
        start_at=start or now,
        end_at=end or start or now,
        other=session_other(facts),
    )
    return session, int(facts.participants or 0)


def _show_plan(
    context: Context,
    every: Sequence[tuple[Session, int]],
    known: set[str],
    left: int,
    zone: Zone,
) -> None:
    total, rows = 0, []
    for one, people in every:
        calls = 0 if one.uuid in known else pass_calls(people)
        total += calls
        note = "complete" if one.uuid in known else f"{calls:,}"
        start = zone.brief(one.start_at, None)
        rows.append((one.number, one.topic, start, f"{people:,}", note, one.uuid))
    if not rows:
        return
    title = f"times in {zone.title(every[0][0].start_at)}"
    columns = ("number", "topic", "start", "people", "calls", "uuid")
    show_list(context.error_console(), columns, rows, title=title)
    days = (
        ""
        if total <= left
        else f", so it goes on over {ceil(total / max(1, left))} days"
    )
    context.say(f"up to {total:,} calls; {left:,} are left for this today{days}")


async def _show(context: Context, collector: Collector) -> None:
    """Show a bar on a terminal, until cancelled."""
    real = Clock()
    if not context.stderr.isatty():
        await sleep_forever()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = context.error_console()
    with Progress(*columns, console=console, auto_refresh=False) as bar:
        task = bar.add_task("stays", total=None)
        while True:
            status = collector.poller.status()
            over = {"kept", "complete", "given_up"}
            done = sum(
                one.listed if one.phase in over else one.passed
                for one in status.sessions
            )
            total = sum(one.listed for one in status.sessions)
            left = sum(one.phase != "complete" for one in status.sessions)
            error = plain(status.last_error, longest=60)
            said = f"{left:,} to go, {status.calls_left:,} calls left {error}"
            bar.update(task, completed=done, total=total, description=said)
            bar.refresh()
            await real.asleep(_REFRESH_S)
