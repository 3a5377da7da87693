"""How a command ends badly: what is said on standard error, and the exit code.

One clear line, then what to do. An answer of Zoom outside 2xx is shown first, as
it came: status, headers (cookies are masked where the error is made; only those that
help, unless all are asked for) and body. What it says is not said again, but what it
means. A traceback is shown for Backrow's own mistakes only, and only to those who ask.
"""

from __future__ import annotations

import traceback
from http import HTTPStatus
from typing import Final

from cyclopts import CycloptsError

from backrow.cli.context import Context
from backrow.cli.write import plain, plain_lines
from backrow.errors import (
    AuthError,
    BackrowError,
    CredentialsError,
    MissingExtraError,
    NoAccessError,
    NotFoundError,
    PageTokenError,
    PlanError,
    RateLimitError,
    RequestError,
    ScopeError,
    ServerError,
    TokenError,
    TooOldError,
    TransportError,
    ZoomError,
)
from backrow.qos.people import iso

EXIT_CODES: Final[dict[int, str]] = {
    0: "done",
    1: "a bug in Backrow, or this machine failed (a full disk)",
    2: "usage: an argument or a setting is wrong",
    3: "not authorised: token, scope or plan",
    4: "not found, at Zoom or in the lake",
    5: "rate limited",
    6: "Zoom, the Spark cluster or a target of alerts not reachable or failing",
    7: "bad input data",
    130: "stopped by Ctrl-C",
}
"""Every exit code and what it means."""

_INDENT: Final = " " * len("backrow: ")
_OUT_OF_REACH: Final = (
    "Check the network and any proxy, and the addresses that `backrow doctor` shows."
)
_LONGEST_BODY: Final = 8_000
_HELPFUL: Final = (
    "location",
    "retry-after",
    "x-ratelimit-",
    "x-zm-trackingid",
)
"""Beginnings of the headers that are always shown, in lower case."""

MEANINGS: Final[dict[type[ZoomError], str]] = {
    ZoomError: "Zoom refused the call",
    AuthError: "Zoom does not let this caller in",
    CredentialsError: "Zoom refused the app's credentials",
    TokenError: "the access token is wrong, expired or revoked",
    ScopeError: "the access token lacks a scope that the call needs",
    PlanError: "the account has no Dashboard, or it is switched off",
    NotFoundError: "Zoom has nothing of that id and type",
    NoAccessError: "Zoom does not show that webinar or meeting to this account",
    TooOldError: "it was more than a year ago",
    RateLimitError: "too many calls",
    PageTokenError: "the list has to be started again",
    RequestError: "Zoom refused the request",
    ServerError: "Zoom failed",
}
"""What an answer that is shown above means; an error's own class or the next above."""


def explain(
    error: BaseException,
    context: Context,
    *,
    debug: bool = False,
    verbose: bool = False,
) -> int:
    """Say what went wrong on standard error, and return the exit code.

    Args:
        error: What ended the command.
        context: Where to say it.
        debug: Show the traceback of an error that is no `BackrowError`.
        verbose: Show all headers of an answer.
    """
    missing = _missing_module(error)
    if missing is not None:
        error = MissingExtraError(missing, extra="app")
    if isinstance(error, ZoomError):
        return _explain_answer(error, context, verbose=verbose)
    if isinstance(error, BackrowError):
        context.say(f"backrow: {plain_lines(str(error))}")
        if isinstance(error, TransportError):
            context.say(f"{_INDENT}{_OUT_OF_REACH}")
        return error.exit_code
    if isinstance(error, CycloptsError):
        context.say(f"backrow: {plain_lines(str(error))}")
        context.say(f"{_INDENT}See `{_asked(error)} --help`.")
        return 2
    if isinstance(error, KeyboardInterrupt):
        context.say("backrow: stopped")
        return 130
    if isinstance(error, OSError):
        context.say(f"backrow: {_of_machine(error)}")
        return 1
    return _explain_bug(error, context, debug=debug)


def _missing_module(error: BaseException) -> str | None:
    """Return what a command is loaded with and is not installed; None if it is."""
    cause = None if isinstance(error, BackrowError) else error
    while isinstance(cause, ImportError):
        name = (cause.name or "").partition(".")[0]
        if isinstance(cause, ModuleNotFoundError) and name not in {"", "backrow"}:
            return name
        cause = cause.__cause__
    return None


def _explain_answer(error: ZoomError, context: Context, *, verbose: bool) -> int:
    is_shown = error.status is not None and not 200 <= error.status < 300
    if is_shown:
        context.say(f"{shown_answer(error, every_header=verbose)}\n")
    said = _meaning(error) if is_shown else str(error)
    context.say(f"backrow: {plain_lines(said)}")
    if isinstance(error, RateLimitError) and error.retry_at is not None:
        context.say(f"{_INDENT}Calls are possible again at {iso(error.retry_at)}.")
    for note in getattr(error, "__notes__", ()):
        context.say(f"{_INDENT}{note}")
    context.say(f"{_INDENT}{error.advice}")
    return error.exit_code


def _meaning(error: ZoomError) -> str:
    """Return what an answer means: the error's text, if it is not the answer's own."""
    from backrow.zoom.answers import (  # noqa: PLC0415 - it loads every wire struct
        Answer,
        refusal_of,
        sentence_of,
    )

    answer = Answer(status=error.status or 0, headers=error.headers, body=error.body)
    if str(error) != sentence_of(answer, refusal_of(answer)):
        return str(error)
    return next(MEANINGS[kind] for kind in type(error).__mro__ if kind in MEANINGS)


def shown_answer(error: ZoomError, *, every_header: bool = False) -> str:
    """Return the answer behind `error` as text: status, headers, body.

    Args:
        error: Made from the answer.
        every_header: Show also those that seldom help.
    """
    lines = [f"HTTP {error.status} {_reason(error.status or 0)}".rstrip()]
    lines += [
        f"{plain(name)}: {plain(value)}"
        for name, value in error.headers.items()
        if every_header or name.lower().startswith(_HELPFUL)
    ]
    body = error.body.decode("utf-8", "replace")
    if body:
        shown = plain_lines(body[:_LONGEST_BODY])
        more = len(body) - _LONGEST_BODY
        rest = f"\n… and {more:,} more characters" if more > 0 else ""
        lines += ["", shown.rstrip("\n") + rest]
    return "\n".join(lines)


def _reason(status: int) -> str:
    return HTTPStatus(status).phrase if status in _KNOWN else ""


_KNOWN: Final = frozenset(HTTPStatus)


def _asked(error: CycloptsError) -> str:
    chain = error.command_chain or ()
    return " ".join(("backrow", *chain))


def _of_machine(error: OSError) -> str:
    text = error.strerror or str(error) or type(error).__name__
    name = error.filename
    return f"{text} - {plain(name)}" if name is not None else text


def _explain_bug(error: BaseException, context: Context, *, debug: bool) -> int:
    if debug:
        context.say("".join(traceback.format_exception(error)).rstrip())
    what = plain(f"{type(error).__name__}: {error}", longest=300)
    context.say(f"backrow: this is a bug in Backrow: {what}")
    if not debug:
        context.say(f"{_INDENT}Please report it with the traceback that --debug shows.")
    return 1
