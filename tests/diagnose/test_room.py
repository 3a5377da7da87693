"""A room knows who is ill of what, and who is a bad case of a window."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from backrow.diagnose.causes.slices import SYMPTOMS
from backrow.diagnose.room import Room, instant, minute_number
from backrow.diagnose.score import scored
from tests.diagnose.minutes import FINE, LOSSY, STAGE, at, frame, people, room

FIRST = minute_number(at(0))


def filled(minutes: list[pl.DataFrame], who: pl.DataFrame) -> Room:
    found = Room()
    found.set_people(who)
    found.add(scored(pl.concat(minutes), who).collect())
    return found


def symptoms(values: dict[str, Any], others: int = 8) -> set[str]:
    """Return the symptoms of one person among others who are fine."""
    rows = room(others, 1, lambda person, _: values if person == 1 else {})
    flags = filled(rows, people(others)).slices[FIRST].flags
    return {name for name in SYMPTOMS if flags[name][1]}


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({}, set()),
        (LOSSY, {"network", "strain", "any"}),
        ({"audio_received_avg_loss_pct": 4.0}, {"strain"}),
        ({"video_received_frame_rate_fps": 12.0}, {"picture"}),
        (
            {"video_received_frame_rate_fps": 4.0, "system_max_cpu_pct": 99.0},
            {"picture", "any"},
        ),
        (
            {"video_received_frame_rate_fps": 4.0, "video_received_avg_loss_pct": 3.0},
            {"network", "strain", "any"},
        ),
        ({"audio_received_jitter_ms": 90.0}, {"network", "strain", "any"}),
    ],
)
def test_symptoms_tell_line_from_picture(
    values: dict[str, Any], found: set[str]
) -> None:
    assert symptoms(values) == found


def test_picture_that_all_have_is_no_symptom() -> None:
    slow = room(8, 1, lambda *_: {"video_received_frame_rate_fps": 4.0})
    flags = filled(slow, people(8)).slices[FIRST].flags
    assert flags["any"].all()
    assert not flags["network"].any()
    assert not flags["picture"].any()


def test_phones_are_compared_with_phones() -> None:
    def is_phone(person: int) -> bool:
        return person >= 30

    rows = room(
        60,
        1,
        lambda p, _: {"video_received_frame_rate_fps": 12.0} if is_phone(p) else {},
    )
    who = people(60, os=lambda p: "iOS" if is_phone(p) else "Windows")
    assert not filled(rows, who).slices[FIRST].flags["picture"].any()


def test_two_bad_minutes_of_five_make_a_case() -> None:
    bad = {1: {0}, 2: {0, 3}, 3: set()}
    rows = room(4, 5, lambda p, m: LOSSY if m in bad.get(p, ()) else {})
    window = filled(rows, people(4)).window(FIRST + 4)
    assert window is not None
    assert window.cases["network"].tolist() == [False, False, True, False]
    assert window.measured.all()


def test_one_minute_measured_is_enough_if_it_is_bad() -> None:
    rows = room(3, 5, lambda _, m: LOSSY if m == 2 else None)
    window = filled(rows, people(3)).window(FIRST + 4)
    assert window is not None
    assert window.cases["network"].all()


def test_targeted_minutes_are_not_counted_in_rates() -> None:
    rows = room(2, 2, lambda p, _: {**LOSSY, "picked": "targeted" if p else "random"})
    window = filled(rows, people(2)).window(FIRST + 1)
    assert window is not None
    assert window.measured.tolist() == [True, False]


def test_words_judge_those_who_were_not_measured() -> None:
    found = filled(room(4, 2, lambda p, _: {} if p < 2 else None), people(4))
    roster = pl.DataFrame(
        {
            "participant": ["0", "2", "3", "9"],
            "minute": [at(1)] * 4,
            "audio_quality": ["bad", "poor", "good", "bad"],
            "video_quality": ["", "", "bad", ""],
            "present": [True, True, False, True],
        }
    )
    found.add(frame([]).pipe(scored).collect(), roster)
    window = found.window(FIRST + 1)
    assert window is not None
    assert window.by_words.tolist() == [False, False, True, False]
    assert window.cases["network"].tolist() == [False, False, True, False]
    assert found.slices[FIRST + 1].present.tolist() == [True, True, True, False]


def test_words_and_single_minutes_say_nothing_of_strain_or_pictures() -> None:
    measured = {0: range(5), 1: [4]}
    rows = room(3, 5, lambda p, m: LOSSY if m in measured.get(p, ()) else None)
    found = filled(rows, people(3))
    roster = pl.DataFrame(
        {"participant": ["2"], "minute": [at(4)], "audio_quality": ["bad"]}
    )
    found.add(frame([]).pipe(scored).collect(), roster)
    window = found.window(FIRST + 4)
    assert window is not None
    for symptom in ("strain", "picture"):
        assert window.known[symptom].tolist() == [True, False, False]
    assert window.cases["strain"].tolist() == [True, False, False]
    assert window.known["network"].tolist() == [True, True, True]


def test_late_joiner_gets_a_new_place() -> None:
    found = filled(room(2, 1, lambda *_: {}), people(2))
    more = people(4)
    found.set_people(more)
    found.add(scored(room(4, 2, lambda *_: LOSSY)[1], more).collect())
    assert found.participants == ["0", "1", "2", "3"]
    assert found.slices[FIRST].value("score", 4)[2:].tolist() == pytest.approx(
        [np.nan] * 2, nan_ok=True
    )
    window = found.window(FIRST + 1)
    assert window is not None
    assert window.cases["network"].tolist() == [False, False, True, True]


def test_revised_minute_replaces_the_old_one() -> None:
    who = people(2)
    found = filled(room(2, 1, lambda *_: LOSSY), who)
    fixed = frame([{"participant": "1", **FINE}])
    found.add(scored(fixed, who).collect())
    assert found.slices[FIRST].flags["network"].tolist() == [True, False]


def test_senders_are_kept_once() -> None:
    who = people(2)
    rows = frame([{"participant": "0", **STAGE}])
    found = filled([rows], who)
    assert found.slices[FIRST].senders.tolist() == [0]
    found.add(scored(rows, who).collect())
    assert found.slices[FIRST].senders.tolist() == [0]


def test_window_of_nothing_is_nothing() -> None:
    assert Room().window(5) is None


def test_old_minutes_are_forgotten() -> None:
    found = filled(room(2, 4, lambda *_: {}), people(2))
    found.forget_before(FIRST + 2)
    assert sorted(found.slices) == [FIRST + 2, FIRST + 3]


def test_minute_numbers_are_instants() -> None:
    assert instant(minute_number(at(7))) == at(7)
    assert minute_number(at(7).replace(tzinfo=None)) == minute_number(at(7))
