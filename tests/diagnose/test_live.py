"""Findings are raised, updated and cleared as minutes settle."""

from collections.abc import Iterator
from datetime import timedelta, timezone
from functools import cache
from typing import Any

import polars as pl

from backrow.diagnose.live import Tracker
from backrow.diagnose.score import scored
from backrow.diagnose.verdict import Finding
from tests.diagnose.minutes import LOSSY, SESSION, STAGE, Values, at, people, room

COUNT = 90
FAULT = range(22, 29)
LENGTH = 36


def in_office(person: int) -> bool:
    return 10 <= person < 35


def office(person: int) -> str:
    return "Lyon office" if in_office(person) else f"Office {person % 3}"


WHO = people(COUNT, site=office, network_type=lambda _: "Wired")


def values(person: int, minute: int, faults: frozenset[str]) -> dict[str, Any]:
    own: dict[str, Any] = dict(STAGE) if person == 0 else {}
    acts = minute in FAULT
    if "office" in faults and acts and in_office(person) and person % 5:
        own |= LOSSY
    if "stage" in faults and acts and person == 0:
        own |= {"audio_sent_avg_loss_pct": 14.0, "audio_sent_max_loss_pct": 30.0}
    if "everyone" in faults and acts and person % 3:
        own |= LOSSY
    return own


@cache
def judged(*faults: str) -> dict[Any, pl.DataFrame]:
    """Return scored minutes by minute."""
    rows = room(COUNT, LENGTH, lambda p, m: values(p, m, frozenset(faults)))
    frame = scored(pl.concat(rows), WHO).collect()
    return {
        key[0]: one for key, one in frame.partition_by("minute", as_dict=True).items()
    }


def events(*faults: str, **options: Any) -> Iterator[tuple[int, Finding]]:
    """Yield each minute's changed findings."""
    tracker = Tracker(SESSION, **options)
    for minute in range(LENGTH):
        tracker.observe_scored(judged(*faults)[at(minute)], WHO)
        yield from ((minute, finding) for finding in tracker.judge(at(minute)))


def test_calm_room_has_no_findings() -> None:
    assert list(events()) == []


def test_office_is_raised_after_two_windows_and_cleared() -> None:
    told = list(events("office"))
    (first, raised), (last, cleared) = told[0], told[-1]
    assert (first, raised.state, raised.cause) == (24, "raised", "shared_network")
    assert raised.scope == {"site": "Lyon office"}
    assert (raised.begin, raised.end) == (at(22), None)
    assert (raised.affected, raised.measured) == (20, 25)
    assert (last, cleared.state) == (31, "cleared")
    assert (cleared.begin, cleared.end, cleared.minutes) == (at(22), at(29), 7)
    assert {finding.id for _, finding in told} == {raised.id}


def test_finding_names_those_affected_and_what_they_notice() -> None:
    _, raised = next(events("office"))
    assert set(raised.participants) == {str(p) for p in range(10, 35) if p % 5}
    assert (raised.media, raised.metric) == ("audio", "avg_loss_pct")
    assert raised.sentence == (
        "20 of 25 measured at Lyon office hear gaps since 10:22: about 12 % of their "
        "audio is lost."
    )
    assert "office" in raised.advice
    loss = next(e for e in raised.evidence if e.what.startswith("average loss"))
    assert (loss.value, loss.unit, loss.compared_with) == (12.0, "%", 0.1)


def test_times_are_said_in_the_zone_asked_for() -> None:
    _, raised = next(events("office", zone=timezone(timedelta(hours=1))))
    assert "since 11:22" in raised.sentence
    assert raised.to_dict()["begin"] == "2026-11-23T10:22:00Z"


def test_presenter_is_told_by_the_stage() -> None:
    told = list(events("stage"))
    first, raised = told[0]
    assert (first, raised.cause) == (24, "presenter_network")
    assert raised.scope == {"participant": "0"}
    assert raised.affected == raised.measured == COUNT - 1
    assert raised.sentence.startswith(
        "Person 0's sound reaches Zoom damaged since 10:22"
    )
    assert (told[-1][1].state, told[-1][1].end) == ("cleared", at(29))


def test_trouble_of_all_offices_is_not_one_office() -> None:
    causes = {finding.cause for _, finding in events("everyone")}
    assert "shared_network" not in causes
    assert causes <= {"zoom_core", "unknown"}


def test_two_troubles_are_followed_apart() -> None:
    found = {f.cause: f for _, f in events("office", "stage")}
    assert set(found) == {"shared_network", "presenter_network"}
    assert found["shared_network"].id != found["presenter_network"].id


def test_ids_are_the_same_after_a_restart() -> None:
    once, again = ([(m, f.id, f.state) for m, f in events("office")] for _ in range(2))
    assert once == again
    other = next(f for _, f in events("office"))
    tracker = Tracker("another session")
    for minute in range(25):
        tracker.observe_scored(judged("office")[at(minute)], WHO)
        tracker.judge(at(minute))
    assert tracker.findings[0].id != other.id


