"""What was really wrong: every fault with its members, and everybody's every minute.

The emulated API never shows any of this. A minute has one cause: that of the
fault that acts on the person, else of the person's own trouble, else of the
presenter's that is on stage; empty if nothing is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from backrow.qos.people import iso
from backrow.simulate.block import AT, Block
from backrow.simulate.draws import Ints
from backrow.simulate.network.faults import Fault
from backrow.simulate.scenario.schema import Scope
from backrow.simulate.scenario.templates import CAUSES
from backrow.simulate.session import Play

Columns = dict[str, npt.NDArray[Any]]
_NOT_THERE: Final = -2
_FAULTS: Final = 2**17
"""More faults than 16 bits can number."""


def truth_of(play: Play) -> dict[str, Any]:
    """Return the truth of one session, ready for JSON."""
    causes, faults = _marks(play)
    session = play.session
    return {
        "session_uuid": session.uuid,
        "session_number": session.number,
        "kind": session.kind,
        "start_at": iso(session.start_at),
        "end_at": iso(play.minute_at(play.minutes)),
        "participants": len(play.stays),
        "participant_minutes": int((causes > _NOT_THERE).sum()),
        "faults": [_fault(play, fault, faults) for fault in play.faults],
        "causes": {
            name: {
                "participant_minutes": int((causes == i).sum()),
                "participants": int((causes == i).any(axis=0).sum()),
            }
            for i, name in enumerate(CAUSES)
            if (causes == i).any()
        },
    }


def truth_spans(play: Play) -> list[dict[str, Any]]:
    """Return every span of minutes that something acts on a participant.

    Each has ``participant``, ``begin`` and ``end`` (before which the last minute
    ends), ``cause``, ``fault`` (empty: none of the scenario's) and ``recovering``:
    whether it is over, and its trace still in the samples.
    """
    names = [*(fault.name for fault in play.faults), ""]
    causes = [*CAUSES, ""]
    marks = np.stack(
        [
            np.where(block[:, AT["leg"]] >= 0, _acting(block), 0)
            for block in _blocks(play)
        ],
        axis=1,
    )
    edged = np.pad(marks, ((0, 0), (1, 1)))
    changes = edged[:, 1:] != edged[:, :-1]
    stays, begins = np.nonzero(changes[:, :-1] & (marks > 0))
    _, ends = np.nonzero(changes[:, 1:] & (marks > 0))
    found = []
    spans = (stays.tolist(), begins.tolist(), ends.tolist())
    for stay, begin, end in zip(*spans, strict=True):
        cause, fault, recovering = _read_mark(int(marks[stay, begin]))
        found.append(
            {
                "participant": play.user_ids[stay],
                "begin": iso(play.minute_at(begin)),
                "end": iso(play.minute_at(end + 1)),
                "cause": causes[cause],
                "fault": names[fault],
                "recovering": recovering,
            }
        )
    return found


def _acting(block: Block) -> Ints:
    """Return one number for all that acts on each stay, 0 for nothing."""
    cause, fault, recovering = (
        block[:, AT[name]].astype(np.int64) for name in ("cause", "fault", "recovering")
    )
    return ((cause + 1) * _FAULTS + fault + 1) * 2 + (recovering > 0)


def _read_mark(mark: int) -> tuple[int, int, bool]:
    """Return cause, fault and whether it is over, of a number of `_acting`."""
    both, recovering = divmod(mark, 2)
    return both // _FAULTS - 1, both % _FAULTS - 1, bool(recovering)


def _marks(play: Play) -> tuple[Ints, Ints]:
    """Return cause and fault of every minute (rows) and stay (columns)."""
    causes = np.full((play.minutes, len(play.stays)), _NOT_THERE, dtype=np.int16)
    faults = np.full(causes.shape, -1, dtype=np.int16)
    for minute, block in enumerate(_blocks(play)):
        here = block[:, AT["leg"]] >= 0
        causes[minute, here] = block[here, AT["cause"]]
        faults[minute, here] = block[here, AT["fault"]]
    return causes.astype(np.int64), faults.astype(np.int64)


def _blocks(play: Play) -> Iterator[npt.NDArray[np.int16]]:
    """Yield the minutes, those that are kept already if they are all there."""
    return iter(play.blocks) if len(play.blocks) == play.minutes else play.play()


def _fault(play: Play, fault: Fault, faults: Ints) -> dict[str, Any]:
    acts = faults == fault.index
    hit = np.flatnonzero(acts.any(axis=0))
    source = np.flatnonzero(play.stays.person == fault.source)
    return {
        "id": fault.name,
        "kind": fault.plan.kind,
        "cause": fault.template.cause,
        "scope": _scope(play, fault),
        "networks": _networks(play, fault, hit),
        "begin": iso(play.first_minute + timedelta(minutes=fault.begin_min)),
        "end": iso(play.first_minute + timedelta(minutes=fault.end_min)),
        "severity": fault.plan.severity,
        "candidates": fault.candidates,
        "hit": len(fault.people),
        "source": [play.stays.user_id(int(stay)) for stay in source],
        "members": [play.stays.user_id(int(stay)) for stay in hit],
        "participant_minutes": int(acts.sum()),
    }


def _scope(play: Play, fault: Fault) -> dict[str, str]:
    """Return what the fault's people have in common, as findings name it."""
    where = fault.plan.where
    scope = {
        name: getattr(where, name) for name in Scope.__slots__ if getattr(where, name)
    }
    sites = {site.name: site for site in play.atlas.sites}
    if where.site:
        scope["network"] = sites[where.site].network
        scope["address"] = sites[where.site].address
    if where.place:
        town = play.atlas.places[play.atlas.place_index[where.place]]
        scope["location"] = f"{town.name} ({town.country})"
    if where.person and fault.source >= 0:
        stay = int(np.flatnonzero(play.stays.person == fault.source)[0])
        scope["person"] = play.stays.user_id(stay)
    return scope


def _networks(play: Play, fault: Fault, hit: Ints) -> list[str]:
    """Return the public prefixes its members are seen with, if they share a network."""
    if fault.template.cause not in {"shared_network", "place"}:
        return []
    people = {int(play.stays.person[stay]) for stay in hit}
    return sorted({play.cast.address(who)[1] for who in people})


def truth_columns(play: Play) -> Columns:
    """Return the truth of every minute that has a sample, as columns.

    Returns:
        ``participant``, ``minute`` (datetime64, UTC), ``cause`` and ``fault``
        ("" where nothing is wrong) and ``recovering``.
    """
    causes = np.array([*CAUSES, ""], dtype=object)
    names = np.array([*(fault.name for fault in play.faults), ""], dtype=object)
    ids = np.array(
        [play.stays.user_id(i) for i in range(len(play.stays))], dtype=object
    )
    start = np.datetime64(play.first_minute.replace(tzinfo=None), "us")
    parts: list[Columns] = []
    for minute, block in enumerate(_blocks(play)):
        here = np.flatnonzero(block[:, AT["leg"]] >= 0)
        at = start + np.timedelta64(minute, "m")
        parts.append(
            {
                "participant": ids[here],
                "minute": np.full(len(here), at),
                "cause": causes[block[here, AT["cause"]]],
                "fault": names[block[here, AT["fault"]]],
                "recovering": block[here, AT["recovering"]] > 0,
            }
        )
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
