"""The E-model gives the published values."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from backrow.diagnose.model.emodel import (
    FULL,
    LOW_DELAY,
    NARROW,
    VERY_LOW_DELAY,
    WIDE,
    Call,
    delay_impairment,
    loss_impairment,
    mixed_impairment,
    mos_of_r,
    narrowband_r,
    ping_estimate_r,
    simplified_delay_impairment,
)

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "data/emodel_vectors.json").read_text("utf-8")
)


@pytest.mark.parametrize(("r", "mos"), VECTORS["mos_of_r"])
def test_mos_follows_r(r: float, mos: float) -> None:
    assert mos_of_r(r) == pytest.approx(mos, abs=6e-4)


@pytest.mark.parametrize("row", VECTORS["delay_impairment"]["rows"])
def test_delay_impairs_by_sensitivity(row: list[float]) -> None:
    one_way_ms, default, low, very_low, simplified = row
    assert delay_impairment(one_way_ms) == pytest.approx(default, abs=6e-5)
    assert delay_impairment(one_way_ms, LOW_DELAY) == pytest.approx(low, abs=6e-5)
    assert delay_impairment(one_way_ms, VERY_LOW_DELAY) == pytest.approx(
        very_low, abs=6e-5
    )
    assert simplified_delay_impairment(one_way_ms) == pytest.approx(
        simplified, abs=6e-4
    )


@pytest.mark.parametrize(("delay_ms", "r"), VECTORS["full_model_by_delay"])
def test_full_model_includes_echo(delay_ms: float, r: float) -> None:
    call = Call(
        mean_one_way_ms=delay_ms, absolute_ms=delay_ms, round_trip_ms=2 * delay_ms
    )
    assert narrowband_r(call) == pytest.approx(r, abs=6e-5)


def test_defaults_are_those_of_the_standard() -> None:
    assert narrowband_r(Call()) == pytest.approx(93.206208, abs=1e-4)


def test_low_sidetone_worsens_echo() -> None:
    loud = Call(stmr=7, mean_one_way_ms=100, absolute_ms=100, round_trip_ms=200)
    usual = Call(mean_one_way_ms=100, absolute_ms=100, round_trip_ms=200)
    assert narrowband_r(loud) != narrowband_r(usual)


@pytest.mark.parametrize("row", VECTORS["narrow_with_concealment"]["rows"])
def test_narrow_band_with_jitter_as_delay(row: list[float]) -> None:
    loss_pct, jitter_ms, delay_ms, r, mos = row
    lost = loss_impairment(ie=0, bpl=25.1, loss_pct=loss_pct)
    found = NARROW.best_r - delay_impairment(delay_ms + 2 * jitter_ms) - lost
    assert found == pytest.approx(r, abs=6e-4)
    assert mos_of_r(found) == pytest.approx(mos, abs=6e-5)


@pytest.mark.parametrize("row", VECTORS["g711_by_loss"]["rows"])
def test_concealment_helps(row: list[float]) -> None:
    loss_pct, concealed, plain = row
    for bpl, mos in ((25.1, concealed), (4.3, plain)):
        r = NARROW.best_r - loss_impairment(ie=0, bpl=bpl, loss_pct=loss_pct)
        assert mos_of_r(r) == pytest.approx(mos, abs=6e-4)


@pytest.mark.parametrize(("ratio", "ie_eff"), VECTORS["burst_ratio"]["rows"])
def test_bursts_impair_more(ratio: float, ie_eff: float) -> None:
    found = loss_impairment(ie=0, bpl=4.3, loss_pct=2, burst_ratio=ratio)
    assert found == pytest.approx(ie_eff, abs=6e-4)


@pytest.mark.parametrize(("ie", "mos"), VECTORS["wide_by_ie"])
def test_wide_band_has_its_own_scale(ie: float, mos: float) -> None:
    assert mos_of_r(WIDE.best_r - ie, WIDE) == pytest.approx(mos, abs=6e-5)


def test_wide_band_loss_keeps_the_constant_of_narrow_band() -> None:
    found = loss_impairment(ie=20, bpl=4.3, loss_pct=2, band=WIDE)
    assert found == pytest.approx(43.8095, abs=6e-5)


@pytest.mark.parametrize("row", VECTORS["full_band_media_proxy"]["rows"])
def test_full_band_has_its_own_scale(row: list[float]) -> None:
    round_trip_ms, jitter_ms, loss_pct, r, mos = row
    delay = FULL.ratio * delay_impairment(round_trip_ms / 2 + jitter_ms)
    lost = loss_impairment(ie=10.2, bpl=4.3, loss_pct=loss_pct, band=FULL)
    assert FULL.best_r - delay - lost == pytest.approx(r, abs=6e-4)
    assert mos_of_r(FULL.best_r - delay - lost, FULL) == pytest.approx(mos, abs=6e-5)


@pytest.mark.parametrize("row", VECTORS["ping_estimate"]["rows"])
def test_ping_tools_estimate(row: list[float]) -> None:
    latency_ms, jitter_ms, loss_pct, r, mos = row
    found = ping_estimate_r(latency_ms, jitter_ms, loss_pct)
    assert found == pytest.approx(r, abs=6e-3)
    assert mos_of_r(found) == pytest.approx(mos, abs=6e-5)


@given(st.floats(-50, 250))
def test_mos_is_bounded(r: float) -> None:
    assert 1.0 <= mos_of_r(r, FULL) <= 4.5


@given(burst_s=st.floats(0.1, 60), burst=st.floats(0, 130), gap=st.floats(0, 130))
def test_mixture_lies_between_burst_and_gap(
    burst_s: float, burst: float, gap: float
) -> None:
    gap = min(gap, burst)
    mixed = mixed_impairment(
        burst_s=burst_s, burst=burst, gap_s=60.1 - burst_s, gap=gap
    )
    assert gap - 1e-9 <= mixed <= burst + 1e-9
