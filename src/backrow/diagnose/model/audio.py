"""A minute of audio to a MOS, by the full-band E-model with Opus' factors.

What Zoom tells of a minute is turned into what the model asks for:

- an adaptive jitter buffer of three jitters, 40 to 200 ms, and with it the share
  of packets that come too late. Delay variation is taken as Laplace, for which
  RFC 3550's jitter is 1.5 times its scale;
- loss, lost and late together; if the worst interval was worse than the average,
  also as bursts and gaps (`emodel.mixed_impairment`), the worse of both counting.
  At one and the same average, loss that is squeezed into a few seconds can so
  count a little less than loss in more of them;
- the way from mouth to ear, which only disturbs those who talk: a listener of a
  webinar does not notice it, and it is reported beside the score.

`AudioMinute` does it for one minute, `AudioSteps` for a frame, by the same
formulas; a test holds them together.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from math import exp
from typing import Final

import narwhals as nw

from backrow.diagnose.model import opus
from backrow.diagnose.model.curves import Curve
from backrow.diagnose.model.emodel import (
    DEFAULT_DELAY,
    FULL,
    WIDE,
    delay_impairment,
    loss_impairment,
    mixed_impairment,
    mos_of_r,
)
from backrow.diagnose.thresholds import ScoreLimits

Step = dict[str, nw.Expr]
"""Columns that are made at once from those that are there."""
DEFAULT_LIMITS: Final = ScoreLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioMinute:
    """What Zoom tells of one minute of one stream of audio."""

    avg_loss_pct: float
    max_loss_pct: float | None = None
    jitter_ms: float | None = None
    latency_ms: float | None = None
    bitrate_kbps: float | None = None
    source_latency_ms: float | None = None
    """Of whoever speaks; None if not measured."""
    talks: bool = False
    """Whether delay disturbs: a presenter, or anyone in a meeting."""
    limits: ScoreLimits = DEFAULT_LIMITS

    @property
    def buffer_ms(self) -> float:
        """Length of the jitter buffer."""
        wanted = self.limits.buffer_jitters * (self.jitter_ms or 0.0)
        return min(max(wanted, self.limits.buffer_min_ms), self.limits.buffer_max_ms)

    @property
    def late_share(self) -> float:
        """Share of packets that come after their time."""
        if not self.jitter_ms:
            return 0.0
        return 0.5 * exp(-1.5 * self.buffer_ms / self.jitter_ms)

    @property
    def one_way_ms(self) -> float:
        """From the speaker's mouth to this ear."""
        half = 2.0 if self.limits.latency_is_round_trip else 1.0
        source = self.source_latency_ms
        if source is None:
            source = self.limits.source_latency_ms
        ways = ((self.latency_ms or 0.0) + source) / half
        return ways + self.buffer_ms + self.limits.fixed_delay_ms

    def missing_pct(self, loss_pct: float) -> float:
        """Return lost and late packets together, percent."""
        lost = loss_pct * (1 - self.limits.fec_recovery) / 100
        return 100 * (1 - (1 - lost) * (1 - self.late_share))

    @property
    def codec(self) -> opus.Codec:
        """The codec's factors at this bitrate."""
        return opus.codec_at(self.bitrate_kbps, silence_kbps=self.limits.silence_kbps)

    def _impairment(self, loss_pct: float) -> float:
        codec = self.codec
        return loss_impairment(
            ie=codec.ie, bpl=codec.bpl, loss_pct=loss_pct, band=codec.band
        )

    @property
    def ie_eff(self) -> float:
        """What codec and missing packets take from R."""
        avg, worst = self.avg_loss_pct, self.max_loss_pct
        uniform = self._impairment(self.missing_pct(avg))
        if worst is None or not worst > avg > 0:
            return uniform
        bursts = mixed_impairment(
            burst_s=60 * avg / worst,
            burst=self._impairment(self.missing_pct(worst)),
            gap_s=60 * (1 - avg / worst),
            gap=self._impairment(self.missing_pct(0)),
        )
        return max(uniform, bursts)

    @property
    def delay_impairment(self) -> float:
        """What delay takes from R; 0 for a listener."""
        if not self.talks:
            return 0.0
        return self.codec.band.ratio * delay_impairment(self.one_way_ms)

    @property
    def r(self) -> float:
        """R, on the scale of the codec's band."""
        return self.codec.band.best_r - self.delay_impairment - self.ie_eff

    @property
    def mos(self) -> float:
        """The mean opinion score, 1 to 4.5."""
        return mos_of_r(self.r, self.codec.band)


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioSteps:
    """The same for the audio of a frame's minutes, as steps of expressions."""

    stream: str
    """``audio_received`` or ``audio_sent``."""
    prefix: str
    """Begins the name of every column that is added; with an underscore."""
    talks: nw.Expr
    """Whether delay disturbs this participant."""
    source_latency: nw.Expr
    """The speaker's latency, null if not measured."""
    limits: ScoreLimits

    def steps(self) -> list[Step]:
        """Return steps to be applied one after the other.

        The last adds ``<prefix>mos``, null where the stream is off or not measured,
        and ``<prefix>due_to``.
        """
        steps = (
            self._inputs(),
            self._packets(),
            self._missing(),
            self._impairments(),
            self._mixed(),
            self._totals(),
            {"mos": self._mos(), "due_to": self._due_to()},
        )
        return [
            {f"{self.prefix}{name}": made for name, made in step.items()}
            for step in steps
        ]

    def _of(self, name: str) -> nw.Expr:
        return nw.col(f"{self.prefix}{name}")

    def _inputs(self) -> Step:
        stream, limits = self.stream, self.limits
        kbps = nw.col(f"{stream}_bitrate_kbps")
        worst = nw.col(f"{stream}_max_loss_pct")
        loss, jitter = nw.col(f"{stream}_avg_loss_pct"), nw.col(f"{stream}_jitter_ms")
        tells = ~kbps.is_null() & (kbps >= limits.silence_kbps)
        silent = ~kbps.is_null() & (kbps <= 0)
        nothing = silent & (loss <= 0) & (worst.is_null() | (worst <= 0))
        wide = tells & (kbps < opus.WIDE_FROM_KBPS)
        return {
            "on": ~loss.is_null() & ~nothing,
            "loss": loss.fill_null(0.0),
            "worst": worst.fill_null(0.0),
            "jitter": jitter.fill_null(0.0),
            "latency": nw.col(f"{stream}_latency_ms").fill_null(0.0),
            "wide": wide,
            "ie": _by_bitrate(opus.FULL_IE, opus.WIDE_IE, kbps, tells, wide),
            "bpl": _by_bitrate(opus.FULL_BPL, opus.WIDE_BPL, kbps, tells, wide),
        }

    def _packets(self) -> Step:
        limits, jitter = self.limits, self._of("jitter")
        half = 2.0 if limits.latency_is_round_trip else 1.0
        buffer = (jitter * limits.buffer_jitters).clip(
            limits.buffer_min_ms, limits.buffer_max_ms
        )
        spread = nw.when(jitter > 0).then(jitter).otherwise(1e-3)
        source = self.source_latency.fill_null(limits.source_latency_ms)
        way = (self._of("latency") + source) / half + buffer + limits.fixed_delay_ms
        loss, worst = self._of("loss"), self._of("worst")
        return {
            "late": (buffer * -1.5 / spread).clip(-700.0, 0.0).exp() * 0.5,
            "way": way,
            "bursty": (worst > loss) & (loss > 0),
        }

    def _missing(self) -> Step:
        kept = 1 - self.limits.fec_recovery
        loss, worst, bursty = (self._of(n) for n in ("loss", "worst", "bursty"))
        in_time = self._of("late") * -1 + 1

        def missing(loss_pct: nw.Expr) -> nw.Expr:
            return ((loss_pct * (-kept / 100) + 1) * in_time * -1 + 1) * 100

        return {
            "part": nw.when(bursty).then(loss / worst).otherwise(nw.lit(0.5)),
            "p": missing(loss),
            "p_burst": missing(nw.when(bursty).then(worst).otherwise(loss)),
            "p_gap": self._of("late") * 100,
            "p_lost": loss * kept,
        }

    def _impairments(self) -> Step:
        ie, part = self._of("ie"), self._of("part")
        span = nw.when(self._of("wide")).then(WIDE.loss_span).otherwise(FULL.loss_span)

        def impairment(missing: str) -> nw.Expr:
            lost = self._of(missing)
            return ie + (span - ie) * lost / (lost + self._of("bpl"))

        return {
            "i": impairment("p"),
            "i_burst": impairment("p_burst"),
            "i_gap": impairment("p_gap"),
            "i_lost": impairment("p_lost"),
            "fall": (part * -12.0).exp(),
            "rise": ((part * -1 + 1) * -4.0).exp(),
        }

    def _mixed(self) -> Step:
        """Mix bursts and gaps as `emodel.mixed_impairment` does, a minute long."""
        names = ("i_burst", "i_gap", "fall", "rise", "part")
        burst, gap, fall, rise, part = (self._of(name) for name in names)
        no_rise, no_fall = rise * -1 + 1, fall * -1 + 1
        gap_end = (gap * no_rise + burst * no_fall * rise) / (fall * rise * -1 + 1)
        burst_end = burst - (burst - gap_end) * fall
        lasting = (part * burst + (part * -1 + 1) * gap) * 60
        turning = (burst_end - gap) * no_rise * 15 - (burst - gap_end) * no_fall * 5
        mixed = nw.when(self._of("bursty")).then((lasting + turning) / 60)
        threshold = DEFAULT_DELAY.threshold_ms
        return {
            "i_mixed": mixed.otherwise(nw.lit(0.0)),
            "octaves": (self._of("way").clip(lower_bound=threshold) / threshold).log(2),
        }

    def _totals(self) -> Step:
        ratio = nw.when(self._of("wide")).then(WIDE.ratio).otherwise(FULL.ratio)
        x = self._of("octaves")
        rises = (x**6 + 1) ** (1 / 6)
        falls = ((x / 3) ** 6 + 1) ** (1 / 6) * 3
        delay = (rises - falls + 2) * 25 * ratio
        return {
            "ratio": ratio,
            "ie_eff": nw.max_horizontal(self._of("i"), self._of("i_mixed")),
            "id": nw.when(self.talks).then(delay).otherwise(nw.lit(0.0)),
        }

    def _mos(self) -> nw.Expr:
        best = nw.when(self._of("wide")).then(WIDE.best_r).otherwise(FULL.best_r)
        r = best - self._of("id") - self._of("ie_eff")
        x = (r / self._of("ratio")).clip(0.0, 100.0)
        mos = x * 0.035 + 1 + x * (x - 60) * (x * -1 + 100) * 7e-6
        return nw.when(self._of("on")).then(mos.clip(1.0, 4.5))

    def _due_to(self) -> nw.Expr:
        """Return the metric that takes most from R."""
        takes = {
            "avg_loss_pct": self._of("i_lost") - self._of("ie"),
            "max_loss_pct": self._of("ie_eff") - self._of("i"),
            "jitter_ms": self._of("i") - self._of("i_lost"),
            "latency_ms": self._of("id"),
            "bitrate_kbps": self._of("ie") - opus.FULL_IE.points[-1][1],
        }
        most = nw.max_horizontal(*takes.values())
        named = nw.lit(None, dtype=nw.String())
        for name, taken in reversed(takes.items()):
            word = nw.lit(f"{self.stream}_{name}")
            named = nw.when(taken >= most).then(word).otherwise(named)
        return nw.when(self._of("on")).then(named)


def _by_bitrate(
    full: Curve, wide: Curve, kbps: nw.Expr, tells: nw.Expr, low: nw.Expr
) -> nw.Expr:
    unknown = full.at(31.0)
    narrow = nw.when(low).then(wide.expression(kbps)).otherwise(full.expression(kbps))
    return nw.when(tells).then(narrow).otherwise(nw.lit(unknown))


def at_once(*chains: list[Step]) -> list[Step]:
    """Return chains of steps side by side: their first steps as one, and so on."""
    return [
        {name: made for step in together if step for name, made in step.items()}
        for together in zip_longest(*chains)
    ]
