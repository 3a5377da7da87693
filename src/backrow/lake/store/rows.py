"""Frames of the lake's tables, made from the domain's objects.

Each function returns every column of its table. `now` is when the rows are written
(`changed_at`); `collected_at` is when what they say came.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

import polars as pl

from backrow.lake.tables import TABLES, TableName, schema_of
from backrow.qos.people import PERSON_FIELDS, Person, Session, person_key
from backrow.qos.reading import Problem
from backrow.qos.sample import COLUMNS, Row, Samples, polars_schema
from backrow.qos.summary import SUMMARY_COLUMNS, SummaryRow

State = Literal["live", "ended", "complete"]
UNREADABLE_MAX: Final = 1000
"""Kinds of values that could not be read, that a batch keeps."""
_TEXT_MAX: Final = 1000
_PLACE_IN_A_LIST: Final = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """Which session rows are about: the first columns of most tables."""

    account: str = ""
    kind: str = "webinar"
    session_uuid: str
    session_number: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return the columns by name."""
        return {name: getattr(self, name) for name in self.__slots__}


def instant(now: float) -> datetime:
    """Return unix seconds as an instant in UTC."""
    return datetime.fromtimestamp(now, UTC)


def shaped(name: TableName, rows: pl.DataFrame, *, now: float) -> pl.DataFrame:
    """Return `rows` with all columns of a table, in order; missing ones are null.

    Args:
        name: The table.
        rows: Some of its columns, each of a type that can be cast without loss.
        now: Unix seconds; `changed_at` of every row.
    """
    schema = schema_of(TABLES[name])
    if rows.is_empty():
        return pl.DataFrame(schema=schema)
    have = set(rows.columns) - {"changed_at"}
    return rows.select(
        (pl.col(column) if column in have else pl.lit(None)).cast(kind).alias(column)
        for column, kind in schema.items()
    ).with_columns(changed_at=pl.lit(instant(now), pl.Datetime("us", "UTC")))


def samples_frame(rows: Samples | Sequence[Row], *, now: float) -> pl.DataFrame:
    """Return rows of samples as a frame."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(COLUMNS)
    frame = pl.DataFrame(columns, schema=polars_schema(), orient="col")
    return shaped("samples", frame, now=now)


def summaries_frame(rows: Iterable[SummaryRow], *, now: float) -> pl.DataFrame:
    """Return rows of summaries as a frame."""
    schema = polars_schema(SUMMARY_COLUMNS)
    frame = pl.DataFrame(list(rows), schema=schema, orient="row")
    return shaped("summaries", frame, now=now)


def participants_frame(
    people: Iterable[tuple[Occurrence, Person]],
    *,
    key: bytes,
    now: float,
    collected_at: datetime | None = None,
) -> pl.DataFrame:
    """Return what was told of stays as a frame; people without a `user_id` are none.

    Args:
        people: Who, and in which session.
        key: Secret under which email addresses become person keys.
        now: Unix seconds.
        collected_at: When it came.
    """
    rows = [
        _stay(occurrence, person, key) | {"collected_at": collected_at}
        for occurrence, person in people
        if person.user_id
    ]
    return _frame("participants", rows, now=now)


def roster_frame(
    occurrence: Occurrence,
    people: Iterable[Person],
    *,
    minute: datetime,
    now: float,
    collected_at: datetime | None = None,
) -> pl.DataFrame:
    """Return one sweep of the participants list as a frame.

    Args:
        occurrence: The session.
        people: Everyone on the list.
        minute: The minute of the sweep.
        now: Unix seconds.
        collected_at: When the list came.
    """
    words = ("audio_quality", "video_quality", "screen_share_quality")
    rows = [
        {
            **occurrence.to_dict(),
            "participant": person.user_id,
            "minute": minute,
            "present": person.leave_time is None,
            **{word: getattr(person, word) for word in words},
            "collected_at": collected_at,
        }
        for person in people
        if person.user_id
    ]
    return _frame("roster", rows, now=now)


def sessions_frame(
    sessions: Iterable[tuple[Session, State]], *, now: float, account: str = ""
) -> pl.DataFrame:
    """Return what was told of sessions as a frame; empty texts tell nothing."""
    told = ("topic", "host", "host_email", "dept")
    rows = [
        {
            "account": account,
            "kind": session.kind,
            "session_uuid": session.uuid,
            "session_number": session.number,
            **{name: getattr(session, name) or None for name in told},
            "start_at": session.start_at,
            "end_at": session.end_at,
            "state": state,
            "other": json_text(session.other),
        }
        for session, state in sessions
    ]
    return _frame("sessions", rows, now=now)


def findings_frame(
    session_uuid: str, findings: Iterable[Mapping[str, Any]], *, now: float
) -> pl.DataFrame:
    """Return findings, in the shape that `diagnose` gives them, as a frame."""
    same = ("id", "state", "cause", "media", "affected", "measured", "present")
    rows = [
        {
            "session_uuid": session_uuid,
            **{name: finding.get(name) for name in (*same, "confidence")},
            "begin_at": _instant_of(finding.get("begin")),
            "end_at": _instant_of(finding.get("end")),
            "finding": json.dumps(finding, ensure_ascii=False),
        }
        for finding in findings
    ]
    return _frame("findings", rows, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A value that could not be read, and whose it is."""

    about: Occurrence
    participant: str
    """Empty if it is nobody's."""
    origin: str
    problem: Problem
    collected_at: datetime | None

    @property
    def text(self) -> str:
        """What stood there; JSON if that was no text."""
        value = self.problem.value
        return (value if isinstance(value, str) else _json(value))[:_TEXT_MAX]

    @property
    def kind(self) -> tuple[str, str, str]:
        """The same for values that say the same, wherever in a list they stood."""
        path = _PLACE_IN_A_LIST.sub("[]", self.problem.path)
        return self.about.session_uuid, path, self.text


