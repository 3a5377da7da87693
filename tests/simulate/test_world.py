"""A world answers what the emulated API asks, the same on every machine."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any

import numpy as np
import pytest

from backrow.errors import UsageError
from backrow.qos.sample import INDEX, NAMES
from backrow.simulate.block import AT, MISSING
from backrow.simulate.scenario.schema import Attendance, PeopleMix
from backrow.simulate.world import World
from tests.simulate.worlds import NUMBER, blocks, fault, scenario, world

MINUTE = timedelta(minutes=1)
WORDS = {"", "good", "fair", "poor", "bad"}
HASH = "fbd7d73b775dc500"
"""Of the small world with two faults. If it must change, say why in the commit."""
OPEN_RANGES = [
    *map(ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")),
    *map(ip_network, ("198.18.0.0/15", "100.64.0.0/10", "2001:db8::/32")),
]


def fingerprint() -> str:
    """Return a hash of everything in the small world, the same in any process."""
    w = world(faults=(fault("office"), fault("presenter_uplink", at_min=13)))
    uuid = w.sessions()[0].uuid
    told = [
        [person.to_dict() for person in w.people(uuid)],
        [str(share) for share in w.shares(uuid)],
        [str(session) for session in w.sessions()],
        w.truth(),
    ]
    digest = hashlib.sha256(blocks(w).astype("<i2").tobytes())
    digest.update(json.dumps(told, sort_keys=True).encode())
    return digest.hexdigest()[:16]


def test_same_seed_gives_the_same_bytes_on_every_machine() -> None:
    assert fingerprint() == HASH


@pytest.mark.slow
def test_another_process_makes_the_same_world() -> None:
    code = "from tests.simulate.test_world import fingerprint; print(fingerprint())"
    made = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONHASHSEED": "123", "PYTHONPATH": "src:."},
    )
    assert made.stdout.strip() == HASH


def test_another_seed_gives_another_world() -> None:
    assert not np.array_equal(
        blocks(world(attendees=20)), blocks(world(attendees=20, seed=8))
    )


def test_minutes_asked_for_in_any_order_are_the_streamed_ones() -> None:
    w = world(attendees=30)
    streamed = list(w.stream())
    for number in (7, 3, 19):
        kept = w.minute(number)
        for name, values in streamed[number].items():
            np.testing.assert_array_equal(kept[name], values)


def test_rows_hold_what_the_columns_hold() -> None:
    w = world(attendees=30)
    session, names = w.sessions()[0], w.participants()
    at = session.start_at + 9 * MINUTE
    rows = w.rows(session.uuid, names, start=at, end=at + MINUTE)
    columns = w.minute(9)
    there = [names[stay] for stay in columns["stay"]]
    assert [name for name in names if rows[name]] == there
    for i, name in enumerate(there):
        (row,) = rows[name]
        values = dict(zip(NAMES, row, strict=True))
        assert values["minute"] == values["sampled_at"] == at
        assert (values["participant"], values["session_number"]) == (name, NUMBER)
        loss = values["audio_received_avg_loss_pct"]
        assert loss == pytest.approx(columns["audio_received_avg_loss_pct"][i])
        assert values["zoom_audio_score"] is None


def test_rows_are_of_whole_minutes_between_joining_and_leaving() -> None:
    w = world(attendees=60)
    session = w.sessions()[0]
    end = session.start_at + 60 * MINUTE
    names = w.participants()
    rows = w.rows(session.uuid, names, start=session.start_at, end=end)
    for person in w.people(session.uuid):
        minutes = [row[INDEX["minute"]] for row in rows[person.user_id or ""]]
        assert person.join_time
        assert person.leave_time
        assert minutes == sorted(set(minutes))
        if minutes:
            assert person.join_time <= minutes[0] < person.join_time + MINUTE
            assert (
                person.leave_time - MINUTE < minutes[-1] + MINUTE <= person.leave_time
            )


def test_rows_stop_before_the_end_that_is_asked_for() -> None:
    w = world(attendees=5)
    session, host = w.sessions()[0], w.participants()[0]
    start = session.start_at + timedelta(seconds=90)
    rows = w.rows(session.uuid, [host, "nobody"], start=start, end=start + 2 * MINUTE)
    got = [row[INDEX["minute"]] - session.start_at for row in rows[host]]
    assert got == [2 * MINUTE, 3 * MINUTE]
    assert rows["nobody"] == []


def test_pushed_rows_hold_scores_and_times_within_the_minute() -> None:
    w = world(attendees=30)
    session, names = w.sessions()[0], w.participants()
    at = session.start_at + 9 * MINUTE
    rows = w.rows(session.uuid, names, start=at, end=at + MINUTE, pushed=True)
    found = [row for each in rows.values() for row in each]
    assert all(1 <= row[INDEX["zoom_audio_score"]] <= 5 for row in found)
    assert {row[INDEX["origin"]] for row in found} == {"qss"}
    assert len({row[INDEX["sampled_at"]] for row in found}) > 10


def test_people_come_in_joining_order_with_ids_of_their_own() -> None:
    w = world(attendance=Attendance(rejoin=0.5))
    people = w.people(w.sessions()[0].uuid)
    joins = [person.join_time for person in people if person.join_time]
    assert joins == sorted(joins)
    assert len({person.user_id for person in people}) == len(people)
    assert len({person.participant_uuid for person in people}) == len(people)


def test_a_rejoin_is_a_new_stay_of_the_same_person() -> None:
    w = world(attendance=Attendance(rejoin=0.5))
    people = w.people(w.sessions()[0].uuid)
    stays: dict[str, list[Any]] = {}
    for person in people:
        stays.setdefault(person.registrant_id or person.user_id or "", []).append(
            person
        )
    again = [both for both in stays.values() if len(both) == 2]
    assert len(again) > 10
    for first, second in again:
        assert first.user_name == second.user_name
        assert first.ip_address == second.ip_address
        assert "disconnected" in first.leave_reason
        assert first.leave_time < second.join_time


def test_public_addresses_belong_to_nobody() -> None:
    w = world(people=PeopleMix(ipv6=0.3))
    addresses = {person.ip_address for person in w.people(w.sessions()[0].uuid)}
    for address in filter(None, addresses):
        assert any(ip_address(address) in net for net in OPEN_RANGES), address
    networks = [ip_network(net.prefix) for net in w.networks()]
    for address in filter(None, addresses):
        assert any(ip_address(address) in net for net in networks), address


def test_an_office_shares_one_address() -> None:
    w = world(external=0.0, attendance=Attendance(rejoin=0.0))
    people = w.people(w.sessions()[0].uuid)
    office = [p for p in people if p.ip_address == "198.51.100.7"]
    assert len(office) > 10
    assert len({p.internal_ip_addresses for p in office}) == len(office)
    assert {p.location for p in office} == {"Paris (FR)"}


def test_external_people_come_with_the_named_fields_empty() -> None:
    mix = PeopleMix(external_hides=("email", "version", "internal_ip_addresses"))
    people = world(external=1.0, people=mix).people(world().sessions()[0].uuid)
    outside = [person for person in people if person.role == "attendee"]
    assert {(p.email, p.version, p.internal_ip_addresses) for p in outside} == {
        ("", "", None)
    }
    assert all(p.location and p.data_center for p in outside)
    assert all(p.email for p in people if p.role != "attendee")


def test_hostile_names_come_when_asked_for() -> None:
    names = [
        person.user_name or ""
        for person in world(people=PeopleMix(hostile_names=1.0)).people(
            world().sessions()[0].uuid
        )
    ]
    assert any("<script>" in name for name in names)
    assert any(name.startswith("=") for name in names)
    assert all(name for name in names)


def test_telephones_are_there_and_measured_nowhere() -> None:
    devices = replace(scenario().devices, phone=30.0)
    w = world(devices=devices)
    session = w.sessions()[0]
    phones = [p.user_id or "" for p in w.people(session.uuid) if p.device == "Phone"]
    rows = w.rows(
        session.uuid, phones, start=session.start_at, end=session.start_at + 20 * MINUTE
    )
    assert phones
    assert not any(rows.values())


def test_browsers_and_room_systems_are_measured_at_their_gateways() -> None:
    w = world(devices=replace(scenario().devices, web=60.0, sip=20.0))
    session = w.sessions()[0]
    at = session.start_at + 9 * MINUTE
    rows = w.rows(session.uuid, w.participants(), start=at, end=at + MINUTE)
    legs: dict[str, set[str]] = {}
    for person in w.people(session.uuid):
        for row in rows[person.user_id or ""]:
            legs.setdefault(row[INDEX["leg"]], set()).add(person.browser_name or "")
            if row[INDEX["leg"]] != "client":
                assert row[INDEX["zoom_avg_cpu_pct"]] is None
    assert "" not in legs["rwg"]
    assert legs["crc"] == legs["client"] == {""}


def test_words_follow_the_minute_before() -> None:
    w = world(faults=(fault("zoom_core", severity=2.0),))
    session, names = w.sessions()[0], w.participants()
    at = session.start_at + timedelta(minutes=7, seconds=30)
    bad = [
        w.words(session.uuid, names, at=at + shift) for shift in (-MINUTE, MINUTE * 0)
    ]
    share = [
        np.mean([word[1] in {"poor", "bad"} for word in words.values() if word[1]])
        for words in bad
    ]
    assert share[0] < 0.1  # minute 5, before the fault
    assert share[1] > 0.5  # minute 6, its first
    assert {
        word for words in bad for three in words.values() for word in three
    } <= WORDS


def test_words_stay_as_they_were_when_somebody_left() -> None:
    w = world(attendance=Attendance(leave_early=1.0))
    session = w.sessions()[0]
    end = session.start_at + 20 * MINUTE
    words = w.words(session.uuid, [*w.participants(), "nobody"], at=end)
    assert sum(three[0] != "" for three in words.values()) > 100
    assert words["nobody"] == ("", "", "")


def test_shares_follow_the_programme() -> None:
    w = world()
    session = w.sessions()[0]
    shares = w.shares(session.uuid)
    minutes = [(s.start_at - session.start_at) // MINUTE for s in shares]
    assert minutes == [4, 14]
    assert [share.content for share in shares] == ["application", "desktop"]
    roles = {person.user_id: person.role for person in w.people(session.uuid)}
    assert {roles[share.participant] for share in shares} == {"panelist"}


def test_earlier_occurrences_are_smaller_and_have_the_same_people() -> None:
    w = world(earlier_days=(7, 400), faults=(fault("office"),))
    now, week, old = w.sessions()
    assert now.number == week.number == old.number
    assert now.start_at - week.start_at == timedelta(days=7)
    assert len({now.uuid, week.uuid, old.uuid}) == 3
    here = {p.registrant_id: p.user_name for p in w.people(now.uuid)}
    before = {p.registrant_id: p.user_name for p in w.people(week.uuid)}
    assert before.items() <= here.items()
    assert len(before) < len(here)
    assert w.truth()["sessions"][1]["faults"] == []


def test_everybody_in_a_meeting_may_speak_and_be_seen() -> None:
    w = world(kind="meeting", attendees=30)
    columns = w.minute(10)
    assert (~np.isnan(columns["video_sent_height_px"])).sum() > 12
    assert (~np.isnan(columns["audio_sent_bitrate_kbps"])).sum() > 8
    person = w.people(w.sessions()[0].uuid)[5]
    assert (person.meeting_number, person.webinar_number) == (NUMBER, None)


def test_a_session_without_attendees_is_a_session() -> None:
    w = world(attendees=0, panelists=0, length_min=2, programme=())
    assert len(w.people(w.sessions()[0].uuid)) == 1
    assert len(w.minute(1)["stay"]) == 1


def test_prepared_minutes_are_kept_and_no_others() -> None:
    w = world(attendees=5)
    session = w.sessions()[0]
    w.prepare(session.start_at + 5.5 * MINUTE)
    assert len(w.play(session.uuid).blocks) == 5
    w.prepare(session.start_at + 90 * MINUTE)
    assert len(w.play(session.uuid).blocks) == 5


def test_an_unknown_session_is_refused() -> None:
    with pytest.raises(UsageError, match="got 'no such'"):
        world().people("no such")


def test_a_scenario_without_sites_or_satellites_is_a_world() -> None:
    plain = scenario(attendees=40)
    isps = tuple(isp for isp in plain.isps if isp.reach != "satellite")
    access = replace(plain.access, satellite=50.0)
    w = World(replace(plain, sites=(), isps=isps, access=access))
    block = w.play(w.sessions()[0].uuid).played(5)
    assert (block[:, AT["leg"]] != MISSING).sum() > 20
