"""What whoever writes the lake does for it every hour (`backrow.lake.keep.TIDY_S`)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from anyio import to_thread

from backrow.clock import Sleeps
from backrow.collect.lock import held
from backrow.errors import LakeError, UsageError
from backrow.lake.forget import prune_overdue
from backrow.lake.inbox import Inbox
from backrow.lake.keep import TIDY_FIRST_S, TIDY_S, LakeWriter

LOG: Final = logging.getLogger(__name__)
LOCK_NAME: Final = "tidy"


async def keep_tidy(
    writer: LakeWriter,
    inbox: Inbox,
    *,
    keep_days: int | None,
    clock: Sleeps,
    failed: Callable[[LakeError], None],
) -> None:
    """Make few files of many and remove old ones, on a thread, until cancelled.

    A failure ends nothing: an hour later it is tried again.

    Args:
        writer: Of the lake.
        inbox: Where dead letters are; its folder holds the lock.
        keep_days: How long sessions are kept; None for ever.
        clock: Says when.
        failed: Is told of a lake that cannot be read or written.
    """
    pause_s = TIDY_FIRST_S
    while True:
        await clock.asleep(pause_s)
        pause_s = TIDY_S
        step = partial(_tidy_alone, writer, inbox, keep_days=keep_days, now=clock.now())
        try:
            await to_thread.run_sync(step)
        except LakeError as error:
            failed(error)
        except Exception:  # no reason to stop what goes on beside
            LOG.exception("the lake's files could not be looked after")


def _tidy_alone(
    writer: LakeWriter, inbox: Inbox, *, keep_days: int | None, now: float
) -> None:
    """Tidy, unless another process of this state folder is at it."""
    try:
        with held(inbox.path.parent, what="the upkeep", now=now, name=LOCK_NAME):
            tidy(writer, inbox, keep_days=keep_days, now=now)
    except UsageError:
        return


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
