"""A session's judgement, as the lake keeps it: judged minutes, findings, names.

It is made before anything is written. `LakeWriter.complete` then writes it in an order
that bears being cut short anywhere: completing again makes and writes it anew.

Findings that were told while the session ran and that hindsight does not bear out are
*withdrawn*: a row says so, and readers leave them out (decision 0011).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import polars as pl

from backrow.diagnose.hindsight import Diagnosis
from backrow.errors import LakeError, NothingFoundError
from backrow.judge.engine import Engine, How, diagnosed, one_machine
from backrow.lake.frames import Naming, session_frames
from backrow.lake.frames.people import kept_names
from backrow.lake.keep import Judged, LakeWriter
from backrow.lake.kept import WITHDRAWN, Lake, latest_findings
from backrow.lake.store.reading import Store, equal
from backrow.lake.store.rows import findings_frame
from backrow.lake.tables import JUDGED

LOG: Final = logging.getLogger(__name__)
_KEPT: Final = ("participant", "minute", *JUDGED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Judges whole sessions of a lake."""

    naming: Naming = field(default_factory=Naming)
    how: How = field(default_factory=How)
    engine: Engine = one_machine

    def judged(self, store: Store, session_uuid: str, *, now: float) -> Judged:
        """Return a session's judgement, out of all of its samples.

        Raises:
            NothingFoundError: The lake holds no such session.
            LakeError: It cannot be read.
        """
        frames = session_frames(
            Lake(store), session_uuid, naming=self.naming, anew=True
        )
        over = {**frames.session, "state": "ended"}
        diagnosis = diagnosed(frames.of(over), self.engine, how=self.how)
        return judged_of(store, session_uuid, diagnosis, now=now)

    def complete(self, writer: LakeWriter, session_uuid: str, *, now: float) -> int:
        """Judge a session and complete it; return how many minutes it has.

        A session whose judgement fails is completed without one, so that what was
        measured is kept in any case; the log says why.

        Raises:
            LakeError: The lake cannot be read or written.
        """
        make = partial(self.judged, writer.store, session_uuid, now=now)
        judged: Judged | None = None
        try:
            judged = make()
        except NothingFoundError:  # nothing tells of it but its samples
            judged = None
        except LakeError:
            raise
        except Exception:  # measurements are worth more than what is said of them
            LOG.exception("session %s could not be judged", session_uuid)
        return writer.complete(session_uuid, now=now, judged=judged)


def judged_of(
    store: Store, session_uuid: str, diagnosis: Diagnosis, *, now: float
) -> Judged:
    """Return a diagnosis as the lake keeps it.

    Args:
        store: The lake, for the findings that it holds.
        session_uuid: The session.
        diagnosis: What was found.
        now: Unix seconds.

    Raises:
        LakeError: The lake cannot be read.
    """
    known = store.read(
        "findings",
        lambda rows: latest_findings(
            rows.filter(pl.col("session_uuid") == session_uuid)
        ),
        where=equal(session_uuid=session_uuid),
    )
    final = [finding.to_dict() for finding in diagnosis.findings]
    before = [json.loads(text) for text in known["finding"]]
    return Judged(
        minutes=diagnosis.minutes.select(_KEPT),
        findings=findings_frame(session_uuid, _news(final, before), now=now),
        people=kept_names(diagnosis.people),
    )


def _news(
    final: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]]
) -> Iterator[Mapping[str, Any]]:
    """Yield the findings that the lake does not hold as they are now."""
    known = {one["id"]: one for one in before}
    yield from (one for one in final if known.get(one["id"]) != one)
    holding = {one["id"] for one in final}
    for one in before:
        if one["id"] not in holding and one.get("state") != WITHDRAWN:
            yield {**one, "state": WITHDRAWN}
