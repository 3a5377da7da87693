"""A Spark session that is there while it is needed, and leaves nothing behind.

Spark is a Java process. It is started here with its output in a file, because it
writes to both standard streams whenever it likes, and ends with the session. What it
writes to disk (shuffles, workers' folders) lies in one scratch folder.

A master of the form ``local-cluster[workers,cores,MB]`` starts real worker processes
on this machine. They run out of ``SPARK_HOME`` and write there; a pip-installed Spark
has none that one should write to, so they get a scratch home that links to it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from backrow.cluster.failures import reason_of, told
from backrow.cluster.needs import (
    JAVA_ADVICE,
    require_answer,
    require_java,
    require_master,
)
from backrow.errors import ClusterError, MissingExtraError, UsageError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SQL_SETTINGS: Final[Mapping[str, str]] = {
    # Minutes are UTC, here as everywhere.
    "spark.sql.session.timeZone": "UTC",
    # As on Polars, a sum with nothing in it is nothing, not an error.
    "spark.sql.ansi.enabled": "false",
    # A minute is scored by some hundred expressions: more than Java takes as one
    # method, so Spark would write that code, fail to compile it, and start again.
    "spark.sql.codegen.wholeStage": "false",
    # What is joined to minutes is small: a row a minute, or the few on the stage. It
    # goes to every machine, so that the minutes themselves stay where they were read.
    "spark.sql.autoBroadcastJoinThreshold": str(1 << 40),
    # Planning anew after each stage then gains nothing, and so wide a plan takes long.
    "spark.sql.adaptive.enabled": "false",
}
"""Settings that the computations rest on."""
_SETTINGS: Final[Mapping[str, str]] = {
    "spark.app.name": "backrow diagnose",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.catalogImplementation": "in-memory",
    **SQL_SETTINGS,
}
_LOCAL_SETTINGS: Final[Mapping[str, str]] = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "8",
}
"""Where all of Spark is on this machine, whatever its name resolves to."""
_END_S: Final = 20.0


@contextmanager
def spark_session(
    master: str, *, settings: Mapping[str, str] | None = None
) -> Iterator[SparkSession]:
    """Yield a Spark session that ends with the block.

    Args:
        master: ``spark://host:port``, ``yarn``, ``k8s://...``, ``local[*]`` or
            ``local-cluster[workers,cores,MB]``.
        settings: More of Spark's settings; what ``spark-defaults.conf`` says holds
            too, but for those that the computations rest on.

    Raises:
        MissingExtraError: pyspark is not installed.
        UsageError: There is no Java, the master is none, or Spark already runs in
            this process.
        ClusterError: Spark does not start, the master does not answer, or a
            computation failed on it.
    """
    require_master(master)
    _require_pyspark()
    require_java(os.environ)
    require_answer(master)
    chosen = {**_SETTINGS, **(settings or {}), **SQL_SETTINGS}
    if master.startswith("local"):
        chosen = {**_LOCAL_SETTINGS, **chosen}
    with (
        TemporaryDirectory(prefix="backrow-spark-") as scratch,
        _running(master, chosen, Path(scratch)) as spark,
        told(master),
    ):
        yield spark


@contextmanager
def _running(
    master: str, settings: Mapping[str, str], scratch: Path
) -> Iterator[SparkSession]:
    from pyspark import SparkConf, SparkContext  # noqa: PLC0415 - optional
    from pyspark.sql import SparkSession  # noqa: PLC0415 - optional

    conf = SparkConf(loadDefaults=False).setMaster(master)
    conf.set("spark.sql.warehouse.dir", str(scratch / "warehouse"))
    for key, value in settings.items():
        conf.set(key, value)
    log = scratch / "spark.log"
    log.touch()
    interrupted = _handler()
    gateway: Any = None
    spark: SparkSession | None = None
    try:
        try:
            gateway = _started(conf, log, _environment(master, scratch))
            spark = SparkSession(SparkContext(conf=conf, gateway=gateway))
        except Exception as exc:
            why = reason_of(exc, log.read_text("utf-8", "replace"))
            raise _refused(master, why) from exc
        yield spark
    finally:
        _end(spark, gateway)
        _handle(interrupted)


def _refused(master: str, why: str) -> UsageError | ClusterError:
    if "UnsupportedClassVersionError" in why:
        return UsageError(f"Spark needs a newer Java: {JAVA_ADVICE}")
    return ClusterError(f"Spark did not start: {why}", master=master)


def _started(conf: Any, log: Path, environment: Mapping[str, str]) -> Any:
    """Return the gateway to a new Java process whose output goes into `log`.

    pyspark hands its own environment on, so it is lent ours for that moment.
    """
    from pyspark.java_gateway import launch_gateway  # noqa: PLC0415 - optional

    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        with log.open("wb") as out:
            return launch_gateway(conf, {"stdout": out, "stderr": subprocess.STDOUT})
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _environment(master: str, scratch: Path) -> dict[str, str]:
    """Return the environment that keeps what Spark writes within `scratch`."""
    found = {"SPARK_LOCAL_DIRS": str(scratch)}
    if master.startswith("local") and "SPARK_LOCAL_IP" not in os.environ:
        found["SPARK_LOCAL_IP"] = "127.0.0.1"
    if master.startswith("local-cluster") and "SPARK_HOME" not in os.environ:
        found["SPARK_HOME"] = str(_home_within(scratch))
    return found


def _home_within(scratch: Path) -> Path:
    """Return a home for workers, with links to the installed Spark."""
    import pyspark  # noqa: PLC0415 - optional

    home = scratch / "home"
    home.mkdir()
    installed = Path(pyspark.__file__).parent
    for name in ("bin", "sbin", "jars"):
        (home / name).symlink_to(installed / name, target_is_directory=True)
    return home


def _end(spark: SparkSession | None, gateway: Any) -> None:
    """End the Java process, and make pyspark forget it."""
    from pyspark import SparkContext  # noqa: PLC0415 - optional

    begun = spark or SparkContext._active_spark_context  # noqa: SLF001 - no public way
    if begun is not None:
        with suppress(Exception):  # whatever it says, the process ends below
            begun.stop()
    SparkContext._gateway = SparkContext._jvm = None  # noqa: SLF001 - no public way
    if gateway is None:
        return
    with suppress(Exception):
        gateway.shutdown()
    process: subprocess.Popen[bytes] = gateway.proc
    if process.stdin is not None:
        process.stdin.close()  # which it takes as the sign to end
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _handler() -> Any:
    """Return what happens on Ctrl-C now; pyspark puts its own in that place."""
    if threading.current_thread() is threading.main_thread():
        return signal.getsignal(signal.SIGINT)
    return None


def _handle(handler: Any) -> None:
    if handler is not None:
        signal.signal(signal.SIGINT, handler)


def _require_pyspark() -> None:
    try:
        from pyspark import SparkContext  # noqa: PLC0415 - optional
    except ImportError as exc:
        raise MissingExtraError("pyspark", extra="cluster") from exc
    if SparkContext._active_spark_context is not None:  # noqa: SLF001 - no public way
        raise UsageError("Spark runs in this process already: use its session")
