"""`Zoom` and `AsyncZoom` as a program uses them."""

import gzip
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from backrow.clock import Clock
from backrow.errors import (
    AnswerError,
    NotFoundError,
    RequestError,
    SettingsError,
    TransportError,
    UsageError,
    WireError,
)
from backrow.settings import Secret
from backrow.zoom.client import API_URL, AsyncZoom, CallRecord, Options, Zoom
from backrow.zoom.client.core import BODY_MAX
from backrow.zoom.endpoints import endpoint
from backrow.zoom.ledger import FILE_NAME
from tests.zoom.fakes import (
    APP,
    SECRET,
    FakeClock,
    FakeZoom,
    in_turn,
    one_person,
    refusal,
    reply,
)

GONE = "The next page token is invalid or expired."
UUIDS = {
    "NknQtFSgSUSEYt2a9gc13A==": "NknQtFSgSUSEYt2a9gc13A%3D%3D",
    "/ajXp112QmuoKj4854875==": "%252FajXp112QmuoKj4854875%253D%253D",
    "a//Xp112QmuoKj4854875A==": "a%252F%252FXp112QmuoKj4854875A%253D%253D",
    "qosXp112QmuoKj4854875A==": "qosXp112QmuoKj4854875A%3D%3D",
}


def person(number: int) -> dict[str, Any]:
    return one_person(str(number))


class PagedZoom(FakeZoom):
    """A list of `count` people, whose tokens die at some requests."""

    def __init__(self, count: int, *, dies_at: frozenset[int] = frozenset()) -> None:
        super().__init__(self.page)
        self.count = count
        self.dies_at = dies_at

    def page(self, request: httpx2.Request) -> httpx2.Response:
        query = request.url.params
        size, begin = int(query["page_size"]), int(query.get("next_page_token") or 0)
        if begin and len(self.requests) in self.dies_at:
            return refusal(400, 300, GONE)
        end = min(begin + size, self.count)
        token = str(end) if end < self.count else ""
        people = [person(i) for i in range(begin, end)]
        return reply(body={"participants": people, "next_page_token": token})


def test_participant_is_read_typed() -> None:
    server = FakeZoom()
    with server.sync() as zoom:
        qos = zoom.webinars.participant_qos("945 1234 5678", 7)
    assert qos.latest
    assert qos.latest.audio.received.latency_ms == 134.0
    (request,) = server.requests
    assert str(request.url) == (
        f"{API_URL}/metrics/webinars/94512345678/participants/7/qos?type=live"
    )
    assert request.headers["authorization"] == "Bearer token-number-1"
    assert request.headers["user-agent"].startswith("backrow/")


@pytest.mark.anyio
async def test_tasks_have_the_same_names() -> None:
    server = PagedZoom(25)
    async with server.tasks() as zoom:
        people = [one async for one in zoom.webinars.participants_qos("1")]
        assert [one.person.user_id for one in people] == [str(i) for i in range(25)]
        assert (await zoom.token()).scopes == frozenset({"a:read", "b:read"})
    names = {name for name in dir(Zoom) if not name.startswith("_")}
    assert names == {name for name in dir(AsyncZoom) if not name.startswith("_")}


@pytest.mark.parametrize(("uuid", "segment"), UUIDS.items())
def test_uuid_reaches_zoom_encoded_as_often_as_needed(uuid: str, segment: str) -> None:
    server = FakeZoom()
    with server.sync() as zoom:
        zoom.meetings.participant_qos(uuid, "7", type="past")
    path = server.requests[0].url.raw_path.decode()
    assert path == f"/v2/metrics/meetings/{segment}/participants/7/qos?type=past"


@pytest.mark.parametrize("dies_at", [frozenset(), frozenset({2}), frozenset({3, 5})])
def test_everyone_comes_once_whenever_page_tokens_die(dies_at: frozenset[int]) -> None:
    server = PagedZoom(35, dies_at=dies_at)
    with server.sync() as zoom:
        found = [
            one.person.user_id
            for one in zoom.webinars.participants_qos("1", type="past")
        ]
    assert found == [str(i) for i in range(35)]
    assert all(r.url.params["type"] == "past" for r in server.requests)


