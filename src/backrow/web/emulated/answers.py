"""What each call answers: one small function per action, found in `HANDLERS`."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias, TypeVar

from backrow.qos.people import Person, Share, iso
from backrow.web.emulated.bodies import MEDIA_KEYS, WORDS, Bodies
from backrow.web.emulated.calls import Call, pages_of
from backrow.web.emulated.options import ZoomOptions
from backrow.web.emulated.refusals import not_found, refuse
from backrow.web.emulated.sessions import Book, Catalog, is_live
from backrow.web.emulated.tokens import PageTokens
from backrow.web.source import Source, Words
from backrow.zoom.encode.summary import summary_items

Body: TypeAlias = dict[str, object]
T = TypeVar("T")

_UNCOUNTED: Final = frozenset({"qos_summary", "satisfaction"})
"""Actions whose pages tell neither `page_count` nor `total_records`."""
_ONE_IN: Final = 8
"""One of so many people says at the end how it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What handlers look things up in."""

    source: Source
    options: ZoomOptions
    catalog: Catalog
    bodies: Bodies
    pages: PageTokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One call at one instant."""

    call: Call
    world: World
    now: float
    """Unix seconds of the emulated clock."""
    at: datetime
    """The same."""
    empty: bool = False
    """Whether a live list shall come without anybody this time."""
    missing: bool = False
    """Whether a past session shall not be found this time."""

    def book(self) -> Book:
        """Return the session that is asked about.

        Raises:
            RefusalError: It cannot be had.
        """
        catalog = self.world.catalog
        session = catalog.find(self.call, at=self.at)
        if self.missing and not self.call.live:
            raise not_found(self.call.endpoint.not_found)
        return catalog.book(session)

    def page(
        self,
        everything: Sequence[T],
        build: Callable[[Sequence[T]], list[Body]],
        *,
        number: str | None = None,
    ) -> Body:
        """Return the page of `everything` that is asked for; see `page_of`."""
        return page_of(
            self.call,
            everything,
            build,
            pages=self.world.pages,
            options=self.world.options,
            now=self.now,
            number=number,
        )


def answer(case: Case) -> Body:
    """Return the body of a success.

    Raises:
        RefusalError: The call is refused.
    """
    return HANDLERS[case.call.endpoint.action](case)


def _list(case: Case) -> Body:
    case.call.check_lists()
    if (
        case.call.endpoint.kind == "meeting"
        and not case.world.options.end_time_queries
        and case.call.query.get("query_date_type") == "end_time"
    ):
        raise refuse("no_end_time")
    catalog, bodies = case.world.catalog, case.world.bodies
    sessions = catalog.listed(case.call, at=case.at)
    page = case.page(
        sessions,
        lambda some: [
            bodies.session(catalog.book(s), at=case.at, action="list") for s in some
        ],
    )
    query = case.call.query
    return {"from": query["from"], "to": query["to"], **page}


def _get(case: Case) -> Body:
    return case.world.bodies.session(case.book(), at=case.at, action="get")


def _participants(case: Case) -> Body:
    book, bodies = case.book(), case.world.bodies
    registrants = "registrant_id" in case.call.query.get("include_fields", "")
    return case.page(
        _there(case, book),
        lambda some: bodies.listed(book, some, at=case.at, registrants=registrants),
        number=book.session.number,
    )


def _participants_qos(case: Case) -> Body:
    book, bodies = case.book(), case.world.bodies
    return case.page(
        _there(case, book),
        lambda some: bodies.qos(book, some, at=case.at, action="participants_qos"),
        number=book.session.number,
    )


def _participant_qos(case: Case) -> Body:
    book = case.book()
    found = book.index.get(case.call.participant)
    if found is not None and found < book.joined(case.at):
        bodies = case.world.bodies
        return bodies.qos(book, [found], at=case.at, action="participant_qos")[0]
    if case.world.options.unknown_participant == "empty":
        return {"user_id": case.call.participant, "user_qos": []}
    raise not_found(case.call.endpoint.not_found)


def _qos_summary(case: Case) -> Body:
    if not case.world.options.qss:
        raise refuse("qss_missing")
    book = case.book()

    def summaries(some: Sequence[int]) -> list[Body]:
        people = [book.people[i] for i in some]
        rows = case.world.source.rows(
            book.session.uuid,
            [each.user_id or "" for each in people],
            start=book.first_minute,
            end=book.end_minute,
        )
        style = case.world.options.style
        return [
            {
                "id": each.id or "",
                "participant_id": each.user_id or "",
                "user_name": each.user_name or "",
                "email": each.email or "",
                "qos": summary_items(rows.get(each.user_id or "", ()), style=style),
            }
            for each in people
        ]

    return case.page(range(len(book.people)), summaries)


def _sharing(case: Case) -> Body:
    book = case.book()
    begun: dict[str, list[Share]] = {}
    for share in book.shares:
        if share.start_at <= case.at:
            begun.setdefault(share.participant, []).append(share)

    def sharers(some: Sequence[str]) -> list[Body]:
        return [_sharer(book, name, begun[name], case.at) for name in some]

    return case.page(list(begun), sharers)


