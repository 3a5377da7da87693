"""The checks that ask Zoom: token, scopes, plan, clock, calls left, a webinar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Final

from backrow.cli.context import Context, Flags, Zone, open_zoom
from backrow.cli.doctor.check import Check, failed
from backrow.cli.read import live_then_past
from backrow.clock import Clock
from backrow.errors import BackrowError, NotFoundError, ScopeError
from backrow.qos.vocabulary import Kind
from backrow.settings import Settings
from backrow.zoom.client import CallRecord, Token, Zoom
from backrow.zoom.endpoints import ENDPOINTS, Action, Endpoint
from backrow.zoom.ledger import FILE_NAME, budget_of
from backrow.zoom.limits import SHARED_PER_DAY, Budget, instant

NEEDS: Final[Mapping[str, tuple[Action, ...]]] = {
    "webinars": ("list",),
    "participants": ("get", "participants"),
    "qos": ("get", "participant_qos"),
    "watch": ("list", "get", "participants", "participants_qos", "participant_qos"),
    "backfill": ("list", "get", "participants", "participants_qos"),
}
"""What each command asks of Zoom; with ``--kind meeting`` it asks it of meetings."""
_NEEDED: Final = frozenset(action for actions in NEEDS.values() for action in actions)
_SKEW_S: Final = 60.0
"""A clock that is off by more is warned of; Zoom's webhooks carry signed times."""
_FEW: Final = 0.1
"""Share of the day's calls under which what is left is warned of."""


@dataclass(slots=True)
class Calls:
    """The checks that need Zoom."""

    context: Context
    settings: Settings
    flags: Flags
    webinar: str | None
    kind: Kind
    skews_s: list[float] = field(default_factory=list)
    """This machine's clock less that of each answer, seconds."""

    def names(self) -> list[str]:
        """Return the names of the checks."""
        found = [] if self.webinar is None else [self.kind]
        return ["token", "scopes", "plan", "clock", "calls", *found]

    def offline(self) -> list[Check]:
        """Return what can be told without a call."""
        known = {check.name: check for check in self._known_calls()}
        skipped = self._skipped("not asked, offline")
        return [known.get(check.name, check) for check in skipped]

    def checks(self) -> list[Check]:
        """Ask, and return what was found."""
        try:
            zoom = open_zoom(
                self.context,
                self.settings,
                verbose=self.flags.verbose,
                on_call=self._note,
            )
        except BackrowError:  # told by the checks of the settings
            return self._skipped("not asked, as the settings are not complete")
        with zoom:
            return list(self._of_zoom(zoom))

    def _skipped(self, why: str) -> list[Check]:
        return [Check(name=name, state="skipped", message=why) for name in self.names()]

    def _of_zoom(self, zoom: Zoom) -> Iterator[Check]:
        zone = Zone(self.settings.tz)
        try:
            token = zoom.token()
        except BackrowError as exc:
            yield failed("token", exc)
            rest = self._skipped("not asked, as there is no token")
            yield from (check for check in rest if check.name != "token")
            return
        yield _token(token, zone)
        yield from _scopes(token)
        yield _tried("plan", lambda: _plan(zoom))
        yield self._clock()
        yield _left(zoom.budget, zone)
        if self.webinar is not None:
            yield self._found(zoom, self.webinar)

    def _known_calls(self) -> Iterator[Check]:
        """Yield what the ledger knows, if there is one."""
        settings = self.settings
        if not (settings.state / FILE_NAME).exists():
            return
        now = self.context.clock(settings).now()
        yield _left(budget_of(settings, now=now), Zone(settings.tz))

    def _note(self, call: CallRecord) -> None:
        """Compare this machine's clock with the answer's."""
        try:
            theirs = parsedate_to_datetime(call.headers.get("date", ""))
        except ValueError:
            return
        now = Clock.parse(self.settings.clock).now()
        self.skews_s.append(now - call.elapsed_s / 2 - theirs.timestamp())

    def _clock(self) -> Check:
        if self.settings.clock:
            return Check(
                name="clock", state="skipped", message="BACKROW_CLOCK is set: emulated"
            )
        if not self.skews_s:
            message = "Zoom's answers do not tell the time"
            return Check(name="clock", state="skipped", message=message)
        skew_s = min(self.skews_s, key=abs)
        if abs(skew_s) <= _SKEW_S:
            return Check(name="clock", state="ok", message="within a minute of Zoom's")
        way = "ahead of" if skew_s > 0 else "behind"
        return Check(
            name="clock",
            state="warning",
            message=f"this machine is {abs(skew_s):.0f} s {way} Zoom's clock",
            advice="Let it follow a time server: timedatectl set-ntp true",
        )

    def _found(self, zoom: Zoom, webinar: str) -> Check:
        sessions = zoom.webinars if self.kind == "webinar" else zoom.meetings
        try:
            found, when = live_then_past(lambda when: sessions.get(webinar, type=when))
        except NotFoundError as exc:
            return Check(
                name=self.kind,
                state="failed",
                message=f"{webinar} is neither running nor ended: {exc}",
                advice=f"{exc.advice} Type: backrow webinars; for ended ones: "
                "backrow webinars --type past",
                exit_code=exc.exit_code,
            )
        except BackrowError as exc:
            return failed(self.kind, exc)
        state = "running" if when == "live" else "ended"
        message = f"{found.topic or 'no topic'}, {state}, occurrence {found.uuid}"
        return Check(name=self.kind, state="ok", message=message)


