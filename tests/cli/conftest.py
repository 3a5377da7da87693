"""Terminals: one on an emulated Zoom, one on nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from backrow.web.testing import EmulatedZoom
from backrow.web.zoom_api import ZoomOptions
from tests.cli.terminal import Terminal


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal on an emulated Zoom that behaves well."""
    return Terminal(state=tmp_path / "state", zoom=EmulatedZoom())


@pytest.fixture
def terminal_with(tmp_path: Path) -> Callable[..., Terminal]:
    """A terminal on an emulated Zoom with options of its own."""

    def make(**options: object) -> Terminal:
        zoom = EmulatedZoom(options=ZoomOptions(**options))  # type: ignore[arg-type] # as the test says
        return Terminal(state=tmp_path / "state", zoom=zoom)

    return make


@pytest.fixture
def offline(tmp_path: Path) -> Terminal:
    """A terminal without settings."""
    return Terminal(state=tmp_path / "state")
