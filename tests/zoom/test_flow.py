"""One call, step by step: what is tried again, when, and for how long."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from backrow.errors import (
    AnswerError,
    CredentialsError,
    NotFoundError,
    RateLimitError,
    ServerError,
    TokenError,
    TransportError,
    ZoomError,
)
from backrow.zoom.answers import Answer
from backrow.zoom.auth import API_URL, App, Token, Tokens
from backrow.zoom.endpoints import endpoint
from backrow.zoom.flow import (
    Call,
    Learn,
    NeedToken,
    Patience,
    Reply,
    Reserve,
    Send,
    Sent,
    Step,
    Steps,
    Wait,
    call,
    renew,
    url_of,
)
from tests.zoom.fakes import DAILY, NOON, PER_SECOND, SECRET, answer

GOOD = answer(200, {"user_id": "7"})
FAILED = answer(503)
EXPIRED = answer(401, {"code": 124, "message": "Access token is expired."})
TOO_FAST = answer(429, {"code": 429, "message": PER_SECOND})
AWAY = TransportError("no answer")


class Shell:
    """Carries out steps without doing anything, and keeps them."""

    def __init__(self, *outcomes: Answer | TransportError, renewable: bool = True):
        self._outcomes = list(outcomes)
        self._renewable = renewable
        self.now = NOON
        self.steps: list[Step] = []
        self.tokens = 1

    def run(self, steps: Steps[Any]) -> Any:
        result: Reply = None
        while True:
            try:
                step = steps.send(result)
            except StopIteration as done:
                return done.value
            self.steps.append(step)
            result = self._carry_out(step)

    def _carry_out(self, step: Step) -> Reply:
        match step:
            case NeedToken(refused):
                self.tokens += refused is not None
                return self._token()
            case Send():
                return self._sent(self._outcomes.pop(0))
            case Wait(seconds):
                self.now += seconds
            case Reserve() | Learn():
                pass
        return None

    def _token(self) -> Token:
        value = f"token-{self.tokens}"
        return Token(value=value, api_url=API_URL, renewable=self._renewable)

    def _sent(self, outcome: Answer | TransportError) -> Sent:
        begun, self.now = self.now, self.now + 0.1
        if isinstance(outcome, Answer):
            return Sent(started_at=begun, now=self.now, answer=outcome)
        tries = 3 if str(outcome) == "no connection" else 6
        return Sent(started_at=begun, now=self.now, error=outcome, tries_max=tries)

    def of(self, kind: type[Step]) -> list[Any]:
        return [step for step in self.steps if isinstance(step, kind)]

    @property
    def pauses(self) -> list[float]:
        return [step.seconds for step in self.of(Wait)]


def patience(deadline_s: float = 120.0, seed: int = 7) -> Patience:
    return Patience(deadline_s, random.Random(seed))


def one_call(read: Callable[[Answer, float], Any] | None = None) -> Call[Any]:
    return Call(
        endpoint=endpoint("webinar", "participant_qos"),
        path="/metrics/webinars/1/participants/7/qos",
        query={"type": "live"},
        read=read or (lambda answer, _: answer.body),
    )


def steps(**options: Any) -> Steps[Any]:
    return call(one_call(), patience(**options), lambda: ("token-1",))


def failing(shell: Shell, **options: Any) -> Exception:
    with pytest.raises(Exception) as caught:
        shell.run(steps(**options))
    return caught.value


def test_call_is_charged_before_it_is_sent() -> None:
    shell = Shell(GOOD)
    assert shell.run(steps()) == GOOD.body
    kinds = [type(step) for step in shell.steps]
    assert kinds == [NeedToken, Reserve, NeedToken, Send]
    assert shell.of(Reserve) == [Reserve("heavy")]


def test_request_carries_token_and_query() -> None:
    shell = Shell(GOOD)
    shell.run(steps())
    (sent,) = shell.of(Send)
    assert sent.request.headers["authorization"] == "Bearer token-1"
    assert sent.request.url == f"{API_URL}{one_call().path}?type=live"
    assert (sent.name, sent.label) == ("webinar_participant_qos", "heavy")
    assert "token-1" not in repr(sent)


def test_url_is_written_as_zoom_reads_it() -> None:
    query = {"from": "2026-11-23 10:00:00", "group_id": "a,b", "to": "é&="}
    assert url_of("https://z", "/p%252F", query) == (
        "https://z/p%252F?from=2026-11-23%2010:00:00&group_id=a,b&to=%C3%A9%26%3D"
    )
    assert url_of("https://z", "/p", {}) == "https://z/p"


@pytest.mark.parametrize("outcome", [FAILED, AWAY, TOO_FAST, answer(200, b'{"us')])
def test_what_may_pass_is_tried_again(outcome: Answer | TransportError) -> None:
    shell = Shell(outcome, GOOD)
    assert shell.run(steps()) == GOOD.body
    assert [sent.attempt for sent in shell.of(Send)] == [1, 2]
    assert len(shell.of(Reserve)) == 2


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (404, 3001, NotFoundError),
        (400, 4711, ZoomError),
        (200, 3001, AnswerError),
        (403, 1, ZoomError),
    ],
)
def test_clear_no_is_not_tried_again(
    status: int, code: int, error: type[ZoomError]
) -> None:
    shell = Shell(answer(status, {"code": code, "message": "no"}))
    assert isinstance(failing(shell), error)
    assert shell.pauses == []


@pytest.mark.parametrize(
    ("outcome", "error", "sendings"),
    [
        (FAILED, ServerError, 6),
        (AWAY, TransportError, 6),
        (TransportError("no connection"), TransportError, 3),
        (answer(200, b"<html>"), AnswerError, 2),
    ],
)
def test_lasting_trouble_is_told_after_some_tries(
    outcome: Answer | TransportError, error: type[Exception], sendings: int
) -> None:
    shell = Shell(*[outcome] * 9)
    assert isinstance(failing(shell), error)
    assert len(shell.of(Send)) == sendings


def test_pauses_grow_with_full_jitter() -> None:
    drawn = []
    for seed in range(40):
        shell = Shell(*[FAILED] * 9)
        failing(shell, seed=seed)
        drawn.append(shell.pauses)
    for i, longest in enumerate([0.5, 1.0, 2.0, 4.0, 8.0]):
        pauses = [pause[i] for pause in drawn]
        assert 0 <= min(pauses) < 0.2 * longest
        assert 0.8 * longest < max(pauses) <= longest


def test_deadline_ends_the_trying() -> None:
    shell = Shell(*[TOO_FAST] * 999)
    assert isinstance(failing(shell, deadline_s=60.0), RateLimitError)
    assert len(shell.of(Send)) > 6
    assert shell.now <= NOON + 60.2


def test_waiting_for_a_slot_does_not_use_up_the_deadline() -> None:
    shell = Shell(FAILED, GOOD)
    shell.now += 3_600
    assert shell.run(steps(deadline_s=10.0)) == GOOD.body


@pytest.mark.parametrize("told", ["20", "2026-11-26T12:00:20Z"])
def test_retry_after_is_the_least_pause(told: str) -> None:
    for refusal in (
        answer(503, headers={"retry-after": told}),
        answer(429, headers={"retry-after": told, "x-ratelimit-type": "QPS"}),
    ):
        shell = Shell(refusal, GOOD)
        shell.run(steps())
        assert 19.8 < shell.pauses[0] < 20.6


def test_retry_after_beyond_the_deadline_is_told_not_waited() -> None:
    far = answer(429, headers={"retry-after": "3600"})
    error = failing(Shell(far))
    assert isinstance(error, RateLimitError)
    assert error.retry_at
    assert error.retry_at.timestamp() == NOON + 0.1 + 3600


def test_per_second_refusal_waits_out_the_second_and_tells_the_ledger() -> None:
    shell = Shell(TOO_FAST, GOOD)
    shell.run(steps())
    assert shell.pauses[0] >= 1.0
    (learnt,) = shell.of(Learn)
    assert (learnt.label, learnt.told.period) == ("heavy", "second")


def test_per_minute_refusal_waits_longer() -> None:
    message = "You have reached the maximum per-minute rate limit for this API."
    shell = Shell(answer(429, {"code": 429, "message": message}), GOOD)
    shell.run(steps())
    assert shell.pauses[0] >= 15.0


def test_daily_refusal_is_told_at_once() -> None:
    headers = {"x-ratelimit-type": "Daily-limit", "retry-after": "2026-11-27T00:00:00Z"}
    shell = Shell(answer(429, {"code": 429, "message": DAILY}, headers))
    error = failing(shell)
    assert isinstance(error, RateLimitError)
    assert error.period == "day"
    assert error.retry_at
    assert error.retry_at.isoformat() == "2026-11-27T00:00:00+00:00"
    assert shell.of(Learn)[0].told.period == "day"


def test_refused_token_is_renewed_once() -> None:
    shell = Shell(EXPIRED, GOOD)
    assert shell.run(steps()) == GOOD.body
    assert [step.refused and step.refused.value for step in shell.of(NeedToken)] == [
        None,
        None,
        "token-1",
        None,
    ]
    assert shell.of(Send)[1].request.headers["authorization"] == "Bearer token-2"
    assert shell.pauses == []


def test_token_that_is_refused_twice_is_told() -> None:
    shell = Shell(EXPIRED, EXPIRED)
    assert isinstance(failing(shell), TokenError)


def test_token_may_end_after_a_pause_too() -> None:
    shell = Shell(FAILED, EXPIRED, GOOD)
    assert shell.run(steps()) == GOOD.body


def test_given_token_that_is_refused_is_told_at_once() -> None:
    shell = Shell(EXPIRED, renewable=False)
    assert isinstance(failing(shell), TokenError)
    assert shell.tokens == 1


def test_wrong_kind_of_token_is_not_renewed() -> None:
    wrong = answer(400, {"code": 200, "message": "Invalid api key or secret."})
    shell = Shell(wrong)
    assert isinstance(failing(shell), TokenError)
    assert shell.tokens == 1


def test_good_answer_tells_the_ledger_what_is_left() -> None:
    headers = {
        "x-ratelimit-type": "Daily-limit",
        "x-ratelimit-limit": "60000",
        "x-ratelimit-remaining": "59998",
    }
    shell = Shell(answer(200, {"user_id": "7"}, headers))
    shell.run(steps())
    assert shell.of(Learn)[0].told.remaining == 59_998


def renewal(**options: Any) -> tuple[Tokens, Steps[Token]]:
    app = App(account_id="acc", client_id="client", client_secret=SECRET)
    tokens = Tokens(app=app)
    return tokens, renew(tokens, patience(**options))


def test_renewal_keeps_the_new_token() -> None:
    tokens, steps = renewal()
    token = Shell(answer(200, {"access_token": "eyJ"})).run(steps)
    assert tokens.current(NOON, refused=None, finished=1) is token


def test_renewal_is_tried_again_when_zoom_is_in_trouble() -> None:
    tokens, steps = renewal()
    shell = Shell(AWAY, FAILED, answer(429), answer(200, {"access_token": "eyJ"}))
    assert shell.run(steps).value == "eyJ"
    assert tokens.finished == 1
    assert shell.of(Reserve) == []


def test_wrong_credentials_are_told_at_once() -> None:
    tokens, steps = renewal()
    shell = Shell(answer(400, {"reason": "Invalid client_id or client_secret"}))
    with pytest.raises(CredentialsError, match="Invalid client_id"):
        shell.run(steps)
    assert tokens.finished == 1
    assert len(shell.of(Send)) == 1
