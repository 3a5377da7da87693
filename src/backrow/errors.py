"""Every error that Backrow raises, in one tree split by whose fault it is.

::

    BackrowError
    ├── UsageError              the caller asked for something impossible
    │   ├── SettingsError       a setting is missing, malformed or unreadable
    │   └── MissingExtraError   an optional part of Backrow is not installed
    ├── WireError               a body breaks Zoom's contract
    ├── LakeError               the lake or inbox holds what it must not
    │   ├── StorageError        it cannot be reached, read or written
    │   └── NothingFoundError   it does not hold what was asked for
    ├── TransportError          no answer came: DNS, TLS, time-out, dropped
    ├── ClusterError            the Spark cluster cannot be reached, or fails
    └── ZoomError               Zoom answered, and the answer is no
        ├── AuthError
        │   ├── CredentialsError    the token request was refused
        │   ├── TokenError          401 or code 124: token wrong or expired
        │   ├── ScopeError          4700, 4711, 104: the token lacks a scope
        │   └── PlanError           400 with code 200: plan or Dashboard is off
        ├── NotFoundError           404 or 3001
        │   ├── NoAccessError       300: not this account's webinar
        │   └── TooOldError         12702: more than a year ago
        ├── RateLimitError          429, or a budget that is used up
        ├── PageTokenError          a next_page_token that is wrong or expired
        ├── RequestError            any other 3xx or 4xx
        ├── ServerError             5xx
        └── AnswerError             a 2xx whose body is an error or no JSON

Messages say what was expected, then where. Facts are attributes. No message,
attribute or repr ever holds a token or a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Literal


class BackrowError(Exception):
    """Base of every error that Backrow raises on purpose."""

    exit_code: ClassVar[int] = 1
    """What a command exits with when this error ends it (see `backrow --help`)."""


class UsageError(BackrowError, ValueError):
    """The caller asked for something that cannot be done as asked."""

    exit_code: ClassVar[int] = 2


class SettingsError(UsageError):
    """A setting is missing, malformed or cannot be read."""


class MissingExtraError(UsageError, ImportError):
    """An optional part of Backrow is not installed."""

    def __init__(self, what: str, *, extra: str) -> None:
        """Name `what` is missing and the `extra` that brings it."""
        super().__init__(f"{what} is not installed - {how_to_install(extra)}")
        self.extra = extra
        """Name of the extra, as in ``backrow[app]``."""


def how_to_install(extra: str) -> str:
    """Return what to type for an extra, from a package and in a copy of the source."""
    return f"pip install 'backrow[{extra}]' (in a clone: pip install '.[{extra}]')"


class WireError(BackrowError, ValueError):
    """A body does not hold what Zoom's contract promises."""

    exit_code: ClassVar[int] = 7

    def __init__(self, expected: str, path: str, value: object = None) -> None:
        """Say what was `expected` at JSON `path`, where `value` stood."""
        super().__init__(expected, path, value)  # what pickle makes it anew from
        self.path = path
        """JSON path, as in ``$.user_qos[0].audio_input.latency``."""
        self.value = value
        """What stood there, as it came; None if nothing did."""

    def __str__(self) -> str:
        """Return what was expected, and where."""
        return f"{self.args[0]} - at `{self.path}`"


class LakeError(BackrowError):
    """The lake or the inbox holds what it must not, or is not one at all."""

    exit_code: ClassVar[int] = 7

    def __init__(self, message: str, *, place: str) -> None:
        """Say what is wrong, and where.

        Args:
            message: What was expected, or what went wrong.
            place: The folder, file or URL; it is appended to the message.
        """
        super().__init__(f"{message} - in {place}")
        self.place = place
        """The folder, file or URL."""


class StorageError(LakeError):
    """The lake or the inbox cannot be reached, read or written."""

    exit_code: ClassVar[int] = 1


class NothingFoundError(LakeError):
    """The lake does not hold what was asked for."""

    exit_code: ClassVar[int] = 4


class TransportError(BackrowError):
    """No answer came: name lookup, connection, TLS, time-out or a drop."""

    exit_code: ClassVar[int] = 6


class ClusterError(BackrowError):
    """The Spark cluster cannot be reached, or a computation fails on it."""

    exit_code: ClassVar[int] = 6

    def __init__(self, message: str, *, master: str) -> None:
        """Say what is wrong, and on which cluster.

        Args:
            message: What was expected, or what went wrong.
            master: The cluster's address; it is appended to the message.
        """
        super().__init__(f"{message} - on {master}")
        self.master = master
        """The cluster's address, as it was given."""


