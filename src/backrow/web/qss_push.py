"""Zoom's QSS push: the events of live sessions, signed, posted as they come up.

`Pusher` is the shell around three cores that do no I/O: `Subscription` (whose
address is it), `Schedule` (what is sent when, and when again) and `Bodies` (what it
says). It runs where it is started; `backrow emulate` starts it in a process of its
own (`backrow.web.push.process`), where it takes no time from the emulated API.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final, Protocol
from urllib.parse import urlsplit

import anyio
import httpx2
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from backrow.clock import Clock, Sleeps
from backrow.errors import UsageError
from backrow.web.push.feed import Bodies, Feed
from backrow.web.push.line import NO_REPLY, Line, Reply
from backrow.web.push.options import PushOptions, parse_push_options
from backrow.web.push.schedule import Schedule, Stats, Try
from backrow.web.push.subscription import Change, Subscription
from backrow.zoom.webhook import VALIDATION_FAILURES_MAX, Seal, url_validation

__all__ = ["Feed", "PushOptions", "Pusher", "Stats", "parse_push_options"]

_AT_ONCE: Final = 32
"""Bodies made in one go; answers wait meanwhile."""
_LONGEST_SLEEP_S: Final = 30.0
"""On the emulated clock: another try may have come up meanwhile."""
_WAIT_FOR_RECEIVER_S: Final = 1.0
"""How long after the receiver could not be reached it is asked again, real time."""


class Carrier(Protocol):
    """Carries requests to the receiver."""

    async def post(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send `body` and return the answer."""
        ...

    def another(self) -> Carrier:
        """Return one that can be used beside this one."""
        ...

    async def aclose(self) -> None:
        """Close what is open."""
        ...


