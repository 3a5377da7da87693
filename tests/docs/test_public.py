"""What programs may rely on is used, type-checked, in tests/api: every name of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import backrow
from docs.public import PUBLIC

USAGE = sorted((Path(__file__).parents[1] / "api").glob("*.py"))


def used(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield (module, name) of what a program imports and then names."""
    loaded = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (
                (node.module or "", alias.name)
                for alias in node.names
                if alias.name in loaded
            )
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node.value.id, node.attr


def test_every_public_name_is_used_as_a_stranger_would() -> None:
    seen = {one for path in USAGE for one in used(ast.parse(path.read_text("utf-8")))}
    public = {(module, name) for module, names in PUBLIC.items() for name in names}
    assert public - seen == set()


def test_public_names_of_the_package_are_those_it_gives_itself() -> None:
    assert sorted((*PUBLIC["backrow"], "__version__")) == backrow.__all__
