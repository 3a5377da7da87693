"""Readings that may be slow to make, made in a thread of their own.

Prometheus gives up on an answer after ten seconds, and takes it for a server that is
down. A lake far away, or a session of tens of thousands, may take longer. So whoever
asks gets what was made last, and waits a moment only for what is being made.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Final

from backrow.clock import Waits
from backrow.web.metrics.exposition import Reading, Readings

LOG: Final = logging.getLogger(__name__)
EVERY_S: Final = 15.0
"""How long after readings were made new ones are made at the earliest, seconds."""
REST: Final = 5.0
"""How much longer than they took to make they hold, so that they take few cores; but
never so long that they grow old in between."""
WAIT_S: Final = 2.0
"""How long an answer waits for readings that are being made, seconds."""
STALE_S: Final = 120.0
"""From what age on readings are not told any more, and how long making new ones may
take before it is said to fail, seconds."""


class Beside:
    """A source of readings in front of a slow one. For several threads."""

    def __init__(
        self,
        source: Readings,
        *,
        instead: Reading,
        clock: Waits,
        every_s: float = EVERY_S,
        wait_s: float = WAIT_S,
    ) -> None:
        """Make nothing yet.

        Args:
            source: The slow one; it is asked by one thread at a time.
            instead: Is told where readings cannot be made, or are long in coming.
            clock: The real one.
            every_s: How often the source is asked at most.
            wait_s: How long an answer waits for it.
        """
        self._source = source
        self._instead = instead
        self._clock = clock
        self._every_s = every_s
        self._wait_s = wait_s
        self._lock = threading.Lock()
        self._made: Sequence[Reading] = ()
        self._begin_s = float("-inf")
        """When it was begun to make readings, the last time."""
        self._end_s = float("-inf")
        """When `_made` was made."""
        self._next_s = float("-inf")
        self._is_made = threading.Event()
        self._is_made.set()

    def __call__(self) -> Sequence[Reading]:
        """Return what was made last."""
        with self._lock:
            now = self._clock.now()
            if self._is_made.is_set() and now >= self._next_s:
                self._begin_s = now
                self._is_made.clear()
                threading.Thread(
                    target=self._make, name="readings", daemon=True
                ).start()
        self._clock.wait(self._is_made, self._wait_s)
        with self._lock:
            if self._is_made.is_set():
                return self._made
            now = self._clock.now()
            if now - self._begin_s > STALE_S:
                return (self._instead,)
            return self._made if now - self._end_s <= STALE_S else ()

    def _make(self) -> None:
        made: Sequence[Reading]
        try:
            made = list(self._source())
        except Exception:  # the other sources are told in any case
            LOG.exception("figures for /metrics could not be made")
            made = (self._instead,)
        with self._lock:
            self._made, self._end_s = made, self._clock.now()
            rest_s = max(self._every_s, REST * (self._end_s - self._begin_s))
            self._next_s = self._end_s + min(rest_s, STALE_S / 2)
            self._is_made.set()
