"""What runs Backrow as a service: as nobody special, seen by this machine alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backrow.cli import COMMANDS
from backrow.settings import SETTINGS

CONTRIB = Path(__file__).parents[2] / "contrib"
UNITS = sorted((CONTRIB / "systemd").glob("*.service"))


def lines_of(unit: Path) -> list[tuple[str, str]]:
    pairs = re.findall(r"(?m)^([A-Za-z]+)=(.*)$", unit.read_text("utf-8"))
    return [(name, value) for name, value in pairs]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_may_write_its_state_and_nothing_else(unit: Path) -> None:
    told = dict(lines_of(unit))
    assert told["User"] == told["Group"] == told["StateDirectory"] == "backrow"
    assert told["ProtectSystem"] == "strict"
    assert told["CapabilityBoundingSet"] == ""
    assert (told["NoNewPrivileges"], told["PrivateTmp"]) == ("true", "true")
    kept = [value for name, value in lines_of(unit) if name == "Environment"]
    variables = {setting.env for setting in SETTINGS}
    for pair in kept:
        name, _, folder = pair.partition("=")
        assert name in variables
        assert folder.startswith("/var/lib/backrow/")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_starts_a_command_that_there_is(unit: Path) -> None:
    program, command, *rest = dict(lines_of(unit))["ExecStart"].split()
    assert program.endswith("/bin/backrow")
    assert command in {name for name, *_ in COMMANDS}
    assert not rest or rest[:2] == ["--host", "127.0.0.1"]


def test_the_image_runs_as_nobody_special() -> None:
    steps = (CONTRIB / "Containerfile").read_text("utf-8").splitlines()
    users = [step.split()[1] for step in steps if step.startswith("USER ")]
    assert users
    assert users[-1] not in {"0", "root"}
    assert any(step.startswith("ENTRYPOINT") for step in steps)
    assert "--require-hashes" in "\n".join(steps)
