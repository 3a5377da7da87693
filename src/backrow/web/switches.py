"""Tables of switches: structs whose fields a command line or a file can set.

A switch is a field with a default and a docstring; what it takes, in words, is read
from its type. Values come typed or as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec
from msgspec import Meta, Struct

from backrow.errors import SettingsError
from backrow.web.docstrings import attribute_docs

__all__ = ["Switch", "SwitchError", "read_switches", "switches_of"]

S = TypeVar("S", bound=Struct)

_WHERE: Final = re.compile(r"(.*) - at `\$\.?(\w*).*`", re.DOTALL)
_EDGE: Final = re.compile(r"([<>]=?) (-?[\d.e+]+)")
_EDGES: Final = {"<=": "at most", ">=": "at least", "<": "below", ">": "above"}
_WHERE_LISTED: Final = "`backrow emulate --help` lists them"
_SHARE: Final = "0 to 1"
_WORDS: Final = "words, comma between"


class SwitchError(SettingsError):
    """A switch has a name or a value that there is not."""

    def __init__(self, problem: str, *, name: str, whose: str = "") -> None:
        """Say what is wrong, and with which switch of whom; "" if there is none."""
        super().__init__(
            f"{problem} - at switch {name} of {whose}" if whose else problem
        )
        self.problem = problem
        """The same without its place."""
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One switch, as errors, the docs and the default scenario show it."""

    name: str
    choices: tuple[str, ...]
    """Its values, if they are a closed set."""
    kind: str
    """What its values are, otherwise."""
    default: object
    meaning: str
    is_list: bool


def switches_of(table: type[Struct]) -> Iterator[Switch]:
    """Yield every switch of a table, in order."""
    docs = attribute_docs(table)
    hints = get_type_hints(table, include_extras=True)
    for each in msgspec.structs.fields(table):
        hint = hints[each.name]
        yield Switch(
            name=each.name,
            choices=tuple(map(str, get_args(hint))) if _is(hint, Literal) else (),
            kind=_kind(each.name, hint),
            default=each.default,
            meaning=docs.get(each.name, ""),
            is_list=_is_list(hint),
        )


def read_switches(given: Mapping[str, object], table: type[S], *, whose: str) -> S:
    """Return the table with the switches that `given` names; others keep defaults.

    Args:
        given: Values by name, typed or as text: ``{"plan": "pro", "scopes": "a b"}``.
        table: Where they are defined.
        whose: Whose they are, for errors.

    Raises:
        SwitchError: A name is unknown, or a value is none of its choices.
    """
    known = {one.name: one for one in switches_of(table)}
    for name in given:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            more = f"did you mean {close[0]}?" if close else _WHERE_LISTED
            problem = f"expected a known switch, got {name!r:.60} ({more})"
            raise SwitchError(problem, name=name)
    values = {
        name: value.replace(",", " ").split()
        if known[name].is_list and isinstance(value, str)
        else value
        for name, value in given.items()
    }
    try:
        return msgspec.convert(values, table, strict=False)
    except msgspec.ValidationError as exc:
        found = _WHERE.fullmatch(str(exc))
        problem, name = (found[1], found[2]) if found else (str(exc), "")
        said = f"{_expected(known[name], problem)}, got {given[name]!r:.60}"
        raise SwitchError(said, name=name, whose=whose) from exc


def _expected(switch: Switch, problem: str) -> str:
    """Return what a switch takes, in words.

    Args:
        switch: Which.
        problem: What msgspec says, which names the edge that was crossed.
    """
    edge = None if switch.kind == _SHARE else _EDGE.search(problem)
    beyond = f", {_EDGES[edge[1]]} {float(edge[2]):,.10g}" if edge else ""
    return f"expected {' or '.join(switch.choices) or switch.kind}{beyond}"


def _kind(name: str, hint: Any) -> str:
    if _is_list(hint):
        words = [arg for one in get_args(hint) for arg in get_args(one)]
        return f"{', '.join(words)}, comma between" if _is_closed(hint) else _WORDS
    if _is(hint, Annotated) and Meta(ge=0, le=1) in get_args(hint):
        return _SHARE
    plain = get_args(hint)[0] if _is(hint, Annotated) else hint
    if plain is bool:
        return "true or false"
    return "seconds" if plain is float and name.endswith("_s") else "a number"


def _is(hint: Any, form: object) -> bool:
    return get_origin(hint) is form


def _is_list(hint: Any) -> bool:
    return any(get_origin(one) is tuple for one in (hint, *get_args(hint)))


def _is_closed(hint: Any) -> bool:
    return any(get_origin(one) is Literal for one in get_args(hint))
