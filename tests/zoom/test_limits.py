"""Pace, day, and what answers tell of them."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, strategies as st

from backrow.errors import RateLimitError
from backrow.zoom.endpoints import RateLabel
from backrow.zoom.limits import (
    LIMITS,
    MINUTE_S,
    PLANS,
    BudgetState,
    Plan,
    Told,
    budget,
    learn,
    reserve,
)
from tests.zoom.fakes import NOON

DAILY_REFUSAL = Told(refused=True, period="day")
TOO_FAST = Told(refused=True, period="second")


def slots(
    label: RateLabel,
    plan: Plan,
    asked_at: list[float],
    state: BudgetState | None = None,
) -> list[float]:
    """Return when calls are sent whose callers ask at these times, in order."""
    state = state or BudgetState()
    found = []
    for now in asked_at:
        state, grant = reserve(state, label, plan, now)
        while not grant.booked:
            now += grant.wait_s  # noqa: PLW2901 - the caller asks again
            state, grant = reserve(state, label, plan, now)
        found.append(now + grant.wait_s)
    return found


def most_in(window_s: float, sent_at: list[float]) -> int:
    ordered = sorted(sent_at)
    return max(
        sum(begin <= at < begin + window_s for at in ordered) for begin in ordered
    )


gaps = st.lists(st.sampled_from([0.0, 0.001, 0.05, 0.3, 2.0]), min_size=1, max_size=60)


@given(gaps, st.sampled_from(["light", "medium", "heavy"]), st.sampled_from(PLANS))
def test_no_second_holds_more_than_80_percent(
    waits: list[float], label: RateLabel, plan: Plan
) -> None:
    asked_at = [NOON + sum(waits[:i]) for i in range(len(waits))]
    per_second = LIMITS[plan][label].per_second or 0
    assert most_in(0.999, slots(label, plan, asked_at)) <= max(1, 0.8 * per_second)


@given(gaps)
def test_no_minute_holds_more_than_80_percent(waits: list[float]) -> None:
    asked_at = [NOON + sum(waits[:i]) for i in range(len(waits))]
    sent_at = slots("resource_intensive", "business", asked_at)
    assert most_in(MINUTE_S - 0.001, sent_at) <= 16


def test_full_speed_is_80_percent_of_the_limit() -> None:
    sent_at = slots("heavy", "pro", [NOON] * 41)
    assert sent_at[-1] - sent_at[0] == pytest.approx(5.0)


def test_call_after_a_pause_does_not_wait() -> None:
    assert slots("heavy", "pro", [NOON, NOON + 1]) == [NOON, NOON + 1]


def test_labels_are_paced_apart() -> None:
    state, _ = reserve(BudgetState(), "heavy", "pro", NOON)
    _, grant = reserve(state, "medium", "pro", NOON)
    assert grant.wait_s == 0


def test_far_slot_is_not_given_away() -> None:
    state = BudgetState()
    for _ in range(41):
        state, grant = reserve(state, "heavy", "pro", NOON)
        assert grant.booked
    state, grant = reserve(state, "heavy", "pro", NOON)
    assert not grant.booked
    assert 0 < grant.wait_s < 5
    assert budget(state, "pro", NOON).used_today == 41


@pytest.mark.parametrize(("plan", "limit"), [("pro", 30_000), ("business", 60_000)])
def test_heavy_and_resource_intensive_share_the_day(plan: Plan, limit: int) -> None:
    day = int(NOON // 86_400)
    state = BudgetState(day=day, seen_at=NOON, used={"shared": limit - 2})
    state, _ = reserve(state, "heavy", plan, NOON)
    state, _ = reserve(state, "resource_intensive", plan, NOON)
    with pytest.raises(RateLimitError) as caught:
        reserve(state, "heavy", plan, NOON)
    assert caught.value.period == "day"
    assert caught.value.retry_at == datetime(2026, 11, 27, tzinfo=UTC)
    assert budget(state, plan, NOON).left_today == 0


def test_light_calls_are_not_part_of_the_shared_day() -> None:
    state = BudgetState(day=int(NOON // 86_400), seen_at=NOON, used={"shared": 30_000})
    assert reserve(state, "light", "pro", NOON)[1].booked


def test_free_plan_counts_each_label_by_itself() -> None:
    used = {"heavy": 1_000}
    state = BudgetState(day=int(NOON // 86_400), seen_at=NOON, used=used)
    assert reserve(state, "resource_intensive", "free", NOON)[1].booked
    with pytest.raises(RateLimitError, match="no heavy calls are left today"):
        reserve(state, "heavy", "free", NOON)


def test_new_day_begins_with_no_calls() -> None:
    state = BudgetState(day=int(NOON // 86_400), seen_at=NOON, used={"shared": 30_000})
    midnight = NOON + 12 * 3600
    assert budget(state, "pro", midnight - 1).left_today == 0
    assert budget(state, "pro", midnight).left_today == 30_000


def test_state_of_a_restarted_clock_is_dropped() -> None:
    state, _ = reserve(BudgetState(), "heavy", "pro", NOON)
    _, grant = reserve(state, "heavy", "pro", NOON - 3600)
    assert (grant.wait_s, grant.booked) == (0, True)
    assert budget(state, "pro", NOON - 3600).used_today == 0


def test_budget_tells_what_was_spent_on_what() -> None:
    state, _ = reserve(BudgetState(), "heavy", "business", NOON)
    state, _ = reserve(state, "heavy", "business", NOON)
    state, _ = reserve(state, "resource_intensive", "business", NOON)
    found = budget(state, "business", NOON)
    assert found.by_label == {"heavy": 2, "resource_intensive": 1}
    assert (found.used_today, found.left_today) == (3, 59_997)
    assert found.resets_at == datetime(2026, 11, 27, tzinfo=UTC)


def told(remaining: int, limit: int = 60_000) -> Told:
    return Told(refused=False, period="day", limit=limit, remaining=remaining)


def used_after(counted: int, what: Told) -> int:
    state = BudgetState(day=int(NOON // 86_400), seen_at=NOON, used={"shared": counted})
    return budget(learn(state, "heavy", "pro", what, NOON), "pro", NOON).used_today


def test_zooms_count_is_believed_where_it_is_higher() -> None:
    assert used_after(10, told(remaining=59_000)) == 1_000


def test_zooms_count_is_believed_where_it_is_much_lower() -> None:
    assert used_after(5_000, told(remaining=59_000)) == 1_000


def test_own_count_stays_where_zooms_is_lower_by_calls_under_way() -> None:
    assert used_after(1_050, told(remaining=59_000)) == 1_050


def test_zooms_daily_limit_is_believed() -> None:
    state = learn(BudgetState(), "heavy", "business", told(29_999, 30_000), NOON)
    assert budget(state, "business", NOON).left_today == 29_999


def test_daily_refusal_closes_the_day() -> None:
    state = learn(BudgetState(), "heavy", "pro", DAILY_REFUSAL, NOON)
    with pytest.raises(RateLimitError, match="Zoom said so"):
        reserve(state, "resource_intensive", "pro", NOON)
    assert budget(state, "pro", NOON).left_today == 0
    assert reserve(state, "heavy", "pro", NOON + 12 * 3600)[1].booked


def test_daily_refusal_holds_until_zoom_says() -> None:
    what = Told(refused=True, period="day", retry_at=NOON + 600)
    state = learn(BudgetState(), "heavy", "pro", what, NOON)
    assert reserve(state, "heavy", "pro", NOON + 601)[1].booked


def test_refusal_slows_the_pace_and_time_restores_it() -> None:
    state = learn(BudgetState(), "heavy", "pro", TOO_FAST, NOON)
    slow = slots("heavy", "pro", [NOON, NOON], state)
    assert slow[0] == NOON + 1
    assert slow[1] - slow[0] == pytest.approx(0.25)
    later = slots("heavy", "pro", [NOON + 60] * 2, state)
    assert later[1] - later[0] == pytest.approx(0.125)


def test_burst_of_refusals_counts_once() -> None:
    state = BudgetState()
    for _ in range(20):
        state = learn(state, "heavy", "pro", TOO_FAST, NOON)
    assert state.slowed["heavy"] == (2.0, NOON)


def test_pace_is_never_slower_than_a_sixteenth() -> None:
    state = BudgetState()
    for i in range(20):
        state = learn(state, "heavy", "pro", TOO_FAST, NOON + 2 * i)
    assert state.slowed["heavy"][0] == 16.0


def test_state_survives_json() -> None:
    state, _ = reserve(BudgetState(), "resource_intensive", "pro", NOON)
    state = learn(state, "heavy", "pro", TOO_FAST, NOON)
    text = msgspec.json.encode(state)
    assert msgspec.json.decode(text, type=BudgetState) == state
