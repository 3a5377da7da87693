"""`backrow diagnose --engine spark`: clean output, one answer, nothing left behind."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests.cluster.test_needs import closed_port
from tests.cluster.webinars import webinar

pytestmark = pytest.mark.slow

MASTER: Final = "local-cluster[2,1,1024]"
DEFAULTS: Final = """
spark.executor.memory          768m
spark.sql.shuffle.partitions   2
spark.driver.extraJavaOptions  -XX:TieredStopAtLevel=1
spark.executor.extraJavaOptions -XX:TieredStopAtLevel=1
"""


def ran(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `backrow diagnose latest` in an empty folder, with settings of Spark's."""
    for name in ("here", "tmp", "conf"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "conf/spark-defaults.conf").write_text(DEFAULTS)
    known = {n: os.environ[n] for n in ("PATH", "JAVA_HOME") if n in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "backrow", "diagnose", "latest", *arguments],
        cwd=folder / "here",
        env={
            **known,
            "HOME": str(folder / "tmp"),
            "BACKROW_LAKE": str(folder / "lake"),
            "SPARK_CONF_DIR": str(folder / "conf"),
            "TMPDIR": str(folder / "tmp"),
        },
        check=False,
        capture_output=True,
        text=True,
    )


def processes_that_name(text: str) -> list[str]:
    """Return the command lines of running processes with a text in them."""
    lines = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(process.read_text("utf-8", "replace").replace("\0", " "))
        except OSError:  # it has just ended
            continue
    return [line for line in lines if text in line]


def rounded(text: str) -> Any:
    return json.loads(text, parse_float=lambda number: round(float(number), 9))


def test_the_answer_is_the_same_and_nothing_is_left(tmp_path: Path) -> None:
    webinar(tmp_path / "lake", attendees=120, minutes=46)
    spark = ran(tmp_path, "--engine", "spark", "--master", MASTER, "--json")
    assert (spark.returncode, spark.stderr) == (0, "")
    assert rounded(spark.stdout) == rounded(ran(tmp_path, "--json").stdout)
    assert json.loads(spark.stdout)["findings"]
    left = [p for name in ("here", "tmp") for p in (tmp_path / name).iterdir()]
    assert left == []
    assert processes_that_name(str(tmp_path)) == []


def test_a_master_that_does_not_answer_is_one_line_and_code_6(tmp_path: Path) -> None:
    webinar(tmp_path / "lake", attendees=20, minutes=3, faults="")
    master = f"spark://127.0.0.1:{closed_port()}"
    failed = ran(tmp_path, "--engine", "spark", "--master", master, "--json")
    assert (failed.returncode, failed.stdout) == (6, "")
    assert failed.stderr.startswith("backrow: no Spark master answers: ")
    assert failed.stderr.endswith(f" - on {master}\n")
    assert failed.stderr.count("\n") == 1
