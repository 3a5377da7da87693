"""The pages' addresses, and what is answered at each.

Every page has a twin that ends in `.json` with the same data. A page is made in a
thread, from one snapshot; what was made is kept for as long as the snapshot holds.
"""

from __future__ import annotations

import re
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from anyio import to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from backrow.clock import Ticking
from backrow.errors import BackrowError, NothingFoundError, UsageError
from backrow.qos.people import iso
from backrow.web.pages.answers import download, html_answer, json_answer
from backrow.web.pages.events import Known, events
from backrow.web.pages.keys import uuid_of
from backrow.web.pages.openapi import DESCRIBED, openapi
from backrow.web.pages.report import report_html
from backrow.web.pages.sessions.source import Snapshot, Source
from backrow.web.pages.static import static_route
from backrow.web.pages.views.group import group_page
from backrow.web.pages.views.person import person_page
from backrow.web.pages.views.picture import picture_of, shown_minute
from backrow.web.pages.views.room import (
    STALE_S,
    Look,
    about_of,
    age_s_of,
    index_of,
    session_page,
    warning_of,
)
from backrow.web.pages.views.seats import seats_page
from backrow.web.pages.views.worst import affected_csv, search

T = TypeVar("T")
Data = dict[str, Any]
_KEPT: Final = 64
"""Pages' data that is kept."""
_GZIP_FROM: Final = 1024
_GZIP_LEVEL: Final = 5
_ZONE: Final = re.compile(r"[A-Za-z0-9_+/-]{1,64}")


@dataclass(slots=True, kw_only=True)
class Pages:
    """What all pages are made from."""

    source: Source
    clock: Ticking
    zone: tzinfo = UTC
    """Of viewers who do not name theirs."""
    stale_s: float = STALE_S
    """From what age on of the newest minute a live page warns."""
    _made: OrderedDict[tuple[object, ...], Data] = field(default_factory=OrderedDict)

    def look(self, request: Request) -> Look:
        """Return who looks, and when."""
        return Look(
            now=datetime.fromtimestamp(self.clock.now(), UTC),
            zone=zone_of(request, self.zone),
            stale_s=self.stale_s,
        )

    async def snapshot(self, request: Request) -> Snapshot:
        """Return the session that a request asks for.

        Raises:
            NothingFoundError: There is none.
        """
        return await to_thread.run_sync(self.source.snapshot, session_uuid(request))

    async def made(self, key: tuple[object, ...], make: Callable[[], Data]) -> Data:
        """Return a page's data, made now or not long ago from the same snapshot."""
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = await to_thread.run_sync(make)
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return found


def zone_of(request: Request, default: tzinfo) -> tzinfo:
    """Return the viewer's time zone: of the query or cookie `tz`, or the default."""
    name = request.query_params.get("tz") or request.cookies.get("tz") or ""
    if not _ZONE.fullmatch(name):
        return default
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # no zone of that name
        return default


def session_uuid(request: Request) -> str:
    """Return the uuid of the session that an address names.

    Raises:
        NothingFoundError: No uuid can be named so.
    """
    key = request.path_params["key"]
    found = uuid_of(key)
    if found is None:
        raise NothingFoundError(f"no session {key!r:.80}", place="this server")
    return found


async def index(pages: Pages, request: Request) -> Data:
    """Return the list of sessions."""
    sessions = await to_thread.run_sync(pages.source.listed)
    look = pages.look(request)
    query = request.query_params.get("q", "")[:200]
    return index_of(sessions, look, query=query)


async def session(pages: Pages, request: Request) -> Data:
    """Return a session's page."""
    snapshot, look = await pages.snapshot(request), pages.look(request)
    key = ("session", snapshot.occurrence.uuid, snapshot.version, str(look.zone))
    data = await pages.made(key, partial(session_page, snapshot, look))
    return {
        **data,
        "age_s": age_s_of(snapshot, look),
        "warning": warning_of(snapshot, look),
        "now": iso(look.now),
        "zone": str(look.zone),
    }


