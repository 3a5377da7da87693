"""Does it start on the stage? The presenters' own streams, and the source test.

Zoom forwards: what an attendee receives is the presenter's stream, spoilt on the
attendee's own leg or not at all. A presenter's *sent* metrics tell of the way from
the stage to Zoom and of nothing else. So there are two tests:

- a presenter who speaks or shares is *degraded* in a minute if what is sent loses
  packets, or falls below its own usual frame rate or bitrate together with loss,
  latency or a full machine (`degraded`);
- the *source test* asks whether the trouble of everybody has no boundary: in every
  dimension at least nine in ten people are in groups that are bad. A fault of one
  data center or version has a boundary in at least one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from backrow.diagnose.causes.groups import Counted, Cuboid
from backrow.diagnose.causes.scan import Counts, past_rates, usual_rate
from backrow.diagnose.causes.slices import SENT, Matrix, Slice
from backrow.diagnose.thresholds import CauseLimits, ScanLimits

StageCause = Literal["presenter_network", "presenter_device"]
DIMENSIONS: Final = (
    "data_center",
    "location",
    "network_type",
    "version",
    "os",
)
"""In every one of these the trouble must be everywhere to come from the source."""
_USUAL: Final = ("frame_rate_fps", "bitrate_kbps", "latency_ms", "height_px")
_FIRST: Final = 3
"""Minutes on stage that a presenter's usual values need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Degraded:
    """A presenter's bad minute on stage."""

    place: int
    """The presenter's place in the room."""
    cause: StageCause
    why: tuple[str, ...]
    """Metrics that say so, by name of `room.SENT`."""
    values: Mapping[str, float]
    """Of these metrics in this minute."""
    usual: Mapping[str, float]
    """The presenter's own usual values, where known."""


def on_stage(part: Slice, presenters: Iterable[int], speaks_kbps: float) -> list[int]:
    """Return the places in `part.senders` of presenters who speak or share."""
    audio, share = part.sent[SENT["audio_kbps"]], part.sent[SENT["share_kbps"]]
    loudest = np.nanmax(audio, initial=0.0)
    wanted = set(presenters)
    return [
        i
        for i, place in enumerate(part.senders)
        if int(place) in wanted
        and ((audio[i] >= speaks_kbps and audio[i] >= 0.5 * loudest) or share[i] > 0)
    ]


def usual_of(
    place: int, parts: Sequence[Slice], speaks_kbps: float
) -> dict[str, float]:
    """Return a presenter's usual values in earlier minutes on stage; {} if too few.

    Whoever is silent sends a small picture, which says nothing about the stage.
    """
    rows = [p.sent[:, p.senders == place][:, 0] for p in parts if place in p.senders]
    rows = [row for row in rows if row[SENT["audio_kbps"]] >= speaks_kbps][-15:]
    if len(rows) < _FIRST:
        return {}
    found = {}
    for name in _USUAL:
        values = np.array([row[SENT[name]] for row in rows])
        values = values[~np.isnan(values)]
        if len(values) >= _FIRST:
            found[name] = float(np.median(values))
    return found


def degraded(
    sent: Matrix, place: int, usual: Mapping[str, float], limits: CauseLimits
) -> Degraded | None:
    """Return what is wrong with what a presenter sends in a minute, if anything.

    Args:
        sent: Values of this presenter, by `room.SENT`.
        place: The presenter's place in the room.
        usual: What `usual_of` returned.
        limits: The thresholds.
    """
    now = {name: float(sent[i]) for name, i in SENT.items() if not np.isnan(sent[i])}
    network = _network_reasons(now, usual, limits)
    device = _device_reasons(now, usual, limits)
    if not network and not device:
        return None
    why = network or device
    return Degraded(
        place=place,
        cause="presenter_network" if network else "presenter_device",
        why=why,
        values={name: now[name] for name in why},
        usual={name: usual[name] for name in why if name in usual},
    )


def _network_reasons(
    now: Mapping[str, float], usual: Mapping[str, float], limits: CauseLimits
) -> tuple[str, ...]:
    loss, worst = now.get("loss_pct", 0.0), now.get("max_loss_pct", 0.0)
    queue = _ratio(now, usual, "latency_ms") >= limits.source_latency
    narrow = _ratio(now, usual, "bitrate_kbps", otherwise=1.0) < limits.source_kbps
    why = []
    if loss > limits.source_loss_pct:
        why.append("loss_pct")
    if worst > limits.source_max_loss_pct:
        why.append("max_loss_pct")
    if narrow and loss > limits.own_loss_pct:
        why += ["bitrate_kbps", "loss_pct"]
    if narrow and queue:
        why += ["bitrate_kbps", "latency_ms"]
    return tuple(dict.fromkeys(why))


def _device_reasons(
    now: Mapping[str, float], usual: Mapping[str, float], limits: CauseLimits
) -> tuple[str, ...]:
    slow = _ratio(now, usual, "frame_rate_fps", otherwise=1.0) < limits.source_fps
    busy = now.get("system_max_cpu_pct", 0.0) >= limits.cpu_pct
    clean = now.get("loss_pct", 0.0) <= limits.own_loss_pct
    if not (busy and clean):
        return ()
    known = usual.get("frame_rate_fps", limits.stage_fps) >= limits.stage_fps
    halting = 0 < now.get("frame_rate_fps", 0.0) < limits.stage_fps
    if slow or (known and halting):
        return ("system_max_cpu_pct", "frame_rate_fps")
    return ()


def _ratio(
    now: Mapping[str, float],
    usual: Mapping[str, float],
    name: str,
    *,
    otherwise: float = 0.0,
) -> float:
    if name not in now or usual.get(name, 0.0) <= 0:
        return otherwise
    return now[name] / usual[name]


def everywhere(cuboids: Sequence[Cuboid], counts: Counts, limits: ScanLimits) -> bool:
    """Return whether the trouble has no boundary in any dimension.

    Args:
        cuboids: The room's groups; single attributes of `DIMENSIONS` are used.
        counts: Attendees measured and bad, now and in past windows.
        limits: The thresholds.
    """
    total, bad = float(counts.measured.sum()), float(counts.bad.sum())
    if total < limits.members_min or bad < limits.cases_min:
        return False
    usual, overall = usual_rate(counts, limits), bad / total
    if overall <= max(limits.source_floor, limits.source_lift * usual):
        return False
    shares = [
        share
        for cuboid in cuboids
        if cuboid.names[0] in DIMENSIONS and len(cuboid.names) == 1
        if (share := _share_in_bad_groups(cuboid, counts, limits)) is not None
    ]
    return len(shares) >= 2 and min(shares) >= limits.source_everywhere


def _share_in_bad_groups(
    cuboid: Cuboid, counts: Counts, limits: ScanLimits
) -> float | None:
    """Return the share of people in groups that are bad; None: nothing to compare."""
    people: Counted = cuboid.count(counts.measured)
    large = people >= limits.members_min
    if np.count_nonzero(large) < 2:
        return None
    usual = usual_rate(counts, limits)
    overall = float(counts.bad.sum()) / float(counts.measured.sum())
    rate = cuboid.count(counts.bad) / np.maximum(people, 1)
    expected = past_rates(cuboid, counts, limits, usual)
    bad = large & (rate >= np.maximum(0.5 * overall, 2 * expected))
    return float(people[bad].sum() / people[large].sum())
