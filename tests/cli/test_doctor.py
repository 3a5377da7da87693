"""`backrow doctor`: each failure with what to do, and the worst one's exit code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from backrow.cli import main
from backrow.cli.context import Context
from backrow.cli.doctor import Check, exit_code_of
from backrow.settings import SETTINGS
from backrow.zoom.client import Zoom
from tests.cli.terminal import LIVE, Ran, Screen, Terminal


def checks(ran: Ran) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in ran.json["checks"]}


def states(ran: Ran) -> dict[str, str]:
    return {name: check["state"] for name, check in checks(ran).items()}


def test_all_is_well(terminal: Terminal) -> None:
    ran = terminal.run("doctor", LIVE, "--json")
    assert ran.code == 0
    assert states(ran) == {
        "settings": "ok",
        "privacy": "ok",
        "lake": "ok",
        "token": "ok",
        "scopes": "ok",
        "plan": "ok",
        "clock": "skipped",
        "calls": "ok",
        "webinar": "ok",
        "webhook": "skipped",
    }
    assert "59,999 of 60,000" in checks(ran)["calls"]["message"]
    assert "Backrow has made 1 resource-intensive" in checks(ran)["calls"]["message"]


def test_settings_are_shown_with_their_origin_and_no_secret(terminal: Terminal) -> None:
    ran = terminal.run("doctor", "--json", "--plan", "pro", ZOOM_CLIENT_SECRET="hush")
    shown = {setting["name"]: setting for setting in ran.json["settings"]}
    assert list(shown) == [setting.name for setting in SETTINGS]
    assert shown["plan"]["origin"] == "flag"
    assert shown["account_id"]["origin"] == "environment"
    assert shown["webhook_secret"]["origin"] == "default"
    assert shown["client_secret"]["value"] == "********"
    assert "hush" not in ran.out


def test_the_table_says_the_same(terminal: Terminal) -> None:
    ran = terminal.run("doctor", LIVE)
    assert ran.code == 0
    assert "environment, ZOOM_ACCOUNT_ID" in ran.out
    assert "All-hands" in ran.out


def test_nothing_set_says_where_to_click(offline: Terminal) -> None:
    ran = offline.run("doctor")
    assert ran.code == 2
    assert "FAILED" in ran.out
    assert "marketplace.zoom.us" in ran.out
    assert "backrow emulate --env zoom.env" in " ".join(ran.out.split())


def test_a_malformed_setting_is_a_failed_check(offline: Terminal) -> None:
    ran = offline.run("doctor", "--json", ZOOM_PLAN="gold")
    assert ran.code == 2
    assert "ZOOM_PLAN" in checks(ran)["settings"]["message"]
    assert ran.json["settings"] == []


def test_a_malformed_clock_is_a_failed_check(offline: Terminal) -> None:
    ran = offline.run("doctor", "--json", BACKROW_CLOCK="noon", ZOOM_ACCESS_TOKEN="t")
    assert ran.code == 2
    (failed,) = (c for c in ran.json["checks"] if c["state"] == "failed")
    assert "BACKROW_CLOCK" in failed["message"]


def test_offline_calls_nothing(terminal: Terminal) -> None:
    ran = terminal.run("doctor", "--offline", "--json")
    assert (ran.code, terminal.calls) == (0, [])
    assert states(ran)["token"] == "skipped"


def test_wrong_credentials_are_told(terminal: Terminal) -> None:
    ran = terminal.run("doctor", "--json", ZOOM_CLIENT_SECRET="wrong-secret")
    assert ran.code == 3
    assert states(ran)["token"] == "failed"
    assert states(ran)["plan"] == "skipped"
    assert "client secret" in checks(ran)["token"]["advice"]
    assert "wrong-secret" not in ran.out + ran.err


def test_a_given_token_that_is_wrong_is_told_by_the_call(terminal: Terminal) -> None:
    ran = terminal.run("doctor", "--json", ZOOM_ACCESS_TOKEN="wrong-token")
    assert ran.code == 3
    assert states(ran)["scopes"] == "skipped"
    assert "401" in checks(ran)["plan"]["message"]


def test_missing_scopes_are_named(terminal_with: Callable[..., Terminal]) -> None:
    terminal = terminal_with(scopes=("dashboard:read:list_webinars:admin",))
    ran = terminal.run("doctor", "--json")
    assert ran.code == 3
    failed, others = (c for c in ran.json["checks"] if c["name"] == "scopes")
    assert failed["state"] == "failed"
    assert "dashboard:read:webinar_participant_qos:admin" in failed["advice"]
    assert "list_webinars" not in failed["advice"]
    assert others["state"] == "warning"
    assert "dashboard:read:list_meetings:admin" in others["advice"]


def test_scopes_for_webinars_alone_are_enough(
    terminal_with: Callable[..., Terminal],
) -> None:
    ran = terminal_with(scopes=("dashboard_webinars:read:admin",)).run("doctor")
    assert ran.code == 0
    assert "missing for other calls" in ran.out


def test_a_missing_dashboard_is_told(terminal_with: Callable[..., Terminal]) -> None:
    ran = terminal_with(dashboard=False).run("doctor", "--json")
    assert ran.code == 3
    assert "Business, Education or API plan" in checks(ran)["plan"]["advice"]


def test_an_unknown_webinar_is_not_found(terminal: Terminal) -> None:
    ran = terminal.run("doctor", "99999999999", "--json")
    assert ran.code == 4
    assert "backrow webinars" in checks(ran)["webinar"]["advice"]


def test_zoom_out_of_reach_is_told(offline: Terminal) -> None:
    ran = offline.run(
        "doctor",
        "--json",
        ZOOM_ACCOUNT_ID="a",
        ZOOM_CLIENT_ID="b",
        ZOOM_CLIENT_SECRET="c",
        ZOOM_OAUTH_URL="http://127.0.0.1:1/oauth/token",
        BACKROW_CLOCK="2026-11-23T10:00:00Z@0@1000000",
    )
    assert ran.code == 6
    assert states(ran)["token"] == "failed"


def test_an_unencrypted_address_is_warned_of(offline: Terminal) -> None:
    url = "http://zoom.example.com/v2"
    ran = offline.run("doctor", "--offline", ZOOM_API_URL=url, ZOOM_ACCESS_TOKEN="t")
    assert ran.code == 0
    assert "api_url is not encrypted" in ran.out


def test_a_readable_secret_is_warned_of(offline: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "backrow.toml"
    file.write_text('access_token = "t"')
    file.chmod(0o644)
    offline.folders = [tmp_path]
    ran = offline.run("doctor", "--offline", "--json")
    warned = [c for c in ran.json["checks"] if c["state"] == "warning"]
    assert [c["advice"] for c in warned] == [f"chmod 600 {file}"]


@pytest.mark.parametrize(
    ("date", "state"),
    [("Thu, 01 Jan 1970 00:00:00 GMT", "warning"), ("nonsense", "skipped")],
)
def test_a_clock_that_is_off_is_warned_of(
    tmp_path: Path, date: str, state: str
) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        body = {"webinars": [], "next_page_token": ""}
        return httpx2.Response(200, json=body, headers={"date": date})

    def connect(settings: Any, *, on_call: Any) -> Zoom:
        transport = httpx2.MockTransport(answer)
        return Zoom.from_settings(settings, transport=transport, on_call=on_call)

    out = Screen()
    context = Context(
        environ={"ZOOM_ACCESS_TOKEN": "t", "BACKROW_STATE": str(tmp_path)},
        stdout=out,
        stderr=Screen(),
        folders=(),
        connect=connect,
    )
    code = main(["doctor", "--json"], context=context)
    ran = Ran(code, out.shown(), "")
    assert code == 0
    assert states(ran)["clock"] == state


def test_the_worst_failure_gives_the_exit_code() -> None:
    def failed(code: int) -> Check:
        return Check(name="x", state="failed", message="", exit_code=code)

    well = Check(name="x", state="ok", message="")
    assert exit_code_of([]) == exit_code_of([well]) == 0
    assert exit_code_of([failed(4), well, failed(3)]) == 3
    assert exit_code_of([failed(3), failed(6), failed(2)]) == 2
