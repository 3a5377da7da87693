"""The exported collection runs in newman, and every request is answered."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from backrow.zoom.endpoints import ENDPOINTS
from tests.cli.terminal import SLASH_PERSON, SLASH_UUID, Terminal
from tests.cli.test_with_emulator import emulator

pytestmark = pytest.mark.slow

NEWMAN = Path(__file__).parents[2] / ".tools/npm/node_modules/.bin/newman"


def newman(
    folder: Path, settings: Mapping[str, str], *, flag: str, **variables: str
) -> dict[str, int]:
    """Run the collection and return how many requests and checks went which way."""
    assert NEWMAN.exists(), "made by `make test-slow`"
    collection, report = folder / "zoom.json", folder / "report.json"
    assert Terminal(state=folder).run("postman", "-o", str(collection)).code == 0
    given = {
        "baseUrl": settings["ZOOM_API_URL"],
        "oauthUrl": settings["ZOOM_OAUTH_URL"],
        "accountId": settings["ZOOM_ACCOUNT_ID"],
        "clientId": settings["ZOOM_CLIENT_ID"],
        "clientSecret": settings["ZOOM_CLIENT_SECRET"],
        **variables,
    }
    words = [word for name, v in given.items() for word in (flag, f"{name}={v}")]
    reporting = ["--reporters", "json", "--reporter-json-export", str(report)]
    command = [str(NEWMAN), "run", str(collection), *words, *reporting]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    run = msgspec.json.decode(report.read_bytes())["run"]
    assert done.returncode == 0, run["failures"]
    stats = run["stats"]
    return {name: stats[name]["total"] for name in ("requests", "assertions")} | {
        "failed": stats["assertions"]["failed"]
    }


@pytest.mark.parametrize(
    ("flag", "variables"),
    [
        ("--env-var", {}),
        ("--global-var", {}),
        ("--env-var", {"webinarId": SLASH_UUID, "participantId": SLASH_PERSON}),
    ],
)
def test_every_request_is_answered_as_documented(
    tmp_path: Path, flag: str, variables: dict[str, str]
) -> None:
    with emulator(tmp_path) as settings:
        found = newman(tmp_path, settings, flag=flag, **variables)
    lists_of_what_ended, token = 2, 1
    expected = len(ENDPOINTS) + lists_of_what_ended + token
    assert found == {"requests": expected, "assertions": expected, "failed": 0}
