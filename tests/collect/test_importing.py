"""Import: what was saved is in the lake once, however it was saved."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import polars as pl
import pytest

from backrow.collect.importing import Importer, Report
from backrow.collect.intake.files import find_files, read_bodies
from backrow.collect.lock import held
from backrow.collect.sink import LOCK_NAME
from backrow.errors import UsageError
from backrow.lake.inbox import Inbox, Letter
from backrow.lake.keep import LakeWriter
from backrow.lake.kept import Lake
from backrow.lake.store.place import Place
from backrow.lake.store.reading import Store
from backrow.lake.store.rows import sessions_frame
from backrow.lake.tables import TABLES
from backrow.qos.people import Person, Session
from backrow.qos.quantity import Style
from backrow.web.testing import HandClock
from backrow.zoom.decode import decode_participant
from backrow.zoom.encode import Encoder
from tests.build import MINUTE, row
from tests.collect.pushing import BEGIN, DATA, UUID, event, saved

ANSWER = "webinars_participant_qos"


class World:
    """Files, an inbox and a lake."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.inbox = Inbox(folder / "state")
        self.lake = Lake(Store(Place.parse(folder / "lake")))
        self.writer = LakeWriter(self.lake.store)
        self.clock = HandClock(BEGIN + timedelta(hours=2))

    def importer(self, session: str = UUID) -> Importer:
        self.clock.advance(1)
        return Importer(
            self.writer, self.inbox, key=b"key", clock=self.clock, session=session
        )

    def read(self, *paths: Path, session: str = UUID) -> Report:
        return self.importer(session).read(find_files(paths))

    def write(self, name: str, *bodies: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(b"\n".join(bodies))
        return path

    def counts(self) -> dict[str, int]:
        return {name: self.lake.scan(name).collect().height for name in TABLES}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    one = World(tmp_path)
    yield one
    one.inbox.close()


def answer(latency_ms: float, *, style: Style = "2026", minutes: int = 1) -> bytes:
    rows = [
        row(minute=MINUTE + timedelta(minutes=i), audio_received_latency_ms=latency_ms)
        for i in range(minutes)
    ]
    person = Person(user_id="1670000007", user_name="Ann Example")
    return json.dumps(Encoder(style=style).participant(person, rows)).encode()


def test_every_published_body_twice_changes_nothing(world: World) -> None:
    first = world.read(DATA)
    counts = world.counts()
    again = world.read(DATA)
    assert first.rows["samples"] > 10
    assert sum(again.rows.values()) == 0
    assert (again.completed, world.counts()) == ([], counts)
    assert again.dead == first.dead == world.inbox.counts().dead > 0


def test_saved_answer_is_in_the_lake_as_it_said(world: World) -> None:
    world.read(DATA / f"{ANSWER}.json")
    said = decode_participant(saved(ANSWER)).to_polars()
    kept = world.lake.samples(UUID)
    own = {"session_uuid", "collected_at"}
    columns = [name for name in said.columns if name not in own]
    assert kept.select(columns).sort(columns).equals(said.select(columns).sort(columns))
    assert set(kept["origin"]) == {"import"}
    assert world.lake.minutes(UUID)["final"].all()


@pytest.mark.parametrize("style", get_args(Style))
def test_every_string_style_gives_the_same(world: World, style: Style) -> None:
    world.read(world.write("a.json", answer(126, style=style)))
    assert world.lake.minutes(UUID)["audio_received_latency_ms"].to_list() == [126]


def test_roles_come_from_participants_lists(world: World) -> None:
    world.read(DATA / "webinars_participants.json", DATA / f"{ANSWER}.json")
    people = world.lake.participants(UUID)
    assert {"host", "attendee"} <= set(people["role"].drop_nulls())
    calls = [json.loads(text)["audio_call"] for text in people["other"].drop_nulls()]
    assert calls[0][0]["call_type"] == "call-in"


def test_details_name_the_session(world: World) -> None:
    details = json.loads(saved("webinars_get"))
    world.read(
        DATA / "webinars_get.json", DATA / f"{ANSWER}.json", session=details["uuid"]
    )
    found = world.lake.sessions().row(0, named=True)
    assert found["topic"] == details["topic"]
    assert found["session_number"] == str(details["id"])
    assert found["state"] == "complete"
    typed = {"uuid", "id", "topic", "host", "email", "dept", "start_time", "end_time"}
    assert json.loads(found["other"]).items() >= {
        (k, v) for k, v in details.items() if k not in typed and k.startswith("has_")
    }


def test_list_pages_are_a_census_and_answers_are_not(world: World) -> None:
    world.read(DATA / "webinars_participants_qos.json", DATA / f"{ANSWER}.json")
    assert set(world.lake.samples(UUID)["picked"]) == {"census", "targeted"}


def zipped(text: bytes) -> bytes:
    return gzip.compress(text)


FORMS: list[tuple[str, Callable[[list[bytes]], bytes]]] = [
    ("lines.ndjson", b"\n".join),
    ("lines.jsonl.gz", lambda bodies: zipped(b"\n\n".join(bodies) + b"\n")),
    ("array.json", lambda bodies: b"[" + b",\n".join(bodies) + b"]"),
    ("windows.json", lambda bodies: b"\r\n".join(bodies).decode().encode("utf-16")),
    ("mark.json", lambda bodies: b"\xef\xbb\xbf" + b"\n".join(bodies)),
    (
        "signed.ndjson",
        lambda bodies: b"\n".join(
            json.dumps({"headers": {"x": "y"}, "body": body.decode()}).encode()
            for body in bodies
        ),
    ),
]


@pytest.mark.parametrize(("name", "made"), FORMS, ids=[name for name, _ in FORMS])
def test_files_of_many_bodies(
    world: World, name: str, made: Callable[[list[bytes]], bytes]
) -> None:
    bodies = [event(str(i)) for i in range(3)]
    path = world.write(name, made(bodies))
    assert list(read_bodies(path)) == bodies
    assert world.read(world.folder).bodies == 3
    assert world.lake.samples(UUID)["participant"].to_list() == ["0", "1", "2"]


def test_document_over_many_lines_may_be_gzipped(world: World) -> None:
    pretty = json.dumps(json.loads(saved(ANSWER)), indent=2).encode()
    path = world.write("pretty.json.gz", zipped(pretty))
    assert list(read_bodies(path)) == [pretty]


def test_broken_line_costs_no_other(world: World) -> None:
    path = world.write("some.ndjson", b'{"event":', event("1"), b"no", event("2"))
    report = world.read(path)
    assert (report.bodies, report.dead) == (4, 2)
    assert world.lake.samples(UUID)["participant"].to_list() == ["1", "2"]


def test_cut_gzip_is_told_and_what_came_before_is_kept(world: World) -> None:
    lines = [event(str(i)) for i in range(2000)]
    whole = zipped(b"\n".join(lines))
    path = world.write("cut.ndjson.gz", whole[: len(whole) // 2])
    report = world.read(path)
    assert "broken gzip" in report.notes[-1]
    assert 0 < world.lake.samples(UUID).height < 2000


def test_missing_path_and_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        find_files([tmp_path / "a.json"])
    with pytest.raises(UsageError, match="no file ends in"):
        find_files([tmp_path])


def test_body_that_names_no_session_is_left_out(world: World) -> None:
    report = world.read(world.write("a.json", answer(126)), session="")
    assert (report.nameless, report.dead) == (1, 0)
    assert world.inbox.counts().dead == 0


def test_event_keeps_its_own_session(world: World) -> None:
    world.read(world.write("a.json", event()), session="other==")
    assert set(world.lake.sessions()["session_uuid"]) == {UUID}


def test_answer_that_was_revised_adds_what_is_new(world: World) -> None:
    old, new = world.write("b.json", answer(126)), world.write("a.json", answer(140))
    os.utime(old, (1_000_000_000, 1_000_000_000))
    for _ in range(2):
        world.read(world.folder)
    assert world.lake.samples(UUID).height == 2
    assert world.lake.minutes(UUID)["audio_received_latency_ms"].to_list() == [140]
    assert new.exists()


def test_import_that_was_cut_short_is_finished_by_the_next(world: World) -> None:
    path = world.write("a.json", answer(126, minutes=2))

    class DyingWriter(LakeWriter):
        def complete(self, *_: object, **__: object) -> int:
            raise KeyboardInterrupt

    writer, world.writer = world.writer, DyingWriter(world.lake.store)
    with pytest.raises(KeyboardInterrupt):
        world.read(path)
    world.writer = writer
    report = world.read(path)
    assert (report.rows["samples"], report.completed) == (0, [UUID])
    assert world.lake.minutes(UUID).height == 2


def test_session_that_is_live_is_not_completed(world: World) -> None:
    live = Session(kind="webinar", uuid=UUID, number="1", start_at=BEGIN)
    frame: Any = sessions_frame([(live, "live")], now=world.clock.now())
    world.writer.append({"sessions": frame}, now=world.clock.now())
    report = world.read(world.write("a.json", answer(126)))
    assert (report.live, report.completed) == ([UUID], [])
    assert world.lake.samples(UUID).height == 1


def test_dead_letters_are_tried_again(world: World) -> None:
    answered = Letter(body=answer(126), source="answer")
    world.inbox.bury(answered, "no session was known", now=world.clock.now())
    world.inbox.bury(Letter(body=event("2")), "a bug, since mended", now=0.0)
    world.inbox.bury(Letter(body=b"{"), "no JSON", now=0.0)
    report = world.importer().try_again()
    assert (report.bodies, report.dead) == (3, 1)
    assert world.inbox.counts().dead == 1
    kept = world.lake.scan("samples").select("participant", "origin").collect()
    assert set(kept.rows()) == {("1670000007", "import"), ("2", "qss")}


def test_running_server_takes_the_dead_letters(world: World) -> None:
    world.inbox.bury(Letter(body=event()), "why", now=0.0)
    folder = world.inbox.path.parent
    with held(folder, what="backrow serve", now=0.0, name=LOCK_NAME):
        report = world.importer().try_again()
    assert report.handed_over == 1
    assert (world.inbox.counts().dead, world.inbox.counts().waiting) == (0, 1)


def test_values_that_cannot_be_read_are_told(world: World) -> None:
    body = answer(126, minutes=2).replace(b"126 ms", b"about 126", 1)
    path = world.write("a.json", body)
    report = world.read(path)
    assert (report.unreadable, report.dead) == (1, 0)
    assert "about 126" in report.notes[0]


def test_values_that_cannot_be_read_are_kept_as_they_came_once(world: World) -> None:
    body = answer(126, minutes=2).replace(b"126 ms", b"about 126", 1)
    path = world.write("a.json", body)
    for _ in range(2):
        world.read(path)
    (kept,) = world.lake.scan("unreadable").collect().to_dicts()
    assert kept["path"] == "$.user_qos[0].audio_output.latency"
    assert (kept["text"], kept["origin"]) == ("about 126", "import")
    assert (kept["session_uuid"], kept["participant"]) == (UUID, "1670000007")
    latency = world.lake.minutes(UUID)["audio_received_latency_ms"].to_list()
    assert latency == [126]  # the other minute measured nothing else


def test_two_sessions_in_one_import(world: World) -> None:
    path = world.write("a.ndjson", event(uuid="a=="), event(uuid="b=="))
    assert world.read(path).completed == ["a==", "b=="]
    minutes = world.lake.scan("minutes").select(pl.col("session_uuid").sort()).collect()
    assert minutes["session_uuid"].to_list() == ["a==", "b=="]
