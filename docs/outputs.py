"""The README's blocks of output: what the commands really print.

Each block stands between ``<!-- output: ARGUMENTS -->`` and ``<!-- end of output
-->``. `filled` runs `backrow ARGUMENTS` against the emulated Zoom, inside this
process and on a clock that stands still, so that the output is the same everywhere.
"""

from __future__ import annotations

import io
import re
import shlex
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from backrow.cli import main
from backrow.cli.context import Context
from backrow.settings import Settings
from backrow.web.testing import EmulatedZoom
from backrow.zoom.client import CallRecord, Zoom

_BLOCK: Final = re.compile(
    r"(<!-- output: (?P<arguments>[^>]*?) -->\n).*?(<!-- end of output -->)", re.DOTALL
)


def filled(text: str) -> str:
    """Return `text` with every block of output made anew."""
    return _BLOCK.sub(
        lambda block: f"{block[1]}{_shown(block['arguments'])}{block[3]}", text
    )


def _shown(arguments: str) -> str:
    return f"```text\n$ backrow {arguments}\n{output(shlex.split(arguments))}```\n"


def output(arguments: list[str]) -> str:
    """Return what `backrow` prints on standard output.

    Raises:
        RuntimeError: The command failed.
    """
    world = EmulatedZoom()

    def connect(settings: Settings, *, on_call: Callable[[CallRecord], None]) -> Zoom:
        del settings
        return world.zoom(on_call=on_call, state=None)

    said, told = io.StringIO(), io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        environ = {"TZ": "UTC", "BACKROW_STATE": folder}
        context = Context(
            environ=environ, stdout=said, stderr=told, folders=(), connect=connect
        )
        if main(arguments, context=context) != 0:
            raise RuntimeError(told.getvalue())
    return "".join(f"{line.rstrip()}\n" for line in said.getvalue().splitlines())


def readme() -> tuple[Path, str]:
    """Return the README's path and what it should say."""
    path = Path(__file__).parent.parent / "README.md"
    return path, filled(path.read_text(encoding="utf-8"))
