"""People as diagnosis groups them: who they are, where, and what they have in common.

Addresses become groups here: the office by the user's list, the provider by the
user's file, and the network. People who share an address to the outside sit behind
one line, so that address is their network; everybody else's is the public prefix. What
was written into the lake before (when it was completed with such files) holds where
nothing is given now.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import polars as pl

from backrow.lake.frames.naming import Naming
from backrow.qos.sites import is_network, network_of

_TOLD: Final = (
    "location",
    "data_center",
    "version",
    "os",
    "device",
    "network_type",
    "connection_type",
)
"""What people have in common as Zoom tells it."""
_OWN: Final = ("role", "user_name", "email", "person", "ip_address")
SHARED_BY: Final = 5
"""How many stays with one address make it a network of its own."""
_TIMES: Final = ("join_time", "leave_time")
PEOPLE: Final = (
    "participant",
    *_OWN,
    *_TIMES,
    "site",
    "isp",
    "network",
    *_TOLD,
)
"""Columns of the people frame, in order."""
NEEDED: Final = (
    "session_uuid",
    "participant",
    "person_from",
    *_OWN,
    *_TIMES,
    "internal_ip_addresses",
    "site",
    "network",
    *_TOLD,
    "changed_at",
)
"""Columns of participants that it is made from."""


def people_frame(participants: pl.DataFrame, naming: Naming) -> pl.DataFrame:
    """Return a row a participant with the columns `PEOPLE`; "" is unknown.

    Args:
        participants: The newest row of each, in the columns of participants.
        naming: Names of networks.
    """
    texts = [pl.col(n).fill_null("").str.strip_chars() for n in (*_OWN, *_TOLD)]
    named = participants.with_columns(texts).with_columns(
        _networks(participants, naming)
    )
    return named.unique("participant", keep="last", maintain_order=True).select(PEOPLE)


def _networks(participants: pl.DataFrame, naming: Naming) -> list[pl.Series]:
    """Return everybody's site, provider and public prefix."""
    known: dict[tuple[str, tuple[str, ...]], tuple[str, str, str]] = {}
    stays = Counter(participants["ip_address"].to_list())
    found: list[tuple[str, str, str]] = []
    columns = participants.select(
        pl.col("ip_address").fill_null(""),
        "internal_ip_addresses",
        pl.col("site").fill_null(""),
        pl.col("network").fill_null(""),
    )
    for address, inside, site, network in columns.iter_rows():
        key = (address, tuple(inside or ()))
        names = known.get(key)
        if names is None:
            names = known[key] = _named(address, key[1], naming)
        is_name = bool(network) and not is_network(network)
        provider = names[1] or (network if is_name else "")
        line = address if stays[address] >= SHARED_BY and names[2] else names[2]
        found.append((names[0] if naming.sites else site, provider, line))
    titles = ("site", "isp", "network")
    columns_of = zip(*found, strict=True) if found else ((), (), ())
    return [
        pl.Series(title, list(values), dtype=pl.String)
        for title, values in zip(titles, columns_of, strict=True)
    ]


def _named(
    address: str, inside: tuple[str, ...], naming: Naming
) -> tuple[str, str, str]:
    provider = "" if naming.providers is None else naming.providers.name_of(address)
    site = naming.sites.name_of(address, inside) if naming.sites else ""
    return site, provider, network_of(address)


def kept_names(people: pl.DataFrame) -> pl.DataFrame:
    """Return what the lake keeps of it: each participant's network and site.

    The network is the provider's name where it is known, else the public prefix.
    """
    network = pl.when(pl.col("isp") != "").then("isp").otherwise("network")
    return people.select(
        "participant",
        network.alias("network"),
        pl.col("site"),
    ).with_columns(pl.col("network", "site").replace("", None))
