"""`backrow alert test`: says of each target whether it took a test."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest

from backrow.cli import main
from backrow.cli.context import Context
from tests.cli.terminal import Ran, Screen, Terminal

SECRET = "a-secret-of-this-test"
HOOKS = "https://a.example.com/hunter2 https://b.example.com/hunter2"


def run(*arguments: str, status: int = 200, alerts: str = HOOKS) -> Ran:
    """Run the command; the second webhook answers with a status."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200 if request.url.host == "a.example.com" else status)

    out, err = Screen(), Screen()
    context = Context(
        environ={"BACKROW_ALERTS": alerts, "BACKROW_ALERTS_SECRET": SECRET},
        stdout=out,
        stderr=err,
        folders=(),
        transport=httpx2.MockTransport(answer),
    )
    code = main(["alert", "test", *arguments], context=context)
    return Ran(code, out.shown(), err.shown().decode())


def test_every_target_is_tried_and_named() -> None:
    ran = run()
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "webhook a.example.com (no. 1): delivered\n"
        "webhook b.example.com (no. 2): delivered\n"
    )


def test_targets_on_one_host_are_told_apart() -> None:
    ran = run(alerts="https://a.example.com/hunter2 https://a.example.com/hunter3")
    assert [line.partition(": ")[0] for line in ran.out.splitlines()] == [
        "webhook a.example.com (no. 1)",
        "webhook a.example.com (no. 2)",
    ]


def test_target_that_fails_is_said_and_shown_by_the_exit_code() -> None:
    ran = run(status=500)
    assert ran.code == 6
    assert "webhook b.example.com (no. 2): answered with status 500\n" in ran.out
    assert "hunter2" not in ran.out + ran.err


def test_outcomes_are_told_to_programs() -> None:
    ran = run("--json", status=410)
    assert ran.code == 6
    assert [one["delivered"] for one in ran.json] == [True, False]
    assert ran.json[1]["why"] == "answered with status 410"


def test_nobody_to_tell_is_an_error_in_one_line() -> None:
    ran = run(alerts="")
    assert ran.code == 2
    assert "BACKROW_ALERTS is empty" in ran.err
    assert ran.err.count("\n") <= 2


@pytest.mark.parametrize("words", [("alert",), ("alert", "me")])
def test_another_action_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert Terminal(state=tmp_path).run(*words).code == 2


def test_server_says_at_once_that_a_target_is_none(tmp_path: Path) -> None:
    environ = {"BACKROW_ALERTS": "hunter2", "BACKROW_LAKE": str(tmp_path / "lake")}
    ran = Terminal(state=tmp_path, environ=environ).run("serve", "--port", "0")
    assert ran.code == 2
    assert "URL no. 1 in BACKROW_ALERTS" in ran.err
    assert "hunter2" not in ran.err


def test_doctor_masks_who_is_told(tmp_path: Path) -> None:
    environ = {"BACKROW_ALERTS": HOOKS, "BACKROW_ALERTS_SECRET": SECRET}
    ran = Terminal(state=tmp_path, environ=environ).run("doctor", "--offline", "--json")
    assert "hunter2" not in ran.out + ran.err
    assert SECRET not in ran.out + ran.err
