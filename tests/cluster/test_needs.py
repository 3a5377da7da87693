"""Each thing that Spark needs and that is missing is said in one line, at once."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from backrow.cluster.needs import require_answer, require_java, require_master
from backrow.errors import ClusterError, UsageError

MASTERS = (
    "local",
    "local[*]",
    "local[4,3]",
    "local-cluster[2,1,1024]",
    "spark://one.example.com:7077,two.example.com:7077",
    "yarn",
    "k8s://https://k8s.example.com:443",
)
WITHOUT_PYSPARK = """
import sys
sys.modules["pyspark"] = None
from backrow.cluster.session import spark_session
from backrow.errors import MissingExtraError
try:
    with spark_session("local"):
        pass
except MissingExtraError as exc:
    print(exc, exc.exit_code)
"""


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.parametrize("master", MASTERS)
def test_masters_that_spark_knows_are_taken(master: str) -> None:
    require_master(master)


@pytest.mark.parametrize("master", ["", "host:7077", "local[x]", "sc://host:15002"])
def test_a_master_that_is_none_is_a_mistake_in_usage(master: str) -> None:
    with pytest.raises(UsageError, match="expected a Spark master such as spark://"):
        require_master(master)


def test_a_missing_java_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs Java 17 or newer, found none") as one:
        require_java({"PATH": str(tmp_path)})
    assert "apt install default-jre-headless" in str(one.value)
    with pytest.raises(UsageError, match="none in JAVA_HOME"):
        require_java({"PATH": "/usr/bin", "JAVA_HOME": str(tmp_path)})


def test_java_is_found_by_path_or_home(tmp_path: Path) -> None:
    java = tmp_path / "bin/java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\n")
    java.chmod(0o755)
    require_java({"PATH": str(java.parent)})
    require_java({"PATH": "", "JAVA_HOME": str(tmp_path)})


def test_a_master_that_does_not_answer_is_found_out_at_once() -> None:
    master = f"spark://127.0.0.1:{closed_port()}"
    with pytest.raises(ClusterError, match="no Spark master answers") as one:
        require_answer(master)
    assert one.value.exit_code == 6
    assert one.value.master == master
    assert str(one.value).endswith(f" - on {master}")


def test_one_of_several_masters_is_enough() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        answers = server.getsockname()[1]
        require_answer(f"spark://127.0.0.1:{closed_port()},127.0.0.1:{answers}")


@pytest.mark.parametrize("address", ["host", "host:", ":7077", "host:http"])
def test_a_standalone_master_has_host_and_port(address: str) -> None:
    with pytest.raises(UsageError, match="expected spark://host:port"):
        require_answer(f"spark://{address}")


def test_other_masters_are_left_to_spark() -> None:
    require_answer("yarn")
    require_answer("local[*]")


def test_a_missing_extra_says_what_to_type() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_PYSPARK],
        check=True,
        capture_output=True,
        text=True,
    )
    told = "pyspark is not installed - pip install 'backrow[cluster]' (in a clone: "
    assert ran.stdout == f"{told}pip install '.[cluster]') 2\n"
    assert ran.stderr == ""
