"""Errors, types, ids and headers of the emulated API, through ASGI."""

import json
from pathlib import Path
from typing import Any, get_args

import httpx2
import pytest
from msgspec import structs

from backrow.simulate.plain.world import (
    ENDED_MEETING_NUMBER,
    ENDED_NUMBER,
    ENDED_UUID,
    LIVE_NUMBER,
    LIVE_UUID,
    MEETING_NUMBER,
    OLD_NUMBER,
    QOS_UUID,
    SLASH_UUID,
    SLASHES_UUID,
)
from backrow.web.emulated.options import NOT_OURS
from backrow.zoom.endpoints import ENDPOINTS, Endpoint, encode_id, endpoint, url_path
from tests.web.asking import Asking, error

pytestmark = pytest.mark.anyio
SEED_ANSWER = Path(__file__).parents[1] / "data/seed_participant_qos.json"
DAYS = {"from_": "2026-11-01", "to": "2026-11-23"}
SINGLE = f"/webinars/{LIVE_NUMBER}/participants/1670000000/qos"
NOT_THERE = "This webinar's detail info is not available or ID is not valid."
NO_PLAN = (
    "This API is only available for ZMP and Business or higher accounts that have "
    "enabled the Dashboard feature."
)


def path_of(which: Endpoint, session: str) -> str:
    path = url_path(which, session=session, participant="1640000001")
    return path.removeprefix("/metrics")


async def test_sample_participant_answers_exactly_the_published_sample() -> None:
    answer = await Asking().get(SINGLE, type="live")
    assert answer.json() == json.loads(SEED_ANSWER.read_text("utf-8"))


@pytest.mark.parametrize("which", ENDPOINTS, ids=lambda e: e.name)
async def test_every_endpoint_answers_what_its_struct_says(which: Endpoint) -> None:
    numbers = {"webinar": ENDED_NUMBER, "meeting": ENDED_MEETING_NUMBER}
    path = path_of(which, numbers[which.kind])
    if which.kind == "meeting":
        path = path.replace("1640000001", "1590000001")
    query = {"type": "past"} if "past" in which.types else {}
    query |= DAYS if which.required else {}
    answer = await Asking().get(path, **query)
    assert answer.status_code == 200
    assert unknown_keys(which, answer.json()) == set()


def unknown_keys(which: Endpoint, body: dict[str, Any]) -> set[str]:
    """Return keys of the body, and of its items, that no struct has."""
    fields = {field.encode_name: field.type for field in structs.fields(which.struct)}
    unknown = set(body) - set(fields)
    if which.items:
        (listed,) = (t for t in get_args(fields[which.items]) if t is not type(None))
        known = set(get_args(listed)[0].__struct_encode_fields__)
        unknown |= {key for item in body[which.items] for key in item} - known
    return unknown


@pytest.mark.parametrize(
    ("session", "type_"),
    [
        (LIVE_NUMBER, "live"),
        (LIVE_UUID, "live"),
        (SLASH_UUID, "live"),
        (ENDED_NUMBER, "past"),
        (ENDED_UUID, "past"),
        (SLASHES_UUID, "past"),
        (QOS_UUID, "past"),
    ],
)
async def test_every_kind_of_id_finds_its_webinar(session: str, type_: str) -> None:
    answer = await Asking().get(f"/webinars/{encode_id(session)}", type=type_)
    assert session in {answer.json()["uuid"], str(answer.json()["id"])}


async def test_uuid_that_begins_with_qos_is_no_path() -> None:
    path = path_of(endpoint("webinar", "participants_qos"), QOS_UUID)
    answer = await Asking().get(path, type="past")
    assert answer.json()["total_records"] > 12


@pytest.mark.parametrize("encoded", ["%2FVq3JtLkR0ezyXaM5oWb2A%3D%3D", SLASH_UUID])
async def test_uuid_not_encoded_twice_loses_its_slash(encoded: str) -> None:
    answer = await Asking().get(f"/webinars/{encoded}/participants")
    expected = f"Meeting does not exist: {SLASH_UUID[1:]}."
    assert error(answer) == (404, 3001, expected)


async def test_uuid_with_two_slashes_needs_encoding_twice() -> None:
    once = SLASHES_UUID.replace("/", "%2F").replace("=", "%3D")
    answer = await Asking().get(f"/webinars/{once}", type="past")
    expected = f"Meeting does not exist: {SLASHES_UUID.replace('//', '/')}."
    assert error(answer) == (404, 3001, expected)


async def test_unknown_participant_is_not_found() -> None:
    path = f"/webinars/{LIVE_NUMBER}/participants/999/qos"
    assert error(await Asking().get(path)) == (404, 3001, NOT_THERE)
    lenient = await Asking(unknown_participant="empty").get(path)
    assert lenient.json() == {"user_id": "999", "user_qos": []}


async def test_participant_who_is_yet_to_join_is_not_found() -> None:
    asking = Asking()
    people = asking.zoom.source.people(LIVE_UUID)
    last = people[-1].user_id
    path = f"/webinars/{LIVE_NUMBER}/participants/{last}/qos"
    assert (await asking.get(path)).status_code == 404
    asking.clock.advance(40 * 60)
    assert (await asking.get(path)).status_code == 200


async def test_live_is_the_default_and_not_found_after_the_end() -> None:
    asking = Asking()
    path = f"/webinars/{ENDED_NUMBER}/participants/1640000001/qos"
    assert error(await asking.get(path)) == (404, 3001, NOT_THERE)
    assert (await asking.get(path, type="past")).status_code == 200


