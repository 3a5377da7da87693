"""The files that `backrow emulate` writes: scenarios, and the truth."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from backrow.errors import UsageError
from backrow.web.source import Source

if TYPE_CHECKING:
    from backrow.simulate.world import World

_TRUTH_KEY: Final = b"backrow.truth"
"""Under which the Parquet file's metadata hold the faults."""


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, all of it at once.

    Raises:
        UsageError: It cannot be written there.
    """
    _write(path, lambda draft: draft.write_text(text, encoding="utf-8"), mode=0o600)


def write_scenario_file(path: Path, text: str) -> None:
    """Write a scenario; one that somebody has worked on is never written over.

    Raises:
        UsageError: It cannot be written there, or something is there.
    """
    if path.is_file() and path.stat().st_size:
        raise UsageError(f"{path} is there already - choose another name")
    _write(path, lambda draft: draft.write_text(text, encoding="utf-8"))


def check_paths(*, truth: Path | None, env: Path | None) -> None:
    """Refuse files that cannot be written, before work is done.

    Raises:
        UsageError: The truth's ends in neither .json nor .parquet, or a folder is
            not there.
    """
    if truth is not None and truth.suffix not in {".json", ".parquet"}:
        raise UsageError(f"expected a .json or .parquet file for --truth, got {truth}")
    for path in filter(None, (truth, env)):
        if not path.parent.is_dir():
            raise UsageError(f"cannot write {path}: there is no such folder")


def write_truth(path: Path, source: Source) -> None:
    """Write what is really wrong in a simulated world, all of it at once.

    JSON has every fault with its members, and for every participant the spans of
    minutes that a cause acts on; Parquet has a row for every participant's minute,
    and the faults in the metadata of the file.

    Raises:
        UsageError: It cannot be written there.
    """
    from backrow.simulate.world import World  # noqa: PLC0415 - an extra

    if not isinstance(source, World):
        raise TypeError(f"expected a World, got {source!r}")
    writes = _parquet if path.suffix == ".parquet" else _json
    _write(path, lambda draft: writes(draft, source))


def _json(path: Path, world: World) -> None:
    truth = world.truth()
    for session in truth["sessions"]:
        session["spans"] = world.truth_spans(session["session_uuid"])
    path.write_bytes(msgspec.json.format(msgspec.json.encode(truth), indent=1))


def _parquet(path: Path, world: World) -> None:
    import pyarrow as pa  # noqa: PLC0415 - an extra
    import pyarrow.parquet as pq  # noqa: PLC0415 - an extra

    tables = []
    for session in world.sessions():
        columns: dict[str, Any] = dict(world.truth_columns(session.uuid))
        count = len(columns["participant"])
        minutes = pa.array(columns["minute"]).cast(pa.timestamp("us", tz="UTC"))
        head = {
            "kind": pa.repeat(session.kind, count),
            "session_uuid": pa.repeat(session.uuid, count),
            "session_number": pa.repeat(session.number, count),
        }
        columns["minute"] = minutes
        tables.append(pa.table({**head, **columns}))
    faults = {_TRUTH_KEY: msgspec.json.encode(world.truth())}
    pq.write_table(pa.concat_tables(tables).replace_schema_metadata(faults), path)


def _write(path: Path, fill: Callable[[Path], object], *, mode: int = 0o644) -> None:
    """Let `fill` write a draft beside `path`, then put it in its place."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        os.close(handle)
        draft = Path(name)
        try:
            fill(draft)
            draft.chmod(mode)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as exc:
        raise UsageError(f"cannot write {path}: {exc.strerror}") from exc
