"""The final pass names causes, bounds and people, and tells the whole story."""

import json
from dataclasses import replace
from functools import cache
from typing import Any

import polars as pl
import pytest

from backrow.diagnose.hindsight import Diagnosis, diagnose
from backrow.diagnose.verdict.personal import personal_findings
from backrow.diagnose.verdict.story import group_answer, story_of
from backrow.diagnose.verdict.summary import summarise
from backrow.errors import UsageError
from tests.diagnose.minutes import LOSSY, STAGE, at, frame, people, room

COUNT = 80
LENGTH = 36
WHO = people(
    COUNT,
    site=lambda p: "Lyon office" if 10 <= p < 30 else "",
    location=lambda p: "Lyon (FR)" if 10 <= p < 40 else f"Town {p % 2}",
    data_center=lambda p: "Germany" if p < 40 else "",
    os=lambda _: "Windows",
    network_type=lambda p: "Wifi" if p == 50 else "Wired",
)


def values(person: int, minute: int) -> dict[str, Any] | None:
    if person == 79:
        return None
    own: dict[str, Any] = dict(STAGE) if person == 0 else {}
    office = 10 <= person < 30 and person % 4 and 22 <= minute < 30
    alone = person == 50 and 5 <= minute < 12
    return own | LOSSY if office or alone else own


@cache
def session() -> Diagnosis:
    return diagnose(pl.concat(room(COUNT, LENGTH, values)), WHO)


def test_finding_is_final_with_its_bounds() -> None:
    (found,) = session().findings
    assert (found.state, found.cause) == ("final", "shared_network")
    assert found.scope == {"site": "Lyon office"}
    assert (found.begin, found.end, found.minutes) == (at(22), at(30), 8)
    assert (found.affected, found.measured) == (15, 20)
    assert "heard gaps from 10:22 to 10:30" in found.sentence


def test_minutes_have_their_causes() -> None:
    causes = session().minutes.filter(pl.col("cause").is_not_null())
    by_cause = dict(causes.group_by("cause").len().iter_rows())
    assert by_cause == {"shared_network": 15 * 8, "own_wifi": 7}
    assert len(session().minutes) == (COUNT - 1) * LENGTH


def test_minutes_can_be_diagnosed_again() -> None:
    again = diagnose(session().minutes, WHO)
    assert [f.to_dict() for f in again.findings] == [
        f.to_dict() for f in session().findings
    ]
    assert again.minutes.columns == session().minutes.columns


def test_broken_times_of_one_trouble_are_one_finding() -> None:
    def with_gap(person: int, minute: int) -> dict[str, Any]:
        acts = minute in {*range(22, 26), *range(28, 32)}
        return dict(LOSSY) if 10 <= person < 30 and acts else {}

    (found,) = diagnose(pl.concat(room(COUNT, LENGTH, with_gap)), WHO).findings
    assert (found.begin, found.end) == (at(22), at(32))


def test_minutes_of_another_year_cost_nothing() -> None:
    rows = pl.concat(room(COUNT, LENGTH, values))
    stray = rows.head(1).with_columns(pl.col("minute").dt.offset_by("-400y"))
    (found,) = diagnose(pl.concat([stray, rows]), WHO).findings
    assert (found.begin, found.end) == (at(22), at(30))


def test_session_without_minutes_has_nothing_to_tell() -> None:
    nothing = diagnose(frame([]), WHO)
    assert (nothing.findings, nothing.episodes, len(nothing.minutes)) == ((), (), 0)
    summary = summarise(nothing)
    assert (summary.minutes, summary.worst_quarter) == (0, None)
    assert json.dumps(summary.to_dict())


def test_summary_counts_people_minutes_and_classes() -> None:
    summary = summarise(session())
    assert (summary.people, summary.measured) == (COUNT, COUNT - 1)
    assert summary.minutes == (COUNT - 1) * LENGTH
    bad = 15 * 8 + 7
    assert summary.media["audio"]["poor"] == pytest.approx(bad / summary.minutes)
    assert summary.media["share"]["unclassified"] == 1
    assert sum(summary.media["all"].values()) == pytest.approx(1)
    assert summary.causes["own_wifi"] == {"people": 1, "minutes": 7}
    assert summary.unknown_fields["site"] == 60


