"""What clients of an emulator are given, and what of it is left when it ends.

They get a file of settings and a state folder. Both speak of an emulator that is gone
when it ends, so both are taken away: the file unless somebody has changed it, the
folder unless it holds what is nowhere else. The lake is the user's own and is not
touched, wherever it is.
"""

from __future__ import annotations

import shlex
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from backrow.cli.emulate.files import write_private
from backrow.cli.write import counted
from backrow.clock import Clock
from backrow.collect.lock import holder_of
from backrow.errors import BackrowError
from backrow.settings import SETTING
from backrow.web.emulated.options import ZoomOptions
from backrow.web.emulated.tokens import Credentials

_TABLE: Final = "_delta_log"
"""A folder of this name is in every table of a lake."""


def exports(
    url: str,
    credentials: Credentials,
    options: ZoomOptions,
    clock: Clock,
    *,
    webhook_secret: str,
    state: Path,
) -> str:
    """Return lines for a shell that point a client at this emulator."""
    values = {
        "account_id": credentials.account_id,
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "api_url": f"{url}/v2",
        "oauth_url": f"{url}/oauth/token",
        "access_token": "",
        "webhook_secret": webhook_secret,
        "state": str(state),
        "clock": "" if clock == Clock() else str(clock),
    }
    if options.plan in SETTING["plan"].choices:
        values["plan"] = options.plan
    lines = [f"export {SETTING[k].env}={shlex.quote(v)}" for k, v in values.items()]
    return "\n".join([*lines, ""])


@contextmanager
def env_of_clients(path: Path, text: str) -> Iterator[None]:
    """Write the settings of clients, and take them away when the block is left.

    What another emulator, or somebody, has written there since stays.

    Raises:
        UsageError: They cannot be written there.
    """
    write_private(path, text)
    try:
        yield
    finally:
        with suppress(OSError):
            if path.read_bytes() == text.encode():
                path.unlink()


@contextmanager
def state_of_clients(say: Callable[[str], None]) -> Iterator[Path]:
    """Give clients a state folder, and take it away when the block is left.

    It is a new one: what a ledger says of another emulator's account is not true of
    this one's. If something must stay, it all stays, and is told.

    Args:
        say: Writes a line to who started the emulator.
    """
    folder = Path(tempfile.mkdtemp(prefix="backrow-emulated-"))
    try:
        yield folder
    finally:
        kept = _worth_keeping(folder)
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            away = f"rm -r {shlex.quote(str(folder))}"
            say(f"backrow: {folder} stays: {kept} (to remove it, type: {away})")


def _worth_keeping(folder: Path) -> str:
    """Return what in a state folder is nowhere else, or is in use; "" if nothing is."""
    for lock in sorted(folder.glob("*.lock")):
        holder = holder_of(folder, lock.stem)
        if holder is not None:
            return f"{holder}, still works with it"
    if next(folder.rglob(_TABLE), None) is not None:
        return "a lake is in it"
    try:
        return _left_in_inbox(folder)
    except BackrowError as exc:
        return str(exc)


def _left_in_inbox(folder: Path) -> str:
    """Return what is in an inbox and in no lake; "" if nothing is.

    Raises:
        LakeError: It cannot be read.
    """
    from backrow.lake.inbox import FILE_NAME, Inbox  # noqa: PLC0415 - slow to load

    if not (folder / FILE_NAME).exists():
        return ""
    inbox = Inbox(folder)
    try:
        counts = inbox.counts()
    finally:
        inbox.close()
    if counts.waiting:
        return f"{counted(counts.waiting, 'event')} in it came into no lake"
    if counts.dead:
        return f"{counted(counts.dead, 'dead letter')} could not be read"
    return ""
