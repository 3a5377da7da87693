"""What every command is handed, and the options that every command takes.

A command never reaches for the process it runs in: streams, environment, folders
and the way to Zoom come in a `Context`, which `main` makes and tests replace.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, Protocol, TextIO, TypeAlias
from zoneinfo import ZoneInfo

from cyclopts import Group, Parameter
from rich.console import Console

from backrow.errors import SettingsError, UsageError
from backrow.settings import SETTING, SETTINGS, Settings, find_file, load

if TYPE_CHECKING:
    from httpx2 import BaseTransport

    from backrow.zoom.client import AsyncZoom, CallRecord, Timer, Zoom

Format = Literal["table", "json", "raw", "csv"]
ListFormat = Literal["table", "json", "csv"]

PROGRAM: Final = "backrow"
_WIDTH: Final = 100
"""Columns of a table that goes to a file or a pipe."""


class Connect(Protocol):
    """Makes a client from settings; tests put a transport into it."""

    def __call__(
        self, settings: Settings, *, on_call: Callable[[CallRecord], None]
    ) -> Zoom:
        """Return a client that tells `on_call` of every request."""
        ...


def connect(settings: Settings, *, on_call: Callable[[CallRecord], None]) -> Zoom:
    """Return a client that goes to Zoom."""
    from backrow.zoom.client import Zoom  # noqa: PLC0415 - most of a start's time

    return Zoom.from_settings(settings, on_call=on_call)


class ConnectAsync(Protocol):
    """Makes a client for tasks from settings; tests put a transport into it."""

    def __call__(
        self, settings: Settings, *, on_call: Callable[[CallRecord], None]
    ) -> AsyncZoom:
        """Return a client that tells `on_call` of every request."""
        ...


def connect_async(
    settings: Settings, *, on_call: Callable[[CallRecord], None]
) -> AsyncZoom:
    """Return a client for tasks that goes to Zoom."""
    from backrow.zoom.client import AsyncZoom  # noqa: PLC0415 - most of a start's time

    return AsyncZoom.from_settings(settings, on_call=on_call)


def clock_of(settings: Settings) -> Timer:
    """Return the clock that settings name."""
    from backrow.clock import Clock  # noqa: PLC0415 - it loads anyio

    return Clock.parse(settings.clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a command has to work with."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    stdin: TextIO = field(default_factory=lambda: sys.stdin)
    stdout: TextIO = field(default_factory=lambda: sys.stdout)
    stderr: TextIO = field(default_factory=lambda: sys.stderr)
    folders: Sequence[Path] | None = None
    """Where backrow.toml is looked for; None for the usual places."""
    connect: Connect = connect
    connect_async: ConnectAsync = connect_async
    clock: Callable[[Settings], Timer] = clock_of
    """Gives the clock that collecting goes by."""
    argv0: str = field(default_factory=lambda: sys.argv[0])
    """The path that the program was called by."""
    transport: BaseTransport | None = None
    """Carries requests to others than Zoom; None for the network."""

    @property
    def program(self) -> str:
        """What to type to call this program, as in ``backrow``."""
        return called_as(self.argv0, self.environ)

    def console(self) -> Console:
        """Return a console for standard output."""
        return self._console(self.stdout)

    def error_console(self) -> Console:
        """Return a console for standard error."""
        return self._console(self.stderr)

    def say(self, sentence: str) -> None:
        """Write a line to standard error."""
        self.stderr.write(f"{sentence}\n")
        self.stderr.flush()

    def agrees(self, question: str) -> bool:
        """Ask on the terminal, and return whether the answer is yes.

        Raises:
            UsageError: Nobody can be asked.
        """
        if not (self.stdin.isatty() and self.stderr.isatty()):
            raise UsageError(f"{question} Nobody can be asked here (add --yes)")
        self.stderr.write(f"{question} [y/N] ")
        self.stderr.flush()
        return self.stdin.readline().strip().lower() in {"y", "yes"}

    def _console(self, stream: TextIO) -> Console:
        asked = self.environ.get("COLUMNS", "")
        width = int(asked) if asked.isdecimal() and int(asked) > 0 else None
        if width is None and not stream.isatty():
            width = _WIDTH
        return _Console(
            file=stream,
            width=width,
            highlight=False,
            markup=False,
            emoji=False,
            soft_wrap=False,
            no_color="NO_COLOR" in self.environ,
            _environ=self.environ,
        )


class _Console(Console):
    """A console whose reader may leave: `main` is told, as for any other stream."""

    def on_broken_pipe(self) -> None:
        """Tell that the reader has left."""
        raise BrokenPipeError


def called_as(argv0: str, environ: Mapping[str, str]) -> str:
    """Return what to type for this program, quoted for a shell.

    That is the path it was called by where `backrow` alone would not find it.

    Args:
        argv0: The path that it was called by.
        environ: Its `PATH` says where a shell looks.
    """
    path = Path(argv0)
    is_ours = path.stem == PROGRAM and os.access(path, os.X_OK) and path.is_file()
    if not is_ours or path.parent == Path():
        return PROGRAM
    found = shutil.which(PROGRAM, path=environ.get("PATH", ""))
    if found is not None and Path(found).resolve() == path.resolve():
        return PROGRAM
    return shlex.quote(argv0)


_OF_ENVIRONMENT: Final = " or ".join(
    setting.env
    for setting in SETTINGS
    if setting.name in {"client_secret", "access_token"}
)
_SETTINGS: Final = Group(
    "Settings",
    f"Secrets have no option, as others can read command lines: {_OF_ENVIRONMENT} is "
    "read from the environment (or backrow.toml).",
    sort_key=20,
)
_OFFLINE_SETTINGS: Final = Group("Settings", sort_key=20)
_JUDGING: Final = Group("What to judge by", sort_key=10)
_PRIVACY: Final = Group("What is told of people", sort_key=11)


def _setting(name: str, group: Group = _SETTINGS) -> Parameter:
    setting = SETTING[name]
    default = setting.default or setting.default_shown
    about = f" [default: {default}]" if default else ""
    choices = f" [one of: {', '.join(setting.choices)}]" if setting.choices else ""
    return Parameter(
        help=f"{setting.help}{choices} [env: {setting.env}]{about}",
        group=group,
        show_default=False,
    )


def _config(group: Group) -> Parameter:
    return Parameter(
        group=group,
        help="A backrow.toml; otherwise the one in this folder, or in your config "
        "folder.",
        show_default=False,
    )


def _debug(group: Group) -> Parameter:
    return Parameter(
        group=group,
        negative=(),
        show_default=False,
        help="Show a traceback if Backrow itself fails. [env: BACKROW_DEBUG]",
    )


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """The options that every command takes."""

    account_id: Annotated[str | None, _setting("account_id")] = None
    client_id: Annotated[str | None, _setting("client_id")] = None
    api_url: Annotated[str | None, _setting("api_url")] = None
    oauth_url: Annotated[str | None, _setting("oauth_url")] = None
    plan: Annotated[str | None, _setting("plan")] = None
    state: Annotated[str | None, _setting("state")] = None
    clock: Annotated[str | None, _setting("clock")] = None
    tz: Annotated[str | None, _setting("tz")] = None
    config: Annotated[Path | None, _config(_SETTINGS)] = None
    verbose: Annotated[
        bool,
        Parameter(
            group=_SETTINGS,
            negative=(),
            show_default=False,
            help="Say each call and its status on standard error, and show every "
            "header of a refusal.",
        ),
    ] = False
    debug: Annotated[bool, _debug(_SETTINGS)] = False

    def given(self) -> dict[str, str | None]:
        """Return the settings among the flags, None for those not given."""
        names = [name for name in SETTING if name in type(self).__dataclass_fields__]
        return {name: getattr(self, name) for name in names}

    def settings(self, context: Context) -> Settings:
        """Return the settings that hold, saying their warnings.

        Raises:
            SettingsError: A value or the file is malformed.
        """
        return _loaded(self.given(), self.config, context)


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineFlags:
    """The options of commands that call nobody."""

    tz: Annotated[str | None, _setting("tz", _OFFLINE_SETTINGS)] = None
    config: Annotated[Path | None, _config(_OFFLINE_SETTINGS)] = None
    debug: Annotated[bool, _debug(_OFFLINE_SETTINGS)] = False

    def settings(self, context: Context) -> Settings:
        """Return the settings that hold, saying their warnings.

        Raises:
            SettingsError: A value or the file is malformed.
        """
        return _loaded({"tz": self.tz}, self.config, context)


def _loaded(
    given: Mapping[str, str | None], config: Path | None, context: Context
) -> Settings:
    file = config or find_file(context.folders)
    settings = load(given, context.environ, file)
    for warning in settings.warnings:
        context.say(f"backrow: warning: {warning}")
    return settings


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class LakeFlags(Flags):
    """The options that every command on the lake takes."""

    lake: Annotated[
        str | None,
        Parameter(
            group=_SETTINGS,
            help=f"{SETTING['lake'].help} [env: BACKROW_LAKE] "
            f"[default: {SETTING['lake'].default_shown}]",
            show_default=False,
        ),
    ] = None


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class JudgingFlags(LakeFlags):
    """The options that every command takes that judges sessions."""

    sites: Annotated[str | None, _setting("sites", _JUDGING)] = None
    asn: Annotated[str | None, _setting("asn", _JUDGING)] = None
    thresholds: Annotated[str | None, _setting("thresholds", _JUDGING)] = None


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class CollectingFlags(JudgingFlags):
    """The options that every command takes that writes the lake."""

    identities: Annotated[str | None, _setting("identities", _PRIVACY)] = None
    addresses: Annotated[str | None, _setting("addresses", _PRIVACY)] = None
    keep_days: Annotated[str | None, _setting("keep_days", _PRIVACY)] = None


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class TellingFlags(LakeFlags):
    """The options that every command takes that tells of people to others."""

    identities: Annotated[str | None, _setting("identities", _PRIVACY)] = None


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class ExportingFlags(TellingFlags):
    """The options that every command takes that writes rows of the lake."""

    addresses: Annotated[str | None, _setting("addresses", _PRIVACY)] = None


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class ListOutput:
    """How a list is printed."""

    format: Annotated[
        ListFormat,
        Parameter(help="table to read; json and csv for programs, times in UTC."),
    ] = "table"
    json: Annotated[
        bool, Parameter(negative=(), show_default=False, help="Same as --format json.")
    ] = False

    @property
    def how(self) -> ListFormat:
        """The form that was asked for."""
        return "json" if self.json else self.format


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """How one participant's answer is printed."""

    format: Annotated[
        Format,
        Parameter(
            help="table to read; json typed, times in UTC; raw is Zoom's body, "
            "untouched; csv has the columns of the samples table."
        ),
    ] = "table"
    json: Annotated[
        bool, Parameter(negative=(), show_default=False, help="Same as --format json.")
    ] = False

    @property
    def how(self) -> Format:
        """The form that was asked for."""
        return "json" if self.json else self.format


