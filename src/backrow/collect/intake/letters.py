"""From a body to rows: events, saved answers and lists, whatever they spell.

`Reader.read` tells what a body is about and adds its rows to `Rows`; it raises
`WireError` with the reason if nothing can be made of it, which is what a dead letter
says. Rows name their session and participant: a body that does not name its session
gets the one that is given beside it, or is refused.

Only what a body says is written. A saved answer has no minute at which its list was
swept, so it makes no roster; a session's details name no state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, Final

import msgspec
import polars as pl

from backrow.errors import WireError
from backrow.lake.store.rows import (
    Occurrence,
    Unread,
    json_text,
    participants_frame,
    samples_frame,
    shaped,
    summaries_frame,
    unreadable_frame,
)
from backrow.lake.tables import TABLES, TableName, schema_of
from backrow.qos.people import PERSON_FIELDS, Person
from backrow.qos.reading import ParticipantQos, Problem
from backrow.qos.sample import INDEX, NAMES, Row, time_of_session
from backrow.qos.summary import SummaryRow
from backrow.qos.vocabulary import Kind
from backrow.zoom.decode import Decoder, Provenance
from backrow.zoom.decode.lenient import load, load_untyped
from backrow.zoom.decode.memos import parse_instant
from backrow.zoom.decode.persons import session_other
from backrow.zoom.webhook import URL_VALIDATION, read_head
from backrow.zoom.wire.events import DataEvent
from backrow.zoom.wire.lists import Meeting, MeetingList, SessionFacts, WebinarList

NO_SESSION: Final = "expected a body that names its session, or its uuid beside it"
"""What is wrong with a saved answer that nobody has said the session of."""
_FACTS_MAX: Final = 300_000
_ONLY_MEETINGS: Final = frozenset({"session_key", "tracking_fields", "has_qa"})
_NAMES_A_SESSION: Final = frozenset({"uuid", "start_time"})
_ACCOUNT, _SESSION, _MINUTE = (
    INDEX[name] for name in ("account", "session_uuid", "minute")
)
_OCCURRENCE: Final = NAMES[: INDEX["participant"]]
_FACTS: Final = attrgetter(*PERSON_FIELDS)


class NoSessionError(WireError):
    """A body does not name its session, and nobody else did."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__(NO_SESSION, path="$")


@dataclass(slots=True)
class Rows:
    """What bodies said, by table."""

    samples: list[Row] = field(default_factory=list)
    summaries: list[SummaryRow] = field(default_factory=list)
    stays: list[tuple[Occurrence, Person, datetime | None]] = field(
        default_factory=list
    )
    """Who was where, and when that came."""
    sessions: list[dict[str, Any]] = field(default_factory=list)
    """Rows of the sessions table."""
    problems: list[Problem] = field(default_factory=list)
    """Values that could not be read."""
    unread: list[Unread] = field(default_factory=list)
    """The same, each with whose it is."""

    def __len__(self) -> int:
        """Return the number of rows."""
        counted = (self.samples, self.summaries, self.stays, self.sessions)
        return sum(len(rows) for rows in counted) + len(self.unread)

    def occurrences(self) -> dict[str, dict[str, Any]]:
        """Return each session as a row; it starts with its first minute here."""
        found: dict[str, dict[str, Any]] = {}
        minutes: dict[str, Counter[datetime]] = {}
        for occurrence, _, _ in self.stays:
            row = {**occurrence.to_dict(), "start_at": None}
            known = found.setdefault(occurrence.session_uuid, row)
            known["session_number"] = known["session_number"] or row["session_number"]
        for values in self.samples:
            session = values[_SESSION]
            if session not in minutes:
                minutes[session] = Counter()
                row = dict(zip(_OCCURRENCE, values, strict=False))
                found.setdefault(session, row)
            minutes[session][values[_MINUTE]] += 1
        for session, counts in minutes.items():
            within = time_of_session(counts)
            found[session]["start_at"] = within and within[0]
        return found

    def frames(self, *, key: bytes, now: float) -> dict[TableName, pl.DataFrame]:
        """Return frames of the tables that have rows, all of their columns.

        Args:
            key: Secret under which email addresses become person keys.
            now: Unix seconds.
        """
        frames: dict[TableName, pl.DataFrame] = {
            "sessions": _sessions(self.sessions, now=now),
            "participants": _participants(self.stays, key=key, now=now),
            "summaries": summaries_frame(self.summaries, now=now),
            "samples": samples_frame(self.samples, now=now),
            "unreadable": unreadable_frame(self.unread, now=now),
        }
        return {name: one for name, one in frames.items() if not one.is_empty()}