async def seats(pages: Pages, request: Request) -> Data:
    """Return a session's seats."""
    snapshot = await pages.snapshot(request)
    minute = _minute(request.query_params.get("minute"))
    key = ("seats", snapshot.occurrence.uuid, snapshot.version, minute)
    return await pages.made(key, partial(seats_page, snapshot, minute))


async def person(pages: Pages, request: Request) -> Data:
    """Return a person's page."""
    snapshot, look = await pages.snapshot(request), pages.look(request)
    participant = request.path_params["participant"]
    uuid = snapshot.occurrence.uuid

    def make() -> Data | None:
        minutes = pages.source.minutes_of(uuid, participant)
        facts = pages.source.facts_of(uuid, participant)
        return person_page(snapshot, participant, minutes, look, facts=facts)

    data = await to_thread.run_sync(make)
    if data is None:
        raise NothingFoundError(
            f"nobody has the id {participant!r:.80}", place="this session"
        )
    return {**data, **about_of(snapshot, look)}


async def group(pages: Pages, request: Request) -> Data:
    """Return a group's page."""
    snapshot, look = await pages.snapshot(request), pages.look(request)
    where = {k: v for k, v in request.query_params.items() if k != "tz"}
    data = await to_thread.run_sync(partial(group_page, snapshot, where, look))
    return {**data, **about_of(snapshot, look)}


async def people_found(pages: Pages, request: Request) -> Data:
    """Return people by name, email or address."""
    snapshot = await pages.snapshot(request)
    query = request.query_params.get("q", "")[:200]

    def make() -> Data:
        picture = picture_of(snapshot, shown_minute(snapshot))
        return {"people": search(snapshot, picture, query)}

    return await to_thread.run_sync(make)


def _minute(text: str | None) -> datetime | None:
    """Return the minute that a query names.

    Raises:
        UsageError: It is no instant.
    """
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"expected an instant, got {text!r:.40} - minute") from None


Maker = Callable[[Pages, Request], Awaitable[Data]]
PAGES: Final[tuple[tuple[str, Maker, str], ...]] = (
    ("/", index, "sessions.html"),
    ("/sessions/{key}", session, "session.html"),
    ("/sessions/{key}/participants/{participant:path}", person, "person.html"),
    ("/sessions/{key}/groups", group, "group.html"),
)
"""Address, what makes its data, template."""
DATA: Final[tuple[tuple[str, Maker], ...]] = (
    ("/sessions/{key}/seats.json", seats),
    ("/sessions/{key}/search.json", people_found),
)
"""Addresses that have data alone."""


def pages_app(pages: Pages, *, more: Sequence[BaseRoute] = ()) -> Starlette:
    """Return the pages as an app of their own.

    Args:
        pages: What they are made from.
        more: Further routes.
    """
    return Starlette(
        routes=[*_routes(pages), *more, static_route()],
        middleware=[
            Middleware(
                GZipMiddleware, minimum_size=_GZIP_FROM, compresslevel=_GZIP_LEVEL
            )
        ],
        exception_handlers={HTTPException: _failed, BackrowError: _failed},
    )


def _routes(pages: Pages) -> list[BaseRoute]:
    routes: list[BaseRoute] = []
    for path, make, template in PAGES:
        data = ["/.json", "/index.json"] if path == "/" else [f"{path}.json"]
        routes += [
            *(Route(one, partial(_json, pages, make)) for one in data),
            Route(path, partial(_html, pages, make, template)),
        ]
    routes += [Route(path, partial(_json, pages, make)) for path, make in DATA]
    finding = "/sessions/{key}/findings/{finding}/people.csv"
    routes += [
        Route("/sessions/{key}/events", partial(_events, pages)),
        Route(finding, partial(_people_csv, pages)),
        Route("/sessions/{key}/report", partial(_report, pages)),
        Route("/api/openapi.json", _openapi),
        Route("/api/", _api),
    ]
    # Data first: a participant's id may be anything, "x/seats.json" too.
    return sorted(routes, key=_is_greedy)


def _is_greedy(route: BaseRoute) -> int:
    path = str(getattr(route, "path", ""))
    return 2 * (":path" in path) + (not path.endswith(".json"))


