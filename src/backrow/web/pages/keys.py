"""Session uuids in addresses: base64url, as uuids of Zoom hold `/`, `+` and `=`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import quote, urlencode


def key_of(session_uuid: str) -> str:
    """Return how a session is named in an address."""
    return base64.urlsafe_b64encode(session_uuid.encode()).decode().rstrip("=")


def uuid_of(key: str) -> str | None:
    """Return the uuid that a key means; None if it is no key."""
    try:
        raw = base64.b64decode(
            key + "=" * (-len(key) % 4), altchars=b"-_", validate=True
        )
        found = raw.decode()
    except (binascii.Error, ValueError):
        return None
    return found if key_of(found) == key else None


def session_url(session_uuid: str) -> str:
    """Return the path of a session's page."""
    return f"/sessions/{key_of(session_uuid)}"


def person_url(session_uuid: str, participant: str) -> str:
    """Return the path of a person's page."""
    return f"{session_url(session_uuid)}/participants/{quote(participant, safe='')}"


def group_url(session_uuid: str, where: Mapping[str, str]) -> str:
    """Return the path of a group's page; of a single person's, if it is one."""
    if list(where) == ["participant"]:
        return person_url(session_uuid, where["participant"])
    return f"{session_url(session_uuid)}/groups?{urlencode(where, quote_via=quote)}"
