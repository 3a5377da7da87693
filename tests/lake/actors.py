"""What the processes of the racing tests do: ``python -m tests.lake.actors ROLE …``.

A place is a folder, or a file:// URL that is taken for an object store, in which
there are no locks.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import duckdb
import polars as pl

from backrow.errors import NothingFoundError
from backrow.lake.forget import forget
from backrow.lake.keep import LakeWriter
from backrow.lake.store.commits import Batch
from backrow.lake.store.place import Place
from backrow.lake.store.reading import Store
from backrow.lake.store.rows import Occurrence, participants_frame
from backrow.qos.people import Person
from tests.lake.world import KEY, NOW, UUID, hour

BATCHES: Final = 25
PEOPLE: Final = 4
MINUTES: Final = 3
FORGOTTEN: Final = 3
_ROUNDS: Final = 6


def store_at(place: str) -> Store:
    if place.startswith("file://"):
        return Store(Place(url=place, folder=None))
    return Store(Place.parse(place))


def batch_of(name: str, number: int) -> pl.DataFrame:
    people = [f"{name}-{number}-{i}" for i in range(PEOPLE)]
    return hour(*people, minutes=MINUTES)


def append(place: str, name: str) -> None:
    """Append batches, each as if it had been killed just after: twice."""
    one = LakeWriter(store_at(place))
    for number in range(1, BATCHES + 1):
        rows = batch_of(name, number)
        for _ in range(2):
            one.append({"samples": rows}, now=NOW, batch=Batch(name, number))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


def compact(place: str) -> None:
    one = LakeWriter(store_at(place))
    for _ in range(_ROUNDS):
        one.maintain()


def complete(place: str) -> None:
    one = LakeWriter(store_at(place))
    for i in range(_ROUNDS):
        one.complete(UUID, now=NOW + i)


def invite(place: str) -> None:
    """Put people in who will be forgotten."""
    one = LakeWriter(store_at(place))
    occurrence = Occurrence(session_uuid=UUID, session_number="1")
    for i in range(FORGOTTEN):
        person = Person(user_id=f"gone-{i}", email=f"gone{i}@example.com")
        told = participants_frame([(occurrence, person)], key=KEY, now=NOW)
        rows = {"samples": hour(f"gone-{i}"), "participants": told}
        one.append(rows, now=NOW)  # type: ignore[arg-type] # tables' names


def forget_all(place: str) -> None:
    """Forget them; who is forgotten already, by one that was killed, is unknown."""
    for i in range(FORGOTTEN):
        with suppress(NothingFoundError):
            forget(store_at(place), f"gone{i}@example.com", now=NOW)


def read(place: str, name: str) -> None:
    """Read over and over until all batches are there; none may be there in part."""
    seen = 0
    while seen < BATCHES:
        for count in (_by_polars(place), _by_duckdb(place)):
            whole, part = divmod(count, PEOPLE * MINUTES)
            if part or whole < seen:
                raise SystemExit(f"{name} saw {count} rows after {seen} batches")
            seen = whole
        sys.stdout.write(f"{seen}\n")
        sys.stdout.flush()


def _by_polars(place: str) -> int:
    rows = pl.scan_delta(f"{place}/samples").select(pl.len()).collect()
    return int(rows.item())


def _by_duckdb(place: str) -> int:
    handle = store_at(place).open("samples")
    if handle is None:
        raise NothingFoundError("no samples", place=place)
    dataset = handle.to_pyarrow_dataset()
    with duckdb.connect() as db:
        db.register("samples", dataset)
        found = db.execute("SELECT count(*), count(DISTINCT participant) FROM samples")
        rows, people = found.fetchall()[0]
    if rows != people * MINUTES:
        raise SystemExit(f"{rows} rows of {people} people")
    return int(rows)


ROLES: Final[dict[str, Callable[..., None]]] = {
    "append": append,
    "compact": compact,
    "complete": complete,
    "invite": invite,
    "forget": forget_all,
    "read": read,
}

if __name__ == "__main__":
    ROLES[sys.argv[1]](*sys.argv[2:])
