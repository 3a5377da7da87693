"""Minutes, media and directions as a person reads them."""

from datetime import timedelta

from backrow.qos.people import Person
from backrow.qos.reading import ParticipantQos, Problem, minutes_of
from backrow.qos.sample import Samples
from tests.build import MINUTE, row


def test_values_are_read_by_name() -> None:
    (minute,) = minutes_of(
        [row(share_received_frame_rate_fps=5.0, video_sent_width_px=640)]
    )
    assert minute.share.received.frame_rate_fps == 5.0
    assert minute.video.sent.width_px == 640
    assert minute.audio.sent.bitrate_kbps is None
    assert minute.video.sent.is_measured
    assert not minute.audio.sent.is_measured
    assert repr(minute) == "<Minute 2026-11-23T10:16Z client>"


def test_a_minute_is_the_leg_that_carries_streams() -> None:
    rows = [
        row(system_max_cpu_pct=40.0, wifi_avg_rssi_dbm=-60.0),
        row(leg="rwg", audio_received_latency_ms=80.0),
    ]
    (minute,) = minutes_of(rows)
    assert minute.leg == "rwg"
    assert minute.audio.received.latency_ms == 80.0
    assert minute.system_max_cpu_pct == 40.0
    assert minute.wifi_avg_rssi_dbm == -60.0
    assert set(minute.legs) == {"client", "rwg"}
    assert not minute.legs["client"].has_streams


def test_machine_values_have_names() -> None:
    values = {
        "zoom_min_cpu_pct": 1.0,
        "zoom_avg_cpu_pct": 2.0,
        "zoom_max_cpu_pct": 3.0,
        "system_max_cpu_pct": 4.0,
        "system_min_cpu_pressure": "normal",
        "system_avg_cpu_pressure": "fair",
        "system_max_cpu_pressure": "serious",
        "wifi_min_rssi_dbm": -75.0,
        "wifi_avg_rssi_dbm": -69.0,
        "wifi_max_rssi_dbm": -35.0,
    }
    (minute,) = minutes_of([row(**values)])
    assert {name: getattr(minute, name) for name in values} == values
    assert minute.leg == "client"


def test_minutes_ascend_and_the_last_is_the_latest() -> None:
    later = MINUTE + timedelta(minutes=1, seconds=30)
    qos = ParticipantQos(samples=Samples([row(minute=later), row()]))
    assert [m.sampled_at for m in qos.minutes] == [MINUTE, later]
    assert qos.latest is not None
    assert qos.latest.minute == MINUTE + timedelta(minutes=1)
    assert qos.to_polars().height == len(qos.to_dicts()) == qos.to_arrow().num_rows == 2


def test_nothing_measured_has_no_latest_minute() -> None:
    qos = ParticipantQos(samples=Samples())
    assert qos.latest is None
    assert qos.person == Person()
    assert qos.raw == b""


def test_a_problem_is_one_line() -> None:
    problem = Problem(path="$.a", value="x" * 500, expected="expected a number")
    assert len(str(problem)) < 120
    assert "$.a" in str(problem)
