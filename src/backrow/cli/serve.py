"""`backrow serve`: the receiver of Zoom's webhooks, and what is behind it."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from backrow.cli.context import Given, LakeFlags
from backrow.clock import Clock
from backrow.errors import LakeError, MissingExtraError, UsageError
from backrow.settings import Settings

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from backrow.collect.receiver import Receiver
    from backrow.collect.sink import Sink
    from backrow.lake.inbox import Inbox

_PORT_MAX: Final = 65_535
_TOKEN_LEAST: Final = 16
_SWITCH_S: Final = 0.001
"""How long a thread may keep others from Python's lock; requests wait for it while
events are written and moved."""


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    flags: LakeFlags | None = None,
    context: Given,
) -> int:
    """Receive Zoom's webhooks and move their events into the lake.

    Zoom posts to `/webhooks/zoom` and must reach it by https: put a reverse proxy or
    a tunnel in front. `/healthz` says how things are. Ctrl-C ends it; events that
    were acknowledged are on disk.

    **Examples**

    - `ZOOM_WEBHOOK_SECRET=… backrow serve`
    - `BACKROW_TOKEN=… backrow serve --host 0.0.0.0` lets other machines look, too

    Args:
        host: Address to listen on. On any but this machine's own, everything but the
            webhook and /healthz asks for the token of BACKROW_TOKEN.
        port: 0 is any free one.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    try:
        from backrow.web import serving  # noqa: PLC0415 - an extra
    except ImportError as exc:
        raise MissingExtraError("the server", extra="app") from exc
    if not 0 <= port <= _PORT_MAX:
        raise UsageError(f"expected a port from 0 to {_PORT_MAX}, got {port}")
    settings = (flags or LakeFlags()).settings(context)
    sys.setswitchinterval(_SWITCH_S)
    with serving.listen(host, port) as listening, _opened(settings) as parts:
        token = _token(settings, is_open=not serving.is_loopback(listening))
        app = parts.app(token)
        for line in _greeting(serving.url_of(listening), host, settings, token):
            context.say(line)
        serving.serve(app, listening)
    return 0


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the server is made of."""

    inbox: Inbox
    receiver: Receiver
    sink: Sink
    has_secret: bool

    def app(self, token: str | None) -> Starlette:
        from backrow.web.app import create_app  # noqa: PLC0415 - an extra

        return create_app(
            webhook=self.receiver,
            health=self.health,
            tasks=(self.receiver.run, self.sink.run),
            token=token,
        )

    def health(self) -> Mapping[str, Any]:
        """Return how everything is; open to everybody, so without names or places."""
        waiting: dict[str, Any] = {}
        failing = {
            "receiver": bool(self.receiver.counts.failure),
            "sink": bool(self.sink.moved.failure),
        }
        try:
            waiting = asdict(self.inbox.counts())
        except LakeError:
            failing["inbox"] = True
        received, moved = self.receiver.counts.to_dict(), self.sink.moved.to_dict()
        return {
            "ok": not any(failing.values()),
            "failing": [name for name, is_so in failing.items() if is_so],
            "webhook": "open" if self.has_secret else "no secret",
            "receiver": {k: v for k, v in received.items() if k != "failure"},
            "inbox": waiting,
            "sink": {k: v for k, v in moved.items() if k != "failure"},
        }


@contextmanager
def _opened(settings: Settings) -> Iterator[_Parts]:
    from backrow.collect.intake.secret import person_secret  # noqa: PLC0415 - an extra
    from backrow.collect.receiver import Receiver  # noqa: PLC0415
    from backrow.collect.sink import Sink  # noqa: PLC0415
    from backrow.lake.inbox import Inbox  # noqa: PLC0415
    from backrow.lake.keep import LakeWriter  # noqa: PLC0415
    from backrow.lake.kept import open_lake  # noqa: PLC0415
    from backrow.zoom.webhook import Seal  # noqa: PLC0415

    secret, clock = settings.webhook_secret, Clock.parse(settings.clock)
    seal = None if secret is None else Seal(secret.reveal())
    writer = LakeWriter(open_lake(settings.lake).store)
    inbox = Inbox(settings.state)
    try:
        yield _Parts(
            inbox=inbox,
            receiver=Receiver(inbox, seal, clock=clock),
            sink=Sink(inbox, writer, key=person_secret(settings.state), clock=clock),
            has_secret=seal is not None,
        )
    finally:
        inbox.close()


def _token(settings: Settings, *, is_open: bool) -> str | None:
    """Return the token that is asked for; None if none is.

    Raises:
        UsageError: The one that is given could be guessed.
    """
    if not is_open:
        return None
    if settings.token is None:
        return secrets.token_urlsafe(24)
    token = settings.token.reveal()
    if len(token) < _TOKEN_LEAST:
        raise UsageError(
            f"expected a token of {_TOKEN_LEAST} characters or more - in BACKROW_TOKEN"
        )
    return token


def _greeting(
    url: str, host: str, settings: Settings, token: str | None
) -> Iterator[str]:
    """Yield what a person needs to begin with."""
    yield f"Backrow is at {url}, and how it is at {url}/healthz"
    if settings.webhook_secret is None:
        yield (
            f"backrow: warning: {url}/webhooks/zoom refuses every event: "
            "ZOOM_WEBHOOK_SECRET is not set"
        )
        yield (
            "  (the secret token of the app's event subscription at marketplace.zoom.us)"
        )
    else:
        yield f"Zoom's events are taken at {url}/webhooks/zoom"
    yield f"They go through {settings.state} into {settings.lake}"
    if token is not None:
        yield (
            f"backrow: warning: other machines can reach {host}, "
            "and http is not encrypted"
        )
        if settings.token is None:
            yield f"They must show this token, made for this run: {token}"
        else:
            yield "They must show the token of BACKROW_TOKEN"
    yield "Ctrl-C ends it."
