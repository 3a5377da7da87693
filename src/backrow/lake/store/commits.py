"""Commits to the Delta tables: each one whole or not at all, whoever else writes.

Every commit opens the table anew and, when another got in first in a way that
matters (`CommitFailedError`), starts again from what is there now. Delta's conflict
check decides what matters: an append does not mind another append; a rewrite of a
session minds an append to that session, and reads again.

In a folder, a commit that has no room on the disk is refused before it is begun: what
is left is needed by those who take something away, and a write that is cut short leaves
a file that nothing names.

A batch of events carries its number as a Delta application transaction. deltalake
accepts a repeated number, so the handle that is going to commit is asked first, and
two commits of one application that meet are refused to one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage
from typing import TYPE_CHECKING, Any, Final, TypeVar

from backrow.errors import LakeError, StorageError
from backrow.lake.store.failures import is_gone, told
from backrow.lake.store.locks import WriterLocks
from backrow.lake.store.reading import VERSION_KEY, Store, version_of
from backrow.lake.tables import ColumnType, Table, TableName

if TYPE_CHECKING:
    import polars as pl
    from deltalake import DeltaTable, Field, WriterProperties

T = TypeVar("T")
ROW_GROUP_ROWS: Final = 32_768
"""Rows that a reader decodes at least: smaller is no faster, and larger on disk."""
KEEP_FILES: Final = "interval 1 day"
"""How long files that no version needs any more stay for slow readers."""
KEEP_LOG: Final = "interval 7 days"
_NO_LOG: Final = "interval 0 seconds"
_CHECKPOINT_EVERY: Final = 50
_ATTEMPTS: Final = 100
_GRACE_HOURS: Final = 1
"""How old a file that no commit names must be before it counts as left behind."""
_KEEP_FILES_HOURS: Final = 24
ROOM_MIN: Final = 16 * 1024 * 1024
"""Bytes that must be free on a folder's disk before anything is written to it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A numbered batch of an inbox, written to each table once."""

    inbox: str
    """The inbox's id."""
    number: int
    """Counts up from 1."""


