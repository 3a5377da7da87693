"""Whom a person's name, address or id means, and whom a group's words mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

import polars as pl

from backrow.cli.write import plain
from backrow.diagnose.frames import ATTRIBUTES
from backrow.diagnose.verdict.story import nobody_in
from backrow.errors import NothingFoundError, UsageError

GROUPS: Final = tuple(attribute.name for attribute in ATTRIBUTES)
_SHOWN: Final = 8


def stays_of(
    people: pl.DataFrame, wanted: str, *, place: str, also: Sequence[str] = ()
) -> list[str]:
    """Return the participants that `wanted` means: the stays of one person.

    Args:
        people: Everybody.
        wanted: A participant's user_id, an email address, or a name or a part of it;
            letter case does not matter.
        place: The lake, for the error.
        also: What the lake may call that person instead, where it keeps no names.

    Raises:
        NothingFoundError: Nobody is called so.
        UsageError: Several people are; they are named.
    """
    text = wanted.strip().casefold()
    ways = (
        pl.col("participant") == wanted.strip(),
        pl.col("email").str.to_lowercase() == text,
        pl.col("user_name").str.to_lowercase() == text,
        pl.col("person").is_in(list(also)) | pl.col("user_name").is_in(list(also)),
        pl.col("user_name").str.to_lowercase().str.contains(text, literal=True),
    )
    for way in ways if text else ():
        found = people.filter(way)
        if not found.is_empty():
            return _one_person(found, wanted)
    raise NothingFoundError(
        f"nobody of this session is called {plain(wanted, longest=80)!r}", place=place
    )


def _one_person(found: pl.DataFrame, wanted: str) -> list[str]:
    """Return the stays, if they are one person's.

    Raises:
        UsageError: They are several people's.
    """
    key = pl.when(pl.col("person") != "").then("person").otherwise("participant")
    who = found.with_columns(key.alias("who"))
    alike = {(n, e) for n, e in who.select("user_name", "email").iter_rows()}
    if who["who"].n_unique() > 1 and not _is_one(alike):
        first = who.unique("who", keep="first", maintain_order=True)
        named = [
            f"{plain(name, longest=40)} ({participant})"
            for name, participant in first.select("user_name", "participant")
            .head(_SHOWN)
            .iter_rows()
        ]
        more = first.height - len(named)
        also = f" and {more} more" if more else ""
        raise UsageError(
            f"{first.height} people are called {plain(wanted, longest=80)!r}: "
            f"{', '.join(named)}{also} (give the user_id in brackets)"
        )
    return who.sort("join_time", nulls_last=True)["participant"].to_list()


def _is_one(alike: Iterable[tuple[str, str]]) -> bool:
    """Return whether stays with these names and addresses are surely one person's."""
    known = set(alike)
    return len(known) == 1 and bool(next(iter(known))[1])


def parsed_where(given: Sequence[str]) -> dict[str, str]:
    """Return ``KEY=VALUE`` texts as a mapping.

    Raises:
        UsageError: One has another form, or a key that nobody has.
    """
    found: dict[str, str] = {}
    for text in given:
        key, equals, value = text.partition("=")
        key, value = key.strip().replace("-", "_"), value.strip()
        if not equals or not value or key not in GROUPS:
            raise UsageError(
                f"expected KEY=VALUE with a key out of {', '.join(GROUPS)}, "
                f"got {text!r:.80}"
            )
        found[key] = value
    return found


def meant(
    people: pl.DataFrame, where: Mapping[str, str]
) -> tuple[pl.DataFrame, dict[str, str]]:
    """Return people and words so that the words say what the people frame says.

    Letter case does not matter; a network may be any prefix, or a provider's name.

    Args:
        people: Everybody.
        where: What was asked for.

    Raises:
        UsageError: Nobody has such a value, and not everybody's is blank.
    """
    words: dict[str, str] = {}
    for key, value in where.items():
        if key == "network":
            people = _with_prefix(people, value)
        known = people[key].unique().to_list()
        same = [one for one in known if one and one.casefold() == value.casefold()]
        if not same and key == "network" and value in set(people["isp"]):
            words["isp"] = value
            continue
        words[key] = same[0] if same else value
    nobody = nobody_in(people, words)
    if nobody is not None:
        raise UsageError(plain(nobody, longest=600))
    return people, words


def _with_prefix(people: pl.DataFrame, value: str) -> pl.DataFrame:
    """Return people whose network is `value` wherever their address lies in it."""
    try:
        prefix = ip_network(value, strict=False)
    except ValueError:
        return people
    addresses = people["ip_address"].unique().to_list()
    inside = [one for one in addresses if _is_in(one, prefix)]
    return people.with_columns(
        pl.when(pl.col("ip_address").is_in(inside))
        .then(pl.lit(value))
        .otherwise("network")
        .alias("network")
    )


def _is_in(address: str, prefix: IPv4Network | IPv6Network) -> bool:
    """Return whether an address, or the network kept of it, lies in a prefix."""
    try:
        network = ip_network(address)
    except ValueError:
        return False
    is_same = network.version == prefix.version
    return is_same and network.subnet_of(prefix)  # type: ignore[arg-type] # the same
