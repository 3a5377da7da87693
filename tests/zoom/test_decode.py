"""Zoom's REST bodies to people and rows."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

import backrow
from backrow.errors import UsageError, WireError
from backrow.qos.reading import Stream
from backrow.qos.sample import INDEX
from backrow.zoom.decode import (
    Decoder,
    Provenance,
    decode,
    decode_all,
    decode_page,
    decode_participant,
)

DATA = Path(__file__).parent.parent / "data"
SEED = (DATA / "seed_participant_qos.json").read_bytes()


def body(name: str) -> bytes:
    return (DATA / f"{name}.json").read_bytes()


def one_minute(**objects: Any) -> bytes:
    minute = {"date_time": "2026-11-23T10:16:00Z", **objects}
    return json.dumps({"user_id": "1670000007", "user_qos": [minute]}).encode()


def test_the_sample_answers_twelve_fields_are_typed() -> None:
    person = decode(SEED, strict=True).person
    at = datetime(2021, 6, 24, 20, 0, tzinfo=UTC)
    assert person.user_id == "1670000000"
    assert person.user_name == "User"
    assert person.device == "Android"
    assert person.ip_address == "192.0.2.0"
    assert person.location == "San Jose (US)"
    assert person.join_time == at
    assert person.leave_time == at
    assert person.pc_name == "User's Phone"
    assert person.domain == "user-android"
    assert person.mac_addr == ""
    assert person.harddisk_id == ""
    assert person.version == "4.4.55383.0726"
    assert len(person.to_dict()) == 12


def test_the_sample_answers_streams_are_numbers() -> None:
    minute = decode(SEED, strict=True).latest
    assert minute is not None
    assert minute.sampled_at == datetime(2021, 6, 24, 20, 0, tzinfo=UTC)
    assert minute.audio.sent == Stream(23, 126, 6, 0.3, 1.9)
    assert minute.audio.received == Stream(63, 134, 6, 0.0, 0.0)
    assert minute.video.sent == Stream(1055, 129, 11, 0.0, 4.9, 1280, 720, 12)
    assert minute.video.received == Stream(673, 135, 11, 0.0, 0.0, 640, 360, 22)
    assert minute.share.sent == Stream(70, 135, 8, 0.0, 0.0, None, None, None)
    assert minute.share.received == Stream(70, 135, 8, 0.0, 0.0, None, None, None)
    assert minute.zoom_min_cpu_pct == 8
    assert minute.zoom_avg_cpu_pct == 12
    assert minute.zoom_max_cpu_pct == 18
    assert minute.system_max_cpu_pct == 40
    assert minute.wifi_avg_rssi_dbm is None
    assert minute.system_max_cpu_pressure is None


@pytest.mark.parametrize(
    "name",
    [
        "seed_participant_qos",
        "webinars_participant_qos",
        "webinars_participant_qos_external",
        "webinars_participants_qos",
        "webinars_participants_qos_last",
        "webinars_participants",
        "webinars_qos_summary",
        "meetings_participant_qos",
        "meetings_participants_qos",
        "meetings_participants",
        "meetings_qos_summary",
    ],
)
def test_every_kind_of_answer_decodes_strictly(name: str) -> None:
    people = decode_all(body(name), strict=True)
    assert people
    assert all(one.person.user_id for one in people)
    assert all(not one.problems for one in people)


def test_the_public_functions_are_these() -> None:
    assert backrow.decode is decode
    assert backrow.decode_all is decode_all


def test_a_page_gives_everyone_and_the_next_token() -> None:
    page = decode_page(body("webinars_participants_qos"))
    assert page.next_page_token
    assert page.total_records
    assert len(page.samples) == sum(len(one.samples) for one in page.people)
    raws = json.loads(body("webinars_participants_qos"))["participants"]
    assert [json.loads(one.raw) for one in page.people] == raws


def test_the_raw_answer_is_untouched() -> None:
    assert decode_participant(SEED).raw == SEED


def test_provenance_stands_in_every_row() -> None:
    where = Provenance(
        account="abc", session_uuid="u==", origin="rest_past", picked="census"
    )
    (row,) = decode_participant(SEED, provenance=where).samples
    assert row[INDEX["account"]] == "abc"
    assert row[INDEX["session_uuid"]] == "u=="
    assert row[INDEX["origin"]] == "rest_past"
    assert row[INDEX["participant"]] == "1670000000"


def test_the_answers_own_number_is_taken() -> None:
    qos = decode(body("webinars_participant_qos"))
    assert qos.session_number
    assert {row[INDEX["session_number"]] for row in qos.samples} == {qos.session_number}


def test_unknown_fields_are_kept_beside() -> None:
    qos = decode(b'{"user_id": "1", "user_qos": [], "new_thing": {"a": [1]}}')
    assert qos.person.other == {"new_thing": {"a": [1]}}


def test_a_leg_without_values_has_no_row() -> None:
    blank = {"bitrate": "", "latency": "", "jitter": "", "avg_loss": "", "max_loss": ""}
    said = {"bitrate": "27 kbps"}
    qos = decode(
        one_minute(
            audio_input=blank, audio_device_from_crc=said, audio_device_to_rwg=None
        )
    )
    assert [row[INDEX["leg"]] for row in qos.samples] == ["crc"]


def test_a_wholly_blank_minute_has_no_row() -> None:
    assert not decode(one_minute(audio_input={"bitrate": ""})).samples


def test_wifi_signals_are_put_in_order() -> None:
    wifi = {"max_rssi": -75, "avg_rssi": -69, "min_rssi": -35, "rssi_unit": "dBm"}
    latest = decode(one_minute(wifi_rssi=wifi)).latest
    assert latest is not None
    assert latest.wifi_min_rssi_dbm == -75
    assert latest.wifi_avg_rssi_dbm == -69
    assert latest.wifi_max_rssi_dbm == -35


def test_zero_by_zero_without_a_rate_is_no_picture() -> None:
    none = {"bitrate": "1 kbps", "resolution": "0*0", "frame_rate": ""}
    some = {"bitrate": "1 kbps", "resolution": "0*0", "frame_rate": "0 fps"}
    latest = decode(one_minute(as_input=none, as_output=some)).latest
    assert latest is not None
    assert latest.share.sent.width_px is None
    assert latest.share.received.width_px == 0


def test_what_cannot_be_parsed_is_reported_and_the_rest_kept() -> None:
    said = {"bitrate": "many", "latency": "126 ms", "jitter": ["x"]}
    qos = decode(one_minute(audio_input=said, cpu_usage=7))
    assert qos.latest is not None
    assert qos.latest.audio.sent.latency_ms == 126
    assert qos.latest.audio.sent.bitrate_kbps is None
    assert {(p.path, str(p.value)) for p in qos.problems} == {
        ("$.user_qos[0].audio_input.bitrate", "many"),
        ("$.user_qos[0].audio_input.jitter", "['x']"),
        ("$.user_qos[0].cpu_usage", "7"),
    }


def test_the_same_bad_value_is_reported_each_time() -> None:
    decoder = Decoder()
    bad = one_minute(audio_input={"bitrate": "many"})
    for _ in range(2):
        assert len(decoder.participant(bad, Provenance()).problems) == 1


@pytest.mark.parametrize(
    ("objects", "path"),
    [
        ({"audio_input": {"bitrate": "5 ms"}}, "$.user_qos[0].audio_input.bitrate"),
        ({"as_output": {"resolution": "wide"}}, "$.user_qos[0].as_output.resolution"),
        (
            {"cpu_pressure_level": {"system_max_cpu_pressure_level": "hot"}},
            "$.user_qos[0].cpu_pressure_level.system_max_cpu_pressure_level",
        ),
        ({"wifi_rssi": {"avg_rssi": "loud"}}, "$.user_qos[0].wifi_rssi.avg_rssi"),
        ({"date_time": "yesterday"}, "$.user_qos[0].date_time"),
        ({"date_time": None}, "$.user_qos[0].date_time"),
    ],
)
def test_strict_decoding_names_the_place(objects: dict[str, Any], path: str) -> None:
    with pytest.raises(WireError) as caught:
        decode(one_minute(**objects), strict=True)
    assert caught.value.path == path


def test_bad_facts_of_a_person_are_reported() -> None:
    said = b'{"user_id": 7, "join_time": "soon", "recording": "yes", "user_qos": []}'
    qos = decode(said)
    assert qos.person.user_id == "7"
    assert qos.person.join_time is None
    assert {p.path for p in qos.problems} == {"$.join_time", "$.recording"}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"", "expected JSON"),
        (b"<html>", "expected JSON"),
        (b'{"a": "\xff"}', "expected JSON"),
        (b"[" * 100_000, "expected JSON"),
        (b"[]", "expected"),
        (b"{}", "expected a participant's QoS"),
        (b'{"code": 3001, "message": "no such webinar"}', "3001"),
        (b'{"event": "recording.completed"}', "expected a QSS event"),
        (b'{"event": "webinar.participant_qos"}', "payload"),
    ],
)
def test_other_bodies_are_refused_with_the_reason(said: bytes, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        decode(said)


def test_text_is_read_as_bytes_are_and_parsed_json_is_refused() -> None:
    assert decode(SEED.decode()).samples == decode(SEED).samples
    assert decode(bytearray(SEED)).person == decode(SEED).person  # type: ignore[arg-type] # tolerated
    with pytest.raises(UsageError, match="not parsed, got a dict"):
        decode(json.loads(SEED))


def test_one_participant_is_asked_of_decode() -> None:
    with pytest.raises(WireError, match="decode_all"):
        decode(b'{"participants": [{"user_qos": []}, {"user_qos": []}]}')


def test_split_minutes_become_one_row() -> None:
    minutes = [
        {"date_time": "2026-11-23T10:16:00Z", "audio_input": {"bitrate": "1 kbps"}},
        {"date_time": "2026-11-23T10:16:00Z", "audio_input": {"latency": "9 ms"}},
    ]
    said = json.dumps({"user_id": "1", "user_qos": minutes}).encode()
    latest = decode(said).latest
    assert latest is not None
    assert latest.audio.sent == Stream(1, 9, None, None, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "user_id",
                    "user_qos",
                    "participants",
                    "qos",
                    "event",
                    "payload",
                    "object",
                    "date_time",
                    "audio_input",
                    "as_output",
                    "bitrate",
                    "resolution",
                    "cpu_usage",
                    "wifi_rssi",
                    "avg_rssi",
                    "join_time",
                    "details",
                    "type",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=30,
)


@given(JSON | st.fixed_dictionaries({"user_id": JSON, "user_qos": JSON}))
def test_any_json_gives_rows_or_a_wire_error(said: Any) -> None:
    try:
        people = decode_all(json.dumps(said).encode())
    except WireError:
        return
    for one in people:
        one.to_polars()
        one.person.to_dict()


@given(
    st.sampled_from(["seed_participant_qos", "webinars_participant_qos"]),
    st.data(),
)
def test_one_wrong_value_never_costs_the_others(name: str, data: Any) -> None:
    good = json.loads(body(name))
    bad = json.loads(body(name))
    minute = bad["user_qos"][0]
    key = data.draw(st.sampled_from(sorted(set(minute) - {"date_time"})))
    inner = data.draw(st.sampled_from(sorted(set(minute[key]) - {"rssi_unit"})))
    minute[key][inner] = data.draw(st.sampled_from(["?", {}, [1], True, 1e300]))
    qos = decode(json.dumps(bad).encode())
    assert [p.path for p in qos.problems] == [f"$.user_qos[0].{key}.{inner}"]
    assert qos.person == decode(json.dumps(good).encode()).person


@given(
    st.lists(
        st.sampled_from(
            [
                one_minute(audio_input={"bitrate": "27 kbps", "latency": "1 ms"}),
                one_minute(audio_input={"bitrate": "27.15kbps"}),
                one_minute(as_input={"bitrate": "7 kbps", "resolution": "0*0"}),
                one_minute(
                    as_input={"resolution": "0*0", "frame_rate": "0 fps"},
                    wifi_rssi={"max_rssi": -75, "avg_rssi": -69, "min_rssi": -35},
                ),
                one_minute(wifi_rssi={"avg_rssi": "-69"}, audio_output=None),
                one_minute(cpu_usage={"zoom_avg_cpu_usage": "7.5%"}),
                one_minute(
                    cpu_pressure_level={"system_avg_cpu_pressure_level": "fair"}
                ),
                one_minute(video_device_to_rwg={"resolution": "333*111"}),
                one_minute(video_input={"bitrate": "many"}),
                one_minute(date_time="later"),
                one_minute(date_time="2026-11-23T10:16:51.5Z", cpu_usage={}),
            ]
        ),
        max_size=4,
    )
)
def test_the_fast_way_and_the_careful_way_agree(answers: list[bytes]) -> None:
    people = [json.loads(one) for one in answers]
    if people:
        people.append({**people[0], "user_qos": people[0]["user_qos"] * 2})
    page = json.dumps({"participants": people}).encode()
    fast = Decoder(fast_from_bytes=0).page(page, Provenance())
    careful = Decoder(fast_from_bytes=len(page) + 1).page(page, Provenance())
    assert fast.samples.rows == careful.samples.rows
    assert fast.problems == careful.problems


@pytest.mark.parametrize(
    "name",
    ["seed_participant_qos", "webinars_participant_qos", "meetings_participant_qos"],
)
def test_single_answers_read_fast_are_the_same(name: str) -> None:
    fast = Decoder(fast_from_bytes=0).participant(body(name), Provenance())
    careful = decode_participant(body(name))
    assert fast.samples.rows == careful.samples.rows
    assert fast.person == careful.person


def test_the_fast_way_gives_up_on_bodies_it_never_reads() -> None:
    decoder = Decoder(fast_from_bytes=0)
    bad = one_minute(audio_input={"bitrate": "many"})
    for _ in range(5):
        assert len(decoder.participant(bad, Provenance()).problems) == 1