def _sessions(rows: list[dict[str, Any]], *, now: float) -> pl.DataFrame:
    schema = schema_of(TABLES["sessions"])
    return shaped("sessions", pl.DataFrame(rows, schema=schema, orient="row"), now=now)


def _participants(
    stays: list[tuple[Occurrence, Person, datetime | None]], *, key: bytes, now: float
) -> pl.DataFrame:
    people = [(occurrence, person) for occurrence, person, _ in stays]
    at = [came for _, _, came in stays]
    frame = participants_frame(people, key=key, now=now)
    kind = frame.schema["collected_at"]
    return frame.with_columns(pl.Series("collected_at", at, dtype=kind))


@dataclass(slots=True)
class Facts:
    """Remembers what was told of stays, so that it is written once.

    Kinds of bodies differ in what they tell, so each kind is compared with its own.
    """

    known: dict[tuple[str, str, int], int] = field(default_factory=dict)
    """What was told last: of a session, a participant and the facts' names."""

    def drop_known(self, rows: Rows, begin: int) -> Facts:
        """Keep of the stays from `begin` on those that tell something new.

        Returns:
            What is new, to be given to `learn` once it is written.
        """
        fresh: dict[tuple[str, str, int], int] = {}
        kept = []
        for stay in rows.stays[begin:]:
            occurrence, person, _ = stay
            said = _FACTS(person)
            names = hash(tuple([one is None for one in said]))
            who = (occurrence.session_uuid, person.user_id or "", names)
            facts = hash((said, repr(person.other) if person.other else ""))
            if fresh.get(who, self.known.get(who)) != facts:
                fresh[who] = facts
                kept.append(stay)
        rows.stays[begin:] = kept
        return Facts(fresh)

    def learn(self, fresh: Facts) -> None:
        """Remember; beyond a bound, all of it is begun anew."""
        if len(self.known) > _FACTS_MAX:
            self.known.clear()
        self.known.update(fresh.known)


@dataclass(slots=True)
class Reader:
    """Reads body after body; not safe to use from several threads at once."""

    decoder: Decoder = field(default_factory=Decoder)

    def event(self, body: bytes, provenance: Provenance, rows: Rows) -> None:
        """Add what a QSS event says.

        Raises:
            WireError: Nothing can be made of it.
        """
        one = self.decoder.event(body, provenance)
        account = one.samples[0][_ACCOUNT] if one.samples else _account_of(body)
        self._add([one], replace(provenance, account=account), rows)

    def any(self, body: bytes, provenance: Provenance, rows: Rows) -> None:
        """Add what a body says, whichever kind it is.

        Raises:
            NoSessionError: It does not name its session, nor does `provenance`.
            WireError: Nothing can be made of it.
        """
        keys = _keys(body)
        if "event" in keys:
            if read_head(body).event != URL_VALIDATION:
                self.event(body, provenance, rows)
            return
        provenance = _better(provenance, keys)
        has_people = bytes(keys.get("participants", b"")).startswith(b"[")
        if has_people:
            provenance = replace(provenance, picked="census")
        if "webinars" in keys or "meetings" in keys:
            rows.sessions += _listed(body, provenance, rows.problems)
        elif keys.keys() >= _NAMES_A_SESSION and not has_people:
            facts, problems = load(body, _json(Meeting))
            rows.sessions.append(_session_row(facts, provenance))
            rows.problems += problems
        else:
            self._add(self.decoder.all(body, provenance), provenance, rows)

    def _add(
        self, people: list[ParticipantQos], provenance: Provenance, rows: Rows
    ) -> None:
        """Add the rows of people who can be named; those of others are problems."""
        found = [(one, _problem_of(one)) for one in people]
        good = [one for one, problem in found if problem is None]
        if not all(one.session_uuid for one in good):
            raise NoSessionError
        wrong = [problem for _, problem in found if problem is not None]
        if wrong and not good:
            first = wrong[0]
            text = f"nothing could be read: {first.expected}, got {first.value!r:.60}"
            raise WireError(text, path=first.path, value=first.value)
        rows.problems += wrong
        for one in good:
            rows.samples += one.samples
            rows.summaries += one.summaries
            rows.problems += one.problems
            where, came_at = (
                _occurrence(one, provenance.account),
                provenance.collected_at,
            )
            rows.stays.append((where, one.person, came_at))
            rows.unread += (
                Unread(
                    about=where,
                    participant=one.person.user_id or "",
                    origin=provenance.origin,
                    problem=problem,
                    collected_at=came_at,
                )
                for problem in one.problems
            )


