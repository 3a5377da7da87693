"""One webinar played, told to a tracker, and laid beside the truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import numpy as np

from backrow.diagnose.causes.person import explain
from backrow.diagnose.causes.slices import padded
from backrow.diagnose.causes.trouble import Trouble
from backrow.diagnose.frames import CAUSES
from backrow.diagnose.hindsight import settled
from backrow.diagnose.live import KEEP_MINUTES, Tracker, shared_of
from backrow.diagnose.room import Room, minute_number
from backrow.diagnose.verdict import Finding
from backrow.diagnose.verdict.telling import tell
from backrow.simulate.scenario import read_scenario
from backrow.simulate.scenario.templates import CAUSES as TRUE_CAUSES
from backrow.simulate.world import World
from bench.webinars.cells import CELLS, scenario
from bench.webinars.collected import Collector
from bench.webinars.feed import Fed, complete, people_of

Feed = Literal["complete", "collected", "history"]
FEEDS: Final[tuple[Feed, ...]] = ("complete", "collected", "history")
Record = dict[str, Any]
_PEOPLE_MIN: Final = 5
_MINUTES_MIN: Final = 4
_OURS: Final = 0.6
"""Share of those a finding calls affected that must be the fault's."""


def play(
    cell: str, *, seed: int, people: int, minutes: int, feed: Feed, final: bool
) -> Record:
    """Return what one webinar came to, ready for JSON.

    Args:
        cell: Name of a cell.
        seed: Of the scenario.
        people: How many attendees.
        minutes: How long it lasts.
        feed: What the tracker gets.
        final: Whether to diagnose the whole, too.
    """
    text = scenario(CELLS[cell], seed=seed, people=people, minutes=minutes)
    world = World(read_scenario(text))
    uuid = world.sessions()[0].uuid
    everybody = people_of(world, uuid)
    tracker = Tracker(uuid, keep_minutes=minutes if final else KEEP_MINUTES)
    told: dict[str, datetime] = {}
    for fed in _fed(world, uuid, feed, seed):
        tracker.observe(fed.minutes, everybody, fed.roster)
        for finding in tracker.judge(fed.at):
            late = timedelta(minutes=fed.late_min)
            told.setdefault(finding.id, fed.at + late)
    truth = world.truth()["sessions"][0]
    record: Record = {
        "cell": cell,
        "seed": seed,
        "people": people,
        "minutes": minutes,
        "feed": feed,
        "live": judged(truth, tracker.findings, told),
    }
    if final:
        troubles = list(settled(tracker))
        findings = [
            tell(tracker.room, one, state="final", minute=one.active, zone=UTC)
            for one in troubles
        ]
        record["final"] = judged(truth, findings, {})
        record["causes"] = _confused(world, uuid, tracker.room, troubles)
    return record


def _fed(world: World, session_uuid: str, feed: Feed, seed: int) -> Iterator[Fed]:
    if feed == "complete":
        return complete(world, session_uuid)
    history = feed == "history"
    return Collector(world, session_uuid, seed=seed, history=history).feed()


def judged(
    truth: Mapping[str, Any],
    findings: Sequence[Finding],
    told: Mapping[str, datetime],
) -> Record:
    """Return which findings are right and which faults are found.

    Args:
        truth: Of the session.
        findings: All of it.
        told: When each was first told; of those not in it no delay is known.
    """
    shared = [f for f in truth["faults"] if not f["kind"].startswith("own_")]
    return {
        "findings": [
            {
                "cause": one.cause,
                "scope": dict(one.scope),
                "right": any(_is_right(one, fault) for fault in shared),
                "affected": one.affected,
                "minutes": one.minutes,
            }
            for one in findings
        ],
        "faults": [_found(fault, findings, told) for fault in shared],
    }


def _found(
    fault: Mapping[str, Any],
    findings: Sequence[Finding],
    told: Mapping[str, datetime],
) -> Record:
    begin = datetime.fromisoformat(fault["begin"])
    hits = [one for one in findings if _is_right(one, fault)]
    at = min((told[one.id] for one in hits if one.id in told), default=None)
    return {
        "cause": fault["cause"],
        "kind": fault["kind"],
        "scope": fault["scope"],
        "hit": len(fault["members"]),
        "asked": _can_be_found(fault),
        "found": bool(hits),
        "exact": any(_is_exact(one, fault) for one in hits),
        "delay_min": None if at is None else int((at - begin).total_seconds() // 60),
    }


def _can_be_found(fault: Mapping[str, Any]) -> bool:
    """Return whether a fault is worth a finding at all.

    It must hit five people, and those for four minutes each on average: a presenter
    who falls silent a minute after the fault begins harms nobody.
    """
    people = len(fault["members"])
    return people >= _PEOPLE_MIN and (
        fault["participant_minutes"] >= _MINUTES_MIN * people
    )


def _is_right(finding: Finding, fault: Mapping[str, Any]) -> bool:
    begin, end = (datetime.fromisoformat(fault[k]) for k in ("begin", "end"))
    if finding.begin >= end or (finding.end is not None and finding.end <= begin):
        return False
    if finding.cause != fault["cause"] and not _is_exact(finding, fault):
        return False
    if finding.cause.startswith("presenter"):
        return finding.scope.get("participant") in fault["source"]
    members = set(fault["members"])
    ours = sum(one in members for one in finding.participants)
    return ours >= _OURS * len(finding.participants)


def _is_exact(finding: Finding, fault: Mapping[str, Any]) -> bool:
    scopes = [dict(finding.scope), *map(dict, finding.indistinguishable)]
    wanted = {
        (k, v) for k, v in fault["scope"].items() if k not in {"address", "place"}
    }
    if not wanted:
        return bool(finding.cause == fault["cause"])
    networks = set(fault.get("networks", ()))
    return (
        any(
            len(scope) == 1
            and (set(scope.items()) & wanted or scope.get("network") in networks)
            for scope in scopes
        )
        or finding.scope.get("participant") in fault["source"]
    )


def _confused(
    world: World, session_uuid: str, room: Room, troubles: Sequence[Trouble]
) -> dict[str, dict[str, int]]:
    """Return participant-minutes by true and told cause, recovering ones left out.

    What is not told of a minute that was not bad is "fine", of a bad one "nothing".
    """
    place = {name: i for i, name in enumerate(room.participants)}
    places = np.array([place[name] for name in world.participants(session_uuid)])
    counts = np.zeros((len(TRUE_CAUSES) + 1, len(CAUSES) + 2), dtype=np.int64)
    play = world.play(session_uuid)
    for number in range(play.minutes):
        minute = minute_number(play.minute_at(number))
        acting = [one for one in troubles if one.acts_in(minute)]
        columns = world.minute(number, session_uuid)
        sure = columns["recovering"] == 0
        said = explain(room, minute, shared_of(acting)).causes
        bad = padded(room.slices[minute].flags["any"], len(room), 0)
        said = np.where((said < 0) & ~bad, len(CAUSES), said)
        told = said[places[columns["stay"][sure]]]
        np.add.at(counts, (columns["cause"][sure], told), 1)  # -1: nothing, the last
    names = (*TRUE_CAUSES, "nothing"), (*CAUSES, "fine", "nothing")
    return {
        names[0][i]: {names[1][j]: int(row[j]) for j in np.flatnonzero(row)}
        for i, row in enumerate(counts)
        if row.any()
    }
