"""What the planner promises: what it plans, and that it never plans too much."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from backrow.collect.planner import Options, pass_calls
from backrow.errors import (
    NotFoundError,
    PageTokenError,
    RateLimitError,
    ServerError,
    TransportError,
)
from backrow.qos.people import Person
from backrow.zoom import limits
from backrow.zoom.limits import LIMITS, SHARE, SHARED_PER_DAY, Plan, instant
from tests.collect.planned import NUMBER, START, UUID, Desk, people, session


def test_small_room_is_asked_for_whole_each_minute() -> None:
    desk = Desk(room=people(200))
    desk.run(until_s=600)
    for minute in range(1, 9):
        assert len(desk.calls("census", minute=minute)) == 20
    assert desk.calls("single") == []


def test_3000_people_fit_for_an_hour() -> None:
    desk = Desk(room=people(3000))
    desk.run(until_s=480)
    assert all(len(desk.calls("census", minute=m)) == 300 for m in range(3, 8))


def test_large_room_is_drawn_from() -> None:
    desk = Desk(room=people(6000))
    desk.run(until_s=250)
    assert desk.calls("census") == []
    singles = desk.calls("single", minute=3)
    assert len(singles) <= desk.options.singles_per_minute
    assert [one.picked for one in singles[:2]] == ["targeted", "targeted"]
    assert Counter(one.picked for one in singles)["random"] >= 40


def test_hosts_are_asked_each_minute_of_a_large_room() -> None:
    desk = Desk(room=people(5000, hosts=3))
    desk.run(until_s=300)
    hosts = [one.user_id for one in desk.room[:3]]
    for minute in range(1, 5):
        asked = [call.participant for call in desk.calls("single", minute=minute)]
        assert asked[:3] == hosts


@pytest.mark.slow
@pytest.mark.parametrize("bad", [0, 2000])
def test_hour_before_10000_costs_a_tenth_of_naive_polling(bad: int) -> None:
    desk = Desk(room=people(10_000, bad=bad), session=session(minutes=12))
    desk.run(until_s=1500)
    assert desk.planner.is_done
    assert len(desk.calls("past")) == 1000
    walk = len(desk.calls("census"))
    assert walk == (1000 if bad else 0)
    live = len(desk.calls("discover", "sweep", "single"))
    owed = desk.planner.sessions[UUID].debt
    assert 1036 + (live + walk - owed) / 13 * 60 <= 6000  # 13 ticks in 12 minutes


def test_draw_visits_everyone_in_turn() -> None:
    desk = Desk(room=people(800), options=Options(plan="pro", others_share=0.9))
    desk.run(until_s=1500)
    drawn = [c.participant for c in desk.calls("single") if c.picked == "random"]
    assert len(drawn) > 700
    assert len(set(drawn)) > 0.95 * min(len(drawn), 798)


def test_suspects_get_a_bounded_share() -> None:
    desk = Desk(room=people(5000, bad=400))
    desk.run(until_s=360)
    bad = {one.user_id for one in desk.room[-400:]}
    for minute in range(2, 6):
        asked = desk.calls("single", minute=minute)
        targeted = [c for c in asked if c.picked == "targeted"]
        assert sum(c.participant in bad for c in targeted) == 15
    assert desk.calls("census") == []


def test_many_suspects_bring_a_walk_instead() -> None:
    desk = Desk(room=people(5000, bad=1000))
    desk.run(until_s=420)
    assert len(desk.calls("census")) == 500
    assert all(call.picked == "census" for call in desk.calls("census"))


@pytest.mark.parametrize("history", [True, False])
def test_it_finds_out_whether_answers_carry_history(*, history: bool) -> None:
    desk = Desk(room=people(5000), history=history)
    desk.run(until_s=420)
    assert desk.planner.sessions[UUID].crowd.carries_history is history


def test_suspects_are_asked_less_often_where_answers_carry_history() -> None:
    counts = {}
    for history in (True, False):
        desk = Desk(room=people(5000, bad=5), history=history)
        desk.run(until_s=600)
        bad = {one.user_id for one in desk.room[-5:]}
        late = [c for m in range(1, 9) for c in desk.calls("single", minute=m)]
        counts[history] = sum(c.participant in bad for c in late)
    assert counts[False] == 40
    assert counts[True] <= 25


def test_people_whose_events_arrive_are_not_asked() -> None:
    desk = Desk(room=people(5000))
    desk.run(until_s=300)
    pushed = [one.user_id or "" for one in desk.room[:2500]]
    desk.planner.pushed(UUID, pushed, desk.now)
    before = len(desk.log)
    desk.run(until_s=420)
    asked = {call.participant for _, call in desk.log[before:]}
    assert not asked & set(pushed)


def test_same_inputs_give_the_same_calls() -> None:
    logs = []
    for _ in range(2):
        desk = Desk(room=people(4000, bad=100))
        desk.run(until_s=700)
        logs.append(desk.log)
    assert logs[0] == logs[1]


def test_named_webinar_is_waited_for() -> None:
    desk = Desk(room=people(10), options=Options(names=("945-1234 5678",)))
    desk.now = START.timestamp() - 600
    desk.session = session("other==", number="123")
    desk.run(until_s=0)
    assert not desk.planner.is_done
    assert desk.planner.sessions == {}
    desk.session = session()
    desk.run(until_s=120)
    assert [one.session.number for one in desk.planner.sessions.values()] == [NUMBER]


def test_nothing_to_watch_is_done_at_once() -> None:
    desk = Desk(room=[], session=session(minutes=0))
    desk.run(until_s=60)
    assert desk.planner.is_done


def test_session_missing_from_one_list_goes_on() -> None:
    desk = Desk(room=people(50))
    desk.run(until_s=200)
    real, desk.session = desk.session, session("other==", number="123")
    desk.session = session("other==", number="123", minutes=60)
    desk.run(until_s=250)
    desk.session = real
    desk.run(until_s=500)
    one = desk.planner.sessions[UUID]
    assert one.phase == "live"
    assert desk.calls("census", minute=7)


def test_dead_page_token_begins_the_pass_anew() -> None:
    desk = Desk(room=people(100), session=session(minutes=3))
    desk.run(until_s=182)
    desk.failing, desk.error = {"past"}, PageTokenError("expired")
    before = len(desk.calls("past"))
    assert before == 0
    desk.failing = set()
    desk.run(until_s=400)
    assert desk.planner.sessions[UUID].phase == "complete"


def test_failed_page_is_asked_for_again_later() -> None:
    desk = Desk(room=people(100), session=session(minutes=3))
    desk.failing, desk.error = {"past"}, ServerError("broken", status=500)
    desk.run(until_s=300)
    tries = len(desk.calls("past"))
    assert 2 <= tries <= 12
    assert desk.planner.sessions[UUID].phase == "past"
    desk.failing = set()
    desk.run(until_s=500)
    assert desk.planner.sessions[UUID].phase == "complete"


def test_network_that_is_away_is_asked_ever_less_often() -> None:
    desk = Desk(room=people(1000))
    desk.run(until_s=180)
    desk.failing = {"discover", "sweep", "census", "single", "check"}
    desk.error = TransportError("no answer")
    before = len(desk.log)
    desk.run(until_s=3600)
    assert len(desk.log) - before < 150
    desk.failing = set()
    desk.run(until_s=3590 + 120)
    assert desk.planner.sessions[UUID].phase in {"live", "past", "complete"}


@pytest.mark.parametrize("hours", [1, -1, -24])
@pytest.mark.parametrize("size", [100, 5000])
def test_clock_that_jumps_stops_nothing(hours: int, size: int) -> None:
    begin = START.timestamp()
    desk = Desk(room=people(size), session=session(minutes=100_000))
    desk.run(until_s=200)
    desk.now += hours * 3600 + 7
    jumped = desk.now
    desk.run(until_s=jumped - begin + 300)
    calls = [call for at, call in desk.log if at >= jumped]
    minutes = 4 if size == 100 else 3
    assert len([c for c in calls if c.purpose == "sweep"]) >= minutes
    asked = [c for c in calls if c.purpose in {"census", "single"}]
    assert len(asked) >= minutes * min(10, size // 10)


def test_nothing_is_asked_while_the_day_is_used_up() -> None:
    desk = Desk(room=people(100))
    desk.run(until_s=120)
    opens_at = desk.now + 1800
    desk.failing = {"census", "sweep", "discover"}
    desk.error = RateLimitError("none left", period="day", retry_at=instant(opens_at))
    desk.run(until_s=200)
    desk.failing, before = set(), len(desk.log)
    desk.run(until_s=opens_at - START.timestamp() - 61)
    assert len(desk.log) == before
    desk.run(until_s=opens_at - START.timestamp() + 180)
    assert len(desk.log) > before


def test_past_that_never_comes_is_given_up() -> None:
    desk = Desk(room=people(20), session=session(minutes=2))
    desk.failing, desk.error = {"past"}, NotFoundError("none", zoom_code=3001)
    desk.run(until_s=4 * 3600)
    assert desk.planner.is_done
    assert desk.planner.sessions[UUID].phase == "given_up"


def test_given_sessions_are_completed_without_looking_for_others() -> None:
    desk = Desk(room=people(45), options=Options(discovers=False), session=session())
    desk.now = START.timestamp() + 7200
    desk.planner.resume(desk.session, desk.now, expected=45)
    desk.run(until_s=7300)
    assert desk.planner.is_done
    assert Counter(call.purpose for _, call in desk.log) == {"past": 5, "roll": 1}


def test_pass_that_does_not_fit_today_waits_for_tomorrow() -> None:
    options = Options(discovers=False, plan="pro", others_share=0.9)
    desk = Desk(room=people(3000), options=options, session=session())
    desk.now = START.timestamp() + 7200
    desk.planner.know(budget_with(desk, used=2900), desk.now)
    desk.state = used_up(desk, 2900)
    desk.planner.resume(desk.session, desk.now, expected=3000)
    desk.run(until_s=9000)
    assert desk.log == []
    desk.run(until_s=14 * 3600 + 3000)
    assert desk.planner.sessions[UUID].phase == "complete"


def used_up(desk: Desk, used: int) -> limits.BudgetState:
    state = limits.at(desk.state, desk.now)
    return replace(state, used={"shared": used}, spent={"heavy": used})


def budget_with(desk: Desk, used: int) -> limits.Budget:
    return limits.budget(used_up(desk, used), desk.options.plan, desk.now)


PLANS: list[Plan] = ["pro", "business"]


@settings(max_examples=15)
@given(
    count=st.integers(0, 900),
    bad=st.integers(0, 300),
    minutes=st.integers(0, 6),
    plan=st.sampled_from(PLANS),
    leave=st.floats(0, 0.99),
    latency_s=st.floats(0.01, 20),
    history=st.booleans(),
    used=st.integers(0, 60_000),
)
def test_limits_are_never_planned_over(
    *,
    count: int,
    bad: int,
    minutes: int,
    plan: Plan,
    leave: float,
    latency_s: float,
    history: bool,
    used: int,
) -> None:
    options = Options(plan=plan, others_share=leave)
    desk = Desk(
        room=people(count, bad=min(bad, count)),
        options=options,
        session=session(minutes=minutes),
        latency_s=latency_s,
        history=history,
    )
    desk.state = used_up(desk, used)
    ours = int(SHARED_PER_DAY[plan] * (1 - leave)) - used
    desk.run(until_s=60 * minutes + 600)
    assert len(desk.log) <= max(0, ours)
    heavy = [at for at, call in desk.log if call.label == "heavy"]
    rare = [at for at, call in desk.log if call.label != "heavy"]
    allowance = LIMITS[plan]["heavy"].per_second or 0
    assert most_within(heavy, 1.0) <= SHARE * allowance
    per_minute = LIMITS[plan]["resource_intensive"].per_minute or 0
    assert most_within(rare, 60.0) <= SHARE * per_minute


@settings(max_examples=10)
@given(count=st.integers(1, 400), room_for=st.floats(0.2, 3.0))
def test_calls_for_the_last_pass_are_still_there_at_the_end(
    count: int, room_for: float
) -> None:
    used = 30_000 - int(pass_calls(count) * (1 + room_for))
    desk = Desk(room=people(count), session=session(minutes=8))
    desk.state = used_up(desk, used)
    desk.run(until_s=1500)
    assert desk.planner.sessions[UUID].phase == "complete"


def most_within(times: list[float], window_s: float) -> int:
    """Return the most that fall into any window."""
    first, most = 0, 0
    for i, at in enumerate(times):
        while times[first] <= at - window_s:
            first += 1
        most = max(most, i - first + 1)
    return most


def test_person_without_an_id_is_nobody() -> None:
    desk = Desk(room=[*people(5), Person(user_name="x")])
    desk.run(until_s=200)
    assert len(desk.planner.sessions[UUID].crowd.members) == 5
