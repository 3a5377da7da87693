"""The words of a finding: who, where, what they notice, since when.

A producer reads this during the show, so a sentence says what people experience,
not what a metric does; the figure follows. Times are in the zone that is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from math import floor
from typing import Final

from backrow.diagnose.causes.groups import Scope
from backrow.diagnose.frames import Cause

_NOTICED: Final[Mapping[tuple[str, str], str]] = {
    ("audio", "avg_loss_pct"): "hear gaps",
    ("audio", "max_loss_pct"): "hear gaps",
    ("audio", "jitter_ms"): "hear broken sound",
    ("audio", "latency_ms"): "hear and answer late",
    ("video", "avg_loss_pct"): "see a picture that breaks up",
    ("video", "max_loss_pct"): "see a picture that breaks up",
    ("video", "jitter_ms"): "see a picture that stutters",
    ("video", "frame_rate_fps"): "see a picture that halts",
    ("video", "height_px"): "see a blurred picture",
    ("share", "avg_loss_pct"): "see the shared screen break up",
    ("share", "max_loss_pct"): "see the shared screen break up",
    ("share", "jitter_ms"): "see the shared screen stutter",
    ("share", "frame_rate_fps"): "see the shared screen halt",
    ("share", "height_px"): "see the shared screen blurred",
}
_IN: Final[Mapping[str, str]] = {
    "site": "at {}",
    "isp": "with the provider {}",
    "network": "in the network {}",
    "location": "in {}",
    "data_center": "on Zoom's data center {}",
    "version": "on version {}",
    "os": "on {}",
    "device": "with {}",
    "network_type": "on {}",
    "connection_type": "connected by {}",
}
_FIGURE: Final[Mapping[str, str]] = {
    "avg_loss_pct": "about {value:.0f} % of {whose} packets are lost",
    "max_loss_pct": "up to {value:.0f} % of {whose} packets are lost at times",
    "jitter_ms": "packets come {value:.0f} ms unevenly",
    "latency_ms": "it takes {value:.0f} ms to Zoom and back",
    "frame_rate_fps": "{whose} picture has {value:.0f} frames a second",
    "height_px": "{whose} picture is {value:.0f} lines high",
    "system_max_cpu_pct": "{whose} machines are {value:.0f} % busy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a sentence is made of."""

    cause: Cause
    scope: Scope
    media: str
    metric: str
    value: float | None
    """Of the metric, for those affected."""
    affected: int
    measured: int
    present: int
    begin: datetime
    end: datetime | None
    name: str = ""
    """The presenter's."""


def percent(share: float) -> str:
    """Return a share as ``16.7 %``, the same wherever it is told.

    It is rounded half up, as the pages' scripts round. What is little is not said to
    be nothing, and nearly all is not said to be all.
    """
    if 0 < share < 0.0005:
        return "<0.1 %"
    if 0.9995 <= share < 1:
        return ">99.9 %"
    return f"{floor(1000 * share + 0.5) / 10:.1f} %"


def sentence_of(facts: Facts, zone: tzinfo) -> str:
    """Return one true sentence."""
    when = _when(facts, zone)
    if facts.cause in {"presenter_network", "presenter_device"}:
        return _of_presenter(facts, when)
    detail = _detail(facts)
    noticed = _NOTICED.get((facts.media, facts.metric), "have trouble")
    if facts.end is not None:
        noticed = _past(noticed)
    count = f"{facts.affected:,} of {facts.measured:,} measured"
    there = f" ({facts.present:,} there)" if facts.present > facts.measured else ""
    if facts.cause == "zoom_core":
        return (
            f"{count} everywhere{there} {noticed} {when}{detail}: whatever their network, "
            "place or version, while the presenters' own streams are fine."
        )
    if not facts.scope:
        return (
            f"{count}{there} {noticed} {when}{detail}: scattered, nothing that they "
            "share explains it."
        )
    return f"{count} {where(facts.scope)}{there} {noticed} {when}{detail}."


def where(scope: Scope) -> str:
    """Return a scope in words: ``at Lyon office``."""
    return " ".join(_IN.get(name, "{}").format(value) for name, value in scope)


def _of_presenter(facts: Facts, when: str) -> str:
    name = facts.name or f"participant {dict(facts.scope).get('participant', '')}"
    over = facts.end is not None
    was, is_now = ("reached", "was") if over else ("reaches", "is")
    what = {"audio": "sound", "share": "screen"}.get(facts.media, "picture")
    lost = ""
    if facts.metric in {"avg_loss_pct", "max_loss_pct"} and facts.value is not None:
        is_lost = "was" if over else "is"
        lost = f" ({facts.value:.0f} % of it {is_lost} lost on the way)"
    if facts.cause == "presenter_device":
        return (
            f"{name}'s machine {is_now} overloaded {when}: the {what} {was} Zoom "
            f"halting, for all {facts.measured:,} measured."
        )
    return (
        f"{name}'s {what} {was} Zoom damaged {when}{lost}, for all "
        f"{facts.measured:,} measured, whatever their own line."
    )


def _when(facts: Facts, zone: tzinfo) -> str:
    begin = facts.begin.astimezone(zone).strftime("%H:%M")
    if facts.end is None:
        return f"since {begin}"
    return f"from {begin} to {facts.end.astimezone(zone).strftime('%H:%M')}"


def _detail(facts: Facts) -> str:
    form = _FIGURE.get(facts.metric)
    if form is None or facts.value is None:
        return ""
    text = form.format(value=facts.value, whose="their")
    if facts.media == "audio":
        text = text.replace("their packets are", "their audio is")
    if facts.end is not None:
        text = text.replace(" are ", " were ").replace(" is ", " was ")
        text = text.replace(" has ", " had ").replace("come", "came")
        text = text.replace("takes", "took")
    return f", {text}" if facts.cause in {"zoom_core", "unknown"} else f": {text}"


def _past(noticed: str) -> str:
    return (
        noticed.replace("hear ", "heard ")
        .replace("see ", "saw ")
        .replace("have ", "had ")
        .replace("answer ", "answered ")
        .replace("breaks up", "broke up")
        .replace("stutters", "stuttered")
        .replace("halts", "halted")
    )
