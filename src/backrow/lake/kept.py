"""Reading the lake: sessions, minutes, people, findings, as Polars frames.

::

    lake = open_lake()
    lake.sessions()
    lake.minutes("latest")

A session is named by its uuid, by its number (the latest occurrence is meant) or as
``latest``. Observations are laid over each other here: of `sessions`,
`participants` and `findings` a reader gets one row a thing, with the newest value
of each column.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from backrow.errors import NothingFoundError
from backrow.lake.store.place import Place
from backrow.lake.store.reading import Store, equal
from backrow.lake.tables import TABLES, TableName
from backrow.settings import find_file, load

Query = Callable[[pl.LazyFrame], pl.LazyFrame]
LATEST: Final = "latest"
_PERSON_FROM: Final = ("registrant_id", "participant_user_id", "email", "none")
"""From the person key that lasts longest to none at all."""
WITHDRAWN: Final = "withdrawn"
"""The state of a finding that was told live and that hindsight does not bear out."""
CLASSES: Final = ("good", "fair", "poor", "bad", "unclassified")


def open_lake(
    url: str | os.PathLike[str] | None = None,
    *,
    storage_options: Mapping[str, str] | None = None,
) -> Lake:
    """Return the lake at `url`; nothing is read before it is asked.

    Args:
        url: A folder, or an s3://, gs:// or abfss:// URL; by default what
            BACKROW_LAKE or backrow.toml says, or the user's data folder.
        storage_options: Of the object store, as deltalake takes them; by default
            they come from the environment.

    Raises:
        SettingsError: The settings that name the lake are malformed.
        StorageError: deltalake cannot work in a folder of that name.
    """
    if url is None:
        url = load({}, os.environ, find_file()).lake
    return Lake(Store(Place.parse(url, storage_options)))


class Lake:
    """The lake at one place, for reading."""

    def __init__(self, store: Store) -> None:
        """Read nothing yet."""
        self.store = store

    @property
    def url(self) -> str:
        """Where it is."""
        return self.store.place.url

    def sessions(self) -> pl.DataFrame:
        """Return a row a session, the latest first.

        Raises:
            NothingFoundError: There is no lake.
            LakeError: It cannot be read.
        """
        self.store.require()
        return self.store.read(
            "sessions", lambda rows: latest_sessions(rows).drop("changed_at")
        )

    def session(self, name: str) -> str:
        """Return the uuid of the session that `name` means.

        Args:
            name: A uuid, a number (spaces and dashes allowed; the latest occurrence
                is meant) or ``latest``.

        Raises:
            NothingFoundError: The lake holds no such session.
        """
        known = self.sessions()
        if name == LATEST:
            found = known
        else:
            found = known.filter(pl.col("session_uuid") == name)
        if found.is_empty() and _is_number(name):
            number = name.replace(" ", "").replace("-", "")
            found = known.filter(pl.col("session_number") == number)
        if found.is_empty():
            what = "no session yet" if name == LATEST else f"no session {name!r:.80}"
            raise NothingFoundError(what, place=self.url)
        return str(found["session_uuid"][0])

    def minutes(self, session: str, participant: str | None = None) -> pl.DataFrame:
        """Return a session's minutes, a row a participant and minute.

        Args:
            session: As for `session`.
            participant: Zoom's user_id; by default everyone's minutes.

        Raises:
            NothingFoundError: The lake holds no such session.
        """
        return self._of("minutes", session, _sorted("minutes"), participant)

    def samples(self, session: str, participant: str | None = None) -> pl.DataFrame:
        """Return the evidence behind `minutes`, in the columns of samples.

        Raises:
            NothingFoundError: The lake holds no such session.
        """
        return self._of("samples", session, _sorted("samples"), participant)

    def roster(self, session: str) -> pl.DataFrame:
        """Return who was there in each sweep, with Zoom's words.

        Raises:
            NothingFoundError: The lake holds no such session.
        """
        return self._of("roster", session, _sorted("roster"))

    def summaries(self, session: str) -> pl.DataFrame:
        """Return least, average and most over stays, a row a stream.

        Raises:
            NothingFoundError: The lake holds no such session.
        """
        return self._of("summaries", session, _sorted("summaries"))

    def participants(self, session: str) -> pl.DataFrame:
        """Return a row a stay, with the newest value of each column.

        Raises:
            NothingFoundError: The lake holds no such session.
        """
        return self._of(
            "participants",
            session,
            lambda rows: latest_participants(rows).drop("changed_at"),
        )

    def findings(self, session: str) -> pl.DataFrame:
        """Return the newest row of each finding, in the order in which they began.

        Findings that hindsight has withdrawn are left out.

        Raises:
            NothingFoundError: The lake holds no such session.
        """
        return self._of("findings", session, holding_findings)

    def overview(self, session: str) -> pl.DataFrame:
        """Return a row a minute: how many were measured, their classes, their means.

        Raises:
            NothingFoundError: The lake holds no such session.
        """
        return self._of("minutes", session, overview_of)

    def scan(self, table: TableName) -> pl.LazyFrame:
        """Return a table as it is kept, lazily: every observation, `changed_at` too.

        Raises:
            NothingFoundError: There is no lake.
            LakeError: It cannot be read.
        """
        self.store.require()
        return self.store.scan(table)

    def _of(
        self,
        table: TableName,
        session: str,
        query: Query,
        participant: str | None = None,
    ) -> pl.DataFrame:
        self.store.require()
        if session != LATEST and not _is_number(session):
            # Most ask by uuid, and rows are proof enough that the session is there.
            found = self._rows(table, session, query, participant)
            if not found.is_empty():
                return found
        return self._rows(table, self.session(session), query, participant)

    def _rows(
        self,
        table: TableName,
        session_uuid: str,
        query: Query,
        participant: str | None,
    ) -> pl.DataFrame:
        wanted = {"session_uuid": session_uuid}
        if participant is not None:
            wanted["participant"] = participant
        matching = [pl.col(name) == value for name, value in wanted.items()]
        return self.store.read(
            table, lambda rows: query(rows.filter(*matching)), where=equal(**wanted)
        )


def _sorted(table: TableName) -> Query:
    key = TABLES[table].key
    return lambda rows: rows.sort(*key, maintain_order=True).drop("changed_at")


def _is_number(session: str) -> bool:
    return session.replace(" ", "").replace("-", "").isdecimal()


def overview_of(minutes: pl.LazyFrame) -> pl.LazyFrame:
    """Return a row a minute of the room; minutes without a class are unclassified."""
    judged = pl.col("class").fill_null("unclassified")
    received = "audio_received_{}"
    means = [
        pl.col(received.format(what)).mean()
        for what in ("latency_ms", "jitter_ms", "avg_loss_pct")
    ]
    return (
        minutes.group_by("minute")
        .agg(
            pl.len().alias("measured"),
            pl.col("final").all(),
            *((judged == word).sum().alias(word) for word in CLASSES),
            *means,
        )
        .sort("minute")
    )


def latest_sessions(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return a row a session, the latest first; `changed_at` is the newest."""
    return _newest(rows, key=["session_uuid"]).sort(
        "start_at", "session_uuid", descending=[True, False], nulls_last=True
    )


