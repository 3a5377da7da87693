"""Which office an address belongs to, by the user's own list, and its public prefix.

A list is TOML or CSV. In TOML each office is a table; in CSV a row, with several
prefixes in a cell parted by blanks or semicolons:

    [[sites]]                                    site,public,internal
    name = "Lyon office"                         Lyon office,198.51.100.0/24,10.2.0.0/16
    public = ["198.51.100.0/24"]
    internal = ["10.2.0.0/16"]

*public* are addresses as Zoom sees them, *internal* those inside the office. Where an
office has both, a person must match both: internal addresses are the same all over
the world. The narrowest match wins, and of equals the first in the list.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_interface,
    ip_network,
)
from typing import Any, Final

from backrow.errors import SettingsError

Prefix = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
_KEYS: Final = ("name", "public", "internal")
_COLUMNS: Final = ("site", "public", "internal")
_MAPPED_BITS: Final = 96
"""Bits of an IPv6 address before the IPv4 address that it stands for."""
_PUBLIC_LENGTH: Final = {4: 24, 6: 48}
"""Bits of an address that name the network it is in: what one line is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One office."""

    name: str
    public: tuple[Prefix, ...] = ()
    """Prefixes that its people have to the outside."""
    internal: tuple[Prefix, ...] = ()
    """Prefixes inside."""


@dataclass(frozen=True, slots=True)
class _Index:
    """Sites by prefix, the longest first."""

    lengths: Mapping[int, Sequence[int]]
    """By IP version, the lengths that occur, falling."""
    sites: Mapping[tuple[int, int, int], Sequence[int]]
    """By version, length and network: numbers of sites."""

    @classmethod
    def of(cls, prefixes: Iterable[tuple[int, Prefix]]) -> _Index:
        """Return the index of prefixes with their sites' numbers."""
        sites: dict[tuple[int, int, int], list[int]] = {}
        for number, prefix in prefixes:
            key = (prefix.version, prefix.prefixlen, int(prefix.network_address))
            sites.setdefault(key, []).append(number)
        lengths = {
            version: sorted({key[1] for key in sites if key[0] == version})[::-1]
            for version in (4, 6)
        }
        return cls(lengths, sites)

    def find(self, address: Address, known: int) -> dict[int, int]:
        """Return the sites that an address is in, each with its longest prefix.

        Args:
            address: Which.
            known: How many of its bits are known.
        """
        found: dict[int, int] = {}
        bits, value = address.max_prefixlen, int(address)
        for length in self.lengths[address.version]:
            if length > known:
                continue
            network = value >> (bits - length) << (bits - length)
            for number in self.sites.get((address.version, length, network), ()):
                found.setdefault(number, length)
        return found


@dataclass(frozen=True, slots=True)
class Sites:
    """A list of offices."""

    sites: tuple[Site, ...] = ()
    _public: _Index = field(init=False, repr=False, compare=False)
    _internal: _Index = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the prefixes."""
        numbered = list(enumerate(self.sites))
        public = ((n, prefix) for n, one in numbered for prefix in one.public)
        internal = ((n, prefix) for n, one in numbered for prefix in one.internal)
        object.__setattr__(self, "_public", _Index.of(public))
        object.__setattr__(self, "_internal", _Index.of(internal))

    def __bool__(self) -> bool:
        """Return whether there is any."""
        return bool(self.sites)

    def name_of(self, address: str | None, internal: Iterable[str] = ()) -> str:
        """Return the office of somebody, "" if it is none of the list.

        Args:
            address: The public address, or the network that was kept of it; None
                or no address at all is unknown.
            internal: The same of addresses inside.
        """
        outside = _parsed(address)
        public = {} if outside is None else self._public.find(*outside)
        inside: dict[int, int] = {}
        for text in internal:
            known = _parsed(text)
            if known is not None:
                inside |= self._internal.find(*known)
        best = max(
            (number for number in public.keys() | inside.keys()),
            key=lambda n: (self._rank(n, public, inside), -n),
            default=None,
        )
        if best is None or self._rank(best, public, inside) < (0, 0):
            return ""
        return self.sites[best].name

    def _rank(
        self, number: int, public: Mapping[int, int], inside: Mapping[int, int]
    ) -> tuple[int, int]:
        """Return how narrow a match is; below 0 if a part of it is missing."""
        site = self.sites[number]
        if (site.public and number not in public) or (
            site.internal and number not in inside
        ):
            return -1, -1
        return inside.get(number, 0), public.get(number, 0)


def network_of(address: str | None) -> str:
    """Return the public prefix of an address, "" if it is none: /24, or /48 of IPv6.

    A network that an address was cut to stays as it is.
    """
    known = _parsed(address)
    if known is None:
        return ""
    whole, bits = known
    length = min(_PUBLIC_LENGTH[whole.version], max(bits, 0))
    rest = whole.max_prefixlen - length
    return f"{type(whole)(int(whole) >> rest << rest)}/{length}"


def is_network(text: str) -> bool:
    """Return whether a text is a prefix, and not a provider's name."""
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def read_sites(text: str, *, name: str) -> Sites:
    """Return the offices that a file lists.

    Args:
        text: The file.
        name: Its path, for errors; one that ends in ``.csv`` is read as CSV.

    Raises:
        SettingsError: It has another form; the line and key are named.
    """
    is_csv = name.lower().endswith(".csv")
    return Sites(tuple(_of_csv(text, name) if is_csv else _of_toml(text, name)))


