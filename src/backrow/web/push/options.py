"""What can be switched in the push, with its defaults.

As in the emulated API every switch is a field; `parse_push_options` reads them
from a command line or a scenario's table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from backrow.web.switches import SwitchError, read_switches
from backrow.zoom.encode.events import EVENT_KINDS, Absent, EventKind
from backrow.zoom.webhook import ANSWER_WITHIN_S, VALIDATE_EVERY_S

__all__ = ["PushOptions", "parse_push_options"]

Rate: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
"""A share of all events: 0 is none, 1 is every one."""
Seconds: TypeAlias = Annotated[float, Meta(ge=0, le=1e8)]


class PushOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the emulated Zoom pushes."""

    url: str = ""
    """Where events are posted to; empty: there is no push."""
    events: tuple[EventKind, ...] = EVENT_KINDS
    """Which events are sent: qos, qos_summary, data, data_summary."""
    absent: Absent = "missing"
    """Streams without a value: `missing` has no item, `blank` has empty strings."""
    duplicates: Rate = 0.0
    """Share of events that are sent a second time."""
    disorder: Rate = 0.0
    """Share of events that are held back, so that later ones come first."""
    within_s: Seconds = 180.0
    """How late second copies and held back events may come."""
    seed: int = 7
    """Seed of the draws for the rates."""
    signed_at: Literal["first", "each"] = "first"
    """Whether a later try has the first one's timestamp and signature, or its own;
    Zoom does not say."""
    validate_every_s: Annotated[float, Meta(ge=1, le=1e8)] = VALIDATE_EVERY_S
    """How often Zoom asks again whose address it is."""
    answer_within_s: Annotated[float, Meta(gt=0, le=600)] = ANSWER_WITHIN_S
    """How long an answer may take, in real time."""
    in_flight: Annotated[int, Meta(ge=1, le=1000)] = 64
    """Requests, and so connections, at once."""
    waiting_most: Annotated[int, Meta(ge=0, le=5_000_000)] = 500_000
    """Events that may wait for another try; more are lost at once. Some 350 bytes
    each."""
    report_every_s: Annotated[float, Meta(ge=0.1, le=1e6)] = 10.0
    """How often a line is said, in real time."""


def parse_push_options(given: Mapping[str, object]) -> PushOptions:
    """Return the options that `given` names; the others keep their defaults.

    Args:
        given: Values by field name, typed or as text.

    Raises:
        SwitchError: A name is unknown, or a value is none of its choices.
    """
    options = read_switches(given, PushOptions, whose="the push")
    if options.url and not _is_address(options.url):
        expected = "expected an address such as http://127.0.0.1:8000/webhooks/zoom"
        said = f"{expected}, got {options.url!r:.100}"
        raise SwitchError(said, name="url", whose="the push")
    return options


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = 1 if parts.port is None else parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and port > 0
