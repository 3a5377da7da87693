"""Samples and people to QSS events, and back."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from backrow.qos.people import Person, Session
from backrow.qos.quantity import Style
from backrow.qos.sample import INDEX, Row
from backrow.qos.summary import SUMMARY_NAMES
from backrow.qos.vocabulary import CPU_LEVELS, METRICS, Kind, Metric
from backrow.simulate.plain import plain_world
from backrow.zoom.decode import decode_event
from backrow.zoom.encode.events import EVENT_KINDS, Absent, EventEncoder, EventKind
from backrow.zoom.encode.summary import score_text, summary_items
from backrow.zoom.wire.events import EVENTS
from tests.build import MINUTE, row

DATA = Path(__file__).parent.parent / "data"
SESSION = Session(
    kind="webinar",
    uuid="4444AAAiAAAAAiAiAiiAii==",
    number="94512345678",
    start_at=MINUTE,
)
MEETING = Session(kind="meeting", uuid="m==", number="85500000001", start_at=MINUTE)
PERSON = Person(
    user_id="1670000007",
    id="u-1",
    participant_user_id="u-1",
    user_name='Zoë "<b>" \u202e',
    email="zoe@example.com",
    device="Windows",
    location="Lyon (FR)",
    network_type="Wifi",
    ip_address="192.0.2.7",
    internal_ip_addresses=("198.51.100.7",),
    version="6.6.6.19875",
    device_name="Latitude",
    client="Web video sdk 1.12.10",
)
STYLES: tuple[Style, ...] = get_args(Style)
KEY = {
    "account": "acc",
    "session_uuid": SESSION.uuid,
    "origin": "qss",
    "picked": "pushed",
}


def value_of(metric: Metric) -> st.SearchStrategy[Any]:
    whole = st.integers(0, int(min(metric.maximum, 10_000)))
    plain = st.none() | whole.map(lambda n: n / 100)
    special: dict[str, st.SearchStrategy[Any]] = {
        "level": st.none() | st.sampled_from(CPU_LEVELS),
        "text": st.none() | st.sampled_from(["network bandwidth low"]),
        "px": st.integers(1, 4096),
        "dBm": st.none() | st.integers(-100, 0).map(float),
        "MOS": st.none() | st.integers(100, 500).map(lambda n: n / 100),
    }
    return special.get(metric.unit, plain)


@st.composite
def minutes(draw: st.DrawFn) -> list[Row]:
    """One minute of one person, over one leg or several."""
    at = MINUTE + timedelta(seconds=draw(st.integers(0, 59)))
    legs = draw(st.lists(st.sampled_from(["crc", "rwg"]), unique=True))
    found = []
    for leg in ["client", *sorted(legs)]:
        own = [m for m in METRICS if leg == "client" or m.per_leg]
        values = {m.name: draw(value_of(m)) for m in own}
        if leg == "client":
            names = [f"wifi_{part}_rssi_dbm" for part in ("min", "avg", "max")]
            signal = sorted(values[name] or -50.0 for name in names)
            values.update(zip(names, signal, strict=True))
        found.append(row(leg=leg, minute=at, **KEY, **values))
    return found


def encoded(rows: list[Row], **how: Any) -> bytes:
    return EventEncoder("acc", **how).qos(SESSION, PERSON, rows, event_ts=1)


@settings(max_examples=40)
@given(minutes(), st.sampled_from(["2023", "2026"]), st.sampled_from(get_args(Absent)))
def test_decoding_what_was_encoded_gives_it_back(
    before: list[Row], style: Style, absent: Absent
) -> None:
    after = decode_event(encoded(before, style=style, absent=absent), strict=True)
    assert after.samples.rows == before
    assert after.person == Person(
        user_id=PERSON.user_id,
        participant_user_id=PERSON.participant_user_id,
        email=PERSON.email,
    )


@settings(max_examples=20)
@given(minutes())
def test_the_style_of_2021_only_rounds(before: list[Row]) -> None:
    once = decode_event(encoded(before, style="2021"), strict=True).samples.rows
    twice = decode_event(encoded(once, style="2021"), strict=True).samples.rows
    assert twice == once
    assert [len(row) for row in once] == [len(row) for row in before]


@cache
def contract(kind: Kind, what: EventKind) -> Any:
    """Return the published example of an event."""
    name = f"event_{kind}_participant_{what}.json"
    return json.loads((DATA / name).read_bytes())


def keys_of(tree: Any) -> Any:
    """Return the keys of an object and the objects in it, without values."""
    if isinstance(tree, dict):
        return {name: keys_of(value) for name, value in tree.items()}
    return [keys_of(tree[0])] if isinstance(tree, list) else None


def event(session: Session, what: EventKind, style: Style = "2026") -> bytes:
    rows = [row(audio_received_bitrate_kbps=27.5, audio_received_latency_ms=130.0)]
    encoder = EventEncoder("acc", style)
    if what == "qos":
        return encoder.qos(session, PERSON, rows, event_ts=1)
    if what == "qos_summary":
        return encoder.qos_summary(session, PERSON, rows, event_ts=1)
    make = encoder.data if what == "data" else encoder.data_summary
    return make(session, PERSON, event_ts=1)


@pytest.mark.parametrize("session", [SESSION, MEETING], ids=lambda one: one.kind)
@pytest.mark.parametrize("what", EVENT_KINDS)
@pytest.mark.parametrize("style", STYLES)
def test_every_event_has_the_keys_of_zooms_example(
    session: Session, what: EventKind, style: Style
) -> None:
    said = event(session, what, style)
    tree = json.loads(said)
    example = contract(session.kind, what)
    ours, zooms = keys_of(tree), keys_of(example)
    for side in (ours, zooms):  # which items there are depends on what was measured
        side["payload"]["object"]["participant"].pop("qos", None)
    assert ours == zooms
    assert tree["event"] == example["event"]
    msgspec.json.decode(said, type=EVENTS[tree["event"]], strict=True)
    decoded = decode_event(said, strict=True)
    assert decoded.problems == ()
    assert decoded.person.user_id == PERSON.user_id


def items(body: bytes) -> dict[str, dict[str, Any]]:
    """Return an event's details by type."""
    qos = json.loads(body)["payload"]["object"]["participant"]["qos"]
    return {item["type"]: item["details"] for item in qos}


