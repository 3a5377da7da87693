"""Writing the lake: appending, settling live minutes, completing a session.

While a session is live its samples are appended in batches, and its settled minutes
with `final` false. Completion then, in this order, resolves all minutes anew, with
what diagnosis says of each, and replaces the session's rows in one commit; appends
the findings that are new; sorts its samples, roster and participants, so that one
participant's hour lies in one place; and notes the state `complete`. Whatever is cut
short is done again from the start by completing again, which is also what happens
when events come late.

Sessions of any size are completed a slice of participants at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from backrow.lake.kept import latest_participants
from backrow.lake.resolve import KEY, resolve, without_repeats
from backrow.lake.store.commits import Batch, Commits
from backrow.lake.store.privacy import Privacy
from backrow.lake.store.reading import Store, equal, literal
from backrow.lake.store.rows import instant, shaped
from backrow.lake.tables import JUDGED, TABLES, TableName, schema_of

if TYPE_CHECKING:
    from deltalake import DeltaTable

BATCH_ROWS: Final = 50_000
"""Rows that are worth a commit at once."""
BATCH_S: Final = 5.0
"""How long rows may wait for company, seconds."""
TIDY_FIRST_S: Final = 300.0
TIDY_S: Final = 3600.0
"""When whoever writes is to call `LakeWriter.maintain`: soon at first, then hourly."""
SLICE_ROWS: Final = 250_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What diagnosis says of a session."""

    minutes: pl.DataFrame
    """``participant``, ``minute`` and the columns `JUDGED`."""
    findings: pl.DataFrame
    """Rows of findings that the lake lacks."""
    people: pl.DataFrame
    """``participant``, ``network`` and ``site``; null where it is not known."""


@dataclass(slots=True)
class Pending:
    """Rows that wait to be written together."""

    rows: dict[TableName, list[pl.DataFrame]] = field(default_factory=dict)
    since_s: float | None = None
    """When the first of them came, unix seconds; None if there are none."""

    def add(self, name: TableName, rows: pl.DataFrame, *, now: float) -> None:
        """Add rows of a table."""
        if rows.is_empty():
            return
        self.rows.setdefault(name, []).append(rows)
        self.since_s = now if self.since_s is None else self.since_s

    def is_due(self, *, now: float) -> bool:
        """Return whether there are enough, or they have waited long enough."""
        if self.since_s is None:
            return False
        count = sum(frame.height for frames in self.rows.values() for frame in frames)
        return count >= BATCH_ROWS or now - self.since_s >= BATCH_S

    def take(self) -> dict[TableName, pl.DataFrame]:
        """Return all of them, and hold none."""
        taken = {name: pl.concat(frames) for name, frames in self.rows.items()}
        self.rows, self.since_s = {}, None
        return taken


