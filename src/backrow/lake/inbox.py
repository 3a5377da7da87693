"""Pushed events on disk until they are in the tables; and what could not be read.

`put` returns when its events would survive a power cut: one SQLite transaction in
write-ahead mode with full synchronisation, whatever the number of events, so a
receiver that gathers what came meanwhile pays for one (a group commit).

The way on is exactly-once. `take` gives events to a numbered batch, in one
transaction and before anything is written; as long as the batch is not `finish`ed,
`take` gives the same batch with the same events. Each table's commit carries the
inbox's id and the number (`backrow.lake.store.commits.Batch`), so a batch that was
cut short is written again only where it is missing. Events are forgotten an hour
after their batch was finished.

What cannot be decoded becomes a dead letter with its reason, and is kept until it
is replayed, forgotten or pruned. The digests of the last hours' bodies are kept so
that a body that Zoom sends again (after 5, 20 and 60 minutes) is taken once.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backrow.lake.store.commits import Batch
from backrow.lake.store.failures import told

FILE_NAME: Final = "inbox.sqlite3"
KEEP_S: Final = 3600.0
"""How long events stay after their batch was finished, seconds."""
_HOUR_S: Final = 3600.0
_SEEN_HOURS: Final = 3
"""Calendar hours for which bodies are remembered; more than Zoom's 85 minutes."""
_BUSY_S: Final = 10.0
_WAL_PAGES: Final = 4_000
"""Pages of 4 kB that are written ahead before they are put in their places."""
_MARKS: Final = 500
"""Values that one statement is given."""
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS inbox (id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, received_s REAL NOT NULL,
    source TEXT NOT NULL, context TEXT NOT NULL, body BLOB NOT NULL, batch INTEGER);
CREATE INDEX IF NOT EXISTS events_by_batch ON events (batch, id);
CREATE TABLE IF NOT EXISTS batches (
    number INTEGER PRIMARY KEY AUTOINCREMENT, finished_s REAL);
CREATE TABLE IF NOT EXISTS dead_letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT, received_s REAL NOT NULL,
    source TEXT NOT NULL, context TEXT NOT NULL, body BLOB NOT NULL,
    reason TEXT NOT NULL, died_s REAL NOT NULL);
