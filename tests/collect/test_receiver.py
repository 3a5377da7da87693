"""The receiver: whatever is answered with 200 is on disk, and comes from Zoom."""

import json
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import anyio
import pytest

from backrow.lake.inbox import Inbox, Letter
from backrow.zoom.webhook import MAX_AGE_S, MAX_BODY_BYTES, RETRY_AFTER_S
from tests.collect.pushing import (
    FULL,
    SEAL,
    URL,
    Memory,
    event,
    receiving,
    saved,
)

pytestmark = pytest.mark.anyio


async def test_event_is_on_disk_before_it_is_answered(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    async with receiving(inbox) as zoom:
        answer = await zoom.push(event())
    other = Inbox(tmp_path)
    taken = other.take()
    assert (answer.status_code, answer.content) == (200, b"")
    assert taken is not None
    assert [one.body for one in taken.events] == [event()]
    other.close()
    inbox.close()


async def test_signature_covers_the_bytes_as_they_came() -> None:
    memory = Memory()
    body = b'{ "event" : "webinar.participant_qos", "n": 1.0, "name": "\xc3\xa9" }'
    async with receiving(memory) as zoom:
        assert (await zoom.push(body)).status_code == 200
        good = SEAL.signature(str(int(zoom.clock.now())), body)
        again = json.dumps(json.loads(body)).encode()
        answer = await zoom.push(again, x_zm_signature=good)
    assert answer.status_code == 401
    assert [letter.body for letter in memory.letters] == [body]


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({"x_zm_signature": None}, "unsigned"),
        ({"x_zm_request_timestamp": None}, "unsigned"),
        ({"x_zm_request_timestamp": "yesterday"}, "malformed"),
        ({"x_zm_signature": "v0=00"}, "forged"),
        ({"x_zm_signature": "v0=\xff"}, "forged"),
        ({"x_zm_request_timestamp": "1"}, "forged"),
    ],
)
async def test_who_is_not_zoom_gets_401_and_one_line(
    headers: dict[str, str | None], error: str
) -> None:
    memory = Memory()
    async with receiving(memory) as zoom:
        answer = await zoom.push(event(), **headers)
        assert zoom.receiver.counts.refused == {error: 1}
    assert answer.status_code == 401
    assert answer.json()["error"] == error
    assert answer.text.count("\n") == 1
    assert memory.letters == []


@pytest.mark.parametrize(
    ("late_s", "status"),
    [(sum(RETRY_AFTER_S), 200), (MAX_AGE_S, 200), (MAX_AGE_S + 1, 401), (-301, 401)],
)
async def test_age_window_admits_every_try_of_zooms(late_s: float, status: int) -> None:
    async with receiving(Memory()) as zoom:
        stamp = str(int(zoom.clock.now() - late_s))
        answer = await zoom.push(
            event(),
            x_zm_request_timestamp=stamp,
            x_zm_signature=SEAL.signature(stamp, event()),
        )
    assert answer.status_code == status


