"""The table of series keeps Prometheus's rules of naming."""

import re

import pytest

from backrow.web.metrics.sessions import QUANTITIES
from backrow.web.metrics.table import GROUPS, LABELS, SERIES, Series

EVERY = list(SERIES.values())
NOT_BASE = re.compile(r"_(ms|millis\w*|minutes|kbps|kb|pct|percent|milli\w*)(_|$)")
NO_UNIT = re.compile(
    r"_(alerts|calls|errors|events|findings|letters|people|refused|restarts|rows"
    r"|samples|values|left|limit|waiting|failing|info|live|score)(_total)?$"
)
"""What names without a unit end with: what is counted, and figures that have none."""


@pytest.mark.parametrize("series", EVERY, ids=lambda one: one.name)
def test_name_says_unit(series: Series) -> None:
    assert re.fullmatch(r"backrow_[a-z_]+[a-z]", series.name)
    assert series.unit or NO_UNIT.search(series.name)
    assert not NOT_BASE.search(series.name)
    assert series.help.endswith(".")


def test_no_name_is_in_two_groups() -> None:
    assert len(SERIES) == sum(len(group) for _, group in GROUPS)


def test_every_label_is_described_and_used() -> None:
    assert {label for one in EVERY for label in one.labels} == set(LABELS)


def test_no_label_is_for_a_person() -> None:
    words = {"participant", "person", "user", "name", "email", "host", "topic"}
    assert words.isdisjoint(LABELS)


def test_every_quantity_has_a_series() -> None:
    assert {name for _, name, _ in QUANTITIES} <= SERIES.keys()
