"""Completion judges, writes what it judged, and bears being cut short."""

import json
from pathlib import Path

import polars as pl
import pytest

from backrow.diagnose.hindsight import Diagnosis
from backrow.judge.engine import How, diagnosed, one_machine
from backrow.judge.judging import Judge
from backrow.lake.frames import Naming, SessionFrames, session_frames
from backrow.lake.keep import LakeWriter
from backrow.lake.store.rows import findings_frame
from backrow.lake.tables import JUDGED
from backrow.qos.sites import read_sites
from tests.diagnose.minutes import at
from tests.judge.offices import (
    COUNT,
    FAULT,
    LENGTH,
    SITES,
    UUID,
    ended,
    lake,
    samples,
    seconds,
    store,
)

NAMED = Judge(naming=Naming(sites=read_sites(SITES, name="sites.toml")))
NOW = seconds(LENGTH + 40)


def findings(folder: Path) -> list[dict[str, object]]:
    return [json.loads(text) for text in lake(folder).findings(UUID)["finding"]]


def test_completion_fills_the_judged_columns(tmp_path: Path) -> None:
    assert NAMED.complete(ended(tmp_path), UUID, now=NOW) == (COUNT - 1) * LENGTH
    minutes = lake(tmp_path).minutes(UUID)
    assert minutes["final"].all()
    assert minutes["audio_mos"].null_count() == 0
    causes = minutes.filter(pl.col("cause").is_not_null())
    assert dict(causes.group_by("cause").len().iter_rows()) == {
        "shared_network": 15 * len(FAULT),
        "own_wifi": 7,
    }
    blamed = causes.filter(pl.col("cause") == "shared_network")["poor_due_to"]
    assert set(blamed) <= {
        "audio_received_avg_loss_pct",
        "video_received_avg_loss_pct",
    }


def test_completion_keeps_findings_and_names(tmp_path: Path) -> None:
    NAMED.complete(ended(tmp_path), UUID, now=NOW)
    (found,) = findings(tmp_path)
    assert (found["state"], found["scope"]) == ("final", {"site": "Lyon office"})
    people = lake(tmp_path).participants(UUID)
    assert people.filter(pl.col("site") == "Lyon office").height == 20
    assert set(people["network"]) == {"198.51.100.7", "203.0.113.0/24"}


def test_completing_again_changes_nothing(tmp_path: Path) -> None:
    writer = ended(tmp_path)
    NAMED.complete(writer, UUID, now=NOW)
    before = lake(tmp_path).scan("minutes").collect().sort("participant", "minute")
    told = lake(tmp_path).scan("findings").collect()
    NAMED.complete(writer, UUID, now=NOW + 60)
    after = lake(tmp_path).scan("minutes").collect().sort("participant", "minute")
    assert before.equals(after)  # changed_at too
    assert told.equals(lake(tmp_path).scan("findings").collect())


class KilledError(Exception):
    """The process has ended here."""


class Dying(LakeWriter):
    """A writer whose process is killed in its n-th step."""

    def __init__(self, folder: Path, steps: int) -> None:
        super().__init__(store(folder))
        self.steps = steps

    def _step(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise KilledError

    def rewrite_minutes(self, *given: object, **named: object) -> int:
        self._step()
        return super().rewrite_minutes(*given, **named)  # type: ignore[arg-type] # as it came

    def append(self, *given: object, **named: object) -> dict[object, int]:  # type: ignore[override] # as it came
        self._step()
        return super().append(*given, **named)  # type: ignore[arg-type, return-value] # as it came


@pytest.mark.parametrize("steps", range(3))
@pytest.mark.slow
def test_completion_that_was_killed_is_done_again(tmp_path: Path, steps: int) -> None:
    ended(tmp_path)
    with pytest.raises(KilledError):
        NAMED.complete(Dying(tmp_path, steps), UUID, now=NOW)
    assert lake(tmp_path).sessions()["state"].to_list() == ["ended"]
    NAMED.complete(LakeWriter(store(tmp_path)), UUID, now=NOW + 60)
    assert lake(tmp_path).minutes(UUID)["class"].null_count() == 0
    assert [one["state"] for one in findings(tmp_path)] == ["final"]
    rows = lake(tmp_path).scan("findings").collect()
    assert rows.height == 1


@pytest.mark.slow
def test_live_findings_that_hindsight_drops_are_withdrawn(tmp_path: Path) -> None:
    writer = ended(tmp_path)
    NAMED.complete(writer, UUID, now=NOW)
    (final,) = findings(tmp_path)
    false = {**final, "id": "feedfacefeed", "state": "raised", "end": None}
    writer.append({"findings": findings_frame(UUID, [false], now=NOW)}, now=NOW + 1)
    assert len(findings(tmp_path)) == 2
    NAMED.complete(writer, UUID, now=NOW + 60)
    assert findings(tmp_path) == [final]
    rows = lake(tmp_path).scan("findings").sort("changed_at").collect()
    assert rows["state"].to_list() == ["final", "raised", "withdrawn"]
    NAMED.complete(writer, UUID, now=NOW + 120)
    assert lake(tmp_path).scan("findings").collect().height == 3


@pytest.mark.slow
def test_late_samples_are_judged_too(tmp_path: Path) -> None:
    writer = ended(tmp_path)
    NAMED.complete(writer, UUID, now=NOW)
    late = samples(30).with_columns(
        participant=pl.lit("79"), minute=pl.lit(at(30)), picked=pl.lit("pushed")
    )
    writer.append({"samples": late.head(1)}, now=NOW + 60)
    NAMED.complete(writer, UUID, now=NOW + 120)
    minutes = lake(tmp_path).minutes(UUID, "79")
    assert minutes["class"].to_list() == ["good"]
    assert minutes.select(JUDGED)["audio_mos"].null_count() == 0


def test_failing_judgement_does_not_stop_completion(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(frames: SessionFrames, how: How) -> Diagnosis:
        raise ZeroDivisionError

    Judge(engine=fails).complete(ended(tmp_path), UUID, now=NOW)
    assert "could not be judged" in caplog.text
    assert lake(tmp_path).sessions()["state"].to_list() == ["complete"]
    assert lake(tmp_path).minutes(UUID)["class"].null_count() == (COUNT - 1) * LENGTH


def test_session_of_which_nothing_is_known_is_completed(tmp_path: Path) -> None:
    assert Judge().complete(ended(tmp_path), "another", now=NOW) == 0


@pytest.mark.slow
def test_parts_are_diagnosed_as_the_whole_is(tmp_path: Path) -> None:
    ended(tmp_path)
    whole = diagnosed(session_frames(lake(tmp_path), UUID), one_machine)
    parts = diagnosed(session_frames(lake(tmp_path), UUID, part_rows=300))
    assert [f.to_dict() for f in whole.findings] == [
        f.to_dict() for f in parts.findings
    ]
    key = ["participant", "minute"]
    assert whole.minutes.sort(key).equals(parts.minutes.sort(key))
