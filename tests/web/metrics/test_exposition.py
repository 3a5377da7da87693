"""`/metrics`: its words, and who may ask."""

from __future__ import annotations

import httpx2
import pytest
from starlette.applications import Starlette

from backrow.web.metrics.exposition import Meter, Reading, metrics_route
from backrow.web.pages.access.passes import Passes
from backrow.web.pages.sessions.filled import LiveSessions
from tests.web.metrics.readings import Standing, parsed
from tests.web.pages.asking import asking
from tests.web.pages.rooms import site

pytestmark = pytest.mark.anyio
TOKEN = "token-of-this-test"
THERE = "http://backrow.example.com"


def people() -> list[Reading]:
    return [
        Reading("backrow_session_media_people", 3, ("u", "audio", "bad")),
        Reading("backrow_zoom_calls_total", 5, ("heavy", "200")),
    ]


def app(token: str = "") -> Starlette:
    meter = Meter(people)
    meter.add(lambda: [Reading("backrow_collector_lag_seconds", 1.5)])
    return site(
        LiveSessions(),
        Standing(0),
        passes=Passes(token) if token else None,
        routes=[metrics_route(meter)],
    )


async def got(token: str = "", url: str = "", **headers: str) -> httpx2.Response:
    async with asking(app(token), **({"url": url} if url else {})) as http:
        return await http.get("/metrics", headers=headers)


async def test_readings_are_told_in_prometheus_words() -> None:
    answer = await got()
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "# HELP backrow_session_media_people People who are there" in answer.text
    assert "# TYPE backrow_zoom_calls_total counter" in answer.text
    found = parsed(answer.text)
    labels = {"session": "u", "media": "audio", "class": "bad"}
    assert found["backrow_session_media_people"] == [(labels, 3.0)]
    assert found["backrow_zoom_calls_total"][0][1] == 5
    assert found["backrow_collector_lag_seconds"] == [({}, 1.5)]


async def test_openmetrics_is_told_to_who_asks_for_it() -> None:
    answer = await got(accept="application/openmetrics-text;version=1.0.0")
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert "# UNIT backrow_collector_lag_seconds seconds" in answer.text
    assert answer.text.endswith("# EOF\n")


async def test_others_must_show_the_token() -> None:
    assert (await got(TOKEN, THERE)).status_code == 401
    answer = await got(TOKEN, THERE, authorization=f"Bearer {TOKEN}")
    assert answer.status_code == 200


async def test_another_name_of_this_machine_is_turned_away() -> None:
    assert (await got(url=THERE)).status_code == 421


async def test_meters_share_nothing() -> None:
    first, second = Meter(people), Meter()
    assert [one.name for one in first.collect()] == [
        "backrow_session_media_people",
        "backrow_zoom_calls",
    ]
    assert list(second.collect()) == []
    assert first.registry is not second.registry


@pytest.mark.parametrize(
    ("reading", "error"),
    [
        (Reading("backrow_invented", 1), KeyError),
        (Reading("backrow_session_live", 1), ValueError),
    ],
)
async def test_reading_outside_the_table_is_a_bug(
    reading: Reading, error: type[Exception]
) -> None:
    with pytest.raises(error):
        list(Meter(lambda: [reading]).collect())
