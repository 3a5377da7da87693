"""A walk over a list at Zoom, a page a call, as the planner sees it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from backrow.collect.planner.calls import ACTIONS, TYPES, Purpose
from backrow.errors import BackrowError, PageTokenError
from backrow.qos.sample import Picked
from backrow.qos.vocabulary import Kind
from backrow.zoom.endpoints import endpoint
from backrow.zoom.paging import Pages

_FIRST_PAUSE_S: Final = 5.0
_LONGEST_PAUSE_S: Final = 60.0


def _itself(item: Hashable) -> Hashable:
    return item


def _pages(kind: Kind, purpose: Purpose) -> Pages[Hashable]:
    which = endpoint(kind, ACTIONS[purpose])
    query = {"type": TYPES[purpose], "page_size": str(which.page_size_max)}
    if purpose == "roll":
        query["include_fields"] = "registrant_id"
    return Pages({k: v for k, v in query.items() if k in which.query}, identify=_itself)


@dataclass(slots=True, kw_only=True)
class Walk:
    """One walk: its pages so far, and when the next may be asked for."""

    purpose: Purpose
    kind: Kind
    session: str
    picked: Picked
    begun_at: float
    pages: Pages[Hashable] = field(init=False)
    is_asking: bool = False
    """Whether a page is under way; the next cannot be asked for before it is here."""
    failures: int = 0
    """In a row."""
    retry_at: float = 0.0
    items: int = 0
    """Met so far."""
    is_done: bool = False

    def __post_init__(self) -> None:
        """Begin at the first page."""
        self.pages = _pages(self.kind, self.purpose)

    def query(self, now: float) -> Mapping[str, str] | None:
        """Return the query of the next page; None at the end.

        Raises:
            WireError: It was begun anew too often.
        """
        return self.pages.query(now)

    def accept(self, items: Iterable[Hashable], token: str, now: float) -> None:
        """Take a page.

        Raises:
            WireError: The pages go round in a circle.
        """
        self.is_asking = False
        self.failures = 0
        self.items += len(self.pages.accept(items, token, now))
        self.is_done = not token

    def fail(self, error: BackrowError, now: float) -> None:
        """Note that a page did not come; a token that died begins the walk anew.

        Raises:
            PageTokenError: Zoom refuses the first page for its token.
            WireError: It was begun anew too often.
        """
        self.is_asking = False
        if isinstance(error, PageTokenError):
            self.pages.refuse(error)
            return
        self.failures += 1
        pause = _FIRST_PAUSE_S * 2.0 ** min(self.failures - 1, 10)
        self.retry_at = now + min(_LONGEST_PAUSE_S, pause)
