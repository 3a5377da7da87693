"""Pages, lists and what they hold, of the emulated API."""

import re
from collections import Counter

import pytest

from backrow.simulate.plain.world import (
    ENDED_MEETING_NUMBER,
    ENDED_NUMBER,
    ENDED_UUID,
    LIVE_NUMBER,
    LIVE_UUID,
    MEETING_NUMBER,
)
from tests.web.asking import Asking, error

pytestmark = pytest.mark.anyio
LIVE = f"/webinars/{LIVE_NUMBER}/participants"
ENDED = f"/webinars/{ENDED_NUMBER}/participants"
BAD_TOKEN = "The next page token is invalid or expired."
INVALID = (400, 300, "Validation Failed.")


async def test_pages_hold_everybody_once() -> None:
    asking = Asking()
    people = await asking.walk(LIVE, page_size=100)
    assert len(people) > 250
    assert max(Counter(p["user_id"] for p in people).values()) == 1


async def test_page_tells_its_place_in_the_list() -> None:
    body = (await Asking().get(f"{ENDED}/qos", type="past", page_size=10)).json()
    assert len(body["next_page_token"]) == 35
    assert body["page_size"] == len(body["participants"]) == 10
    assert body["page_count"] == -(-body["total_records"] // 10)
    assert body["webinar_number"] == ENDED_NUMBER


async def test_default_page_of_the_qos_list_holds_one() -> None:
    body = (await Asking().get(f"{LIVE}/qos")).json()
    assert (body["page_size"], len(body["participants"])) == (1, 1)


async def test_page_size_above_the_maximum_is_clamped_or_refused() -> None:
    body = (await Asking().get(f"{LIVE}/qos", page_size=300)).json()
    assert body["page_size"] == len(body["participants"]) == 10
    refused = await Asking(page_size="refuse").get(f"{LIVE}/qos", page_size=11)
    assert error(refused) == INVALID


@pytest.mark.parametrize("size", ["0", "-1", "x", "1.5", "9" * 30, "٣"])
async def test_page_size_that_is_no_number_above_zero_is_refused(size: str) -> None:
    refused = await Asking().get(LIVE, page_size=size)
    assert error(refused) == INVALID
    assert refused.json()["errors"] == [
        {"field": "page_size", "message": "Invalid field."}
    ]


async def test_page_token_dies_after_fifteen_minutes() -> None:
    asking = Asking(token_life_s=10_000)
    token = (await asking.get(LIVE)).json()["next_page_token"]
    asking.clock.advance(899)
    assert (await asking.get(LIVE, next_page_token=token)).status_code == 200
    asking.clock.advance(1)
    late = await asking.get(LIVE, next_page_token=token)
    assert error(late) == (400, 300, BAD_TOKEN)


@pytest.mark.parametrize("switch", ["400/300", "400/200", "300/300"])
async def test_page_token_of_another_query_is_refused(switch: str) -> None:
    asking = Asking(bad_page_token=switch)
    token = (await asking.get(LIVE, page_size=30)).json()["next_page_token"]
    other = await asking.get(LIVE, page_size=31, next_page_token=token)
    status, code = (int(part) for part in switch.split("/"))
    assert error(other) == (status, code, BAD_TOKEN)


@pytest.mark.parametrize("token", ["x", "z" * 35, "0" * 35, "ü" * 35, "?" * 34])
async def test_made_up_page_token_is_refused(token: str) -> None:
    answer = await Asking().get(LIVE, next_page_token=token)
    assert error(answer) == (400, 300, BAD_TOKEN)


async def test_summaries_tell_no_totals() -> None:
    body = (await Asking().get(f"{ENDED}/qos_summary")).json()
    assert set(body) == {"next_page_token", "page_size", "participants"}
    types = {item["type"] for item in body["participants"][0]["qos"]}
    assert {"audio_input", "video_output", "cpu_usage"} <= types


async def test_summary_is_of_the_minutes() -> None:
    asking = Asking(style="2026")
    summary = (await asking.get(f"{ENDED}/qos_summary")).json()["participants"][0]
    path = f"{ENDED}/{summary['participant_id']}/qos"
    minutes = (await asking.get(path, type="past")).json()["user_qos"]
    heard = [float(m["audio_output"]["latency"].split()[0]) for m in minutes]
    details = next(i["details"] for i in summary["qos"] if i["type"] == "audio_output")
    assert details["min_latency"] == f"{min(heard):g} ms"
    assert details["max_latency"] == f"{max(heard):g} ms"


async def test_live_answer_holds_the_whole_minutes_so_far() -> None:
    asking = Asking()
    path = f"{LIVE}/1670000001/qos"
    first = [m["date_time"] for m in (await asking.get(path)).json()["user_qos"]]
    asking.clock.advance(59)
    assert len((await asking.get(path)).json()["user_qos"]) == len(first) == 12
    asking.clock.advance(1)
    later = [m["date_time"] for m in (await asking.get(path)).json()["user_qos"]]
    assert later == sorted(later) == [*first, "2026-11-23T10:00:00Z"]


async def test_live_answer_holds_the_latest_minute_if_switched() -> None:
    asking = Asking(live_minutes="latest", live_delay_s=60)
    body = (await asking.get(f"{LIVE}/1670000001/qos")).json()
    assert [m["date_time"] for m in body["user_qos"]] == ["2026-11-23T09:58:00Z"]


async def test_who_has_just_joined_has_no_minutes() -> None:
    asking = Asking()
    joined = asking.zoom.source.people(LIVE_UUID)[-1]
    assert joined.join_time
    asking.clock.advance(joined.join_time.timestamp() - asking.clock.now())
    body = (await asking.get(f"{LIVE}/{joined.user_id}/qos")).json()
    assert body["user_qos"] == []
    assert "leave_time" not in body


async def test_live_list_still_holds_who_has_left_unless_switched() -> None:
    for live_left in (True, False):
        asking = Asking(live_left=live_left)
        asking.clock.advance(30 * 60)
        people = await asking.walk(LIVE, page_size=300)
        left = [p for p in people if "leave_time" in p]
        assert bool(left) is live_left
        assert all("leave_reason" in p for p in left if p["user_id"] != "1670000000")


async def test_live_list_can_come_empty() -> None:
    body = (await Asking(live_empty_rate=1).get(LIVE)).json()
    assert (body["participants"], body["next_page_token"]) == ([], "")


async def test_registrant_id_comes_if_asked_for_and_past() -> None:
    asking = Asking()
    fields = {"include_fields": "registrant_id"}
    assert "registrant_id" in (await asking.walk(ENDED, type="past", **fields))[0]
    assert "registrant_id" not in (await asking.walk(ENDED, type="past"))[0]
    assert "registrant_id" not in (await asking.walk(LIVE, **fields))[5]


@pytest.mark.parametrize(
    ("baa", "hidden"),
    [
        ("legacy", {"user_name", "ip_address", "location", "email"}),
        ("addendum", {"ip_address", "location"}),
    ],
)
async def test_hipaa_account_hides_fields(baa: str, hidden: set[str]) -> None:
    body = (await Asking(baa=baa).get(f"{LIVE}/1670000001/qos")).json()
    assert {
        k for k in ("user_name", "ip_address", "location", "email") if not body[k]
    } == hidden
    assert "internal_ip_addresses" not in body


@pytest.mark.parametrize(
    ("style", "bitrate"),
    [("2021", r"\d+ kbps"), ("2023", r"\d+\.\d+kbps"), ("2026", r"\d+\.\d+ kbps")],
)
async def test_quantities_are_spelled_as_switched(style: str, bitrate: str) -> None:
    body = (await Asking(style=style).get(f"{LIVE}/1670000001/qos")).json()
    texts = [minute["audio_output"]["bitrate"] for minute in body["user_qos"]]
    assert any(re.fullmatch(bitrate, text) for text in texts)


async def test_absent_streams_are_missing_or_blank() -> None:
    path = f"{LIVE}/1670000001/qos"
    missing = (await Asking().get(path)).json()["user_qos"][0]
    blank = (await Asking(absent="blank").get(path)).json()["user_qos"][0]
    assert "audio_device_from_crc" not in missing
    assert set(blank["audio_device_from_crc"].values()) == {""}


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({}, ["from", "to"]),
        ({"from_": "2026-11-01"}, ["to"]),
        ({"from_": "01/11/2026", "to": "2026-11-02"}, ["from"]),
        ({"from_": "2026-11-31", "to": "2026-11-02"}, ["from"]),
        ({"from_": "2026-11-02", "to": "2026-11-01"}, ["from", "to"]),
        ({"from_": "2026-01-01", "to": "2026-02-02"}, ["from", "to"]),
    ],
)
async def test_period_must_be_given_and_at_most_a_month(
    query: dict[str, str], fields: list[str]
) -> None:
    answer = await Asking().get("/webinars", **query)
    assert error(answer) == INVALID
    assert [each["field"] for each in answer.json()["errors"]] == fields


