"""Tables of people."""

from __future__ import annotations

import csv
import io

import polars as pl
import pytest
from hypothesis import given, strategies as st

from backrow.web.pages.views.picture import picture_of
from backrow.web.pages.views.worst import affected_csv, safe_cell, search, worst_of
from tests.web.pages.frames import at, finding, minutes, people, snapshot

ROWS = minutes(
    ("a", 0, "good"), ("a", 1, "bad"), ("b", 0, "bad"), ("b", 1, "bad"),
    ("c", 0, "good"), ("c", 1, "poor"),
)  # fmt: skip


def test_who_had_most_bad_minutes_comes_first() -> None:
    one = snapshot(people("a", "b", "c", "d"), ROWS)
    told = worst_of(one, picture_of(one, at(1)))
    assert [(t["participant"], t["bad_minutes"], t["minutes"]) for t in told] == [
        ("b", 2, 2),
        ("a", 1, 2),
        ("c", 1, 2),
    ]
    assert told[0]["due_to"] == "audio_received_avg_loss_pct"
    assert told[0]["cause"] == "unknown"
    assert told[0]["class"] == "bad"


def test_cause_without_trouble_of_their_own_is_no_minute_with_trouble() -> None:
    from_stage = ROWS.with_columns(cause=pl.lit("presenter_network"))
    one = snapshot(people("a", "b", "c", "d"), from_stage)
    told = worst_of(one, picture_of(one, at(1)))
    assert [t["bad_minutes"] for t in told] == [2, 1, 1]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1"]
)
def test_no_cell_is_a_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@given(st.text(), st.text())
def test_csv_reads_back_whatever_people_are_called(name: str, email: str) -> None:
    if "\0" in name + email or "\r" in name + email:
        return  # Python's own reader cannot
    who = people("a", "b", user_name=[name, ""], email=[email, ""])
    text = affected_csv(snapshot(who, ROWS), finding(participants=("a",)))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 1
    assert rows[0]["user_name"] == safe_cell(name)
    assert not rows[0]["email"].startswith(("=", "+", "-", "@"))


def test_search_takes_text_as_it_is() -> None:
    who = people("a", "b", "c", user_name=["Ann (.*)", "Bob", "ANNA"])
    one = snapshot(who, ROWS)
    picture = picture_of(one, at(1))
    assert [t["name"] for t in search(one, picture, "ann")] == ["Ann (.*)", "ANNA"]
    assert [t["name"] for t in search(one, picture, "(.*)")] == ["Ann (.*)"]
    assert search(one, picture, " ") == []
