"""Every link's minute: round trip, jitter, loss and room, and what own trouble does.

A person's typical round trip and jitter are lognormal by access; from minute to
minute their logarithms wander (an AR(1) process of 0.7). A link has normal and
degraded minutes: it gets worse by chance, more often for some people, providers
and in the evening, stays so for some minutes, and while it is so loses packets in
bursts, waits in queues, and has less room. After that the bitrate climbs back
within 30 to 50 seconds, so the minute after is still bad for a third, as after a fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from backrow.simulate.cast.people import WIFI, Flags
from backrow.simulate.draws import Floats, Ints
from backrow.simulate.network.access import cause_of, fact, preset_of
from backrow.simulate.network.lines import JITTER_WANDERS, ROUND_TRIP_WANDERS, Lines
from backrow.simulate.network.loss import minute_loss
from backrow.simulate.network.lots import Lots
from backrow.simulate.scenario.templates import CAUSES

NO_CAUSE: Final = -1
_WANDER: Final = 0.7
_WANDER_FRESH: Final = 0.714142842854285
"""The square root of 1 - 0.7 squared, which keeps the spread the same."""
_DEVICE_DEGRADES: Final = 0.012
"""Chance a minute that a weak machine begins to be overloaded."""
_DEVICE_DWELL_MIN: Final = 4.0


@dataclass(slots=True, kw_only=True, eq=False)
class Links:
    """One minute of every stay's link; faults change it in place."""

    round_trip_ms: Floats
    jitter_ms: Floats
    received_loss_pct: Floats
    received_worst_pct: Floats
    """Loss in the worst five seconds."""
    sent_loss_pct: Floats
    sent_worst_pct: Floats
    free_kbps: Floats
    """Room for all streams when nothing is wrong."""
    room_kbps: Floats
    """Room while something is wrong."""
    part: Floats
    """Part of the minute for which `room_kbps` holds, 0 to 1."""
    fps_factor: Floats
    """What is left of the frame rate."""
    load_pct: Floats
    """CPU beside the usual."""
    rssi_drop_db: Floats
    cause: Ints
    """Index into `CAUSES`; `NO_CAUSE` if nothing is wrong."""
    fault: Ints
    """Index of the fault that acts; -1 if none."""
    recovering: Flags
    """Whether the bitrate still climbs back."""


