"""`backrow qos`: one participant, minute by minute."""

from __future__ import annotations

import shlex
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any, Final

from cyclopts import Parameter

from backrow.cli.context import (
    Context,
    Flags,
    Format,
    Given,
    Output,
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
from backrow.cli.show import NO_DATA, show_participant
from backrow.cli.write import plain, write_bytes, write_csv, write_json
from backrow.errors import NotFoundError, WireError, ZoomError
from backrow.qos.reading import ParticipantQos
from backrow.qos.sample import INDEX, NAMES, Row, Samples
from backrow.qos.vocabulary import Kind
from backrow.settings import Settings, flag_of
from backrow.zoom.client import Zoom
from backrow.zoom.decode import decode_participant
from backrow.zoom.endpoints import endpoint, url_path


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
        line = curl_line(context, settings, flags, target, asked_for(type)[0])
        context.stdout.write(f"{line}\n")
        return 0
    zone = Zone(settings.tz)
    with open_zoom(context, settings, verbose=flags.verbose) as zoom:
        answer, when = _answer(context, zoom, target, type, is_raw=how == "raw")
        if type == "auto":
            found = _say_which(context, zoom, target, when, zone)
            answer = answer if isinstance(answer, bytes) else known(answer, *found)
    if isinstance(answer, bytes):
        _write_raw(context, answer)
    else:
        _write_qos(context, answer, how, zone)
    return 0


def _answer(
    context: Context, zoom: Zoom, target: Target, type_: Asked, *, is_raw: bool
) -> tuple[ParticipantQos | bytes, When]:
    """Return what Zoom has of a participant, and whether as live or as past.

    Raises:
        NotFoundError: Nothing; the error says whether the webinar is there.
    """
    refused: Refused = {}

    def ask(when: When) -> ParticipantQos | bytes:
        return (_raw_qos if is_raw else _qos)(zoom, target, when)

    try:
        return live_then_past(noted(ask, refused), asked_for(type_))
    except NotFoundError as exc:
        raise not_found(context, zoom, target, refused) from exc


def known(answer: ParticipantQos, uuid: str, number: str) -> ParticipantQos:
    """Return an answer that says which occurrence it is of, in its rows too.

    Args:
        answer: The answer, which knows what the call named.
        uuid: UUID of the occurrence, "" if unknown.
        number: The webinar's number, "" if unknown.
    """
    uuid, number = answer.session_uuid or uuid, answer.session_number or number

    def stamped(row: Row) -> Row:
        values = list(row)
        values[INDEX["session_uuid"]] = uuid
        values[INDEX["session_number"]] = number
        return tuple(values)

    rows = Samples([stamped(row) for row in answer.samples])
    return replace(answer, session_uuid=uuid, session_number=number, samples=rows)


def _qos(zoom: Zoom, target: Target, when: When) -> ParticipantQos:
    sessions = sessions_of(zoom, target.kind)
    return sessions.participant_qos(target.session, target.participant, type=when)


def _raw_qos(zoom: Zoom, target: Target, when: When) -> bytes:
    answer = zoom.call_raw(
        endpoint(target.kind, "participant_qos"),
        session=target.session,
        participant=target.participant,
        query={"type": when},
    )
    return answer.body


def _say_which(
    context: Context, zoom: Zoom, target: Target, when: When, zone: Zone
) -> tuple[str, str]:
    """Say which occurrence answered; that Zoom does not tell is no failure.

    Returns:
        Its UUID and number, "" where they are not told.
    """
    state = "live" if when == "live" else "ended"
    try:
        session = sessions_of(zoom, target.kind).get(target.session, type=when)
    except ZoomError as exc:
        context.say(
            f"answered by {target.kind} {plain(target.session)}, {state}; "
            f"which occurrence is not told: {plain(exc)}"
        )
        return "", ""
    at = instant(session.start_time)
    started = "at an unknown time" if at is None else zone.shown(at)
    context.say(
        f"answered by {target.kind} {plain(session.id or target.session)}, occurrence "
        f"{plain(session.uuid or 'unknown')}, started {started}, {state}"
    )
    return session.uuid or "", str(session.id or "")


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


def curl_line(
    context: Context, settings: Settings, flags: Flags, target: Target, when: When
) -> str:
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
        token = f"$({context.program} access-token{_same_flags(flags)})"
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