def _satisfaction(case: Case) -> Body:
    book = case.book()
    asked = [each for each in book.people if _says(each, case.at)]

    def said(some: Sequence[Person]) -> list[Body]:
        ids = [each.user_id or "" for each in some]
        words = case.world.bodies.words(book, ids, at=case.at)
        return [_feedback(each, words.get(each.user_id or "", ())) for each in some]

    return case.page(asked, said)


def _quality(case: Case) -> Body:
    begin, end = case.call.period()
    catalog, bodies = case.world.catalog, case.world.bodies
    books = [
        catalog.book(each)
        for each in catalog.source.sessions()
        if each.kind == "meeting"
        and begin <= each.start_at <= end
        and catalog.is_ready(each, case.at)
    ]
    if case.call.type == "participants":
        words = [w for book in books for w in _words_of_people(bodies, book, case.at)]
    else:
        words = [bodies.band_of(book) for book in books]
    query = case.call.query
    counts = {
        medium: _bands(w[i] for w in words) for i, medium in enumerate(MEDIA_KEYS)
    }
    return {"from": query["from"], "to": query["to"], "quality": counts}


HANDLERS: Final[Mapping[str, Callable[[Case], Body]]] = {
    "list": _list,
    "get": _get,
    "participants": _participants,
    "participants_qos": _participants_qos,
    "participant_qos": _participant_qos,
    "qos_summary": _qos_summary,
    "sharing": _sharing,
    "satisfaction": _satisfaction,
    "quality": _quality,
}
"""The function behind each action of ENDPOINTS."""


def page_of(
    call: Call,
    everything: Sequence[T],
    build: Callable[[Sequence[T]], list[Body]],
    *,
    pages: PageTokens,
    options: ZoomOptions,
    now: float,
    number: str | None = None,
) -> Body:
    """Return one page of `everything`.

    Args:
        call: What was asked.
        everything: All that could be listed, in order.
        build: Makes the items of the page.
        pages: Issues and reads page tokens.
        options: How this Zoom pages.
        now: Unix seconds.
        number: The session's, to be told before the items; None to leave it out.

    Raises:
        RefusalError: The page token is wrong, or the page's size.
    """
    endpoint = call.endpoint
    size = call.page_size(options)
    token, bound_to = call.query.get("next_page_token", ""), call.page_query()
    total = len(everything)
    begin = pages.read(token, bound_to=bound_to, now=now) if token else 0
    more = begin + size < total
    body: Body = {"page_size": size}
    if more:
        token = pages.issue(begin + size, bound_to=bound_to, now=now)
        body = {"next_page_token": token, **body}
    elif options.last_page == "empty":
        body = {"next_page_token": "", **body}
    if endpoint.action not in _UNCOUNTED:
        body.update(page_count=pages_of(total, size), total_records=total)
    if number is not None:
        body[f"{endpoint.kind}_number"] = number
    some = everything[begin : begin + size]
    return {**body, endpoint.items: build(some) if some else []}


def _there(case: Case, book: Book) -> Sequence[int]:
    """Return which of a session's people are listed: live, those who have joined."""
    if not is_live(book.session, case.at):
        return range(len(book.people))
    if case.empty:
        return ()
    joined = range(book.joined(case.at))
    if case.world.options.live_left:
        return joined
    return [i for i in joined if not _has_left(book.people[i], case.at)]


def _has_left(person: Person, at: datetime) -> bool:
    return person.leave_time is not None and person.leave_time <= at


def _sharer(
    book: Book, participant: str, shares: Iterable[Share], at: datetime
) -> Body:
    """Return what one participant has shared; what still goes on has no end."""
    person = book.people[book.index[participant]]
    details = []
    for share in shares:
        one = {"content": share.content, "start_time": iso(share.start_at)}
        if share.end_at <= at:
            one["end_time"] = iso(share.end_at)
        details.append(one)
    return {
        "id": person.id or "",
        "user_id": participant,
        "user_name": person.user_name or "",
        "details": details,
    }


def _says(person: Person, at: datetime) -> bool:
    """Return whether a person, on leaving, has said how it was."""
    name = (person.user_id or "").encode()
    return _has_left(person, at) and zlib.crc32(name) % _ONE_IN == 0


def _feedback(person: Person, words: Sequence[str]) -> Body:
    content = not {"poor", "bad"} & set(words)
    left_at = person.leave_time
    return {
        "date_time": iso(left_at) if left_at else "",
        "email": person.email or "",
        "quality": "GOOD" if content else "NOT GOOD",
        "user_id": person.id or "",
        "comment": "" if content else "The sound kept breaking up.",
    }


def _words_of_people(bodies: Bodies, book: Book, at: datetime) -> Iterable[Words]:
    ids = [each.user_id or "" for each in book.people]
    return bodies.words(book, ids, at=at).values()


def _bands(words: Iterable[str]) -> dict[str, int]:
    counted = Counter(words)
    return {word: counted[word] for word in WORDS}