FileOrStdout: TypeAlias = Annotated[
    Path, Parameter(name=["--output", "-o"], allow_leading_hyphen=True)
]
"""The type of an option that names a file, or standard output by a ``-``."""


def is_stdout(file: Path) -> bool:
    """Return whether a `FileOrStdout` is standard output.

    Raises:
        UsageError: It is neither that nor a file, but another option.
    """
    if str(file).startswith("-") and str(file) != "-":
        msg = f"expected a file after --output, got {str(file)!r}"
        raise UsageError(f"{msg} (a file is written ./{file})")
    return str(file) == "-"


Given: TypeAlias = Annotated[Context, Parameter(parse=False)]
"""The type of a command's `context`, which no command line fills."""


def open_zoom(
    context: Context,
    settings: Settings,
    *,
    verbose: bool = False,
    on_call: Callable[[CallRecord], None] | None = None,
) -> Zoom:
    """Return a client for `settings` that says its calls if `verbose`."""

    def report(call: CallRecord) -> None:
        if verbose:
            context.say(describe(call))
        if on_call is not None:
            on_call(call)

    return context.connect(settings, on_call=report)


def describe(call: CallRecord) -> str:
    """Return a call and its outcome on one line."""
    outcome = call.error if call.status is None else f"HTTP {call.status}"
    return f"{call.method} {call.url} -> {outcome} ({call.elapsed_s:.2f} s)"


