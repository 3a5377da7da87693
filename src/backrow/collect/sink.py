"""Moves what was pushed from the inbox into the lake, each event once.

A batch is numbered in the inbox before anything is written; every table's commit
carries the number (`backrow.lake.inbox`, `backrow.lake.store.commits`); then the
batch is finished. A process killed anywhere between leaves a batch that is read and
decoded again, to the same rows, and written only to the tables that lack it. One
sink works at a time, by lock: a second one stands by.

Events that Zoom sent twice are left out (`backrow.lake.inbox`); what cannot be decoded
becomes a dead letter. A participant's facts come with every event of theirs and are
written when they are new or have changed.

The sink also tends the sessions it hears of, since a subscription may be all there
is: their settled minutes are appended while they run; a session of which only events
tell is called complete when it has been quiet for a while; and a session that was
complete, whoever completed it, is resolved anew when events come late. The lake's
files are looked after in a task beside, since that may take long.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import anyio
import msgspec
from anyio import CapacityLimiter, to_thread

from backrow.clock import Sleeps
from backrow.collect.intake.letters import Facts, Reader, Rows
from backrow.collect.intake.tending import Tending
from backrow.collect.intake.upkeep import keep_tidy
from backrow.collect.lock import held
from backrow.collect.room import Rooms
from backrow.errors import LakeError, UsageError, WireError
from backrow.lake.inbox import Event, Inbox, Taken
from backrow.lake.keep import BATCH_S, LakeWriter
from backrow.lake.window import Window
from backrow.qos.sample import Origin
from backrow.qos.vocabulary import Kind
from backrow.zoom.decode import Provenance

LOG: Final = logging.getLogger(__name__)
LOCK_NAME: Final = "sink"
BATCH_EVENTS: Final = 10_000
"""Events of one batch at most."""
TEND_S: Final = 30.0
"""How often sessions are looked after, seconds."""
_AGAIN_S: Final = 5.0
_EXPIRE_STEPS: Final = 40


class LetterContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a letter that is no event needs beside its body."""

    session_uuid: str = ""
    kind: Kind = "webinar"
    origin: Origin = "import"
    name: str = ""
    """The file it came from."""

    def provenance(self) -> Provenance:
        """Return it as the decoder takes it."""
        return Provenance(
            kind=self.kind, session_uuid=self.session_uuid, origin=self.origin
        )


@dataclass(slots=True, kw_only=True)
class Moved:
    """What a sink has done since it began."""

    batches: int = 0
    events: int = 0
    repeated: int = 0
    """Events that had come before, and are left out."""
    dead: int = 0
    """Events that became dead letters."""
    unreadable: int = 0
    """Values that could not be read, in events that could."""
    samples: int = 0
    """Rows of samples written."""
    completed: int = 0
    """Sessions whose minutes were made, at their end or anew."""
    told: dict[str, int] = field(default_factory=dict)
    """What became of alerts: sent, retried, dropped, waiting; {} if there are none."""
    state: str = "starting"
    """starting, working, standing by (another process has the lock), failing, or
    starting again."""
    failure: str = ""
    """Why it is failing; empty if it is not."""

    def to_dict(self) -> dict[str, Any]:
        """Return them by name, ready for JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class _Batch:
    """What a batch's events said."""

    rows: Rows = field(default_factory=Rows)
    dead: list[tuple[int, str]] = field(default_factory=list)
    pushed: set[str] = field(default_factory=set)
    """Sessions that events have told of."""
    fresh: Facts = field(default_factory=Facts)
    """Facts that are new with this batch."""


