"""The sample's participant, in any world."""

from datetime import UTC, datetime, timedelta

from backrow.simulate.plain import PlainSource
from backrow.simulate.plain.world import ENDED_UUID, LIVE_UUID
from backrow.simulate.sample_answer import PARTICIPANT, PERSON, WithSample

BEGIN = datetime(2026, 11, 23, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_participant_is_the_first_of_one_session_only() -> None:
    world = WithSample(PlainSource(BEGIN), session_uuid=LIVE_UUID)
    assert world.people(LIVE_UUID)[0] == PERSON
    assert world.people(LIVE_UUID) is world.people(LIVE_UUID)
    assert PERSON not in world.people(ENDED_UUID)


def test_its_one_minute_comes_with_every_answer() -> None:
    world = WithSample(PlainSource(BEGIN), session_uuid=LIVE_UUID)
    names = [PARTICIPANT, "1670000001"]
    rows = world.rows(LIVE_UUID, names, start=BEGIN - MINUTE, end=BEGIN)
    assert {name: len(of) for name, of in rows.items()} == dict.fromkeys(names, 1)
    assert world.rows(ENDED_UUID, names, start=BEGIN, end=BEGIN)[PARTICIPANT] == []


def test_the_world_is_otherwise_the_same() -> None:
    plain = PlainSource(BEGIN)
    world = WithSample(plain, session_uuid=LIVE_UUID)
    assert world.sessions() is plain.sessions()
    assert world.shares(LIVE_UUID) == plain.shares(LIVE_UUID)
    assert world.words(LIVE_UUID, [PARTICIPANT], at=BEGIN)[PARTICIPANT][0] == "good"
    same = plain.words(LIVE_UUID, ["1670000001"], at=BEGIN)
    assert world.words(LIVE_UUID, ["1670000001"], at=BEGIN) == same