def test_causes_of_a_minute_name_the_shared_one() -> None:
    tracker = Tracker(SESSION)
    for minute in range(26):
        tracker.observe_scored(judged("office")[at(minute)], WHO)
        tracker.judge(at(minute))
    causes = tracker.causes(at(25))
    assert len(causes) == 20
    assert set(causes["cause"]) == {"shared_network"}
    assert set(causes["minute"]) == {at(25)}
    assert "shared" in causes["evidence"][0].to_list()


def test_raw_minutes_are_scored_and_classed_on_the_way() -> None:
    rows = room(4, 2, lambda p, _: LOSSY if p == 1 else {})
    who = people(4)
    tracker = Tracker(SESSION)
    first = tracker.observe(rows[0], who).sort("participant")
    second = tracker.observe(rows[1], who).sort("participant")
    assert first["class"].to_list() == ["good", "poor", "good", "good"]
    assert first.drop("minute").equals(second.drop("minute"))
    assert "role" not in first.columns


def test_roster_counts_those_who_were_there() -> None:
    tracker = Tracker(SESSION)
    roster = pl.DataFrame(
        {
            "participant": [str(p) for p in range(COUNT)],
            "audio_quality": [""] * COUNT,
        }
    )
    raised = []
    for minute in range(26):
        scored_minute = judged("office")[at(minute)]
        seen = scored_minute.filter(
            pl.col("participant").cast(pl.Int64).is_between(10, 12).not_()
        )
        here = roster.with_columns(minute=pl.lit(at(minute)))
        tracker.observe_scored(seen, WHO, here)
        raised += tracker.judge(at(minute))
    assert (raised[0].measured, raised[0].present) == (22, 25)
    assert "(25 there)" in raised[0].sentence


def test_findings_have_the_shape_that_is_promised() -> None:
    told = [finding for _, finding in events("office", "stage")]
    assert {finding.state for finding in told} == {"raised", "cleared"}
    for finding in told:
        assert list(finding.to_dict()) == [
            "id",
            "state",
            "cause",
            "scope",
            "begin",
            "end",
            "minutes",
            "media",
            "metric",
            "affected",
            "measured",
            "present",
            "share",
            "lift",
            "confidence",
            "participants",
            "indistinguishable",
            "evidence",
            "sentence",
            "advice",
        ]


BIG = 180
SPREAD = people(
    BIG,
    location=lambda p: f"Town {p % 4}",
    data_center=lambda p: f"DC {p % 3}",
    version=lambda p: f"6.{p % 5}",
    os=lambda p: "Windows" if p % 2 else "macOS",
)


def first_finding(values: Values, minutes: int = 25) -> Finding:
    """Return the first finding of a big room with faults from minute 22 on."""
    rows = room(
        BIG,
        minutes,
        lambda p, m: {
            **(STAGE if p == 0 else {}),
            **((values(p, m) or {}) if m >= 22 else {}),
        },
    )
    frame = scored(pl.concat(rows), SPREAD).collect()
    tracker = Tracker(SESSION)
    tracker.observe_scored(frame, SPREAD)
    told = [f for m in range(minutes) for f in tracker.judge(at(m))]
    return told[0]


def test_trouble_without_a_boundary_is_zooms() -> None:
    found = first_finding(lambda p, _: LOSSY if p % 7 else {})
    assert (found.cause, found.scope) == ("zoom_core", {})
    assert "everywhere" in found.sentence


def causes_by_words(*, is_stage: bool, unseen: range) -> set[str]:
    """Return the causes of what is told where words say that all is poor from 22 on.

    Args:
        is_stage: Whether the sound of person 0, who speaks, reaches Zoom damaged.
        unseen: Minutes in which person 0 is not measured.
    """
    broken = {"audio_sent_avg_loss_pct": 14.0, "audio_sent_max_loss_pct": 30.0}

    def values(person: int, minute: int) -> dict[str, Any]:
        own: dict[str, Any] = dict(STAGE) if person == 0 else {}
        damaged = person == 0 and minute >= 22 and is_stage
        return own | (broken if damaged else {})

    measured = pl.col("participant").cast(pl.Int64) % 6 == 0
    hidden = pl.col("minute").is_in([at(m) for m in unseen])
    rows = pl.concat(room(BIG, 32, values)).filter(
        measured & ~(hidden & (pl.col("participant") == "0"))
    )
    judged = scored(rows, SPREAD).collect().sort("minute").partition_by("minute")
    tracker, found = Tracker(SESSION), set()
    who = [str(p) for p in range(BIG)]
    for minute, frame in enumerate(judged):
        said = ["poor" if minute >= 22 and int(p) % 7 else "good" for p in who]
        roster = pl.DataFrame(
            {"participant": who, "minute": [at(minute)] * BIG, "audio_quality": said}
        )
        tracker.observe_scored(frame, SPREAD, roster)
        found |= {finding.cause for finding in tracker.judge(at(minute))}
    return found


