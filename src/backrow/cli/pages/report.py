"""`backrow report`: a session as one HTML file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from backrow.cli.context import FileOrStdout, Given, TellingFlags, is_stdout
from backrow.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    from backrow.lake.store.privacy import Privacy
    from backrow.web.pages.sessions.source import Snapshot


def report(
    session: str,
    /,
    *,
    output: FileOrStdout,
    where: Annotated[
        tuple[str, ...],
        Parameter(
            negative=(),
            help="A group that it is about, as KEY=VALUE, such as "
            "site='Lyon office'; given again, both must hold.",
        ),
    ] = (),
    anonymous: Annotated[
        bool,
        Parameter(
            negative=(),
            show_default=False,
            help="Number people, name nobody; the same as --identities omit.",
        ),
    ] = False,
    flags: TellingFlags | None = None,
    context: Given,
) -> int:
    """Write a session's report: one HTML file that opens from disk and prints to A4.

    It has the summary, the room over time, findings with their evidence, presenters,
    the people who had it worst, and how all of that was made.

    **Examples**

    - `backrow report latest -o report.html`
    - `backrow report 94512345678 --anonymous -o report.html`
    - `backrow report latest --identities pseudonyms -o report.html`
    - `backrow report latest --where site='Lyon office' -o lyon.html`

    Args:
        session: A uuid, a number (its latest occurrence) or `latest`.
        output: File to write; - is standard output.
        where: The group.
        anonymous: Whether names are left out.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    try:
        from backrow.cli.pages.assembly import pages_of  # noqa: PLC0415 - an extra
        from backrow.collect.intake.secret import privacy_of  # noqa: PLC0415
        from backrow.lake.kept import open_lake  # noqa: PLC0415
        from backrow.web.pages.report import report_html  # noqa: PLC0415
        from backrow.web.pages.views.room import Look  # noqa: PLC0415
    except ImportError as exc:
        raise MissingExtraError("the report", extra="app") from exc
    group = _pairs(where)
    to_stdout = is_stdout(output)
    settings = (flags or TellingFlags()).settings(context)
    uuid = open_lake(settings.lake).session(session)
    pages = pages_of(settings).pages
    look = Look(now=datetime.fromtimestamp(pages.clock.now(), UTC), zone=pages.zone)
    privacy = privacy_of(settings)
    snapshot = _told(pages.source.snapshot(uuid), privacy)
    is_omitted = anonymous or settings.identities == "omit"
    called = None if is_omitted else privacy.called(snapshot.people)
    body = report_html(
        snapshot,
        look,
        where=group,
        anonymous=anonymous or settings.identities != "names",
        aliases=called or None,
    )
    if to_stdout:
        context.stdout.write(body.decode())
    else:
        _write(output, body)
        context.say(f"Wrote {output}")
    return 0


def _told(snapshot: Snapshot, privacy: Privacy) -> Snapshot:
    """Return a session with no more of addresses than is to be told."""
    from backrow.diagnose.verdict.finding import Finding  # noqa: PLC0415 - the extra

    if privacy.addresses == "full":
        return snapshot
    told = [Finding.from_dict(privacy.finding(f.to_dict())) for f in snapshot.findings]
    return replace(
        snapshot, people=privacy.placed(snapshot.people), findings=tuple(told)
    )


def _pairs(where: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for text in where:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"expected KEY=VALUE, got {text!r} - in --where")
        found[name.strip()] = value.strip()
    return found


def _write(path: Path, body: bytes) -> None:
    """Write a report, all of it or nothing.

    Raises:
        UsageError: Its folder is not there.
        StorageError: It cannot be written.
    """
    from backrow.lake.export import opened  # noqa: PLC0415 - the extra
    from backrow.lake.store.failures import told  # noqa: PLC0415

    if not path.parent.is_dir():
        raise UsageError(f"cannot write {path}: there is no such folder")
    with told("write the report", place=str(path)), opened(path) as out:
        out.write(body)
