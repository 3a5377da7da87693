"""Every answer is what the API's description of itself says, tried by schemathesis."""

from __future__ import annotations

import zlib
from typing import Any, Final
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.checks import CHECKS, load_all_checks

from backrow.qos.people import Session
from backrow.web.testing import EmulatedZoom
from backrow.web.zoom_api import ZoomOptions
from backrow.zoom.endpoints import ENDPOINTS
from tests.web.worlds import everything

pytestmark = pytest.mark.slow
load_all_checks()
HELD: Final = CHECKS.get_by_names(
    (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    )
)
WORLD = everything()
ZOOMS = [
    EmulatedZoom(WORLD, options=options)
    for options in (
        ZoomOptions(rate_limits=False),
        ZoomOptions(rate_limits=False, baa="legacy", style="2026", absent="blank"),
        ZoomOptions(
            rate_limits=False,
            absent="missing",
            page_size="refuse",
            last_page="missing",
            rssi_swapped=True,
            split_rate=0.3,
            unknown_participant="empty",
            past_by_number="latest_ended",
            live_empty_rate=0.2,
        ),
    )
]
DESCRIPTION = schemathesis.openapi.from_asgi("/openapi.json", ZOOMS[0].app)
HEADERS = [{"authorization": f"Bearer {zoom.access_token()}"} for zoom in ZOOMS]
PERIOD = {"from": "2026-11-01", "to": "2026-11-23"}


def lot(value: object, most: int) -> int:
    """Return a number below `most` that follows from what was drawn."""
    return zlib.crc32(repr(value).encode()) % most


def ids(session: Session, drawn: object) -> dict[str, str]:
    """Return the parameters of a path about a session and one of its people."""
    people = WORLD.people(session.uuid)
    encoded = quote(quote(session.uuid, safe=""), safe="")
    return {
        "webinarId": encoded,
        "meetingId": encoded,
        "participantId": people[lot(drawn, len(people))].user_id or "",
    }


def aim(case: Any) -> None:
    """Let most of what was drawn be about a session that there is."""
    drawn = dict(case.path_parameters or {})
    kind = "meeting" if "meeting" in case.operation.path else "webinar"
    sessions = [s for s in WORLD.sessions() if s.kind == kind]
    if lot(drawn, 8):
        known = ids(sessions[lot(drawn, len(sessions))], drawn)
        case.path_parameters = {name: known[name] for name in drawn}
    if "from" in (case.query or {}) and lot(case.query, 2):
        case.query |= PERIOD


@DESCRIPTION.include(path_regex="^/v2/").parametrize()
@settings(max_examples=40)
def test_any_call_is_answered_as_described(case: Any) -> None:
    aim(case)
    which = lot(case.query, len(ZOOMS))
    answer = case.call(app=ZOOMS[which].app, headers=HEADERS[which])
    case.validate_response(answer, checks=HELD)


@DESCRIPTION.include(path="/oauth/token").parametrize()
@settings(max_examples=40)
def test_any_token_request_is_answered_as_described(case: Any) -> None:
    case.validate_response(case.call(), checks=HELD)


@pytest.mark.parametrize("which", ENDPOINTS, ids=lambda each: each.name)
def test_successes_are_as_described(which: Any) -> None:
    """So that it is not refusals only that the draws above have met."""
    operation = DESCRIPTION.find_operation_by_id(which.name)
    successes = 0
    for session in (s for s in WORLD.sessions() if s.kind == which.kind):
        for type_ in which.types or ("",):
            known = ids(session, type_)
            query = {"type": type_} if type_ else {}
            case = operation.Case(
                path_parameters={
                    k: v for k, v in known.items() if f"{{{k}}}" in operation.path
                },
                query=query | (PERIOD if which.required else {}),
            )
            for zoom, headers in zip(ZOOMS, HEADERS, strict=True):
                answer = case.call(app=zoom.app, headers=headers)
                successes += answer.status_code == 200
                case.validate_response(answer, checks=HELD)
    assert successes >= 2
