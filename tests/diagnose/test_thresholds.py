"""Thresholds can be read over, are checked, and say where they come from."""

import pytest

from backrow.diagnose.thresholds import DEFAULTS, each_threshold, read_thresholds
from backrow.errors import SettingsError


def test_text_overrides_what_it_names_only() -> None:
    found = read_thresholds("[scan]\nprior_bad = 0.05\n[presets.own]\ntitle = 'x'")
    assert found.scan.prior_bad == 0.05
    assert found.score == DEFAULTS.score
    assert found.scan.window == DEFAULTS.scan.window


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[scan]\nwindows = 3", r"no such threshold - at `scan\.windows`"),
        (
            "[scan]\nwindow = 2.5",
            r"expected a whole number, got 2\.5 - at `scan\.window`",
        ),
        (
            "[scan]\nprior_bad = 'low'",
            r"expected a number, got 'low' - at `scan\.prior_bad`",
        ),
        ("[score]\nlatency_is_round_trip = 1", r"expected true or false, got 1"),
        ("scan = 3", r"expected a table - at `scan`"),
        ("[scan", r"expected TOML of thresholds"),
    ],
)
def test_bad_threshold_is_refused_with_its_path(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read_thresholds(text)


def test_every_threshold_says_where_it_comes_from() -> None:
    for path, value, about in each_threshold():
        assert value is not None
        assert all(about[key] for key in ("unit", "meaning", "source", "untested")), (
            path
        )
