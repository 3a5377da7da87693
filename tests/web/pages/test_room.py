"""A session's page: its sentence, its warnings, its findings."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
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


def test_what_the_stage_damages_nobody_hears_well() -> None:
    stage = finding(
        id="f9",
        cause="presenter_network",
        scope={"participant": "p"},
        affected=2,
        sentence="Ann's sound reaches Zoom damaged since 10:02, for all 2 measured.",
    )
    rows = minutes(("a", 4, "good"), ("b", 4, "fair"))
    one = snapshot(people("a", "b"), rows, findings=[finding(affected=9), stage])
    page = session_page(one, look(5))
    assert page["headline"] == "2 here. 0 % of 2 measured hear well."
    assert page["rest"].startswith("Ann's sound reaches Zoom damaged since 10:02")
    assert page["sentence"] == f"{page['headline']} {page['rest']}"
    assert page["findings"][0]["timeline"]["affected_share"] == [1.0]
    assert page["findings"][0]["timeline"]["others_share"] == [None]


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
        "No finding: 2 people measured are too few to tell what they have in common; 5 "
        "are needed."
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


def test_list_and_headline_tell_the_most_important_finding_first() -> None:
    found = [
        finding(id="f1", affected=20, minutes=2, sentence="Twenty for two minutes."),
        finding(id="f2", affected=9, minutes=20, sentence="Nine for twenty minutes."),
    ]
    occurrence = Occurrence(uuid="1", state="complete")
    told = index_of([Listed(occurrence=occurrence, findings=found)], look())
    said = [one["sentence"] for one in told["past"][0]["findings"]]
    assert said == ["Nine for twenty minutes.", "Twenty for two minutes."]
    one = snapshot(people("a", "b"), GOOD, state="complete", findings=found)
    page = session_page(one, look(500))
    assert page["rest"].startswith("Nine")
    assert page["brief"][0]["sentence"] == "Nine for twenty minutes."


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (
            "live",
            "0.0 % of the sound is lost on the way to Zoom, 1.0 % on to the room.",
        ),
        (
            "complete",
            (
                "Lost on the way to Zoom: 12.0 % of the sound (in the worst minute 24 %). "
                "On to the room: 1.0 % of the sound."
            ),
        ),
    ],
)
def test_presenter_is_told_of_in_the_tense_of_the_session(
    state: str, sentence: str
) -> None:
    rows = minutes(
        ("p", 1, "good"), ("p", 2, "good"), ("a", 1, "good"), ("a", 2, "good")
    )
    rows = rows.with_columns(
        audio_sent_avg_loss_pct=pl.Series([24.0, 0.0, None, None]),
        audio_received_avg_loss_pct=pl.Series([None, None, 1.0, 1.0]),
    )
    who = people("p", "a", role=["panelist", "attendee"])
    page = session_page(snapshot(who, rows, state=state), look(5))
    assert page["presenters"][0]["sentence"] == sentence


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
