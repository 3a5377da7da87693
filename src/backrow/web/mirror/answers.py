"""What each of Zoom's calls answers, out of a session in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import msgspec

from backrow.qos.people import iso
from backrow.web.emulated.answers import page_of
from backrow.web.emulated.bodies import duration_text
from backrow.web.emulated.calls import Call
from backrow.web.emulated.options import ZoomOptions
from backrow.web.emulated.tokens import PageTokens
from backrow.web.mirror.held import Held, Kept
from backrow.zoom.encode import Encoder

Body: TypeAlias = dict[str, Any]
_OPTIONS: Final = ZoomOptions()
"""How Zoom pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """What bodies are made with; for one thread at a time."""

    pages: PageTokens
    encoder: Encoder

    @classmethod
    def make(cls, key: bytes) -> Writer:
        """Return one whose page tokens are sealed with `key`."""
        pages = PageTokens(
            key=key,
            life_s=_OPTIONS.page_token_life_s,
            refusal=_OPTIONS.bad_page_token,
        )
        # As Zoom's answers look in production, but without rounding.
        return cls(
            pages=pages, encoder=Encoder(style="2021", absent="mixed", exact=True)
        )

    def sessions(
        self,
        call: Call,
        every: Sequence[Kept],
        counts: Callable[[Sequence[Kept]], Mapping[str, int]],
        *,
        now: float,
    ) -> Body:
        """Return a page of sessions.

        Args:
            call: What was asked.
            every: All that fit, in order.
            counts: Gives how many people sessions have.
            now: Unix seconds.

        Raises:
            RefusalError: The page token is wrong, or the page's size.
        """

        def build(some: Sequence[Kept]) -> list[Body]:
            people = counts(some)
            return [session_body(one, people.get(one.uuid), now=now) for one in some]

        query = call.query
        page = page_of(call, every, build, pages=self.pages, options=_OPTIONS, now=now)
        return {"from": query["from"], "to": query["to"], **page}

    def person(self, call: Call, held: Held) -> Body:
        """Return one participant with every minute; they must be in the session."""
        at = held.index[call.participant]
        (body,) = self._measured(held, at, 1, call.endpoint.action)
        number = f"{held.kept.kind}_number"
        if held.kept.number:
            body.setdefault(number, held.kept.number)
        return body

    def people(self, call: Call, held: Held, *, now: float) -> Body:
        """Return a page of the list of participants, or of their QoS.

        Raises:
            RefusalError: The page token is wrong, or the page's size.
        """
        action = call.endpoint.action
        build = self._listed if action == "participants" else self._measured

        def some(which: Sequence[int]) -> list[Body]:
            found = build(held, which[0], len(which), action)
            if "registrant_id" not in call.query.get("include_fields", "") or call.live:
                for one in found:
                    one.pop("registrant_id", None)
            return found

        every = range(held.people.height)
        return page_of(
            call,
            every,
            some,
            pages=self.pages,
            options=_OPTIONS,
            now=now,
            number=held.kept.number or None,
        )

    def _listed(self, held: Held, first: int, count: int, action: str) -> list[Body]:
        return [facts for _, facts in held.facts(first, count, action)]

    def _measured(self, held: Held, first: int, count: int, action: str) -> list[Body]:
        people = held.facts(first, count, action)
        rows = held.rows([participant for participant, _ in people])
        minutes = self.encoder.minutes_json
        return [
            {**facts, "user_qos": msgspec.Raw(minutes(own))}
            for (_, facts), own in zip(people, rows, strict=True)
        ]


def listed(call: Call, sessions: Sequence[Kept]) -> list[Kept]:
    """Return the sessions that a list call means, in order of their start.

    Raises:
        RefusalError: The period is missing or malformed, or another value is.
    """
    begin, end = call.period()
    call.check_lists()
    ours = [s for s in sessions if s.kind == call.endpoint.kind]
    if call.live:
        found = [s for s in ours if s.is_live]
    else:
        by_end = call.query.get("query_date_type") == "end_time"
        found = [
            s
            for s in ours
            if not s.is_live
            and (at := s.end_at if by_end else s.start_at) is not None
            and begin <= at <= end
        ]
    first = datetime.min.replace(tzinfo=UTC)
    return sorted(found, key=lambda s: (s.start_at or first, s.uuid))


def session_body(kept: Kept, people: int | None, *, now: float) -> Body:
    """Return a session in Zoom's spelling; what the lake does not know has no key.

    What Zoom told of it at the end holds; while it runs, how long it has lasted and who
    is there is worked out anew.

    Args:
        kept: Which.
        people: How many took part, or are there; None if it is not known.
        now: Unix seconds.
    """
    number = kept.number
    told = {
        "uuid": kept.uuid,
        "id": int(number) if number.isdecimal() else number or None,
        "topic": kept.topic,
        "host": kept.host,
        "email": kept.host_email,
        "dept": kept.dept,
        "start_time": _second(kept.start_at),
        "end_time": None if kept.is_live else _second(kept.end_at),
    }
    counted = {"duration": _duration(kept, now), "participants": people}
    other = _other(kept)
    every = (told, other, counted) if kept.is_live else (told, counted, other)
    found: Body = {}
    for part in every:
        found |= {name: value for name, value in part.items() if value is not None}
    return found


def is_counted(kept: Kept) -> bool:
    """Return whether Zoom told at the end how many took part."""
    return not kept.is_live and _other(kept).get("participants") is not None


def _other(kept: Kept) -> Body:
    found: Body = msgspec.json.decode(kept.other) if kept.other else {}
    return found


def _second(at: datetime | None) -> str | None:
    return None if at is None else iso(at.replace(microsecond=0))


def _duration(kept: Kept, now: float) -> str | None:
    """Return how long it has lasted, or did; None if it is not known."""
    end = datetime.fromtimestamp(now, UTC) if kept.is_live else kept.end_at
    if kept.start_at is None or end is None:
        return None
    return duration_text(end - kept.start_at)
