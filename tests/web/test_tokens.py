"""Access tokens: who gets one, and how long it is good."""

import pytest

from backrow.simulate.plain.world import LIVE_NUMBER
from tests.web.asking import GRANT, Asking, error

pytestmark = pytest.mark.anyio
PATH = f"/webinars/{LIVE_NUMBER}"
WRONG = "Invalid access token."
EXPIRED = "Access token is expired."


async def test_token_answer_is_zooms() -> None:
    body = (await Asking(scopes="a:read b:read").grant()).json()
    assert body.pop("access_token").startswith("eyJ")
    assert body == {
        "token_type": "bearer",
        "expires_in": 3600,
        "scope": "a:read b:read",
        "api_url": "https://zoom.example.com",
    }


async def test_parameters_may_stand_in_the_query() -> None:
    assert (await Asking().grant({}, **GRANT)).status_code == 200


@pytest.mark.parametrize("auth", [None, ("demo", "wrong"), ("wrong", "demo")])
async def test_wrong_client_is_refused(auth: tuple[str, str] | None) -> None:
    answer = await Asking().grant(auth=auth)
    assert answer.status_code == 400
    reason = "Invalid client_id or client_secret"
    assert answer.json() == {"reason": reason, "error": "invalid_client"}


@pytest.mark.parametrize(
    ("form", "reason", "code"),
    [
        ({}, "unsupported grant type", "unsupported_grant_type"),
        (
            {"grant_type": "password"},
            "unsupported grant type",
            "unsupported_grant_type",
        ),
        ({"grant_type": "refresh_token"}, "Invalid Token!", "invalid_grant"),
        ({**GRANT, "account_id": "x"}, "Bad Request", "invalid_request"),
    ],
)
async def test_wrong_grant_is_refused(
    form: dict[str, str], reason: str, code: str
) -> None:
    answer = await Asking().grant(form)
    assert answer.status_code == 400
    assert answer.json() == {"reason": reason, "error": code}


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer x.y.z", "Basic ZGVtbzpkZW1v", "Bearer ."]
)
async def test_missing_or_wrong_token_is_refused(authorization: str) -> None:
    answer = await Asking().get_as(authorization, PATH)
    assert error(answer) == (401, 124, WRONG)


async def test_token_with_another_end_is_refused() -> None:
    asking = Asking()
    await asking.get(PATH)
    head, _, seal = asking.token.split(".")
    answer = await asking.get_as(f"Bearer {head}.WzEsImFjY291bnQiLDllOV0.{seal}", PATH)
    assert error(answer) == (401, 124, WRONG)


@pytest.mark.parametrize("switch", ["401/124", "400/124"])
async def test_token_expires_on_the_clock(switch: str) -> None:
    asking = Asking(token_life_s=600, token_wrong=switch)
    await asking.get(PATH)
    asking.clock.advance(599)
    assert (await asking.get(PATH)).status_code == 200
    asking.clock.advance(1)
    assert error(await asking.get(PATH)) == (int(switch[:3]), 124, EXPIRED)


async def test_many_tokens_are_good_at_once_unless_switched() -> None:
    for one_token, status in ((False, 200), (True, 401)):
        asking = Asking(one_token=one_token)
        await asking.get(PATH)
        await asking.grant()
        assert (await asking.get(PATH)).status_code == status


async def test_token_of_the_wrong_kind_is_refused() -> None:
    asking = Asking()
    answer = await asking.grant({"grant_type": "client_credentials"})
    asking.token = answer.json()["access_token"]
    expected = (400, 200, "Invalid api key or secret.")
    assert error(await asking.get(PATH)) == expected


async def test_token_of_another_emulator_is_refused() -> None:
    asking, other = Asking(), Asking()
    await other.get(PATH)
    asking.token = other.token
    assert error(await asking.get(PATH)) == (401, 124, WRONG)
