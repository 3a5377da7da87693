"""Addresses of sessions, people and groups."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from backrow.web.pages.keys import group_url, key_of, person_url, uuid_of


@given(st.text())
def test_key_goes_there_and_back(uuid: str) -> None:
    try:
        key = key_of(uuid)
    except UnicodeEncodeError:  # half of a surrogate pair: no uuid of Zoom's
        return
    assert re.fullmatch(r"[A-Za-z0-9_-]*", key)
    assert uuid_of(key) == uuid


@given(st.text())
def test_any_text_is_a_key_or_none(text: str) -> None:
    found = uuid_of(text)
    assert found is None or key_of(found) == text


@pytest.mark.parametrize("key", ["a", "!!", "YQ=", "YR", "_w", "Y Q"])
def test_what_no_session_has_is_no_key(key: str) -> None:
    assert uuid_of(key) is None


def test_hostile_ids_stay_in_their_place() -> None:
    url = person_url("u", "../x?y#z/%00")
    assert url == f"/sessions/{key_of('u')}/participants/..%2Fx%3Fy%23z%2F%2500"


def test_group_of_one_person_is_that_person() -> None:
    assert group_url("u", {"participant": "7"}) == person_url("u", "7")
    assert group_url("u", {"site": "A & B"}).endswith("/groups?site=A%20%26%20B")
