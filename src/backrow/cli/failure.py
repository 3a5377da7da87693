"""How a command ends badly: what is said on standard error, and the exit code.

One clear line, then what to do. An answer of Zoom outside 2xx is shown first, as
it came: status, headers (cookies are masked where the error is made) and body. A
traceback is shown for Backrow's own mistakes only, and only to those who ask.
"""

from __future__ import annotations

import traceback
from http import HTTPStatus
from typing import Final

from cyclopts import CycloptsError

from backrow.cli.context import Context
from backrow.cli.write import plain, plain_lines
from backrow.errors import BackrowError, RateLimitError, TransportError, ZoomError
from backrow.qos.people import iso

EXIT_CODES: Final[dict[int, str]] = {
    0: "done",
    1: "a bug in Backrow, or this machine failed (a full disk)",
    2: "usage: an argument or a setting is wrong",
    3: "not authorised: token, scope or plan",
    4: "not found at Zoom",
    5: "rate limited",
    6: "Zoom not reachable, or failing",
    7: "bad input data",
    130: "stopped by Ctrl-C",
}
"""Every exit code and what it means."""

_INDENT: Final = " " * len("backrow: ")
_OUT_OF_REACH: Final = (
    "Check the network and any proxy, and the addresses that `backrow doctor` shows."
)
_LONGEST_BODY: Final = 8_000


def explain(error: BaseException, context: Context, *, debug: bool = False) -> int:
    """Say what went wrong on standard error, and return the exit code.

    Args:
        error: What ended the command.
        context: Where to say it.
        debug: Show the traceback of an error that is no `BackrowError`.
    """
    if isinstance(error, ZoomError):
        return _explain_answer(error, context)
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


def _explain_answer(error: ZoomError, context: Context) -> int:
    if error.status is not None and not 200 <= error.status < 300:
        context.say(f"{shown_answer(error)}\n")
    context.say(f"backrow: {plain_lines(str(error))}")
    if isinstance(error, RateLimitError) and error.retry_at is not None:
        context.say(f"{_INDENT}Calls are possible again at {iso(error.retry_at)}.")
    for note in getattr(error, "__notes__", ()):
        context.say(f"{_INDENT}{note}")
    context.say(f"{_INDENT}{error.advice}")
    return error.exit_code


def shown_answer(error: ZoomError) -> str:
    """Return the answer behind `error` as text: status, headers, body."""
    lines = [f"HTTP {error.status} {_reason(error.status or 0)}".rstrip()]
    lines += [f"{plain(k)}: {plain(v)}" for k, v in error.headers.items()]
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
