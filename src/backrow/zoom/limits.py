"""Zoom's rate limits: how long a call must wait, and what the day still holds.

Limits belong to the account and are shared by all of its apps. This module is
pure: `reserve` takes a state, a label and `now`, and gives the next state and
how long to wait; `learn` puts into the state what an answer told. The state is
kept by `backrow.zoom.ledger`, where processes share it.

**Pace.** A per-second limit is kept by spacing calls evenly at 80 % of it: with
10 a second, one each 125 ms. No second then holds more than 80 %, wherever it
begins, and an answer's way through the network can vary by more than two spaces
before Zoom sees one too many. A per-minute limit allows bursts: at most 80 % of
it in any 62 seconds, two of which are for the network. If Zoom refuses all the
same (other apps use the account), the pace of that label is halved, down to a
sixteenth, and comes back by a factor of two each half minute.

**Queue.** A call gets a slot only if it begins within `HORIZON_S`; else it is
told when to ask again. So a process that dies leaves at most that much unused.

**Day.** A call is charged before it is sent, and charged again if it is sent
again. Days are those of UTC, which is when Zoom's `Retry-After` says to come
back. Where an answer names the day's limit and what remains, that is believed:
upward at once, downward only by more than can be under way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import floor
from types import MappingProxyType
from typing import Final, Literal

from backrow.errors import RateLimitError
from backrow.zoom.endpoints import RateLabel

Plan = Literal["free", "pro", "business"]
Period = Literal["second", "minute", "day", "unknown"]

PLANS: Final[tuple[Plan, ...]] = ("free", "pro", "business")
SHARE: Final = 0.8
"""How much of a per-second or per-minute limit is used."""
MINUTE_S: Final = 62.0
HORIZON_S: Final = 5.0
"""How far ahead a slot is given away, s."""
UNDER_WAY: Final = 100
"""Calls that can be sent and not yet answered; our count may be ahead by these."""
DAY_S: Final = 86_400
_HOLD_S: Final = 1.0
_SLOWEST: Final = 16.0
_HALF_LIFE_S: Final = 30.0
_BACKWARDS_S: Final = 60.0
"""A clock that is further back than this was restarted."""
_LONGEST_CLOSED_S: Final = 2 * DAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What one plan allows of one label."""

    per_second: int | None = None
    per_minute: int | None = None
    per_day: int | None = None
    """None if there is no limit, or if the label counts in the shared one."""
    in_shared_day: bool = False
    """Whether it counts in the plan's `SHARED_PER_DAY`."""


