"""What leaves the program: JSON, CSV, raw bytes and text made harmless.

Names, topics and the like come from strangers. On a terminal their control
characters would move the cursor or reorder the line, and in a spreadsheet a name
that begins with ``=`` is a formula. `plain` and `write_csv` take both away; JSON
and raw bytes are left as they are, since programs read them.

`counted` and `age` are how counts are written, and how ages are typed.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TextIO

import msgspec

from backrow.errors import UsageError
from backrow.qos.people import iso

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that never reach a terminal: controls, bidi marks, breaks."""
_JOINERS: Final = frozenset("\u200c\u200d")
"""Format characters that scripts and emoji need, and that move nothing."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a spreadsheet compute a text."""
_LONGEST: Final = 200
_UNITS: Final = {"h": "hours", "d": "days", "w": "weeks"}


def plain(text: object, *, longest: int = _LONGEST) -> str:
    """Return `text` on one line, without what could steer a terminal.

    Args:
        text: Anything; `str` of it is taken.
        longest: Longer texts are cut, with an ellipsis.
    """
    kept = "".join(
        " " if char in "\t\r\n" else char
        for char in str(text)[: longest * 4]
        if char in "\t\r\n"
        or char in _JOINERS
        or unicodedata.category(char) not in _HIDDEN
    )
    return kept if len(kept) <= longest else f"{kept[: longest - 1]}…"


def plain_lines(text: str) -> str:
    """Return `text` without what could steer a terminal, line breaks kept."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(plain(line, longest=100_000) for line in lines)


def counted(count: int, noun: str) -> str:
    """Return a count and what is counted, in the plural where it is due."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def age(text: str, *, digits: int = 5, least: int = 0, instead: str = "") -> timedelta:
    """Return an age that somebody typed, such as 12h, 90d or 52w.

    Args:
        text: What was typed.
        digits: Of the number, at most.
        least: The smallest number.
        instead: A word that the caller takes too, for the message.

    Raises:
        UsageError: It is none, or out of range.
    """
    found = re.fullmatch(rf"(\d{{1,{digits}}})([hdw])", text.strip())
    if found is None or int(found[1]) < least:
        word = f", or {instead};" if instead else ","
        raise UsageError(
            f"expected an age such as 12h, 90d or 52w{word} got {text!r:.20}"
        )
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def write_bytes(out: TextIO, body: bytes) -> None:
    """Write `body` to a text stream, byte for byte."""
    out.flush()
    binary = getattr(out, "buffer", None)
    if binary is None:
        out.write(body.decode("utf-8", "replace"))
        return
    binary.write(body)
    binary.flush()


def write_json(out: TextIO, value: object) -> None:
    """Write `value` as indented JSON in UTF-8; instants end in Z."""
    body = msgspec.json.encode(ready(value))
    write_bytes(out, msgspec.json.format(body, indent=2) + b"\n")


def ready(value: Any) -> Any:
    """Return `value` with instants as text in UTC, ready for JSON and CSV."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Mapping):
        return {name: ready(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [ready(each) for each in value]
    return value


def write_csv(
    out: TextIO, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]
) -> None:
    """Write `rows` as CSV in UTF-8 with a header; safe to open in a spreadsheet.

    Texts that a spreadsheet would compute get an apostrophe in front; numbers,
    negative ones too, stay numbers. None and missing values are empty cells.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in columns])
    write_bytes(out, text.getvalue().encode("utf-8", "replace"))


def _cell(value: Any) -> Any:
    value = ready(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return msgspec.json.encode(value).decode()
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n")  # else it ends the row
    return f"'{text}" if value.startswith(_FORMULA) else text
