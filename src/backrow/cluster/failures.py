"""What went wrong on the cluster, said in one line.

Java's errors are long, nested and repeat each other. What helps is the innermost
cause: `reason_of` finds it, `told` makes a `ClusterError` of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from backrow.errors import BackrowError, ClusterError

_CAUSE: Final = re.compile(
    r"^(?:Caused by: |Exception in thread \"[^\"]*\" |: )?"
    r"((?:[a-z]\w*\.)+[A-Z][\w$]*(?:Exception|Error)\b.*)$",
    re.MULTILINE,
)
_LONGEST: Final = 240


@contextmanager
def told(master: str) -> Iterator[None]:
    """Translate what fails on the cluster inside.

    Raises:
        ClusterError: A computation failed there.
    """
    try:
        yield
    except BackrowError:
        raise
    except Exception as exc:
        if not _is_sparks(exc):
            raise
        raise ClusterError(f"Spark failed: {reason_of(exc)}", master=master) from exc


def _is_sparks(exc: BaseException) -> bool:
    return any(
        kind.__module__.partition(".")[0] in {"pyspark", "py4j"}
        for kind in type(exc).__mro__
    )


def reason_of(exc: BaseException, log: str = "") -> str:
    """Return the innermost cause that an error, or else Spark's log, tells of.

    Args:
        exc: What pyspark raised.
        log: What the Java process wrote.
    """
    for text in (str(exc), log):
        causes: list[str] = _CAUSE.findall(text)
        if causes:
            return _short(causes[-1])
    lines = [line for text in (str(exc), log) for line in text.splitlines() if line]
    said = [line for line in lines if not line.startswith(("\t", " "))]
    return _short(said[-1] if said else type(exc).__name__)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
