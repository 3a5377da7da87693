"""The page's text, tables and plots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from backrow.simulate.network.faults import Fault
from backrow.simulate.network.loss import PRESET_INDEX, played_minutes
from backrow.simulate.world import World
from bench.calibration import published
from bench.calibration.plot import cumulative, series
from bench.calibration.worlds import (
    Measured,
    Values,
    calm_world,
    measured,
    narrow_world,
    play_of,
)

_HEAD: Final = """\
<!-- Made by `python -m bench.calibration`. Change it there. -->

# How believable the simulator is

Everything here is simulated: a webinar of 3,000 attendees and one hour, half of it
without a shared screen, no fault, ordinary noise, the seed fixed. Beside it stand
published figures. Where the two differ, the page says so and why.

What the simulator cannot claim: no figure here was measured at Zoom's own webinars.
The published ones are of other calls, other years and other products, so the aim is
the right order of magnitude and the right shape, not agreement to the last percent.
"""


def page() -> tuple[str, dict[str, str]]:
    """Return the page's Markdown, and its plots by file name."""
    calm = measured(calm_world())
    narrow = narrow_world()
    dynamics, climb = _dynamics(narrow)
    parts = [
        _HEAD,
        _access(calm),
        _loss(),
        _video(calm),
        _streams(calm),
        _machine(calm),
        dynamics,
    ]
    return "\n".join(parts), {**_plots(calm), "climb.svg": climb}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _quantiles(values: Values, shares: Sequence[float]) -> list[str]:
    return [_number(float(v)) for v in np.percentile(values, shares)]


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _access(calm: Measured) -> str:
    rows = []
    for access, (center, sigma) in published.ROUND_TRIP_MS.items():
        trip = calm.values("audio_received_latency_ms", access=access, near=True)
        rows.append([access, "round trip, ms", *_spread(trip, center, sigma)])
    for access, (center, sigma) in published.JITTER_MS.items():
        jitter = calm.values("audio_received_jitter_ms", access=access)
        rows.append([access, "jitter of sound, ms", *_spread(jitter, center, sigma)])
    head = ["access", "figure", "p10", "p50", "p90", "p50 meant", "p10 to p90 meant"]
    return f"""## Round trip and jitter

To the nearest data center; the lognormal medians and spreads that are meant come from
the literature by access technology.

{table(head, rows)}

Wired and Wi-Fi medians agree within rounding. The upper ends are wider than meant because
some minutes are degraded, which multiplies jitter by 3 to 6 and adds 30 to 150 ms: about
one in ten on mobile networks (which moves their median, too), three in a hundred on Wi-Fi,
hardly any on cables. That is intended; the lognormal describes normal minutes only. The
satellite row rests on some fifteen people, so its median is theirs and not the model's.

![Round trip by access](calibration/round_trip.svg)
![Jitter of sound by access](calibration/jitter.svg)
"""


def _spread(values: Values, center: float, sigma: float) -> list[str]:
    low, high = center * np.exp(-1.2816 * sigma), center * np.exp(1.2816 * sigma)
    return [
        *_quantiles(values, (10, 50, 90)),
        f"{center:g}",
        f"{low:.3g} to {high:.3g}",
    ]


def _loss() -> str:
    average, worst = played_minutes()
    rows = []
    for name, (mean, low, high, worst_mean) in published.LOSS_PRESETS.items():
        mine = average[PRESET_INDEX[name]]
        ends = np.percentile(mine, (10, 90))
        rows.append(
            [
                name,
                f"{mine.mean():.2f} ({ends[0]:.2f} to {ends[1]:.2f})",
                f"{mean:g} ({low:g} to {high:g})",
                f"{worst[PRESET_INDEX[name]].mean():.1f}",
                f"{worst_mean:g}",
            ]
        )
    head = [
        "link",
        "minute's loss, % (p10 to p90)",
        "meant",
        "mean of the worst 5 s, %",
        "meant",
    ]
    return f"""## Packet loss

Minutes of 3,000 packets played with the Gilbert-Elliott model, 1,024 for each kind of
link. A degraded minute uses one of the rows from `wifi_congested` on.

{table(head, rows)}

The figures meant came from 40 such minutes each, ours from 1,024. `leo_handover`, whose
hand-overs are rare, differs most: its chances alone give 1.08 %, which is ours, so the
difference is what 40 minutes leave to luck. The same holds for `wired` (0.012 %).
"""


