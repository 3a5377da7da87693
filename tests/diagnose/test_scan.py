"""The scan finds planted groups, and nothing where nothing is."""

from collections.abc import Sequence
from dataclasses import replace
from math import log

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from backrow.diagnose.causes.groups import Coded, Cuboid, all_together, cuboids_of
from backrow.diagnose.causes.scan import (
    Counts,
    Scanned,
    log_likelihood_ratio,
    past_rates,
    ranked,
    scan,
    usual_rate,
    wilson,
)
from backrow.diagnose.thresholds import ScanLimits

LIMITS = ScanLimits()
PEOPLE = 2000


def population(seed: int = 1) -> tuple[dict[str, Coded], np.random.Generator]:
    draw = np.random.default_rng(seed)
    names = {"site": 12, "isp": 8, "location": 20, "version": 5, "os": 4}
    coded = {
        name: Coded.of(name, [f"{name}-{i}" for i in draw.integers(0, n, PEOPLE)])
        for name, n in names.items()
    }
    return coded, draw


def members(coded: dict[str, Coded], **where: int) -> np.ndarray:
    chosen = [
        coded[name].codes == coded[name].values.index(f"{name}-{value}")
        for name, value in where.items()
    ]
    return np.all(chosen, axis=0)


def counts_of(bad: np.ndarray, *past: np.ndarray) -> Counts:
    everybody = np.ones(len(bad))
    return Counts(
        measured=everybody,
        bad=bad.astype(float),
        history=[(everybody, one.astype(float)) for one in past],
    )


def noise(draw: np.random.Generator, rate: float = 0.03) -> np.ndarray:
    return draw.random(PEOPLE) < rate


def run(
    coded: dict[str, Coded], counts: Counts, pairs: Sequence[Sequence[str]] = ()
) -> Scanned:
    cuboids = cuboids_of(coded, together=pairs, members_min=20)
    return scan(cuboids, counts, LIMITS)


def test_calm_room_has_no_cause() -> None:
    coded, draw = population()
    for _ in range(20):
        counts = counts_of(noise(draw), noise(draw), noise(draw), noise(draw))
        assert run(coded, counts).found == []


def test_planted_group_is_found_with_its_figures() -> None:
    coded, draw = population()
    hit = members(coded, isp=3)
    bad = noise(draw) | (hit & (draw.random(PEOPLE) < 0.5))
    (found,) = run(coded, counts_of(bad, noise(draw), noise(draw), noise(draw))).found
    assert found.best.scope == (("isp", "isp-3"),)
    assert found.best.measured == hit.sum()
    assert found.best.lift > 8
    assert found.best.interval[0] < found.best.rate < found.best.interval[1]
    assert found.coverage == pytest.approx(1, abs=0.25)
    assert found.best.excess > 80
    assert found.confidence > 0.99


def test_two_groups_are_peeled_one_after_the_other() -> None:
    coded, draw = population()
    one, other = members(coded, location=2), members(coded, version=1)
    bad = noise(draw) | ((one | other) & (draw.random(PEOPLE) < 0.6))
    found = run(coded, counts_of(bad, noise(draw), noise(draw), noise(draw))).found
    scopes = {cause.best.scope for cause in found}
    assert scopes == {(("location", "location-2"),), (("version", "version-1"),)}


def test_pair_is_found_if_only_both_together_are_bad() -> None:
    coded, draw = population()
    hit = members(coded, version=0, os=1)
    bad = noise(draw) | (hit & (draw.random(PEOPLE) < 0.7))
    counts = counts_of(bad, noise(draw), noise(draw), noise(draw))
    (found,) = run(coded, counts, [("version", "os")]).found
    assert set(found.best.scope) == {("version", "version-0"), ("os", "os-1")}


def test_general_group_is_preferred_if_its_remainder_is_bad_too() -> None:
    coded, draw = population()
    whole, part = members(coded, version=0), members(coded, version=0, os=1)
    rate = np.where(part, 0.9, 0.15)
    bad = noise(draw) | (whole & (draw.random(PEOPLE) < rate))
    counts = counts_of(bad, noise(draw), noise(draw), noise(draw))
    found = run(coded, counts, [("version", "os")]).found
    assert found[0].best.scope == (("version", "version-0"),)


