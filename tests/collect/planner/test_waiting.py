"""Names that nothing goes by which runs: what has ended is not waited for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from backrow.collect.planner import Awaited, Options
from backrow.errors import ServerError
from tests.collect.planned import NUMBER, START, UUID, Desk, people, session

HOUR_S = 3600.0


def desk_for(
    *names: str, ended_ago_s: float = HOUR_S, kept: Sequence[str] = (), **how: bool
) -> Desk:
    """Return a desk that begins so long after the webinar's end."""
    desk = Desk(
        room=people(20),
        options=Options(names=names, **how),
        session=session(minutes=10),
        now=START.timestamp() + 600 + ended_ago_s,
    )
    desk.planner.skipped = set(kept)
    return desk


def run(desk: Desk, seconds: float) -> None:
    desk.run(until_s=desk.now - START.timestamp() + seconds)


def awaited(desk: Desk) -> Awaited:
    (one,) = desk.planner.waiting.names.values()
    return one


@pytest.mark.parametrize("name", [NUMBER, "945 1234-5678", UUID])
def test_what_has_ended_and_is_not_kept_is_missed(name: str) -> None:
    desk = desk_for(name)
    run(desk, 60)
    assert desk.planner.is_done
    assert awaited(desk).is_missed
    assert awaited(desk).ended == desk.session
    assert len(desk.calls("find")) == 1


@pytest.mark.parametrize(
    "desk",
    [
        desk_for(NUMBER, ended_ago_s=7 * 24 * HOUR_S),
        desk_for(NUMBER, waits_for_next=True),
        desk_for(NUMBER, kept=[UUID]),
    ],
    ids=["a week ago", "told to wait", "kept"],
)
def test_number_that_may_come_again_is_waited_for(desk: Desk) -> None:
    run(desk, HOUR_S)
    assert not desk.planner.is_done
    assert awaited(desk).ended == desk.session
    begins_at = desk.now + 600
    desk.session = replace(
        desk.session,
        uuid="next==",
        end_at=desk.session.start_at + timedelta(seconds=begins_at),
    )
    run(desk, 120)
    assert list(desk.planner.sessions) == ["next=="]
    assert desk.planner.waiting.names == {}


def test_uuid_that_is_kept_is_over_and_not_missed() -> None:
    desk = desk_for(UUID, kept=[UUID], ended_ago_s=7 * 24 * HOUR_S)
    run(desk, 60)
    assert desk.planner.is_done
    assert not awaited(desk).is_missed


def test_unknown_number_is_waited_for_and_asked_for_now_and_then() -> None:
    desk = Desk(room=[], options=Options(names=("123",)), session=session("other=="))
    run(desk, 40 * 60)
    assert awaited(desk).is_unknown
    assert not desk.planner.is_done
    assert 4 <= len(desk.calls("find")) <= 5


def test_what_began_and_ended_unseen_is_completed() -> None:
    desk = desk_for(NUMBER, ended_ago_s=-1200)
    real, desk.session = desk.session, session("other==", number="1", minutes=60)
    run(desk, 20)
    assert desk.planner.sessions == {}
    desk.now = START.timestamp() + 1200  # the machine slept, and the webinar is over
    desk.session = real
    run(desk, 300)
    assert desk.planner.is_done
    assert desk.planner.sessions[UUID].phase == "complete"


def test_failed_question_is_asked_again() -> None:
    desk = desk_for(NUMBER)
    desk.failing, desk.error = {"find"}, ServerError("broken", status=500)
    run(desk, 130)
    assert not awaited(desk).is_found_out
    desk.failing = set()
    run(desk, 120)
    assert awaited(desk).is_missed


def test_told_to_stay_it_looks_for_the_next_after_the_end() -> None:
    desk = desk_for(ended_ago_s=-300, stays=True)
    run(desk, HOUR_S)
    assert desk.planner.sessions[UUID].phase == "complete"
    assert not desk.planner.is_done
    assert 50 <= len(desk.calls("discover")) <= 62
