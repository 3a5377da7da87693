"""Zoom's JSON to rows of the samples table: REST answers and QSS events alike.

Four kinds of body are read here: the QoS of one participant, a page of the QoS
list, a page of the participants list (people without minutes), and QSS events.
`decode_all` tells which one it has.

Decoding is tolerant unless it is asked to be strict: what cannot be read becomes
None and a `Problem` with its JSON path and value, and everything else is kept.
Strict decoding raises `WireError` at the first problem. Either way a body that is
no JSON object, or says that it is an error, raises.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, cached_property
from typing import Any, Final, TypeVar

import msgspec

from backrow.errors import WireError
from backrow.qos.people import Person
from backrow.qos.reading import ParticipantQos, Problem
from backrow.qos.sample import Origin, Picked, Row, Samples, merged
from backrow.qos.summary import SummaryRow
from backrow.qos.vocabulary import Kind
from backrow.zoom.decode.columns import problems_of, rows_of
from backrow.zoom.decode.events import EventItems, person_of_data, summary_of
from backrow.zoom.decode.fast import Shapes, fast_rows, load_fast, shapes
from backrow.zoom.decode.lenient import load, load_untyped, unknown_fields
from backrow.zoom.decode.memos import Memos
from backrow.zoom.decode.persons import person_of
from backrow.zoom.wire import (
    MeetingParticipantQosAnswer,
    MeetingParticipantQosPage,
    ParticipantFacts,
    UserQos,
)
from backrow.zoom.wire.events import (
    EVENTS,
    DataEvent,
    EventHead,
    QosEvent,
    QosEventParticipant,
    QosSummaryEvent,
)
from backrow.zoom.wire.lists import (
    MeetingParticipantList,
    QosSummaryPage,
    SummaryParticipant,
)

T = TypeVar("T")
_GIVE_UP_AFTER: Final = 3
"""Bodies in a row that the fast way could not read until it is tried no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a body came from: what stands in a row's key besides its own values."""

    account: str = ""
    kind: Kind = "webinar"
    session_uuid: str = ""
    session_number: str = ""
    origin: Origin = "import"
    picked: Picked = "targeted"
    collected_at: datetime | None = None

    def key(self, participant: str) -> Row:
        """Return a row's key columns, the three of its minute left empty."""
        return (
            self.account,
            self.kind,
            self.session_uuid,
            self.session_number,
            participant,
            None,
            None,
            None,
            self.origin,
            self.picked,
            self.collected_at,
        )


@dataclass(frozen=True, kw_only=True)
class QosPage:
    """A page of the list of participants' QoS."""

    people: list[ParticipantQos]
    next_page_token: str = ""
    """Empty on the last page."""
    total_records: int | None = None
    problems: tuple[Problem, ...] = ()
    """All that could not be read in the page."""

    @cached_property
    def samples(self) -> Samples:
        """The rows of everyone on the page."""
        return Samples([row for one in self.people for row in one.samples])


