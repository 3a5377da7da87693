"""Read a lake with Polars, DuckDB and pandas: how the latest session was.

::

    python examples/read_lake.py              # the lake of BACKROW_LAKE
    python examples/read_lake.py s3://bucket/backrow

Needs ``pip install 'backrow[app]' duckdb pandas``. Every function here works as well in a
notebook, where frames show themselves as tables.
"""

from __future__ import annotations

import sys

import duckdb
import polars as pl

import backrow
from backrow.errors import BackrowError

IS_BAD = pl.col("class").is_in(["poor", "bad"])
SENTENCE = pl.col("finding").str.json_path_match("$.sentence")
"""What a finding says; all of it stands in this column as JSON."""


def main(url: str | None = None) -> int:
    """Print what was wrong in the latest session, and three tables about it."""
    lake = backrow.open_lake(url)
    minutes, people = lake.minutes("latest"), lake.participants("latest")
    for told in lake.findings("latest").select(SENTENCE).to_series():
        print(told)
    print(hit_worst(minutes, people))
    print(worst_minutes(minutes))
    print(by_class(minutes))
    return 0


def hit_worst(minutes: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Return who had the most minutes of class poor or bad, with Polars."""
    counted = minutes.group_by("participant").agg(
        IS_BAD.sum().alias("bad_minutes"), pl.len().alias("measured")
    )
    names = people.select("participant", "user_name", "site", "network")
    return (
        counted.filter(pl.col("bad_minutes") > 0)
        .join(names, on="participant", how="left")
        .sort(["bad_minutes", "participant"], descending=[True, False])
        .head(10)
    )


def worst_minutes(minutes: pl.DataFrame) -> pl.DataFrame:
    """Return the minutes in which most was lost, with DuckDB."""
    with duckdb.connect() as db:
        db.register("minutes", minutes.to_arrow())
        found: pl.DataFrame = db.sql("""
            select minute, avg(audio_received_avg_loss_pct) as loss_pct, count(*) as people
            from minutes
            group by minute
            order by loss_pct desc nulls last, minute
            limit 5
        """).pl()
    return found


def by_class(minutes: pl.DataFrame) -> object:
    """Return how many minutes were of each class, with pandas."""
    frame = minutes.to_pandas()
    return frame.groupby("class", dropna=False)["participant"].count()


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:2]))
    except BackrowError as error:
        sys.exit(str(error))
