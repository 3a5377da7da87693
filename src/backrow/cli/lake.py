"""`backrow sessions`, `export`, `sql`, `prune` and `forget`: what the lake holds."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import polars as pl
from cyclopts import Parameter

from backrow.cli.context import (
    Context,
    ExportingFlags,
    FileOrStdout,
    Given,
    LakeFlags,
    ListOutput,
    Zone,
    is_stdout,
)
from backrow.cli.show import show_list, show_rows
from backrow.cli.write import (
    age,
    counted,
    plain,
    write_bytes,
    write_csv,
    write_json,
)
from backrow.clock import Clock
from backrow.collect.intake.secret import also_known_as, privacy_of
from backrow.errors import UsageError
from backrow.lake import export as exports, sql as queries
from backrow.lake.forget import (
    Erased,
    find as find_person,
    forget as forget_person,
    prune as prune_sessions,
)
from backrow.lake.inbox import FILE_NAME, Inbox
from backrow.lake.kept import Lake, open_lake
from backrow.lake.person import write_person
from backrow.qos.people import iso
from backrow.settings import Settings

Kept = Literal["minutes", "samples", "participants", "roster", "summaries", "findings"]
_ROWS: Final = 50
"""Rows of a query that are shown on a terminal."""


def sessions(
    *,
    output: ListOutput | None = None,
    flags: LakeFlags | None = None,
    context: Given,
) -> int:
    """List the sessions that the lake holds, the latest first.

    **Examples**

    - `backrow sessions`
    - `backrow sessions --json`

    Args:
        output: How the list is printed.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    settings = (flags or LakeFlags()).settings(context)
    found = open_lake(settings.lake).sessions()
    how = (output or ListOutput()).how
    if how == "json":
        write_json(context.stdout, found.to_dicts())
    elif how == "csv":
        write_csv(context.stdout, found.iter_rows(named=True), found.columns)
    else:
        _show_sessions(context, found, Zone(settings.tz))
    return 0


def _show_sessions(context: Context, found: pl.DataFrame, zone: Zone) -> None:
    rows = [
        (
            one["session_number"],
            one["topic"],
            zone.brief(one["start_at"], None),
            zone.brief(one["end_at"], one["start_at"]),
            one["state"],
            one["session_uuid"],
        )
        for one in found.iter_rows(named=True)
    ]
    times = [at for at in found["start_at"] if at is not None]
    title = f"times in {zone.title(times[0])}" if times else ""
    columns = ("number", "topic", "began", "ended", "state", "uuid")
    show_list(context.console(), columns, rows, title=title)


def export(
    session: str | None = None,
    /,
    *,
    to: FileOrStdout | None = None,
    format: exports.Format = "parquet",  # noqa: A002 - the option's name
    table: Kept = "minutes",
    since: str | None = None,
    person: str | None = None,
    flags: ExportingFlags | None = None,
    context: Given,
) -> int:
    """Write a session, all that changed since an instant, or all about one person.

    **Examples**

    - `backrow export latest --format csv -o minutes.csv`
    - `backrow export 94512345678 --table samples -o samples.parquet`
    - `backrow export --since 2026-11-23T10:00:00Z -o changes`
    - `backrow export --person ann@example.com --format csv -o ann`
    - `backrow export latest --table participants --identities pseudonyms -o p.csv`

    Args:
        session: A uuid, a number (its latest occurrence) or `latest`.
        to: The file to write; with --since, the folder. csv and ndjson go to
            standard output if it is not given, or `-`.
        format: Of the file. csv is safe to open in a spreadsheet.
        table: Which table of the session.
        since: An instant such as 2026-11-23T10:00:00Z: a file a table with what
            changed in all sessions, deletions too, and a manifest with the instant
            to ask with next time.
        person: An email address, a name, a Zoom user id, or a participant's user_id
            of the session that is given: a file a table with all about that person,
            in all sessions if none is given, and as the lake holds it.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    settings = (flags or ExportingFlags()).settings(context)
    to = None if to is not None and is_stdout(to) else to
    lake = open_lake(settings.lake)
    if person is not None and since is None:
        return _export_person(context, settings, lake, to, format, (person, session))
    if (session is None) == (since is None) or person is not None:
        raise UsageError("expected either a session, --since or --person")
    if since is not None:
        return _export_changes(context, settings, lake, to, format, since)
    found: pl.DataFrame = getattr(lake, table)(session)
    rows = exports.discreet(lake, table, found, privacy_of(settings))
    if to is None and format in {"parquet", "arrow"}:
        raise UsageError(f"expected -o FILE: {format} is not for a terminal")
    if to is None:
        body = io.BytesIO()
        exports.write(rows, body, format)
        write_bytes(context.stdout, body.getvalue())
    else:
        exports.write(rows, to, format)
        context.say(f"{rows.height:,} rows of {table} in {plain(to)}")
    return 0


def _export_changes(
    context: Context,
    settings: Settings,
    lake: Lake,
    to: Path | None,
    form: exports.Format,
    since: str,
) -> int:
    if to is None:
        raise UsageError("expected -o FOLDER with --since")
    now = Clock.parse(settings.clock).now()
    privacy = privacy_of(settings)
    done = exports.changes(
        lake, to, form, since=_instant(since), now=now, privacy=privacy
    )
    counts = ", ".join(f"{n:,} {name}" for name, n in done.rows.items() if n)
    context.say(f"{counts or 'no rows'} in {plain(to)}")
    context.say(f"next time: --since {iso(done.next_since)}")
    return 0


def _export_person(
    context: Context,
    settings: Settings,
    lake: Lake,
    to: Path | None,
    form: exports.Format,
    wanted: tuple[str, str | None],
) -> int:
    person, session = wanted
    if to is None:
        raise UsageError("expected -o FOLDER with --person")
    lake.store.require()
    who = find_person(
        lake.store,
        person,
        session=None if session is None else lake.session(session),
        also=also_known_as(settings.state, person),
    )
    rows = write_person(lake, who, to, form)
    counts = ", ".join(f"{n:,} {name}" for name, n in rows.items())
    context.say(f"{counts} in {plain(to)}")
    with _inbox(settings) as inbox:
        letters = [] if inbox is None else inbox.dead_letters()
    speaking = sum(who.is_spoken_of(one.body) for one in letters)
    if speaking:
        context.say(
            f"{speaking:,} dead letters speak of that person too, and may of others"
        )
    return 0


def _instant(text: str) -> float:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as exc:
        raise UsageError(
            f"expected an instant such as 2026-11-23T10:00:00Z, got {text!r:.40}"
        ) from exc
    if at.tzinfo is None:
        raise UsageError(f"expected an instant with its zone, such as {text}Z")
    return at.timestamp()


def sql(
    statement: str,
    /,
    *,
    output: ListOutput | None = None,
    flags: LakeFlags | None = None,
    context: Given,
) -> int:
    """Answer a SELECT over the lake's tables.

    The tables are samples, minutes, roster, participants, sessions, summaries,
    findings, unreadable and deletions.

    **Examples**

    - `backrow sql "select class, count(*) as minutes from minutes group by class"`
    - `backrow sql "select * from sessions" --format csv`

    Args:
        statement: One SELECT; nothing else is done.
        output: How the rows are printed. A table shows the first 50, each row on its
            own where they are too wide.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    settings = (flags or LakeFlags()).settings(context)
    rows = queries.query(open_lake(settings.lake), statement)
    how = (output or ListOutput()).how
    if how == "json":
        write_json(context.stdout, rows.to_dicts())
    elif how == "csv":
        write_csv(context.stdout, rows.iter_rows(named=True), rows.columns)
    else:
        shown = [[_shown(v) for v in row] for row in rows.head(_ROWS).iter_rows()]
        if not shown:
            context.say("no rows")
            return 0
        show_rows(context.console(), rows.columns, shown)
        if rows.height > _ROWS:
            context.say(f"{rows.height - _ROWS:,} more rows")
    return 0


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return iso(value) if isinstance(value, datetime) else str(value)