def test_summary_names_the_worst_quarter_and_people() -> None:
    summary = summarise(session(), worst=3)
    quarter = summary.worst_quarter
    assert quarter is not None
    assert quarter.begin <= at(22)
    assert quarter.end >= at(30)
    assert len(summary.worst_people) == 3
    first = summary.worst_people[0]
    assert (first.bad_minutes, first.cause, first.name[:6]) == (
        8,
        "shared_network",
        "Person",
    )
    assert (first.begin, first.end) == (at(22), at(30))
    assert json.dumps(summary.to_dict())


def test_single_people_have_findings_of_their_own() -> None:
    (found,) = personal_findings(session())
    assert (found.cause, found.scope) == ("own_wifi", {"participant": "50"})
    assert (found.begin, found.end, found.minutes) == (at(5), at(12), 7)
    assert (found.media, found.metric) == ("audio", "avg_loss_pct")
    assert found.sentence == (
        "Person 50: the sound was bad from 10:05 to 10:12: the Wi-Fi was weak or crowded."
    )
    loss = found.evidence[0]
    assert (loss.value, loss.compared_with) == (12.0, 0.1)
    assert json.dumps(found.to_dict())


def test_story_tells_of_a_second_cause() -> None:
    late = (pl.col("participant") == "50") & (pl.col("minute") >= at(9))
    full = pl.when(late & pl.col("cause").is_not_null()).then(pl.lit("own_bandwidth"))
    found = session()
    minutes = found.minutes.with_columns(full.otherwise("cause").alias("cause"))
    (chapter,) = story_of(replace(found, minutes=minutes), "50").chapters
    assert chapter.cause == "own_wifi"
    assert chapter.sentence.endswith(
        ": the Wi-Fi was weak or crowded; in 3 minutes of it, the line was full."
    )


def test_story_says_what_when_why_and_what_to_do() -> None:
    story = story_of(session(), "50")
    (chapter,) = story.chapters
    assert (chapter.begin, chapter.end, chapter.cause) == (at(5), at(12), "own_wifi")
    assert (
        chapter.sentence
        == "The sound was bad from 10:05 to 10:12: the Wi-Fi was weak or crowded."
    )
    assert "access point" in chapter.advice
    assert story.neighbours["own"] == pytest.approx(7 / LENGTH)
    assert story.sentence.startswith(
        "Person 50 had trouble in 7 of 36 minutes measured, all of it in one"
    )
    assert json.dumps(story.to_dict())


@pytest.mark.parametrize(
    ("participant", "sentence"),
    [
        ("60", "Person 60 had no trouble in 36 minutes measured."),
        ("79", "Person 79 was not measured: muted, on the telephone, or no data."),
    ],
)
def test_story_without_a_bad_time(participant: str, sentence: str) -> None:
    assert story_of(session(), participant).sentence == sentence


def test_story_of_a_stranger_is_refused() -> None:
    with pytest.raises(UsageError, match="user_id of a participant, got 'x'"):
        story_of(session(), "x")


def test_group_is_answered_for_with_its_finding() -> None:
    answer = group_answer(session(), {"site": "Lyon office"})
    assert (answer.verdict, answer.people, answer.measured) == ("judged", 20, 20)
    assert answer.media["audio"]["poor"] == pytest.approx(120 / (20 * LENGTH))
    assert answer.others["audio"]["poor"] < 0.01
    assert answer.shared == {
        "location": "Lyon (FR)",
        "data_center": "Germany",
        "os": "Windows",
        "network_type": "Wired",
    }
    assert answer.findings == [session().findings[0].id]
    assert answer.causes == {"shared_network": 120}
    assert json.dumps(answer.to_dict())


@pytest.mark.parametrize(
    ("where", "verdict"),
    [
        ({"location": "Town 0"}, "judged"),
        ({"network_type": "Wifi"}, "too_small"),
        ({"data_center": "Mars"}, "blank"),
        ({"location": "Lyon (FR)", "os": "Windows"}, "judged"),
    ],
)
def test_group_without_a_finding_is_answered_for(
    where: dict[str, str], verdict: str
) -> None:
    answer = group_answer(session(), where)
    assert answer.verdict == verdict
    assert answer.sentence


def test_group_of_unknown_attributes_is_refused() -> None:
    with pytest.raises(UsageError, match="expected attributes out of site, location"):
        group_answer(session(), {"shoe": "42"})
