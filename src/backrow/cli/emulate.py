"""`backrow emulate`: Zoom's API over webinars that never were."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, Literal

from cyclopts import Group, Parameter

from backrow.cli.context import Given
from backrow.clock import Clock
from backrow.errors import MissingExtraError, UsageError
from backrow.settings import SETTING
from backrow.simulate.plain.world import EVENTS, LIVE_NUMBER, LIVE_UUID, plain_world
from backrow.simulate.sample_answer import PARTICIPANT
from backrow.web.emulated.options import ZoomOptions, parse_options
from backrow.web.emulated.tokens import Credentials

_PORT_MAX: Final = 65_535
_SPEED_MAX: Final = 100_000
_ACCOUNT: Final = Group("Emulated account", sort_key=5)
_CLOCK: Final = Group("Emulated clock", sort_key=6)
_SWITCHES: Final = Parameter(
    negative=(),
    show_default=False,
    help="NAME=VALUE, as often as needed: how this Zoom behaves where the real one is "
    "not documented, and what goes wrong. Names: "
    f"{', '.join(sorted({*ZoomOptions.__struct_fields__} - {'plan'}))}.",
)


@Parameter(name="*", group=_ACCOUNT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The emulated account and its server-to-server OAuth app."""

    plan: Literal["pro", "business"] = "business"
    """Sets the rate limits."""
    account_id: str = "demo"
    """What a client must give as its account id."""
    client_id: str = "demo"
    """What a client must give as its client id."""
    client_secret: str = field(default="demo", repr=False)
    """Of the app that is emulated; a real one has no business here."""

    def credentials(self) -> Credentials:
        """Return what a client must know."""
        return Credentials(
            account_id=self.account_id,
            client_id=self.client_id,
            client_secret=self.client_secret,
        )


@Parameter(name="*", group=_CLOCK)
@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """The clock that live, past, limits and the lives of tokens go by."""

    speed: float = 1.0
    """60 plays an hour in a minute; clients must go by the same clock (see --env)."""
    start_at: Annotated[str | None, Parameter(show_default=False)] = None
    """The instant it shows at the start, ISO 8601; now, if not given."""

    def clock(self) -> Clock:
        """Return the clock; the real one if neither speed nor start is given.

        Raises:
            UsageError: One of them is malformed.
        """
        if not 0 < self.speed <= _SPEED_MAX:
            raise UsageError(
                f"expected a speed above 0 and up to {_SPEED_MAX}, got {self.speed:g}"
            )
        if self.start_at is None and self.speed == 1:
            return Clock()
        start_s = Clock().now() if self.start_at is None else _instant(self.start_at)
        return Clock.starting(start_s, speed=self.speed)


def emulate(
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    env: Path | None = None,
    seed: int = 7,
    zoom: Annotated[tuple[str, ...], _SWITCHES] = (),
    account: Account | None = None,
    time: Time | None = None,
    context: Given,
) -> int:
    """Answer as Zoom's API does, for webinars that never were.

    Needs no account and calls nobody. Ctrl-C ends it.

    **Examples**

    - `backrow emulate --env zoom.env`, then in another terminal `. ./zoom.env` and
      `backrow qos 94512345678 1670000000`
    - `backrow emulate --port 0 --speed 60` plays an hour in a minute
    - `backrow emulate --zoom page_size=refuse --zoom error_rate=0.05`

    Args:
        host: Address to listen on. Whoever can reach it can ask it everything.
        port: 0 is any free one.
        env: File to write `export` lines to that point a client here.
        seed: The same seed makes the same people.
        zoom: NAME=VALUE, as often as needed.
        account: The emulated account.
        time: The emulated clock.
        context: What the command has to work with.
    """
    try:
        from backrow.web import serving, zoom_api  # noqa: PLC0415 - an extra
    except ImportError as exc:
        raise MissingExtraError("the server", extra="app") from exc
    if not 0 <= port <= _PORT_MAX:
        raise UsageError(f"expected a port from 0 to {_PORT_MAX}, got {port}")
    account, clock = account or Account(), (time or Time()).clock()
    options = parse_options({"plan": account.plan, **_pairs(zoom)})
    app = zoom_api.create_app(
        plain_world(clock.now(), seed=seed),
        clock=clock,
        options=options,
        credentials=account.credentials(),
    )
    with serving.listen(host, port) as listening:
        url = serving.url_of(listening)
        if env is not None:
            _write_private(env, _exports(url, account.credentials(), options, clock))
        for line in _greeting(url, env, account.credentials()):
            context.say(line)
        if not serving.is_loopback(listening):
            context.say(
                f"backrow: warning: other machines can reach {host}; "
                "tokens and answers go over it unencrypted"
            )
        serving.serve(app, listening)
    return 0


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"expected NAME=VALUE, got {text!r} - in --zoom")
        pairs[name.strip()] = value.strip()
    return pairs


def _instant(text: str) -> float:
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=at.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError) as exc:
        msg = f"expected an instant such as 2026-11-23T10:00:00Z, got {text!r}"
        raise UsageError(f"{msg} - in --start-at") from exc


def _exports(
    url: str, credentials: Credentials, options: ZoomOptions, clock: Clock
) -> str:
    """Return lines for a shell that point a client at this emulator.

    The state folder is a new one: what a ledger says of another emulator's account
    is not true of this one's.
    """
    values = {
        "account_id": credentials.account_id,
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "api_url": f"{url}/v2",
        "oauth_url": f"{url}/oauth/token",
        "access_token": "",
        "state": tempfile.mkdtemp(prefix="backrow-emulated-"),
        "clock": "" if clock == Clock() else str(clock),
    }
    if options.plan in SETTING["plan"].choices:
        values["plan"] = options.plan
    lines = [f"export {SETTING[k].env}={shlex.quote(v)}" for k, v in values.items()]
    return "\n".join([*lines, ""])


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, all of it at once.

    Raises:
        UsageError: It cannot be written there.
    """
    try:
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(draft).replace(path)
    except OSError as exc:
        raise UsageError(f"cannot write {path}: {exc.strerror}") from exc


def _greeting(url: str, env: Path | None, credentials: Credentials) -> Iterator[str]:
    """Yield what a person needs to begin with."""
    yield f"Zoom, emulated, is at {url}/v2"
    yield f"tokens at {url}/oauth/token"
    ids = f"account {credentials.account_id}, client {credentials.client_id}"
    known = credentials.client_secret == Credentials().client_secret
    yield f"{ids}, secret {credentials.client_secret if known else 'as given'}"
    for event in EVENTS:
        running = event.begins + event.length > 0
        known_first = event.uuid == LIVE_UUID
        yield (
            f"  {event.kind} {event.number}  {'running' if running else 'ended':7}  "
            f"{event.uuid}  participant {PARTICIPANT if known_first else event.first_id}"
        )
    yield "Try, in another terminal:"
    if env is None:
        yield "  (--env FILE writes the settings that a client needs)"
    else:
        yield f"  . {shlex.quote(_sourced(env))}"
    yield f"  backrow qos {LIVE_NUMBER} {PARTICIPANT}"
    yield f"  backrow participants {LIVE_NUMBER}"
    yield "Ctrl-C ends it."


def _sourced(path: Path) -> str:
    """Return a path as `.` needs it, which looks up bare names elsewhere."""
    return str(path) if path.is_absolute() else f"./{path}"
