"""The plain world: the same everywhere, with everything it promises."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from backrow.qos.sample import INDEX, Row
from backrow.qos.vocabulary import METRICS
from backrow.simulate.plain import EVENTS, PlainSource
from backrow.simulate.plain.world import LIVE_NUMBER, LIVE_UUID, MEETING_UUID, Event

BEGIN = datetime(2026, 11, 23, 10, 0, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
OFFICE = "198.51.100.7"


def all_rows(source: PlainSource, uuid: str = LIVE_UUID) -> list[Row]:
    names = [person.user_id or "" for person in source.people(uuid)]
    rows = source.rows(uuid, names, start=BEGIN - HOUR, end=BEGIN + HOUR)
    return [row for name in names for row in rows[name]]


def test_same_seed_gives_the_same_world_on_every_machine() -> None:
    source = PlainSource(BEGIN)
    people = [person.to_dict() for person in source.people(LIVE_UUID)]
    told = json.dumps([people, all_rows(source)[::50]], default=str).encode()
    assert hashlib.sha256(told).hexdigest()[:16] == "b367a598743040db"


def test_another_seed_gives_another_world() -> None:
    assert PlainSource(BEGIN, seed=8).people(LIVE_UUID) != PlainSource(BEGIN).people(
        LIVE_UUID
    )


def test_live_webinar_began_twelve_minutes_ago_and_lasts_an_hour() -> None:
    live = next(s for s in PlainSource(BEGIN).sessions() if s.uuid == LIVE_UUID)
    assert live.start_at == datetime(2026, 11, 23, 9, 48, tzinfo=UTC)
    assert live.end_at == live.start_at + HOUR


def test_there_is_every_awkward_kind_of_session() -> None:
    uuids = [event.uuid for event in EVENTS]
    assert len({u for u in uuids if len(u) == 24}) == len(EVENTS)
    assert [u[0] for u in uuids if u.startswith("/")] == ["/"]
    assert [u for u in uuids if "//" in u]
    assert [u for u in uuids if u.startswith("qos")]
    assert sum(event.number == LIVE_NUMBER for event in EVENTS) == 3
    assert min(event.begins for event in EVENTS) < -365 * 24 * 60
    assert {event.kind for event in EVENTS} == {"webinar", "meeting"}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.uuid)
def test_people_come_in_joining_order_and_stay_within(event: Event) -> None:
    source = PlainSource(BEGIN)
    session = next(s for s in source.sessions() if s.uuid == event.uuid)
    assert session.end_at
    stays = [(p.join_time, p.leave_time) for p in source.people(event.uuid)]
    assert stays == sorted(stays, key=lambda stay: stay[0] or BEGIN)
    for join, leave in stays:
        assert join
        assert leave
        assert session.start_at <= join < leave <= session.end_at


def test_participants_are_numbered_and_named_apart() -> None:
    people = PlainSource(BEGIN).people(LIVE_UUID)
    assert len({p.user_id for p in people}) == len(people) >= 304
    assert len({p.participant_uuid for p in people}) == len(people)
    assert sum(p.role == "host" for p in people) == 1
    assert sum(p.role == "panelist" for p in people) == 3


def test_facts_are_varied() -> None:
    people = PlainSource(BEGIN).people(LIVE_UUID)
    assert {p.network_type for p in people} == {"Wired", "Wifi", "Cellular", "Others"}
    assert len({p.location for p in people}) > 4
    assert len({p.version for p in people}) > 4
    assert "Web Browser Chrome 129" in {p.device for p in people}
    assert "" in {p.device for p in people}


def test_addresses_are_of_rfc_5737_and_names_of_example_com() -> None:
    blocks = ("192.0.2.", "198.51.100.", "203.0.113.")
    for person in PlainSource(BEGIN).people(LIVE_UUID):
        addresses = [person.ip_address or "", *(person.internal_ip_addresses or ())]
        assert all(address.startswith(blocks) for address in addresses)
        assert person.email == "" or (person.email or "").endswith("@example.com")


def test_minutes_are_asked_for_by_their_beginning() -> None:
    source = PlainSource(BEGIN)
    name = source.people(LIVE_UUID)[0].user_id or ""
    start = datetime(2026, 11, 23, 9, 50, tzinfo=UTC)
    rows = source.rows(LIVE_UUID, [name], start=start, end=start + 3 * MINUTE)
    assert [r[INDEX["minute"]] for r in rows[name]] == [
        start + MINUTE * i for i in range(3)
    ]


def test_every_value_is_possible() -> None:
    for row in all_rows(PlainSource(BEGIN))[::7]:
        for metric in METRICS:
            value = row[INDEX[metric.name]]
            if isinstance(value, int | float):
                assert metric.minimum <= value <= metric.maximum, metric.name


def test_attendees_send_nothing_and_panelists_do() -> None:
    source = PlainSource(BEGIN)
    roles = {p.user_id: p.role for p in source.people(LIVE_UUID)}
    sent = INDEX["video_sent_bitrate_kbps"]
    senders = {r[INDEX["participant"]] for r in all_rows(source) if r[sent] is not None}
    assert {roles[name] for name in senders} == {"host", "panelist"}


def test_gateways_have_legs_of_their_own_and_the_machine_on_the_clients() -> None:
    rows = all_rows(PlainSource(BEGIN))
    legs = {row[INDEX["leg"]] for row in rows}
    machine = {
        r[INDEX["leg"]] for r in rows if r[INDEX["zoom_avg_cpu_pct"]] is not None
    }
    assert (legs, machine) == ({"client", "crc", "rwg"}, {"client"})


def test_words_follow_the_loss_of_the_minute_before() -> None:
    source = PlainSource(BEGIN)
    office = [
        p.user_id or "" for p in source.people(LIVE_UUID) if p.ip_address == OFFICE
    ]
    calm = source.words(LIVE_UUID, office, at=BEGIN - 6 * MINUTE)
    troubled = source.words(LIVE_UUID, office, at=BEGIN)
    assert {words[0] for words in calm.values()} <= {"good", ""}
    assert not {words[0] for words in troubled.values()} & {"good"}


def test_one_panelist_shares_the_screen() -> None:
    (share,) = PlainSource(BEGIN).shares(LIVE_UUID)
    sharer = {p.user_id: p for p in PlainSource(BEGIN).people(LIVE_UUID)}[
        share.participant
    ]
    assert (sharer.role, share.content) == ("panelist", "desktop")
    assert share.end_at - share.start_at == 45 * MINUTE


def test_unknown_participant_has_no_minutes() -> None:
    source = PlainSource(BEGIN)
    rows = source.rows(MEETING_UUID, ["999"], start=BEGIN - HOUR, end=BEGIN)
    assert rows == {"999": []}
    assert source.words(MEETING_UUID, ["999"], at=BEGIN) == {"999": ("", "", "")}
