"""What went wrong below us, said once and clearly.

deltalake, Polars, SQLite and the system each have errors of their own, and
deltalake's carry Rust's backtraces and colours. `told` turns them into
`StorageError` (cannot be reached, read or written) or `LakeError` (damaged).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from backrow.errors import BackrowError, LakeError, StorageError

_REASONS: Final = (
    (r"no space left|disk is full|file too large|quota|os error (28|27|122)\b", "full"),
    (r"read-?only|permission denied|access is denied|os error (13|30|1)\b", "denied"),
    (r"not a directory|notadirectory|file exists|os error 20\b", "not a folder"),
    (r"unsupported minimum (reader|writer) version|unsupported.*feature", "newer"),
    (r"json error|parquet|no table metadata|out of spec|malformed|not a database", ""),
)
"""What a message says, and which of `_SENTENCES` that is."""
_SENTENCES: Final = {
    "full": "cannot {doing}: the disk is full",
    "denied": "cannot {doing}: this user may not",
    "not a folder": "cannot {doing}: a file stands where a folder is needed",
    "newer": "cannot {doing}: written by a newer Delta Lake than deltalake knows",
}
_DAMAGED: Final = "cannot {doing}: damaged ({text})"
_OTHER: Final = "cannot {doing}: {text}"
_GONE: Final = re.compile(
    r"not found|no such file|invalid table version|os error 2\b", re.IGNORECASE
)
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
_LONGEST: Final = 240


@contextmanager
def told(doing: str, *, place: str) -> Iterator[None]:
    """Translate what fails inside.

    Args:
        doing: What was tried, in words that follow "cannot".
        place: Folder, file or URL that it was tried in.

    Raises:
        LakeError: What is there is damaged, or not to be read by this version.
        StorageError: It cannot be reached, read or written.
    """
    try:
        yield
    except BackrowError:
        raise
    except Exception as exc:
        if not is_theirs(exc):
            raise
        raise translated(exc, doing=doing, place=place) from exc


def translated(error: Exception, *, doing: str, place: str) -> LakeError:
    """Return the one clear error for `error`."""
    text = _COLOURS.sub("", str(error))
    found = next(
        (key for pattern, key in _REASONS if re.search(pattern, text.lower())), None
    )
    short = " ".join(text.split("\n", 1)[0].split())[:_LONGEST]
    if found == "":
        return LakeError(_DAMAGED.format(doing=doing, text=short), place=place)
    sentence = _SENTENCES.get(found or "", _OTHER)
    kind = LakeError if found == "newer" else StorageError
    return kind(sentence.format(doing=doing, text=short), place=place)


def is_gone(error: BaseException) -> bool:
    """Return whether `error` says that a file went away while it was needed.

    Compaction and erasure take files of tables and logs away; whoever looks again
    finds those that took their place.
    """
    return (
        isinstance(error, Exception)
        and is_theirs(error)
        and _GONE.search(str(error)) is not None
    )


def is_theirs(error: Exception) -> bool:
    """Return whether `error` comes from below; any other is a bug of ours."""
    kind = type(error)
    return (
        isinstance(error, OSError | sqlite3.Error)
        or kind.__module__ in {"_internal", "deltalake._internal"}
        or kind.__qualname__ == "ComputeError"
    )
