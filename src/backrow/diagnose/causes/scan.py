"""Which groups of people have a common cause: a binomial scan with greedy peeling.

Kulldorff's scan statistic, made for groups by attributes instead of circles on a
map. In each window everybody is a bad case or not. For a group of `n` measured
people with `k` bad cases two expectations are made: `e_hist`, from the group's and
everyone's own past, and `e_rest`, from everybody else now. The evidence that the
group's rate `p = k/n` is above an expectation `e` is the log-likelihood ratio

    LLR(e) = k ln(p/e) + (n-k) ln((1-p)/(1-e))        if p > e, else 0

and a group's score is the smaller of its two LLRs, less a cost for a second
attribute: it must stand out both against its past and against the others.

1. A group is *admitted* if it is large enough, has enough bad cases, and its rate
   is high enough, both relatively and absolutely; more so without a past, when some
   providers' people may always have more trouble for all that is known.
2. The best is *accepted* if its score beats ln(groups tested / false_rate).
3. If a more general group (an attribute dropped) is bad in its remainder too, it
   is the cause (`_generalised`). Groups with the same members, or nearly the
   same score and mostly the same bad cases, cannot be told apart: all are
   reported, the more general first.
4. The members are taken out and the rest is scanned again.

The median of three past windows is used because one window that already holds
the fault would hide it; see `docs/decisions`. Rows may be people or, as on a
cluster, whole combinations of attributes with counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import exp, log, sqrt
from statistics import median
from typing import Final

import numpy as np

from backrow.diagnose.causes.groups import Counted, Cuboid, Flags, Ints, Rows, Scope
from backrow.diagnose.frames import ATTRIBUTES
from backrow.diagnose.thresholds import ScanLimits

_TINY: Final = 1e-9
_KINDS: Final = {attribute.name: attribute.cause for attribute in ATTRIBUTES}
_RIVALS_MAX: Final = 24
"""How many of the best candidates are looked at for ties."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counts:
    """Measured people and bad cases by row, now and in past windows."""

    measured: Counted
    bad: Counted
    history: Sequence[tuple[Counted, Counted]] = ()
    """(measured, bad) of each past window; empty: the prior holds."""
    prior: Counted | None = None
    """Share of bad cases to expect of each row without history; None: the usual."""
    strata: Ints | None = None
    """Kind of each row, from 0: a group is compared with others of its kinds, so that
    people on mobile networks, who always have more trouble, are no finding."""

    def without(self, gone: Flags) -> Counts:
        """Return the counts with some rows taken out, of the past too."""
        keep = ~gone
        past = [(n * keep, k * keep) for n, k in self.history]
        return replace(
            self, measured=self.measured * keep, bad=self.bad * keep, history=past
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """A group, with what speaks for it."""

    cuboid: Cuboid = field(repr=False)
    group: int
    measured: float
    bad: float
    expected: float
    """The higher of the two expectations, as a share."""
    score: float
    """Evidence in nats, the cost of attributes taken off."""

    @property
    def scope(self) -> Scope:
        """What its members share."""
        return self.cuboid.scope(self.group)

    @property
    def members(self) -> Flags:
        """Which rows belong to it."""
        return self.cuboid.members(self.group)

    def has(self, rows: Rows) -> Flags:
        """Return which of some rows belong to it."""
        return np.equal(self.cuboid.codes[rows], self.group + 1)

    @property
    def rate(self) -> float:
        """Share of bad cases among those measured."""
        return self.bad / self.measured

    @property
    def lift(self) -> float:
        """How many times the expectation that is."""
        return self.rate / max(self.expected, _TINY)

    @property
    def excess(self) -> float:
        """Bad cases beyond those to expect."""
        return self.bad - self.measured * self.expected

    @property
    def interval(self) -> tuple[float, float]:
        """The rate's 95 % interval, Wilson's."""
        return wilson(self.bad, self.measured)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """A group that was accepted as having a cause."""

    best: Candidate
    ties: Sequence[Candidate]
    """Groups that cannot be told apart from it."""
    coverage: float
    """Share of all excess cases that it explains."""
    confidence: float
    """That there is a cause in this scope and not in one of the ties, 0 to 1; the same
    people under another name of the same kind are no rival."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scanned:
    """What one scan came to."""

    found: Sequence[Found]
    tests: int
    """Groups that were large enough to be judged."""
    needed: float
    """Score from which a group is accepted."""
    strongest: Candidate | None
    """The best group of the first round, accepted or not."""


def wilson(successes: float, trials: float, z: float = 1.96) -> tuple[float, float]:
    """Return Wilson's interval of a share; (0, 1) without trials."""
    if trials <= 0:
        return 0.0, 1.0
    share, square = successes / trials, z * z / trials
    middle = share + square / 2
    half = z * sqrt(share * (1 - share) / trials + square / (4 * trials))
    return (
        max(0.0, (middle - half) / (1 + square)),
        min(1.0, (middle + half) / (1 + square)),
    )


def log_likelihood_ratio(
    measured: Counted, bad: Counted, expected: Counted | float
) -> Counted:
    """Return LLR(e) of groups: 0 where the rate is not above `expected`."""
    n = np.maximum(measured, _TINY)
    p, e = bad / n, np.clip(expected, _TINY, 1 - _TINY)
    some = np.clip(p, _TINY, 1 - _TINY)
    llr = bad * np.log(some / e) + (n - bad) * np.log((1 - some) / (1 - e))
    return np.where((p > e) & (measured > 0), llr, 0.0)


def scan(cuboids: Sequence[Cuboid], counts: Counts, limits: ScanLimits) -> Scanned:
    """Return the groups with a common cause.

    Args:
        cuboids: Which groups there are.
        counts: Who was measured and who was bad.
        limits: The thresholds.
    """
    found: list[Found] = []
    tests, needed, excess = 0, 0.0, 0.0
    strongest: Candidate | None = None
    for round_number in range(int(limits.causes_max)):
        state = _Round(cuboids, counts, limits)
        if round_number == 0:
            tests = state.tests
            needed = log(max(tests, 1) / limits.false_rate)
            needed += 0.0 if counts.history else limits.without_past
            excess = max(state.excess, 1.0)
        ranking = state.admitted()
        if ranking and round_number == 0:
            strongest = ranking[0]
        cause = _accepted(state, ranking, needed, excess)
        if cause is None or (found and cause.coverage < limits.coverage_min):
            break
        found.append(cause)
        counts = counts.without(cause.best.members)
    return Scanned(found=found, tests=tests, needed=needed, strongest=strongest)


def ranked(
    cuboids: Sequence[Cuboid], counts: Counts, limits: ScanLimits
) -> list[Candidate]:
    """Return every group by its score, without admission or acceptance."""
    state = _Round(cuboids, counts, limits)
    everyone = state.everyone()
    best = state.generalised(everyone[0], everyone)
    return [best, *(other for other in everyone if other is not best)]


def _accepted(
    state: _Round, ranking: list[Candidate], needed: float, excess: float
) -> Found | None:
    if not ranking or ranking[0].score <= needed:
        return None
    best = state.generalised(ranking[0], ranking)
    ties = [*_ties(best, ranking, state), *state.too_small_within(best)]
    first = min([best, *(t for t in ties if _same(best, t, state))], key=_generality)
    others = [one for one in (best, *ties) if one is not first]
    rivals = [one for one in others if not _is_namesake(one, first, state)]
    total = sum(exp(min(0.0, one.score - best.score)) for one in (first, *rivals))
    chance = min(1.0, max(state.tests, 1) * exp(-best.score))
    return Found(
        best=first,
        ties=sorted(others, key=_generality),
        coverage=max(0.0, best.excess) / excess,
        confidence=(1 - chance) * exp(min(0.0, first.score - best.score)) / total,
    )


def _generality(one: Candidate) -> tuple[int, int]:
    return len(one.cuboid.attributes), one.cuboid.rank


def _same(one: Candidate, other: Candidate, state: _Round) -> bool:
    """Return whether two groups have (nearly) the same measured members."""
    overlap = state.limits.overlap
    sizes = sorted((one.measured, other.measured))
    if sizes[0] <= overlap * sizes[1]:  # even if the smaller lies within the larger
        return False
    both = float(state.counts.measured[one.members & other.members].sum())
    return both > overlap * (sum(sizes) - both)


def _is_namesake(one: Candidate, other: Candidate, state: _Round) -> bool:
    """Return whether two groups are the same people by names of one kind of cause.

    An office and the one address behind which it sits are the same thing.
    """
    kinds = [{_KINDS.get(name) for name, _ in each.scope} for each in (one, other)]
    return kinds[0] == kinds[1] and _same(one, other, state)


def _ties(best: Candidate, ranking: list[Candidate], state: _Round) -> list[Candidate]:
    """Return the groups that cannot be told apart from the best."""
    ties = []
    rows = np.flatnonzero(state.counts.bad)
    cases = state.counts.bad[rows]
    mine = best.has(rows)
    for other in ranking[:_RIVALS_MAX]:
        if other is best:
            continue
        common = float(cases[mine & other.has(rows)].sum())
        near = other.score >= best.score - state.limits.near_tie
        if _same(best, other, state) or (
            near and 2 * common > max(best.bad, other.bad)
        ):
            ties.append(other)
    return ties


class _Round:
    """One round of the scan: the groups' counts and scores."""

    def __init__(
        self, cuboids: Sequence[Cuboid], counts: Counts, limits: ScanLimits
    ) -> None:
        self.cuboids = cuboids
        self.counts = counts
        self.limits = limits
        self.total = float(counts.measured.sum())
        self.total_bad = float(counts.bad.sum())
        self.usual = usual_rate(counts, limits)
        self._n = [cuboid.count(counts.measured) for cuboid in cuboids]
        rows = np.flatnonzero(counts.bad)
        self._k = [cuboid.count(counts.bad, rows) for cuboid in cuboids]
        large = [n >= c.members_min for n, c in zip(self._n, cuboids, strict=True)]
        self.large: list[Flags] = large
        self.tests = int(sum(np.count_nonzero(flags) for flags in large))

    @property
    def excess(self) -> float:
        """Bad cases of everybody beyond those to expect."""
        return self.total_bad - self.total * self.usual

    def admitted(self) -> list[Candidate]:
        """Return the groups that may have a cause, best first."""
        limits = self.limits
        if self.total_bad < limits.cases_min:
            return []
        wanted = [self._standing_out(i) for i in range(len(self.cuboids))]
        lift = limits.lift_min if self.counts.history else limits.lift_without_past
        return [
            one
            for one in self.candidates(wanted)
            if one.rate >= lift * one.expected
            and one.rate - one.expected >= limits.excess_min
        ]

    def _standing_out(self, i: int) -> Rows:
        """Return the groups of a cuboid that are worse than everybody else now."""
        limits = self.limits
        enough = self.large[i] & (self._k[i] >= limits.cases_min)
        groups = np.flatnonzero(enough)
        if not len(groups):
            return groups
        n, k = self._n[i][groups], self._k[i][groups]
        rate, rest = k / n, self._rest(n, k)
        lifted = (rate >= limits.lift_min * rest) & (rate - rest >= limits.excess_min)
        return groups[lifted]

    def candidates(self, wanted: Sequence[Rows]) -> list[Candidate]:
        """Return the wanted groups of each cuboid with their scores, best first."""
        found = []
        for i, groups in enumerate(wanted):
            if len(groups):
                found += self._scored(i, groups)
        return sorted(found, key=lambda one: -one.score)

    def everyone(self) -> list[Candidate]:
        """Return every group that anybody was measured in, best first."""
        return self.candidates([np.flatnonzero(n > 0) for n in self._n])

    def _scored(self, i: int, groups: Rows) -> list[Candidate]:
        n, k = self._n[i][groups], self._k[i][groups]
        cuboid = self.cuboids[i]
        past = self._past(cuboid)[groups]
        rest = np.maximum(self._rest(n, k), self._rest_alike(i)[groups])
        cost = self.limits.attribute_cost * (len(self.cuboids[i].attributes) - 1)
        score = np.minimum(
            log_likelihood_ratio(n, k, past), log_likelihood_ratio(n, k, rest)
        )
        return [
            Candidate(
                cuboid=self.cuboids[i],
                group=int(group),
                measured=float(n[j]),
                bad=float(k[j]),
                expected=float(max(past[j], rest[j])),
                score=float(score[j] - cost),
            )
            for j, group in enumerate(groups)
        ]

    def _rest(self, n: Counted, k: Counted) -> Counted:
        """Return the rate of everybody else now; 1 if there is nobody else."""
        others = self.total - n
        rate = np.maximum(self.total_bad - k, 0.0) / np.maximum(others, _TINY)
        return np.where(others > _TINY, np.clip(rate, _TINY, 1.0), 1.0)

    def _rest_alike(self, i: int) -> Counted:
        """Return the rate of everybody else of the same kinds now.

        Where few are of a kind, that is drawn to the rate of everybody else: not to
        everybody's, as a group that is a large part of the room would speak for itself.
        """
        counts, cuboid = self.counts, self.cuboids[i]
        if counts.strata is None:
            return np.zeros(len(cuboid.keys))
        kinds = int(counts.strata.max(initial=0)) + 1
        n, k = (
            cuboid.count_by(counts.strata, kinds, of)
            for of in (counts.measured, counts.bad)
        )
        drawn_to = self._rest(self._n[i], self._k[i])[:, None]
        weight = self.limits.members_min
        others = np.bincount(counts.strata, counts.measured, kinds) - n
        cases = np.bincount(counts.strata, counts.bad, kinds) - k
        rate = (cases + weight * drawn_to) / (others + weight)
        people = np.maximum(n.sum(axis=1), _TINY)
        return np.asarray(np.minimum((n * rate).sum(axis=1) / people, 1.0))

    def _past(self, cuboid: Cuboid) -> Counted:
        """Return the rate to expect of each group by its past and everyone's."""
        return past_rates(cuboid, self.counts, self.limits, self.usual)

    def generalised(self, best: Candidate, ranking: list[Candidate]) -> Candidate:
        """Return the more general group if it is bad beyond `best` as well."""
        names = set(best.cuboid.names)
        parents = [
            one
            for one in ranking
            if set(one.cuboid.names) < names and set(one.scope) < set(best.scope)
        ]
        for parent in parents:
            if (
                parent.score >= self.limits.parent_evidence * best.score
                and self._bad_beyond(parent, best)
            ):
                return self.generalised(parent, ranking)
        return best

    def too_small_within(self, best: Candidate) -> list[Candidate]:
        """Return groups too small to be judged that hold nearly all of a group's cases.

        Where most people of a data center are in two towns, a fault of the smaller one
        is found as the data center's: it may as well be the town's.
        """
        limits = self.limits
        cases = self.counts.bad * best.members
        rows = np.flatnonzero(cases)
        least = max(limits.overlap * best.bad, limits.cases_min)
        wanted = []
        for i, cuboid in enumerate(self.cuboids):
            single = len(cuboid.names) == 1 and cuboid.names != best.cuboid.names
            held = cuboid.count(cases, rows) >= least
            narrow = self._n[i] <= limits.overlap * best.measured
            wanted.append(np.flatnonzero(held & narrow & ~self.large[i] & single))
        return self.candidates(wanted)

    def _bad_beyond(self, parent: Candidate, part: Candidate) -> bool:
        """Return whether a group is bad without its part too."""
        n, k = parent.measured - part.measured, parent.bad - part.bad
        if n <= 0 or k <= 0:
            return False
        rest = self._rest(np.array([parent.measured]), np.array([parent.bad]))
        past = self._past(parent.cuboid)[[parent.group]]
        expected = np.maximum(rest, past)
        evidence = log_likelihood_ratio(np.array([n]), np.array([k]), expected)[0]
        lifted = k / n >= self.limits.remainder_lift * expected[0]
        return bool(lifted and evidence > self.limits.near_tie)


def usual_rate(counts: Counts, limits: ScanLimits) -> float:
    """Return the rate to expect of everybody: the past windows' median."""
    sums = [(float(n.sum()), float(k.sum())) for n, k in counts.history]
    rates = [bad / measured for measured, bad in sums if measured > 0]
    return median(rates) if rates else limits.prior_bad


def past_rates(
    cuboid: Cuboid, counts: Counts, limits: ScanLimits, usual: float
) -> Counted:
    """Return the rate to expect of each group: its past, drawn to everyone's."""
    if not counts.history:
        return _without_past(cuboid, counts, usual)
    people = [cuboid.count(n) for n, _ in counts.history]
    rates = [
        np.where(n > 0, cuboid.count(k, k.nonzero()[0]) / np.maximum(n, _TINY), np.nan)
        for n, (_, k) in zip(people, counts.history, strict=True)
    ]
    weight = np.sum(people, axis=0)
    middle = _median(np.array(rates), usual)
    prior = limits.prior_people
    return np.asarray((middle * weight + prior * usual) / (weight + prior))


def _without_past(cuboid: Cuboid, counts: Counts, usual: float) -> Counted:
    if counts.prior is None:
        return np.full(len(cuboid.keys), max(usual, _TINY))
    people = cuboid.count(counts.measured)
    expected = cuboid.count(counts.measured * counts.prior)
    return np.where(people > 0, expected / np.maximum(people, _TINY), usual)


def _median(rates: Counted, otherwise: float) -> Counted:
    """Return the median over windows, of those that know it."""
    unknown = np.isnan(rates)
    ordered = np.sort(np.where(unknown, np.inf, rates), axis=0)
    known = len(rates) - unknown.sum(axis=0)
    low = np.maximum((known - 1) // 2, 0)
    high = np.minimum(known // 2, len(rates) - 1)
    columns = np.arange(rates.shape[1])
    middle = (ordered[low, columns] + ordered[high, columns]) / 2
    return np.where(known > 0, middle, otherwise)
