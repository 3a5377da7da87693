"""What has to be there before Spark is started, each missing thing said in one line.

Spark itself finds out late, after a minute or by an error of many lines.
"""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from backrow.errors import ClusterError, UsageError

JAVA_ADVICE: Final = (
    "install it (Debian: apt install default-jre-headless) or set JAVA_HOME"
)
_MASTER: Final = re.compile(
    r"local(\[[\d*]+(,\d+)?\])?|local-cluster\[\d+,\d+,\d+\]|spark://.+|yarn|k8s://.+"
)
_ANSWER_S: Final = 5.0


def require_master(master: str) -> None:
    """Make sure that this is a master that Spark knows.

    Raises:
        UsageError: It is none.
    """
    if not _MASTER.fullmatch(master):
        raise UsageError(
            "expected a Spark master such as spark://host:7077, yarn or local[*], got "
            f"{master!r:.80}"
        )


def require_java(environ: Mapping[str, str]) -> None:
    """Make sure that there is a Java.

    Args:
        environ: This process's environment.

    Raises:
        UsageError: There is none where Spark looks for it.
    """
    home = environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else "java"
    if shutil.which(java, path=environ.get("PATH", "")) is None:
        where = f"none in JAVA_HOME, {home}" if home else "found none"
        raise UsageError(f"Spark needs Java 17 or newer, {where}: {JAVA_ADVICE}")


def require_answer(master: str) -> None:
    """Make sure that a standalone master answers; Spark itself asks for a minute.

    Raises:
        UsageError: The master has no host and port.
        ClusterError: None of its addresses answers.
    """
    if not master.startswith("spark://"):
        return
    reasons = []
    for address in master.removeprefix("spark://").split(","):
        host, _, port = address.strip().rpartition(":")
        if not host or not port.isdecimal():
            raise UsageError(f"expected spark://host:port, got {master!r:.80}")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), _ANSWER_S):
                return
        except (OSError, OverflowError) as exc:
            reasons.append(str(exc))
    raise ClusterError(f"no Spark master answers: {reasons[0]}", master=master)
