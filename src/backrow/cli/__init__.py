"""The command line: one module per group of commands.

`main` is the program. It hands each command a `Context` and turns every error
into one clear line and an exit code (`backrow.cli.failure`). Commands are loaded
when they are called for, so that `backrow --version` is quick and the base install
works without what only some of them need.
"""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from cyclopts import App, Group

from backrow import __version__
from backrow.cli.context import Context
from backrow.cli.failure import EXIT_CODES, explain
from backrow.cli.write import plain

_READ: Final = Group("Read from Zoom", sort_key=1)
_OFFLINE: Final = Group("Without Zoom", sort_key=2)
_SET_UP: Final = Group("Set up", sort_key=3)
_COLLECT: Final = Group("Collect", sort_key=4)
_LAKE: Final = Group("What has been collected", sort_key=5)

COMMANDS: Final[tuple[tuple[str, str, Group, str], ...]] = (
    (
        "qos",
        "read:qos",
        _READ,
        "Show one participant's quality of service, minute by minute.",
    ),
    (
        "webinars",
        "read:webinars",
        _READ,
        "List the webinars that run now, or that ended in a period.",
    ),
    (
        "participants",
        "read:participants",
        _READ,
        "List a webinar's participants with the user_id that `qos` takes.",
    ),
    (
        "decode",
        "decode:decode",
        _OFFLINE,
        "Show saved answers and QSS events of Zoom as typed values.",
    ),
    (
        "emulate",
        "emulate:emulate",
        _OFFLINE,
        "Answer as Zoom's API does, for a webinar that never was.",
    ),
    (
        "init",
        "init:init",
        _SET_UP,
        "Ask for what is needed, and write backrow.toml.",
    ),
    (
        "doctor",
        "doctor:doctor",
        _SET_UP,
        "Check settings, token, scopes, plan, clock, calls left, lake and webhook.",
    ),
    (
        "alert",
        "collect.alert:alert",
        _SET_UP,
        "Send a test to everybody who is told of findings.",
    ),
    ("access-token", "tools:access_token", _SET_UP, "Print an access token."),
    (
        "completion",
        "tools:completion",
        _SET_UP,
        "Print a script by which a shell completes commands and options.",
    ),
    (
        "postman",
        "tools:postman",
        _SET_UP,
        "Write a Postman collection of every call that Backrow knows.",
    ),
    (
        "watch",
        "collect.watch:watch",
        _COLLECT,
        "Collect webinars that run, until they end, and complete them.",
    ),
    (
        "backfill",
        "collect.backfill:backfill",
        _COLLECT,
        "Collect webinars that have ended.",
    ),
    (
        "budget",
        "collect.budget:budget",
        _COLLECT,
        "Show what a webinar costs in calls, and what is left today.",
    ),
    (
        "diagnose",
        "diagnose.command:diagnose",
        _LAKE,
        "Say what was wrong in a session, for whom, since when, and why.",
    ),
    (
        "report",
        "pages.report:report",
        _LAKE,
        "Write a session's report: one HTML file, to keep, to send, to print.",
    ),
    (
        "serve",
        "serve:serve",
        _COLLECT,
        "Show sessions as web pages, and receive Zoom's webhooks.",
    ),
    (
        "mirror-token",
        "mirror.command:mirror_token",
        _COLLECT,
        "Make, list and revoke tokens for programs that ask Backrow as if it were Zoom.",
    ),
    (
        "demo",
        "pages.demo:demo",
        _OFFLINE,
        "Play a town hall that never was, collect it, and show it.",
    ),
    (
        "import",
        "importing:import_",
        _COLLECT,
        "Put saved answers and events into the lake, or dead letters once more.",
    ),
    ("sessions", "lake:sessions", _LAKE, "List the sessions that the lake holds."),
    (
        "export",
        "lake:export",
        _LAKE,
        "Write a session, or what has changed, for other programs.",
    ),
    ("sql", "lake:sql", _LAKE, "Ask the lake's tables in SQL."),
    ("prune", "lake:prune", _LAKE, "Remove sessions that are older than an age."),
    ("forget", "lake:forget", _LAKE, "Remove every trace of a person."),
)
"""Every command: name, where it is (below `backrow.cli`), group, one line of help."""