async def test_list_holds_what_runs_or_what_ended_in_the_period() -> None:
    asking = Asking()
    days = {"from_": "2026-11-20 00:00:00", "to": "2026-11-23"}
    live = await asking.walk("/webinars", key="webinars", **days)
    past = await asking.walk("/webinars", key="webinars", type="past", **days)
    assert live[0]["uuid"] == LIVE_UUID
    assert not any("end_time" in each for each in live)
    assert past[-1]["uuid"] == ENDED_UUID
    assert past[-1]["duration"] == "50:00"
    assert past[-1]["id"] == int(ENDED_NUMBER)


async def test_list_echoes_the_period_as_it_was_given() -> None:
    body = (
        await Asking().get("/webinars", from_="2026-11-23 08:00:00", to="2026-11-23")
    ).json()
    assert (body["from"], body["to"]) == ("2026-11-23 08:00:00", "2026-11-23")


async def test_account_that_cannot_ask_by_end_is_refused() -> None:
    days = {"from_": "2026-11-20", "to": "2026-11-23", "query_date_type": "end_time"}
    assert (await Asking().get("/meetings", type="past", **days)).status_code == 200
    refused = await Asking(end_time_queries=False).get("/meetings", **days)
    assert error(refused)[:2] == (400, 12700)


@pytest.mark.parametrize(
    ("name", "value"), [("group_id", "a,b,c,d,e,f,g,h"), ("query_date_type", "x")]
)
async def test_list_refuses_what_zoom_excludes(name: str, value: str) -> None:
    days = {"from_": "2026-11-20", "to": "2026-11-23"}
    refused = await Asking().get("/webinars", **days, **{name: value})
    assert error(refused) == INVALID
    assert refused.json()["errors"][0]["field"] == name


