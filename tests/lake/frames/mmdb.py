"""Writes small MaxMind databases: a tree of address bits, then what they point to."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

_MARK = b"\xab\xcd\xefMaxMind.com"


@dataclass(frozen=True)
class _Number:
    """A number, of 16 (5), 32 (6) or 64 bits (9)."""

    value: int
    type: int


def write_asn(path: Path, names: Mapping[str, str], kind: str = "GeoLite2-ASN") -> Path:
    """Write a database of IPv4 prefixes and their providers, and return its path."""
    tree: list[list[Any]] = [[None, None]]
    values = []
    for prefix, name in names.items():
        network = ip_network(prefix)
        bits = f"{int(network.network_address):032b}"[: network.prefixlen]
        values.append(
            {
                "autonomous_system_number": _Number(64500 + len(values), 6),
                "autonomous_system_organization": name,
            }
        )
        _put(tree, bits, len(values) - 1)
    offsets, data = [], b""
    for value in values:
        offsets.append(len(data))
        data += _packed(value)
    count = len(tree)
    body = b"".join(
        struct.pack(">II", *(_record(side, count, offsets) for side in node))
        for node in tree
    )
    facts = {
        "binary_format_major_version": _Number(2, 5),
        "binary_format_minor_version": _Number(0, 5),
        "build_epoch": _Number(1, 9),
        "database_type": kind,
        "description": {"en": "made by a test"},
        "ip_version": _Number(4, 5),
        "languages": ["en"],
        "node_count": _Number(count, 6),
        "record_size": _Number(32, 5),
    }
    path.write_bytes(body + bytes(16) + data + _MARK + _packed(facts))
    return path


def _put(tree: list[list[Any]], bits: str, value: int) -> None:
    node = 0
    for bit in map(int, bits[:-1]):
        if tree[node][bit] is None:
            tree.append([None, None])
            tree[node][bit] = ("node", len(tree) - 1)
        node = tree[node][bit][1]
    tree[node][int(bits[-1])] = ("value", value)


def _record(side: Any, count: int, offsets: list[int]) -> int:
    if side is None:
        return count
    what, number = side
    return int(number) if what == "node" else count + 16 + offsets[number]


def _packed(value: Any) -> bytes:
    if isinstance(value, dict):
        pairs = b"".join(_packed(k) + _packed(v) for k, v in value.items())
        return bytes([7 << 5 | len(value)]) + pairs
    if isinstance(value, str):
        text = value.encode()
        if len(text) < 29:
            return bytes([2 << 5 | len(text)]) + text
        return bytes([2 << 5 | 29, len(text) - 29]) + text
    if isinstance(value, list):
        return bytes([len(value), 11 - 7]) + b"".join(map(_packed, value))
    body = value.value.to_bytes(8, "big").lstrip(b"\0")
    if value.type > 7:
        return bytes([len(body), value.type - 7]) + body
    return bytes([value.type << 5 | len(body)]) + body
