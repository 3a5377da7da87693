"""`backrow serve`: the receiver of Zoom's webhooks, and what is behind it."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from backrow.cli.context import CollectingFlags, Context, Given
from backrow.clock import Clock
from backrow.errors import LakeError, MissingExtraError, UsageError
from backrow.settings import Settings

if TYPE_CHECKING:
    from socket import socket

    from starlette.applications import Starlette

    from backrow.collect.receiver import Receiver
    from backrow.collect.sink_process import SinkProcess
    from backrow.lake.inbox import Inbox
    from backrow.lake.window import Window
    from backrow.web.metrics.exposition import Meter
    from backrow.web.pages.access.passes import Passes
    from backrow.web.pages.sessions.filled import LiveSessions

_PORT_MAX: Final = 65_535
_TOKEN_LEAST: Final = 16
SWITCH_S: Final = 0.001
"""How long a thread may keep others from Python's lock; requests wait for it while
events are written and moved."""


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    flags: CollectingFlags | None = None,
    context: Given,
) -> int:
    """Show sessions as web pages, live and past, and receive Zoom's webhooks.

    Pages are at `/`, the data behind them at the same addresses with `.json`. Zoom
    posts to `/webhooks/zoom` and must reach it by https: put a reverse proxy or a
    tunnel in front. `/healthz` says how things are. Programs written for Zoom are
    answered from the lake at `/v2` (`backrow mirror-token`). Ctrl-C ends it; events
    that were acknowledged are on disk.

    **Examples**

    - `ZOOM_WEBHOOK_SECRET=… backrow serve`
    - `BACKROW_TOKEN=… backrow serve --host 0.0.0.0` lets other machines look, too

    Args:
        host: Address to listen on. On any but this machine's own, everything but the
            webhook, /v2 and /healthz asks for the token of BACKROW_TOKEN.
        port: 0 is any free one.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    settings = (flags or CollectingFlags()).settings(context)
    with assembled(context, settings, host, port) as (app, listening):
        serving().serve(app, listening)
    return 0


def serving() -> Any:
    """Return the module that serves.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        from backrow.web import serving as found  # noqa: PLC0415 - an extra
    except ImportError as exc:
        raise MissingExtraError("the server", extra="app") from exc
    return found


@contextmanager
def assembled(
    context: Context,
    settings: Settings,
    host: str,
    port: int,
    *,
    live: LiveSessions | None = None,
    meter: Meter | None = None,
    window: Window | None = None,
) -> Iterator[tuple[Starlette, socket]]:
    """Listen, say where, and give the app of the server and its socket.

    Args:
        context: Where it is said.
        settings: Those of the command.
        host: Address to listen on.
        port: 0 is any free one.
        live: What this process collects.
        meter: What `/metrics` tells beside what it tells of the server.
        window: The last minutes of what this process collects.

    Raises:
        UsageError: The port is none, or is taken.
        MissingExtraError: The server is not installed.
    """
    found = serving()
    from backrow.web.pages.access.passes import Passes  # noqa: PLC0415 - an extra

    if not 0 <= port <= _PORT_MAX:
        raise UsageError(f"expected a port from 0 to {_PORT_MAX}, got {port}")
    sys.setswitchinterval(SWITCH_S)
    with found.listen(host, port) as listening, _opened(settings) as parts:
        token = _token(settings, is_open=not found.is_loopback(listening))
        passes = None if token is None else Passes(token)
        url = found.url_of(listening)
        for line in _greeting(url, host, settings, passes):
            context.say(line)
        yield parts.app(settings, passes, live, meter, window), listening


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the server is made of."""

    inbox: Inbox
    receiver: Receiver
    sink: SinkProcess
    has_secret: bool

    def app(
        self,
        settings: Settings,
        passes: Passes | None,
        live: LiveSessions | None,
        meter: Meter | None,
        window: Window | None,
    ) -> Starlette:
        from backrow.cli.mirror.assembly import mirror_of  # noqa: PLC0415 - an extra
        from backrow.cli.pages.assembly import pages_of  # noqa: PLC0415
        from backrow.cli.pages.metering import metered  # noqa: PLC0415
        from backrow.web.app import create_app  # noqa: PLC0415
        from backrow.web.metrics.exposition import metrics_route  # noqa: PLC0415

        shown = pages_of(settings, live=live)
        return create_app(
            webhook=self.receiver,
            health=self.health,
            tasks=(self.receiver.run, shown.task),
            passes=passes,
            pages=shown.pages,
            mirror=mirror_of(settings, window=window),
            routes=[metrics_route(metered(self, shown.pages, settings, meter))],
        )

    def health(self) -> Mapping[str, Any]:
        """Return how everything is; open to everybody, so without names or places."""
        waiting: dict[str, Any] = {}
        moved = self.sink.moved
        failing = {
            "receiver": bool(self.receiver.counts.failure),
            "sink": bool(moved.failure),
        }
        try:
            waiting = asdict(self.inbox.counts())
        except LakeError:
            failing["inbox"] = True
        received = self.receiver.counts.to_dict()
        told = {**moved.to_dict(), "restarts": self.sink.restarts}
        return {
            "ok": not any(failing.values()),
            "failing": [name for name, is_so in failing.items() if is_so],
            "webhook": "open" if self.has_secret else "no secret",
            "receiver": {k: v for k, v in received.items() if k != "failure"},
            "inbox": waiting,
            "sink": {k: v for k, v in told.items() if k != "failure"},
        }


@contextmanager
def _opened(settings: Settings) -> Iterator[_Parts]:
    from backrow.collect.alerts.targets import targets_of  # noqa: PLC0415
    from backrow.collect.receiver import Receiver  # noqa: PLC0415 - an extra
    from backrow.collect.sink_process import SinkProcess, make_sink  # noqa: PLC0415
    from backrow.lake.inbox import Inbox  # noqa: PLC0415
    from backrow.lake.kept import open_lake  # noqa: PLC0415
    from backrow.zoom.webhook import Seal  # noqa: PLC0415

    secret, clock = settings.webhook_secret, Clock.parse(settings.clock)
    seal = None if secret is None else Seal(secret.reveal())
    open_lake(settings.lake)  # that it can be is said before anything is served
    targets_of(settings, clock=Clock())  # and so is a target that is none
    inbox = Inbox(settings.state)
    sink = SinkProcess(
        partial(make_sink, settings.state, settings.lake, clock, settings)
    )
    try:
        with sink.running():
            yield _Parts(
                inbox=inbox,
                receiver=Receiver(inbox, seal, clock=clock),
                sink=sink,
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
    url: str, host: str, settings: Settings, passes: Passes | None
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
    yield (
        f"Programs written for Zoom are answered at {url}/v2, with a token of "
        "`backrow mirror-token`"
    )
    if passes is not None:
        yield (
            f"backrow: warning: other machines can reach {host}, "
            "and http is not encrypted"
        )
        if settings.token is None:
            yield f"They must show this token, made for this run: {passes.token}"
        else:
            yield "They must show the token of BACKROW_TOKEN"
        code = passes.code(now=Clock().now())
        yield f"To log in here, once and within ten minutes: {url}/login/{code}"
    yield "Ctrl-C ends it."