@dataclass(slots=True)
class Decoder:
    """Decodes body after body, remembering the texts it has parsed.

    Use one for many bodies; it is not safe to use from several threads at once.
    """

    strict: bool = False
    """Raise at the first value that cannot be read."""
    fast_from_bytes: int = 200_000
    """Bodies of this size are first tried the fast way (see `backrow.zoom.decode.fast`)."""
    _memos: Memos = field(default_factory=Memos, repr=False)
    _items: EventItems = field(init=False, repr=False)
    _refused: int = 0
    """How many bodies in a row the fast way could not read."""

    def __post_init__(self) -> None:
        """Make what shares the memos."""
        self._items = EventItems(self._memos)

    def participant(self, body: bytes, provenance: Provenance) -> ParticipantQos:
        """Return the QoS of the one participant that `body` is about.

        Raises:
            WireError: `body` is no such answer; strictly, also anything in it that
                cannot be read.
        """

        def read(fast: Shapes | None) -> ParticipantQos:
            shape = _json(MeetingParticipantQosAnswer)
            answer, problems = _load(body, fast.answer if fast else shape, fast)
            if answer == _NOBODY:
                raise _not_this("a participant's QoS", body)
            return self._one(answer, problems, provenance, "$", lambda: body, fast)

        return self._fastest(read, body)

    def page(self, body: bytes, provenance: Provenance) -> QosPage:
        """Return a page of the QoS list.

        Raises:
            WireError: As for `participant`.
        """
        return self._fastest(lambda fast: self._page(body, provenance, fast), body)

    def _page(
        self, body: bytes, provenance: Provenance, fast: Shapes | None
    ) -> QosPage:
        shape = fast.page if fast else _json(MeetingParticipantQosPage)
        page, problems = _load(body, shape, fast)
        if page.participants is None:
            raise _not_this("a page of participants' QoS", body)
        number = _text(page.webinar_number or page.meeting_number)
        if number and not provenance.session_number:
            provenance = replace(provenance, session_number=number)
        if page.meeting_number is not None and not page.webinar_number:
            provenance = replace(provenance, kind="meeting")
        self._raise_first(problems)
        raws = _Raws(body)
        people = [
            self._one(one, [], provenance, f"$.participants[{i}]", raws.at(i), fast)
            for i, one in enumerate(page.participants)
        ]
        found = [p for one in people for p in one.problems]
        return QosPage(
            people=people,
            next_page_token=page.next_page_token or "",
            total_records=page.total_records,
            problems=(*problems, *found),
        )

    def _fastest(self, read: Callable[[Shapes | None], T], body: bytes) -> T:
        """Return what `read` gives, the fast way if `body` is large and plain."""
        if len(body) >= self.fast_from_bytes and self._refused < _GIVE_UP_AFTER:
            try:
                found = read(shapes())
            except _CarefulError:
                self._refused += 1
                self._memos.take_unparsable()
            else:
                self._refused = 0
                return found
        return read(None)

    def people(self, body: bytes, provenance: Provenance) -> list[ParticipantQos]:
        """Return a page of the participants list: people without minutes.

        Raises:
            WireError: As for `participant`.
        """
        page, problems = load(body, _json(MeetingParticipantList))
        if page.participants is None:
            raise _not_this("a page of participants", body)
        self._raise_first(problems)
        raws = _Raws(body)
        return [
            self._somebody(one, Samples(), [], provenance, raws.at(i))
            for i, one in enumerate(page.participants)
        ]

    def summaries(self, body: bytes, provenance: Provenance) -> list[ParticipantQos]:
        """Return a page of the qos_summary call: people with summaries.

        Raises:
            WireError: As for `participant`.
        """
        page, problems = load(body, _json(QosSummaryPage))
        if page.participants is None:
            raise _not_this("a page of QoS summaries", body)
        self._raise_first(problems)
        raws = _Raws(body)
        return [
            self._summary(one, [], provenance, f"$.participants[{i}]", raws.at(i))
            for i, one in enumerate(page.participants)
        ]

    def event(self, body: bytes, provenance: Provenance) -> ParticipantQos:
        """Return what a QSS event says of its participant.

        A `participant_qos` event brings samples, a `_qos_summary` event summaries,
        a data event facts about the person.

        Raises:
            WireError: As for `participant`.
        """
        name = load(body, _json(EventHead))[0].event or ""
        shape = EVENTS.get(name)
        if shape not in _DECODED_EVENTS:
            raise WireError(f"expected a QSS event, got {name!r:.60}", path="$.event")
        event, problems = load(body, _json(shape))
        payload = event.payload
        if payload is None or payload.object is None:
            raise WireError("expected an object, found none", path="$.payload.object")
        about = payload.object
        if about.participant is None:
            where = "$.payload.object.participant"
            raise WireError("expected an object, found none", path=where)
        provenance = Provenance(
            account=payload.account_id or provenance.account,
            kind="meeting" if name.startswith("meeting.") else "webinar",
            session_uuid=about.uuid or provenance.session_uuid,
            session_number=_text(about.id) or provenance.session_number,
            origin=provenance.origin,
            picked="pushed",
            collected_at=provenance.collected_at,
        )
        return self._pushed(about.participant, problems, provenance, lambda: body)

    def all(self, body: bytes, provenance: Provenance) -> list[ParticipantQos]:
        """Return everyone that `body` speaks of, whichever kind of body it is.

        Raises:
            WireError: `body` is of no kind that is known here, or as `participant`.
        """
        tree = load_untyped(body)
        keys = tree if isinstance(tree, dict) else {}
        if "event" in keys:
            return [self.event(body, provenance)]
        if "participants" not in keys:
            return [self.participant(body, provenance)]
        people = keys["participants"]
        inside: set[str] = set()
        for one in people if isinstance(people, list) else ():
            inside |= set(one) if isinstance(one, dict) else set()
        if "qos" in inside:
            return self.summaries(body, provenance)
        if "user_qos" in inside:
            return self.page(body, provenance).people
        return self.people(body, provenance)

    def _pushed(
        self,
        said: Any,
        problems: list[Problem],
        provenance: Provenance,
        raw: Callable[[], bytes],
    ) -> ParticipantQos:
        path = "$.payload.object.participant"
        if isinstance(said, SummaryParticipant):
            return self._summary(said, problems, provenance, path, raw)
        samples = Samples()
        if isinstance(said, QosEventParticipant):
            person = Person(
                user_id=_text_or_none(said.user_id),
                participant_user_id=said.participant_user_id,
                email=said.email,
            )
            key = provenance.key(_text(said.user_id))
            rows, wrong = self._items.rows(said.qos or [], key, f"{path}.qos")
            samples, problems = Samples(rows), [*problems, *wrong]
        else:
            person = person_of_data(
                Person(
                    user_id=_text_or_none(said.participant_id),
                    participant_user_id=said.participant_user_id,
                    email=said.email,
                ),
                said.data or [],
            )
        return self._answer(samples, (), problems, provenance, lambda: person, raw)

    def _summary(
        self,
        said: SummaryParticipant,
        problems: list[Problem],
        provenance: Provenance,
        path: str,
        raw: Callable[[], bytes],
    ) -> ParticipantQos:
        person = Person(
            user_id=_text_or_none(said.participant_id),
            id=said.id,
            user_name=said.user_name,
            email=said.email,
        )
        key = {
            "account": provenance.account,
            "kind": provenance.kind,
            "session_uuid": provenance.session_uuid,
            "session_number": provenance.session_number,
            "participant": _text(said.participant_id),
            "origin": provenance.origin,
            "collected_at": provenance.collected_at,
        }
        rows, wrong = summary_of(said.qos or [], key, self._memos, f"{path}.qos")
        problems = [*problems, *wrong]
        return self._answer(
            Samples(), tuple(rows), problems, provenance, lambda: person, raw
        )

    def _one(
        self,
        answer: MeetingParticipantQosAnswer,
        problems: list[Problem],
        provenance: Provenance,
        path: str,
        raw: Callable[[], bytes],
        fast: Shapes | None,
    ) -> ParticipantQos:
        number = _text(answer.webinar_number or answer.meeting_number)
        if number and not provenance.session_number:
            provenance = replace(provenance, session_number=number)
        if answer.meeting_number is not None and not answer.webinar_number:
            provenance = replace(provenance, kind="meeting")
        key = provenance.key(_text(answer.user_id))
        minutes, where = answer.user_qos or (), f"{path}.user_qos"
        samples = self._samples(minutes, key, where, problems, fast)
        return self._somebody(answer, samples, problems, provenance, raw, path)

    def _somebody(
        self,
        facts: ParticipantFacts,
        samples: Samples,
        problems: list[Problem],
        provenance: Provenance,
        raw: Callable[[], bytes],
        path: str = "$",
    ) -> ParticipantQos:
        person, wrong = person_of(facts, path)
        shape = type(facts)
        return self._answer(
            samples,
            (),
            [*problems, *wrong],
            provenance,
            lambda: replace(person, other=unknown_fields(raw(), shape)),
            raw,
        )

    def _answer(
        self,
        samples: Samples,
        summaries: tuple[SummaryRow, ...],
        problems: list[Problem],
        provenance: Provenance,
        person: Callable[[], Person],
        raw: Callable[[], bytes],
    ) -> ParticipantQos:
        self._raise_first(problems)
        return ParticipantQos(
            samples=samples,
            summaries=summaries,
            problems=tuple(problems),
            kind=provenance.kind,
            session_uuid=provenance.session_uuid,
            session_number=provenance.session_number,
            _person=person,
            _raw=raw,
        )

    def _samples(
        self,
        minutes: Sequence[UserQos],
        key: Row,
        path: str,
        problems: list[Problem],
        fast: Shapes | None,
    ) -> Samples:
        memos = self._memos
        if fast:
            found = fast_rows(minutes, key, memos, fast)
            if found is None or memos.take_unparsable():
                raise _CarefulError
            return Samples(found)
        rows: list[Row] = []
        for i, minute in enumerate(minutes):
            at = memos.instant[minute.date_time]
            if at is None:
                where = f"{path}[{i}].date_time"
                problems.append(_no_instant(minute.date_time, where))
                continue
            rows += rows_of(minute, at, key, memos)
            if memos.take_unparsable():
                problems.extend(problems_of(minute, f"{path}[{i}]", memos))
        return Samples(merged(rows))

    def _raise_first(self, problems: Sequence[Problem]) -> None:
        if self.strict and problems:
            first = problems[0]
            raise WireError(
                f"{first.expected}, got {first.value!r:.60}",
                path=first.path,
                value=first.value,
            )


