"""What a target is told: a finding as JSON, or in a title and a few lines."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec

from backrow.diagnose.verdict.finding import Finding
from backrow.qos.people import iso

State = Literal["raised", "updated", "cleared", "test"]
TEST: Final = "test"
_TITLES: Final[Mapping[State, str]] = {
    "raised": "Trouble",
    "updated": "Still trouble",
    "cleared": "Over",
}
_TEST_TEXT: Final = "This is a test. Backrow tells here what is wrong in a webinar."


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Which session a message is about, as far as it is known."""

    uuid: str
    number: str = ""
    kind: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, the same to every target."""

    id: str
    """The finding's, the same through all its states; ``test`` for a test."""
    state: State
    session_uuid: str = ""
    told_s: float
    """When it was told, unix seconds, real time."""
    finding: Mapping[str, Any] = field(default_factory=dict)
    """As `Finding.to_dict` gives it, without the participants' ids; {} for a test."""
    delivery: str = field(default_factory=lambda: secrets.token_hex(12))
    """Names this message: the same each time it is tried."""

    def says_the_same_as(self, other: Message) -> bool:
        """Return whether nobody needs this message who has the other."""
        is_over = self.state == "cleared", other.state == "cleared"
        return is_over[0] == is_over[1] and {**self.finding, "state": ""} == {
            **other.finding,
            "state": "",
        }


def message_of(session_uuid: str, finding: Finding, *, now: float) -> Message | None:
    """Return the message that a finding is worth; None for one made in hindsight.

    Args:
        session_uuid: Its session.
        finding: As it is now.
        now: Unix seconds, real time.
    """
    if finding.state == "final":
        return None
    told = finding.to_dict()
    del told["participants"]  # how many is enough to act on; pages say who
    return Message(
        id=finding.id,
        state=finding.state,
        session_uuid=session_uuid,
        told_s=now,
        finding=told,
    )


def trial(*, now: float) -> Message:
    """Return a message that tries a target."""
    return Message(id=TEST, state=TEST, told_s=now)


def as_json(message: Message, about: About) -> bytes:
    """Return the body of a webhook's request."""
    is_test = message.state == TEST
    return msgspec.json.encode(
        {
            "type": TEST if is_test else f"finding.{message.state}",
            "delivery": message.delivery,
            "told_at": iso(datetime.fromtimestamp(message.told_s, UTC)),
            "session": None if is_test else msgspec.structs.asdict(_session(about)),
            "finding": None if is_test else {**message.finding, "state": message.state},
        }
    )


class _Session(msgspec.Struct, frozen=True):
    uuid: str
    number: str
    kind: str
    topic: str


def _session(about: About) -> _Session:
    return _Session(about.uuid, about.number, about.kind, about.topic)


def as_text(message: Message, about: About) -> tuple[str, str]:
    """Return title and text for people.

    What others typed (a topic, a name) can neither call anybody nor be a link: services
    read more into some characters than is meant.
    """
    if message.state == TEST:
        return "Backrow: test", _TEST_TEXT
    title = f"{_TITLES[message.state]}: {about.topic or about.number or about.uuid}"
    lines = [str(message.finding["sentence"])]
    if message.state != "cleared":
        lines.append(str(message.finding["advice"]))
    return _harmless(title), "\n\n".join(map(_harmless, lines))


def _harmless(text: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in text)
    return shown.replace("@", "@\u200b").replace("<", "\u2039").replace(">", "\u203a")