def _tried(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except BackrowError as exc:
        return failed(name, exc)


def _token(token: Token, zone: Zone) -> Check:
    if not token.renewable:
        message = "given; whether it is good, the next call tells"
        return Check(name="token", state="ok", message=message)
    end = "" if token.expires_at is None else f", good until {_at(token, zone)}"
    return Check(name="token", state="ok", message=f"got one{end}")


def _at(token: Token, zone: Zone) -> str:
    return zone.shown(instant(token.expires_at or 0.0))


def _plan(zoom: Zoom) -> Check:
    """Ask for the list of running webinars, which needs the Dashboard."""
    try:
        first = next(zoom.webinars.list(), None)
    except ScopeError as exc:
        message = f"cannot be told without the scope to list webinars: {exc}"
        return Check(name="plan", state="skipped", message=message)
    running = "no webinar is running" if first is None else "a webinar is running"
    return Check(name="plan", state="ok", message=f"the Dashboard answers; {running}")


def _scopes(token: Token) -> Iterator[Check]:
    if token.scopes is None:
        message = "a given token does not tell its scopes"
        yield Check(name="scopes", state="skipped", message=message)
        return
    lacking = [each for each in ENDPOINTS if not _allowed(each, token.scopes)]
    needed = [each for each in lacking if _is_needed(each)]
    others = [each for each in lacking if not _is_needed(each)]
    if needed:
        yield Check(
            name="scopes",
            state="failed",
            message=f"missing for webinars: {'; '.join(_users(needed))}",
            advice=_add(needed),
            exit_code=ScopeError.exit_code,
        )
    if others:
        yield Check(
            name="scopes",
            state="warning",
            message=f"missing for other calls: {'; '.join(_users(others))}",
            advice=_add(others),
        )
    if not lacking:
        yield Check(name="scopes", state="ok", message="every call is allowed")


def _allowed(each: Endpoint, scopes: frozenset[str]) -> bool:
    return not scopes.isdisjoint((each.granular_scope, *each.classic_scopes))


def _is_needed(each: Endpoint) -> bool:
    return each.kind == "webinar" and each.action in _NEEDED


def _users(endpoints: Sequence[Endpoint]) -> Iterator[str]:
    """Yield each call with the commands that make it."""
    for each in endpoints:
        commands = [name for name, actions in NEEDS.items() if each.action in actions]
        option = "" if each.kind == "webinar" else f" --kind {each.kind}"
        by = ", ".join(f"{name}{option}" for name in commands)
        yield f"{each.name} (for {by})" if by else each.name


def _add(endpoints: Sequence[Endpoint]) -> str:
    names = ", ".join(dict.fromkeys(each.granular_scope for each in endpoints))
    return (
        f"At marketplace.zoom.us open your app, Scopes, Add Scopes: {names}. Then "
        "activate it again; the next token has them."
    )


def _left(budget: Budget, zone: Zone) -> Check:
    message = (
        f"{budget.left_today:,} of {budget.limit_today:,} heavy calls left today, as "
        f"far as known ({budget.plan} plan; resets {zone.shown(budget.resets_at)}); "
        f"Backrow has made {_spent(budget)}"
    )
    if budget.left_today <= 0:
        return Check(
            name="calls",
            state="failed",
            message=message,
            advice="Wait for the reset; all apps of the account share the limit.",
            exit_code=5,
        )
    advice = _other_plan(budget)
    few = budget.left_today < _FEW * budget.limit_today
    if few:
        advice = "All apps of the account share them: see backrow budget."
    return Check(
        name="calls",
        state="warning" if advice else "ok",
        message=message,
        advice=advice,
    )


def _spent(budget: Budget) -> str:
    """Return what was spent today, by rate label."""
    spent = [
        f"{count:,} {label.replace('_', '-')}"
        for label, count in sorted(budget.by_label.items())
        if count
    ]
    return " and ".join(spent) or "none"


def _other_plan(budget: Budget) -> str:
    """Return what to do if Zoom counts by another plan than is set; "" if not so."""
    of_plan = SHARED_PER_DAY.get(budget.plan)
    if budget.limit_today == of_plan:
        return ""
    plans = [name for name, day in SHARED_PER_DAY.items() if day == budget.limit_today]
    if not plans:
        return ""
    return f"Zoom counts as for the plan {plans[0]}: set ZOOM_PLAN={plans[0]}"
