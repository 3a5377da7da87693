"""A whole simulated world: its sessions, and everything that is measured in them.

`World` has the methods that the emulated API asks a source for, and some more for
those who measure against it: whole minutes as columns, and the truth, which no
answer of the API ever shows.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from backrow.errors import UsageError
from backrow.qos.people import Person, Session, Share
from backrow.qos.sample import FIRST_METRIC, INDEX, NAMES, Row, floor_minute
from backrow.qos.vocabulary import LEGS
from backrow.simulate.block import AT, Coded, columns_of, empty_block, rows_from
from backrow.simulate.cast.atlas import Atlas, Network
from backrow.simulate.cast.persons import email_of, lots_of_people, name_of
from backrow.simulate.draws import Draws
from backrow.simulate.scenario.schema import Scenario, SessionPlan
from backrow.simulate.session import Play
from backrow.simulate.streams.opinion import word_of
from backrow.simulate.truth import truth_columns, truth_of, truth_spans

Words = tuple[str, str, str]
Columns = Mapping[str, npt.NDArray[Any]]

_MINUTE: Final = timedelta(minutes=1)
_NO_WORDS: Final[Words] = ("", "", "")
_WORDS: Final = slice(AT["audio_word"], AT["share_word"] + 1)
_EARLIER_SHARE: Final = 0.6
"""An earlier occurrence has this many of the attendees."""
_LEG: Final = INDEX["leg"]
_CLIENT: Final = LEGS[0]
_MACHINE: Final = INDEX["zoom_min_cpu_pct"]
"""The first column that is of the machine, not of a stream."""
_NO_STREAMS: Final = (None,) * (_MACHINE - FIRST_METRIC)
_NO_MACHINE: Final = (None,) * (len(NAMES) - _MACHINE)


class World:
    """Every session of a scenario. Minutes are made when they are first asked for."""

    def __init__(self, scenario: Scenario) -> None:
        """Lay out the sessions of a scenario; nothing is played yet."""
        self.scenario = scenario
        self.atlas = Atlas(scenario)
        self._plays = {
            play.session.uuid: play
            for plan in scenario.sessions
            for play in self._occurrences(plan)
        }
        self._sessions = [play.session for play in self._plays.values()]

    def sessions(self) -> Sequence[Session]:
        """Return every session: each of the scenario, then its earlier occurrences."""
        return self._sessions

    def people(self, session_uuid: str) -> Sequence[Person]:
        """Return everyone who ever joins a session, in the order of joining."""
        return self.play(session_uuid).persons

    def shares(self, session_uuid: str) -> Sequence[Share]:
        """Return who shared what, in order of time."""
        return self.play(session_uuid).shares

    def rows(
        self,
        session_uuid: str,
        participants: Sequence[str],
        *,
        start: datetime,
        end: datetime,
        pushed: bool = False,
    ) -> Mapping[str, Sequence[Row]]:
        """Return samples by participant, of minutes in [start, end), ascending.

        What is measured of a machine stands on the client's row, as decoding Zoom's
        answers and events has it; so a browser or a room has two rows a minute.

        Args:
            session_uuid: The session.
            participants: Their `user_id`; unknown ones have no rows.
            start: The first instant, aware.
            end: The instant before which minutes begin, aware.
            pushed: Give them as Zoom's events do: with scores and warnings.
        """
        play = self.play(session_uuid)
        spans = _spans(play, participants, start, end)
        rows, ends = self._rows(play, spans, pushed=pushed), _ends(spans)
        return {
            name: _with_client(rows[begin:end])
            for name, begin, end in zip(participants, [0, *ends], ends, strict=False)
        }

    def coded(
        self,
        session_uuid: str,
        participants: Sequence[str],
        *,
        start: datetime,
        end: datetime,
    ) -> Coded:
        """Return the same minutes as the numbers they are kept as."""
        play = self.play(session_uuid)
        return _coded(play, _spans(play, participants, start, end))

    def words(
        self, session_uuid: str, participants: Sequence[str], *, at: datetime
    ) -> Mapping[str, Words]:
        """Return Zoom's words for audio, video and share, a minute late.

        They are of the last whole minute before `at` that the person was there,
        and some are a band off. Empty where nothing was received.
        """
        play = self.play(session_uuid)
        latest = min(_minute_of(play, at), play.minutes) - 1
        found = dict.fromkeys(participants, _NO_WORDS)
        by_minute: dict[int, list[str]] = {}
        for name in participants:
            stay = play.stay_of.get(name)
            if stay is not None:
                begin, over = _whole_minutes(play, stay)
                if begin <= min(latest, over - 1):
                    by_minute.setdefault(min(latest, over - 1), []).append(name)
        for minute, names in by_minute.items():
            stays = [play.stay_of[name] for name in names]
            words = play.played(minute)[stays, _WORDS].tolist()
            for name, (audio, video, share) in zip(names, words, strict=True):
                found[name] = (word_of(audio), word_of(video), word_of(share))
        return found

    def minute(self, number: int, session_uuid: str = "") -> Columns:
        """Return a minute of everybody who is there, as columns, and keep it.

        Args:
            number: Which, from 0.
            session_uuid: The session; empty: the scenario's first.
        """
        play = self.play(session_uuid or self._sessions[0].uuid)
        block = play.played(number)
        return columns_of(block, np.flatnonzero(block[:, AT["leg"]] >= 0))

    def stream(self, session_uuid: str = "") -> Iterator[Columns]:
        """Yield every minute as `minute` does, from the first, keeping none."""
        play = self.play(session_uuid or self._sessions[0].uuid)
        for block in play.play():
            yield columns_of(block, np.flatnonzero(block[:, AT["leg"]] >= 0))

    def participants(self, session_uuid: str = "") -> list[str]:
        """Return the `user_id` of every stay, which columns name by number."""
        return list(self.play(session_uuid or self._sessions[0].uuid).stay_of)

    def prepare(self, at: datetime) -> None:
        """Play all minutes that are over `at` that instant, of running sessions."""
        for play in self._plays.values():
            over = min(_minute_of(play, at), play.minutes)
            if play.session.end_at and at < play.session.end_at and over > 0:
                play.played(over - 1)

    def truth(self) -> dict[str, Any]:
        """Return what was really wrong, of every session, ready for JSON."""
        return {
            "seed": self.scenario.seed,
            "sessions": [truth_of(play) for play in self._plays.values()],
        }

    def truth_columns(self, session_uuid: str = "") -> Columns:
        """Return the cause that acts on every participant's minute, as columns.

        ``participant``, ``minute``, ``cause``, ``fault`` and ``recovering``, a row
        for each minute with a sample; see `backrow.simulate.truth`.
        """
        return truth_columns(self.play(session_uuid or self._sessions[0].uuid))

    def truth_spans(self, session_uuid: str = "") -> list[dict[str, Any]]:
        """Return the same as spans of minutes, ready for JSON."""
        return truth_spans(self.play(session_uuid or self._sessions[0].uuid))

    def networks(self) -> list[Network]:
        """Return every public prefix with its provider, town and site."""
        return self.atlas.networks()

    def play(self, session_uuid: str) -> Play:
        """Return a session with its cast and faults.

        Raises:
            UsageError: There is no such session.
        """
        try:
            return self._plays[session_uuid]
        except KeyError:
            msg = f"expected the UUID of a session of this world, got {session_uuid!r}"
            raise UsageError(msg) from None

    def _occurrences(self, plan: SessionPlan) -> Iterator[Play]:
        """Yield a session and its earlier occurrences, smaller and without faults."""
        yield self._occurrence(plan, days=0)
        fewer = replace(
            plan, attendees=round(_EARLIER_SHARE * plan.attendees), faults=(), uuid=""
        )
        for days in plan.earlier_days:
            yield self._occurrence(_without_absent_speakers(fewer), days=days)

    def _occurrence(self, plan: SessionPlan, *, days: int) -> Play:
        draws = Draws(self.scenario.seed, plan.number)
        name = f"{days} days before"
        begin = floor_minute(self.scenario.start_at) + _MINUTE * plan.start_min
        begin -= timedelta(days=days)
        lot = lots_of_people(draws, 1)[0]
        session = Session(
            kind=plan.kind,
            uuid=plan.uuid or _uuid(f"{self.scenario.seed} {plan.number} {name}"),
            number=plan.number,
            topic=plan.topic,
            host=name_of(self.scenario, lot, 0, external=False),
            host_email=email_of(self.scenario, lot, 0, external=False),
            dept=plan.dept,
            start_at=begin,
            end_at=begin + _MINUTE * plan.length_min,
        )
        return Play(
            scenario=self.scenario,
            plan=plan,
            session=session,
            atlas=self.atlas,
            draws=draws,
            occurrence=name,
        )

    def _rows(self, play: Play, spans: Sequence[Span], *, pushed: bool) -> list[Row]:
        """Return the rows of stays, one for each minute, over the stay's leg."""
        coded, session = _coded(play, spans), play.session
        head = (self.scenario.account, session.kind, session.uuid, session.number)
        tail = ("qss", "pushed", None) if pushed else ("rest_past", "census", None)
        keys: list[Row] = []
        for stay, begin, over in spans:
            who, leg = play.user_ids[stay], LEGS[int(play.habits.leg[stay])]
            late = timedelta(seconds=stay * 7 % 60 if pushed else 0)
            keys += [
                (*head, who, at, at + late if late else at, leg, *tail)
                for at in play.minute_ats[begin:over]
            ]
        return rows_from(coded.numbers, keys, pushed=pushed)


