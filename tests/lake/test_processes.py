"""Real processes on one lake: racing, reading along, and killed at any moment."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from backrow.lake.keep import LakeWriter
from backrow.lake.store.reading import Store
from tests.lake.actors import BATCHES, FORGOTTEN, MINUTES, PEOPLE, invite, store_at
from tests.lake.test_forget import holders
from tests.lake.world import NOW, UUID

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
GONE = [f"gone{i}@example.com" for i in range(FORGOTTEN)]


def start(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.lake.actors", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(processes: Sequence[subprocess.Popen[str]]) -> None:
    ends = [(one.communicate(timeout=300)[1], one.returncode) for one in processes]
    assert [end for end in ends if end[1]] == [], [e[0][-600:] for e in ends]


def samples_of(store: Store) -> pl.DataFrame:
    return store.read("samples", lambda rows: rows)


def assert_whole(store: Store, *appenders: str) -> None:
    """Nothing is missing, nothing is twice, and minutes say what samples say."""
    LakeWriter(store).complete(UUID, now=NOW + 99)
    rows = samples_of(store)
    key = ["participant", "minute"]
    expected = {
        f"{name}-{number}-{i}"
        for name in appenders
        for number in range(1, BATCHES + 1)
        for i in range(PEOPLE)
    }
    assert set(rows["participant"]) == expected
    assert rows.height == len(expected) * MINUTES == rows.select(key).n_unique()
    minutes = store.read("minutes", lambda found: found)
    assert minutes.select(key).sort(key).equals(rows.select(key).sort(key))
    assert minutes["final"].all()


@pytest.mark.parametrize("kind", ["folder", "object store"])
def test_everyone_at_once_loses_and_doubles_nothing(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "lake"
    place = str(folder) if kind == "folder" else folder.as_uri()
    invite(place)
    finished(
        [
            start("append", place, "a"),
            start("append", place, "b"),
            start("compact", place),
            start("complete", place),
            start("forget", place),
        ]
    )
    assert_whole(store_at(place), "a", "b")
    if kind == "folder":
        assert holders(tmp_path, *GONE) == []


def test_others_read_while_one_writes(tmp_path: Path) -> None:
    place = str(tmp_path / "lake")
    store = store_at(place)
    writer = start("append", place, "a")
    assert writer.stdout is not None
    assert writer.stdout.readline() == "1\n"
    finished([start("read", place, "r"), start("compact", place), writer])
    assert samples_of(store).height == BATCHES * PEOPLE * MINUTES


@pytest.mark.parametrize("seed", range(2))
def test_killed_at_any_moment_and_started_again(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    place = str(tmp_path / "lake")
    invite(place)
    for role in ("append", "complete", "compact", "append", "complete", "forget"):
        words = (role, place, "a") if role == "append" else (role, place)
        victim = start(*words)
        witness = start("append", place, f"w{seed}")
        assert witness.stdout is not None
        for _ in range(rng.randrange(1, BATCHES)):
            witness.stdout.readline()
        victim.kill()
        witness.kill()
        victim.communicate()
        witness.communicate()
    finished([start("append", place, "a"), start("append", place, f"w{seed}")])
    finished([start("forget", place)])
    assert_whole(store_at(place), "a", f"w{seed}")
    assert holders(tmp_path, *GONE) == []
