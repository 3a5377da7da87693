"""`backrow doctor`: what is set, what works, and what to do about the rest.

Checks run in an order in which each rests on those before it: without settings
there is no token, without a token no call. What cannot be checked is skipped and
said. The exit code is that of the worst failure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from backrow.cli.context import Context, Flags, Given, Zone, open_zoom
from backrow.cli.read import live_then_past
from backrow.cli.write import plain, write_json
from backrow.clock import Clock
from backrow.errors import (
    BackrowError,
    NotFoundError,
    ScopeError,
    SettingsError,
    ZoomError,
)
from backrow.lake.inbox import FILE_NAME, Inbox
from backrow.qos.vocabulary import Kind
from backrow.settings import SETTINGS, Secret, Setting, Settings
from backrow.zoom.client import CallRecord, Token, Zoom
from backrow.zoom.endpoints import ENDPOINTS, Endpoint
from backrow.zoom.limits import instant

State = Literal["ok", "warning", "failed", "skipped"]

WORST_FIRST: Final = (1, 2, 6, 3, 5, 7, 4)
"""Exit codes of failures, worst first: what is first keeps the rest from working."""
_SKEW_S: Final = 60.0
"""A clock that is off by more is warned of; Zoom's webhooks carry signed times."""
_FEW: Final = 0.1
"""Share of the day's calls under which what is left is warned of."""
_NEEDED: Final = ("list", "get", "participants", "participants_qos", "participant_qos")
"""Calls about webinars that the commands cannot do without."""
_APP_HELP: Final = (
    "At marketplace.zoom.us choose Develop, Build App, Server-to-Server OAuth; copy "
    "its account id, client id and client secret into ZOOM_ACCOUNT_ID, "
    "ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET. To try Backrow without an account, "
    "type: backrow emulate --env zoom.env"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    message: str
    advice: str = ""
    """What to click or type; empty if all is well."""
    exit_code: int = 0
    """That of the failure; 0 if it is none."""


def doctor(
    webinar: str | None = None,
    /,
    *,
    kind: Kind = "webinar",
    offline: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    json: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    flags: Flags | None = None,
    context: Given,
) -> int:
    """Check settings, token, scopes, plan, clock and calls left.

    Each failure comes with what to click or type. It makes two calls, and one or
    two more if a webinar is named.

    **Examples**

    - `backrow doctor`
    - `backrow doctor 94512345678`
    - `backrow doctor --offline --json`

    Args:
        webinar: Number or UUID of a webinar that should be found.
        kind: What is to be found.
        offline: Look at the settings only, and call nothing.
        json: Print the settings and checks as JSON.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    flags = flags or Flags()
    settings: Settings | None = None
    try:
        settings = flags.settings(context)
        checks = [*_of_settings(settings), *_of_inbox(settings)]
        calls = _Calls(context, settings, flags, webinar, kind)
        checks += calls.skipped() if offline else calls.checks()
    except SettingsError as exc:
        checks = [_failed("settings", exc)]
    if json:
        write_json(context.stdout, _as_json(settings, checks))
    else:
        _show(context.console(), settings, checks)
    return exit_code_of(checks)


def exit_code_of(checks: Sequence[Check]) -> int:
    """Return the exit code of the worst failure; 0 if there is none."""
    codes = {check.exit_code for check in checks if check.state == "failed"}
    return next((code for code in WORST_FIRST if code in codes), 0)


def _failed(name: str, error: BackrowError) -> Check:
    advice = error.advice if isinstance(error, ZoomError) else ""
    return Check(
        name=name,
        state="failed",
        message=str(error),
        advice=advice,
        exit_code=error.exit_code,
    )


def _of_settings(settings: Settings) -> Iterator[Check]:
    yield _credentials(settings)
    for warning in settings.warnings:
        message, _, advice = warning.partition(": ")
        yield Check(name="settings", state="warning", message=message, advice=advice)
    for name in ("api_url", "oauth_url"):
        url = urlsplit(getattr(settings, name))
        near = (url.hostname or "") in {"localhost", "127.0.0.1", "::1"}
        if url.scheme == "http" and not near:
            message = (
                f"{name} is not encrypted: tokens and secrets can be read on the way"
            )
            yield Check(
                name="settings", state="warning", message=message, advice="Use https."
            )
    try:
        Clock.parse(settings.clock)
    except BackrowError as exc:
        yield _failed("settings", exc)


def _of_inbox(settings: Settings) -> Iterator[Check]:
    """Look at what was pushed, if anything ever was."""
    if not (settings.state / FILE_NAME).exists():
        return
    try:
        inbox = Inbox(settings.state)
        try:
            counts = inbox.counts()
        finally:
            inbox.close()
    except BackrowError as exc:
        yield _failed("inbox", exc)
        return
    yield Check(
        name="inbox",
        state="warning" if counts.waiting else "ok",
        message=f"{_counted(counts.waiting, 'event')} wait for the lake",
        advice="Type: backrow serve, which moves them." if counts.waiting else "",
    )
    yield Check(
        name="dead letters",
        state="warning" if counts.dead else "ok",
        message=f"{_counted(counts.dead, 'dead letter')} could not be read",
        advice="After an update, type: backrow import --dead-letters"
        if counts.dead
        else "",
    )


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _credentials(settings: Settings) -> Check:
    if settings.access_token is not None:
        return Check(name="settings", state="ok", message="an access token is given")
    app = {
        "ZOOM_ACCOUNT_ID": settings.account_id,
        "ZOOM_CLIENT_ID": settings.client_id,
        "ZOOM_CLIENT_SECRET": settings.client_secret,
    }
    missing = [name for name, value in app.items() if value is None]
    if not missing:
        return Check(
            name="settings", state="ok", message="an app's credentials are given"
        )
    return Check(
        name="settings",
        state="failed",
        message=f"{', '.join(missing)} not set, and no ZOOM_ACCESS_TOKEN",
        advice=_APP_HELP,
        exit_code=2,
    )


@dataclass(slots=True)
class _Calls:
    """The checks that need Zoom."""

    context: Context
    settings: Settings
    flags: Flags
    webinar: str | None
    kind: Kind
    skews_s: list[float] = field(default_factory=list)
    """This machine's clock less that of each answer, seconds."""

    def names(self) -> list[str]:
        found = [] if self.webinar is None else [self.kind]
        return ["token", "scopes", "plan", "clock", "calls", *found]

    def skipped(self, why: str = "not asked, offline") -> list[Check]:
        return [Check(name=name, state="skipped", message=why) for name in self.names()]

    def checks(self) -> list[Check]:
        try:
            zoom = open_zoom(
                self.context,
                self.settings,
                verbose=self.flags.verbose,
                on_call=self._note,
            )
        except BackrowError:  # told by the checks of the settings
            return self.skipped("not asked, as the settings are not complete")
        with zoom:
            return list(self._of_zoom(zoom))

    def _of_zoom(self, zoom: Zoom) -> Iterator[Check]:
        try:
            token = zoom.token()
        except BackrowError as exc:
            yield _failed("token", exc)
            rest = self.skipped("not asked, as there is no token")
            yield from (check for check in rest if check.name != "token")
            return
        yield _token(token, Zone(self.settings.tz))
        yield from _scopes(token)
        yield _tried("plan", lambda: _plan(zoom))
        yield self._clock()
        yield _left(zoom, Zone(self.settings.tz))
        if self.webinar is not None:
            yield self._found(zoom, self.webinar)

    def _note(self, call: CallRecord) -> None:
        """Compare this machine's clock with the answer's."""
        try:
            theirs = parsedate_to_datetime(call.headers.get("date", ""))
        except ValueError:
            return
        now = Clock.parse(self.settings.clock).now()
        self.skews_s.append(now - call.elapsed_s / 2 - theirs.timestamp())

    def _clock(self) -> Check:
        if self.settings.clock:
            return Check(
                name="clock", state="skipped", message="BACKROW_CLOCK is set: emulated"
            )
        if not self.skews_s:
            message = "Zoom's answers do not tell the time"
            return Check(name="clock", state="skipped", message=message)
        skew_s = min(self.skews_s, key=abs)
        if abs(skew_s) <= _SKEW_S:
            return Check(name="clock", state="ok", message="within a minute of Zoom's")
        way = "ahead of" if skew_s > 0 else "behind"
        return Check(
            name="clock",
            state="warning",
            message=f"this machine is {abs(skew_s):.0f} s {way} Zoom's clock",
            advice="Let it follow a time server: timedatectl set-ntp true",
        )

    def _found(self, zoom: Zoom, webinar: str) -> Check:
        sessions = zoom.webinars if self.kind == "webinar" else zoom.meetings
        try:
            found, when = live_then_past(lambda when: sessions.get(webinar, type=when))
        except NotFoundError as exc:
            return Check(
                name=self.kind,
                state="failed",
                message=f"{webinar} is neither running nor ended: {exc}",
                advice=f"{exc.advice} Type: backrow webinars; for ended ones: "
                "backrow webinars --type past",
                exit_code=exc.exit_code,
            )
        except BackrowError as exc:
            return _failed(self.kind, exc)
        state = "running" if when == "live" else "ended"
        message = f"{found.topic or 'no topic'}, {state}, occurrence {found.uuid}"
        return Check(name=self.kind, state="ok", message=message)


def _tried(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except BackrowError as exc:
        return _failed(name, exc)


def _token(token: Token, zone: Zone) -> Check:
    if not token.renewable:
        message = "given; whether it is good, the next call tells"
        return Check(name="token", state="ok", message=message)
    end = "" if token.expires_at is None else f", good until {_at(token, zone)}"
    return Check(name="token", state="ok", message=f"got one{end}")


def _at(token: Token, zone: Zone) -> str:
    return zone.shown(instant(token.expires_at or 0.0))


def _plan(zoom: Zoom) -> Check:
    """Ask for the list of running webinars, which needs the Dashboard."""
    try:
        first = next(zoom.webinars.list(), None)
    except ScopeError as exc:
        message = f"cannot be told without the scope to list webinars: {exc}"
        return Check(name="plan", state="skipped", message=message)
    running = "no webinar is running" if first is None else "a webinar is running"
    return Check(name="plan", state="ok", message=f"the Dashboard answers; {running}")


def _scopes(token: Token) -> Iterator[Check]:
    if token.scopes is None:
        message = "a given token does not tell its scopes"
        yield Check(name="scopes", state="skipped", message=message)
        return
    lacking = [each for each in ENDPOINTS if not _allowed(each, token.scopes)]
    needed = [each for each in lacking if _is_needed(each)]
    others = [each for each in lacking if not _is_needed(each)]
    if needed:
        yield Check(
            name="scopes",
            state="failed",
            message=f"missing for webinars: {_titles(needed)}",
            advice=_add(needed),
            exit_code=ScopeError.exit_code,
        )
    if others:
        yield Check(
            name="scopes",
            state="warning",
            message=f"missing for other calls: {_titles(others)}",
            advice=_add(others),
        )
    if not lacking:
        yield Check(name="scopes", state="ok", message="every call is allowed")


def _allowed(each: Endpoint, scopes: frozenset[str]) -> bool:
    return not scopes.isdisjoint((each.granular_scope, *each.classic_scopes))


def _is_needed(each: Endpoint) -> bool:
    return each.kind == "webinar" and each.action in _NEEDED


def _titles(endpoints: Sequence[Endpoint]) -> str:
    return ", ".join(each.name for each in endpoints)


def _add(endpoints: Sequence[Endpoint]) -> str:
    names = ", ".join(dict.fromkeys(each.granular_scope for each in endpoints))
    return (
        f"At marketplace.zoom.us open your app, Scopes, Add Scopes: {names}. Then "
        "activate it again; the next token has them."
    )


def _left(zoom: Zoom, zone: Zone) -> Check:
    budget = zoom.budget
    message = (
        f"{budget.left_today:,} of {budget.limit_today:,} heavy calls left today, as "
        f"far as known ({budget.plan} plan; resets {zone.shown(budget.resets_at)})"
    )
    if budget.left_today <= 0:
        return Check(
            name="calls",
            state="failed",
            message=message,
            advice="Wait for the reset; all apps of the account share the limit.",
            exit_code=5,
        )
    few = budget.left_today < _FEW * budget.limit_today
    return Check(name="calls", state="warning" if few else "ok", message=message)


def _as_json(settings: Settings | None, checks: Sequence[Check]) -> dict[str, Any]:
    return {
        "settings": [
            {
                "name": setting.name,
                "value": _value(settings, setting),
                "origin": settings.origin(setting.name),
                "env": setting.env,
                "help": setting.help,
            }
            for setting in SETTINGS
        ]
        if settings is not None
        else [],
        "checks": [asdict(check) for check in checks],
        "exit_code": exit_code_of(checks),
    }


def _value(settings: Settings, setting: Setting) -> str | None:
    value = getattr(settings, setting.name)
    if value is None:
        return None
    return str(value) if isinstance(value, Secret) else str(value) or None


_STYLES: Final[dict[State, str]] = {
    "ok": "green",
    "warning": "yellow",
    "failed": "bold red",
    "skipped": "dim",
}


def _show(console: Console, settings: Settings | None, checks: Sequence[Check]) -> None:
    if settings is not None:
        console.print(_table_of_settings(settings))
        console.print()
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(3):
        table.add_column(overflow="fold")
    for check in checks:
        word = check.state.upper() if check.state == "failed" else check.state
        text = Text(plain(check.message, longest=1_000))
        if check.advice:
            text.append(f"\n-> {plain(check.advice, longest=1_000)}", style="bold")
        table.add_row(Text(word, style=_STYLES[check.state]), check.name, text)
    console.print(table)


def _table_of_settings(settings: Settings) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(3):
        table.add_column(overflow="fold")
    for setting in SETTINGS:
        value = _value(settings, setting)
        origin = settings.origin(setting.name)
        where = {
            "environment": f"environment, {setting.env}",
            "backrow.toml": str(settings.file),
        }.get(origin, origin)
        table.add_row(setting.name, Text("-" if value is None else plain(value)), where)
    return table
