"""`backrow qos`, `webinars` and `participants`: reading from Zoom."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from cyclopts import Parameter
from rich.progress import Progress, SpinnerColumn, TextColumn

from backrow.cli.context import (
    Context,
    Flags,
    Format,
    Given,
    ListFormat,
    ListOutput,
    Output,
    Zone,
    open_zoom,
)
from backrow.cli.show import NO_DATA, show_list, show_participant
from backrow.cli.write import plain, write_bytes, write_csv, write_json
from backrow.errors import NotFoundError, TooOldError, WireError, ZoomError
from backrow.qos.reading import ParticipantQos
from backrow.qos.sample import NAMES
from backrow.qos.vocabulary import Kind
from backrow.settings import Settings, flag_of
from backrow.zoom.client import Sessions, Zoom
from backrow.zoom.decode import decode_participant
from backrow.zoom.endpoints import endpoint, url_path
from backrow.zoom.wire import Wire

Asked = Literal["auto", "live", "past"]
When = Literal["live", "past"]
Item = TypeVar("Item")


def qos(
    webinar: str,
    participant: str,
    /,
    *,
    type: Asked = "auto",  # noqa: A002 - Zoom's word
    kind: Kind = "webinar",
    curl: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    output: Output | None = None,
    flags: Flags | None = None,
    context: Given,
) -> int:
    """Show one participant's quality of service, minute by minute.

    **Examples**

    - `backrow qos 94512345678 1670000000`
    - `backrow qos 94512345678 1670000000 --type past --json`
    - `backrow qos "/ajXp112QmuoKj4854875==" 1670000000 --format raw > answer.json`
    - `backrow qos 94512345678 1670000000 --curl`

    Args:
        webinar: The webinar's number (its latest occurrence) or the UUID of one
            occurrence, as Zoom lists it.
        participant: The participant's user_id in that webinar, as
            `backrow participants` lists it.
        type: Running or ended; auto asks for live, then past, and says which
            occurrence answered.
        kind: A meeting is asked for in the same way.
        curl: Print the curl command that does the same, and call nothing.
        output: How the answer is printed.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    flags, how = flags or Flags(), (output or Output()).how
    settings = flags.settings(context)
    target = Target(webinar, participant, kind)
    if curl:
        when: When = "live" if type == "auto" else type
        context.stdout.write(f"{curl_line(settings, flags, target, when)}\n")
        return 0
    zone = Zone(settings.tz)
    with open_zoom(context, settings, verbose=flags.verbose) as zoom:

        def ask(when: When) -> ParticipantQos | bytes:
            return (_raw_qos if how == "raw" else _qos)(zoom, target, when)

        if type == "auto":
            answer, when = live_then_past(ask)
            _say_which(context, zoom, target, when, zone)
        else:
            answer = ask(type)
    if isinstance(answer, bytes):
        _write_raw(context, answer)
    else:
        _write_qos(context, answer, how, zone)
    return 0


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a call is about."""

    session: str
    participant: str
    kind: Kind


def _sessions(zoom: Zoom, kind: Kind) -> Sessions[Any, Any]:
    return zoom.webinars if kind == "webinar" else zoom.meetings


def _qos(zoom: Zoom, target: Target, when: When) -> ParticipantQos:
    sessions = _sessions(zoom, target.kind)
    return sessions.participant_qos(target.session, target.participant, type=when)


def _raw_qos(zoom: Zoom, target: Target, when: When) -> bytes:
    answer = zoom.call_raw(
        endpoint(target.kind, "participant_qos"),
        session=target.session,
        participant=target.participant,
        query={"type": when},
    )
    return answer.body


def live_then_past(ask: Callable[[When], Item]) -> tuple[Item, When]:
    """Return what Zoom has as live, or else as past, and which it was.

    Raises:
        NotFoundError: It has neither; the error is that of past.
    """
    try:
        return ask("live"), "live"
    except TooOldError:
        raise
    except NotFoundError:
        pass
    try:
        return ask("past"), "past"
    except NotFoundError as exc:
        exc.add_note("Zoom was asked for live, then for past; this is its last answer.")
        raise


def _say_which(
    context: Context, zoom: Zoom, target: Target, when: When, zone: Zone
) -> None:
    """Say which occurrence answered; that Zoom does not tell is no failure."""
    state = "live" if when == "live" else "ended"
    try:
        session = _sessions(zoom, target.kind).get(target.session, type=when)
    except ZoomError as exc:
        context.say(
            f"answered by {target.kind} {plain(target.session)}, {state}; "
            f"which occurrence is not told: {plain(exc)}"
        )
        return
    at = instant(session.start_time)
    started = "at an unknown time" if at is None else zone.shown(at)
    context.say(
        f"answered by {target.kind} {plain(session.id or target.session)}, occurrence "
        f"{plain(session.uuid or 'unknown')}, started {started}, {state}"
    )


def instant(text: str | None) -> datetime | None:
    """Return the instant that Zoom wrote as `text`; None if it wrote none."""
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _write_raw(context: Context, body: bytes) -> None:
    write_bytes(context.stdout, body)
    with suppress(WireError):
        if not decode_participant(body).samples:
            context.say(NO_DATA)


def _write_qos(
    context: Context, answer: ParticipantQos, how: Format, zone: Zone
) -> None:
    for problem in answer.problems:
        context.say(f"backrow: warning: {plain(problem)}")
    if how == "table":
        show_participant(context.console(), answer, zone=zone)
        return
    if how == "csv":
        write_csv(context.stdout, answer.to_dicts(), NAMES)
    else:
        write_json(context.stdout, as_json(answer))
    if not answer.samples:
        context.say(NO_DATA)


def as_json(answer: ParticipantQos) -> dict[str, Any]:
    """Return one participant's answer as `backrow qos --json` prints it."""
    return {
        "kind": answer.kind,
        "session_uuid": answer.session_uuid,
        "session_number": answer.session_number,
        "person": answer.person.to_dict(),
        "samples": answer.to_dicts(),
        "problems": [
            {"path": p.path, "value": p.value, "expected": p.expected}
            for p in answer.problems
        ],
    }


