"""Named random numbers: the same everywhere, and independent of each other."""

import numpy as np

from backrow.simulate.draws import Draws, normal_of, place_of, uniform_of

MANY = 40_000


def test_numbers_are_these_on_every_machine() -> None:
    draws = Draws(7, "a webinar")
    assert draws.bits("jitter", 5, 3).tolist() == [24993, 11419, 2258, 48874, 59945]
    assert draws.uniform("place", 2).round(9).tolist() == [0.669275171, 0.364969902]
    assert draws.normal("rtt", 2).tolist() == [0.402727029, 0.600455792]


def test_a_longer_draw_begins_like_a_shorter_one() -> None:
    draws = Draws(7)
    assert draws.uniform("x", 9)[:4].tolist() == draws.uniform("x", 4).tolist()


def test_names_blocks_and_parts_have_numbers_of_their_own() -> None:
    draws = Draws(7)
    first = [
        draws.bits("x", 1)[0],
        draws.bits("y", 1)[0],
        draws.bits("x", 1, 1)[0],
        draws.of("part").bits("x", 1)[0],
        Draws(8).bits("x", 1)[0],
    ]
    assert len(set(first)) == len(first)


def test_normal_numbers_are_normal() -> None:
    z = Draws(7).normal("z", MANY)
    assert abs(z.mean()) < 0.02
    assert abs(z.std() - 1) < 0.02
    assert abs(np.mean(np.abs(z) < 1.96) - 0.95) < 0.005


def test_sixteen_bits_never_give_the_ends() -> None:
    ends = np.array([0, 65_535], dtype=np.uint16)
    assert 0 < uniform_of(ends)[0] < uniform_of(ends)[1] < 1
    assert normal_of(ends)[0] == -normal_of(ends)[1]


def test_what_has_no_weight_is_never_picked() -> None:
    picked = Draws(7).pick("p", np.array([0.0, 3.0, 0.0, 1.0, 0.0]), MANY)
    assert set(picked.tolist()) == {1, 3}
    assert abs(np.mean(picked == 1) - 0.75) < 0.01
    assert place_of(np.array([1e-12, 1 - 1e-12]), np.array([1.0, 1.0])).tolist() == [
        0,
        1,
    ]
