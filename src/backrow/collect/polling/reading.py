"""Zoom's answers to planned calls, read: what the planner learns, what is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final

import msgspec

from backrow.collect.planner import PlannedCall, Result, Visit, looks_bad
from backrow.errors import WireError
from backrow.qos.people import Person, Session
from backrow.qos.reading import ParticipantQos, Problem
from backrow.qos.sample import INDEX
from backrow.qos.vocabulary import Kind
from backrow.zoom.decode import Decoder, Provenance
from backrow.zoom.decode.lenient import load
from backrow.zoom.decode.memos import parse_instant
from backrow.zoom.decode.persons import session_other
from backrow.zoom.endpoints import Endpoint
from backrow.zoom.limits import instant
from backrow.zoom.wire import Page
from backrow.zoom.wire.lists import SessionFacts

_MINUTE: Final = INDEX["minute"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer, read."""

    result: Result
    """For the planner."""
    collected_at: datetime
    qos: Sequence[ParticipantQos] = ()
    """Of QoS calls."""
    people: Sequence[Person] = ()
    """Of the participants list."""
    problems: Sequence[tuple[str, Problem]] = ()
    """Values that could not be read, each with its participant, "" if nobody's."""


@dataclass(slots=True)
class Reader:
    """Reads answer after answer; not safe to use from several threads at once."""

    account: str = ""
    _decoder: Decoder = field(default_factory=Decoder)

    def read(
        self, call: PlannedCall, body: bytes, *, session: Session | None, now: float
    ) -> Answered:
        """Return what the answer to a call holds.

        Args:
            call: What was asked.
            body: The answer's.
            session: The session that was asked about.
            now: When the answer came, unix seconds.

        Raises:
            WireError: It is not what Zoom promises.
        """
        at = instant(now)
        if call.purpose == "discover":
            return _sessions(call, body, at)
        if call.purpose in {"check", "find"}:
            facts, problems = load(body, _json(call.endpoint.struct))
            found = _session(facts, call.kind, at)
            told = () if found is None or found.end_at is None else (found,)
            result = Result(call=call, sessions=told)
            return Answered(
                result=result, collected_at=at, problems=_whose("", problems)
            )
        provenance = self.provenance(call, session, at)
        if call.purpose in {"sweep", "roll"}:
            return self._people(call, body, provenance, at)
        return self._qos(call, body, provenance, at)

    def provenance(
        self, call: PlannedCall, session: Session | None, at: datetime
    ) -> Provenance:
        """Return what stands in the key of an answer's rows."""
        return Provenance(
            account=self.account,
            kind=call.kind,
            session_uuid=call.session,
            session_number="" if session is None else session.number,
            origin="rest_past" if call.query.get("type") == "past" else "rest_live",
            picked=call.picked,
            collected_at=at,
        )

    def _people(
        self, call: PlannedCall, body: bytes, provenance: Provenance, at: datetime
    ) -> Answered:
        found = self._decoder.people(body, provenance)
        people = [one.person for one in found]
        token = load(body, _json(Page))[0].next_page_token or ""
        result = Result(call=call, people=people, next_page_token=token)
        problems = [pair for one in found for pair in _own(one)]
        return Answered(
            result=result, collected_at=at, people=people, problems=problems
        )

    def _qos(
        self, call: PlannedCall, body: bytes, provenance: Provenance, at: datetime
    ) -> Answered:
        token, problems = "", list[tuple[str, Problem]]()
        if call.purpose == "single":
            found = [self._decoder.participant(body, provenance)]
        else:
            page = self._decoder.page(body, provenance)
            found, token = page.people, page.next_page_token
            others = len(page.problems) - sum(len(one.problems) for one in found)
            problems += _whose("", page.problems[:others])
        problems += [pair for one in found for pair in _own(one)]
        visits = [_visit(one) for one in found]
        result = Result(call=call, visits=visits, next_page_token=token)
        return Answered(result=result, collected_at=at, qos=found, problems=problems)


def _sessions(call: PlannedCall, body: bytes, at: datetime) -> Answered:
    which: Endpoint = call.endpoint
    page, problems = load(body, _json(which.struct))
    listed = getattr(page, which.items)
    if listed is None:
        expected = f"expected a list of sessions as `{which.items}`, found none"
        raise WireError(expected, path="$")
    found = (_session(one, call.kind, at) for one in listed)
    result = Result(
        call=call,
        sessions=[one for one in found if one is not None],
        next_page_token=page.next_page_token or "",
    )
    return Answered(result=result, collected_at=at, problems=_whose("", problems))


def _own(one: ParticipantQos) -> list[tuple[str, Problem]]:
    return _whose(one.person.user_id or "", one.problems)


def _whose(participant: str, problems: Iterable[Problem]) -> list[tuple[str, Problem]]:
    return [(participant, problem) for problem in problems]


def _session(facts: SessionFacts, kind: Kind, at: datetime) -> Session | None:
    """Return a session as Zoom tells of it; None without a UUID."""
    if not facts.uuid:
        return None
    return Session(
        kind=kind,
        uuid=facts.uuid,
        number=str(facts.id or ""),
        topic=facts.topic or "",
        host=facts.host or "",
        host_email=facts.email or "",
        dept=facts.dept or "",
        start_at=_instant(facts.start_time) or at,
        end_at=_instant(facts.end_time),
        other=session_other(facts),
    )


def _instant(text: str | None) -> datetime | None:
    return parse_instant(text) if text else None


def _visit(one: ParticipantQos) -> Visit:
    rows = one.samples.rows
    minutes = sorted({row[_MINUTE] for row in rows})
    newest = minutes[-1] if minutes else None
    return Visit(
        participant=one.person.user_id or "",
        minutes=tuple(minute.timestamp() for minute in minutes),
        is_bad=any(looks_bad(row) for row in rows if row[_MINUTE] == newest),
    )


@cache
def _json(struct: type[Any]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(struct)