def prune(
    *,
    older_than: str,
    yes: Annotated[bool, Parameter(negative=())] = False,
    flags: LakeFlags | None = None,
    context: Given,
) -> int:
    """Erase sessions that ended longer ago than an age.

    **Examples**

    - `backrow prune --older-than 90d`

    Args:
        older_than: The age, in hours, days or weeks: 12h, 90d, 52w.
        yes: Do not ask; needed where there is no terminal.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    settings = (flags or LakeFlags()).settings(context)
    now = Clock.parse(settings.clock).now()
    before = now - age(older_than).total_seconds()
    question = f"Erase every session that ended before {_at(before)}?"
    if not (yes or context.agrees(question)):
        return 130
    store = open_lake(settings.lake).store
    with _inbox(settings) as inbox:
        erased = prune_sessions(store, before=before, now=now, inbox=inbox)
    context.say(f"erased {counted(len(erased.sessions), 'session')}{_counts(erased)}")
    return 0


def forget(
    person: str,
    /,
    *,
    session: str | None = None,
    everyone: Annotated[bool, Parameter(negative=())] = False,
    yes: Annotated[bool, Parameter(negative=())] = False,
    flags: LakeFlags | None = None,
    context: Given,
) -> int:
    """Erase a person from every table, the inbox and the dead letters.

    **Examples**

    - `backrow forget ann@example.com`
    - `backrow forget 1670000007 --session latest`

    Args:
        person: An email address, a name, a Zoom user id, or a participant's user_id
            (which means somebody only within a session).
        session: Only in this session: a uuid, a number or `latest`.
        everyone: Erase all who are called so, though they may be different people.
        yes: Do not ask; needed where there is no terminal.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    settings = (flags or LakeFlags()).settings(context)
    lake = open_lake(settings.lake)
    only = None if session is None else lake.session(session)
    if not (yes or context.agrees(f"Erase {plain(person)} for good?")):
        return 130
    with _inbox(settings) as inbox:
        erased = forget_person(
            lake.store,
            person,
            now=Clock.parse(settings.clock).now(),
            session=only,
            everyone=everyone,
            also=also_known_as(settings.state, person),
            inbox=inbox,
        )
    context.say(f"erased {counted(len(erased.stays), 'stay')}{_counts(erased)}")
    return 0


@contextmanager
def _inbox(settings: Settings) -> Iterator[Inbox | None]:
    """Yield the inbox, if this installation has one."""
    if not (settings.state / FILE_NAME).exists():
        yield None
        return
    inbox = Inbox(settings.state)
    try:
        yield inbox
    finally:
        inbox.close()


def _counts(erased: Erased) -> str:
    counts = ", ".join(f"{n:,} in {name}" for name, n in erased.rows.items() if n)
    later = (
        f"; {erased.left_behind} files that no commit names are left: run it again in "
        "an hour"
        if erased.left_behind
        else ""
    )
    return (f": {counts}" if counts else "") + later


def _at(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
