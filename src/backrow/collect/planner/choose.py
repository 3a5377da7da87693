"""Whom to ask this minute, in a room that is given so many calls."""

from __future__ import annotations

from math import floor
from typing import Final

from backrow.collect.planner.calls import Options
from backrow.collect.planner.watched import Watched, census_calls

BAD_SHARE: Final = 0.1
"""From here on it is cheaper to ask everyone than each suspect."""
_FEW: Final = 50
"""In a smaller room a tenth is only a few people."""
WALK_S: Final = 900.0
"""From one walk for suspects to the next, seconds."""
_PAID_SHARE: Final = 0.4
"""How much of a minute's single calls pays for the last walk: about an hour of it
pays for a walk over 10,000 people, so that trouble costs no more than a calm hour."""
_WALK_SPARE: Final = 4
"""Such a walk may take a quarter of what is left."""
_PUSHED_SHARE: Final = 0.5
"""Where more people's events arrive, walking over everyone would waste calls."""


def choose(one: Watched, options: Options, *, spare: int, now: float) -> bool:
    """Fill a session's queue for this minute.

    Args:
        one: The session; its share was decided before.
        options: The collector's.
        spare: Calls that are left today and not put aside.
        now: Unix seconds.

    Returns:
        Whether a walk over everyone is to begin instead, or as well.
    """
    one.queue.clear()
    crowd = one.crowd
    if one.is_census and crowd.pushed_share(now) <= _PUSHED_SHARE:
        return True
    walks = _many_look_bad(one, spare, now)
    if walks:
        one.debt = census_calls(one.listed)
    singles = one.singles - _paid(one)
    stage = crowd.stage(now)[:singles]
    rest = singles - len(stage)
    suspects = [] if walks else crowd.suspects(now)
    suspects = suspects[: min(rest, floor(singles * options.suspects_share))]
    picked = crowd.draw(rest - len(suspects), turn=one.minute, now=now)
    taken = set(picked)
    one.queue.extend((name, "targeted") for name in stage)
    one.queue.extend((name, "random") for name in picked)
    one.queue.extend((name, "targeted") for name in suspects if name not in taken)
    return walks


def _many_look_bad(one: Watched, spare: int, now: float) -> bool:
    """Return whether a walk over everyone shows the trouble at a better price."""
    if len(one.crowd.here()) < _FEW or one.crowd.bad_share(now) <= BAD_SHARE:
        return False
    if one.debt or now - one.walked_at < WALK_S:
        return False
    return census_calls(one.listed) * _WALK_SPARE <= spare


def _paid(one: Watched) -> int:
    """Return the single calls that pay for the last walk this minute."""
    paid = min(one.debt, floor(one.singles * _PAID_SHARE))
    one.debt -= paid
    return paid
