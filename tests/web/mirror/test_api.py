"""Which session a call means, pages, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from backrow.lake.keep import LakeWriter
from backrow.lake.store.reading import Store
from backrow.lake.store.rows import sessions_frame
from backrow.qos.people import Person, Session
from backrow.web.app import create_app
from backrow.web.testing import BEGIN
from backrow.zoom.endpoints import endpoint
from tests.build import row
from tests.collect.pushing import UUID
from tests.web.asking import error
from tests.web.mirror.mirrored import HOST, Mirrored
from tests.web.test_app import taken

pytestmark = pytest.mark.anyio
NUMBER = "94512345678"
EARLIER = "J0cVn8d1RQqzW7yTfXb4Ug=="
RUNNING = "bR5kfvQ0T9m3nWcXyL8hZg=="
PERIOD = {"from_": "2026-11-01", "to": "2026-11-23"}
NOTHING = endpoint("webinar", "participants").not_found


def session(uuid: str = UUID, *, hours: float = 0, **facts: Any) -> Session:
    start = BEGIN - timedelta(hours=2) + timedelta(hours=hours)
    known = {"kind": "webinar", "number": NUMBER, "topic": "Launch", "start_at": start}
    return Session(uuid=uuid, **{**known, **facts})


def people(count: int) -> list[Person]:
    return [
        Person(user_id=str(i), join_time=BEGIN + timedelta(seconds=i))
        for i in range(count)
    ]


async def test_list_holds_what_runs_or_what_has_ended_in_the_period(
    tmp_path: Path,
) -> None:
    mirrored = Mirrored(tmp_path)
    end = BEGIN - timedelta(minutes=45)
    mirrored.keep(session(end_at=end), "complete", people=people(3))
    mirrored.keep(session(EARLIER, hours=-24 * 60), "complete")
    mirrored.keep(session("meeting==", kind="meeting"), "ended")
    gone = Person(user_id="9", leave_time=BEGIN)
    mirrored.keep(session(RUNNING, hours=1.5), "live", people=[*people(2), gone])
    past = (await mirrored.get("/webinars", type="past", **PERIOD)).json()
    assert past["total_records"] == 1
    assert past["webinars"] == [
        {
            "uuid": UUID,
            "id": int(NUMBER),
            "topic": "Launch",
            "start_time": "2026-11-23T08:00:00Z",
            "end_time": "2026-11-23T09:15:00Z",
            "duration": "01:15:00",
            "participants": 3,
        }
    ]
    live = (await mirrored.get("/webinars", **PERIOD)).json()["webinars"]
    assert [(one["uuid"], one["participants"]) for one in live] == [(RUNNING, 2)]
    assert live[0]["duration"] == "30:00"
    assert "end_time" not in live[0]
    meetings = (await mirrored.get("/meetings", type="past", **PERIOD)).json()
    assert [one["uuid"] for one in meetings["meetings"]] == ["meeting=="]


async def test_session_of_a_saved_list_has_ended_if_it_has_an_end(
    tmp_path: Path,
) -> None:
    mirrored = Mirrored(tmp_path)
    mirrored.keep(session(end_at=BEGIN), None)
    mirrored.keep(session(RUNNING), None)
    for type_, uuid in (("past", UUID), ("live", RUNNING)):
        found = await mirrored.walk("/webinars", "webinars", type=type_, **PERIOD)
        assert [one["uuid"] for one in found] == [uuid]


async def test_whatever_else_zoom_told_of_a_session_is_there(tmp_path: Path) -> None:
    mirrored = Mirrored(tmp_path)
    other = {"has_pstn": False, "participants": 7, "duration": "01:00"}
    mirrored.keep(session(other=other, end_at=BEGIN), "complete", people=people(1))
    mirrored.keep(session(RUNNING, hours=1.5, other=other), "live", people=people(2))
    path = "/webinars/{}"
    past = (await mirrored.get(path.format(UUID), type="past")).json()
    live = (await mirrored.get(path.format(RUNNING))).json()
    assert (past["participants"], past["duration"]) == (7, "01:00")
    assert (live["participants"], live["duration"]) == (2, "30:00")
    assert past["has_pstn"] is live["has_pstn"] is False


async def test_people_are_not_counted_where_zoom_told_how_many(tmp_path: Path) -> None:
    mirrored = Mirrored(tmp_path)
    told = session(end_at=BEGIN, other={"participants": 7})
    mirrored.keep(told, "complete", people=people(1))
    mirrored.keep(session(EARLIER, end_at=BEGIN), "complete", people=people(1))
    for log in (tmp_path / "lake/participants/_delta_log").glob("*.json"):
        log.write_text("not to be read, nor counted")
    path = "/webinars/{}"
    answer = await mirrored.get(path.format(UUID), type="past")
    assert answer.json()["participants"] == 7
    answer = await mirrored.get(path.format(EARLIER), type="past")
    assert answer.status_code == 500


async def test_number_means_the_latest_occurrence_of_the_type(tmp_path: Path) -> None:
    mirrored = Mirrored(tmp_path)
    mirrored.keep(session(EARLIER, hours=-24), "complete")
    mirrored.keep(session(UUID), "complete")
    mirrored.keep(session(RUNNING, hours=1.5), "live")
    for type_, uuid in (("past", UUID), ("live", RUNNING)):
        answer = await mirrored.get(f"/webinars/{NUMBER}", type=type_)
        assert answer.json()["uuid"] == uuid
    answer = await mirrored.get(f"/webinars/{EARLIER}", type="past")
    assert answer.json()["uuid"] == EARLIER


async def test_lake_that_is_not_there_yet_has_nothing(tmp_path: Path) -> None:
    mirrored = Mirrored(tmp_path)
    assert (await mirrored.get("/webinars", **PERIOD)).json()["webinars"] == []
    answer = await mirrored.get("/webinars/1/participants")
    assert error(answer) == (404, 3001, NOTHING)


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("/webinars/1/participants", {"type": "past"}, (404, 3001)),
        ("/webinars/{uuid}/participants", {"type": "live"}, (404, 3001)),
        ("/meetings/{uuid}/participants", {"type": "past"}, (404, 3001)),
        ("/webinars/{uuid}/participants/77/qos", {"type": "past"}, (404, 3001)),
        ("/webinars/{uuid}/participants", {"type": "pastOne"}, (400, 300)),
        ("/webinars/{uuid}/participants/qos_summary", {}, (404, 2300)),
        ("/phones", {}, (404, 2300)),
        ("/webinars", {}, (400, 300)),
        (
            "/webinars/{uuid}/participants",
            {"type": "past", "next_page_token": "x" * 35},
            (400, 300),
        ),
        ("/webinars/{uuid}/participants", {"type": "past", "page_size": 0}, (400, 300)),
    ],
)
async def test_refusals(
    tmp_path: Path, path: str, query: dict[str, Any], expected: tuple[int, int]
) -> None:
    mirrored = Mirrored(tmp_path)
    mirrored.keep(session(), "complete", people=people(1))
    answer = await mirrored.get(path.format(uuid=UUID), **query)
    assert error(answer)[:2] == expected


@pytest.mark.parametrize(
    "path", ["ab/cd==/participants", "ab/cd==", "%2Fab==", "/ab=="]
)
async def test_a_uuid_whose_slash_stands_bare_is_told_how_to_be_written(
    tmp_path: Path, path: str
) -> None:
    mirrored = Mirrored(tmp_path)
    status, _, message = error(await mirrored.get(f"/webinars/{path}"))
    assert status == 404
    assert message.endswith(
        "A UUID that holds a slash is encoded twice: %252F for each."
    )


async def test_only_get_is_answered(tmp_path: Path) -> None:
    async with Mirrored(tmp_path).http() as http:
        answer = await http.post("/v2/metrics/webinars")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
        assert (await http.get("/oauth/token")).status_code == 405


async def test_meeting_that_one_attended_is_past_one(tmp_path: Path) -> None:
    mirrored = Mirrored(tmp_path)
    mirrored.keep(session("one==", kind="meeting"), "complete", people=people(1))
    mirrored.keep(session("two==", kind="meeting"), "complete", people=people(2))
    found = (await mirrored.get("/meetings", type="pastOne", **PERIOD)).json()
    assert [one["uuid"] for one in found["meetings"]] == ["one=="]
    for uuid, status in (("one==", 200), ("two==", 404)):
        answer = await mirrored.get(f"/meetings/{uuid}", type="pastOne")
        assert answer.status_code == status


async def test_pages_are_tens_and_tokens_belong_to_their_query(tmp_path: Path) -> None:
    mirrored = Mirrored(tmp_path)
    mirrored.keep(session(), "complete", people=people(23))
    path = f"/webinars/{UUID}/participants/qos"
    first = (await mirrored.get(path, type="past", page_size=300)).json()
    assert (first["page_size"], first["page_count"]) == (10, 3)
    assert (first["total_records"], first["webinar_number"]) == (23, NUMBER)
    items = await mirrored.walk(path, type="past", page_size=300)
    assert [one["user_id"] for one in items] == [str(i) for i in range(23)]
    assert all(one["user_qos"] == [] for one in items)
    token = first["next_page_token"]
    other = await mirrored.get(path, type="past", page_size=5, next_page_token=token)
    assert error(other)[:2] == (400, 300)
    mirrored.clock.advance(901)
    late = await mirrored.get(path, type="past", page_size=300, next_page_token=token)
    assert error(late)[:2] == (400, 300)


async def test_people_known_by_their_minutes_alone_are_listed(tmp_path: Path) -> None:
    mirrored = Mirrored(tmp_path)
    one = row(minute=BEGIN, session_uuid=UUID, audio_received_latency_ms=126.0)
    mirrored.keep(session(), "complete", people=people(1), rows=[one])
    path = f"/webinars/{UUID}/participants"
    found = await mirrored.walk(path, type="past")
    assert [one["user_id"] for one in found] == ["0", "1670000007"]
    answer = await mirrored.get(f"{path}/1670000007/qos", type="past")
    (minute,) = answer.json()["user_qos"]
    assert minute["audio_output"]["latency"] == "126 ms"


async def test_fields_that_nobody_knows_come_from_every_call(tmp_path: Path) -> None:
    mirrored = Mirrored(tmp_path)
    call = [{"call_type": "call-in"}]
    mirrored.keep(
        session(),
        "complete",
        people=[
            Person(user_id="1", other={"audio_call": call, "new": 1}),
            Person(user_id="1", other={"new": 2, "newer": [True]}),
            Person(user_id="1", email="one@example.com"),
        ],
    )
    path = f"/webinars/{UUID}/participants"
    (listed,) = await mirrored.walk(path, type="past")
    known = {"user_id": "1", "email": "one@example.com", "new": 2, "newer": [True]}
    assert listed == {**known, "audio_call": call}
    (measured,) = await mirrored.walk(f"{path}/qos", type="past")
    assert measured == {**known, "user_qos": []}


async def test_zooms_words_are_those_of_the_last_sweep_while_it_runs(
    tmp_path: Path,
) -> None:
    mirrored = Mirrored(tmp_path)
    before = Person(user_id="1", audio_quality="good", registrant_id="r")
    after = Person(user_id="1", audio_quality="poor")
    mirrored.keep(session(), "live", people=[before])
    mirrored.keep(session(), "live", people=[after], swept=BEGIN)
    mirrored.keep(session(), "live", people=[before])
    path = f"/webinars/{UUID}/participants"
    (live,) = await mirrored.walk(path, include_fields="registrant_id")
    assert live["audio_quality"] == "poor"
    assert "registrant_id" not in live
    mirrored.keep(session(), "complete")
    mirrored.later()
    (past,) = await mirrored.walk(path, type="past")
    assert past["audio_quality"] == "good"
    assert "registrant_id" not in past
    (past,) = await mirrored.walk(path, type="past", include_fields="registrant_id")
    assert past["registrant_id"] == "r"


async def test_lake_that_cannot_be_read_is_a_server_error_without_its_place(
    tmp_path: Path,
) -> None:
    mirrored = Mirrored(tmp_path)
    newer = LakeWriter(Store(mirrored.store.place, version=99))
    frame = sessions_frame([(session(), "live")], now=mirrored.clock.now())
    newer.append({"sessions": frame}, now=mirrored.clock.now())
    answer = await mirrored.get("/webinars", **PERIOD)
    assert error(answer) == (500, 500, "Internal server error.")


@pytest.mark.parametrize("path", ["/v2/metrics/webinars", "/oauth/token"])
async def test_server_lets_zooms_paths_past_its_guard(
    tmp_path: Path, path: str
) -> None:
    mirrored = Mirrored(tmp_path)
    app = create_app(webhook=taken, health=lambda: {"ok": True}, mirror=mirrored.mirror)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url=HOST) as http:
        answer = await http.get(path)
        assert answer.status_code in {401, 405}
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert (await http.get("/page")).status_code == 421
