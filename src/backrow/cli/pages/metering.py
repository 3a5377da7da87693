"""What `/metrics` tells of the server itself and of the collector beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from backrow import __version__
from backrow.cli.collect.collecting import Collector
from backrow.clock import Clock
from backrow.collect.receiver import Receiver
from backrow.collect.sink_process import SinkProcess
from backrow.errors import LakeError
from backrow.lake.inbox import Inbox
from backrow.settings import Settings
from backrow.web.metrics.beside import Beside
from backrow.web.metrics.exposition import Meter, Reading
from backrow.web.metrics.sessions import SessionReadings
from backrow.web.pages.site import Pages
from backrow.zoom.ledger import FILE_NAME, budget_of

_REFUSED = 429


class Parts(Protocol):
    """What a server is made of."""

    @property
    def inbox(self) -> Inbox:
        """Where events wait."""
        ...

    @property
    def receiver(self) -> Receiver:
        """What takes them."""
        ...

    @property
    def sink(self) -> SinkProcess:
        """What moves them."""
        ...


def metered(
    parts: Parts, pages: Pages, settings: Settings, meter: Meter | None
) -> Meter:
    """Return a meter of the server and of the sessions that its pages show.

    Args:
        parts: What the server is made of.
        pages: They say which sessions there are, and by what clock.
        settings: Name the account whose calls are counted.
        meter: Gets the sources; None makes one.
    """
    meter = meter or Meter()
    server = _Server(parts, Clock.parse(settings.clock), settings)
    sessions = SessionReadings(pages.source, clock=pages.clock)
    fails = Reading("backrow_part_failing", 1.0, ("lake",))
    meter.add(Beside(sessions, instead=fails, clock=Clock()))
    for source in (server.events, server.waiting, server.day):
        meter.add(source)
    return meter


@dataclass(frozen=True, slots=True)
class _Server:
    """Readings of the server."""

    parts: Parts
    clock: Clock
    settings: Settings

    def events(self) -> Iterator[Reading]:
        received, sink = self.parts.receiver.counts, self.parts.sink
        moved = sink.moved
        yield Reading("backrow_build_info", 1.0, (__version__,))
        yield Reading("backrow_webhook_events_total", received.kept)
        for reason, count in list(received.refused.items()):
            yield Reading("backrow_webhook_refused_total", count, (reason,))
        yield Reading("backrow_sink_events_total", moved.events)
        yield Reading("backrow_sink_repeated_events_total", moved.repeated)
        yield Reading("backrow_sink_samples_total", moved.samples)
        yield Reading("backrow_sink_restarts_total", sink.restarts)
        yield from _alerts("sink", moved.told)
        yield _failing("receiver", is_so=bool(received.failure))
        yield _failing("sink", is_so=bool(moved.failure))

    def waiting(self) -> Iterator[Reading]:
        try:
            counts = self.parts.inbox.counts()
        except LakeError:
            yield _failing("inbox", is_so=True)
            return
        yield _failing("inbox", is_so=False)
        oldest = counts.oldest_waiting_at
        age_s = 0.0 if oldest is None else max(0.0, self.clock.now() - oldest)
        yield Reading("backrow_inbox_events", counts.waiting)
        yield Reading("backrow_inbox_oldest_age_seconds", age_s)
        yield Reading("backrow_dead_letters", counts.dead)

    def day(self) -> Iterator[Reading]:
        """Yield the account's day, whichever process of this machine calls."""
        settings = self.settings
        if not (settings.state / FILE_NAME).exists():  # nobody has called yet
            return
        budget = budget_of(settings, now=self.clock.now())
        yield Reading("backrow_zoom_day_calls_left", budget.left_today)
        yield Reading("backrow_zoom_day_calls_limit", budget.limit_today)


def collector_readings(collector: Collector) -> Iterator[Reading]:
    """Yield how the collecting goes; it goes on meanwhile in another thread."""
    poller = collector.poller
    tally, counts = poller.tally, dict(poller.tally.by_label)
    told = {(label, _REFUSED): 0 for label, _ in counts} | counts
    for (label, code), count in sorted(told.items()):
        labels = (label, str(code) if code else "none")
        yield Reading("backrow_zoom_calls_total", count, labels)
    yield Reading("backrow_zoom_calls_left", poller.planner.left)
    if tally.lag_s is not None:
        yield Reading("backrow_collector_lag_seconds", max(0.0, tally.lag_s))
    yield Reading("backrow_collector_outbox_rows", poller.outbox.waiting)
    yield Reading("backrow_collector_samples_total", poller.outbox.written)
    yield Reading("backrow_collector_unreadable_values_total", tally.problems)
    yield Reading("backrow_collector_errors_total", tally.errors)
    yield from _alerts("collector", poller.rooms.told)


def meter_collector(meter: Meter, collector: Collector) -> None:
    """Let a meter ask how a collector does."""
    meter.add(partial(collector_readings, collector))


def _alerts(part: str, counts: Mapping[str, int]) -> Iterator[Reading]:
    for result, count in counts.items():
        if result == "waiting":
            yield Reading("backrow_alerts_waiting", count, (part,))
        else:
            yield Reading("backrow_alerts_total", count, (part, result))


def _failing(part: str, *, is_so: bool) -> Reading:
    return Reading("backrow_part_failing", float(is_so), (part,))