async def _json(pages: Pages, make: Maker, request: Request) -> Response:
    return json_answer(request, await make(pages, request))


async def _html(pages: Pages, make: Maker, template: str, request: Request) -> Response:
    data = await make(pages, request)
    return html_answer(request, template, {"page": data})


async def _events(pages: Pages, request: Request) -> Response:
    uuid, query = session_uuid(request), request.query_params
    await to_thread.run_sync(pages.source.version, uuid)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    media = "text/event-stream"
    if request.method == "HEAD":
        return Response(headers=headers, media_type=media)
    seats_known = query.get("seats", "")
    told = events(
        pages.source,
        uuid,
        partial(pages.look, request),
        known=Known(
            seats=int(seats_known[:9]) if seats_known.isdecimal() else 0,
            version=query.get("version", ""),
            since=_last(request),
        ),
        made=pages.made,
    )
    return StreamingResponse(told, headers=headers, media_type=media)


async def _openapi(request: Request) -> Response:
    return json_answer(request, openapi())


async def _api(request: Request) -> Response:
    addresses = [asdict(one) for one in DESCRIBED]
    return html_answer(request, "api.html", {"page": {"addresses": addresses}})


async def _report(pages: Pages, request: Request) -> Response:
    snapshot, look = await pages.snapshot(request), pages.look(request)
    query = dict(request.query_params)
    anonymous = query.pop("anonymous", "") not in {"", "0"}
    query.pop("tz", None)
    made = partial(report_html, snapshot, look, where=query, anonymous=anonymous)
    body = await to_thread.run_sync(made)
    started = snapshot.occurrence.start_at
    day = "" if started is None else f"-{started.astimezone(look.zone):%Y-%m-%d}"
    name = f"backrow-{snapshot.occurrence.number or 'session'}{day}.html"
    answer = download(body, "text/html; charset=utf-8", name)
    # Opened from disk, the file's own policy holds; from here none of ours may run.
    answer.headers["content-security-policy"] = "sandbox; default-src 'none'"
    return answer


def _last(request: Request) -> datetime | None:
    """Return the newest minute that a page knows, if it says so."""
    given = request.headers.get("last-event-id") or request.query_params.get("since")
    try:
        return _minute(given)
    except UsageError:
        return None


async def _people_csv(pages: Pages, request: Request) -> Response:
    snapshot = await pages.snapshot(request)
    wanted = request.path_params["finding"]
    for finding in snapshot.findings:
        if finding.id == wanted:
            text = await to_thread.run_sync(affected_csv, snapshot, finding)
            # The mark at the front tells spreadsheets that it is UTF-8.
            body = text.encode("utf-8-sig")
            return download(body, "text/csv; charset=utf-8", f"{wanted}.csv")
    raise NothingFoundError(
        f"no finding has the id {wanted!r:.80}", place="this session"
    )


async def _failed(request: Request, exc: Exception) -> Response:
    """Answer with what is wrong: as data if data was asked for, else as a page."""
    status, message = 500, str(exc)
    if isinstance(exc, HTTPException):
        status, message = exc.status_code, str(exc.detail)
    elif isinstance(exc, NothingFoundError):
        status = 404
    elif isinstance(exc, UsageError):
        status = 400
    elif isinstance(exc, BackrowError):
        status = 503
    if request.url.path.endswith(".json"):
        told = {"status": status, "error": _TITLES[status], "message": message}
        return json_answer(request, told, status)
    page = {"status": status, "title": _TITLES[status], "detail": _sentence(message)}
    return html_answer(request, "error.html", page, status)


def _sentence(message: str) -> str:
    """Return an error's line as a page says it."""
    text = message.replace(" - in this session", " in this session")
    end = "" if text.endswith((".", ")", "!", "?")) else "."
    return f"{text[:1].upper()}{text[1:]}{end}" if text else ""


_TITLES: Final = defaultdict(
    lambda: "This cannot be shown",
    {
        400: "This address says nothing",
        404: "There is nothing here",
        405: "This address is only read",
        503: "The lake cannot be read",
    },
)
"""By status, what an error page is headed by."""
