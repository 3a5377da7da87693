"""The secret of this installation, under which people become keys and pseudonyms.

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
from backrow.lake.store.privacy import Privacy
from backrow.qos.identities import known_as
from backrow.settings import Settings

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


def privacy_of(settings: Settings) -> Privacy:
    """Return what settings let be kept of people.

    Raises:
        StorageError: The secret of pseudonyms cannot be read or made.
    """
    is_keyed = settings.identities == "pseudonyms"
    return Privacy(
        identities=settings.identities,
        addresses=settings.addresses,
        key=person_secret(settings.state) if is_keyed else b"",
    )


def also_known_as(state: Path, person: str) -> tuple[str, ...]:
    """Return what else a lake may call a person that was written with this secret.

    Args:
        state: The state folder; if it has no secret, none was used.
        person: An email address, a name or an id of Zoom's.

    Raises:
        StorageError: The secret cannot be read.
    """
    if not (state / FILE_NAME).exists():
        return ()
    return known_as(person, key=person_secret(state))


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
