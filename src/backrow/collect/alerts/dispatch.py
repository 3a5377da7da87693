"""Hands messages to targets: a thread for each, and nobody waits for it.

Messages are in memory only. What was found is in the lake's findings whatever becomes
of them, so that a process that is killed loses a message, never a finding.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import polars as pl

from backrow.clock import Clock, Waits
from backrow.collect.alerts.message import About, Message, message_of
from backrow.collect.alerts.outbox import RESULTS, Outbox
from backrow.collect.alerts.targets import Outcome, Target, targets_of
from backrow.diagnose.verdict.finding import Finding
from backrow.errors import LakeError
from backrow.lake.kept import latest_sessions
from backrow.lake.store.reading import Store, equal
from backrow.settings import Settings

LOG: Final = logging.getLogger(__name__)
GRACE_S: Final = 5.0
"""How long what is due may take to be sent when the process ends, seconds."""
_IDLE_S: Final = 3600.0


class Alerts:
    """Tells targets what was found. For several threads."""

    def __init__(
        self,
        targets: Sequence[Target],
        *,
        about: Callable[[str], About],
        clock: Waits,
    ) -> None:
        """Tell nothing yet; threads begin with the first message.

        Args:
            targets: Who is told.
            about: Returns what is known of a session; it is asked in a target's thread
                and may take its time.
            clock: The real one.
        """
        self._couriers = [_Courier(one, about=about, clock=clock) for one in targets]
        self._clock = clock

    @property
    def counts(self) -> dict[str, int]:
        """What became of messages: sent, retried, dropped; and how many wait."""
        total: Counter[str] = Counter(dict.fromkeys((*RESULTS, "waiting"), 0))
        for one in self._couriers:
            total.update(one.counts())
        return dict(total)

    def told(self, session_uuid: str, findings: Iterable[Finding]) -> None:
        """Take what is new of a session, and return at once."""
        now = self._clock.now()
        made = (message_of(session_uuid, one, now=now) for one in findings)
        messages = [one for one in made if one is not None]
        for courier in self._couriers:
            courier.put(messages)

    def close(self, grace_s: float = GRACE_S) -> None:
        """Send what is due, and end.

        Args:
            grace_s: How long that may take.
        """
        for one in self._couriers:
            one.end()
        until = self._clock.now() + grace_s
        for one in self._couriers:
            one.join(max(0.0, until - self._clock.now()))


class _Courier:
    """One target's outbox, and the thread that empties it."""

    def __init__(
        self, target: Target, *, about: Callable[[str], About], clock: Waits
    ) -> None:
        self._target = target
        self._about = about
        self._clock = clock
        self._outbox = Outbox()
        self._lock = threading.Lock()
        self._stirred = threading.Event()
        self._is_ending = False
        self._is_failing = False
        self._thread: threading.Thread | None = None

    def counts(self) -> dict[str, int]:
        with self._lock:
            told = {str(name): count for name, count in self._outbox.counts.items()}
            return {**told, "waiting": self._outbox.waiting}

    def put(self, messages: Iterable[Message]) -> None:
        with self._lock:
            for message in messages:
                self._outbox.put(message, now=self._clock.now())
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="alerts", daemon=True
                )
                self._thread.start()
        self._stirred.set()

    def end(self) -> None:
        self._is_ending = True
        self._stirred.set()

    def join(self, seconds: float) -> None:
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        while True:
            self._stirred.clear()
            with self._lock:
                now = self._clock.now()
                message = self._outbox.take(now=now)
                wait_s = self._outbox.wait_s(now=now)
            if message is not None:
                self._note(message, self._sent(message))
            elif self._is_ending:
                return
            else:
                self._clock.wait(self._stirred, _IDLE_S if wait_s is None else wait_s)

    def _sent(self, message: Message) -> Outcome:
        try:
            return self._target.send(message, self._about(message.session_uuid))
        except Exception as exc:  # noqa: BLE001 - of services that are not ours
            return Outcome(delivered=False, again=False, why=type(exc).__name__)

    def _note(self, message: Message, outcome: Outcome) -> None:
        with self._lock:
            now = self._clock.now()
            if outcome.delivered:
                self._outbox.sent(message, now=now)
            else:
                self._outbox.failed(
                    message, now=now, again=outcome.again, after_s=outcome.after_s
                )
        if not outcome.delivered and not (self._is_failing and outcome.again):
            goes_on = "it is tried again" if outcome.again else "the alert is dropped"
            LOG.warning("%s: %s; %s", self._target.name, outcome.why, goes_on)
        self._is_failing = not outcome.delivered


class Sessions:
    """What the lake knows of sessions, asked once for each."""

    def __init__(self, store: Store) -> None:
        """Ask nothing yet."""
        self._store = store
        self._known: dict[str, About] = {}

    def about(self, session_uuid: str) -> About:
        """Return what is known of a session; only its uuid if nothing is."""
        known = self._known.get(session_uuid)
        if known is None:
            known = self._read(session_uuid)
            if known.topic or known.number:
                self._known[session_uuid] = known
        return known

    def _read(self, session_uuid: str) -> About:
        try:
            rows = self._store.read(
                "sessions",
                lambda rows: latest_sessions(
                    rows.filter(pl.col("session_uuid") == session_uuid)
                ),
                where=equal(session_uuid=session_uuid),
            )
        except LakeError:  # it is told without
            return About(uuid=session_uuid)
        row = rows.row(0, named=True) if len(rows) else {}
        return About(
            uuid=session_uuid,
            number=row.get("session_number") or "",
            kind=row.get("kind") or "",
            topic=row.get("topic") or "",
        )


def alerts_of(settings: Settings, store: Store) -> Alerts | None:
    """Return what tells the targets that settings name; None if they name none.

    Args:
        settings: Hold the addresses.
        store: The lake, for the names of sessions.

    Raises:
        SettingsError: An address is none, or a webhook has no secret to sign with.
        MissingExtraError: apprise is not installed, and an address is for it.
    """
    clock = Clock()  # targets live in real time, whatever time a session has
    targets = targets_of(settings, clock=clock)
    if not targets:
        return None
    return Alerts(targets, about=Sessions(store).about, clock=clock)
