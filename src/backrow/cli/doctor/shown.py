"""What was found, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from backrow.cli.doctor.check import Check, State, exit_code_of
from backrow.cli.write import plain
from backrow.settings import SETTINGS, Setting, Settings

_STYLES: Final[dict[State, str]] = {
    "ok": "green",
    "warning": "yellow",
    "failed": "bold red",
    "skipped": "dim",
}
_LONGEST: Final = 1_000


def as_json(settings: Settings | None, checks: Sequence[Check]) -> dict[str, Any]:
    """Return settings and checks, ready for JSON; secrets are masked."""
    return {
        "settings": [
            {
                "name": setting.name,
                "value": _value(settings, setting),
                "origin": settings.origin(setting.name),
                "env": setting.env,
                "help": setting.help,
            }
            for setting in SETTINGS
        ]
        if settings is not None
        else [],
        "checks": [asdict(check) for check in checks],
        "exit_code": exit_code_of(checks),
    }


def show(console: Console, settings: Settings | None, checks: Sequence[Check]) -> None:
    """Show settings and checks as two tables."""
    if settings is not None:
        console.print(_table_of_settings(settings))
        console.print()
    table = _grid()
    for check in checks:
        word = check.state.upper() if check.state == "failed" else check.state
        text = Text(plain(check.message, longest=_LONGEST))
        if check.advice:
            advice = plain(check.advice, longest=_LONGEST)
            text.append(f"\n-> {advice}", style="bold")
        table.add_row(Text(word, style=_STYLES[check.state]), check.name, text)
    console.print(table)


def _table_of_settings(settings: Settings) -> Table:
    table = _grid()
    for setting in SETTINGS:
        value = _value(settings, setting)
        origin = settings.origin(setting.name)
        where = {
            "environment": f"environment, {setting.env}",
            "backrow.toml": str(settings.file),
        }.get(origin, origin)
        table.add_row(setting.name, Text("-" if value is None else plain(value)), where)
    return table


def _grid() -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(3):
        table.add_column(overflow="fold")
    return table


def _value(settings: Settings, setting: Setting) -> str | None:
    value = getattr(settings, setting.name)
    return None if value is None else str(value) or None
