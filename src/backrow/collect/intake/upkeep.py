"""What whoever writes the lake does for it every hour (`backrow.lake.keep.TIDY_S`)."""

from __future__ import annotations

from backrow.lake.forget import prune_overdue
from backrow.lake.inbox import Inbox
from backrow.lake.keep import LakeWriter


def tidy(
    writer: LakeWriter, inbox: Inbox, *, keep_days: int | None, now: float
) -> None:
    """Make few files of many, and erase what is older than it is to be kept.

    Args:
        writer: Of the lake.
        inbox: Where dead letters are, which are kept as long.
        keep_days: How long sessions are kept; None for ever.
        now: Unix seconds.

    Raises:
        LakeError: The lake or the inbox cannot be read or written.
    """
    writer.maintain()
    if keep_days is not None:
        prune_overdue(writer.store, days=keep_days, now=now, inbox=inbox)
