"""Walks: every item once, whatever happens to the tokens."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given, strategies as st

from backrow.errors import PageTokenError, WireError
from backrow.zoom.paging import TOKEN_LIFE_S, Content, Pages
from tests.zoom.fakes import NOON

QUERY = {"type": "past", "page_size": "2"}


@dataclass
class PagedList:
    """A list whose tokens die at given requests, or when they are too old."""

    items: list[str]
    size: int = 2
    dies_at: frozenset[int] = frozenset()
    """Numbers of requests, from 0, at which a token is refused."""
    asked: list[Mapping[str, str]] = field(default_factory=list)

    def page(self, query: Mapping[str, str]) -> tuple[list[str], str | None]:
        number = len(self.asked)
        self.asked.append(query)
        token = query.get("next_page_token")
        if token and number in self.dies_at:
            raise PageTokenError("the next page token is invalid or expired")
        begin = int(token.rpartition("-")[2]) if token else 0
        end = begin + self.size
        return self.items[begin:end], f"token-{end}" if end < len(self.items) else ""


def walk(
    pages: Pages[str],
    page: Callable[[Mapping[str, str]], tuple[list[str], str | None]],
    *,
    page_takes_s: float = 1.0,
) -> list[str]:
    now, found = NOON, []
    while (query := pages.query(now)) is not None:
        try:
            items, token = page(query)
        except PageTokenError as error:
            pages.refuse(error)
            continue
        new = pages.accept(items, token, now)
        found += new
        now += page_takes_s if new else 1.0  # the caller works on new items only
    return found


def by_itself(item: str) -> Hashable:
    return item


def by_content(item: str) -> Hashable:
    return Content(item.encode())


def pages(identify: Callable[[str], Hashable] = by_itself) -> Pages[str]:
    return Pages(QUERY, identify=identify)


def letters(count: int) -> list[str]:
    return [f"user-{i}" for i in range(count)]


def test_query_of_the_caller_goes_along_with_every_page() -> None:
    source = PagedList(letters(5))
    assert walk(pages(), source.page) == letters(5)
    assert source.asked == [
        QUERY,
        {**QUERY, "next_page_token": "token-2"},
        {**QUERY, "next_page_token": "token-4"},
    ]


@pytest.mark.parametrize("token", ["", None])
def test_list_ends_without_a_token(token: str | None) -> None:
    walked = pages()
    assert walked.accept(["a"], token, NOON) == ["a"]
    assert walked.query(NOON) is None


@given(
    st.integers(0, 30),
    st.integers(1, 7),
    st.frozensets(st.integers(0, 40), max_size=5),
    st.sampled_from([by_itself, by_content]),
)
def test_each_item_comes_once_whenever_tokens_die(
    count: int, size: int, dies_at: frozenset[int], identify: Callable[..., Hashable]
) -> None:
    source = PagedList(letters(count), size=size, dies_at=dies_at)
    assert walk(pages(identify), source.page) == letters(count)


def test_token_that_is_too_old_is_not_tried() -> None:
    source = PagedList(letters(5))
    assert walk(pages(), source.page, page_takes_s=TOKEN_LIFE_S) == letters(5)
    tokens = [query.get("next_page_token") for query in source.asked]
    assert tokens == [None, None, "token-2", None, "token-2", "token-4"]


def test_token_is_tried_up_to_its_end() -> None:
    walked = pages()
    walked.accept(["a"], "token", NOON)
    assert walked.query(NOON + TOKEN_LIFE_S - 1) == {
        **QUERY,
        "next_page_token": "token",
    }


def test_equal_items_without_identity_stay_as_many() -> None:
    source = PagedList(["a", "b", "a", "a", "c"], dies_at=frozenset({2}))
    assert walk(pages(by_content), source.page) == ["a", "b", "a", "a", "c"]


def test_item_that_shifts_to_the_next_page_comes_once() -> None:
    walked = pages()
    assert walked.accept(["a", "b"], "t1", NOON) == ["a", "b"]
    assert walked.accept(["b", "c"], "", NOON) == ["c"]


def test_walks_can_share_what_was_seen() -> None:
    seen: set[Hashable] = set()
    first = Pages(QUERY, identify=by_itself, seen=seen)
    second = Pages(QUERY, identify=by_itself, seen=seen)
    assert first.accept(["a", "b"], "", NOON) == ["a", "b"]
    assert second.accept(["b", "c"], "", NOON) == ["c"]


def test_same_token_twice_is_refused() -> None:
    walked = pages()
    walked.accept(["a"], "t1", NOON)
    walked.accept(["b"], "t2", NOON)
    with pytest.raises(WireError, match="got one twice"):
        walked.accept(["c"], "t1", NOON)


def test_endless_row_of_empty_pages_is_refused() -> None:
    asked: list[Mapping[str, str]] = []

    def page(query: Mapping[str, str]) -> tuple[list[str], str]:
        asked.append(query)
        return [], f"token-{len(asked)}"

    with pytest.raises(WireError, match="in a row"):
        walk(pages(), page)
    assert len(asked) < 200


def test_list_whose_tokens_always_die_is_refused() -> None:
    source = PagedList(letters(5), dies_at=frozenset(range(1, 10_000)))
    with pytest.raises(WireError, match="that had died"):
        walk(pages(), source.page)
    assert len(source.asked) < 20


def test_list_that_takes_too_many_starts_is_refused() -> None:
    source = PagedList(letters(200), size=1)
    with pytest.raises(WireError, match="51 that had died"):
        walk(pages(), source.page, page_takes_s=TOKEN_LIFE_S)


def test_refused_token_that_was_never_sent_is_the_callers_error() -> None:
    error = PageTokenError("the next page token is invalid or expired")
    with pytest.raises(PageTokenError) as caught:
        pages().refuse(error)
    assert caught.value is error
