"""Sessions that this process collects beside those of the lake, as one source.

A session that runs comes from memory as soon as a minute is judged. What is not in
memory, because it was before this process began or came in a bunch, is taken from the
lake, where every minute stands some minutes later.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import polars as pl

from backrow.errors import NothingFoundError
from backrow.web.pages.sessions.filled import LiveSessions
from backrow.web.pages.sessions.source import Listed, Snapshot, Source

_MINUTE: Final = timedelta(minutes=1)


class BothSessions:
    """A `backrow.web.pages.sessions.source.Source` of two."""

    def __init__(self, live: LiveSessions, kept: Source) -> None:
        """Ask `live` first.

        Args:
            live: What is collected here.
            kept: All others, and what was before.
        """
        self._live = live
        self._kept = kept
        self._before: dict[str, tuple[str, pl.DataFrame]] = {}
        """Minutes of the lake that live sessions lack, by the lake's version."""
        self._whole: dict[str, Snapshot] = {}
        self._lock = threading.Lock()

    def listed(self) -> Sequence[Listed]:
        """Return every session, the latest first.

        Raises:
            LakeError: The lake cannot be read.
        """
        live = {one.occurrence.uuid: one for one in self._live.listed()}
        kept = self._kept.listed()
        known = {one.occurrence.uuid for one in kept}
        new = [one for uuid, one in live.items() if uuid not in known]
        every = [*new, *(live.get(one.occurrence.uuid, one) for one in kept)]
        first = datetime.min.replace(tzinfo=UTC)
        return sorted(
            every, key=lambda one: one.occurrence.start_at or first, reverse=True
        )

    def version(self, session_uuid: str) -> str:
        """Return the version of a session's snapshot.

        Raises:
            NothingFoundError: There is no such session.
            LakeError: The lake cannot be read.
        """
        return self._of(session_uuid).version(session_uuid)

    def snapshot(self, session_uuid: str) -> Snapshot:
        """Return what is known of a session.

        Raises:
            NothingFoundError: There is no such session.
            LakeError: The lake cannot be read.
        """
        if not self._live.has(session_uuid):
            self._whole.pop(session_uuid, None)
            self._before.pop(session_uuid, None)
            return self._kept.snapshot(session_uuid)
        live = self._live.snapshot(session_uuid)
        with self._lock:
            found = self._whole.get(session_uuid)
            if found is None or found.version != live.version:
                before = self._missing(live)
                found = live
                if len(before):
                    rows = pl.concat([before, live.minutes], how="diagonal_relaxed")
                    found = replace(live, minutes=rows)
                self._whole[session_uuid] = found
            return found

    def minutes_of(self, session_uuid: str, participant: str) -> pl.DataFrame:
        """Return one participant's minutes, with every metric.

        Raises:
            NothingFoundError: There is no such session.
            LakeError: The lake cannot be read.
        """
        if not self._live.has(session_uuid):
            return self._kept.minutes_of(session_uuid, participant)
        live = self._live.minutes_of(session_uuid, participant)
        try:
            kept = self._kept.minutes_of(session_uuid, participant)
        except NothingFoundError:  # it has only begun
            return live
        before = kept.join(live.select("minute"), on="minute", how="anti")
        return pl.concat([before, live], how="diagonal_relaxed")

    def facts_of(self, session_uuid: str, participant: str) -> Mapping[str, Any]:
        """Return what Zoom tells of a participant, by field.

        Raises:
            NothingFoundError: There is no such session.
            LakeError: The lake cannot be read.
        """
        try:
            return self._kept.facts_of(session_uuid, participant)
        except NothingFoundError:
            return self._live.facts_of(session_uuid, participant)

    def _of(self, session_uuid: str) -> Source:
        return self._live if self._live.has(session_uuid) else self._kept

    def _missing(self, live: Snapshot) -> pl.DataFrame:
        """Return the minutes that the lake holds and memory does not."""
        uuid = live.occurrence.uuid
        held, before = self._before.get(uuid, ("", live.minutes.clear()))
        if _gaps(live, before):
            try:
                version = self._kept.version(uuid)
                if version != held:
                    before = self._kept.snapshot(uuid).minutes
                    self._before[uuid] = version, before
            except NothingFoundError:  # the lake hears of it later
                return before
        here = live.minutes["minute"].unique()
        return before.filter(~pl.col("minute").is_in(here.implode()))


def _gaps(live: Snapshot, before: pl.DataFrame) -> bool:
    """Return whether minutes are missing from the session's start on."""
    minutes = pl.concat([live.minutes["minute"], before["minute"]]).unique()
    first, last = minutes.min(), minutes.max()
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        return False
    start = live.occurrence.start_at or first
    return len(minutes) < (last - min(start, first)) // _MINUTE + 1
