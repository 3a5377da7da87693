"""Passes, form marks and codes of login links."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from backrow.web.pages.access.passes import CODE_LIFE_S, LIFE_S, Passes

TOKEN = "token-of-this-test"
NOW = 1_800_000_000.0


def test_pass_holds_as_long_as_it_says_also_after_a_restart() -> None:
    given_out = Passes(TOKEN).issue(now=NOW)
    again = Passes(TOKEN)
    assert again.holds(given_out, now=NOW)
    assert again.holds(given_out, now=NOW + LIFE_S - 1)
    assert not again.holds(given_out, now=NOW + LIFE_S)


def test_pass_says_nothing_of_the_token_and_falls_with_it() -> None:
    given_out = Passes(TOKEN).issue(now=NOW)
    assert TOKEN not in given_out
    assert given_out != Passes(TOKEN).issue(now=NOW)
    assert not Passes("another").holds(given_out, now=NOW)


@given(st.text())
def test_nothing_else_is_a_pass(text: str) -> None:
    passes = Passes(TOKEN)
    assert not passes.holds(text, now=NOW)
    assert not passes.holds(passes.issue(now=NOW) + text, now=NOW) or not text


def test_changed_pass_is_none() -> None:
    given_out = Passes(TOKEN).issue(now=NOW)
    until, _, rest = given_out.partition(".")
    assert not Passes(TOKEN).holds(f"{int(until) + 1}.{rest}", now=NOW)


def test_pass_that_was_given_back_is_over() -> None:
    passes = Passes(TOKEN)
    one, two = passes.issue(now=NOW), passes.issue(now=NOW)
    passes.give_back(one, now=NOW)
    passes.give_back("nonsense", now=NOW)
    assert not passes.holds(one, now=NOW)
    assert passes.holds(two, now=NOW)


def test_code_works_once_and_not_for_long() -> None:
    passes = Passes(TOKEN)
    one, two = passes.code(now=NOW), passes.code(now=NOW)
    assert passes.spend(one, now=NOW)
    assert not passes.spend(one, now=NOW)
    assert not passes.spend(two, now=NOW + CODE_LIFE_S)
    assert not passes.spend("", now=NOW)


@pytest.mark.parametrize("anchor", ["", "another"])
def test_form_of_another_browser_does_not_fit(anchor: str) -> None:
    passes = Passes(TOKEN)
    assert passes.form_fits(passes.form_mark("mine"), "mine")
    assert not passes.form_fits(passes.form_mark("mine"), anchor)
    assert not passes.form_fits(passes.form_mark(""), "")
