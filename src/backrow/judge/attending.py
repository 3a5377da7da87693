"""Who is in a session that runs: read from the lake a little at a time.

The lake's tables only grow while a session runs, so each look reads what was written
since the last one and lays it over what is known.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import polars as pl

from backrow.lake.frames import Naming
from backrow.lake.frames.people import NEEDED, people_frame
from backrow.lake.kept import latest_participants
from backrow.lake.store.reading import Store, equal, literal
from backrow.lake.store.rows import instant

_OVERLAP: Final = timedelta(seconds=90)
"""How much later than another a row may be written that says it is older."""
_ROSTER: Final = (
    "participant",
    "minute",
    "present",
    "audio_quality",
    "video_quality",
    "screen_share_quality",
)


class Attending:
    """The people of one session."""

    def __init__(self, store: Store, session_uuid: str, naming: Naming) -> None:
        """Know nobody yet."""
        self._store = store
        self._uuid = session_uuid
        self._naming = naming
        self._newest: pl.DataFrame | None = None
        self._people: pl.DataFrame | None = None
        self._since = instant(0)

    @property
    def people(self) -> pl.DataFrame:
        """The people frame as of the last `look`; the same object if nobody changed."""
        return self.look() if self._people is None else self._people

    def look(self) -> pl.DataFrame:
        """Return everybody so far, as `people_frame` does.

        Raises:
            LakeError: The lake cannot be read.
        """
        begin = self._since - _OVERLAP
        news = self._store.read(
            "participants",
            lambda rows: rows.filter(
                pl.col("session_uuid") == self._uuid, pl.col("changed_at") >= begin
            ).select(NEEDED),
            where=f"{equal(session_uuid=self._uuid)} AND changed_at >= {literal(begin)}",
        )
        known = self._newest
        if not news.is_empty():
            rows = news if known is None else pl.concat([known, news])
            self._newest = latest_participants(rows.lazy()).collect()
            last = self._newest["changed_at"].max()
            if isinstance(last, datetime):
                self._since = last
        if self._people is None or not _same(known, self._newest):
            empty = news if self._newest is None else self._newest
            self._people = people_frame(empty, self._naming)
        return self._people

    def roster(self, begin: datetime) -> pl.DataFrame | None:
        """Return the sweeps since a minute; None if there was none.

        Raises:
            LakeError: The lake cannot be read.
        """
        found = self._store.read(
            "roster",
            lambda rows: rows.filter(
                pl.col("session_uuid") == self._uuid, pl.col("minute") >= begin
            ).select(_ROSTER),
            where=f"{equal(session_uuid=self._uuid)} AND minute >= {literal(begin)}",
        )
        return None if found.is_empty() else found


def _same(old: pl.DataFrame | None, new: pl.DataFrame | None) -> bool:
    return old is not None and new is not None and old.equals(new)
