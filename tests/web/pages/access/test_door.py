"""The login: the form, the link, the way out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

import httpx2
import pytest
from starlette.applications import Starlette

from backrow.web.pages.access.guesses import EACH_MAX, WINDOW_S
from backrow.web.pages.access.login import COOKIE, next_path
from backrow.web.pages.access.passes import Passes
from tests.web.pages.asking import asking
from tests.web.pages.rooms import site, small

pytestmark = pytest.mark.anyio
TOKEN = "token-of-this-test"
THERE = "http://dashboard.example.com"
OTHER = ("192.0.2.99", 1)


@dataclass
class Stopped:
    """A clock that tests put forward."""

    at: float = 1_800_000_000.0

    def now(self) -> float:
        return self.at


def app(passes: Passes | None = None, clock: Stopped | None = None) -> Starlette:
    _, source, pages = small()
    return site(source, pages, passes=passes or Passes(TOKEN), clock=clock or Stopped())


async def send(
    http: httpx2.AsyncClient, token: str = TOKEN, **more: str
) -> httpx2.Response:
    """Open the form and send it."""
    page = await http.get("/login", params={"next": more.pop("next", "/")})
    hidden = dict(re.findall('name="(csrf|next)" value="([^"]*)"', page.text))
    form = {"token": token, **{k: unescape(v) for k, v in hidden.items()}, **more}
    return await http.post("/login", data=form)


async def test_right_token_gives_a_pass_and_leads_on() -> None:
    async with asking(app(), THERE) as http:
        answer = await send(http, next="/sessions/x?y=z")
        inside = await http.get("/")
    cookie = answer.headers["set-cookie"]
    assert (answer.status_code, answer.headers["location"]) == (303, "/sessions/x?y=z")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert TOKEN not in cookie
    assert "Log out" in inside.text


async def test_cookie_is_for_https_alone_where_that_is_spoken() -> None:
    async with asking(app(), THERE.replace("http:", "https:")) as http:
        answer = await send(http)
    assert "Secure" in answer.headers["set-cookie"]


async def test_wrong_token_is_told_and_counted() -> None:
    clock = Stopped()
    async with asking(one := app(clock=clock), THERE) as http:
        answers = [await send(http, "wrong") for _ in range(EACH_MAX)]
        assert {answer.status_code for answer in answers} == {401}
        assert 'role="alert"' in answers[0].text
        locked = await send(http)
        assert locked.status_code == 429
        assert locked.headers["retry-after"] == f"{WINDOW_S:.0f}"
        bearer = {"authorization": f"Bearer {TOKEN}"}
        assert (await http.get("/index.json", headers=bearer)).status_code == 429
        async with asking(one, THERE, OTHER) as else_where:
            assert (await send(else_where)).status_code == 303
        clock.at += WINDOW_S
        assert (await send(http)).status_code == 303


async def test_guesses_in_the_header_count_too() -> None:
    async with asking(app(), THERE) as http:
        for _ in range(EACH_MAX):
            await http.get("/index.json", headers={"authorization": "Bearer wrong"})
        assert (await send(http)).status_code == 429


async def test_who_is_inside_stays_inside() -> None:
    async with asking(app(), THERE) as http:
        await send(http)
        for _ in range(EACH_MAX + 1):
            await http.get("/login/wrong")
        assert (await http.get("/index.json")).status_code == 200


@pytest.mark.parametrize(
    "more",
    [
        {"csrf": ""},
        {"csrf": "forged"},
    ],
)
async def test_form_that_was_not_ours_does_nothing(more: dict[str, str]) -> None:
    async with asking(app(), THERE) as http:
        answer = await send(http, **more)
    assert answer.status_code == 403
    assert COOKIE not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example.com"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_form_of_another_site_does_nothing(headers: dict[str, str]) -> None:
    async with asking(app(), THERE) as http:
        http.headers.update(headers)
        assert (await send(http)).status_code == 403


@pytest.mark.parametrize("body", [b"\xff", b"a" * 9000, b"&".join([b"a=b"] * 99)])
async def test_what_is_no_form_does_nothing(body: bytes) -> None:
    async with asking(app(), THERE) as http:
        assert (await http.post("/login", content=body)).status_code == 403


async def test_link_lets_in_once() -> None:
    passes, clock = Passes(TOKEN), Stopped()
    code = passes.code(now=clock.now())
    async with asking(app(passes, clock), THERE) as http:
        await http.head(f"/login/{code}")  # a look ahead spends nothing
        first = await http.get(f"/login/{code}")
        assert (first.status_code, first.headers["location"]) == (303, "/")
        assert (await http.get("/index.json")).status_code == 200
    async with asking(app(passes, clock), THERE) as http:
        again = await http.get(f"/login/{code}")
        assert again.status_code == 403
        assert 'role="alert"' in again.text


async def test_way_out_ends_the_pass() -> None:
    passes = Passes(TOKEN)
    async with asking(app(passes), THERE) as http:
        await send(http)
        shown = http.cookies[COOKIE]
        page = await http.get("/")
        mark = re.findall('name="csrf" value="([^"]+)"', page.text)[0]
        forged = await http.post("/logout", data={"csrf": "forged"})
        assert passes.holds(shown, now=Stopped().now())
        answer = await http.post("/logout", data={"csrf": mark})
        assert forged.headers["location"] == answer.headers["location"] == "/login"
        assert not passes.holds(shown, now=Stopped().now())
        assert (await http.get("/index.json")).status_code == 401


async def test_login_page_loads_its_styles() -> None:
    async with asking(app(), THERE) as http:
        page = await http.get("/login")
        path = page.text.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
        assert (await http.get(path)).status_code == 200
        assert page.headers["cache-control"] == "no-store"


async def test_this_machine_has_no_login() -> None:
    _, source, clock = small()
    async with asking(site(source, clock)) as http:
        for path in ("/login", "/login/spent", "/login?next=//evil.example.com"):
            answer = await http.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert "Log out" not in (await http.get("/")).text


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("/sessions/x?y=z", "/sessions/x?y=z"),
        ("//evil.example.com", "/"),
        ("/\\evil.example.com", "/"),
        ("https://evil.example.com", "/"),
        ("/a\r\nset-cookie: b", "/"),
        ("/a\tb", "/"),
        ("", "/"),
        ("/" + "a" * 3000, "/"),
    ],
)
def test_login_leads_nowhere_else(given: str, path: str) -> None:
    assert next_path(given) == path
