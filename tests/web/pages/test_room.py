"""A session's page: its sentence, its warnings, its findings."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backrow.web.pages.sessions.source import Collecting, Listed, Occurrence
from backrow.web.pages.views.room import index_of, session_page, warning_of
from tests.web.pages.frames import (
    START,
    at,
    finding,
    look,
    minutes,
    people,
    snapshot,
)

GOOD = minutes(("a", 4, "good"), ("b", 4, "bad"))


def test_sentence_never_gives_a_share_without_its_base() -> None:
    page = session_page(snapshot(people("a", "b", "c"), GOOD), look(5))
    assert page["sentence"] == "3 here. 50.0 % of 2 measured hear well."


def test_sentence_says_what_lasts_the_largest_first() -> None:
    found = [
        finding(),
        finding(id="f2", affected=9, sentence="Nine hear gaps since 10:02."),
        finding(id="f3", affected=1),
        finding(id="f4", state="cleared", end=at(3)),
    ]
    page = session_page(snapshot(people("a", "b"), GOOD, findings=found), look(5))
    assert page["sentence"].startswith("2 here. 50.0 % of 2 measured hear well. Nine")
    assert page["sentence"].endswith("since 10:02. And 1 more.")
    assert [one["id"] for one in page["findings"]][-1] == "f4"


def test_nearly_all_is_not_said_to_be_all() -> None:
    many = [str(i) for i in range(3000)]
    rows = minutes(*((who, 0, "good") for who in many[1:]), (many[0], 0, "bad"))
    page = session_page(snapshot(people(*many), rows), look())
    assert "over 99.9 % of 3,000 measured" in page["sentence"]


def test_nobody_measured_is_said() -> None:
    page = session_page(snapshot(people("a"), minutes()), look())
    assert page["sentence"] == "1 here. Nobody's sound is measured yet."
    assert page["warning"]["reason"] == "empty"


def test_afterwards_the_whole_session_is_told() -> None:
    one = snapshot(people("a", "b", "c"), GOOD, state="complete")
    page = session_page(one, look(500))
    assert page["warning"] is None
    assert page["sentence"] == (
        "3 were here. 2 were measured, and heard well in 50.0 % of their 2 minutes. "
        "Nothing was wrong that people had in common."
    )


@pytest.mark.parametrize(
    ("minute", "more", "reason"),
    [
        (8.0, {}, None),  # the minute was over three minutes ago
        (8.1, {}, "stale"),
        (8.1, {"collecting": Collecting(running=True)}, "stale"),
        (5.0, {"collecting": Collecting(running=False, reason="no token")}, "stopped"),
        (500.0, {"state": "ended"}, None),
    ],
)
def test_page_warns_when_it_may_not_show_how_it_is(
    minute: float, more: dict[str, Any], reason: str | None
) -> None:
    warning = warning_of(snapshot(people("a", "b"), GOOD, **more), look(minute))
    assert (warning and warning["reason"]) == reason


def test_warning_says_why_collecting_stopped() -> None:
    told = Collecting(running=False, reason="the token was refused")
    warning = warning_of(snapshot(people("a"), GOOD, collecting=told), look(5))
    assert warning == {
        "reason": "stopped",
        "text": "Collecting stopped: the token was refused.",
    }


def test_clock_runs_fast_and_nothing_is_stale() -> None:
    assert warning_of(snapshot(people("a"), GOOD), look(12, stale_s=600)) is None


def test_times_in_sentences_are_the_viewers() -> None:
    one = snapshot(people("a", "b"), GOOD, findings=[finding()])
    page = session_page(one, look(5, zone=ZoneInfo("Asia/Kolkata")))
    assert "since 15:32" in page["sentence"]
    assert "since 15:32" in page["findings"][0]["sentence"]


def test_timeline_sets_those_affected_against_everybody_else() -> None:
    rows = minutes(
        ("a", 1, "good"), ("a", 2, "bad"), ("b", 2, "poor"), ("c", 2, "good")
    )  # fmt: skip
    one = snapshot(people("a", "b", "c"), rows, findings=[finding()])
    told = session_page(one, look(3))["findings"][0]["timeline"]
    assert told["affected_share"] == [0.0, 1.0]
    assert told["others_share"] == [None, 0.0]


def test_list_is_searched_and_keeps_live_ones_apart() -> None:
    every = [
        Listed(occurrence=Occurrence(uuid="1", number="94512345678", topic="Hall")),
        Listed(
            occurrence=Occurrence(
                uuid="2", topic="<b>Quarter</b>", start_at=START, state="complete"
            ),
            findings=[finding()],
        ),
    ]
    told = index_of(every, look(), query="QUARTER")
    assert (told["live"], len(told["past"])) == ([], 1)
    assert told["past"][0]["findings"][0]["cause"] == "shared_network"
    assert len(index_of(every, look(), query="945 1234-5678")["live"]) == 1
    assert len(index_of(every, look(), query=" ")["live"]) == 1
