"""The lake's tables, read by the cluster itself.

Where the cluster has Delta Lake, that reads the table, at the version that this
process sees. Else Spark reads the Parquet files that the Delta log lists; files that
can hold nothing of the session are left out by the ranges in the log.

The cluster has to reach the lake at the same address: a folder on a file system that
all of its machines share, or an object store, for which they hold keys of their own.
None is sent to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from backrow.errors import NothingFoundError
from backrow.lake.store.reading import Store, equal
from backrow.lake.tables import TABLES, ColumnType, TableName

if TYPE_CHECKING:
    from deltalake import DeltaTable
    from pyspark.sql import DataFrame, SparkSession

_TYPES: Final[dict[ColumnType, str]] = {
    "str": "string",
    "json": "string",
    "timestamp": "timestamp",
    "bool": "boolean",
    "f64": "double",
    "i32": "int",
    "i64": "bigint",
    "strs": "array<string>",
}
_DELTA: Final = ("spark.sql.extensions", "deltasparksessionextension")
"""The setting that a Spark with Delta Lake has, and what is in it."""
_DATABRICKS: Final = "spark.databricks.clusterUsageTags.sparkVersion"
_SCHEMES: Final = {"s3://": "s3a://", "gcs://": "gs://"}
"""What deltalake calls object stores, and what Hadoop's clients call them."""


def rows_of(
    spark: SparkSession,
    store: Store,
    name: TableName,
    session_uuid: str,
    columns: Sequence[str],
) -> DataFrame:
    """Return a session's rows of a table, lazily.

    Args:
        spark: The cluster.
        store: The lake.
        name: Which table.
        session_uuid: Which session.
        columns: What to read of it.

    Raises:
        NothingFoundError: The lake has no such table.
        LakeError: Its log cannot be read.
    """
    handle = store.open(name)
    if handle is None:
        raise NothingFoundError(f"no `{name}` yet", place=store.place.url)
    if has_delta(spark):
        place = as_hadoop(store.place.of_table(name))
        delta = spark.read.format("delta").option("versionAsOf", handle.version())
        rows = delta.load(place)
    else:
        files = files_of(store, name, handle, session_uuid)
        # `__globPaths__` off: names are taken as they are, whatever is in them.
        reader = spark.read.schema(_schema(name)).option("__globPaths__", "false")
        rows = reader.parquet(*files)
    return rows.filter(rows["session_uuid"] == session_uuid).select(*columns)


def has_delta(spark: SparkSession) -> bool:
    """Return whether the cluster has Delta Lake's own reader."""
    extensions, wanted = _DELTA
    if wanted in (spark.conf.get(extensions, "") or "").lower():
        return True
    return bool(spark.conf.get(_DATABRICKS, ""))


def files_of(
    store: Store, name: TableName, handle: DeltaTable, session_uuid: str
) -> list[str]:
    """Return the Parquet files that may hold rows of a session, as Spark names them."""
    where = equal(session_uuid=session_uuid)
    uris = handle.file_uris(file_pruning_predicate=where)
    folder = store.place.folder
    if folder is None:
        return [as_hadoop(uri) for uri in uris]
    # deltalake escapes local paths as if they were URLs; names need no escape.
    return [f"file://{folder / name}/{uri.rsplit('/', 1)[-1]}" for uri in uris]


def as_hadoop(url: str) -> str:
    """Return a table's or file's address as Hadoop's file systems know it."""
    for ours, theirs in _SCHEMES.items():
        if url.startswith(ours):
            return theirs + url.removeprefix(ours)
    return url


def _schema(name: TableName) -> str:
    return ", ".join(f"`{c.name}` {_TYPES[c.type]}" for c in TABLES[name].columns)
