"""Readings of sessions: figures in base units, for as long as there is a session."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from backrow.errors import LakeError
from backrow.qos.vocabulary import MEDIA
from backrow.web.metrics.exposition import Meter, Reading
from backrow.web.metrics.sessions import SessionReadings, readings_of
from backrow.web.metrics.table import GONE_S
from backrow.web.pages.views.picture import picture_of, shown_minute
from tests.web.metrics.readings import UUID, One, Standing, by_name
from tests.web.pages.frames import at, finding, minutes, people, snapshot
from tests.web.pages.rooms import small

GONE_MIN = GONE_S / 60


def hall(**more: Any) -> One:
    """Return a hall of three with a minute measured of each."""
    rows = minutes(("a", 0, "good"), ("b", 0, "bad"), ("c", 0, "good"))
    who = people("a", "b", "c", data_center=["Paris", "Paris", ""])
    return One(snapshot(who, rows, version="1", **more))


def told(source: One, minute: float) -> dict[str, dict[tuple[str, ...], float]]:
    return by_name(SessionReadings(source, clock=Standing(minute))())


def test_people_add_up_whatever_they_are_grouped_by() -> None:
    room, source, _ = small()
    one = source.snapshot(room.uuid)
    here = picture_of(one, shown_minute(one)).here
    found = by_name(readings_of(one))
    assert sum(found["backrow_session_people"].values()) == here > 100
    for medium in MEDIA:
        classed = found["backrow_session_media_people"].items()
        assert sum(n for labels, n in classed if labels[1] == medium) == here
    assert found["backrow_session_info"] == {
        (room.uuid, one.occurrence.number, "webinar"): 1.0
    }


def test_figures_are_in_base_units() -> None:
    room, source, _ = small()
    one = source.snapshot(room.uuid)
    found = by_name(readings_of(one))
    rows = picture_of(one, shown_minute(one)).rows
    for name, column, factor in (
        ("backrow_session_latency_seconds", "latency_ms", 1000),
        ("backrow_session_loss_ratio", "avg_loss_pct", 100),
        ("backrow_session_bitrate_bytes_per_second", "bitrate_kbps", 1 / 125),
    ):
        values = rows[f"audio_received_{column}"].cast(pl.Float64)
        median = found[name][room.uuid, "audio", "received", "0.5"]
        assert median * factor == pytest.approx(values.median())
    scores = found["backrow_session_score"]
    assert all(1 <= value <= 5 for value in scores.values())


def test_stage_and_audience_are_told_apart_by_direction() -> None:
    room, source, _ = small()
    found = by_name(readings_of(source.snapshot(room.uuid)))
    ways = {labels[2] for labels in found["backrow_session_bitrate_bytes_per_second"]}
    assert ways == {"sent", "received"}


def test_nothing_tells_of_a_person() -> None:
    room, source, _ = small()
    one = source.snapshot(room.uuid)
    labels = {text for reading in readings_of(one) for text in reading.labels}
    for column in ("participant", "user_name", "email", "ip_address", "network"):
        known = {text for text in one.people[column] if text}
        assert known
        assert labels.isdisjoint(known)
    assert one.occurrence.topic not in labels
    assert one.occurrence.host not in labels


def test_findings_that_last_are_counted() -> None:
    source = hall(
        findings=(
            finding(),
            finding(id="f2", state="updated", affected=5),
            finding(id="f3", state="cleared", cause="place"),
        )
    )
    found = by_name(readings_of(source.told))
    key = (UUID, "audio", "shared_network")
    assert found["backrow_session_findings"] == {key: 2.0}
    assert found["backrow_session_affected_people"] == {key: 7.0}


def test_labels_have_few_values() -> None:
    many = [f"Center {i}" for i in range(100) for _ in range(i + 1)]
    who = people(*map(str, range(len(many))), data_center=many)
    found = by_name(readings_of(snapshot(who, minutes(("0", 0, "good")))))
    counts = found["backrow_session_people"]
    centers = {labels[2] for labels in counts}
    assert len(centers) == 21
    assert {"other", "Center 99"} <= centers
    assert "Center 1" not in centers
    assert sum(counts.values()) == len(many)


def test_unknown_is_a_value_and_no_gap() -> None:
    counts = by_name(readings_of(hall().told))["backrow_session_people"]
    assert counts[UUID, "good", "unknown", "unknown"] == 1.0


def test_those_asked_out_of_suspicion_do_not_count_in_a_class() -> None:
    rows = minutes(("a", 0, "bad"), ("b", 0, "bad"), picked="targeted")
    found = by_name(readings_of(snapshot(people("a", "b"), rows)))
    classes = {labels[1] for labels in found["backrow_session_people"]}
    assert classes == {"unclassified"}
    assert "backrow_session_score" not in found


def test_session_without_a_minute_has_people() -> None:
    source = One(snapshot(people("a"), minutes(), version="1"))
    found = told(source, 1)
    assert sum(found["backrow_session_people"].values()) == 1
    assert "backrow_session_minute_age_seconds" not in found
    assert "backrow_session_people" not in told(source, GONE_MIN + 1)


def test_age_is_that_of_the_minute_since_its_end() -> None:
    found = told(hall(), 2.5)
    assert found["backrow_session_minute_age_seconds"] == {(UUID,): 90.0}
    assert found["backrow_session_live"] == {(UUID,): 1.0}


def test_ended_session_is_told_of_for_ten_minutes() -> None:
    source = hall()
    source.change(state="complete", end_at=at(1))
    assert told(source, 1 + GONE_MIN)["backrow_session_live"] == {(UUID,): 0.0}
    assert set(told(source, 1.1 + GONE_MIN)) == {"backrow_part_failing"}


def test_session_that_nobody_ends_goes_when_nothing_comes() -> None:
    source = hall()
    assert "backrow_session_people" in told(source, 1 + GONE_MIN)
    assert "backrow_session_people" not in told(source, 1.1 + GONE_MIN)


def test_session_that_went_quiet_is_seldom_read_until_it_goes_on() -> None:
    source, clock = hall(), Standing(30)
    read = SessionReadings(source, clock=clock)
    for _ in range(3):
        assert "backrow_session_people" not in by_name(read())
    assert source.looked == 1
    clock.minute = 31
    assert "backrow_session_people" not in by_name(read())
    assert source.looked == 2


def test_session_that_went_quiet_is_forgotten_once_it_is_over() -> None:
    source, clock = hall(), Standing(30)
    read = SessionReadings(source, clock=clock)
    assert set(by_name(read())) == {"backrow_part_failing"}
    source.change(state="complete")
    clock.minute = 31
    assert set(by_name(read())) == {"backrow_part_failing"}
    assert not read._quiet  # noqa: SLF001 - what grows is not to be seen from outside


def test_complete_session_of_unknown_end_is_over() -> None:
    source = hall()
    source.change(state="complete")
    assert "backrow_session_people" not in told(source, 1)
    assert source.looked == 0


def test_what_is_new_is_read_and_what_is_not_is_kept() -> None:
    source, clock = hall(), Standing(1)
    read = SessionReadings(source, clock=clock)
    first, again = _of_minute(read()), _of_minute(read())
    assert first
    assert all(a is b for a, b in zip(first, again, strict=True))
    source.told = snapshot(
        source.told.people, minutes(("a", 1, "good")), version="2", findings=()
    )
    third = _of_minute(read())
    assert third
    assert not any(a is b for a in first for b in third)


def _of_minute(readings: Any) -> list[Reading]:
    return [one for one in readings if one.name == "backrow_session_people"]


def test_lake_that_cannot_be_read_is_a_reading() -> None:
    source = hall()
    assert told(source, 1)["backrow_part_failing"] == {("lake",): 0.0}
    source.error = LakeError("cannot be read", place="a folder")
    found = told(source, 1)
    assert found == {"backrow_part_failing": {("lake",): 1.0}}


def test_session_that_has_just_been_removed_is_passed_over() -> None:
    source = hall()
    source.is_removed = True
    assert told(source, 1) == {"backrow_part_failing": {("lake",): 0.0}}


def test_every_reading_fits_the_table() -> None:
    _, source, clock = small()
    families = {
        one.name for one in Meter(SessionReadings(source, clock=clock)).collect()
    }
    assert {"backrow_session_score", "backrow_session_findings"} <= families
