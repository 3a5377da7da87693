"""`backrow mirror-token`: what it prints, keeps, and refuses."""

from __future__ import annotations

import re
from pathlib import Path

import anyio
import httpx2
import msgspec
import pytest

from backrow.cli.mirror.assembly import mirror_of
from backrow.collect.lock import held
from backrow.settings import load
from tests.cli.serving import serving
from tests.cli.terminal import Terminal
from tests.collect.pushing import DATA, UUID


def made(terminal: Terminal, *arguments: str) -> str:
    """Make a token and return it."""
    ran = terminal.run("mirror-token", "create", *arguments)
    assert ran.code == 0, ran.err
    return ran.out.strip()


def test_token_is_shown_once(offline: Terminal) -> None:
    ran = offline.run("mirror-token", "create", "bi", "--expires", "never")
    assert re.fullmatch(r"bmt_[0-9a-f]{8}_[\w-]{43}\n", ran.out)
    assert "bi (id " in ran.err
    assert "may ask for webinars, meetings, until it is revoked" in ran.err
    listed = offline.run("mirror-token", "list")
    secret = ran.out.strip().split("_", 2)[2]
    assert "bi" in listed.out
    assert secret not in listed.out + ran.err


def test_list_tells_states_and_scopes(offline: Terminal) -> None:
    made(offline, "first", "--scopes", "all", "--expires", "2w")
    made(offline, "second")
    assert offline.run("mirror-token", "revoke", "second").code == 0
    listed = offline.run("mirror-token", "list", "--json").json
    assert [(one["name"], one["state"]) for one in listed] == [
        ("first", "good"),
        ("second", "revoked"),
    ]
    assert listed[0]["scopes"] == ["dashboard:read:admin"]
    assert "digest" not in listed[0]
    rows = offline.run("mirror-token", "list", "--format", "csv").out.splitlines()
    assert rows[0] == "id,name,state,created_at,expires_at,scopes"
    assert len(rows) == 3


def test_json_holds_the_token(offline: Terminal) -> None:
    told = offline.run("mirror-token", "create", "bi", "--json").json
    assert told["token"].startswith(f"bmt_{told['id']}_")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["create", "bi", "--expires", "soon"], 2, "12h, 90d or 52w, or never"),
        (["create", "bi", "--expires", "0d"], 2, "an age such as"),
        (["create", "bi", "--scopes", "phones"], 2, "expected a scope of webinars"),
        (["create", "bi", "--scopes", ","], 2, "expected a scope, got none"),
        (["create", "\x1b[31m"], 2, "a name of 1 to 80"),
        (["create"], 2, "requires an argument"),
        (["revoke", "nobody"], 4, "no token 'nobody'"),
        (["burn"], 2, "burn"),
    ],
)
def test_wrong_arguments_are_refused(
    offline: Terminal, arguments: list[str], code: int, words: str
) -> None:
    ran = offline.run("mirror-token", *arguments)
    assert ran.code == code
    assert words in ran.err
    assert "\x1b" not in ran.err


def test_two_who_change_them_at_once_are_told(offline: Terminal) -> None:
    with held(offline.state, what="another", now=0.0, name="mirror-tokens"):
        ran = offline.run("mirror-token", "create", "bi")
    assert ran.code == 2
    assert "another, process" in ran.err


def test_saved_answer_is_answered_to_whoever_has_a_token(offline: Terminal) -> None:
    body = DATA / "seed_participant_qos.json"
    offline.environ["BACKROW_LAKE"] = str(offline.state / "lake")
    assert offline.run("import", str(body), "--session", UUID).code == 0
    token = made(offline, "bi")
    environ = {**offline.environ, "BACKROW_STATE": str(offline.state)}
    app = mirror_of(load({}, environ))

    async def asked() -> httpx2.Response:
        transport = httpx2.ASGITransport(app=app)
        url = "https://mirror.example.com"
        async with httpx2.AsyncClient(transport=transport, base_url=url) as http:
            path = f"/v2/metrics/webinars/{UUID}/participants/1670000000/qos"
            headers = {"authorization": f"Bearer {token}"}
            return await http.get(path, params={"type": "past"}, headers=headers)

    answer = anyio.run(asked)
    assert answer.status_code == 200
    assert answer.json() == msgspec.json.decode(body.read_bytes())


@pytest.mark.slow
def test_server_answers_beside_its_pages(tmp_path: Path) -> None:
    with serving(tmp_path) as server, httpx2.Client() as http:
        url = f"{server.url}/v2/metrics/webinars"
        period = {"from": "2026-11-01", "to": "2026-11-23"}
        terminal = Terminal(state=server.state)
        headers = {"authorization": f"Bearer {made(terminal, 'bi')}"}
        assert http.get(url).json()["code"] == 124
        answer = http.get(url, params=period, headers=headers)
        assert (answer.status_code, answer.json()["webinars"]) == (200, [])
        assert terminal.run("mirror-token", "revoke", "bi").code == 0
        assert http.get(url, params=period, headers=headers).status_code == 401
        assert http.get(server.url).status_code == 200
