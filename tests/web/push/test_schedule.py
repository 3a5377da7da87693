"""When each event is tried, on a clock that is an argument."""

from itertools import pairwise
from typing import Any

import pytest

from backrow.web.push.notices import Notice
from backrow.web.push.options import PushOptions
from backrow.web.push.schedule import Schedule
from backrow.web.push.subscription import Subscription
from tests.web.receiving import NOW, notices


def schedule(fresh: list[Notice], **options: Any) -> Schedule:
    return Schedule(iter(fresh), PushOptions(**options))


def order(plan: Schedule) -> list[Notice]:
    """Return what is sent, in order, if every answer is right."""
    found = []
    while (at := plan.next_at()) is not None:
        for one in plan.due(at, 10):
            plan.sent(one, at)
            plan.settle(one, 200, sent_at=at)
            found.append(one.notice)
    return found


def test_events_are_given_out_as_they_are_due_and_not_before() -> None:
    plan = schedule(notices(5))
    assert plan.due(NOW - 0.1, 10) == []
    assert [one.notice.participant for one in plan.due(NOW + 2.5, 10)] == [
        "00000",
        "00001",
        "00002",
    ]
    assert plan.next_at() == NOW + 3


def test_no_more_are_given_out_than_asked_for() -> None:
    plan = schedule(notices(5))
    assert len(plan.due(NOW + 60, 2)) == 2
    assert plan.next_at() == NOW + 2


def test_lag_is_how_late_an_event_was_sent() -> None:
    plan = schedule(notices(2))
    first, second = plan.due(NOW + 10, 10)
    plan.sent(first, NOW + 10)
    plan.sent(second, NOW + 10)
    assert (plan.stats.lag_s, plan.stats.most_lag_s) == (9, 10)


@pytest.mark.parametrize("status", [None, 500, 503])
def test_failure_is_due_again_after_5_then_20_then_60_minutes(
    status: int | None,
) -> None:
    plan = schedule(notices(1))
    at, waits = NOW, []
    while plan.next_at() is not None:
        at = plan.next_at() or 0.0
        (one,) = plan.due(at, 10)
        assert one.first_at in {0.0, NOW + 2}
        plan.settle(one, status, sent_at=at + 2)
        waits.append(at)
    assert [b - a for a, b in pairwise(waits)] == [302, 1202, 3602]
    assert (plan.stats.again, plan.stats.lost) == (3, 1)


def test_longest_due_event_comes_first() -> None:
    plan = schedule(notices(3, every_s=1000.0))
    (first,) = plan.due(NOW, 10)
    plan.settle(first, None, sent_at=NOW)  # due again at 300, before the second
    assert [one.due_at - NOW for one in plan.due(NOW + 5000, 10)] == [300, 1000, 2000]


def test_memory_of_failures_is_bounded() -> None:
    plan = schedule(notices(100), waiting_most=30)
    for one in plan.due(NOW + 100, 1000):
        plan.settle(one, None, sent_at=NOW + 100)
    assert plan.stats.waiting == plan.stats.again == 30
    assert plan.stats.overflowed == 70


def test_fresh_notices_are_not_taken_before_they_are_due() -> None:
    taken = []

    def endless() -> Any:
        for one in notices(1000):
            taken.append(one)
            yield one

    plan = Schedule(endless(), PushOptions())
    plan.due(NOW + 9, 1000)
    assert len(taken) == 11


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 1.0])
def test_rates_are_kept(rate: float) -> None:
    plan = schedule(notices(2000), duplicates=rate, disorder=rate)
    sent = order(plan)
    assert len(set(sent)) == 2000
    assert plan.stats.duplicates == len(sent) - 2000
    assert plan.stats.duplicates / 2000 == pytest.approx(rate, abs=0.03)
    assert plan.stats.held_back / 2000 == pytest.approx(rate, abs=0.03)
    assert (sent != sorted(sent)) == (rate > 0)


def test_same_seed_gives_the_same_order() -> None:
    rates = {"duplicates": 0.2, "disorder": 0.2}
    once = order(schedule(notices(300), **rates))
    assert once == order(schedule(notices(300), **rates))
    assert once != order(schedule(notices(300), seed=8, **rates))


def test_held_back_events_come_within_their_time() -> None:
    plan = schedule(notices(200), disorder=1.0, within_s=30.0)
    while (at := plan.next_at()) is not None:
        for one in plan.due(at, 10):
            assert 0 <= one.due_at - one.notice.at <= 30


def test_what_has_come_up_is_scheduled() -> None:
    plan = schedule([])
    (one,) = notices(1)
    plan.add(one)
    assert [each.notice for each in plan.due(NOW, 10)] == [one]


def test_subscription_ends_after_six_failures_in_a_row() -> None:
    subscription = Subscription()
    assert subscription.answered(right=True, now=NOW) == "validated"
    assert subscription.due_at == NOW + 72 * 3600
    for _ in range(5):
        assert subscription.answered(right=None, now=NOW) == "failed"
    assert subscription.answered(right=True, now=NOW) == "same"
    found = [subscription.answered(right=False, now=NOW) for _ in range(6)]
    assert found == ["failed"] * 5 + ["disabled"]
    assert subscription.state == "disabled"


def test_silence_before_the_first_answer_is_no_failure() -> None:
    subscription = Subscription()
    assert subscription.answered(right=None, now=NOW) == "waiting"
    assert subscription.failures == 0
    assert subscription.answered(right=False, now=NOW) == "failed"
