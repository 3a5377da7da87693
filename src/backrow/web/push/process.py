"""The push in a process of its own, beside the emulated API's.

It takes turns with the API's answers on no interpreter lock and no event loop, and
asks the system for less time than they get. It makes its own world from the same
seed, as a world is far larger than what makes it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import anyio

from backrow.clock import Clock
from backrow.errors import BackrowError
from backrow.web.push.feed import Feed
from backrow.web.push.options import PushOptions
from backrow.web.qss_push import Pusher
from backrow.zoom.webhook import Seal

__all__ = ["pushing"]

_NICER = 5
_GRACE_S = 3.0


@contextmanager
def pushing(
    make: Callable[[], Feed], options: PushOptions, *, seal: Seal, clock: Clock
) -> Iterator[None]:
    """Push from a process of its own until the block is left.

    What is due from now on is pushed, however long that process and the receiver
    take to start.

    Args:
        make: Makes the feed, over there: a function of a module or a `partial` of
            one, whose arguments can be pickled.
        options: Where to, and how.
        seal: What events are signed with.
        clock: The emulated clock.
    """
    fresh = multiprocessing.get_context("spawn")
    process = fresh.Process(
        target=_push,
        args=(make, options, seal, clock, clock.now()),
        name="qss-push",
        daemon=True,
    )
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join(_GRACE_S)
        if process.is_alive():
            process.kill()
            process.join()
        process.close()


def _push(
    make: Callable[[], Feed],
    options: PushOptions,
    seal: Seal,
    clock: Clock,
    begin: float,
) -> None:
    """Push until nothing is left, or until told to end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who started this ends it
    if sys.platform != "win32":
        os.nice(_NICER)
    try:
        feed = make()
        pusher = Pusher(
            feed=feed, options=options, seal=seal, clock=clock, begin=begin, say=_say
        )
        anyio.run(_until_told, pusher)
    except BackrowError as exc:
        _say(f"QSS push: ended: {exc}")


async def _until_told(pusher: Pusher) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(_end_with_parent, group.cancel_scope)
        group.start_soon(_end_at_signal, group.cancel_scope)
        await pusher.run()
        group.cancel_scope.cancel()
    _say(f"{pusher.report()}; ended")


async def _end_at_signal(scope: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM) as signals:
        async for _ in signals:
            scope.cancel()
            return


async def _end_with_parent(scope: anyio.CancelScope) -> None:
    """End as well if the process that started this one was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None and isinstance(parent.sentinel, int):
        await anyio.wait_readable(parent.sentinel)
        scope.cancel()


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
