"""What to judge by, from the settings: offices, providers, thresholds, a preset."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from backrow.diagnose.presets import read_presets
from backrow.diagnose.thresholds import read_thresholds
from backrow.errors import SettingsError, UsageError
from backrow.judge.engine import How
from backrow.judge.judging import Judge
from backrow.lake.frames import Naming, read_naming
from backrow.lake.store.rows import instant
from backrow.settings import Settings

OWN: Final = "own"
"""The preset by which the lake's minutes are classed."""


def naming_of(settings: Settings) -> Naming:
    """Return the names of networks that settings give.

    Raises:
        SettingsError: A file cannot be read, or has another form.
        MissingExtraError: The reader of MaxMind files is not installed.
    """
    return read_naming(settings.sites, settings.asn)


def how_of(settings: Settings, *, at: datetime, preset: str = OWN) -> How:
    """Return what to judge by.

    Args:
        settings: Name the file of thresholds and presets, and the viewer's zone.
        at: About when the session is: the machine's zone is that of then.
        preset: Which preset classes minutes.

    Raises:
        SettingsError: The file cannot be read, or has another form.
        UsageError: There is no such preset.
    """
    text, file = "", settings.thresholds
    if file is not None:
        try:
            text = file.read_text("utf-8")
        except OSError as exc:
            raise SettingsError(f"cannot read {file}: {exc.strerror}") from exc
        except UnicodeDecodeError as exc:
            raise SettingsError(f"expected UTF-8 text - in {file}") from exc
    try:
        presets, thresholds = read_presets(text), read_thresholds(text)
    except SettingsError as exc:
        raise SettingsError(f"{exc}, in {file}") from exc
    if preset not in presets:
        known = ", ".join(sorted(presets))
        raise UsageError(f"expected a preset out of {known}; got {preset!r:.40}")
    zone = _zone_of(settings, at)
    return How(thresholds=thresholds, preset=presets[preset], zone=zone)


def judge_of(settings: Settings, *, now: float) -> Judge:
    """Return who judges sessions for the lake.

    Args:
        settings: Name the files to judge by.
        now: Unix seconds.

    Raises:
        SettingsError: A file cannot be read, or has another form.
        MissingExtraError: The reader of MaxMind files is not installed.
    """
    how = how_of(settings, at=instant(now))
    return Judge(naming=naming_of(settings), how=how)


def _zone_of(settings: Settings, at: datetime) -> tzinfo:
    """Return the viewer's zone; the machine's as it is at an instant."""
    if settings.tz is not None:
        return ZoneInfo(settings.tz)
    return at.astimezone().tzinfo or UTC
