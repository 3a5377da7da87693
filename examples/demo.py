"""Read two participants' quality of service, without any Zoom account.

`make demo` runs this. It starts `backrow emulate` on a free port, points the same
commands at it that would read from Zoom, prints what they print, and stops it.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

BACKROW = [sys.executable, "-m", "backrow"]
WEBINAR = "94512345678"
PATIENCE_S = 30.0


def main() -> int:
    """Run the demonstration and return an exit code."""
    with tempfile.TemporaryDirectory() as folder, emulator(Path(folder)) as settings:
        environ = {**os.environ, **settings}
        run(environ, "webinars")
        run(environ, "qos", WEBINAR, "1670000000")
        run(environ, "qos", WEBINAR, "1670000022")
        token = ask(environ, "access-token").strip()
        print(f"$ backrow access-token\n{token[:24]}… ({len(token)} characters)\n")
        run(environ, "qos", WEBINAR, "1670000000", "--curl")
    print("The same against your own account: set ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and")
    print("ZOOM_CLIENT_SECRET, then ask `backrow doctor`.")
    return 0


@contextmanager
def emulator(folder: Path) -> Iterator[Mapping[str, str]]:
    """Run an emulated Zoom, and give the settings that point a client at it."""
    env = folder / "zoom.env"
    command = [*BACKROW, "emulate", "--port", "0", "--env", str(env)]
    process = subprocess.Popen(  # noqa: S603 - our own command
        command,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},  # its state folder goes with ours
    )
    try:
        said = process.stderr.readline() if process.stderr else ""
        if not env.exists():
            rest = process.communicate(timeout=PATIENCE_S)[1]
            raise SystemExit(f"the emulator did not start:\n{said}{rest}")
        print(said)
        yield exported(env.read_text("utf-8"))
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)


def exported(text: str) -> dict[str, str]:
    """Return the variables that a file of `export` lines sets."""
    lines = [shlex.split(line) for line in text.splitlines()]
    pairs = [words[1].partition("=") for words in lines if words[:1] == ["export"]]
    return {name: value for name, _, value in pairs}


def run(environ: Mapping[str, str], *arguments: str) -> None:
    """Show a command and what it prints."""
    print(f"$ backrow {shlex.join(arguments)}", flush=True)
    subprocess.run(  # noqa: S603 - our own command
        [*BACKROW, *arguments], env=environ, check=True
    )
    print(flush=True)


def ask(environ: Mapping[str, str], *arguments: str) -> str:
    """Return what a command prints."""
    command = [*BACKROW, *arguments]
    done = subprocess.run(  # noqa: S603 - our own command
        command, env=environ, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
