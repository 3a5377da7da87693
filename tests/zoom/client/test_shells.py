"""The shells under load: limits kept, nothing lost or doubled, one renewal."""

import threading
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import anyio
import httpx2
import pytest

from backrow.errors import CredentialsError, RateLimitError
from backrow.zoom.client import AsyncZoom
from backrow.zoom.endpoints import endpoint
from tests.zoom.fakes import (
    DAILY,
    NOON,
    PER_SECOND,
    FakeClock,
    FakeZoom,
    one_person,
    refusal,
    reply,
)

MIDNIGHT = "2026-11-27T00:00:00Z"


class StrictZoom(FakeZoom):
    """Enforces Zoom's limits of a plan as strictly as Zoom can.

    Any second may hold `per_second` heavy calls, any minute `per_minute`
    resource-intensive ones, the day `per_day` of both.
    """

    def __init__(
        self,
        clock: FakeClock,
        *,
        per_second: int = 10,
        per_minute: int = 10,
        per_day: int = 30_000,
    ) -> None:
        super().__init__(self.answer)
        self.clock = clock
        self.windows = {True: (1.0, per_second), False: (60.0, per_minute)}
        self.per_day = per_day
        self.met: dict[bool, deque[float]] = {True: deque(), False: deque()}
        self.refused = 0
        self.good: Counter[str] = Counter()

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        heavy = "/participants" in request.url.path
        span, most = self.windows[heavy]
        met = self.met[heavy]
        while met and met[0] <= self.clock.now() - span:
            met.popleft()
        if sum(self.good.values()) >= self.per_day:
            self.refused += 1
            headers = {"x-ratelimit-type": "Daily-limit", "retry-after": MIDNIGHT}
            return refusal(429, 429, DAILY, headers)
        if len(met) >= most:
            self.refused += 1
            return refusal(429, 429, PER_SECOND, {"x-ratelimit-type": "QPS"})
        met.append(self.clock.now())
        self.good[str(request.url.path)] += 1
        return reply(body=one_person(request.url.path.split("/")[-2]))

    def through_a_network(self, rng: Random) -> httpx2.MockTransport:
        """Return a transport whose ways to Zoom take up to a fifth of a second."""

        async def handle(request: httpx2.Request) -> httpx2.Response:
            await self.clock.asleep(rng.uniform(0.0, 0.2))
            return self(request)

        return httpx2.MockTransport(handle)


async def at_once(
    clock: FakeClock, jobs: list[Callable[[], Awaitable[Any]]]
) -> list[Any]:
    """Return what the jobs give, all started together on an emulated clock."""
    results: list[Any] = [None] * len(jobs)

    async def one(i: int) -> None:
        results[i] = await jobs[i]()

    async with anyio.create_task_group() as driver:
        driver.start_soon(clock.run)
        async with anyio.create_task_group() as group:
            for i in range(len(jobs)):
                group.start_soon(one, i)
        driver.cancel_scope.cancel()
    return results


def ask(zoom: AsyncZoom, participant: int) -> Callable[[], Awaitable[str | None]]:
    async def job() -> str | None:
        found = await zoom.webinars.participant_qos("1", participant)
        return found.person.user_id

    return job


@pytest.mark.anyio
async def test_full_speed_loses_and_doubles_nothing_and_meets_no_refusal() -> None:
    clock = FakeClock()
    server = StrictZoom(clock)
    transport = server.through_a_network(Random(7))
    async with server.tasks(clock=clock, plan="pro", transport=transport) as zoom:
        jobs = [ask(zoom, i) for i in range(1, 201)]
        assert await at_once(clock, jobs) == [str(i) for i in range(1, 201)]
        assert zoom.budget.used_today == 200
    assert set(server.good.values()) == {1}
    assert len(server.good) == 200
    assert server.refused == 0
    assert clock.now() - NOON < 200 / 8 + 1


@pytest.mark.anyio
async def test_many_lists_keep_the_minute() -> None:
    clock = FakeClock()
    server = StrictZoom(clock)
    transport = server.through_a_network(Random(7))

    async with server.tasks(clock=clock, plan="pro", transport=transport) as zoom:

        async def count() -> int:
            return len([one async for one in zoom.webinars.list()])

        await at_once(clock, [count] * 30)
    assert server.refused == 0
    assert sum(server.good.values()) == 30


