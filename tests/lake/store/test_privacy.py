"""What is not to be kept stands in no row and no byte of the lake."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from backrow.lake.frames import Naming
from backrow.lake.frames.people import NEEDED, people_frame
from backrow.lake.keep import LakeWriter
from backrow.lake.store.privacy import PERSONAL, Privacy
from backrow.lake.store.rows import (
    Occurrence,
    Unread,
    findings_frame,
    participants_frame,
    sessions_frame,
    unreadable_frame,
)
from backrow.lake.tables import TABLES
from backrow.qos.identities import is_pseudonym, pseudonym_of
from backrow.qos.people import PERSON_FIELDS, Person
from backrow.qos.reading import Problem
from backrow.settings import Identities
from tests.lake.test_forget import holders
from tests.lake.world import ANN, KEY, NOW, OCCURRENCE, UUID, session, store

HARMLESS = """
    user_id role device client join_time leave_time location version health issue_list
    os os_version browser_name browser_version network_type data_center full_data_center
    connection_type video_connection_type as_connection_type share_application
    share_desktop share_whiteboard recording has_archiving optional_archiving group_id
    webinar_number meeting_number zoom_thin_client_plugin_version total_jointime_cost
    bo_mtg_id status in_room_participants aic_disclaimer audio_quality video_quality
    screen_share_quality
