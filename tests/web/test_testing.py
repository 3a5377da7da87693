"""`EmulatedZoom` and its fixture, as users' tests would have them."""

import httpx2
import pytest

from backrow.errors import CredentialsError, ServerError, TransportError
from backrow.simulate.plain.world import ENDED_NUMBER, LIVE_NUMBER
from backrow.web.testing import EmulatedZoom, emulated_zoom
from backrow.web.zoom_api import ZoomOptions

__all__ = ["emulated_zoom"]
"""A fixture is had by importing it."""


def test_client_reads_the_sample_participant(emulated_zoom: EmulatedZoom) -> None:
    with emulated_zoom.zoom() as zoom:
        qos = zoom.webinars.participant_qos(LIVE_NUMBER, "1670000000")
    assert qos.person.user_name == "User"
    assert qos.latest
    assert qos.latest.audio.received.latency_ms == 134


@pytest.mark.anyio
async def test_asynchronous_client_reads_the_same(emulated_zoom: EmulatedZoom) -> None:
    async with emulated_zoom.async_zoom() as zoom:
        qos = await zoom.webinars.participant_qos(LIVE_NUMBER, "1670000000")
    with emulated_zoom.zoom() as blocking:
        same = blocking.webinars.participant_qos(LIVE_NUMBER, "1670000000")
    assert qos.raw == same.raw


def test_waiting_takes_no_time(emulated_zoom: EmulatedZoom) -> None:
    before = emulated_zoom.clock.now()
    with emulated_zoom.zoom() as zoom:
        people = list(zoom.webinars.participants_qos(ENDED_NUMBER, type="past"))
        again = list(zoom.webinars.participants_qos(ENDED_NUMBER, type="past"))
    assert len(people) == len(again) > 80
    assert emulated_zoom.clock.now() > before


def test_access_token_can_be_used_alone(emulated_zoom: EmulatedZoom) -> None:
    token = emulated_zoom.access_token()
    with emulated_zoom.zoom(access_token=token) as zoom:
        assert zoom.webinars.get(LIVE_NUMBER).topic == "All-hands, autumn"
    with (
        emulated_zoom.zoom(client_secret="wrong") as zoom,
        pytest.raises(CredentialsError),
    ):
        zoom.access_token()


def test_failures_reach_the_client_as_its_errors() -> None:
    broken = EmulatedZoom(options=ZoomOptions(error_rate=1))
    with broken.zoom() as zoom, pytest.raises(ServerError):
        zoom.webinars.get(LIVE_NUMBER)
    dropping = EmulatedZoom(options=ZoomOptions(drop_rate=1))
    with dropping.zoom() as zoom, pytest.raises(TransportError):
        zoom.webinars.get(LIVE_NUMBER)


def test_any_http_client_can_be_pointed_at_it(emulated_zoom: EmulatedZoom) -> None:
    headers = {"authorization": f"Bearer {emulated_zoom.access_token()}"}
    url = f"{emulated_zoom.api_url}/metrics/webinars/{LIVE_NUMBER}"
    with httpx2.Client(transport=emulated_zoom.transport, headers=headers) as http:
        assert http.get(url).json()["id"] == int(LIVE_NUMBER)
