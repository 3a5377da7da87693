"""What is known of everybody, minute by minute, as arrays: the scan's raw material.

A `Room` holds one session. Scored minutes are poured in (`add`), one `Slice` of
arrays per minute, a place in each array per person; old slices are dropped.

A person is a *bad case* of a window of five minutes with two flagged minutes, or
with all of them if fewer than two were measured. Who was not measured at all is
judged by Zoom's words of the roster, if it is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from backrow.diagnose.causes.groups import Coded, Cuboid, Flags, cuboids_of
from backrow.diagnose.causes.slices import (
    NO_WORD,
    RECEIVED,
    RECEIVED_FROM,
    SENT,
    SENT_FROM,
    SYMPTOMS,
    Matrix,
    Slice,
    Symptom,
    deficits_of,
    matrix_of,
    padded,
    symptoms_of,
    usual_of_peers,
)
from backrow.diagnose.frames import ATTRIBUTES, PAIRS, PRESENTERS
from backrow.diagnose.thresholds import DEFAULTS, Thresholds
from backrow.qos.vocabulary import METRICS

WORDS: Final = ("good", "fair", "poor", "bad")
POOR: Final = WORDS.index("poor")
_WORD_COLUMNS: Final = ("audio_quality", "video_quality", "screen_share_quality")
NEEDED: Final = (
    *dict.fromkeys(
        [
            "participant",
            "minute",
            *(
                name
                for one in (*RECEIVED_FROM.values(), *SENT_FROM.values())
                for name in one.meta.root_names()
            ),
        ]
    ),
)
"""Columns of scored minutes that slices are made of."""
TOLD_BY_WORDS: Final = ("network", "any")
"""Symptoms that Zoom's words tell of as well."""
WIRED: Final = ("wired", "ethernet")
WIFI: Final = ("wifi", "wi-fi", "wlan")
CELLULAR: Final = ("cellular", "3g", "4g", "5g", "mobile")
"""Zoom's words for network types, and others'."""


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Everybody over a few minutes: who was measured, who was a bad case."""

    measured: Flags
    cases: Mapping[Symptom, Flags]
    by_words: Flags
    """Judged by Zoom's words alone."""
    known: Mapping[str, Flags]
    """Who can be judged by each symptom. Words know nothing of strain or of a picture
    on a clean line; and as one minute shows that far more often than two of five,
    people measured once are not laid beside those measured all along."""


