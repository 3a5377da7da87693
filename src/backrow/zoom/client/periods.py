"""The periods of session lists: at most a month each, as Zoom wants them.

Zoom takes days (``2026-11-23``) or instants (``2026-11-23 10:00:00``, UTC), and at
most a month between them. A longer period is asked for month by month.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, TypeAlias

from backrow.errors import UsageError

Moment: TypeAlias = date | datetime | str
"""A day or an instant; naive instants are UTC."""
PAST_DAYS: Final = 30
"""How far back a list of past sessions goes if nothing is asked for."""
_SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)


def periods(
    kind: str, begin: Moment | None, end: Moment | None, *, now: datetime
) -> list[dict[str, str]]:
    """Return `from` and `to` of each query that a list takes, ascending.

    Args:
        kind: Zoom's `type`: a list of live sessions takes one query.
        begin: First day or instant; by default today for live sessions, and
            `PAST_DAYS` before the end for past ones.
        end: Last day or instant; by default today.
        now: Aware.

    Raises:
        UsageError: One of them is no date, or they are the wrong way round.
    """
    today = now.astimezone(UTC).date()
    last = today if end is None else moment(end, "to")
    back = timedelta(days=0 if kind == "live" else PAST_DAYS)
    first = _day_of(last) - back if begin is None else moment(begin, "from")
    if isinstance(first, datetime) or isinstance(last, datetime):
        first, last = _instant(first, time.min), _instant(last, time(23, 59, 59))
    if not first <= last:
        today_ = f"{_text(last)}, which is today" if end is None else _text(last)
        msg = f"expected from not after to, got {_text(first)} and {today_}"
        raise UsageError(msg)
    if kind == "live":
        return [_query(first, last)]
    return _months(first, last)


def _months(first: date, last: date) -> list[dict[str, str]]:
    step = _SECOND if isinstance(first, datetime) else _DAY
    found = []
    while first <= last:
        end = min(last, _month_after(first) - step)
        found.append(_query(first, end))
        first = end + step
    return found


def _month_after(at: date) -> date:
    """Return the same day of the next month, or its last day if that is shorter."""
    year, month = (at.year + 1, 1) if at.month == 12 else (at.year, at.month + 1)
    return at.replace(
        year=year, month=month, day=min(at.day, monthrange(year, month)[1])
    )


def _query(first: date, last: date) -> dict[str, str]:
    return {"from": _text(first), "to": _text(last)}


def _text(at: date) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if isinstance(at, datetime) else at.isoformat()


def moment(value: Moment, name: str) -> date:
    """Return a day, or an instant as naive UTC.

    Args:
        value: What was given.
        name: What it is called in an error.

    Raises:
        UsageError: It is neither.
    """
    if isinstance(value, datetime):
        return _naive(value)
    if isinstance(value, date):
        return value
    text = value.strip()
    try:
        if len(text) == len("2026-11-23"):
            return date.fromisoformat(text)
        return _naive(datetime.fromisoformat(text))
    except ValueError as exc:
        msg = (
            f"expected a date such as 2026-11-23 or 2026-11-23 10:00:00, got {value!r}"
        )
        raise UsageError(f"{msg} - in {name}") from exc


def _naive(at: datetime) -> datetime:
    at = at if at.tzinfo is None else at.astimezone(UTC)
    return at.replace(tzinfo=None, microsecond=0)


def _instant(at: date, of_day: time) -> datetime:
    return at if isinstance(at, datetime) else datetime.combine(at, of_day)


def _day_of(at: date) -> date:
    return at.date() if isinstance(at, datetime) else at
