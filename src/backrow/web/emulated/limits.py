"""Zoom's rate limits as the emulated account meets them.

Limits hold for the account, whichever app calls. Refusals carry Zoom's texts; the
headers are those of Zoom's older documentation, the only ones described anywhere:
``Retry-After`` is an instant, and comes with the daily limit only. Days end at
00:00 UTC. The text and type of a refusal by the minute are a guess. The figures
are those of `backrow.zoom.limits`; any second (any minute) is counted, wherever it
begins.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from backrow.web.emulated.options import ZoomOptions
from backrow.web.emulated.refusals import RefusalError
from backrow.zoom.endpoints import RateLabel
from backrow.zoom.limits import DAY_S, LIMITS, SHARED_PER_DAY, Plan, pool_of

CATEGORY: Final[Mapping[RateLabel, str]] = {
    "light": "Light",
    "medium": "Medium",
    "heavy": "Heavy",
    "resource_intensive": "Resource-intensive",
}
_TOO_FAST: Final = (
    "You have reached the maximum per-second rate limit for this API. Try again later."
)
_TOO_MANY: Final = (
    "You have reached the maximum daily rate limit for this API. Refer to the "
    "response header for details on when you can make another request."
)


@dataclass(slots=True)
class Meter:
    """Counts the account's calls and refuses those beyond its plan's limits."""

    options: ZoomOptions
    _recent: dict[RateLabel, deque[float]] = field(default_factory=dict)
    _day: int = -1
    _today: dict[str, int] = field(default_factory=dict)

    def charge(self, label: RateLabel, *, now: float) -> dict[str, str]:
        """Count a call and return the headers of a success.

        A refused call counts against no limit.

        Raises:
            RefusalError: 429, by the second, the minute or the day.
        """
        if not self.options.rate_limits:
            return {"x-ratelimit-category": CATEGORY[label]}
        plan = self.options.plan
        pool = pool_of(label, plan)
        daily = _daily_limit(label, plan)
        used = self._used_today(pool, now)
        if daily is not None and used >= daily:
            raise self._refused_for_today(label, daily, now)
        self._pass_window(label, plan, now)
        self._today[pool] = self._today.get(pool, 0) + 1
        return self._headers(label, daily, used + 1)

    def _pass_window(self, label: RateLabel, plan: Plan, now: float) -> None:
        allowance = LIMITS[plan][label]
        most, window_s = allowance.per_second, 1
        if most is None:
            most, window_s = allowance.per_minute or 0, 60
        elif label == "heavy":
            most -= self.options.other_calls_per_s
        recent = self._recent.setdefault(label, deque())
        while recent and recent[0] <= now - window_s:
            recent.popleft()
        if len(recent) >= most:
            headers = {"x-ratelimit-category": CATEGORY[label]}
            raise _refused(_TOO_FAST, {**headers, "x-ratelimit-type": "QPS"})
        recent.append(now)

    def _used_today(self, pool: str, now: float) -> int:
        day = int(now // DAY_S)
        if day != self._day:
            self._day = day
            self._today.clear()
        own = self._today.get(pool, 0)
        if pool != "shared":
            return own
        return own + int(self.options.other_daily_calls * (now % DAY_S) / DAY_S)

    def _headers(
        self, label: RateLabel, daily: int | None, used: int
    ) -> dict[str, str]:
        headers = {"x-ratelimit-category": CATEGORY[label]}
        if self.options.rate_headers == "full" and daily is not None:
            headers["x-ratelimit-type"] = "Daily-limit"
            headers["x-ratelimit-limit"] = str(daily)
            headers["x-ratelimit-remaining"] = str(max(0, daily - used))
        return headers

    def _refused_for_today(
        self, label: RateLabel, daily: int, now: float
    ) -> RefusalError:
        midnight = datetime.fromtimestamp((now // DAY_S + 1) * DAY_S, UTC)
        return _refused(
            _TOO_MANY,
            {
                "x-ratelimit-category": CATEGORY[label],
                "x-ratelimit-type": "Daily-limit",
                "x-ratelimit-limit": str(daily),
                "x-ratelimit-remaining": "0",
                "retry-after": f"{midnight:%Y-%m-%dT%H:%M:%SZ}",
            },
        )


def _daily_limit(label: RateLabel, plan: Plan) -> int | None:
    allowance = LIMITS[plan][label]
    return SHARED_PER_DAY[plan] if allowance.in_shared_day else allowance.per_day


def _refused(message: str, headers: Mapping[str, str]) -> RefusalError:
    return RefusalError(429, {"code": 429, "message": message}, headers)
