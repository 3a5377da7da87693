"""The app of `backrow serve`: its routes, its tasks, and who may look.

Two routes are for everybody: `/webhooks/zoom`, which knows Zoom by its signature and
is passed thousands of events a second without further ado, and `/healthz`, which tells
counts and no names. The mirror of Zoom's own paths asks for tokens of its own
(`backrow.web.mirror`). Everything else is behind the guard
(`backrow.web.pages.access.guard`), and every answer has the headers of
`backrow.web.pages.headers`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import anyio
from anyio import to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from backrow.clock import Clock, Ticking
from backrow.web.mirror.api import is_mirrored
from backrow.web.pages.access.door import Door, door_routes, no_door_routes
from backrow.web.pages.access.guard import Guard
from backrow.web.pages.access.guesses import Guesses
from backrow.web.pages.access.passes import Passes
from backrow.web.pages.headers import Secure
from backrow.web.pages.site import Pages, pages_app

WEBHOOK: Final = "/webhooks/zoom"
HEALTH: Final = "/healthz"
_WEBHOOK: Final = frozenset({WEBHOOK, f"{WEBHOOK}/"})
_OPEN: Final = frozenset({HEALTH})

Task = Callable[[], Coroutine[Any, Any, None]]
Health = Callable[[], Mapping[str, Any]]


def create_app(
    *,
    webhook: ASGIApp,
    health: Health,
    tasks: Sequence[Task] = (),
    passes: Passes | None = None,
    pages: Pages | None = None,
    routes: Sequence[BaseRoute] = (),
    mirror: ASGIApp | None = None,
    clock: Ticking | None = None,
) -> Starlette:
    """Return the app.

    Args:
        webhook: Answers `/webhooks/zoom`.
        health: Tells how everything is, and under ``ok`` whether all is well; it is
            called in a thread.
        tasks: Run from start to end.
        passes: Of the token that those from other machines must show; None if only
            this machine can reach the server.
        pages: What people look at.
        routes: Further routes, which the guard guards.
        mirror: Answers Zoom's own paths, to whoever has a token of the mirror's.
        clock: What passes and guesses of the token go by; by default the real one.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with anyio.create_task_group() as group:
            for task in tasks:
                group.start_soon(task)
            yield
            group.cancel_scope.cancel()

    async def healthz(_: Request) -> Response:
        told = dict(await to_thread.run_sync(health))
        return JSONResponse(told, 200 if told.get("ok") else 503)

    guesses, ticking = Guesses(), clock or Clock()
    guard = Middleware(
        Guard, passes=passes, guesses=guesses, clock=ticking, everybody=_OPEN
    )
    every: list[BaseRoute] = [Route(HEALTH, healthz, methods=["GET"]), *routes]
    if passes is not None:
        every += door_routes(Door(passes=passes, guesses=guesses, clock=ticking))
    else:
        every += no_door_routes()
    if pages is not None:
        every.append(Mount("/", pages_app(pages)))
    return App(
        webhook,
        mirror=None if mirror is None else Secure(mirror),
        routes=every,
        middleware=[Middleware(Secure), guard],
        lifespan=lifespan,
    )


class App(Starlette):
    """Routes and middleware for everything but the webhook and the mirror."""

    def __init__(
        self, webhook: ASGIApp, *, mirror: ASGIApp | None = None, **options: Any
    ) -> None:
        """Pass webhooks to `webhook`, Zoom's paths to `mirror`; `options` are Starlette's."""
        super().__init__(**options)
        self._webhook = webhook
        self._mirror = mirror

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "http" and scope["path"] in _WEBHOOK:
            await self._webhook(scope, receive, send)
        elif self._mirror and scope["type"] == "http" and is_mirrored(scope["path"]):
            await self._mirror(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)