def _video(calm: Measured) -> str:
    alone = "none"
    rows = []
    for name, title, others in (
        ("video_received_bitrate_kbps", "bitrate, kbps", published.BITRATE_KBPS),
        ("video_received_frame_rate_fps", "frames a second", published.FRAME_RATE_FPS),
        ("video_received_jitter_ms", "jitter, ms", published.FRAME_JITTER_MS),
    ):
        mine = calm.values(name, share=alone)
        for product, quantiles in others.items():
            for share, value in quantiles.items():
                at = float(np.percentile(mine, share))
                rows.append([title, product, f"p{share}", _number(at), _number(value)])
    head = ["figure", "product", "quantile", "simulated", "published"]
    return f"""## Received video

While nothing is shared, beside per-second figures of Meet and Teams on home networks
({published.VCAML}).

{table(head, rows)}

- *Bitrate*: ours ends at about 1,600 kbps, near Meet and below Teams, because a webinar
  window asks for 720 lines of one speaker at most times. The lower end is narrower than
  both: minutes average what seconds show, and a person on a small window takes 400 to 600
  kbps steadily. Zoom's own usual rate is put at 800 to 950 kbps, between our two groups.
- *Frame rate*: the median and upper end agree. The lowest tenth is better than Teams'
  because a minute averages over short stalls, and 3 to 5 % of published seconds without
  any frame have no counterpart in minute values.
- *Jitter*: theirs is of whole frames, ours of packets as RFC 3550 counts it, which is
  what Zoom reports. Ours has the lower median and the longer tail of the two, since it
  holds mobile and degraded minutes.

![Bitrate of received video](calibration/bitrate.svg)
![Frame rate of received video](calibration/frame_rate.svg)
![Jitter of received video](calibration/video_jitter.svg)
"""


def _streams(calm: Measured) -> str:
    heights = calm.columns["video_received_height_px"]
    rates = calm.columns["video_received_frame_rate_fps"]
    rows = []
    for height, (low, high) in published.VIDEO_KBPS.items():
        kept = (heights == height) & (rates >= 20)
        if kept.sum() < 50:
            continue
        kbps = calm.columns["video_received_bitrate_kbps"][kept]
        usual = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        rows.append([f"video of {height} lines, kbps", *_middle(kbps), usual])
    for kind, (kbps_range, fps_range) in published.SHARE.items():
        kbps = calm.values("share_received_bitrate_kbps", share=kind)
        fps = calm.values("share_received_frame_rate_fps", share=kind)
        rows.append([f"{kind}, kbps", *_middle(kbps), _range(kbps_range)])
        rows.append([f"{kind}, frames a second", *_middle(fps), _range(fps_range)])
    voice = calm.values("audio_received_bitrate_kbps")
    rows.append(["sound while somebody speaks, kbps", *_middle(voice), "27 to 60"])
    head = ["stream", "p10", "p50", "p90", "usual"]
    return f"""## Streams

Rates on the receiving side, where all is well, beside what is usual.

{table(head, rows)}

A height with fewer than fifty such minutes is left out: which heights occur depends on
the presenter's camera and on windows. Shared screens end a little below the usual range
where people's own lines are narrow.
"""


def _range(span: tuple[float, float]) -> str:
    return f"{span[0]:g} to {span[1]:g}"


def _middle(values: Values) -> list[str]:
    return _quantiles(values, (10, 50, 90))


def _machine(calm: Measured) -> str:
    rows = [
        [title, *_middle(calm.values(name)), usual]
        for title, name, usual in (
            ("Zoom, average, %", "zoom_avg_cpu_pct", "5 to 15"),
            ("whole machine, most, %", "system_max_cpu_pct", "20 to 60"),
            ("Wi-Fi signal, dBm", "wifi_avg_rssi_dbm", "-67 to -50 is good"),
        )
    ]
    return f"""## Machines

{table(["figure of attendees", "p10", "p50", "p90", "usual"], rows)}

Zoom's share has a tail above the usual range: overloaded machines, 4 % of people from
time to time.
"""


