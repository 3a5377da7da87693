"""Typed usage as users write it: reading a lake, and diagnosing what it holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_type
from zoneinfo import ZoneInfo

import polars as pl

import backrow
from backrow.cluster.engine import engine_on, spark_engine
from backrow.diagnose.hindsight import Diagnosis
from backrow.diagnose.verdict import Evidence, Finding
from backrow.judge.engine import How, diagnosed
from backrow.lake.frames import (
    Naming,
    Providers,
    SessionFrames,
    read_naming,
    session_frames,
)
from backrow.lake.kept import Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def ways_in(folder: Path) -> None:
    assert_type(backrow.open_lake(), Lake)
    assert_type(backrow.open_lake(folder), Lake)
    assert_type(backrow.open_lake("s3://bucket/backrow", storage_options={}), Lake)


def frames_of(lake: Lake) -> None:
    assert_type(lake.url, str)
    assert_type(lake.session("latest"), str)
    assert_type(lake.sessions(), pl.DataFrame)
    assert_type(lake.minutes("latest"), pl.DataFrame)
    assert_type(lake.minutes("945 1234 5678", "1670000007"), pl.DataFrame)
    assert_type(lake.samples("latest", "1670000007"), pl.DataFrame)
    assert_type(lake.participants("latest"), pl.DataFrame)
    assert_type(lake.findings("latest"), pl.DataFrame)
    assert_type(lake.roster("latest"), pl.DataFrame)
    assert_type(lake.summaries("latest"), pl.DataFrame)
    assert_type(lake.overview("latest"), pl.DataFrame)
    assert_type(lake.scan("minutes"), pl.LazyFrame)


def what_was_wrong(lake: Lake, sites: Path, asn: Path) -> list[str]:
    naming = read_naming(sites, asn)
    assert_type(naming, Naming)
    assert_type(Providers.open(asn).name_of("203.0.113.7"), str)
    frames = session_frames(lake, "latest", naming=naming)
    assert_type(frames, SessionFrames)
    found = diagnosed(frames, how=How(zone=ZoneInfo("Europe/Paris")))
    assert_type(found, Diagnosis)
    assert_type(found.findings, tuple[Finding, ...])
    assert_type(found.minutes, pl.DataFrame)
    return [finding.sentence for finding in found.findings]


def one_finding(finding: Finding) -> float:
    assert_type(finding.participants, tuple[str, ...])
    assert_type(finding.evidence, tuple[Evidence, ...])
    assert_type(finding.to_dict(), dict[str, Any])
    first = finding.evidence[0]
    assert_type(first.compared_with, float | None)
    return first.value


def on_a_cluster(frames: SessionFrames, spark: SparkSession) -> None:
    assert_type(diagnosed(frames, spark_engine("local[*]")), Diagnosis)
    assert_type(diagnosed(frames, engine_on(spark)), Diagnosis)
