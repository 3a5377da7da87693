"""The E-model, one number at a time: ITU-T G.107, G.107.1 and G.107.2.

The E-model adds up what spoils a call on a scale R from 0 to about 93 (narrow
band), 129 (wide band) or 148 (full band) and turns R into a mean opinion score
(MOS) from 1 to 4.5:

    R = Ro - Is - Id - Ie_eff + A

`Ro` is the signal against all noise, `Is` what comes with the voice (loudness,
sidetone, quantising), `Id` delay and echo, `Ie_eff` the codec and lost packets.
The three bands must never be mixed: a wide-band factor on the narrow-band scale
is off by up to 36 points.

These are plain functions of floats, the reference that tests compare with
published values. Minutes are scored by the same formulas as expressions over a
frame, in `backrow.diagnose.model.audio`.

Sources: the formulas of G.107 as public programs have them, two of which agree
term by term; the constants of G.107.1 (129, 95) and G.107.2 (148, 132) as used
by public programs. The delay classes "low" and "very low" and the mixing of
bursts and gaps are from memory and were checked only at their limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log2, log10, sqrt
from typing import Final

MOS_MIN: Final = 1.0
MOS_MAX: Final = 4.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One of the E-model's three bandwidths."""

    name: str
    best_r: float
    """R of an unspoiled call (Ro less Is)."""
    loss_span: float
    """The constant of the loss formula: where Ie_eff ends at 100 % loss."""
    ratio: float
    """Length of this R scale against that of the narrow band."""


NARROW: Final = Band(name="narrow", best_r=93.2, loss_span=95.0, ratio=1.0)
"""ITU-T G.107."""
WIDE: Final = Band(name="wide", best_r=129.0, loss_span=95.0, ratio=1.29)
"""ITU-T G.107.1: the constant stays 95."""
FULL: Final = Band(name="full", best_r=148.0, loss_span=132.0, ratio=1.48)
"""ITU-T G.107.2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayClass:
    """How much delay disturbs those who talk (G.107, table 1)."""

    sensitivity: float
    threshold_ms: float
    """One-way delay up to which nobody minds."""


DEFAULT_DELAY: Final = DelayClass(sensitivity=1.0, threshold_ms=100.0)
LOW_DELAY: Final = DelayClass(sensitivity=0.55, threshold_ms=120.0)
VERY_LOW_DELAY: Final = DelayClass(sensitivity=0.4, threshold_ms=150.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Everything the narrow-band model asks for; G.107's defaults."""

    slr: float = 8.0
    """Send loudness rating, dB."""
    rlr: float = 2.0
    """Receive loudness rating, dB."""
    stmr: float = 15.0
    """Sidetone masking rating, dB."""
    lstr: float = 18.0
    """Listener sidetone rating, dB."""
    ds: float = 3.0
    """D-value of the telephone, send side."""
    telr: float = 65.0
    """Talker echo loudness rating, dB."""
    wepl: float = 110.0
    """Weighted echo path loss, dB."""
    mean_one_way_ms: float = 0.0
    """T, the mean one-way delay of the echo path."""
    round_trip_ms: float = 0.0
    """Tr, the round trip in a four-wire loop."""
    absolute_ms: float = 0.0
    """Ta, the absolute one-way delay."""
    qdu: float = 1.0
    """Quantising distortion units."""
    ie: float = 0.0
    bpl: float = 4.3
    loss_pct: float = 0.0
    burst_ratio: float = 1.0
    nc_dbm: float = -70.0
    """Circuit noise, dBm0p."""
    nfor_dbm: float = -64.0
    """Noise floor at the receiver, dBmp."""
    ps_db: float = 35.0
    """Room noise, send side, dB(A)."""
    pr_db: float = 35.0
    """Room noise, receive side, dB(A)."""
    advantage: float = 0.0
    """A, what people forgive for convenience."""


def mos_of_r(r: float, band: Band = NARROW) -> float:
    """Return the MOS, 1 to 4.5, of R on a band's scale (G.107, annex B)."""
    x = r / band.ratio
    if x <= 0:
        return MOS_MIN
    if x >= 100:
        return MOS_MAX
    return max(MOS_MIN, 1 + 0.035 * x + x * (x - 60) * (100 - x) * 7e-6)


def delay_impairment(one_way_ms: float, kind: DelayClass = DEFAULT_DELAY) -> float:
    """Return Idd, what absolute one-way delay takes from R (G.107, 7.4)."""
    if one_way_ms <= kind.threshold_ms:
        return 0.0
    x, power = log2(one_way_ms / kind.threshold_ms), 6 * kind.sensitivity
    rises = (1 + x**power) ** (1 / power)
    falls = 3 * (1 + (x / 3) ** power) ** (1 / power)
    return float(25 * (rises - falls + 2))


def simplified_delay_impairment(one_way_ms: float) -> float:
    """Return the much-copied straight-line Id; right up to 300 ms, echo included.

    Shown for comparison. It must not be added to `delay_impairment`.
    """
    return 0.024 * one_way_ms + 0.11 * max(0.0, one_way_ms - 177.3)


