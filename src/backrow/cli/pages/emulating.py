"""An emulated Zoom in a process of its own, for as long as a command runs.

Making answers takes most of a core. In the process that collects and shows they would
take its interpreter's lock, and pages would wait.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Final

from backrow.clock import Clock
from backrow.errors import BackrowError, UsageError

_NICER: Final = 5
_PATIENCE_S: Final = 120.0
_GRACE_S: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Emulated:
    """An emulated Zoom that runs."""

    url: str
    clock: str
    """As `BACKROW_CLOCK` takes it."""
    sites: Sequence[tuple[str, str]]
    """Names of offices with a public prefix of each."""


@contextmanager
def emulating(scenario: str, *, speed: float) -> Iterator[Emulated]:
    """Emulate a scenario until the block is left.

    Args:
        scenario: TOML.
        speed: Emulated seconds a real second; the clock starts when all is ready.

    Raises:
        UsageError: It did not start.
    """
    fresh = multiprocessing.get_context("spawn")
    ours, theirs = fresh.Pipe()
    process = fresh.Process(
        target=_emulate, args=(scenario, speed, theirs), name="emulator", daemon=True
    )
    process.start()
    theirs.close()
    try:
        yield _told(ours)
    finally:
        ours.close()
        process.terminate()
        process.join(_GRACE_S)
        if process.is_alive():
            process.kill()
            process.join()
        process.close()


def _told(ours: Connection) -> Emulated:
    try:
        found = ours.recv() if ours.poll(_PATIENCE_S) else "it took too long"
    except EOFError:
        found = "its process ended"
    if isinstance(found, Emulated):
        return found
    raise UsageError(f"the emulated Zoom did not start: {found}")


def _emulate(scenario: str, speed: float, theirs: Connection) -> None:
    """Serve until told to end, or until the other end of the pipe is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who started this ends it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform != "win32":
        os.nice(_NICER)
    try:
        _serve(scenario, speed, theirs)
    except BackrowError as exc:
        theirs.send(str(exc))


def _serve(scenario: str, speed: float, theirs: Connection) -> None:
    """Make the world, tell where it is, and serve it while somebody listens."""
    from backrow.simulate.scenario import read_scenario  # noqa: PLC0415 - over there
    from backrow.simulate.world import World  # noqa: PLC0415
    from backrow.web import serving, zoom_api  # noqa: PLC0415

    world = World(read_scenario(scenario, name="the demo"))
    for session in world.sessions():
        world.people(session.uuid)
        world.play(session.uuid).played(0)
    with serving.listen("127.0.0.1", 0) as listening:
        clock = Clock.starting(world.scenario.start_at.timestamp(), speed=speed)
        told = Emulated(
            url=serving.url_of(listening),
            clock=str(clock),
            sites=[(one.site, one.prefix) for one in world.networks() if one.site],
        )
        with serving.beside(zoom_api.create_app(world, clock=clock), listening):
            theirs.send(told)
            with suppress(EOFError):
                theirs.recv()  # nothing ever comes but the end
    os._exit(0)  # its threads have nothing to finish
