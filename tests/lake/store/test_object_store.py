"""A lake in an object store: S3 as moto plays it, in a process of its own.

Google's and Azure's stores are reached through the same library and are not tried
here.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import polars as pl
import pytest

from backrow.errors import NothingFoundError, StorageError
from backrow.lake.export import changed
from backrow.lake.forget import forget
from backrow.lake.keep import LakeWriter
from backrow.lake.kept import Lake, open_lake
from backrow.lake.store.rows import participants_frame, sessions_frame
from backrow.qos.people import Person
from tests.lake.world import (
    ANN,
    BOB,
    EMAIL,
    KEY,
    NOW,
    OCCURRENCE,
    UUID,
    hour,
    session,
)

pytestmark = pytest.mark.slow
URL = "s3://backrow-test/lakes/one"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """Run an S3 with an empty bucket, and give its address."""
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    found = (re.search(r"http://127\.0\.0\.1:\d+", line) for line in process.stderr)
    url = next(one[0] for one in found if one)
    # It logs each request, and would stand still at a full pipe.
    drain = threading.Thread(target=deque, args=(process.stderr, 0))
    drain.start()
    yield url
    process.terminate()
    drain.join()
    process.stderr.close()
    process.wait()


@pytest.fixture
def lake(s3: str) -> Lake:
    """Give a lake in an empty bucket."""
    httpx2.post(f"{s3}/moto-api/reset").raise_for_status()
    httpx2.put(f"{s3}/backrow-test").raise_for_status()
    return lake_at(s3)


def lake_at(s3: str) -> Lake:
    options = {
        "AWS_ENDPOINT_URL": s3,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "a key",
        "AWS_SECRET_ACCESS_KEY": "a secret",
        "AWS_REGION": "eu-central-1",
    }
    return open_lake(URL, storage_options=options)


def test_session_is_kept_completed_and_read(lake: Lake) -> None:
    one = LakeWriter(lake.store)
    told = sessions_frame([(session(), "live")], now=NOW)
    one.append({"sessions": told, "samples": hour(ANN, BOB)}, now=NOW)
    one.append({"samples": hour(ANN)}, now=NOW)
    assert one.complete(UUID, now=NOW + 1) == 6
    assert lake.minutes("latest", ANN).height == 3
    assert lake.sessions()["state"].to_list() == ["complete"]
    assert changed(lake, "minutes", since=NOW).height == 6
    one.maintain()
    assert lake.minutes(UUID).height == 6


def test_writers_that_race_lose_and_double_nothing(s3: str, lake: Lake) -> None:
    def run(name: str) -> None:
        one = LakeWriter(lake_at(s3).store)
        for number in range(5):
            one.append({"samples": hour(f"{name}{number}")}, now=NOW)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(run, "abc"))
    people_here = lake.store.read("samples", lambda rows: rows)["participant"]
    assert sorted(people_here.unique()) == [f"{n}{i}" for n in "abc" for i in range(5)]
    assert people_here.len() == 45


def test_forgotten_person_goes_from_what_is_read(lake: Lake) -> None:
    one = LakeWriter(lake.store)
    ann = Person(user_id=ANN, user_name="Ann Example", email=EMAIL)
    told = participants_frame([(OCCURRENCE, ann)], key=KEY, now=NOW)
    one.append({"samples": hour(ANN, BOB), "participants": told}, now=NOW)
    one.complete(UUID, now=NOW)
    erased = forget(lake.store, EMAIL, now=NOW + 60)
    assert erased.rows["samples"] == 3
    assert set(lake.samples(UUID)["participant"]) == {BOB}
    with pytest.raises(NothingFoundError):
        forget(lake.store, EMAIL, now=NOW + 61)


def test_other_readers_see_the_same(lake: Lake) -> None:
    LakeWriter(lake.store).append({"samples": hour(ANN)}, now=NOW)
    place = lake.store.place
    rows = pl.scan_delta(place.of_table("samples"), storage_options=dict(place.options))
    assert rows.collect().height == 3


def test_bucket_that_is_not_there_is_told(s3: str, lake: Lake) -> None:
    httpx2.delete(f"{s3}/backrow-test").raise_for_status()
    with pytest.raises(StorageError, match="cannot"):
        LakeWriter(lake.store).append({"samples": hour(ANN)}, now=NOW)
