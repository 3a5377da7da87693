"""One way into a diagnosis, whatever computes it.

An engine takes a session's frames and says what was wrong. `one_machine` reads them
part by part with Polars; another may read the lake's files itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Protocol

from backrow.diagnose.hindsight import Diagnosis, diagnose
from backrow.diagnose.presets import OWN, Preset
from backrow.diagnose.thresholds import DEFAULTS, Thresholds
from backrow.lake.frames import SessionFrames


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """What to judge by."""

    thresholds: Thresholds = DEFAULTS
    preset: Preset = OWN
    zone: tzinfo = UTC
    """The zone of times in sentences."""


class Engine(Protocol):
    """Computes a diagnosis."""

    def __call__(self, frames: SessionFrames, how: How) -> Diagnosis:
        """Return what was wrong in a session."""
        ...


def one_machine(frames: SessionFrames, how: How) -> Diagnosis:
    """Return what was wrong in a session, computed here."""
    return diagnose(
        frames.parts(),
        frames.people,
        frames.roster,
        thresholds=how.thresholds,
        preset=how.preset,
        zone=how.zone,
        is_over=frames.session.get("state") != "live",
    )


def diagnosed(
    frames: SessionFrames, engine: Engine = one_machine, *, how: How | None = None
) -> Diagnosis:
    """Return what was wrong in a session.

    Args:
        frames: The session.
        engine: What computes it.
        how: What to judge by.

    Raises:
        LakeError: The lake cannot be read.
    """
    return engine(frames, how or How())
