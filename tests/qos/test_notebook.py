"""Answers in a notebook: tables that show what came, and run nothing of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
from hypothesis import given, strategies as st

import backrow
from backrow.diagnose.hindsight import Diagnosis
from backrow.diagnose.verdict import Evidence, Finding
from backrow.qos.notebook import MOST_ROWS, cell, facts, table
from backrow.qos.people import Person
from backrow.qos.reading import ParticipantQos
from backrow.qos.sample import Samples
from backrow.zoom.wire.lists import Webinar
from tests.build import MINUTE, row

SAMPLE = Path(__file__).parents[1] / "data" / "seed_participant_qos.json"
EVIL = "<img src=x onerror=alert(1)>\"'&\u202e"
TAGS = {"table", "caption", "thead", "tbody", "tr", "th", "td", "bdi"}


class Seen(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(answer: object) -> Seen:
    html = answer._repr_html_()  # type: ignore[attr-defined] # what notebooks ask for
    seen = Seen(html)
    assert seen.tags <= TAGS
    assert seen.attributes == []
    return seen


@given(st.text())
def test_no_text_becomes_a_tag(text: str) -> None:
    seen = Seen(table(text, [text], [[text, None, 1.5, [text], {text: text}]]))
    assert seen.tags <= TAGS
    assert seen.attributes == []


def test_a_long_text_is_cut() -> None:
    assert len(cell("x" * 5_000)) < 300


def test_facts_leave_out_what_was_not_told() -> None:
    assert "room" not in facts("who", {"name": "Ann", "room": None, "seat": ""})


def test_an_answer_shows_who_and_every_minute() -> None:
    qos = backrow.decode(SAMPLE.read_bytes())
    text = shown(qos).text
    assert str(qos.person.user_id) in text
    assert "audio received ms" in text
    assert f"{qos.minutes[0].minute:%H:%M}" in text


def test_an_answer_without_minutes_says_so() -> None:
    assert "Zoom has no data" in shown(ParticipantQos(samples=Samples())).text


def test_a_minute_shows_its_streams() -> None:
    latest = backrow.decode(SAMPLE.read_bytes()).latest
    assert latest
    assert "audio received kbps" in shown(latest).text


def test_hostile_names_are_only_text() -> None:
    assert EVIL in shown(Person(user_id="1", user_name=EVIL, other={EVIL: EVIL})).text
    assert EVIL in shown(Webinar(uuid="u", topic=EVIL)).text


def finding_of(where: str) -> Finding:
    begin = datetime(2026, 11, 23, 10, 12, tzinfo=UTC)
    return Finding(
        id="1ce78d9817f1",
        state="final",
        cause="shared_network",
        scope={"site": where},
        begin=begin,
        end=begin + timedelta(minutes=15),
        minutes=15,
        media="audio",
        metric="avg_loss_pct",
        affected=24,
        measured=30,
        present=30,
        share=0.8,
        lift=33.0,
        confidence=0.99,
        participants=("1",),
        indistinguishable=(),
        evidence=(Evidence(what="loss", value=7.7, unit="%", compared_with=0.1),),
        sentence="24 of 30 measured heard gaps.",
        advice="Ask their IT.",
    )


def test_a_finding_shows_its_sentence_advice_and_evidence() -> None:
    finding = finding_of(EVIL)
    text = shown(finding).text
    for part in (finding.sentence, finding.advice, EVIL, "24 of 30", "7.7 %", "99%"):
        assert part in text


def test_a_diagnosis_shows_its_findings_or_that_there_is_none() -> None:
    none = pl.DataFrame()
    found = Diagnosis(
        findings=(finding_of("Lyon"),), episodes=(), minutes=none, people=none
    )
    assert "Ask their IT." in shown(found).text
    calm = Diagnosis(findings=(), episodes=(), minutes=none, people=none)
    assert "No common cause" in calm._repr_html_()


def test_only_the_newest_minutes_are_shown() -> None:
    hours = [
        row(minute=MINUTE + timedelta(minutes=past), audio_received_latency_ms=20.0)
        for past in range(MOST_ROWS + 5)
    ]
    html = ParticipantQos(samples=Samples(hours))._repr_html_()
    assert html.count("<tr>") == MOST_ROWS + 1
    assert "5 earlier minutes are not shown" in html


def test_frames_of_the_lake_escape_names_too() -> None:
    html = pl.DataFrame({EVIL: [EVIL]})._repr_html_()
    assert "<img" not in html
