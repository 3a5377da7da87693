"""Alerts: who is told, in which words, signed how, and that nobody waits for it."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest

from backrow.clock import Clock
from backrow.collect.alerts.dispatch import Alerts, Sessions, alerts_of
from backrow.collect.alerts.message import About, as_json, as_text, message_of, trial
from backrow.collect.alerts.targets import (
    DELIVERY,
    HEADERS,
    SIGNATURE,
    TIMESTAMP,
    Target,
    Webhook,
    targets_of,
)
from backrow.collect.room import Rooms
from backrow.errors import SettingsError
from backrow.lake.store.rows import instant
from backrow.lake.window import Window
from backrow.qos.people import iso
from backrow.settings import load
from backrow.zoom.webhook import Seal
from tests.collect.alerting import (
    AWAY,
    DELIVERED,
    NOW,
    REFUSED,
    Listener,
    about,
    message,
)
from tests.judge.offices import FAULT, UUID, announced, samples, seconds, store
from tests.web.pages.frames import finding

SECRET = "a-secret-of-this-test"
HOOK = "https://alerts.example.com/backrow?room=7"


def targets(alerts: str, **environ: str) -> list[Target]:
    given = {"BACKROW_ALERTS": alerts, "BACKROW_ALERTS_SECRET": SECRET, **environ}
    return targets_of(load({}, given), clock=Clock())


def hook(answer: Callable[[httpx2.Request], httpx2.Response]) -> Webhook:
    return Webhook(
        HOOK,
        name="webhook",
        seal=Seal(SECRET),
        clock=Clock(),
        transport=httpx2.MockTransport(answer),
    )


def test_webhook_gets_json_that_anybody_can_check() -> None:
    came: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        came.append(request)
        return httpx2.Response(204)

    told = message()
    assert hook(answer).send(told, about("u")).delivered
    (request,) = came
    timestamp, body = request.headers[TIMESTAMP], request.content
    made = hmac.new(SECRET.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256)
    assert request.headers[SIGNATURE] == f"v0={made.hexdigest()}"
    assert abs(int(timestamp) - Clock().now()) < 60
    assert request.headers[DELIVERY] == told.delivery
    assert set(HEADERS) <= set(request.headers)
    assert str(request.url) == HOOK


def test_body_says_what_which_and_where_but_not_who() -> None:
    told = json.loads(as_json(message(), about("u")))
    assert (told["type"], told["finding"]["id"]) == ("finding.raised", "f1")
    assert told["session"] == {
        "uuid": "u",
        "number": "945",
        "kind": "webinar",
        "topic": "Launch",
    }
    assert told["finding"]["affected"] == 2
    assert "participants" not in told["finding"]
    assert told["told_at"].endswith("Z")


def test_body_of_a_test_has_no_finding() -> None:
    told = json.loads(as_json(trial(now=NOW), About(uuid="")))
    assert (told["type"], told["session"], told["finding"]) == ("test", None, None)


@pytest.mark.parametrize(
    ("state", "title", "lines"),
    [("raised", "Trouble: Launch", 2), ("cleared", "Over: Launch", 1)],
)
def test_people_get_a_sentence_and_advice_while_it_lasts(
    state: str, title: str, lines: int
) -> None:
    said = as_text(message(state), about("u"))
    assert said[0] == title
    assert said[1].startswith("2 of 3 measured at Lyon office hear gaps")
    assert len(said[1].split("\n\n")) == lines


def test_session_without_a_name_is_called_by_its_uuid() -> None:
    assert as_text(message(), About(uuid="u"))[0] == "Trouble: u"


def test_what_others_typed_calls_nobody() -> None:
    told = message(sentence="<!channel> @everyone\x1b[31m \u202egnp.exe")
    title, text = as_text(told, About(uuid="u", topic="@here <http://a.example>"))
    for bad in ("@e", "@h", "<", ">", "\x1b", "\u202e"):
        assert bad not in title + text


def test_hindsight_is_no_news() -> None:
    assert message_of("u", finding(state="final"), now=NOW) is None


@pytest.mark.parametrize(
    ("status", "again"),
    [(500, True), (503, True), (429, True), (408, True), (404, False), (302, False)],
)
def test_refusal_is_tried_again_where_that_may_help(
    status: int, *, again: bool
) -> None:
    headers = {"retry-after": "90", "location": "https://elsewhere.example.com"}
    outcome = hook(lambda _: httpx2.Response(status, headers=headers)).send(
        message(), about("u")
    )
    assert (outcome.delivered, outcome.again, outcome.after_s) == (False, again, 90)
    assert outcome.why == f"answered with status {status}"


def test_target_that_does_not_answer_is_tried_again() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectTimeout("no way to alerts.example.com", request=request)

    outcome = hook(answer).send(message(), about("u"))
    assert (outcome.delivered, outcome.again) == (False, True)
    assert outcome.why == "no answer (ConnectTimeout)"


LOADS_APPRISE = pytest.mark.slow
"""It takes some seconds."""
NONE = [
    ("hunter2", "no. 1"),
    ("https://fine.example.com https:///hunter2", "no. 2"),
    ("https://[hunter2", "with a host"),
    pytest.param("nosuch://hunter2@host", "no. 1", marks=LOADS_APPRISE),
    pytest.param("slack://hunter2", "no. 1", marks=LOADS_APPRISE),
]


@pytest.mark.parametrize(("alerts", "words"), NONE)
def test_address_that_is_none_is_refused_and_not_shown(alerts: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as refused:
        targets(alerts)
    assert "BACKROW_ALERTS" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_webhook_without_a_secret_is_refused() -> None:
    with pytest.raises(SettingsError, match="BACKROW_ALERTS_SECRET is not set"):
        targets(HOOK, BACKROW_ALERTS_SECRET="")


@LOADS_APPRISE
def test_names_of_targets_hold_no_secret() -> None:
    found = targets(f"{HOOK}  json://user:hunter2@localhost/hunter2")
    assert [one.name for one in found] == [
        "webhook alerts.example.com (no. 1)",
        "JSON (no. 2)",
    ]


def test_nobody_is_told_by_default(tmp_path: Path) -> None:
    assert targets("") == []
    assert alerts_of(load({}, {}), store(tmp_path)) is None


@LOADS_APPRISE
def test_apprise_delivers_title_and_text() -> None:
    with listening() as (url, came):
        (service,) = targets(f"json://{url.removeprefix('http://')}/")
        assert service.send(message(), about("u")).delivered
    (told,) = came
    assert told["title"] == "Trouble: Launch"
    assert told["message"].startswith("2 of 3 measured at Lyon office")
    assert told["type"] == "warning"


@LOADS_APPRISE
def test_apprise_that_cannot_deliver_is_tried_again(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with listening() as (url, _):
        gone = url
    (service,) = targets(f"json://hunter2@{gone.removeprefix('http://')}/")
    outcome = service.send(message(), about("u"))
    assert (outcome.delivered, outcome.again) == (False, True)
    assert capfd.readouterr().err == ""


@contextmanager
def listening() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Run a server that takes JSON; yield its address and what came."""
    came: list[dict[str, Any]] = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            came.append(json.loads(self.rfile.read(length)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Taking) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", came
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Quick:
    """A clock on which an hour's wait takes no time."""

    at: float = NOW
    lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> float:
        with self.lock:
            return self.at

    def wait(self, event: threading.Event, seconds: float) -> bool:
        if seconds >= 3600:  # nothing waits
            return event.wait()
        with self.lock:
            self.at += seconds
        return event.is_set()


def test_dead_target_delays_neither_collecting_nor_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    held = threading.Event()

    def never() -> Any:
        held.wait()
        return AWAY

    dead, well = Listener("dead", never), Listener("well")
    alerts = Alerts([dead, well], about=about, clock=Quick())
    for number in range(1000):
        alerts.told("u", [finding(id=str(number % 5), affected=number)])
    well.came.acquire()
    assert well.got[0].state == "raised"
    assert well.sessions == {about("u")}
    assert alerts.counts["waiting"] >= 4
    alerts.close(0.0)
    held.set()


def test_target_that_comes_back_is_told() -> None:
    outcomes = iter([AWAY, AWAY])
    one = Listener(answer=lambda: next(outcomes, DELIVERED))
    alerts = Alerts([one], about=about, clock=Quick())
    alerts.told("u", [finding()])
    for _ in range(3):
        one.came.acquire()
    alerts.told("u", [finding(state="cleared")])
    one.came.acquire()
    alerts.close()
    assert one.states == ["raised", "cleared"]
    assert alerts.counts == {"sent": 2, "retried": 2, "dropped": 0, "waiting": 0}


def test_failing_target_is_said_once_by_name(caplog: pytest.LogCaptureFixture) -> None:
    outcomes = iter([AWAY, AWAY, AWAY])
    one = Listener(answer=lambda: next(outcomes, DELIVERED))
    alerts = Alerts([one], about=about, clock=Quick())
    alerts.told("u", [finding()])
    for _ in range(4):
        one.came.acquire()
    alerts.close()
    assert caplog.messages == ["listener: no answer; it is tried again"]


def test_refused_alert_is_dropped_and_said(caplog: pytest.LogCaptureFixture) -> None:
    one = Listener(answer=lambda: REFUSED)
    alerts = Alerts([one], about=about, clock=Quick())
    alerts.told("u", [finding()])
    alerts.close()
    assert alerts.counts["dropped"] == 1
    assert caplog.messages == [
        "listener: answered with status 410; the alert is dropped"
    ]


def test_service_that_breaks_does_not_end_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken() -> Any:
        raise RuntimeError("https://hooks.example.com/hunter2")

    one = Listener(answer=broken)
    alerts = Alerts([one], about=about, clock=Quick())
    alerts.told("u", [finding()])
    alerts.told("u", [finding(id="f2")])
    alerts.close()
    assert alerts.counts["dropped"] == 2
    assert "hunter2" not in caplog.text


def test_session_is_named_as_the_lake_knows_it(tmp_path: Path) -> None:
    sessions = Sessions(store(tmp_path))
    assert sessions.about(UUID) == About(uuid=UUID)
    announced(tmp_path)
    assert sessions.about(UUID).topic == "Launch"
    assert sessions.about("another") == About(uuid="another")


@pytest.mark.slow
def test_findings_of_a_live_session_are_told_until_it_is_over(tmp_path: Path) -> None:
    one = Listener()
    writer, window = announced(tmp_path), Window()
    alerts = Alerts([one], about=Sessions(writer.store).about, clock=Quick())
    rooms = Rooms(writer, window, tells=alerts)
    for number in range(FAULT[0] + 5):
        rows, now = samples(number, origin="rest_live"), seconds(number + 1.5)
        window.append(rows, now=now)
        writer.append({"samples": rows}, now=now)
        rooms.step([UUID], now=now)
    one.came.acquire()
    rooms.complete(UUID, now=seconds(FAULT[0] + 30))
    rooms.close()
    assert (one.states[0], one.states[-1]) == ("raised", "cleared")
    assert len({told.id for told in one.got}) == 1
    assert one.got[-1].finding["end"] <= iso(instant(seconds(FAULT[0] + 5)))
    assert {known.topic for known in one.sessions} == {"Launch"}
    assert rooms.told["sent"] == len(one.got)
