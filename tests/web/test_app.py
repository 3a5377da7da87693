"""The app of `backrow serve`: who may look, and what it runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from backrow.web.app import Task, create_app
from backrow.web.pages.access.login import COOKIE
from backrow.web.pages.access.passes import Passes
from backrow.web.pages.headers import HEADERS

pytestmark = pytest.mark.anyio
TOKEN = "token-of-this-test"
HERE = "http://127.0.0.1:8000"
THERE = "http://dashboard.example.com"


async def page(_: Request) -> PlainTextResponse:
    return PlainTextResponse("a page")


async def taken(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("taken")(scope, receive, send)


def app(
    token: str | None = None, *, tasks: tuple[Task, ...] = (), ok: bool = True
) -> Starlette:
    def health() -> Mapping[str, Any]:
        return {"ok": ok, "receiver": {"kept": 7}}

    routes = [Route("/page", page)]
    return create_app(
        webhook=taken,
        health=health,
        tasks=tasks,
        passes=None if token is None else Passes(token),
        routes=routes,
    )


@asynccontextmanager
async def asking(app: Starlette, url: str = HERE) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url=url) as http:
        yield http


@pytest.mark.parametrize(
    "url", [HERE, "http://localhost:8000", "http://[::1]:8000", "http://127.0.0.1"]
)
async def test_this_machine_may_look_without_a_token(url: str) -> None:
    async with asking(app(), url) as http:
        assert (await http.get("/page")).text == "a page"


@pytest.mark.parametrize("host", ["evil.example.com", "127.0.0.1.example.com", "[", ""])
async def test_another_name_is_turned_away(host: str) -> None:
    async with asking(app()) as http:
        answer = await http.get("/page", headers={"host": host})
    assert (answer.status_code, answer.json()["error"]) == (421, "host")


@pytest.mark.parametrize("token", [None, TOKEN])
@pytest.mark.parametrize("path", ["/webhooks/zoom", "/webhooks/zoom/"])
async def test_webhook_is_open_to_zoom(token: str | None, path: str) -> None:
    async with asking(app(token), THERE) as http:
        assert (await http.post(path)).text == "taken"


@pytest.mark.parametrize(("ok", "status"), [(True, 200), (False, 503)])
async def test_health_is_open_and_says_whether_all_is_well(
    *, ok: bool, status: int
) -> None:
    async with asking(app(TOKEN, ok=ok), THERE) as http:
        answer = await http.get("/healthz")
    assert (answer.status_code, answer.json()["receiver"]) == (status, {"kept": 7})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer another"},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": f"Bearer {TOKEN}\u00e9".encode()},
        {"cookie": f"{COOKIE}=another"},
        {"cookie": ";;=;"},
    ],
)
async def test_others_are_asked_for_the_token(headers: dict[str, str | bytes]) -> None:
    async with asking(app(TOKEN), THERE) as http:
        answer = await http.get("/page", headers=headers)  # type: ignore[arg-type] # bytes too
    assert (answer.status_code, answer.json()["error"]) == (401, "token")
    assert TOKEN not in answer.text


async def test_token_lets_in() -> None:
    async with asking(app(TOKEN), THERE) as http:
        given = {"authorization": f"Bearer {TOKEN}"}
        assert (await http.get("/page", headers=given)).text == "a page"


async def test_token_in_the_address_is_no_token() -> None:
    async with asking(app(TOKEN), THERE) as http:
        answer = await http.get("/page", params={"token": TOKEN})
    assert answer.status_code == 401


async def test_browser_is_led_to_the_login_and_back() -> None:
    async with asking(app(TOKEN), THERE) as http:
        given = {"accept": "text/html"}
        answer = await http.get("//evil.example.com/a?b=c", headers=given)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=%2Fa%3Fb%3Dc"


@pytest.mark.parametrize("path", ["/page", "/healthz", "/nowhere"])
@pytest.mark.parametrize("token", [None, TOKEN])
async def test_every_answer_says_what_a_page_may_do(
    path: str, token: str | None
) -> None:
    async with asking(app(token), THERE) as http:
        answer = await http.get(path)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


async def test_tasks_run_from_start_to_end() -> None:
    said: list[str] = []

    async def task() -> None:
        said.append("began")
        try:
            await anyio.sleep_forever()
        finally:
            said.append("ended")

    one = app(tasks=(task,))
    async with one.router.lifespan_context(one):
        await anyio.wait_all_tasks_blocked()
        assert said == ["began"]
    assert said == ["began", "ended"]
