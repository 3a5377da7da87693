"""What each switch changes, for those that no other test is about."""

from typing import Any

import pytest

from backrow.simulate.plain.world import ENDED_NUMBER, LIVE_NUMBER, LIVE_UUID
from tests.web.asking import GRANT, Asking, error

pytestmark = pytest.mark.anyio
LIVE = f"/webinars/{LIVE_NUMBER}/participants"
ENDED = f"/webinars/{ENDED_NUMBER}/participants"
ONE = f"{LIVE}/1670000001/qos"


async def minutes(**options: Any) -> list[dict[str, Any]]:
    body = (await Asking(**options).get(ONE)).json()
    found: list[dict[str, Any]] = body["user_qos"]
    return found


async def test_streams_without_a_value_are_blank_on_the_legs_in_use() -> None:
    (minute, *_) = await minutes()
    assert set(minute) >= {"audio_input", "audio_output", "as_input", "as_output"}
    assert not any("rwg" in key or "crc" in key for key in minute)
    assert set(minute["as_input"].values()) == {""}


async def test_last_page_may_lack_its_token() -> None:
    query = {"page_size": 300, "type": "past"}
    last = (await Asking(last_page="missing").get(ENDED, **query)).json()
    assert "next_page_token" not in last
    more = (await Asking(last_page="missing").get(LIVE, page_size=1)).json()
    assert len(more["next_page_token"]) == 35


async def test_past_sessions_may_be_missing_for_a_while() -> None:
    asking = Asking(past_missing_rate=0.5)
    answers = [await asking.get(ENDED, type="past") for _ in range(30)]
    assert {answer.status_code for answer in answers} == {200, 404}
    refused = next(answer for answer in answers if answer.status_code == 404)
    assert error(refused)[1] == 3001
    assert (await Asking(past_missing_rate=1).get(LIVE)).status_code == 200


async def test_split_minutes_hold_the_same_in_two_records() -> None:
    whole, split = (
        await minutes(absent="missing"),
        await minutes(absent="missing", split_rate=1),
    )
    assert len(split) == 2 * len(whole)
    for one, first, second in zip(whole, split[::2], split[1::2], strict=True):
        assert one == {**first, **second}
        assert first.keys() & second.keys() == {"date_time"}
    some = await minutes(absent="missing", split_rate=0.5)
    assert len(whole) < len(some) < len(split)
    assert some == await minutes(absent="missing", split_rate=0.5)


async def test_latest_minute_may_stand_first() -> None:
    assert await minutes(minutes_order="descending") == (await minutes())[::-1]


async def test_signal_strengths_may_be_swapped() -> None:
    people = await Asking().walk(LIVE, page_size=300)
    wifi = next(p["user_id"] for p in people if p.get("network_type") == "Wifi")
    path = f"{LIVE}/{wifi}/qos"
    right = (await Asking().get(path)).json()["user_qos"][0]["wifi_rssi"]
    swapped = (await Asking(rssi_swapped=True).get(path)).json()["user_qos"][0]
    assert right["min_rssi"] < right["max_rssi"]
    assert swapped["wifi_rssi"]["min_rssi"] == right["max_rssi"]
    assert swapped["wifi_rssi"]["max_rssi"] == right["min_rssi"]


async def test_limits_can_be_off() -> None:
    asking = Asking(plan="free", rate_limits=False)
    answers = [await asking.get(LIVE) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].headers["x-ratelimit-category"] == "Heavy"


async def test_another_app_takes_its_part_of_every_second() -> None:
    asking = Asking(plan="pro", other_calls_per_s=7)
    answers = [(await asking.get(LIVE)).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]


async def test_wrong_client_may_be_a_401() -> None:
    asking = Asking(client_wrong="401")
    assert (await asking.grant(auth=("demo", "wrong"))).status_code == 401


async def test_query_may_not_count_for_tokens() -> None:
    asking = Asking(grant_in_query=False)
    assert (await asking.grant({}, **GRANT)).status_code == 400
    assert (await asking.grant()).status_code == 200


async def test_ids_with_line_breaks_are_refused_in_json() -> None:
    answer = await Asking().get("/webinars/a%0Ab")
    assert error(answer)[:2] == (404, 3001)
    assert LIVE_UUID not in answer.text