class ClientCarrier:
    """Carries requests with httpx2: for https, and for transports of tests."""

    def __init__(
        self,
        url: str,
        *,
        answer_within_s: float,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """Post to `url`.

        Args:
            url: Where to.
            answer_within_s: How long a whole exchange may take, in real time.
            transport: For httpx2; the network if not given.
        """
        self._url = url
        self._within_s = answer_within_s
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
        self._client = httpx2.AsyncClient(
            timeout=answer_within_s, limits=limits, transport=transport
        )

    async def post(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send `body` and return the answer."""
        reply = NO_REPLY
        with anyio.move_on_after(self._within_s):
            try:
                answer = await self._client.post(
                    self._url, content=body, headers=dict(headers)
                )
                reply = Reply(answer.status_code, answer.content)
            except httpx2.HTTPError:
                pass  # no answer: counted by who asked
        return reply

    def another(self) -> ClientCarrier:
        """Return this one, which takes any number of requests at once."""
        return self

    async def aclose(self) -> None:
        """Close the client."""
        await self._client.aclose()


@dataclass(kw_only=True, eq=False)
class Pusher:
    """Pushes the events of a feed to one address."""

    feed: Feed
    options: PushOptions
    seal: Seal
    clock: Sleeps
    """The emulated clock, which minutes, retries and validations go by."""
    begin: float | None = None
    """Push what is due after this instant, unix seconds; None: after the receiver
    has answered for the first time."""
    say: Callable[[str], None]
    """Is told, a line at a time, how it goes."""
    wall: Sleeps = field(default_factory=Clock)
    """The real clock, which reports go by."""
    transport: httpx2.AsyncBaseTransport | None = None
    """For httpx2; the network if not given."""
    stats: Stats = field(default_factory=Stats)
    subscription: Subscription = field(init=False)
    _busy: int = 0
    """Requests in flight."""
    _reported_at: float = 0.0
    _reported_sent: int = 0

    def __post_init__(self) -> None:
        """Check the address.

        Raises:
            UsageError: There is none.
        """
        if not self.options.url:
            raise UsageError("expected an address to push to, got none")
        self.subscription = Subscription(every_s=self.options.validate_every_s)
        self._random = Random(self.options.seed)  # noqa: S311 - names, no secrets

    async def run(self) -> Stats:
        """Push until nothing is left, or the subscription is disabled."""
        asking = self._carrier()
        carriers = [asking, *(asking.another() for _ in range(self.options.in_flight))]
        try:
            if await self._subscribe(asking):
                await self._push(asking, carriers[1:])
        finally:
            with anyio.CancelScope(shield=True):
                for carrier in carriers:
                    await carrier.aclose()
        return self.stats

    def report(self) -> str:
        """Return a line that says how it goes."""
        stats, now = self.stats, self.wall.now()
        past_s = now - self._reported_at
        rate = (stats.sent - self._reported_sent) / past_s if past_s > 0 else 0.0
        self._reported_at, self._reported_sent = now, stats.sent
        parts = [
            f"{stats.sent:,} sent",
            f"{rate:,.0f}/s",
            f"{stats.lag_s:,.1f} emulated s behind (at most {stats.most_lag_s:,.1f})",
            f"{stats.delivered:,} delivered",
        ]
        counts = {
            "refused": stats.refused,
            "to be tried again": stats.again,
            "waiting": stats.waiting,
            "lost": stats.lost + stats.overflowed,
            "sent twice": stats.duplicates,
            "held back": stats.held_back,
        }
        parts += [f"{count:,} {name}" for name, count in counts.items() if count]
        return f"QSS push: {', '.join(parts)}"

    def _carrier(self) -> Carrier:
        options = self.options
        within_s = options.answer_within_s
        if self.transport is None and urlsplit(options.url).scheme == "http":
            return Line(options.url, answer_within_s=within_s)
        return ClientCarrier(
            options.url, answer_within_s=within_s, transport=self.transport
        )

    async def _push(self, asking: Carrier, carriers: Sequence[Carrier]) -> None:
        options = self.options
        begin = self.clock.now() if self.begin is None else self.begin
        fresh = self.feed.notices(begin, options.events)
        bodies = Bodies(self.feed, options.events, options.absent)
        schedule = Schedule(fresh, options, self.stats)
        self._reported_at = self.wall.now()
        send, receive = anyio.create_memory_object_stream[tuple[Try, bytes]]()
        async with anyio.create_task_group() as group, send, receive:
            for carrier in carriers:
                group.start_soon(self._work, schedule, receive, carrier)
            await self._pump(schedule, bodies, send, asking)
            group.cancel_scope.cancel()

    async def _subscribe(self, asking: Carrier) -> bool:
        """Ask whose address it is until the answer is right; False: given up."""
        told = False
        while self.subscription.state == "asking":
            await self.clock.asleep(self.subscription.due_at - self.clock.now())
            change = await self._validate(asking)
            if change == "waiting":
                if not told:
                    self.say(f"QSS push: waiting for {self.options.url} to answer")
                told = True
                await self.wall.asleep(_WAIT_FOR_RECEIVER_S)
        return self.subscription.state == "valid"

    async def _validate(self, asking: Carrier) -> Change:
        now = self.clock.now()
        token = secrets.token_urlsafe(16)
        body = url_validation(token, now=now)
        reply = await asking.post(body, self._headers(body, now))
        right = None
        if reply.status is not None:
            right = self.seal.is_answer(token, status=reply.status, body=reply.body)
        change = self.subscription.answered(right=right, now=now)
        failures = f"{self.subscription.failures} of {VALIDATION_FAILURES_MAX}"
        answered = f"status {reply.status}" if reply.status else "no answer"
        if change == "validated":
            self.say(f"QSS push: {self.options.url} has shown that it knows the secret")
        elif change == "failed":
            self.say(f"QSS push: URL validation failed ({answered}), {failures}")
        elif change == "disabled":
            self.say(
                f"QSS push: URL validation failed ({answered}), {failures}: "
                "the subscription is disabled"
            )
        return change

    async def _pump(
        self,
        schedule: Schedule,
        bodies: Bodies,
        send: MemoryObjectSendStream[tuple[Try, bytes]],
        asking: Carrier,
    ) -> None:
        """Hand out what is due until nothing is left."""
        while self.subscription.state == "valid":
            now = self.clock.now()
            if self.subscription.due_at <= now:
                await self._validate(asking)
            tries = schedule.due(now, _AT_ONCE)
            made = bodies.make([one.notice for one in tries])
            for one, body in zip(tries, made, strict=True):
                await self._hand_out(schedule, one, body, send)
            while bodies.changes:
                schedule.add(bodies.changes.pop())
            if self.wall.now() - self._reported_at >= self.options.report_every_s:
                self.say(self.report())
            at = schedule.next_at()
            if not tries and at is None and not self._busy:
                return
            await self._sleep(at)

    async def _hand_out(
        self,
        schedule: Schedule,
        one: Try,
        body: bytes | None,
        send: MemoryObjectSendStream[tuple[Try, bytes]],
    ) -> None:
        """Give an event to whoever is free; wait until somebody is."""
        if body is None:
            schedule.skip()
        else:
            self._busy += 1
            await send.send((one, body))

    async def _sleep(self, next_at: float | None) -> None:
        now = self.clock.now()
        until = min(
            now + _LONGEST_SLEEP_S,
            self.subscription.due_at,
            now + 1.0 if next_at is None else next_at,
        )
        await self.clock.asleep(until - now)

    async def _work(
        self,
        schedule: Schedule,
        receive: MemoryObjectReceiveStream[tuple[Try, bytes]],
        carrier: Carrier,
    ) -> None:
        async for one, body in receive:
            sent_at = self.clock.now()
            signed_at = sent_at
            if self.options.signed_at == "first" and one.first_at:
                signed_at = one.first_at
            schedule.sent(one, sent_at)
            reply = await carrier.post(body, self._headers(body, signed_at))
            schedule.settle(one, reply.status, sent_at=sent_at)
            self._busy -= 1

    def _headers(self, body: bytes, signed_at: float) -> dict[str, str]:
        name = f"{self._random.getrandbits(128):032x}"
        return self.seal.headers(body, now=signed_at, request_id=name)
