"""The checks that ask nobody: settings, their files, and the state folder."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from backrow.cli.doctor.check import Check, failed
from backrow.cli.write import counted
from backrow.clock import Clock
from backrow.errors import BackrowError, StorageError, how_to_install
from backrow.settings import Settings

if TYPE_CHECKING:
    from backrow.lake.inbox import Counts

NEEDS_APP: Final = "it is not installed"
INSTALL_APP: Final = f"Type: {how_to_install('app')}"
_SLOW_S: Final = 60.0
"""For how long an event may wait while a server moves them; it does so each second."""
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_APP_HELP: Final = (
    "At marketplace.zoom.us choose Develop, Build App, Server-to-Server OAuth; copy "
    "its account id, client id and client secret, and type: backrow init. To try "
    "Backrow without an account, type: backrow emulate --env zoom.env"
)


def local_checks(settings: Settings) -> Iterator[Check]:
    """Look at settings and at what they name on this machine."""
    yield _credentials(settings)
    for warning in settings.warnings:
        message, _, advice = warning.partition(": ")
        yield Check(name="settings", state="warning", message=message, advice=advice)
    for name in ("api_url", "oauth_url"):
        if is_in_the_open(getattr(settings, name)):
            message = (
                f"{name} is not encrypted: tokens and secrets can be read on the way"
            )
            yield Check(
                name="settings", state="warning", message=message, advice="Use https."
            )
    try:
        Clock.parse(settings.clock)
    except BackrowError as exc:
        yield failed("settings", exc)
    yield from _files(settings)
    yield _privacy(settings)
    state = list(_state(settings.state))
    yield from state
    if not any(one.state == "failed" for one in state):
        yield from with_lake("inbox", lambda: _inbox(settings))
        yield from with_lake("mirror", lambda: _mirror_tokens(settings.state))


def is_in_the_open(address: str) -> bool:
    """Return whether what goes to an address can be read on the way."""
    url = urlsplit(address)
    return url.scheme == "http" and not is_local(address)


def is_local(address: str) -> bool:
    """Return whether an address is of this machine."""
    return (urlsplit(address).hostname or "") in _LOCAL


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


def _files(settings: Settings) -> Iterator[Check]:
    """Read the files that sessions are judged by."""
    given = [n for n in ("sites", "asn", "thresholds") if getattr(settings, n)]
    if not given:
        return
    try:
        from backrow.judge.given import judge_of  # noqa: PLC0415 - an extra
    except ImportError:
        yield Check(
            name="files", state="skipped", message=NEEDS_APP, advice=INSTALL_APP
        )
        return
    try:
        judge_of(settings, now=Clock().now())
    except BackrowError as exc:
        yield failed("files", exc, advice="Mend the file, or name another one.")
    else:
        yield Check(name="files", state="ok", message=f"{', '.join(given)} can be read")


def _privacy(settings: Settings) -> Check:
    """Say what is kept of people, as far as whoever collects here has the same."""
    people = {
        "names": "people by name",
        "pseudonyms": "people by pseudonym",
        "omit": "nobody's identity",
    }[settings.identities]
    addresses = {
        "full": "whole addresses",
        "prefix": "the networks of addresses",
        "omit": "no addresses",
    }[settings.addresses]
    days = settings.keep_days
    long = "for ever" if days is None else f"for {counted(days, 'day')}"
    message = f"new rows keep {people} and {addresses}, {long}"
    return Check(name="privacy", state="ok", message=message)


def _state(folder: Path) -> Iterator[Check]:
    """Look at the state folder, if there is one."""
    if not folder.exists():
        return
    place = shlex.quote(str(folder))
    if not folder.is_dir():
        message = f"expected a folder, found a file - in {folder}"
        advice = "Name another place with BACKROW_STATE."
    elif not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        message = f"cannot be read and written - in {folder}"
        advice = f"Type: chmod u+rwx {place}"
    elif os.name != "nt" and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        message = f"other users can look into it - in {folder}"
        yield Check(
            name="state",
            state="warning",
            message=message,
            advice=f"Type: chmod 700 {place}",
        )
        return
    else:
        yield Check(name="state", state="ok", message=f"in {folder}")
        return
    yield Check(
        name="state", state="failed", message=message, advice=advice, exit_code=1
    )


def _inbox(settings: Settings) -> Iterator[Check]:
    """Look at what was pushed, if anything ever was."""
    from backrow.lake.inbox import FILE_NAME, Inbox  # noqa: PLC0415 - an extra

    state = settings.state
    if not (state / FILE_NAME).exists():
        return
    inbox = Inbox(state)
    try:
        counts = inbox.counts()
    finally:
        inbox.close()
    mover = mover_of(state)
    yield _waiting(counts, mover, now=Clock.parse(settings.clock).now())
    again = "backrow import --dead-letters"
    after = "After an update" if mover is None else "After an update, start it anew and"
    yield Check(
        name="dead letters",
        state="warning" if counts.dead else "ok",
        message=f"{counted(counts.dead, 'dead letter')} could not be read",
        advice=f"{after} type: {again}" if counts.dead else "",
    )


def mover_of(state: Path) -> str | None:
    """Return who moves events into the lake and tidies it; None if nobody does."""
    from backrow.collect.lock import holder_of  # noqa: PLC0415 - an extra
    from backrow.collect.sink import LOCK_NAME  # noqa: PLC0415

    return holder_of(state, LOCK_NAME)


def _waiting(counts: Counts, mover: str | None, *, now: float) -> Check:
    """Tell what waits for the lake, and whether somebody moves it.

    Args:
        counts: Of the inbox.
        mover: Who moves events.
        now: Unix seconds, by the clock that events came by.
    """
    wait = "waits" if counts.waiting == 1 else "wait"
    message = f"{counted(counts.waiting, 'event')} {wait} for the lake"
    if mover is not None:
        message += f"; {mover}, moves them"
    if not counts.waiting:
        return Check(name="inbox", state="ok", message=message)
    if mover is None:
        advice = "Type: backrow serve, which moves them."
        return Check(name="inbox", state="warning", message=message, advice=advice)
    waited_s = now - (counts.oldest_waiting_at or now)
    if waited_s < _SLOW_S:
        return Check(name="inbox", state="ok", message=message)
    return Check(
        name="inbox",
        state="warning",
        message=f"{message}, the oldest since {counted(int(waited_s / 60), 'minute')}",
        advice="Look at what that server says on standard error, and at its /healthz: "
        "it does not get them into the lake.",
    )


def _mirror_tokens(state: Path) -> Iterator[Check]:
    """Read the mirror's tokens, if any were made."""
    from backrow.web.mirror.tokens import FILE_NAME, TokenFile  # noqa: PLC0415

    if not (state / FILE_NAME).exists():
        return
    now = Clock().now()
    states = [one.state(now=now) for one in TokenFile(state).read()]
    message = f"{counted(states.count('good'), 'token')} may be used"
    yield Check(name="mirror", state="ok", message=message)


def with_lake(name: str, look: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """Yield the checks of what needs an extra, or why there are none."""
    try:
        yield from look()
    except ImportError:
        yield Check(name=name, state="skipped", message=NEEDS_APP, advice=INSTALL_APP)
    except BackrowError as exc:
        yield failed(name, exc)
    except OSError as exc:
        place = str(exc.filename or "its folder")
        error = StorageError(f"cannot be read: {exc.strerror or exc}", place=place)
        yield failed(name, error)