@dataclass(frozen=True, slots=True)
class Zone:
    """The viewer's time zone."""

    name: str | None
    """An IANA name; None is the machine's zone."""

    def local(self, at: datetime) -> datetime:
        """Return `at` in this zone."""
        if self.name is None:
            return at.astimezone()
        try:
            return at.astimezone(ZoneInfo(self.name))
        except (OSError, ValueError, LookupError) as exc:
            msg = f"expected a time zone that this machine knows, got {self.name!r}"
            raise SettingsError(msg) from exc

    def shown(self, at: datetime) -> str:
        """Return `at` as ``2026-11-23 11:00 CET (UTC+01:00)``."""
        return f"{self.local(at):%Y-%m-%d %H:%M} {self.title(at)}"

    def brief(self, at: datetime | None, beside: datetime | None) -> str:
        """Return `at` as ``11:00:00``, with its date if that is not `beside`'s."""
        if at is None:
            return ""
        local = self.local(at)
        same = beside is not None and local.date() == self.local(beside).date()
        return f"{local:%H:%M:%S}" if same else f"{local:%Y-%m-%d %H:%M}"

    def title(self, at: datetime) -> str:
        """Return the zone's name and offset at `at`, as in ``CET (UTC+01:00)``."""
        local = self.local(at)
        offset = local.strftime("%z")
        name = self.name or local.tzname() or ""
        if name == "UTC":
            return name
        return f"{name} (UTC{offset[:3]}:{offset[3:5]})"
