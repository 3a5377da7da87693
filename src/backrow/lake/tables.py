"""The tables of the lake: TABLES says what each holds, in which columns and order.

Everything else is read from it: the Delta and Polars schemas, the order in which
rows are written, the columns whose ranges go into the log, SQL and exports.

**Evidence and results.** `samples`, `summaries` and `roster` are what came, one row
an observation, and are only ever appended to (completion sorts them and drops rows
that repeat the one before). `minutes` is made from samples (`backrow.lake.resolve`)
and is what outside readers use. `sessions`, `participants` and `findings` are
observations of which readers take the newest, column by column; a None says that
this observation did not tell.

**changed_at** stands in every table: when the row was written, on Backrow's clock.
`deletions` holds what was taken away since. Both together are what
``backrow export --since`` is made from.

**unreadable** keeps the text of values that could not be read, and where they stood;
in the other tables they are null.

**Upgrades.** `SCHEMA_VERSION` is kept in each Delta table's configuration. Columns
may be added; a change of a column's type or meaning needs a new table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from backrow.qos.people import PERSON_FIELDS, FieldType
from backrow.qos.sample import COLUMNS, METRIC_COLUMNS, Type
from backrow.qos.summary import SUMMARY_COLUMNS

if TYPE_CHECKING:
    import polars as pl

SCHEMA_VERSION: Final = 2
"""Raised when a column is added; older lakes get the column on the next write."""

TableName = Literal[
    "samples",
    "minutes",
    "roster",
    "participants",
    "sessions",
    "summaries",
    "findings",
    "unreadable",
    "deletions",
]
ColumnType = Type | FieldType


@dataclass(frozen=True, slots=True)
class LakeColumn:
    """One column of a table of the lake."""

    name: str
    type: ColumnType
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of the lake."""

    name: TableName
    meaning: str
    columns: tuple[LakeColumn, ...]
    key: tuple[str, ...]
    """What names a thing that a row is about; a table of observations has many."""
    order: tuple[str, ...]
    """How rows are sorted before they are written."""
    ranges: tuple[str, ...]
    """Columns whose least and greatest value go into the log; none is personal."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(column.name for column in self.columns)


_RANGES: Final = ("session_uuid", "participant", "minute", "start_at", "changed_at")
CHANGED_AT: Final = LakeColumn(
    "changed_at", "timestamp", "when the row was written, on Backrow's clock, UTC"
)
_OCCURRENCE: Final = (
    LakeColumn("account", "str", "Zoom account id; empty if unknown"),
    LakeColumn("kind", "str", "webinar or meeting"),
    LakeColumn("session_uuid", "str", "one occurrence"),
    LakeColumn("session_number", "str", "the number that occurrences share"),
)
_PARTICIPANT: Final = LakeColumn("participant", "str", "Zoom's user_id in this session")
_COLLECTED_AT: Final = LakeColumn(
    "collected_at", "timestamp", "when it came, UTC; null if unknown"
)
_JUDGED: Final = (
    LakeColumn("audio_mos", "f64", "our model's MOS of what was heard, 1 to 4.5"),
    LakeColumn("video_score", "f64", "our score of the pictures received, 1 to 4.5"),
    LakeColumn("share_score", "f64", "our score of the share received, 1 to 4.5"),
    LakeColumn("audio_class", "str", "good, fair, poor, bad or unclassified"),
    LakeColumn("video_class", "str", "good, fair, poor, bad or unclassified"),
    LakeColumn("share_class", "str", "good, fair, poor, bad or unclassified"),
    LakeColumn("class", "str", "that of the worst medium present"),
    LakeColumn("poor_due_to", "str", "the measure that set the class"),
    LakeColumn("cause", "str", "why, in the words of findings"),
)
"""Columns of minutes that diagnosis fills; null until it has."""
JUDGED: Final = tuple(column.name for column in _JUDGED)
"""Their names."""


def _same(columns: Sequence[object]) -> tuple[LakeColumn, ...]:
    """Return the domain's columns as the lake's."""
    return tuple(
        LakeColumn(c.name, c.type, c.meaning)  # type: ignore[attr-defined] # a Column
        for c in columns
    )


def _stays() -> tuple[LakeColumn, ...]:
    fields = (
        LakeColumn(name, kind, f"Zoom's {name}; null if this answer did not hold it")
        for name, kind in PERSON_FIELDS.items()
    )
    return (
        *_OCCURRENCE,
        _PARTICIPANT,
        LakeColumn("person", "str", "the same for a person over stays; null if none"),
        LakeColumn("person_from", "str", "the field behind it, or none"),
        LakeColumn("network", "str", "public prefix, or the provider's name"),
        LakeColumn("site", "str", "name of the office, from the user's own list"),
        *fields,
        LakeColumn("other", "json", "fields of Zoom that Backrow does not know"),
        _COLLECTED_AT,
    )


_ROSTER: Final = (
    *_OCCURRENCE,
    _PARTICIPANT,
    LakeColumn("minute", "timestamp", "the minute of the sweep, UTC"),
    LakeColumn("present", "bool", "whether the participant was there"),
    LakeColumn("audio_quality", "str", "Zoom's word for sound"),
    LakeColumn("video_quality", "str", "Zoom's word for pictures"),
    LakeColumn("screen_share_quality", "str", "Zoom's word for shared content"),
    _COLLECTED_AT,
)
_SESSIONS: Final = (
    *_OCCURRENCE,
    LakeColumn("topic", "str", "its title"),
    LakeColumn("host", "str", "who hosts it"),
    LakeColumn("host_email", "str", "the host's address"),
    LakeColumn("dept", "str", "the host's department"),
    LakeColumn("start_at", "timestamp", "UTC"),
    LakeColumn("end_at", "timestamp", "UTC; null while it runs"),
    LakeColumn("state", "str", "live, ended or complete"),
    LakeColumn("other", "json", "what else Zoom told of it, in Zoom's spelling"),
)
_FINDINGS: Final = (
    LakeColumn("session_uuid", "str", "one occurrence"),
    LakeColumn("id", "str", "the same over a finding's updates"),
    LakeColumn("state", "str", "raised, updated, cleared, final or withdrawn"),
    LakeColumn("cause", "str", "what it says is wrong"),
    LakeColumn("media", "str", "audio, video or share"),
    LakeColumn("begin_at", "timestamp", "first bad minute, UTC"),
    LakeColumn("end_at", "timestamp", "UTC; null while it lasts"),
    LakeColumn("affected", "i64", "people it hits"),
    LakeColumn("measured", "i64", "people measured where it acts"),
    LakeColumn("present", "i64", "people there"),
    LakeColumn("confidence", "f64", "0 to 1"),
    LakeColumn("finding", "json", "all of it"),
)
_UNREADABLE: Final = (
    *_OCCURRENCE,
    LakeColumn("participant", "str", "whose value; empty if it is nobody's"),
    LakeColumn("origin", "str", "rest_live, rest_past, qss or import"),
    LakeColumn("path", "str", "where it stood in Zoom's body, as a JSON path"),
    LakeColumn("text", "str", "what stood there"),
    LakeColumn("expected", "str", "what should have"),
    _COLLECTED_AT,
)
_DELETIONS: Final = (
    LakeColumn("table", "str", "which table lost rows"),
    LakeColumn("session_uuid", "str", "one occurrence"),
    LakeColumn("participant", "str", "whose rows; null for everyone's"),
    LakeColumn("minute", "timestamp", "which minute's; null for all"),
    LakeColumn("reason", "str", "forgotten, pruned or resolved"),
)


def _table(
    name: TableName,
    meaning: str,
    columns: Sequence[LakeColumn],
    *,
    key: str,
    then: str = "",
) -> Table:
    every = (*columns, CHANGED_AT)
    names = {column.name for column in every}
    return Table(
        name=name,
        meaning=meaning,
        columns=every,
        key=tuple(key.split()),
        order=(*key.split(), *then.split(), "changed_at"),
        ranges=tuple(name for name in _RANGES if name in names),
    )


TABLES: Final[dict[TableName, Table]] = {
    table.name: table
    for table in (
        _table(
            "samples",
            "the evidence: a row a participant, minute, leg and origin",
            _same(COLUMNS),
            key="session_uuid participant minute leg origin",
            then="sampled_at collected_at",
        ),
        _table(
            "minutes",
            "a row a participant and minute, resolved and judged",
            (
                *_same(COLUMNS[: -len(METRIC_COLUMNS)]),
                LakeColumn("final", "bool", "false while the session is not complete"),
                *_JUDGED,
                *_same(METRIC_COLUMNS),
            ),
            key="session_uuid participant minute",
        ),
        _table(
            "roster",
            "who was there, a row a participant and sweep, with Zoom's words",
            _ROSTER,
            key="session_uuid participant minute",
        ),
        _table(
            "participants",
            "stays as Zoom tells of them; the newest value of each column holds",
            _stays(),
            key="session_uuid participant",
        ),
        _table(
            "sessions",
            "occurrences; the newest value of each column holds",
            _SESSIONS,
            key="session_uuid",
        ),
        _table(
            "summaries",
            "least, average and most over a stay, a row a stream",
            _same(SUMMARY_COLUMNS),
            key="session_uuid participant type",
        ),
        _table(
            "findings",
            "what is wrong; the newest row of an id holds",
            _FINDINGS,
            key="session_uuid id",
        ),
        _table(
            "unreadable",
            "values that could not be read, as they came",
            _UNREADABLE,
            key="session_uuid path text participant",
        ),
        _table(
            "deletions",
            "what was taken away",
            _DELETIONS,
            key="session_uuid participant minute",
        ),
    )
}
"""Every table of the lake, by name."""


def schema_of(table: Table) -> dict[str, pl.DataType]:
    """Return the Polars schema of a table."""
    import polars as pl  # noqa: PLC0415 - polars is imported late

    types: dict[ColumnType, pl.DataType] = {
        "str": pl.String(),
        "json": pl.String(),
        "timestamp": pl.Datetime("us", "UTC"),
        "bool": pl.Boolean(),
        "f64": pl.Float64(),
        "i32": pl.Int32(),
        "i64": pl.Int64(),
        "strs": pl.List(pl.String()),
    }
    return {column.name: types[column.type] for column in table.columns}
