"""Participant 1670000000, whose answer Zoom's own documentation shows.

`WithSample` lets that participant take part in any world, so that the answer can
be asked for, and comes value for value as it was published in 2021.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

from backrow.qos.people import Person, Session, Share
from backrow.qos.sample import COLUMNS, INDEX, Row

Words = tuple[str, str, str]

PARTICIPANT: Final = "1670000000"
_AT: Final = datetime(2021, 6, 24, 20, tzinfo=UTC)

PERSON: Final = Person(
    user_id=PARTICIPANT,
    user_name="User",
    device="Android",
    ip_address="192.0.2.0",
    location="San Jose (US)",
    join_time=_AT,
    leave_time=_AT,
    pc_name="User's Phone",
    domain="user-android",
    mac_addr="",
    harddisk_id="",
    version="4.4.55383.0726",
    role="attendee",
)
"""Who it is; the role is ours, and no QoS answer shows it."""

_STREAM: Final = (
    "bitrate_kbps",
    "latency_ms",
    "jitter_ms",
    "avg_loss_pct",
    "max_loss_pct",
)
_PICTURE: Final = ("width_px", "height_px", "frame_rate_fps")
_VALUES: Final[Mapping[str, tuple[float, ...]]] = {
    "audio_sent": (23, 126, 6, 0.3, 1.9),
    "audio_received": (63, 134, 6, 0, 0),
    "video_sent": (1055, 129, 11, 0, 4.9, 1280, 720, 12),
    "video_received": (673, 135, 11, 0, 0, 640, 360, 22),
    "share_sent": (70, 135, 8, 0, 0),
    "share_received": (70, 135, 8, 0, 0),
}
_CPU: Final[Mapping[str, float]] = {
    "zoom_min_cpu_pct": 8,
    "zoom_avg_cpu_pct": 12,
    "zoom_max_cpu_pct": 18,
    "system_max_cpu_pct": 40,
}


class World(Protocol):
    """What `WithSample` wraps: the methods of a source of the emulated API."""

    def sessions(self) -> Sequence[Session]:
        """Return every session."""
        ...

    def people(self, session_uuid: str) -> Sequence[Person]:
        """Return everyone of a session, in joining order."""
        ...

    def rows(
        self,
        session_uuid: str,
        participants: Sequence[str],
        *,
        start: datetime,
        end: datetime,
    ) -> Mapping[str, Sequence[Row]]:
        """Return samples by participant."""
        ...

    def words(
        self, session_uuid: str, participants: Sequence[str], *, at: datetime
    ) -> Mapping[str, Words]:
        """Return quality words by participant."""
        ...

    def shares(self, session_uuid: str) -> Sequence[Share]:
        """Return who shared what."""
        ...


class WithSample:
    """A world in which participant 1670000000 takes part in one webinar.

    The one minute of the sample, of June 2021, comes with every answer, whatever
    minutes are asked for.
    """

    def __init__(self, world: World, *, session_uuid: str) -> None:
        """Add the participant to the session of this UUID."""
        self._world = world
        self._uuid = session_uuid
        self._people: tuple[Sequence[Person], list[Person]] | None = None
        session = next(s for s in world.sessions() if s.uuid == session_uuid)
        self._row = _row(session)

    def sessions(self) -> Sequence[Session]:
        """Return every session of the world."""
        return self._world.sessions()

    def people(self, session_uuid: str) -> Sequence[Person]:
        """Return everyone of a session; the sample's participant came first."""
        others = self._world.people(session_uuid)
        if session_uuid != self._uuid:
            return others
        if self._people is None or self._people[0] is not others:
            self._people = (others, [PERSON, *others])
        return self._people[1]

    def rows(
        self,
        session_uuid: str,
        participants: Sequence[str],
        *,
        start: datetime,
        end: datetime,
    ) -> Mapping[str, Sequence[Row]]:
        """Return samples by participant."""
        if session_uuid != self._uuid or PARTICIPANT not in participants:
            return self._world.rows(session_uuid, participants, start=start, end=end)
        others = [name for name in participants if name != PARTICIPANT]
        rows = self._world.rows(session_uuid, others, start=start, end=end)
        return {**rows, PARTICIPANT: [self._row]}

    def words(
        self, session_uuid: str, participants: Sequence[str], *, at: datetime
    ) -> Mapping[str, Words]:
        """Return quality words by participant."""
        if session_uuid != self._uuid or PARTICIPANT not in participants:
            return self._world.words(session_uuid, participants, at=at)
        others = [name for name in participants if name != PARTICIPANT]
        words = self._world.words(session_uuid, others, at=at)
        return {**words, PARTICIPANT: ("good", "good", "good")}

    def shares(self, session_uuid: str) -> Sequence[Share]:
        """Return who shared what."""
        return self._world.shares(session_uuid)


def _row(session: Session) -> Row:
    row: list[object] = [None] * len(COLUMNS)
    key = {
        "account": "",
        "kind": session.kind,
        "session_uuid": session.uuid,
        "session_number": session.number,
        "participant": PARTICIPANT,
        "minute": _AT,
        "sampled_at": _AT,
        "leg": "client",
        "origin": "import",
        "picked": "census",
    }
    streams = {
        f"{stream}_{suffix}": value
        for stream, values in _VALUES.items()
        for suffix, value in zip((*_STREAM, *_PICTURE), values, strict=False)
    }
    for name, value in {**key, **streams, **_CPU}.items():
        row[INDEX[name]] = value
    return tuple(row)
