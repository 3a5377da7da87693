"""Saved bodies in files: JSON or NDJSON, plain or gzipped, one or many in each.

A file is read line by line if its lines are JSON each, so that its size does not
matter; anything else is one document, which may be an array of bodies. Shells that
write UTF-16, and marks at the beginning, are put up with.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, cast

import msgspec

from backrow.errors import UsageError, WireError

ENDINGS: Final = (".json", ".ndjson", ".jsonl")
"""Files of a folder that are read; each may be followed by .gz."""
LARGEST: Final = 1 << 30
"""Bytes that one document, or one line, may have."""
_GZIP: Final = b"\x1f\x8b"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_BOM: Final = b"\xef\xbb\xbf"


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files that `paths` name, and those below folders, sorted.

    Raises:
        UsageError: A path is not there, or a folder holds nothing to read.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = [one for one in sorted(path.rglob("*")) if _is_wanted(one)]
            if not inside:
                names = ", ".join(ENDINGS)
                raise UsageError(f"no file ends in {names} or .gz - in {path}")
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise UsageError(f"cannot read {path}: there is no such file")
    return list(dict.fromkeys(found))


def _is_wanted(path: Path) -> bool:
    name = path.name.lower().removesuffix(".gz")
    return name.endswith(ENDINGS) and not name.startswith(".") and path.is_file()


def read_bodies(path: Path) -> Iterator[bytes]:
    """Yield the bodies in a file, one after another.

    Raises:
        UsageError: It cannot be read.
        WireError: It is broken gzip, or a body is larger than any can be.
    """
    try:
        with _opened(path) as file:
            for body in _split(file):
                yield _out_of_envelope(body)
    except (EOFError, zlib.error, gzip.BadGzipFile) as exc:
        raise WireError(f"expected gzip, got broken gzip: {exc}", path="$") from exc
    except OSError as exc:
        raise UsageError(f"cannot read {path}: {exc.strerror or exc}") from exc


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        is_gzip = file.read(2) == _GZIP
        file.seek(0)
        if not is_gzip:
            yield file
            return
        with gzip.GzipFile(fileobj=file) as unpacked:
            yield cast("IO[bytes]", unpacked)


def _split(file: IO[bytes]) -> Iterator[bytes]:
    first = _line(file)
    if first.startswith(_UTF16):
        yield from _documents(_recoded(first + _rest(file)))
        return
    first = first.removeprefix(_BOM)
    if _is_json(first):
        yield from _array(first)
        while line := _line(file):
            if line.strip():
                yield from _array(line)
        return
    yield from _documents(first + _rest(file))


def _documents(text: bytes) -> Iterator[bytes]:
    """Yield the bodies of a text that is one document, or lines with broken ones."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not _is_json(text) and any(_is_object(line) for line in lines):
        for line in lines:
            yield from _array(line)
    elif text.strip():
        yield from _array(text)


def _array(text: bytes) -> Iterator[bytes]:
    """Yield the members of an array, or `text` itself."""
    if not text.lstrip().startswith(b"["):
        yield text.strip()
        return
    try:
        members = msgspec.json.decode(text, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        yield text
        return
    yield from (bytes(member) for member in members)


def _out_of_envelope(body: bytes) -> bytes:
    """Return the body in an object of ``headers`` and ``body``, as pushes are saved."""
    if b'"headers"' not in body[:1_000] and b'"headers"' not in body[-1_000:]:
        return body
    try:
        keys = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body
    inside = keys.get("body")
    if keys.keys() != {"headers", "body"}:
        return body
    if isinstance(inside, str):
        return inside.encode()
    return msgspec.json.encode(inside)


def _line(file: IO[bytes]) -> bytes:
    line = file.readline(LARGEST + 1)
    while line and not line.strip():
        line = file.readline(LARGEST + 1)
    if len(line) > LARGEST:
        raise WireError("expected at most 1 GiB on a line", path="$")
    return line


def _rest(file: IO[bytes]) -> bytes:
    rest = file.read(LARGEST + 1)
    if len(rest) > LARGEST:
        raise WireError("expected at most 1 GiB of JSON", path="$")
    return rest


def _recoded(text: bytes) -> bytes:
    try:
        return text.decode("utf-16").encode()
    except UnicodeError:
        return text


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _is_object(text: bytes) -> bool:
    return text.lstrip().startswith(b"{") and _is_json(text)
