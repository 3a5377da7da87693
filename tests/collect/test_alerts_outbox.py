"""A target's outbox: nothing twice, not too much at once, again after a failure."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from backrow.collect.alerts.message import About, Message, as_json
from backrow.collect.alerts.outbox import (
    AGAIN_S,
    BURST,
    EXPIRES_S,
    FORGET_S,
    MOST,
    PER_MINUTE,
    UPDATE_S,
    Outbox,
)
from tests.collect.alerting import NOW, message


def taken(box: Outbox, now: float = NOW) -> list[Message]:
    """Send all that may be sent now."""
    found = []
    while (one := box.take(now=now)) is not None:
        box.sent(one, now=now)
        found.append(one)
    return found


def put(box: Outbox, *states: str, now: float = NOW, **changes: Any) -> None:
    for state in states:
        box.put(message(state, now=now, **changes), now=now)


def states(messages: list[Message]) -> list[str]:
    return [one.state for one in messages]


def test_raised_finding_is_told_at_once_and_once() -> None:
    box = Outbox()
    put(box, "raised", "raised")
    assert states(taken(box)) == ["raised"]
    put(box, "raised")
    assert taken(box) == []
    assert (box.waiting, box.wait_s(now=NOW)) == (0, None)


def test_update_waits_and_the_newest_is_told() -> None:
    box = Outbox()
    put(box, "raised")
    taken(box)
    for affected in (5, 6, 7):
        put(box, "updated", affected=affected, now=NOW + affected)
    assert taken(box, NOW + 8) == []
    assert box.wait_s(now=NOW + 8) == pytest.approx(UPDATE_S - 8)
    (told,) = taken(box, NOW + UPDATE_S)
    assert (told.state, told.finding["affected"]) == ("updated", 7)


def test_update_that_says_what_is_known_is_not_told() -> None:
    box = Outbox()
    put(box, "raised")
    taken(box)
    put(box, "updated", affected=5)
    put(box, "updated")
    assert box.waiting == 0


def test_end_is_told_at_once_and_once() -> None:
    box = Outbox()
    put(box, "raised")
    taken(box)
    put(box, "updated", affected=5)
    put(box, "cleared", "cleared")
    assert states(taken(box)) == ["cleared"]
    put(box, "cleared")
    assert taken(box) == []


def test_what_comes_back_is_told_at_once() -> None:
    box = Outbox()
    put(box, "raised")
    taken(box)
    put(box, "cleared")
    taken(box)
    put(box, "updated", affected=5)
    assert states(taken(box)) == ["updated"]


def test_what_began_and_ended_unknown_is_not_told() -> None:
    box = Outbox()
    put(box, "raised", "cleared")
    assert taken(box) == []


def test_what_waits_to_be_raised_is_raised_as_it_is_now() -> None:
    box = Outbox()
    put(box, "raised")
    put(box, "updated", affected=5)
    (told,) = taken(box)
    assert (told.state, told.finding["affected"]) == ("raised", 5)
    body = json.loads(as_json(told, About(uuid="u")))
    assert (body["type"], body["finding"]["state"]) == ("finding.raised", "raised")


@pytest.mark.parametrize("state", ["updated", "cleared"])
def test_finding_of_an_earlier_run_is_told_of(state: str) -> None:
    box = Outbox()
    put(box, state)
    assert states(taken(box)) == [state]


def test_end_that_comes_while_the_beginning_is_sent_follows_it() -> None:
    box = Outbox()
    put(box, "raised")
    flying = box.take(now=NOW)
    assert flying is not None
    put(box, "cleared")
    assert box.take(now=NOW) is None
    box.sent(flying, now=NOW)
    assert states(taken(box)) == ["cleared"]


def test_failure_is_tried_again_later_each_time() -> None:
    box, now = Outbox(), NOW
    put(box, "raised")
    first, most = AGAIN_S
    for times in range(10):
        flying = box.take(now=now)
        assert flying is not None
        box.failed(flying, now=now, again=True)
        wait_s = box.wait_s(now=now)
        assert wait_s == pytest.approx(min(most, first * 2**times))
        assert box.take(now=now) is None
        now += wait_s or 0.0
    assert len({one.delivery for one in taken(box, now)}) == 1
    assert box.counts == {"retried": 10, "sent": 1}


def test_target_that_asks_to_be_left_alone_is() -> None:
    box = Outbox()
    put(box, "raised")
    flying = box.take(now=NOW)
    assert flying is not None
    box.failed(flying, now=NOW, again=True, after_s=120)
    put(box, "raised", id="f2")
    assert taken(box, NOW + 119) == []
    assert len(taken(box, NOW + 120)) == 2


def test_failed_beginning_is_told_as_it_is_now() -> None:
    box = Outbox()
    put(box, "raised")
    flying = box.take(now=NOW)
    assert flying is not None
    put(box, "updated", affected=9)
    box.failed(flying, now=NOW, again=True)
    (told,) = taken(box, NOW + AGAIN_S[0])
    assert (told.state, told.finding["affected"]) == ("raised", 9)


def test_end_is_told_if_the_beginning_may_have_come() -> None:
    box = Outbox()
    put(box, "raised")
    flying = box.take(now=NOW)
    assert flying is not None
    box.failed(flying, now=NOW, again=True)
    put(box, "cleared")
    assert states(taken(box, NOW + AGAIN_S[0])) == ["cleared"]


def test_refused_message_is_dropped_and_the_next_is_sent() -> None:
    box = Outbox()
    put(box, "raised")
    flying = box.take(now=NOW)
    assert flying is not None
    box.failed(flying, now=NOW, again=False)
    put(box, "raised", id="f2")
    assert [one.id for one in taken(box)] == ["f2"]
    assert box.counts == {"dropped": 1, "sent": 1}


def test_beginnings_and_ends_go_before_updates() -> None:
    box = Outbox()
    put(box, "raised")
    taken(box)
    put(box, "updated", affected=5)
    later = NOW + UPDATE_S
    put(box, "raised", id="f2", now=later)
    assert [one.id for one in taken(box, later)] == ["f2", "f1"]


def test_burst_is_spread_out() -> None:
    box = Outbox()
    for number in range(2 * BURST):
        put(box, "raised", id=str(number))
    assert len(taken(box)) == BURST
    wait_s = box.wait_s(now=NOW)
    assert wait_s == pytest.approx(60 / PER_MINUTE)
    assert len(taken(box, NOW + 60)) == PER_MINUTE


def test_what_is_too_old_is_dropped() -> None:
    box = Outbox()
    put(box, "raised")
    assert taken(box, NOW + EXPIRES_S + 1) == []
    assert box.counts == {"dropped": 1}


def test_outbox_does_not_grow_without_end() -> None:
    box = Outbox()
    for number in range(MOST + 50):
        put(box, "raised", id=str(number), now=NOW + number)
    assert (box.waiting, box.counts["dropped"]) == (MOST, 50)
    assert taken(box, NOW + 300)[0].id == "50"


STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["raised", "updated", "cleared"]),
            st.sampled_from("ab"),
            st.integers(1, 3),
        ),
        st.tuples(st.sampled_from(["works", "fails"]), st.integers(1, 900)),
    ),
    max_size=30,
)


@settings(max_examples=50)
@given(STEPS)
def test_target_ends_up_knowing_how_things_are(steps: list[tuple[Any, ...]]) -> None:
    box, now = Outbox(), NOW
    last: dict[str, Message] = {}
    knows: dict[str, Message] = {}
    for step in [*steps, ("works", 300), ("works", 300), ("works", 300)]:
        if len(step) == 3:
            told = message(step[0], id=step[1], affected=step[2], now=now)
            last[told.id] = told
            box.put(told, now=now)
            continue
        while (one := box.take(now=now)) is not None:
            if step[0] == "works":
                box.sent(one, now=now)
                knows[one.id] = one
            else:
                box.failed(one, now=now, again=True)
        now += step[1]
    if box.counts["dropped"]:  # too long away
        return
    assert box.waiting == 0
    for id_, message_ in last.items():
        if id_ in knows or message_.state != "cleared":
            assert knows[id_].says_the_same_as(message_)


def test_finding_whose_end_never_came_is_forgotten_a_day_later() -> None:
    box = Outbox()
    put(box, "raised")
    taken(box)
    put(box, "raised", now=NOW + FORGET_S - 1)
    assert taken(box, NOW + FORGET_S - 1) == []
    assert taken(box, NOW + FORGET_S + 1) == []
    put(box, "raised", now=NOW + FORGET_S + 2)
    assert states(taken(box, NOW + FORGET_S + 2)) == ["raised"]