def test_signals_are_texts_in_a_minute_and_upside_down_numbers_in_a_stay() -> None:
    rows = [
        row(
            wifi_min_rssi_dbm=-75.0 - i,
            wifi_avg_rssi_dbm=-69.0,
            wifi_max_rssi_dbm=-35.0,
        )
        for i in range(2)
    ]
    encoder = EventEncoder()
    minute = items(encoder.qos(SESSION, PERSON, rows[:1], event_ts=1))["wifi_rssi"]
    assert minute == {
        "min_rssi": "-75",
        "avg_rssi": "-69",
        "max_rssi": "-35",
        "rssi_unit": "dBm",
    }
    said = encoder.qos_summary(SESSION, PERSON, rows, event_ts=1)
    assert items(said)["wifi_rssi"] == {
        "max_rssi": -76,
        "avg_rssi": -69,
        "min_rssi": -35,
        "rssi_unit": "dBm",
    }
    (summary,) = decode_event(said, strict=True).summaries
    assert summary[SUMMARY_NAMES.index("min_rssi_dbm")] == -76


def test_zooms_words_stand_beside_its_scores() -> None:
    rows = [row(zoom_audio_score=3.65, zoom_notification="network bandwidth low")]
    said = EventEncoder().qos(
        SESSION, PERSON, rows, event_ts=1, words=("fair", "", "good")
    )
    assert items(said) == {
        "audio_quality": {"quality": "fair", "quality_score": "3.65"},
        "as_quality": {"quality": "good"},
        "notification": {"network_notification": "network bandwidth low"},
    }


def test_unmeasured_streams_have_a_blank_item_if_asked_for() -> None:
    rows = [row(video_sent_bitrate_kbps=300.0)]
    assert set(items(encoded(rows))) == {"video_input"}
    blank = items(encoded(rows, absent="blank"))
    assert len(blank) == 6
    assert set(blank["as_output"].values()) == {""}


def test_person_of_a_data_event_comes_back() -> None:
    said = EventEncoder().data_summary(MEETING, PERSON, event_ts=1)
    person = decode_event(said, strict=True).person
    known = ("device", "location", "network_type", "ip_address", "version", "client")
    for name in (*known, "internal_ip_addresses", "device_name"):
        assert getattr(person, name) == getattr(PERSON, name)
    assert person.other["audio_internal_ip_port"] == "50100"


def test_person_without_facts_has_empty_ones() -> None:
    said = json.loads(EventEncoder().data(SESSION, Person(user_id="1"), event_ts=1))
    participant = said["payload"]["object"]["participant"]
    assert participant["email"] == participant["participant_user_id"] == ""
    assert participant["data"][0]["signaling_internal_ip_port"] == ""


@pytest.mark.parametrize(
    ("score", "text"), [(4.4, "4.40"), (3.65, "3.65"), (5, "5.00"), (3.123, "3.123")]
)
def test_scores_have_two_digits_or_all_that_they_need(score: float, text: str) -> None:
    assert score_text(score) == text


@cache
def stay() -> list[Row]:
    """All samples of a panelist of the plain world's webinar."""
    world = plain_world(datetime(2026, 11, 23, 10, tzinfo=UTC).timestamp())
    session = world.sessions()[0]
    assert session.end_at
    ids = [one.user_id or "" for one in world.people(session.uuid)[1:5]]
    rows = world.rows(session.uuid, ids, start=session.start_at, end=session.end_at)
    return max(map(list, rows.values()), key=len)


@pytest.mark.parametrize("style", ["2023", "2026"])
def test_summary_is_least_average_and_most_of_the_stay(style: Style) -> None:
    encoder = EventEncoder("acc", style)
    said = encoder.qos_summary(SESSION, PERSON, stay(), event_ts=1)
    found = decode_event(said, strict=True)
    assert found.session_number == SESSION.number
    summaries = [dict(zip(SUMMARY_NAMES, one, strict=True)) for one in found.summaries]
    one = next(s for s in summaries if s["type"] == "audio_output")
    latency = [r[INDEX["audio_received_latency_ms"]] for r in stay()]
    assert len(latency) > 20
    assert one["min_latency_ms"] == min(latency)
    assert one["avg_latency_ms"] == round(sum(latency) / len(latency), 2)
    assert one["max_latency_ms"] == max(latency)
    assert one["max_loss_pct"] == max(
        r[INDEX["audio_received_max_loss_pct"]] for r in stay()
    )


def test_summary_of_nothing_has_no_items() -> None:
    assert summary_items([], style="2026", pushed=True) == []


def test_summary_of_a_call_has_no_opinion_and_no_signal() -> None:
    rows = [row(zoom_audio_score=4.0, wifi_avg_rssi_dbm=-60.0, zoom_avg_cpu_pct=8.0)]
    assert [i["type"] for i in summary_items(rows, style="2026")] == ["cpu_usage"]
