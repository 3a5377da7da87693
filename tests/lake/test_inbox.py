"""The inbox: durable, exactly once, and silent about the forgotten."""

import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from backrow.errors import LakeError, StorageError
from backrow.lake.inbox import FILE_NAME, KEEP_S, SEEN_S, Inbox, Letter
from backrow.lake.inbox.box import STEP
from backrow.lake.inbox.seen import Seen
from tests.lake.world import NOW


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    one = Inbox(tmp_path)
    yield one
    one.close()


def letters(*bodies: str) -> list[Letter]:
    return [Letter(body=body.encode()) for body in bodies]


def bodies(inbox: Inbox) -> list[str]:
    taken = inbox.take()
    return [] if taken is None else [event.body.decode() for event in taken.events]


def finish(inbox: Inbox, *, now: float = NOW) -> None:
    taken = inbox.take()
    assert taken is not None
    inbox.finish(taken, now=now)


def expire(inbox: Inbox, *, now: float) -> None:
    while inbox.expire(now=now):
        pass


def everything_of(inbox: Inbox, table: str) -> list[Any]:
    with closing(sqlite3.connect(inbox.path)) as beside:
        return beside.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - ours


def test_events_come_out_in_order(inbox: Inbox) -> None:
    inbox.put(letters("a", "b"), now=NOW)
    inbox.put(letters("c"), now=NOW)
    assert bodies(inbox) == ["a", "b", "c"]


def test_empty_inbox_has_no_batch(inbox: Inbox) -> None:
    assert inbox.take() is None


def test_batch_stays_the_same_until_it_is_finished(inbox: Inbox) -> None:
    inbox.put(letters("a"), now=NOW)
    first = inbox.take()
    inbox.put(letters("b"), now=NOW)
    assert inbox.take() == first
    finish(inbox)
    assert bodies(inbox) == ["b"]


def test_batches_count_up(inbox: Inbox) -> None:
    numbers = []
    for body in "abc":
        inbox.put(letters(body), now=NOW)
        taken = inbox.take()
        assert taken is not None
        numbers.append(taken.batch.number)
        inbox.finish(taken, now=NOW)
        expire(inbox, now=NOW + SEEN_S)
    assert numbers == [1, 2, 3]
    assert everything_of(inbox, "batches") == []


def test_batch_survives_a_new_start(tmp_path: Path) -> None:
    first = Inbox(tmp_path)
    first.put(letters("a"), now=NOW)
    taken = first.take()
    first.close()
    second = Inbox(tmp_path)
    assert (second.id, second.take()) == (first.id, taken)
    second.close()


def test_batch_has_a_limit(inbox: Inbox) -> None:
    inbox.put(letters("a", "b", "c"), now=NOW)
    taken = inbox.take(limit=2)
    assert taken is not None
    assert len(taken.events) == 2


def test_body_that_was_seen_is_not_taken_again(inbox: Inbox) -> None:
    inbox.put(letters("a"), now=NOW)
    finish(inbox)
    expire(inbox, now=NOW + 85 * 60)
    inbox.put(letters("a", "b", "b"), now=NOW + 85 * 60)
    taken = inbox.take()
    assert taken is not None
    assert ([one.body for one in taken.events], taken.repeated) == ([b"b"], 2)
    assert len(taken) == 3


@pytest.mark.parametrize("restarted", [False, True])
def test_batch_that_is_taken_again_leaves_out_the_same(
    inbox: Inbox, *, restarted: bool
) -> None:
    inbox.put(letters("a", "b"), now=NOW)
    finish(inbox)
    inbox.put(letters("b", "c", "c"), now=NOW)
    first = inbox.take()
    again = Inbox(inbox.path.parent) if restarted else inbox
    assert again.take() == first
    assert bodies(again) == ["c"]
    again.close()


