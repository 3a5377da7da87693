"""One participant's answer as a person reads it: minutes, media, directions.

`ParticipantQos` holds rows of the samples table and looks like
``qos.latest.audio.received.latency_ms``. Every number is in the unit its name
says; None means that Zoom measured nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from backrow.qos.notebook import minutes_table
from backrow.qos.people import Person
from backrow.qos.sample import INDEX, Row, Samples
from backrow.qos.summary import SummaryRow
from backrow.qos.vocabulary import DIRECTIONS, LEGS, MEDIA, STREAM_METRICS, Leg, Medium

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A value that could not be read, and where it stood."""

    path: str
    """JSON path, as in ``$.user_qos[0].audio_input.latency``."""
    value: object
    """What stood there, as it came."""
    expected: str
    """What should have stood there, in words."""

    def __str__(self) -> str:
        """Return one line."""
        return f"{self.expected}, got {self.value!r:.60} - at `{self.path}`"


@dataclass(frozen=True, slots=True)
class Stream:
    """One medium in one direction for one minute."""

    bitrate_kbps: float | None
    """1,000 bit/s."""
    latency_ms: float | None
    """Round trip, participant to Zoom and back; five-second average."""
    jitter_ms: float | None
    """RFC 3550 6.4.1."""
    avg_loss_pct: float | None
    max_loss_pct: float | None
    width_px: int | None = None
    height_px: int | None = None
    frame_rate_fps: float | None = None

    @property
    def is_measured(self) -> bool:
        """Whether Zoom measured anything of this stream."""
        return any(
            value is not None
            for value in (
                self.bitrate_kbps,
                self.latency_ms,
                self.jitter_ms,
                self.avg_loss_pct,
                self.max_loss_pct,
                self.width_px,
                self.height_px,
                self.frame_rate_fps,
            )
        )


@dataclass(frozen=True, slots=True)
class MediumReading:
    """One medium for one minute, both directions."""

    sent: Stream
    """From the participant to Zoom."""
    received: Stream
    """From Zoom to the participant."""


def _span(medium: Medium, direction: str) -> slice:
    suffixes = [
        metric.suffix
        for metric in STREAM_METRICS
        if medium != "audio" or not metric.pictures_only
    ]
    first = INDEX[f"{medium}_{direction}_{suffixes[0]}"]
    return slice(first, first + len(suffixes))


_SPANS: Final = {(m, d): _span(m, d) for m in MEDIA for d in DIRECTIONS}
_STREAM_COLUMNS: Final = slice(
    _SPANS["audio", "sent"].start, _SPANS["share", "received"].stop
)


@dataclass(frozen=True, slots=True)
class Minute:
    """One participant's minute over one leg."""

    row: Row
    """The row of the samples table behind it."""
    legs: Mapping[Leg, Minute] = field(default_factory=dict, compare=False)
    """The same minute over every leg that has values, this one too."""

    def __repr__(self) -> str:
        """Return when and which leg."""
        return f"<Minute {self.minute:%Y-%m-%dT%H:%MZ} {self.leg}>"

    def _repr_html_(self) -> str:
        """Return it as a notebook shows it."""
        return minutes_table(f"one minute, leg {self.leg}", [self])

    @property
    def minute(self) -> datetime:
        """The minute, UTC."""
        return self._value("minute")  # type: ignore[no-any-return] # a typed column

    @property
    def sampled_at(self) -> datetime:
        """Zoom's own instant, UTC."""
        return self._value("sampled_at")  # type: ignore[no-any-return] # typed column

    @property
    def leg(self) -> Leg:
        """The leg: client, crc (room connector) or rwg (web gateway)."""
        return self._value("leg")  # type: ignore[no-any-return] # a typed column

    @property
    def audio(self) -> MediumReading:
        """Sound, both directions."""
        return self.medium("audio")

    @property
    def video(self) -> MediumReading:
        """Camera pictures, both directions."""
        return self.medium("video")

    @property
    def share(self) -> MediumReading:
        """Shared content, both directions."""
        return self.medium("share")

    def medium(self, medium: Medium) -> MediumReading:
        """Return one medium, both directions."""
        return MediumReading(
            Stream(*self.row[_SPANS[medium, "sent"]]),
            Stream(*self.row[_SPANS[medium, "received"]]),
        )

    @property
    def has_streams(self) -> bool:
        """Whether any stream has a value on this leg."""
        return any(value is not None for value in self.row[_STREAM_COLUMNS])

    @property
    def zoom_min_cpu_pct(self) -> float | None:
        """Lowest CPU use of the Zoom client, percent of the machine."""
        return self._of_machine("zoom_min_cpu_pct")  # type: ignore[no-any-return] # typed column

    @property
    def zoom_avg_cpu_pct(self) -> float | None:
        """Average CPU use of the Zoom client, percent of the machine."""
        return self._of_machine("zoom_avg_cpu_pct")  # type: ignore[no-any-return] # typed column

    @property
    def zoom_max_cpu_pct(self) -> float | None:
        """Highest CPU use of the Zoom client, percent of the machine."""
        return self._of_machine("zoom_max_cpu_pct")  # type: ignore[no-any-return] # typed column

    @property
    def system_max_cpu_pct(self) -> float | None:
        """Highest CPU use of the whole machine, percent."""
        return self._of_machine("system_max_cpu_pct")  # type: ignore[no-any-return] # typed column

    @property
    def system_min_cpu_pressure(self) -> str | None:
        """Lowest CPU pressure: normal, fair, serious or critical."""
        return self._of_machine("system_min_cpu_pressure")  # type: ignore[no-any-return] # typed column

    @property
    def system_avg_cpu_pressure(self) -> str | None:
        """Average CPU pressure."""
        return self._of_machine("system_avg_cpu_pressure")  # type: ignore[no-any-return] # typed column

    @property
    def system_max_cpu_pressure(self) -> str | None:
        """Highest CPU pressure."""
        return self._of_machine("system_max_cpu_pressure")  # type: ignore[no-any-return] # typed column

    @property
    def wifi_min_rssi_dbm(self) -> float | None:
        """Weakest Wi-Fi signal, dBm (the most negative)."""
        return self._of_machine("wifi_min_rssi_dbm")  # type: ignore[no-any-return] # typed column

    @property
    def wifi_avg_rssi_dbm(self) -> float | None:
        """Average Wi-Fi signal, dBm."""
        return self._of_machine("wifi_avg_rssi_dbm")  # type: ignore[no-any-return] # typed column

    @property
    def wifi_max_rssi_dbm(self) -> float | None:
        """Strongest Wi-Fi signal, dBm (nearest to 0)."""
        return self._of_machine("wifi_max_rssi_dbm")  # type: ignore[no-any-return] # typed column

    def _value(self, name: str) -> Any:
        return self.row[INDEX[name]]

    def _of_machine(self, name: str) -> Any:
        """Return a value of the whole machine, from the leg that carries it."""
        own = self._value(name)
        others = (leg.row[INDEX[name]] for leg in self.legs.values())
        return (
            own if own is not None else next((v for v in others if v is not None), None)
        )