def ping_estimate_r(latency_ms: float, jitter_ms: float, loss_pct: float) -> float:
    """Return the R that ping tools show: latency, jitter and loss in one line.

    Shown for comparison; it knows no codec and no curve of loss.
    """
    effective_ms = latency_ms + 2 * jitter_ms + 10
    delay = effective_ms / 40 if effective_ms < 160 else (effective_ms - 120) / 10
    return 93.2 - delay - 2.5 * loss_pct


def loss_impairment(
    *,
    ie: float,
    bpl: float,
    loss_pct: float,
    burst_ratio: float = 1.0,
    band: Band = NARROW,
) -> float:
    """Return Ie_eff, what codec and lost packets take from R (G.107, 7.5)."""
    span = band.loss_span - ie
    return ie + span * loss_pct / (loss_pct / burst_ratio + bpl)


def mixed_impairment(
    *, burst_s: float, burst: float, gap_s: float, gap: float
) -> float:
    """Return the impairment of bursts and gaps as a listener adds them up.

    ETSI TS 101 329-5, annex E (VQmon): opinion falls within about 5 s and
    recovers within about 15 s.

    Args:
        burst_s: Seconds of burst in a period; above 0.
        burst: Impairment in a burst.
        gap_s: Seconds of gap in a period.
        gap: Impairment in a gap.
    """
    fall, rise = exp(-burst_s / 5), exp(-gap_s / 15)
    at_gap_end = (gap * (1 - rise) + burst * (1 - fall) * rise) / (1 - fall * rise)
    at_burst_end = burst - (burst - at_gap_end) * fall
    lasting = burst_s * burst + gap_s * gap
    turning = 15 * (at_burst_end - gap) * (1 - rise) - 5 * (burst - at_gap_end) * (
        1 - fall
    )
    return (lasting + turning) / (burst_s + gap_s)


def narrowband_r(call: Call) -> float:
    """Return R by the whole of G.107; 93.2 for its defaults."""
    noise = _noise(call)
    ro = 15 - 1.5 * (call.slr + noise)
    sidetone = _sidetone(call)
    impairments = _simultaneous(call, ro, noise, sidetone) + _delay(
        call, ro, noise, sidetone
    )
    codec = loss_impairment(
        ie=call.ie,
        bpl=call.bpl,
        loss_pct=call.loss_pct,
        burst_ratio=call.burst_ratio,
    )
    return ro - impairments - codec + call.advantage


def _noise(call: Call) -> float:
    """Return No, all noise together, dBm0p."""
    olr = call.slr + call.rlr
    heard = call.pr_db + 10 * log10(1 + 10 ** ((10 - call.lstr) / 10))
    beyond = call.ps_db - olr - call.ds - 14
    sources = (
        call.nc_dbm,
        call.ps_db - call.slr - call.ds - 100 + 0.004 * beyond**2,
        call.rlr - 121 + heard + 0.008 * (heard - 35) ** 2,
        call.nfor_dbm + call.rlr,
    )
    return 10 * log10(sum(10 ** (level / 10) for level in sources))


def _sidetone(call: Call) -> float:
    """Return Ist, what too much or too little sidetone takes."""
    echo = exp(-call.mean_one_way_ms / 4) * 10 ** (-call.telr / 10)
    stmro = -10 * log10(10 ** (-call.stmr / 10) + echo)
    return float(
        12 * (1 + ((stmro - 13) / 6) ** 8) ** (1 / 8)
        - 28 * (1 + ((stmro + 1) / 19.4) ** 35) ** (1 / 35)
        - 13 * (1 + ((stmro - 3) / 33) ** 13) ** (1 / 13)
        + 29
    )


def _simultaneous(call: Call, ro: float, noise: float, sidetone: float) -> float:
    """Return Is: too loud, sidetone, quantising."""
    loud = call.slr + call.rlr + 0.2 * (64 + noise - call.rlr)
    iolr = 20 * ((1 + (loud / 8) ** 8) ** (1 / 8) - loud / 8)
    q = 37 - 15 * log10(call.qdu)
    g = 1.07 + 0.258 * q + 0.0602 * q**2
    y = (ro - 100) / 15 + 46 / 8.4 - g / 9
    z = 46 / 30 - g / 40
    return float(iolr + sidetone) + 15 * log10(1 + 10**y + 10**z)


def _delay(call: Call, ro: float, noise: float, sidetone: float) -> float:
    """Return Id: talker echo, listener echo, absolute delay."""
    listener = 10.5 * (call.wepl + 7) * (call.round_trip_ms + 1) ** -0.25
    echo_heard = (ro - listener) / 2 + sqrt((ro - listener) ** 2 / 4 + 169)
    talker = _talker_echo(call, noise, sidetone)
    return float(talker + echo_heard) + delay_impairment(call.absolute_ms)


def _talker_echo(call: Call, noise: float, sidetone: float) -> float:
    t = call.mean_one_way_ms
    if t < 1:
        return 0.0
    terv = call.telr - 40 * log10((1 + t / 10) / (1 + t / 150)) + 6 * exp(-0.3 * t**2)
    if call.stmr < 9:
        terv += sidetone / 2
    difference = -1.5 * (noise - call.rlr) - (80 + 2.5 * (terv - 14))
    echo = difference / 2 + sqrt(difference**2 / 4 + 100) - 1
    return echo * (1 - exp(-t))