def test_caller_who_takes_longer_than_a_token_lives_misses_nobody() -> None:
    clock = FakeClock()
    server = PagedZoom(30)
    found = []
    with server.sync(clock=clock) as zoom:
        for one in zoom.webinars.participants_qos("1", type="past"):
            found.append(one.person.user_id)
            clock.now_s += 120
    assert found == [str(i) for i in range(30)]


def test_list_that_goes_round_in_a_circle_is_an_error() -> None:
    page = {"participants": [person(1)], "next_page_token": "again"}
    server = FakeZoom(lambda _: reply(body=page))
    with server.sync() as zoom, pytest.raises(WireError, match="got one twice"):
        list(zoom.webinars.participants("1"))


def test_sessions_of_a_long_period_come_once() -> None:
    def page(request: httpx2.Request) -> httpx2.Response:
        webinars = [{"uuid": request.url.params["from"]}, {"uuid": "at the border"}]
        return reply(body={"webinars": webinars})

    server = FakeZoom(page)
    with server.sync() as zoom:
        found = [w.uuid for w in zoom.webinars.list("past", "2026-10-01", "2026-11-15")]
    assert found == ["2026-10-01", "at the border", "2026-11-01"]


def test_wrong_argument_is_told_before_anything_is_sent() -> None:
    server = FakeZoom()
    with server.sync() as zoom, pytest.raises(ValueError, match="type"):
        zoom.webinars.participants("1", type="ended")
    assert server.token_requests == []


def test_missing_id_is_told_before_anything_is_sent() -> None:
    server = FakeZoom()
    nobody: Any = None
    with server.sync() as zoom, pytest.raises(UsageError, match="got None"):
        zoom.webinars.participant_qos("1", nobody)
    assert server.token_requests == []


def test_closed_client_is_told() -> None:
    with FakeZoom().sync() as zoom:
        pass
    with pytest.raises(UsageError, match="closed"):
        zoom.webinars.get("1")
    with pytest.raises(UsageError, match="closed"):
        next(zoom.webinars.list())


@pytest.mark.anyio
async def test_closed_tasks_client_is_told() -> None:
    async with FakeZoom().tasks() as zoom:
        pass
    with pytest.raises(UsageError, match="closed"):
        await zoom.webinars.get("1")


def test_zooms_refusal_comes_with_its_facts() -> None:
    api = in_turn(refusal(404, 3001, "No such webinar.", {"x-zm-trackingid": "T1"}))
    with FakeZoom(api).sync() as zoom, pytest.raises(NotFoundError) as caught:
        zoom.webinars.get("1")
    assert (caught.value.tracking_id, caught.value.zoom_code) == ("T1", 3001)


def test_api_address_of_the_token_answer_is_used() -> None:
    told = reply(body=FakeZoom.token_answer(1, api_url="https://api-eu.zoom.us"))
    server = FakeZoom(token=lambda _: told)
    with server.sync() as zoom:
        zoom.webinars.get("1")
    assert server.requests[0].url.host == "api-eu.zoom.us"


def test_redirect_is_not_followed() -> None:
    away = reply(302, headers={"location": "https://example.com/steal"})
    server = FakeZoom(lambda _: away)
    with server.sync() as zoom, pytest.raises(RequestError):
        zoom.webinars.get("1")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("exc", "sendings"),
    [
        (httpx2.ConnectError("refused"), 3),
        (httpx2.ReadTimeout("slow"), 6),
        (httpx2.RemoteProtocolError("dropped"), 6),
        (httpx2.UnsupportedProtocol("what"), 1),
    ],
)
def test_missing_answer_is_a_transport_error(exc: Exception, sendings: int) -> None:
    def fail(_: httpx2.Request) -> httpx2.Response:
        raise exc

    server = FakeZoom(fail)
    with server.sync() as zoom, pytest.raises(TransportError) as caught:
        zoom.webinars.get("1")
    assert str(caught.value) == f"no answer from https://api.zoom.us: {exc}"
    assert caught.value.__cause__ is exc
    assert len(server.requests) == sendings


