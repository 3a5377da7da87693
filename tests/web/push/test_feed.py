"""Bodies made from a source when they are wanted."""

import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from backrow.qos.sample import INDEX, Row
from backrow.qos.vocabulary import LEGS
from backrow.simulate.scenario.reading import read_scenario
from backrow.simulate.world import World
from backrow.web.push.feed import Bodies, Feed
from backrow.web.push.notices import Notice
from backrow.zoom.decode import Decoder, Provenance, decode_event
from tests.web.receiving import BEGIN, MINUTE, NOW, UUID, SmallWebinar

SCENARIO = """
seed = 3
account = "acc"
[devices]
rooms = 20.0
web = 20.0
windows = 40.0
[[sessions]]
number = "94512345678"
length_min = 6
attendees = 30
"""


def made(bodies: Bodies, *notices: Notice) -> list[Any]:
    return [body and json.loads(body) for body in bodies.make(notices)]


def all_of(feed: Feed) -> list[Notice]:
    return list(feed.notices(NOW))


def test_bodies_stand_where_their_notices_stand() -> None:
    feed = Feed(source=SmallWebinar())
    notices = all_of(feed)
    for notice, body in zip(notices, made(Bodies(feed), *notices), strict=True):
        if body is None:
            assert notice.participant == "tel"
            continue
        participant = body["payload"]["object"]["participant"]
        assert body["event"] == f"webinar.participant_{notice.what}"
        assert body["event_ts"] == round(notice.at * 1000)
        assert participant["email"] == f"{notice.participant}@example.com"


def test_body_is_the_same_whenever_it_is_made() -> None:
    feed = Feed(source=SmallWebinar())
    notices = all_of(feed)
    one_by_one = [Bodies(feed).make([notice])[0] for notice in notices]
    assert one_by_one == Bodies(feed).make(notices)


def test_change_is_noticed_when_somebody_begins_to_send() -> None:
    feed = Feed(source=SmallWebinar())
    bodies = Bodies(feed)
    notices = [n for n in all_of(feed) if n.what == "qos"]
    bodies.make(notices)
    (change,) = bodies.changes
    assert (change.what, change.participant) == ("data", "pia")
    assert change.minute == (BEGIN + 2 * MINUTE).timestamp()
    bodies.make(notices)  # another try changes nothing
    assert len(bodies.changes) == 1


def test_changes_are_not_noticed_if_data_is_not_wanted() -> None:
    feed = Feed(source=SmallWebinar())
    bodies = Bodies(feed, kinds={"qos"})
    bodies.make([n for n in all_of(feed) if n.what == "qos"])
    assert bodies.changes == []


def test_minute_without_a_second_gets_the_persons_own() -> None:
    feed = Feed(source=SmallWebinar(), delay_s=20.0)
    for notice in all_of(feed):
        (body,) = Bodies(feed).make([notice])
        if notice.what == "qos" and body:
            (row,) = decode_event(body).samples
            assert row[INDEX["minute"]].timestamp() == notice.minute
            assert row[INDEX["sampled_at"]].timestamp() == int(notice.at - 80)


@pytest.mark.parametrize("absent", ["missing", "blank"])
@pytest.mark.parametrize("style", ["2021", "2023", "2026"])
def test_world_comes_through_events_whole(style: Any, absent: Any) -> None:
    """In every style: a world's values are as round as the oldest spelling."""
    world = World(read_scenario(SCENARIO))
    session = world.sessions()[0]
    rows_of = partial(world.rows, pushed=True)
    feed = Feed(source=world, rows=rows_of, account="acc", style=style)
    notices = feed.notices(session.start_at.timestamp())
    bodies = Bodies(feed, absent=absent).make([n for n in notices if n.what == "qos"])
    outside = Provenance(origin="qss", session_number=session.number)
    decoder, found = Decoder(strict=True), dict[str, list[Row]]()
    for body in filter(None, bodies):
        one = decoder.event(body, outside)
        found.setdefault(one.person.user_id or "", []).extend(one.samples)
    end = session.start_at + timedelta(hours=1)
    expected = rows_of(session.uuid, list(found), start=session.start_at, end=end)
    assert {row[INDEX["leg"]] for each in expected.values() for row in each} == {*LEGS}
    assert found == expected


def test_session_is_named_by_its_uuid() -> None:
    feed = Feed(source=SmallWebinar(), account="acc")
    (body,) = Bodies(feed).make([Notice(NOW, "data", UUID, "ann", 0)])
    assert body
    found = decode_event(body, strict=True)
    assert (found.session_uuid, found.kind) == (UUID, "webinar")
