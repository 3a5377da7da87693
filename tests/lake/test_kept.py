"""Reading: which session is meant, and observations laid over each other."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from backrow.errors import NothingFoundError
from backrow.lake.kept import open_lake
from backrow.lake.store.rows import participants_frame, sessions_frame
from backrow.qos.people import Person
from tests.lake.world import (
    ANN,
    BOB,
    EMAIL,
    KEY,
    NOW,
    NUMBER,
    OCCURRENCE,
    OTHER_UUID,
    START,
    UUID,
    fill,
    hour,
    lake,
    session,
    writer,
)


def two_occurrences(folder: Path) -> None:
    week = START - timedelta(days=7)
    told = [(session(), "live"), (session(OTHER_UUID, start_at=week), "ended")]
    writer(folder).append({"sessions": sessions_frame(told, now=NOW)}, now=NOW)  # type: ignore[arg-type] # states


@pytest.mark.parametrize(
    "name", [UUID, NUMBER, "945 1234 5678", "945-1234-5678", "latest"]
)
def test_session_is_found_by_uuid_number_and_latest(name: str, tmp_path: Path) -> None:
    two_occurrences(tmp_path)
    assert lake(tmp_path).session(name) == UUID


def test_older_occurrence_is_found_by_its_uuid(tmp_path: Path) -> None:
    two_occurrences(tmp_path)
    assert lake(tmp_path).session(OTHER_UUID) == OTHER_UUID


@pytest.mark.parametrize("name", ["12345", "no such uuid"])
def test_unknown_session_names_the_lake(name: str, tmp_path: Path) -> None:
    two_occurrences(tmp_path)
    with pytest.raises(NothingFoundError, match=f"no session '{name}' - in .*lake"):
        lake(tmp_path).minutes(name)


def test_empty_lake_has_no_latest(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    with pytest.raises(NothingFoundError, match="no session yet"):
        lake(tmp_path).session("latest")


def test_sessions_are_listed_latest_first(tmp_path: Path) -> None:
    two_occurrences(tmp_path)
    found = lake(tmp_path).sessions()
    assert found["session_uuid"].to_list() == [UUID, OTHER_UUID]
    assert found["state"].to_list() == ["live", "ended"]


def test_newest_value_of_each_column_holds(tmp_path: Path) -> None:
    one = writer(tmp_path)
    told = [
        Person(user_id=ANN, email=EMAIL, location="Lyon (FR)", camera="A"),
        Person(user_id=ANN, email="", camera="B", participant_user_id="zoom-7"),
    ]
    for i, person in enumerate(told):
        frame = participants_frame([(OCCURRENCE, person)], key=KEY, now=NOW + i)
        one.append({"participants": frame}, now=NOW + i)
    one.append({"sessions": sessions_frame([(session(), "live")], now=NOW)}, now=NOW)
    (found,) = lake(tmp_path).participants(UUID).to_dicts()
    assert (found["email"], found["location"], found["camera"]) == (
        EMAIL,
        "Lyon (FR)",
        "B",
    )
    assert (found["person"], found["person_from"]) == ("zoom-7", "participant_user_id")


def test_participant_s_minutes_and_evidence(tmp_path: Path) -> None:
    fill(tmp_path)
    one = lake(tmp_path)
    assert one.minutes("latest", BOB)["minute"].len() == 3
    assert one.samples("latest").columns == hour().columns[:-1]
    assert one.roster("latest").is_empty()
    assert one.summaries("latest").is_empty()
    assert one.findings("latest")["id"].to_list() == ["f1", "f2"]


def test_overview_counts_the_room(tmp_path: Path) -> None:
    fill(tmp_path)
    found = lake(tmp_path).overview("latest")
    assert found["measured"].to_list() == [2, 2, 2]
    assert found["unclassified"].to_list() == [2, 2, 2]
    assert found["audio_received_latency_ms"].to_list() == [100.0, 101.0, 102.0]


def test_open_lake_takes_a_path_and_reads_nothing(tmp_path: Path) -> None:
    one = open_lake(tmp_path / "nowhere")
    assert one.url == str(tmp_path / "nowhere")
    with pytest.raises(NothingFoundError):
        one.sessions()


def test_scan_gives_every_observation(tmp_path: Path) -> None:
    fill(tmp_path)
    raw = lake(tmp_path).scan("sessions").collect()
    assert raw["state"].sort().to_list() == ["complete", "live"]
    assert raw.schema["changed_at"] == pl.Datetime("us", "UTC")
