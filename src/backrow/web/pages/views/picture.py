"""The room in one minute: everybody's class, a place in each array per seat.

Who is asked every minute counts with that minute, or with the one before, because
asking everybody takes a while. Who was drawn, or asked out of suspicion, keeps the
class of the last visit for five minutes: nobody else says what it is. Rates leave those out who were asked because something looked bad
(`backrow.diagnose.frames.RATED`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from backrow.diagnose.frames import CAUSES, RATED
from backrow.diagnose.presets import CLASSES, UNCLASSIFIED
from backrow.qos.vocabulary import MEDIA
from backrow.web.pages.sessions.source import Snapshot

Codes = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]
HELD: Final = timedelta(minutes=5)
_HELD_EVERY_MINUTE: Final = timedelta(minutes=2)
_EVERY_MINUTE: Final = ("census", "pushed", "import")
WORDS: Final = (*CLASSES, UNCLASSIFIED)
GONE: Final = len(WORDS)
LETTERS: Final = "gfpbu-"
"""One for each class, then unclassified, then not there."""
ALL: Final[tuple[str, ...]] = ("all", *MEDIA)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """Everybody in one minute; arrays are in seat order."""

    minute: datetime | None
    present: Flags
    classes: Mapping[str, Codes]
    """Of ``all`` and each medium: places in `WORDS`, `GONE` for who is not there."""
    rated: Flags
    """Whose class may be counted in a rate."""
    causes: Codes
    """Places in `CAUSES`, -1 for none."""
    rows: pl.DataFrame
    """The minutes behind it, with the seat as ``seat``."""

    @property
    def here(self) -> int:
        """How many are there."""
        return int(np.count_nonzero(self.present))

    def counts(self, medium: str = "all") -> dict[str, int]:
        """Return how many are in each class; unclassified are all the others."""
        codes = self.classes[medium][self.present & self.rated]
        counts = np.bincount(codes, minlength=GONE + 1)
        found = {name: int(counts[i]) for i, name in enumerate(CLASSES)}
        return {**found, UNCLASSIFIED: self.here - sum(found.values())}

    def letters(self, medium: str = "all") -> str:
        """Return everybody's class, a letter each."""
        return _LETTERS[self.classes[medium]].tobytes().decode("ascii")


_LETTERS: Final = np.frombuffer(LETTERS.encode("ascii"), dtype=np.uint8)


def picture_of(snapshot: Snapshot, minute: datetime | None) -> Picture:
    """Return the room in a minute; None is before anything was measured."""
    people, count = snapshot.people, len(snapshot.people)
    present = present_in(snapshot, minute)
    rows = _seated(people, _rows(snapshot.minutes, minute))
    seats = rows["seat"].to_numpy()
    if minute is not None:  # who was measured was there, whatever a sweep says
        present[seats] |= (rows["minute"] == minute).to_numpy()
    codes = {}
    for medium in ALL:
        name = "class" if medium == "all" else f"{medium}_class"
        found = np.full(count, len(CLASSES), dtype=np.int8)
        found[seats] = _codes(rows[name], WORDS, len(CLASSES))
        codes[medium] = np.where(present, found, np.int8(GONE))
    rated = np.zeros(count, dtype=bool)
    rated[seats] = rows["picked"].is_in(RATED).fill_null(value=True).to_numpy()
    causes = np.full(count, -1, dtype=np.int8)
    if "cause" in rows.columns:
        causes[seats] = _codes(rows["cause"], CAUSES, -1)
    return Picture(
        minute=minute,
        present=present,
        classes=codes,
        rated=rated,
        causes=np.where(present, causes, np.int8(-1)),
        rows=rows,
    )


def present_in(snapshot: Snapshot, minute: datetime | None) -> Flags:
    """Return who was there in a minute, by joins and leaves or else by the sweeps.

    A sweep of a large room takes longer than a minute, so one of the last minutes is
    enough. None is now, before anything was measured: all who have not left.
    """
    people = snapshot.people
    if "join_time" not in people.columns:
        return _swept(snapshot, minute)
    left = pl.lit(value=False)
    if "leave_time" in people.columns:
        gone = pl.col("leave_time")
        left = gone.is_not_null() if minute is None else gone <= minute
    joined = pl.col("join_time").is_not_null()
    if minute is not None:
        joined = pl.col("join_time") < minute + timedelta(minutes=1)
    told = people.select(there=joined & ~left.fill_null(value=False))["there"]
    unknown = _flags(people["join_time"].is_null())
    return np.where(unknown, _swept(snapshot, minute), _flags(told))


def _swept(snapshot: Snapshot, minute: datetime | None) -> Flags:
    """Return who was there in the last sweep of each, shortly before a minute."""
    people, roster = snapshot.people, snapshot.roster
    if roster is None or roster.is_empty() or minute is None:
        return np.zeros(len(people), dtype=bool)
    near = roster.filter(pl.col("minute").is_between(minute - HELD, minute))
    last = near.sort("minute").unique("participant", keep="last")
    if "present" in last.columns:
        last = last.filter("present")
    return _flags(people["participant"].is_in(last["participant"].implode()))


def shown_minute(snapshot: Snapshot) -> datetime | None:
    """Return the minute that a page shows.

    It is the newest of a live session. Of one that is over it is the last in which at
    least half of the most that were ever measured at once still were.
    """
    newest = snapshot.newest_minute
    if newest is None or snapshot.occurrence.state == "live":
        return newest
    sizes = snapshot.minutes.group_by("minute").len().sort("minute")
    full = sizes.filter(2 * pl.col("len") >= pl.col("len").max())["minute"].max()
    return full if isinstance(full, datetime) else newest


def _rows(minutes: pl.DataFrame, minute: datetime | None) -> pl.DataFrame:
    """Return at most one row a participant: what counts in a minute."""
    if minute is None:
        return minutes.clear()
    near = minutes.filter(
        (pl.col("minute") > minute - HELD) & (pl.col("minute") <= minute)
    )
    every = pl.col("picked").is_in(_EVERY_MINUTE).fill_null(value=True)
    recent = ~every | (pl.col("minute") > minute - _HELD_EVERY_MINUTE)
    classed = pl.col("class") != UNCLASSIFIED
    kept = near.filter((pl.col("minute") == minute) | (recent & classed))
    return kept.sort("minute", maintain_order=True).unique(
        "participant", keep="last", maintain_order=True
    )


def _seated(people: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    seats = people.select("participant").with_row_index("seat")
    return rows.join(seats, on="participant", how="inner", maintain_order="left")


def _codes(texts: pl.Series, words: tuple[str, ...], default: int) -> Any:
    known = {word: place for place, word in enumerate(words)}
    coded = texts.cast(pl.String).replace_strict(
        known, default=default, return_dtype=pl.Int8
    )
    return coded.fill_null(default).to_numpy()


def _flags(flags: pl.Series) -> Flags:
    # A copy: what Polars lends cannot be written to.
    return np.array(flags.fill_null(value=False).to_numpy(), dtype=bool)
