"""What each kind of fault does: one table for the simulator, its checks and docs.

The ranges are those of the literature's typical incidents: a presenter whose
uplink chokes, an overloaded data center, a provider's bad peering in the evening
(which hits 30 to 90 % of its people), an office that shares one full line, a
client version that decodes slowly. Each person a fault hits gets one value of
each range for as long as it lasts, and each minute wobbles around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from backrow.simulate.scenario.schema import FaultKind

Cause = Literal[
    "presenter_network",
    "presenter_device",
    "zoom_core",
    "data_center",
    "shared_network",
    "place",
    "app_version",
    "own_device",
    "own_wifi",
    "own_cellular",
    "own_bandwidth",
    "distant_data_center",
]
CAUSES: Final[tuple[Cause, ...]] = (
    "presenter_network",
    "presenter_device",
    "zoom_core",
    "data_center",
    "shared_network",
    "place",
    "app_version",
    "own_device",
    "own_wifi",
    "own_cellular",
    "own_bandwidth",
    "distant_data_center",
)
"""Every cause the truth can name, as findings name them."""

Hits = Literal["presenter", "everyone", "group", "persons"]
"""A presenter; all who receive; part of a group; single people drawn by lot."""
Way = Literal["sent", "received", "both"]
Range = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One kind of fault."""

    meaning: str
    cause: Cause
    hits: Hits
    needs: tuple[str, ...] = ()
    """Keys of `where`, of which at least one must be given."""
    share: float = 1.0
    """Share of its group that it hits, if the scenario does not say."""
    access: Literal["", "wifi", "cellular"] = ""
    """Only people with this access can be drawn; empty: any."""
    way: Way = "both"
    """Which direction loses packets."""
    loss_pct: Range = (0.0, 0.0)
    """Packets lost beside those lost anyway."""
    latency_ms: Range = (0.0, 0.0)
    """Added to the round trip."""
    jitter_factor: Range = (1.0, 1.0)
    cap_kbps: Range | None = None
    """Room left for all of a person's streams; None: no limit."""
    fps_factor: Range = (1.0, 1.0)
    cpu_pct: Range = (0.0, 0.0)
    """Added to the machine's load."""
    rssi_drop_db: Range = (0.0, 0.0)


TEMPLATES: Final[Mapping[FaultKind, Template]] = {
    "presenter_uplink": Template(
        meaning="one presenter's line upwards is too narrow",
        cause="presenter_network",
        hits="presenter",
        needs=("person",),
        way="sent",
        loss_pct=(5, 20),
        latency_ms=(50, 200),
        jitter_factor=(2, 4),
        cap_kbps=(300, 1000),
        fps_factor=(0.45, 0.75),
    ),
    "presenter_cpu": Template(
        meaning="one presenter's machine is overloaded",
        cause="presenter_device",
        hits="presenter",
        needs=("person",),
        fps_factor=(0.25, 0.5),
        cpu_pct=(60, 80),
    ),
    "zoom_core": Template(
        meaning="Zoom itself passes on too little, to everyone",
        cause="zoom_core",
        hits="everyone",
        way="received",
        loss_pct=(2, 5),
        latency_ms=(30, 90),
        fps_factor=(0.45, 0.7),
    ),
    "data_center": Template(
        meaning="one data center is overloaded",
        cause="data_center",
        hits="group",
        needs=("data_center",),
        share=0.6,
        loss_pct=(2.5, 8),
        latency_ms=(40, 150),
        jitter_factor=(2.5, 3.5),
        fps_factor=(0.6, 0.9),
    ),
    "isp": Template(
        meaning="a provider's network or peering loses packets",
        cause="shared_network",
        hits="group",
        needs=("isp",),
        share=0.6,
        loss_pct=(4, 15),
        latency_ms=(20, 80),
        jitter_factor=(2, 4),
        fps_factor=(0.6, 0.9),
    ),
    "office": Template(
        meaning="an office's or VPN's shared line is full",
        cause="shared_network",
        hits="group",
        needs=("site",),
        share=0.9,
        loss_pct=(3, 10),
        latency_ms=(70, 140),
        jitter_factor=(2, 4),
        cap_kbps=(150, 700),
    ),
    "place": Template(
        meaning="all providers of a town suffer, as when a trunk line is cut",
        cause="place",
        hits="group",
        needs=("place",),
        share=0.7,
        loss_pct=(4, 15),
        latency_ms=(20, 100),
        jitter_factor=(2, 4),
        fps_factor=(0.6, 0.9),
    ),
    "version": Template(
        meaning="a client version works too hard and shows too little",
        cause="app_version",
        hits="group",
        needs=("version", "os"),
        share=0.9,
        fps_factor=(0.4, 0.6),
        cpu_pct=(25, 40),
    ),
    "own_wifi": Template(
        meaning="somebody's Wi-Fi is weak or crowded",
        cause="own_wifi",
        hits="persons",
        access="wifi",
        loss_pct=(3, 10),
        latency_ms=(30, 150),
        jitter_factor=(4, 7),
        fps_factor=(0.6, 0.9),
        rssi_drop_db=(10, 25),
    ),
    "own_device": Template(
        meaning="somebody's machine is overloaded",
        cause="own_device",
        hits="persons",
        fps_factor=(0.4, 0.62),
        cpu_pct=(60, 80),
    ),
    "own_cellular": Template(
        meaning="somebody's mobile connection is poor",
        cause="own_cellular",
        hits="persons",
        access="cellular",
        loss_pct=(4, 9),
        latency_ms=(60, 200),
        jitter_factor=(3, 5),
        fps_factor=(0.5, 0.8),
    ),
    "own_line": Template(
        meaning="somebody's line is too narrow, as under an upload",
        cause="own_bandwidth",
        hits="persons",
        loss_pct=(0.5, 3),
        latency_ms=(60, 250),
        jitter_factor=(1.5, 2.5),
        cap_kbps=(150, 350),
    ),
    "distant_data_center": Template(
        meaning="somebody is sent to a data center far away, for the whole stay",
        cause="distant_data_center",
        hits="persons",
    ),
}
"""By the name a scenario uses. Effects not given there are none."""