def test_batch_may_be_all_repeated(inbox: Inbox) -> None:
    inbox.put(letters("a"), now=NOW)
    finish(inbox)
    inbox.put(letters("a"), now=NOW)
    finish(inbox)
    assert inbox.take() is None
    assert inbox.counts().waiting == 0


def test_body_is_remembered_for_hours_not_for_ever(inbox: Inbox) -> None:
    inbox.put(letters("a"), now=NOW)
    finish(inbox)
    later = NOW + SEEN_S + 3600
    expire(inbox, now=later)
    inbox.put(letters("b"), now=later)
    finish(inbox, now=later)
    inbox.put(letters("a"), now=later)
    assert bodies(inbox) == ["a"]


@given(
    st.lists(st.lists(st.integers(0, 30), max_size=20), max_size=30),
    st.sets(st.integers(0, 29)),
)
def test_memory_knows_what_came_before(
    batches: list[list[int]], restarts: set[int]
) -> None:
    said, known = Seen(), list[tuple[int, float, bytes]]()
    before: set[int] = set()
    for i, batch in enumerate(batches):
        digests = np.array(batch, np.uint64)
        fresh = digests[said.is_new(digests)]
        assert fresh.tolist() == [
            one for one in dict.fromkeys(batch) if one not in before
        ]
        known.append((i, NOW + i, fresh.tobytes()))
        said.learn(*known[-1])
        before |= set(batch)
        if i in restarts:
            said = Seen()
            for one in known:
                said.learn(*one)
    assert len(said) == len(before)


def test_file_does_not_grow_with_the_hours(inbox: Inbox) -> None:
    sizes = []
    for i in range(60):
        now = NOW + i * 600
        inbox.put(letters(*(f"{i}-{n}-" + "x" * 1_000 for n in range(100))), now=now)
        inbox.put(letters(f"{i}"), now=now + 20)
        finish(inbox, now=now + 30)
        sizes.append(inbox.path.stat().st_size)
    assert sizes[-1] <= max(sizes[:20])


def test_old_events_go_a_few_at_a_time(inbox: Inbox) -> None:
    inbox.put(letters(*map(str, range(2 * STEP + 1))), now=NOW)
    finish(inbox)
    left = []
    while inbox.expire(now=NOW + KEEP_S):
        left.append(len(everything_of(inbox, "events")))
    assert left == [STEP + 1, 1, 0]
    assert everything_of(inbox, "batches") != []


def test_events_go_as_others_come(inbox: Inbox) -> None:
    inbox.put(letters("a", "b"), now=NOW)
    finish(inbox)
    inbox.put(letters("c"), now=NOW + KEEP_S)
    assert len(everything_of(inbox, "events")) == 1


def test_events_are_forgotten_an_hour_after(inbox: Inbox) -> None:
    inbox.put(letters("secret a"), now=NOW)
    finish(inbox)
    expire(inbox, now=NOW + KEEP_S - 1)
    assert b"secret a" in everything(inbox)
    expire(inbox, now=NOW + KEEP_S)
    assert inbox.forget(lambda body: b"secret" in body) == 0


def test_event_that_cannot_be_read_becomes_a_dead_letter(inbox: Inbox) -> None:
    inbox.put([Letter(body=b"{", source="event", context="{}")], now=NOW)
    taken = inbox.take()
    assert taken is not None
    inbox.finish(taken, now=NOW + 1, dead=[(taken.events[0].id, "no JSON")])
    (dead,) = inbox.dead_letters()
    assert (dead.body, dead.reason, dead.received_s) == (b"{", "no JSON", NOW)
    assert (inbox.counts().dead, inbox.counts().waiting) == (1, 0)


def test_dead_letters_are_replayed(inbox: Inbox) -> None:
    inbox.bury(Letter(body=b"a", source="answer", context="{}"), "why", now=NOW)
    assert inbox.replay() == 1
    taken = inbox.take()
    assert taken is not None
    assert (taken.events[0].body, taken.events[0].source) == (b"a", "answer")
    assert inbox.dead_letters() == []


