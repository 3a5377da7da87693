"""Truth and samples agree: whom a fault hits is worse off than their twins without it."""

import json
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest

from backrow.simulate.block import AT, MISSING, NAMES, floats_of
from backrow.simulate.scenario.schema import FaultKind, Noise, PeopleMix
from backrow.simulate.scenario.templates import CAUSES, TEMPLATES
from tests.simulate.worlds import blocks, fault, scenario, world

KINDS = get_args(FaultKind)
DURING = slice(6, 12)
LOWER_IS_BETTER = [
    f"audio_received_{name}"
    for name in ("latency_ms", "jitter_ms", "avg_loss_pct", "max_loss_pct")
]
HIGHER_IS_BETTER = [
    "video_received_bitrate_kbps",
    "video_received_height_px",
    "video_received_frame_rate_fps",
    "share_received_frame_rate_fps",
]
MARKS = [NAMES.index(name) for name in ("cause", "fault", "recovering")]


def twins(kind: str, **changes: Any) -> tuple[Any, Any, Any]:
    """Return the minutes without and with a fault, and the fault."""
    w = world(faults=(fault(kind, **changes),), attendees=300)
    return (
        blocks(world(attendees=300)),
        blocks(w),
        w.play(w.sessions()[0].uuid).faults[0],
    )


@pytest.mark.parametrize("kind", KINDS)
def test_members_of_a_fault_are_worse_than_their_twins(kind: str) -> None:
    without, with_fault, _ = twins(kind)
    hit = with_fault[:, :, AT["fault"]] == 0
    assert hit[DURING].sum() > 30
    before, after = without[hit], with_fault[hit]
    worse = np.zeros(len(before), dtype=bool)
    for name, sign in [(n, 1) for n in LOWER_IS_BETTER] + [
        (n, -1) for n in HIGHER_IS_BETTER
    ]:
        change = sign * np.nan_to_num(floats_of(after, name) - floats_of(before, name))
        assert (change >= 0).all(), name
        worse |= change > 0
    assert worse.mean() > 0.95


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_changes_nobody_else(kind: str) -> None:
    without, with_fault, one = twins(kind)
    if one.source >= 0:  # what a presenter sends, everybody receives
        lines = [AT[n] for n in LOWER_IS_BETTER]
        others = np.setdiff1d(np.arange(without.shape[1]), one.stays)
        np.testing.assert_array_equal(
            without[:, others][:, :, lines], with_fault[:, others][:, :, lines]
        )
        return
    others = np.setdiff1d(np.arange(without.shape[1]), one.stays)
    np.testing.assert_array_equal(without[:, others], with_fault[:, others])


@pytest.mark.parametrize("kind", KINDS)
def test_before_and_after_a_fault_all_is_as_without_it(kind: str) -> None:
    without, with_fault, one = twins(kind)
    end = int(one.end_min)
    for quiet in (slice(0, int(one.begin_min)), slice(end + 1, None)):
        np.testing.assert_array_equal(without[quiet], with_fault[quiet])


def test_another_fault_beside_it_does_not_move_a_fault() -> None:
    office, isp = fault("office"), fault("isp")
    alone, both = world(faults=(isp,)), world(faults=(office, isp))
    members = [w.truth()["sessions"][0]["faults"][-1]["members"] for w in (alone, both)]
    assert members[0] == members[1]


def test_the_minute_after_a_fault_is_still_bad_for_a_third() -> None:
    without, with_fault, one = twins("version")
    name = "video_received_frame_rate_fps"
    usual, now = (floats_of(w[12], name)[one.stays] for w in (without, with_fault))
    fault_rate = floats_of(with_fault[9], name)[one.stays]
    kept = ~np.isnan(usual + now + fault_rate)
    lost = (usual - now)[kept].sum() / (usual - fault_rate)[kept].sum()
    assert 0.2 < lost < 0.5
    here = with_fault[12, one.stays, AT["leg"]] != MISSING
    assert (with_fault[12, one.stays, AT["recovering"]][here] == 1).all()


def test_half_a_minute_of_a_fault_is_half_as_bad() -> None:
    without, whole, one = twins("data_center", at_min=6.0)
    half = blocks(world(faults=(fault("data_center", at_min=6.5),), attendees=300))
    name = "audio_received_latency_ms"
    added = [
        np.nanmean((floats_of(w[6], name) - floats_of(without[6], name))[one.stays])
        for w in (half, whole)
    ]
    assert added[0] == pytest.approx(added[1] / 2, rel=0.1)


