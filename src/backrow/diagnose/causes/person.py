"""Why one person's minute was bad: rules in order, the first that holds explains.

Shared causes come first, because they explain many people at once: the source,
then the groups that the scan found. What is left is the person's own: machine,
Wi-Fi, mobile access, a full line, a distant data center. All evidence is kept
beside the one cause, as the numbers of the rules that held (`EVIDENCE`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from backrow.diagnose.causes.groups import Flags
from backrow.diagnose.causes.slices import RECEIVED, Matrix, padded
from backrow.diagnose.frames import CAUSES, Cause
from backrow.diagnose.room import CELLULAR, WIFI, WIRED, Room
from backrow.diagnose.thresholds import CauseLimits

Codes = npt.NDArray[np.int8]
NO_CAUSE: Final = -1
OWN_RULES: Final[tuple[tuple[Cause, str], ...]] = (
    ("own_device", "the machine is full, frames are missing or audio stutters"),
    ("own_cellular", "on a mobile network that spoils, or latency and jitter like one"),
    ("own_bandwidth", "the line is full: latency is up, bitrate is down or loss is up"),
    ("own_wifi", "on Wi-Fi, with jitter, bursts of loss or a weak signal"),
    ("distant_data_center", "latency is steadily high and nothing is lost"),
    ("own_wifi", "on Wi-Fi, packets are lost, and peers are fine"),
    ("own_bandwidth", "on a cable, packets are lost, and peers are fine"),
)
"""The own causes in order, each with the rule in words."""
EVIDENCE: Final = ("shared", *(rule for _, rule in OWN_RULES))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shared:
    """A cause that many people have, and who."""

    cause: Cause
    members: Flags
    """Who is in its scope."""
    stage: bool = False
    """Whether it comes from the stage: then a bad own line explains better."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explained:
    """Everybody's cause in one minute."""

    causes: Codes
    """Index into `CAUSES`, -1 where nothing was wrong or nothing measured."""
    evidence: npt.NDArray[np.int32]
    """Bit `i` is set if `EVIDENCE[i]` held."""


def explain(room: Room, minute: int, shared: Sequence[Shared]) -> Explained:
    """Return why the minute was bad for everybody for whom it was.

    Args:
        room: Everybody's minutes; some before `minute` give each person's usual.
        minute: Which minute.
        shared: Shared causes that act in it, the most important first.
    """
    count = len(room)
    causes = np.full(count, NO_CAUSE, dtype=np.int8)
    evidence = np.zeros(count, dtype=np.int32)
    part = room.slices.get(minute)
    if part is None or not part.flags:
        return Explained(causes=causes, evidence=evidence)
    limits = room.thresholds.causes
    flags = {name: padded(flag, count, 0) for name, flag in part.flags.items()}
    distant = _is_distant(room, minute, limits)
    ill = flags["any"] | flags["strain"] | flags["picture"] | distant
    with np.errstate(invalid="ignore"):
        ill |= part.value("score", count) < limits.strain_mos
    for one in shared:  # what a presenter sends damaged is damaged for everybody
        ill |= padded(one.members, count, 0) & one.stage
    ill &= padded(part.measured, count, 0)
    places = np.flatnonzero(ill)
    if not len(places):
        return Explained(causes=causes, evidence=evidence)
    own = _own_rules(room, minute, places, distant[places])
    own_line = flags["strain"][places]
    chosen = _shared_causes(shared, places, own_line, count)
    evidence[places] |= (chosen >= 0).astype(np.int32)
    for number, ((cause, _), held) in enumerate(zip(OWN_RULES, own, strict=True), 1):
        evidence[places] |= held.astype(np.int32) << number
        chosen[(chosen < 0) & held] = CAUSES.index(cause)
    truly = flags["any"][places] | own_line
    chosen[(chosen < 0) & truly] = CAUSES.index("unknown")
    causes[places] = chosen
    return Explained(causes=causes, evidence=evidence)


def _shared_causes(
    shared: Sequence[Shared],
    places: npt.NDArray[np.int64],
    own_line: Flags,
    count: int,
) -> Codes:
    chosen = np.full(len(places), NO_CAUSE, dtype=np.int8)
    for one in shared:
        members = padded(one.members, count, 0)[places]
        fits = members & ~own_line if one.stage else members
        chosen[(chosen < 0) & fits] = CAUSES.index(one.cause)
    return chosen


