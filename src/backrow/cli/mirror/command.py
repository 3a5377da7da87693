"""`backrow mirror-token`: who may ask the server as if it were Zoom."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from cyclopts import App, Parameter

from backrow.cli.context import Flags, Given, ListOutput, Zone
from backrow.cli.show import show_list
from backrow.cli.write import age, plain, write_bytes, write_csv, write_json
from backrow.clock import Clock
from backrow.collect.lock import held
from backrow.settings import Settings
from backrow.web.mirror.tokens import (
    SHORT_SCOPES,
    Grant,
    TokenFile,
    parse_scopes,
)

_LOCK: Final = "mirror-tokens"
_NEVER: Final = "never"
_COLUMNS: Final = ("id", "name", "state", "created_at", "expires_at", "scopes")

mirror_token = App(
    name="mirror-token",
    help="""\
Make, list and revoke tokens for programs that ask Backrow as if it were Zoom.

`backrow serve` answers Zoom's own webinar and meeting QoS paths at `/v2`, from the
lake. A program written for Zoom needs another base address and one of these tokens.

**Examples**

- `backrow mirror-token create dashboard`
- `backrow mirror-token create bi --scopes webinars --expires 52w`
- `backrow mirror-token list`
- `backrow mirror-token revoke dashboard`
""",
    help_format="markdown",
)


@mirror_token.command
def create(
    name: str,
    /,
    *,
    scopes: str = "webinars,meetings",
    expires: str = "90d",
    json: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    flags: Flags | None = None,
    context: Given,
) -> int:
    """Make a token and print it; it is shown this once.

    **Examples**

    - `backrow mirror-token create dashboard`
    - `backrow mirror-token create bi --scopes webinars --expires never`

    Args:
        name: What it is for, such as the program that gets it.
        scopes: What it may ask for: webinars, meetings, all, or Zoom's own names of
            scopes; separated by commas.
        expires: For how long it is good: an age such as 12h, 90d or 52w, or `never`.
        json: Print what is known of it as JSON, the token too.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    settings = (flags or Flags()).settings(context)
    wanted = parse_scopes(part.strip() for part in scopes.split(",") if part.strip())
    now = Clock().now()
    expires_at = None if expires == _NEVER else now + _lifetime_s(expires)
    with _changing(settings, now) as file:
        grant, token = file.create(name, wanted, expires_at=expires_at, now=now)
    if json:
        write_json(context.stdout, {**_shown(grant, now), "token": token})
        return 0
    write_bytes(context.stdout, f"{token}\n".encode())
    until = "until it is revoked"
    if grant.expires_at is not None:
        until = f"until {Zone(settings.tz).shown(_instant(grant.expires_at))}"
    context.say(
        f"{plain(grant.name)} (id {grant.id}) may ask for {_scopes(grant)}, {until}. "
        "The token is not shown again."
    )
    return 0


@mirror_token.command(name="list")
def list_(
    *,
    output: ListOutput | None = None,
    flags: Flags | None = None,
    context: Given,
) -> int:
    """List the tokens; what is a secret of them is not kept.

    **Examples**

    - `backrow mirror-token list`
    - `backrow mirror-token list --json`

    Args:
        output: How the list is printed.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    settings = (flags or Flags()).settings(context)
    now = Clock().now()
    tokens = TokenFile(settings.state).read()
    how = (output or ListOutput()).how
    if how == "json":
        write_json(context.stdout, [_shown(one, now) for one in tokens])
    elif how == "csv":
        write_csv(context.stdout, [_shown(one, now) for one in tokens], _COLUMNS)
    else:
        zone = Zone(settings.tz)
        rows = [
            (
                one.id,
                one.name,
                one.state(now=now),
                zone.brief(_instant(one.created_at), None),
                _NEVER
                if one.expires_at is None
                else zone.brief(_instant(one.expires_at), None),
                _scopes(one),
            )
            for one in tokens
        ]
        columns = ("id", "name", "state", "created", "expires", "scopes")
        title = f"times in {zone.title(_instant(now))}" if rows else ""
        show_list(context.console(), columns, rows, title=title)
    return 0


@mirror_token.command
def revoke(which: str, /, *, flags: Flags | None = None, context: Given) -> int:
    """End a token, at once and for ever.

    **Examples**

    - `backrow mirror-token revoke dashboard`

    Args:
        which: Its name, or its id.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    settings = (flags or Flags()).settings(context)
    now = Clock().now()
    with _changing(settings, now) as file:
        grant = file.revoke(which, now=now)
    context.say(f"{plain(grant.name)} (id {grant.id}) is revoked")
    return 0


@contextmanager
def _changing(settings: Settings, now: float) -> Iterator[TokenFile]:
    """Give the tokens to who alone changes them."""
    with held(settings.state, what="backrow mirror-token", now=now, name=_LOCK):
        yield TokenFile(settings.state)


def _shown(grant: Grant, now: float) -> dict[str, Any]:
    """Return what may be told of a token."""
    expires = None if grant.expires_at is None else _instant(grant.expires_at)
    return {
        "id": grant.id,
        "name": grant.name,
        "state": grant.state(now=now),
        "created_at": _instant(grant.created_at),
        "expires_at": expires,
        "scopes": list(grant.scopes),
    }


def _scopes(grant: Grant) -> str:
    short = {scope: name for name, scope in SHORT_SCOPES.items()}
    return ", ".join(short.get(scope, scope) for scope in grant.scopes)


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=0)


def _lifetime_s(text: str) -> float:
    """Return for how long a token is to be good, in seconds.

    Raises:
        UsageError: It is no age, or none at all.
    """
    return age(text, digits=4, least=1, instead=_NEVER).total_seconds()
