"""The login's addresses: `/login`, `/login/CODE` and `/logout`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from backrow.clock import Ticking
from backrow.web.pages.access.guard import too_many
from backrow.web.pages.access.guesses import Guesses
from backrow.web.pages.access.login import (
    COOKIE,
    FORM_COOKIE,
    LOGIN,
    LOGOUT,
    SIGNED_IN,
    is_own,
    let_in,
    next_path,
)
from backrow.web.pages.access.passes import Passes
from backrow.web.pages.answers import html_answer

_FORM_MAX: Final = 8192
"""Bytes of a form that are read; ours has fewer."""
_AGAIN: Final = "The form was too old or came from another page. Try once more."
_WRONG: Final = "That is not the token."
_SPENT: Final = "This link was used or is too old. The token still works."


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What the login needs."""

    passes: Passes
    guesses: Guesses
    clock: Ticking


def door_routes(door: Door) -> list[BaseRoute]:
    """Return the routes of the login."""
    return [
        Route(LOGIN, partial(_form, door), methods=["GET"]),
        Route(LOGIN, partial(_login, door), methods=["POST"]),
        Route(f"{LOGIN}/{{code}}", partial(_by_link, door), methods=["GET"]),
        Route(LOGOUT, partial(_logout, door), methods=["POST"]),
    ]


def no_door_routes() -> list[BaseRoute]:
    """Return the routes of the login where no token is asked for: they lead inside."""
    return [
        Route(path, _pass_by, methods=["GET"]) for path in (LOGIN, f"{LOGIN}/{{code}}")
    ]


async def _pass_by(request: Request) -> Response:
    target = next_path(request.query_params.get("next", "/"))
    return RedirectResponse(target, 303, {"cache-control": "no-store"})


async def _form(_: Door, request: Request) -> Response:
    return _page(request, next_path(request.query_params.get("next", "/")))


async def _login(door: Door, request: Request) -> Response:
    form = await _read(request)
    target, now = next_path(form.get("next", "/")), door.clock.now()
    address = request.client.host if request.client else ""
    anchor = request.cookies.get(FORM_COOKIE, "")
    if not is_own(request) or not door.passes.form_fits(form.get("csrf", ""), anchor):
        return _page(request, target, _AGAIN, 403)
    wait_s = door.guesses.wait_s(address, now=now)
    if wait_s > 0:
        problem = f"Too many wrong tokens. Try again in {wait_s / 60:.0f} minutes."
        answer = _page(request, target, problem, 429)
        answer.headers["retry-after"] = too_many(wait_s).headers["retry-after"]
        return answer
    if not door.passes.fits(form.get("token", "")):
        door.guesses.wrong(address, now=now)
        return _page(request, target, _WRONG, 401)
    return _inside(door, request, target)


async def _by_link(door: Door, request: Request) -> Response:
    now = door.clock.now()
    address = request.client.host if request.client else ""
    if door.guesses.wait_s(address, now=now) > 0:
        return _page(request, "/", _SPENT, 429)
    if request.method == "HEAD":  # a look ahead must not spend the code
        return _page(request, "/")
    if not door.passes.spend(request.path_params["code"], now=now):
        door.guesses.wrong(address, now=now)
        return _page(request, "/", _SPENT, 403)
    return _inside(door, request, "/")


async def _logout(door: Door, request: Request) -> Response:
    form, shown = await _read(request), request.scope.get(SIGNED_IN, "")
    answer = RedirectResponse(LOGIN, 303)
    if is_own(request) and door.passes.form_fits(form.get("csrf", ""), shown):
        door.passes.give_back(shown, now=door.clock.now())
        answer.delete_cookie(COOKIE)
    return answer


def _inside(door: Door, request: Request, target: str) -> Response:
    answer = RedirectResponse(target, 303, {"cache-control": "no-store"})
    secure = request.url.scheme == "https"
    let_in(answer, door.passes, now=door.clock.now(), secure=secure)
    return answer


def _page(
    request: Request, target: str, problem: str = "", status: int = 200
) -> Response:
    given = {"next": target, "problem": problem}
    answer = html_answer(request, "login.html", given, status)
    answer.headers["cache-control"] = "no-store"
    return answer


async def _read(request: Request) -> dict[str, str]:
    """Return a form's fields; nothing of what is none, or too long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _FORM_MAX:
            return {}
    try:
        text = body.decode("ascii")
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=20)
    except ValueError:  # not a form, or one with too many fields
        return {}
    return {name: values[-1] for name, values in fields.items()}