class Sink:
    """Moves events of one inbox into one lake."""

    def __init__(
        self,
        inbox: Inbox,
        writer: LakeWriter,
        *,
        key: bytes,
        clock: Sleeps,
        window: Window | None = None,
        rooms: Rooms | None = None,
        default_session: str = "",
        keep_days: int | None = None,
    ) -> None:
        """Move nothing yet.

        Args:
            inbox: Where events come from; its folder holds the lock.
            writer: Of the lake.
            key: Secret under which email addresses become person keys.
            clock: What ages and waits go by.
            window: Is given the samples of live sessions too.
            rooms: Who judges sessions; by default rooms that know no names of
                networks.
            default_session: Uuid for saved answers that name no session.
            keep_days: After how many days sessions are erased; None for never.
        """
        self.moved = Moved()
        self._inbox = inbox
        self._writer = writer
        self._key = key
        self._clock = clock
        self._window = Window() if window is None else window
        self._default_session = default_session
        self._keep_days = keep_days
        self._reader = Reader()
        self.rooms = rooms or Rooms(writer, self._window, hears_events=True)
        self._tending = Tending(writer, self._window, self.rooms)
        self._facts = Facts()
        self._thread = CapacityLimiter(1)

    @property
    def sessions(self) -> set[str]:
        """Sessions that events have told of since they were last completed."""
        return self._tending.sessions

    async def run(self) -> None:
        """Move events as they come, until cancelled; failures are waited out."""
        while True:
            try:
                folder, now = self._inbox.path.parent, self._clock.now()
                with held(folder, what="backrow serve", now=now, name=LOCK_NAME):
                    await self._work_and_tidy()
            except UsageError as exc:
                self._stand_by(str(exc))
            except LakeError as exc:
                self._fail(str(exc))
            except Exception as exc:  # tried again, as events must not pile up for ever
                LOG.exception("the sink failed, and is started again")
                self._fail(f"{type(exc).__name__}: {exc}")
            await self._clock.asleep(_AGAIN_S)

    async def _work_and_tidy(self) -> None:
        """Move events, and look after the lake's files beside it, under one lock."""
        keep = partial(
            keep_tidy,
            self._writer,
            self._inbox,
            keep_days=self._keep_days,
            clock=self._clock,
            failed=_note_untidy,
        )
        try:
            async with anyio.create_task_group() as beside:
                beside.start_soon(keep)
                await self._work()
        except ExceptionGroup as group:  # of the one that ended the work
            raise group.exceptions[0] from None

    async def _work(self) -> None:
        tended_at = 0.0
        while True:
            moved = await to_thread.run_sync(self.step, limiter=self._thread)
            now = self._clock.now()
            if now - tended_at >= TEND_S:
                tended_at = now
                await to_thread.run_sync(self.tend, limiter=self._thread)
            self.moved.state, self.moved.failure = "working", ""
            self.moved.told = dict(self.rooms.told)
            if not moved:
                await to_thread.run_sync(self._expire, limiter=self._thread)
            if moved < BATCH_EVENTS:
                await self._clock.asleep(BATCH_S)

    def _expire(self) -> None:
        """Forget old events while none come; else that is done as they come."""
        for _ in range(_EXPIRE_STEPS):
            if not self._inbox.expire(now=self._clock.now()):
                return

    def _stand_by(self, why: str) -> None:
        if self.moved.state != "standing by":
            LOG.warning("standing by, events are kept for the other one: %s", why)
        self.moved.state = "standing by"

    def _fail(self, why: str) -> None:
        if self.moved.failure != why:
            LOG.warning("events wait in the inbox: %s", why)
        self.moved.state, self.moved.failure = "failing", why

    def drain(self) -> int:
        """Move all that waits, and return how many events that were.

        Raises:
            LakeError: The inbox or the lake cannot be read or written.
        """
        total = 0
        while moved := self.step():
            total += moved
        return total

    def step(self) -> int:
        """Move one batch, and return how many events it had; 0 if none waits.

        Raises:
            LakeError: The inbox or the lake cannot be read or written; the batch is
                moved again by the next call.
        """
        while (taken := self._inbox.take(limit=BATCH_EVENTS)) is not None:
            self._move(taken)
            if len(taken):  # not emptied by one who forgets
                return len(taken)
        return 0

    def _move(self, taken: Taken) -> None:
        batch = self._read(taken.events)
        now = self._clock.now()
        self._tending.heard(batch.rows, pushed=batch.pushed, now=now)
        frames = batch.rows.frames(key=self._key, now=now)
        written = self._writer.append(frames, now=now, batch=taken.batch)
        self._inbox.finish(taken, now=now, dead=batch.dead)
        if "samples" in frames:
            self._window.append(frames["samples"], now=now)
        self._note(batch, taken, written.get("samples", 0))

    def tend(self) -> None:
        """Look after sessions.

        Raises:
            LakeError: The inbox or the lake cannot be read or written.
        """
        now = self._clock.now()
        self.moved.completed += self._tending.tend(now=now)

    def _read(self, events: Sequence[Event]) -> _Batch:
        """Return what `events` say; the same each time, whoever reads them."""
        batch = _Batch()
        for event in events:
            begin = len(batch.rows.stays)
            try:
                self._read_one(event, batch.rows)
            except WireError as exc:
                batch.dead.append((event.id, str(exc)))
            if not event.context:
                stays = batch.rows.stays[begin:]
                batch.pushed |= {where.session_uuid for where, _, _ in stays}
        batch.fresh = self._facts.drop_known(batch.rows, 0)
        return batch

    def _read_one(self, event: Event, rows: Rows) -> None:
        came_at = datetime.fromtimestamp(event.received_s, UTC)
        if event.source == "event" and not event.context:
            provenance = Provenance(origin="qss", picked="pushed", collected_at=came_at)
            self._reader.event(event.body, provenance, rows)
            return
        context = msgspec.json.decode(event.context or "{}", type=LetterContext)
        provenance = replace(context.provenance(), collected_at=came_at)
        if not provenance.session_uuid:
            provenance = replace(provenance, session_uuid=self._default_session)
        self._reader.any(event.body, provenance, rows)

    def _note(self, batch: _Batch, taken: Taken, samples: int) -> None:
        self._facts.learn(batch.fresh)
        self.moved.batches += 1
        self.moved.events += len(taken)
        self.moved.repeated += taken.repeated
        self.moved.dead += len(batch.dead)
        self.moved.unreadable += len(batch.rows.problems)
        self.moved.samples += samples
        if batch.rows.problems and self.moved.unreadable == len(batch.rows.problems):
            first = batch.rows.problems[0]  # its value may be personal
            text = "a value could not be read: %s - at `%s` (later ones are counted)"
            LOG.warning(text, first.expected, first.path)


def _note_untidy(error: LakeError) -> None:
    LOG.warning("the lake's files could not be looked after: %s", error)