class Commits:
    """Writes to the tables of one lake."""

    def __init__(
        self,
        store: Store,
        *,
        locks: WriterLocks | None = None,
        free: Callable[[Path], int] | None = None,
    ) -> None:
        """Write nothing yet.

        Args:
            store: The tables.
            locks: What keeps an eraser out; by default those of the lake's folder.
            free: Tells how many bytes are free on a folder's disk.
        """
        self.store = store
        self._free = free or _free_bytes
        self.locks = locks or WriterLocks(store.place.folder)
        self._is_alone = False

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other writer of the folder out for a while."""
        with self.locks.alone():
            self._is_alone = True
            try:
                yield
            finally:
                self._is_alone = False

    def append(
        self, name: TableName, rows: pl.DataFrame, *, batch: Batch | None = None
    ) -> bool:
        """Append `rows`, sorted; return whether they were not there already.

        Args:
            name: Which table.
            rows: All of its columns.
            batch: The batch they belong to, which is written once.

        Raises:
            LakeError: The table is not ours, or of another version.
            StorageError: The lake cannot be written.
        """
        from deltalake import CommitProperties, Transaction  # noqa: PLC0415 - optional

        ordered = rows.sort(self.store.tables[name].order, nulls_last=False)
        marks = [] if batch is None else [Transaction(batch.inbox, batch.number)]

        def attempt(handle: DeltaTable) -> bool:
            if batch is not None and _is_written(handle, batch):
                return False
            _write(handle, ordered, CommitProperties(app_transactions=marks))
            return True

        return self.commit(name, attempt)

    def append_unless(
        self,
        name: TableName,
        rows: Callable[[DeltaTable], pl.DataFrame],
    ) -> int:
        """Append what `rows` makes of the table as it is, and return how many.

        Nobody else's commit comes between the look and the append.

        Raises:
            LakeError: As for `append`.
        """
        from deltalake import CommitProperties  # noqa: PLC0415 - optional

        def attempt(handle: DeltaTable) -> int:
            found = rows(handle)
            if not found.is_empty():
                ordered = found.sort(self.store.tables[name].order)
                _write(handle, ordered, CommitProperties(max_commit_retries=0))
            return found.height

        return self.commit(name, attempt)

    def replace(
        self,
        name: TableName,
        where: str,
        rows: Callable[[DeltaTable], Any],
    ) -> None:
        """Replace the rows that match `where` in one commit.

        Args:
            name: Which table.
            where: SQL predicate; the new rows match it too.
            rows: Makes the new rows, a frame or an Arrow stream, of the table as it
                is; asked again if others changed those rows meanwhile.

        Raises:
            LakeError: As for `append`.
        """

        def attempt(handle: DeltaTable) -> None:
            _write(handle, rows(handle), None, where=where)

        self.commit(name, attempt)

    def delete(self, name: TableName, where: str) -> int:
        """Delete the rows that match `where`, and return how many.

        Raises:
            LakeError: As for `append`.
        """
        if self.store.open(name) is None:
            return 0

        def attempt(handle: DeltaTable) -> int:
            found = handle.delete(where, writer_properties=writer_properties())
            return int(found.get("num_deleted_rows") or 0)

        return self.commit(name, attempt)

    def compact(self, name: TableName) -> None:
        """Make few files of many.

        Raises:
            LakeError: As for `append`.
        """
        if self.store.open(name) is None:
            return
        self.commit(
            name,
            lambda handle: handle.optimize.compact(
                writer_properties=writer_properties()
            ),
        )

    def vacuum(self, name: TableName) -> int:
        """Remove files that no version of the last day needs; return how many.

        Raises:
            LakeError: As for `append`.
        """
        return len(self._vacuum(name, hours=_KEEP_FILES_HOURS, full=True))

    def purge(self, name: TableName) -> int:
        """Remove every file and log entry that the newest version does not need.

        Call it inside `alone`. Where writers cannot be kept out, files that no
        commit names stay until they are an hour old; their number is returned. The
        log stays too: a writer that is behind would take the number of an entry
        that was cleared for free, and its commit would be lost.

        Raises:
            LakeError: As for `append`.
        """
        if self.store.open(name) is None:
            return 0
        if not self.locks.can_exclude:
            self._vacuum(name, hours=0, full=False)
            self._vacuum(name, hours=_GRACE_HOURS, full=True)
            return self._left_behind(name)
        self._vacuum(name, hours=0, full=True)
        self._configure(name, {"delta.logRetentionDuration": _NO_LOG})
        with told(f"clear the log of `{name}`", place=self.store.place.url):
            handle = self.store.open(name)
            if handle is not None:
                handle.create_checkpoint()
                handle.cleanup_metadata()
        self._configure(name, {"delta.logRetentionDuration": KEEP_LOG})
        return 0

    def commit(self, name: TableName, attempt: Callable[[DeltaTable], T]) -> T:
        """Return what `attempt` returns once it has committed.

        Raises:
            LakeError: As for `append`.
            StorageError: Others got in first every time.
        """
        last: Exception | None = None
        with self._let_in(), told(f"write `{name}`", place=self.store.place.url):
            self._require_room(name)
            for _ in range(_ATTEMPTS):
                try:
                    return attempt(self._ready(name))
                except Exception as exc:
                    if not _is_passing(exc, last):
                        raise
                    last = exc
        raise StorageError(
            f"cannot write `{name}`: others changed it {_ATTEMPTS} times meanwhile",
            place=self.store.place.url,
        ) from last

    @contextmanager
    def _let_in(self) -> Iterator[None]:
        if self._is_alone:
            yield
            return
        with self.locks.shared():
            yield

    def _require_room(self, name: TableName) -> None:
        """Refuse to write to a disk that is full, except to take something away.

        Raises:
            StorageError: It is.
        """
        folder = self.store.place.folder
        if folder is None or self._is_alone or self._free(folder) >= ROOM_MIN:
            return
        raise StorageError(
            f"cannot write `{name}`: the disk is full (less than "
            f"{ROOM_MIN // 1024**2} MiB are free)",
            place=self.store.place.url,
        )

    def _ready(self, name: TableName) -> DeltaTable:
        """Return the table as it is now, made or upgraded if need be."""
        handle = self.store.open(name)
        if handle is None:
            return _create(self.store, name)
        if version_of(handle) < self.store.version:
            _upgrade(handle, self.store.tables[name], self.store)
            return self._ready(name)
        return handle

    def _vacuum(
        self, name: TableName, *, hours: int, full: bool, dry_run: bool = False
    ) -> list[str]:
        """Return the files that were removed, or would be.

        Args:
            name: Which table.
            hours: For how long a file must have been needed by no version.
            full: Take files that no commit names, too.
            dry_run: Remove nothing.
        """
        handle = self.store.open(name)
        if handle is None:
            return []
        with told(f"vacuum `{name}`", place=self.store.place.url):
            return handle.vacuum(
                retention_hours=hours,
                dry_run=dry_run,
                enforce_retention_duration=False,
                full=full,
            )

    def _left_behind(self, name: TableName) -> int:
        """Return how many files there are that no commit names."""
        every = self._vacuum(name, hours=0, full=True, dry_run=True)
        named = self._vacuum(name, hours=0, full=False, dry_run=True)
        return len({*every} - {*named})

    def _configure(self, name: TableName, properties: dict[str, str]) -> None:
        self.commit(name, lambda handle: handle.alter.set_table_properties(properties))


def _free_bytes(folder: Path) -> int:
    """Return what is free on the disk of a folder, which need not be there yet."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    return disk_usage(there).free


