"""The inbox: durable, exactly once, and silent about the forgotten."""

import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backrow.errors import LakeError, StorageError
from backrow.lake.inbox import FILE_NAME, KEEP_S, Inbox, Letter
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
    inbox.finish(taken.batch, now=now)


def test_events_come_out_in_order(inbox: Inbox) -> None:
    assert inbox.put(letters("a", "b"), now=NOW) == 2
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
        inbox.finish(taken.batch, now=NOW)
        inbox.expire(now=NOW + KEEP_S)
    assert numbers == [1, 2, 3]


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
    inbox.expire(now=NOW + 85 * 60)
    assert inbox.put(letters("a", "b", "b"), now=NOW + 85 * 60) == 1
    assert bodies(inbox) == ["b"]


def test_body_is_remembered_for_hours_not_for_ever(inbox: Inbox) -> None:
    inbox.put(letters("a"), now=NOW)
    inbox.expire(now=NOW + 4 * 3600)
    assert inbox.put(letters("a"), now=NOW + 4 * 3600) == 1


def test_events_are_forgotten_an_hour_after(inbox: Inbox) -> None:
    inbox.put(letters("secret a"), now=NOW)
    finish(inbox)
    inbox.expire(now=NOW + KEEP_S - 1)
    assert b"secret a" in everything(inbox)
    inbox.expire(now=NOW + KEEP_S)
    assert inbox.forget(lambda body: b"secret" in body) == 0


def test_event_that_cannot_be_read_becomes_a_dead_letter(inbox: Inbox) -> None:
    inbox.put([Letter(body=b"{", source="event", context="{}")], now=NOW)
    taken = inbox.take()
    assert taken is not None
    inbox.finish(taken.batch, now=NOW + 1, dead=[(taken.events[0].id, "no JSON")])
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


def test_counts_tell_the_oldest_that_waits(inbox: Inbox) -> None:
    inbox.put(letters("a"), now=NOW)
    inbox.put(letters("b"), now=NOW + 5)
    assert (inbox.counts().waiting, inbox.counts().oldest_waiting_s) == (2, NOW)


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
        done = pool.map(lambda i: inbox.put(letters(str(i)), now=NOW), range(40))
        assert sum(done) == 40
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
    assert inbox.put(letters("b"), now=NOW) == 1
    assert bodies(inbox) == ["a", "b"]


def test_file_that_is_no_inbox_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 100)
    with pytest.raises(LakeError, match="cannot open the inbox: damaged"):
        Inbox(tmp_path)


def test_inbox_is_private(inbox: Inbox) -> None:
    assert stat.S_IMODE(inbox.path.stat().st_mode) == 0o600