def test_nobody_listening_is_a_transport_error() -> None:
    clock = FakeClock()
    url = "http://127.0.0.1:9/v2"
    with (
        Zoom(access_token="eyJ", api_url=url, clock=clock) as zoom,
        pytest.raises(TransportError, match=r"no answer from http://127\.0\.0\.1:9"),
    ):
        zoom.webinars.get("1")


class Endless(httpx2.SyncByteStream):
    """Megabytes without end."""

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield bytes(1024 * 1024)


def test_endless_answer_is_cut_off() -> None:
    server = FakeZoom(lambda _: httpx2.Response(200, stream=Endless()))
    with server.sync() as zoom, pytest.raises(AnswerError, match=f"{BODY_MAX:,}"):
        zoom.webinars.get("1")
    assert len(server.requests) == 1


def test_compressed_answer_is_read() -> None:
    headers = {"content-encoding": "gzip"}
    body = gzip.compress(b'{"topic": "Hello"}')
    with FakeZoom(lambda _: reply(200, body, headers)).sync() as zoom:
        assert zoom.webinars.get("1").topic == "Hello"


def test_hook_is_told_of_every_request() -> None:
    records: list[CallRecord] = []
    failed = reply(503, headers={"set-cookie": "session=1"})
    server = FakeZoom(in_turn(failed, reply(body=one_person())))
    with server.sync(on_call=records.append) as zoom:
        zoom.webinars.participant_qos("1", "7")
    told = [(r.endpoint, r.method, r.status, r.attempt, r.label) for r in records]
    assert told == [
        ("token", "POST", 200, 1, None),
        ("webinar_participant_qos", "GET", 503, 1, "heavy"),
        ("webinar_participant_qos", "GET", 200, 2, "heavy"),
    ]
    assert records[1].headers["set-cookie"] == "***"


