"""Files that pages load: styles and scripts.

A page names them below `/static/BUILD/`, where BUILD changes with any of the files:
what is below it may be kept for ever. The same files stand below `/static/` too, to
be asked for again each time.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

STATIC: Final = Path(__file__).parent.parent / "static"
_PREFIX: Final = "/static"
_BUILD: Final = re.compile(r"/(b[0-9a-f]{12})(/.*)")
_FOR_EVER: Final = "public, max-age=31536000, immutable"


@cache
def build() -> str:
    """Return what tells one set of files from another; looked at once a process."""
    state = hashlib.blake2b(digest_size=6)
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            about = path.stat()
            name = path.relative_to(STATIC).as_posix()
            state.update(f"{name} {about.st_size} {about.st_mtime_ns}\n".encode())
    return f"b{state.hexdigest()}"


def asset(path: str) -> str:
    """Return the address of a file below `static`."""
    return f"{_PREFIX}/{build()}/{quote(path)}"


class Assets:
    """Answers with files, below a build or without one."""

    def __init__(self) -> None:
        """Look where the files are."""
        self._files = StaticFiles(directory=STATIC)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        root = scope.get("root_path", "")
        path = scope["path"].removeprefix(root)
        keep = "no-cache"
        named = _BUILD.fullmatch(path)
        if named is not None:
            path = named[2]
            keep = _FOR_EVER if named[1] == build() else keep

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:
                MutableHeaders(scope=message)["cache-control"] = keep
            await send(message)

        await self._files({**scope, "path": root + path}, receive, sending)


def static_route() -> Mount:
    """Return the route of everything below `/static`."""
    return Mount(_PREFIX, Assets())
