"""How the lake's tables are named to a cluster."""

from pathlib import Path
from typing import Any

import pytest

from backrow.cluster.tables import as_hadoop, files_of, has_delta, rows_of
from backrow.errors import NothingFoundError
from backrow.lake.keep import LakeWriter
from backrow.lake.store.place import Place
from backrow.lake.store.reading import Store
from tests.lake.world import UUID, hour

EXTENSIONS = "io.delta.sql.DeltaSparkSessionExtension,org.example.Other"


class FakeSpark:
    """A Spark session that notes what it is asked to read."""

    def __init__(self, **settings: str) -> None:
        self.settings = settings
        self.asked: list[Any] = []

    @property
    def conf(self) -> "FakeSpark":
        return self

    @property
    def read(self) -> "FakeSpark":
        return self

    def get(self, name: str, default: str) -> str:
        return self.settings.get(name, default)

    def __getattr__(self, name: str) -> Any:
        def note(*given: Any) -> "FakeSpark":
            self.asked.append((name, *given))
            return self

        return note

    def __getitem__(self, name: str) -> str:
        return name


def kept(folder: Path) -> Store:
    store = Store(Place.parse(folder))
    LakeWriter(store).append({"samples": hour("1")}, now=0.0)
    return store


def read(spark: FakeSpark, store: Store) -> list[Any]:
    rows_of(spark, store, "samples", UUID, ["participant"])  # type: ignore[arg-type] # a fake
    return spark.asked


def test_without_delta_the_files_of_the_log_are_read(tmp_path: Path) -> None:
    store = kept(tmp_path / "a lake {1}")
    (schema, globs, (_, *files), *_) = read(FakeSpark(), store)
    assert "`minute` timestamp, `sampled_at` timestamp, `leg` string" in schema[1]
    assert globs == ("option", "__globPaths__", "false")
    (parquet,) = (tmp_path / "a lake {1}/samples").glob("*.parquet")
    assert files == [f"file://{parquet}"]


@pytest.mark.parametrize(
    "settings",
    [
        {"spark.sql.extensions": EXTENSIONS},
        {"spark.databricks.clusterUsageTags.sparkVersion": "17.3.x"},
    ],
)
def test_deltas_own_reader_reads_the_version_that_we_see(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    store = kept(tmp_path / "lake")
    handle = store.open("samples")
    assert handle is not None
    assert read(FakeSpark(**settings), store)[:3] == [
        ("format", "delta"),
        ("option", "versionAsOf", handle.version()),
        ("load", str(tmp_path / "lake/samples")),
    ]


def test_a_cluster_without_delta_has_none() -> None:
    assert not has_delta(FakeSpark())  # type: ignore[arg-type] # a fake


def test_files_that_hold_nothing_of_a_session_are_left_out(tmp_path: Path) -> None:
    store = kept(tmp_path / "lake")
    handle = store.open("samples")
    assert handle is not None
    assert len(files_of(store, "samples", handle, UUID)) == 1
    assert files_of(store, "samples", handle, "another") == []


def test_object_stores_are_named_as_hadoop_names_them() -> None:
    assert as_hadoop("s3://bucket/lake") == "s3a://bucket/lake"
    assert as_hadoop("gs://bucket/lake") == "gs://bucket/lake"
    abfss = "abfss://box@account.dfs.core.windows.net/lake"
    assert as_hadoop(abfss) == abfss


def test_a_table_that_is_not_there_is_nothing_found(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    with pytest.raises(NothingFoundError, match="no `samples` yet"):
        read(FakeSpark(), Store(Place.parse(tmp_path / "lake")))