@dataclass(slots=True, kw_only=True, eq=False)
class OwnTrouble:
    """The state of every stay's own line and machine, carried from minute to minute."""

    lines: Lines
    round_trip: Floats
    jitter: Floats
    degraded: Flags
    was_degraded: Flags
    preset: Ints
    queue_ms: Floats
    shaking: Floats
    room_kbps: Floats
    overloaded: Flags
    load_pct: Floats

    @classmethod
    def fresh(cls, lines: Lines) -> OwnTrouble:
        """Return the state before the first minute."""
        count = len(lines.access)
        zeros, no = np.zeros(count), np.zeros(count, dtype=bool)
        return cls(
            lines=lines,
            round_trip=zeros.copy(),
            jitter=zeros.copy(),
            degraded=no.copy(),
            was_degraded=no.copy(),
            preset=np.zeros(count, dtype=int),
            queue_ms=zeros.copy(),
            shaking=np.ones(count),
            room_kbps=np.full(count, 1e9),
            overloaded=no.copy(),
            load_pct=zeros.copy(),
        )

    def next_minute(
        self, lots: Lots, *, utc_hour: float, evening: float, first: bool
    ) -> Links:
        """Move on by a minute and return its links.

        Args:
            lots: The minute's random numbers.
            utc_hour: Hour of the day in UTC, may be broken.
            evening: What the chance of trouble is multiplied with from 19 to 23.
            first: Whether this is the session's first minute, where the states
                have their long-run shares instead of having just begun.
        """
        self._wander(lots, first=first)
        self._change(lots, utc_hour, evening, first=first)
        self._overload(lots, first=first)
        return self._links(lots)

    def _wander(self, lots: Lots, *, first: bool) -> None:
        keep, fresh = (0.0, 1.0) if first else (_WANDER, _WANDER_FRESH)
        trip, jitter = lots.normal("round_trip"), lots.normal("jitter")
        self.round_trip = keep * self.round_trip + fresh * ROUND_TRIP_WANDERS * trip
        self.jitter = keep * self.jitter + fresh * JITTER_WANDERS * jitter

    def _change(
        self, lots: Lots, utc_hour: float, evening: float, *, first: bool
    ) -> None:
        lines, change = self.lines, lots.uniform("change")
        hour = (utc_hour + lines.utc_offset_h) % 24
        rate = lines.degrades * np.where((hour >= 19) & (hour < 23), evening, 1.0)
        dwell = fact(lines.access, "dwell_min")
        if first:
            rate = rate * dwell / (1 + rate * dwell)
        begins = ~self.degraded & (change < rate)
        ends = self.degraded & (change < 1 / dwell)
        self.was_degraded, self.degraded = ends, (self.degraded & ~ends) | begins
        how = lots.uniform("how_bad")
        poor, bad = preset_of(lines.access, "poor"), preset_of(lines.access, "bad")
        room = fact(lines.access, "room_kbps") * np.exp(0.6 * lots.normal("room"))
        self.preset = np.where(begins, np.where(how < 0.25, bad, poor), self.preset)
        self.queue_ms = np.where(
            begins, 30 + 120 * lots.uniform("queue"), self.queue_ms
        )
        self.shaking = np.where(begins, 3 + 3 * lots.uniform("shaking"), self.shaking)
        self.room_kbps = np.where(begins, np.maximum(90, room), self.room_kbps)

    def _overload(self, lots: Lots, *, first: bool) -> None:
        rate, change = _DEVICE_DEGRADES, lots.uniform("device")
        if first:
            rate = rate * _DEVICE_DWELL_MIN / (1 + rate * _DEVICE_DWELL_MIN)
        begins = ~self.overloaded & self.lines.weak_machine & (change < rate)
        ends = self.overloaded & (change < 1 / _DEVICE_DWELL_MIN)
        self.overloaded = (self.overloaded & ~ends) | begins
        load = 60 + 20 * lots.uniform("load")
        self.load_pct = np.where(
            begins, load, np.where(self.overloaded, self.load_pct, 0)
        )

    def _links(self, lots: Lots) -> Links:
        lines, degraded = self.lines, self.degraded
        normal = preset_of(lines.access, "normal")
        preset = np.where(degraded, self.preset, normal)
        received = minute_loss(preset, lots.row("received_loss"))
        sent = minute_loss(preset, lots.row("sent_loss"))
        queue = np.where(degraded, self.queue_ms, 0.0)
        overloaded = self.overloaded
        cause = np.where(degraded, cause_of(lines.access), NO_CAUSE)
        cause[overloaded & ~degraded] = CAUSES.index("own_device")
        ramp = recovery_part(lots.uniform("recovery"))
        weak_signal = degraded & (lines.access == WIFI) & (self.queue_ms > 60)
        return Links(
            round_trip_ms=np.exp(lines.log_round_trip + self.round_trip)
            + lines.far_ms
            + queue,
            jitter_ms=np.exp(lines.log_jitter + self.jitter)
            * np.where(degraded, self.shaking, 1.0),
            received_loss_pct=received[0],
            received_worst_pct=received[1],
            sent_loss_pct=sent[0],
            sent_worst_pct=sent[1],
            free_kbps=0.85 * lines.room_kbps,
            room_kbps=np.where(degraded | self.was_degraded, self.room_kbps, 1e9),
            part=np.where(degraded, 1.0, np.where(self.was_degraded, ramp, 0.0)),
            fps_factor=np.where(overloaded, 0.45 + 0.002 * (80 - self.load_pct), 1.0),
            load_pct=self.load_pct.copy(),
            rssi_drop_db=np.where(weak_signal, 8 + self.queue_ms / 10, 0.0),
            cause=cause,
            fault=np.full(len(cause), -1),
            recovering=self.was_degraded & ~degraded,
        )


def recovery_part(uniform: Floats) -> Floats:
    """Return the part of a minute lost while the bitrate climbs back.

    The climb is linear and takes 30 to 50 seconds; half of it is lost.
    """
    return (30 + 20 * uniform) / 2 / 60
