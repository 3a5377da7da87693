"""What a class says of its own attributes, for pages that describe them.

Attributes are explained by the text that stands below each in the source. Python
keeps none of it, so the source is read, where there is one.
"""

from __future__ import annotations

import ast
import inspect
import textwrap


def attribute_docs(cls: type) -> dict[str, str]:
    """Return the docstring of each attribute of a class, on one line.

    Those of the classes above it are among them. Attributes without one are left
    out; without source there is none.
    """
    found: dict[str, str] = {}
    for each in reversed(cls.__mro__):
        found.update(_own(each))
    return found


def _own(cls: type) -> dict[str, str]:
    try:
        source = inspect.getsource(cls)
    except (OSError, TypeError):  # no file, or a class that is built in
        return {}
    body = ast.parse(textwrap.dedent(source)).body[0]
    found: dict[str, str] = {}
    name = ""
    for node in body.body if isinstance(body, ast.ClassDef) else ():
        if isinstance(node, ast.AnnAssign):
            name = ast.unparse(node.target)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            if name:
                found[name] = " ".join(str(node.value.value).split())
        else:
            name = ""
    return found