@dataclass(frozen=True, kw_only=True)
class ParticipantQos:
    """One participant's quality of service, typed.

    Also a door to the rows: `to_dicts`, `to_polars` and `to_arrow` give them in
    the columns of the samples table.
    """

    samples: Samples
    """Rows of the samples table, ascending in time, a row a minute and leg."""
    problems: tuple[Problem, ...] = ()
    """What could not be read; always empty when decoded strictly."""
    summaries: tuple[SummaryRow, ...] = ()
    """Rows of the summaries table, if the body was a summary of the whole stay."""
    kind: str = "webinar"
    session_uuid: str = ""
    session_number: str = ""
    _person: Callable[[], Person] = field(default=Person, repr=False)
    _raw: Callable[[], bytes] = field(default=bytes, repr=False)

    def _repr_html_(self) -> str:
        """Return it as a notebook shows it: who, and a row a minute."""
        who = self.person
        told = (who.user_name, who.user_id, who.device, who.location, who.network_type)
        named = [f"{self.kind} {self.session_number}".strip(), *filter(None, told)]
        if not self.minutes:
            named.append("Zoom has no data: nothing is being sent or received")
        return minutes_table(" · ".join(named), self.minutes)

    @cached_property
    def person(self) -> Person:
        """Who it is: every top-level field of the answer, typed."""
        return self._person()

    @cached_property
    def raw(self) -> bytes:
        """The participant's JSON exactly as it came."""
        return self._raw()

    @cached_property
    def minutes(self) -> list[Minute]:
        """The minutes, ascending; each on the leg that carries values."""
        return list(minutes_of(self.samples))

    @property
    def latest(self) -> Minute | None:
        """The newest minute; None if Zoom has none."""
        return self.minutes[-1] if self.minutes else None

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return a dict per row of the samples table."""
        return self.samples.to_dicts()

    def to_polars(self) -> pl.DataFrame:
        """Return the rows as a Polars frame with the samples table's schema."""
        return self.samples.to_polars()

    def to_arrow(self) -> pa.Table:
        """Return the rows as an Arrow table (needs ``backrow[app]``)."""
        return self.samples.to_arrow()


def minutes_of(rows: Iterable[Row]) -> Iterator[Minute]:
    """Yield a Minute per minute of one participant's `rows`, ascending."""
    minute, leg = INDEX["minute"], INDEX["leg"]
    ordered = sorted(rows, key=lambda row: (row[minute], LEGS.index(row[leg])))
    for _, group in groupby(ordered, key=lambda row: row[minute]):
        yield _minute(list(group))


def _minute(rows: Sequence[Row]) -> Minute:
    legs: dict[Leg, Minute] = {}
    for row in rows:
        one = Minute(row, legs)
        legs[one.leg] = one
    return next(
        (one for one in legs.values() if one.has_streams), legs[rows[0][INDEX["leg"]]]
    )
