"""`backrow emulate --push` and `--events`: QSS events of webinars that never were."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import Group, Parameter

from backrow.cli.context import Context
from backrow.clock import Clock
from backrow.errors import UsageError
from backrow.simulate.scenario.lines import line_of
from backrow.web.emulated.options import ZoomOptions
from backrow.web.push.ahead import Form, events_ahead, write_events
from backrow.web.push.feed import Feed
from backrow.web.push.options import PushOptions, parse_push_options
from backrow.web.push.process import pushing
from backrow.web.switches import SwitchError
from backrow.zoom.webhook import Seal

if TYPE_CHECKING:
    from backrow.cli.emulate.worlds import Recipe

__all__ = ["Push", "feed_of", "push_beside", "push_options_of", "write_ahead"]

_PUSH: Final = Group("QSS push", sort_key=7)
_FLAGGED: Final = ("url", "events", "duplicates", "disorder")
_SWITCHES: Final = Parameter(
    negative=(),
    show_default=False,
    help="NAME=VALUE, as often as needed. Names: "
    f"{', '.join(sorted({*PushOptions.__struct_fields__} - {*_FLAGGED}))}.",
)
_NO_DEFAULT: Final = Parameter(show_default=False)


@Parameter(name="*", group=_PUSH)
@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """Where QSS events go, and how."""

    push: Annotated[str | None, _NO_DEFAULT] = None
    """Address that QSS events are posted to as minutes are published, signed, such as
    http://127.0.0.1:8000/webhooks/zoom."""
    push_secret: str = field(default="demo", repr=False)
    """Secret token that events are signed with; a real one has no business here."""
    push_events: Annotated[str | None, _NO_DEFAULT] = None
    """Which are sent, comma between: qos, qos_summary, data, data_summary (all)."""
    push_duplicates: Annotated[float | None, _NO_DEFAULT] = None
    """Share of events that are sent twice, 0 to 1."""
    push_disorder: Annotated[float | None, _NO_DEFAULT] = None
    """Share of events that are held back until later ones have gone, 0 to 1."""
    push_switch: Annotated[tuple[str, ...], _SWITCHES] = ()
    events: Annotated[Path | None, _NO_DEFAULT] = None
    """File to write signed events to, ahead of time, instead of serving: one a line,
    as JSON with headers and body, or in columns if its name ends in .tsv."""
    events_most: int = 100_000
    """At most so many are written; some 2 KB each."""

    def flags(self) -> dict[str, object]:
        """Return the options that are said here.

        Raises:
            UsageError: A switch is not NAME=VALUE.
        """
        given = {
            "url": self.push,
            "events": self.push_events,
            "duplicates": self.push_duplicates,
            "disorder": self.push_disorder,
        }
        said = {name: value for name, value in given.items() if value is not None}
        return {**_pairs(self.push_switch), **said}


def feed_of(recipe: Recipe, *, zoom: ZoomOptions) -> Feed:
    """Return the feed of a world, which is made for it."""
    from backrow.simulate.world import World  # noqa: PLC0415 - an extra

    source = recipe.source()
    rows = partial(source.rows, pushed=True) if isinstance(source, World) else None
    return Feed(
        source=source,
        rows=rows,
        account=recipe.account,
        style=zoom.style,
        delay_s=zoom.live_delay_s,
    )


def push_options_of(recipe: Recipe, push: Push) -> PushOptions:
    """Return how to push: what the scenario says, then what the flags say.

    Raises:
        UsageError: The scenario's `[push]` has a name or a value that there is not;
            the message names the line.
        SettingsError: A flag has.
    """
    table = {} if recipe.scenario is None else dict(recipe.scenario.push)
    try:
        parse_push_options(table)
    except SwitchError as exc:
        path = f"push.{exc.name}"
        where = f"line {line_of(recipe.text, path)}, `{path}`, in {recipe.name}"
        raise UsageError(f"{exc.problem} - at {where}") from exc
    return parse_push_options({**table, **push.flags()})


def push_beside(
    recipe: Recipe, push: Push, *, zoom: ZoomOptions
) -> Callable[[Clock], AbstractContextManager[None]]:
    """Return what pushes in a process of its own while it is entered, if asked to.

    It is called with the emulated clock.

    Args:
        recipe: What the world is made from, over there once more.
        push: The flags.
        zoom: How this Zoom behaves.

    Raises:
        UsageError: A value or a name is wrong, or the secret is empty.
    """
    options, seal = push_options_of(recipe, push), Seal(push.push_secret)
    if not options.url:
        return lambda _clock: nullcontext()
    make = partial(feed_of, recipe, zoom=zoom)
    return lambda clock: pushing(make, options, seal=seal, clock=clock)


def write_ahead(
    recipe: Recipe, push: Push, *, zoom: ZoomOptions, now: float, context: Context
) -> int:
    """Write signed events to the file that was asked for, and return the exit code.

    They are those of all sessions that are not over yet, each from its start.

    Args:
        recipe: What the world is made from.
        push: The flags.
        zoom: How this Zoom behaves.
        now: What the emulated clock shows, unix seconds: when they are signed.
        context: What the command has to work with.

    Raises:
        UsageError: A value is wrong, there is no such session, or the file cannot
            be written.
    """
    file, most = push.events, push.events_most
    if file is None:
        raise UsageError("expected a file - in --events")
    if most < 1:
        raise UsageError(f"expected a number above 0, got {most} - in --events-most")
    options, seal = push_options_of(recipe, push), Seal(push.push_secret)
    feed = feed_of(recipe, zoom=zoom)
    starts = [
        session.start_at.timestamp()
        for session in feed.source.sessions()
        if session.end_at is None or session.end_at.timestamp() > now
    ]
    if not starts:
        raise UsageError("expected a session that is not over yet, found none")
    form: Form = "tsv" if file.suffix == ".tsv" else "ndjson"
    begin = min(starts) - 1.0
    events = events_ahead(feed, options, seal=seal, begin=begin, signed_at=now)
    try:
        with file.open("wb") as opened:
            count = write_events(events, opened, form=form, most=most)
    except OSError as exc:
        raise UsageError(f"cannot write {file}: {exc.strerror}") from exc
    context.say(f"Wrote {count:,} signed events to {file}")
    return 0


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"expected NAME=VALUE, got {text!r} - in --push-switch")
        pairs[name.strip()] = value.strip()
    return pairs
