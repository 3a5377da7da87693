"""The benchmark of simulated webinars plays, judges and counts; its page is in order."""

import json
from pathlib import Path
from typing import Any

import pytest

from backrow.simulate.scenario import read_scenario
from backrow.simulate.world import World
from bench.accuracy.page import FIGURES, PAGE, page
from bench.webinars.cells import CELLS, scenario
from bench.webinars.collected import Collector
from bench.webinars.feed import people_of
from bench.webinars.figures import confusion, figures_of, summary
from bench.webinars.judged import play

CELL_NAMES = tuple(CELLS)


def outcome(**changes: Any) -> dict[str, Any]:
    """Return a record of a webinar in which one fault was found."""
    fault = {"cause": "place", "kind": "place", "scope": {"location": "Oslo (NO)"}}
    fault |= {"hit": 9, "asked": True, "found": True, "exact": True, "delay_min": 2}
    finding = {"cause": "place", "scope": {"location": "Oslo (NO)"}, "right": True}
    finding |= {"affected": 9, "minutes": 8}
    record = {"cell": "strong", "seed": 5000, "people": 200, "minutes": 60}
    record |= {"feed": "complete", "live": {"findings": [finding], "faults": [fault]}}
    return {**record, **changes}


@pytest.mark.slow
def test_strong_fault_is_played_and_found() -> None:
    record = play(
        "strong", seed=103, people=300, minutes=40, feed="complete", final=True
    )
    assert json.loads(json.dumps(record)) == record
    for part in ("live", "final"):
        figures = figures_of([record], part)
        assert (figures["recall"], figures["precision"]) == (1.0, 1.0)
    assert figures_of([record])["delay_min_p95"] <= 4
    assert record["causes"]["nothing"]["fine"] > 1000


@pytest.mark.parametrize("name", CELL_NAMES)
def test_every_cell_is_a_scenario(name: str) -> None:
    text = scenario(CELLS[name], seed=1, people=50, minutes=60)
    (session,) = read_scenario(text).sessions
    own = sum(fault.kind.startswith("own_") for fault in session.faults)
    assert len(session.faults) - own == CELLS[name].faults
    assert (own > 0) == CELLS[name].own


def test_small_room_is_collected_whole() -> None:
    world = World(read_scenario(scenario(CELLS["calm"], seed=1, people=60, minutes=8)))
    uuid = world.sessions()[0].uuid
    fed = list(Collector(world, uuid, seed=1, history=False).feed())
    assert [one.late_min for one in fed] == [1] * 8
    last = fed[-2]  # with the last minute the room is empty
    assert last.roster is not None
    assert len(last.roster) >= len(last.minutes) > 30
    assert set(last.minutes["picked"]) == {"census"}
    known = set(people_of(world, uuid)["participant"])
    assert set(last.minutes["participant"]) <= known


def test_figures_count_what_is_asked_for() -> None:
    missed = outcome(seed=5001)
    missed["live"]["faults"][0] |= {"found": False, "exact": False, "delay_min": None}
    missed["live"]["findings"][0]["right"] = False
    small = outcome(seed=5002)
    small["live"]["faults"][0]["asked"] = False
    figures = figures_of([outcome(), missed, small])
    assert (figures["faults"], figures["too_small"]) == (2, 1)
    assert (figures["recall"], figures["right"], figures["findings"]) == (0.5, 2, 3)
    assert figures["false_per_hour"] == pytest.approx(1 / 3)
    assert [one["seed"] for one in figures["false"]] == [5001]
    assert [one["seed"] for one in figures["missed"]] == [5001]


def test_tuning_and_reporting_seeds_are_kept_apart() -> None:
    told = {"place": {"place": 3, "fine": 1}}
    records = [outcome(causes=told), outcome(seed=7, causes=told)]
    cells = summary(records)["cells"]
    assert [(one["seeds"], one["webinars"]) for one in cells] == [
        ("reporting", 1),
        ("tuning", 1),
    ]
    assert summary(records)["causes"] == told
    assert confusion(records) == {"place": {"place": 6, "fine": 2}}


def test_page_is_made_from_the_figures_beside_it() -> None:
    figures = json.loads(Path(FIGURES).read_text("utf-8"))
    assert PAGE.read_text("utf-8") == page(figures)
