"""Which bodies were in the last hours' batches: eight bytes of memory for each.

An account of 100,000 people sends ten million events in the time in which Zoom may
repeat one. A table with a row for each of them costs a page of disk for every event,
since digests lie anywhere in it, and made the receiver wait. So the digests of a batch
are one value beside it, written in one piece, and a taker keeps them in sorted arrays:
80 MB for those ten million. They are read once, at its start.

A digest is the 64-bit BLAKE2b of a body. Two different bodies of the last hours have
the same one with odds of one in a million million for each event that comes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from backrow.lake.inbox.letters import Event

SEEN_S: Final = 7200.0
"""How long a body is remembered after its batch was finished, seconds; Zoom's tries
take 85 minutes."""
_DIGEST: Final = np.dtype("<u8")
_AGE_S: Final = 900.0
"""Batches that were finished within so many seconds are kept, and forgotten, together."""
_PIECES_MAX: Final = 16
"""Sorted pieces of one age that are looked through one by one."""

Digests = np.ndarray[Any, np.dtype[np.uint64]]


def digests_of(events: Sequence[Event]) -> Digests:
    """Return the digest of each event's body."""
    blake2b = hashlib.blake2b
    joined = b"".join(blake2b(one.body, digest_size=8).digest() for one in events)
    return np.frombuffer(joined, _DIGEST)


@dataclass(slots=True)
class Seen:
    """The digests of finished batches."""

    last: int = 0
    """The newest batch that is in it."""
    _pieces: dict[int, list[Digests]] = field(default_factory=dict)
    """Sorted pieces, by the age of their batches."""

    def __len__(self) -> int:
        """Return how many digests are kept."""
        return sum(len(one) for pieces in self._pieces.values() for one in pieces)

    def learn(self, batch: int, finished_s: float, digests: bytes) -> None:
        """Add those of a batch, which is newer than all that are known."""
        self.last = batch
        pieces = self._pieces.setdefault(int(finished_s // _AGE_S), [])
        pieces.append(np.sort(np.frombuffer(digests, _DIGEST)))
        if len(pieces) > _PIECES_MAX:
            pieces[:] = [np.sort(np.concatenate(pieces), kind="stable")]

    def forget(self, *, now: float) -> None:
        """Drop those whose batches are too old."""
        oldest = int((now - SEEN_S) // _AGE_S)
        for age in [age for age in self._pieces if age < oldest]:
            del self._pieces[age]

    def is_new(self, digests: Digests) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Return for each digest whether it is none of these, and the first here."""
        is_new = np.zeros(len(digests), np.bool_)
        is_new[np.unique(digests, return_index=True)[1]] = True
        for pieces in self._pieces.values():
            for piece in pieces:
                if len(piece):
                    at = np.searchsorted(piece, digests)
                    at[at == len(piece)] = 0
                    is_new &= piece[at] != digests
        return is_new
