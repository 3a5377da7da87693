"""From a TOML text to a Scenario, with errors that name line and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from typing import Any, Final, get_args, get_type_hints

import msgspec

from backrow.errors import UsageError
from backrow.simulate.scenario.checks import flaws
from backrow.simulate.scenario.lines import line_of
from backrow.simulate.scenario.schema import Scenario

_WHERE: Final = re.compile(r"^(.*?)(?: - at `\$\.?(.*)`)?$", re.DOTALL)


def read_scenario(text: str, *, name: str = "the scenario") -> Scenario:
    """Return the scenario that a TOML text describes.

    Args:
        text: TOML, with the keys of `schema`.
        name: What the text is called in an error, such as its file's name.

    Raises:
        UsageError: It is no TOML, a key is unknown, missing or out of range, or
            a name stands for nothing. The message names the line and the key.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise UsageError(f"expected TOML: {exc} - in {name}") from exc
    for path, problem in _unknown(tree, Scenario, ""):
        raise _refusal(problem, path, text, name)
    try:
        scenario = msgspec.convert(tree, Scenario)
    except msgspec.ValidationError as exc:
        problem, path = _told(str(exc), tree)
        raise _refusal(problem, path, text, name) from exc
    for path, problem in flaws(scenario):
        raise _refusal(problem, path, text, name)
    return scenario


def _refusal(problem: str, path: str, text: str, name: str) -> UsageError:
    line = line_of(text, path)
    where = f"`{path}`" if path else "the top level"
    at = where if line is None else f"line {line}, {where}"
    return UsageError(f"{problem} - at {at}, in {name}")


def _told(message: str, tree: Mapping[str, Any]) -> tuple[str, str]:
    """Return msgspec's message as ours, and the path it stands for."""
    found = _WHERE.match(message)
    problem, path = (found[1], found[2] or "") if found else (message, "")
    problem = problem[:1].lower() + problem[1:]
    value = _value_at(tree, path)
    is_plain = isinstance(value, str | int | float)
    return (f"{problem}, got {value!r:.60}" if is_plain else problem), path


def _value_at(tree: Any, path: str) -> Any:
    for part in re.findall(r"[^.\[\]]+", path):
        tree = tree[int(part) if isinstance(tree, list) else part]
    return tree


def _unknown(tree: Any, shape: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield the path of every key that `shape` does not have, and what to say."""
    if isinstance(tree, list):
        for i, part in enumerate(tree):
            yield from _unknown(part, shape, f"{path}[{i}]")
    elif isinstance(tree, dict) and is_dataclass(shape):
        hints = get_type_hints(shape)
        known = {f.name: hints[f.name] for f in fields(shape)}
        for name, value in tree.items():
            inner = f"{path}.{name}" if path else name
            if name in known:
                yield from _unknown(value, _table_of(known[name]), inner)
            else:
                yield inner, f"expected a known key, got {name!r}{_meant(name, known)}"


def _table_of(hint: Any) -> Any:
    """Return the dataclass in a hint such as ``tuple[Place, ...]``, or the hint."""
    for part in get_args(hint):
        if is_dataclass(part):
            return part
    return hint


def _meant(name: str, known: Mapping[str, Any]) -> str:
    close = get_close_matches(name, known, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