_ABOUT: Final = """\
Can they hear me in the back row? Quality of service of Zoom webinars.

**Examples**

- `backrow init` asks for what is needed; `backrow doctor` says what is missing.
- `backrow webinars` and `backrow participants 94512345678` find the ids.
- `backrow qos 94512345678 1670000000` shows what that participant sends and receives.
- `backrow emulate --env zoom.env` is a Zoom to try all of it on, without an account.
"""


def make_app(called: str | None = None, *, only: Collection[str] | None = None) -> App:
    """Return the command line's parser with every command.

    Args:
        called: The command whose own, longer help is wanted. It is loaded for that;
            the others are not.
        only: Leave out every command but these.
    """
    codes = "; ".join(f"{code} {text}" for code, text in EXIT_CODES.items())
    app = App(
        name="backrow",
        version=__version__,
        help=_ABOUT,
        help_epilogue=f"Exit codes: {codes}.",
        help_format="markdown",
        suppress_keyboard_interrupt=False,
    )
    app["--help"].group = app["--version"].group = Group("Options", sort_key=9)
    wanted = (one for one in COMMANDS if only is None or one[0] in only)
    for name, where, group, text in wanted:
        about = None if name == called else text
        app.command(f"backrow.cli.{where}", name=name, help=about, group=group)
    return app


def main(argv: Sequence[str] | None = None, *, context: Context | None = None) -> int:
    """Run one command and return its exit code.

    Args:
        argv: Arguments after the program's name; by default the process's.
        context: What the command has to work with; by default the process's
            streams, environment and folders, and a client that goes to Zoom.
    """
    tokens = list(sys.argv[1:] if argv is None else argv)
    context = context or Context()
    debug = "--debug" in tokens or bool(context.environ.get("BACKROW_DEBUG"))
    _never_fail_on_text(context)
    try:
        with _warnings_said(context):
            code = _run(tokens, context)
        context.stdout.flush()
    except BrokenPipeError:
        _swallow_output(context)
        return 0
    except (Exception, KeyboardInterrupt) as exc:  # noqa: BLE001 - the last resort
        return explain(exc, context, debug=debug, verbose="--verbose" in tokens)
    return code


def run() -> None:
    """Run one command and end the process with its exit code."""
    sys.exit(main())


def _run(tokens: Sequence[str], context: Context) -> int:
    called = next((token for token in tokens if not token.startswith("-")), None)
    command, bound, ignored = make_app(called).parse_args(
        list(tokens),
        console=context.console(),
        error_console=context.error_console(),
        exit_on_error=False,
        print_error=False,
    )
    extra: dict[str, Any] = {"context": context} if "context" in ignored else {}
    code = command(*bound.args, **bound.kwargs, **extra)
    return code if isinstance(code, int) else 0


class _Says(logging.Handler):
    """Says what the library warns of on a command's standard error."""

    def __init__(self, context: Context) -> None:
        """Say it to the streams of `context`."""
        super().__init__(logging.WARNING)
        self._context = context

    def emit(self, record: logging.LogRecord) -> None:
        """Say one warning."""
        self._context.say(f"backrow: warning: {plain(record.getMessage())}")


@contextmanager
def _warnings_said(context: Context) -> Iterator[None]:
    log = logging.getLogger("backrow")
    handler = _Says(context)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)


def _never_fail_on_text(context: Context) -> None:
    """Let streams of a poor encoding replace what they cannot show."""
    for stream in (context.stdout, context.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _swallow_output(context: Context) -> None:
    """Let the interpreter's last flush go nowhere, as the reader has left."""
    if context.stdout is sys.__stdout__:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, context.stdout.fileno())
