"""The emulated Zoom API: `/v2/metrics/…` and `/oauth/token` over any `Source`.

`ZoomApi` does no I/O: a request and `now` go in, an answer comes out. It is built
from the same ENDPOINTS table as the client, and describes itself under
``/openapi.json``. `create_app` puts it behind ASGI.

The order of refusals is: unknown path, method, token, scope, rate limit, then what
the account lacks, then what is wrong with the request. Calls that are refused
later than by the rate limit count against it.
"""

from __future__ import annotations

import hashlib
import random
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Final

import msgspec
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from backrow.clock import Sleeps
from backrow.web.contract.openapi import PATH, openapi
from backrow.web.emulated.answers import Case, World, answer
from backrow.web.emulated.bodies import Bodies
from backrow.web.emulated.calls import (
    PREFIX,
    Answer,
    Asked,
    Call,
    check_method,
    parse_call,
)
from backrow.web.emulated.limits import Meter
from backrow.web.emulated.options import ZoomOptions, parse_options
from backrow.web.emulated.refusals import RefusalError, check_scope, refuse
from backrow.web.emulated.sessions import Catalog
from backrow.web.emulated.tokens import AccessTokens, Credentials, PageTokens
from backrow.web.source import Source

__all__ = [
    "Answer",
    "Asked",
    "Credentials",
    "DroppedError",
    "ZoomApi",
    "ZoomOptions",
    "create_app",
    "parse_options",
]

TOKEN_PATHS: Final = ("/oauth/token", f"{PREFIX}/oauth/token")
_JSON: Final = "application/json;charset=UTF-8"
_BODY_MAX_BYTES: Final = 65_536


class DroppedError(Exception):
    """The emulator breaks this connection off on purpose."""


@dataclass(frozen=True, slots=True)
class Luck:
    """What goes wrong with one answer."""

    slow: bool
    broken: bool
    dropped: bool
    bad_json: bool
    error_200: bool
    empty: bool
    missing: bool


