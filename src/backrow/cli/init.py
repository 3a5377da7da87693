"""`backrow init`: asks for what is needed and writes backrow.toml.

What is given by a flag or the environment is not asked; where nobody can be asked,
that is all there is. Secrets have no flag and are not shown while they are typed. The
file is this user's alone from its first byte on, and one that is there is replaced
only by whoever says so.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from getpass import getpass
from pathlib import Path
from typing import Annotated, Final, TextIO

import platformdirs
from cyclopts import Parameter

from backrow.cli.context import Context, Given
from backrow.cli.write import plain
from backrow.errors import SettingsError, UsageError
from backrow.settings import (
    FILE_NAME,
    SETTING,
    Setting,
    checked,
    find_file,
    flag_of,
    values_in,
)

ASKED: Final[Mapping[str, str]] = {
    "account_id": "Account id",
    "client_id": "Client id",
    "client_secret": "Client secret",
    "plan": "Plan",
    "lake": "Where samples are kept: a folder, or an s3://, gs:// or abfss:// URL",
    "webhook_secret": "Secret token of the app's events, if you have QSS",
}
"""What is asked for, in order."""
_NEEDED: Final = ("account_id", "client_id", "client_secret")
_WHERE: Final = (
    "Backrow reads Zoom through a server-to-server OAuth app of your account. At\n"
    "marketplace.zoom.us choose Develop, Build App, Server-to-Server OAuth. Its page\n"
    "App Credentials has the first three answers. Enter takes what is in brackets."
)
_HEAD: Final = (
    "# Settings of Backrow. Flags and the environment hold over them; `backrow doctor`\n"
    "# shows which hold. Keep this file to yourself, and out of version control.\n"
)


def init(
    *,
    account_id: str | None = None,
    client_id: str | None = None,
    plan: str | None = None,
    lake: str | None = None,
    to: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    user: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    yes: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    context: Given,
) -> int:
    """Ask for what is needed, and write backrow.toml for you alone.

    What is given by an option or the environment is not asked for. Secrets have no
    option, as others can read command lines: ZOOM_CLIENT_SECRET and
    ZOOM_WEBHOOK_SECRET are read from the environment.

    **Examples**

    - `backrow init`
    - `backrow init --user` for every folder that you work in
    - `ZOOM_CLIENT_SECRET=… backrow init --account-id … --client-id … --yes`

    Args:
        account_id: Account id of the server-to-server OAuth app. [env:
            ZOOM_ACCOUNT_ID]
        client_id: Client id of the app. [env: ZOOM_CLIENT_ID]
        plan: The account's plan, pro or business. [env: ZOOM_PLAN]
        lake: Where samples are kept: a folder, or an s3://, gs:// or abfss:// URL.
            [env: BACKROW_LAKE]
        to: The file to write; backrow.toml in this folder, if not given.
        user: Write it into your config folder, where every folder finds it.
        yes: Replace a file that is there without asking; what is not asked for stays
            in it.
        context: What the command has to work with.
    """
    if to is not None and user:
        raise UsageError("expected either --output or --user")
    file = to or _folder(context, user=user) / FILE_NAME
    before = values_in(file) if file.exists() else {}
    question = f"{plain(file)} is there. Write it anew? Its values are offered."
    if file.exists() and not (yes or context.agrees(question)):
        context.say("nothing is written")
        return 0
    flags = {
        "account_id": account_id,
        "client_id": client_id,
        "plan": plan,
        "lake": lake,
    }
    asking = _Asking(context, flags, before)
    values = {**before, **asking.answers()}
    _write(file, _text_of(values))
    _tell(context, file)
    return 0


def _folder(context: Context, *, user: bool) -> Path:
    """Return where the file goes: the first or the last place it is looked for."""
    folders = context.folders or (Path(), platformdirs.user_config_path("backrow"))
    return folders[-1] if user else folders[0]


@dataclass(slots=True)
class _Asking:
    """Asks for settings, those apart that are given."""

    context: Context
    flags: Mapping[str, str | None]
    before: Mapping[str, str]
    """Values of the file that is replaced."""
    missing: list[str] = field(default_factory=list)
    _has_begun: bool = False

    def answers(self) -> dict[str, str]:
        """Return the values by name; what is left at its default is not among them.

        Raises:
            SettingsError: A given value is malformed.
            UsageError: One that is needed is missing, and nobody can be asked.
        """
        found = {name: self._answer(SETTING[name]) for name in ASKED}
        if self.missing:
            names = ", ".join(self.missing)
            raise UsageError(
                f"{names} not given (set them, or start it on a terminal, where it asks)"
            )
        return {name: text for name, text in found.items() if text}

    def _answer(self, setting: Setting) -> str:
        flag = self.flags.get(setting.name)
        if flag is not None:
            return _checked(setting, flag, where=flag_of(setting.name))
        text = self.context.environ.get(setting.env, "").strip()
        if text:
            self.context.say(f"{setting.env} of the environment is taken")
            return _checked(setting, text, where=setting.env)
        if self.context.stdin.isatty():
            return self._asked(setting)
        known = self.before.get(setting.name, "")
        if not known and self._is_needed(setting):
            how = "" if setting.secret else f" ({flag_of(setting.name)})"
            self.missing.append(f"{setting.env}{how}")
        return known

    def _is_needed(self, setting: Setting) -> bool:
        return setting.name in _NEEDED and "access_token" not in self.before

    def _asked(self, setting: Setting) -> str:
        """Ask until the answer will do."""
        if not self._has_begun:
            self.context.say(_WHERE)
            self._has_begun = True
        known = self.before.get(setting.name, setting.default)
        while True:
            text = self._typed(setting, known) or known
            if not text and self._is_needed(setting):
                self.context.say("  It is needed.")
                continue
            try:
                return _checked(setting, text, where="your answer") if text else ""
            except SettingsError as exc:
                self.context.say(f"  {plain(exc)}")

    def _typed(self, setting: Setting, known: str) -> str:
        choices = f", {' or '.join(setting.choices)}" if setting.choices else ""
        shown = "kept" if setting.secret and known else known or setting.default_shown
        default = f" [{plain(shown)}]" if shown else ""
        prompt = f"{ASKED[setting.name]}{choices}{default}: "
        if not setting.secret:
            return _read(self.context, prompt)
        return _read(self.context, f"{prompt[:-2]} (not shown): ", hidden=True)


def _checked(setting: Setting, text: str, *, where: str) -> str:
    """Return a value as it is to be written.

    Raises:
        SettingsError: It is not what the setting must look like.
    """
    written = text.strip()
    checked(setting, written, where=where)  # its final form depends on who reads it
    return written


def _read(context: Context, prompt: str, *, hidden: bool = False) -> str:
    """Ask on the terminal, and return the line that is typed.

    Raises:
        UsageError: The input ends.
    """
    if hidden and sys.platform == "win32":
        return getpass(prompt).strip()
    with _unseen(context.stdin) if hidden else nullcontext():
        context.stderr.write(prompt)
        context.stderr.flush()
        line = context.stdin.readline()
    if hidden:
        context.stderr.write("\n")
    if not line:
        raise UsageError("expected an answer, got the end of the input")
    return line.strip()


@contextmanager
def _unseen(stdin: TextIO) -> Iterator[None]:
    """Let a terminal not show what is typed."""
    import termios  # noqa: PLC0415 - Windows has none

    try:
        terminal = stdin.fileno()
        before = termios.tcgetattr(terminal)
    except (OSError, termios.error):  # none that could show it
        yield
        return
    quiet = [*before]
    quiet[3] = before[3] & ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSADRAIN, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _text_of(values: Mapping[str, str]) -> str:
    """Return the file's text; JSON's texts are TOML's too."""
    lines = [
        f"{name} = {json.dumps(values[name], ensure_ascii=False)}"
        for name in SETTING
        if name in values
    ]
    return _HEAD + "\n".join(lines) + "\n"


def _write(file: Path, text: str) -> None:
    """Write the file whole or not at all, for this user alone.

    Raises:
        UsageError: It cannot be written.
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    except OSError as exc:
        raise UsageError(f"cannot write {file}: {exc.strerror}") from exc
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        Path(draft).replace(file)
    except OSError as exc:
        Path(draft).unlink(missing_ok=True)
        raise UsageError(f"cannot write {file}: {exc.strerror}") from exc


def _tell(context: Context, file: Path) -> None:
    found = find_file(context.folders)
    is_found = found is not None and found.resolve() == file.resolve()
    option = "" if is_found else f" --config {shlex.quote(str(file))}"
    context.say(f"Wrote {plain(file)}, which only you can read.")
    context.say(f"Next, type: {context.program} doctor{option}")
