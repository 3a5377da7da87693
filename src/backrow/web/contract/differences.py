"""What two OpenAPI descriptions of one API say differently, field by field.

One is a published contract, the other ours. Paths are matched by their form,
whatever their parameters are called; of operations, parameters, statuses and the
bodies of successes are compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from backrow.errors import WireError

Finding = Literal["missing", "differs", "extra"]

_METHODS: Final = ("get", "post", "put", "patch", "delete", "head", "options")
_LIMITS: Final = ("default", "maximum", "minimum")
_PARTS: Final = ("allOf", "anyOf", "oneOf")
_WORDS: Final = ("enum", "x-extensible-enum")
_DEEPEST: Final = 40
"""A schema is not followed further: it may hold itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that the two say differently."""

    finding: Finding
    """Missing on our side, extra on our side, or said otherwise."""
    where: str
    """Method and path, then parameter, status or place in the body."""
    what: str

    def __str__(self) -> str:
        """Return it on one line."""
        return f"{self.finding:8} {self.where}: {self.what}"


def differences(
    contract: Mapping[str, Any], ours: Mapping[str, Any]
) -> list[Difference]:
    """Return what `ours` says otherwise than `contract`, in the contract's order.

    Args:
        contract: An OpenAPI document, 3.0 or 3.1, as read from JSON.
        ours: The other.

    Raises:
        WireError: One of them is no OpenAPI document.
    """
    theirs, mine = _Document(contract), _Document(ours)
    found: list[Difference] = []
    for key, operation in theirs.operations.items():
        if key not in mine.operations:
            found.append(_difference("missing", operation.name, "the whole call"))
        else:
            found += _of_operation(operation, mine.operations[key])
    for key, operation in mine.operations.items():
        if key not in theirs.operations:
            found.append(_difference("extra", operation.name, "the whole call"))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Operation:
    """A method of a path, in its document."""

    name: str
    document: _Document
    said: Mapping[str, Any]

    def parameters(self) -> dict[tuple[str, str], Mapping[str, Any]]:
        """Return the query's parameters by place and name, the path's by position."""
        found: dict[tuple[str, str], Mapping[str, Any]] = {}
        in_path = re.findall(r"\{(.*?)\}", self.name)
        for said in self.said.get("parameters", ()):
            each = self.document.resolved(said)
            name = str(each.get("name"))
            if each.get("in") == "path" and name in in_path:
                name = f"#{in_path.index(name) + 1}"
            found[str(each.get("in")), name] = each
        return found

    def success(self) -> Mapping[str, Any] | None:
        """Return the schema of the success's JSON, if there is one."""
        response = self.document.resolved(self.said.get("responses", {}).get("200", {}))
        for media, content in response.get("content", {}).items():
            if "json" in media and "schema" in content:
                return dict(content["schema"])
        return None