class Room:
    """One session's people and their last minutes."""

    def __init__(self, thresholds: Thresholds = DEFAULTS) -> None:
        """Begin with nobody."""
        self.thresholds = thresholds
        self.participants: list[str] = []
        self.coded: dict[str, Coded] = {}
        self.cuboids: list[Cuboid] = []
        self.presenters: Flags = np.zeros(0, dtype=bool)
        self.prior_bad: Matrix = np.zeros(0)
        self.access: npt.NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        """How everybody reaches the internet: 1 wired, 2 Wi-Fi, 3 mobile, 0 else."""
        self.cohorts: npt.NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self.names: list[str] = []
        self.slices: dict[int, Slice] = {}
        self.first_minute: int | None = None
        self.changed: set[int] = set()
        """Minutes that came or were revised; `History` takes them out."""
        self._index = pl.DataFrame(schema={"participant": pl.String, "i": pl.Int64})
        self._people: pl.DataFrame | None = None

    def __len__(self) -> int:
        """Return how many people are known."""
        return len(self.participants)

    def set_people(self, people: pl.DataFrame) -> None:
        """Take the people frame as it is now; places of known people stay."""
        if people is self._people:
            return
        if self._people is not None and people.equals(self._people):
            return
        self._people = people
        people = people.unique("participant", keep="last", maintain_order=True)
        new = people.join(self._index, on="participant", how="anti")["participant"]
        self.participants += new.to_list()
        self._index = _indexed(self.participants)
        ordered = self._index.join(
            people, on="participant", how="left", maintain_order="left"
        )
        role = _texts(ordered, "role").str.to_lowercase()
        self.presenters = role.is_in(PRESENTERS).to_numpy()
        self.names = _texts(ordered, "user_name").to_list()
        self.coded = {
            attribute.name: _coded(attribute.name, ordered)
            for attribute in ATTRIBUTES
            if attribute.name in ordered.columns
        }
        limits = self.thresholds.scan
        self.cuboids = cuboids_of(
            {name: one for name, one in self.coded.items() if one.values},
            together=PAIRS,
            members_min=limits.members_min,
            small={a.name: limits.members_of(a.members) for a in ATTRIBUTES},
            never_alone=[a.name for a in ATTRIBUTES if not a.alone],
        )
        self.prior_bad = np.full(len(self), limits.prior_bad)
        self.prior_bad[self.on_network(WIRED)] = limits.prior_bad_wired
        self.prior_bad[self.on_network(CELLULAR)] = limits.prior_bad_cellular
        unknown = np.zeros(len(self), dtype=np.int32)
        self.access = unknown.copy()
        for number, words in enumerate((WIRED, WIFI, CELLULAR), 1):
            self.access[self.on_network(words)] = number
        system = self.coded.get("os") or self.coded.get("device")
        self.cohorts = system.codes + np.int32(1) if system else unknown

    def text_of(self, attribute: str, place: int) -> str:
        """Return one person's value of an attribute, "" if it is unknown."""
        coded = self.coded.get(attribute)
        code = -1 if coded is None else int(coded.codes[place])
        return coded.values[code] if coded is not None and code >= 0 else ""

    def on_network(self, words: Sequence[str]) -> Flags:
        """Return whose network type is one of these words, in lower case."""
        coded = self.coded.get("network_type")
        if coded is None:
            return np.zeros(len(self), dtype=bool)
        wanted = [i for i, v in enumerate(coded.values) if v.lower() in words]
        return np.isin(coded.codes, wanted)

    def add(self, scored: pl.DataFrame, roster: pl.DataFrame | None = None) -> None:
        """Pour in scored minutes, and the roster of the same or other minutes.

        A minute that is already there is replaced where the new frame has rows.
        """
        needed = [name for name in NEEDED if name in scored.columns]
        narrow = _completed(scored.select(needed))
        for minute, rows in _by_minute(self._placed(narrow)):
            self._pour(minute, rows)
        if roster is not None:
            if "present" in roster.columns:
                roster = roster.filter("present")
            for minute, rows in _by_minute(self._placed(roster)):
                self._note(minute, rows)

    def _placed(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of known people, with their place as `i`."""
        placed = frame.with_columns(looked_up(frame, self._index, "i"))
        return (
            placed.filter(pl.col("i").is_not_null())
            if placed["i"].has_nulls()
            else placed
        )

    def forget_before(self, minute: int) -> None:
        """Drop the slices before a minute."""
        for old in [m for m in self.slices if m < minute]:
            del self.slices[old]

    def _slice(self, minute: int) -> Slice:
        self.changed.add(minute)
        if self.first_minute is None or minute < self.first_minute:
            self.first_minute = minute
        count = len(self)
        found = self.slices.get(minute)
        if found is None:
            found = self.slices[minute] = Slice(
                received=np.full((len(RECEIVED), count), np.nan),
                senders=np.zeros(0, dtype=np.int64),
                sent=np.zeros((len(SENT), 0)),
                words=np.full(count, NO_WORD, dtype=np.int8),
                present=np.zeros(count, dtype=bool),
            )
        elif found.received.shape[1] < count:
            wider = np.full((len(RECEIVED), count), np.nan)
            wider[:, : found.received.shape[1]] = found.received
            found.received = wider
            found.words = padded(found.words, count, NO_WORD)
            found.present = padded(found.present, count, 0)
        return found

    def _pour(self, minute: int, rows: pl.DataFrame) -> None:
        part = self._slice(minute)
        places = rows["i"].to_numpy()
        part.received[:, places] = matrix_of(rows, RECEIVED_FROM)
        part.present[places] = True
        sending = rows.filter(
            (pl.col("audio_sent_bitrate_kbps") > 0)
            | (pl.col("video_sent_bitrate_kbps") > 0)
            | (pl.col("share_sent_bitrate_kbps") > 0)
        )
        again = np.isin(part.senders, places)
        part.senders = np.concatenate([part.senders[~again], sending["i"].to_numpy()])
        part.sent = np.concatenate(
            [part.sent[:, ~again], matrix_of(sending, SENT_FROM)], axis=1
        )
        self._judge(part)

    def _judge(self, part: Slice) -> None:
        cohorts = self.cohorts[: part.received.shape[1]]
        part.deficit = deficits_of(part, cohorts)
        low = usual_of_peers(part.received[RECEIVED["height_px"]], cohorts)
        with np.errstate(invalid="ignore"):
            part.flags = symptoms_of(part, low, self.thresholds)

    def _note(self, minute: int, rows: pl.DataFrame) -> None:
        part = self._slice(minute)
        worst = pl.max_horizontal(
            *(
                pl.col(name).replace_strict(
                    list(WORDS), range(4), default=None, return_dtype=pl.Int8
                )
                for name in _WORD_COLUMNS
                if name in rows.columns
            )
        ).fill_null(NO_WORD)
        places = rows["i"].to_numpy()
        part.words[places] = rows.select(worst).to_series().to_numpy()
        part.present[places] = True
        if not part.flags:
            self._judge(part)

    def window(self, end: int) -> Window | None:
        """Return everybody over the window that ends with minute `end`.

        None if there is nothing of it.
        """
        limits = self.thresholds.scan
        minutes = range(end - int(limits.window) + 1, end + 1)
        parts = [self.slices[m] for m in minutes if m in self.slices]
        if not parts:
            return None
        count = len(self)
        counted = [_rated(part, count) for part in parts]
        rated = np.sum(counted, axis=0)
        need = np.minimum(limits.person_bad, rated)
        words = np.array([padded(part.words, count, NO_WORD) for part in parts])
        said, poor = np.sum(words >= 0, axis=0), np.sum(words >= POOR, axis=0)
        by_words = (rated == 0) & (said > 0)
        worded = by_words & (poor >= np.minimum(limits.person_bad, said))
        told, often = (rated > 0) | by_words, rated >= limits.person_bad
        cases, known = {}, {}
        for symptom in SYMPTOMS:
            flags = [padded(part.flags[symptom], count, 0) for part in parts]
            flagged = np.sum(np.logical_and(flags, counted), axis=0)
            cases[symptom] = (rated > 0) & (flagged >= need)
            known[symptom] = often
            if symptom in TOLD_BY_WORDS:
                cases[symptom] |= worded
                known[symptom] = told
            cases[symptom] &= known[symptom]
        return Window(measured=told, cases=cases, by_words=by_words, known=known)

    def stacked(self, name: str, minutes: Sequence[int], places: Flags) -> Matrix:
        """Return one value of some people over some minutes; NaN if unknown."""
        count = len(self)
        rows = [
            self.slices[m].value(name, count)[places]
            for m in minutes
            if m in self.slices
        ]
        return np.array(rows) if rows else np.full((1, int(places.sum())), np.nan)


def _rated(part: Slice, count: int) -> Flags:
    rated = part.value("rated", count) > 0
    return np.asarray(rated & ~np.isnan(part.value("score", count)))


def _indexed(participants: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame(
        {"participant": participants, "i": range(len(participants))},
        schema={"participant": pl.String, "i": pl.Int64},
    )


def _completed(scored: pl.DataFrame) -> pl.DataFrame:
    """Return minutes with every metric's column, null where it was missing."""
    absent = [m.name for m in METRICS if m.name not in scored.columns]
    return scored.with_columns(pl.lit(None, dtype=pl.Float64).alias(n) for n in absent)


def looked_up(frame: pl.DataFrame, known: pl.DataFrame, name: str) -> pl.Series:
    """Return a column of `known` for each row's participant; null if unknown.

    A join of the narrow columns alone: wide frames are not copied.
    """
    narrow = frame.select("participant")
    joined = narrow.join(known, on="participant", how="left", maintain_order="left")
    return joined[name]


def _texts(frame: pl.DataFrame, name: str) -> pl.Series:
    if name not in frame.columns:
        return pl.Series(name, [""] * len(frame), dtype=pl.String)
    return frame[name].fill_null("")


def _coded(name: str, frame: pl.DataFrame) -> Coded:
    texts = _texts(frame, name)
    values = texts.filter(texts != "").unique().sort()
    codes = texts.replace_strict(
        values, pl.Series(range(len(values)), dtype=pl.Int32), default=-1
    )
    return Coded(name, codes.cast(pl.Int32).to_numpy(), values.to_list())


def _by_minute(frame: pl.DataFrame) -> list[tuple[int, pl.DataFrame]]:
    if frame.is_empty():
        return []
    if frame["minute"].is_sorted():
        runs = frame["minute"].rle().struct.unnest()
        lengths = runs["len"].to_list()
        begins = np.cumsum([0, *lengths[:-1]]).tolist()
        return [
            (minute_number(at), frame.slice(begin, length))
            for at, begin, length in zip(runs["value"], begins, lengths, strict=True)
        ]
    parts = frame.partition_by("minute", as_dict=True)
    return sorted(
        ((minute_number(key[0]), rows) for key, rows in parts.items()),
        key=lambda one: one[0],
    )


def minute_number(at: datetime) -> int:
    """Return minutes since 1970 of an instant (naive is taken as UTC)."""
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return int(aware.timestamp() // 60)


def instant(minute: int) -> datetime:
    """Return the instant at which a minute begins."""
    return datetime.fromtimestamp(60 * minute, tz=UTC)
