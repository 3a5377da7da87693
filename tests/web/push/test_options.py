"""The push's switches."""

from pathlib import Path

import pytest

from backrow.errors import SettingsError
from backrow.web.push.options import PushOptions, parse_push_options


def test_text_and_typed_values_are_read() -> None:
    given = {
        "url": "http://127.0.0.1:8000/webhooks/zoom",
        "events": "qos, data",
        "duplicates": "0.05",
        "in_flight": 8,
    }
    options = parse_push_options(given)
    assert options.events == ("qos", "data")
    assert options.duplicates == 0.05
    assert options.in_flight == 8
    assert parse_push_options({}) == PushOptions()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("duplicates", 1.5, "expected 0 to 1, got 1.5 - at switch duplicates of"),
        ("disorder", "often", "expected 0 to 1, got 'often' - at switch disorder"),
        ("events", "qos,chat", "expected qos, qos_summary, data, data_summary, comma"),
        ("signed_at", "last", "expected first or each, got 'last' - at switch"),
        ("in_flight", 0, "expected a number, at least 1, got 0 - at switch in_flight"),
        ("answer_within_s", 0, "expected seconds, above 0, got 0 - at switch answer"),
        ("colour", "x", "expected a known switch, got 'colour' .*emulate --help"),
        ("in_flite", "x", r"did you mean in_flight\?"),
        ("url", "127.0.0.1:8000", "expected an address .* - at switch url of the push"),
        ("url", "ftp://example.com/", "expected an address"),
        ("url", "http://", "expected an address"),
        ("url", "http://example.com:99999/", "expected an address"),
        ("url", "http://[::1/", "expected an address"),
    ],
)
def test_wrong_values_are_settings_errors(name: str, value: object, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        parse_push_options({name: value})


def test_every_switch_is_in_the_guide() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "qss-push.md").read_text("utf-8")
    for name in PushOptions.__struct_fields__:
        assert f"`{name}`" in guide, name
