"""``python -m backrow.web.contract FILE``: list what a contract says otherwise.

Without a file, it prints our own description. With one (OpenAPI 3, JSON), every
difference comes on a line of its own, those that are missing on our side first;
the exit code is 1 if there are any of these. Paths of the contract outside
``--under`` are no business of ours: they are counted, and not compared.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from backrow.errors import BackrowError, UsageError
from backrow.web.contract.differences import differences
from backrow.web.contract.openapi import openapi

_ORDER: Final = ("missing", "differs", "extra")


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, or print our own description, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m backrow.web.contract")
    parser.add_argument("contract", nargs="?", type=Path, help="OpenAPI 3, JSON")
    parser.add_argument("--under", default="/metrics", help="compare paths below this")
    given = parser.parse_args(arguments)
    if given.contract is None:
        _say(msgspec.json.format(msgspec.json.encode(openapi())).decode())
        return 0
    try:
        return compare(given.contract, under=given.under)
    except BackrowError as exc:
        sys.stderr.write(f"{exc}\n")
        return exc.exit_code


def compare(path: Path, *, under: str) -> int:
    """List every difference from a contract, and return the exit code.

    Raises:
        UsageError: The file cannot be read.
        WireError: It is no OpenAPI document.
    """
    contract = _read(path)
    paths = contract["paths"]
    kept = {key: item for key, item in paths.items() if key.startswith(under)}
    ours = openapi()
    ours["paths"] = {key: item for key, item in ours["paths"].items() if under in key}
    found = differences({**contract, "paths": kept}, ours)
    for finding in _ORDER:
        for each in found:
            if each.finding == finding:
                _say(str(each))
    counts = Counter(each.finding for each in found)
    told = ", ".join(f"{counts[finding]} {finding}" for finding in _ORDER)
    _say(f"{len(kept)} paths compared: {told}")
    if len(kept) < len(paths):
        others = ", ".join(sorted(set(paths) - set(kept)))
        _say(f"not compared, as they are not under {under}: {others}")
    return 1 if counts["missing"] else 0


def _read(path: Path) -> Mapping[str, Any]:
    try:
        said = msgspec.json.decode(path.read_bytes())
    except OSError as exc:
        raise UsageError(f"cannot read {path}: {exc.strerror}") from exc
    except msgspec.DecodeError as exc:
        raise UsageError(f"expected JSON: {exc} - in {path}") from exc
    if not isinstance(said, dict) or not isinstance(said.get("paths"), dict):
        raise UsageError(f"expected an OpenAPI document - in {path}")
    return said


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
