"""The collector: carries out the planner's calls and keeps what comes back.

Many calls are in flight at a time; the client paces them, tries them again and
renews its token. Rows gather in the outbox and are written every few seconds. When
a session's last pass is in the lake it is completed there.

Nothing but the lake says what is kept, so a collector that was killed goes on where
the lake is: `Poller.run` first reads what it holds of sessions that are not
complete.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Final

import anyio
from anyio import to_thread
from anyio.abc import TaskGroup

from backrow.collect.intake.upkeep import keep_tidy
from backrow.collect.planner import (
    Options,
    PlannedCall,
    Planner,
    Result,
    Watched,
    left_for_us,
)
from backrow.collect.polling.keeping import (
    Keeper,
    complete,
    pushed_since,
    recall,
    unfinished,
)
from backrow.collect.polling.outbox import ROWS_MAX, Outbox
from backrow.collect.polling.reading import Answered, Reader
from backrow.collect.polling.status import SessionStatus, Status, Tally
from backrow.collect.room import Rooms, keep_judging
from backrow.errors import (
    AnswerError,
    AuthError,
    BackrowError,
    LakeError,
    NotFoundError,
    StorageError,
    WireError,
)
from backrow.lake.inbox import Inbox, Letter
from backrow.lake.keep import BATCH_S, LakeWriter
from backrow.lake.window import Window
from backrow.qos.people import Session
from backrow.zoom.client import AsyncZoom, Timer
from backrow.zoom.client.periods import periods
from backrow.zoom.limits import DAY_S, instant

RESUMES_S: Final = 30 * DAY_S
"""How old a session may be that is taken up again, seconds."""
GRACE_S: Final = 3.0
"""How long calls may go on when the collector is stopped, real seconds."""
AUTH_FAILURES_MAX: Final = 3
"""Refusals for the caller's rights in a row that end the collector; one is enough
if nothing was ever answered."""
LAKE_FAILURES_MAX: Final = 60
"""Failures to write in a row that end the collector: about five minutes."""
_PUSHED_S: Final = 60.0
_SETTLED_MIN: Final = 3
"""Minutes after which a live minute is taken as settled."""
_SETTLE_MIN: Final = 10
"""How many minutes back settled ones are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where a collector keeps things."""

    writer: LakeWriter
    inbox: Inbox
    """For bodies that cannot be read."""
    key: bytes
    """Secret under which email addresses become person keys."""
    window: Window | None = None
    """The last minutes, from which sessions are judged while they run."""
    rooms: Rooms | None = None
    """Who judges; by default rooms on `window` that know no names of networks."""
    keep_days: int | None = None
    """After how many days sessions are erased; None for never."""


class Poller:
    """Collects sessions until they are over, or until it is stopped."""

    def __init__(
        self,
        zoom: AsyncZoom,
        places: Places,
        *,
        options: Options,
        clock: Timer,
        account: str = "",
        tally: Tally | None = None,
    ) -> None:
        """Do nothing yet.

        Args:
            zoom: Carries out calls; its `on_call` should be `tally.sent`.
            places: Where things are kept.
            options: What to collect, and how much of the account may be used.
            clock: The client's.
            account: Zoom's account id, "" if unknown.
            tally: What is counted.
        """
        self.planner = Planner(options)
        self.tally = tally or Tally()
        self.outbox = Outbox(
            places.writer, clock=clock, key=places.key, window=places.window
        )
        self.keeper = Keeper(self.outbox, account=account)
        self.rooms = places.rooms or Rooms(places.writer, places.window or Window())
        self._zoom = zoom
        self._places = places
        self._clock = clock
        self._reader = Reader(account)
        self._wake = anyio.Event()
        self._stopping = False
        self._fatal: BackrowError | None = None
        self._auth_failures = 0
        self._known: dict[str, Session] = {}
        """Sessions as they were told to the lake last."""
        self._completing: set[str] = set()

    async def run(self, past: Sequence[tuple[Session, int]] = ()) -> None:
        """Collect until everything asked for is over, or until `stop`.

        Args:
            past: Ended sessions to complete, each with the stays it is expected
                to have.

        Raises:
            AuthError: Zoom refuses the caller.
            LakeError: The lake cannot be read, or not be written for long.
        """
        async with anyio.create_task_group() as writing:
            try:
                await self._resume(past)
                writing.start_soon(self._keep_writing)
                writing.start_soon(self._keep_tidy)
                if self._places.window is not None:
                    writing.start_soon(self._keep_judging)
                await self._collect()
            except BackrowError as error:
                self._fatal = error  # raised below, out of the task group
            finally:
                writing.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            if self._fatal is None or not isinstance(self._fatal, LakeError):
                await self.outbox.flush()
        if self._fatal is not None:
            raise self._fatal

    def stop(self) -> None:
        """End in order: keep what has come, ask for nothing more."""
        self._stopping = True
        self._wake.set()

    def status(self) -> Status:
        """Return what is going on."""
        now, tally = self._clock.now(), self.tally
        return Status(
            sessions=tuple(_status(one) for one in self.planner.sessions.values()),
            people=self.keeper.people,
            minutes=self.keeper.minutes,
            written=self.outbox.written,
            calls=tally.calls,
            calls_per_s=tally.rate(now),
            calls_left=self.planner.left,
            lag_s=tally.lag_s,
            refused=tally.statuses[429],
            dead=tally.dead,
            problems=tally.problems,
            errors=tally.errors,
            last_error=tally.last_error,
            awaited=tuple(self.planner.waiting.names.values()),
        )

    async def _resume(self, past: Sequence[tuple[Session, int]]) -> None:
        """Take up what the lake says is not complete."""
        store, options = self._places.writer.store, self.planner.options
        now = self._clock.now()
        given = {session.uuid for session, _ in past}
        since = 0.0 if past else now - RESUMES_S
        self.planner.skipped = await complete(store, options.kind, since=since)
        for session, expected in past:
            if session.uuid in self.planner.skipped:
                continue
            self.keeper.remember(session, await recall(store, session))
            self.planner.resume(session, now, expected=expected)
            self._tell(session)
        if past or not options.discovers:
            return
        for session in await unfinished(store, options.kind, since=since):
            if session.uuid not in given and self.planner.is_asked_for(session):
                self.keeper.remember(session, await recall(store, session))
                self.planner.resume(session, now)

    async def _collect(self) -> None:
        async with anyio.create_task_group() as calls:
            while not (self._stopping or self._fatal or self.planner.is_done):
                self._wake = anyio.Event()
                now = self._clock.now()
                self.planner.know(self._zoom.budget, now)
                for call in self.planner.next_calls(now):
                    self.tally.begun(now)
                    calls.start_soon(self._make, call)
                self._begin_completions(calls)
                await self._wait(self.planner.next_at(now) - now)
            if self._stopping:
                with anyio.move_on_after(GRACE_S):
                    await self._calls_ended()
            calls.cancel_scope.cancel()

    async def _calls_ended(self) -> None:
        while self.planner.under_way:
            self._wake = anyio.Event()
            await self._wake.wait()

    async def _wait(self, seconds: float) -> None:
        """Wait on the clock, or until something has come."""
        async with anyio.create_task_group() as waiting:

            async def sleep() -> None:
                await self._clock.asleep(max(0.0, seconds))
                self._wake.set()

            if seconds < inf:
                waiting.start_soon(sleep)
            await self._wake.wait()
            waiting.cancel_scope.cancel()

    async def _make(self, call: PlannedCall) -> None:
        """Make one call, keep its answer, and tell the planner."""
        result = await self._ask(call)
        self.planner.learn(result, self._clock.now())
        for one in self.planner.sessions.values():
            self._tell(one.session)
        self._wake.set()

    async def _ask(self, call: PlannedCall) -> Result:
        watched = self.planner.sessions.get(call.session)
        session = None if watched is None else watched.session
        try:
            body = await self._body(call)
        except BackrowError as error:
            self._failed(call, error)
            return Result(call=call, error=error)
        try:
            answered = self._reader.read(
                call, body, session=session, now=self._clock.now()
            )
        except WireError as error:
            self._bury(call, body, error)
            return Result(call=call, error=error)
        self._auth_failures = 0
        await self._keep(call, answered, session)
        return answered.result

    async def _body(self, call: PlannedCall) -> bytes:
        query = dict(call.query)
        if call.purpose == "discover":
            today = instant(self._clock.now())
            yesterday = instant(self._clock.now() - DAY_S).date()
            query |= periods("live", yesterday, None, now=today)[0]
            query["page_size"] = str(call.endpoint.page_size_max)
        answer = await self._zoom.call_raw(
            call.endpoint,
            session=call.session,
            participant=call.participant,
            query=query,
        )
        return answer.body

    async def _keep(
        self, call: PlannedCall, answered: Answered, session: Session | None
    ) -> None:
        self.tally.problems += len(answered.problems)
        if session is None or call.purpose in {"discover", "check", "find"}:
            return
        self.keeper.keep(call, answered, session)
        while self.outbox.waiting > ROWS_MAX and self._fatal is None:
            if await self._flush() is not None:
                await self._clock.asleep(BATCH_S)

    def _failed(self, call: PlannedCall, error: BackrowError) -> None:
        """Note a call that failed; those that no try can mend end the collector."""
        if type(error) is not NotFoundError:  # an end, or a past that is not there yet
            self.tally.failed(error)
        if isinstance(error, AnswerError) and error.body:
            self._bury(call, error.body, error)
        if isinstance(error, AuthError):
            self._auth_failures += 1
            is_first = not self.tally.statuses[200]
            if is_first or self._auth_failures >= AUTH_FAILURES_MAX:
                self._fatal = error

    def _bury(self, call: PlannedCall, body: bytes, error: BackrowError) -> None:
        """Keep a body that cannot be read."""
        self.tally.dead += 1
        self.tally.failed(error)
        origin = "rest_past" if call.query.get("type") == "past" else "rest_live"
        context = json.dumps(
            {"session_uuid": call.session, "kind": call.kind, "origin": origin}
        )
        letter = Letter(body=body, source="answer", context=context)
        try:
            self._places.inbox.bury(letter, str(error), now=self._clock.now())
        except StorageError as exc:
            self.tally.failed(exc)

    def _tell(self, session: Session) -> None:
        """Tell the lake of a session that is new, or has changed."""
        if self._known.get(session.uuid) != session:
            self._known[session.uuid] = session
            self.keeper.keep_session(session, ended=session.end_at is not None)

    def _begin_completions(self, calls: TaskGroup) -> None:
        for one in self.planner.kept:
            if one.uuid not in self._completing:
                self._completing.add(one.uuid)
                calls.start_soon(self._complete, one.uuid)

    async def _complete(self, uuid: str) -> None:
        """Write what is left of a session, and let the lake complete it."""
        for _ in range(LAKE_FAILURES_MAX):
            try:
                await self.outbox.flush()
                await self._clock.asleep(0.001)  # complete is newer than ended
                run = partial(self.rooms.complete, uuid, now=self._clock.now())
                await to_thread.run_sync(run)
            except LakeError as error:
                self.tally.failed(error)
                await self._clock.asleep(BATCH_S)
            else:
                self.keeper.forget(uuid)
                self.planner.completed(uuid)
                break
        else:
            self.planner.sessions[uuid].phase = "given_up"
        self._wake.set()

    async def _keep_writing(self) -> None:
        """Write the outbox every few seconds, and what else is due each minute."""
        failures, minute_at = 0, self._clock.now() + _PUSHED_S
        while True:
            await self._due()
            error = await self._flush()
            failures = 0 if error is None else failures + 1
            if failures >= LAKE_FAILURES_MAX:
                self._fatal = error
                self._wake.set()
                return
            now = self._clock.now()
            is_set_back = now < minute_at - 2 * _PUSHED_S
            if now >= minute_at or is_set_back:
                minute_at = now + _PUSHED_S
                await self._each_minute(now)

    async def _keep_tidy(self) -> None:
        """Look after the lake's files, and erase what is old."""
        await keep_tidy(
            self._places.writer,
            self._places.inbox,
            keep_days=self._places.keep_days,
            clock=self._clock,
            failed=self.tally.failed,
        )

    async def _due(self) -> None:
        """Wait until a batch is full, or for a few seconds."""
        async with anyio.create_task_group() as waiting:

            async def full() -> None:
                await self.outbox.is_full.wait()
                waiting.cancel_scope.cancel()

            waiting.start_soon(full)
            await self._clock.asleep(BATCH_S)
            waiting.cancel_scope.cancel()

    async def _flush(self) -> LakeError | None:
        """Write what waits, and return why it cannot be written."""
        waited = self.outbox.newest
        try:
            await self.outbox.flush()
        except LakeError as error:
            self.tally.failed(error)
            return error
        if waited is not None:
            self.tally.lag_s = self._clock.now() - waited.timestamp() - 60.0
        return None

    async def _each_minute(self, now: float) -> None:
        """Settle live minutes, and learn whose events arrive."""
        try:
            found = await pushed_since(self._places.writer.store, now - 3 * _PUSHED_S)
            for uuid, participants in found.items():
                self.planner.pushed(uuid, participants, now)
                await to_thread.run_sync(partial(self.rooms.take, uuid, now=now))
            for one in list(self.planner.sessions.values()):
                if one.phase == "live":
                    await self._settle(one, now)
        except LakeError as error:
            self.tally.failed(error)

    async def _settle(self, one: Watched, now: float) -> None:
        if self._places.window is None:
            return
        until = instant(now - 60 * (_SETTLED_MIN + 1))
        settle = partial(
            self.rooms.settle, one.uuid, until=until, minutes=_SETTLE_MIN, now=now
        )
        await to_thread.run_sync(settle)

    async def _keep_judging(self) -> None:
        """Judge live sessions as their minutes ripen."""

        def live() -> list[str]:
            sessions = self.planner.sessions.values()
            return [one.uuid for one in sessions if one.phase == "live"]

        await keep_judging(
            self.rooms, live, clock=self._clock, failed=self.tally.failed
        )


def _status(one: Watched) -> SessionStatus:
    return SessionStatus(
        uuid=one.uuid,
        number=one.session.number,
        topic=one.session.topic,
        phase=one.phase,
        here=len(one.crowd.here()),
        listed=one.listed,
        is_census=one.is_census,
        passed=one.past.items if one.past else 0,
    )


def calls_left(zoom: AsyncZoom, options: Options) -> int:
    """Return how many of today's calls are ours."""
    return left_for_us(zoom.budget, options.others_share)