@pytest.mark.parametrize(
    "which", [e for e in ENDPOINTS if e.not_found], ids=lambda e: e.name
)
async def test_past_of_a_running_session_has_not_ended_yet(which: Endpoint) -> None:
    number = LIVE_NUMBER if which.kind == "webinar" else MEETING_NUMBER
    query = {"type": "past"} if which.types else {}
    status, code, message = error(await Asking().get(path_of(which, number), **query))
    assert (status, code) == (404, 3001)
    assert which.not_found in message
    assert "ended" in message


async def test_past_is_ready_twenty_seconds_after_the_end() -> None:
    asking = Asking()
    asking.clock.advance(48 * 60)
    assert (await asking.get(SINGLE)).status_code == 404
    assert (await asking.get(SINGLE, type="past")).status_code == 404
    asking.clock.advance(20)
    assert (await asking.get(SINGLE, type="past")).status_code == 200


async def test_number_means_the_latest_occurrence() -> None:
    path = f"/webinars/{LIVE_NUMBER}"
    assert (await Asking().get(path)).json()["uuid"] == LIVE_UUID
    assert (await Asking().get(path, type="past")).status_code == 404
    ended = await Asking(past_by_number="latest_ended").get(path, type="past")
    assert ended.json()["start_time"] == "2026-11-16T10:00:00Z"


@pytest.mark.parametrize(
    "which", [e for e in ENDPOINTS if e.too_old and e.kind == "webinar"]
)
async def test_webinar_of_more_than_a_year_ago_is_refused(which: Endpoint) -> None:
    query = {"type": "past"} if which.types else {}
    answer = await Asking().get(path_of(which, OLD_NUMBER), **query)
    assert error(answer) == (400, 12702, which.too_old)


@pytest.mark.parametrize("switch", ["400/300", "300/300"])
async def test_webinar_of_another_account_is_refused(switch: str) -> None:
    answer = await Asking(no_access=switch).get(f"/webinars/{NOT_OURS}")
    expected = f"Can not access webinar info, {NOT_OURS}."
    assert error(answer) == (int(switch[:3]), 300, expected)


@pytest.mark.parametrize("switch", ["400/200", "400/400"])
async def test_account_without_dashboard_is_refused(switch: str) -> None:
    asking = Asking(dashboard=False, plan_missing=switch)
    assert error(await asking.get(SINGLE)) == (400, int(switch[4:]), NO_PLAN)
    satisfaction = await asking.get(
        f"/webinars/{ENDED_NUMBER}/participants/satisfaction"
    )
    assert error(satisfaction)[2].startswith("Only available for paid accounts")


async def test_summary_needs_a_subscription() -> None:
    path = f"/webinars/{ENDED_NUMBER}/participants/qos_summary"
    status, code, message = error(await Asking(qss=False).get(path))
    assert (status, code) == (400, 200)
    assert message.startswith("Event subscription not found.")


@pytest.mark.parametrize("switch", ["400/4711", "400/4700"])
async def test_token_without_the_scope_is_refused(switch: str) -> None:
    asking = Asking(scopes="dashboard:read:webinar:admin", scope_missing=switch)
    scope = "dashboard:read:webinar_participant_qos:admin"
    expected = f"Invalid access token, does not contain scopes:[{scope}]."
    assert error(await asking.get(SINGLE)) == (400, int(switch[4:]), expected)
    assert (await asking.get(f"/webinars/{LIVE_NUMBER}")).status_code == 200


async def test_classic_scope_is_enough() -> None:
    asking = Asking(scopes="dashboard_webinars:read:admin")
    assert (await asking.get(SINGLE)).status_code == 200
    assert (await asking.get(f"/meetings/{MEETING_NUMBER}")).status_code == 400


@pytest.mark.parametrize("path", ["/nothing", "/webinars/1/2", "/webinars/a/b/c/d/e"])
async def test_unknown_path_is_refused(path: str) -> None:
    answer = await Asking().get(path)
    assert error(answer) == (404, 2300, "This API endpoint is not recognized.")


async def test_other_methods_are_refused() -> None:
    asking = Asking()
    async with asking.http() as http:
        put = await http.put(f"/v2/metrics{SINGLE}")
        get = await http.get("/oauth/token")
    assert (put.status_code, put.headers["allow"]) == (405, "GET")
    assert (get.status_code, get.headers["allow"]) == (405, "POST")


async def test_every_answer_has_a_tracking_id_of_its_own() -> None:
    asking = Asking()
    answers = [await asking.get(SINGLE), await asking.get("/nothing")]
    ids = {answer.headers["x-zm-trackingid"] for answer in answers}
    assert len(ids) == 2
    assert all(each.startswith("v=2.0;clid=us06;rid=WEB_") for each in ids)


async def test_success_tells_the_rate_limit_category() -> None:
    answer = await Asking().get(SINGLE)
    assert answer.headers["x-ratelimit-category"] == "Heavy"
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"


async def test_what_goes_wrong_comes_as_asked_for() -> None:
    broken = await Asking(error_rate=1).get(SINGLE)
    assert broken.status_code == 500
    assert error(await Asking(error_200_rate=1).get(SINGLE))[:2] == (200, 200)
    with pytest.raises(json.JSONDecodeError):
        (await Asking(bad_json_rate=1).get(SINGLE)).json()
    with pytest.raises(httpx2.RemoteProtocolError):
        await Asking(drop_rate=1).get(SINGLE)


async def test_slow_answers_take_emulated_time() -> None:
    asking = Asking(slow_rate=1, slow_s=7)
    before = asking.clock.now()
    await asking.get(SINGLE)
    assert asking.clock.now() - before == 7
