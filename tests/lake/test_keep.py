"""Writing: batches, settled minutes, completion."""

from datetime import timedelta
from pathlib import Path

import polars as pl

from backrow.lake.keep import BATCH_ROWS, BATCH_S, LakeWriter, Pending
from backrow.lake.resolve import resolve
from backrow.lake.store.commits import Batch
from backrow.lake.store.rows import instant, roster_frame
from backrow.qos.people import Person
from tests.lake.world import (
    ANN,
    BOB,
    NOW,
    OCCURRENCE,
    START,
    UUID,
    fill,
    hour,
    lake,
    samples,
    writer,
)


def test_rows_wait_for_company_but_not_for_ever() -> None:
    pending = Pending()
    assert not pending.is_due(now=NOW)
    pending.add("samples", hour(ANN), now=NOW)
    assert not pending.is_due(now=NOW + BATCH_S - 1)
    assert pending.is_due(now=NOW + BATCH_S)


def test_enough_rows_are_due_at_once() -> None:
    pending = Pending()
    pending.add("samples", pl.concat([hour(ANN)] * (BATCH_ROWS // 3 + 1)), now=NOW)
    assert pending.is_due(now=NOW)


def test_taken_rows_are_taken_once() -> None:
    pending = Pending()
    pending.add("samples", hour(ANN), now=NOW)
    pending.add("samples", hour(BOB), now=NOW)
    assert pending.take()["samples"].height == 6
    assert (pending.take(), pending.is_due(now=NOW + 99)) == ({}, False)


def test_append_says_what_each_table_got(tmp_path: Path) -> None:
    rows = {"samples": hour(ANN), "minutes": resolve(hour(ANN), final=False)}
    batch = Batch("inbox-a", 1)
    one = writer(tmp_path)
    one.append({"samples": hour(ANN)}, now=NOW, batch=batch)
    # Killed between two tables: the batch is written where it is missing.
    again = one.append(rows, now=NOW, batch=batch)  # type: ignore[arg-type] # tables' names
    assert again == {"samples": 0, "minutes": 3}


def test_settled_minutes_are_appended_once(tmp_path: Path) -> None:
    one = writer(tmp_path)
    minutes = resolve(hour(ANN), final=False)
    assert one.settle(minutes.head(2), now=NOW) == 2
    assert one.settle(minutes, now=NOW) == 1
    assert one.settle(minutes, now=NOW) == 0


def test_completion_makes_minutes_final(tmp_path: Path) -> None:
    one = writer(tmp_path)
    live = hour(ANN, origin="rest_live").with_columns(
        audio_received_latency_ms=pl.lit(9.0)
    )
    one.append({"samples": live}, now=NOW)
    one.settle(resolve(live, final=False), now=NOW)
    one.append({"samples": hour(ANN, BOB)}, now=NOW)
    assert one.complete(UUID, now=NOW + 60) == 6
    found = lake(tmp_path).minutes(UUID)
    assert found["final"].all()
    assert found["audio_received_latency_ms"].to_list() == [100.0, 101.0, 102.0] * 2


def test_completion_leaves_other_sessions_alone(tmp_path: Path) -> None:
    one = writer(tmp_path)
    other = hour(BOB, uuid="another")
    one.append({"samples": pl.concat([hour(ANN), other])}, now=NOW)
    one.settle(resolve(other, final=False), now=NOW)
    one.complete(UUID, now=NOW)
    raw = lake(tmp_path).scan("minutes").collect()
    assert (
        raw.filter(pl.col("session_uuid") == "another")["final"].to_list()
        == [False] * 3
    )


def test_completion_works_in_slices(tmp_path: Path) -> None:
    people = [f"p{i:03}" for i in range(40)]
    one = LakeWriter(writer(tmp_path).store, slice_rows=10)
    one.append({"samples": hour(*people)}, now=NOW)
    assert one.complete(UUID, now=NOW) == 120
    assert (
        lake(tmp_path).minutes(UUID)["participant"].unique().sort().to_list() == people
    )


def test_completing_again_changes_only_what_changed(tmp_path: Path) -> None:
    one = fill(tmp_path)
    late = samples(
        {
            "participant": ANN,
            "minute": START + timedelta(minutes=1),
            "origin": "qss",
            "zoom_audio_score": 4.0,
        }
    )
    one.append({"samples": late}, now=NOW + 100)
    assert one.overdue(since=NOW) == [UUID]
    one.complete(UUID, now=NOW + 200)
    raw = lake(tmp_path).scan("minutes").sort("participant", "minute").collect()
    first, second = instant(NOW + 60), instant(NOW + 200)
    assert raw["changed_at"].to_list() == [first, second, *[first] * 4]
    assert one.overdue(since=NOW) == []


def test_minute_without_a_sample_is_noted_as_deleted(tmp_path: Path) -> None:
    one = fill(tmp_path)
    one.commits.delete("samples", f"participant = '{ANN}'")
    assert one.complete(UUID, now=NOW + 200) == 3
    noted = lake(tmp_path).scan("deletions").collect()
    assert noted["participant"].to_list() == [ANN] * 3
    assert noted["table"].unique().to_list() == ["minutes"]


def test_completion_of_a_session_without_samples(tmp_path: Path) -> None:
    assert writer(tmp_path).complete("nothing", now=NOW) == 0


def test_completion_folds_observations_and_sorts(tmp_path: Path) -> None:
    one = fill(tmp_path)
    people = [Person(user_id=BOB), Person(user_id=ANN)]
    for past in (1, 0):
        minute = START + timedelta(minutes=past)
        frame = roster_frame(OCCURRENCE, people, minute=minute, now=NOW)
        one.append({"roster": frame}, now=NOW)
    one.complete(UUID, now=NOW + 99)
    raw = lake(tmp_path).scan("participants").collect()
    assert raw["participant"].to_list() == [ANN, BOB]
    roster = lake(tmp_path).scan("roster").collect()
    assert roster["participant"].to_list() == [ANN, ANN, BOB, BOB]


def test_maintenance_keeps_everything(tmp_path: Path) -> None:
    one = fill(tmp_path)
    before = lake(tmp_path).minutes(UUID)
    one.maintain()
    assert lake(tmp_path).minutes(UUID).equals(before)
