"""The check of the webhook: Zoom's own question, asked of the address Zoom will use.

Before Zoom sends an event it asks whether the address belongs to somebody who knows
the secret token. The same question, signed with the secret of the settings, is sent
here, so that what is wrong is known before *Validate* is clicked. It keeps nothing
there, and tells nobody the secret.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx2

from backrow.cli.context import Context
from backrow.cli.doctor.check import Check
from backrow.cli.doctor.local import is_in_the_open, is_local
from backrow.clock import Clock
from backrow.settings import Settings, is_url
from backrow.zoom.webhook import ANSWER_WITHIN_S, Seal, url_validation

PATH: Final = "/webhooks/zoom"
"""Where `backrow serve` takes Zoom's events."""
_WAIT_S: Final = 10.0
_WHERE: Final = (
    "At marketplace.zoom.us open your app, Access, and copy its secret token into "
    "ZOOM_WEBHOOK_SECRET (backrow init asks for it)."
)
_SAME: Final = (
    "ZOOM_WEBHOOK_SECRET must be the same here and where `backrow serve` runs: the "
    "app's secret token, at marketplace.zoom.us under Access."
)
_PROXY: Final = (
    "The proxy or tunnel in front must pass the body and the headers x-zm-signature "
    "and x-zm-request-timestamp on unchanged."
)
_ADVICE: Final = {
    401: _SAME + " " + _PROXY + " Both clocks must be right.",
    404: f"`backrow serve` takes events at {PATH}: give that path, and let the proxy "
    "pass it on.",
    405: f"`backrow serve` takes events at {PATH}: give that path, and let the proxy "
    "pass it on.",
    502: "The proxy answers, but nothing behind it: type backrow serve.",
    503: "`backrow serve` has no ZOOM_WEBHOOK_SECRET there, or its disk is full.",
    504: "The proxy answers, but nothing behind it: type backrow serve.",
}


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came back."""

    status: int
    body: bytes
    location: str
    took_s: float


def webhook_checks(
    context: Context, settings: Settings, url: str | None, *, offline: bool
) -> Iterator[Check]:
    """Look at the webhook's secret, and at its address if one is given.

    Args:
        context: Carries the question.
        settings: Hold the secret.
        url: The address that Zoom is told.
        offline: Ask nobody.
    """
    secret = settings.webhook_secret
    if secret is None:
        message = "no ZOOM_WEBHOOK_SECRET is set, so no event is taken"
        if url is None:
            yield Check(name="webhook", state="skipped", message=message)
        else:
            yield _failed(message, _WHERE, 2)
        return
    if url is None or offline:
        message = "its secret is set; whether Zoom can reach it was not asked"
        advice = f"Type: backrow doctor --webhook https://YOUR.HOST{PATH}"
        yield Check(
            name="webhook",
            state="ok" if url is None else "skipped",
            message=message,
            advice="" if offline else advice,
        )
        return
    if not is_url(url):
        message = f"expected a URL such as https://YOUR.HOST{PATH}, got {url!r:.80}"
        yield _failed(message, "Type the whole address that Zoom is given.", 2)
        return
    yield _asked(context, Seal(secret.reveal()), url)


def _asked(context: Context, seal: Seal, url: str) -> Check:
    now, token = Clock().now(), secrets.token_urlsafe(16)
    body = url_validation(token, now=now)
    headers = seal.headers(body, now=now, request_id=secrets.token_hex(16))
    try:
        answer = _post(context, url, body, headers)
    except httpx2.TimeoutException:
        advice = "Is `backrow serve` running there, and does a firewall let Zoom in?"
        return _failed(f"no answer within {_WAIT_S:.0f} s from {url}", advice, 6)
    except (httpx2.TransportError, httpx2.InvalidURL) as exc:
        why = str(exc) or type(exc).__name__
        return _failed(f"cannot be reached: {why} - at {url}", _unreachable(url), 6)
    return _wrong(seal, token, answer, url) or _but(answer, url)


def _post(context: Context, url: str, body: bytes, headers: dict[str, str]) -> _Answer:
    clock = Clock()
    with httpx2.Client(transport=context.transport, timeout=_WAIT_S) as client:
        begin = clock.now()
        answer = client.post(url, content=body, headers=headers)
    return _Answer(
        status=answer.status_code,
        body=answer.content,
        location=answer.headers.get("location", ""),
        took_s=clock.now() - begin,
    )


def _wrong(seal: Seal, token: str, answer: _Answer, url: str) -> Check | None:
    """Return what is wrong with an answer; None if nothing is."""
    status = answer.status
    if seal.is_answer(token, status=status, body=answer.body):
        return None
    if 300 <= status < 400:
        message = f"answers {status}, and Zoom follows nobody - at {url}"
        return _failed(message, f"Give the address itself: {answer.location}", 2)
    if 200 <= status < 300:
        message = f"answers {status}, but not to the question - at {url}"
        return _failed(message, f"{_ADVICE[404]} {_SAME}", 2)
    exit_code = 3 if status == 401 else 6 if status >= 500 else 2
    advice = _ADVICE.get(status, _ADVICE[404])
    return _failed(f"answers {status} - at {url}", advice, exit_code)


def _but(answer: _Answer, url: str) -> Check:
    """Return what is to be said of an answer that is right."""
    if answer.took_s > ANSWER_WITHIN_S:
        message = f"answered after {answer.took_s:.1f} s; Zoom waits for 3 s"
        return _warned(f"{message} - at {url}", "Look at what is between it and Zoom.")
    if urlsplit(url).scheme != "https":
        message = f"answers as it should, but Zoom posts to https alone - at {url}"
        advice = "Put a reverse proxy with a certificate, or a tunnel, in front."
        return _warned(message, advice)
    if is_local(url):
        message = f"answers as it should; Zoom cannot reach this machine by {url}"
        return _warned(message, "Ask the address that Zoom is told.")
    took = f"{answer.took_s:.1f} s"
    return Check(
        name="webhook", state="ok", message=f"answers as it should in {took} - at {url}"
    )


def _unreachable(url: str) -> str:
    if is_in_the_open(url) or is_local(url):
        return "Start it there: backrow serve"
    return (
        "Check the name, the certificate, and that a reverse proxy or tunnel passes "
        "it on to the machine where `backrow serve` runs."
    )


def _failed(message: str, advice: str, exit_code: int) -> Check:
    return Check(
        name="webhook",
        state="failed",
        message=message,
        advice=advice,
        exit_code=exit_code,
    )


def _warned(message: str, advice: str) -> Check:
    return Check(name="webhook", state="warning", message=message, advice=advice)