class LakeWriter:
    """Writes to one lake; safe to use from several threads and processes."""

    def __init__(
        self,
        store: Store,
        *,
        commits: Commits | None = None,
        privacy: Privacy | None = None,
        slice_rows: int = SLICE_ROWS,
    ) -> None:
        """Write nothing yet.

        Args:
            store: The lake's tables.
            commits: How they are written; by default with the locks of the folder.
            privacy: What of people is written; by default all of it.
            slice_rows: About how many rows of a session are in memory at a time.
        """
        self.store = store
        self.commits = commits or Commits(store)
        self.privacy = privacy or Privacy()
        self._slice_rows = slice_rows

    def append(
        self,
        rows: Mapping[TableName, pl.DataFrame],
        *,
        now: float,
        batch: Batch | None = None,
    ) -> dict[TableName, int]:
        """Append rows to tables, and return how many each got.

        Args:
            rows: Frames by table, with any of its columns.
            now: Unix seconds; becomes `changed_at`.
            batch: The inbox's batch that they come from: each table takes it once.

        Raises:
            LakeError: A table is not ours, or of another version.
            StorageError: The lake cannot be written.
        """
        written: dict[TableName, int] = {}
        for name, frame in rows.items():
            whole = self.privacy.kept(name, shaped(name, frame, now=now))
            done = not whole.is_empty() and self.commits.append(
                name, whole, batch=batch
            )
            written[name] = whole.height if done else 0
        return written

    def settle(self, minutes: pl.DataFrame, *, now: float) -> int:
        """Append a live session's resolved minutes, and return how many were new.

        A minute that is there already is left as it is, so that a collector that was
        killed may settle again what it is not sure of.

        Args:
            minutes: Rows of minutes, of one session.
            now: Unix seconds.

        Raises:
            LakeError: As for `append`.
        """
        if minutes.is_empty():
            return 0
        whole = shaped("minutes", minutes, now=now)
        session = str(whole["session_uuid"][0])
        begin, end = whole["minute"].min(), whole["minute"].max()

        def unknown(handle: DeltaTable) -> pl.DataFrame:
            where = equal(session_uuid=session)
            known = (
                self.store.scan("minutes", where=where, at=handle)
                .filter(
                    pl.col("session_uuid") == session,
                    pl.col("minute").is_between(begin, end),
                )
                .select(KEY)
                .collect()
            )
            return whole.join(known, on=KEY, how="anti")

        return self.commits.append_unless("minutes", unknown)

    def complete(
        self, session_uuid: str, *, now: float, judged: Judged | None = None
    ) -> int:
        """Make a session's minutes anew, sort its rows, and call it complete.

        Args:
            session_uuid: Which session.
            now: Unix seconds.
            judged: What diagnosis says of it; None leaves that blank.

        Returns:
            How many minutes it has.

        Raises:
            LakeError: As for `append`.
        """
        people = None if judged is None else judged.people
        count = self.rewrite_minutes(session_uuid, now=now, judged=judged)
        if judged is not None:
            self.append({"findings": judged.findings}, now=now)
        self._tidy("samples", session_uuid, without_repeats)
        self._tidy("roster", session_uuid, _sorted("roster"))
        self._tidy("participants", session_uuid, partial(_one_row_a_stay, people))
        done = {"session_uuid": [session_uuid], "state": ["complete"]}
        self.append({"sessions": pl.DataFrame(done)}, now=now)
        for name in ("minutes", "samples", "roster", "participants", "sessions"):
            self.commits.compact(name)
        return count

    def rewrite_minutes(
        self, session_uuid: str, *, now: float, judged: Judged | None = None
    ) -> int:
        """Resolve a session's minutes anew, in one commit; return how many it has.

        A minute that comes out as it was keeps its `changed_at`.

        Args:
            session_uuid: Which session.
            now: Unix seconds.
            judged: What diagnosis says of its minutes; None leaves that blank.

        Raises:
            LakeError: As for `append`.
        """
        where = equal(session_uuid=session_uuid)
        made = {"rows": 0}
        said = None if judged is None else judged.minutes.sort("participant")

        def resolved(before: DeltaTable) -> Any:
            # The table of minutes is open already: whoever changes it from here on,
            # be it another completion or one that forgets, makes this start again.
            made["rows"] = 0
            samples = self.store.open("samples")
            # Nothing may be opened while the stream is read, which deltalake does on
            # a thread of its own; what is collected then is Polars' alone.
            slices = [
                (
                    self._slice("samples", session_uuid, people, samples),
                    self._slice("minutes", session_uuid, people, before),
                    None if said is None else _of_people(said, people),
                )
                for people in self._slices("samples", session_uuid, samples)
            ]
            if not slices:
                return pl.DataFrame(schema=schema_of(TABLES["minutes"]))
            return _stream(
                _resolved(new, old, words, now, made) for new, old, words in slices
            )

        self._note_vanished(session_uuid, now)
        self.commits.replace("minutes", where, resolved)
        return made["rows"]

    def overdue(self, *, since: float) -> list[str]:
        """Return sessions with samples that came after they were completed.

        Args:
            since: Unix seconds; older samples are not looked at.

        Raises:
            LakeError: A table cannot be read.
        """
        begin = instant(since)
        late = self.store.read(
            "samples",
            lambda rows: (
                rows.filter(pl.col("changed_at") >= begin)
                .group_by("session_uuid")
                .agg(pl.col("changed_at").max().alias("came_at"))
            ),
            where=f"changed_at >= {literal(begin)}",
        )
        states = self.store.read(
            "sessions",
            lambda rows: (
                rows.filter(pl.col("state").is_not_null())
                .sort("changed_at", maintain_order=True)
                .group_by("session_uuid")
                .agg(pl.col("state", "changed_at").last())
            ),
        )
        found = late.join(states, on="session_uuid").filter(
            pl.col("state") == "complete", pl.col("came_at") > pl.col("changed_at")
        )
        return sorted(found["session_uuid"])

    def maintain(self) -> None:
        """Make few files of many, and remove those that nobody needs any more.

        Raises:
            LakeError: As for `append`.
        """
        for name in TABLES:
            self.commits.compact(name)
            self.commits.vacuum(name)

    def _slices(
        self, name: TableName, session_uuid: str, handle: DeltaTable | None
    ) -> Iterator[tuple[str, str]]:
        """Yield ranges of participants, ends included, for `slice_rows` each."""
        if handle is None:
            return
        where = equal(session_uuid=session_uuid)
        counts = (
            self.store.scan(name, where=where, at=handle)
            .filter(pl.col("session_uuid") == session_uuid)
            .group_by("participant")
            .len()
            .sort("participant")
            .collect()
        )
        first: str | None = None
        total = 0
        for participant, count in counts.iter_rows():
            first = participant if first is None else first
            total += count
            if total >= self._slice_rows:
                yield first, participant
                first, total = None, 0
        if first is not None:
            yield first, str(counts["participant"][-1])

    def _slice(
        self,
        name: TableName,
        session_uuid: str,
        people: tuple[str, str],
        handle: DeltaTable | None,
    ) -> pl.LazyFrame:
        """Return the rows of some people in a session, lazily."""
        if handle is None:
            return pl.LazyFrame(schema=schema_of(TABLES[name]))
        first, last = people
        where = (
            f"{equal(session_uuid=session_uuid)} AND participant >= {literal(first)} "
            f"AND participant <= {literal(last)}"
        )
        return self.store.scan(name, where=where, at=handle).filter(
            pl.col("session_uuid") == session_uuid,
            pl.col("participant").is_between(pl.lit(first), pl.lit(last)),
        )

    def _note_vanished(self, session_uuid: str, now: float) -> None:
        """Note as deleted the minutes of which no sample is left."""
        where = equal(session_uuid=session_uuid)

        def keys(rows: pl.LazyFrame) -> pl.LazyFrame:
            ours = rows.filter(pl.col("session_uuid") == session_uuid)
            return ours.select(KEY).unique()

        old = self.store.read("minutes", keys, where=where)
        new = self.store.read("samples", keys, where=where)
        gone = old.join(new, on=KEY, how="anti")
        if not gone.is_empty():
            noted = gone.with_columns(
                table=pl.lit("minutes"), reason=pl.lit("resolved")
            )
            self.append({"deletions": noted}, now=now)

    def _tidy(
        self,
        name: TableName,
        session_uuid: str,
        tidied: Callable[[pl.DataFrame], pl.DataFrame],
    ) -> None:
        """Replace a session's rows by the same in better order, in one commit."""

        def rows(handle: DeltaTable) -> Any:
            slices = [
                self._slice(name, session_uuid, people, handle)
                for people in self._slices(name, session_uuid, handle)
            ]
            if not slices:
                return pl.DataFrame(schema=schema_of(TABLES[name]))
            return _stream(tidied(one.collect()) for one in slices)

        if self.store.open(name) is not None:
            self.commits.replace(name, equal(session_uuid=session_uuid), rows)


