"""Who is the same person."""

import pytest

from backrow.qos.people import Person, person_key

KEY = b"secret"
EVERYTHING = {
    "registrant_id": "reg-1",
    "participant_user_id": "zoom-1",
    "email": "ann@example.com",
}


@pytest.mark.parametrize(
    ("blank", "origin"),
    [
        ((), "registrant_id"),
        (("registrant_id",), "participant_user_id"),
        (("registrant_id", "participant_user_id"), "email"),
        (("registrant_id", "participant_user_id", "email"), "none"),
    ],
)
def test_best_of_what_lasts_is_the_key(blank: tuple[str, ...], origin: str) -> None:
    person = Person(**{**EVERYTHING, **dict.fromkeys(blank, "")})  # type: ignore[arg-type] # texts
    key, found = person_key(person, key=KEY)
    assert found == origin
    assert (key is None) == (origin == "none")


def test_address_is_hashed_whatever_its_letter_case() -> None:
    keys = {
        person_key(Person(email=email), key=KEY)[0]
        for email in ("ann@example.com", " Ann@Example.COM ")
    }
    (key,) = keys
    assert key is not None
    assert "ann" not in key
    assert person_key(Person(email="ann@example.com"), key=b"another")[0] != key


def test_what_did_not_come_is_no_key() -> None:
    assert person_key(Person(), key=KEY) == (None, "none")
