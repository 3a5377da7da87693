"""A session's page as it goes on: server-sent events.

A page says what it knows (`seats`, `seating`, `version`, or after a broken connection
the last event's id) and is told what is new: `minute` when a minute came or something
else changed, `gone` when nothing will come any more. A comment every few seconds
shows that the line stands. After a restart of the server the version is another one,
so the page is told at once, and that its seats are numbered anew.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

import anyio
import msgspec
from anyio import to_thread

from backrow.errors import NothingFoundError
from backrow.web.pages.sessions.source import Snapshot, Source
from backrow.web.pages.views.room import Look, age_s_of, warning_of
from backrow.web.pages.views.seats import minute_event

Made = Callable[
    [tuple[object, ...], Callable[[], dict[str, Any]]], Awaitable[dict[str, Any]]
]
"""Returns what a key stands for, made by the function if it is not there."""
_LOOK_S: Final = 0.5
"""How often it is looked whether something is new, real seconds."""
_PING_LOOKS: Final = 20
"""After how many looks without anything new the line is tried."""
_RETRY_MS: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a page knows."""

    seats: int = 0
    """How many seats."""
    version: str = ""
    """Of the snapshot that it was made from."""
    since: datetime | None = None
    """The newest minute."""


async def events(
    source: Source,
    session_uuid: str,
    look: Callable[[], Look],
    *,
    known: Known | None = None,
    made: Made | None = None,
    look_s: float = _LOOK_S,
    ping_looks: int = _PING_LOOKS,
) -> AsyncIterator[bytes]:
    """Yield a session's events until it is complete.

    Args:
        source: Where sessions come from.
        session_uuid: Which session.
        look: Says who looks, and when.
        known: What the page knows already.
        made: Makes what is told, or has it from another who looks at the same.
        look_s: How often it is looked whether something is new, real seconds.
        ping_looks: After how many looks without anything new the line is tried.
    """
    yield f"retry: {_RETRY_MS}\n\n".encode()
    known = known or Known()
    seats, version, since = known.seats, known.version, known.since
    warned: dict[str, str] | None = None
    quiet = 0
    while True:
        try:
            now = await to_thread.run_sync(source.version, session_uuid)
            if now != version or quiet >= ping_looks:
                snapshot = await to_thread.run_sync(source.snapshot, session_uuid)
                warning = warning_of(snapshot, look())
                if snapshot.version != version or warning != warned:
                    version, warned = snapshot.version, warning
                    now_look = look()
                    told = partial(
                        minute_event, snapshot, now_look, known=seats, since=since
                    )
                    key = ("event", session_uuid, version, str(now_look.zone))
                    data = await (made or _made)((*key, seats, since), told)
                    now_told = {
                        "warning": warning,
                        "age_s": age_s_of(snapshot, now_look),
                    }
                    yield _event("minute", {**data, **now_told}, data["newest_minute"])
                    seats, since = len(snapshot.people), snapshot.newest_minute
                else:
                    yield b": still here\n\n"
                quiet = 0
                if _is_over(snapshot):
                    break
        except NothingFoundError:
            break
        quiet += 1
        await anyio.sleep(look_s)
    yield _event("gone", {"session": session_uuid}, None)


async def _made(_: tuple[object, ...], make: Callable[[], dict[str, Any]]) -> Any:
    return await to_thread.run_sync(make)


def _is_over(snapshot: Snapshot) -> bool:
    return snapshot.occurrence.state == "complete"


def _event(name: str, data: dict[str, Any], event_id: str | None) -> bytes:
    # JSON has no line breaks, so one line of data is enough.
    told = msgspec.json.encode(data)
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}event: {name}\ndata: ".encode() + told + b"\n\n"
