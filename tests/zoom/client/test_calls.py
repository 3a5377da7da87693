"""What the methods ask, and how answers are read."""

import json
import logging

import pytest

from backrow.errors import UsageError, WireError
from backrow.zoom.client.calls import Listing, Place
from backrow.zoom.wire.lists import Webinar
from tests.zoom.fakes import NOON, answer, one_person

WEBINARS = Place(kind="webinar", account="acc")
MEETINGS = Place(kind="meeting", account="acc")


def walk(action: str, body: object) -> list[object]:
    listing = WEBINARS.items(action, "1", "live", page_size=None)
    return list(listing.call.read(answer(200, body), NOON).items)


def test_list_asks_for_the_largest_pages() -> None:
    listing = WEBINARS.listing("live", None, None, page_size=None, more={}, now=NOON)
    assert listing.queries == [
        {"type": "live", "page_size": "300", "from": "2026-11-26", "to": "2026-11-26"}
    ]


def test_long_list_is_asked_for_month_by_month() -> None:
    more = {"query_date_type": "end_time"}
    listing = WEBINARS.listing(
        "past", "2026-01-01", "2026-02-10", page_size=9, more=more, now=NOON
    )
    assert [query["from"] for query in listing.queries] == ["2026-01-01", "2026-02-01"]
    assert all(query["query_date_type"] == "end_time" for query in listing.queries)


def test_qos_list_asks_for_pages_of_ten() -> None:
    listing = WEBINARS.participants_qos("1", "past", page_size=None)
    assert listing.queries == [{"type": "past", "page_size": "10"}]


def test_summary_takes_no_type() -> None:
    listing: Listing[object] = WEBINARS.items(
        "qos_summary", "1", "past", page_size=None
    )
    assert listing.queries == [{"page_size": "10"}]


@pytest.mark.parametrize("kind", ["pastOne", "Live", ""])
def test_type_that_zoom_does_not_take_is_refused(kind: str) -> None:
    with pytest.raises(UsageError, match="expected type past or live"):
        WEBINARS.get("1", kind)


def test_meetings_know_past_one() -> None:
    assert MEETINGS.get("1", "pastOne").query == {"type": "pastOne"}


@pytest.mark.parametrize("size", [0, 11, -1])
def test_page_size_that_zoom_does_not_take_is_refused(size: int) -> None:
    with pytest.raises(UsageError, match="1 to 10"):
        WEBINARS.participants_qos("1", "live", page_size=size)


def test_query_that_zoom_does_not_take_is_refused() -> None:
    with pytest.raises(UsageError, match="group_id"):
        WEBINARS.listing(
            "live", None, None, page_size=None, more={"grup": "1"}, now=NOON
        )


@pytest.mark.parametrize(
    ("session", "uuid", "number"),
    [
        ("945 1234 5678", "", "94512345678"),
        (94512345678, "", "94512345678"),
        ("/ajXp112QmuoKj4854875==", "/ajXp112QmuoKj4854875==", ""),
    ],
)
def test_answer_is_stamped_with_where_it_came_from(
    session: int | str, uuid: str, number: str
) -> None:
    call = WEBINARS.participant_qos(session, "7", "past")
    (row,) = call.read(answer(200, one_person()), NOON).to_dicts()
    assert (row["session_uuid"], row["session_number"]) == (uuid, number)
    assert (row["account"], row["origin"], row["picked"]) == (
        "acc",
        "rest_past",
        "targeted",
    )
    assert row["collected_at"].timestamp() == NOON


def test_everyone_on_a_page_is_a_census() -> None:
    listing = WEBINARS.participants_qos("1", "live", page_size=None)
    body = {"participants": [one_person("7"), one_person("8")], "next_page_token": "t"}
    page = listing.call.read(answer(200, body), NOON)
    assert page.next_page_token == "t"
    assert [one.person.user_id for one in page.items] == ["7", "8"]
    assert {row["picked"] for one in page.items for row in one.to_dicts()} == {"census"}
    assert [listing.identify(one) for one in page.items] == [("7", None), ("8", None)]


def test_value_that_does_not_fit_is_left_out_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    body = {"participants": [{"user_id": "7", "recording": "maybe"}, {"user_id": 8}]}
    with caplog.at_level(logging.WARNING, "backrow"):
        people = walk("participants", body)
    assert [getattr(one, "user_id", None) for one in people] == ["7", 8]
    assert "$.participants[0].recording" in caplog.text


@pytest.mark.parametrize(
    "body", [{"participants": "none"}, {"participants": [], "next_page_token": 7}]
)
@pytest.mark.parametrize("action", ["participants", "sharing", "qos_summary"])
def test_list_that_would_lose_items_is_an_error(action: str, body: object) -> None:
    with pytest.raises(WireError):
        walk(action, body)


def test_broken_token_of_a_qos_page_is_an_error() -> None:
    listing = WEBINARS.participants_qos("1", "live", page_size=None)
    body = {"participants": [one_person()], "next_page_token": 7}
    with pytest.raises(WireError, match="next_page_token"):
        listing.call.read(answer(200, body), NOON)


def test_null_list_is_an_empty_one() -> None:
    assert walk("participants", {"participants": None}) == []


def test_session_is_read_into_its_struct() -> None:
    body = {"uuid": "NknQtFSgSUSEYt2a9gc13A==", "id": 99264817135, "new_key": 1}
    found = WEBINARS.get("99264817135", "live").read(answer(200, body), NOON)
    assert found == Webinar(uuid="NknQtFSgSUSEYt2a9gc13A==", id=99264817135)


def test_items_are_known_by_their_ids() -> None:
    listing = WEBINARS.items("satisfaction", "1", "past", page_size=None)
    said = [
        {"user_id": "7", "date_time": "2026-11-26T11:00:00Z", "comment": "loud"},
        {"user_id": "7", "date_time": "2026-11-26T11:05:00Z", "comment": "clear"},
        {"comment": "no id"},
    ]
    items = walk("satisfaction", {"participants": said})
    assert len({listing.identify(item) for item in items}) == 3


def test_body_is_read_as_json_text_too() -> None:
    call = WEBINARS.get("1", "live")
    text = json.dumps({"topic": "Größe"}, ensure_ascii=False).encode()
    assert call.read(answer(200, text), NOON).topic == "Größe"
