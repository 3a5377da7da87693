"""The fast connection, over loopback, with servers of every kind."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio
import anyio.lowlevel
import pytest
from anyio.abc import SocketAttribute, SocketStream

from backrow.web.push.line import NO_REPLY, Line, Reply

pytestmark = pytest.mark.anyio

CLOSED = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError)
Serve = Callable[[SocketStream, bytes], Awaitable[None]]
"""Answers one request on a connection."""


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[tuple[Line, list[bytes]]]:
    """Serve with `serve`, and give a line there and the connections' first bytes."""
    opened: list[bytes] = []

    async def handle(stream: SocketStream) -> None:
        opened.append(b"")
        async with stream:
            try:
                while True:
                    request = await read_request(stream)
                    opened[-1] = opened[-1] or request
                    await serve(stream, request)
            except CLOSED:
                return

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra_attributes[SocketAttribute.local_port]()
    line = Line(f"http://127.0.0.1:{port}/hook?a=1", answer_within_s=5.0)
    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, handle)
        yield line, opened
        await line.aclose()
        group.cancel_scope.cancel()


async def read_request(stream: SocketStream) -> bytes:
    """Return one request: these have 4 bytes of body."""
    request = b""
    while not request.partition(b"\r\n\r\n")[2][3:]:
        request += await stream.receive()
    return request


async def let_others_run() -> None:
    for _ in range(5):
        await anyio.lowlevel.checkpoint()


def answering(*pieces: bytes, closes: bool = False) -> Serve:
    async def serve(stream: SocketStream, _request: bytes) -> None:
        for piece in pieces:
            await stream.send(piece)
            await let_others_run()
        if closes:
            await stream.aclose()

    return serve


@pytest.mark.parametrize(
    ("pieces", "reply"),
    [
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], Reply(204)),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"], Reply(200, b"ok")),
        (
            [b"HTTP/1.1 2", b"00 OK\r\ncontent-length: 3\r\n\r", b"\na", b"bc"],
            Reply(200, b"abc"),
        ),
        (
            [
                b"HTTP/1.1 100 Continue\r\n\r\n",
                b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n",
            ],
            Reply(503),
        ),
        (
            [
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                b"2;x=y\r\nab\r\n",
                b"A\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n",
            ],
            Reply(200, b"ab0123456789"),
        ),
        ([b"HTTP/1.1 302\r\ncontent-length: 0\r\n\r\n"], Reply(302)),
    ],
)
async def test_answers_are_read_and_the_connection_is_kept(
    pieces: list[bytes], reply: Reply
) -> None:
    async with serving(answering(*pieces)) as (line, opened):
        for _ in range(3):
            assert await line.post(b"body", {}) == reply
    assert len(opened) == 1


async def test_request_is_what_a_server_expects() -> None:
    answer = answering(b"HTTP/1.1 204 No Content\r\n\r\n")
    async with serving(answer) as (line, opened):
        await line.post(b"body", {"x-zm-signature": "v0=a"})
    head, _, body = opened[0].partition(b"\r\n\r\n")
    first, host, *others = head.split(b"\r\n")
    assert first == b"POST /hook?a=1 HTTP/1.1"
    assert host.startswith(b"host: 127.0.0.1:")
    assert others == [b"x-zm-signature: v0=a", b"content-length: 4"]
    assert body == b"body"


ENDING = {
    "without a length": answering(b"HTTP/1.1 200 OK\r\n\r\nto the end", closes=True),
    "old": answering(b"HTTP/1.0 200 OK\r\ncontent-length: 10\r\n\r\nto the end"),
    "said": answering(
        b"HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length: 10\r\n\r\nto the end"
    ),
}
WRONG = {
    "nothing": answering(closes=True),
    "cut": answering(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab", closes=True),
    "other protocol": answering(b"SSH-2.0-OpenSSH\r\n\r\n"),
    "empty": answering(b"\r\n\r\n"),
    "no status": answering(b"HTTP/1.1 many\r\n\r\n"),
    "negative": answering(b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n"),
    "too long": answering(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n"),
    "no chunk": answering(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"
    ),
    "long chunk": answering(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffff\r\n"
    ),
    "endless head": answering(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 30_000),
}


@pytest.mark.parametrize("answer", ENDING.values(), ids=ENDING)
async def test_connection_that_ends_is_opened_anew(answer: Serve) -> None:
    async with serving(answer) as (line, opened):
        for _ in range(2):
            assert await line.post(b"body", {}) == Reply(200, b"to the end")
    assert len(opened) == 2


async def test_kept_connection_that_was_closed_meanwhile_is_opened_anew() -> None:
    answer = answering(b"HTTP/1.1 204 No Content\r\n\r\n", closes=True)
    async with serving(answer) as (line, opened):
        for _ in range(3):
            assert await line.post(b"body", {}) == Reply(204)
            await let_others_run()
    assert len(opened) == 3


@pytest.mark.parametrize("answer", WRONG.values(), ids=WRONG)
async def test_what_is_no_answer_is_no_reply(answer: Serve) -> None:
    async with serving(answer) as (line, _):
        assert await line.post(b"body", {}) == NO_REPLY


async def test_answer_that_never_comes_is_no_reply() -> None:
    async with serving(answering()) as (line, _):
        quick = Line(line.url, answer_within_s=0.01)
        assert await quick.post(b"body", {}) == NO_REPLY


async def test_server_that_is_not_there_is_no_reply() -> None:
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = listener.extra_attributes[SocketAttribute.local_port]()
    await listener.aclose()
    line = Line(f"http://127.0.0.1:{port}", answer_within_s=5.0)
    assert await line.post(b"body", {}) == NO_REPLY
