"""The table of series keeps Prometheus's rules of naming."""

import re

import pytest

from backrow.web.metrics.sessions import QUANTITIES
from backrow.web.metrics.table import GROUPS, LABELS, SERIES, Series

EVERY = list(SERIES.values())
NOT_BASE = re.compile(r"_(ms|millis\w*|minutes|kbps|kb|pct|percent|milli\w*)(_|$)")


@pytest.mark.parametrize("series", EVERY, ids=lambda one: one.name)
def test_name_says_unit_and_kind(series: Series) -> None:
    assert re.fullmatch(r"backrow_[a-z_]+[a-z]", series.name)
    assert series.name.endswith("_total") is (series.kind == "counter")
    assert series.name.removesuffix("_total").endswith(series.unit)
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