class _CarefulError(Exception):
    """The body holds something that the fast way does not read."""


def _load(
    body: bytes, decoder: msgspec.json.Decoder[Any], fast: Shapes | None
) -> tuple[Any, list[Problem]]:
    if not fast:
        return load(body, decoder)
    found = load_fast(body, decoder)
    if found is None:
        raise _CarefulError
    return found, []


_NOBODY: Final = MeetingParticipantQosAnswer()
_DECODED_EVENTS: Final = (QosEvent, QosSummaryEvent, DataEvent)


@cache
def _json(shape: type[Any]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape)


@dataclass(slots=True)
class _Raws:
    """The participants of a page, each exactly as it came; cut when first asked."""

    body: bytes
    cut: list[msgspec.Raw] | None = None

    def at(self, i: int) -> Callable[[], bytes]:
        """Return what gives participant `i`."""
        return lambda: bytes(self._all()[i])

    def _all(self) -> list[msgspec.Raw]:
        if self.cut is None:
            self.cut = msgspec.json.decode(self.body, type=_RawPage).participants
        return self.cut


class _RawPage(msgspec.Struct):
    participants: list[msgspec.Raw]


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _text_or_none(value: object) -> str | None:
    return None if value is None else str(value)


def _no_instant(value: object, path: str) -> Problem:
    expected = "expected an instant in ISO 8601"
    return Problem(path=path, value=value, expected=expected)


def _not_this(what: str, body: bytes) -> WireError:
    tree = load_untyped(body)
    if isinstance(tree, dict) and "code" in tree and "message" in tree:
        code, message = tree["code"], tree["message"]
        text = f"expected {what}, got Zoom's error {code!r:.20}: {message!r:.200}"
        return WireError(text, path="$", value=tree)
    keys = ", ".join(list(tree)[:5]) if isinstance(tree, dict) else type(tree).__name__
    return WireError(f"expected {what}, got {{{keys:.80}}}", path="$", value=tree)
