"""The options of the emulated world, of its account and of its clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, Literal

from cyclopts import Group, Parameter

from backrow.clock import Clock
from backrow.errors import UsageError
from backrow.web.emulated.options import ZoomOptions
from backrow.web.emulated.tokens import Credentials

_SPEED_MAX: Final = 100_000
_WORLD: Final = Group("Emulated world", sort_key=4)
_ACCOUNT: Final = Group("Emulated account", sort_key=5)
_SWITCHES: Final = Parameter(
    negative=(),
    show_default=False,
    help="NAME=VALUE, as often as needed: how this Zoom behaves where the real one is "
    "not documented, and what goes wrong; wins over the scenario. Names: "
    f"{', '.join(sorted({*ZoomOptions.__struct_fields__} - {'plan'}))}.",
)
_CLOCK: Final = Group("Emulated clock", sort_key=6)


@Parameter(name="*", group=_WORLD)
@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """What happens in the emulated world, and what is told of it."""

    scenario: Annotated[Path | None, Parameter(show_default=False)] = None
    """TOML file that says who takes part, over which networks, and what goes wrong.
    Without it, a few plain webinars run."""
    truth: Annotated[Path | None, Parameter(show_default=False)] = None
    """File for what is really wrong, and with whom: .json, or .parquet for a row per
    participant and minute. Without --scenario, what --write-scenario writes is played."""
    write_scenario: Annotated[Path | None, Parameter(show_default=False)] = None
    """Write a scenario with every key explained to this file, and end."""
    seed: Annotated[int | None, Parameter(show_default=False)] = None
    """The same seed makes the same people; the scenario's, or 7."""


@Parameter(name="*", group=_ACCOUNT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The emulated account and its server-to-server OAuth app."""

    plan: Annotated[
        Literal["pro", "business"] | None, Parameter(show_default=False)
    ] = None
    """Sets the rate limits; the scenario's, or business."""
    account_id: Annotated[str | None, Parameter(show_default=False)] = None
    """What a client must give as its account id; the scenario's, or demo."""
    client_id: str = "demo"
    """What a client must give as its client id."""
    client_secret: str = field(default="demo", repr=False)
    """Of the app that is emulated; a real one has no business here."""
    zoom: Annotated[tuple[str, ...], _SWITCHES] = ()
    """How its Zoom behaves."""

    def credentials(self, account: str) -> Credentials:
        """Return what a client must know.

        Args:
            account: The account's id, if no option says it.
        """
        return Credentials(
            account_id=account if self.account_id is None else self.account_id,
            client_id=self.client_id,
            client_secret=self.client_secret,
        )

    def options(self) -> dict[str, str]:
        """Return the emulator's options that are said here.

        Raises:
            UsageError: A switch is not NAME=VALUE.
        """
        return {**({} if self.plan is None else {"plan": self.plan}), **self._pairs()}

    def _pairs(self) -> dict[str, str]:
        pairs = {}
        for text in self.zoom:
            name, equals, value = text.partition("=")
            if not equals:
                raise UsageError(f"expected NAME=VALUE, got {text!r} - in --zoom")
            pairs[name.strip()] = value.strip()
        return pairs


@Parameter(name="*", group=_CLOCK)
@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """The clock that live, past, limits and the lives of tokens go by."""

    speed: float = 1.0
    """60 plays an hour in a minute; clients must go by the same clock (see --env)."""
    start_at: Annotated[str | None, Parameter(show_default=False)] = None
    """The instant it shows at the start, ISO 8601; the scenario's, or now."""

    def standing(self, *, starts_at: datetime | None) -> Start:
        """Return when the clock starts, before it does.

        Args:
            starts_at: What it shows at the start if no option says it.

        Raises:
            UsageError: An option is malformed.
        """
        if not 0 < self.speed <= _SPEED_MAX:
            raise UsageError(
                f"expected a speed above 0 and up to {_SPEED_MAX}, got {self.speed:g}"
            )
        start_s = None if starts_at is None else starts_at.timestamp()
        if self.start_at is not None:
            start_s = _instant(self.start_at)
        real = start_s is None and self.speed == 1
        now = Clock().now() if start_s is None else start_s
        return Start(now=now, speed=None if real else self.speed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A clock that stands still while the world is made."""

    now: float
    """Unix seconds that it shows."""
    speed: float | None
    """At which it will run; None: it is the real clock."""

    def clock(self) -> Clock:
        """Return the clock, started."""
        if self.speed is None:
            return Clock()
        return Clock.starting(self.now, speed=self.speed)


def _instant(text: str) -> float:
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=at.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError) as exc:
        msg = f"expected an instant such as 2026-11-23T10:00:00Z, got {text!r}"
        raise UsageError(f"{msg} - in --start-at") from exc
