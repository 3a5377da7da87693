"""`/metrics`: what sources read now, in Prometheus's or OpenMetrics' words.

Every app has a `Meter` of its own, and the meter a registry of its own. Nothing is
counted here: sources are asked when Prometheus asks, in a thread.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final, NamedTuple

from anyio import to_thread
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backrow.web.metrics.table import SERIES, Series

METRICS: Final = "/metrics"


class Reading(NamedTuple):
    """One sample of one series."""

    name: str
    """One of `backrow.web.metrics.table.SERIES`."""
    value: float
    labels: tuple[str, ...] = ()
    """Values of the series' labels, in its order."""


Readings = Callable[[], Iterable[Reading]]
"""Reads what there is now; called from several threads."""


class Meter(Collector):
    """Sources of readings, as a collector of a registry of its own."""

    def __init__(self, *sources: Readings) -> None:
        """Read nothing yet."""
        self.registry = CollectorRegistry(auto_describe=False)
        self._sources = list(sources)
        self.registry.register(self)

    def add(self, source: Readings) -> None:
        """Ask one more source from now on."""
        self._sources.append(source)

    def describe(self) -> Iterable[Metric]:
        """Return nothing, so that no source is asked before Prometheus asks."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield every series that has a sample, in the table's order.

        Raises:
            KeyError: A reading names no series of the table.
            ValueError: A reading has more or fewer labels than its series.
        """
        found: defaultdict[str, list[Reading]] = defaultdict(list)
        for source in list(self._sources):
            for reading in source():
                found[SERIES[reading.name].name].append(reading)
        for series in SERIES.values():
            if series.name in found:
                yield _family(series, found[series.name])


def _family(series: Series, readings: Iterable[Reading]) -> Metric:
    make = CounterMetricFamily if series.kind == "counter" else GaugeMetricFamily
    family = make(series.name, series.help, labels=series.labels, unit=series.unit)
    for reading in readings:
        if len(reading.labels) != len(series.labels):
            raise ValueError(f"expected labels {series.labels} - of {series.name}")
        family.add_metric(reading.labels, reading.value)
    return family


def metrics_route(meter: Meter) -> Route:
    """Return the route of `/metrics`."""

    async def metrics(request: Request) -> Response:
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        body = await to_thread.run_sync(partial(encode, meter.registry))
        headers = {"content-type": media_type, "cache-control": "no-store"}
        return Response(body, headers=headers)

    return Route(METRICS, metrics, methods=["GET"])
