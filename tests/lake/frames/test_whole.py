"""A session as diagnosis reads it, whole or in parts, final or not."""

from pathlib import Path

import polars as pl
import pytest

from backrow.errors import NothingFoundError
from backrow.judge.judging import Judge
from backrow.lake.frames import Naming, session_frames
from backrow.qos.sites import read_sites
from tests.judge import offices
from tests.judge.offices import COUNT, LENGTH, UUID, ended, lake, seconds


def test_parts_ascend_and_make_up_the_whole(tmp_path: Path) -> None:
    ended(tmp_path)
    parts = list(session_frames(lake(tmp_path), UUID, part_rows=800).parts())
    assert len(parts) == 4
    edges = [(part["minute"].min(), part["minute"].max()) for part in parts]
    assert edges == sorted(edges)
    whole = session_frames(lake(tmp_path), UUID).minutes()
    assert (
        pl.concat(parts)
        .sort("participant", "minute")
        .equals(whole.sort("participant", "minute"))
    )
    assert whole.height == (COUNT - 1) * LENGTH


def test_final_minutes_are_those_resolved_of_samples(tmp_path: Path) -> None:
    writer = ended(tmp_path)
    before = session_frames(lake(tmp_path), UUID)
    Judge().complete(writer, UUID, now=seconds(99))
    after = session_frames(lake(tmp_path), "latest")
    assert (before.is_final, after.is_final) == (False, True)
    key = ["participant", "minute"]
    assert before.minutes().sort(key).equals(after.minutes().sort(key))


def test_people_who_share_an_address_are_a_network(tmp_path: Path) -> None:
    ended(tmp_path)
    people = session_frames(lake(tmp_path), UUID).people
    networks = dict(people["network"].value_counts().iter_rows())
    assert networks == {"198.51.100.7": 20, "203.0.113.0/24": 60}
    assert people["site"].unique().to_list() == [""]


def test_lists_of_offices_name_people(tmp_path: Path) -> None:
    ended(tmp_path)
    naming = Naming(sites=read_sites(offices.SITES, name="sites.toml"))
    people = session_frames(lake(tmp_path), UUID, naming=naming).people
    assert dict(people["site"].value_counts().iter_rows()) == {
        "Lyon office": 20,
        "": 60,
    }


def test_session_without_a_row_has_an_empty_part(tmp_path: Path) -> None:
    offices.announced(tmp_path)
    frames = session_frames(lake(tmp_path), UUID)
    (part,) = frames.parts()
    assert (part.height, frames.roster, len(frames.people)) == (0, None, COUNT)


def test_unknown_session_is_not_found(tmp_path: Path) -> None:
    offices.announced(tmp_path)
    with pytest.raises(NothingFoundError):
        session_frames(lake(tmp_path), "another")
