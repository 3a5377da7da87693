"""The push as a receiver sees it: asked first, signed, tried again, given up."""

from collections import Counter
from itertools import pairwise

import anyio
import httpx2
import pytest

from backrow.errors import UsageError
from backrow.qos.sample import INDEX
from backrow.web.push.options import PushOptions
from backrow.web.qss_push import Pusher
from backrow.web.testing import HandClock
from backrow.zoom.decode import decode_event
from tests.web.receiving import (
    BEGIN,
    MINUTE,
    NOW,
    SEAL,
    Receiver,
    SmallWebinar,
    pusher,
)

pytestmark = pytest.mark.anyio


async def test_every_event_of_a_webinar_comes_once_and_signed() -> None:
    receiver = Receiver()
    stats = await pusher(receiver).run()
    assert receiver.questions == [NOW]
    assert set(receiver.verdicts) == {"good"}
    assert Counter(receiver.names()) == {
        "qos": 5 + 2,  # the telephone has no minutes
        "qos_summary": 2,
        "data": 3 + 1,  # three join, one begins to send sound
        "data_summary": 3,
    }
    assert len(set(receiver.bodies)) == len(receiver.bodies)
    assert stats.sent == stats.delivered == len(receiver.bodies)
    assert stats.lost == stats.refused == stats.waiting == 0


async def test_minutes_come_after_they_are_over_with_seconds_of_their_own() -> None:
    receiver = Receiver()
    await pusher(receiver, events=("qos",), in_flight=1).run()
    came = dict(zip(receiver.minutes(), receiver.came_at, strict=True))
    assert len({at for _, at in came if at.second}) > 1
    for (_, sampled_at), came_at in came.items():
        minute = sampled_at.replace(second=0)
        late_s = came_at - (minute + MINUTE).timestamp()
        assert late_s == pytest.approx(sampled_at.second, abs=2)


async def test_events_that_are_switched_off_do_not_come() -> None:
    receiver = Receiver()
    await pusher(receiver, events=("data_summary",)).run()
    assert set(receiver.names()) == {"data_summary"}


async def test_failures_are_tried_again_after_5_20_and_60_minutes_and_lost() -> None:
    receiver = Receiver(answer=lambda _body, _times: 503)
    stats = await pusher(receiver, events=("qos_summary",), in_flight=1).run()
    first = [
        at
        for body, at in zip(receiver.bodies, receiver.came_at, strict=True)
        if b'"participant_id":"ann"' in body
    ]
    waits = [round((b - a) / 60) for a, b in pairwise(first)]
    assert waits == [5, 20, 60]
    assert (stats.again, stats.lost, stats.delivered) == (6, 2, 0)
    assert set(receiver.verdicts) == {"good"}  # the receiver's window admits them


async def test_later_try_can_be_signed_anew() -> None:
    receiver = Receiver(answer=lambda _body, times: 500 if times < 4 else 200)
    push = pusher(receiver, events=("qos_summary",), signed_at="each")
    stats = await push.run()
    assert (stats.again, stats.delivered) == (6, 2)


async def test_refusals_are_never_tried_again() -> None:
    receiver = Receiver(answer=lambda _body, _times: 401)
    stats = await pusher(receiver).run()
    assert stats.refused == stats.sent == len(set(receiver.bodies))


async def test_slow_answers_count_as_none() -> None:
    async def never(request: httpx2.Request) -> httpx2.Response:
        if b"plainToken" in request.read():
            return receiver(request)
        await anyio.sleep_forever()
        raise AssertionError

    receiver = Receiver()
    push = pusher(receiver, events=("data_summary",), answer_within_s=0.001)
    push.transport = httpx2.MockTransport(never)
    stats = await push.run()
    assert (stats.delivered, stats.again, stats.lost) == (0, 9, 3)


async def test_six_wrong_answers_disable_the_subscription() -> None:
    receiver, said = Receiver(validates=lambda _times: False), list[str]()
    stats = await pusher(receiver, said=said).run()
    assert len(receiver.questions) == 6
    assert receiver.bodies == []
    assert stats.sent == 0
    assert "6 of 6: the subscription is disabled" in said[-1]


async def test_address_is_asked_about_again_on_schedule() -> None:
    receiver = Receiver(validates=lambda times: times == 1)
    await pusher(receiver, validate_every_s=100.0).run()
    waits = [b - a for a, b in pairwise(receiver.questions)]
    assert waits[0] == pytest.approx(100, abs=30)
    assert len(receiver.questions) == 1 + 2  # five minutes after each wrong answer


async def test_receiver_that_is_not_up_yet_is_waited_for() -> None:
    def starting(request: httpx2.Request) -> httpx2.Response:
        calls.append(1)
        if len(calls) < 4:
            raise httpx2.ConnectError("refused", request=request)
        return receiver(request)

    calls: list[int] = []
    receiver, said = Receiver(), list[str]()
    push = pusher(receiver, said=said)
    push.transport = httpx2.MockTransport(starting)
    stats = await push.run()
    assert stats.delivered > 0
    assert said[0].startswith("QSS push: waiting for https://example.com")
    assert sum("waiting for" in line for line in said) == 1


async def test_nothing_of_before_the_subscription_is_pushed() -> None:
    receiver = Receiver(clock=HandClock(BEGIN + 4 * MINUTE))
    await pusher(receiver, events=("qos",)).run()
    assert {at.minute for _, at in receiver.minutes()} == {3, 4}


async def test_duplicates_and_disorder_lose_nothing() -> None:
    receiver = Receiver()
    kinds = ("qos", "qos_summary")
    push = pusher(receiver, events=kinds, duplicates=0.5, disorder=0.5)
    stats = await push.run()
    plain = Receiver()
    await pusher(plain, events=kinds).run()
    times = Counter(receiver.bodies)
    assert set(times) == set(plain.bodies)
    assert stats.duplicates == sum(n - 1 for n in times.values()) > 0
    at = [sampled_at for _, sampled_at in receiver.minutes()]
    assert at != sorted(at)


async def test_events_say_what_the_source_says() -> None:
    receiver = Receiver()
    await pusher(receiver, events=("qos",)).run()
    sound = INDEX["audio_sent_bitrate_kbps"]
    rows = [r for b in receiver.bodies for r in decode_event(b).samples]
    assert sum(r[sound] == 30 for r in rows) == 3
    assert all(r[INDEX["audio_received_latency_ms"]] == 100 for r in rows)
    assert b'"quality":"good"' in receiver.bodies[0]


async def test_report_tells_how_it_goes() -> None:
    receiver, said = Receiver(answer=lambda _body, _times: 503), list[str]()
    push = pusher(receiver, said=said, report_every_s=60.0)
    await push.run()
    lines = [line for line in said if "sent, " in line]
    assert len(lines) > 3
    assert "emulated s behind" in lines[0]
    assert "to be tried again" in lines[-1]


def test_push_without_an_address_is_a_usage_error() -> None:
    source = SmallWebinar()
    with pytest.raises(UsageError, match="address"):
        Pusher(
            feed=pusher(Receiver()).feed,
            options=PushOptions(),
            seal=SEAL,
            clock=HandClock(),
            say=print,
        )
    assert not source.asked
