"""The report."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest

from backrow.diagnose.verdict.finding import Evidence
from backrow.errors import UsageError
from backrow.web.pages.report import report_html, report_page
from tests.web.pages.frames import finding, look, minutes, people, snapshot
from tests.web.pages.rooms import small


def test_report_needs_nothing_from_anywhere() -> None:
    room, source, _ = small()
    text = report_html(source.snapshot(room.uuid), look(17)).decode()
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", text)
    assert "<script" not in text
    assert "<svg" in text
    policy = re.search(r"style-src ([^;\"]+)", text)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert policy is not None
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"sha256-{digest}" in policy[1].replace("&#39;", "'")


def test_report_without_names_holds_none() -> None:
    room, source, _ = small()
    text = report_html(source.snapshot(room.uuid), look(17), anonymous=True).decode()
    named = room.people.select("user_name", "email", "participant").rows()
    held = [one for row in named for one in row if one and one in text]
    assert held == []
    assert "Attendee " in text


@pytest.mark.parametrize("anonymous", [False, True])
def test_names_are_texts_and_nothing_else(*, anonymous: bool) -> None:
    evil = "</style><script>alert('x')</script>{{ 7 * 7 }}\u202e"
    found = finding(scope={"site": evil}, sentence=f"2 of 3 measured at {evil}.")
    who = people(
        "a", "b", role=["panelist", "attendee"], user_name=[evil, evil], site=[evil] * 2
    )
    rows = minutes(("a", 2, "bad"), ("b", 2, "bad"))
    one = snapshot(who, rows, findings=[found])
    text = report_html(one, look(3), anonymous=anonymous).decode()
    assert "<script>" not in text
    assert text.count("</style>") == 1
    assert "49" not in text.partition("alert(")[2][:60]


def test_no_text_turns_what_stands_after_it() -> None:
    turning = "\u202egnp.\u2066eciovni\u200f\u2028x"
    who = people("a", user_name=[turning], site=[turning])
    one = snapshot(who, minutes(("a", 2, "bad")), state="complete")
    one = replace(one, occurrence=replace(one.occurrence, topic=turning, host=turning))
    text = report_html(one, look(3)).decode()
    assert not {"\u202e", "\u2066", "\u200f", "\u2028"} & set(text)
    assert "<bdi>gnp.eciovni x</bdi>" in text


def test_report_of_what_is_over_speaks_in_the_past() -> None:
    rows = minutes(("a", 2, "bad"))
    over, runs = (
        report_html(snapshot(people("a"), rows, state=state), look(3)).decode()
        for state in ("complete", "live")
    )
    assert "Who had it worst" in over
    assert "What was wrong" in over
    assert " is lost" not in over
    assert "Who has it worst" in runs


def test_evidence_names_only_what_it_is_compared_with() -> None:
    evidence = (
        Evidence(
            what="average loss; everybody else's",
            value=7.9,
            unit="%",
            compared_with=0.2,
        ),
        Evidence(what="loss of the presenter; usually", value=20.5, unit="%"),
    )
    found = finding(evidence=evidence)
    one = snapshot(people("a"), minutes(("a", 2, "bad")), findings=[found])
    text = report_html(one, look(3)).decode()
    assert "<small>everybody else&#39;s: 0.2 %</small>" in text
    assert "usually" not in text


def test_presenter_is_not_named_in_a_sentence_either() -> None:
    found = finding(
        scope={"participant": "p"},
        cause="presenter_network",
        sentence="Ann's sound reaches Zoom damaged since 10:02.",
    )
    who = people("p", "a", role=["panelist", "attendee"], user_name=["Ann", "Bob"])
    one = snapshot(who, minutes(("a", 2, "bad")), findings=[found])
    page = report_page(one, look(3), anonymous=True)
    told = page["findings"][0]
    assert told["sentence"] == "Presenter 1's sound reaches Zoom damaged since 10:02."
    assert (told["participants"], told["scope"]) == ([], {})
    assert "Ann" not in str(page)


def test_people_may_be_called_by_other_names() -> None:
    who = people("p", "a", role=["panelist", "attendee"], user_name=["Ann", "Bob"])
    one = snapshot(who, minutes(("a", 2, "bad")))
    aliases = {"p": "Person aaaaa-aaaaa", "a": "Person bbbbb-bbbbb"}
    page = report_page(one, look(3), anonymous=True, aliases=aliases)
    assert "Person bbbbb-bbbbb" in str(page)
    assert "Bob" not in str(page)


def test_report_of_a_group_is_about_its_people() -> None:
    who = people("a", "b", "c", site=["Lyon office", "Lyon office", ""])
    rows = minutes(("a", 2, "bad"), ("b", 2, "bad"), ("c", 2, "good"))
    one = snapshot(who, rows, findings=[finding()])
    page = report_page(one, look(3), where={"site": "Lyon office"})
    assert page["sentence"].startswith("2 here. 0 % of 2 measured hear well.")
    assert [one["id"] for one in page["findings"]] == ["f1"]
    assert page["scope"] == {"site": "Lyon office"}


@pytest.mark.parametrize("where", [{"site": "Nowhere"}, {"colour": "red"}])
def test_group_without_people_has_no_report(where: dict[str, str]) -> None:
    one = snapshot(people("a", site=["Lyon office"]), minutes(("a", 2, "bad")))
    with pytest.raises(UsageError):
        report_page(one, look(3), where=where)
