"""Spark finds what Polars finds: scores, classes, episodes, findings, sentences.

On a Spark of several processes, which these tests start: a driver and two workers.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import polars as pl
import pytest

from backrow.cluster.engine import OF_EPISODES, engine_on, judged_on
from backrow.cluster.failures import told
from backrow.cluster.session import spark_session
from backrow.cluster.tables import rows_of
from backrow.diagnose.classify import classified
from backrow.diagnose.episodes import Episode, episodes_of
from backrow.diagnose.frames import CLASS_COLUMNS, SCORE_COLUMNS
from backrow.diagnose.hindsight import Diagnosis, diagnose
from backrow.diagnose.presets import read_presets
from backrow.diagnose.score import scored
from backrow.diagnose.verdict.summary import summarise
from backrow.errors import ClusterError, UsageError
from backrow.judge.engine import How
from backrow.lake.frames import SessionFrames
from backrow.qos.vocabulary import METRICS
from tests.cluster.webinars import webinar
from tests.diagnose.minutes import SCHEMA, at

pytestmark = pytest.mark.slow

MASTER: Final = "local-cluster[2,1,1024]"
QUICK: Final = {
    "spark.sql.shuffle.partitions": "2",
    "spark.executor.memory": "768m",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1",
}
ZONE: Final = "spark.sql.session.timeZone"
KEY: Final = ("participant", "minute")
CLASSES: Final = [c.name for c in CLASS_COLUMNS]
ADDED: Final = [c.name for c in (*SCORE_COLUMNS, *CLASS_COLUMNS)]
VALUES: Final[dict[str, tuple[float, ...]]] = {
    "kbps": (0.0, 5.0, 12.0, 20.0, 40.0, 64.0, 900.0),
    "ms": (0.0, 0.4, 4.0, 30.0, 40.0, 150.0, 500.0, 1e5),
    "%": (0.0, 0.1, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 50.0, 99.0, 100.0),
    "fps": (0.0, 0.5, 2.0, 5.0, 7.0, 15.0, 24.0, 30.0),
    "px": (0.0, 90.0, 360.0, 720.0, 1080.0, 4000.0),
    "dBm": (-90.0, -50.0),
}
"""What metrics of each unit are drawn from; limits of the thresholds among them."""
ROLES: Final = ("Host", "PANELIST", "Co-Host", "attendee", "", None)


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    with spark_session(MASTER, settings=QUICK) as session:
        yield session


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> SessionFrames:
    return webinar(tmp_path_factory.mktemp("spark") / "a lake {1} *")


@pytest.fixture(scope="module")
def others(spark: Any) -> Any:
    """Return a session that others made and set to their own needs."""
    session = spark.newSession()
    session.conf.set(ZONE, "Asia/Tokyo")
    return session


@pytest.fixture(scope="module")
def found(others: Any, frames: SessionFrames) -> Diagnosis:
    return engine_on(others)(frames, How())


@pytest.fixture(scope="module")
def expected(frames: SessionFrames) -> Diagnosis:
    return diagnose(frames.parts(), frames.people, frames.roster)


def drawn(rows: int, people: int) -> pl.DataFrame:
    """Return minutes of everything that can come, in every mixture."""
    draw = random.Random(5)
    frame: list[dict[str, Any]] = []
    for number in range(rows):
        one: dict[str, Any] = {
            "session_uuid": "s",
            "participant": str(number % people),
            "minute": at(number // people),
            "picked": "census",
            "kind": draw.choice(["webinar", "webinar", "meeting", None]),
        }
        for metric in METRICS if number % 20 else ():
            values = VALUES.get(metric.unit)
            if values and draw.random() < 0.7:
                value = draw.choice(values)
                one[metric.name] = int(value) if metric.unit == "px" else value
        frame.append(one)
    return pl.DataFrame(frame, schema={**SCHEMA, "kind": pl.String}, orient="row")


def fetched(rows: Any) -> pl.DataFrame:
    table = pl.from_arrow(rows.toArrow())
    assert isinstance(table, pl.DataFrame)
    return table.sort(KEY)


def differing(mine: pl.DataFrame, theirs: pl.DataFrame) -> dict[str, int]:
    """Return in how many rows each column differs; numbers by more than 1e-9."""
    assert mine.height == theirs.height
    counts = {}
    for name in theirs.columns:
        one, other = mine[name], theirs[name]
        if one.dtype == pl.Float64:
            far = ((one - other).abs() > 1e-9).fill_null(value=False)
            counts[name] = (far | (one.is_null() != other.is_null())).sum()
        else:
            counts[name] = (~one.eq_missing(other)).sum()
    return {name: count for name, count in counts.items() if count}


def rounded(value: Any) -> Any:
    """Return a value with all numbers in it rounded to a billionth."""
    match value:
        case float():
            return round(value, 9)
        case dict():
            return {name: rounded(one) for name, one in value.items()}
        case list() | tuple():
            return [rounded(one) for one in value]
        case Episode():
            return {name: rounded(getattr(value, name)) for name in Episode.__slots__}
    return value


def test_there_are_two_workers_beside_the_driver(spark: Any) -> None:
    spark.range(100).repartition(2).count()
    assert spark.sparkContext._jsc.sc().getExecutorMemoryStatus().size() == 3  # noqa: SLF001 - no public way


def test_whatever_comes_is_scored_and_classed_alike(spark: Any) -> None:
    minutes = drawn(rows=1200, people=60)
    people = pl.DataFrame(
        {
            "participant": [str(i) for i in range(60)],
            "role": [ROLES[i % len(ROLES)] for i in range(60)],
        }
    )
    rows = spark.createDataFrame(minutes.to_arrow())
    mine = judged_on(spark, rows, people, How())
    theirs = scored(minutes.lazy(), people.lazy())
    # Twice in one plan: by Backrow's preset, kept under other names, and by Zoom's.
    own = {name: f"own_{name}" for name in CLASSES}
    zoom = read_presets()["zoom"]
    both = [*KEY, *ADDED, *own.values()]
    again = classified(mine.withColumns({o: mine[n] for n, o in own.items()}), zoom)
    renamed = [pl.col(name).alias(other) for name, other in own.items()]
    expected = classified(classified(theirs).with_columns(renamed), zoom)
    rows_expected = expected.select(both).collect().sort(KEY)
    assert differing(fetched(again.select(*both)), rows_expected) == {}
    assert rows_expected["class"].n_unique() == 5
    assert rows_expected["own_class"].n_unique() == 5


def test_findings_are_the_same_to_the_letter(
    found: Diagnosis, expected: Diagnosis
) -> None:
    mine = [one.to_dict() for one in found.findings]
    assert mine == [one.to_dict() for one in expected.findings]
    causes = {one["cause"] for one in mine}
    assert "presenter_network" in causes


def test_minutes_have_the_same_judgement(found: Diagnosis, expected: Diagnosis) -> None:
    columns = expected.minutes.columns
    mine, theirs = (d.minutes.select(columns).sort(KEY) for d in (found, expected))
    assert differing(mine, theirs) == {}
    assert len(theirs) > 10_000


def test_episodes_are_the_same(found: Diagnosis, expected: Diagnosis) -> None:
    assert rounded(found.episodes) == rounded(expected.episodes)
    assert len(found.episodes) > 5


def test_the_summary_is_the_same(found: Diagnosis, expected: Diagnosis) -> None:
    mine, theirs = (rounded(summarise(one).to_dict()) for one in (found, expected))
    assert mine == theirs


def test_a_session_of_others_is_left_as_it_is(others: Any, found: Diagnosis) -> None:
    assert others.conf.get(ZONE) == "Asia/Tokyo"
    assert others.range(3).count() == 3


def test_what_the_cluster_cannot_read_is_told_in_a_line(
    spark: Any, tmp_path: Path
) -> None:
    frames = webinar(tmp_path, attendees=20, minutes=3, faults="")
    for file in (tmp_path / "minutes").glob("*.parquet"):
        file.unlink()
    uuid = frames.session_uuid
    with pytest.raises(ClusterError, match="Spark failed: ") as one, told(MASTER):
        rows_of(spark, frames.store, "minutes", uuid, ["participant"]).count()
    assert "\n" not in str(one.value)


def test_a_second_spark_in_one_process_is_refused(spark: Any) -> None:
    already = pytest.raises(UsageError, match="runs in this process already")
    with already, spark_session("local"):
        pass


def test_episodes_of_hand_made_minutes_are_the_same(spark: Any) -> None:
    minutes = drawn(rows=900, people=15).with_columns(role=pl.lit("attendee"))
    judged = scored(minutes.lazy()).select(OF_EPISODES).collect()
    rows = spark.createDataFrame(judged.to_arrow())
    assert rounded(episodes_of(rows)) == rounded(episodes_of(judged))
