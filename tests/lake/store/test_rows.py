"""Frames from the domain's objects."""

import json

from backrow.lake.store.rows import (
    UNREADABLE_MAX,
    Unread,
    findings_frame,
    participants_frame,
    roster_frame,
    samples_frame,
    sessions_frame,
    summaries_frame,
    unreadable_frame,
)
from backrow.lake.tables import TABLES, schema_of
from backrow.qos.people import Person
from backrow.qos.reading import Problem
from backrow.qos.sample import Samples
from tests.build import row
from tests.lake.world import ANN, KEY, NOW, OCCURRENCE, START, UUID, session


def unread(value: object, path: str = "$.a") -> Unread:
    return Unread(
        about=OCCURRENCE,
        participant=ANN,
        origin="qss",
        problem=Problem(path=path, value=value, expected="expected ms"),
        collected_at=START,
    )


def test_samples_come_out_as_they_went_in() -> None:
    rows = [row(leg="crc", audio_sent_jitter_ms=3.0), row(video_sent_width_px=640)]
    frame = samples_frame(Samples(rows), now=NOW)
    assert frame.drop("changed_at").rows() == rows


def test_frames_have_their_table_s_schema() -> None:
    frames = {
        "samples": samples_frame([], now=NOW),
        "summaries": summaries_frame([], now=NOW),
        "participants": participants_frame([], key=KEY, now=NOW),
        "roster": roster_frame(OCCURRENCE, [], minute=START, now=NOW),
        "sessions": sessions_frame([(session(), "ended")], now=NOW),
        "findings": findings_frame(UUID, [{"id": "f"}], now=NOW),
        "unreadable": unreadable_frame([unread("x")], now=NOW),
    }
    for name, frame in frames.items():
        assert frame.schema == schema_of(TABLES[name]), name  # type: ignore[index] # names


def test_participant_keeps_unknown_fields_as_json() -> None:
    person = Person(user_id=ANN, email="Ann@Example.com", other={"new": [1]})
    (one,) = participants_frame([(OCCURRENCE, person)], key=KEY, now=NOW).to_dicts()
    assert json.loads(one["other"]) == {"new": [1]}
    assert one["person_from"] == "email"
    assert "ann" not in one["person"]


def test_people_without_an_id_are_left_out() -> None:
    nobody = [(OCCURRENCE, Person(user_name="Ann"))]
    assert participants_frame(nobody, key=KEY, now=NOW).is_empty()


def test_roster_tells_who_left() -> None:
    people = [
        Person(user_id="1", audio_quality="good"),
        Person(user_id="2", leave_time=START),
    ]
    frame = roster_frame(OCCURRENCE, people, minute=START, now=NOW)
    assert frame["present"].to_list() == [True, False]
    assert frame["audio_quality"].to_list() == ["good", None]


def test_values_that_could_not_be_read_are_kept_once_a_kind() -> None:
    values = [
        unread("126 millis", "$.user_qos[0].audio_input.latency"),
        unread("126 millis", "$.user_qos[7].audio_input.latency"),
        unread("126 millis", "$.user_qos[0].audio_output.latency"),
        unread(["126"], "$.user_qos[0].audio_input.latency"),
    ]
    frame = unreadable_frame(values, now=NOW)
    assert frame["text"].to_list() == ["126 millis", "126 millis", '["126"]']
    many = [unread(str(i)) for i in range(UNREADABLE_MAX + 1)]
    assert unreadable_frame(many, now=NOW).height == UNREADABLE_MAX