def unreadable_frame(values: Iterable[Unread], *, now: float) -> pl.DataFrame:
    """Return values that could not be read as a frame: of each kind the first.

    Where a whole answer is spelled in a new way there are as many as there are
    values; `UNREADABLE_MAX` kinds of a batch tell what it is.
    """
    kinds: dict[tuple[str, str, str], Unread] = {}
    for one in values:
        kinds.setdefault(one.kind, one)
        if len(kinds) >= UNREADABLE_MAX:
            break
    rows = [
        {
            **one.about.to_dict(),
            "participant": one.participant,
            "origin": one.origin,
            "path": one.problem.path,
            "text": one.text,
            "expected": one.problem.expected,
            "collected_at": one.collected_at,
        }
        for one in kinds.values()
    ]
    return _frame("unreadable", rows, now=now)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def deletions_frame(rows: Iterable[Mapping[str, Any]], *, now: float) -> pl.DataFrame:
    """Return what is taken away as a frame."""
    return _frame("deletions", list(rows), now=now)


def _stay(occurrence: Occurrence, person: Person, key: bytes) -> dict[str, Any]:
    name, origin = person_key(person, key=key)
    known = {field: getattr(person, field) for field in PERSON_FIELDS}
    known["internal_ip_addresses"] = _listed(person.internal_ip_addresses)
    known["issue_list"] = _listed(person.issue_list)
    return {
        **occurrence.to_dict(),
        "participant": person.user_id,
        "person": name,
        "person_from": origin,
        **known,
        "other": json_text(person.other),
    }


def json_text(values: Mapping[str, Any]) -> str | None:
    """Return an object as the lake keeps it; None if it has nothing in it."""
    return json.dumps(dict(values), ensure_ascii=False) if values else None


def _listed(values: tuple[str, ...] | None) -> list[str] | None:
    return None if values is None else list(values)


def _instant_of(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _frame(
    name: TableName, rows: Sequence[Mapping[str, Any]], *, now: float
) -> pl.DataFrame:
    schema = schema_of(TABLES[name])
    have = {column: kind for column, kind in schema.items() if column != "changed_at"}
    frame = pl.DataFrame(list(rows), schema=have, orient="row")
    return shaped(name, frame, now=now)
