"""The SQLite file of an inbox: its tables, and rows put into it many at a time.

It is written ahead and synchronised in full: what is committed is on disk. What is
deleted is overwritten. Pages go to their places every few megabytes, so that the
commit which has that to do takes some ten milliseconds and no more.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Final

from backrow.errors import LakeError

FILE_NAME: Final = "inbox.sqlite3"
_VERSION: Final = 1
_BUSY_S: Final = 10.0
_PAGE_BYTES: Final = 8192
"""Five events' worth."""
_WAL_PAGES: Final = 500
"""Pages that are written ahead before they are put in their places."""
_AT_ONCE: Final = 256
"""Rows that one statement puts."""
_TABLES: Final = """
CREATE TABLE inbox (id TEXT NOT NULL);
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, received_s REAL NOT NULL,
    source TEXT NOT NULL, context TEXT NOT NULL, body BLOB NOT NULL,
    is_again INTEGER NOT NULL DEFAULT 0);
CREATE TABLE batches (
    number INTEGER PRIMARY KEY AUTOINCREMENT, first INTEGER NOT NULL,
    last INTEGER NOT NULL, finished_s REAL, digests BLOB NOT NULL DEFAULT x'');
CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT, received_s REAL NOT NULL,
    source TEXT NOT NULL, context TEXT NOT NULL, body BLOB NOT NULL,
    reason TEXT NOT NULL, died_s REAL NOT NULL);
"""
_PUT: Final = "INSERT INTO events (received_s, source, context, body) VALUES "


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection to the file, which is private to this user.

    Raises:
        LakeError: It is an inbox of another version.
        OSError: It cannot be made.
        sqlite3.Error: It cannot be opened, or is no database.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):  # closing a file that is open elsewhere in this
        # process would drop the locks that SQLite holds on it there
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    db = sqlite3.connect(
        path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
    )
    try:
        db.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA secure_delete = ON")
        db.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
        with transaction(db):
            _prepare(db, path)
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    """Make the tables, unless they are there."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if version == _VERSION:
        return
    if tables or version:
        msg = f"expected an inbox of version {_VERSION}, found version {version}"
        hint = "empty it with the version of Backrow that wrote it"
        raise LakeError(f"{msg} ({hint})", place=str(path))
    for statement in _TABLES.split(";"):
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {_VERSION}")


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Hold a transaction that is committed if nothing is raised inside."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


@contextmanager
def quick_transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Hold a transaction whose commit does not wait for the disk.

    Whoever takes events out must not keep the receiver waiting for the time that a
    disk takes. A power cut may undo what was committed so, in order from the last one
    on; see `synchronise`.
    """
    db.execute("PRAGMA synchronous = NORMAL")
    try:
        with transaction(db):
            yield
    finally:
        db.execute("PRAGMA synchronous = FULL")


def synchronise(path: Path) -> None:
    """Return when all that was committed is on disk; others may go on meanwhile.

    Raises:
        OSError: The disk refuses.
    """
    log = os.open(f"{path}-wal", os.O_RDWR)
    try:
        os.fsync(log)
    finally:
        os.close(log)


def insert(db: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Put rows of events, in few statements.

    Each statement lets go of Python's lock, and takes its time to get it back from a
    busy event loop: a statement a row made a commit of a hundred rows take as many
    milliseconds. The statements' sizes are powers of two, which are soon all known.

    Args:
        db: The file.
        rows: received_s, source, context and body of each.
    """
    begin = 0
    while begin < len(rows):
        left = len(rows) - begin
        size = min(_AT_ONCE, 1 << (left.bit_length() - 1))
        values = chain.from_iterable(rows[begin : begin + size])
        db.execute(_statement(size), tuple(values))
        begin += size


@cache
def _statement(rows: int) -> str:
    return _PUT + ", ".join(["(?, ?, ?, ?)"] * rows)


def delete(db: sqlite3.Connection, table: str, ids: Iterable[int]) -> None:
    """Delete rows of a table, by their ids."""
    db.executemany(f"DELETE FROM {table} WHERE id = ?", ((i,) for i in ids))  # noqa: S608 - ours
