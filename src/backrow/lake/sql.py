"""SQL over the lake's tables, through Polars; it can read and nothing else.

The tables go by their names, `sessions`, `participants` and `findings` as a reader
wants them: a row a thing, with the newest value of each column. What came one by one
is there as `sessions_told`, `participants_told` and `findings_told`.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Final

import polars as pl

from backrow.errors import UsageError
from backrow.lake.kept import LATEST_OF, Lake
from backrow.lake.tables import TABLES

_NO_CODE: Final = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
"""Texts and comments, in which nothing is done."""
_READS_ONLY: Final = re.compile(r"\s*\(*\s*(?:select|with)\b", re.IGNORECASE)
_NO_TABLE: Final = re.compile("relation .* not found")
_QUOTED: Final = re.compile(r'"([^"]+)"')
_READS_FILES: Final = re.compile(r"\b(?:read|scan)_\w+\"?\s*\(", re.IGNORECASE)


def query(lake: Lake, sql: str) -> pl.DataFrame:
    """Return what a SELECT gives.

    Args:
        lake: What is asked.
        sql: One statement that begins with SELECT or WITH.

    Raises:
        UsageError: It is another statement, reads files of this machine, or is wrong.
        NothingFoundError: There is no lake.
        LakeError: It cannot be read.
    """
    code = _NO_CODE.sub(" ", sql)
    if not _READS_ONLY.match(code):
        raise UsageError("expected a statement that begins with SELECT or WITH")
    if _READS_FILES.search(code):
        raise UsageError(
            "expected tables of the lake, found a function that reads files"
        )
    frames: dict[str, pl.LazyFrame] = {
        name: lake.scan(name) for name in TABLES if name in code.lower()
    }
    for name, view in LATEST_OF.items():
        if name in frames:
            frames[f"{name}_told"] = frames[name]
            frames[name] = view(frames[name])
    context = pl.SQLContext(frames)
    try:
        return context.execute(sql, eager=True)
    except pl.exceptions.PolarsError as exc:
        raise UsageError(f"cannot answer: {_reason(str(exc))}") from None


def _reason(text: str) -> str:
    """Return in a line why Polars cannot answer."""
    said, _, valid = text.split("\n", 1)[0].partition("; valid columns: ")
    if _NO_TABLE.search(said):
        return f"{said} (tables are {', '.join(TABLES)})"
    missing = _QUOTED.search(said)
    if not valid or missing is None:
        return said
    close = get_close_matches(missing[1], _QUOTED.findall(valid), cutoff=0.4)
    return f"{said} (did you mean {', '.join(close)}?)" if close else said
