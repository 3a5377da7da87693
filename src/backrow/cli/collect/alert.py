"""`backrow alert test`: whether those who should be told of findings can be."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from cyclopts import Parameter

from backrow.cli.context import Context, Given, OfflineFlags
from backrow.cli.write import plain, write_json
from backrow.clock import Clock
from backrow.collect.alerts.message import About, trial
from backrow.collect.alerts.targets import targets_of
from backrow.errors import SettingsError, TransportError
from backrow.settings import SETTING

_NOBODY: Final = About(uuid="")


def alert(
    action: Literal["test"],
    /,
    *,
    json: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    flags: OfflineFlags | None = None,
    context: Given,
) -> int:
    """Send a test to everybody who is told of findings.

    Who that is stands in BACKROW_ALERTS, or in `alerts` of backrow.toml: addresses
    with spaces between them. One that begins with https:// is a webhook of yours,
    signed with BACKROW_ALERTS_SECRET; every other is apprise's. It says of each, by its
    place in that list, whether it took the test, and exits with 6 if one did not.

    **Examples**

    - `BACKROW_ALERTS='slack://… mailtos://…' backrow alert test`

    Args:
        action: What to do.
        json: Print what became of it as JSON.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    del action  # there is one
    settings = (flags or OfflineFlags()).settings(context)
    clock = Clock()  # the real one, as they are real
    targets = targets_of(settings, clock=clock, transport=context.transport)
    if not targets:
        raise SettingsError(
            f"nobody is told of findings: {SETTING['alerts'].env} is empty"
        )
    message = trial(now=clock.now())
    outcomes = [(one.name, one.send(message, _NOBODY)) for one in targets]
    if json:
        told = [
            {"target": name, "delivered": outcome.delivered, "why": outcome.why}
            for name, outcome in outcomes
        ]
        write_json(context.stdout, told)
    else:
        for name, outcome in outcomes:
            _say(context, name, "delivered" if outcome.delivered else outcome.why)
    failed = sum(not outcome.delivered for _, outcome in outcomes)
    return TransportError.exit_code if failed else 0


def _say(context: Context, name: str, what: str) -> None:
    context.stdout.write(f"{plain(name)}: {plain(what)}\n")
