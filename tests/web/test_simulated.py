"""A simulated world behind the emulated API: what clients meet, and what they don't."""

from collections import Counter
from typing import Any

import pytest

from backrow.simulate.cast.names import HOSTILE
from backrow.simulate.scenario.templates import CAUSES
from backrow.simulate.world import World
from backrow.web.contract.words import words_of
from backrow.zoom.endpoints import ENDPOINTS, url_path
from tests.web.asking import Asking, error
from tests.web.worlds import (
    ENDED,
    EVERYTHING,
    LIVE,
    MEETING,
    TO_COME,
    everything,
)

pytestmark = pytest.mark.anyio
WORLD = everything()
DAYS = {"from_": "2026-11-01", "to": "2026-11-23"}
PEOPLE = f"/webinars/{LIVE}/participants"
EXTERNAL_ONLY_BLANK = ("email", "device", "domain", "harddisk_id", "mac_addr")


def asking(**options: Any) -> Asking:
    """Return the world at 10:00, ten minutes into its live webinar."""
    return Asking(source=WORLD, **{"rate_limits": False, **options})


async def listed(**options: Any) -> list[Any]:
    return await asking(**options).walk(PEOPLE, page_size=300)


async def test_several_sessions_run_at_once() -> None:
    ask = asking()
    webinars = await ask.walk("/webinars", key="webinars", **DAYS)
    meetings = await ask.walk("/meetings", key="meetings", **DAYS)
    assert [each["id"] for each in webinars] == [int(LIVE)]
    assert [each["id"] for each in meetings] == [int(MEETING)]
    assert (await ask.get(f"/webinars/{TO_COME}")).status_code == 404


async def test_a_number_recurs_and_its_oldest_occurrence_is_too_old() -> None:
    ask = asking(past_by_number="latest_ended")
    occurrences = [s for s in WORLD.sessions() if s.number == LIVE]
    latest = (await ask.get(f"/webinars/{LIVE}", type="past")).json()
    assert latest["start_time"] == "2026-11-16T09:50:00Z"
    oldest = occurrences[-1].uuid.replace("/", "%252F").replace("+", "%252B")
    refused = await ask.get(f"/webinars/{oldest}", type="past")
    assert error(refused)[:2] == (400, 12702)


async def test_people_outside_the_account_have_fields_that_come_empty() -> None:
    people = await listed()
    outside = [p for p in people if p["id"] == "" and p["email"] == ""]
    inside = [p for p in people if p["email"].endswith("@example.com")]
    assert len(outside) > 5
    assert len(inside) > 5
    assert {p[key] for p in outside for key in EXTERNAL_ONLY_BLANK} == {""}
    assert all(p["device"] for p in inside)


async def test_devices_and_names_are_those_of_real_people() -> None:
    people = await listed()
    documented = words_of(("Participant",), "device", "webinar")
    beyond = {p["device"] for p in people} - {*documented, ""}
    assert any("Browser" in each or "+" in each for each in beyond)
    hostile = {p["user_name"] for p in people} & set(HOSTILE)
    assert len(hostile) > 5


async def test_callers_are_listed_with_their_call() -> None:
    path, ask = f"/webinars/{ENDED}/participants", asking()
    people = await ask.walk(path, page_size=300, type="past")
    ((call,),) = [one["audio_call"] for one in people if "audio_call" in one]
    assert call["call_type"] in {"call-in", "call-out"}
    assert call["call_number"].startswith("120255501")
    measured = await ask.walk(f"{path}/qos", page_size=10, type="past")
    assert not any("audio_call" in one for one in measured)


async def test_meetings_have_hosts_and_attendees_only() -> None:
    text = EVERYTHING.replace("panelists = 0\nattendees = 12", "attendees = 12")
    ask = Asking(source=everything(text))
    people = await ask.walk(f"/meetings/{MEETING}/participants", page_size=300)
    assert {one["role"] for one in people} == {"host", "attendee"}


async def test_words_follow_what_is_received() -> None:
    people = await listed()
    office = {p["user_id"] for p in people if p["pc_name"].startswith("EXC-LYO")}
    ask = asking()
    ask.clock.advance(-4 * 60)
    during = await ask.walk(PEOPLE, page_size=300)
    in_trouble = [p["audio_quality"] for p in during if p["user_id"] in office]
    others = [p["audio_quality"] for p in during if p["user_id"] not in office]
    assert Counter(in_trouble)["good"] < len(in_trouble) / 2
    assert Counter(others).most_common(1)[0][0] == "good"


async def test_minutes_blank_missing_and_without_a_picture_all_occur() -> None:
    people = await listed()
    minutes: list[Any] = []
    for person in people[:40]:
        body = (await asking().get(f"{PEOPLE}/{person['user_id']}/qos")).json()
        minutes += body["user_qos"]
    streams = [s for m in minutes for s in m.values() if "bitrate" in s]
    assert {"audio_device_from_crc", "audio_device_to_rwg"} <= {
        k for m in minutes for k in m
    }
    assert any("audio_device_from_crc" not in m for m in minutes)
    assert any(set(s.values()) == {""} for s in streams)
    still = [s for s in streams if s.get("resolution") == "0*0"]
    assert any(s["bitrate"].endswith(" kbps") for s in still)
    assert {s["frame_rate"] for s in still} == {""}


async def test_no_answer_tells_the_truth() -> None:
    """Every call, about every session: no cause and no fault stands in any body."""
    truth = {*CAUSES, "zinc", "saxophone", "copper", "bassoon", "truth", "fault"}
    truth -= {"data_center", "place"}  # the first is a field of Zoom's own
    for at_min in (0, 9, 120):
        ask = asking()
        ask.clock.advance(at_min * 60)
        said = " ".join([await everything_said(ask, WORLD)]).lower()
        assert len(said) > 100_000
        assert [word for word in truth if word in said] == []


async def everything_said(ask: Asking, world: World) -> str:
    """Return the bodies and headers of every call about every session."""
    said = []
    for which in ENDPOINTS:
        for session in world.sessions():
            if session.kind != which.kind:
                continue
            person = world.people(session.uuid)[0].user_id or ""
            path = url_path(which, session=session.uuid, participant=person)
            for type_ in which.types or ("",):
                query = {"type": type_} if type_ else {}
                query |= DAYS if which.required else {"page_size": "10"}
                answer = await ask.get(path.removeprefix("/metrics"), **query)
                said += [answer.text, str(answer.headers)]
    return "\n".join(said)


@pytest.mark.parametrize("path", ["/truth", "/v2/truth", "/truth.json", "/scenario"])
async def test_there_is_no_path_to_the_truth(path: str) -> None:
    ask = asking()
    await ask.get(PEOPLE)
    async with ask.http() as http:
        answer = await http.get(path, headers={"authorization": f"Bearer {ask.token}"})
    assert error(answer)[:2] == (404, 2300)


async def test_ended_session_is_past_and_its_summary_is_there() -> None:
    ask = asking()
    people = await ask.walk(
        f"/webinars/{ENDED}/participants/qos", type="past", page_size=10
    )
    summaries = await ask.walk(
        f"/webinars/{ENDED}/participants/qos_summary", page_size=10
    )
    assert [p["user_id"] for p in people] == [s["participant_id"] for s in summaries]
