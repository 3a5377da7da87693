"""A clock that needs no time and a Zoom that is a function, for the client's tests."""

import heapq
import json
import threading
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import anyio
import httpx2
from anyio.lowlevel import checkpoint

from backrow.zoom.answers import Answer
from backrow.zoom.client import AsyncZoom, Zoom

NOON = 1_795_694_400.0
"""2026-11-26 12:00:00 UTC."""
SECRET = "s3cret-of-the-app-0123456789"
APP = {"account_id": "acc", "client_id": "client", "client_secret": SECRET}
SETTLING = 300
"""Rounds of the event loop after which every task that can go on has done so."""
DAILY = (
    "You have reached the maximum daily rate limit for this API. Refer to the "
    "response header for details on when you can make another request."
)
PER_SECOND = (
    "You have reached the maximum per-second rate limit for this API. Try again later."
)


class FakeClock:
    """Shows a time that only sleeping moves on.

    While `run` runs, tasks that sleep wake in the order of their time, once all
    others wait too.
    """

    def __init__(self, now_s: float = NOON) -> None:
        self.now_s = now_s
        self.slept: list[float] = []
        self._lock = threading.Lock()
        self._is_driven = False
        self._order = count()
        self._asleep: list[tuple[float, int, anyio.Event]] = []

    def now(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now_s += max(0.0, seconds)
            self.slept.append(seconds)

    async def asleep(self, seconds: float) -> None:
        if seconds <= 0 or not self._is_driven:
            self.sleep(seconds)
            await checkpoint()
            return
        self.slept.append(seconds)
        event = anyio.Event()
        heapq.heappush(self._asleep, (self.now_s + seconds, next(self._order), event))
        await event.wait()

    async def run(self) -> None:
        """Wake the sleepers, one instant after the other; to be cancelled."""
        self._is_driven = True
        while True:
            for _ in range(SETTLING):
                await checkpoint()
            if not self._asleep:
                continue
            self.now_s = max(self.now_s, self._asleep[0][0])
            while self._asleep and self._asleep[0][0] <= self.now_s:
                heapq.heappop(self._asleep)[2].set()


def reply(
    status: int = 200, body: object = None, headers: Mapping[str, str] | None = None
) -> httpx2.Response:
    content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    return httpx2.Response(status, content=content, headers=dict(headers or {}))


def refusal(
    status: int, code: int, message: str, headers: Mapping[str, str] | None = None
) -> httpx2.Response:
    return reply(status, {"code": code, "message": message}, headers)


def answer(
    status: int, body: object = b"", headers: Mapping[str, str] | None = None
) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status=status, headers=dict(headers or {}), body=content)


def one_person(user_id: str = "7") -> dict[str, Any]:
    minute = {
        "date_time": "2026-11-26T11:59:00Z",
        "audio_output": {"bitrate": "63 kbps", "latency": "134 ms"},
    }
    return {"user_id": user_id, "user_name": "Ada", "user_qos": [minute]}


class FakeZoom:
    """Gives tokens, and answers API calls by a function that the test writes."""

    def __init__(
        self,
        api: Callable[[httpx2.Request], httpx2.Response] | None = None,
        *,
        token: Callable[[int], httpx2.Response] | None = None,
    ) -> None:
        self._api = api or (lambda _: reply(body=one_person()))
        self._token = token or (lambda n: reply(body=self.token_answer(n)))
        self.token_requests: list[httpx2.Request] = []
        self.requests: list[httpx2.Request] = []
        self._lock = threading.Lock()

    @staticmethod
    def token_answer(n: int, **more: object) -> dict[str, object]:
        answer = {"access_token": f"token-number-{n}", "expires_in": 3600}
        return {**answer, "scope": "a:read b:read", **more}

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "POST":
            with self._lock:
                self.token_requests.append(request)
                number = len(self.token_requests)
            return self._token(number)
        with self._lock:
            self.requests.append(request)
        return self._api(request)

    def sync(self, **options: Any) -> Zoom:
        """Return a client of it."""
        defaults: dict[str, Any] = {"clock": FakeClock(), **APP}
        if "access_token" in options:
            defaults = {"clock": FakeClock()}
        transport = httpx2.MockTransport(self)
        return Zoom(transport=transport, **{**defaults, **options})

    def tasks(self, **options: Any) -> AsyncZoom:
        """Return a client of it, for tasks."""
        defaults: dict[str, Any] = {"clock": FakeClock(), **APP}
        defaults["transport"] = httpx2.MockTransport(self)
        return AsyncZoom(**{**defaults, **options})


def in_turn(*replies: httpx2.Response) -> Callable[[httpx2.Request], httpx2.Response]:
    """Return an API that gives these answers one after the other, then the last."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]
