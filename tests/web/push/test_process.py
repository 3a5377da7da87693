"""The push in a process of its own, to a server on loopback."""

import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backrow.cli.emulate.push import feed_of
from backrow.cli.emulate.worlds import Recipe
from backrow.clock import Clock
from backrow.web.emulated.options import ZoomOptions
from backrow.web.push.options import PushOptions
from backrow.web.push.process import pushing
from backrow.web.serving import listen, url_of
from backrow.zoom.webhook import URL_VALIDATION, plain_token_of, read_head
from tests.web.receiving import NOW, SEAL


@contextmanager
def receiving(clock: Clock) -> Iterator[tuple[str, "queue.Queue[tuple[str, str]]"]]:
    """Receive on loopback; give the address, and what comes with its verdict."""
    came: queue.Queue[tuple[str, str]] = queue.Queue()

    async def hook(request: Request) -> Response:
        body = await request.body()
        name = read_head(body).event or ""
        came.put((name, SEAL.check(request.headers, body, now=clock.now())))
        if name == URL_VALIDATION:
            return Response(SEAL.answer(plain_token_of(body)))
        return Response(status_code=204)

    app = Starlette(routes=[Route("/hook", hook, methods=["POST"])])
    with listen("127.0.0.1", 0) as listening:
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="critical", lifespan="off")
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"{url_of(listening)}/hook", came
        finally:
            server.should_exit = True
            thread.join()


@pytest.mark.slow
def test_process_pushes_until_the_block_is_left(
    capfd: pytest.CaptureFixture[str],
) -> None:
    clock = Clock.starting(NOW, speed=60)
    make = partial(feed_of, Recipe(begin_s=NOW), zoom=ZoomOptions())
    with receiving(clock) as (url, came):
        options = PushOptions(url=url, events=("qos",))
        with pushing(make, options, seal=SEAL, clock=clock):
            found = [came.get(timeout=60) for _ in range(50)]
    assert found[0] == (URL_VALIDATION, "good")
    assert {verdict for _, verdict in found} == {"good"}
    assert {name.partition(".")[2] for name, _ in found[1:]} == {"participant_qos"}
    said = capfd.readouterr().err
    assert "has shown that it knows the secret" in said
    assert said.rstrip().endswith("; ended")


@pytest.mark.slow
def test_process_that_waits_for_a_receiver_ends_at_once(
    capfd: pytest.CaptureFixture[str],
) -> None:
    make = partial(feed_of, Recipe(begin_s=NOW), zoom=ZoomOptions())
    with listen("127.0.0.1", 0) as free:
        url = url_of(free)
    with pushing(make, PushOptions(url=url), seal=SEAL, clock=Clock()):
        pass
    assert "Traceback" not in capfd.readouterr().err


ORPHAN = """
from functools import partial
from backrow.cli.emulate.push import feed_of
from backrow.cli.emulate.worlds import Recipe
from backrow.clock import Clock
from backrow.web.emulated.options import ZoomOptions
from backrow.web.push.options import PushOptions
from backrow.web.push.process import pushing
from backrow.zoom.webhook import Seal
make = partial(feed_of, Recipe(begin_s={now}), zoom=ZoomOptions())
options = PushOptions(url="{url}")
with pushing(make, options, seal=Seal("s"), clock=Clock()):
    input()
"""


@pytest.mark.slow
def test_process_ends_when_the_one_that_started_it_is_killed() -> None:
    with listen("127.0.0.1", 0) as free:
        url = url_of(free)
    command = [sys.executable, "-c", ORPHAN.format(now=NOW, url=url)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stderr
        assert "waiting for" in parent.stderr.readline()
        parent.kill()
        # The pipe's end is the end of everybody who could write to it.
        assert parent.stderr.read().rstrip().endswith("; ended")
