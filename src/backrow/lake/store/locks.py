"""Writers of a folder let each other in, and stand back while data is erased.

Delta's own optimism is enough among writers: each commit says what it read, and
the loser tries again. It is not enough beside a vacuum that keeps nothing, which
would take away files that a writer has written and not committed yet. So a writer
holds a shared lock around reading, writing and committing, and `forget` and
`prune` hold it alone. Two files make that fair: whoever wants in takes the gate
first, so that an eraser at the gate lets no later writer pass.

The locks are the system's, and die with their process. An object store has none:
there, files that no commit names are left alone until they are an hour old.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from backrow.lake.store.failures import told

if sys.platform != "win32":
    import fcntl

_GATE: Final = ".gate.lock"
_WRITERS: Final = ".writers.lock"


class WriterLocks:
    """The locks of one lake's folder."""

    def __init__(self, folder: Path | None) -> None:
        """Take nothing yet; without a folder, never lock at all."""
        self._folder = None if sys.platform == "win32" else folder

    @property
    def can_exclude(self) -> bool:
        """Whether `alone` keeps writers of other processes out."""
        return self._folder is not None

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Hold the lock as one of many writers."""
        with self._held(alone=False):
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the lock as the only one, waiting for writers to finish."""
        with self._held(alone=True):
            yield

    @contextmanager
    def _held(self, *, alone: bool) -> Iterator[None]:
        if self._folder is None:
            yield
            return
        with told("write to the lake", place=str(self._folder)):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _locked(self._folder / _GATE, alone=True):
                writers = _take(self._folder / _WRITERS, alone=alone)
        try:
            yield
        finally:
            os.close(writers)


@contextmanager
def _locked(path: Path, *, alone: bool) -> Iterator[None]:
    held = _take(path, alone=alone)
    try:
        yield
    finally:
        os.close(held)


def _take(path: Path, *, alone: bool) -> int:
    """Return an open file that holds the lock until it is closed."""
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if sys.platform != "win32":
            fcntl.flock(opened, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
    except BaseException:
        os.close(opened)
        raise
    return opened
