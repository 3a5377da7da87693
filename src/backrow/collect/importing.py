"""Puts saved bodies into the lake; doing it twice changes nothing.

A row is written only if the lake does not hold it already: rows are compared value
by value, when they came aside, on the very version of the table that the commit
builds on. So an import that was cut short is simply run again, and a saved answer
that Zoom has revised since adds what is new in it.

A session whose bodies were read is completed at the end, unless somebody is
collecting it live. Bodies that cannot be read become dead letters, each once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl

from backrow.clock import Sleeps
from backrow.collect.intake.files import read_bodies
from backrow.collect.intake.letters import Facts, NoSessionError, Reader, Rows
from backrow.collect.intake.novelty import news_in
from backrow.collect.lock import held
from backrow.collect.sink import LOCK_NAME, LetterContext, Sink
from backrow.errors import UsageError, WireError
from backrow.judge.judging import Judge
from backrow.lake.inbox import Inbox, Letter
from backrow.lake.keep import BATCH_ROWS, LakeWriter
from backrow.lake.kept import latest_sessions
from backrow.lake.store.reading import equal
from backrow.qos.vocabulary import Kind
from backrow.zoom.decode import Provenance

LETTER_MAX_BYTES: Final = 16 * 1024 * 1024
"""Larger bodies stay where they are: a dead letter only tells of them."""


@dataclass(slots=True, kw_only=True)
class Report:
    """What an import did."""

    files: int = 0
    bodies: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    """New rows by table."""
    dead: int = 0
    """Bodies that could not be read."""
    nameless: int = 0
    """Bodies that do not name their session."""
    unreadable: int = 0
    """Values that could not be read, in bodies that could."""
    notes: list[str] = field(default_factory=list)
    """What could not be read and why, a line each."""
    completed: list[str] = field(default_factory=list)
    """Sessions whose minutes were made."""
    live: list[str] = field(default_factory=list)
    """Sessions that are being collected, whose minutes come at their end."""
    handed_over: int = 0
    """Dead letters that a running server takes."""

    def note(self, text: str) -> None:
        """Keep a line of what went wrong; the first hundred are enough."""
        if len(self.notes) < 100:
            self.notes.append(text)


class Importer:
    """Reads files, and dead letters, into one lake."""

    def __init__(
        self,
        writer: LakeWriter,
        inbox: Inbox,
        *,
        key: bytes,
        clock: Sleeps,
        judge: Judge | None = None,
        session: str = "",
        kind: Kind = "webinar",
    ) -> None:
        """Read nothing yet.

        Args:
            writer: Of the lake.
            inbox: Where dead letters are.
            key: Secret under which email addresses become person keys.
            clock: Tells when rows are written.
            judge: Judges sessions before they are completed.
            session: Uuid for bodies that do not name their session.
            kind: What those are about.
        """
        self.report = Report()
        self._writer = writer
        self._inbox = inbox
        self._key = key
        self._clock = clock
        self._judge = judge or Judge()
        self._context = LetterContext(session_uuid=session, kind=kind)
        self._reader = Reader()
        self._rows = Rows()
        self._stays = Rows()
        """What was told of stays, by all files."""
        self._facts = Facts()
        self._seen: dict[str, dict[str, Any]] = {}
        """Sessions that bodies are about, as rows."""
        self._buried: set[bytes] | None = None

    def read(
        self, files: Sequence[Path], *, on_file: Callable[[Path], None] = lambda _: None
    ) -> Report:
        """Put the bodies of `files` into the lake.

        Args:
            files: Read in this order: of two answers that differ, the one in the
                file that was changed last holds.
            on_file: Is told of each file that has been read.

        Raises:
            UsageError: A file cannot be read.
            LakeError: The lake cannot be read or written.
        """
        for path in files:
            self._read_file(path)
            self.report.files += 1
            on_file(path)
        self._flush()
        self._write(self._stays)
        self._finish()
        return self.report

    def try_again(self) -> Report:
        """Make dead letters events again, and move them if nobody else does.

        Raises:
            LakeError: The inbox or the lake cannot be read or written.
        """
        before = self._inbox.replay()
        sink = Sink(
            self._inbox,
            self._writer,
            key=self._key,
            clock=self._clock,
            default_session=self._context.session_uuid,
        )
        try:
            folder, now = self._inbox.path.parent, self._clock.now()
            with held(folder, what="backrow import", now=now, name=LOCK_NAME):
                sink.drain()
        except UsageError:
            self.report.handed_over = before
            return self.report
        self.report.bodies = before
        self.report.rows = {"samples": sink.moved.samples}
        for letter in self._inbox.dead_letters():
            self.report.dead += 1
            self.report.note(f"dead letter {letter.id}: {letter.reason}")
        self._seen = {uuid: {"start_at": None} for uuid in sink.sessions}
        self._finish()
        return self.report

    def _read_file(self, path: Path) -> None:
        came_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        provenance = replace(self._context.provenance(), collected_at=came_at)
        try:
            for number, body in enumerate(read_bodies(path), 1):
                self.report.bodies += 1
                self._read_body(body, provenance, f"{path}, body {number}")
        except WireError as exc:
            self.report.dead += 1
            self.report.note(f"{path}: {exc}")

    def _read_body(self, body: bytes, provenance: Provenance, where: str) -> None:
        before = len(self._rows.stays)
        try:
            self._reader.any(body, provenance, self._rows)
            self._facts.learn(self._facts.drop_known(self._rows, before))
        except NoSessionError:
            self.report.nameless += 1
        except WireError as exc:
            self.report.dead += 1
            self.report.note(f"{where}: {exc}")
            self._bury(body, str(exc), where)
        for problem in self._rows.problems:
            self.report.unreadable += 1
            self.report.note(f"{where}: {problem}")
        self._rows.problems.clear()
        if len(self._rows) >= BATCH_ROWS:
            self._flush()

    def _bury(self, body: bytes, reason: str, where: str) -> None:
        """Keep a body as a dead letter, unless it is one already."""
        if len(body) > LETTER_MAX_BYTES:
            return
        if self._buried is None:
            self._buried = {
                _digest(letter.body) for letter in self._inbox.dead_letters()
            }
        if _digest(body) in self._buried:
            return
        self._buried.add(_digest(body))
        context = msgspec.structs.replace(self._context, name=where)
        letter = Letter(
            body=body, source="file", context=msgspec.json.encode(context).decode()
        )
        self._inbox.bury(letter, reason, now=self._clock.now())

    def _flush(self) -> None:
        """Write what was read; facts about stays wait for the end."""
        rows, self._rows = self._rows, Rows()
        for session, row in rows.occurrences().items():
            known = self._seen.setdefault(session, row)
            begins = [at for at in (known["start_at"], row["start_at"]) if at]
            known["start_at"] = min(begins, default=None)
            known["session_number"] = (
                known.get("session_number") or row["session_number"]
            )
        self._stays.stays += rows.stays
        rows.stays = []
        self._write(rows)

    def _write(self, rows: Rows) -> None:
        store, privacy = self._writer.store, self._writer.privacy
        for name, frame in rows.frames(key=self._key, now=self._clock.now()).items():
            news = news_in(store, name, privacy.kept(name, frame))
            new = self._writer.commits.append_unless(name, news)
            self.report.rows[name] = self.report.rows.get(name, 0) + new

    def _finish(self) -> None:
        """Complete the sessions whose samples are newer than their minutes."""
        for session, seen in sorted(self._seen.items()):
            known = self._known(session)
            if (
                "session_uuid" in seen
                and known["start_at"] is None
                and (seen["start_at"] or not known["is_there"])
            ):
                self._writer.append(
                    {"sessions": pl.DataFrame([seen])}, now=self._clock.now()
                )
            if known["state"] == "live":
                self.report.live.append(session)
            elif known["is_behind"]:
                self._judge.complete(self._writer, session, now=self._clock.now())
                self.report.completed.append(session)

    def _known(self, session: str) -> dict[str, Any]:
        """Return what the lake holds of a session, and whether minutes are behind."""
        store, where = self._writer.store, equal(session_uuid=session)
        is_it = pl.col("session_uuid") == session
        rows = store.read("sessions", lambda rows: rows.filter(is_it), where=where)
        latest = latest_sessions(rows.lazy()).collect()
        done_at: Any = rows.filter(pl.col("state") == "complete")["changed_at"].max()
        came_at: Any = store.read(
            "samples",
            lambda rows: rows.filter(is_it).select(pl.col("changed_at").max()),
            where=where,
        )["changed_at"].max()
        is_behind = came_at is not None and (done_at is None or came_at > done_at)
        return {
            "is_there": not latest.is_empty(),
            "start_at": latest["start_at"].max(),
            "state": latest["state"].max(),
            "is_behind": is_behind,
        }


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).digest()