def _own_rules(
    room: Room, minute: int, places: npt.NDArray[np.int64], distant: Flags
) -> list[Flags]:
    """Return who fulfils each of `OWN_RULES`."""
    limits, count = room.thresholds.causes, len(room)
    part = room.slices[minute]
    now = {name: part.value(name, count)[places] for name in RECEIVED}
    missing = padded(part.deficit, count, np.nan)[places]
    usual = _usual(room, minute, places)
    wired, wifi, cellular = (
        room.on_network(words)[places] for words in (WIRED, WIFI, CELLULAR)
    )
    with np.errstate(invalid="ignore"):
        jittery = now["jitter_ms"] > limits.wifi_jitter_ms
        loss, worst = now["loss_pct"], now["max_loss_pct"]
        bursty = (worst > limits.wifi_burst * loss) & (worst > limits.wifi_burst_pct)
        weak = now["wifi_avg_rssi_dbm"] < limits.wifi_rssi_dbm
        far = (now["latency_ms"] > limits.cellular_latency_ms) & (
            now["jitter_ms"] > limits.access_jitter_ms
        )
        lossy = loss >= limits.clean_loss_pct
        strained = now["network_score"] < limits.strain_mos
    return [
        _device_is_full(now, missing, limits),
        (cellular & strained) | far,
        _line_is_full(now, usual, limits, lossy & ~wifi) & ~(wifi & weak),
        wifi & (jittery | bursty | weak),
        distant,
        wifi & lossy,
        wired & (loss > limits.own_loss_pct),
    ]


def _device_is_full(
    now: dict[str, Matrix], missing: Matrix, limits: CauseLimits
) -> Flags:
    with np.errstate(invalid="ignore"):
        full = (now["system_max_cpu_pct"] >= limits.cpu_pct) | (
            now["zoom_avg_cpu_pct"] >= limits.zoom_cpu_pct
        )
        suffers = (missing > limits.deficit) | (
            now["audio_jitter_ms"] > limits.access_jitter_ms
        )
        clean = ~(now["loss_pct"] >= limits.clean_loss_pct)
    return np.asarray(full & suffers & clean)


def _line_is_full(
    now: dict[str, Matrix],
    usual: dict[str, Matrix],
    limits: CauseLimits,
    lossy: Flags,
) -> Flags:
    with np.errstate(invalid="ignore"):
        queue = now["latency_ms"] >= usual["latency_ms"] + limits.queue_ms
        narrow = now["bitrate_kbps"] < limits.step_down * usual["bitrate_kbps"]
        low = now["height_px"] < limits.step_down * usual["height_px"]
    return np.asarray(queue & (narrow | low | lossy))


def _usual(room: Room, minute: int, places: npt.NDArray[np.int64]) -> dict[str, Matrix]:
    """Return what some people usually have, over the quarter of an hour before."""
    flags = np.zeros(len(room), dtype=bool)
    flags[places] = True
    before = range(minute - 15, minute)
    names = ("latency_ms", "bitrate_kbps", "height_px")
    return {n: _nanmedian(room.stacked(n, before, flags)) for n in names}


def _is_distant(room: Room, minute: int, limits: CauseLimits) -> Flags:
    """Return whose latency is steadily high without loss."""
    count = len(room)
    part = room.slices[minute]
    with np.errstate(invalid="ignore"):
        far = part.value("latency_ms", count) > limits.distant_ms
        far &= ~(part.value("loss_pct", count) >= limits.clean_loss_pct)
    if not far.any():
        return far
    values = room.stacked("latency_ms", range(minute - 9, minute + 1), far)
    middle = _nanmedian(values)
    spread = _nanmedian(np.abs(values - middle))
    known = np.count_nonzero(~np.isnan(values), axis=0) >= 3
    with np.errstate(invalid="ignore"):
        steady = spread < limits.distant_spread * middle
    far[far] = steady & (middle > limits.distant_ms) & known
    return far


def _nanmedian(values: Matrix) -> Matrix:
    """Return medians over the first axis, NaN where nothing is known."""
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    ordered = np.sort(np.where(known, values, np.inf), axis=0)
    columns = np.arange(values.shape[1])
    low = ordered[np.maximum(count - 1, 0) // 2, columns]
    high = ordered[np.minimum(count // 2, len(values) - 1), columns]
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(count > 0, (low + high) / 2, np.nan))
