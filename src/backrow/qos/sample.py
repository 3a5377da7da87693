"""The samples table: one row per session, participant, minute, leg and origin.

`COLUMNS` is the one place that names its columns and their types; rows are
plain tuples in that order, which is the fastest shape Python has to gather
them in. Polars and Arrow schemas are made from it (`polars_schema`), and Polars
is imported only when one of them is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from backrow.errors import MissingExtraError
from backrow.qos.vocabulary import METRICS

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

Origin = Literal["rest_live", "rest_past", "qss", "import"]
Picked = Literal["census", "random", "targeted", "pushed"]
Type = Literal["str", "timestamp", "f64", "i32"]
Row = tuple[Any, ...]
"""One row of samples, its values in the order of `COLUMNS`."""


LONGEST_PAUSE: Final = timedelta(days=2)
"""What lies further apart than this is not of one session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table."""

    name: str
    type: Type
    meaning: str


def _column(name: str, kind: Type, meaning: str) -> Column:
    return Column(name=name, type=kind, meaning=meaning)


KEY_COLUMNS: Final = (
    _column("account", "str", "Zoom account id; empty if unknown"),
    _column("kind", "str", "webinar or meeting"),
    _column("session_uuid", "str", "one occurrence; empty if the body does not say"),
    _column("session_number", "str", "the number that occurrences share"),
    _column("participant", "str", "Zoom's user_id in this session"),
    _column("minute", "timestamp", "Zoom's date_time, floored to the minute, UTC"),
    _column("sampled_at", "timestamp", "Zoom's date_time itself, UTC"),
    _column("leg", "str", "client, crc (room connector) or rwg (web gateway)"),
    _column("origin", "str", "rest_live, rest_past, qss or import"),
    _column("picked", "str", "why it was asked: census, random, targeted, pushed"),
    _column("collected_at", "timestamp", "when it came, UTC; null if unknown"),
)

_TYPE_OF_UNIT: Final[Mapping[str, Type]] = {"px": "i32", "level": "str", "text": "str"}

METRIC_COLUMNS: Final = tuple(
    _column(metric.name, _TYPE_OF_UNIT.get(metric.unit, "f64"), metric.source)
    for metric in METRICS
)
COLUMNS: Final = (*KEY_COLUMNS, *METRIC_COLUMNS)
NAMES: Final = tuple(column.name for column in COLUMNS)
INDEX: Final = {name: i for i, name in enumerate(NAMES)}
"""Where each column stands in a row."""
FIRST_METRIC: Final = len(KEY_COLUMNS)
"""Where the measured values begin in a row."""


def polars_schema(columns: Sequence[Column] = COLUMNS) -> dict[str, pl.DataType]:
    """Return the Polars schema of a table with these `columns`."""
    import polars as pl  # noqa: PLC0415 - polars is imported late

    types: dict[Type, pl.DataType] = {
        "str": pl.String(),
        "timestamp": pl.Datetime("us", "UTC"),
        "f64": pl.Float64(),
        "i32": pl.Int32(),
    }
    return {column.name: types[column.type] for column in columns}


@dataclass(frozen=True, slots=True)
class Samples(Sequence[Row]):
    """Rows of the samples table."""

    rows: list[Row] = field(default_factory=list)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows)

    def __getitem__(self, index: Any) -> Any:
        """Return a row, a tuple in the order of `COLUMNS`."""
        return self.rows[index]

    def __iter__(self) -> Iterator[Row]:
        """Iterate over the rows."""
        return iter(self.rows)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return a dict per row; instants are aware datetimes in UTC."""
        return [dict(zip(NAMES, row, strict=True)) for row in self.rows]

    def to_polars(self) -> pl.DataFrame:
        """Return the rows as a Polars frame with the table's schema."""
        import polars as pl  # noqa: PLC0415 - polars is imported late

        return pl.DataFrame(
            _columns(self.rows), schema=polars_schema(), strict=True, orient="col"
        )

    def to_arrow(self) -> pa.Table:
        """Return the rows as an Arrow table.

        Raises:
            MissingExtraError: pyarrow is not installed.
        """
        try:
            import pyarrow  # noqa: F401, ICN001, PLC0415 - optional
        except ImportError as exc:
            raise MissingExtraError("pyarrow", extra="app") from exc
        return self.to_polars().to_arrow()


def _columns(rows: Sequence[Row]) -> list[Sequence[Any]]:
    return list(zip(*rows, strict=True)) if rows else [()] * len(COLUMNS)


def key_of(row: Row) -> tuple[str, str, datetime, str]:
    """Return (session_uuid, participant, minute, leg) of a row."""
    return (
        row[INDEX["session_uuid"]],
        row[INDEX["participant"]],
        row[INDEX["minute"]],
        row[INDEX["leg"]],
    )


def floor_minute(at: datetime) -> datetime:
    """Return the minute that `at` falls into, in UTC."""
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def time_of_session(counts: Mapping[datetime, int]) -> tuple[datetime, datetime] | None:
    """Return the first and last minute of a session, without strays of other times.

    No session pauses for two days: of minutes that lie further apart than that, those
    of a device with a wrong clock say, only the stretch with most rows belongs to it.

    Args:
        counts: How many rows there are of each minute.
    """
    found, most = None, 0
    begin: datetime | None = None
    last, rows = datetime.min.replace(tzinfo=UTC), 0
    for minute in sorted(counts):
        if begin is None or minute - last > LONGEST_PAUSE:
            begin, rows = minute, 0
        last, rows = minute, rows + counts[minute]
        if rows > most:
            found, most = (begin, last), rows
    return found


def merged(rows: Iterable[Row]) -> list[Row]:
    """Return `rows` with those of one key and origin made one.

    Zoom splits records and revises them: column by column, the last value that
    is not None wins. Order of first appearance is kept.
    """
    found: dict[tuple[Any, ...], Row] = {}
    origin = INDEX["origin"]
    for row in rows:
        key = (*key_of(row), row[origin])
        old = found.get(key)
        found[key] = (
            row
            if old is None
            else tuple(o if n is None else n for o, n in zip(old, row, strict=True))
        )
    return list(found.values())
