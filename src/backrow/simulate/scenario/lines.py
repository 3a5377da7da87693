"""On which line of a TOML text a key stands.

`tomllib` keeps no lines, so the text is scanned once more, and only when there
is an error to tell. The scan knows table headers, arrays of tables and plain or
dotted keys, and steps over strings and arrays of several lines; for a key
inside an inline table it gives the line of the inline table.
"""

from __future__ import annotations

import re
from typing import Final

_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?")
_KEY: Final = re.compile(r"\s*([A-Za-z0-9_.\"'-]+)\s*=(.*)")
_STRINGS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'|#.*')


def line_of(text: str, path: str) -> int | None:
    """Return the line on which `path` stands, counted from 1.

    Args:
        text: TOML.
        path: Keys joined by dots, places in arrays in brackets, as in
            ``sessions[0].faults[1].share``. If it stands nowhere, the nearest
            table or key above it is taken; None if there is none either.
    """
    lines = _lines(text)
    while path:
        if path in lines:
            return lines[path]
        path = re.sub(r"(?:\.?[^.\[\]]+|\[[^\]]*\])$", "", path)
    return None


def _lines(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    counts: dict[str, int] = {}
    table, inside = "", ""
    for number, line in enumerate(text.splitlines(), 1):
        if inside:
            inside = _still_inside(inside, line)
        elif header := _HEADER.fullmatch(line):
            table = _entered(header[2], counts, is_array=header[1] == "[[")
            found.setdefault(table, number)
        elif entry := _KEY.match(line):
            path = table
            for part in entry[1].split("."):
                path = _joined(path, part.strip("\"'"))
                found.setdefault(path, number)
            inside = _opened(entry[2])
    return found


def _entered(name: str, counts: dict[str, int], *, is_array: bool) -> str:
    """Return the full path of a table, its place in each array put in."""
    path = ""
    parts = [part.strip(" \"'") for part in name.split(".")]
    for i, part in enumerate(parts):
        path = _joined(path, part)
        if is_array and i == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = f"{path}[{counts[path]}]"
    return path


def _joined(table: str, name: str) -> str:
    return f"{table}.{name}" if table else name


def _opened(value: str) -> str:
    """Return what a value leaves open at the end of its line, "" if nothing."""
    for quotes in ('"""', "'''"):
        if value.strip().startswith(quotes):
            return "" if value.count(quotes) > 1 else quotes
    return "[" * _depth(value)


def _still_inside(inside: str, line: str) -> str:
    if inside[0] != "[":
        return "" if inside in line else inside
    return "[" * (len(inside) + _depth(line))


def _depth(line: str) -> int:
    bare = _STRINGS.sub("", line)
    return bare.count("[") - bare.count("]")