class _Document:
    """An OpenAPI document."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        """Read a document."""
        if not isinstance(said.get("paths"), Mapping):
            raise WireError("expected an OpenAPI document", path="$.paths", value=said)
        self.said = said

    @cached_property
    def operations(self) -> dict[tuple[str, str], _Operation]:
        """Every operation, by method and by path without its parameters' names."""
        urls = [str(server.get("url", "")) for server in self.said.get("servers", ())]
        before = urlsplit(next(iter(urls), "")).path.rstrip("/")
        found = {}
        for path, item in self.said["paths"].items():
            whole = f"{before}{path}"
            for method in _METHODS:
                if method in item:
                    name = f"{method.upper()} {whole}"
                    form = re.sub(r"\{.*?\}", "{}", whole)
                    found[method, form] = _Operation(
                        name=name, document=self, said=item[method]
                    )
        return found

    def resolved(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what stands behind a reference, or `said` itself."""
        for _ in range(_DEEPEST):
            if "$ref" not in said:
                return said
            target: Any = self.said
            for part in str(said["$ref"]).removeprefix("#/").split("/"):
                target = target.get(part.replace("~1", "/").replace("~0", "~"), {})
            said = target
        return {}

    def shape(self, said: Mapping[str, Any], *, depth: int = 0) -> _Shape:
        """Return what a schema says, its parts put together."""
        schema = self.resolved(said)
        shape = _Shape(
            types=_types(schema),
            words=tuple(w for key in _WORDS for w in schema.get(key, ())),
            properties=dict(schema.get("properties", {})),
            items=schema.get("items"),
            limits={key: schema[key] for key in _LIMITS if key in schema},
        )
        parts = [part for key in _PARTS for part in schema.get(key, ())]
        for part in parts if depth < _DEEPEST else ():
            shape = shape.joined(self.shape(part, depth=depth + 1))
        return shape


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """What a schema says, as far as it is compared."""

    types: frozenset[str]
    words: tuple[str, ...]
    properties: Mapping[str, Any]
    items: Mapping[str, Any] | None
    limits: Mapping[str, Any]

    def joined(self, other: _Shape) -> _Shape:
        """Return what both say."""
        return _Shape(
            types=self.types | other.types,
            words=(*self.words, *other.words),
            properties={**self.properties, **other.properties},
            items=self.items or other.items,
            limits={**self.limits, **other.limits},
        )


def _of_operation(theirs: _Operation, mine: _Operation) -> Iterator[Difference]:
    yield from _of_parameters(theirs, mine)
    there, here = (
        {str(status) for status in one.said.get("responses", {})}
        for one in (theirs, mine)
    )
    for status in sorted(there ^ here):
        finding: Finding = "missing" if status in there else "extra"
        yield _difference(finding, theirs.name, f"status {status}")
    body, ours = theirs.success(), mine.success()
    if body is not None and ours is not None:
        yield from _of_schema((theirs, body), (mine, ours), f"{theirs.name} $")
    elif body is not None:
        yield _difference("missing", theirs.name, "the body of a success")


def _of_parameters(theirs: _Operation, mine: _Operation) -> Iterator[Difference]:
    there, here = theirs.parameters(), mine.parameters()
    for key, said in there.items():
        where = f"{theirs.name} {key[0]} parameter {said.get('name')}"
        if key not in here:
            yield _difference("missing", where, "the parameter")
            continue
        ours = here[key]
        needed = [bool(one.get("required")) for one in (said, ours)]
        if needed[0] != needed[1]:
            words = ["required" if one else "not required" for one in needed]
            yield _otherwise(where, "", *words)
        if said.get("name") != ours.get("name"):
            yield _otherwise(where, "name", said.get("name"), ours.get("name"))
        schemas = (theirs, said.get("schema", {})), (mine, ours.get("schema", {}))
        yield from _of_schema(*schemas, where)
    for key, ours in here.items():
        if key not in there:
            where = f"{theirs.name} {key[0]} parameter {ours.get('name')}"
            yield _difference("extra", where, "the parameter")


def _of_schema(
    theirs: tuple[_Operation, Mapping[str, Any]],
    mine: tuple[_Operation, Mapping[str, Any]],
    where: str,
) -> Iterator[Difference]:
    """Yield differences of two schemas, each given with its operation."""
    there = theirs[0].document.shape(theirs[1])
    here = mine[0].document.shape(mine[1])
    yield from _of_value(there, here, where)
    if where.count(".") > _DEEPEST:
        return
    for name, schema in there.properties.items():
        inner = f"{where}.{name}"
        if name not in here.properties:
            yield _difference("missing", inner, "the field")
        else:
            ours = here.properties[name]
            yield from _of_schema((theirs[0], schema), (mine[0], ours), inner)
    for name in here.properties:
        if name not in there.properties:
            yield _difference("extra", f"{where}.{name}", "the field")
    if there.items is not None and here.items is not None:
        both = (theirs[0], there.items), (mine[0], here.items)
        yield from _of_schema(*both, f"{where}[]")


def _of_value(there: _Shape, here: _Shape, where: str) -> Iterator[Difference]:
    if there.types - here.types:
        yield _otherwise(where, "type", _listed(there.types), _listed(here.types))
    for key, told in there.limits.items():
        if told != here.limits.get(key):
            yield _otherwise(where, key, told, here.limits.get(key, "none"))
    yield from _of_words(there.words, here.words, where)


def _of_words(
    there: Sequence[str], here: Sequence[str], where: str
) -> Iterator[Difference]:
    for word in there:
        if word not in here and here:
            yield _difference("missing", where, f"the word {word!r}")
    if there and not here:
        yield _difference("missing", where, f"its words {_listed(there)}")
    for word in here:
        if word not in there:
            yield _difference("extra", where, f"the word {word!r}")


def _difference(finding: Finding, where: str, what: str) -> Difference:
    return Difference(finding=finding, where=where, what=what)


def _otherwise(where: str, what: str, theirs: object, ours: object) -> Difference:
    said = f"{what} {theirs} in the contract, {ours} here".strip()
    return _difference("differs", where, said)


def _types(schema: Mapping[str, Any]) -> frozenset[str]:
    said = schema.get("type", ())
    return frozenset([said] if isinstance(said, str) else said)


def _listed(words: Sequence[object] | frozenset[str]) -> str:
    return " or ".join(sorted(map(str, words))) or "any"
