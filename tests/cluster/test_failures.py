"""What Java says in a hundred lines is told in one."""

import pytest

from backrow.cluster.failures import reason_of, told
from backrow.errors import ClusterError, UsageError

JOB = """An error occurred while calling o123.collectAsArrowToPython.
: org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 failed
\tat org.apache.spark.scheduler.DAGScheduler.abortStage(DAGScheduler.scala:2898)
Caused by: org.apache.hadoop.fs.s3a.AWSBadRequestException: Bad Request
\tat org.apache.hadoop.fs.s3a.S3AUtils.translateException(S3AUtils.java:267)
Caused by: java.nio.file.AccessDeniedException: lake/minutes: Forbidden
\t... 12 more
"""
LAUNCH = """WARNING: Using incubator modules: jdk.incubator.vector
26/11/25 10:00:00 WARN Utils: Your hostname resolves to a loopback address
Exception in thread "main" java.lang.UnsupportedClassVersionError: class file version 61
\tat java.base/java.lang.ClassLoader.defineClass1(Native Method)
"""


class SparkError(Exception):
    """An error as if pyspark raised it."""


SparkError.__module__ = "pyspark.errors.exceptions"


def test_the_innermost_cause_is_the_reason() -> None:
    expected = "java.nio.file.AccessDeniedException: lake/minutes: Forbidden"
    assert reason_of(SparkError(JOB)) == expected


def test_the_log_tells_where_the_error_does_not() -> None:
    found = reason_of(SparkError("[JAVA_GATEWAY_EXITED] Java gateway exited"), LAUNCH)
    assert found == "java.lang.UnsupportedClassVersionError: class file version 61"


def test_without_any_cause_the_last_line_is_told() -> None:
    log = "Error: Could not find or load main class\n\tat somewhere\n"
    assert reason_of(SparkError("exited")) == "exited"
    found = reason_of(SparkError("exited"), log)
    assert found == "Error: Could not find or load main class"
    assert reason_of(SparkError()) == "SparkError"


def test_a_reason_is_one_line_of_reasonable_length() -> None:
    found = reason_of(SparkError("a.b.CException: " + "word " * 200))
    assert len(found) == 240
    assert "\n" not in found


def test_what_fails_on_the_cluster_is_a_cluster_error() -> None:
    with pytest.raises(ClusterError) as one, told("yarn"):
        raise SparkError(JOB)
    reason = "java.nio.file.AccessDeniedException: lake/minutes: Forbidden"
    assert str(one.value) == f"Spark failed: {reason} - on yarn"


def test_errors_of_ours_and_bugs_pass_as_they_are() -> None:
    for error in (UsageError("so not"), ZeroDivisionError()):
        with pytest.raises(type(error)), told("yarn"):
            raise error
