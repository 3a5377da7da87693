"""`backrow budget`: what a webinar costs in calls, and what is left today."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import Parameter

from backrow.cli.collect.collecting import Spending
from backrow.cli.context import Given, LakeFlags, Zone
from backrow.cli.write import write_json
from backrow.collect.planner import Estimate, estimate, left_for_us
from backrow.errors import UsageError
from backrow.settings import Settings
from backrow.zoom.ledger import budget_of
from backrow.zoom.limits import Budget


def budget(
    *,
    participants: int | None = None,
    minutes: int = 60,
    spending: Spending | None = None,
    json: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    flags: LakeFlags | None = None,
    context: Given,
) -> int:
    """Show what a webinar costs in calls, and what is left today.

    Says how much of the room it will measure while it runs. Calls nobody: what is
    left is what this machine knows of.

    **Examples**

    - `backrow budget --participants 3000 --minutes 60`
    - `backrow budget --participants 10000 --plan pro --json`
    - `backrow budget` shows what is left today

    Args:
        participants: How many people come; nothing is estimated without.
        minutes: How long it lasts.
        spending: How many of the account's calls may be used.
        json: Print JSON.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    if (participants is not None and participants < 1) or minutes < 1:
        raise UsageError("expected participants and minutes of 1 or more")
    settings = (flags or LakeFlags()).settings(context)
    today = budget_of(settings, now=context.clock(settings).now())
    options = (spending or Spending()).options(settings, "webinar")
    left = left_for_us(today, options.others_share)
    whole = int(today.limit_today * (1 - options.others_share))
    found = None
    if participants is not None:
        found = estimate(participants, minutes, options=options, available=whole)
    if json:
        write_json(context.stdout, _as_json(today, left, found))
        return 0
    for line in _lines(today, left, found, settings):
        context.stdout.write(f"{line}\n")
    return 0


def _as_json(today: Budget, left: int, found: Estimate | None) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "plan": today.plan,
        "limit_today": today.limit_today,
        "used_today": today.used_today,
        "left_today": today.left_today,
        "left_for_backrow": left,
        "resets_at": today.resets_at,
    }
    if found is not None:
        derived = ("total", "measured_share", "fits")
        facts["estimate"] = asdict(found) | {n: getattr(found, n) for n in derived}
    return facts


def _lines(
    today: Budget, left: int, found: Estimate | None, settings: Settings
) -> list[str]:
    zone = Zone(settings.tz)
    today_said = (
        f"Today ({today.plan}): {today.used_today:,} of {today.limit_today:,} calls "
        f"used that are known of, {left:,} left for Backrow until "
        f"{zone.shown(today.resets_at)}."
    )
    return [today_said, *_estimated(found)] if found else [today_said]


def _estimated(found: Estimate) -> list[str]:
    share = found.total / max(1, found.naive)
    if found.mode == "census":
        how = "everyone is measured each minute"
    else:
        how = (
            f"{found.per_minute:,} people a minute are measured while it runs "
            f"({found.measured_share:.1%} of the room), everyone after the end"
        )
    lines = [
        f"{found.participants:,} people for {found.minutes:,} minutes: {how}.",
        f"  {found.discover:7,} calls to see what runs",
        f"  {found.sweep:7,} calls to see who is there",
        f"  {found.live:7,} calls for quality while it runs",
        f"  {found.complete:7,} calls to complete it (put aside: {found.put_aside:,})",
        (
            f"  {found.total:7,} calls in all, {share:.0%} of the {found.naive:,} "
            "that it takes to ask everyone each minute"
        ),
    ]
    if not found.fits:
        lines.append(
            f"  That does not fit the {found.available:,} calls of a day that are "
            "Backrow's: it will see less while it runs, and may complete it the "
            "next day."
        )
    return lines