"""
"""What Zoom tells of a stay that is kept whatever is asked for."""
SECRETS = (
    "Ann Example",
    "ann@example.com",
    "IFrt2RWnR9aFq5nVJBvSVQ",
    "registrant-7",
    "ANN-LAPTOP",
    "00:00:5e:00:53:af",
    "disk-77",
    "Ann's headset",
    "+33 1 99 00 12 34",
)
ADDRESSES = ("198.51.100.77", "10.2.3.44")


def ann(user_id: str = ANN, name: str = "Ann Example") -> Person:
    return Person(
        user_id=user_id,
        user_name=name,
        email="ann@example.com",
        id="IFrt2RWnR9aFq5nVJBvSVQ",
        participant_user_id="IFrt2RWnR9aFq5nVJBvSVQ",
        registrant_id="registrant-7",
        pc_name="ANN-LAPTOP",
        mac_addr="00:00:5e:00:53:af",
        harddisk_id="disk-77",
        microphone="Ann's headset",
        ip_address="198.51.100.77",
        internal_ip_addresses=("10.2.3.44", "10.2.3.45"),
        leave_reason="Ann Example left the webinar.<br>Reason: Host ended the webinar.",
        location="Lyon (FR)",
        other={"audio_call": [{"phone": "+33 1 99 00 12 34"}]},
    )


def told(*people: Person) -> pl.DataFrame:
    return participants_frame([(OCCURRENCE, one) for one in people], key=KEY, now=NOW)


def privacy(
    identities: Identities = "pseudonyms", addresses: str = "prefix"
) -> Privacy:
    return Privacy(identities=identities, addresses=addresses, key=KEY)  # type: ignore[arg-type] # a word of it


def filled(folder: Path, how: Privacy) -> LakeWriter:
    """Return the writer of a lake that Ann was in, and hosted."""
    writer = LakeWriter(store(folder), privacy=how)
    host = session(topic="Launch", host="Ann Example", host_email="ann@example.com")
    unread = Unread(
        about=Occurrence(session_uuid=UUID),
        participant=ANN,
        origin="qss",
        problem=Problem(path="$.email", value="ann@example.com", expected="a text"),
        collected_at=None,
    )
    writer.append(
        {
            "sessions": sessions_frame([(host, "live")], now=NOW),
            "participants": told(ann()),
            "unreadable": unreadable_frame([unread], now=NOW),
        },
        now=NOW,
    )
    return writer


def test_every_field_of_zoom_was_thought_about() -> None:
    personal = set(PERSONAL["participants"]) - {"person", "other", "network"}
    assert personal | set(HARMLESS.split()) == set(PERSON_FIELDS)
    assert personal & set(HARMLESS.split()) == set()


def test_by_name_everything_is_kept(tmp_path: Path) -> None:
    filled(tmp_path, Privacy())
    assert all(holders(tmp_path, one) for one in (*SECRETS[:3], *ADDRESSES))


@pytest.mark.parametrize("identities", ["pseudonyms", "omit"])
def test_no_byte_of_the_lake_tells_who_it_was(
    tmp_path: Path, identities: Identities
) -> None:
    filled(tmp_path, privacy(identities))
    assert holders(tmp_path, *SECRETS, *ADDRESSES) == []
    assert holders(tmp_path, "Lyon (FR)", "Launch", "198.51.100.0/24")


def test_pseudonyms_stay_over_rejoins_and_for_hosts(tmp_path: Path) -> None:
    rows = privacy().kept("participants", told(ann(), ann("2", "Ann (phone)")))
    assert rows["person"].n_unique() == rows["user_name"].n_unique() == 1
    assert rows["person"][0] is not None
    hosts = sessions_frame(
        [(session(host="Ann E.", host_email="Ann@example.com"), "live")], now=NOW
    )
    host = privacy().kept("sessions", hosts)
    assert host["host"][0] == rows["user_name"][0]
    assert host["host_email"][0] is None


def test_omitted_people_cannot_be_told_to_be_one() -> None:
    rows = privacy("omit").kept("participants", told(ann(), ann("2")))
    assert rows["person"].to_list() == rows["user_name"].to_list() == [None, None]
    assert rows["person_from"].to_list() == ["none", "none"]
    assert rows["participant"].to_list() == [ANN, "2"]


def test_doing_it_twice_changes_nothing() -> None:
    once = privacy().kept("participants", told(ann()))
    assert privacy().kept("participants", once).equals(once)


def test_reason_loses_the_name_before_it() -> None:
    rows = privacy().kept(
        "participants", told(ann(), Person(user_id="2", leave_reason="Ann was here"))
    )
    assert rows["leave_reason"].to_list() == ["Reason: Host ended the webinar.", None]


def test_sessions_keep_counts_and_switches() -> None:
    other = {
        "participants": 3,
        "has_video": True,
        "duration": "01:00:00",
        "tracking_fields": [{"field": "owner", "value": "Ann Example"}],
    }
    told_of = sessions_frame([(session(other=other), "live")], now=NOW)
    kept = privacy().kept("sessions", told_of)["other"][0]
    assert json.loads(kept) == {k: other[k] for k in other if k != "tracking_fields"}
    assert Privacy().kept("sessions", told_of).equals(told_of)


def test_addresses_are_cut_or_omitted_by_themselves() -> None:
    cut = privacy("names", "prefix").kept("participants", told(ann()))
    assert cut["user_name"][0] == "Ann Example"
    assert cut["ip_address"][0] == "198.51.100.0/24"
    assert cut["internal_ip_addresses"][0].to_list() == ["10.2.3.0/24"]
    gone = privacy("names", "omit").kept("participants", told(ann()))
    assert gone.select("ip_address", "internal_ip_addresses").row(0) == (None, None)


def test_what_is_not_there_stays_not_there() -> None:
    for rows in (told(), told(Person(user_id="1", internal_ip_addresses=("home",)))):
        kept = privacy().kept("participants", rows)
        assert kept.schema == rows.schema
        assert kept["ip_address"].null_count() == rows.height
        assert [one for one in kept["internal_ip_addresses"].to_list() if one] == []
    assert privacy().kept("sessions", sessions_frame([], now=NOW)).is_empty()


def test_people_share_networks_as_before() -> None:
    people = [
        Person(user_id=str(n), ip_address=f"198.51.{100 + n % 2}.{n}") for n in range(9)
    ]
    whole = told(*people)
    cut = privacy().kept("participants", whole)
    network = [
        people_frame(rows.select(NEEDED), Naming())["network"] for rows in (whole, cut)
    ]
    assert network[0].to_list() == network[1].to_list()
    assert set(network[1]) == {"198.51.100.0/24", "198.51.101.0/24"}


def test_measures_that_could_not_be_read_keep_their_text() -> None:
    values = [
        Unread(
            about=OCCURRENCE,
            participant=ANN,
            origin="qss",
            problem=Problem(path=path, value="odd", expected="a quantity"),
            collected_at=datetime(2026, 11, 23, tzinfo=UTC),
        )
        for path in ("$.user_qos[0].audio_input.latency", "$.qos[1].details", "$.email")
    ]
    frame = unreadable_frame(values, now=NOW)
    assert privacy().kept("unreadable", frame)["text"].to_list() == ["odd", "odd", ""]


def test_sentences_of_findings_are_told_anew() -> None:
    finding = {
        "id": "f1",
        "state": "final",
        "scope": {"participant": ANN},
        "sentence": 'Ann "A" Example\'s sound reaches Zoom damaged.',
    }
    other = {"id": "f2", "scope": {"site": "Ann Example"}, "sentence": "2 hear gaps."}
    rows = findings_frame(UUID, [finding, other], now=NOW)
    people = pl.DataFrame(
        {
            "participant": [ANN],
            "user_name": ['Ann "A" Example'],
            "email": ["ann@example.com"],
        }
    )
    assert Privacy().retold(rows, lambda _: people).equals(rows)
    for how, name in (
        (privacy(), pseudonym_of("ann@example.com", None, key=KEY)),
        (privacy("omit"), f"participant {ANN}"),
    ):
        found = [json.loads(t) for t in how.retold(rows, lambda _: people)["finding"]]
        assert found[0]["sentence"] == f"{name}'s sound reaches Zoom damaged."
        assert found[1] == other


def test_people_are_called_by_something() -> None:
    people = pl.DataFrame(
        {"participant": ["1", "2"], "user_name": ["Ann", ""], "email": [None, None]},
        schema_overrides={"email": pl.String},
    )
    called = privacy().called(people)
    assert is_pseudonym(called["1"])
    assert called["2"] == "participant 2"
    assert Privacy().called(people) == {}


def test_every_field_of_a_session_was_thought_about() -> None:
    harmless = """
        changed_at account kind session_uuid session_number type start_at end_at state
        participants
    """
    personal = set(PERSONAL["sessions"])
    assert personal <= set(TABLES["sessions"].names)
    assert set(TABLES["sessions"].names) - personal <= set(harmless.split())


@pytest.mark.parametrize(
    ("identities", "topic"),
    [("names", "Ann Example's Zoom Meeting"), ("omit", "'s Zoom Meeting")],
)
def test_topic_tells_no_more_of_the_host_than_the_session_does(
    identities: Identities, topic: str
) -> None:
    host = session(topic="Ann Example's Zoom Meeting", host="Ann Example", dept="Sales")
    frame = sessions_frame([(host, "live")], now=NOW)
    (row,) = privacy(identities).kept("sessions", frame).to_dicts()
    assert row["topic"] == topic
    assert row["dept"] == (None if identities == "omit" else "Sales")


@pytest.mark.parametrize("name", ["1", "e", 'a"b', "sentence"])
def test_only_words_of_a_finding_change_with_a_name(name: str) -> None:
    finding = {
        "id": "f1",
        "affected": 11,
        "scope": {"participant": ANN},
        "sentence": f"{name} sends 1.1 % less: {name}'s line.",
        "advice": "Ask.",
    }
    frame = findings_frame(UUID, [finding], now=NOW)
    people = told(ann(name=name)).select("participant", "user_name", "email")
    (text,) = privacy("omit").retold(frame, lambda _: people)["finding"]
    changed = json.loads(text)
    assert {k: v for k, v in changed.items() if k != "sentence"} == {
        k: v for k, v in finding.items() if k != "sentence"
    }
    assert changed["sentence"].startswith(f"participant {ANN} sends")


@pytest.mark.parametrize(
    ("addresses", "network", "said"),
    [
        ("full", "198.51.100.77", "198.51.100.77"),
        ("prefix", "198.51.100.0/24", "198.51.100.0/24"),
        ("omit", None, "(not told)"),
    ],
)
def test_networks_tell_no_more_than_addresses(
    addresses: str, network: str | None, said: str
) -> None:
    how = privacy("names", addresses)
    rows = pl.DataFrame({"network": ["198.51.100.77", "Birch Broadband", None]})
    assert how.kept("participants", rows)["network"].to_list() == [
        network,
        "Birch Broadband",
        None,
    ]
    line = {"network": "198.51.100.77"}
    finding = {
        "id": "f1",
        "scope": {"site": "Lyon"},
        "indistinguishable": [line, {"network": "Birch Broadband"}],
        "sentence": "In the network 198.51.100.77.",
        "advice": "Ask.",
    }
    frame = findings_frame(UUID, [finding], now=NOW)
    (text,) = how.retold(frame, lambda _: told(ann()))["finding"]
    changed = json.loads(text)
    assert changed["sentence"] == f"In the network {said}."
    assert changed["indistinguishable"] == [
        {"network": said},
        {"network": "Birch Broadband"},
    ]
    assert changed["scope"] == {"site": "Lyon"}
