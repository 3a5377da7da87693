"""Errors of others, as people are told of them."""

import errno
import sqlite3

import pytest

from backrow.errors import LakeError, StorageError
from backrow.lake.store.failures import told, translated

# As deltalake 1.6 said them on a full and a read-only disk.
FULL = (
    "Failed to parse parquet: External: Generic LocalFileSystem error: Unable to copy "
    "data to file: No space left on device (os error 28)"
)
READ_ONLY = (
    "Could not create local directory: /mnt/lake\nError: Os { code: 30, kind: "
    'ReadOnlyFilesystem, message: "Read-only file system" }'
)
UNREACHABLE = "Kernel error -> Generic S3 error\n    \x1b[31m↳\x1b[0m Error performing"
NEWER = "Kernel error: Unsupported: Unsupported minimum reader version 9"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (FULL, "cannot write `samples`: the disk is full"),
        ("database or disk is full", "cannot write `samples`: the disk is full"),
        (READ_ONLY, "cannot write `samples`: this user may not"),
        (UNREACHABLE, "cannot write `samples`: Kernel error -> Generic S3 error"),
    ],
)
def test_storage_that_cannot_be_used_is_told(text: str, sentence: str) -> None:
    error = translated(OSError(text), doing="write `samples`", place="/mnt/lake")
    assert str(error) == f"{sentence} - in /mnt/lake"
    assert (type(error), error.exit_code) == (StorageError, 1)


def test_newer_format_is_no_matter_of_storage() -> None:
    error = translated(OSError(NEWER), doing="open `samples`", place="x")
    assert type(error) is LakeError
    assert "newer Delta Lake" in str(error)


def test_error_of_the_system_is_translated() -> None:
    with (
        pytest.raises(StorageError, match="the disk is full - in x"),
        told("w", place="x"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_error_of_sqlite_is_translated() -> None:
    with pytest.raises(LakeError, match="damaged"), told("w", place="x"):
        raise sqlite3.DatabaseError("file is not a database")


def test_bug_of_ours_is_left_as_it_is() -> None:
    with pytest.raises(KeyError), told("w", place="x"):
        raise KeyError("a")
