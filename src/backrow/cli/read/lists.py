"""`backrow webinars` and `participants`: lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from cyclopts import Parameter
from rich.progress import Progress, SpinnerColumn, TextColumn

from backrow.cli.context import (
    Context,
    Flags,
    Given,
    ListFormat,
    ListOutput,
    Zone,
    open_zoom,
)
from backrow.cli.read.finding import (
    Asked,
    Refused,
    Target,
    When,
    asked_for,
    instant,
    live_then_past,
    not_found,
    noted,
    sessions_of,
)
from backrow.cli.show import show_list
from backrow.cli.write import write_csv, write_json
from backrow.errors import NotFoundError, UsageError
from backrow.qos.vocabulary import Kind
from backrow.zoom.client.periods import moment
from backrow.zoom.wire import Wire

Item = TypeVar("Item")


def webinars(
    *,
    type: Literal["live", "past", "pastOne"] = "live",  # noqa: A002 - Zoom's word
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    to: str | None = None,
    kind: Kind = "webinar",
    output: ListOutput | None = None,
    flags: Flags | None = None,
    context: Given,
) -> int:
    """List the webinars that run now, or that ended in a period.

    JSON and CSV have the fields as Zoom spells them.

    **Examples**

    - `backrow webinars`
    - `backrow webinars --type past --from 2026-11-01 --to 2026-11-30`
    - `backrow webinars --kind meeting --json`

    Args:
        type: live runs now; past ended in the period; pastOne, with --kind meeting,
            those that ended and had one person only.
        from_: First day of the period, as in 2026-11-01, in UTC; 30 days before the
            last if not given. Not for live.
        to: Last day of the period, by default today. Not for live.
        kind: What to list.
        output: How the list is printed.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    flags, how = flags or Flags(), (output or ListOutput()).how
    settings = flags.settings(context)
    zone = Zone(settings.tz)
    _check_period(type, from_, to, kind)
    with open_zoom(context, settings, verbose=flags.verbose) as zoom:
        found = sessions_of(zoom, kind).list(type=type, from_=from_, to=to)
        items = _all(context, found, f"{kind}s")
    if not items:
        state = "is running" if type == "live" else "ended in the period"
        context.say(f"no {kind} {state}")
    if how == "table":
        _show_sessions(context, items, zone)
    else:
        _write_list(context, items, how)
    return 0


def _check_period(type_: str, from_: str | None, to: str | None, kind: Kind) -> None:
    """Refuse what cannot be listed, in the words of the command line.

    Raises:
        UsageError: A day is none, or does not go with the type.
    """
    given = {"--from": from_, "--to": to}
    for name, text in given.items():
        if text is not None:
            moment(text, name)
    named = [name for name, text in given.items() if text is not None]
    if type_ == "live" and named:
        raise UsageError(
            f"a period ({', '.join(named)}) needs --type past - live lists what runs now"
        )
    if type_ == "pastOne" and kind != "meeting":
        raise UsageError(
            "--type pastOne is for meetings (--kind meeting) - for webinars that "
            "ended, --type past"
        )


SESSION_COLUMNS: Final = ("number", "topic", "host", "start", "end", "people", "uuid")


def _show_sessions(context: Context, items: Sequence[Any], zone: Zone) -> None:
    begun = [at for one in items if (at := instant(one.start_time)) is not None]
    rows = [
        (
            one.id,
            one.topic,
            one.host,
            zone.brief(instant(one.start_time), None) or one.start_time,
            _end(one, zone),
            one.participants,
            one.uuid,
        )
        for one in items
    ]
    title = f"times in {zone.title(begun[0])}" if begun else ""
    show_list(context.console(), SESSION_COLUMNS, rows, title=title)


def _end(one: Any, zone: Zone) -> str:
    end = instant(one.end_time)
    if end is None:
        return "live"
    return zone.brief(end, beside=instant(one.start_time))