def test_the_share_that_is_hit_is_the_one_asked_for() -> None:
    for share in (0.3, 0.9):
        w = world(faults=(fault("zoom_core", share=share),), attendees=2000)
        one = w.play(w.sessions()[0].uuid).faults[0]
        assert len(one.people) / one.candidates == pytest.approx(share, abs=0.04)


def test_members_are_of_the_scope() -> None:
    w = world(faults=[*map(fault, ("version", "office", "data_center", "place"))])
    uuid = w.sessions()[0].uuid
    people = {person.user_id: person for person in w.people(uuid)}
    version, office, center, town = w.truth()["sessions"][0]["faults"]
    for name in version["members"]:
        assert (people[name].version, people[name].os) == ("6.6.6.19875", "Windows")
    assert {people[n].ip_address for n in office["members"]} == {"198.51.100.7"}
    assert office["scope"]["network"] == "198.51.100.0/28"
    assert {people[n].data_center for n in center["members"]} == {"Netherlands"}
    assert {people[n].location for n in town["members"]} == {"London (GB)"}
    assert town["scope"]["location"] == "London (GB)"


def test_the_truth_is_json_and_counts_what_the_columns_hold() -> None:
    w = world(faults=(fault("office"), fault("presenter_cpu", at_min=14)))
    told = json.loads(json.dumps(w.truth()))["sessions"][0]
    columns = w.truth_columns()
    assert told["participant_minutes"] == len(columns["cause"])
    for cause, counts in told["causes"].items():
        there = columns["cause"] == cause
        assert counts["participant_minutes"] == there.sum()
        assert counts["participants"] == len(set(columns["participant"][there]))
    for one in told["faults"]:
        there = columns["fault"] == one["id"]
        assert one["participant_minutes"] == there.sum()
        assert set(one["members"]) == set(columns["participant"][there])
        assert {*columns["cause"][there]} == {one["cause"]}
        times = columns["minute"][there]
        assert str(times.min()) + "Z" >= one["begin"][:19]
        assert str(times.max()) < one["end"]


def test_truth_is_the_same_whether_minutes_are_kept_or_not() -> None:
    kept, fresh = world(faults=(fault("isp"),)), world(faults=(fault("isp"),))
    kept.minute(19)
    assert kept.truth() == fresh.truth()


def test_a_presenters_fault_is_everybodys_while_they_are_on_stage() -> None:
    w = world(faults=(fault("presenter_uplink", at_min=12, length_min=5),))
    columns = [w.minute(k) for k in range(20)]
    cause = CAUSES.index("presenter_network")
    shares = [float(np.mean(c["cause"] == cause)) for c in columns]
    assert min(shares[12:14]) > 0.85  # panelist 1 is on stage until minute 14
    assert max(shares[14:17]) < 0.05  # then only their own minutes are bad
    assert max(*shares[:12], *shares[17:]) == 0


def test_with_noise_off_nothing_is_wrong() -> None:
    mix = PeopleMix(weak_machines=0, distant_data_center=0)
    w = world(noise=Noise(degraded=0), people=mix)
    assert w.truth()["sessions"][0]["causes"].keys() <= {"own_bandwidth"}


def test_own_trouble_is_worse_than_nothing() -> None:
    w = world(attendees=400, noise=Noise(degraded=4.0))
    loss: dict[str, list[float]] = {}
    for c in w.stream():
        for cause, value in zip(
            c["cause"], c["audio_received_avg_loss_pct"], strict=True
        ):
            loss.setdefault(CAUSES[cause] if cause >= 0 else "", []).append(
                float(value)
            )
    for cause in ("own_wifi", "own_cellular", "own_bandwidth"):
        assert np.mean(loss[cause]) > 5 * np.mean(loss[""])


def test_causes_are_named_as_findings_name_them() -> None:
    assert {template.cause for template in TEMPLATES.values()} == set(CAUSES)
    assert len(CAUSES) == len(set(CAUSES)) == 12


def test_providers_differ_in_how_often_their_people_are_bad() -> None:
    spread = scenario(attendees=3000, length_min=6, noise=Noise(isp_spread=1.5))
    even = replace(spread, noise=Noise(isp_spread=0.0))
    rates = []
    for one in (spread, even):
        w = type(world())(one)
        play = w.play(w.sessions()[0].uuid)
        rate, isp = play.lines.degrades, play.people.isp[play.stays.person]
        means = [rate[isp == i].mean() for i in np.unique(isp) if (isp == i).sum() > 40]
        rates.append(np.std(means) / np.mean(means))
    assert rates[0] > 1.5 * rates[1]
