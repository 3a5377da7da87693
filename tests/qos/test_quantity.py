"""Reading and writing Zoom's strings."""

import math

import pytest
from hypothesis import given, strategies as st

from backrow.errors import WireError
from backrow.qos.quantity import (
    ABSENT,
    Style,
    format_quantity,
    format_resolution,
    parse_quantity,
    parse_resolution,
    read_quantity,
    read_resolution,
)
from backrow.qos.vocabulary import Unit


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("27.15 kbps", "kbps", 27.15),
        ("27.15kbps", "kbps", 27.15),
        ("23 Kbps", "kbps", 23.0),
        ("126 ms", "ms", 126.0),
        ("0ms", "ms", 0.0),
        ("0.3%", "%", 0.3),
        ("5.6 %", "%", 5.6),
        ("12 fps", "fps", 12.0),
        (" 12 fps ", "fps", 12.0),
        ("-69", "dBm", -69.0),
        ("-69 dBm", "dBm", -69.0),
        (-70, "dBm", -70.0),
        (3.5, "MOS", 3.5),
        ("3.65", "MOS", 3.65),
        ("126", "ms", 126.0),
        (0, "ms", 0.0),
    ],
)
def test_every_known_spelling_is_a_number(
    text: object, unit: Unit, value: float
) -> None:
    assert parse_quantity(text, unit) == value
    assert read_quantity(text, unit).state == "measured"


@pytest.mark.parametrize("text", ["", " ", "-", "NULL", "null", "N/A", None])
def test_blank_values_are_not_measured(text: object) -> None:
    assert parse_quantity(text, "ms") is None
    assert read_quantity(text, "ms").state == "blank"


def test_a_missing_key_is_told_from_a_blank_one() -> None:
    assert parse_quantity(ABSENT, "ms") is None
    assert read_quantity(ABSENT, "ms").state == "absent"
    assert read_resolution(ABSENT) == (None, None, "absent")
    assert repr(ABSENT) == "ABSENT"


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("12 fps", "ms"),
        ("many", "ms"),
        ("NaN", "ms"),
        ("inf", "kbps"),
        ("1e3 ms", "ms"),
        ("-3 kbps", "kbps"),
        ("101%", "%"),
        ("1" * 30 + " ms", "ms"),
        ("1" * 5000, "ms"),
        (10**400, "ms"),
        (math.nan, "ms"),
        (True, "ms"),
        ([], "ms"),
        ({}, "ms"),
        ("-/3.9 %", "%"),
        ("٣ ms", "ms"),
    ],
)
def test_all_else_is_unparsable_and_says_where(text: object, unit: Unit) -> None:
    assert read_quantity(text, unit).state == "unparsable"
    with pytest.raises(WireError, match=r"\$\.user_qos\[0\]") as caught:
        parse_quantity(text, unit, path="$.user_qos[0].latency")
    assert caught.value.path == "$.user_qos[0].latency"
    assert caught.value.value is text


@pytest.mark.parametrize("text", ["1280*720", "1280x720", "1280 × 720", "1280X720"])  # noqa: RUF001
def test_resolutions_have_two_numbers(text: str) -> None:
    assert parse_resolution(text) == (1280, 720)


@pytest.mark.parametrize("text", ["", None, "-"])
def test_blank_resolutions_are_not_measured(text: object) -> None:
    assert parse_resolution(text) is None


@pytest.mark.parametrize("text", ["1280", "a*b", "-1*2", "1000000*2", "200000*1", 720])
def test_other_resolutions_are_unparsable(text: object) -> None:
    with pytest.raises(WireError, match="1280"):
        parse_resolution(text)


def test_no_picture_is_measured_as_nothing_by_nothing() -> None:
    assert parse_resolution("0*0") == (0, 0)
    assert format_resolution(None, 720) == ""
    assert format_resolution(1280, 720) == "1280*720"


@given(
    value=st.floats(0, 100) | st.integers(0, 100),
    unit=st.sampled_from(["kbps", "ms", "%", "fps"]),
    style=st.sampled_from(["2023", "2026"]),
)
def test_quantities_come_back_from_the_styles_that_lose_nothing(
    value: float, unit: Unit, style: Style
) -> None:
    text = format_quantity(value, unit, style=style)
    assert parse_quantity(text, unit) == pytest.approx(value, abs=1e-15)


@given(value=st.integers(0, 1_000_000).map(lambda n: n / 100))
def test_hundredths_come_back_exactly(value: float) -> None:
    assert parse_quantity(format_quantity(value, "kbps"), "kbps") == value


@pytest.mark.parametrize(
    ("value", "unit", "style", "text"),
    [
        (27.15, "kbps", "2026", "27.15 kbps"),
        (27.15, "kbps", "2023", "27.15kbps"),
        (27.15, "kbps", "2021", "27 kbps"),
        (0.0, "ms", "2023", "0ms"),
        (0.34, "%", "2021", "0.3%"),
        (0.03, "%", "2026", "0.03%"),
        (12.0, "fps", "2023", "12 fps"),
        (-69.0, "dBm", "2026", "-69"),
        (3.65, "MOS", "2026", "3.65"),
        (None, "ms", "2026", ""),
    ],
)
def test_each_style_spells_as_zoom_did(
    value: float | None, unit: Unit, style: Style, text: str
) -> None:
    assert format_quantity(value, unit, style=style) == text


@given(st.text() | st.none() | st.integers() | st.floats() | st.booleans())
def test_reading_never_raises(value: object) -> None:
    reading = read_quantity(value, "ms")
    assert (reading.value is None) == (reading.state != "measured")
    assert read_resolution(value)[2] in {"measured", "blank", "unparsable"}