async def test_event_that_is_sent_again_is_taken_once(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    async with receiving(inbox) as zoom:
        statuses = [(await zoom.push(event())).status_code]
        for wait_s in RETRY_AFTER_S:
            zoom.clock.advance(wait_s)
            statuses.append((await zoom.push(event())).status_code)
    assert statuses == [200] * 4
    taken = inbox.take()
    assert taken is not None
    assert (len(taken.events), taken.repeated) == (1, 3)
    inbox.close()


async def test_url_validation_is_answered() -> None:
    memory = Memory()
    body = saved("event_endpoint_url_validation")
    token = json.loads(body)["payload"]["plainToken"]
    async with receiving(memory) as zoom:
        answer = await zoom.push(body)
        forged = await zoom.push(body, x_zm_signature="v0=00")
    assert SEAL.is_answer(token, status=answer.status_code, body=answer.content)
    assert forged.status_code == 401
    assert memory.letters == []


async def test_url_validation_without_a_token_is_refused() -> None:
    async with receiving(Memory()) as zoom:
        answer = await zoom.push(b'{"event": "endpoint.url_validation"}')
    assert (answer.status_code, answer.json()["error"]) == (400, "token")


async def test_event_that_mentions_a_validation_is_kept() -> None:
    memory = Memory()
    bodies = [
        b'{"event": "x", "payload": "endpoint.url_validation"}',
        b"no JSON, endpoint.url_validation",
    ]
    async with receiving(memory) as zoom:
        assert await zoom.push_all(bodies) == [200, 200]
    assert {letter.body for letter in memory.letters} == set(bodies)


async def test_body_that_is_too_large_is_refused() -> None:
    memory = Memory()
    async with receiving(memory) as zoom:
        said = await zoom.push(b"x" * (MAX_BODY_BYTES + 1))
        at_most = await zoom.push(b"x" * MAX_BODY_BYTES)
    assert (said.status_code, said.json()["error"]) == (413, "length")
    assert at_most.status_code == 200


async def test_body_that_hides_its_length_is_refused() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b"x" * 300

    async with receiving(Memory(), max_body_bytes=1_000) as zoom:
        answer = await zoom.http.post(URL, content=chunks())
    assert answer.status_code == 413


async def test_body_may_come_in_parts() -> None:
    memory, body = Memory(), event()

    async def parts() -> AsyncIterator[bytes]:
        yield body[:10]
        yield body[10:]

    async with receiving(memory) as zoom:
        headers = SEAL.headers(body, now=zoom.clock.now(), request_id="0" * 32)
        answer = await zoom.http.post(URL, content=parts(), headers=headers)
    assert answer.status_code == 200
    assert [letter.body for letter in memory.letters] == [body]


class Gate(Memory):
    """Holds the first commit back until it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[int] = []
        self.opened = threading.Event()
        self.began = threading.Event()

    def put(self, letters: Sequence[Letter], *, now: float) -> None:
        self.groups.append(len(letters))
        self.began.set()
        self.opened.wait()
        super().put(letters, now=now)


async def test_requests_that_wait_share_a_commit() -> None:
    gate = Gate()
    bodies = [event(str(i)) for i in range(50)]
    async with receiving(gate) as zoom, anyio.create_task_group() as group:
        group.start_soon(zoom.push, event("first"))
        await anyio.to_thread.run_sync(gate.began.wait)
        group.start_soon(zoom.push_all, bodies)
        await anyio.wait_all_tasks_blocked()
        gate.opened.set()
    assert gate.groups == [1, 50]
    assert len(gate.letters) == 51


async def test_too_much_that_waits_is_asked_to_come_again() -> None:
    gate = Gate()
    size = len(event("1"))
    async with (
        receiving(gate, waiting_max_bytes=size) as zoom,
        anyio.create_task_group() as group,
    ):
        group.start_soon(zoom.push, event("1"))
        await anyio.to_thread.run_sync(gate.began.wait)
        answer = await zoom.push(event("2"))
        gate.opened.set()
    assert (answer.status_code, answer.json()["error"]) == (503, "busy")


@pytest.mark.parametrize("failure", [FULL, RuntimeError("a bug")])
async def test_what_cannot_be_kept_is_asked_for_again(failure: Exception) -> None:
    memory = Memory(failure=failure)
    bodies = [event(str(i)) for i in range(5)]
    async with receiving(memory) as zoom:
        assert await zoom.push_all(bodies) == [503] * 5
        assert str(failure) in zoom.receiver.counts.failure
        memory.failure = None
        assert await zoom.push_all(bodies) == [200] * 5
        assert zoom.receiver.counts.failure == ""
    assert {letter.body for letter in memory.letters} == set(bodies)


async def test_without_a_secret_the_route_says_so() -> None:
    memory = Memory()
    async with receiving(memory, seal=None) as zoom:
        answer = await zoom.push(event())
    assert answer.status_code == 503
    assert "ZOOM_WEBHOOK_SECRET" in answer.json()["message"]


async def test_other_methods_are_refused() -> None:
    async with receiving(Memory()) as zoom:
        answer = await zoom.http.get(URL)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_at_the_end_what_waits_is_asked_for_again() -> None:
    gate = Gate()
    answers: list[int] = []

    async def push(name: str) -> None:
        answers.append((await zoom.push(event(name))).status_code)

    async with anyio.create_task_group() as others, receiving(gate) as zoom:
        others.start_soon(push, "1")
        await anyio.to_thread.run_sync(gate.began.wait)
        others.start_soon(push, "2")
        await anyio.wait_all_tasks_blocked()
        zoom.running.cancel()
        with anyio.CancelScope(shield=True):
            gate.opened.set()
            while len(answers) < 2:
                await anyio.lowlevel.checkpoint()
            await push("3")
    assert answers == [200, 503, 503]
    assert len(gate.letters) == 1
