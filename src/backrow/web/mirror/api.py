"""The mirror behind ASGI: Zoom's paths under `/v2/`, and `/oauth/token`.

The order of refusals is Zoom's as the emulated API has it: unknown path, method, token,
scope, then what is wrong with the request. One participant's answer takes a millisecond
or two and is made at once, as handing it to a thread would take as long again. Larger
ones are made on one thread beside the event loop, one after the other, so that
whatever else the server does goes on.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import anyio
import msgspec
from anyio import to_thread
from starlette.types import Receive, Scope, Send

from backrow.clock import Ticking
from backrow.errors import BackrowError
from backrow.web.emulated.calls import PREFIX, Asked, Call, check_method, parse_call
from backrow.web.emulated.refusals import (
    RefusalError,
    check_scope,
    not_found,
    refuse,
)
from backrow.web.mirror.answers import Body, Writer, is_counted, listed, session_body
from backrow.web.mirror.door import Door
from backrow.web.mirror.held import Kept
from backrow.web.mirror.shelf import Shelf
from backrow.web.zoom_api import TOKEN_PATHS, asked_of, body_of

ACTIONS: Final = frozenset(
    {"list", "get", "participants", "participants_qos", "participant_qos"}
)
"""What of ENDPOINTS is answered; of the rest the lake has nothing."""
_JSON: Final = "application/json;charset=UTF-8"
_TWICE: Final = "A UUID that holds a slash is encoded twice: %252F for each."
"""What many a client does not know; Zoom leaves it to be found out."""
_BARE_SLASH: Final = re.compile(
    rf"{PREFIX}/metrics/(webinars|meetings)/(?!participants)[^/]+/(?!participants)[^/]"
)
"""A path in which an id of two parts stands, as a UUID's slash makes them."""


def is_mirrored(path: str) -> bool:
    """Return whether a path is the mirror's."""
    return path.startswith(f"{PREFIX}/") or path in TOKEN_PATHS


@dataclass(slots=True, kw_only=True)
class Mirror:
    """Answers requests as Zoom would, from the lake. An ASGI application."""

    shelf: Shelf
    door: Door
    clock: Ticking
    """What live sessions and page tokens go by."""
    real: Ticking
    """What the mirror's own tokens go by."""
    _here: Writer = field(init=False, repr=False)
    """Makes bodies on the event loop."""
    _beside: Writer = field(init=False, repr=False)
    """Makes bodies on the thread."""
    _one: anyio.CapacityLimiter = field(
        default_factory=lambda: anyio.CapacityLimiter(1), repr=False
    )

    def __post_init__(self) -> None:
        """Make the writers, whose page tokens are the same."""
        key = secrets.token_bytes(32)
        self._here, self._beside = Writer.make(key), Writer.make(key)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        asked = asked_of(
            scope, await body_of(receive) if scope["method"] == "POST" else ""
        )
        address = scope["client"][0] if scope.get("client") else ""
        status, headers, body = await self.answer(asked, address)
        told = {"content-type": _JSON, "cache-control": "no-store", **headers}
        sent = [(k.encode(), v.encode("latin-1")) for k, v in told.items()]
        sent.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": sent})
        await send({"type": "http.response.body", "body": body})

    async def answer(
        self, asked: Asked, address: str
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and body of the answer to a request.

        Args:
            asked: What came.
            address: From where.
        """
        try:
            return 200, {}, await self._answer(asked, address)
        except RefusalError as exc:
            return exc.status, exc.headers, exc.encoded()
        except BackrowError:  # its text tells of places, which are not the caller's
            refusal = refuse("broken")
            return refusal.status, {}, refusal.encoded()

    async def _answer(self, asked: Asked, address: str) -> bytes:
        if asked.path in TOKEN_PATHS:
            check_method(asked, "POST")
            granted = self.door.exchange(asked, address, now=self.real.now())
            return msgspec.json.encode(granted)
        call = parse_call(asked)
        if call is None or call.endpoint.action not in ACTIONS:
            raise _unknown(asked.path)
        check_method(asked, "GET")
        authorization = asked.headers.get("authorization", "")
        grant = self.door.enter(authorization, address, now=self.real.now())
        check_scope(grant.scopes, call.endpoint)
        if call.endpoint.action == "list":
            return await self._list(call)
        return await self._of_session(call)

    async def _list(self, call: Call) -> bytes:
        every = listed(call, await self.shelf.sessions())
        if call.type == "pastOne":
            counts = await self._counts(every)
            every = [one for one in every if counts.get(one.uuid) == 1]
        page = partial(
            self._beside.sessions,
            call,
            every,
            self.shelf.count_people,
            now=self.clock.now(),
        )
        return await self._made(page)

    async def _of_session(self, call: Call) -> bytes:
        kept = await self._session(call)
        if call.endpoint.action == "get":
            # What Zoom told goes before what is counted.
            counts = {} if is_counted(kept) else await self._counts([kept])
            body = session_body(kept, counts.get(kept.uuid), now=self.clock.now())
            return msgspec.json.encode(body)
        held = await self.shelf.held(kept)
        if call.endpoint.action == "participant_qos":
            if call.participant not in held.index:
                raise not_found(call.endpoint.not_found)
            if held.window is None:
                return msgspec.json.encode(self._here.person(call, held))
            return await self._made(partial(self._beside.person, call, held))
        now = self.clock.now()
        return await self._made(partial(self._beside.people, call, held, now=now))

    async def _session(self, call: Call) -> Kept:
        """Return the session that is asked about.

        Raises:
            RefusalError: The lake has none of this type.
        """
        if call.slash_lost:
            raise _with(refuse("slash_lost", session=call.session), _TWICE)
        live = call.live
        found = await self.shelf.find(call.endpoint.kind, call.session, live=live)
        if found is not None and call.type == "pastOne":
            counts = await self._counts([found])
            found = found if counts.get(found.uuid) == 1 else None
        if found is None:
            raise not_found(call.endpoint.not_found)
        return found

    async def _counts(self, sessions: Sequence[Kept]) -> Mapping[str, int]:
        return await to_thread.run_sync(
            self.shelf.count_people, sessions, limiter=self._one
        )

    async def _made(self, make: Callable[[], Body]) -> bytes:
        """Return a body as JSON, made on the one thread that bodies are made on."""
        return await to_thread.run_sync(
            lambda: msgspec.json.encode(make()), limiter=self._one
        )


def _unknown(path: str) -> RefusalError:
    """Return the refusal of a path that is not answered."""
    refusal = refuse("no_endpoint")
    return _with(refusal, _TWICE) if _BARE_SLASH.match(path) else refusal


def _with(refusal: RefusalError, hint: str) -> RefusalError:
    """Return a refusal whose message ends with a hint."""
    body = {**refusal.body, "message": f"{refusal.body['message']} {hint}"}
    return RefusalError(refusal.status, body, refusal.headers)
