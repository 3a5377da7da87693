"""The calibration page is what its command writes, and its figures hold."""

from pathlib import Path

import numpy as np
import pytest

from backrow.simulate.network.access import ACCESS_FACTS
from bench.calibration.page import page
from bench.calibration.plot import cumulative
from bench.calibration.published import JITTER_MS, ROUND_TRIP_MS
from tests.simulate.worlds import world

DOCS = Path(__file__).parents[2] / "docs" / "explanation"


@pytest.mark.slow
def test_the_page_is_up_to_date() -> None:
    text, plots = page()
    assert (DOCS / "calibration.md").read_text("utf-8") == text
    for name, svg in plots.items():
        assert (DOCS / "calibration" / name).read_text("utf-8") == svg
        assert f"(calibration/{name})" in text


def test_the_simulator_means_what_the_page_says_is_meant() -> None:
    for (center, sigma), facts in zip(
        ROUND_TRIP_MS.values(), ACCESS_FACTS.values(), strict=True
    ):
        assert (facts.round_trip_ms, facts.round_trip_sigma) == (center, sigma)
    for (center, sigma), facts in zip(
        JITTER_MS.values(), ACCESS_FACTS.values(), strict=True
    ):
        assert (facts.jitter_ms, facts.jitter_sigma) == (center, sigma)


def test_typical_round_trips_are_lognormal_around_the_medians() -> None:
    w = world(attendees=8000, length_min=1, programme=())
    play = w.play(w.sessions()[0].uuid)
    for access, (center, sigma) in enumerate([*ROUND_TRIP_MS.values()][:3]):
        typical = play.lines.log_round_trip[play.lines.access == access]
        assert np.exp(np.median(typical)) == pytest.approx(center, rel=0.06)
        assert typical.std() == pytest.approx(sigma, rel=0.06)


def test_a_plot_is_an_svg_with_escaped_names() -> None:
    values = np.array([1.0, 2.0, 3.0])
    svg = cumulative("a < b", "ms", {"R&D": values}, {"R&D": {50: 2.0}}, top=4)
    assert svg.startswith("<svg ")
    assert "a &lt; b" in svg
    assert "R&amp;D, published" in svg
