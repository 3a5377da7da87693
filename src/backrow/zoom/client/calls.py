"""What each method of the client asks Zoom, and how the answers are read.

Pure, so that it is written once for both clients: a `Call` is one request, a
`Listing` a walk over the pages of a list.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, Generic, TypeVar, cast

import msgspec

from backrow.errors import UsageError, WireError
from backrow.qos.reading import ParticipantQos, Problem
from backrow.qos.vocabulary import Kind
from backrow.zoom.answers import Answer
from backrow.zoom.client.periods import Moment, periods
from backrow.zoom.decode import Decoder, Provenance
from backrow.zoom.decode.lenient import load
from backrow.zoom.endpoints import (
    Endpoint,
    decode_id,
    encode_id,
    endpoint,
    url_path,
)
from backrow.zoom.flow import Call
from backrow.zoom.limits import instant
from backrow.zoom.paging import Content
from backrow.zoom.wire import Page

T = TypeVar("T")
Id = int | str
_log = logging.getLogger("backrow")


@dataclass(frozen=True, slots=True)
class PageOf(Generic[T]):
    """One page of a list."""

    items: Sequence[T]
    next_page_token: str
    """Empty on the last page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[T]):
    """A walk over a list, or over several of consecutive periods."""

    call: Call[PageOf[T]]
    """The first page of the first period."""
    queries: Sequence[Mapping[str, str]]
    """The caller's query for each period."""
    identify: Callable[[T], Hashable]

    def page(self, query: Mapping[str, str]) -> Call[PageOf[T]]:
        """Return the call of one page."""
        return replace(self.call, query=query)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Whose sessions, of which kind: what every method of a namespace knows."""

    kind: Kind
    account: str
    """Zoom's account id, "" if unknown."""

    def listing(
        self,
        type_: str,
        begin: Moment | None,
        end: Moment | None,
        *,
        page_size: int | None,
        more: Mapping[str, str],
        now: float,
    ) -> Listing[Any]:
        """Return the walk over the sessions of a period."""
        which = endpoint(self.kind, "list")
        shared = _query(which, type_, page_size, more)
        found = periods(type_, begin, end, now=instant(now))
        return _listing(which, "", [{**shared, **period} for period in found])

    def get(self, session: Id, type_: str) -> Call[Any]:
        """Return the call for one session."""
        which = endpoint(self.kind, "get")
        return Call(
            endpoint=which,
            path=url_path(which, session=session),
            query=_query(which, type_),
            read=_reader(which.struct),
        )

    def items(
        self,
        action: str,
        session: Id,
        type_: str,
        *,
        page_size: int | None,
        more: Mapping[str, str] | None = None,
    ) -> Listing[Any]:
        """Return the walk over a session's participants, in one of its forms."""
        which = endpoint(self.kind, action)
        query = _query(which, type_, page_size, more or {})
        return _listing(which, session, [query])

    def participants_qos(
        self, session: Id, type_: str, *, page_size: int | None
    ) -> Listing[ParticipantQos]:
        """Return the walk over everyone's QoS."""
        which = endpoint(self.kind, "participants_qos")
        query = _query(which, type_, page_size)
        provenance = self._provenance(session, type_)
        provenance = replace(provenance, picked="census")
        return Listing(
            call=Call(
                endpoint=which,
                path=url_path(which, session=session),
                query=query,
                read=_qos_page_reader(provenance),
            ),
            queries=[query],
            identify=_identity_of_qos,
        )

    def participant_qos(
        self, session: Id, participant: Id, type_: str
    ) -> Call[ParticipantQos]:
        """Return the call for one participant's QoS."""
        which = endpoint(self.kind, "participant_qos")
        provenance = self._provenance(session, type_)

        def read(answer: Answer, now: float) -> ParticipantQos:
            stamped = replace(provenance, collected_at=instant(now))
            return Decoder().participant(answer.body, stamped)

        return Call(
            endpoint=which,
            path=url_path(which, session=session, participant=participant),
            query=_query(which, type_),
            read=read,
        )

    def _provenance(self, session: Id, type_: str) -> Provenance:
        plain = decode_id(decode_id(encode_id(session)))
        is_number = plain.isdecimal()
        return Provenance(
            account=self.account,
            kind=self.kind,
            session_uuid="" if is_number else plain,
            session_number=plain if is_number else "",
            origin="rest_live" if type_ == "live" else "rest_past",
        )


