"""`backrow doctor`: what is set, what works, and what to do about the rest.

Checks run in an order in which each rests on those before it: without settings
there is no token, without a token no call. What cannot be checked is skipped and
said. The exit code is that of the worst failure.
"""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from backrow.cli.context import Given, JudgingFlags
from backrow.cli.doctor.calls import Calls
from backrow.cli.doctor.check import WORST_FIRST, Check, State, exit_code_of, failed
from backrow.cli.doctor.lake import lake_checks
from backrow.cli.doctor.local import local_checks
from backrow.cli.doctor.shown import as_json, show
from backrow.cli.doctor.webhook import webhook_checks
from backrow.cli.write import write_json
from backrow.errors import SettingsError
from backrow.qos.vocabulary import Kind
from backrow.settings import Settings

__all__ = ["WORST_FIRST", "Check", "State", "doctor", "exit_code_of"]


def doctor(
    webinar: str | None = None,
    /,
    *,
    kind: Kind = "webinar",
    webhook: str | None = None,
    offline: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    json: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    flags: JudgingFlags | None = None,
    context: Given,
) -> int:
    """Check settings, token, scopes, plan, clock, calls left, lake and webhook.

    Each failure comes with what to click or type. It makes two calls, and one or
    two more if a webinar is named.

    **Examples**

    - `backrow doctor`
    - `backrow doctor 94512345678`
    - `backrow doctor --webhook https://backrow.example.com/webhooks/zoom`
    - `backrow doctor --offline --json`

    Args:
        webinar: Number or UUID of a webinar that should be found.
        kind: What is to be found.
        webhook: Address that Zoom is told for events: it is asked, as Zoom asks it,
            whether it knows the secret.
        offline: Look at this machine only, and call nobody.
        json: Print the settings and checks as JSON.
        flags: The options that every command takes.
        context: What the command has to work with.
    """
    flags = flags or JudgingFlags()
    settings: Settings | None = None
    try:
        settings = flags.settings(context)
    except SettingsError as exc:
        checks = [failed("settings", exc)]
    else:
        calls = Calls(context, settings, flags, webinar, kind)
        checks = [
            *local_checks(settings),
            *lake_checks(settings, offline=offline),
            *(calls.offline() if offline else calls.checks()),
            *webhook_checks(context, settings, webhook, offline=offline),
        ]
    if json:
        write_json(context.stdout, as_json(settings, checks))
    else:
        show(context.console(), settings, checks)
    return exit_code_of(checks)