def _is_passing(error: Exception, before: Exception | None) -> bool:
    """Return whether a commit that failed with `error` may succeed if tried again."""
    from deltalake.exceptions import (  # noqa: PLC0415 - optional
        CommitFailedError,
        SchemaMismatchError,
    )

    if isinstance(error, CommitFailedError) or _is_made_meanwhile(error):
        return True
    # Another process may just have vacuumed or added a column; not twice in a row.
    once = isinstance(error, SchemaMismatchError) or is_gone(error)
    return once and type(before) is not type(error)


def _is_made_meanwhile(error: Exception) -> bool:
    """Return whether another made the table that was about to be made."""
    from deltalake.exceptions import DeltaError  # noqa: PLC0415 - optional

    return isinstance(error, DeltaError) and "table already exists" in str(error)


def writer_properties() -> WriterProperties:
    """Return how Parquet files are written."""
    from deltalake import WriterProperties  # noqa: PLC0415 - optional

    return WriterProperties(
        compression="ZSTD", compression_level=3, max_row_group_size=ROW_GROUP_ROWS
    )


def _is_written(handle: DeltaTable, batch: Batch) -> bool:
    last = handle.transaction_version(batch.inbox)
    return last is not None and last >= batch.number


def _write(
    handle: DeltaTable, rows: Any, properties: Any, *, where: str | None = None
) -> None:
    from deltalake import write_deltalake  # noqa: PLC0415 - optional

    if where is None:
        write_deltalake(
            handle,
            rows,
            mode="append",
            writer_properties=writer_properties(),
            commit_properties=properties,
        )
        return
    write_deltalake(
        handle,
        rows,
        mode="overwrite",
        predicate=where,
        writer_properties=writer_properties(),
    )


def _create(store: Store, name: TableName) -> DeltaTable:
    from deltalake import DeltaTable, Schema  # noqa: PLC0415 - optional

    table = store.tables[name]
    return DeltaTable.create(
        store.place.of_table(name),
        Schema([_field(c.name, c.type) for c in table.columns]),
        mode="error",
        name=name,
        description=table.meaning,
        configuration={
            VERSION_KEY: str(store.version),
            "delta.dataSkippingStatsColumns": ",".join(table.ranges),
            "delta.checkpointInterval": str(_CHECKPOINT_EVERY),
            "delta.logRetentionDuration": KEEP_LOG,
            "delta.deletedFileRetentionDuration": KEEP_FILES,
        },
        storage_options=store.options,
        raise_if_key_not_exists=False,
    )


def _upgrade(handle: DeltaTable, table: Table, store: Store) -> None:
    """Add the columns that an older table lacks.

    Raises:
        LakeError: A column has another type; the table cannot be upgraded.
    """
    there = {field.name: field.type for field in handle.schema().fields}
    ours = [_field(column.name, column.type) for column in table.columns]
    wrong = [f.name for f in ours if f.name in there and there[f.name] != f.type]
    if wrong:
        raise LakeError(
            f"an older lake that cannot be upgraded: `{wrong[0]}` has another type; "
            "start a new one, and import what this one exports",
            place=f"{store.place.url}, table `{table.name}`",
        )
    missing = [field for field in ours if field.name not in there]
    if missing:
        handle.alter.add_columns(missing)
    handle.alter.set_table_properties(
        {VERSION_KEY: str(store.version)}, raise_if_not_exists=False
    )


def _field(name: str, kind: ColumnType) -> Field:
    from deltalake import Field  # noqa: PLC0415 - optional
    from deltalake.schema import ArrayType, PrimitiveType  # noqa: PLC0415

    if kind == "strs":
        return Field(name, ArrayType(PrimitiveType("string"), contains_null=True))
    delta: dict[ColumnType, str] = {
        "str": "string",
        "json": "string",
        "timestamp": "timestamp",
        "bool": "boolean",
        "f64": "double",
        "i32": "integer",
        "i64": "long",
    }
    return Field(name, PrimitiveType(delta[kind]), nullable=True)
