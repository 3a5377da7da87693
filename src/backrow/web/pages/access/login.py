"""The login: a form that takes the token, a link that works once, and the way out.

What a form sends counts only if it brings back the mark that the page had, which
belongs to a cookie of the same browser, and if the browser does not say that another
site sent it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from backrow.web.pages.access.passes import LIFE_S, Passes

COOKIE: Final = "backrow_session"
FORM_COOKIE: Final = "backrow_form"
LOGIN: Final = "/login"
LOGOUT: Final = "/logout"
SIGNED_IN: Final = "backrow.pass"
"""Where a request's scope holds the pass that let it in."""
PASSES: Final = "backrow.passes"
"""Where it holds what knows passes, if a token is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a page needs to know of who looks at it."""

    signed_in: bool
    csrf: str
    new_anchor: str = ""
    """What the browser must remember for the form to count."""
    secure: bool = False

    def remember(self, answer: Response) -> None:
        """Put what must be remembered into a cookie."""
        if self.new_anchor:
            answer.set_cookie(
                FORM_COOKIE,
                self.new_anchor,
                path=LOGIN,
                httponly=True,
                samesite="strict",
                secure=self.secure,
            )


def form_of(request: Request) -> Form:
    """Return whether a request is logged in, and the mark of its forms."""
    passes: Passes | None = request.scope.get(PASSES)
    if passes is None:
        return Form(signed_in=False, csrf="")
    shown: str = request.scope.get(SIGNED_IN, "")
    if shown:
        return Form(signed_in=True, csrf=passes.form_mark(shown))
    if not request.url.path.startswith(LOGIN):
        return Form(signed_in=False, csrf="")
    anchor = request.cookies.get(FORM_COOKIE, "")
    new = "" if anchor else secrets.token_urlsafe(18)
    return Form(
        signed_in=False,
        csrf=passes.form_mark(anchor or new),
        new_anchor=new,
        secure=request.url.scheme == "https",
    )


def is_own(request: Request) -> bool:
    """Return whether a form was sent by a page of ours, as far as the browser says."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    if site not in {"same-origin", "none"}:
        return False
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


def next_path(text: str) -> str:
    """Return where to go after the login: a path of this server, or the start."""
    ours = text.startswith("/") and not text.startswith(("//", "/\\"))
    plain = all(" " < c != "\\" and c != "\x7f" for c in text)
    return text if ours and plain and len(text) <= 2000 else "/"


def let_in(answer: Response, passes: Passes, *, now: float, secure: bool) -> None:
    """Put a new pass into a cookie."""
    answer.set_cookie(
        COOKIE,
        passes.issue(now=now),
        max_age=LIFE_S,
        httponly=True,
        samesite="lax",
        secure=secure,
    )
