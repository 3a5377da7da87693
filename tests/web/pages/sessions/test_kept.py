"""Sessions as the lake keeps them, and beside those of this process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import polars as pl
import pytest

from backrow.clock import Clock
from backrow.diagnose.hindsight import diagnose
from backrow.diagnose.verdict.story import story_of
from backrow.diagnose.verdict.summary import trouble_of
from backrow.errors import NothingFoundError
from backrow.lake.keep import LakeWriter
from backrow.lake.kept import Lake, open_lake
from backrow.lake.store.rows import findings_frame, shaped
from backrow.web.pages.sessions.both import BothSessions
from backrow.web.pages.sessions.filled import LiveSessions
from backrow.web.pages.sessions.kept import LakeSessions
from backrow.web.pages.sessions.source import Listed
from backrow.web.pages.views.person import person_page
from tests.web.pages.frames import at, finding, look
from tests.web.pages.lakes import keep, samples_of, source_of
from tests.web.pages.rooms import Room

pytestmark = pytest.mark.slow


@cache
def room() -> Room:
    return Room.town_hall(60)


@cache
def complete() -> Lake:
    """Return a lake with a complete session; tests only read it."""
    return keep(room(), Path(mkdtemp(prefix="backrow-test-")))


def test_complete_session_is_read_as_it_was_judged() -> None:
    source = source_of(complete())
    snapshot = source.snapshot(room().uuid)
    lake = complete().minutes(room().uuid)
    assert snapshot.occurrence.state == "complete"
    assert snapshot.minutes.height == lake.height
    counts = lake["class"].value_counts().sort("class").rows()
    assert snapshot.minutes["class"].value_counts().sort("class").rows() == counts
    hit = snapshot.minutes.filter("bad")
    assert hit["cause"].null_count() == 0
    assert set(hit["worst_medium"]) <= {"audio", "video", "share"}
    assert source.snapshot(room().uuid) is snapshot


def test_minutes_with_trouble_are_those_of_the_diagnosis() -> None:
    frames = [frame for _, frame in room().minutes()]
    found = diagnose(pl.concat(frames), room().people)
    kept = source_of(complete()).snapshot(room().uuid).minutes
    assert kept.filter("bad").height < kept["cause"].count()  # some have the stage's
    key = ["participant", "bad_minutes", "minutes"]
    told, known = (trouble_of(m).select(key) for m in (kept, found.minutes))
    assert told.rows() == known.rows()
    hit = told.row(0)[0]
    page = person_page(
        source_of(complete()).snapshot(room().uuid),
        hit,
        source_of(complete()).minutes_of(room().uuid, hit),
        look(90),
        facts={},
    )
    assert page is not None
    assert page["headline"] in story_of(found, hit).sentence


def test_person_of_the_lake_has_metrics_and_facts() -> None:
    source = source_of(complete())
    person = room().people.row(5, named=True)
    own = source.minutes_of(room().uuid, person["participant"])
    assert own["audio_received_jitter_ms"].count() > 0
    assert own["score"].count() > 0
    facts = source.facts_of(room().uuid, person["participant"])
    assert facts["microphone"] == person["microphone"]
    assert source.facts_of(room().uuid, "nobody") == {}


def filled(source: LakeSessions) -> Listed:
    """Return the first session of a list with its figures."""
    while source._list.fill_in_one():  # noqa: SLF001 - what the task does in a thread
        pass
    return source.listed()[0]


def test_list_is_there_at_once_and_filled_in_later() -> None:
    source = source_of(complete())
    before = source.listed()[0]
    assert (before.people, before.good_share) == (room().people.height, None)
    after = filled(source)
    assert after.good_share is not None
    assert after.measured is not None


def test_figures_are_made_anew_when_a_session_is_complete(tmp_path: Path) -> None:
    lake = keep(room(), tmp_path)
    writer, source = LakeWriter(lake.store), source_of(lake)

    def tell(minute: int, **facts: object) -> None:
        row = {"session_uuid": [room().uuid], **{k: [v] for k, v in facts.items()}}
        now = at(minute).timestamp()
        writer.append({"sessions": pl.DataFrame(row)}, now=now)

    tell(90, state="live")
    tell(91, end_at=at(60))
    live = filled(source)
    tell(91, state="complete")  # of the same instant as its end
    whole = filled(source)
    assert (live.occurrence.state, whole.occurrence.state) == ("live", "complete")
    assert whole == filled(source_of(lake))
    assert whole.measured != live.measured


@pytest.mark.parametrize("name", ["another", ""])
def test_unknown_session_is_not_found(name: str) -> None:
    source = source_of(complete())
    with pytest.raises(NothingFoundError):
        source.snapshot(name)


def test_no_lake_is_no_session(tmp_path: Path) -> None:
    source = source_of(open_lake(tmp_path / "none"))
    assert source.listed() == []
    with pytest.raises(NothingFoundError):
        source.version("u")


def test_live_session_of_another_process_goes_on(tmp_path: Path) -> None:
    lake = keep(room(), tmp_path, minutes=15)
    source = source_of(lake)
    before = source.snapshot(room().uuid)
    assert before.occurrence.state == "live"
    assert before.newest_minute == at(14)
    assert before.minutes["score"].count() > 0  # nobody judged it: it is here
    assert source.snapshot(room().uuid) is before
    told = [finding(begin=at(12)).to_dict()]
    now = at(15).timestamp()
    frame = findings_frame(room().uuid, told, now=now)
    LakeWriter(lake.store).append({"findings": frame}, now=now)
    after = source.snapshot(room().uuid)
    assert after.version != before.version
    assert after.seating == before.seating
    assert [one.id for one in after.findings] == ["f1"]


def test_minutes_that_are_not_settled_are_shown_too(tmp_path: Path) -> None:
    lake = keep(room(), tmp_path, minutes=15, unsettled=4)
    source = source_of(lake)
    snapshot = source.snapshot(room().uuid)
    assert snapshot.newest_minute == at(14)
    assert snapshot.minutes["minute"].n_unique() == 15
    assert not snapshot.minutes.select("participant", "minute").is_duplicated().any()
    who = str(room().people["participant"][0])
    own = source.minutes_of(room().uuid, who)
    assert own["minute"].n_unique() == own.height == 15
    assert own["score"].null_count() == 0
    now = at(15).timestamp()
    later = samples_of(room(), minutes=16).filter(pl.col("minute") == at(15))
    rows = shaped("samples", later, now=now)
    LakeWriter(lake.store).append({"samples": rows}, now=now)
    assert source.snapshot(room().uuid).newest_minute == at(15)


def test_session_that_is_pushed_alone_is_shown_while_it_runs(tmp_path: Path) -> None:
    source = source_of(lake := keep(room(), tmp_path, minutes=14, unsettled=14))
    assert source.snapshot(room().uuid).minutes["minute"].n_unique() == 14
    now = at(16).timestamp()
    later = samples_of(room(), minutes=16).filter(pl.col("minute") > at(13))
    rows = shaped("samples", later, now=now)
    LakeWriter(lake.store).append({"samples": rows}, now=now)
    minutes = source.snapshot(room().uuid).minutes
    assert minutes["minute"].n_unique() == 16
    assert not minutes.select("participant", "minute").is_duplicated().any()


def test_lake_is_not_looked_at_all_the_time(tmp_path: Path) -> None:
    lake = keep(room(), tmp_path, minutes=3)
    source = LakeSessions(lake, clock=Clock(start_s=0, speed=1e-9), poll_s=5)
    before = source.snapshot(room().uuid)
    keep(room(), tmp_path, minutes=5)
    assert source.snapshot(room().uuid) is before


def test_what_is_not_in_memory_comes_from_the_lake(tmp_path: Path) -> None:
    kept = source_of(keep(room(), tmp_path, minutes=10))
    live, played = LiveSessions(), Room(room().world, room().uuid)
    both = BothSessions(live, kept)
    assert both.snapshot(played.uuid).newest_minute == at(9)
    later = LiveSessions()
    for minute in played.play(later):
        if minute == at(12):
            break
    rows = later.minutes_of(played.uuid, str(played.people["participant"][0]))
    wide = rows.filter(rows["minute"] >= at(8))
    live.fill(played.occurrence(), played.known_at(at(12)), wide)
    snapshot = both.snapshot(played.uuid)
    assert snapshot.minutes["minute"].n_unique() == 13
    assert both.version(played.uuid) == snapshot.version == live.version(played.uuid)
    own = both.minutes_of(played.uuid, str(played.people["participant"][0]))
    assert own["minute"].n_unique() == own.height == 13
    assert len(both.listed()) == 1
    live.forget(played.uuid)
    assert both.snapshot(played.uuid).newest_minute == at(9)
