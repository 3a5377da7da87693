"""The mirror's tokens: hashed at rest, limited, and refused in Zoom's words."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from backrow.errors import LakeError, NothingFoundError, UsageError
from backrow.qos.people import Session
from backrow.web.mirror.tokens import Keys, TokenFile, parse_scopes
from backrow.web.pages.access.guesses import EACH_MAX, WINDOW_S
from backrow.web.testing import BEGIN
from tests.collect.pushing import UUID
from tests.web.asking import error
from tests.web.mirror.mirrored import HOST, Mirrored

WRONG = (401, 124, "Invalid access token.")
LIST = {"from_": "2026-11-01", "to": "2026-11-23"}
NOW = 1_000.0


def test_file_holds_no_token_and_is_its_owners_alone(tmp_path: Path) -> None:
    file = TokenFile(tmp_path / "state")
    grant, token = file.create("bi", parse_scopes(["all"]), expires_at=None, now=NOW)
    text = file.path.read_text()
    assert token not in text
    assert token.split("_", 2)[2] not in text
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert grant.id in token
    keys = Keys(file)
    assert keys.find(token) == grant
    assert token not in repr(keys)
    assert grant.digest not in repr(keys)


def test_keys_know_tokens_made_and_revoked_since(tmp_path: Path) -> None:
    file = TokenFile(tmp_path)
    keys = Keys(file)
    assert keys.find("anything") is None
    grant, token = file.create("bi", ["a"], expires_at=NOW + 5, now=NOW)
    assert keys.find(token) == grant
    assert keys.find(token[:-1]) is None
    assert keys.find(token + "\udcff") is None
    assert (grant.state(now=NOW), grant.state(now=NOW + 5)) == ("good", "expired")
    file.revoke("bi", now=NOW)
    found = keys.find(token)
    assert found is not None
    assert found.state(now=NOW) == "revoked"


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "a\nb"])
def test_name_must_be_one(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="a name of 1 to 80"):
        TokenFile(tmp_path).create(name, ["a"], expires_at=None, now=NOW)


def test_name_is_free_again_once_its_token_is_revoked(tmp_path: Path) -> None:
    file = TokenFile(tmp_path)
    for _ in range(2):
        grant, _ = file.create("bi", ["a"], expires_at=None, now=NOW)
        with pytest.raises(UsageError, match="a name of its own"):
            file.create("bi", ["a"], expires_at=None, now=NOW)
        assert file.revoke(grant.id, now=NOW).revoked_at == NOW
    with pytest.raises(NothingFoundError, match="no token 'bi'"):
        file.revoke("bi", now=NOW)
    assert len(file.read()) == 2


def test_file_of_something_else_is_said(tmp_path: Path) -> None:
    file = TokenFile(tmp_path)
    file.path.write_text("[1]")
    with pytest.raises(LakeError, match="expected the mirror's tokens"):
        file.read()
    with pytest.raises(LakeError):
        Keys(file).find("x")


def test_scopes_have_short_names() -> None:
    granular = "dashboard:read:webinar_participant_qos:admin"
    assert parse_scopes(["webinars", granular, "webinars"]) == (
        "dashboard_webinars:read:admin",
        granular,
    )
    for names in (["user:read"], []):
        with pytest.raises(UsageError, match="expected a scope"):
            parse_scopes(names)


@pytest.mark.anyio
async def test_refusals_are_zooms(tmp_path: Path) -> None:
    mirrored = Mirrored(tmp_path)
    assert error(await mirrored.get("/webinars", token="")) == WRONG
    assert error(await mirrored.get("/webinars", token="bmt_0_x")) == WRONG
    soon = mirrored.grant("soon over", expires_at=mirrored.clock.now() + 60)
    assert (await mirrored.get("/webinars", soon, **LIST)).status_code == 200
    mirrored.clock.advance(61)
    expired = error(await mirrored.get("/webinars", soon, **LIST))
    assert expired == (401, 124, "Access token is expired.")
    mirrored.file.revoke("of this test", now=mirrored.clock.now())
    assert error(await mirrored.get("/webinars", **LIST)) == WRONG


@pytest.mark.anyio
async def test_token_reaches_no_further_than_its_scopes(tmp_path: Path) -> None:
    mirrored = Mirrored(tmp_path)
    narrow = mirrored.grant("one call", "dashboard:read:list_meetings:admin")
    assert (await mirrored.get("/meetings", narrow, **LIST)).status_code == 200
    status, code, message = error(await mirrored.get("/webinars", narrow, **LIST))
    assert (status, code) == (400, 4711)
    assert message == (
        "Invalid access token, does not contain "
        "scopes:[dashboard:read:list_webinars:admin]."
    )


@pytest.mark.anyio
async def test_guessing_is_limited_and_who_is_inside_stays_inside(
    tmp_path: Path,
) -> None:
    mirrored = Mirrored(tmp_path)
    other = mirrored.grant("never used yet")
    assert (await mirrored.get("/webinars", **LIST)).status_code == 200
    for i in range(EACH_MAX):
        assert error(await mirrored.get("/webinars", f"wrong {i}")) == WRONG
    for token in ("wrong again", other):
        refused = await mirrored.get("/webinars", token)
        assert error(refused)[:2] == (429, 429)
        assert 0 < int(refused.headers["retry-after"]) <= WINDOW_S
    assert (await mirrored.get("/webinars", **LIST)).status_code == 200
    mirrored.address = "203.0.113.9"
    assert (await mirrored.get("/webinars", other, **LIST)).status_code == 200
    mirrored.clock.advance(WINDOW_S + 1)
    mirrored.address = "198.51.100.7"
    assert (await mirrored.get("/webinars", other, **LIST)).status_code == 200


@pytest.mark.anyio
async def test_client_of_server_to_server_oauth_needs_no_change(tmp_path: Path) -> None:
    mirrored = Mirrored(tmp_path)
    session = Session(kind="webinar", uuid=UUID, number="9", start_at=BEGIN)
    mirrored.keep(session, "ended")
    app = {
        "access_token": None,
        "account_id": "any",
        "client_id": "any",
        "client_secret": mirrored.token,
        "oauth_url": f"{HOST}/oauth/token",
    }
    async with mirrored.zoom(**app) as zoom:
        assert (await zoom.webinars.get("9", type="past")).uuid == UUID


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("grant", "secret", "expected"),
    [
        ("account_credentials", "wrong", "invalid_client"),
        ("account_credentials", "", "invalid_client"),
        ("client_credentials", "", "unsupported_grant_type"),
    ],
)
async def test_oauth_refuses_in_its_own_form(
    tmp_path: Path, grant: str, secret: str, expected: str
) -> None:
    async with Mirrored(tmp_path).http() as http:
        answer = await http.post(
            "/oauth/token", data={"grant_type": grant}, auth=("any", secret)
        )
    assert (answer.status_code, answer.json()["error"]) == (400, expected)
