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
    ("name", "value"),
    [
        ("duplicates", 1.5),
        ("disorder", "often"),
        ("events", "qos,chat"),
        ("in_flight", 0),
        ("secret", "x"),
        ("url", "127.0.0.1:8000"),
        ("url", "ftp://example.com/"),
        ("url", "http://"),
        ("url", "http://example.com:99999/"),
        ("url", "http://[::1/"),
    ],
)
def test_wrong_values_are_settings_errors(name: str, value: object) -> None:
    with pytest.raises(SettingsError, match="in the push's options"):
        parse_push_options({name: value})


def test_every_switch_is_in_the_guide() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "qss-push.md").read_text("utf-8")
    for name in PushOptions.__struct_fields__:
        assert f"`{name}`" in guide, name
