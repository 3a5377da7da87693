"""Which webinar and which participant is meant, and what to say if there is none.

Zoom answers alike for a webinar that it does not know, one that is not running, and a
participant who was not there. One more call tells them apart.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias, TypeVar

from backrow.cli.context import Context
from backrow.cli.write import plain
from backrow.errors import NotFoundError, TooOldError, ZoomError
from backrow.qos.vocabulary import Kind
from backrow.zoom.client import Sessions, Zoom

Asked = Literal["auto", "live", "past"]
When = Literal["live", "past"]
Item = TypeVar("Item")
_NO_SUCH: Final = 3001
"""Zoom's code for what it does not know, or not as that type."""


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a call is about."""

    session: str
    participant: str
    """Empty for everyone."""
    kind: Kind

    @property
    def about(self) -> str:
        """The session in words."""
        return f"{self.kind} {plain(self.session)}"


def sessions_of(zoom: Zoom, kind: Kind) -> Sessions[Any, Any]:
    """Return the calls about webinars, or about meetings."""
    return zoom.webinars if kind == "webinar" else zoom.meetings


def asked_for(type_: Asked) -> tuple[When, ...]:
    """Return what to ask for, in turn."""
    return ("live", "past") if type_ == "auto" else (type_,)


def live_then_past(
    ask: Callable[[When], Item], whens: Sequence[When] = ("live", "past")
) -> tuple[Item, When]:
    """Return what Zoom has as live, or else as past, and which it was.

    Args:
        ask: Asks for one of them.
        whens: Which to ask for, in turn.

    Raises:
        NotFoundError: It has neither; the error is that of the last one asked for.
    """
    *first, last = whens
    for when in first:
        try:
            return ask(when), when
        except TooOldError:
            raise
        except NotFoundError:
            continue
    return ask(last), last


def instant(text: str | None) -> datetime | None:
    """Return the instant that Zoom wrote as `text`; None if it wrote none."""
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


Refused: TypeAlias = dict[When, NotFoundError]
"""What Zoom answered to each that was asked for."""


def noted(ask: Callable[[When], Item], refused: Refused) -> Callable[[When], Item]:
    """Return `ask` with what it does not find kept in `refused`."""

    def noting(when: When) -> Item:
        try:
            return ask(when)
        except NotFoundError as exc:
            refused[when] = exc
            raise

    return noting


def not_found(
    context: Context, zoom: Zoom, target: Target, refused: Refused
) -> NotFoundError:
    """Return an error that says which is missing: the webinar, or who was in it.

    Args:
        context: Says how this program is called.
        zoom: To ask for the webinar itself.
        target: Who was asked for.
        refused: What Zoom answered, at least to one.
    """
    *_, last = refused.values()
    if last.zoom_code != _NO_SUCH:
        return last
    sessions = sessions_of(zoom, target.kind)
    try:
        _, when = live_then_past(lambda when: sessions.get(target.session, type=when))
    except NotFoundError as exc:
        is_unknown = exc.zoom_code == _NO_SUCH
        first = next(iter(refused.values()))
        return _no_session(context, target, first) if is_unknown else exc
    except ZoomError:  # what it says is about another call
        return last
    if when not in refused:
        return _of_other_type(target, last, when)
    return _no_participant(context, target, refused[when], when)


def _no_session(
    context: Context, target: Target, error: NotFoundError
) -> NotFoundError:
    lists = f"{context.program} webinars{_kind_flag(target)}"
    return _retold(
        error,
        f"Zoom knows no {target.about}, neither running nor ended",
        f"Type: {lists}; for those that ended, a minute after: {lists} --type past",
    )


def _of_other_type(target: Target, error: NotFoundError, when: When) -> NotFoundError:
    return _retold(
        error,
        f"{target.about} {'is running' if when == 'live' else 'has ended'}",
        f"Ask for it with --type {when}, or without --type.",
    )


def _no_participant(
    context: Context, target: Target, error: NotFoundError, when: When
) -> NotFoundError:
    if not target.participant:
        return error
    state = "is running, but has" if when == "live" else "has ended, and had"
    past = "" if when == "live" else " --type past"
    session = shlex.quote(plain(target.session))
    return _retold(
        error,
        f"{target.about} {state} no participant {plain(target.participant)}",
        f"Type: {context.program} participants {session}{past}{_kind_flag(target)}",
    )


def _kind_flag(target: Target) -> str:
    return "" if target.kind == "webinar" else f" --kind {target.kind}"


def _retold(error: NotFoundError, message: str, advice: str) -> NotFoundError:
    """Return the same answer of Zoom's, told in other words."""
    return NotFoundError(
        message,
        status=error.status,
        zoom_code=error.zoom_code,
        zoom_message=error.zoom_message,
        tracking_id=error.tracking_id,
        headers=error.headers,
        body=error.body,
        advice=advice,
    )
