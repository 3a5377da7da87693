"""Pseudonyms: the same for the same person, and nothing to go back by."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from backrow.qos.identities import (
    hidden_key,
    is_pseudonym,
    known_as,
    prefix_of,
    pseudonym_of,
)
from backrow.qos.people import Person, person_key

KEY = b"secret of this test"
NAMES = st.text(min_size=1, max_size=30).filter(str.strip)


@given(NAMES)
def test_pseudonym_is_one_and_stays_one(name: str) -> None:
    found = pseudonym_of(None, name, key=KEY)
    assert found is not None
    assert is_pseudonym(found)
    assert pseudonym_of("", found, key=KEY) == found
    assert pseudonym_of(None, name, key=b"another") != found or is_pseudonym(name)


def test_a_person_is_one_under_another_name_and_in_other_letters() -> None:
    first = pseudonym_of("ann@example.com", "Ann Example", key=KEY)
    again = pseudonym_of(" Ann@Example.COM", "Ann (phone)", key=KEY)
    assert first == again != pseudonym_of("bob@example.com", "Ann Example", key=KEY)
    assert pseudonym_of(None, "Ann", key=KEY) == pseudonym_of("", "ANN ", key=KEY)


def test_nobody_has_no_pseudonym() -> None:
    assert pseudonym_of(None, None, key=KEY) is None
    assert pseudonym_of(" ", "", key=KEY) is None


def test_an_id_of_zooms_is_hidden_once() -> None:
    hidden = hidden_key("IFrt2RWnR9aFq5nVJBvSVQ", key=KEY)
    assert hidden is not None
    assert "IFrt" not in hidden
    assert hidden_key(hidden, key=KEY) == hidden
    assert hidden_key(None, key=KEY) is None


def test_who_knows_the_secret_finds_a_person() -> None:
    hashed, _ = person_key(Person(email="ann@example.com"), key=KEY)
    assert set(known_as("Ann@example.com ", key=KEY)) == {
        hashed,
        pseudonym_of("ann@example.com", None, key=KEY),
    }
    assert pseudonym_of(None, "Ann", key=KEY) in known_as("ann", key=KEY)
    assert hidden_key("IFrt2RWn", key=KEY) in known_as("IFrt2RWn", key=KEY)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.0/24"),
        ("2001:db8:1:2::5", "2001:db8:1::/48"),
        ("::ffff:198.51.100.7", "198.51.100.0/24"),
        ("198.51.100.0/24", "198.51.100.0/24"),
        ("unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_cut_to_its_network(
    address: str | None, network: str | None
) -> None:
    assert prefix_of(address) == network
