"""A simulated webinar as the frames that diagnosis reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl

from backrow.qos.vocabulary import METRICS
from backrow.simulate.world import World

_WHOLE: Final = [m.name for m in METRICS if m.unit == "px"]
_NUMBERS: Final = [m.name for m in METRICS if m.unit not in {"level", "text"}]


class Fed(NamedTuple):
    """What is known more, a minute on."""

    at: datetime
    """The minute to judge."""
    minutes: pl.DataFrame
    roster: pl.DataFrame | None
    late_min: int
    """How many minutes after the publication of `at` it is judged."""


def people_of(world: World, session_uuid: str) -> pl.DataFrame:
    """Return the people frame, as a lake with a site list and an ASN file has it."""
    named = {ip_network(one.prefix): one for one in world.networks()}
    lengths = sorted({(net.version, net.prefixlen) for net in named})
    rows = []
    for person in world.people(session_uuid):
        network = site = isp = ""
        if person.ip_address:
            address = ip_address(person.ip_address)
            length = 24 if address.version == 4 else 48
            network = str(ip_network((address, length), strict=False))
            nets = (
                ip_network((address, length), strict=False)
                for version, length in lengths
                if version == address.version
            )
            known = next((named[net] for net in nets if net in named), None)
            site, isp = (known.site, known.isp) if known else ("", "")
        rows.append(
            {
                "participant": person.user_id,
                "role": person.role,
                "user_name": person.user_name,
                "site": site,
                "isp": isp,
                "network": network,
                "location": person.location,
                "data_center": person.data_center,
                "version": person.version,
                "os": person.os,
                "device": person.device,
                "network_type": person.network_type,
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def complete(world: World, session_uuid: str) -> Iterator[Fed]:
    """Yield each minute of everybody, as soon as it is over."""
    play = world.play(session_uuid)
    names = np.array(world.participants(session_uuid))
    for number in range(play.minutes):
        at = play.minute_at(number)
        columns = world.minute(number, session_uuid)
        frame = frame_of(columns, names, session_uuid, at).with_columns(
            pl.lit("census").alias("picked")
        )
        yield Fed(at=at, minutes=frame, roster=None, late_min=0)


def frame_of(
    columns: Mapping[str, Any], names: np.ndarray, session_uuid: str, at: datetime
) -> pl.DataFrame:
    """Return a minute's columns as minutes, without `picked`."""
    frame = pl.DataFrame(
        {
            "participant": names[columns["stay"]],
            **{n: columns[n].astype(np.float64) for n in _NUMBERS if n in columns},
        }
    )
    return frame.with_columns(
        pl.lit(session_uuid).alias("session_uuid"),
        pl.lit(at).cast(pl.Datetime("us", "UTC")).alias("minute"),
        pl.col(pl.Float64).fill_nan(None),
    ).with_columns(pl.col(_WHOLE).cast(pl.Int32))