LIMITS: Final[Mapping[Plan, Mapping[RateLabel, Allowance]]] = MappingProxyType(
    {
        "free": {
            "light": Allowance(per_second=4, per_day=6_000),
            "medium": Allowance(per_second=2, per_day=2_000),
            "heavy": Allowance(per_second=1, per_day=1_000),
            "resource_intensive": Allowance(per_minute=10, per_day=30_000),
        },
        "pro": {
            "light": Allowance(per_second=30),
            "medium": Allowance(per_second=20),
            "heavy": Allowance(per_second=10, in_shared_day=True),
            "resource_intensive": Allowance(per_minute=10, in_shared_day=True),
        },
        "business": {
            "light": Allowance(per_second=80),
            "medium": Allowance(per_second=60),
            "heavy": Allowance(per_second=40, in_shared_day=True),
            "resource_intensive": Allowance(per_minute=20, in_shared_day=True),
        },
    }
)
"""Zoom's table of rate limits, developers.zoom.us/docs/api/rate-limits."""
SHARED_PER_DAY: Final[Mapping[Plan, int]] = MappingProxyType(
    {"pro": 30_000, "business": 60_000}
)
"""Heavy and resource-intensive calls together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetState:
    """What is known of an account's use. Keys are labels, or pools for the day.

    A pool is what one daily limit counts: a label, or ``shared``.
    """

    day: int = -1
    """Days since 1970-01-01, UTC, that `spent` and `used` are of."""
    seen_at: float = 0.0
    """When it was last changed, unix seconds."""
    spent: Mapping[str, int] = field(default_factory=dict)
    """Calls that were charged, by label."""
    used: Mapping[str, int] = field(default_factory=dict)
    """Calls that count, by pool: those charged, or what Zoom told."""
    told_limit: Mapping[str, int] = field(default_factory=dict)
    """Daily limit by pool, where Zoom told one."""
    closed_until: Mapping[str, float] = field(default_factory=dict)
    """When a pool opens again that Zoom closed for the day."""
    next_at: Mapping[str, float] = field(default_factory=dict)
    """Earliest next slot, by label."""
    taken: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """Slots of the last minute, by label; only for per-minute limits."""
    slowed: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """(factor, since) by label that Zoom found too fast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The answer to a wish to call."""

    wait_s: float
    booked: bool
    """Whether the call may be sent after the wait; else ask again then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an answer told of the limits (`backrow.zoom.answers.told_by`)."""

    refused: bool
    period: Period
    """Which limit it is about."""
    limit: int | None = None
    """The day's limit; None if not told."""
    remaining: int | None = None
    """What remains of it; None if not told."""
    retry_at: float | None = None
    """When to come back, unix seconds; None if not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The day's calls that count in the plan's daily limit of heavy calls."""

    plan: Plan
    limit_today: int
    """As Zoom told, else the plan's."""
    used_today: int
    """At least; other apps' calls are unknown unless Zoom told."""
    left_today: int
    resets_at: datetime
    """When the next day begins (aware, UTC)."""
    by_label: Mapping[str, int]
    """What we ourselves spent today, by rate label."""
    shared: bool = False
    """Whether other processes of this machine count in it."""


def reserve(
    state: BudgetState, label: RateLabel, plan: Plan, now: float
) -> tuple[BudgetState, Grant]:
    """Return the state after asking for a call, and when it may be sent.

    Args:
        state: What is known.
        label: The call's rate label.
        plan: The account's plan.
        now: Unix seconds.

    Raises:
        RateLimitError: The day's calls are used up.
    """
    state = at(state, now)
    allowance = LIMITS[plan][label]
    pool = pool_of(label, plan)
    _require_day(state, pool, plan, now)
    slot = max(now, state.next_at.get(label, now), _minute_slot(state, label, plan))
    if slot - now > HORIZON_S:
        return state, Grant(wait_s=slot - now - HORIZON_S / 2, booked=False)
    space = 0.0
    if allowance.per_second is not None:
        space = _slowness(state, label, now) * _space_s(allowance.per_second)
    taken = state.taken
    if allowance.per_minute is not None:
        recent = [s for s in state.taken.get(label, ()) if s > now - MINUTE_S]
        taken = {**taken, label: (*recent, slot)}
    booked = replace(
        state,
        spent={**state.spent, label: state.spent.get(label, 0) + 1},
        used={**state.used, pool: state.used.get(pool, 0) + 1},
        next_at={**state.next_at, label: slot + space},
        taken=taken,
    )
    return booked, Grant(wait_s=slot - now, booked=True)


def learn(
    state: BudgetState, label: RateLabel, plan: Plan, told: Told, now: float
) -> BudgetState:
    """Return the state after an answer told something of the limits."""
    state = at(state, now)
    if told.period == "day":
        return _learn_of_day(state, pool_of(label, plan), told, now)
    if not told.refused:
        return state
    factor, since = state.slowed.get(label, (1.0, float("-inf")))
    slowed = state.slowed
    if now - since >= _HOLD_S:  # a burst of refusals is one
        factor = min(_SLOWEST, 2 * _slowness(state, label, now))
        slowed = {**slowed, label: (factor, now)}
    hold = max(now + _HOLD_S, state.next_at.get(label, 0.0))
    return replace(state, slowed=slowed, next_at={**state.next_at, label: hold})


def budget(state: BudgetState, plan: Plan, now: float) -> Budget:
    """Return what the day still holds."""
    state = at(state, now)
    pool = pool_of("heavy", plan)
    limit = daily_limit(state, pool, plan) or 0
    used = state.used.get(pool, 0)
    closed = state.closed_until.get(pool, 0.0) > now
    return Budget(
        plan=plan,
        limit_today=limit,
        used_today=used,
        left_today=0 if closed else max(0, limit - used),
        resets_at=instant(next_day(now)),
        by_label=dict(state.spent),
    )