def _problem_of(one: ParticipantQos) -> Problem | None:
    """Return why nothing can be made of a participant; None if something can."""
    if not one.person.user_id:
        return Problem(path="$.user_id", value=None, expected="expected a user_id")
    if one.samples or one.summaries or not one.problems or _tells(one.person):
        return None
    return one.problems[0]


def _occurrence(one: ParticipantQos, account: str) -> Occurrence:
    return Occurrence(
        account=account,
        kind=one.kind,
        session_uuid=one.session_uuid,
        session_number=one.session_number,
    )


def _tells(person: Person) -> bool:
    """Return whether anything is known of a person besides who they are."""
    names = {"user_id", "participant_user_id", "email", "id", "user_name"}
    known = set(person.to_dict()) - names
    return bool(known)


def _keys(body: bytes) -> Mapping[str, Any]:
    """Return the object's keys, their values not looked into."""
    try:
        return msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = load_untyped(body)  # raises if it is no JSON
        raise WireError(
            f"expected a JSON object, got {type(found).__name__}", path="$"
        ) from None


def _better(provenance: Provenance, keys: Mapping[str, Any]) -> Provenance:
    """Return `provenance` with the kind and number that a list says at its head."""
    for kind in ("webinar", "meeting"):
        raw = keys.get(f"{kind}_number")
        if raw is not None:
            number = str(msgspec.json.decode(raw) or "")
            return replace(provenance, kind=kind, session_number=number)
    if keys.keys() & _ONLY_MEETINGS:
        return replace(provenance, kind="meeting")
    return provenance


def _listed(
    body: bytes, provenance: Provenance, problems: list[Problem]
) -> list[dict[str, Any]]:
    """Return rows of the sessions that a list of webinars or meetings names."""
    webinars, wrong = load(body, _json(WebinarList))
    meetings, also_wrong = load(body, _json(MeetingList))
    problems += [*wrong, *also_wrong]
    return [
        *(
            _session_row(facts, replace(provenance, kind="webinar"))
            for facts in webinars.webinars or ()
        ),
        *(
            _session_row(facts, replace(provenance, kind="meeting"))
            for facts in meetings.meetings or ()
        ),
    ]


def _session_row(facts: SessionFacts, provenance: Provenance) -> dict[str, Any]:
    if not facts.uuid:
        raise WireError("expected a uuid, found none", path="$.uuid")
    kind: Kind = provenance.kind
    return {
        "account": provenance.account,
        "kind": kind,
        "session_uuid": facts.uuid,
        "session_number": "" if facts.id is None else str(facts.id),
        "topic": facts.topic or None,
        "host": facts.host or None,
        "host_email": facts.email or None,
        "dept": facts.dept or None,
        "start_at": parse_instant(facts.start_time),
        "end_at": parse_instant(facts.end_time),
        "other": json_text(session_other(facts)),
    }


def _account_of(body: bytes) -> str:
    """Return whose event it is; "" if it does not say."""
    head, _ = load(body, _json(DataEvent))
    return (head.payload.account_id if head.payload else None) or ""


@cache
def _json(shape: type[Any]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape)
