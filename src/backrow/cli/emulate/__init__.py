"""`backrow emulate`: Zoom's API over webinars that never were."""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from backrow.cli.context import Given
from backrow.cli.emulate.account import Account, Play, Time
from backrow.cli.emulate.files import (
    check_paths,
    write_scenario_file,
    write_truth,
)
from backrow.cli.emulate.greeting import greeting
from backrow.cli.emulate.push import Push, push_beside, write_ahead
from backrow.errors import MissingExtraError, UsageError

_PORT_MAX: Final = 65_535


def emulate(
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    env: Annotated[Path | None, Parameter(show_default=False)] = None,
    play: Play | None = None,
    account: Account | None = None,
    time: Time | None = None,
    push: Push | None = None,
    context: Given,
) -> int:
    """Answer as Zoom's API does, for webinars that never were.

    Needs no account and calls nobody. Ctrl-C ends it.

    **Examples**

    - `backrow emulate --env zoom.env`, then in another terminal `. ./zoom.env` and
      `backrow qos 94512345678 1670000000`
    - `backrow emulate --write-scenario mine.toml`, and when it is to your liking
      `backrow emulate --scenario mine.toml --speed 60 --truth truth.json`
    - `backrow emulate --zoom page_size=refuse --zoom error_rate=0.05`
    - `backrow emulate --push http://127.0.0.1:8000/webhooks/zoom --push-secret demo`

    Args:
        host: Address to listen on. Whoever can reach it can ask it everything.
        port: 0 is any free one.
        env: File to write `export` lines to that point a client here. It goes when
            the emulator ends.
        play: What happens.
        account: The emulated account.
        time: The emulated clock.
        push: Where QSS events go.
        context: What the command has to work with.
    """
    try:
        from backrow.cli.emulate import clients, worlds  # noqa: PLC0415 - an extra
        from backrow.web import serving, zoom_api  # noqa: PLC0415 - an extra
    except ImportError as exc:
        raise MissingExtraError("the server", extra="app") from exc
    play, account, push = play or Play(), account or Account(), push or Push()
    if play.write_scenario is not None:
        write_scenario_file(play.write_scenario, worlds.default_text())
        context.say(f"Wrote {play.write_scenario}")
        return 0
    _check_port(port)
    check_paths(truth=play.truth, env=env)
    deep = play.truth is not None
    recipe = worlds.read_recipe(play.scenario, seed=play.seed, deep=deep)
    options = worlds.options_of(recipe, account.options())
    start = (time or Time()).standing(starts_at=recipe.starts_at)
    recipe = recipe.at(start.now)
    if push.events is not None:
        return write_ahead(recipe, push, zoom=options, now=start.now, context=context)
    beside = push_beside(recipe, push, zoom=options)
    credentials = account.credentials(recipe.account)
    with ExitStack() as ending, serving.listen(host, port) as listening:
        url = serving.url_of(listening)
        source = worlds.made(recipe, now=start.now, whole=deep, to=context)
        if play.truth is not None:
            write_truth(play.truth, source)
        clock = start.clock()
        if env is not None:
            ending.enter_context(_ending_as_ctrl_c())
            state = ending.enter_context(clients.state_of_clients(context.say))
            secret = push.push_secret
            said = clients.exports(
                url, credentials, options, clock, webhook_secret=secret, state=state
            )
            ending.enter_context(clients.env_of_clients(env, said))
        for line in greeting(
            url,
            env,
            credentials,
            source=source,
            now=clock.now(),
            program=context.program,
        ):
            context.say(line)
        if not serving.is_loopback(listening):
            context.say(
                f"backrow: warning: other machines can reach {host}; "
                "tokens and answers go over it unencrypted"
            )
        app = zoom_api.create_app(
            source, clock=clock, options=options, credentials=credentials
        )
        gc.freeze()  # the world stays: collections need not look at it
        with beside(clock):
            serving.serve(app, listening)
    return 0


@contextmanager
def _ending_as_ctrl_c() -> Iterator[None]:
    """Let whatever ends the block end it as Ctrl-C does, so that it is tidied up after.

    That is SIGTERM, and a terminal that is closed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only there can it be said
        return
    handlers = {"SIGTERM": signal.default_int_handler, "SIGHUP": _terminate}
    before = {}
    for name, handler in handlers.items():
        number = getattr(signal, name, None)  # Windows has no terminal's end
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _terminate(_number: int, _frame: object) -> None:
    """Do as SIGTERM would: a server listens to that, and ends when it can."""
    signal.raise_signal(signal.SIGTERM)


def _check_port(port: int) -> None:
    if not 0 <= port <= _PORT_MAX:
        raise UsageError(f"expected a port from 0 to {_PORT_MAX}, got {port}")
