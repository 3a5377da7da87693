"""One connection for plain http, eight times as fast as a client for everything.

A pusher that must send 1,500 events a second beside a receiver on the other core
has no time for pools, redirects, cookies and codecs. A `Line` sends a POST, reads
the answer and keeps the connection; https goes through httpx2 (see
`backrow.web.qss_push`). What it does not understand counts as no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import anyio
from anyio.abc import ByteStream

__all__ = ["NO_REPLY", "Line", "Reply"]

_LONGEST_HEAD: Final = 65_536
_LONGEST_BODY: Final = 1_048_576
_LONGEST_CHUNK_LINE: Final = 1024
_WITHOUT_BODY: Final = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int | None
    """None if nothing came in time, or nothing that is HTTP."""
    body: bytes = b""


NO_REPLY: Final = Reply(None)


class _ClosedError(Exception):
    """The other side has closed the connection, or does not speak HTTP/1.1."""


class Line:
    """A connection that is opened when it is needed and kept as long as it lasts."""

    def __init__(self, url: str, *, answer_within_s: float) -> None:
        """Post to `url`.

        Args:
            url: Its scheme is http.
            answer_within_s: How long connecting, sending and the answer may take
                together, in real time.
        """
        parts = urlsplit(url)
        self.url = url
        self._host = parts.hostname or ""
        self._port = parts.port or 80
        host = f"[{self._host}]" if ":" in self._host else self._host
        path = parts.path or "/"
        target = f"{path}?{parts.query}" if parts.query else path
        self._start = f"POST {target} HTTP/1.1\r\nhost: {host}:{self._port}\r\n"
        self._within_s = answer_within_s
        self._stream: ByteStream | None = None
        self._rest = bytearray()

    async def post(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send `body` and return the answer."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"{self._start}{lines}content-length: {len(body)}\r\n\r\n"
        reply = NO_REPLY
        try:
            with anyio.move_on_after(self._within_s):
                reply = await self._exchange(head.encode() + body)
        finally:
            if reply.status is None:
                await self.aclose()
        return reply

    def another(self) -> Line:
        """Return another line to the same address."""
        return Line(self.url, answer_within_s=self._within_s)

    async def aclose(self) -> None:
        """Close the connection."""
        stream, self._stream = self._stream, None
        self._rest.clear()
        if stream:
            with anyio.CancelScope(shield=True), suppress(OSError):
                await anyio.aclose_forcefully(stream)

    async def _exchange(self, request: bytes) -> Reply:
        """Send the request; once more if a kept connection was closed meanwhile."""
        for kept in (self._stream is not None, False):
            try:
                if self._stream is None:
                    self._stream = await anyio.connect_tcp(self._host, self._port)
                await self._stream.send(request)
                return await self._read()
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                quiet = not self._rest
                await self.aclose()
                if not (kept and quiet):
                    return NO_REPLY
            except (OSError, ValueError, _ClosedError):
                return NO_REPLY
        return NO_REPLY

    async def _read(self) -> Reply:
        status, headers = await self._head()
        while 100 <= status < 200:
            status, headers = await self._head()
        if status in _WITHOUT_BODY:
            body = b""
        elif headers.get("transfer-encoding", "").lower().endswith("chunked"):
            body = await self._chunks()
        elif "content-length" in headers:
            body = await self._bytes(int(headers["content-length"]))
        else:
            body = await self._until_closed()
        if headers.get("connection", "").lower() == "close":
            await self.aclose()
        return Reply(status, body)

    async def _head(self) -> tuple[int, dict[str, str]]:
        head = await self._until(b"\r\n\r\n", _LONGEST_HEAD)
        first, *lines = head.decode("latin-1").split("\r\n")
        version, status = first.split(" ", 2)[:2]
        if not version.startswith("HTTP/1."):
            raise _ClosedError
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        if version == "HTTP/1.0":
            headers.setdefault("connection", "close")
        return int(status), headers

    async def _chunks(self) -> bytes:
        found = bytearray()
        while True:
            line = await self._until(b"\r\n", _LONGEST_CHUNK_LINE)
            size = int(line.split(b";")[0], 16)
            if size == 0:
                break
            if len(found) + size > _LONGEST_BODY:
                raise _ClosedError
            found += await self._bytes(size)
            await self._bytes(2)
        while await self._until(b"\r\n", _LONGEST_HEAD):
            pass  # trailers
        return bytes(found)

    async def _until(self, end: bytes, most: int) -> bytes:
        """Return what comes before `end`, and take both off."""
        while (at := self._rest.find(end)) < 0:
            if len(self._rest) > most:
                raise _ClosedError
            await self._more()
        found = bytes(self._rest[:at])
        del self._rest[: at + len(end)]
        return found

    async def _bytes(self, count: int) -> bytes:
        if not 0 <= count <= _LONGEST_BODY:
            raise _ClosedError
        while len(self._rest) < count:
            await self._more()
        found = bytes(self._rest[:count])
        del self._rest[:count]
        return found

    async def _until_closed(self) -> bytes:
        with suppress(anyio.EndOfStream):
            while len(self._rest) <= _LONGEST_BODY:
                await self._more()
        found = bytes(self._rest)
        await self.aclose()
        return found

    async def _more(self) -> None:
        assert self._stream  # noqa: S101 - only called on an open line
        self._rest += await self._stream.receive()
