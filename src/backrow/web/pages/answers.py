"""How pages are answered: JSON, HTML from templates, files to keep.

What is sent has a tag; a browser that has it already is told so. Pages are private
and always asked for again, because they hold people's names and change by the minute.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import jinja2
import msgspec
from starlette.requests import Request
from starlette.responses import Response

from backrow import __version__
from backrow.web.pages.access.login import form_of
from backrow.web.pages.static import asset

_NONE: Final = "\u2013"
_TURNING: Final = re.compile(
    r"[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]+"
)
"""Marks of direction, and what is not seen; joiners that scripts need stay."""
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]+")
_PRIVATE: Final = {"cache-control": "private, no-cache"}


@cache
def environment() -> jinja2.Environment:
    """Return what renders templates: everything is escaped, nothing is left out."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("backrow.web", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(asset=asset, version=__version__)
    made.filters.update(clock=clock_text, day=day_text)
    return made


def harmless(value: object) -> object:
    """Return what a template prints, without characters that turn or hide text.

    Names and topics come from strangers: a mark of direction in one would turn the
    words after it.
    """
    if type(value) is not str:  # markup of ours, numbers
        return value
    return _CONTROLS.sub(" ", _TURNING.sub("", value))


def clock_text(instant: str | None, zone: str) -> str:
    """Return an instant in ISO 8601 as ``11:12`` in a zone."""
    return _NONE if instant is None else f"{_in_zone(instant, zone):%H:%M}"


def day_text(instant: str | None, zone: str) -> str:
    """Return an instant in ISO 8601 as ``Mon, 23 Nov 2026`` in a zone."""
    if instant is None:
        return _NONE
    at = _in_zone(instant, zone)
    return f"{at:%a}, {at.day} {at:%b %Y}"


def _in_zone(instant: str, zone: str) -> datetime:
    known: tzinfo = UTC if zone == "UTC" else ZoneInfo(zone)
    return datetime.fromisoformat(instant).astimezone(known)


def json_answer(request: Request, data: object, status: int = 200) -> Response:
    """Return data as JSON."""
    return _tagged(request, msgspec.json.encode(data), "application/json", status)


def html_answer(
    request: Request, template: str, given: Mapping[str, Any], status: int = 200
) -> Response:
    """Return a page from its template, which is given `given` and who is logged in."""
    form = form_of(request)
    text = environment().get_template(template)
    body = text.render(given, signed_in=form.signed_in, csrf=form.csrf)
    answer = _tagged(request, body.encode(), "text/html; charset=utf-8", status)
    form.remember(answer)
    return answer


def download(body: bytes, media_type: str, name: str) -> Response:
    """Return a file to keep.

    Args:
        body: What is in it.
        media_type: What it is.
        name: How to call it; what is not ASCII in it is left out.
    """
    kept = (c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in name)
    disposition = f'attachment; filename="{"".join(kept)}"'
    headers = {**_PRIVATE, "content-disposition": disposition}
    return Response(body, media_type=media_type, headers=headers)


def _tagged(request: Request, body: bytes, media_type: str, status: int) -> Response:
    tag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {**_PRIVATE, "etag": tag, "vary": "Cookie"}
    if status == 200 and tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, status, headers, media_type=media_type)
