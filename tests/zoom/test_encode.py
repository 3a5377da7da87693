"""Rows to Zoom's JSON and back."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from backrow.qos.people import Person
from backrow.qos.quantity import Style
from backrow.qos.sample import NAMES, Row, Samples
from backrow.qos.vocabulary import CPU_LEVELS, METRICS, Metric
from backrow.zoom.decode import decode
from backrow.zoom.encode import (
    Absent,
    Encoder,
    StillShare,
    encode_participant,
    encode_person,
)
from tests.build import MINUTE, row

SEED = Path(__file__).parent.parent / "data" / "seed_participant_qos.json"


def decoded(person: Person, rows: list[Row], **how: Any) -> Samples:
    said = encode_participant(person, rows, **how)
    return decode(json.dumps(said).encode(), strict=True).samples


def test_the_sample_answer_comes_back_whole() -> None:
    said = SEED.read_bytes()
    qos = decode(said)
    again = encode_participant(qos.person, qos.samples, style="2021", absent="missing")
    assert again == json.loads(said)


def value_of(metric: Metric) -> st.SearchStrategy[Any]:
    if metric.unit == "level":
        return st.none() | st.sampled_from(CPU_LEVELS)
    if metric.unit == "px":
        return st.integers(1, 4096)
    whole = st.integers(max(0, int(metric.minimum)), int(min(metric.maximum, 10_000)))
    if metric.unit == "dBm":
        return st.none() | st.integers(-100, 0).map(float)
    return st.none() | whole.map(lambda n: n / 100)


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    found = []
    for i in range(draw(st.integers(1, 3))):
        for leg in draw(
            st.lists(st.sampled_from(["client", "crc", "rwg"]), unique=True)
        ):
            own = [m for m in METRICS if m.rest and (leg == "client" or m.per_leg)]
            values = {m.name: draw(value_of(m)) for m in own}
            signal = sorted(
                (values.get(f"wifi_{part}_rssi_dbm") or -50.0)
                for part in ("min", "avg", "max")
            )
            if leg == "client":
                for part, level in zip(("min", "avg", "max"), signal, strict=True):
                    values[f"wifi_{part}_rssi_dbm"] = level
            at = MINUTE + timedelta(minutes=i)
            found.append(row(leg=leg, minute=at, **values))
    order = {"client": 0, "crc": 1, "rwg": 2}
    return sorted(found, key=lambda r: (r[5], order[r[7]]))


@settings(max_examples=30)
@given(
    rows(),
    st.sampled_from(["2023", "2026"]),
    st.sampled_from(["blank", "missing", "mixed"]),
)
def test_decoding_what_was_encoded_gives_it_back(
    before: list[Row], style: Style, absent: Absent
) -> None:
    after = decoded(Person(user_id="1670000007"), before, style=style, absent=absent)
    assert after.rows == before


@settings(max_examples=20)
@given(rows())
def test_exact_style_of_2021_gives_everything_back(before: list[Row]) -> None:
    encoder = Encoder("2021", "mixed", exact=True)
    said = encoder.participant(Person(user_id="1670000007"), before)
    assert decode(json.dumps(said).encode(), strict=True).samples.rows == before


def test_exact_style_of_2021_looks_as_it_does_where_that_loses_nothing() -> None:
    encoder = Encoder("2021", "mixed", exact=True)
    whole = {"audio_sent_bitrate_kbps": 23.0, "audio_sent_avg_loss_pct": 0.0}
    parts = {"audio_sent_bitrate_kbps": 27.15, "audio_sent_avg_loss_pct": 0.03}
    for loads, values, expected in (
        (8.0, whole, ("23 kbps", "0.0%", "8%")),
        (8.5, parts, ("27.15 kbps", "0.03%", "8.5%")),
    ):
        (minute,) = encoder.minutes([row(zoom_avg_cpu_pct=loads, **values)])
        sent, cpu = minute["audio_input"], minute["cpu_usage"]
        said = (sent["bitrate"], sent["avg_loss"], cpu["zoom_avg_cpu_usage"])
        assert said == expected


def test_people_come_back_with_empty_and_missing_fields_apart() -> None:
    person = Person(
        user_id="1",
        user_name='<img src=x onerror="alert(1)">',
        email="",
        internal_ip_addresses=("192.0.2.1",),
        join_time=datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC),
        recording=False,
        group_id="g",
        other={"new": [1]},
    )
    said = encode_person(person)
    assert said["email"] == ""
    assert said["groupId"] == "g"
    assert "device" not in said
    again = decode(json.dumps({**said, "user_qos": []}).encode()).person
    assert again == person


@pytest.mark.parametrize(("absent", "keys"), [("blank", 18), ("missing", 1)])
def test_unmeasured_streams_are_blank_or_missing(absent: Absent, keys: int) -> None:
    said = encode_participant(
        Person(), [row(audio_sent_bitrate_kbps=27.0)], absent=absent
    )
    minute = said["user_qos"][0]
    assert len(set(minute) - {"date_time"}) == keys
    assert minute["audio_input"]["latency"] == ""


def test_the_style_of_2021_rounds_and_says_no_picture() -> None:
    said = encode_participant(
        Person(),
        [row(share_sent_bitrate_kbps=70.4, zoom_avg_cpu_pct=8.0)],
        style="2021",
    )
    minute = said["user_qos"][0]
    assert minute["as_input"]["bitrate"] == "70 kbps"
    assert minute["as_input"]["resolution"] == "0*0"
    assert minute["cpu_usage"] == {"zoom_avg_cpu_usage": "8%"}


def test_columns_of_events_only_are_left_out() -> None:
    assert len(NAMES) == 67
    said = encode_participant(Person(), [row(zoom_audio_score=3.65)])
    assert "audio_quality" not in said["user_qos"][0]


def is_blank(stream: object) -> bool:
    return isinstance(stream, dict) and set(stream.values()) == {""}


@pytest.mark.parametrize(
    ("leg", "blank"),
    [
        ("client", {"audio_output", "video_output", "as_output"}),
        ("rwg", {"audio_input", "audio_output", "as_device_to_rwg"}),
    ],
)
def test_mixed_is_blank_on_the_client_and_on_legs_in_use(
    leg: str, blank: set[str]
) -> None:
    (minute,) = Encoder(absent="mixed").minutes(
        [row(leg=leg, audio_sent_latency_ms=50.0)]
    )
    assert not any("crc" in key for key in minute)
    assert {key for key, said in minute.items() if is_blank(said)} >= blank


@pytest.mark.parametrize(
    ("how", "size", "rate"), [("0*0", "0*0", ""), ("0 fps", "1920*1080", "0 fps")]
)
def test_still_screen_is_no_picture_or_one_of_no_frames(
    how: StillShare, size: str, rate: str
) -> None:
    sent = row(
        share_sent_bitrate_kbps=9.0,
        share_sent_width_px=1920,
        share_sent_height_px=1080,
        share_sent_frame_rate_fps=0.0,
    )
    said = Encoder(still_share=how).minutes([sent])[0]["as_input"]
    assert (said["resolution"], said["frame_rate"], said["bitrate"]) == (
        size,
        rate,
        "9 kbps",
    )


def test_what_was_met_before_is_spelled_the_same_again() -> None:
    encoder = Encoder("2021", "missing")
    rows_of_minutes = [
        row(minute=MINUTE + timedelta(minutes=i), audio_sent_bitrate_kbps=float(i % 3))
        for i in range(6)
    ]
    first = encoder.minutes_json(rows_of_minutes)
    assert encoder.minutes_json(rows_of_minutes) == first
    assert encoder.minutes(rows_of_minutes[4:]) == json.loads(first)[4:]
    assert encoder.minutes_json([]) == b"[]"


def test_signals_can_be_swapped_as_in_zooms_examples() -> None:
    signal = {"wifi_min_rssi_dbm": -75.0, "wifi_max_rssi_dbm": -35.5}
    (minute,) = Encoder(rssi_swapped=True).minutes([row(**signal)])
    expected = {"min_rssi": -35.5, "max_rssi": -75, "rssi_unit": "dBm"}
    assert minute["wifi_rssi"] == expected