@pytest.mark.anyio
async def test_wrong_plan_or_other_apps_cost_time_but_no_answer() -> None:
    clock = FakeClock()
    server = StrictZoom(clock, per_second=10)
    async with server.tasks(clock=clock, plan="business") as zoom:
        jobs = [ask(zoom, i) for i in range(1, 101)]
        assert await at_once(clock, jobs) == [str(i) for i in range(1, 101)]
    assert set(server.good.values()) == {1}


def test_used_up_day_is_told_without_another_call() -> None:
    clock = FakeClock()
    server = StrictZoom(clock, per_day=3)
    with server.sync(clock=clock, plan="pro") as zoom:
        for i in range(1, 4):
            zoom.webinars.participant_qos("1", i)
        for _ in range(2):
            with pytest.raises(RateLimitError) as caught:
                zoom.webinars.participant_qos("1", 4)
            assert caught.value.period == "day"
            assert caught.value.retry_at
            assert caught.value.retry_at.isoformat() == "2026-11-27T00:00:00+00:00"
        assert zoom.budget.left_today == 0
    assert server.refused == 1


def test_full_speed_of_one_thread_keeps_the_limit() -> None:
    clock = FakeClock()
    server = StrictZoom(clock)
    with server.sync(clock=clock, plan="pro") as zoom:
        for i in range(1, 101):
            zoom.webinars.participant_qos("1", i)
    assert server.refused == 0
    assert sum(server.good.values()) == 100


class ExpiringZoom(FakeZoom):
    """Takes only its newest token."""

    def __init__(self) -> None:
        super().__init__(self.answer)
        self.newest = 0

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        given = request.headers["authorization"]
        if given != f"Bearer token-number-{max(2, len(self.token_requests))}":
            return refusal(401, 124, "Access token is expired.")
        return reply(body=one_person())


@pytest.mark.anyio
async def test_tasks_refused_together_cause_one_renewal() -> None:
    clock = FakeClock()
    server = ExpiringZoom()
    async with server.tasks(clock=clock) as zoom:
        assert await at_once(clock, [ask(zoom, i) for i in range(40)]) == ["7"] * 40
    assert len(server.token_requests) == 2


def test_threads_refused_together_cause_one_renewal() -> None:
    server = ExpiringZoom()
    barrier = threading.Barrier(8)
    with server.sync() as zoom, ThreadPoolExecutor(8) as pool:

        def job(i: int) -> str | None:
            barrier.wait()
            return zoom.webinars.participant_qos("1", i).person.user_id

        assert list(pool.map(job, range(8))) == ["7"] * 8
    assert len(server.token_requests) == 2


@pytest.mark.anyio
async def test_tasks_that_wait_for_a_token_learn_together_that_there_is_none() -> None:
    clock = FakeClock()
    reason = {"reason": "Invalid client_id or client_secret", "error": "x"}

    async def refuse(request: httpx2.Request) -> httpx2.Response:
        await clock.asleep(1.0)
        return server(request)

    server = FakeZoom(token=lambda _: reply(400, reason))
    transport = httpx2.MockTransport(refuse)
    async with server.tasks(clock=clock, transport=transport) as zoom:

        async def job() -> str:
            with pytest.raises(CredentialsError) as caught:
                await zoom.access_token()
            return str(caught.value)

        told = await at_once(clock, [job] * 20)
    assert len(set(told)) == 1
    assert len(server.token_requests) == 1


def test_token_is_renewed_a_minute_before_its_end() -> None:
    clock = FakeClock()
    server = FakeZoom()
    with server.sync(clock=clock) as zoom:
        assert zoom.access_token() == "token-number-1"
        clock.now_s += 3_539
        assert zoom.access_token() == "token-number-1"
        clock.now_s += 1
        assert zoom.access_token() == "token-number-2"


@pytest.mark.anyio
async def test_cancelled_task_leaves_the_queue_free() -> None:
    server = FakeZoom()
    async with server.tasks(plan="free") as zoom:
        with anyio.move_on_after(0):
            await zoom.webinars.participant_qos("1", "7")
        await zoom.webinars.get("1")
    assert len(server.requests) <= 2


def test_raw_call_gives_zooms_bytes() -> None:
    body = b'{ "user_id" : "7",\n"user_qos": [] }'
    with FakeZoom(lambda _: reply(body=body)).sync() as zoom:
        which = endpoint("webinar", "participant_qos")
        found = zoom.call_raw(which, session="1", participant="7", query={"type": "x"})
    assert (found.status, found.body) == (200, body)