def raw_call(
    which: Endpoint, session: Id, participant: Id, query: Mapping[str, str]
) -> Call[Answer]:
    """Return a call whose answer is not read."""
    return Call(
        endpoint=which,
        path=url_path(which, session=session, participant=participant),
        query=dict(query),
        read=lambda answer, _: answer,
    )


def _query(
    which: Endpoint,
    type_: str,
    page_size: int | None = None,
    more: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return a query, checked against what Zoom documents for the endpoint.

    Raises:
        UsageError: Zoom does not take it.
    """
    query: dict[str, str] = {}
    if which.types:
        query["type"] = _checked_type(which, type_)
    if which.page_size_max is not None:
        query["page_size"] = str(_checked_size(which.page_size_max, page_size))
    for name, value in (more or {}).items():
        if name not in which.optional:
            known = ", ".join(which.optional) or "none"
            msg = f"expected one of the queries {known}, got {name!r}"
            raise UsageError(f"{msg} - for {which.name}")
        query[name] = value
    return query


def _checked_type(which: Endpoint, type_: str) -> str:
    if type_ in which.types:
        return type_
    raise UsageError(
        f"expected type {' or '.join(which.types)}, got {type_!r} - for {which.name}"
    )


def _checked_size(most: int, page_size: int | None) -> int:
    if page_size is None:
        return most
    if 1 <= page_size <= most:
        return page_size
    raise UsageError(f"expected a page_size of 1 to {most}, got {page_size}")


def _listing(
    which: Endpoint, session: Id, queries: Sequence[Mapping[str, str]]
) -> Listing[Any]:
    read = _reader(which.struct)

    def page(answer: Answer, now: float) -> PageOf[Any]:
        found = cast("Page", read(answer, now))
        items = getattr(found, which.items) or []
        return PageOf(items, found.next_page_token or "")

    call = Call(
        endpoint=which,
        path=url_path(which, session=session),
        query=queries[0],
        read=page,
    )
    return Listing(call=call, queries=queries, identify=_identity)


@cache
def _reader(struct: type[msgspec.Struct]) -> Callable[[Answer, float], Any]:
    """Return what reads an answer into a struct, keeping all that fits.

    What does not fit is left out and logged, or an error (`_report`).
    """
    decoder = msgspec.json.Decoder(struct)

    def read(answer: Answer, _: float) -> Any:
        found, problems = load(answer.body, decoder)
        _report(problems)
        return found

    return read


def _qos_page_reader(
    provenance: Provenance,
) -> Callable[[Answer, float], PageOf[ParticipantQos]]:
    decoder = Decoder()  # one for all pages: it remembers the texts it parsed

    def read(answer: Answer, now: float) -> PageOf[ParticipantQos]:
        stamped = replace(provenance, collected_at=instant(now))
        page = decoder.page(answer.body, stamped)
        told = {problem.path for one in page.people for problem in one.problems}
        _report([problem for problem in page.problems if problem.path not in told])
        return PageOf(page.people, page.next_page_token)

    return read


_MUST_FIT: Final = frozenset(
    {"$.next_page_token", "$.participants", "$.webinars", "$.meetings"}
)


def _report(problems: Sequence[Problem]) -> None:
    """Log what was left out.

    Raises:
        WireError: It was the list or the page token, so that items would be missed.
    """
    for problem in problems:
        if problem.path in _MUST_FIT:
            expected = f"{problem.expected}, got {problem.value!r:.60}"
            raise WireError(expected, path=problem.path, value=problem.value)
        _log.warning("left out of an answer of Zoom's: %s", problem)


_IDENTITIES: Final = ("uuid", "user_id", "participant_id")
"""What an item is known by, the first that it has."""


def _identity(item: msgspec.Struct) -> Hashable:
    for name in _IDENTITIES:
        value = getattr(item, name, None)
        if value:
            joined = getattr(item, "join_time", None)
            said = getattr(item, "date_time", None)  # one can give feedback twice
            return (name, str(value), joined, said)
    return Content(msgspec.json.encode(item))


def _identity_of_qos(one: ParticipantQos) -> Hashable:
    if one.person.user_id:
        return one.person.user_id, one.person.join_time
    return Content(one.raw)