Span = tuple[int, int, int]
"""A stay, and its minutes from one to before another."""


def _spans(
    play: Play, participants: Sequence[str], start: datetime, end: datetime
) -> list[Span]:
    """Return a span for each participant, empty if nothing of it is measured."""
    first, last = _minutes_between(play, start, end)
    found = []
    for name in participants:
        stay = play.stay_of.get(name)
        begin = over = 0
        if stay is not None and play.habits.leg[stay] >= 0:
            begin, over = _whole_minutes(play, stay)
            begin, over = max(first, begin), min(last, over)
        found.append((stay or 0, begin, max(begin, over)))
    return found


def _ends(spans: Sequence[Span]) -> list[int]:
    """Return where the minutes of each span end, one span after another."""
    return list(accumulate(over - begin for _, begin, over in spans))


def _coded(play: Play, spans: Sequence[Span]) -> Coded:
    """Return the minutes of stays."""
    over = max((over for _, begin, over in spans if begin < over), default=0)
    if over:
        play.played(over - 1)
    rows = [
        block[stay] for stay, begin, over in spans for block in play.blocks[begin:over]
    ]
    return Coded(
        numbers=np.array(rows) if rows else empty_block(0),
        ats=[at for _, begin, over in spans for at in play.minute_ats[begin:over]],
        legs=[int(play.habits.leg[stay]) for stay, _, _ in spans],
        counts=[over - begin for _, begin, over in spans],
    )


