"""Writers side by side, an eraser alone."""

import threading
from pathlib import Path

from backrow.lake.store.locks import WriterLocks


def test_writers_share(tmp_path: Path) -> None:
    with WriterLocks(tmp_path).shared(), WriterLocks(tmp_path).shared():
        pass


def test_eraser_waits_for_writers_and_keeps_later_ones_out(tmp_path: Path) -> None:
    order: list[str] = []
    first_is_in, eraser_asked = threading.Event(), threading.Event()
    may_end = threading.Event()

    def write_first() -> None:
        with WriterLocks(tmp_path).shared():
            first_is_in.set()
            may_end.wait()
            order.append("first writer")

    def erase() -> None:
        first_is_in.wait()
        eraser_asked.set()
        with WriterLocks(tmp_path).alone():
            order.append("eraser")

    threads = [threading.Thread(target=run) for run in (write_first, erase)]
    for thread in threads:
        thread.start()
    eraser_asked.wait()
    may_end.set()
    for thread in threads:
        thread.join()
    assert order == ["first writer", "eraser"]


def test_object_store_has_no_locks() -> None:
    locks = WriterLocks(None)
    assert not locks.can_exclude
    with locks.alone(), locks.shared():
        pass
