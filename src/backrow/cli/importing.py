"""`backrow import`: saved answers and events into the lake."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Parameter
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from backrow.cli.context import CollectingFlags, Context, Given
from backrow.cli.write import counted, plain, write_json
from backrow.clock import Clock
from backrow.errors import MissingExtraError, UsageError, WireError
from backrow.qos.vocabulary import Kind
from backrow.settings import Settings

if TYPE_CHECKING:
    from backrow.collect.importing import Importer, Report

_NUMBER: Final = re.compile(r"[\d\s-]+")
_DONE: Final = 0


def import_(
    paths: list[Path] | None = None,
    /,
    *,
    session: str = "",
    kind: Kind = "webinar",
    dead_letters: Annotated[bool, Parameter(negative=())] = False,
    json: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    flags: CollectingFlags | None = None,
    context: Given,
) -> int:
    """Put saved answers and events into the lake, or dead letters once more.

    A file holds one body or many: a participant's QoS, pages of the QoS, participants
    and summaries lists, webinar details and lists, QSS events; as JSON or NDJSON,
    plain or gzipped. Doing it twice changes nothing. What cannot be read is kept as a
    dead letter.

    **Examples**

    - `backrow import saved/ --session 'kJYyyNYcQHqVgWmzeRjOrQ=='`
    - `backrow import events.ndjson.gz`
    - `backrow import --dead-letters`

    Args:
        paths: Files, and folders whose .json, .ndjson and .jsonl files (and .gz of
            them) are read.
        session: Uuid of the session of bodies that do not name it: Zoom's answers
            about participants do not.
        kind: What those bodies are about, where they do not tell.
        dead_letters: Try what could not be read before, after an update for instance.
        json: Print what was done as JSON.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    settings = (flags or CollectingFlags()).settings(context)
    if bool(paths) == dead_letters:
        raise UsageError("expected files or folders to read, or --dead-letters alone")
    if session and _NUMBER.fullmatch(session):
        raise UsageError(
            f"expected the uuid of one occurrence, got the number {session} - in "
            "--session"
        )
    with _importer(settings, session, kind) as importer:
        if dead_letters:
            report = importer.try_again()
        else:
            report = _read(context, importer, paths or [])
    if json:
        write_json(context.stdout, _as_json(report))
    _tell(context, report)
    return _exit_code(report)


@contextmanager
def _importer(settings: Settings, session: str, kind: Kind) -> Iterator[Importer]:
    try:
        from backrow.collect.importing import Importer  # noqa: PLC0415 - an extra
        from backrow.collect.intake.secret import (  # noqa: PLC0415
            person_secret,
            privacy_of,
        )
        from backrow.judge.given import judge_of  # noqa: PLC0415
        from backrow.lake.inbox import Inbox  # noqa: PLC0415
        from backrow.lake.keep import LakeWriter  # noqa: PLC0415
        from backrow.lake.kept import open_lake  # noqa: PLC0415
    except ImportError as exc:
        raise MissingExtraError("the lake", extra="app") from exc
    inbox, clock = Inbox(settings.state), Clock.parse(settings.clock)
    try:
        yield Importer(
            LakeWriter(open_lake(settings.lake).store, privacy=privacy_of(settings)),
            inbox,
            key=person_secret(settings.state),
            clock=clock,
            judge=judge_of(settings, now=clock.now()),
            session=session,
            kind=kind,
        )
    finally:
        inbox.close()


def _read(context: Context, importer: Importer, paths: Sequence[Path]) -> Report:
    from backrow.collect.intake.files import find_files  # noqa: PLC0415 - an extra

    files = find_files(paths)
    with _progress(context, len(files)) as advance:
        return importer.read(files, on_file=lambda _: advance())


@contextmanager
def _progress(context: Context, files: int) -> Iterator[Callable[[], None]]:
    """Show a bar on standard error if that is a terminal."""
    if not context.stderr.isatty():
        yield lambda: None
        return
    with Progress(
        TextColumn("reading"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("files"),
        console=context.error_console(),
        transient=True,
    ) as progress:
        task = progress.add_task("files", total=files)
        yield lambda: progress.advance(task)


def _tell(context: Context, report: Report) -> None:
    for note in report.notes:
        context.say(f"backrow: {plain(note, longest=1_000)}")
    if report.handed_over:
        context.say(
            f"{report.handed_over} dead letters are in the inbox again: the running "
            "`backrow serve` takes them"
        )
        return
    new = ", ".join(f"{count:,} {name}" for name, count in report.rows.items() if count)
    context.say(f"{report.bodies:,} bodies read; new in the lake: {new or 'nothing'}")
    if report.completed:
        context.say(f"minutes made for {counted(len(report.completed), 'session')}")
    for session in report.live:
        context.say(f"session {session} is live: its minutes are made at its end")
    if report.dead:
        context.say(
            f"{report.dead:,} could not be read and are kept as dead letters; when that "
            "can be helped: backrow import --dead-letters"
        )
    if report.unreadable:
        context.say(
            f"{report.unreadable:,} values could not be read and are null; the lake's "
            "table `unreadable` has them (backrow sql)"
        )
    if report.nameless:
        context.say(
            f"{report.nameless:,} do not name their session and are left out: give its "
            "uuid, with --session"
        )


def _as_json(report: Report) -> dict[str, object]:
    return {name: getattr(report, name) for name in type(report).__slots__}


def _exit_code(report: Report) -> int:
    if report.nameless:
        return UsageError.exit_code
    return WireError.exit_code if report.dead else _DONE
