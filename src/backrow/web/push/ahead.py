"""Signed events made ahead of time, for load from an outside tool.

Two forms, one event a line. NDJSON: an object with ``headers`` and ``body``, the body
as the text whose UTF-8 bytes are signed. TSV: timestamp, signature, request id and
body between tabs, which a script of a load tool splits without a JSON parser (no
body holds a tab or a line break: JSON escapes them).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import BinaryIO, Final, Literal

import msgspec

from backrow.web.push.feed import Bodies, Feed
from backrow.web.push.options import PushOptions
from backrow.web.push.schedule import Schedule
from backrow.zoom.webhook import REQUEST_ID, SIGNATURE, TIMESTAMP, Seal

__all__ = ["Form", "Written", "events_ahead", "write_events"]

Form = Literal["ndjson", "tsv"]
_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One signed event."""

    headers: dict[str, str]
    body: bytes

    def line(self, form: Form) -> bytes:
        """Return it as a line of a file."""
        if form == "ndjson":
            said = {"headers": self.headers, "body": self.body.decode()}
            return msgspec.json.encode(said) + b"\n"
        head = (self.headers[name] for name in (TIMESTAMP, SIGNATURE, REQUEST_ID))
        return "\t".join(head).encode() + b"\t" + self.body + b"\n"


def events_ahead(
    feed: Feed, options: PushOptions, *, seal: Seal, begin: float, signed_at: float
) -> Iterator[Written]:
    """Yield the events that would be pushed from `begin` on, in that order.

    Args:
        feed: The sessions.
        options: Which events, and how many of them twice or held back.
        seal: What they are signed with.
        begin: The instant from which on, unix seconds.
        signed_at: What their signatures say, unix seconds: a receiver takes them
            for some 90 minutes after.
    """
    schedule = Schedule(feed.notices(begin, options.events), options)
    bodies = Bodies(feed, options.events, options.absent)
    names = Random(options.seed)  # noqa: S311 - names, no secrets
    while (at := schedule.next_at()) is not None:
        tries = schedule.due(at + 1.0, _AT_ONCE)
        for body in bodies.make([one.notice for one in tries]):
            if body is not None:
                name = f"{names.getrandbits(128):032x}"
                headers = seal.headers(body, now=signed_at, request_id=name)
                yield Written(headers=headers, body=body)
        while bodies.changes:
            schedule.add(bodies.changes.pop())


def write_events(
    events: Iterator[Written], file: BinaryIO, *, form: Form, most: int
) -> int:
    """Write up to `most` events to `file`, and return how many there were."""
    count = 0
    for count, event in enumerate(events, 1):
        file.write(event.line(form))
        if count >= most:
            break
    return count
