"""Diagnosis with Spark: the cluster scores everybody, this process finds the causes.

What runs where, and why:

- *On the cluster*: reading, roles, scores, classes and episodes, which are the work.
  They are the Narwhals expressions of `backrow.diagnose`, the same as on Polars.
- *Here*: the scan. It looks for groups, takes the best one's members out, and looks
  again, so it must know of each person which groups it is in; counts per group do not
  tell that. A row for each person and minute with the few numbers that the scan and
  the sentences need comes back instead, some minutes at a time. They end up as arrays:
  170 B a participant-minute.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from backrow.cluster.failures import told
from backrow.cluster.session import SQL_SETTINGS, spark_session
from backrow.cluster.tables import rows_of
from backrow.diagnose.causes.slices import RECEIVED_FROM, SENT_FROM
from backrow.diagnose.classify import classified
from backrow.diagnose.episodes import episodes_of
from backrow.diagnose.frames import PRESENTERS
from backrow.diagnose.hindsight import KEPT, Diagnosis, concluded
from backrow.diagnose.score import scored
from backrow.errors import UsageError
from backrow.judge.engine import Engine, How
from backrow.lake.frames import SessionFrames
from backrow.lake.frames.whole import MINUTES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

PART_ROWS: Final = 500_000
"""Rows that come back at a time, unless one minute has more."""
OF_EPISODES: Final = (
    "session_uuid",
    "participant",
    "minute",
    "role",
    "bad",
    "score",
    "worst_medium",
)
"""Columns that episodes are found in."""


def spark_engine(master: str) -> Engine:
    """Return an engine that starts Spark on `master` and ends it again.

    The engine raises as `backrow.cluster.session.spark_session` and `diagnosed_on` do.
    """

    def engine(frames: SessionFrames, how: How) -> Diagnosis:
        _require_final(frames)
        with spark_session(master) as spark:
            return diagnosed_on(spark, frames, how)

    return engine


def engine_on(spark: SparkSession) -> Engine:
    """Return an engine on a session that is there already, as notebooks have one.

    The session is left as it is, running and with its own settings.
    """

    def engine(frames: SessionFrames, how: How) -> Diagnosis:
        own = spark.newSession()
        for name, value in SQL_SETTINGS.items():
            own.conf.set(name, value)
        with told(spark.sparkContext.master):
            return diagnosed_on(own, frames, how)

    return engine


def diagnosed_on(spark: SparkSession, frames: SessionFrames, how: How) -> Diagnosis:
    """Return what was wrong in a session, computed with the help of a cluster.

    Args:
        spark: The cluster, with `SQL_SETTINGS`.
        frames: The session.
        how: What to judge by.

    Raises:
        UsageError: The session is not complete.
        LakeError: The lake cannot be read.
    """
    _require_final(frames)
    rows = rows_of(spark, frames.store, "minutes", frames.session_uuid, MINUTES)
    judged = judged_on(spark, rows, frames.people, how).select(*SENT_BACK)
    judged = judged.persist()
    try:
        return concluded(
            _parts(judged),
            frames.people,
            frames.roster,
            episodes=lambda: episodes_of(
                judged.select(*OF_EPISODES), thresholds=how.thresholds
            ),
            thresholds=how.thresholds,
            zone=how.zone,
        )
    finally:
        judged.unpersist()


def judged_on(
    spark: SparkSession, minutes: DataFrame, people: pl.DataFrame, how: How
) -> DataFrame:
    """Return minutes with roles, scores and classes, still to be computed.

    Args:
        spark: The cluster.
        minutes: Rows of the lake's minutes.
        people: A row a participant, with their roles.
        how: What to judge by.
    """
    on_stage = pl.col("role").str.to_lowercase().is_in(PRESENTERS)
    roles = (
        people.select("participant", "role")
        .unique("participant", keep="last")
        .filter(on_stage)  # everybody else is an attendee, with a role or without
    )
    table = roles.to_arrow(compat_level=pl.CompatLevel.oldest())
    attending = minutes.join(spark.createDataFrame(table), "participant", "left")
    return classified(scored(attending, thresholds=how.thresholds), how.preset)


def _parts(judged: DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the rows, ascending in time, whole minutes at a time."""
    counts = _fetched(judged.groupBy("minute").count()).sort("minute")
    for begin, end in _spans(counts.iter_rows()):
        part = judged.filter(judged["minute"].between(begin, end))
        yield _fetched(part).sort("minute", "participant")


def _spans(
    counts: Iterator[tuple[Any, ...]],
) -> Iterator[tuple[datetime, datetime]]:
    span: tuple[datetime, datetime] | None = None
    total = 0
    for minute, count in counts:
        if span is not None and total + count > PART_ROWS:
            yield span
            span, total = None, 0
        span = (minute if span is None else span[0], minute)
        total += count
    if span is not None:
        yield span


def _fetched(rows: DataFrame) -> pl.DataFrame:
    """Return rows as a Polars frame of this process."""
    found = pl.from_arrow(rows.toArrow())
    assert isinstance(found, pl.DataFrame)  # noqa: S101 - a table gives a frame
    return found


def _require_final(frames: SessionFrames) -> None:
    if not frames.is_final:
        raise UsageError(
            "expected a session that is complete: Spark reads the minutes that "
            "completing wrote; --engine polars needs none"
        )


def _read_by(*tables: Any) -> set[str]:
    """Return the columns that these tables of expressions read."""
    return {
        name
        for table in tables
        for one in table.values()
        for name in one.meta.root_names()
    }


SENT_BACK: Final = tuple(
    dict.fromkeys((*KEPT, "role", *sorted(_read_by(RECEIVED_FROM, SENT_FROM))))
)
"""Columns that come back of each row: what is kept, and what the scan reads."""
