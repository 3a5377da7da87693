"""What is known of everybody, minute by minute, as arrays: the scan's raw material.

A `Room` holds one session. Scored minutes are poured in (`add`), one `Slice` of
arrays per minute, a place in each array per person; old slices are dropped. From
them come *symptoms*, flags per person and minute:

- `network`: the person's own line made the minute bad;
- `strain`: the same at a lower degree, for faults that spoil without breaking;
- `picture`: frames are missing though the line is clean;
- `any`: the minute was bad, for whatever reason.

Trouble that comes with the presenter's own picture is nobody's line: a picture
counts against a line only if frames are missing against what is sent (or, where
that is unknown, against what the better-off quarter of the room gets).

A person is a *bad case* of a window of five minutes with two flagged minutes, or
with all of them if fewer than two were measured. Who was not measured at all is
judged by Zoom's words of the roster, if it is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeVar, cast

import numpy as np
import numpy.typing as npt
import polars as pl

from backrow.diagnose.causes.groups import Coded, Cuboid, Flags, cuboids_of
from backrow.diagnose.frames import ATTRIBUTES, PAIRS, PRESENTERS, RATED
from backrow.diagnose.thresholds import DEFAULTS, Thresholds
from backrow.qos.vocabulary import MEDIA, METRICS

Array = TypeVar("Array", bound=npt.NDArray[Any])
Matrix = npt.NDArray[np.float64]
Symptom = str
SYMPTOMS: Final = ("network", "strain", "picture", "any")
BLAMED: Final = tuple(m.name for m in METRICS if m.direction == "received")
"""Metrics that can limit a score; a slice keeps their number."""
WORDS: Final = ("good", "fair", "poor", "bad")
_WORD_COLUMNS: Final = ("audio_quality", "video_quality", "screen_share_quality")
NO_WORD: Final = -1
WIRED: Final = ("wired", "ethernet")
WIFI: Final = ("wifi", "wi-fi", "wlan")
CELLULAR: Final = ("cellular", "3g", "4g", "5g", "mobile")
"""Zoom's words for network types, and others'."""
_COHORT_MIN: Final = 20
"""People measured of an operating system whose usual picture can be told."""


def _most(*names: str) -> pl.Expr:
    return pl.max_horizontal(*names)


_RECEIVED: Final[Mapping[str, pl.Expr]] = {
    "score": pl.col("score"),
    "network_score": pl.col("network_score"),
    "audio_mos": pl.col("audio_mos"),
    "video_score": pl.col("video_score"),
    "share_score": pl.col("share_score"),
    "audio_loss_pct": pl.col("audio_received_avg_loss_pct"),
    "loss_pct": _most(*(f"{m}_received_avg_loss_pct" for m in MEDIA)),
    "max_loss_pct": _most(*(f"{m}_received_max_loss_pct" for m in MEDIA)),
    "picture_loss_pct": _most(
        "video_received_avg_loss_pct", "share_received_avg_loss_pct"
    ),
    "audio_jitter_ms": pl.col("audio_received_jitter_ms"),
    "jitter_ms": _most(*(f"{m}_received_jitter_ms" for m in MEDIA)),
    "latency_ms": pl.coalesce(*(f"{m}_received_latency_ms" for m in MEDIA)),
    "frame_rate_fps": pl.col("video_received_frame_rate_fps"),
    "height_px": pl.col("video_received_height_px"),
    "bitrate_kbps": pl.sum_horizontal(
        "video_received_bitrate_kbps", "share_received_bitrate_kbps"
    ),
    "deficit": pl.max_horizontal("video_deficit", "share_deficit"),
    "system_max_cpu_pct": pl.col("system_max_cpu_pct"),
    "zoom_avg_cpu_pct": pl.col("zoom_avg_cpu_pct"),
    "wifi_avg_rssi_dbm": pl.col("wifi_avg_rssi_dbm"),
    "medium": pl.col("worst_medium").replace_strict(
        list(MEDIA), range(len(MEDIA)), default=None, return_dtype=pl.Float64
    ),
    "bad": pl.col("bad"),
    "rated": pl.col("picked").is_in(RATED),
}
RECEIVED: Final = {name: i for i, name in enumerate(_RECEIVED)}
"""What a slice keeps of everybody."""

_SENT: Final[Mapping[str, pl.Expr]] = {
    "audio_kbps": pl.col("audio_sent_bitrate_kbps"),
    "audio_sent_mos": pl.col("audio_sent_mos"),
    "share_kbps": pl.col("share_sent_bitrate_kbps"),
    "loss_pct": _most(*(f"{m}_sent_avg_loss_pct" for m in MEDIA)),
    "max_loss_pct": _most(*(f"{m}_sent_max_loss_pct" for m in MEDIA)),
    "latency_ms": _most(*(f"{m}_sent_latency_ms" for m in MEDIA)),
    "jitter_ms": _most(*(f"{m}_sent_jitter_ms" for m in MEDIA)),
    "bitrate_kbps": pl.col("video_sent_bitrate_kbps"),
    "frame_rate_fps": pl.col("video_sent_frame_rate_fps"),
    "height_px": pl.col("video_sent_height_px"),
    "system_max_cpu_pct": pl.col("system_max_cpu_pct"),
    "zoom_avg_cpu_pct": pl.col("zoom_avg_cpu_pct"),
}
SENT: Final = {name: i for i, name in enumerate(_SENT)}
"""What a slice keeps of those who send."""


@dataclass(slots=True, eq=False)
class Slice:
    """Everybody in one minute; arrays may be shorter than the room is now."""

    received: Matrix
    """By `RECEIVED`, then by person; NaN is not measured."""
    senders: npt.NDArray[np.int64]
    sent: Matrix
    """By `SENT`, then by place in `senders`."""
    words: npt.NDArray[np.int8]
    """Zoom's worst word as a number, -1 where there is none."""
    present: Flags
    flags: dict[Symptom, Flags] = field(default_factory=dict)
    deficit: Matrix = field(default_factory=lambda: np.zeros(0))
    """Share of frames missing, against what is sent and what peers get."""

    def value(self, name: str, count: int) -> Matrix:
        """Return one value of everybody, `count` long."""
        return padded(self.received[RECEIVED[name]], count, np.nan)

    @property
    def measured(self) -> Flags:
        """Who was measured."""
        return np.asarray(~np.isnan(self.received[RECEIVED["score"]]))


