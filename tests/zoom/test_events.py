"""QSS events to the same rows as REST."""

import json
from pathlib import Path
from typing import Any

import pytest

from backrow.errors import WireError
from backrow.qos.sample import INDEX
from backrow.qos.summary import SUMMARY_NAMES
from backrow.zoom.decode import decode, decode_event

DATA = Path(__file__).parent.parent / "data"
NAMES = [
    f"event_{kind}_participant_{what}"
    for kind in ("webinar", "meeting")
    for what in ("qos", "qos_summary", "data", "data_summary")
]


def event(*items: dict[str, Any], kind: str = "webinar") -> bytes:
    participant = {"user_id": "1670000007", "email": "ana@example.com", "qos": items}
    about = {"uuid": "4444AAAiAAAAAiAiAiiAii==", "participant": participant}
    return json.dumps(
        {
            "event": f"{kind}.participant_qos",
            "event_ts": 1,
            "payload": {"account_id": "acc", "object": about},
        }
    ).encode()


def item(kind: str, at: str = "2026-11-23T10:16:51Z", **details: Any) -> dict[str, Any]:
    return {"date_time": at, "type": kind, "details": details}


@pytest.mark.parametrize("name", NAMES)
def test_every_event_decodes_strictly(name: str) -> None:
    qos = decode((DATA / f"{name}.json").read_bytes(), strict=True)
    assert qos.kind == name.split("_")[1]
    assert qos.session_uuid
    assert qos.person.user_id
    assert bool(qos.samples) == name.endswith("participant_qos")
    assert bool(qos.summaries) == name.endswith("qos_summary")


def test_items_of_one_minute_and_leg_become_one_row() -> None:
    said = event(
        item("audio_input", bitrate="63 kbps", latency="134 ms"),
        item("audio_output", "2026-11-23T10:16:53Z", bitrate="50 kbps"),
        item(
            "cpu_usage", zoom_avg_cpu_usage="8%", system_max_cpu_pressure_level="fair"
        ),
        item("wifi_rssi", max_rssi="-75", avg_rssi="-69", min_rssi="-35"),
        item("audio_device_to_rwg", bitrate="1 kbps"),
    )
    client, rwg = decode_event(said, strict=True).samples
    assert client[INDEX["leg"]] == "client"
    assert client[INDEX["audio_sent_latency_ms"]] == 134
    assert client[INDEX["audio_received_bitrate_kbps"]] == 50
    assert client[INDEX["zoom_avg_cpu_pct"]] == 8
    assert client[INDEX["system_max_cpu_pressure"]] == "fair"
    assert client[INDEX["wifi_min_rssi_dbm"]] == -75
    assert client[INDEX["minute"]].second == 0
    assert client[INDEX["sampled_at"]].second == 53
    assert client[INDEX["picked"]] == "pushed"
    assert client[INDEX["account"]] == "acc"
    assert rwg[INDEX["leg"]] == "rwg"


def test_zooms_own_judgement_stays_zooms() -> None:
    said = event(
        item("audio_quality", quality="good", quality_score="4.10"),
        item("as_output", quality_score="3.65", resolution="1280*720"),
        item("notification", network_notification="network bandwidth low"),
    )
    (row,) = decode_event(said, strict=True).samples
    assert row[INDEX["zoom_audio_score"]] == 4.1
    assert row[INDEX["zoom_share_score"]] == 3.65
    assert row[INDEX["share_received_height_px"]] == 720
    assert row[INDEX["zoom_notification"]] == "network bandwidth low"


def test_two_minutes_in_one_event_are_two_rows() -> None:
    said = event(
        item("audio_input", "2026-11-23T10:17:01Z", bitrate="2 kbps"),
        item("audio_input", "2026-11-23T10:16:51Z", bitrate="1 kbps"),
    )
    rows = decode_event(said).samples
    assert [row[INDEX["audio_sent_bitrate_kbps"]] for row in rows] == [1, 2]


def test_bad_items_are_reported_with_their_place() -> None:
    said = event(
        item("audio_input", bitrate="much", latency="1 ms"),
        item("audio_input", "later", latency="1 ms"),
        {"date_time": "2026-11-23T10:16:51Z", "type": "audio_input"},
        item("hologram_input", bitrate="1 kbps"),
    )
    qos = decode_event(said)
    assert len(qos.samples) == 1
    path = "$.payload.object.participant.qos"
    assert [p.path for p in qos.problems] == [
        f"{path}[0].details.bitrate",
        f"{path}[1].date_time",
        f"{path}[2].details",
        f"{path}[3].type",
    ]
    with pytest.raises(WireError):
        decode_event(said, strict=True)


def test_a_size_of_nothing_is_no_picture_here_too() -> None:
    (row,) = decode_event(
        event(item("video_output", bitrate="1 kbps", resolution="0*0"))
    ).samples
    assert row[INDEX["video_received_width_px"]] is None


def test_summaries_have_ranges_and_streams() -> None:
    said = (DATA / "event_webinar_participant_qos_summary.json").read_bytes()
    rows = [dict(zip(SUMMARY_NAMES, r, strict=True)) for r in decode(said).summaries]
    assert {row["type"] for row in rows} >= {"cpu_usage"}
    streams = [row for row in rows if row["medium"]]
    assert streams
    for row in streams:
        assert row["leg"] in {"client", "crc", "rwg"}
        low, high = row["min_bitrate_kbps"], row["max_bitrate_kbps"]
        assert low is None or low <= high


def test_data_events_tell_about_the_person() -> None:
    said = (DATA / "event_webinar_participant_data.json").read_bytes()
    person = decode(said).person
    assert person.ip_address
    assert person.internal_ip_addresses
    assert person.microphone
    assert "signaling_ip_address" in person.other
