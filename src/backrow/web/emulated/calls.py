"""A request as it came, and which of Zoom's calls it is.

Paths are taken apart before they are decoded, because an id may hold slashes.
Each segment is decoded once, as HTTP has it, and once more if it still looks
encoded. A UUID that begins with ``/`` or contains ``//`` and came encoded only
once, or not at all, loses slashes on its way at Zoom, and is not found then; so
here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final
from urllib.parse import parse_qsl, unquote

from backrow.web.emulated.options import ZoomOptions
from backrow.web.emulated.refusals import invalid, refuse
from backrow.zoom.endpoints import DEFAULT_TYPE, ENDPOINTS, Endpoint, decode_id

PREFIX: Final = "/v2"
_MOST_FIELDS: Final = 50
_LONGEST_PERIOD: Final = timedelta(days=31)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_COUNT: Final = re.compile(r"\d{1,9}", re.ASCII)
_GROUPS_MAX: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An HTTP request."""

    method: str
    path: str
    """Percent-encoded, without the query."""
    query: str = ""
    """Percent-encoded, without the question mark."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Names in lower case."""
    body: str = field(default="", repr=False)
    base_url: str = "https://zoom.example.com"
    """Scheme and host by which the caller reached this server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer, and what shall go wrong on its way."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    delay_s: float = 0.0
    """Emulated seconds to wait before it is sent."""
    dropped: bool = False
    """The connection ends half-way through the body."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of the Dashboard API."""

    endpoint: Endpoint
    session: str = ""
    """Number or UUID, decoded."""
    participant: str = ""
    slash_lost: bool = False
    """Whether slashes of the session's UUID were lost on the way."""
    query: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def type(self) -> str:
        """The query's `type`, or its default; "" where the call takes none.

        Raises:
            RefusalError: It is none of the call's types.
        """
        types = self.endpoint.types
        if not types:
            return ""
        default = DEFAULT_TYPE if DEFAULT_TYPE in types else types[0]
        found = self.query.get("type") or default
        if found not in types:
            raise invalid("type")
        return found

    @property
    def live(self) -> bool:
        """Whether running sessions are asked about."""
        return self.type == "live"

    def page_size(self, options: ZoomOptions) -> int:
        """Return the number of items on a page.

        Raises:
            RefusalError: It is no number above 0, or too large and not clamped.
        """
        most, default = self.endpoint.page_size_max, self.endpoint.page_size_default
        text = self.query.get("page_size") or str(default)
        size = int(text) if _COUNT.fullmatch(text) else 0
        if size < 1 or most is None:
            raise invalid("page_size")
        if size > most and options.page_size == "refuse":
            raise invalid("page_size")
        return min(size, most)

    def period(self) -> tuple[datetime, datetime]:
        """Return `from` and `to`; a `to` without a time is the end of its day.

        Raises:
            RefusalError: One is missing or malformed, or they span over a month.
        """
        begin = _instant(self.query.get("from", ""), at_end=False)
        end = _instant(self.query.get("to", ""), at_end=True)
        missing = [n for n, at in (("from", begin), ("to", end)) if at is None]
        if begin is None or end is None:
            raise invalid(*missing)
        if not timedelta(0) <= end - begin <= _LONGEST_PERIOD:
            raise invalid("from", "to")
        return begin, end

    def check_lists(self) -> None:
        """Refuse values of `group_id` and `query_date_type` that Zoom excludes."""
        if self.query.get("group_id", "").count(",") >= _GROUPS_MAX:
            raise invalid("group_id")
        if self.query.get("query_date_type") not in {None, "start_time", "end_time"}:
            raise invalid("query_date_type")

    def page_query(self) -> str:
        """Return what a page token is bound to: all of the query but itself."""
        kept = sorted(p for p in self.query.items() if p[0] != "next_page_token")
        return repr((self.endpoint.name, self.session, kept))


def parse_call(asked: Asked) -> Call | None:
    """Return which call `asked` is, or None if Zoom has no such path."""
    if not asked.path.startswith(f"{PREFIX}/"):
        return None
    parts = asked.path.removeprefix(PREFIX).split("/")[1:]
    segments = [part for part in parts if part]
    found = _match(segments)
    if found is None:
        return None
    endpoint, template = found
    ids = dict(zip(template, segments, strict=True))
    session, lost = _session_id(ids.get("{session}", ""))
    return Call(
        endpoint=endpoint,
        session=session,
        participant=decode_id(unquote(ids.get("{participant}", ""))),
        slash_lost=lost or parts[2:3] == [""],
        query=parse_query(asked.query),
    )


def parse_query(text: str) -> dict[str, str]:
    """Return the pairs of a query string; the last of a name counts.

    Raises:
        RefusalError: There are too many.
    """
    try:
        return dict(
            parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        )
    except ValueError as exc:
        raise invalid("query") from exc


def pairs_of(text: str, *, most: int = _MOST_FIELDS) -> dict[str, str]:
    """Return the pairs of a form; none if there are more than `most`."""
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=most))
    except ValueError:
        return {}


def check_method(asked: Asked, method: str) -> None:
    """Let a request pass.

    Raises:
        RefusalError: It came by another method.
    """
    if asked.method != method:
        refusal = refuse("no_method")
        refusal.headers["allow"] = method
        raise refusal


def _session_id(segment: str) -> tuple[str, bool]:
    """Return the id, and whether it would have lost slashes at Zoom."""
    once = unquote(segment)
    twice = decode_id(once)
    fragile = twice.startswith("/") or "//" in twice
    if fragile and once == twice:
        return once.lstrip("/").replace("//", "/"), True
    return twice, False


def _by_length() -> dict[int, list[tuple[Endpoint, tuple[str, ...]]]]:
    found: dict[int, list[tuple[Endpoint, tuple[str, ...]]]] = {}
    for each in ENDPOINTS:
        template = tuple(each.path.strip("/").split("/"))
        found.setdefault(len(template), []).append((each, template))
    return found


_TEMPLATES: Final = _by_length()
"""Paths by their number of segments; no two of them fit the same path."""


def _match(segments: list[str]) -> tuple[Endpoint, tuple[str, ...]] | None:
    for each, template in _TEMPLATES.get(len(segments), ()):
        pairs = zip(segments, template, strict=True)
        if all(part[0] == "{" or part == segment for segment, part in pairs):
            return each, template
    return None


def _instant(text: str, *, at_end: bool) -> datetime | None:
    try:
        if _INSTANT.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        if _DATE.fullmatch(text):
            day = datetime.fromisoformat(text).replace(tzinfo=UTC)
            return day + timedelta(days=1, seconds=-1) if at_end else day
    except (ValueError, OverflowError):
        return None
    return None


def pages_of(total: int, size: int) -> int:
    """Return the number of pages that `total` items fill."""
    return math.ceil(total / size)