def _of_toml(text: str, name: str) -> Iterator[Site]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise SettingsError(f"expected TOML: {exc} - in {name}") from exc
    unknown = next((key for key in table if key != "sites"), None)
    if unknown is not None:
        where = f"{name}, line {_line_of(text, unknown)}"
        msg = f"expected tables `[[sites]]`, got `{unknown}` - in {where}"
        raise SettingsError(msg)
    entries = table.get("sites", [])
    if not isinstance(entries, list):
        raise SettingsError(f"expected tables `[[sites]]` - in {name}")
    for number, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise SettingsError(f"expected tables `[[sites]]` - in {name}")
        yield _site_of(entry, _Where(text, name, number))


@dataclass(frozen=True, slots=True)
class _Where:
    """Where an office stands in a TOML file."""

    text: str
    name: str
    number: int

    def of(self, key: str = "", value: str = "") -> str:
        """Return the file, the line and the key, as far as they can be told."""
        line = _line_of(self.text, key, value, entry=self.number)
        at = f"{self.name}, line {line}"
        return f"{at}, key `{key}`" if key else at


def _line_of(text: str, key: str, value: str = "", *, entry: int = -1) -> int:
    """Return the line of a key of the `entry`-th office, or of a value below it."""
    lines = text.splitlines()
    heads = [i for i, one in enumerate(lines) if re.match(r"\s*\[\[\s*sites", one)]
    begin = heads[entry] if 0 <= entry < len(heads) else 0
    key_form = re.compile(rf"\s*\[?\[?\s*[\"']?{re.escape(key)}[\"']?\s*[=\].]")
    of_key = next((i for i in range(begin, len(lines)) if key_form.match(lines[i])), -1)
    if not key or of_key < 0:
        return begin + 1
    of_value = (i for i in range(of_key, len(lines)) if value and value in lines[i])
    return next(of_value, of_key) + 1


def _site_of(entry: Mapping[str, Any], where: _Where) -> Site:
    for key in entry:
        if key not in _KEYS:
            expected = ", ".join(_KEYS)
            raise SettingsError(f"expected one of {expected} - in {where.of(key)}")
    name = entry.get("name")
    if not isinstance(name, str) or not name.strip():
        raise SettingsError(f"expected the site's name - in {where.of('name')}")
    prefixes: dict[str, tuple[Prefix, ...]] = {}
    for key in _KEYS[1:]:
        texts = entry.get(key, [])
        if isinstance(texts, str):
            texts = [texts]
        if not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
            raise SettingsError(
                f"expected a list of prefixes in quotes - in {where.of(key)}"
            )
        prefixes[key] = tuple(_prefix(text, where.of(key, text)) for text in texts)
    return _site(name, prefixes, where.of())


def _of_csv(text: str, name: str) -> Iterator[Site]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    columns = [(one or "").strip().lower() for one in reader.fieldnames or ()]
    reader.fieldnames = columns
    if "site" not in columns or not {"public", "internal"} & set(columns):
        raise SettingsError(
            f"expected the columns {', '.join(_COLUMNS)}, got "
            f"{', '.join(columns) or 'none'} - in {name}, line 1"
        )
    for row in reader:
        where = f"{name}, line {reader.line_num}"
        site = (row.get("site") or "").strip()
        if not site:
            raise SettingsError(f"expected the site's name - in {where}, column `site`")
        prefixes = {
            key: tuple(
                _prefix(one, f"{where}, column `{key}`")
                for one in re.split(r"[\s;]+", row.get(key) or "")
                if one
            )
            for key in _KEYS[1:]
        }
        yield _site(site, prefixes, where)


def _site(name: str, prefixes: Mapping[str, tuple[Prefix, ...]], where: str) -> Site:
    if not any(prefixes.values()):
        raise SettingsError(f"expected a public or internal prefix - in {where}")
    return Site(name=name.strip(), **prefixes)


def _prefix(text: str, where: str) -> Prefix:
    try:
        return ip_network(text.strip())
    except ValueError as exc:
        msg = f"expected a prefix such as 198.51.100.0/24, got {text!r:.60}"
        hint = f" ({exc})" if "host bits" in str(exc) else ""
        raise SettingsError(f"{msg}{hint} - in {where}") from exc


def _parsed(text: str | None) -> tuple[Address, int] | None:
    """Return an address and how many bits of it are known; None if it is none.

    All are, unless it is a network that an address was cut to.
    """
    stripped = (text or "").strip()
    address: Address
    try:
        if "/" in stripped:
            known = ip_interface(stripped)
            address, length = known.ip, known.network.prefixlen
        else:
            address = ip_address(stripped)
            length = address.max_prefixlen
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return mapped, length - _MAPPED_BITS
    return address, length
