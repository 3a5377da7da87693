"""Zoom inside your own tests: no account, no network, no waiting.

::

    # conftest.py
    pytest_plugins = ["backrow.web.testing"]

    # test_mine.py
    def test_report_names_the_participant(emulated_zoom):
        with emulated_zoom.zoom() as zoom:
            qos = zoom.webinars.participant_qos("94512345678", "1670000000")
        assert qos.person.user_name == "User"

`EmulatedZoom` can be made by hand too, with other options, another source or a
clock of your own. By default its clock stands still and is moved by `advance`, or
by whoever sleeps on it: a client that waits for a rate limit waits no real time.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Unpack

import anyio
import anyio.lowlevel
import httpx2
import pytest
from anyio import to_thread

from backrow.simulate.plain import plain_world
from backrow.web.source import Source
from backrow.web.zoom_api import (
    Asked,
    Credentials,
    DroppedError,
    ZoomApi,
    ZoomOptions,
    app_of,
)
from backrow.zoom.client import AsyncZoom, Options, Timer, Zoom

__all__ = ["BEGIN", "EmulatedZoom", "HandClock", "emulated_zoom"]

BEGIN: Final = datetime(2026, 11, 23, 10, tzinfo=UTC)
"""When the plain world is looked at first, unless another instant is given."""


_FASTEST: Final = 1000
"""Seconds of a hand clock for each real one, while others sleep or work."""

_LOOK_S: Final = 0.02
"""Longest real time that a sleeping task lets pass before it looks again."""


class HandClock:
    """A clock that is moved by hand; sleeping on it moves it and takes next to no time.

    Tasks that sleep side by side wake in the order of their times, and what else is
    going on gets a real moment for it: a task that sleeps for an hour does not let it
    pass while another writes a file on a thread.
    """

    def __init__(self, start: datetime | float = BEGIN) -> None:
        """Show `start`, an aware instant or unix seconds."""
        self._now = start if isinstance(start, int | float) else start.timestamp()
        self._lock = threading.Lock()
        self._sleepers: list[tuple[float, object]] = []

    def now(self) -> float:
        """Return unix seconds."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move forward by `seconds`."""
        with self._lock:
            self._now += max(0.0, seconds)

    def sleep(self, seconds: float) -> None:
        """Move forward by `seconds`."""
        self.advance(seconds)

    async def asleep(self, seconds: float) -> None:
        """Let other tasks run, then show at least `seconds` more than now."""
        sleeper = (self._now + max(0.0, seconds), object())
        with self._lock:
            self._sleepers.append(sleeper)
        step = 1.0
        try:
            await anyio.lowlevel.checkpoint()
            while (left := sleeper[0] - self._now) > 0:
                look = min(left / _FASTEST, _LOOK_S)
                await anyio.sleep(look)
                threads = to_thread.current_default_thread_limiter()
                step = 1.0 if threads.borrowed_tokens else step * 2
                self._move_to(sleeper, step * look * _FASTEST)
        finally:
            with self._lock:
                self._sleepers.remove(sleeper)

    def _move_to(self, sleeper: tuple[float, object], most: float) -> None:
        """Move towards this sleeper's time, if nobody is to wake before it."""
        with self._lock:
            if sleeper[0] <= min(until for until, _ in self._sleepers):
                until = min(sleeper[0], self._now + most)
                self._now = max(self._now, until)


class EmulatedZoom:
    """A Zoom inside this process, and clients for it."""

    host: Final = "https://zoom.example.com"
    api_url: Final = "https://zoom.example.com/v2"
    oauth_url: Final = "https://zoom.example.com/oauth/token"

    def __init__(
        self,
        source: Source | None = None,
        *,
        clock: HandClock | None = None,
        options: ZoomOptions | None = None,
        credentials: Credentials | None = None,
    ) -> None:
        """Emulate Zoom over `source`.

        Args:
            source: Sessions, people and minutes; the plain world, around the
                clock's instant, if not given.
            clock: At 2026-11-23T10:00:00Z if not given.
            options: How this Zoom behaves.
            credentials: The account's app; `demo` three times if not given.
        """
        self.clock = clock or HandClock()
        """What it and its clients go by; `advance` moves it."""
        self.credentials = credentials or Credentials()
        self.source: Source = source or plain_world(self.clock.now())
        self.api = ZoomApi(self.source, options=options, credentials=self.credentials)
        self.app = app_of(self.api, clock=self.clock)
        """The ASGI application, for a server or another transport."""
        self.transport = EmulatedTransport(self.api, clock=self.clock)
        """For `httpx2.Client`."""
        self.async_transport = EmulatedAsyncTransport(app=self.app)
        """For `httpx2.AsyncClient`."""

    def zoom(self, **options: Unpack[Options]) -> Zoom:
        """Return a client for it; options win over what it would take itself."""
        return Zoom(transport=self.transport, **self._options(options))

    def async_zoom(self, **options: Unpack[Options]) -> AsyncZoom:
        """Return an asynchronous client for it."""
        return AsyncZoom(transport=self.async_transport, **self._options(options))

    def access_token(self) -> str:
        """Return a fresh access token."""
        with self.zoom() as zoom:
            return zoom.access_token()

    def _options(self, given: Options) -> Options:
        own: Options = {
            "api_url": self.api_url,
            "oauth_url": self.oauth_url,
            "plan": self.api.options.plan,
            "clock": self.clock,
        }
        if given.get("access_token") is None:
            own["account_id"] = self.credentials.account_id
            own["client_id"] = self.credentials.client_id
            own["client_secret"] = self.credentials.client_secret
        return {**own, **given}


class EmulatedTransport(httpx2.BaseTransport):
    """Carries requests of a blocking client straight to a `ZoomApi`."""

    def __init__(self, api: ZoomApi, *, clock: Timer) -> None:
        """Answer by `clock`."""
        self._api = api
        self._clock = clock

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the answer to one request.

        Raises:
            httpx2.RemoteProtocolError: The connection was broken off, on purpose.
        """
        path, _, query = request.url.raw_path.partition(b"?")
        asked = Asked(
            method=request.method,
            path=path.decode("latin-1"),
            query=query.decode("latin-1"),
            headers={k.lower(): v for k, v in request.headers.items()},
            body=request.read().decode("latin-1"),
            base_url=f"{request.url.scheme}://{request.url.netloc.decode('ascii')}",
        )
        answer = self._api.answer(asked, now=self._clock.now())
        self._clock.sleep(answer.delay_s)
        if answer.dropped:
            raise _dropped(request)
        headers: Sequence[tuple[str, str]] = list(answer.headers.items())
        return httpx2.Response(answer.status, headers=headers, content=answer.body)


class EmulatedAsyncTransport(httpx2.ASGITransport):
    """Carries requests of an asynchronous client through the ASGI application."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the answer to one request.

        Raises:
            httpx2.RemoteProtocolError: The connection was broken off, on purpose.
        """
        try:
            return await super().handle_async_request(request)
        except DroppedError as exc:
            raise _dropped(request) from exc


def _dropped(request: httpx2.Request) -> httpx2.RemoteProtocolError:
    message = "peer closed connection without sending complete message body"
    return httpx2.RemoteProtocolError(message, request=request)


@pytest.fixture
def emulated_zoom() -> EmulatedZoom:
    """A Zoom inside the test, over the plain world, on a clock moved by hand."""
    return EmulatedZoom()
