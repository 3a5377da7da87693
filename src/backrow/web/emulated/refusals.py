"""Zoom's refusals: one table of status, code and text.

What a single endpoint says of its own (3001, 12702) stands in
`backrow.zoom.endpoints`. Marks: *documented* is in Zoom's contract, *seen* is a
body that was met, *guess* is neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from backrow.zoom.endpoints import Endpoint


class RefusalError(Exception):
    """Ends the making of an answer with a refusal; never leaves the emulator."""

    def __init__(
        self,
        status: int,
        body: Mapping[str, object],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Keep what is to be answered."""
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})

    def encoded(self) -> bytes:
        """Return the body as JSON."""
        return msgspec.json.encode(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One row of the table."""

    status: int
    code: int
    message: str
    """Text with the names of its facts in braces."""


REFUSALS: Final[Mapping[str, Refusal]] = {
    # From memory of public threads, not read again: guess.
    "no_endpoint": Refusal(
        status=404, code=2300, message="This API endpoint is not recognized."
    ),
    "no_method": Refusal(
        status=405, code=2300, message="This API endpoint is not recognized."
    ),
    # Seen, both.
    "token_wrong": Refusal(status=401, code=124, message="Invalid access token."),
    "token_expired": Refusal(status=401, code=124, message="Access token is expired."),
    # Seen, for a token of the wrong kind.
    "token_kind": Refusal(status=400, code=200, message="Invalid api key or secret."),
    # Text seen for other scopes; the status is a guess.
    "scope_missing": Refusal(
        status=400,
        code=4711,
        message="Invalid access token, does not contain scopes:[{scopes}].",
    ),
    # Seen under 200; documented under 400 for the list of meetings.
    "plan_missing": Refusal(
        status=400,
        code=200,
        message="This API is only available for ZMP and Business or higher accounts "
        "that have enabled the Dashboard feature.",
    ),
    # Documented, for satisfaction.
    "plan_missing_satisfaction": Refusal(
        status=400,
        code=200,
        message="Only available for paid accounts that have dashboard feature enabled.",
    ),
    # Documented; the meeting's twin has the webinar's wording.
    "qss_missing": Refusal(
        status=400,
        code=200,
        message="Event subscription not found. Subscribe to the Webinar Participant "
        "QoS Summary event in your Marketplace app to get access to this API.",
    ),
    # Documented until 2023; the status is a guess.
    "no_access": Refusal(
        status=400, code=300, message="Can not access {kind} info, {session}."
    ),
    # Documented until 2023; the status is a guess.
    "bad_page_token": Refusal(
        status=400, code=300, message="The next page token is invalid or expired."
    ),
    # Seen; the leading slash of a UUID that was encoded once, or not, is lost.
    "slash_lost": Refusal(
        status=404, code=3001, message="Meeting does not exist: {session}."
    ),
    # Documented, for the list of meetings.
    "no_end_time": Refusal(
        status=400,
        code=12700,
        message="This account cannot query meetings by `end_time`.",
    ),
    # Documented in general; which of the Dashboard's calls use it is a guess.
    "invalid": Refusal(status=400, code=300, message="Validation Failed."),
    # The code is a guess.
    "broken": Refusal(status=500, code=500, message="Internal server error."),
}


def refuse(name: str, *, variant: str = "", **facts: str) -> RefusalError:
    """Return the refusal `name` of the table.

    Args:
        name: Key of `REFUSALS`.
        variant: Status and code to use instead, as in ``"400/200"``.
        **facts: What the text names in braces.
    """
    row = REFUSALS[name]
    status, code = row.status, row.code
    if variant:
        status, code = (int(part) for part in variant.split("/"))
    message = row.message.format(**facts) if facts else row.message
    return RefusalError(status, {"code": code, "message": message})


def invalid(*fields: str) -> RefusalError:
    """Return the refusal of a request whose `fields` have no good value."""
    row = REFUSALS["invalid"]
    errors = [{"field": field, "message": "Invalid field."} for field in fields]
    body = {"code": row.code, "message": row.message, "errors": errors}
    return RefusalError(row.status, body)


def not_found(message: str) -> RefusalError:
    """Return a 3001 with an endpoint's own text."""
    return RefusalError(404, {"code": 3001, "message": message})


def too_old(message: str) -> RefusalError:
    """Return a 12702 with an endpoint's own text."""
    return RefusalError(400, {"code": 12702, "message": message})


def oauth_refusal(reason: str, error: str) -> RefusalError:
    """Return the refusal of a token request, in OAuth's form."""
    return RefusalError(400, {"reason": reason, "error": error})


def check_scope(
    scopes: Iterable[str], endpoint: Endpoint, *, variant: str = ""
) -> None:
    """Let a call pass.

    Args:
        scopes: What the token has, by Zoom's names.
        endpoint: Which call.
        variant: Status and code of the refusal, as in ``"400/4711"``.

    Raises:
        RefusalError: None of them is enough for it.
    """
    enough = {endpoint.granular_scope, *endpoint.classic_scopes}
    if enough.isdisjoint(scopes):
        missing = endpoint.granular_scope
        raise refuse("scope_missing", variant=variant, scopes=missing)