def test_hook_is_told_why_no_answer_came() -> None:
    records: list[CallRecord] = []

    def fail(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    client = FakeZoom(fail).sync(on_call=records.append)
    with client as zoom, pytest.raises(TransportError):
        zoom.webinars.get("1")
    assert records[-1].status is None
    assert records[-1].error == "no answer from https://api.zoom.us: refused"


def test_budget_tells_what_is_left_and_what_it_went_for() -> None:
    with FakeZoom().sync() as zoom:
        zoom.webinars.participant_qos("1", "7")
        list(zoom.webinars.list())
        found = zoom.budget
    assert (found.used_today, found.left_today, found.limit_today) == (
        2,
        59_998,
        60_000,
    )
    assert found.by_label == {"heavy": 1, "resource_intensive": 1}
    assert found.resets_at.isoformat() == "2026-11-27T00:00:00+00:00"


def test_no_secret_is_shown_logged_or_written(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    records: list[CallRecord] = []

    def echo(request: httpx2.Request) -> httpx2.Response:
        given = request.headers["authorization"].removeprefix("Bearer ")
        return refusal(400, 1, f"bad {given}", {"x-echo": given})

    server = FakeZoom(echo)
    caplog.set_level(logging.DEBUG)
    with server.sync(on_call=records.append, state=tmp_path) as zoom:
        with pytest.raises(RequestError) as caught:
            zoom.webinars.get("1")
        shown = [zoom, zoom.token(), zoom.__dict__, zoom.webinars.__dict__]
    error = caught.value
    shown += [error, repr(error), error.__dict__, records, caplog.text]
    text = " ".join(f"{one!r} {one}" for one in shown)
    kept = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    for secret in (SECRET, "token-number-1"):
        assert secret not in text
        assert secret.encode() not in kept


def test_settings_are_read_from_the_environment(tmp_path: Path) -> None:
    environ = {
        "ZOOM_ACCOUNT_ID": "acc",
        "ZOOM_CLIENT_ID": "client",
        "ZOOM_CLIENT_SECRET": SECRET,
        "ZOOM_PLAN": "pro",
        "BACKROW_STATE": str(tmp_path / "state"),
        "BACKROW_CLOCK": "2026-11-26T12:00:00Z@1000@60",
    }
    server = FakeZoom()
    transport = httpx2.MockTransport(server)
    with Zoom.from_env(environ, transport=transport, clock=FakeClock()) as zoom:
        zoom.webinars.participant_qos("1", "7")
        assert zoom.budget.limit_today == 30_000
        assert repr(zoom) == f"<Zoom {API_URL}, account acc, pro>"
    assert (tmp_path / "state" / FILE_NAME).exists()


def test_given_token_needs_no_app() -> None:
    server = FakeZoom()
    with server.sync(access_token=Secret("eyJ-given")) as zoom:
        zoom.webinars.get("1")
    assert server.requests[0].headers["authorization"] == "Bearer eyJ-given"
    assert server.token_requests == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "ZOOM_ACCESS_TOKEN"),
        ({"account_id": "a", "client_id": "b"}, "ZOOM_CLIENT_SECRET"),
        ({**APP, "plan": "gold"}, "expected a plan"),
        ({**APP, "api_url": "api.zoom.us"}, "ZOOM_API_URL"),
        ({**APP, "api_url": "https://u:p@api.zoom.us"}, "ZOOM_API_URL"),
        ({**APP, "oauth_url": "ftp://zoom.us"}, "ZOOM_OAUTH_URL"),
        ({**APP, "oauth_url": "https://zoom.us:port"}, "ZOOM_OAUTH_URL"),
    ],
)
def test_wrong_option_is_told(options: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        Zoom(**options)


def test_real_clock_is_the_default() -> None:
    with Zoom(access_token="eyJ", transport=httpx2.MockTransport(FakeZoom())) as zoom:
        zoom.webinars.get("1")
        assert abs(zoom.budget.resets_at.timestamp() - Clock().now()) <= 86_400


LISTS = {
    "list": "webinars",
    "participants": "participants",
    "participants_qos": "participants/qos",
    "qos_summary": "participants/qos_summary",
    "sharing": "participants/sharing",
    "satisfaction": "participants/satisfaction",
}


@pytest.mark.anyio
@pytest.mark.parametrize(("name", "path"), LISTS.items())
async def test_every_list_asks_its_endpoint_in_both_clients(
    name: str, path: str
) -> None:
    server = FakeZoom(lambda _: reply(body={"participants": [], "webinars": []}))
    session = () if name == "list" else ("1",)
    with server.sync() as zoom:
        assert list(getattr(zoom.webinars, name)(*session)) == []
    async with server.tasks() as tasks:
        walk = getattr(tasks.webinars, name)(*session)
        assert [item async for item in walk] == []
    first, second = server.requests
    assert first.url == second.url
    assert first.url.path.endswith(path)


@pytest.mark.anyio
async def test_tasks_client_reads_settings_and_retries_too(tmp_path: Path) -> None:
    environ = {"ZOOM_ACCESS_TOKEN": "eyJ-given", "BACKROW_STATE": str(tmp_path)}
    server = FakeZoom(in_turn(reply(503), reply(body={"topic": "Hello"})))
    transport = httpx2.MockTransport(server)
    options: Options = {"clock": FakeClock()}
    async with AsyncZoom.from_env(environ, transport=transport, **options) as zoom:
        assert (await zoom.webinars.get("1")).topic == "Hello"
        which = endpoint("webinar", "get")
        assert (await zoom.call_raw(which, session="1")).status == 200
        assert repr(zoom) == f"<AsyncZoom {API_URL}, a given access token, business>"
        assert zoom.budget.used_today == 3
    assert (tmp_path / FILE_NAME).exists()
