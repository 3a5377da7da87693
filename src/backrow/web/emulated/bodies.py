"""Sessions and people in Zoom's spelling, worked out once where they can be.

Which of a person's fields an answer shows is read from the wire structs of
`backrow.zoom`, by the call it answers.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from msgspec import Raw

from backrow.qos.people import PERSON_FIELDS, ZOOM_SPELLING, Person, iso
from backrow.qos.sample import FIRST_METRIC, INDEX, NAMES, Row, floor_minute
from backrow.qos.vocabulary import Kind
from backrow.web.emulated.coded import CodedSource, CodedWriter
from backrow.web.emulated.options import Baa, ZoomOptions
from backrow.web.emulated.sessions import Book, ended_at, is_live
from backrow.web.source import Source, Words
from backrow.zoom.encode import Encoder, encode_person
from backrow.zoom.wire import ParticipantFacts
from backrow.zoom.wire.lists import MeetingParticipant, Participant

WORDS: Final = ("good", "fair", "poor", "bad")
MEDIA_KEYS: Final = ("audio", "video", "screen_share")
_MINUTE: Final = timedelta(minutes=1)
_MANY: Final = 64
"""From so many minutes on, one look-up for all is quicker than row by row."""

_QOS: Final = frozenset({*ParticipantFacts.__struct_fields__, "health", "issue_list"})
FIELDS: Final[Mapping[tuple[Kind, str], frozenset[str]]] = {
    ("webinar", "participant_qos"): _QOS | {"webinar_number"},
    ("webinar", "participants_qos"): _QOS,
    ("webinar", "participants"): frozenset(Participant.__struct_fields__)
    - {"group_id"},
    ("meeting", "participant_qos"): _QOS
    | {"meeting_number", "camera", "microphone", "speaker", "total_jointime_cost"},
    ("meeting", "participants_qos"): _QOS | {"total_jointime_cost"},
    ("meeting", "participants"): frozenset(MeetingParticipant.__struct_fields__),
}
"""Fields of a Person in each answer about people (Zoom's contract of February 2026)."""

_AT: Final = INDEX["sampled_at"]
_CUT: Final = INDEX["video_sent_bitrate_kbps"]
"""Where the second record of a split minute begins: after the audio."""
_NOTHING: Final = (None,) * len(NAMES)
_AUDIO: Final = slice(FIRST_METRIC, _CUT)
"""What that record lacks."""

LEFT_OUT: Final[Mapping[tuple[Kind, str], frozenset[str]]] = {
    ("meeting", "list"): frozenset({"in_room_participants", "has_meeting_summary"}),
    ("meeting", "get"): frozenset(
        {
            *(f"{medium}_quality" for medium in MEDIA_KEYS),
            "session_key",
            "tracking_fields",
        }
    ),
}
"""Fields of a session that an answer about sessions lacks."""

_ONLY_AFTER: Final = frozenset({"leave_time", "leave_reason"})
"""What is told of people who have left."""

_HIDDEN: Final[Mapping[Baa, frozenset[str]]] = {
    "none": frozenset(),
    "legacy": frozenset({"user_name", "ip_address", "location", "email"}),
    "addendum": frozenset({"ip_address", "location"}),
}
"""Fields that come empty under a HIPAA agreement."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One person's facts as one call shows them: in the session, and after it."""

    here: dict[str, object]
    left: dict[str, object]


class Bodies:
    """Makes Zoom's JSON objects of the source's sessions, people and minutes."""

    def __init__(self, source: Source, *, options: ZoomOptions) -> None:
        """Show what `source` holds as `options` say."""
        self._source = source
        self._options = options
        self._encoder = Encoder(
            options.style,
            options.absent,
            rssi_swapped=options.rssi_swapped,
            still_share=options.still_share,
        )
        self._writer = CodedWriter(self._encoder) if _is_plain(options) else None
        self._people: dict[tuple[str, str], tuple[Book, list[Shown]]] = {}
        self._words: dict[str, tuple[datetime, Words]] = {}

    def qos(
        self, book: Book, indexes: Sequence[int], *, at: datetime, action: str
    ) -> list[dict[str, object]]:
        """Return people with their minutes, as of `at`.

        Args:
            book: The session.
            indexes: Which of its people.
            at: The emulated instant.
            action: ``participant_qos`` or ``participants_qos``.
        """
        shown = self._shown(book, action)
        ids = [book.people[i].user_id or "" for i in indexes]
        minutes = self._minutes(book, ids, *self._window(book, indexes, at))
        return [
            {**_state(shown[i], book.people[i], at), "user_qos": Raw(own)}
            for i, own in zip(indexes, minutes, strict=True)
        ]

    def listed(
        self, book: Book, indexes: Sequence[int], *, at: datetime, registrants: bool
    ) -> list[dict[str, object]]:
        """Return people as the participants list shows them, as of `at`."""
        shown = self._shown(book, "participants")
        live = is_live(book.session, at)
        ids = [book.people[i].user_id or "" for i in indexes]
        words = self.words(book, ids, at=at)
        found: list[dict[str, object]] = []
        for i, name in zip(indexes, ids, strict=True):
            one = dict(_state(shown[i], book.people[i], at))
            if live or not registrants:
                one.pop("registrant_id", None)
            for medium, word in zip(MEDIA_KEYS, words.get(name, ()), strict=False):
                one[f"{medium}_quality"] = word
            found.append(one)
        return found

    def session(self, book: Book, *, at: datetime, action: str) -> dict[str, object]:
        """Return a session as of `at`, as ``list`` or ``get`` shows it."""
        session = book.session
        live = is_live(session, at)
        until = at if live else ended_at(session)
        words = self._session_words(book, at=until)
        body: dict[str, object] = {
            "uuid": session.uuid,
            "id": int(session.number) if session.number.isdecimal() else session.number,
            "topic": session.topic,
            "host": session.host,
            "email": session.host_email,
            "user_type": "Licensed",
            "dept": session.dept,
            "start_time": iso(session.start_at.replace(microsecond=0)),
            "duration": duration_text(until - session.start_at),
            "participants": book.present(at) if live else len(book.people),
            **_features(book),
            **{f"{m}_quality": w for m, w in zip(MEDIA_KEYS, words, strict=True)},
            "custom_keys": [],
        }
        if not live:
            body["end_time"] = iso(until.replace(microsecond=0))
        if session.kind == "meeting":
            body.update(_meeting_only(book))
        for name in LEFT_OUT.get((session.kind, action), ()):
            body.pop(name, None)
        return body

    def words(
        self, book: Book, participants: Sequence[str], *, at: datetime
    ) -> Mapping[str, Words]:
        """Return the quality words of people, as of `at` or of the session's end."""
        until = min(at, ended_at(book.session))
        return self._source.words(book.session.uuid, participants, at=until)

    def band_of(self, book: Book) -> Words:
        """Return the words of a whole ended session."""
        return self._session_words(book, at=ended_at(book.session))

    def _minutes(
        self, book: Book, participants: Sequence[str], start: datetime, end: datetime
    ) -> Iterable[bytes]:
        """Return the `user_qos` of each participant as JSON."""
        source, uuid = self._source, book.session.uuid
        many = len(participants) * ((end - start) // _MINUTE) >= _MANY
        if many and self._writer is not None and isinstance(source, CodedSource):
            coded = source.coded(uuid, participants, start=start, end=end)
            return self._writer.minutes_json(coded)
        rows = source.rows(uuid, participants, start=start, end=end)
        return (self._of_rows(name, rows.get(name, ())) for name in participants)

    def _of_rows(self, participant: str, rows: Sequence[Row]) -> bytes:
        if self._options.minutes_order == "descending":
            rows = rows[::-1]
        encoded = self._encoder.minutes_json
        if self._options.split_rate == 0:
            return encoded(rows)
        parts = _split(participant, rows, rate=self._options.split_rate)
        minutes = [encoded(part)[1:-1] for part in parts]
        return b"[" + b",".join(minutes) + b"]"

    def _window(
        self, book: Book, indexes: Sequence[int], at: datetime
    ) -> tuple[datetime, datetime]:
        """Return the minutes to be answered, from and up to."""
        if not is_live(book.session, at):
            return book.first_minute, book.end_minute
        end = floor_minute(at - timedelta(seconds=self._options.live_delay_s))
        if self._options.live_minutes == "latest":
            return end - _MINUTE, end
        joins = (book.people[i].join_time or book.session.start_at for i in indexes)
        return floor_minute(min(joins, default=book.session.start_at)), end

    def _shown(self, book: Book, action: str) -> list[Shown]:
        key = (book.session.uuid, action)
        known = self._people.get(key)
        if known and known[0] is book:
            return known[1]
        fields = FIELDS[book.session.kind, action]
        shown = [_shown(each, fields, self._options.baa) for each in book.people]
        self._people[key] = (book, shown)
        return shown

    def _session_words(self, book: Book, *, at: datetime) -> Words:
        minute = floor_minute(at)
        known = self._words.get(book.session.uuid)
        if known and known[0] == minute:
            return known[1]
        ids = [p.user_id or "" for p in book.people[: book.joined(at)]]
        given = self._source.words(book.session.uuid, ids, at=minute)
        audio, video, share = (
            _usual(words[i] for words in given.values()) for i in range(3)
        )
        self._words[book.session.uuid] = (minute, (audio, video, share))
        return audio, video, share


def _is_plain(options: ZoomOptions) -> bool:
    """Return whether minutes are whole, in order, and hold every leg's keys in use."""
    return (
        options.absent != "missing"
        and options.minutes_order == "ascending"
        and options.split_rate == 0
    )


def _split(
    participant: str, rows: Sequence[Row], *, rate: float
) -> Iterator[Sequence[Row]]:
    """Yield rows together that are one record; some rows are cut into two records."""
    for _, together in groupby(rows, key=lambda row: row[_AT]):
        minute = list(together)
        lot = zlib.crc32(f"{participant} {minute[0][_AT]}".encode()) / 2**32
        if lot >= rate:
            yield minute
            continue
        yield [(*row[:_CUT], *_NOTHING[_CUT:]) for row in minute]
        yield [(*row[:FIRST_METRIC], *_NOTHING[_AUDIO], *row[_CUT:]) for row in minute]


def _state(shown: Shown, person: Person, at: datetime) -> dict[str, object]:
    gone = person.leave_time is not None and person.leave_time <= at
    return shown.left if gone else shown.here


def _shown(person: Person, fields: frozenset[str], baa: Baa) -> Shown:
    said = encode_person(person)
    hidden = _HIDDEN[baa]
    left: dict[str, object] = {}
    for name in (*PERSON_FIELDS, *person.other):
        key = ZOOM_SPELLING.get(name, name)
        if name in fields and key in said:
            left[key] = "" if name in hidden else said[key]
    if baa != "none":
        left.pop("internal_ip_addresses", None)
    here = {k: v for k, v in left.items() if k not in _ONLY_AFTER}
    return Shown(here=here, left=left)


def _features(book: Book) -> dict[str, object]:
    devices = " ".join(each.device or "" for each in book.people)
    return {
        "has_pstn": "Phone" in devices,
        "has_voip": True,
        "has_3rd_party_audio": False,
        "has_video": True,
        "has_screen_share": bool(book.shares),
        "has_recording": any(each.recording for each in book.people),
        "has_sip": "SIP" in devices,
        "has_archiving": any(each.has_archiving for each in book.people),
        "has_manual_captions": False,
        "has_automated_captions": False,
        "has_poll": False,
        "has_survey": False,
    }


def _meeting_only(book: Book) -> dict[str, object]:
    costs = [
        each.total_jointime_cost
        for each in book.people
        if each.total_jointime_cost is not None
    ]
    average = round(sum(costs) / len(costs), 2) if costs else 0
    return {"has_qa": False, "tracking_fields": [], "avg_jointime_cost": average}


def _usual(words: Iterable[str]) -> str:
    """Return the commonest word; "" if nobody has one."""
    counted = Counter(word for word in words if word)
    return max(WORDS, key=lambda word: counted[word]) if counted else ""


def duration_text(length: timedelta) -> str:
    """Return ``mm:ss``, or ``hh:mm:ss`` from an hour on."""
    minutes, seconds = divmod(max(0, int(length.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{minutes:02}:{seconds:02}"
    return f"{hours:02}:{text}" if hours else text
