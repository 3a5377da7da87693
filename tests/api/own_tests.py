"""Typed usage as users write it: an emulated Zoom in their tests, a receiver of theirs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import assert_type

import httpx2

import backrow
from backrow.clock import Clock
from backrow.errors import WireError
from backrow.qos.people import Person, Session, Share
from backrow.simulate.scenario import Scenario, read_scenario
from backrow.simulate.world import World
from backrow.web.source import Source
from backrow.web.testing import EmulatedZoom, HandClock, emulated_zoom
from backrow.web.zoom_api import Credentials, ZoomOptions, create_app
from backrow.zoom.client import AsyncZoom, Timer, Zoom
from backrow.zoom.webhook import URL_VALIDATION, Seal, plain_token_of, read_head

mine = emulated_zoom
"""The fixture, under a name of one's own."""


def a_webinar_of_ones_own(path: Path) -> Source:
    scenario = read_scenario(path.read_text(), name=str(path))
    assert_type(scenario, Scenario)
    world = World(scenario)
    for session in world.sessions():
        assert_type(session, Session)
        assert_type(world.people(session.uuid)[0].user_id, str | None)
    return world


def clients(source: Source) -> None:
    clock = HandClock(datetime(2026, 11, 23, 10, tzinfo=UTC))
    options = ZoomOptions(plan="pro", drop_rate=0.1)
    zoom = EmulatedZoom(source, clock=clock, options=options)
    assert_type(zoom.zoom(timeout_s=5.0), Zoom)
    assert_type(zoom.async_zoom(), AsyncZoom)
    assert_type(zoom.access_token(), str)
    assert_type(zoom.credentials, Credentials)
    httpx2.Client(transport=zoom.transport, base_url=zoom.api_url)
    zoom.clock.advance(3600)


def a_server(source: Source) -> object:
    return create_app(source, clock=Clock(), credentials=Credentials())


def any_clock_will_do(clock: Timer) -> Zoom:
    return Zoom(access_token="t", clock=clock)


def who_was_there(person: Person, share: Share) -> bool:
    assert_type(share.start_at, datetime)
    return person.user_id == share.participant


def a_receiver(secret: str, headers: dict[str, str], body: bytes, now: float) -> bytes:
    seal = Seal(secret)
    if seal.check(headers, body, now=now) != "good":
        return b""
    if read_head(body).event == URL_VALIDATION:
        return seal.answer(plain_token_of(body))
    try:
        qos = backrow.decode(body)
    except WireError as error:
        return error.path.encode()
    return str(len(qos.minutes)).encode()
