"""Lets in whoever may look.

A server on this machine alone asks for no token, but only answers to names of this
machine: a page of somebody else's, or a tunnel that was opened for the webhook, comes
with another name and is turned away. Any other server asks for the token: in a
header, or once at the login, which gives a pass for it.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from backrow.clock import Ticking
from backrow.web.pages.access.guesses import Guesses
from backrow.web.pages.access.login import (
    COOKIE,
    LOGIN,
    PASSES,
    SIGNED_IN,
)
from backrow.web.pages.access.passes import Passes

_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_STATIC: Final = "/static/"


class Guard:
    """Stands in front of an app."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        passes: Passes | None,
        guesses: Guesses,
        clock: Ticking,
        everybody: Collection[str] = (),
    ) -> None:
        """Guard `app`.

        Args:
            app: What is behind.
            passes: Of the token; None if only this machine can reach the server.
            guesses: Counts wrong tokens.
            clock: What passes and guesses go by.
            everybody: Paths that are open to all.
        """
        self._app = app
        self._passes = passes
        self._guesses = guesses
        self._clock = clock
        self._everybody = everybody

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with a refusal."""
        if scope["type"] != "http" or scope["path"] in self._everybody:
            await self._app(scope, receive, send)
            return
        if self._passes is None:
            refusal = _elsewhere(scope)
        else:
            scope[PASSES] = self._passes
            refusal = self._refusal(scope, self._passes)
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope, passes: Passes) -> Response | None:
        request, now = Request(scope), self._clock.now()
        shown = request.cookies.get(COOKIE, "")
        if shown and passes.holds(shown, now=now):
            scope[SIGNED_IN] = shown
            return None
        if _is_open(scope["path"]):
            return None
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return _asking(request)
        address = scope["client"][0] if scope.get("client") else ""
        wait_s = self._guesses.wait_s(address, now=now)
        if wait_s > 0:
            return too_many(wait_s)
        if passes.fits(given.strip()):
            return None
        self._guesses.wrong(address, now=now)
        return _asking(request)


def too_many(wait_s: float) -> Response:
    """Return the answer to one who guessed wrong too often."""
    message = "too many wrong tokens: try again later"
    headers = {"retry-after": str(math.ceil(wait_s))}
    return JSONResponse({"error": "guesses", "message": message}, 429, headers)


def _is_open(path: str) -> bool:
    """Return whether a path is part of the login, which all may see."""
    return path == LOGIN or path.startswith((f"{LOGIN}/", _STATIC))


def _elsewhere(scope: Scope) -> Response | None:
    """Return a refusal if a request was not meant for this machine."""
    if _host(Request(scope).headers.get("host", "")) in _HERE:
        return None
    message = "only this machine may look: open http://127.0.0.1 there"
    return JSONResponse({"error": "host", "message": message}, 421)


def _host(text: str) -> str:
    """Return the name in a Host header, without its port."""
    try:
        return urlsplit(f"//{text}").hostname or ""
    except ValueError:
        return ""


def _asking(request: Request) -> Response:
    """Return the way to the login for who opens a page; a refusal for programs."""
    wants_page = "text/html" in request.headers.get("accept", "")
    if wants_page and request.method in {"GET", "HEAD"}:
        path = f"/{request.url.path.lstrip('/')}"
        query = f"?{request.url.query}" if request.url.query else ""
        target = f"{LOGIN}?next={quote(path + query, safe='')}"
        return RedirectResponse(target, 303, {"cache-control": "no-store"})
    message = "show the token: in Authorization: Bearer, or at /login"
    headers = {"www-authenticate": "Bearer", "cache-control": "no-store"}
    return JSONResponse({"error": "token", "message": message}, 401, headers)
