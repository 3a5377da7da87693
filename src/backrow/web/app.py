"""The app of `backrow serve`: its routes, its tasks, and who may look.

Two routes are for everybody: `/webhooks/zoom`, which knows Zoom by its signature,
and `/healthz`, which tells counts and no names. Everything else is for those on this
machine, or, where others can reach the address, for who shows the token.

A server on this machine alone asks for no token, but only answers to names of this
machine: a page of somebody else's, or a tunnel that was opened for the webhook, comes
with another name and is turned away.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import anyio
from anyio import to_thread
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

WEBHOOK: Final = "/webhooks/zoom"
HEALTH: Final = "/healthz"
COOKIE: Final = "backrow_token"
_OPEN: Final = frozenset({WEBHOOK, f"{WEBHOOK}/", HEALTH})
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_COOKIE_S: Final = 30 * 86_400

Task = Callable[[], Coroutine[Any, Any, None]]
Health = Callable[[], Mapping[str, Any]]


def create_app(
    *,
    webhook: ASGIApp,
    health: Health,
    tasks: Sequence[Task] = (),
    token: str | None = None,
    routes: Sequence[BaseRoute] = (),
) -> Starlette:
    """Return the app.

    Args:
        webhook: Answers `/webhooks/zoom`.
        health: Tells how everything is, and under ``ok`` whether all is well; it is
            called in a thread.
        tasks: Run from start to end.
        token: What those from other machines must show; None if only this machine
            can reach the server.
        routes: Further pages, which the token guards.
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

    return Starlette(
        routes=[
            Route(WEBHOOK, Plain(webhook)),
            Route(f"{WEBHOOK}/", Plain(webhook)),
            Route(HEALTH, healthz, methods=["GET"]),
            *routes,
        ],
        middleware=[Middleware(Guard, token=token)],
        lifespan=lifespan,
    )


class Plain:
    """An ASGI app as a route takes it, whatever it is made of and for all methods."""

    def __init__(self, app: ASGIApp) -> None:
        """Pass everything to `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        await self._app(scope, receive, send)


class Guard:
    """Lets in whoever may look."""

    def __init__(self, app: ASGIApp, *, token: str | None) -> None:
        """Guard `app` with a token, or by names of this machine if it is None."""
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with a refusal."""
        if scope["type"] != "http" or scope["path"] in _OPEN:
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if self._token is None:
            if _host(headers.get("host", "")) in _HERE:
                return None
            message = "only this machine may look: open http://127.0.0.1 there"
            return JSONResponse({"error": "host", "message": message}, 421)
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        if any(self._fits(given) for given in asked):
            return _remembering(scope["path"], self._token, scope["scheme"])
        if any(self._fits(given) for given in _shown(headers)):
            return None
        message = "show the token: in Authorization: Bearer, or once as ?token="
        answer = JSONResponse({"error": "token", "message": message}, 401)
        answer.headers["www-authenticate"] = "Bearer"
        return answer

    def _fits(self, given: str) -> bool:
        token = self._token or ""
        return hmac.compare_digest(given.encode(), token.encode())


def _host(text: str) -> str:
    """Return the name in a Host header, without its port."""
    try:
        return urlsplit(f"//{text}").hostname or ""
    except ValueError:
        return ""


def _shown(headers: Headers) -> list[str]:
    """Return the tokens that a request shows."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    found = [given.strip()] if scheme.lower() == "bearer" else []
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        cookie = None
    return found if cookie is None else [*found, cookie.value]


def _remembering(path: str, token: str, scheme: str) -> Response:
    """Return an answer that puts the token into a cookie and out of the address."""
    answer = RedirectResponse(f"/{path.lstrip('/')}", 303)
    answer.set_cookie(
        COOKIE,
        token,
        max_age=_COOKIE_S,
        httponly=True,
        samesite="strict",
        secure=scheme == "https",
    )
    answer.headers["referrer-policy"] = "no-referrer"
    return answer
