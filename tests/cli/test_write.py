"""What leaves the program: JSON, CSV and text."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, strategies as st

from backrow.cli.write import (
    age,
    counted,
    plain,
    plain_lines,
    write_bytes,
    write_csv,
    write_json,
)
from backrow.errors import UsageError
from tests.cli.terminal import Screen


def csv_of(**row: object) -> list[dict[str, str]]:
    out = Screen()
    write_csv(out, [row], list(row))
    return list(csv.DictReader(io.StringIO(out.shown().decode(), newline="")))


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_a_text_that_a_spreadsheet_would_compute_gets_an_apostrophe(first: str) -> None:
    (row,) = csv_of(name=f"{first}1+1", harmless="a=b")
    assert row["name"].startswith("'")
    assert row["name"].endswith("1+1")
    assert row["harmless"] == "a=b"


def test_numbers_stay_numbers_and_none_is_empty() -> None:
    (row,) = csv_of(rssi=-69.0, kbps=23, flag=True, nothing=None)
    assert row == {"rssi": "-69.0", "kbps": "23", "flag": "true", "nothing": ""}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_from_csv(text: str) -> None:
    (row,) = csv_of(text=text)
    found, broken = row["text"], text.replace("\r\n", "\n").replace("\r", "\n")
    assert found in {broken, f"'{broken}"}
    assert not found.startswith(("=", "+", "-", "@", "\t"))


def test_instants_are_utc_and_end_in_z() -> None:
    out = Screen()
    at = datetime(2026, 11, 23, 10, tzinfo=UTC)
    write_json(out, {"at": at, "list": [{"at": at}], "name": "Zoë \x1b"})
    found = msgspec.json.decode(out.shown())
    assert found["at"] == found["list"][0]["at"] == "2026-11-23T10:00:00Z"
    assert found["name"] == "Zoë \x1b"


def test_json_is_utf_8_whatever_the_terminals_encoding() -> None:
    buffer = io.BytesIO()
    out = io.TextIOWrapper(buffer, encoding="ascii")
    write_json(out, ["Zoë"])
    assert msgspec.json.decode(buffer.getvalue()) == ["Zoë"]


def test_bytes_come_after_text_that_was_written_before() -> None:
    out = Screen()
    out.write("a")
    write_bytes(out, b"\xff\n")
    assert out.shown() == b"a\xff\n"


def test_a_stream_of_text_alone_takes_bytes_too() -> None:
    out = io.StringIO()
    write_bytes(out, "Zoë".encode())
    assert out.getvalue() == "Zoë"


@given(st.text())
def test_plain_text_is_one_harmless_line(text: str) -> None:
    shown = plain(text)
    assert len(shown) <= 200
    assert shown.isprintable() or any(not char.isprintable() for char in text)
    assert not any(char in shown for char in "\n\r\t\x1b\x9b\u2028\u202e")
    shown.encode()


def test_long_text_is_cut_with_an_ellipsis() -> None:
    assert plain("a" * 500, longest=10) == "a" * 9 + "\N{HORIZONTAL ELLIPSIS}"


def test_lines_are_kept_where_they_are_wanted() -> None:
    assert plain_lines("a\r\nb\x1b\nc") == "a\nb\nc"


def test_one_thing_is_not_counted_in_the_plural() -> None:
    assert [counted(n, "row") for n in (0, 1, 1234)] == [
        "0 rows",
        "1 row",
        "1,234 rows",
    ]


def test_age_is_in_hours_days_or_weeks() -> None:
    assert age("12h") == timedelta(hours=12)
    assert age(" 90d ") == timedelta(days=90)
    assert age("2w", digits=1, least=2) == timedelta(weeks=2)


@pytest.mark.parametrize("text", ["", "90", "d", "-1d", "1.5h", "1m", "100000d"])
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="12h, 90d or 52w, got"):
        age(text)


@pytest.mark.parametrize("text", ["0h", "10000d", "soon"])
def test_age_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="52w, or never; got"):
        age(text, digits=4, least=1, instead="never")
