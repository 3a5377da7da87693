"""`backrow qos`, `webinars` and `participants`: reading from Zoom."""

from __future__ import annotations

from backrow.cli.read.finding import live_then_past
from backrow.cli.read.lists import participants, webinars
from backrow.cli.read.one import qos

__all__ = ["live_then_past", "participants", "qos", "webinars"]
