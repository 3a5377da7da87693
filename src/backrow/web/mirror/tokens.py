"""The mirror's tokens: made here, shown once, kept as hashes in the state folder.

A token is 256 bits of chance, so a plain hash of it is enough: there is nothing to try.
The file is written whole or not at all, and only its owner can read it. A server looks
whether it has changed at each request, so that a token that was revoked is refused at
once.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import msgspec

from backrow.errors import LakeError, NothingFoundError, StorageError, UsageError
from backrow.zoom.endpoints import ENDPOINTS

FILE_NAME: Final = "mirror-tokens.json"
_PREFIX: Final = "bmt"
_NAME_MAX: Final = 80
_TOKEN_MAX: Final = 200
"""Characters; ours have 56."""

State = Literal["good", "expired", "revoked"]

SHORT_SCOPES: Final[dict[str, str]] = {
    "webinars": "dashboard_webinars:read:admin",
    "meetings": "dashboard_meetings:read:admin",
    "all": "dashboard:read:admin",
}
"""What may be written for the scope that covers all of a kind's calls."""
SCOPES: Final = frozenset(
    scope for each in ENDPOINTS for scope in (each.granular_scope, *each.classic_scopes)
)
"""Zoom's names of scopes, granular and classic."""


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a token."""

    id: str
    """The first characters of the token; no secret."""
    name: str
    """What it is for, in its owner's words."""
    digest: str
    """SHA-256 of the token, hexadecimal."""
    scopes: tuple[str, ...]
    """Zoom's names of scopes."""
    created_at: float
    """Unix seconds; so are the others."""
    expires_at: float | None = None
    """None if it never expires."""
    revoked_at: float | None = None

    def state(self, *, now: float) -> State:
        """Return whether it may be used."""
        if self.revoked_at is not None:
            return "revoked"
        is_over = self.expires_at is not None and self.expires_at <= now
        return "expired" if is_over else "good"


class _File(msgspec.Struct, frozen=True, kw_only=True):
    tokens: tuple[Grant, ...] = ()


def parse_scopes(names: Iterable[str]) -> tuple[str, ...]:
    """Return scopes by Zoom's names, each once.

    Args:
        names: Zoom's names, or keys of `SHORT_SCOPES`.

    Raises:
        UsageError: There is no such scope, or none at all.
    """
    found: dict[str, None] = {}
    for name in names:
        scope = SHORT_SCOPES.get(name, name)
        if scope not in SCOPES:
            short = ", ".join(SHORT_SCOPES)
            example = ENDPOINTS[0].granular_scope
            raise UsageError(
                f"expected a scope of {short} or Zoom's name of one, such as {example}; "
                f"got {name!r:.60}"
            )
        found[scope] = None
    if not found:
        raise UsageError("expected a scope, got none")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class TokenFile:
    """The tokens of a state folder, for who makes and revokes them.

    Two who change it at once would undo each other's change: the caller holds a lock.
    """

    folder: Path

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.folder / FILE_NAME

    def read(self) -> tuple[Grant, ...]:
        """Return all tokens, in the order in which they were made.

        Raises:
            StorageError: The file cannot be read.
            LakeError: It is none of ours.
        """
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=_File).tokens
        except FileNotFoundError:
            return ()
        except OSError as exc:
            raise self._failed("read", exc) from exc
        except (msgspec.DecodeError, UnicodeDecodeError) as exc:
            message = (
                "expected the mirror's tokens, found something else: put the file back "
                "from a copy, or move it away and make every token anew with "
                "`backrow mirror-token create`"
            )
            raise LakeError(message, place=str(self.path)) from exc

    def create(
        self, name: str, scopes: Sequence[str], *, expires_at: float | None, now: float
    ) -> tuple[Grant, str]:
        """Make a token; return what is kept of it, and the token itself.

        Args:
            name: What it is for.
            scopes: As `parse_scopes` gives them.
            expires_at: Unix seconds; None for never.
            now: Unix seconds.

        Raises:
            UsageError: The name is empty, too long, or stands for a token already.
            LakeError: The file cannot be read or written.
        """
        name, known = name.strip(), self.read()
        if not (name and name.isprintable() and len(name) <= _NAME_MAX):
            raise UsageError(f"expected a name of 1 to {_NAME_MAX} characters")
        if any(one.name == name and one.revoked_at is None for one in known):
            raise UsageError(f"expected a name of its own, {name!r} is a token already")
        id_ = secrets.token_hex(4)
        token = f"{_PREFIX}_{id_}_{secrets.token_urlsafe(32)}"
        grant = Grant(
            id=id_,
            name=name,
            digest=_digest(token),
            scopes=tuple(scopes),
            created_at=now,
            expires_at=expires_at,
        )
        self._write((*known, grant))
        return grant, token

    def revoke(self, which: str, *, now: float) -> Grant:
        """End a token for ever, and return what is kept of it.

        Args:
            which: Its id or its name.
            now: Unix seconds.

        Raises:
            NothingFoundError: There is no such token that was not revoked before.
            LakeError: The file cannot be read or written.
        """
        known = self.read()
        for i, one in enumerate(known):
            if which in {one.id, one.name} and one.revoked_at is None:
                ended = msgspec.structs.replace(one, revoked_at=now)
                self._write((*known[:i], ended, *known[i + 1 :]))
                return ended
        raise NothingFoundError(f"no token {which!r:.80}", place=str(self.path))

    def _write(self, tokens: tuple[Grant, ...]) -> None:
        body = msgspec.json.format(msgspec.json.encode(_File(tokens=tokens)), indent=1)
        draft = None
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=self.folder, prefix=f".{FILE_NAME}-")
            with os.fdopen(handle, "wb") as file:
                file.write(body + b"\n")
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(self.path)
        except OSError as exc:
            if draft is not None:
                Path(draft).unlink(missing_ok=True)
            raise self._failed("write", exc) from exc

    def _failed(self, what: str, exc: OSError) -> StorageError:
        message = f"cannot {what} the mirror's tokens: {exc.strerror}"
        return StorageError(message, place=str(self.path))


@dataclass(slots=True)
class Keys:
    """The tokens of a state folder, for a server that is asked for them often."""

    file: TokenFile
    _seen: tuple[int, int, int] | None = None
    """What told the file's last version from others."""
    _known: tuple[tuple[bytes, Grant], ...] = field(default=(), repr=False)

    def find(self, token: str) -> Grant | None:
        """Return what is kept of a token; None if it is none of ours.

        The time it takes tells nothing of how much of a token was right.

        Raises:
            LakeError: The file cannot be read.
        """
        self._look()
        given = _digest(token[: _TOKEN_MAX + 1]).encode()
        found = None
        for digest, grant in self._known:
            if hmac.compare_digest(digest, given):
                found = grant
        return found

    def _look(self) -> None:
        """Read the file if it has changed."""
        try:
            about = self.file.path.stat()
            seen = (about.st_ino, about.st_mtime_ns, about.st_size)
        except FileNotFoundError:
            seen = (0, 0, 0)
        except OSError as exc:
            message = f"cannot read the mirror's tokens: {exc.strerror}"
            raise StorageError(message, place=str(self.file.path)) from exc
        if seen != self._seen:
            self._known = tuple((g.digest.encode(), g) for g in self.file.read())
            self._seen = seen


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
