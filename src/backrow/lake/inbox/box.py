"""What is done with an inbox."""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import compress
from pathlib import Path
from typing import Final

import numpy as np

from backrow.lake.inbox.file import (
    FILE_NAME,
    connect,
    delete,
    insert,
    quick_transaction,
    synchronise,
    transaction,
)
from backrow.lake.inbox.letters import Counts, DeadLetter, Event, Letter, Taken
from backrow.lake.inbox.seen import SEEN_S, Seen, digests_of
from backrow.lake.store.commits import Batch
from backrow.lake.store.failures import told

KEEP_S: Final = 3600.0
"""How long events stay after their batch was finished, seconds."""
STEP: Final = 250
"""Events that one transaction deletes at most, so that the receiver waits little."""
_LOOK_S: Final = 10.0
"""How often `put` looks for events to delete when there were none, seconds."""


class Inbox:
    """The inbox of one state folder; safe to use from several threads.

    Anybody may put; one at a time may take, by a lock that is the taker's business.
    """

    def __init__(self, folder: Path) -> None:
        """Open the inbox in `folder`, or make one.

        Raises:
            LakeError: The file is no inbox, or one of another version.
            StorageError: It cannot be read or written.
        """
        self.path = folder / FILE_NAME
        self._lock = threading.RLock()
        self._seen = Seen()
        self._look_at = 0.0
        with self._told("open the inbox"):
            self._db = connect(self.path)
            self.id = self._identify()
            """Names this inbox in the tables' transactions."""

    def put(self, letters: Sequence[Letter], *, now: float) -> None:
        """Keep `letters`; when this returns they are on disk.

        Old events go in the same transaction, a few for each that comes.

        Args:
            letters: What came.
            now: Unix seconds.

        Raises:
            StorageError: They are not kept: the disk is full, or not writable.
        """
        rows = [(now, one.source, one.context, one.body) for one in letters]
        with self._changing("keep events") as db:
            insert(db, rows)
            if now >= self._look_at and not _expire(db, now, STEP):
                self._look_at = now + _LOOK_S

    def take(self, *, limit: int = 10_000) -> Taken | None:
        """Return the batch to be written next; None if no event waits.

        Args:
            limit: How many events a new batch may have.

        Raises:
            StorageError: The inbox cannot be read or written.
        """
        with self._lock, self._told("take a batch"):
            found = self._unfinished() or self._new_batch(limit)
            if found is None:
                return None
            synchronise(self.path)  # before anything is written under this number
            number, first, last = found
            rows = self._db.execute(
                "SELECT id, received_s, source, context, body, is_again FROM events "
                "WHERE id BETWEEN ? AND ? ORDER BY id",
                (first, last),
            ).fetchall()
            self._look_through_batches()
        return self._without_repeated(Batch(self.id, number), rows)

    def _unfinished(self) -> tuple[int, int, int] | None:
        found: tuple[int, int, int] | None = self._db.execute(
            "SELECT number, first, last FROM batches WHERE finished_s IS NULL "
            "ORDER BY number LIMIT 1"
        ).fetchone()
        return found

    def _new_batch(self, limit: int) -> tuple[int, int, int] | None:
        """Return number, first and last id of a new batch; None if no event waits."""
        if self._first_after(self._last_taken()) is None:
            return None
        with quick_transaction(self._db):
            first = self._first_after(self._last_taken())
            if first is None:  # pragma: no cover - whoever forgets was quicker
                return None
            (newest,) = self._db.execute("SELECT max(id) FROM events").fetchone()
            last = min(first + limit - 1, newest)
            number = self._db.execute(
                "INSERT INTO batches (first, last) VALUES (?, ?)", (first, last)
            ).lastrowid
        return number or 0, first, last

    def _last_taken(self) -> int:
        (last,) = self._db.execute("SELECT max(last) FROM batches").fetchone()
        return last or 0

    def _first_after(self, last: int) -> int | None:
        first: int | None = self._db.execute(
            "SELECT min(id) FROM events WHERE id > ?", (last,)
        ).fetchone()[0]
        return first

    def _look_through_batches(self) -> None:
        """Learn the digests of batches that were finished since the last time."""
        news = self._db.execute(
            "SELECT number, finished_s, digests FROM batches "
            "WHERE number > ? AND finished_s IS NOT NULL ORDER BY number",
            (self._seen.last,),
        )
        finished_s = None
        for number, finished_s, digests in news:
            self._seen.learn(number, finished_s, digests)
        if finished_s is not None:
            self._seen.forget(now=finished_s)

    def _without_repeated(
        self, batch: Batch, rows: Sequence[tuple[int, float, str, str, bytes, int]]
    ) -> Taken:
        events = [
            Event(id=i, received_s=at, source=source, context=context, body=body)
            for i, at, source, context, body, _ in rows
        ]
        digests = digests_of(events)
        is_again = np.fromiter((row[-1] for row in rows), np.bool_, len(rows))
        is_kept = self._seen.is_new(digests) | is_again
        kept = tuple(compress(events, is_kept))
        return Taken(
            batch=batch,
            events=kept,
            repeated=len(events) - len(kept),
            digests=digests[is_kept].tobytes(),
        )

    def finish(
        self, taken: Taken, *, now: float, dead: Iterable[tuple[int, str]] = ()
    ) -> None:
        """Note that a batch is in every table.

        If a power cut undoes it, the batch is taken again, and is in every table.

        Args:
            taken: Which.
            now: Unix seconds.
            dead: Events of it that could not be decoded: id and reason.

        Raises:
            StorageError: The inbox cannot be written.
        """
        with self._changing("finish a batch", quick=True) as db:
            for event, reason in dead:
                db.execute(
                    "INSERT INTO dead_letters "
                    "(received_s, source, context, body, reason, died_s) "
                    "SELECT received_s, source, context, body, ?, ? FROM events "
                    "WHERE id = ?",
                    (reason, now, event),
                )
                delete(db, "events", [event])
            db.execute(
                "UPDATE batches SET finished_s = ?, digests = ? WHERE number = ?",
                (now, taken.digests, taken.batch.number),
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
        with self._lock, self._told("read the dead letters"):
            rows = self._db.execute(
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

        They are taken although their bodies were seen before.

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
                    "INSERT INTO events (received_s, source, context, body, is_again) "
                    "SELECT received_s, source, context, body, 1 FROM dead_letters "
                    "WHERE id = ?",
                    (letter,),
                ).rowcount
            delete(db, "dead_letters", wanted)
        return moved

    def expire(self, *, now: float) -> bool:
        """Forget some events whose batch was finished an hour ago, and old batches.

        Returns:
            Whether there is more to forget.

        Raises:
            StorageError: The inbox cannot be written.
        """
        with self._changing("forget old events", quick=True) as db:
            return _expire(db, now, STEP)

    def counts(self) -> Counts:
        """Return how full the inbox is.

        Raises:
            StorageError: The inbox cannot be read.
        """
        with self._lock, self._told("count events"):
            (finished,) = self._db.execute(
                "SELECT max(last) FROM batches WHERE finished_s IS NOT NULL"
            ).fetchone()
            first = self._first_after(finished or 0)
            waiting, oldest = 0, None
            if first is not None:  # ids have no gaps but those of the forgotten
                waiting, oldest = self._db.execute(
                    "SELECT (SELECT max(id) FROM events) - id + 1, received_s "
                    "FROM events WHERE id = ?",
                    (first,),
                ).fetchone()
            (dead,) = self._db.execute("SELECT count(*) FROM dead_letters").fetchone()
        return Counts(waiting=waiting, dead=dead, oldest_waiting_at=oldest)

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
                    i
                    for i, body in db.execute(f"SELECT id, body FROM {table}")  # noqa: S608 - ours
                    if speaks_of(body)
                ]
                delete(db, table, found)
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
        if gone:
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
        found = self._db.execute("SELECT id FROM inbox").fetchone()
        if found is not None:
            return str(found[0])
        with transaction(self._db):
            self._db.execute(
                "INSERT INTO inbox SELECT ? WHERE NOT EXISTS (SELECT 1 FROM inbox)",
                (f"inbox-{secrets.token_hex(8)}",),
            )
        return self._identify()

    @contextmanager
    def _changing(
        self, doing: str, *, quick: bool = False
    ) -> Iterator[sqlite3.Connection]:
        """Hold a transaction that is committed if nothing is raised inside."""
        holding = quick_transaction if quick else transaction
        with self._lock, self._told(doing), holding(self._db):
            yield self._db

    @contextmanager
    def _told(self, doing: str) -> Iterator[None]:
        with told(doing, place=str(self.path)):
            yield


def _expire(db: sqlite3.Connection, now: float, most: int) -> bool:
    """Delete up to `most` old events, and what is left of an old batch.

    Returns:
        Whether something was deleted, so that there may be more.
    """
    old = db.execute(
        "SELECT number, first, last FROM batches "
        "WHERE finished_s <= ? AND first <= last ORDER BY number LIMIT 1",
        (now - KEEP_S,),
    ).fetchone()
    if old is not None:
        number, first, last = old
        until = min(first + most - 1, last)
        db.execute("DELETE FROM events WHERE id BETWEEN ? AND ?", (first, until))
        db.execute("UPDATE batches SET first = ? WHERE number = ?", (until + 1, number))
        return True
    gone = db.execute(
        "DELETE FROM batches WHERE number = (SELECT min(number) FROM batches) "
        "AND first > last AND finished_s <= ?",
        (now - SEEN_S,),
    )
    return gone.rowcount > 0
