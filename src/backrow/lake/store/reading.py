"""Opens the Delta tables of a place and reads them through Polars.

Polars reads the Parquet files that the Delta log lists, after deltalake has dropped
those whose ranges cannot match. That saves a few milliseconds on every look-up, and
lets a lake of an older schema be read without being written to: columns that its
files lack are null.

Opening a table takes longer than reading a participant's hour out of it. So a table
in a folder stays open for readers, and each read first takes up what was committed
since, which is a look for one file. Writers open theirs anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from backrow.errors import LakeError, MissingExtraError, NothingFoundError
from backrow.lake.store.failures import is_gone, is_theirs, told
from backrow.lake.store.place import Place
from backrow.lake.tables import SCHEMA_VERSION, TABLES, Table, TableName, schema_of
from backrow.qos.people import iso

if TYPE_CHECKING:
    import polars as pl
    from deltalake import DeltaTable

T = TypeVar("T")
VERSION_KEY: Final = "backrow.schemaVersion"
"""Where a Delta table's configuration names our schema version."""
_TRIES: Final = 5
"""How often in a row files may go away between a look at the log and at them."""


class Store:
    """The Delta tables of one place."""

    def __init__(
        self,
        place: Place,
        *,
        tables: dict[TableName, Table] = TABLES,
        version: int = SCHEMA_VERSION,
    ) -> None:
        """Open nothing yet.

        Args:
            place: Where the lake is.
            tables: What it holds.
            version: The schema version of `tables`.
        """
        self.place = place
        self.tables = tables
        self.version = version
        self._looks: dict[TableName, DeltaTable] = {}
        """Tables that stay open for readers; used from several threads."""

    def open(self, name: TableName) -> DeltaTable | None:
        """Return the table as it is now; None if nothing was ever written to it.

        Raises:
            LakeError: It is damaged, is not ours, or is of a newer Backrow.
            StorageError: It cannot be read.
        """
        try:
            from deltalake import DeltaTable  # noqa: PLC0415 - optional
            from deltalake.exceptions import TableNotFoundError  # noqa: PLC0415
        except ImportError as exc:
            raise MissingExtraError("deltalake", extra="app") from exc
        if not self._may_hold(name):
            return None

        def attempt() -> DeltaTable | None:
            try:
                return DeltaTable(
                    self.place.of_table(name), storage_options=self.options
                )
            except TableNotFoundError:
                return None

        with told(f"open `{name}`", place=self.place.url):
            handle = persistent(attempt)
        if handle is not None:
            self._check(name, handle)
        return handle

    def scan(
        self, name: TableName, *, where: str | None = None, at: DeltaTable | None = None
    ) -> pl.LazyFrame:
        """Return a table's rows, lazily.

        Args:
            name: Which table.
            where: SQL predicate by which whole files are left out; rows that do not
                match may still come.
            at: The table as opened before; by default as it is now.

        Raises:
            LakeError: As for `open`.
        """
        import polars as pl  # noqa: PLC0415 - polars is imported late

        schema = schema_of(self.tables[name])
        handle = at if at is not None else self._look(name)
        files = None if handle is None else self._files(name, handle, where)
        if not files:
            return pl.LazyFrame(schema=schema)
        return pl.scan_parquet(
            files,
            schema=schema,
            glob=False,
            missing_columns="insert",
            extra_columns="ignore",
            storage_options=self.options,
        )

    def read(
        self,
        name: TableName,
        query: Callable[[pl.LazyFrame], pl.LazyFrame],
        *,
        where: str | None = None,
    ) -> pl.DataFrame:
        """Return what `query` makes of a table's rows.

        Raises:
            LakeError: As for `open`.
        """

        def attempt() -> pl.DataFrame:
            try:
                return query(self.scan(name, where=where)).collect()
            except Exception:
                self._looks.pop(name, None)
                raise

        with told(f"read `{name}`", place=self.place.url):
            return persistent(attempt)

    def version_now(self, name: TableName) -> int:
        """Return a table's version, which changes with its rows; -1 if there is none.

        Raises:
            LakeError: As for `open`.
        """
        with told(f"open `{name}`", place=self.place.url):
            handle = self._look(name)
        return -1 if handle is None else int(handle.version())

    @property
    def options(self) -> dict[str, str] | None:
        """The object store's options; None for a folder."""
        return dict(self.place.options) or None

    def require(self) -> None:
        """Make sure that there is a lake.

        Raises:
            NothingFoundError: There is none.
        """
        if not self.place.is_there:
            raise NothingFoundError("nothing is kept yet", place=self.place.url)

    def _look(self, name: TableName) -> DeltaTable | None:
        """Return the table as it is now, opened before if that will do.

        Raises:
            LakeError: As for `open`.
        """
        folder = self.place.folder
        if folder is None:
            return self.open(name)
        handle = self._looks.get(name)
        if handle is not None and _reaches_back(folder / name, handle.version()):
            try:
                handle.update_incremental()
            except Exception as exc:
                if not is_theirs(exc):
                    raise
            else:
                self._check(name, handle)
                return handle
        handle = self.open(name)
        if handle is not None:
            self._looks[name] = handle
        return handle

    def _may_hold(self, name: TableName) -> bool:
        """Return whether the folder of a table is there.

        Raises:
            LakeError: A file is in its place.
        """
        folder = self.place.folder
        if folder is None:
            return True
        if folder.exists() and not folder.is_dir():
            raise LakeError("expected a folder, found a file", place=self.place.url)
        return (folder / name).exists()

    def _check(self, name: TableName, handle: DeltaTable) -> None:
        found = handle.metadata().configuration.get(VERSION_KEY)
        place = f"{self.place.url}, table `{name}`"
        if found is None or not found.isdecimal():
            raise LakeError("a Delta table that Backrow did not make", place=place)
        if int(found) > self.version:
            raise LakeError(
                f"made by a newer Backrow (schema {found}, this one knows "
                f"{self.version}): install that version",
                place=place,
            )

    def _files(
        self, name: TableName, handle: DeltaTable, where: str | None
    ) -> list[str] | list[Path]:
        uris = handle.file_uris(file_pruning_predicate=where)
        if self.place.folder is None:
            return uris
        # deltalake escapes local paths as if they were URLs; names need no escape.
        folder = self.place.folder / name
        return [folder / uri.rsplit("/", 1)[-1] for uri in uris]


def _reaches_back(table: Path, version: int) -> bool:
    """Return whether a table's log still has a version's entry.

    Entries are cleared from the oldest on. Whoever stands before the oldest finds no
    next one, and would take a version of long ago for the newest.
    """
    return (table / "_delta_log" / f"{version:020}.json").exists()


def persistent(attempt: Callable[[], T]) -> T:
    """Return what `attempt` returns, trying again if files went away meanwhile."""
    for _ in range(_TRIES - 1):
        try:
            return attempt()
        except Exception as exc:
            if not is_gone(exc):
                raise
    return attempt()


def literal(value: str | datetime) -> str:
    """Return `value` as a literal of SQL."""
    if isinstance(value, datetime):
        return f"'{iso(value)}'"
    return "'" + value.replace("'", "''") + "'"


def equal(**values: str) -> str:
    """Return the predicate that each column has its value."""
    return " AND ".join(f"{name} = {literal(text)}" for name, text in values.items())


def among(column: str, values: Sequence[str]) -> str:
    """Return the predicate that `column` has one of `values`, of which one is."""
    return f"{column} IN ({', '.join(literal(value) for value in values)})"


def version_of(handle: Any) -> int:
    """Return the schema version that a table was made with."""
    return int(handle.metadata().configuration[VERSION_KEY])
