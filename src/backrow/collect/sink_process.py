"""The sink in a process of its own: started, watched, and started again.

Decoding and writing tables take most of a core. In the receiver's process they would
take its interpreter's lock, and whoever waits for an answer would wait for them too.

The two are tied by a pipe. The sink's process tells over it what it has done; the end
of the pipe, however it came, tells it to finish its batch and go: also if the server
was killed. A process that dies is started again, later each time it dies at once. It
may die at any moment, as the batch it had is done again, and only where it is missing.

`Sink` itself knows nothing of this, and serves as well inside another process.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

import anyio

from backrow.clock import Clock
from backrow.collect.alerts.dispatch import alerts_of
from backrow.collect.intake.secret import person_secret, privacy_of
from backrow.collect.room import Rooms
from backrow.collect.sink import Moved, Sink
from backrow.errors import BackrowError
from backrow.judge.given import judge_of
from backrow.lake.inbox import Inbox
from backrow.lake.keep import LakeWriter
from backrow.lake.kept import open_lake
from backrow.lake.window import Window
from backrow.settings import Settings

LOG: Final = logging.getLogger(__name__)
TELL_S: Final = 0.5
"""How often it is told what the sink has done, seconds."""
_AGAIN_S: Final = (0.5, 60.0)
"""How long after its end it is started again, at first and at most, seconds."""
_STEADY_S: Final = 30.0
"""How long it must have run for its end to count as the first."""
_GRACE_S: Final = 10.0
"""How long it may take to finish its batch, seconds."""
_NICER: Final = 5


def make_sink(
    state: Path, lake: str | Path, clock: Clock, settings: Settings | None = None
) -> Sink:
    """Return the sink of a state folder and a lake, with files of its own.

    Args:
        state: The inbox's folder.
        lake: Where the lake is.
        clock: What it goes by.
        settings: Say what is kept of people and for how long, and name the files that
            sessions are judged by, and who is told of findings; by default all is
            kept, and none is named.

    Raises:
        LakeError: The inbox or the lake cannot be opened.
        SettingsError: A file to judge by cannot be read.
    """
    privacy = None if settings is None else privacy_of(settings)
    writer, window = LakeWriter(open_lake(lake).store, privacy=privacy), Window()
    judge = None if settings is None else judge_of(settings, now=clock.now())
    tells = None if settings is None else alerts_of(settings, writer.store)
    return Sink(
        Inbox(state),
        writer,
        key=person_secret(state),
        clock=clock,
        window=window,
        rooms=Rooms(writer, window, judge=judge, hears_events=True, tells=tells),
        keep_days=None if settings is None else settings.keep_days,
    )


class SinkProcess:
    """Keeps a sink's process running."""

    def __init__(self, make: Callable[[], Sink]) -> None:
        """Start nothing yet.

        Args:
            make: Makes the sink, over there: a function of a module or a `partial`
                of one, whose arguments can be pickled.
        """
        self.moved = Moved()
        """What it has told last; the counts are those of the process that runs."""
        self.restarts = 0
        """How often it had to be started again."""
        self._make = make
        self._fresh = multiprocessing.get_context("spawn")
        self._is_ending = threading.Event()
        self._clock = Clock()  # real: processes die and start in real time
        self._line: Connection | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Keep it running until the block is left."""
        keeper = threading.Thread(target=self._keep, name="sink-keeper", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            self._is_ending.set()
            keeper.join()

    def _keep(self) -> None:
        again_s = _AGAIN_S[0]
        while not self._is_ending.is_set():
            begin = self._clock.now()
            code = self._run()
            if self._is_ending.is_set():
                return
            if self._clock.now() - begin >= _STEADY_S:
                again_s = _AGAIN_S[0]
            self._note_end(code, again_s)
            self._clock.wait(self._is_ending, again_s)
            again_s = min(2 * again_s, _AGAIN_S[1])
            self.restarts += 1

    def _note_end(self, code: int | None, again_s: float) -> None:
        why = self.moved.failure or f"the sink's process ended with code {code}"
        LOG.warning("%s; it is started again in %g s", why, again_s)
        self.moved = Moved(state="starting again", failure=why)

    def _run(self) -> int | None:
        """Run one process until it ends, and return its exit code."""
        ours, theirs = self._fresh.Pipe()
        process = self._fresh.Process(
            target=_work, args=(self._make, theirs), name="sink", daemon=True
        )
        with ours:
            with theirs:
                process.start()
            with suppress(EOFError, OSError):
                while not self._is_ending.is_set():
                    if ours.poll(TELL_S):
                        self.moved = ours.recv()
        return _ended(process)


def _ended(process: BaseProcess) -> int | None:
    """Return the exit code of a process that ends, or is made to."""
    process.join(_GRACE_S + 1)
    if process.is_alive():
        process.kill()
        process.join()
    return process.exitcode


def _work(make: Callable[[], Sink], line: Connection) -> None:
    """Move events until told to end, or until nobody is there to tell."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who waits
    logging.basicConfig(format="backrow: warning: %(message)s", level=logging.WARNING)
    if sys.platform != "win32":
        os.nice(_NICER)
    try:
        sink = make()
        try:
            anyio.run(_until_told, sink, line)
        finally:
            sink.rooms.close()
    except BackrowError as exc:
        with suppress(OSError):
            line.send(Moved(state="failing", failure=str(exc)))
        sys.exit(exc.exit_code)


async def _until_told(sink: Sink, line: Connection) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(sink.run)
        group.start_soon(_end_at_signal, group.cancel_scope)
        with suppress(EOFError, OSError):  # they are gone
            while not line.poll():
                line.send(sink.moved)
                await anyio.sleep(TELL_S)
        _end_within(_GRACE_S)
        group.cancel_scope.cancel()


async def _end_at_signal(scope: anyio.CancelScope) -> None:
    if sys.platform == "win32":
        return
    with anyio.open_signal_receiver(signal.SIGTERM) as signals:
        async for _ in signals:
            _end_within(_GRACE_S)
            scope.cancel()
            return


def _end_within(seconds: float) -> None:
    """End this process by then, whatever it waits for: a lake far away, for one."""
    timer = threading.Timer(seconds, os._exit, (1,))
    timer.daemon = True
    timer.start()
