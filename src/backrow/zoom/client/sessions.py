"""The namespaces `zoom.webinars` and `zoom.meetings`, for threads and for tasks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Generic, TypeVar

from backrow.qos.reading import ParticipantQos
from backrow.zoom.client.calls import Id, Listing, Place
from backrow.zoom.client.periods import Moment
from backrow.zoom.client.shells import AsyncShell, Shell
from backrow.zoom.wire.lists import (
    Feedback,
    Meeting,
    MeetingParticipant,
    Participant,
    SharingParticipant,
    SummaryParticipant,
    Webinar,
)

T = TypeVar("T")
S = TypeVar("S", Webinar, Meeting)
P = TypeVar("P", Participant, MeetingParticipant)


class Sessions(Generic[S, P]):
    """Calls about webinars, or about meetings.

    A `session` is a number, which means its latest occurrence, or the UUID of one
    occurrence. A `type` is ``live`` (the default, as at Zoom) or ``past``; meetings
    also know ``pastOne``. Lists are iterators; their pages are fetched on the way.
    """

    def __init__(self, shell: Shell, place: Place) -> None:
        """Call through `shell`."""
        self._shell = shell
        self._place = place

    def list(
        self,
        type: str = "live",  # noqa: A002 - Zoom's word
        from_: Moment | None = None,
        to: Moment | None = None,
        *,
        page_size: int | None = None,
        **more: str,
    ) -> Iterator[S]:
        """Iterate over the sessions of a period.

        Args:
            type: Which sessions.
            from_: First day or instant; by default today for live ones, and 30 days
                before `to` for past ones.
            to: Last day or instant; by default today. More than a month of past
                sessions is asked for in several queries.
            page_size: By default the most that Zoom allows.
            **more: Zoom's other queries: group_id, group_include_participant,
                query_date_type; include_fields for meetings.

        Raises:
            UsageError: An argument is not one that Zoom takes.
            ZoomError: Zoom refused.
        """
        now = self._shell.core.clock.now()
        listing = self._place.listing(
            type, from_, to, page_size=page_size, more=more, now=now
        )
        return self._shell.walk(listing)

    def get(self, session: Id, type: str = "live") -> S:  # noqa: A002
        """Return one session.

        Raises:
            UsageError: The id or type can be none.
            ZoomError: Zoom refused.
        """
        found: S = self._shell.call(self._place.get(session, type))
        return found

    def participants(
        self,
        session: Id,
        type: str = "live",  # noqa: A002
        include_fields: str | None = None,
        *,
        page_size: int | None = None,
    ) -> Iterator[P]:
        """Iterate over the participants of a session, one item a stay.

        Args:
            session: Number or UUID.
            type: Which occurrence.
            include_fields: ``registrant_id`` to have it, not while live.
            page_size: By default the most that Zoom allows.

        Raises:
            UsageError: An argument is not one that Zoom takes.
            ZoomError: Zoom refused.
        """
        more = {} if include_fields is None else {"include_fields": include_fields}
        return self._items("participants", session, type, page_size, more)

    def participants_qos(
        self,
        session: Id,
        type: str = "live",  # noqa: A002
        *,
        page_size: int | None = None,
    ) -> Iterator[ParticipantQos]:
        """Iterate over everyone's QoS."""
        listing = self._place.participants_qos(session, type, page_size=page_size)
        return self._shell.walk(listing)

    def participant_qos(
        self,
        session: Id,
        participant: Id,
        type: str = "live",  # noqa: A002
    ) -> ParticipantQos:
        """Return one participant's QoS.

        Args:
            session: Number or UUID.
            participant: The participant's `user_id` in that session.
            type: Which occurrence.

        Raises:
            UsageError: An id or the type can be none.
            ZoomError: Zoom refused.
            WireError: The answer is not what Zoom promises.
        """
        what = self._place.participant_qos(session, participant, type)
        return self._shell.call(what)

    def qos_summary(
        self, session: Id, *, page_size: int | None = None
    ) -> Iterator[SummaryParticipant]:
        """Iterate over the QoS summaries of an ended session (QSS subscribers)."""
        return self._items("qos_summary", session, "past", page_size)

    def sharing(
        self,
        session: Id,
        type: str = "live",  # noqa: A002
        *,
        page_size: int | None = None,
    ) -> Iterator[SharingParticipant]:
        """Iterate over who shared what."""
        return self._items("sharing", session, type, page_size)

    def satisfaction(
        self,
        session: Id,
        type: str = "live",  # noqa: A002
        *,
        page_size: int | None = None,
    ) -> Iterator[Feedback]:
        """Iterate over what participants said about an ended session."""
        return self._items("satisfaction", session, type, page_size)

    def _items(
        self,
        action: str,
        session: Id,
        type_: str,
        page_size: int | None,
        more: Mapping[str, str] | None = None,
    ) -> Iterator[T]:
        listing: Listing[T] = self._place.items(
            action, session, type_, page_size=page_size, more=more
        )
        return self._shell.walk(listing)


