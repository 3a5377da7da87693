"""Typed usage as users write it: every error, and what it holds."""

from __future__ import annotations

from datetime import datetime
from typing import assert_type

import backrow
from backrow import Zoom
from backrow.errors import (
    AnswerError,
    AuthError,
    BackrowError,
    ClusterError,
    CredentialsError,
    LakeError,
    MissingExtraError,
    NoAccessError,
    NotFoundError,
    NothingFoundError,
    PageTokenError,
    PlanError,
    RateLimitError,
    RequestError,
    ScopeError,
    ServerError,
    SettingsError,
    StorageError,
    TokenError,
    TooOldError,
    TransportError,
    UsageError,
    WireError,
    ZoomError,
)


def what_to_tell(error: BackrowError) -> str:
    """Whose fault it is, and what to do."""
    match error:
        case MissingExtraError():
            return f"pip install 'backrow[{error.extra}]'"
        case WireError():
            return f"{error.path}: {error.value!r}"
        case NothingFoundError() | StorageError() | LakeError():
            return error.place
        case ClusterError():
            return error.master
        case ZoomError():
            return what_zoom_means(error)
        case _:
            pass
    is_ours = isinstance(error, SettingsError | UsageError)
    is_lost = isinstance(error, TransportError)
    return f"{error} {is_ours=} {is_lost=} {error.exit_code}"


def what_zoom_means(error: ZoomError) -> str:
    """What an answer of Zoom is about."""
    match error:
        case RateLimitError():
            return f"{error.period}, until {error.retry_at}"
        case NoAccessError() | TooOldError() | NotFoundError():
            return f"{error.zoom_code}: {error.advice}"
        case CredentialsError() | TokenError() | ScopeError() | PlanError():
            return error.advice
        case AuthError():
            return "not authorised"
        case PageTokenError() | RequestError() | ServerError() | AnswerError():
            return f"HTTP {error.status}"
        case _:
            return error.advice


def what_zoom_said(error: ZoomError) -> None:
    assert_type(error.status, int | None)
    assert_type(error.zoom_code, int | None)
    assert_type(error.zoom_message, str | None)
    assert_type(error.tracking_id, str | None)
    assert_type(error.headers, dict[str, str])
    assert_type(error.body, bytes)
    assert_type(error.advice, str)


def again_later(zoom: Zoom) -> datetime | None:
    try:
        zoom.webinars.get("94512345678")
    except RateLimitError as error:
        return error.retry_at
    return None


def codes_for_a_program_of_ones_own() -> int:
    try:
        backrow.open_lake("lake").minutes("latest")
    except BackrowError as error:
        return error.exit_code
    return 0