def test_groups_of_the_same_people_cannot_be_told_apart() -> None:
    coded, draw = population()
    twin = Coded(
        "location", coded["site"].codes, [f"town-{v}" for v in coded["site"].values]
    )
    coded["location"] = twin
    hit = members(coded, site=4)
    bad = noise(draw) | (hit & (draw.random(PEOPLE) < 0.6))
    (found,) = run(coded, counts_of(bad, noise(draw), noise(draw), noise(draw))).found
    assert found.best.scope == (("site", "site-4"),)
    assert [tie.scope for tie in found.ties] == [(("location", "town-site-4"),)]
    assert found.confidence == pytest.approx(0.5, abs=0.01)


def test_office_and_its_only_address_do_not_compete() -> None:
    coded, draw = population()
    lines = [v.replace("site-", "203.0.113.") for v in coded["site"].values]
    coded["network"] = Coded("network", coded["site"].codes, lines)
    hit = members(coded, site=4)
    bad = noise(draw) | (hit & (draw.random(PEOPLE) < 0.6))
    (found,) = run(coded, counts_of(bad, noise(draw), noise(draw), noise(draw))).found
    assert [tie.scope for tie in found.ties] == [(("network", "203.0.113.4"),)]
    assert found.confidence > 0.99


def test_group_too_small_to_be_judged_is_told_beside_the_larger() -> None:
    towns = ["small"] * 15 + ["large"] * 15 + ["else"] * 100
    coded = {
        "location": Coded.of("location", towns),
        "data_center": Coded.of("data_center", ["near"] * 30 + ["far"] * 100),
    }
    bad = np.zeros(130, dtype=bool)
    bad[:12] = True
    calm = [np.zeros(130, dtype=bool)] * 3
    (found,) = run(coded, counts_of(bad, *calm)).found
    assert found.best.scope == (("data_center", "near"),)
    assert [tie.scope for tie in found.ties] == [(("location", "small"),)]
    assert found.confidence < 0.6
    bad[15:25] = True
    (found,) = run(coded, counts_of(bad, *calm)).found
    assert (found.best.scope, list(found.ties)) == ((("data_center", "near"),), [])


def test_group_that_was_always_bad_is_no_news() -> None:
    coded, draw = population()
    always = members(coded, isp=3)

    def window() -> np.ndarray:
        return noise(draw) | (always & (draw.random(PEOPLE) < 0.4))

    assert run(coded, counts_of(window(), window(), window(), window())).found == []


def test_median_forgives_one_window_that_holds_the_fault() -> None:
    coded, draw = population()
    hit = members(coded, location=7)

    def faulty() -> np.ndarray:
        return noise(draw) | (hit & (draw.random(PEOPLE) < 0.7))

    once = counts_of(faulty(), faulty(), noise(draw), noise(draw))
    twice = counts_of(faulty(), faulty(), faulty(), noise(draw))
    assert [f.best.scope for f in run(coded, once).found] == [
        (("location", "location-7"),)
    ]
    assert run(coded, twice).found == []


def test_without_history_the_prior_holds() -> None:
    coded, draw = population()
    hit = members(coded, isp=3)
    bad = noise(draw) | (hit & (draw.random(PEOPLE) < 0.5))
    assert usual_rate(counts_of(bad), LIMITS) == LIMITS.prior_bad
    assert len(run(coded, counts_of(bad)).found) == 1


def test_rows_have_priors_of_their_own() -> None:
    coded, draw = population()
    phones = members(coded, os=2)
    bad = noise(draw) | (phones & (draw.random(PEOPLE) < 0.3))
    prior = np.where(phones, 0.3, 0.03)
    assert run(coded, replace(counts_of(bad), prior=prior)).found == []


def test_group_is_compared_with_its_own_kind() -> None:
    coded, draw = population()
    mobile = draw.random(PEOPLE) < 0.15
    bad = noise(draw) | (mobile & (draw.random(PEOPLE) < 0.4))
    coded["isp"] = Coded(
        "isp", np.where(mobile, coded["isp"].codes, 99), list(map(str, range(100)))
    )
    plain = counts_of(bad, noise(draw), noise(draw), noise(draw))
    assert run(coded, plain).found != []
    alike = replace(plain, strata=mobile.astype(np.int32))
    assert run(coded, alike).found == []


def test_group_must_be_large_enough() -> None:
    coded, draw = population()
    few = np.zeros(PEOPLE, dtype=bool)
    few[:15] = True
    coded = {"site": Coded.of("site", ["small" if one else "other" for one in few])}
    bad = noise(draw) | few
    counts = counts_of(bad, noise(draw), noise(draw), noise(draw))
    assert run(coded, counts).found == []
    small = cuboids_of(coded, together=(), members_min=20, small={"site": 5})
    assert [f.best.scope for f in scan(small, counts, LIMITS).found] == [
        (("site", "small"),)
    ]


