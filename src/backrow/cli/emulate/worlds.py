"""The world that is emulated: from a scenario, or the plain one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from backrow.cli.context import Context
from backrow.cli.write import plain
from backrow.errors import UsageError
from backrow.simulate.plain import plain_world
from backrow.simulate.scenario import Scenario, default_scenario, read_scenario
from backrow.simulate.scenario.lines import line_of
from backrow.simulate.session import Play
from backrow.simulate.world import World
from backrow.web.emulated.options import ZoomOptions, parse_options, switches_toml
from backrow.web.source import Source
from backrow.web.switches import SwitchError

_MINUTE: Final = timedelta(minutes=1)
_PLAIN_SEED: Final = 7
_PLAIN_ACCOUNT: Final = "demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All that a world is made from; another process makes the same from it."""

    text: str = ""
    """TOML of the scenario; empty: the plain world."""
    name: str = ""
    """What the text is called in an error."""
    scenario: Scenario | None = None
    """What it says."""
    seed: int = _PLAIN_SEED
    """Of the plain world."""
    begin_s: float = 0.0
    """When the plain world is looked at first, unix seconds."""

    @property
    def starts_at(self) -> datetime | None:
        """When the emulated clock starts, if the scenario says so."""
        return None if self.scenario is None else self.scenario.start_at

    @property
    def account(self) -> str:
        """The account's id."""
        return _PLAIN_ACCOUNT if self.scenario is None else self.scenario.account

    def at(self, begin_s: float) -> Recipe:
        """Return the same, looked at first at another instant."""
        return replace(self, begin_s=begin_s)

    def source(self) -> Source:
        """Return the world, laid out; of a scenario nothing is played yet."""
        if self.scenario is None:
            return plain_world(self.begin_s, seed=self.seed)
        return World(self.scenario)


def default_text() -> str:
    """Return a scenario with every key and every switch explained."""
    return default_scenario(zoom=switches_toml())


def read_recipe(path: Path | None, *, seed: int | None, deep: bool) -> Recipe:
    """Return what the world is made from.

    Args:
        path: The scenario's file, if there is one.
        seed: Instead of the scenario's.
        deep: Take the default scenario if there is no file, not the plain world.

    Raises:
        UsageError: The file cannot be read, or says what cannot be.
    """
    if path is None and not deep:
        return Recipe(seed=_PLAIN_SEED if seed is None else seed)
    text = default_text() if path is None else _read(path)
    name = "the default scenario" if path is None else str(path)
    scenario = read_scenario(text, name=name)
    if seed is not None:
        scenario = replace(scenario, seed=_checked_seed(seed))
    return Recipe(text=text, name=name, scenario=scenario)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as exc:
        raise UsageError(f"cannot read {path}: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        msg = f"expected UTF-8, got byte {exc.object[exc.start]:#04x}"
        raise UsageError(f"{msg} - at byte {exc.start}, in {path}") from exc


def _checked_seed(seed: int) -> int:
    if not 0 <= seed < 2**63:
        raise UsageError(f"expected a seed from 0 to {2**63 - 1}, got {seed}")
    return seed


def options_of(recipe: Recipe, given: Mapping[str, object]) -> ZoomOptions:
    """Return the emulator's options: those of the scenario, then those `given`.

    Raises:
        UsageError: The scenario's `[zoom]` has a name or a value that there is not;
            the message names the line.
        SettingsError: `given` has.
    """
    table = {} if recipe.scenario is None else dict(recipe.scenario.zoom)
    try:
        parse_options(table)
    except SwitchError as exc:
        path = f"zoom.{exc.name}"
        where = f"line {line_of(recipe.text, path)}, `{path}`, in {recipe.name}"
        raise UsageError(f"{exc.problem} - at {where}") from exc
    return parse_options({**table, **given})


def made(recipe: Recipe, *, now: float, whole: bool, to: Context) -> Source:
    """Return the world, played as far as can be asked for.

    Args:
        recipe: What it is made from.
        now: Unix seconds of the emulated clock.
        whole: Play what is still to come, too.
        to: Where progress is shown, if that is a terminal.
    """
    source = recipe.source()
    if not isinstance(source, World):
        return source
    at = datetime.fromtimestamp(now, UTC)
    plays = [source.play(session.uuid) for session in source.sessions()]
    counts = [play.minutes if whole else _minutes_over(play, at) for play in plays]
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} participant-minutes"),
        TimeRemainingColumn(),
        console=to.error_console(),
        transient=True,
        disable=not to.stderr.isatty(),
    )
    with bar:
        for play, count in zip(plays, counts, strict=True):
            _play(play, count, bar)
    return source


def _play(play: Play, count: int, bar: Progress) -> None:
    """Play the first `count` minutes of a session, and make its people."""
    stays = len(play.stays)
    about = f"{play.session.kind} {play.session.number} {plain(play.session.topic)}"
    task = bar.add_task(escape(about), total=stays * (count + 1))
    if count:
        bar.advance(task, len(play.persons))
    for minute in range(count):
        play.played(minute)
        bar.advance(task, stays)


def _minutes_over(play: Play, at: datetime) -> int:
    return min(max(0, (at - play.first_minute) // _MINUTE), play.minutes)
