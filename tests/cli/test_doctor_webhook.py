"""`backrow doctor --webhook`: Zoom's question, and what each answer means."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from backrow.cli import main
from backrow.cli.context import Context
from backrow.clock import Clock
from backrow.zoom.webhook import Seal, plain_token_of
from tests.cli.terminal import Ran, Screen

URL = "https://backrow.example.com/webhooks/zoom"
SECRET = "whisper"
Answer = Callable[[httpx2.Request], httpx2.Response]


def ask(
    folder: Path, answer: Answer, *argv: str, url: str = URL, secret: str = SECRET
) -> Ran:
    """Let doctor ask an address that answers as it is told."""
    out = Screen()
    context = Context(
        environ={
            "ZOOM_WEBHOOK_SECRET": secret,
            "BACKROW_STATE": str(folder / "state"),
            "BACKROW_LAKE": str(folder / "lake"),
        },
        stdout=out,
        stderr=Screen(),
        folders=(),
        transport=httpx2.MockTransport(answer),
    )
    code = main(["doctor", "--json", "--webhook", url, *argv], context=context)
    return Ran(code, out.shown(), "")


def found(ran: Ran) -> dict[str, Any]:
    return next(check for check in ran.json["checks"] if check["name"] == "webhook")


def receiver(secret: str = SECRET) -> Answer:
    """Return what answers as the receiver does."""
    seal = Seal(secret)

    def answer(request: httpx2.Request) -> httpx2.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        if seal.check(headers, request.content, now=Clock().now()) != "good":
            return httpx2.Response(401)
        token = plain_token_of(request.content)
        return httpx2.Response(200, content=seal.answer(token))

    return answer


def status(code: int, **headers: str) -> Answer:
    return lambda _: httpx2.Response(code, headers=headers)


def refuse(_: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("connection refused")


def never(_: httpx2.Request) -> httpx2.Response:
    raise httpx2.ReadTimeout("too late")


def test_an_address_that_knows_the_secret_is_good(tmp_path: Path) -> None:
    check = found(ask(tmp_path, receiver()))
    assert (check["state"], check["advice"]) == ("ok", "")
    assert SECRET not in str(check)


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (receiver("another"), 3, "must be the same here and where `backrow serve`"),
        (status(404), 2, "/webhooks/zoom"),
        (status(200), 2, "/webhooks/zoom"),
        (status(301, location="https://example.org/"), 2, "https://example.org/"),
        (status(418), 2, "/webhooks/zoom"),
        (status(502), 6, "backrow serve"),
        (status(503), 6, "no ZOOM_WEBHOOK_SECRET there"),
        (refuse, 6, "certificate"),
        (never, 6, "firewall"),
    ],
    ids=[
        "another secret",
        "not found",
        "another answer",
        "moved",
        "another status",
        "nothing behind the proxy",
        "no secret there",
        "refused",
        "no answer",
    ],
)
def test_another_answer_says_what_to_do(
    tmp_path: Path, answer: Answer, code: int, words: str
) -> None:
    check = found(ask(tmp_path, answer))
    assert (check["state"], check["exit_code"]) == ("failed", code)
    assert words in check["advice"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://backrow.example.com/webhooks/zoom", "https alone"),
        ("https://localhost/webhooks/zoom", "cannot reach this machine"),
    ],
)
def test_an_address_that_zoom_cannot_use_is_warned_of(
    tmp_path: Path, url: str, words: str
) -> None:
    check = found(ask(tmp_path, receiver(), url=url))
    assert check["state"] == "warning"
    assert words in check["message"]


def test_what_is_no_address_is_refused(tmp_path: Path) -> None:
    check = found(ask(tmp_path, receiver(), url="backrow.example.com"))
    assert (check["state"], check["exit_code"]) == ("failed", 2)
    assert "the whole address" in check["advice"]


def test_without_a_secret_it_says_where_to_find_it(tmp_path: Path) -> None:
    check = found(ask(tmp_path, receiver(), secret=""))
    assert (check["state"], check["exit_code"]) == ("failed", 2)
    assert "marketplace.zoom.us" in check["advice"]


def test_offline_asks_nobody(tmp_path: Path) -> None:
    assert found(ask(tmp_path, refuse, "--offline"))["state"] == "skipped"