CREATE TABLE IF NOT EXISTS seen (
    hour INTEGER, digest BLOB, PRIMARY KEY (hour, digest)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A body that came in, and where it came from."""

    body: bytes
    source: str = "event"
    """What it is, in the sink's words: event, answer or file."""
    context: str = ""
    """What the sink needs beside the body, as JSON; "" if nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Letter):
    """A letter in the inbox."""

    id: int
    received_s: float
    """Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter(Event):
    """A letter that could not be decoded."""

    reason: str
    died_s: float
    """Unix seconds."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A batch and its events, in the order in which they came."""

    batch: Batch
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How full an inbox is."""

    waiting: int
    """Events in no batch, or in one that is not finished."""
    dead: int
    """Dead letters."""
    oldest_waiting_s: float | None
    """When the oldest of those that wait came, unix seconds; None if none waits."""


class Inbox:
    """The inbox of one state folder; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Open the inbox in `folder`, or make one.

        Raises:
            LakeError: The file is no inbox.
            StorageError: It cannot be read or written.
        """
        self.path = folder / FILE_NAME
        self._lock = threading.RLock()
        with self._told("open the inbox"):
            self._db = _connect(self.path)
            self.id = self._identify()
            """Names this inbox in the tables' transactions."""

    def put(self, letters: Sequence[Letter], *, now: float) -> int:
        """Keep `letters`, and return how many were not here already.

        When this returns they are on disk.

        Args:
            letters: What came.
            now: Unix seconds.

        Raises:
            StorageError: They are not kept: the disk is full, or not writable.
        """
        hour = int(now // _HOUR_S)
        hours = [hour - back for back in range(_SEEN_HOURS)]
        with self._changing("keep events") as db:
            kept = [
                (now, one.source, one.context, one.body)
                for one in _unseen(db, letters, hours)
            ]
            db.executemany(
                "INSERT INTO events (received_s, source, context, body) "
                "VALUES (?, ?, ?, ?)",
                kept,
            )
        return len(kept)

    def take(self, *, limit: int = 10_000) -> Taken | None:
        """Return the batch to be written next; None if no event waits.

        Args:
            limit: How many events a new batch may have.

        Raises:
            StorageError: The inbox cannot be read or written.
        """
        with self._changing("take a batch") as db:
            row = db.execute(
                "SELECT min(number) FROM batches WHERE finished_s IS NULL"
            ).fetchone()
            number = row[0] if row[0] is not None else _new_batch(db, limit)
            if number is None:
                return None
            events = tuple(
                Event(id=i, received_s=at, source=source, context=context, body=body)
                for i, at, source, context, body in db.execute(
                    "SELECT id, received_s, source, context, body FROM events "
                    "WHERE batch = ? ORDER BY id",
                    (number,),
                )
            )
        return Taken(Batch(self.id, number), events)

    def finish(
        self, batch: Batch, *, now: float, dead: Iterable[tuple[int, str]] = ()
    ) -> None:
        """Note that a batch is in every table.

        Args:
            batch: Which.
            now: Unix seconds.
            dead: Events of it that could not be decoded: id and reason.

        Raises:
            StorageError: The inbox cannot be written.
        """
        with self._changing("finish a batch") as db:
            for event, reason in dead:
                db.execute(
                    "INSERT INTO dead_letters "
                    "(received_s, source, context, body, reason, died_s) "
                    "SELECT received_s, source, context, body, ?, ? FROM events "
                    "WHERE id = ?",
                    (reason, now, event),
                )
                db.execute("DELETE FROM events WHERE id = ?", (event,))
            db.execute(
                "UPDATE batches SET finished_s = ? WHERE number = ?",
                (now, batch.number),
            )

    def bury(self, letter: Letter, reason: str, *, now: float) -> None:
        """Keep a letter that never was an event as a dead one.

        Raises:
            StorageError: The inbox cannot be written.
        """
        with self._changing("keep a dead letter") as db:
            db.execute(
                "INSERT INTO dead_letters "
                "(received_s, source, context, body, reason, died_s) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (now, letter.source, letter.context, letter.body, reason, now),
            )

    def dead_letters(self) -> list[DeadLetter]:
        """Return the dead letters, oldest first.

        Raises:
            StorageError: The inbox cannot be read.
        """
        with self._changing("read the dead letters") as db:
            rows = db.execute(
                "SELECT id, received_s, source, context, body, reason, died_s "
                "FROM dead_letters ORDER BY id"
            ).fetchall()
        return [
            DeadLetter(
                id=i,
                received_s=received,
                source=source,
                context=context,
                body=body,
                reason=reason,
                died_s=died,
            )
            for i, received, source, context, body, reason, died in rows
        ]

    def replay(self, ids: Iterable[int] | None = None) -> int:
        """Make dead letters events again, and return how many.

        Args:
            ids: Which; all by default.

        Raises:
            StorageError: The inbox cannot be written.
        """
        with self._changing("replay dead letters") as db:
            wanted = (
                [i for (i,) in db.execute("SELECT id FROM dead_letters ORDER BY id")]
                if ids is None
                else list(ids)
            )
            moved = 0
            for letter in wanted:
                moved += db.execute(
                    "INSERT INTO events (received_s, source, context, body) "
                    "SELECT received_s, source, context, body FROM dead_letters "
                    "WHERE id = ?",
                    (letter,),
                ).rowcount
                db.execute("DELETE FROM dead_letters WHERE id = ?", (letter,))
        return moved

    def expire(self, *, now: float) -> None:
        """Forget events whose batch was finished an hour ago, and old digests.

        Raises:
            StorageError: The inbox cannot be written.
        """
        with self._changing("forget old events") as db:
            db.execute(
                "DELETE FROM events WHERE batch IN "
                "(SELECT number FROM batches WHERE finished_s <= ?)",
                (now - KEEP_S,),
            )
            db.execute("DELETE FROM batches WHERE finished_s <= ?", (now - KEEP_S,))
            oldest = int(now // _HOUR_S) - _SEEN_HOURS + 1
            db.execute("DELETE FROM seen WHERE hour < ?", (oldest,))

    def counts(self) -> Counts:
        """Return how full the inbox is.

        Raises:
            StorageError: The inbox cannot be read.
        """
        with self._changing("count events") as db:
            waiting, oldest = db.execute(
                "SELECT count(*), min(received_s) FROM events "
                "LEFT JOIN batches ON number = batch WHERE finished_s IS NULL"
            ).fetchone()
            (dead,) = db.execute("SELECT count(*) FROM dead_letters").fetchone()
        return Counts(waiting=waiting, dead=dead, oldest_waiting_s=oldest)

    def forget(self, speaks_of: Callable[[bytes], bool]) -> int:
        """Delete every event and dead letter of which `speaks_of` is true.

        Their bytes leave the file too. Returns how many there were.

        Raises:
            StorageError: The inbox cannot be written.
        """
        gone = 0
        with self._changing("forget a person") as db:
            for table in ("events", "dead_letters"):
                found = [
                    (i,)
                    for i, body in db.execute(f"SELECT id, body FROM {table}")  # noqa: S608 - ours
                    if speaks_of(body)
                ]
                db.executemany(f"DELETE FROM {table} WHERE id = ?", found)  # noqa: S608 - ours
                gone += len(found)
        self._shrink()
        return gone

    def prune(self, *, before_s: float) -> int:
        """Delete dead letters that came before an instant, and return how many.

        Raises:
            StorageError: The inbox cannot be written.
        """
        with self._changing("prune dead letters") as db:
            gone = db.execute(
                "DELETE FROM dead_letters WHERE received_s < ?", (before_s,)
            ).rowcount
        self._shrink()
        return gone

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _shrink(self) -> None:
        """Leave no deleted byte in the file or in its log."""
        with self._lock, self._told("shrink the inbox"):
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _identify(self) -> str:
        with self._changing("name the inbox") as db:
            row = db.execute("SELECT id FROM inbox").fetchone()
            if row is not None:
                return str(row[0])
            name = f"inbox-{secrets.token_hex(8)}"
            db.execute("INSERT INTO inbox VALUES (?)", (name,))
            return name

    @contextmanager
    def _changing(self, doing: str) -> Iterator[sqlite3.Connection]:
        """Hold a transaction that is committed if nothing is raised inside."""
        with self._lock, self._told(doing):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _told(self, doing: str) -> Iterator[None]:
        with told(doing, place=str(self.path)):
            yield


def _connect(path: Path) -> sqlite3.Connection:
    """Return a connection to the file, which is private to this user."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    db = sqlite3.connect(
        path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
    )
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA secure_delete = ON")
        db.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
        db.executescript(_TABLES)
    except BaseException:
        db.close()
        raise
    return db


def _unseen(
    db: sqlite3.Connection, letters: Sequence[Letter], hours: Sequence[int]
) -> list[Letter]:
    """Remember `letters`, and return those that were not remembered yet."""
    by_digest: dict[bytes, Letter] = {}
    for one in letters:
        by_digest.setdefault(hashlib.blake2b(one.body, digest_size=16).digest(), one)
    digests = list(by_digest)
    for first in range(0, len(digests), _MARKS):
        some = digests[first : first + _MARKS]
        known = db.execute(
            f"SELECT digest FROM seen WHERE hour IN ({_marks(hours)}) "  # noqa: S608 - marks
            f"AND digest IN ({_marks(some)})",
            (*hours, *some),
        )
        for (digest,) in known.fetchall():
            by_digest.pop(digest, None)
    # In their own order, which spares the tree most of its jumps.
    rows = [(hours[0], digest) for digest in sorted(by_digest)]
    db.executemany("INSERT INTO seen VALUES (?, ?)", rows)
    return list(by_digest.values())


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _new_batch(db: sqlite3.Connection, limit: int) -> int | None:
    """Return the number of a new batch of waiting events; None if none waits."""
    last = db.execute(
        "SELECT max(id) FROM (SELECT id FROM events WHERE batch IS NULL "
        "ORDER BY id LIMIT ?)",
        (limit,),
    ).fetchone()[0]
    if last is None:
        return None
    number = db.execute("INSERT INTO batches (finished_s) VALUES (NULL)").lastrowid
    db.execute(
        "UPDATE events SET batch = ? WHERE batch IS NULL AND id <= ?", (number, last)
    )
    return number
