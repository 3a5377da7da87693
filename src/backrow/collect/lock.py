"""One collector per state folder: a second is told who is there.

The lock is the system's and dies with its process, however that ended, so a lock
whose owner is gone is simply free. The file beside it says who holds it; what is
written there is believed only while the lock is held.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from backrow.errors import StorageError, UsageError
from backrow.qos.people import iso
from backrow.zoom.limits import instant

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

COLLECTOR: Final = "collector"
_OFFSET: Final = 1 << 30
"""Where the locked byte is on Windows, far behind what is written."""


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a lock."""

    pid: int
    host: str
    since: str
    """ISO 8601, UTC."""
    what: str
    """What it does, such as ``backrow watch``."""

    def __str__(self) -> str:
        """Return it as part of a sentence."""
        return f"{self.what}, process {self.pid} on {self.host}, since {self.since}"


@contextmanager
def held(
    folder: Path, *, what: str, now: float, name: str = COLLECTOR
) -> Iterator[None]:
    """Hold a lock of a state folder.

    Args:
        folder: The state folder; it is made if it is not there.
        what: What the holder does, for whoever is refused.
        now: Unix seconds.
        name: Which lock.

    Raises:
        UsageError: Another process holds it, or another part of this one.
        StorageError: The folder cannot be written to.
    """
    path = folder / f"{name}.lock"
    opened = _open(path)
    try:
        if not _take(opened):
            raise UsageError(_refusal(path, name))
        own = Holder(
            pid=os.getpid(), host=socket.gethostname(), since=_since(now), what=what
        )
        os.ftruncate(opened, 0)
        os.write(opened, msgspec.json.encode(own))
        yield
    finally:
        os.close(opened)


def holder_of(folder: Path, name: str = COLLECTOR) -> str | None:
    """Return who holds a lock of a state folder, in words; None if it is free.

    Nothing is made. A lock that is free is taken for the moment of looking.

    Args:
        folder: The state folder.
        name: Which lock.
    """
    path = folder / f"{name}.lock"
    try:
        opened = os.open(path, os.O_RDWR)
    except OSError:
        return None
    try:
        return None if _take(opened) else _holder(path)
    finally:
        os.close(opened)


def _since(now: float) -> str:
    return iso(instant(now).replace(microsecond=0))


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as exc:
        raise StorageError(
            f"cannot be locked: {exc.strerror}", place=str(path)
        ) from exc


def _take(opened: int) -> bool:
    """Return whether the lock is ours now."""
    try:
        if sys.platform == "win32":
            os.lseek(opened, _OFFSET, os.SEEK_SET)
            msvcrt.locking(opened, msvcrt.LK_NBLCK, 1)
            os.lseek(opened, 0, os.SEEK_SET)
        else:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _holder(path: Path) -> str:
    try:
        return str(msgspec.json.decode(path.read_bytes(), type=Holder))
    except (OSError, msgspec.DecodeError):
        return "another process"


def _refusal(path: Path, name: str) -> str:
    return (
        f"expected to be the only {name} of this state folder, found {_holder(path)} - "
        f"stop it, or give this one a folder of its own (BACKROW_STATE); in "
        f"{path.parent}"
    )
