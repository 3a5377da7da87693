"""The emulator's switches."""

import pytest

from backrow.errors import SettingsError
from backrow.web.emulated.options import ZoomOptions, parse_options


def test_defaults_are_what_zoom_most_likely_does() -> None:
    options = parse_options({})
    assert options == ZoomOptions()
    assert (options.live_minutes, options.page_size) == ("all", "clamp")
    assert (options.past_ready_after_s, options.style) == (20, "2021")


def test_text_is_read_as_the_field_needs_it() -> None:
    given = {"qss": "false", "slow_rate": "0.25", "seed": "3", "scopes": "a, b c"}
    options = parse_options(given)
    assert (options.qss, options.slow_rate, options.seed) == (False, 0.25, 3)
    assert options.scopes == ("a", "b", "c")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"colour": "red"}, "colour"),
        ({"plan": "gold"}, r"\$\.plan"),
        ({"slow_rate": "2"}, r"\$\.slow_rate"),
        ({"page_token_life_s": "-1"}, r"\$\.page_token_life_s"),
        ({"qss": "perhaps"}, r"\$\.qss"),
    ],
)
def test_unknown_name_or_value_is_refused(given: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        parse_options(given)
