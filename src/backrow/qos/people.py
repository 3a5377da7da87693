"""Who was there: sessions and people, typed.

Fields keep Zoom's own names in snake case, because administrators know them
from the Dashboard. None means that the key did not come; an empty string came
empty, which is how Zoom hides what it may not tell (external users, accounts
under a HIPAA agreement).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Final, Literal

from backrow.qos.notebook import facts
from backrow.qos.vocabulary import Kind

FieldType = Literal["str", "timestamp", "bool", "f64", "i64", "strs", "json"]
PersonFrom = Literal["registrant_id", "participant_user_id", "email", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One occurrence of a webinar or meeting."""

    kind: Kind
    uuid: str
    """Zoom's UUID of this occurrence, base64, not encoded for a URL."""
    number: str
    """The number that all occurrences of a recurring session share."""
    topic: str = ""
    host: str = ""
    host_email: str = ""
    dept: str = ""
    start_at: datetime
    """UTC, aware."""
    end_at: datetime | None = None
    """UTC, aware; None while it runs."""
    other: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """What came beyond the fields above, in Zoom's spelling; it changes all the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One thing that a participant shared, from when to when."""

    participant: str
    """Zoom's `user_id` of who shared."""
    content: str
    """Zoom's word, such as ``desktop``."""
    start_at: datetime
    """UTC, aware."""
    end_at: datetime
    """UTC, aware."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One participant's stay in a session: Zoom's top-level fields, typed.

    A rejoin is a new `user_id` and so another Person.
    """

    user_id: str | None = None
    """Zoom's id in this session; the `participant` of every table."""
    id: str | None = None
    user_name: str | None = None
    email: str | None = None
    role: str | None = None
    device: str | None = None
    client: str | None = None
    domain: str | None = None
    harddisk_id: str | None = None
    internal_ip_addresses: tuple[str, ...] | None = None
    ip_address: str | None = None
    join_time: datetime | None = None
    leave_time: datetime | None = None
    location: str | None = None
    mac_addr: str | None = None
    pc_name: str | None = None
    version: str | None = None
    health: str | None = None
    issue_list: tuple[str, ...] | None = None
    os: str | None = None
    os_version: str | None = None
    browser_name: str | None = None
    browser_version: str | None = None
    participant_uuid: str | None = None
    network_type: str | None = None
    data_center: str | None = None
    full_data_center: str | None = None
    connection_type: str | None = None
    video_connection_type: str | None = None
    as_connection_type: str | None = None
    share_application: bool | None = None
    share_desktop: bool | None = None
    share_whiteboard: bool | None = None
    recording: bool | None = None
    device_name: str | None = None
    has_archiving: bool | None = None
    optional_archiving: str | None = None
    group_id: str | None = None
    webinar_number: str | None = None
    meeting_number: str | None = None
    zoom_thin_client_plugin_version: str | None = None
    microphone: str | None = None
    speaker: str | None = None
    camera: str | None = None
    total_jointime_cost: float | None = None
    """Seconds it took to join."""
    registrant_id: str | None = None
    participant_user_id: str | None = None
    bo_mtg_id: str | None = None
    customer_key: str | None = None
    leave_reason: str | None = None
    from_sip_uri: str | None = None
    sip_uri: str | None = None
    status: str | None = None
    in_room_participants: int | None = None
    aic_disclaimer: str | None = None
    audio_quality: str | None = None
    video_quality: str | None = None
    screen_share_quality: str | None = None
    other: Mapping[str, Any] = field(default_factory=dict)
    """What came beyond the fields above, as it came."""

    def to_dict(self) -> dict[str, Any]:
        """Return what came, by name, ready for JSON; instants as ISO 8601 in UTC."""
        known = {
            name: _plain(value)
            for name in PERSON_FIELDS
            if (value := getattr(self, name)) is not None
        }
        return {**known, **({"other": dict(self.other)} if self.other else {})}

    def _repr_html_(self) -> str:
        """Return it as a notebook shows it."""
        return facts("participant", self.to_dict())


_TYPE_OF_HINT: Final[Mapping[str, FieldType]] = {
    "str | None": "str",
    "datetime | None": "timestamp",
    "bool | None": "bool",
    "float | None": "f64",
    "int | None": "i64",
    "tuple[str, ...] | None": "strs",
}
PERSON_FIELDS: Final[dict[str, FieldType]] = {
    f.name: _TYPE_OF_HINT[str(f.type)] for f in fields(Person) if f.name != "other"
}
"""Every field of a Person but `other`, with its type."""

ZOOM_SPELLING: Final[dict[str, str]] = {
    name: {"group_id": "groupId"}.get(name, name) for name in PERSON_FIELDS
}
"""Zoom's key of each field."""


def iso(at: datetime) -> str:
    """Return an instant as ISO 8601 in UTC, ending in Z."""
    text = at.astimezone(UTC).isoformat().removesuffix("+00:00")
    return f"{text}Z"


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return iso(value)
    return list(value) if isinstance(value, tuple) else value


def person_key(person: Person, *, key: bytes) -> tuple[str | None, PersonFrom]:
    """Return what stays the same for a person over stays, and where it is from.

    Registration's id is best, then the id of the Zoom account; an email address is
    hashed under `key`, so that the key alone tells nobody's address.

    Args:
        person: Whom to name.
        key: Secret of this installation; another key gives other hashes.

    Returns:
        The key, or None if Zoom says nothing that lasts; and the field behind it.
    """
    if person.registrant_id:
        return person.registrant_id, "registrant_id"
    if person.participant_user_id:
        return person.participant_user_id, "participant_user_id"
    email = (person.email or "").strip().lower()
    if not email:
        return None, "none"
    return hmac.new(key, email.encode(), hashlib.sha256).hexdigest()[:32], "email"
