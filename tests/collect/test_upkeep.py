"""The upkeep: every hour, by one at a time, whatever came of the last."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import anyio
import pytest

from backrow.collect.intake.upkeep import LOCK_NAME, keep_tidy
from backrow.collect.lock import held
from backrow.errors import LakeError, StorageError
from backrow.lake.inbox import Inbox
from backrow.lake.keep import TIDY_FIRST_S, TIDY_S, LakeWriter
from backrow.lake.store.place import Place
from backrow.lake.store.reading import Store
from backrow.web.testing import HandClock


class Writer(LakeWriter):
    """Notes when it is asked to make few files of many; cannot, at first."""

    def __init__(self, folder: Path, clock: HandClock, *, failures: int = 0) -> None:
        super().__init__(Store(Place.parse(folder / "lake")))
        self.clock, self.failures = clock, failures
        self.asked_at: list[float] = []

    def maintain(self) -> None:
        self.asked_at.append(self.clock.now())
        if len(self.asked_at) <= self.failures:
            raise StorageError("cannot write", place="here")


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    one = Inbox(tmp_path / "state")
    yield one
    one.close()


async def tidied(writer: Writer, inbox: Inbox, *, until_s: float) -> list[LakeError]:
    """Let it go on for so long, and return the failures that were told."""
    told: list[LakeError] = []
    keep = partial(keep_tidy, keep_days=None, clock=writer.clock, failed=told.append)
    async with anyio.create_task_group() as group:
        group.start_soon(keep, writer, inbox)
        await writer.clock.asleep(until_s)
        group.cancel_scope.cancel()
    return told


@pytest.mark.anyio
async def test_failure_is_told_and_tried_again_an_hour_later(
    inbox: Inbox, tmp_path: Path
) -> None:
    writer = Writer(tmp_path, HandClock(0.0), failures=1)
    told = await tidied(writer, inbox, until_s=TIDY_FIRST_S + 1.5 * TIDY_S)
    assert [str(error) for error in told] == ["cannot write - in here"]
    first, second = writer.asked_at
    assert first >= TIDY_FIRST_S
    assert second - first >= TIDY_S


@pytest.mark.anyio
async def test_lake_is_looked_after_by_one_at_a_time(
    inbox: Inbox, tmp_path: Path
) -> None:
    writer = Writer(tmp_path, HandClock(0.0))
    with held(tmp_path / "state", what="another", now=0.0, name=LOCK_NAME):
        assert await tidied(writer, inbox, until_s=TIDY_S) == []
    assert writer.asked_at == []
    assert await tidied(writer, inbox, until_s=TIDY_S) == []
    assert len(writer.asked_at) == 1