def _with_client(rows: list[Row]) -> list[Row]:
    """Return rows with what is of the machine on a row of the client's.

    Args:
        rows: Of one stay, each with all that was measured, over one leg.
    """
    if not rows or rows[0][_LEG] == _CLIENT:
        return rows
    found: list[Row] = []
    for row in rows:
        head, tail = row[:_LEG], row[_LEG + 1 : FIRST_METRIC]
        streams, machine = row[FIRST_METRIC:_MACHINE], row[_MACHINE:]
        if machine != _NO_MACHINE:
            found.append((*head, _CLIENT, *tail, *_NO_STREAMS, *machine))
        if streams != _NO_STREAMS:
            found.append((*row[:_MACHINE], *_NO_MACHINE))
    return found


def _without_absent_speakers(plan: SessionPlan) -> SessionPlan:
    """Return a plan whose programme names no attendee beyond the last."""
    most = max(1, plan.attendees)
    parts = [
        replace(part, speaker="host")
        if part.speaker.startswith("attendee")
        and int(part.speaker.partition(" ")[2] or 1) > most * (plan.attendees > 0)
        else part
        for part in plan.programme
    ]
    return replace(plan, programme=tuple(parts))


def _uuid(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return base64.b64encode(digest[:16]).decode()


def _minute_of(play: Play, at: datetime) -> int:
    """Return how many minutes of a session are over at an instant, at least 0."""
    return max(0, (at - play.first_minute) // _MINUTE)


def _minutes_between(play: Play, start: datetime, end: datetime) -> tuple[int, int]:
    """Return the minutes that begin in [start, end), as a range."""
    first = -((play.first_minute - start) // _MINUTE)
    last = -((play.first_minute - end) // _MINUTE)
    return max(0, first), min(play.minutes, last)


def _whole_minutes(play: Play, stay: int) -> tuple[int, int]:
    """Return the minutes of which a stay has samples, as a range."""
    return play.whole_minutes[stay]
