"""Walks a list of Zoom's page by page, without a gap, a double or an endless loop.

A page names the next one by a token that lives for 15 minutes. The caller's own
query goes with it on every page. When a token has died, because Zoom refuses it
or because the caller took too long over a page, the list is started again from its
first page, and what was seen before is skipped.

Items are known again by their identity (a participant's `user_id`, a session's
UUID), also within one walk, because people who leave a live list move the others
across the borders of pages. Items without one are known by their `Content`, and
counted, so that two equal ones stay two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from backrow.errors import PageTokenError, WireError

T = TypeVar("T")
TOKEN_LIFE_S: Final = 15 * 60.0
"""How long a page token lives, s."""
RESTARTS_MAX: Final = 50
IDLE_RESTARTS_MAX: Final = 5
"""Restarts in a row that brought nothing new."""
_EMPTY_PAGES_MAX: Final = 100
"""Pages in a row without a new item, beyond those that repeat what was seen."""


@dataclass(frozen=True, slots=True)
class Content:
    """What an item without an identity is known by: all that it holds."""

    text: bytes


class Pages(Generic[T]):
    """One walk over a list.

    Ask `query` for what to send, give `accept` the page or `refuse` the error,
    and go on until `query` is None.
    """

    def __init__(
        self,
        query: Mapping[str, str],
        *,
        identify: Callable[[T], Hashable],
        seen: set[Hashable] | None = None,
    ) -> None:
        """Begin at the first page.

        Args:
            query: The caller's query, which goes along with every page.
            identify: Returns what an item is known by; `Content` if it has no
                identity.
            seen: Identities that are skipped, shared by several walks.
        """
        self._query = dict(query)
        self._identify = identify
        self._seen: set[Hashable] = set() if seen is None else seen
        self._given: Counter[Content] = Counter()
        """Items without identity that were given out, with their number."""
        self._met: Counter[Content] = Counter()
        """The same, as met since the last start."""
        self._tokens: set[str] = set()
        """Tokens that came since the last start."""
        self._token = ""
        self._token_at = 0.0
        self._is_done = False
        self._restarts = 0
        self._idle_restarts = 0
        self._idle_pages = 0

    def query(self, now: float) -> dict[str, str] | None:
        """Return the query of the next page; None at the end.

        Args:
            now: Unix seconds; a token that is too old by now is not tried.

        Raises:
            WireError: The list was started again too often.
        """
        if self._is_done:
            return None
        if self._token and now - self._token_at >= TOKEN_LIFE_S:
            self._restart()
        if not self._token:
            return dict(self._query)
        return {**self._query, "next_page_token": self._token}

    def accept(self, items: Iterable[T], token: str | None, now: float) -> list[T]:
        """Return those items of a page that are new.

        Args:
            items: The page's.
            token: Its `next_page_token`; empty or None at the end.
            now: When it came, unix seconds.

        Raises:
            WireError: The pages go round in a circle, or never end.
        """
        new = [item for item in items if self._is_new(item)]
        if new:
            self._idle_pages = self._idle_restarts = 0
        else:
            self._idle_pages += 1
        self._go_on(token or "", now)
        return new

    def refuse(self, error: PageTokenError) -> None:
        """Start again, because Zoom refused the token.

        Raises:
            PageTokenError: No token was sent.
            WireError: The list was started again too often.
        """
        if not self._token:
            raise error
        self._restart()

    def _go_on(self, token: str, now: float) -> None:
        if token in self._tokens:
            msg = "expected a next_page_token that is new, got one twice"
            raise WireError(msg, path="$.next_page_token", value=token)
        known = len(self._seen) + self._given.total()
        if token and self._idle_pages > known + _EMPTY_PAGES_MAX:
            msg = f"expected new items, got none on {self._idle_pages} pages in a row"
            raise WireError(msg, path="$.next_page_token", value=token)
        self._tokens.add(token)
        self._token, self._token_at = token, now
        self._is_done = not token

    def _restart(self) -> None:
        self._restarts += 1
        self._idle_restarts += 1
        if self._restarts > RESTARTS_MAX or self._idle_restarts > IDLE_RESTARTS_MAX:
            msg = (
                "expected page tokens that live long enough to go on, got "
                f"{self._restarts} that had died"
            )
            raise WireError(msg, path="$.next_page_token", value=self._token)
        self._token = ""
        self._idle_pages = 0
        self._tokens.clear()
        self._met.clear()

    def _is_new(self, item: T) -> bool:
        """Note an item, and return whether it was not given out before."""
        identity = self._identify(item)
        if not isinstance(identity, Content):
            is_new = identity not in self._seen
            self._seen.add(identity)
            return is_new
        self._met[identity] += 1
        if self._met[identity] <= self._given[identity]:
            return False
        self._given[identity] += 1
        return True