def participants(
    webinar: str,
    /,
    *,
    type: Asked = "auto",  # noqa: A002 - Zoom's word
    kind: Kind = "webinar",
    output: ListOutput | None = None,
    flags: Flags | None = None,
    context: Given,
) -> int:
    """List a webinar's participants with the user_id that `backrow qos` takes.

    JSON and CSV have the fields as Zoom spells them.

    **Examples**

    - `backrow participants 94512345678`
    - `backrow participants 94512345678 --type past --format csv > people.csv`

    Args:
        webinar: The webinar's number (its latest occurrence) or the UUID of one
            occurrence, as Zoom lists it.
        type: Running or ended; auto asks for live, then past.
        kind: A meeting is asked for in the same way.
        output: How the list is printed.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    flags, how = flags or Flags(), (output or ListOutput()).how
    settings = flags.settings(context)
    zone = Zone(settings.tz)
    with open_zoom(context, settings, verbose=flags.verbose) as zoom:
        sessions = sessions_of(zoom, kind)

        def everyone(when: When) -> list[Any]:
            return _all(context, sessions.participants(webinar, type=when), "people")

        refused: Refused = {}
        try:
            items, when = live_then_past(noted(everyone, refused), asked_for(type))
        except NotFoundError as exc:
            target = Target(webinar, "", kind)
            raise not_found(context, zoom, target, refused) from exc
    if type == "auto":
        context.say(f"{len(items)} people, {kind} is {when}")
    if how == "table":
        _show_people(context, items, zone)
    else:
        _write_list(context, items, how)
    return 0


PERSON_COLUMNS: Final = (
    "user_id",
    "name",
    "role",
    "device",
    "place",
    "network",
    "joined",
    "left",
    "quality",
)


def _show_people(context: Context, items: Sequence[Any], zone: Zone) -> None:
    come = [at for one in items if (at := instant(one.join_time)) is not None]
    usual = _on_the_usual_day(come, zone)
    rows = [
        (
            one.user_id,
            one.user_name,
            one.role,
            one.device,
            one.location,
            one.network_type,
            zone.brief(instant(one.join_time), usual) or one.join_time,
            zone.brief(instant(one.leave_time), usual) or one.leave_time,
            _words(one),
        )
        for one in items
    ]
    title = "quality is Zoom's word for audio/video/share"
    if usual is not None:
        day, name = zone.local(usual).date(), zone.title(usual)
        title = f"times of {day} in {name}; {title}"
    show_list(context.console(), PERSON_COLUMNS, rows, title=title)


def _on_the_usual_day(come: Sequence[datetime], zone: Zone) -> datetime | None:
    """Return an instant of the day on which most came; None if nobody did."""
    days = Counter(zone.local(at).date() for at in come)
    if not days:
        return None
    day = days.most_common(1)[0][0]
    return next(at for at in come if zone.local(at).date() == day)


def _words(one: Any) -> str:
    """Return Zoom's words for audio, video and share; one if they are the same."""
    words = [one.audio_quality, one.video_quality, one.screen_share_quality]
    told = [word or "-" for word in words]
    return told[0] if len(set(told)) == 1 else "/".join(told)


def _all(context: Context, items: Iterable[Item], noun: str) -> list[Item]:
    """Return all of a list, counting on standard error if that is a terminal."""
    if not context.stderr.isatty():
        return list(items)
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.completed} {task.description}"),
        console=context.error_console(),
        transient=True,
    ) as progress:
        task = progress.add_task(noun, total=None)
        return list(_counted(items, lambda: progress.advance(task)))


def _counted(items: Iterable[Item], count: Callable[[], None]) -> Iterator[Item]:
    for item in items:
        count()
        yield item


def _write_list(context: Context, items: Sequence[Wire], how: ListFormat) -> None:
    found = [msgspec.to_builtins(item) for item in items]
    if how == "csv":
        names = list(dict.fromkeys(name for one in found for name in one))
        write_csv(context.stdout, found, names)
    else:
        write_json(context.stdout, found)
