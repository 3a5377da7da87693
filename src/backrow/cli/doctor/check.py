"""What a check says, and which of many says how the command ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from backrow.errors import (
    BackrowError,
    LakeError,
    SettingsError,
    StorageError,
    TransportError,
    ZoomError,
)

State = Literal["ok", "warning", "failed", "skipped"]

WORST_FIRST: Final = (1, 2, 6, 3, 5, 7, 4)
"""Exit codes of failures, worst first: what is first keeps the rest from working."""
_ADVICE: Final[tuple[tuple[type[BackrowError], str], ...]] = (
    (StorageError, "Check that the folder can be written to, and the disk: df -h"),
    (
        LakeError,
        (
            "If a newer Backrow wrote it, update this one: pip install --upgrade "
            "backrow. If it is damaged, put it back from a copy."
        ),
    ),
    (SettingsError, "Correct it there. backrow init writes a new backrow.toml."),
    (TransportError, "Check the network, any proxy, and the addresses above."),
)
"""What to do about errors that do not say it themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    message: str
    advice: str = ""
    """What to click or type; empty if all is well."""
    exit_code: int = 0
    """That of the failure; 0 if it is none."""


def exit_code_of(checks: Sequence[Check]) -> int:
    """Return the exit code of the worst failure; 0 if there is none."""
    codes = {check.exit_code for check in checks if check.state == "failed"}
    return next((code for code in WORST_FIRST if code in codes), 0)


def failed(name: str, error: BackrowError, *, advice: str = "") -> Check:
    """Return the check that an error ended.

    Args:
        name: Of the check.
        error: What went wrong.
        advice: What to do; by default what the error says, or is known of its kind.
    """
    if not advice and isinstance(error, ZoomError):
        advice = error.advice
    known = (text for kind, text in _ADVICE if isinstance(error, kind))
    return Check(
        name=name,
        state="failed",
        message=str(error),
        advice=advice or next(known, ""),
        exit_code=error.exit_code,
    )


def size_of(size_bytes: int) -> str:
    """Return a size in words, as in ``1.2 MB``."""
    size, unit = float(size_bytes), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
