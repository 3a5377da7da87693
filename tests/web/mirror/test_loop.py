"""What Zoom said comes back from the mirror: field by field, and through our client."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from backrow.qos.people import Session
from backrow.qos.quantity import Style
from backrow.qos.sample import FIRST_METRIC, INDEX, Row
from backrow.qos.vocabulary import Kind
from backrow.simulate.plain.world import (
    ENDED_MEETING_UUID,
    SLASH_UUID,
    SLASHES_UUID,
)
from backrow.web.testing import BEGIN
from backrow.zoom.decode import Decoder, Provenance
from backrow.zoom.encode import Absent
from backrow.zoom.endpoints import endpoint, url_path
from tests.collect.pushing import UUID, saved
from tests.web.asking import Asking
from tests.web.mirror.mirrored import (
    WHOLE,
    Mirrored,
    differences,
    everything,
    lacking,
)

pytestmark = pytest.mark.anyio
KEY = ("participant", "minute", "sampled_at", "leg")


def plain(row: Row) -> tuple[object, ...]:
    """Return who, when, over which leg, and everything measured."""
    return (*(row[INDEX[name]] for name in KEY), *row[FIRST_METRIC:])


def path_of(kind: Kind, action: str, session: str, participant: str = "") -> str:
    which = endpoint(kind, action)
    path = url_path(which, session=session, participant=participant or "1")
    return path.removeprefix("/metrics")


@pytest.mark.parametrize(
    ("kind", "uuid"), [("webinar", SLASHES_UUID), ("meeting", ENDED_MEETING_UUID)]
)
async def test_every_field_and_minute_comes_back_as_it_came(
    tmp_path: Path, kind: Kind, uuid: str
) -> None:
    mirrored, asking = Mirrored(tmp_path), Asking()
    came = await mirrored.collect(asking, uuid, kind)
    assert differences(came, await everything(mirrored, uuid, kind)) == []
    who = came["participants_qos"][7]["user_id"]
    path = path_of(kind, "participant_qos", uuid, who)
    single = (await asking.get(path, type="past")).json()
    mine = (await mirrored.get(path, type="past")).json()
    assert mine == single


@pytest.mark.parametrize(
    ("kind", "uuid", "style", "absent"),
    [
        ("webinar", SLASHES_UUID, "2023", "missing"),
        ("meeting", ENDED_MEETING_UUID, "2026", "blank"),
    ],
)
async def test_loop_through_our_own_client_gives_equal_samples(
    tmp_path: Path, kind: Kind, uuid: str, style: Style, absent: Absent
) -> None:
    mirrored = Mirrored(tmp_path)
    asking = Asking(style=style, absent=absent, still_share="0 fps")
    await mirrored.collect(asking, uuid, kind)
    source = asking.zoom.source
    session = next(s for s in source.sessions() if s.uuid == uuid)
    assert session.end_at is not None
    ids = [one.user_id or "" for one in source.people(uuid)]
    told = source.rows(uuid, ids, start=session.start_at, end=session.end_at)
    async with mirrored.zoom() as zoom:
        calls = zoom.webinars if kind == "webinar" else zoom.meetings
        found = [one async for one in calls.participants_qos(uuid, type="past")]
    assert {one.person.user_id for one in found} == set(ids)
    for one in found:
        assert one.problems == ()
        expected = told.get(one.person.user_id or "", ())
        assert [plain(row) for row in one.samples] == [plain(row) for row in expected]


@pytest.mark.parametrize("uuid", [SLASH_UUID, SLASHES_UUID])
async def test_uuids_with_slashes_are_found(tmp_path: Path, uuid: str) -> None:
    mirrored = Mirrored(tmp_path)
    mirrored.keep(
        Session(kind="webinar", uuid=uuid, number="", start_at=BEGIN), "ended"
    )
    async with mirrored.zoom() as zoom:
        assert (await zoom.webinars.get(uuid, type="past")).uuid == uuid


@pytest.mark.parametrize(
    ("name", "kind", "action"),
    [
        ("seed_participant_qos", "webinar", "participant_qos"),
        ("webinars_participant_qos", "webinar", "participant_qos"),
        ("webinars_participant_qos_external", "webinar", "participant_qos"),
        ("meetings_participant_qos", "meeting", "participant_qos"),
        ("webinars_participants", "webinar", "participants"),
        ("meetings_participants", "meeting", "participants"),
        ("webinars_participants_qos", "webinar", "participants_qos"),
        ("meetings_participants_qos", "meeting", "participants_qos"),
    ],
)
async def test_published_answers_come_back_whole(
    tmp_path: Path, name: str, kind: Kind, action: str
) -> None:
    mirrored, body = Mirrored(tmp_path), msgspec.json.decode(saved(name))
    came = body.get("participants", [body])
    about = Provenance(kind=kind, session_uuid=UUID)
    people = Decoder().all(saved(name), about)
    mirrored.keep(
        Session(kind=kind, uuid=UUID, number="", start_at=BEGIN),
        "complete",
        people=[one.person for one in people],
        rows=[row for one in people for row in one.samples],
    )
    query = {"type": "past", "include_fields": "registrant_id"}
    for one, told in zip(came, people, strict=True):
        path = path_of(kind, action, UUID, one["user_id"])
        if action == "participant_qos":
            answered = (await mirrored.get(path, **query)).json()
        else:
            items = await mirrored.walk(path, **query, page_size=WHOLE[action])
            (answered,) = (i for i in items if i["user_id"] == one["user_id"])
        said = {k: v for k, v in one.items() if k not in {"user_qos", "webinar_number"}}
        assert lacking(said, answered) == {}
        again = Decoder().participant(msgspec.json.encode(answered), about)
        assert list(map(plain, again.samples)) == list(map(plain, told.samples))


async def test_answer_in_zooms_documentation_comes_back_to_the_letter(
    tmp_path: Path,
) -> None:
    mirrored, body = Mirrored(tmp_path), saved("seed_participant_qos")
    one = Decoder().participant(body, Provenance(session_uuid=UUID))
    session = Session(kind="webinar", uuid=UUID, number="", start_at=BEGIN)
    mirrored.keep(session, "complete", people=[one.person], rows=one.samples.rows)
    path = path_of("webinar", "participant_qos", UUID, "1670000000")
    answered = (await mirrored.get(path, type="past")).json()
    assert answered == msgspec.json.decode(body)