def curl_line(settings: Settings, flags: Flags, target: Target, when: When) -> str:
    """Return a shell command that makes the same call; it holds no secret.

    The token is read from the environment where it is set there, and asked of
    `backrow access-token` otherwise, with the same flags.
    """
    path = url_path(
        endpoint(target.kind, "participant_qos"),
        session=target.session,
        participant=target.participant,
    )
    url = shlex.quote(f"{settings.api_url}{path}?type={when}")
    if settings.origin("access_token") == "environment":
        token = "$ZOOM_ACCESS_TOKEN"  # noqa: S105 - a variable's name
    else:
        token = f"$(backrow access-token{_same_flags(flags)})"
    return f'curl -sS -H "Authorization: Bearer {token}" {url}'


_FOR_A_TOKEN: Final = ("account_id", "client_id", "oauth_url", "state", "clock")
"""Settings on which `backrow access-token` depends."""


def _same_flags(flags: Flags) -> str:
    given = flags.given()
    named = {flag_of(name): given[name] for name in _FOR_A_TOKEN}
    named["--config"] = None if flags.config is None else str(flags.config)
    return "".join(
        f" {flag} {shlex.quote(value)}"
        for flag, value in named.items()
        if value is not None
    )


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
        type: live runs now; past ended in the period (pastOne: meetings of one
            person that did).
        from_: First day of the period, as in 2026-11-01, in UTC; for ended ones 30
            days before the last if not given.
        to: Last day of the period, by default today.
        kind: What to list.
        output: How the list is printed.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    flags, how = flags or Flags(), (output or ListOutput()).how
    settings = flags.settings(context)
    zone = Zone(settings.tz)
    with open_zoom(context, settings, verbose=flags.verbose) as zoom:
        found = _sessions(zoom, kind).list(type=type, from_=from_, to=to)
        items = _all(context, found, f"{kind}s")
    if not items:
        state = "is running" if type == "live" else "ended in the period"
        context.say(f"no {kind} {state}")
    if how == "table":
        _show_sessions(context, items, zone)
    else:
        _write_list(context, items, how)
    return 0


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
        sessions = _sessions(zoom, kind)

        def everyone(when: When) -> list[Any]:
            return _all(context, sessions.participants(webinar, type=when), "people")

        if type == "auto":
            items, when = live_then_past(everyone)
            context.say(f"{len(items)} people, {kind} is {when}")
        else:
            items = everyone(type)
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
