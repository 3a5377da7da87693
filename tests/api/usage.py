"""Typed usage as users write it: checked by mypy, never run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime
from typing import Any, assert_type

import httpx2
import polars as pl
import pyarrow as pa

import backrow
from backrow import AsyncZoom, Zoom
from backrow.errors import NotFoundError, RateLimitError, ZoomError
from backrow.qos.people import Person
from backrow.qos.reading import MediumReading, Minute, ParticipantQos, Problem, Stream
from backrow.settings import Origin, Secret, Settings, find_file, load
from backrow.zoom.client import (
    Answer,
    AsyncSessions,
    Budget,
    CallRecord,
    Options,
    Sessions,
    Token,
)
from backrow.zoom.wire.lists import (
    Feedback,
    Meeting,
    MeetingParticipant,
    Participant,
    SharingParticipant,
    SummaryParticipant,
    Webinar,
)


def one_participant(zoom: Zoom) -> float | None:
    qos = zoom.webinars.participant_qos("94512345678", "1670000000")
    assert_type(qos, ParticipantQos)
    assert_type(qos.minutes, list[Minute])
    assert_type(qos.latest, Minute | None)
    assert_type(qos.raw, bytes)
    assert_type(qos.problems, tuple[Problem, ...])
    assert_type(qos.to_dicts(), list[dict[str, Any]])
    assert_type(qos.to_polars(), pl.DataFrame)
    assert_type(qos.to_arrow(), pa.Table)
    if qos.latest is None:
        return None
    return qos.latest.audio.received.latency_ms


def every_value(minute: Minute) -> None:
    assert_type(minute.minute, datetime)
    assert_type(minute.audio, MediumReading)
    assert_type(minute.video.sent, Stream)
    assert_type(minute.share.received.width_px, int | None)
    assert_type(minute.video.received.frame_rate_fps, float | None)
    assert_type(minute.system_max_cpu_pct, float | None)
    assert_type(minute.system_max_cpu_pressure, str | None)
    assert_type(minute.wifi_avg_rssi_dbm, float | None)


def who(person: Person) -> None:
    assert_type(person.user_id, str | None)
    assert_type(person.join_time, datetime | None)
    assert_type(person.internal_ip_addresses, tuple[str, ...] | None)
    assert_type(person.recording, bool | None)
    assert_type(person.to_dict(), dict[str, Any])


def lists(zoom: Zoom) -> None:
    day = date(2026, 11, 23)
    assert_type(zoom.webinars.list(), Iterator[Webinar])
    assert_type(zoom.meetings.list(type="past", from_=day, to=day), Iterator[Meeting])
    assert_type(zoom.webinars.get(94512345678, type="past"), Webinar)
    assert_type(zoom.webinars.participants("945 1234 5678"), Iterator[Participant])
    assert_type(zoom.meetings.participants("855"), Iterator[MeetingParticipant])
    assert_type(zoom.webinars.participants_qos("945"), Iterator[ParticipantQos])
    assert_type(zoom.webinars.qos_summary("945"), Iterator[SummaryParticipant])
    assert_type(zoom.webinars.sharing("945"), Iterator[SharingParticipant])
    assert_type(zoom.webinars.satisfaction("945", type="past"), Iterator[Feedback])


def namespaces(zoom: Zoom, tasks: AsyncZoom) -> None:
    assert_type(zoom.webinars, Sessions[Webinar, Participant])
    assert_type(zoom.meetings, Sessions[Meeting, MeetingParticipant])
    assert_type(tasks.webinars, AsyncSessions[Webinar, Participant])


def ways_in(settings: Settings) -> None:
    with Zoom.from_env() as zoom:
        assert_type(zoom, Zoom)
        assert_type(zoom.access_token(), str)
        assert_type(zoom.budget, Budget)
        assert_type(zoom.budget.left_today, int)
        assert_type(zoom.token(), Token)
        assert_type(zoom.token().scopes, frozenset[str] | None)
    options: Options = {"access_token": "t", "deadline_s": 10.0}
    Zoom(**options)
    Zoom.from_env({"ZOOM_ACCESS_TOKEN": "t"}, plan="pro")
    Zoom.from_settings(settings, timeout_s=5.0)
    Zoom(access_token="t", transport=httpx2.MockTransport(answer), on_call=note)
    Zoom(account_id="a", client_id="b", client_secret=Secret("c"))


def answer(request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, json={"url": str(request.url)})


def note(call: CallRecord) -> None:
    assert_type(call.status, int | None)
    assert_type(call.elapsed_s, float)


def refusals(zoom: Zoom) -> None:
    try:
        zoom.webinars.participant_qos("945", "1")
    except NotFoundError as error:
        assert_type(error.zoom_code, int | None)
        assert_type(error.tracking_id, str | None)
    except RateLimitError as error:
        assert_type(error.retry_at, datetime | None)
    except ZoomError as error:
        assert_type(error.status, int | None)
        assert_type(error.advice, str)


async def the_same_in_tasks() -> None:
    async with AsyncZoom.from_env() as zoom:
        qos = await zoom.webinars.participant_qos("94512345678", "1670000000")
        assert_type(qos, ParticipantQos)
        assert_type(await zoom.webinars.get("945"), Webinar)
        assert_type(await zoom.access_token(), str)
        assert_type(zoom.webinars.list(), AsyncIterator[Webinar])
        async for one in zoom.webinars.participants_qos("945", type="past"):
            assert_type(one, ParticipantQos)


def bodies(body: bytes) -> None:
    assert_type(backrow.decode(body), ParticipantQos)
    assert_type(backrow.decode_all(body, strict=True), list[ParticipantQos])


def whatever_zoom_answers(answer: Answer) -> bytes:
    assert_type(answer.status, int)
    return answer.body


def where_a_setting_came_from() -> None:
    settings = load({"plan": "pro"}, {}, find_file())
    assert_type(settings.client_secret, Secret | None)
    assert_type(settings.state.name, str)
    assert_type(settings.origin("plan"), Origin)
