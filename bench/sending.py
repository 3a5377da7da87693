"""Server processes, and requests sent to them over kept connections.

What both `bench.mirror` and `bench.receiver` measure with: answers are read to their
end, those other than 200 are counted, and a connection that is closed ends the
measurement.
"""

from __future__ import annotations

import multiprocessing
import os
import selectors
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

OK = b"HTTP/1.1 200"
BYTES = 1 << 20
"""Read at once, at most."""
END_S = 20
"""How long a server may take to end."""


@contextmanager
def server(
    serve_one: Callable[..., None], *args: object, **named: object
) -> Iterator[tuple[int, Connection]]:
    """Run a server process; give its port, and the line to it.

    Args:
        serve_one: Serves until the process is interrupted. It tells its port first,
            over the line that it is given as `told`.
        *args: Its other arguments.
        **named: And these.
    """
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(
        target=serve_one, args=args, kwargs={**named, "told": theirs}
    )
    process.start()
    try:
        yield ours.recv(), ours
        os.kill(process.pid or 0, signal.SIGINT)
        process.join(END_S)
    finally:
        process.kill()
        process.join()


@dataclass(slots=True)
class Sender:
    """Sends requests over kept connections and takes the time of each answer."""

    port: int
    connections: int
    waits_s: list[float] = field(default_factory=list)
    refused: int = 0
    """Answers other than 200."""
    size_bytes: int = 0
    """Of the last answer, with its head."""
    _due: dict[socket.socket, tuple[float, bytearray]] = field(default_factory=dict)
    """When each request was due, and what has come of its answer."""

    def send(self, wanted: Sequence[bytes], *, rate: float | None) -> float:
        """Send all of `wanted`, and return the seconds until the last answer.

        Args:
            wanted: Requests.
            rate: How many a second are due; None for as many as can be.
        """
        with selectors.DefaultSelector() as selector:
            idle: deque[socket.socket] = deque()
            for _ in range(self.connections):
                one = socket.create_connection(("127.0.0.1", self.port))
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(one, selectors.EVENT_READ)
                idle.append(one)
            begin = time.perf_counter()
            sent = answered = 0
            while answered < len(wanted):
                now = time.perf_counter()
                while idle and sent < len(wanted):
                    due = now if rate is None else begin + sent / rate
                    if due > now:
                        break
                    one = idle.popleft()
                    self._due[one] = (due, bytearray())
                    one.sendall(wanted[sent])
                    sent += 1
                for key, _ in selector.select(timeout=0.0005):
                    answered += self._take(key.fileobj, idle)
            took = time.perf_counter() - begin
            for key in list(selector.get_map().values()):
                key.fileobj.close()  # type: ignore[union-attr] # all are sockets
        return took

    def _take(self, one: Any, idle: deque[socket.socket]) -> bool:
        """Read what has come, and return whether an answer is whole with it."""
        came = one.recv(BYTES)
        if one not in self._due:  # idle: the server has closed it, or speaks twice
            msg = f"expected nothing on an idle connection, got {came[:40]!r}"
            raise RuntimeError(msg)
        due, answer = self._due[one]
        if not came:
            begun = bytes(answer[:40])
            msg = f"expected an answer, got a closed connection after {begun!r}"
            raise RuntimeError(msg)
        answer += came
        if not is_whole(answer):
            return False
        self.waits_s.append(time.perf_counter() - due)
        self.refused += not answer.startswith(OK)
        self.size_bytes = len(answer)
        del self._due[one]
        idle.append(one)
        return True


def is_whole(answer: bytearray) -> bool:
    """Return whether an answer has come to its end."""
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    head, length = bytes(answer[:end]).lower(), len(answer) - end - 4
    told = head.partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0]
    if not told.isdigit() or length > int(told):
        msg = f"expected a body as long as its head tells, got {length} after {head!r}"
        raise RuntimeError(msg)
    return length == int(told)
