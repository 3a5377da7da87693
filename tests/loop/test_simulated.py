"""A simulated world out as Zoom's JSON, and back through the real client."""

from datetime import timedelta

import pytest

from backrow.qos.quantity import Style
from backrow.qos.sample import FIRST_METRIC, INDEX, Row
from backrow.web.testing import EmulatedZoom, HandClock
from backrow.web.zoom_api import ZoomOptions
from backrow.zoom.encode import Absent
from tests.web.worlds import ENDED, LIVE, everything

WORLD = everything()


def told(row: Row) -> Row:
    """Return who, when, over which leg, and all that was measured."""
    return (*row[INDEX["participant"] : INDEX["leg"] + 1], *row[FIRST_METRIC:])


@pytest.mark.parametrize(
    ("style", "absent"), [("2023", "missing"), ("2026", "blank"), ("2026", "mixed")]
)
def test_nothing_that_was_simulated_is_lost(style: Style, absent: Absent) -> None:
    zoom = EmulatedZoom(
        WORLD, options=ZoomOptions(style=style, absent=absent, still_share="0 fps")
    )
    (session,) = (s for s in WORLD.sessions() if s.number == ENDED)
    assert session.end_at
    people = [p.user_id or "" for p in WORLD.people(session.uuid)]
    rows = WORLD.rows(session.uuid, people, start=session.start_at, end=session.end_at)
    with zoom.zoom() as client:
        found = list(client.webinars.participants_qos(ENDED, type="past"))
    assert [one.person.user_id for one in found] == people
    for one in found:
        expected = rows[one.person.user_id or ""]
        assert one.problems == ()
        assert [told(row) for row in one.samples] == [told(row) for row in expected]


def test_a_running_webinar_ends_and_is_past_twenty_seconds_later() -> None:
    zoom = EmulatedZoom(WORLD, clock=HandClock())
    (session, *_) = (s for s in WORLD.sessions() if s.number == LIVE)
    person = WORLD.people(session.uuid)[0].user_id or ""
    assert session.end_at
    with zoom.zoom() as client:
        asked = client.webinars.participant_qos
        before = asked(LIVE, person)
        zoom.clock.advance(60)
        assert len(asked(LIVE, person).minutes) == len(before.minutes) + 1
        left_s = (session.end_at + timedelta(seconds=20)).timestamp()
        zoom.clock.advance(left_s - zoom.clock.now())
        after = asked(LIVE, person, type="past")
    assert after.person.leave_time
    assert len(after.minutes) > len(before.minutes) + 1
