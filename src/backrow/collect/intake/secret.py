"""The secret of this installation, under which email addresses become person keys.

It is made once, in the state folder, and never leaves it: whoever has the tables
alone cannot try addresses until one fits. Another secret gives other keys, so a
state folder that is lost means that people known only by their address look new.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from backrow.errors import StorageError

FILE_NAME: Final = "person.key"
_BYTES: Final = 32


def person_secret(state: Path) -> bytes:
    """Return the secret of the state folder `state`, making it if there is none.

    Raises:
        StorageError: It cannot be read or made, or is cut short.
    """
    path = state / FILE_NAME
    try:
        if not path.exists():
            _make(path)
        secret = path.read_bytes()
    except OSError as exc:
        raise StorageError(
            f"cannot read the secret of person keys: {exc.strerror}", place=str(path)
        ) from exc
    if len(secret) < _BYTES:
        raise StorageError("expected a secret of 32 bytes", place=str(path))
    return secret


def _make(path: Path) -> None:
    """Make the file whole or not at all; whoever comes second keeps the first's."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        Path(draft).unlink()
