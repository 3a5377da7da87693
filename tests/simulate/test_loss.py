"""Played minutes of packet loss agree with the model's settings."""

import numpy as np
import pytest

from backrow.simulate.network.loss import (
    MINUTES,
    PRESET_INDEX,
    PRESETS,
    minute_loss,
    played_minutes,
)


@pytest.mark.parametrize("name", PRESETS)
def test_mean_loss_is_what_the_chances_say(name: str) -> None:
    p = PRESETS[name]
    bad = p.to_bad / (p.to_bad + p.to_good)
    meant = 100 * (bad * p.lost_in_bad + (1 - bad) * p.lost_in_good)
    average = played_minutes()[0][PRESET_INDEX[name]]
    error = 4 * average.std() / MINUTES**0.5
    assert average.mean() == pytest.approx(meant, abs=error)


def test_the_worst_five_seconds_are_never_better_than_the_minute() -> None:
    average, worst = played_minutes()
    assert (worst >= average).all()
    assert average.min() >= 0
    assert worst.max() <= 100


def test_higher_lots_give_more_loss() -> None:
    bits = np.array([0, 30_000, 65_535], dtype=np.uint16)
    average, worst = minute_loss(np.full(3, PRESET_INDEX["wifi_bad"]), bits)
    assert average[0] < average[1] < average[2]
    assert (worst >= average).all()