@pytest.mark.parametrize("type_", ["pastOne", "Live", "x"])
async def test_type_that_the_call_does_not_take_is_refused(type_: str) -> None:
    assert error(await Asking().get(f"{LIVE}/qos", type=type_)) == INVALID


async def test_meeting_of_many_is_not_past_one() -> None:
    days = {"from_": "2026-11-20", "to": "2026-11-23"}
    found = await Asking().walk("/meetings", key="meetings", type="pastOne", **days)
    assert found == []
    alone = await Asking().get(f"/meetings/{ENDED_MEETING_NUMBER}", type="pastOne")
    assert error(alone)[:2] == (404, 3001)


async def test_sharing_that_goes_on_has_no_end() -> None:
    live = (await Asking().get(f"{LIVE}/sharing")).json()["participants"]
    past = (await Asking().get(f"{ENDED}/sharing", type="past")).json()["participants"]
    assert [set(each["details"][0]) for each in live] == [{"content", "start_time"}]
    assert past[0]["details"][0]["end_time"] == "2026-11-23T07:50:00Z"


async def test_quality_counts_meetings_or_their_participants() -> None:
    days = {"from_": "2026-11-20", "to": "2026-11-23"}
    asking = Asking()
    meetings = (await asking.get("/quality", **days)).json()["quality"]
    people = (await asking.get("/quality", type="participants", **days)).json()
    assert meetings["audio"] == {"good": 1, "fair": 0, "poor": 0, "bad": 0}
    assert sum(people["quality"]["audio"].values()) > 10


async def test_meeting_twin_tells_its_number_and_devices() -> None:
    body = (
        await Asking().get(f"/meetings/{MEETING_NUMBER}/participants/1600000001/qos")
    ).json()
    assert body["meeting_number"] == MEETING_NUMBER
    assert {"camera", "microphone", "speaker", "total_jointime_cost"} <= set(body)
    assert "webinar_number" not in body


async def test_office_in_trouble_is_worse_than_the_rest() -> None:
    asking = Asking()
    people = await asking.walk(LIVE, page_size=300)
    office = [p["audio_quality"] for p in people if p["ip_address"] == "198.51.100.7"]
    others = [p["audio_quality"] for p in people if p["ip_address"] != "198.51.100.7"]
    assert set(office) <= {"fair", "poor", "bad"}
    assert len(office) > 20
    assert Counter(others).most_common(1)[0][0] == "good"
