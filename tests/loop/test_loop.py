"""Out as Zoom's JSON, back through the real client: nothing lost, nothing added."""

import anyio
import pytest

from backrow.qos.quantity import Style
from backrow.qos.sample import FIRST_METRIC, INDEX, Row
from backrow.simulate.plain.world import ENDED_UUID
from backrow.web.testing import EmulatedZoom
from backrow.web.zoom_api import ZoomOptions

KEY = ("participant", "minute", "sampled_at", "leg")


def plain(row: Row) -> tuple[object, ...]:
    """Return who, when, over which leg, and everything measured."""
    return (*(row[INDEX[name]] for name in KEY), *row[FIRST_METRIC:])


def told(world: EmulatedZoom) -> dict[str, list[tuple[object, ...]]]:
    """Return what the source knows of the ended webinar, by participant."""
    (session,) = (s for s in world.source.sessions() if s.uuid == ENDED_UUID)
    assert session.end_at is not None
    ids = [p.user_id or "" for p in world.source.people(ENDED_UUID)]
    rows = world.source.rows(
        ENDED_UUID, ids, start=session.start_at, end=session.end_at
    )
    return {who: [plain(row) for row in rows.get(who, ())] for who in ids}


@pytest.mark.parametrize("style", ["2023", "2026"])
def test_everyones_every_minute_comes_back_equal(style: Style) -> None:
    world = EmulatedZoom(options=ZoomOptions(style=style))
    expected = told(world)
    with world.zoom() as zoom:
        found = list(zoom.webinars.participants_qos(ENDED_UUID, type="past"))
    assert [one.person.user_id for one in found] == list(expected)
    assert sum(map(len, expected.values())) > 100
    for one in found:
        assert one.problems == ()
        assert [plain(row) for row in one.samples] == expected[one.person.user_id or ""]


def test_two_clients_at_once_get_the_same() -> None:
    world = EmulatedZoom()
    with world.zoom() as zoom:
        blocking = [
            one.samples.rows
            for one in zoom.webinars.participants_qos(ENDED_UUID, type="past")
        ]

    async def asked() -> list[list[Row]]:
        async with world.async_zoom() as zoom:
            return [
                one.samples.rows
                async for one in zoom.webinars.participants_qos(ENDED_UUID, type="past")
            ]

    at = INDEX["collected_at"]
    for mine, theirs in zip(blocking, anyio.run(asked), strict=True):
        assert [r[:at] + r[at + 1 :] for r in mine] == [
            r[:at] + r[at + 1 :] for r in theirs
        ]
