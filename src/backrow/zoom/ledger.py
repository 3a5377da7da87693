"""The day's calls on disk, shared by the threads and processes of this machine.

One SQLite file in the state folder holds a `BudgetState` per API host and account.
Each change is a transaction that takes the write lock first, around the pure
functions of `backrow.zoom.limits`; it costs about a tenth of a millisecond. No
secret is written: where only an access token is given, the account is not known,
and all such callers of a host share one entry.

Where nothing can be written (a read-only or full disk, a file that is no
database), the count goes on in memory, and one warning says so.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

import msgspec

from backrow.settings import Settings
from backrow.zoom import limits
from backrow.zoom.endpoints import RateLabel
from backrow.zoom.limits import Budget, BudgetState, Grant, Plan, Told

T = TypeVar("T")
FILE_NAME: Final = "budget.sqlite3"
UNKNOWN_ACCOUNT: Final = "access-token"
_BUSY_S: Final = 10.0
"""How long another process may hold the lock, real seconds."""
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS budget "
    "(account TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID"
)
_log = logging.getLogger("backrow")


def budget_of(settings: Settings, *, now: float) -> Budget:
    """Return what the day still holds for these settings' account."""
    ledger = Ledger(
        folder=settings.state,
        api_url=settings.api_url,
        account=settings.account_id,
        plan=settings.plan,
    )
    try:
        return ledger.budget(now)
    finally:
        ledger.close()


class Ledger:
    """What one account has used, and how fast it may go on."""

    def __init__(
        self, *, folder: Path | None, api_url: str, account: str | None, plan: Plan
    ) -> None:
        """Open nothing yet.

        Args:
            folder: The state folder; None counts in memory only.
            api_url: Where the API is; its host is half of the key.
            account: Zoom's account id; None if unknown.
            plan: The account's plan.
        """
        self.plan = plan
        self._key = f"{urlsplit(api_url).netloc}|{account or UNKNOWN_ACCOUNT}"
        self._folder = folder
        self._db: sqlite3.Connection | None = None
        self._lock = threading.Lock()
        self._state = BudgetState()
        """What is known here; the whole truth where there is no file."""

    @property
    def is_shared(self) -> bool:
        """Whether other processes count in it."""
        return self._folder is not None

    def reserve(self, label: RateLabel, now: float) -> Grant:
        """Charge a call, or say when to ask again.

        Raises:
            RateLimitError: The day's calls are used up.
        """
        return self._change(lambda state: limits.reserve(state, label, self.plan, now))

    def learn(self, label: RateLabel, told: Told, now: float) -> None:
        """Note what an answer told of the limits."""
        self._change(
            lambda state: (limits.learn(state, label, self.plan, told, now), None)
        )

    def budget(self, now: float) -> Budget:
        """Return what the day still holds."""
        found = self._change(
            lambda state: (state, limits.budget(state, self.plan, now))
        )
        return replace(found, shared=self.is_shared)

    def close(self) -> None:
        """Close the file; it is opened again if need be."""
        with self._lock:
            self._disconnect()

    def _change(self, change: Callable[[BudgetState], tuple[BudgetState, T]]) -> T:
        with self._lock:
            if self._folder is not None:
                try:
                    return self._change_on_disk(self._folder, change)
                except (sqlite3.Error, OSError) as exc:
                    self._forsake(self._folder, exc)
            self._state, result = change(self._state)
            return result

    def _change_on_disk(
        self, folder: Path, change: Callable[[BudgetState], tuple[BudgetState, T]]
    ) -> T:
        if self._db is None:
            self._db = _connect(folder)
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        try:
            self._state = before = _read(db, self._key)
            self._state, result = change(before)
            if self._state is not before:
                _write(db, self._key, self._state)
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        return result

    def _forsake(self, folder: Path, exc: Exception) -> None:
        """Go on in memory."""
        self._disconnect()
        self._folder = None
        _log.warning(
            "the day's count of calls is kept in memory only, not shared with "
            "other processes: %s cannot be used (%s)",
            folder / FILE_NAME,
            exc,
        )

    def _disconnect(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


def _connect(folder: Path) -> sqlite3.Connection:
    """Return a connection to the file in `folder`, both private to this user."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / FILE_NAME
    with suppress(FileExistsError):  # closing a file that is open elsewhere in this
        # process would drop the locks that SQLite holds on it there
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    db = sqlite3.connect(
        path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
    )
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute(_TABLE)
    except BaseException:
        db.close()
        raise
    return db


def _read(db: sqlite3.Connection, key: str) -> BudgetState:
    """Return the state in the file; a new one if there is none that is whole."""
    row = db.execute("SELECT state FROM budget WHERE account = ?", (key,)).fetchone()
    if row is None:
        return BudgetState()
    try:
        return msgspec.json.decode(row[0], type=BudgetState)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return BudgetState()


def _write(db: sqlite3.Connection, key: str, state: BudgetState) -> None:
    db.execute(
        "INSERT INTO budget VALUES (?, ?) "
        "ON CONFLICT (account) DO UPDATE SET state = excluded.state",
        (key, msgspec.json.encode(state).decode()),
    )
