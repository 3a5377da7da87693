"""The OpenAPI 3.1 description of the emulated API, made from ENDPOINTS.

What a call takes, what it answers, its rate label and its scopes all stand in that
table and in the structs; nothing is described twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from backrow import __version__
from backrow.web.contract.schemas import Schema, Schemas
from backrow.web.emulated.calls import PREFIX
from backrow.web.emulated.limits import CATEGORY
from backrow.zoom.endpoints import ENDPOINTS, Endpoint
from backrow.zoom.wire import ErrorBody, TokenAnswer

PATH: Final = "/openapi.json"
"""Where the emulator serves it; no token is needed."""

_TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - a path
_PERIOD_PATTERN: Final = r"^\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2})?$"
_ABOUT: Final = """\
Zoom's Dashboard calls about webinars, meetings and the quality that their
participants had, as Backrow reads and emulates them. Not made by Zoom; where Zoom
documents nothing, it is a guess."""
_PARTICIPANT_ABOUT: Final = "The participant's `user_id` in this session."
_SESSION_ABOUT: Final = (
    "Number (the latest occurrence) or UUID (one occurrence). A UUID that begins with "
    "`/` or contains `//` is percent-encoded twice."
)
_QUERY: Final[Mapping[str, Schema]] = {
    "from": {
        "description": "First day, or first instant, of at most a month.",
        "schema": {"type": "string", "pattern": _PERIOD_PATTERN},
        "example": "2026-11-01",
    },
    "to": {
        "description": "Last day, or last instant.",
        "schema": {"type": "string", "pattern": _PERIOD_PATTERN},
        "example": "2026-11-23",
    },
    "next_page_token": {
        "description": "Of the page before, with the same other parameters.",
        "schema": {"type": "string"},
    },
    "group_id": {
        "description": "Up to seven groups, comma between.",
        "schema": {"type": "string"},
    },
    "group_include_participant": {
        "description": "Whether groups' members count as participants, too.",
        "schema": {"type": "boolean"},
    },
    "query_date_type": {
        "description": "Which instant the period is about; of past sessions only.",
        "schema": {
            "type": "string",
            "enum": ["start_time", "end_time"],
            "default": "start_time",
        },
    },
}
_INCLUDE: Final = {"participants": "registrant_id", "list": "tracking_fields"}
"""What `include_fields` can ask for, by action."""
_HEADERS: Final = {
    "x-zm-trackingid": {
        "description": "What Zoom's support asks for.",
        "schema": {"type": "string"},
    },
    "x-ratelimit-category": {
        "description": "The limit that the call counts against.",
        "schema": {"type": "string", "enum": list(CATEGORY.values())},
    },
}


def openapi() -> Schema:
    """Return the description, ready for JSON; paths are below the emulator's host."""
    schemas = Schemas()
    error = schemas.of(ErrorBody)
    paths: dict[str, Schema] = {
        path_of(each): {"get": _operation(each, schemas, error)} for each in ENDPOINTS
    }
    paths[_TOKEN_PATH] = _token(schemas, error)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Zoom's Dashboard, emulated by Backrow",
            "version": __version__,
            "description": " ".join(_ABOUT.split()),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "client": {"type": "http", "scheme": "basic"},
            },
            "schemas": dict(sorted(schemas.components.items())),
        },
    }


def path_of(endpoint: Endpoint) -> str:
    """Return an endpoint's path with Zoom's names of its parameters."""
    path = f"{PREFIX}{endpoint.path}".replace("{session}", f"{{{endpoint.kind}Id}}")
    return path.replace("{participant}", "{participantId}")


def _operation(endpoint: Endpoint, schemas: Schemas, error: Schema) -> Schema:
    category = CATEGORY[endpoint.label]
    scopes = [endpoint.granular_scope, *endpoint.classic_scopes]
    return {
        "operationId": endpoint.name,
        "summary": endpoint.title,
        "description": f"Rate limit: {category}. Scopes, any one of: "
        f"{', '.join(f'`{scope}`' for scope in scopes)}.",
        "tags": [endpoint.kind],
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint)],
        "responses": {
            "200": {
                "description": "What was asked for.",
                "headers": _HEADERS,
                "content": _json(schemas.answer(endpoint)),
            },
            **_refusals(endpoint, error),
        },
        "x-rate-limit-label": category,
        "x-scopes": scopes,
    }


def _path_parameters(endpoint: Endpoint) -> list[Schema]:
    found = []
    if "{session}" in endpoint.path:
        found.append(_in_path(f"{endpoint.kind}Id", _SESSION_ABOUT))
    if "{participant}" in endpoint.path:
        found.append(_in_path("participantId", _PARTICIPANT_ABOUT))
    return found


def _in_path(name: str, about: str) -> Schema:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": about,
        "schema": {"type": "string", "minLength": 1},
    }


def _query_parameters(endpoint: Endpoint) -> list[Schema]:
    return [
        {
            "name": name,
            "in": "query",
            "required": name in endpoint.required,
            **_query_parameter(endpoint, name),
        }
        for name in endpoint.query
    ]


def _query_parameter(endpoint: Endpoint, name: str) -> Schema:
    if name == "type":
        types = {"enum": list(endpoint.types), "default": endpoint.type_default}
        return {
            "description": "Which sessions, or what, is asked about.",
            "schema": {"type": "string", **types},
        }
    if name == "page_size":
        most, default = endpoint.page_size_max, endpoint.page_size_default
        return {
            "description": "Items on a page; Zoom seems to take the most for more.",
            "schema": {
                "type": "integer",
                "minimum": 1,
                "maximum": most,
                "default": default,
            },
        }
    if name == "include_fields":
        words = [_INCLUDE[endpoint.action]]
        return {
            "description": "Fields that come only if asked for.",
            "schema": {"type": "string", "enum": words},
        }
    return dict(_QUERY[name])


def _refusals(endpoint: Endpoint, error: Schema) -> dict[str, Schema]:
    too_old = f" {endpoint.too_old}" if endpoint.too_old else ""
    texts = {
        "300": "Not accessible, in an old form that can be switched on.",
        "400": "Malformed, or the account, its plan or the token lacks something."
        f"{too_old}",
        "401": "The access token is missing, wrong or has expired.",
        "403": "Documented by Zoom for some calls, and not sent by the emulator.",
        "404": endpoint.not_found or "There is no such thing.",
        "429": "Too many calls for the account's plan.",
        "500": "Zoom's own mistake.",
    }
    return {
        status: {"description": text, "content": _json(error)}
        for status, text in texts.items()
    }


def _token(schemas: Schemas, error: Schema) -> Schema:
    form = {
        "type": "object",
        "properties": {
            "grant_type": {"type": "string", "enum": ["account_credentials"]},
            "account_id": {"type": "string"},
        },
        "required": ["grant_type", "account_id"],
    }
    refused = {"description": "Refused.", "content": _json(error)}
    return {
        "post": {
            "operationId": "token",
            "summary": "Get an access token",
            "tags": ["token"],
            "security": [{"client": []}],
            "requestBody": {
                "required": True,
                "content": {"application/x-www-form-urlencoded": {"schema": form}},
            },
            "responses": {
                "200": {
                    "description": "A token.",
                    "content": _json(schemas.of(TokenAnswer)),
                },
                "400": refused,
                "401": refused,
            },
        },
    }


def _json(schema: Schema) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