class AsyncSessions(Generic[S, P]):
    """Calls about webinars, or about meetings: `Sessions` for tasks.

    Names, arguments and errors are those of `Sessions`; lists are asynchronous
    iterators.
    """

    def __init__(self, shell: AsyncShell, place: Place) -> None:
        """Call through `shell`."""
        self._shell = shell
        self._place = place

    def list(
        self,
        type: str = "live",  # noqa: A002 - Zoom's word
        from_: Moment | None = None,
        to: Moment | None = None,
        *,
        page_size: int | None = None,
        **more: str,
    ) -> AsyncIterator[S]:
        """Iterate over the sessions of a period."""
        now = self._shell.core.clock.now()
        listing = self._place.listing(
            type, from_, to, page_size=page_size, more=more, now=now
        )
        return self._shell.walk(listing)

    async def get(self, session: Id, type: str = "live") -> S:  # noqa: A002
        """Return one session.

        Raises:
            UsageError: The id or type can be none.
            ZoomError: Zoom refused.
        """
        found: S = await self._shell.call(self._place.get(session, type))
        return found

    def participants(
        self,
        session: Id,
        type: str = "live",  # noqa: A002
        include_fields: str | None = None,
        *,
        page_size: int | None = None,
    ) -> AsyncIterator[P]:
        """Iterate over the participants of a session, one item a stay."""
        more = {} if include_fields is None else {"include_fields": include_fields}
        return self._items("participants", session, type, page_size, more)

    def participants_qos(
        self,
        session: Id,
        type: str = "live",  # noqa: A002
        *,
        page_size: int | None = None,
    ) -> AsyncIterator[ParticipantQos]:
        """Iterate over everyone's QoS."""
        listing = self._place.participants_qos(session, type, page_size=page_size)
        return self._shell.walk(listing)

    async def participant_qos(
        self,
        session: Id,
        participant: Id,
        type: str = "live",  # noqa: A002
    ) -> ParticipantQos:
        """Return one participant's QoS."""
        what = self._place.participant_qos(session, participant, type)
        return await self._shell.call(what)

    def qos_summary(
        self, session: Id, *, page_size: int | None = None
    ) -> AsyncIterator[SummaryParticipant]:
        """Iterate over the QoS summaries of an ended session (QSS subscribers)."""
        return self._items("qos_summary", session, "past", page_size)

    def sharing(
        self,
        session: Id,
        type: str = "live",  # noqa: A002
        *,
        page_size: int | None = None,
    ) -> AsyncIterator[SharingParticipant]:
        """Iterate over who shared what."""
        return self._items("sharing", session, type, page_size)

    def satisfaction(
        self,
        session: Id,
        type: str = "live",  # noqa: A002
        *,
        page_size: int | None = None,
    ) -> AsyncIterator[Feedback]:
        """Iterate over what participants said about an ended session."""
        return self._items("satisfaction", session, type, page_size)

    def _items(
        self,
        action: str,
        session: Id,
        type_: str,
        page_size: int | None,
        more: Mapping[str, str] | None = None,
    ) -> AsyncIterator[T]:
        listing: Listing[T] = self._place.items(
            action, session, type_, page_size=page_size, more=more
        )
        return self._shell.walk(listing)
