"""The checks of the lake: what it holds, how large it is, and what was unreadable."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage
from typing import TYPE_CHECKING, Final

from backrow.cli.doctor.check import Check, failed, size_of
from backrow.cli.doctor.local import mover_of, with_lake
from backrow.cli.write import counted
from backrow.errors import StorageError
from backrow.settings import Settings

if TYPE_CHECKING:
    from backrow.lake.store.place import Place
    from backrow.lake.store.reading import Store

_LITTLE_BYTES: Final = 1_000_000_000
"""Free disk that is warned of; a collector stops writing at 16 MiB."""
_MANY_FILES: Final = 1_000
"""Files of one table from which on reading it takes noticeably longer."""
_ASK: Final = 'backrow sql "select path, expected, text from unreadable"'


@dataclass(frozen=True, slots=True)
class _Size:
    """How large a table is."""

    rows: int
    files: int
    size_bytes: int
    version: int


def lake_checks(settings: Settings, *, offline: bool) -> Iterator[Check]:
    """Look at the lake; one in an object store only if calls may be made."""
    yield from with_lake("lake", lambda: _of_lake(settings, offline=offline))


def _of_lake(settings: Settings, *, offline: bool) -> Iterator[Check]:
    from backrow.lake.kept import open_lake  # noqa: PLC0415 - an extra

    store = open_lake(settings.lake).store
    place = store.place
    if place.folder is None and offline:
        message = f"not asked, offline - in {place.url}"
        yield Check(name="lake", state="skipped", message=message)
        return
    denied = _refused(place)
    if not place.is_there:
        message = f"nothing is kept yet - in {place.url}"
        yield denied or Check(name="lake", state="ok", message=message)
        return
    sizes = _sizes(store)
    yield _size(store, sizes)
    if denied is not None:
        yield denied
    if place.folder is not None:
        yield from _room(place.folder)
    crowded = [name for name, one in sizes.items() if one.files > _MANY_FILES]
    if crowded:
        yield _crowded(crowded, settings.state)
    if "unreadable" in sizes:
        yield _unreadable(store)


def _sizes(store: Store) -> dict[str, _Size]:
    """Return how large each table is that there is."""
    import polars as pl  # noqa: PLC0415 - polars is imported late

    from backrow.lake.store.reading import version_of  # noqa: PLC0415
    from backrow.lake.tables import TABLES  # noqa: PLC0415

    found: dict[str, _Size] = {}
    for name in TABLES:
        handle = store.open(name)
        if handle is None:
            continue
        files = pl.DataFrame(handle.get_add_actions(flatten=True))
        found[name] = _Size(
            rows=int(files["num_records"].sum()),
            files=files.height,
            size_bytes=int(files["size_bytes"].sum()),
            version=version_of(handle),
        )
    return found


def _size(store: Store, sizes: dict[str, _Size]) -> Check:
    from backrow.lake.kept import latest_sessions  # noqa: PLC0415 - an extra
    from backrow.lake.tables import SCHEMA_VERSION  # noqa: PLC0415

    states = store.read("sessions", latest_sessions)["state"].to_list()
    running = sum(state != "complete" for state in states)
    open_ = f" ({running:,} not complete)" if running else ""
    rows = sum(one.rows for one in sizes.values())
    files = sum(one.files for one in sizes.values())
    size = size_of(sum(one.size_bytes for one in sizes.values()))
    version = min((one.version for one in sizes.values()), default=SCHEMA_VERSION)
    message = (
        f"{counted(len(states), 'session')}{open_}, {counted(rows, 'row')} in "
        f"{counted(files, 'file')}, {size}, schema {version} - in {store.place.url}"
    )
    return Check(name="lake", state="ok", message=message)


def _refused(place: Place) -> Check | None:
    """Return what keeps a lake from being written; None if nothing does."""
    try:
        place.check_writable()
    except StorageError as exc:
        advice = (
            "Whoever collects here must be allowed to write there, as ls -ld "
            f"{shlex.quote(exc.place)} shows. Or name another place with BACKROW_LAKE."
        )
        return failed("lake", exc, advice=advice)
    return None


def _crowded(tables: list[str], state: Path) -> Check:
    """Tell of tables in many files, and how they become few."""
    running = mover_of(state)
    advice = (
        "backrow watch and backrow serve make them few: let one run for ten minutes."
    )
    if running is not None:
        advice = f"{running}, makes them few: ask again in ten minutes."
    return Check(
        name="lake",
        state="warning",
        message=f"{', '.join(tables)} lie in more than {_MANY_FILES:,} files",
        advice=advice,
    )


def _room(folder: Path) -> Iterator[Check]:
    from backrow.lake.store.commits import ROOM_MIN  # noqa: PLC0415 - an extra

    free = disk_usage(folder).free
    if free >= _LITTLE_BYTES:
        return
    is_full = free < ROOM_MIN
    yield Check(
        name="disk",
        state="failed" if is_full else "warning",
        message=f"{size_of(free)} are free"
        + (", so nothing is written" if is_full else "")
        + f" - in {folder}",
        advice="Make room, or erase old sessions: backrow prune --older-than 90d",
        exit_code=1 if is_full else 0,
    )


def _unreadable(store: Store) -> Check:
    """Tell of values that could not be read; the values themselves may be personal."""
    rows = store.read(
        "unreadable",
        lambda rows: rows.select("path", "expected", "changed_at").sort("changed_at"),
    )
    if rows.is_empty():
        return Check(name="unreadable", state="ok", message="every value could be read")
    path, expected, _ = rows.row(-1)
    return Check(
        name="unreadable",
        state="warning",
        message=f"{counted(rows.height, 'value')} could not be read, the last at "
        f"`{path}`: {expected}",
        advice=f"To see them, type: {_ASK}. Zoom may spell something in a new way: "
        "please report the path and what is expected there.",
    )