def test_unknown_values_are_in_no_group() -> None:
    coded = Coded.of("site", ["a", "", None, "a"])
    cuboid = Cuboid.of([coded], 1)
    assert cuboid.count(np.ones(4)).tolist() == [2]
    assert cuboid.members(0).tolist() == [True, False, False, True]


def test_attribute_can_be_used_together_only() -> None:
    coded, _ = population()
    cuboids = cuboids_of(
        coded, together=[("isp", "os")], members_min=20, never_alone=["os"]
    )
    assert ("os",) not in {cuboid.names for cuboid in cuboids}
    assert ("isp", "os") in {cuboid.names for cuboid in cuboids}
    assert all_together(["a", "b", "c"], 3) == [
        ("a", "b"),
        ("a", "c"),
        ("b", "c"),
        ("a", "b", "c"),
    ]


def test_further_cause_can_be_asked_to_explain_more() -> None:
    coded, draw = population()
    large, small = members(coded, version=1), members(coded, location=2)
    bad = noise(draw) | (large & (draw.random(PEOPLE) < 0.8)) | (small & ~large)
    counts = counts_of(bad, noise(draw), noise(draw), noise(draw))
    cuboids = cuboids_of(coded, together=(), members_min=20)
    assert len(scan(cuboids, counts, LIMITS).found) == 2
    assert len(scan(cuboids, counts, replace(LIMITS, coverage_min=0.5)).found) == 1


def test_ranking_always_answers() -> None:
    coded, draw = population()
    hit = members(coded, isp=3)
    bad = noise(draw) | (hit & (draw.random(PEOPLE) < 0.2))
    order = ranked(
        cuboids_of(coded, together=(), members_min=20), counts_of(bad), LIMITS
    )
    assert order[0].scope == (("isp", "isp-3"),)
    assert len(order) == sum(len(one.values) for one in coded.values())


def test_threshold_grows_with_the_number_of_groups() -> None:
    coded, draw = population()
    before = [noise(draw) for _ in range(3)]
    result = run(coded, counts_of(noise(draw), *before))
    by_tests = log(result.tests / LIMITS.false_rate)
    assert result.needed == pytest.approx(by_tests)


def test_without_a_past_more_evidence_is_asked_for() -> None:
    coded, draw = population()
    result = run(coded, counts_of(noise(draw)))
    by_tests = log(result.tests / LIMITS.false_rate)
    assert result.needed == pytest.approx(by_tests + LIMITS.without_past)


def test_without_a_past_uneven_trouble_is_no_finding() -> None:
    coded, draw = population()
    hit = members(coded, isp=3)
    bad = noise(draw) | (hit & (draw.random(PEOPLE) < 0.15))  # some four times all
    past = [noise(draw) for _ in range(3)]
    assert run(coded, counts_of(bad)).found == []
    assert len(run(coded, counts_of(bad, *past)).found) == 1


def test_group_without_past_is_expected_to_be_like_all() -> None:
    coded = {"site": Coded.of("site", ["new"] * 10 + ["old"] * 10)}
    known = np.array([0.0] * 10 + [1.0] * 10)
    history = [(known, known * 0.1)] * 3
    counts = Counts(measured=np.ones(20), bad=np.zeros(20), history=history)
    (cuboid,) = cuboids_of(coded, together=(), members_min=1)
    assert past_rates(cuboid, counts, LIMITS, 0.1) == pytest.approx([0.1, 0.1])


@given(n=st.integers(1, 500), k=st.integers(0, 500))
def test_wilson_interval_holds_the_share(n: int, k: int) -> None:
    k = min(n, k)
    low, high = wilson(k, n)
    assert 0 <= low <= k / n + 1e-9
    assert k / n - 1e-9 <= high <= 1


def test_nothing_tried_is_nothing_known() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@settings(max_examples=30)
@given(
    n=st.integers(1, 300),
    k=st.integers(0, 300),
    expected=st.floats(0.001, 0.999),
)
def test_evidence_is_never_negative(n: int, k: int, expected: float) -> None:
    llr = log_likelihood_ratio(
        np.array([float(n)]), np.array([float(min(k, n))]), expected
    )
    assert llr[0] >= 0
