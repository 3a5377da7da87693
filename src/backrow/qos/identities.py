"""What people are called where their names are not to be kept, and cut addresses.

A pseudonym is made from what Zoom tells of a person, an email address or else a name,
under a secret of the installation. The same person gets the same one in every session,
over rejoins too, and nobody can go back from it without the secret; with the secret,
anybody's can be worked out, which is how a person is found who asks to be forgotten.
Whoever gives neither an address nor a name gets no pseudonym.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Final

from backrow.qos.people import Person, person_key
from backrow.qos.sites import network_of

PREFIX: Final = "Person "
"""What every pseudonym begins with."""
_PSEUDONYM: Final = re.compile(rf"{PREFIX}[a-z2-7]{{5}}-[a-z2-7]{{5}}")
_BYTES: Final = 7
_LETTERS: Final = 10
"""Of base 32: 50 bits, so that two of 100,000 people are alike once in 200,000 lakes."""
_PERSON_KEY: Final = re.compile(r"[0-9a-f]{32}")
_DOMAIN: Final = b"pseudonym\0"
"""Parts these hashes from the person keys, which have the same secret."""


def pseudonym_of(email: str | None, name: str | None, *, key: bytes) -> str | None:
    """Return what to call a person; None if there is nothing to go by.

    Args:
        email: Address; blank and None are unknown. It goes before the name, and
            letter case does not matter.
        name: Name; letter case does not matter, and a pseudonym stays as it is.
        key: Secret of this installation.
    """
    address, called = (email or "").strip().lower(), (name or "").strip()
    if not address and (not called or is_pseudonym(called)):
        return called or None
    text = address or called.casefold()
    digest = hmac.digest(key, _DOMAIN + text.encode(errors="replace"), "sha256")
    word = base64.b32encode(digest[:_BYTES]).decode().lower()[:_LETTERS]
    return f"{PREFIX}{word[:5]}-{word[5:]}"


def is_pseudonym(name: str) -> bool:
    """Return whether a name is a pseudonym already."""
    return _PSEUDONYM.fullmatch(name) is not None


def hidden_key(person: str | None, *, key: bytes) -> str | None:
    """Return a person key that does not show an id of Zoom's.

    Args:
        person: As `backrow.qos.people.person_key` gives it: an id, or a hash, which
            stays as it is.
        key: Secret of this installation.
    """
    if not person or _PERSON_KEY.fullmatch(person):
        return person
    text = person.encode(errors="replace")
    return hmac.new(key, text, hashlib.sha256).hexdigest()[:32]


def known_as(person: str, *, key: bytes) -> tuple[str, ...]:
    """Return what else a person may be called where names are not kept.

    Args:
        person: An email address, a name or an id of Zoom's.
        key: Secret of this installation.
    """
    text = person.strip()
    if "@" in text:
        hashed, _ = person_key(Person(email=text), key=key)
        found = (hashed, pseudonym_of(text, None, key=key))
    else:
        found = (hidden_key(text, key=key), pseudonym_of(None, text, key=key))
    return tuple(one for one in found if one)


def prefix_of(address: str | None) -> str | None:
    """Return the network of an address, /24 or /48 of IPv6; None if it is none."""
    return network_of(address) or None
