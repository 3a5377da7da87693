"""JSON to a struct, keeping all that can be kept.

A body is decoded straight into its struct, which is the fastest way there is.
Only when a value has a type that the struct does not know (Zoom has surprised
clients before) is the body read again without types, and each value that does
not fit is taken out, with its path and what it was, until the rest fits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec
from msgspec import inspect

from backrow.errors import WireError
from backrow.qos.reading import Problem

T = TypeVar("T")
_AS_THEY_CAME: Final = frozenset({"audio_call"})
"""Keys that structs know and a Person has no field for."""
_DEEPEST: Final = 60
"""Levels of nesting that are looked into; Zoom's own bodies have six."""


def load(body: bytes, decoder: msgspec.json.Decoder[T]) -> tuple[T, list[Problem]]:
    """Return `body` as the decoder's struct, and what did not fit into it.

    Raises:
        WireError: `body` is no JSON, or not of the shape at its root.
    """
    try:
        return decoder.decode(body), []
    except msgspec.ValidationError:
        pass
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise _no_json(exc, body) from exc
    return _load_slowly(body, decoder.type)


def load_untyped(body: bytes) -> Any:
    """Return `body` as Python's own types.

    Raises:
        WireError: `body` is no JSON.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise _no_json(exc, body) from exc


def _no_json(exc: Exception, body: bytes) -> WireError:
    reason = str(exc) or type(exc).__name__
    return WireError(f"expected JSON, got {body[:40]!r}: {reason}", path="$")


def _load_slowly(body: bytes, shape: Any) -> tuple[Any, list[Problem]]:
    tree = load_untyped(body)
    info = inspect.type_info(shape)
    problems: list[Problem] = []
    if not _fits(tree, info, "$", problems, 0):
        found = type(tree).__name__
        raise WireError(f"expected a JSON object, got {found}", path="$", value=tree)
    try:
        return msgspec.convert(tree, shape), problems
    except msgspec.ValidationError as exc:  # a constraint that _fits does not know
        raise WireError(str(exc), path="$", value=tree) from exc


def _fits(
    value: Any, info: inspect.Type, path: str, problems: list[Problem], depth: int
) -> bool:
    """Return whether `value` fits, after taking out of it what does not."""
    if depth > _DEEPEST:
        return False
    if isinstance(info, inspect.UnionType):
        return any(_fits(value, one, path, problems, depth) for one in info.types)
    if isinstance(info, inspect.StructType):
        return _object_fits(value, info, path, problems, depth)
    if isinstance(info, inspect.ListType):
        return _array_fits(value, info.item_type, path, problems, depth)
    return _scalar_fits(value, info)


def _object_fits(
    value: Any,
    info: inspect.StructType,
    path: str,
    problems: list[Problem],
    depth: int,
) -> bool:
    if not isinstance(value, dict):
        return False
    for spec in info.fields:
        key = spec.encode_name
        inner = f"{path}.{key}"
        if key in value and not _fits(
            value[key], spec.type, inner, problems, depth + 1
        ):
            problems.append(_problem(value.pop(key), spec.type, inner))
    return True


def _array_fits(
    value: Any, item: inspect.Type, path: str, problems: list[Problem], depth: int
) -> bool:
    if not isinstance(value, list):
        return False
    kept = []
    for i, one in enumerate(value):
        inner = f"{path}[{i}]"
        if _fits(one, item, inner, problems, depth + 1):
            kept.append(one)
        else:
            problems.append(_problem(one, item, inner))
    value[:] = kept
    return True


_SCALARS: Final[Mapping[type[inspect.Type], type | tuple[type, ...]]] = {
    inspect.StrType: str,
    inspect.BoolType: bool,
    inspect.IntType: int,
    inspect.FloatType: (int, float),
    inspect.NoneType: type(None),
    inspect.DictType: dict,
}


def _scalar_fits(value: Any, info: inspect.Type) -> bool:
    if isinstance(info, inspect.AnyType):
        return True
    wanted = _SCALARS.get(type(info))
    if wanted is None:
        return False
    return isinstance(value, wanted) and (
        not isinstance(value, bool) or isinstance(info, inspect.BoolType)
    )


def _problem(value: Any, info: inspect.Type, path: str) -> Problem:
    return Problem(path=path, value=value, expected=f"expected {_words(info)}")


_WORDS: Final[Mapping[type[inspect.Type], str]] = {
    inspect.StrType: "text",
    inspect.BoolType: "true or false",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.NoneType: "null",
    inspect.ListType: "an array",
    inspect.StructType: "an object",
    inspect.DictType: "an object",
}


def _words(info: inspect.Type) -> str:
    parts = info.types if isinstance(info, inspect.UnionType) else (info,)
    known = dict.fromkeys(_WORDS[type(p)] for p in parts if type(p) in _WORDS)
    return " or ".join(known) or "another value"


def unknown_fields(body: bytes, shape: type[msgspec.Struct]) -> dict[str, Any]:
    """Return what of the object `body` no column holds: keys that `shape` lacks.

    Lists of objects, such as telephone calls, are among them.
    """
    known = set(shape.__struct_encode_fields__) - _AS_THEY_CAME
    keys = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    return {k: msgspec.json.decode(raw) for k, raw in keys.items() if k not in known}
