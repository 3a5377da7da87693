"""Readings by name, and the text that Prometheus gets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from backrow.errors import NothingFoundError
from backrow.web.metrics.exposition import Reading
from backrow.web.pages.sessions.source import Listed, Snapshot
from tests.web.pages.frames import at

Labels = tuple[str, ...]
UUID = "uuid/+=="


def by_name(readings: Iterable[Reading]) -> dict[str, dict[Labels, float]]:
    found: dict[str, dict[Labels, float]] = {}
    for one in readings:
        labels = found.setdefault(one.name, {})
        assert one.labels not in labels, one
        labels[one.labels] = one.value
    return found


def parsed(text: str) -> dict[str, list[tuple[Mapping[str, str], float]]]:
    """Return the samples of an exposition, by name."""
    found: dict[str, list[tuple[Mapping[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


class Standing:
    """A clock that shows what it is told."""

    def __init__(self, minute: float) -> None:
        self.minute = minute

    def now(self) -> float:
        return at(0).timestamp() + 60 * self.minute


@dataclass
class One:
    """A source of one session."""

    told: Snapshot
    looked: int = 0
    """How often the session was read."""
    error: Exception | None = None
    is_removed: bool = False
    """Whether it is in the list and nowhere else."""

    def listed(self) -> list[Listed]:
        if self.error is not None:
            raise self.error
        return [Listed(occurrence=self.told.occurrence)]

    def snapshot(self, session_uuid: str) -> Snapshot:
        self.looked += 1
        if self.is_removed:
            raise NothingFoundError(f"no session {session_uuid}", place="here")
        return self.told

    def change(self, **occurrence: Any) -> None:
        """Change what is known of the session."""
        changed = replace(self.told.occurrence, **occurrence)
        self.told = replace(self.told, occurrence=changed)
