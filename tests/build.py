"""Builders of small domain objects for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from backrow.qos.sample import FIRST_METRIC, NAMES, Row

MINUTE = datetime(2026, 11, 23, 10, 16, tzinfo=UTC)


def row(*, leg: str = "client", minute: datetime = MINUTE, **values: Any) -> Row:
    """Return a row of samples with these values, all others None."""
    key = {
        "account": "",
        "kind": "webinar",
        "session_uuid": "",
        "session_number": "",
        "participant": "1670000007",
        "minute": minute.replace(second=0, microsecond=0),
        "sampled_at": minute,
        "leg": leg,
        "origin": "import",
        "picked": "targeted",
        "collected_at": None,
    }
    known = {**key, **values}
    unknown = set(known) - set(NAMES)
    assert not unknown, unknown
    assert len(key) == FIRST_METRIC
    return tuple(known.get(name) for name in NAMES)
