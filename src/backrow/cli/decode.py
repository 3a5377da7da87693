"""`backrow decode`: saved bodies to typed rows."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter

from backrow.cli.context import (
    Context,
    Given,
    ListFormat,
    ListOutput,
    OfflineFlags,
    Zone,
)
from backrow.cli.show import show_list, show_participant
from backrow.cli.write import plain, write_csv, write_json
from backrow.errors import UsageError, WireError
from backrow.qos.reading import ParticipantQos
from backrow.qos.sample import NAMES
from backrow.zoom.decode import decode_all

_GZIP: Final = b"\x1f\x8b"
_LARGEST: Final = 2**31
"""Bytes that a gzipped file may unpack to."""


def decode(
    files: Annotated[list[str], Parameter(allow_leading_hyphen=True)],
    /,
    *,
    strict: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    output: ListOutput | None = None,
    flags: OfflineFlags | None = None,
    context: Given,
) -> int:
    """Show saved answers and QSS events of Zoom as typed values.

    A file holds one participant's QoS, a page of the QoS or participants list, or
    one QSS event; it may be gzipped. What cannot be read is listed on standard
    error, and everything else is kept.

    JSON is an array with a row a minute and leg: the columns of the samples table,
    and `person` with every field that Zoom told. CSV has the columns alone.

    **Examples**

    - `backrow decode answer.json`
    - `backrow decode --json page-*.json.gz > rows.json`
    - `curl … | backrow decode -`

    Args:
        files: Files to read; - is standard input.
        strict: Fail at the first value that cannot be read.
        output: How the rows are printed.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    settings = (flags or OfflineFlags()).settings(context)
    how = (output or ListOutput()).how
    for name in files:
        if name.startswith("-") and name != "-":
            raise UsageError(f"unknown option {name} (a file is written ./{name})")
    decoded = list(_decoded(files, context, strict=strict))
    people = [one for each in decoded for one in each.people]
    _write(context, people, how, Zone(settings.tz))
    return max((each.exit_code for each in decoded), default=0)


@dataclass(frozen=True, slots=True)
class _Decoded:
    people: Sequence[ParticipantQos] = ()
    exit_code: int = 0


def _decoded(
    files: Sequence[str], context: Context, *, strict: bool
) -> Iterator[_Decoded]:
    """Yield what each file holds; a file that cannot be read is told and counted."""
    for name in files:
        try:
            people = decode_all(read_body(name, context), strict=strict)
        except WireError as exc:
            context.say(f"backrow: {plain(name)}: {plain(exc, longest=1_000)}")
            yield _Decoded(exit_code=exc.exit_code)
            continue
        for one in people:
            for problem in one.problems:
                context.say(f"{plain(name)}: {plain(problem)}")
        yield _Decoded(people)


def read_body(name: str, context: Context) -> bytes:
    """Return the bytes of a file, unpacked if it is gzipped.

    Args:
        name: Path of the file; ``-`` is standard input.
        context: Where standard input is.

    Raises:
        UsageError: There is no such file, or it cannot be read.
        WireError: It is broken gzip, or unpacks to more than 2 GiB.
    """
    try:
        body = context.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as exc:
        raise UsageError(f"cannot read {plain(name)}: {exc.strerror}") from exc
    return _unpacked(body) if body.startswith(_GZIP) else body


def _unpacked(body: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            unpacked = file.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error) as exc:
        raise WireError(f"expected gzip, got broken gzip: {exc}", path="$") from exc
    if len(unpacked) > _LARGEST:
        raise WireError("expected at most 2 GiB of JSON in gzip", path="$")
    return unpacked


def _write(
    context: Context, people: Sequence[ParticipantQos], how: ListFormat, zone: Zone
) -> None:
    if how == "json":
        write_json(context.stdout, rows_with_person(people))
    elif how == "csv":
        rows = [row for one in people for row in one.to_dicts()]
        write_csv(context.stdout, rows, NAMES)
    else:
        _show(context, people, zone)
    if how != "table":
        silent = sum(not one.samples for one in people)
        if silent:
            context.say(f"{silent} of {len(people)} people have no minute, so no row")


def rows_with_person(people: Sequence[ParticipantQos]) -> list[dict[str, Any]]:
    """Return every row of the samples table, with the `person` it is about."""
    return [
        {**row, "person": one.person.to_dict()}
        for one in people
        for row in one.to_dicts()
    ]


def _show(context: Context, people: Sequence[ParticipantQos], zone: Zone) -> None:
    console = context.console()
    if len(people) > 1 and not any(one.samples for one in people):
        rows = [
            (p.user_id, p.user_name, p.role, p.device, p.location, p.network_type)
            for p in (one.person for one in people)
        ]
        columns = ("user_id", "name", "role", "device", "place", "network")
        show_list(console, columns, rows)
        return
    last = next((one for one in reversed(people) if one.minutes), None)
    for position, one in enumerate(people):
        if position:
            console.print()
        nothing = "no minute in this body"
        show_participant(
            console, one, zone=zone, nothing=nothing, with_legend=one is last
        )
