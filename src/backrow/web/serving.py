"""A listening socket and the server behind it.

The socket is bound first, so that a port that is taken is said in one line, and
whatever is told of the address is true before anybody can call.
"""

from __future__ import annotations

import errno
import gc
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import uvicorn
from starlette.applications import Starlette

from backrow.errors import UsageError

_BACKLOG: Final = 2048
_GARBAGE: Final = 20_000
"""New objects after which cycles are looked for: some seventy requests' worth."""
_GRACE_S: Final = 2
"""How long open requests may take when the server is stopped, s."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Args:
        host: Name or address.
        port: 0 is any free one.

    Raises:
        UsageError: The port is taken, or the host is none of this machine's.
    """
    try:
        found = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, address = found[0]
        listening = socket.socket(family, kind, protocol)
    except (OSError, OverflowError) as exc:
        raise UsageError(f"cannot listen on {host} port {port}: {exc}") from exc
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError as exc:
        listening.close()
        if exc.errno == errno.EADDRINUSE:
            msg = f"port {port} on {host} is in use - choose another, or 0 for any"
            raise UsageError(msg) from exc
        msg = f"cannot listen on {host} port {port}: {exc.strerror}"
        raise UsageError(msg) from exc
    return listening


def url_of(listening: socket.socket) -> str:
    """Return where a listening socket can be reached, as ``http://host:port``."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_loopback(listening: socket.socket) -> bool:
    """Return whether only this machine can reach the socket."""
    host: str = listening.getsockname()[0]
    return host == "::1" or host.startswith("127.")


def serve(app: Starlette, listening: socket.socket) -> None:
    """Serve `app` until Ctrl-C or SIGTERM, and return: others have to end as well."""
    gc.freeze()  # what is here now stays, and needs no looking through
    gc.set_threshold(_GARBAGE)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # uvicorn sends it again
    with suppress(KeyboardInterrupt):
        uvicorn.Server(_config(app)).run(sockets=[listening])


@contextmanager
def beside(app: Starlette, listening: socket.socket) -> Iterator[None]:
    """Serve `app` in a thread of its own until the block is left."""
    server = uvicorn.Server(_config(app))
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listening]}, name="server", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(2 * _GRACE_S)


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