class ZoomApi:
    """Answers requests as Zoom would, at an instant that it is given."""

    def __init__(
        self,
        source: Source,
        *,
        options: ZoomOptions | None = None,
        credentials: Credentials | None = None,
        key: bytes | None = None,
    ) -> None:
        """Answer from `source`.

        Args:
            source: Sessions, people and minutes.
            options: How this Zoom behaves.
            credentials: The account's app; `demo` three times if not given.
            key: Secret that tokens are sealed with; drawn if not given.
        """
        self.options = options or ZoomOptions()
        self.credentials = credentials or Credentials()
        key = key or secrets.token_bytes(32)
        self._tokens = AccessTokens(self.credentials, key=key, options=self.options)
        self._world = World(
            source=source,
            options=self.options,
            catalog=Catalog(source, options=self.options),
            bodies=Bodies(source, options=self.options),
            pages=PageTokens(
                key=key,
                life_s=self.options.page_token_life_s,
                refusal=self.options.bad_page_token,
            ),
        )
        self._meter = Meter(self.options)
        self._random = random.Random(self.options.seed)  # noqa: S311 - no secret
        self._lock = threading.Lock()
        self._answered = 0

    def answer(self, asked: Asked, *, now: float) -> Answer:
        """Return the answer to a request.

        Args:
            asked: What came.
            now: Unix seconds of the emulated clock.
        """
        with self._lock:
            self._answered += 1
            headers = {"content-type": _JSON, "x-zm-trackingid": self._tracking_id()}
            try:
                return self._answer(asked, now, headers)
            except RefusalError as exc:
                headers.update(exc.headers)
                return Answer(status=exc.status, headers=headers, body=exc.encoded())

    def _answer(self, asked: Asked, now: float, headers: dict[str, str]) -> Answer:
        if asked.path in TOKEN_PATHS:
            body = msgspec.json.encode(self._token(asked, now))
            return Answer(status=200, headers=headers, body=body)
        if asked.path == PATH:
            check_method(asked, "GET")
            return Answer(status=200, headers=headers, body=_description())
        call = parse_call(asked)
        if call is None:
            raise refuse("no_endpoint")
        check_method(asked, "GET")
        self._tokens.check(asked.headers.get("authorization", ""), now=now)
        missing = self.options.scope_missing
        check_scope(self._tokens.scopes, call.endpoint, variant=missing)
        headers.update(self._meter.charge(call.endpoint.label, now=now))
        luck = self._luck()
        if luck.broken:
            raise refuse("broken")
        if luck.error_200:
            raise refuse("plan_missing", variant="200/200")
        body = msgspec.json.encode(self._body(call, now, luck))
        return Answer(
            status=200,
            headers=headers,
            body=body[: len(body) * 2 // 3] if luck.bad_json else body,
            delay_s=self.options.slow_s if luck.slow else 0.0,
            dropped=luck.dropped,
        )

    def _body(self, call: Call, now: float, luck: Luck) -> Mapping[str, object]:
        if not self.options.dashboard:
            satisfaction = call.endpoint.action == "satisfaction"
            raise refuse(
                "plan_missing_satisfaction" if satisfaction else "plan_missing",
                variant=self.options.plan_missing,
            )
        at = datetime.fromtimestamp(now, UTC)
        case = Case(
            call=call,
            world=self._world,
            now=now,
            at=at,
            empty=luck.empty,
            missing=luck.missing,
        )
        return answer(case)

    def _token(self, asked: Asked, now: float) -> Mapping[str, object]:
        check_method(asked, "POST")
        return self._tokens.grant(
            authorization=asked.headers.get("authorization", ""),
            query=asked.query,
            body=asked.body,
            base_url=asked.base_url,
            now=now,
        )

    def _luck(self) -> Luck:
        draw, o = self._random.random, self.options
        return Luck(
            slow=draw() < o.slow_rate,
            broken=draw() < o.error_rate,
            dropped=draw() < o.drop_rate,
            bad_json=draw() < o.bad_json_rate,
            error_200=draw() < o.error_200_rate,
            empty=draw() < o.live_empty_rate,
            missing=draw() < o.past_missing_rate,
        )

    def _tracking_id(self) -> str:
        digest = hashlib.blake2s(self._answered.to_bytes(8, "big"), digest_size=16)
        return f"v=2.0;clid=us06;rid=WEB_{digest.hexdigest()}"


@cache
def _description() -> bytes:
    """Return what the API says of itself; made when it is first asked for."""
    return msgspec.json.encode(openapi())


class ZoomAsgi:
    """The shell around a `ZoomApi`: reads requests, waits, sends answers."""

    def __init__(self, api: ZoomApi, *, clock: Sleeps) -> None:
        """Serve `api` by `clock`."""
        self._api = api
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            DroppedError: The connection is to be broken off, half-way.
        """
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000, "reason": ""})
            return
        asked = asked_of(
            scope, await body_of(receive) if scope["method"] == "POST" else ""
        )
        answer = self._api.answer(asked, now=self._clock.now())
        await self._clock.asleep(answer.delay_s)
        sent = [(k.encode(), v.encode("latin-1")) for k, v in answer.headers.items()]
        length = (b"content-length", str(len(answer.body)).encode())
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": [*sent, length],
            }
        )
        if answer.dropped:
            half = answer.body[: len(answer.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            raise DroppedError
        await send({"type": "http.response.body", "body": answer.body})


def create_app(
    source: Source,
    *,
    clock: Sleeps,
    options: ZoomOptions | None = None,
    credentials: Credentials | None = None,
) -> Starlette:
    """Return the emulated API as an ASGI application.

    Args:
        source: Sessions, people and minutes.
        clock: What live, past, limits and the lives of tokens go by.
        options: How this Zoom behaves.
        credentials: The account's app; `demo` three times if not given.
    """
    api = ZoomApi(source, options=options, credentials=credentials)
    return app_of(api, clock=clock)


def app_of(api: ZoomApi, *, clock: Sleeps) -> Starlette:
    """Return `api` as an ASGI application that goes by `clock`."""
    app = Starlette()
    # No route: their patterns know nothing of line breaks, which ids may hold.
    app.router.default = ZoomAsgi(api, clock=clock)
    return app


async def body_of(receive: Receive) -> str:
    """Return a request's body; what is beyond 64 KiB is left out."""
    read = bytearray()
    more = True
    while more:
        message = await receive()
        read += message.get("body", b"")[: _BODY_MAX_BYTES - len(read)]
        more = message.get("more_body", False)
    return read.decode("latin-1")


def asked_of(scope: Scope, body: str) -> Asked:
    """Return a request as it came, its path still encoded."""
    headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    return Asked(
        method=scope["method"],
        path=path.decode("latin-1").removeprefix(scope.get("root_path", "")),
        query=query.decode("latin-1"),
        headers=headers,
        body=body,
        base_url=f"{scope['scheme']}://{headers.get('host', 'localhost')}",
    )
