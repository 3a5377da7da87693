"""From a TOML text to a Scenario, with errors that name line and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec

from backrow.errors import UsageError
from backrow.simulate.scenario.checks import flaws
from backrow.simulate.scenario.lines import line_of
from backrow.simulate.scenario.schema import Scenario

_WHERE: Final = re.compile(r"^(.*?)(?: - at `\$\.?(.*)`)?$", re.DOTALL)
_MISSING: Final = re.compile(r"Object missing required field `(.*)`")
_KIND: Final = re.compile(r"Expected `(\w+)[^`]*`(?: ([<>]=?) (-?[\d.e+]+))?")
_TYPES: Final = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text in quotes",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "datetime": (_INSTANT := "an instant with a zone, such as 2026-11-23T10:00:00Z"),
}
"""What msgspec calls each type, and what we call it."""
_EDGES: Final = {"<=": "at most", ">=": "at least", "<": "below", ">": "above"}


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
        raise _refusal(problem, path, text, name, hint=_meaning(path)) from exc
    for path, problem in flaws(scenario):
        raise _refusal(problem, path, text, name)
    return scenario


def _refusal(
    problem: str, path: str, text: str, name: str, *, hint: str = ""
) -> UsageError:
    line = line_of(text, path)
    where = f"`{path}`" if path else "the top level"
    at = where if line is None else f"line {line}, {where}"
    more = f" ({hint})" if hint else ""
    return UsageError(f"{problem} - at {at}, in {name}{more}")


def _told(message: str, tree: Mapping[str, Any]) -> tuple[str, str]:
    """Return msgspec's message as ours, and the path it stands for."""
    found = _WHERE.match(message)
    problem, path = (found[1], found[2] or "") if found else (message, "")
    if missing := _MISSING.fullmatch(problem):
        return f"expected the key {missing[1]!r}, found none", path
    expected = _expected(problem, path)
    value = _value_at(tree, path)
    is_plain = isinstance(value, str | int | float)
    return (f"{expected}, got {value!r:.60}" if is_plain else expected), path


def _expected(problem: str, path: str) -> str:
    """Return what msgspec wanted at `path`, in words."""
    choices = _choices(_field_at(path)[0])
    if choices:
        return f"expected one of {', '.join(map(str, choices))}"
    kind = _KIND.match(problem)
    if kind is None:
        is_instant = "datetime" in problem
        return f"expected {_INSTANT}" if is_instant else problem.lower()
    words = _TYPES.get(kind[1], kind[1])
    beyond = f", {_EDGES[kind[2]]} {float(kind[3]):,.10g}" if kind[2] else ""
    return f"expected {words}{beyond}"


def _meaning(path: str) -> str:
    """Return what a key means."""
    return _field_at(path)[1]


def _field_at(path: str) -> tuple[Any, str]:
    """Return the type and the meaning of the key at a path."""
    shape: Any = Scenario
    meaning = ""
    for part in re.findall(r"[^.\[\]]+", path):
        if is_dataclass(shape) and not part.isdecimal():
            about: Mapping[str, Any] = next(
                (f.metadata for f in fields(shape) if f.name == part), {}
            )
            meaning = about.get("meaning", "")
            shape = _table_of(get_type_hints(shape).get(part))
    return shape, meaning


def _choices(hint: Any) -> tuple[Any, ...]:
    """Return the values of a closed set, if the type or what it holds is one."""
    if get_origin(hint) is Literal:
        return get_args(hint)
    return next(filter(None, map(_choices, get_args(hint))), ())


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
