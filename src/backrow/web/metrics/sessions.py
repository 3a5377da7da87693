"""Readings of sessions: what a page shows of the newest minute, in figures.

A session's series begin when it is first seen and end ten minutes after it has
(`GONE_S`), or after its last minute if nobody says that it has ended. What is made
of a snapshot is kept for as long as the snapshot holds.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import product
from typing import Final

import polars as pl

from backrow.clock import Ticking
from backrow.diagnose.frames import RATED
from backrow.diagnose.presets import UNCLASSIFIED
from backrow.diagnose.verdict.glance import LASTING
from backrow.errors import LakeError, NothingFoundError
from backrow.qos.vocabulary import DIRECTIONS, MEDIA
from backrow.web.metrics.exposition import Reading
from backrow.web.metrics.table import GONE_S
from backrow.web.pages.sessions.source import Occurrence, Snapshot, Source
from backrow.web.pages.views.picture import (
    GONE,
    WORDS,
    Picture,
    picture_of,
    shown_minute,
)

QUANTILES: Final = (0.05, 0.5, 0.95)
QUANTITIES: Final[tuple[tuple[str, str, float], ...]] = (
    ("latency_ms", "backrow_session_latency_seconds", 1e-3),
    ("jitter_ms", "backrow_session_jitter_seconds", 1e-3),
    ("avg_loss_pct", "backrow_session_loss_ratio", 1e-2),
    ("bitrate_kbps", "backrow_session_bitrate_bytes_per_second", 125.0),
    ("frame_rate_fps", "backrow_session_frame_rate_hertz", 1.0),
    ("height_px", "backrow_session_picture_height_pixels", 1.0),
)
"""Column of a stream, its series, and how many of the series' units are in one."""
SCORES: Final = {"audio": "audio_mos", "video": "video_score", "share": "share_score"}
_MOST: Final = {"data_center": 20, "network_type": 8}
"""How many values a label has at most, beside ``unknown`` and ``other``."""
_LONGEST: Final = 60
_AGAIN_S: Final = 60.0
"""How often it is looked whether a session that had gone quiet goes on, seconds."""
_MINUTE: Final = timedelta(minutes=1)


class SessionReadings:
    """Readings of a source's sessions. For several threads."""

    def __init__(self, source: Source, *, clock: Ticking) -> None:
        """Read nothing yet.

        Args:
            source: Sessions, live and past.
            clock: The one that sessions go by.
        """
        self._source = source
        self._clock = clock
        self._made: dict[str, tuple[str, list[Reading]]] = {}
        """Readings by session, and the version of the snapshot behind them."""
        self._quiet: dict[str, float] = {}
        """Sessions that nobody ends and nobody measures: when to look again."""
        self._lock = threading.Lock()

    def __call__(self) -> Iterator[Reading]:
        """Yield what there is now; that the lake cannot be read is a reading too."""
        with self._lock:
            readings: list[Reading] = []
            try:
                readings += self._every()
                fails = False
            except LakeError:
                fails = True
        yield from readings
        yield Reading("backrow_part_failing", float(fails), ("lake",))

    def _every(self) -> Iterator[Reading]:
        now, shown = self._clock.now(), set()
        for listed in self._source.listed():
            one = listed.occurrence
            if _is_over(one, now) or self._quiet.get(one.uuid, now) > now:
                continue
            try:
                snapshot = self._source.snapshot(one.uuid)
            except NothingFoundError:  # it has just been removed
                continue
            if _has_gone(snapshot, now):
                self._quiet[one.uuid] = now + _AGAIN_S
                continue
            shown.add(one.uuid)
            yield from self._of(snapshot)
            yield from _of_now(snapshot, now)
        self._made = {uuid: self._made[uuid] for uuid in shown}
        self._quiet = {uuid: at for uuid, at in self._quiet.items() if at > now}

    def _of(self, snapshot: Snapshot) -> Sequence[Reading]:
        uuid = snapshot.occurrence.uuid
        version, readings = self._made.get(uuid, (None, []))
        if version is None or version != snapshot.version:
            readings = list(readings_of(snapshot))
            self._made[uuid] = snapshot.version, readings
        return readings


def _is_over(one: Occurrence, now: float) -> bool:
    """Return whether a session ended so long ago that nothing is told of it."""
    if one.end_at is not None:
        return now - one.end_at.timestamp() > GONE_S
    return one.state == "complete"


def _has_gone(snapshot: Snapshot, now: float) -> bool:
    """Return whether nothing has been measured for so long that it must be over."""
    newest, begin = snapshot.newest_minute, snapshot.occurrence.start_at
    if newest is not None:
        return now - (newest + _MINUTE).timestamp() > GONE_S
    return begin is not None and now - begin.timestamp() > GONE_S