def test_dead_letter_is_replayed_although_it_was_seen(inbox: Inbox) -> None:
    inbox.put(letters("{"), now=NOW)
    taken = inbox.take()
    assert taken is not None
    inbox.finish(taken, now=NOW, dead=[(taken.events[0].id, "no JSON")])
    inbox.put(letters("{"), now=NOW)
    inbox.replay()
    again = inbox.take()
    assert again is not None
    assert ([one.body for one in again.events], again.repeated) == ([b"{"], 1)


def test_counts_tell_the_oldest_that_waits(inbox: Inbox) -> None:
    inbox.put(letters("a"), now=NOW)
    inbox.put(letters("b"), now=NOW + 5)
    assert (inbox.counts().waiting, inbox.counts().oldest_waiting_at) == (2, NOW)


def everything(inbox: Inbox) -> bytes:
    paths = inbox.path.parent.glob(f"{FILE_NAME}*")
    return b"".join(path.read_bytes() for path in paths)


def test_forgotten_bytes_leave_the_file(inbox: Inbox) -> None:
    inbox.put(letters("about ann@example.com", "about bob"), now=NOW)
    inbox.bury(Letter(body=b"ann@example.com too"), "why", now=NOW)
    assert b"ann@example.com" in everything(inbox)
    assert inbox.forget(lambda body: b"ann@" in body) == 2
    assert b"ann@example.com" not in everything(inbox)
    assert bodies(inbox) == ["about bob"]


def test_old_dead_letters_are_pruned(inbox: Inbox) -> None:
    inbox.bury(Letter(body=b"old"), "why", now=NOW)
    inbox.bury(Letter(body=b"new"), "why", now=NOW + 10)
    assert inbox.prune(before_s=NOW + 5) == 1
    assert [dead.body for dead in inbox.dead_letters()] == [b"new"]


def test_threads_put_side_by_side(inbox: Inbox) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: inbox.put(letters(str(i)), now=NOW), range(40)))
    assert sorted(map(int, bodies(inbox))) == list(range(40))


def test_events_are_on_disk_when_put_returns(inbox: Inbox) -> None:
    inbox.put(letters("a"), now=NOW)
    beside = sqlite3.connect(inbox.path)
    assert beside.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert beside.execute("SELECT body FROM events").fetchall() == [(b"a",)]
    beside.close()
    assert inbox._db.execute("PRAGMA synchronous").fetchone() == (2,)  # noqa: SLF001 - FULL


def test_full_disk_keeps_nothing_and_says_so(inbox: Inbox) -> None:
    inbox.put(letters("a"), now=NOW)
    (pages,) = inbox._db.execute("PRAGMA page_count").fetchone()  # noqa: SLF001 - the disk
    inbox._db.execute(f"PRAGMA max_page_count = {pages}")  # noqa: SLF001 - is full
    with pytest.raises(StorageError, match="cannot keep events: the disk is full"):
        inbox.put(letters("b", "x" * 100_000), now=NOW)
    inbox._db.execute("PRAGMA max_page_count = 100000")  # noqa: SLF001 - it has room
    inbox.put(letters("b"), now=NOW)
    assert bodies(inbox) == ["a", "b"]


def test_file_that_is_no_inbox_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 100)
    with pytest.raises(LakeError, match="cannot open the inbox: damaged"):
        Inbox(tmp_path)


def test_inbox_of_another_version_is_refused(inbox: Inbox) -> None:
    with closing(sqlite3.connect(inbox.path)) as beside:
        beside.execute("PRAGMA user_version = 7")
    with pytest.raises(LakeError, match="of version 1, found version 7"):
        Inbox(inbox.path.parent)


def test_inbox_is_private(inbox: Inbox) -> None:
    assert stat.S_IMODE(inbox.path.stat().st_mode) == 0o600
