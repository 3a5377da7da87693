"""The day's count on disk: shared, private, and never in the way."""

import logging
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backrow.errors import RateLimitError
from backrow.zoom.ledger import FILE_NAME, Ledger
from backrow.zoom.limits import Told
from tests.zoom.fakes import NOON

API = "https://api.zoom.us/v2"
CHARGE = """
import sys
from pathlib import Path
from backrow.zoom.ledger import Ledger
ledger = Ledger(
    folder=Path(sys.argv[1]), api_url="https://api.zoom.us/v2", account="a", plan="pro"
)
now = float(sys.argv[2])
for _ in range(100):
    while not (grant := ledger.reserve("heavy", now)).booked:
        now += grant.wait_s
ledger.close()
"""


def ledger(folder: Path | None, *, api: str = API, account: str | None = "a") -> Ledger:
    return Ledger(folder=folder, api_url=api, account=account, plan="pro")


def charge(one: Ledger, times: int) -> None:
    now = NOON
    for _ in range(times):
        while not (grant := one.reserve("heavy", now)).booked:
            now += grant.wait_s


def used(one: Ledger) -> int:
    found = one.budget(NOON).used_today
    one.close()
    return found


def test_count_outlives_the_client(tmp_path: Path) -> None:
    first = ledger(tmp_path)
    first.reserve("heavy", NOON)
    first.close()
    assert used(ledger(tmp_path)) == 1


def test_clients_of_one_account_share_the_pace(tmp_path: Path) -> None:
    first, second = ledger(tmp_path), ledger(tmp_path)
    first.reserve("heavy", NOON)
    assert second.reserve("heavy", NOON).wait_s == pytest.approx(0.125)
    first.close()
    second.close()


def test_hosts_and_accounts_are_counted_apart(tmp_path: Path) -> None:
    mine = ledger(tmp_path)
    mine.reserve("heavy", NOON)
    assert used(ledger(tmp_path, account="b")) == 0
    assert used(ledger(tmp_path, api="http://127.0.0.1:8000/v2")) == 0
    assert used(ledger(tmp_path, account=None)) == 0
    assert used(mine) == 1


def test_processes_count_together(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CHARGE, str(tmp_path), str(NOON)]
    running = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait() for process in running] == [0, 0]
    assert used(ledger(tmp_path)) == 200


def test_second_ledger_of_a_process_leaves_the_first_its_file(tmp_path: Path) -> None:
    collector, meter = ledger(tmp_path), ledger(tmp_path)
    charge(collector, 1)
    assert used(meter) == 1
    command = [sys.executable, "-c", CHARGE, str(tmp_path), str(NOON)]
    assert subprocess.run(command, check=False).returncode == 0
    assert (tmp_path / f"{FILE_NAME}-wal").exists()  # the first still works with it
    charge(collector, 1)
    assert used(ledger(tmp_path)) == 102


def test_threads_count_together(tmp_path: Path) -> None:
    mine = ledger(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: charge(mine, 25), range(8)))
    assert used(mine) == 200


def test_folder_and_file_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "backrow"
    used(ledger(folder))
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / FILE_NAME)]
    assert modes == [0o700, 0o600]


def test_nothing_is_opened_before_the_first_use(tmp_path: Path) -> None:
    ledger(tmp_path / "state").close()
    assert not (tmp_path / "state").exists()


def test_used_up_day_is_told_and_kept(tmp_path: Path) -> None:
    mine = ledger(tmp_path)
    mine.learn("heavy", Told(refused=True, period="day"), NOON)
    with pytest.raises(RateLimitError):
        mine.reserve("heavy", NOON)
    mine.close()
    other = ledger(tmp_path)
    assert other.budget(NOON).left_today == 0
    assert other.budget(NOON).shared
    other.close()


@pytest.mark.parametrize("content", [b"not a database at all" * 99, None])
def test_unusable_file_is_told_once_and_counted_in_memory(
    tmp_path: Path, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(content) if content else path.mkdir()
    mine = ledger(tmp_path)
    with caplog.at_level(logging.WARNING, "backrow"):
        mine.reserve("heavy", NOON)
        mine.reserve("heavy", NOON)
    assert used(mine) == 2
    assert not mine.is_shared
    assert [record.message for record in caplog.records] == [caplog.messages[0]]
    assert "in memory only" in caplog.messages[0]


def test_folder_that_cannot_be_made_is_survived(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    mine = ledger(tmp_path / "file" / "state")
    mine.reserve("heavy", NOON)
    assert used(mine) == 1


def test_count_goes_on_from_disk_when_the_disk_fails(tmp_path: Path) -> None:
    mine = ledger(tmp_path)
    mine.reserve("heavy", NOON)
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        db.execute("DROP TABLE budget")
    db.close()
    mine.reserve("heavy", NOON)
    assert used(mine) == 2


def test_entry_that_is_broken_is_begun_anew(tmp_path: Path) -> None:
    mine = ledger(tmp_path)
    mine.reserve("heavy", NOON)
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        db.execute("""UPDATE budget SET state = '{"day": "never"}'""")
    db.close()
    assert used(mine) == 0


def test_memory_is_enough_where_no_folder_is_given() -> None:
    mine = ledger(None)
    mine.reserve("heavy", NOON)
    assert used(mine) == 1
    assert not mine.is_shared
