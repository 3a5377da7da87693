"""What a result means for its session: the next page, the end, or another try."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from backrow.collect.planner.calls import Purpose, Result
from backrow.collect.planner.walks import Walk
from backrow.collect.planner.watched import Watched
from backrow.errors import (
    BackrowError,
    NotFoundError,
    PageTokenError,
    RateLimitError,
    WireError,
)

LIVE_FAILURES_MAX: Final = 3
"""Tries of a page until a live walk is let go; the next minute has another."""
PAST_FAILURES_MAX: Final = 40
"""Tries of a page until a past is given up: about half an hour."""
CHECKS_MAX: Final = 60
"""Questions for the end of a session that is not live, about an hour of them."""
_CHECK_S: Final = 15.0
_CHECK_MAX_S: Final = 60.0
_LOST_MAX: Final = 3
_EMPTY_S: Final = 30.0
"""How long to wait if the past of a room full of people comes without any."""
_EMPTY_MAX: Final = 10


@dataclass(slots=True)
class Lessons:
    """Takes results into sessions."""

    choose: Callable[[Watched, float], None]
    """Decides whom to ask, after the first sweep."""

    def closed_until(self, result: Result, resets_at: float) -> float | None:
        """Return until when a result closes Zoom for us; None if it does not."""
        error = result.error
        if isinstance(error, RateLimitError) and error.period == "day":
            return error.retry_at.timestamp() if error.retry_at else resets_at
        return None

    def take(self, one: Watched, result: Result, now: float) -> None:
        """Take a result of a call about a session."""
        purpose = result.call.purpose
        if purpose == "check":
            self._check(one, result, now)
        elif purpose == "single":
            self._single(one, result, now)
        elif (walk := _walk_of(one, purpose)) is not None:
            self._page(one, walk, result, now)

    def give_up_walk(self, one: Watched, walk: Walk) -> None:
        """Let go of a walk that cannot be ended; without a past, of the session."""
        if walk.purpose == "past":
            one.phase = "given_up"
        one.drop(walk)

    def _check(self, one: Watched, result: Result, now: float) -> None:
        one.is_checking = False
        if one.phase != "live":
            return
        if result.error is None and result.sessions:
            one.end(result.sessions[0])
            return
        one.checks += 1
        if one.probe_at < inf and not one.is_gone:
            one.check_at = inf  # it runs on; the next probe asks again
            return
        one.check_at = now + min(_CHECK_MAX_S, _CHECK_S * one.checks)
        if one.checks >= CHECKS_MAX and one.is_gone:
            one.phase, one.check_at = "given_up", inf

    def _single(self, one: Watched, result: Result, now: float) -> None:
        if result.error is None:
            one.lost = 0
            one.crowd.visited(result.visits, now)
        elif isinstance(result.error, NotFoundError):
            one.lost += 1
            if one.lost >= _LOST_MAX:
                one.missed(now)

    def _page(self, one: Watched, walk: Walk, result: Result, now: float) -> None:
        try:
            if result.error is None:
                self._accept(one, walk, result, now)
            else:
                self._refuse(one, walk, result.error, now)
        except (WireError, PageTokenError):
            self.give_up_walk(one, walk)

    def _accept(self, one: Watched, walk: Walk, result: Result, now: float) -> None:
        if walk.purpose in {"census", "past"}:
            one.crowd.visited(result.visits, now)
            items: Sequence[Hashable] = [v.participant for v in result.visits]
        else:
            one.crowd.meet(result.people, now)
            items = [(p.user_id, p.join_time) for p in result.people]
        walk.accept(items, result.next_page_token, now)
        if walk.is_done:
            self._end(one, walk, now)

    def _end(self, one: Watched, walk: Walk, now: float) -> None:
        if walk.purpose == "past" and not walk.items and one.listed:
            one.checks += 1
            if one.checks < _EMPTY_MAX:  # not ready: the same walk, a while later
                fresh = Walk(
                    purpose="past",
                    kind=walk.kind,
                    session=walk.session,
                    picked=walk.picked,
                    begun_at=now,
                )
                fresh.retry_at = now + _EMPTY_S
                one.past = fresh
                return
        one.drop(walk)
        if walk.purpose == "sweep":
            one.crowd.swept(walk.items)
            if one.owes_choice:
                one.owes_choice = False
                self.choose(one, now)
        if one.phase == "past" and one.past is None and one.roll is None:
            one.phase = "kept"

    def _refuse(
        self, one: Watched, walk: Walk, error: BackrowError, now: float
    ) -> None:
        is_live = walk.purpose in {"sweep", "census"}
        if is_live and isinstance(error, NotFoundError):
            one.is_gone = True
            one.missed(now)
            one.queue.clear()
            one.drop(walk)
            return
        walk.fail(error, now)
        if is_live and walk.failures >= LIVE_FAILURES_MAX:
            one.drop(walk)
        elif walk.failures >= PAST_FAILURES_MAX:
            self.give_up_walk(one, walk)


def _walk_of(one: Watched, purpose: Purpose) -> Walk | None:
    walks = {walk.purpose: walk for walk in one.walks}
    return walks.get(purpose)
