"""Which score or metric makes a minute good, fair, poor or bad: presets in TOML.

Three are built in. `read_presets` takes a user's TOML over them: it can change a
limit or add a preset. A preset has either the table `scores`, the lowest score of
each class, or tables of limits per medium: a metric gets a class when it is worse
than that class's limit. With ``first = true`` only the first metric that was
measured counts (as Teams does for pictures), else the worst one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from backrow.errors import SettingsError
from backrow.qos.vocabulary import MEDIA, METRIC, Medium

CLASSES: Final = ("good", "fair", "poor", "bad")
"""From best to worst. Where nothing was measured: `UNCLASSIFIED`."""
UNCLASSIFIED: Final = "unclassified"
_WORSE: Final = CLASSES[1:]

PRESETS_TOML: Final = """\
[presets.own]
title = "Backrow"
source = "Zoom's bands of a mean opinion score, on our scores"
scores = { good = 4.0, fair = 3.0, poor = 2.0 }

[presets.teams]
title = "Teams CQD"
source = "Microsoft's stream classification in the Call Quality Dashboard"

[presets.teams.audio]
avg_loss_pct = { poor = 10 }
latency_ms = { poor = 500 }
jitter_ms = { poor = 30 }

[presets.teams.video]
first = true
frame_rate_fps = { poor = 7 }
avg_loss_pct = { poor = 15 }

[presets.teams.share]
first = true
frame_rate_fps = { poor = 2 }
avg_loss_pct = { poor = 15 }

[presets.zoom]
title = "Zoom's recommended values"
source = "Zoom: latency 150 ms, jitter 40 ms, loss 2 %; what lies beyond is our choice"

[presets.zoom.audio]
avg_loss_pct = { fair = 2, poor = 5, bad = 10 }
latency_ms = { fair = 150, poor = 300 }
jitter_ms = { fair = 40, poor = 80 }

[presets.zoom.video]
avg_loss_pct = { fair = 2, poor = 5, bad = 10 }
latency_ms = { fair = 150, poor = 300 }
jitter_ms = { fair = 40, poor = 80 }

[presets.zoom.share]
avg_loss_pct = { fair = 2, poor = 5, bad = 10 }
latency_ms = { fair = 150, poor = 300 }
jitter_ms = { fair = 40, poor = 80 }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediumLimits:
    """When a medium is fair, poor or bad, by its metrics."""

    first: bool = False
    """Only the first metric that was measured counts."""
    limits: Mapping[str, Mapping[str, float]]
    """By metric (without medium and direction), the limit of each class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """One way to class minutes."""

    name: str
    title: str
    source: str
    scores: Mapping[str, float] = field(default_factory=dict)
    """Lowest score of good, fair and poor; empty: by limits."""
    media: Mapping[Medium, MediumLimits] = field(default_factory=dict)


def read_presets(text: str = "") -> dict[str, Preset]:
    """Return the built-in presets with those of a TOML text over them.

    Args:
        text: TOML with tables ``presets.<name>``; other tables are left alone.

    Raises:
        SettingsError: The text is no TOML, or a preset names an unknown metric,
            class or key.
    """
    try:
        own = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise SettingsError(f"expected TOML of presets: {exc}") from exc
    tables = _merged(tomllib.loads(PRESETS_TOML), own).get("presets", {})
    return {name: _preset(name, table) for name, table in tables.items()}


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    both = {
        key: _merged(under[key], value)
        if isinstance(value, Mapping) and isinstance(under.get(key), Mapping)
        else value
        for key, value in over.items()
    }
    return {**under, **both}


def _preset(name: str, table: object) -> Preset:
    path = f"presets.{name}"
    if not isinstance(table, Mapping):
        raise SettingsError(f"expected a table - at `{path}`")
    _refuse_unknown(path, table, {"title", "source", "scores", *MEDIA})
    scores = _numbers(f"{path}.scores", table.get("scores", {}), CLASSES[:3])
    media = {
        medium: _medium(f"{path}.{medium}", medium, table[medium])
        for medium in MEDIA
        if medium in table
    }
    if bool(scores) == bool(media):
        raise SettingsError(f"expected either scores or limits - at `{path}`")
    return Preset(
        name=name,
        title=str(table.get("title", name)),
        source=str(table.get("source", "")),
        scores=scores,
        media=media,
    )


def _medium(path: str, medium: Medium, table: object) -> MediumLimits:
    if not isinstance(table, Mapping):
        raise SettingsError(f"expected a table - at `{path}`")
    metrics = [key for key in table if key != "first"]
    unknown = [m for m in metrics if f"{medium}_received_{m}" not in METRIC]
    if unknown:
        raise SettingsError(f"no such metric of {medium} - at `{path}.{unknown[0]}`")
    limits = {m: _numbers(f"{path}.{m}", table[m], _WORSE) for m in metrics}
    return MediumLimits(first=table.get("first") is True, limits=limits)


def _numbers(path: str, table: object, allowed: tuple[str, ...]) -> dict[str, float]:
    if not isinstance(table, Mapping):
        raise SettingsError(f"expected a table of numbers - at `{path}`")
    _refuse_unknown(path, table, set(allowed))
    for key, value in table.items():
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise SettingsError(f"expected a number, got {value!r} - at `{path}.{key}`")
    return {key: float(value) for key, value in table.items()}


def _refuse_unknown(path: str, table: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        expected = ", ".join(sorted(known))
        raise SettingsError(f"expected one of {expected} - at `{path}.{unknown[0]}`")


OWN: Final = read_presets()["own"]
"""The default: Zoom's bands on our scores."""
