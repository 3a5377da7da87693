"""Asks the app for its pages, as a browser of this machine or of another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from starlette.applications import Starlette

from backrow.web.pages.keys import session_url
from tests.web.pages.rooms import site, small

HERE = "http://127.0.0.1:8000"


def small_app() -> Starlette:
    _, source, clock = small()
    return site(source, clock)


def small_url() -> str:
    return session_url(small()[0].uuid)


@asynccontextmanager
async def asking(
    app: Starlette, url: str = HERE, client: tuple[str, int] = ("192.0.2.7", 5)
) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app, client=client)
    async with httpx2.AsyncClient(transport=transport, base_url=url) as http:
        yield http
