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
        ({"colour": "red"}, "known switch, got 'colour' .*emulate --help"),
        ({"eror_rate": "1"}, r"did you mean error_rate\?"),
        ({"plan": "gold"}, "pro or business, got 'gold' - at switch plan "),
        ({"slow_rate": "2"}, "expected 0 to 1, got '2' - at switch slow_rate "),
        ({"slow_rate": "abc"}, "expected 0 to 1, got 'abc' - at switch slow_rate "),
        ({"page_token_life_s": "-1"}, "expected seconds, at least 0, got '-1' - at "),
        ({"qss": "perhaps"}, "expected true or false, got 'perhaps' - at switch qss "),
    ],
)
def test_unknown_name_or_value_is_refused(given: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        parse_options(given)
