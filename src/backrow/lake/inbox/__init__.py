"""Pushed events on disk until they are in the tables; and what could not be read.

`Inbox.put` returns when its events would survive a power cut: one SQLite transaction
in write-ahead mode with full synchronisation, whatever the number of events, so a
receiver that gathers what came meanwhile pays for one (a group commit). It only
appends, as everything that costs more is done by whoever takes events out.

The way on is exactly-once. `Inbox.take` makes a numbered batch of the events that
wait, which is no more than a range of their ids, before anything is written; as long
as the batch is not finished, `take` gives the same batch with the same events. Each
table's commit carries the inbox's id and the number (`backrow.lake.store.commits`),
so a batch that was cut short is written again only where it is missing.

Zoom sends an event again after 5, 20 and 60 minutes if it heard no answer. So a batch
leaves out events whose body is in it already, or was in one of the last two hours
(`seen`). What a batch adds to that memory is written in the transaction that finishes
it, and only a finished batch is looked at: a batch that is taken again leaves out what
it left out before.

Events are forgotten an hour after their batch was finished, a few at a time. What
cannot be decoded becomes a dead letter with its reason, and is kept until it is
replayed, forgotten or pruned.

`letters` are the words, `file` is the SQLite file, `box` is what is done with it.
"""

from __future__ import annotations

from backrow.lake.inbox.box import KEEP_S, Inbox
from backrow.lake.inbox.file import FILE_NAME
from backrow.lake.inbox.letters import Counts, DeadLetter, Event, Letter, Taken
from backrow.lake.inbox.seen import SEEN_S

__all__ = [
    "FILE_NAME",
    "KEEP_S",
    "SEEN_S",
    "Counts",
    "DeadLetter",
    "Event",
    "Inbox",
    "Letter",
    "Taken",
]
