"""The lake's sessions for the mirror: which there are, and the last used in memory.

The lake is looked at every few seconds, however many ask: so long may a session that
was forgotten, or completed anew, still be answered as before. One that runs is read
again when its tables have changed, but never so often that reading is all that is done.
The least used sessions go first when they take too much memory.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import anyio
import msgspec
import polars as pl
from anyio import to_thread

from backrow.clock import Ticking
from backrow.lake.kept import Lake, latest_participants, latest_sessions
from backrow.lake.store.reading import among, equal
from backrow.lake.tables import TableName
from backrow.lake.window import Window
from backrow.qos.vocabulary import Kind
from backrow.web.mirror.held import Held, Kept, arranged, with_unknown

POLL_S: Final = 4.0
"""How often the lake is looked at, real seconds."""
MEMORY_BYTES: Final = 512 * 1024 * 1024
"""What all sessions in memory may take; the last used one always stays."""
_REST: Final = 10.0
"""A session that runs is read again after so many times the time that it took."""
_GROWING: Final[tuple[TableName, ...]] = ("samples", "participants", "roster")
_WORDS: Final = ("audio_quality", "video_quality", "screen_share_quality")


class Shelf:
    """Sessions of one lake. For tasks of one event loop."""

    def __init__(
        self,
        lake: Lake,
        *,
        clock: Ticking,
        window: Window | None = None,
        memory_bytes: int = MEMORY_BYTES,
        poll_s: float = POLL_S,
    ) -> None:
        """Read nothing yet.

        Args:
            lake: Where sessions are kept.
            clock: The real one: how often the lake is looked at goes by it.
            window: The last minutes of sessions that this process collects.
            memory_bytes: What sessions in memory may take in all.
            poll_s: How often the lake is looked at.
        """
        self._lake = lake
        self._clock = clock
        self._window = window
        self._memory_bytes = memory_bytes
        self._poll_s = poll_s
        self._looked_at = float("-inf")
        self._versions = (-1, -1)
        """Of the tables of sessions and deletions."""
        self._sessions: Sequence[Kept] = ()
        """All of them, the latest first."""
        self._named: dict[tuple[Kind, bool, str], Kept] = {}
        """The same by uuid and by number, of which the latest counts."""
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._next: dict[str, float] = {}
        """When each session that runs may be looked at again."""
        self._looking = anyio.Lock()
        self._reading = anyio.Lock()

    @property
    def in_memory(self) -> list[str]:
        """The sessions in memory, the least used first."""
        return list(self._held)

    async def sessions(self) -> Sequence[Kept]:
        """Return every session, the latest first.

        Raises:
            LakeError: The lake cannot be read.
        """
        if self._is_due(self._looked_at):
            async with self._looking:
                if self._is_due(self._looked_at):
                    looked = await to_thread.run_sync(self._look)
                    self._looked_at = self._clock.now()
                    if looked is not None:
                        self._take(*looked)
        return self._sessions

    async def find(self, kind: Kind, name: str, *, live: bool) -> Kept | None:
        """Return the session that a call means; None if there is none.

        Args:
            kind: Webinar or meeting.
            name: A uuid, or a number: the latest occurrence that runs, or has ended.
            live: Which of the two.

        Raises:
            LakeError: The lake cannot be read.
        """
        await self.sessions()
        return self._named.get((kind, live, name)) if name else None

    async def held(self, kept: Kept) -> Held:
        """Return a session with its people and minutes.

        Raises:
            LakeError: The lake cannot be read.
        """
        found = self._held.get(kept.uuid)
        if found is None or not self._is_good(found, kept):
            is_usable = found is not None and self._is_usable(found, kept)
            if found is None or not (is_usable and self._reading.locked()):
                found = await self._newest(kept)
        if kept.uuid in self._held:
            self._held.move_to_end(kept.uuid)
        return found

    def count_people(self, sessions: Sequence[Kept]) -> dict[str, int]:
        """Return how many people took part in each session, or are there now.

        It reads the lake: not for the event loop.

        Raises:
            LakeError: The lake cannot be read.
        """
        if not sessions:
            return {}
        live = {one.uuid: one.is_live for one in sessions}
        is_ours = pl.col("session_uuid").is_in(list(live))
        found = self._lake.store.read(
            "participants",
            lambda rows: (
                rows.filter(is_ours)
                .group_by("session_uuid", "participant")
                .agg(pl.col("leave_time").is_not_null().any().alias("left"))
                .group_by("session_uuid")
                .agg(pl.len().alias("came"), (~pl.col("left")).sum().alias("here"))
            ),
            where=among("session_uuid", list(live)),
        )
        return {
            uuid: here if live[uuid] else came
            for uuid, came, here in found.select(
                "session_uuid", "came", "here"
            ).iter_rows()
        }

    def _is_due(self, looked_at: float) -> bool:
        return self._clock.now() - looked_at >= self._poll_s

    def _is_good(self, found: Held, kept: Kept) -> bool:
        """Return whether what is held of a session is as good as new."""
        if kept.is_settled:
            return found.version == self._version_settled(kept)
        is_usable = self._is_usable(found, kept)
        return is_usable and self._clock.now() < self._next.get(kept.uuid, 0.0)

    def _is_usable(self, found: Held, kept: Kept) -> bool:
        """Return whether it will do while it is read again."""
        is_same = found.kept.state == kept.state and not kept.is_settled
        return is_same and found.version.startswith(self._begin())

    async def _newest(self, kept: Kept) -> Held:
        """Return a session as the lake has it now; read only if that has changed."""
        async with self._reading:
            found = self._held.get(kept.uuid)
            if found is not None and self._is_good(found, kept):
                return found
            begin = self._clock.now()
            if kept.is_settled:
                version = self._version_settled(kept)
            else:
                version = await to_thread.run_sync(self._version_unsettled)
            is_same = found is not None and found.kept.state == kept.state
            if found is None or found.version != version or not is_same:
                found = await to_thread.run_sync(partial(self._read, kept, version))
            now = self._clock.now()
            self._next[kept.uuid] = now + max(self._poll_s, _REST * (now - begin))
            self._keep(found)
            return found

    def _keep(self, held: Held) -> None:
        self._held[held.kept.uuid] = held
        self._held.move_to_end(held.kept.uuid)
        taken = sum(one.size_bytes for one in self._held.values())
        while taken > self._memory_bytes and len(self._held) > 1:
            uuid, gone = self._held.popitem(last=False)
            self._next.pop(uuid, None)
            taken -= gone.size_bytes

    def _look(self) -> tuple[tuple[int, int], list[Kept]] | None:
        """Return which sessions there are, and of which version; None if as before."""
        store = self._lake.store
        if not store.place.is_there:
            return (-1, -1), []
        versions = store.version_now("sessions"), store.version_now("deletions")
        if versions == self._versions:
            return None
        rows = store.read("sessions", latest_sessions)
        return versions, [_kept(row) for row in rows.iter_rows(named=True)]

    def _take(self, versions: tuple[int, int], sessions: Sequence[Kept]) -> None:
        """Take up which sessions there are."""
        self._versions, self._sessions = versions, sessions
        self._named = {
            (one.kind, one.is_live, name): one
            for one in reversed(sessions)
            for name in (one.number, one.uuid)
        }
        known = {one.uuid for one in sessions}
        for uuid in [uuid for uuid in self._held if uuid not in known]:
            del self._held[uuid]
            self._next.pop(uuid, None)

    def _begin(self) -> str:
        """Return what a version begins with; it changes with every deletion."""
        return f"{self._versions[1]} "

    def _version_settled(self, kept: Kept) -> str:
        return self._begin() + kept.changed

    def _version_unsettled(self) -> str:
        numbers = (str(self._lake.store.version_now(name)) for name in _GROWING)
        return self._begin() + ".".join(numbers)

    def _read(self, kept: Kept, version: str) -> Held:
        uuid = kept.uuid
        where, ours = equal(session_uuid=uuid), pl.col("session_uuid") == uuid
        read = self._lake.store.read
        told = read("participants", lambda rows: rows.filter(ours), where=where)
        people = latest_participants(told.lazy()).collect()
        samples = read("samples", lambda rows: rows.filter(ours), where=where)
        minutes, spans = arranged(samples)
        people = _with_others(people, told)
        people = self._with_words(with_unknown(people, spans), kept)
        people = people.sort("join_time", "participant", nulls_last=True)
        return Held(
            kept=kept,
            version=version,
            people=people,
            minutes=minutes,
            spans=spans,
            index={name: i for i, name in enumerate(people["participant"])},
            window=self._window if kept.is_live else None,
        )

    def _with_words(self, people: pl.DataFrame, kept: Kept) -> pl.DataFrame:
        """Return people with Zoom's words for them.

        Those of the last sweep are the newest while a session runs; afterwards they
        stand in where the list of participants told none.
        """
        swept = self._lake.store.read(
            "roster",
            lambda rows: (
                rows.filter(pl.col("session_uuid") == kept.uuid)
                .sort("minute")
                .group_by("participant")
                .agg(pl.col(word).drop_nulls().last() for word in _WORDS)
            ),
            where=equal(session_uuid=kept.uuid),
        )
        joined = people.join(swept, on="participant", how="left", suffix="_swept")
        order = ("{}_swept", "{}") if kept.is_live else ("{}", "{}_swept")
        return joined.with_columns(
            pl.coalesce(each.format(word) for each in order).alias(word)
            for word in _WORDS
        ).drop(f"{word}_swept" for word in _WORDS)


def _merged(texts: pl.Series) -> str:
    """Return JSON objects as one; the last that has a key tells its value."""
    whole: dict[str, Any] = {}
    for text in texts:
        whole |= msgspec.json.decode(text)
    return msgspec.json.encode(whole).decode()


def _kept(row: dict[str, Any]) -> Kept:
    unsaid = "live" if row["end_at"] is None else "ended"
    return Kept(
        kind="meeting" if row["kind"] == "meeting" else "webinar",
        uuid=row["session_uuid"],
        number=row["session_number"] or "",
        topic=row["topic"],
        host=row["host"],
        host_email=row["host_email"],
        dept=row["dept"],
        start_at=row["start_at"],
        end_at=row["end_at"],
        other=row["other"],
        state=row["state"] or unsaid,
        changed=f"{row['changed_at']:%Y%m%dT%H%M%S.%f}",
    )


def _with_others(people: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Return people with the fields that Backrow has no column for, of all calls.

    One call tells some of them and another call others.

    Args:
        people: A row a participant.
        told: All rows of participants in this session.
    """
    texts = (
        told.filter(pl.col("other").is_not_null())
        .sort("changed_at", maintain_order=True)
        .group_by("participant")
        .agg(pl.col("other").reverse().unique(maintain_order=True).reverse())
        .filter(pl.col("other").list.len() > 1)
    )
    merged = pl.DataFrame(
        {
            "participant": texts["participant"],
            "other": [_merged(each) for each in texts["other"]],
        },
        schema={"participant": pl.String, "other": pl.String},
    )
    return people.update(merged, on="participant")