def padded(values: Array, count: int, filler: float) -> Array:
    """Return an array made `count` long."""
    if len(values) == count:
        return values
    longer = np.full(count, filler, dtype=values.dtype)
    longer[: len(values)] = values
    return cast("Array", longer)


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Everybody over a few minutes: who was measured, who was a bad case."""

    measured: Flags
    cases: Mapping[Symptom, Flags]
    by_words: Flags
    """Judged by Zoom's words alone."""


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
        known = _completed(scored).join(self._index, on="participant", how="inner")
        for minute, rows in _by_minute(known):
            self._pour(minute, rows)
        if roster is not None:
            if "present" in roster.columns:
                roster = roster.filter("present")
            there = roster.join(self._index, on="participant", how="inner")
            for minute, rows in _by_minute(there):
                self._note(minute, rows)

    def forget_before(self, minute: int) -> None:
        """Drop the slices before a minute."""
        for old in [m for m in self.slices if m < minute]:
            del self.slices[old]

    def _slice(self, minute: int) -> Slice:
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
        part.received[:, places] = _matrix(rows, _RECEIVED)
        part.present[places] = True
        sending = rows.filter(
            (pl.col("audio_sent_bitrate_kbps") > 0)
            | (pl.col("video_sent_bitrate_kbps") > 0)
            | (pl.col("share_sent_bitrate_kbps") > 0)
        )
        again = np.isin(part.senders, places)
        part.senders = np.concatenate([part.senders[~again], sending["i"].to_numpy()])
        part.sent = np.concatenate(
            [part.sent[:, ~again], _matrix(sending, _SENT)], axis=1
        )
        self._judge(part)

    def _judge(self, part: Slice) -> None:
        cohorts = self.cohorts[: part.received.shape[1]]
        part.deficit = _deficits(part, cohorts)
        low = _usual(part.received[RECEIVED["height_px"]], cohorts)
        with np.errstate(invalid="ignore"):
            part.flags = _symptoms(part, low, self.thresholds)

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
        said, poor = np.sum(words >= 0, axis=0), np.sum(words >= 2, axis=0)
        by_words = (rated == 0) & (said > 0)
        worded = by_words & (poor >= np.minimum(limits.person_bad, said))
        cases = {}
        for symptom in SYMPTOMS:
            flags = [padded(part.flags[symptom], count, 0) for part in parts]
            flagged = np.sum(np.logical_and(flags, counted), axis=0)
            cases[symptom] = (rated > 0) & (flagged >= need)
            if symptom in {"network", "any"}:
                cases[symptom] |= worded
        return Window(measured=(rated > 0) | by_words, cases=cases, by_words=by_words)

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
    if frame["minute"].n_unique() == 1:
        return [(minute_number(frame["minute"][0]), frame)]
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