def _dynamics(world: World) -> tuple[str, str]:
    """Return the text on narrow lines, and the plot of a fault's minutes."""
    fault = play_of(world).faults[0]
    by_minute = _picture_and_sound(world, fault)
    # The twin without the fault has the same content in every minute.
    twin = _picture_and_sound(narrow_world(faults=False), fault)
    left = [
        float(np.mean(now) / np.mean(usual))
        for now, usual in zip(by_minute, twin, strict=True)
    ]
    begin, end = int(fault.begin_min), int(fault.end_min)
    climb_s = 120 * (1 - left[end]) / (1 - float(np.mean(left[begin:end])))
    takes = np.concatenate([rate / fault.room_kbps for rate in by_minute[begin:end]])
    low, mid, high = np.percentile(takes, (10, 50, 90))
    said_low, said_high = published.TAKES_OF_CAP
    recovers = ", ".join(f"{a} {s} s" for a, s in published.RECOVERS_IN_S.items())
    text = f"""## A narrow line, and after it

Two hundred people's lines are narrow (150 to 350 kbps) from minute {begin} to minute {end},
{published.TMA23} measured calls of other messengers on such lines.

| figure | simulated | published |
| --- | --- | --- |
| part of the line that a call takes | {mid:.2f} ({low:.2f} to {high:.2f}) | \
{said_low:g} to {said_high:g} |
| seconds until the bitrate follows a drop | within the same minute | \
at most {published.FOLLOWS_IN_S} |
| seconds until it is back | {climb_s:.0f} | {recovers}; up to 50 |

The minute after a fault still has a third of the damage, as a climb of forty seconds
leaves it (MacMillan et al., IMC 2021, saw up to 50). The part taken spreads wider than
published because the line itself wobbles by 15 % from minute to minute, and theirs
was held still. WhatsApp, which is not back within three minutes, has no counterpart:
Zoom is known to come back. Following a drop within a minute says no more than that:
minutes cannot show ten seconds.

![Bitrate around a fault](calibration/climb.svg)
"""
    points = [(float(minute), 100 * part) for minute, part in enumerate(left)]
    lines = {"beside the twin without it": points}
    return text, series("Bitrate of people whose line is narrow", "minute", lines)


def _picture_and_sound(world: World, fault: Fault) -> list[Values]:
    """Return by minute the kbps that those receive whom a fault hits."""
    return [
        (
            columns["video_received_bitrate_kbps"]
            + columns["audio_received_bitrate_kbps"]
        )[np.isin(columns["stay"], fault.stays)].astype(np.float64)
        for columns in world.stream()
    ]


def _plots(calm: Measured) -> Mapping[str, str]:
    by_access = published.ROUND_TRIP_MS
    trips = {
        a: calm.values("audio_received_latency_ms", access=a, near=True)
        for a in by_access
    }
    jitters = {a: calm.values("audio_received_jitter_ms", access=a) for a in by_access}
    medians = {a: {50: facts[0]} for a, facts in by_access.items()}
    jitter_medians = {a: {50: facts[0]} for a, facts in published.JITTER_MS.items()}

    def alone(name: str) -> dict[str, Values]:
        return {"Backrow": calm.values(f"video_received_{name}", share="none")}

    return {
        "round_trip.svg": cumulative("Round trip", "ms", trips, medians, top=200),
        "jitter.svg": cumulative(
            "Jitter of sound", "ms", jitters, jitter_medians, top=60
        ),
        "bitrate.svg": cumulative(
            "Bitrate of received video",
            "kbps",
            alone("bitrate_kbps"),
            published.BITRATE_KBPS,
            top=2500,
        ),
        "frame_rate.svg": cumulative(
            "Frame rate of received video",
            "frames a second",
            alone("frame_rate_fps"),
            published.FRAME_RATE_FPS,
            top=30,
        ),
        "video_jitter.svg": cumulative(
            "Jitter of received video",
            "ms",
            alone("jitter_ms"),
            published.FRAME_JITTER_MS,
            top=80,
        ),
    }
