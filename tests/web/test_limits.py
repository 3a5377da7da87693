"""Rate limits of the emulated account."""

from datetime import UTC, datetime

import httpx2
import pytest

from backrow.simulate.plain.world import LIVE_NUMBER
from backrow.web.testing import HandClock
from tests.web.asking import Asking, error

pytestmark = pytest.mark.anyio
HEAVY = f"/webinars/{LIVE_NUMBER}"
TOO_FAST = "maximum per-second rate limit"
TOO_MANY = "maximum daily rate limit"


async def ask_lists(asking: Asking) -> httpx2.Response:
    return await asking.get("/webinars", from_="2026-11-23", to="2026-11-23")


@pytest.mark.parametrize(
    ("plan", "calls"), [("free", 1), ("pro", 10), ("business", 40)]
)
async def test_heavy_calls_are_limited_by_the_second(plan: str, calls: int) -> None:
    asking = Asking(plan=plan)
    for _ in range(calls):
        assert (await asking.get(HEAVY)).status_code == 200
    refused = await asking.get(HEAVY)
    assert error(refused)[:2] == (429, 429)
    assert TOO_FAST in error(refused)[2]
    assert refused.headers["x-ratelimit-type"] == "QPS"
    assert "retry-after" not in refused.headers
    asking.clock.advance(1)
    assert (await asking.get(HEAVY)).status_code == 200


async def test_a_second_is_counted_wherever_it_begins() -> None:
    asking = Asking(plan="pro")
    for _ in range(10):
        await asking.get(HEAVY)
        asking.clock.advance(0.0625)
    assert (await asking.get(HEAVY)).status_code == 429
    asking.clock.advance(0.375)
    assert (await asking.get(HEAVY)).status_code == 200


async def test_lists_are_limited_by_the_minute() -> None:
    asking = Asking(plan="pro")
    for _ in range(10):
        assert (await ask_lists(asking)).status_code == 200
        asking.clock.advance(5)
    refused = await ask_lists(asking)
    assert refused.status_code == 429
    assert refused.headers["x-ratelimit-category"] == "Resource-intensive"
    asking.clock.advance(10)
    assert (await ask_lists(asking)).status_code == 200


async def test_the_day_is_shared_by_heavy_calls_and_lists() -> None:
    last_second = datetime(2026, 11, 26, 23, 59, 59, tzinfo=UTC)
    asking = Asking(HandClock(last_second), other_daily_calls=60_000)
    answers = [await asking.get(HEAVY), await ask_lists(asking)]
    refused = answers[1]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert TOO_MANY in error(refused)[2]
    assert refused.headers["x-ratelimit-type"] == "Daily-limit"
    assert refused.headers["x-ratelimit-limit"] == "60000"
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert refused.headers["retry-after"] == "2026-11-27T00:00:00Z"
    asking.clock.advance(1)
    assert (await asking.get(HEAVY)).status_code == 200


async def test_full_headers_tell_what_remains() -> None:
    asking = Asking(plan="pro", rate_headers="full")
    await asking.get(HEAVY)
    headers = (await asking.get(HEAVY)).headers
    assert headers["x-ratelimit-limit"] == "30000"
    assert headers["x-ratelimit-remaining"] == "29998"


async def test_refused_tokens_and_paths_cost_nothing() -> None:
    asking = Asking(plan="free", scopes="none")
    for _ in range(3):
        assert (await asking.get(HEAVY)).status_code == 400
        assert (await asking.get_as("Bearer x", HEAVY)).status_code == 401