def _of_now(snapshot: Snapshot, now: float) -> Iterator[Reading]:
    """Yield what changes though nothing new is known."""
    uuid, newest = snapshot.occurrence.uuid, snapshot.newest_minute
    runs = snapshot.occurrence.state == "live"
    yield Reading("backrow_session_live", float(runs), (uuid,))
    if newest is not None:
        age_s = max(0.0, now - (newest + _MINUTE).timestamp())
        yield Reading("backrow_session_minute_age_seconds", age_s, (uuid,))


def readings_of(snapshot: Snapshot) -> Iterator[Reading]:
    """Yield the readings of a session in the minute that its page shows."""
    one, picture = snapshot.occurrence, picture_of(snapshot, shown_minute(snapshot))
    yield Reading("backrow_session_info", 1.0, (one.uuid, one.number, one.kind))
    yield from _people(snapshot, picture)
    for medium in MEDIA:
        for name, count in picture.counts(medium).items():
            labels = (one.uuid, medium, name)
            yield Reading("backrow_session_media_people", float(count), labels)
    yield from _streams(one.uuid, picture.rows)
    yield from _findings(snapshot)


def _people(snapshot: Snapshot, picture: Picture) -> Iterator[Reading]:
    """Yield how many are there, by class, data center and type of network."""
    people, unknown = snapshot.people, WORDS.index(UNCLASSIFIED)
    absent = [name for name in _MOST if name not in people.columns]
    seats = people.with_columns(
        *(pl.lit("").alias(name) for name in absent),
        pl.Series("class", picture.classes["all"]),
        pl.Series("rated", picture.rated),
    )
    here = seats.filter(pl.col("class") != GONE).select(
        *_MOST, pl.when("rated").then("class").otherwise(unknown).alias("class")
    )
    here = here.with_columns(_few(here[name], most) for name, most in _MOST.items())
    counts = here.group_by("class", *_MOST, maintain_order=True).len()
    for code, center, network, count in counts.iter_rows():
        labels = (snapshot.occurrence.uuid, WORDS[code], center, network)
        yield Reading("backrow_session_people", float(count), labels)


def _few(texts: pl.Series, most: int) -> pl.Series:
    """Return texts with those that few people have as ``other``."""
    plain = texts.fill_null("").str.strip_chars().str.slice(0, _LONGEST)
    plain = plain.replace("", "unknown")
    counts = plain.filter(plain != "unknown").value_counts().sort("count", texts.name)
    frequent = ["unknown", *counts[texts.name].to_list()[-most:]]
    kept = plain.is_in(frequent)
    return plain.to_frame().select(
        pl.when(kept).then(pl.col(texts.name)).otherwise(pl.lit("other"))
    )[texts.name]


def _streams(uuid: str, rows: pl.DataFrame) -> Iterator[Reading]:
    """Yield the quantiles of scores and streams.

    What is received is that of people who were not asked because something looked
    bad; what is sent is that of all who send: the stage is always asked.
    """
    is_rated = pl.col("picked").is_in(RATED).fill_null(value=True)
    by_way = {"sent": rows, "received": rows.filter(is_rated)}
    for medium, column in SCORES.items():
        for at, value in _quantiles(by_way["received"], column):
            yield Reading("backrow_session_score", value, (uuid, medium, at))
    for suffix, series, factor in QUANTITIES:
        for medium, way in product(MEDIA, DIRECTIONS):
            for at, value in _quantiles(by_way[way], f"{medium}_{way}_{suffix}"):
                yield Reading(series, value * factor, (uuid, medium, way, at))


def _quantiles(rows: pl.DataFrame, column: str) -> Iterator[tuple[str, float]]:
    if column not in rows.columns:
        return
    values = rows[column].cast(pl.Float64).fill_nan(None).drop_nulls()
    for at in QUANTILES:
        value = values.quantile(at, interpolation="linear")
        if value is not None:
            yield f"{at:g}", value


def _findings(snapshot: Snapshot) -> Iterator[Reading]:
    """Yield how many findings last, and whom they affect."""
    counts: dict[tuple[str, str, str], list[int]] = {}
    for one in snapshot.findings:
        if one.state in LASTING:
            key = (snapshot.occurrence.uuid, one.media, one.cause)
            counts.setdefault(key, []).append(one.affected)
    for labels, affected in counts.items():
        yield Reading("backrow_session_findings", float(len(affected)), labels)
        yield Reading("backrow_session_affected_people", float(sum(affected)), labels)