def latest_participants(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return a row a stay, with its best person key; `changed_at` is the newest."""
    ranks = {name: rank for rank, name in enumerate(_PERSON_FROM)}
    ranked = pl.col("person_from").replace_strict(
        ranks, default=len(ranks), return_dtype=pl.Int8
    )
    best = [pl.col(name).sort_by(ranked).first() for name in ("person", "person_from")]
    key = ["session_uuid", "participant"]
    return _newest(rows, key=key, instead=best).sort(key)


def latest_findings(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return the newest row of each finding, in the order in which they began."""
    return (
        rows.sort("changed_at", maintain_order=True)
        .unique(["session_uuid", "id"], keep="last", maintain_order=True)
        .sort("session_uuid", "begin_at", "id")
    )


def holding_findings(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return the newest row of each finding that was not withdrawn."""
    newest = latest_findings(rows).filter(pl.col("state") != WITHDRAWN)
    return newest.drop("changed_at")


LATEST_OF: Final[Mapping[TableName, Query]] = {
    "sessions": latest_sessions,
    "participants": latest_participants,
    "findings": latest_findings,
}
"""How the tables of observations are laid over each other."""


def _newest(
    rows: pl.LazyFrame, *, key: list[str], instead: list[pl.Expr] | None = None
) -> pl.LazyFrame:
    """Return a row a key: of each column the newest value that tells something.

    Null is what an observation does not tell; an empty text is what Zoom keeps to
    itself, and holds only where nothing else was ever told.
    """
    special = {expr.meta.output_name() for expr in instead or []}
    schema = rows.collect_schema()
    told = []
    for name, kind in schema.items():
        if name in {*key, *special}:
            continue
        value = pl.col(name).drop_nulls()
        if kind == pl.String():
            full = value.filter(value != "")
            value = pl.coalesce(full.last(), value.last())
            told.append(value.alias(name))
        else:
            told.append(value.last())
    return (
        rows.sort("changed_at", maintain_order=True)
        .group_by(key, maintain_order=True)
        .agg(*told, *(instead or []))
        .select(list(schema))
    )