def test_zoom_is_not_blamed_while_nobody_on_stage_is_measured() -> None:
    unseen = range(20, 28)
    assert causes_by_words(is_stage=True, unseen=unseen) == {"presenter_network"}
    assert causes_by_words(is_stage=False, unseen=unseen) == {"zoom_core"}
    assert causes_by_words(is_stage=False, unseen=range(20, 40)) == set()


def test_missing_frames_on_one_version_are_the_versions() -> None:
    slow = {"video_received_frame_rate_fps": 10.0}
    found = first_finding(lambda p, _: slow if p % 5 == 2 else {})
    assert (found.cause, found.scope) == ("app_version", {"version": "6.2"})
    assert (found.media, found.metric) == ("video", "frame_rate_fps")


def test_presenter_is_told_beside_the_figures_that_show_it() -> None:
    full = {"system_max_cpu_pct": 99.0, "video_sent_frame_rate_fps": 9.0}
    found = first_finding(lambda p, _: full if p == 0 else {})
    assert found.cause == "presenter_device"
    load = next(e for e in found.evidence if "load" in e.what)
    assert (load.value, load.compared_with) == (99.0, None)
    frames = next(e for e in found.evidence if "presenter sends" in e.what)
    assert (frames.value, frames.compared_with) == (9.0, 24.0)


def test_scattered_trouble_is_an_answer_too() -> None:
    ill = {p for p in range(BIG) if p * 7919 % 100 < 30}
    alone = people(BIG, site=lambda p: f"Home {p}")
    rows = room(BIG, 25, lambda p, m: LOSSY if m >= 22 and p in ill else {})
    tracker = Tracker(SESSION)
    tracker.observe_scored(scored(pl.concat(rows), alone).collect(), alone)
    (found,) = {f.cause: f for m in range(25) for f in tracker.judge(at(m))}.values()
    assert (found.cause, found.scope) == ("unknown", {})
    assert "scattered" in found.sentence


def test_words_alone_can_raise_a_finding_and_are_counted() -> None:
    who = WHO
    tracker = Tracker(SESSION)
    told = []
    for minute in range(26):
        seen = judged()[at(minute)].filter(
            pl.col("participant").cast(pl.Int64) % 3 == 0
        )
        bad = "poor" if minute >= 22 else "good"
        roster = pl.DataFrame(
            {
                "participant": [str(p) for p in range(COUNT)],
                "minute": [at(minute)] * COUNT,
                "audio_quality": [
                    bad if in_office(p) else "good" for p in range(COUNT)
                ],
            }
        )
        tracker.observe_scored(seen, who, roster)
        told += tracker.judge(at(minute))
    assert told[0].scope == {"site": "Lyon office"}
    words = next(e for e in told[0].evidence if "words" in e.what)
    assert words.value == sum(1 for p in range(10, 35) if p % 3)
    assert told[0].affected == words.value
    assert told[0].measured == 25
    assert set(told[0].participants) == {str(p) for p in range(10, 35) if p % 3}


def test_scope_follows_if_another_looks_better_for_long() -> None:
    who = people(
        COUNT,
        site=office,
        location=lambda p: "Lyon (FR)" if 10 <= p < 70 else f"Town {p % 2}",
    )

    def spreading(person: int, minute: int) -> dict[str, Any]:
        early = in_office(person) and minute >= 22
        late = 10 <= person < 70 and minute >= 26
        return dict(LOSSY) if early or late else {}

    tracker = Tracker(SESSION)
    rows = room(COUNT, 36, spreading)
    tracker.observe_scored(scored(pl.concat(rows), who).collect(), who)
    told = [f for m in range(36) for f in tracker.judge(at(m))]
    assert told[0].scope == {"site": "Lyon office"}
    assert told[-1].scope == {"location": "Lyon (FR)"}
    assert told[-1].affected == 60


def test_trouble_that_comes_back_keeps_its_id() -> None:
    def twice(person: int, minute: int) -> dict[str, Any]:
        acts = minute in {*range(22, 27), *range(32, 36)}
        return dict(LOSSY) if acts and in_office(person) else {}

    tracker = Tracker(SESSION)
    tracker.observe_scored(
        scored(pl.concat(room(COUNT, 36, twice)), WHO).collect(), WHO
    )
    told = [f for m in range(36) for f in tracker.judge(at(m))]
    states = [f.state for f in told]
    assert {f.id for f in told} == {told[0].id}
    assert states.index("cleared") < len(states) - 1
    assert told[-1].end is None


def test_in_a_meeting_everybody_can_be_on_stage() -> None:
    who = WHO.with_columns(role=pl.lit(""))
    tracker = Tracker(SESSION)
    told = []
    for minute in range(26):
        tracker.observe_scored(judged("stage")[at(minute)], who)
        told += tracker.judge(at(minute))
    assert told[0].cause == "presenter_network"