class ZoomError(BackrowError):
    """Zoom answered, and the answer is not the data that was asked for."""

    exit_code: ClassVar[int] = 1
    advice: ClassVar[str] = "See the status and message above."
    """What to do about it, in words."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        zoom_code: int | None = None,
        zoom_message: str | None = None,
        tracking_id: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        advice: str | None = None,
    ) -> None:
        """Keep the facts of the answer beside the `message`."""
        super().__init__(message)
        self.status = status
        """HTTP status; None if the refusal is our own (a budget used up)."""
        self.zoom_code = zoom_code
        """`code` of Zoom's error body; None if it had none."""
        self.zoom_message = zoom_message
        """`message` of Zoom's error body, untouched; None if it had none."""
        self.tracking_id = tracking_id
        """`x-zm-trackingid`, which Zoom's support asks for."""
        self.headers: dict[str, str] = dict(headers or {})
        """Headers of the answer, names in lower case, cookies masked."""
        self.body = body
        """The answer's body, untouched."""
        if advice is not None:
            self.advice = advice  # type: ignore[misc] # one answer's own advice


class AuthError(ZoomError):
    """Zoom does not let this caller in."""

    exit_code: ClassVar[int] = 3


class CredentialsError(AuthError):
    """The token request was refused."""

    advice: ClassVar[str] = (
        "Check the account id, client id and client secret of the server-to-server "
        "OAuth app at marketplace.zoom.us, and that the app is activated."
    )


class TokenError(AuthError):
    """The access token is wrong, expired or revoked."""

    advice: ClassVar[str] = (
        "Get a new access token, or give the app's credentials "
        "(ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET) instead."
    )


class ScopeError(AuthError):
    """The access token lacks a scope that the call needs."""

    advice: ClassVar[str] = (
        "Add the scope to the app at marketplace.zoom.us, activate it again, "
        "and get a new token."
    )


class PlanError(AuthError):
    """The account's plan has no Dashboard, or it is switched off."""

    advice: ClassVar[str] = (
        "The Dashboard API needs a Business, Education or API plan (with the webinar "
        "add-on) and the Dashboard switched on for the account."
    )


class NotFoundError(ZoomError):
    """Zoom has no such webinar, meeting or participant of this type."""

    exit_code: ClassVar[int] = 4
    advice: ClassVar[str] = (
        "Check the webinar's number or UUID and the participant's user_id, and the "
        "type: a running webinar is `live`, an ended one is `past`."
    )


class NoAccessError(NotFoundError):
    """The webinar belongs to somebody else, or cannot be looked at."""

    advice: ClassVar[str] = (
        "Check that the webinar belongs to the account that the token was made for."
    )


class TooOldError(NotFoundError):
    """The webinar is more than a year old; Zoom has dropped its data."""

    advice: ClassVar[str] = "Zoom keeps a webinar's quality data for one year."


class RateLimitError(ZoomError):
    """Too many calls, by Zoom's answer or by our own ledger."""

    exit_code: ClassVar[int] = 5
    advice: ClassVar[str] = (
        "Wait until the time given. The limits hold for the whole account, all of "
        "its apps together."
    )

    def __init__(
        self,
        message: str,
        *,
        period: Literal["second", "minute", "day", "unknown"] = "unknown",
        retry_at: datetime | None = None,
        **facts: object,
    ) -> None:
        """Say which limit was met and when calls are possible again."""
        super().__init__(message, **facts)  # type: ignore[arg-type] # ZoomError's own
        self.period = period
        """Which limit was met."""
        self.retry_at = retry_at
        """When calls are possible again (aware, UTC); None if unknown."""


class PageTokenError(ZoomError):
    """A `next_page_token` is wrong or has expired."""

    advice: ClassVar[str] = "Start the list again from its first page."


class RequestError(ZoomError):
    """Zoom refused the request for another reason."""

    exit_code: ClassVar[int] = 2
    advice: ClassVar[str] = "Check the request's values against Zoom's message."


class ServerError(ZoomError):
    """Zoom failed (5xx)."""

    exit_code: ClassVar[int] = 6
    advice: ClassVar[str] = (
        "Try again later; if it lasts, give Zoom's support the tracking id."
    )


class AnswerError(ZoomError):
    """A 2xx answer whose body is an error, or is not the JSON it should be."""

    exit_code: ClassVar[int] = 7
    advice: ClassVar[str] = (
        "Try again; if it lasts, give Zoom's support the tracking id."
    )
