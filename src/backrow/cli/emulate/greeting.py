"""What `backrow emulate` says when it is ready."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from backrow.qos.people import Session
from backrow.web.emulated.sessions import YEAR, ended_at, is_live
from backrow.web.emulated.tokens import Credentials
from backrow.web.source import Source

_MOST: Final = 14
"""So many sessions are named."""


def greeting(
    url: str,
    env: Path | None,
    credentials: Credentials,
    *,
    source: Source,
    now: float,
    program: str = "backrow",
) -> Iterator[str]:
    """Yield what a person needs to begin with.

    Args:
        url: Where the emulator listens.
        env: File with the settings of a client, if one was written.
        credentials: What a client must give.
        source: The world.
        now: Unix seconds of the emulated clock.
        program: What to type for this program.
    """
    at = datetime.fromtimestamp(now, UTC)
    yield f"Zoom, emulated, is at {url}/v2"
    yield f"tokens at {url}/oauth/token"
    ids = f"account {credentials.account_id}, client {credentials.client_id}"
    known = credentials.client_secret == Credentials().client_secret
    yield f"{ids}, secret {credentials.client_secret if known else 'as given'}"
    sessions = _by_interest(source.sessions(), at)
    for session in sessions[:_MOST]:
        who = source.people(session.uuid)[0].user_id
        yield (
            f"  {session.kind} {session.number:11}  {_state(session, at):14}  "
            f"{session.uuid}  participant {who}"
        )
    if len(sessions) > _MOST:
        yield f"  and {len(sessions) - _MOST} more"
    yield "Try, in another terminal:"
    if env is None:
        yield "  (--env FILE writes the settings that a client needs)"
    else:
        yield f"  . {shlex.quote(_sourced(env))}"
    first = sessions[0]
    who = source.people(first.uuid)[0].user_id
    if first.kind == "webinar":
        yield f"  {program} qos {first.number} {who}"
        yield f"  {program} participants {first.number}"
    else:
        yield f"  {program} qos {first.number} {who} --kind meeting"
    also = "" if env is None else f", and takes {env.name} away"
    yield f"Ctrl-C ends it{also}."


def _by_interest(sessions: Sequence[Session], at: datetime) -> list[Session]:
    """Return running sessions first, then those to come, then the latest ended."""

    def rank(session: Session) -> tuple[int, timedelta]:
        if is_live(session, at):
            return 0, timedelta(0)
        if session.start_at > at:
            return 1, session.start_at - at
        return 2, at - session.start_at

    return sorted(sessions, key=rank)


def _state(session: Session, at: datetime) -> str:
    if is_live(session, at):
        return "running"
    if session.start_at > at:
        minutes = (session.start_at - at) // timedelta(minutes=1)
        return f"in {minutes} min" if minutes < 600 else f"{session.start_at:%Y-%m-%d}"
    return "a year ago" if ended_at(session) < at - YEAR else "ended"


def _sourced(path: Path) -> str:
    """Return a path as `.` needs it, which looks up bare names elsewhere."""
    return str(path) if path.is_absolute() else f"./{path}"