def _matrix(rows: pl.DataFrame, wanted: Mapping[str, pl.Expr]) -> Matrix:
    columns = [one.cast(pl.Float64).alias(name) for name, one in wanted.items()]
    return np.asarray(rows.select(columns).to_numpy().T)


def _symptoms(
    part: Slice, usual_height: Matrix, thresholds: Thresholds
) -> dict[Symptom, Flags]:
    """Return the symptoms of everybody in a minute."""
    of = {name: part.received[i] for name, i in RECEIVED.items()}
    episodes, causes = thresholds.episodes, thresholds.causes
    bad = of["bad"] > 0
    critical = (
        (of["picture_loss_pct"] > episodes.loss_pct)
        | (of["audio_loss_pct"] > episodes.audio_loss_pct)
        | (of["max_loss_pct"] > episodes.max_loss_pct)
        | (of["jitter_ms"] > episodes.jitter_ms)
    )
    lacking = part.deficit > causes.deficit
    low = of["height_px"] < causes.step_down * usual_height
    busy = (of["system_max_cpu_pct"] >= causes.cpu_pct) | (
        of["zoom_avg_cpu_pct"] >= causes.zoom_cpu_pct
    )
    clean = ~(of["loss_pct"] >= causes.clean_loss_pct) & ~(
        of["network_score"] < causes.strain_mos
    )
    own_line = (of["network_score"] < episodes.bad_below) | critical
    own_picture = bad & (lacking | low) & ~(busy & clean)
    strained = of["network_score"] < causes.strain_mos
    return {
        "network": own_line | own_picture,
        "strain": own_line | own_picture | strained,
        "picture": lacking & clean,
        "any": bad,
    }


def _deficits(part: Slice, cohorts: npt.NDArray[np.int32]) -> Matrix:
    """Return the share of frames missing, against what is sent and what peers get.

    A phone that always gets fewer frames than a computer lacks nothing.
    """
    known = part.received[RECEIVED["deficit"]]
    frames = part.received[RECEIVED["frame_rate_fps"]]
    usual = _usual(frames, cohorts)
    with np.errstate(invalid="ignore"):
        among_peers = np.clip(1 - frames / np.maximum(usual, 1e-9), 0, 1)
    return np.asarray(np.fmin(known, among_peers))


def _usual(values: Matrix, cohorts: npt.NDArray[np.int32]) -> Matrix:
    """Return what the better-off quarter of each one's cohort has at least."""
    usual = np.full(len(values), _quartile(values))
    for cohort in np.unique(cohorts):
        mine = cohorts == cohort
        if np.count_nonzero(mine & ~np.isnan(values)) >= _COHORT_MIN:
            usual[mine] = _quartile(values[mine])
    return usual


def _quartile(values: Matrix) -> float:
    """Return what the better-off quarter has at least; 0 if nobody was measured."""
    there = values[~np.isnan(values)]
    if not len(there):
        return 0.0
    place = int(0.75 * (len(there) - 1))
    return float(np.partition(there, place)[place])