def _sorted(name: TableName) -> Callable[[pl.DataFrame], pl.DataFrame]:
    return lambda rows: rows.sort(TABLES[name].order)


def _one_row_a_stay(names: pl.DataFrame | None, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the newest of each stay, with the names of networks if they are given."""
    newest = latest_participants(rows.lazy()).collect()
    if names is None:
        return newest
    known = newest.join(
        names, on="participant", how="left", suffix="_now", maintain_order="left"
    )
    return known.with_columns(
        pl.coalesce(f"{name}_now", name).alias(name) for name in ("network", "site")
    ).select(newest.columns)


def _of_people(judged: pl.DataFrame, people: tuple[str, str]) -> pl.LazyFrame:
    """Return what is said of some people, lazily."""
    first, last = people
    ours = pl.col("participant").is_between(pl.lit(first), pl.lit(last))
    return judged.lazy().filter(ours)


def _resolved(
    samples: pl.LazyFrame,
    old: pl.LazyFrame,
    judged: pl.LazyFrame | None,
    now: float,
    made: dict[str, int],
) -> pl.DataFrame:
    """Return the minutes of one slice, counting them in `made`."""
    new = shaped("minutes", resolve(samples.collect(), final=True), now=now)
    if judged is not None:
        new = with_judgement(new, judged.collect())
    made["rows"] += new.height
    return _with_old_changes(new, old.collect())


def with_judgement(minutes: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """Return rows of minutes with what diagnosis says of them.

    Args:
        minutes: All columns of the minutes table.
        judged: ``participant``, ``minute`` and the columns `JUDGED`.
    """
    words = judged.select("participant", "minute", *JUDGED)
    joined = minutes.drop(JUDGED).join(
        words, on=["participant", "minute"], how="left", maintain_order="left"
    )
    return joined.select(minutes.columns)


def _with_old_changes(new: pl.DataFrame, old: pl.DataFrame) -> pl.DataFrame:
    """Return `new` with the `changed_at` of old rows that say the same.

    Only final rows can: `final` itself is new in a session completed for the first
    time.
    """
    final = old.filter("final").unique(KEY, keep="last")
    if final.is_empty():
        return new
    beside = new.join(final, on=KEY, how="left", suffix="_old", maintain_order="left")
    compared = [n for n in new.columns if n not in {*KEY, "changed_at"}]
    is_same = pl.all_horizontal(
        pl.col(name).eq_missing(pl.col(f"{name}_old")) for name in compared
    )
    changed = pl.when(is_same).then("changed_at_old").otherwise("changed_at")
    return new.with_columns(beside.select(changed_at=changed).to_series())


def _stream(frames: Iterator[pl.DataFrame]) -> Any:
    """Return frames as one Arrow stream that is made while it is read."""
    from arro3.core import RecordBatchReader  # noqa: PLC0415 - comes with deltalake

    first = next(frames)

    def batches() -> Iterator[Any]:
        yield from _batches(first)
        for frame in frames:
            yield from _batches(frame)

    schema = RecordBatchReader.from_arrow(first).schema
    return RecordBatchReader.from_batches(schema, batches())


def _batches(frame: pl.DataFrame) -> Iterator[Any]:
    from arro3.core import RecordBatchReader  # noqa: PLC0415 - comes with deltalake

    yield from RecordBatchReader.from_arrow(frame)
