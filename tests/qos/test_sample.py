"""Rows of the samples table."""

from datetime import UTC, datetime, timedelta, timezone

import polars as pl

from backrow.qos.sample import (
    INDEX,
    Samples,
    floor_minute,
    merged,
    polars_schema,
    time_of_session,
)
from tests.build import MINUTE, row


def test_a_frame_has_the_schema_whatever_the_rows_hold() -> None:
    for rows in ([], [row()], [row(audio_sent_latency_ms=126.0)]):
        frame = Samples(rows).to_polars()
        assert frame.schema == pl.Schema(polars_schema())
        assert frame.height == len(rows)


def test_arrow_holds_the_same_values() -> None:
    samples = Samples([row(video_sent_width_px=1280), row(leg="rwg")])
    table = samples.to_arrow()
    assert table.column("video_sent_width_px").to_pylist() == [1280, None]
    assert table.column("minute").to_pylist() == [MINUTE, MINUTE]


def test_dicts_name_every_column() -> None:
    (only,) = Samples([row(audio_sent_latency_ms=126.0)]).to_dicts()
    assert only["audio_sent_latency_ms"] == 126.0
    assert only["participant"] == "1670000007"


def test_samples_are_a_sequence_of_rows() -> None:
    samples = Samples([row(), row(leg="crc")])
    assert len(samples) == 2
    assert samples[1][INDEX["leg"]] == "crc"
    assert [r[INDEX["leg"]] for r in samples] == ["client", "crc"]


def test_split_records_become_one_and_the_newest_value_wins() -> None:
    rows = [
        row(audio_sent_latency_ms=126.0, audio_sent_jitter_ms=6.0),
        row(audio_sent_latency_ms=130.0, system_max_cpu_pct=40.0),
        row(minute=MINUTE + timedelta(minutes=1)),
    ]
    first, second = merged(rows)
    assert first[INDEX["audio_sent_latency_ms"]] == 130.0
    assert first[INDEX["audio_sent_jitter_ms"]] == 6.0
    assert first[INDEX["system_max_cpu_pct"]] == 40.0
    assert second[INDEX["minute"]] == MINUTE + timedelta(minutes=1)


def test_minutes_are_floored_in_utc() -> None:
    at = datetime(2026, 11, 23, 12, 16, 51, 7, tzinfo=timezone(timedelta(hours=2)))
    assert floor_minute(at) == datetime(2026, 11, 23, 10, 16, tzinfo=UTC)


def test_strays_are_not_of_the_time_of_a_session() -> None:
    session = {MINUTE + timedelta(hours=h): 3 for h in range(5)}
    strays = {MINUTE - timedelta(days=900): 4, MINUTE + timedelta(days=3): 9}
    whole = (MINUTE, MINUTE + timedelta(hours=4))
    assert time_of_session(session) == whole
    assert time_of_session(session | strays) == whole
    assert time_of_session({}) is None