def at(state: BudgetState, now: float) -> BudgetState:
    """Return `state` as it holds at `now`: a new day begins with no calls.

    A state from the future is of a clock that was restarted, and is dropped.
    """
    if state.seen_at > now + _BACKWARDS_S:
        state = BudgetState()
    day = floor(now / DAY_S)
    if day == state.day:
        return replace(state, seen_at=max(now, state.seen_at))
    return replace(state, day=day, seen_at=now, spent={}, used={})


def pool_of(label: RateLabel, plan: Plan) -> str:
    """Return the name of what a call's daily limit counts."""
    return "shared" if LIMITS[plan][label].in_shared_day else label


def daily_limit(state: BudgetState, pool: str, plan: Plan) -> int | None:
    """Return the day's limit of a pool, as Zoom told it or as the plan has it."""
    told = state.told_limit.get(pool)
    if told is not None:
        return told
    if pool == "shared":
        return SHARED_PER_DAY[plan]
    return next((a.per_day for name, a in LIMITS[plan].items() if name == pool), None)


def instant(unix_s: float) -> datetime:
    """Return unix seconds as an aware datetime in UTC."""
    return datetime.fromtimestamp(unix_s, UTC)


def next_day(now: float) -> float:
    """Return when the next day begins, UTC, in unix seconds."""
    return float((floor(now / DAY_S) + 1) * DAY_S)


def _require_day(state: BudgetState, pool: str, plan: Plan, now: float) -> None:
    closed_until = state.closed_until.get(pool, 0.0)
    limit = daily_limit(state, pool, plan)
    if closed_until > now:
        opens_at, why = closed_until, "Zoom said so"
    elif limit is not None and state.used.get(pool, 0) >= limit:
        opens_at, why = next_day(now), f"{limit:,} of {limit:,} are used"
    else:
        return
    retry_at = instant(opens_at)
    what = "heavy and resource-intensive" if pool == "shared" else pool
    msg = (
        f"no {what} calls are left today ({why}); "
        f"the next can be made at {retry_at:%Y-%m-%d %H:%M} UTC"
    )
    raise RateLimitError(msg, period="day", retry_at=retry_at)


def _space_s(per_second: int) -> float:
    """Return the space between calls, so that whole calls fit into each second."""
    pace = SHARE * per_second
    return 1.0 / min(pace, max(1, floor(pace)))


def _minute_slot(state: BudgetState, label: RateLabel, plan: Plan) -> float:
    """Return the earliest slot that a per-minute limit leaves."""
    per_minute = LIMITS[plan][label].per_minute
    if per_minute is None:
        return 0.0
    most = max(1, floor(SHARE * per_minute))
    taken = state.taken.get(label, ())
    return taken[-most] + MINUTE_S if len(taken) >= most else 0.0


def _slowness(state: BudgetState, label: RateLabel, now: float) -> float:
    """Return the factor, 1 or more, by which a label's calls are spaced out."""
    factor, since = state.slowed.get(label, (1.0, now))
    faded: float = factor * 0.5 ** (max(0.0, now - since) / _HALF_LIFE_S)
    return max(1.0, faded)


def _learn_of_day(state: BudgetState, pool: str, told: Told, now: float) -> BudgetState:
    if told.limit:
        state = replace(state, told_limit={**state.told_limit, pool: told.limit})
    if told.refused:
        until = next_day(now) if told.retry_at is None else told.retry_at
        until = min(until, now + _LONGEST_CLOSED_S)
        return replace(state, closed_until={**state.closed_until, pool: until})
    limit = state.told_limit.get(pool)
    if limit is None or told.remaining is None:
        return state
    counted = state.used.get(pool, 0)
    used = limit - told.remaining
    if counted - UNDER_WAY <= used <= counted:
        return state
    return replace(state, used={**state.used, pool: max(0, used)})
