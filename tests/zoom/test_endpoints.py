"""The table of endpoints holds together, and ids survive their path."""

import re
import string
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import example, given, strategies as st
from msgspec import inspect

from backrow.errors import UsageError
from backrow.qos.vocabulary import KINDS
from backrow.zoom.endpoints import (
    ENDPOINTS,
    Endpoint,
    decode_id,
    encode_id,
    endpoint,
    url_path,
)

BASE64 = string.ascii_letters + string.digits + "+/"
UUIDS = st.builds(
    lambda head, rest: f"{head}{rest}"[:22] + "==",
    st.sampled_from(["", "/", "//", "qos", "/qos", "+", "a//b", "qos_summary"]),
    st.text(BASE64, min_size=22, max_size=22),
)
"""Zoom's UUIDs, with the beginnings that have broken clients and servers."""

each_endpoint = pytest.mark.parametrize("call", ENDPOINTS, ids=lambda each: each.name)


@each_endpoint
def test_endpoint_is_found_by_kind_and_action(call: Endpoint) -> None:
    assert endpoint(call.kind, call.action) is call


def test_names_and_paths_are_unique() -> None:
    assert len({call.name for call in ENDPOINTS}) == len(ENDPOINTS)
    assert len({call.path for call in ENDPOINTS}) == len(ENDPOINTS)


def test_webinars_and_meetings_offer_the_same() -> None:
    webinars, meetings = (
        {call.action for call in ENDPOINTS if call.kind == kind} for kind in KINDS
    )
    assert meetings - webinars == {"quality"}
    assert webinars - meetings == set()


@each_endpoint
def test_page_sizes_come_in_pairs_and_with_a_list(call: Endpoint) -> None:
    assert (call.page_size_max is not None) == call.paged == bool(call.items)
    if call.page_size_default is not None and call.page_size_max is not None:
        assert 1 <= call.page_size_default <= call.page_size_max


@each_endpoint
def test_list_is_where_the_struct_has_it(call: Endpoint) -> None:
    info = inspect.type_info(call.struct)
    assert isinstance(info, inspect.StructType)
    fields = {field.encode_name: field.type for field in info.fields}
    if call.items:
        kind = fields[call.items]
        assert isinstance(kind, inspect.UnionType)
        assert any(isinstance(one, inspect.ListType) for one in kind.types)
    assert ("next_page_token" in fields) == call.paged


@each_endpoint
def test_label_follows_from_whether_it_lists_sessions(call: Endpoint) -> None:
    lists = call.action == "list"
    assert call.label == ("resource_intensive" if lists else "heavy")


@each_endpoint
def test_scopes_are_those_of_an_administrator(call: Endpoint) -> None:
    assert re.fullmatch(r"dashboard:read:[a-z_]+:admin", call.granular_scope)
    assert call.classic_scopes[-1] == "dashboard:read:admin"
    assert all(scope.endswith(":read:admin") for scope in call.classic_scopes)


@each_endpoint
def test_type_defaults_to_live_where_a_session_is_meant(call: Endpoint) -> None:
    others = {"qos_summary": "", "quality": "meeting"}
    assert call.type_default == others.get(call.action, "live")
    assert call.type_default in (call.types or ("",))


@each_endpoint
def test_query_names_are_listed_once(call: Endpoint) -> None:
    assert len(set(call.query)) == len(call.query)
    assert set(call.required) == (
        {"from", "to"} if call.action in {"list", "quality"} else set()
    )
    assert ("page_size" in call.query) == ("next_page_token" in call.query)


@each_endpoint
def test_calls_about_a_session_have_a_text_for_not_found(call: Endpoint) -> None:
    assert bool(call.not_found) == ("{session}" in call.path)


def test_unknown_endpoint_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"participant_qos.* got 'chat'"):
        endpoint("webinar", "chat")
    with pytest.raises(UsageError):
        endpoint("webinar", "quality")


@pytest.mark.parametrize(
    ("text", "segment"),
    [
        (94512345678, "94512345678"),
        ("945 1234 5678", "94512345678"),
        (" 945-1234-5678\n", "94512345678"),
        ("945\u00a01234\u20115678", "94512345678"),
        ("ABCDE12345", "ABCDE12345"),
        ("NknQtFSgSUSEYt2a9gc13A==", "NknQtFSgSUSEYt2a9gc13A%3D%3D"),
        ("gm8s9L+PTEC/FG3sFbd1Cw==", "gm8s9L%2BPTEC%2FFG3sFbd1Cw%3D%3D"),
        ("/ajXp112QmuoKj4854875==", "%252FajXp112QmuoKj4854875%253D%253D"),
        ("ab//cd==", "ab%252F%252Fcd%253D%253D"),
        ("qosNtFSgSUSEYt2a9gc13A==", "qosNtFSgSUSEYt2a9gc13A%3D%3D"),
        ("%252FajXp112%253D%253D", "%252FajXp112%253D%253D"),
        ("gm8s9L%2BPTEC%3D%3D", "gm8s9L%2BPTEC%3D%3D"),
    ],
)
def test_id_becomes_the_segment_that_zoom_wants(text: str | int, segment: str) -> None:
    assert encode_id(text) == segment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "-",
        ".",
        "..",
        "-5",
        "my webinar",
        "a\x00b",
        "a\ud800b",
        "https://example.com/j/94512345678",
        "100%",
        "x" * 300,
    ],
    ids=repr,
)
def test_what_can_be_no_id_is_refused(text: str | int) -> None:
    with pytest.raises(UsageError, match="expected a"):
        encode_id(text)


@pytest.mark.parametrize("nothing", [None, True, 1.5, b"94512345678"])
def test_what_is_neither_text_nor_number_is_no_id(nothing: Any) -> None:
    with pytest.raises(UsageError, match="expected a webinar, meeting or participant"):
        encode_id(nothing)


@given(UUIDS)
@example("//AAAAAAAAAAAAAAAAAAAA==")
@example("/qosAAAAAAAAAAAAAAAAAA==")
@example("qos/AAAAAAAAAAAAAAAAAA==")
@example("++++++++++++++++++++++==")
def test_id_survives_the_way_to_a_server(uuid: str) -> None:
    segment = encode_id(uuid)
    assert "/" not in segment
    assert decode_id(unquote(segment)) == uuid


@given(UUIDS)
def test_id_that_a_client_encoded_twice_for_nothing_is_read_too(uuid: str) -> None:
    twice = re.sub(r"%(?!25)", "%25", encode_id(uuid))
    assert decode_id(unquote(twice)) == uuid


@given(UUIDS)
def test_id_may_be_given_encoded(uuid: str) -> None:
    assert encode_id(encode_id(uuid)) == encode_id(uuid)


@given(st.integers(min_value=0, max_value=10**12))
def test_number_is_a_segment_as_it_is(number: int) -> None:
    assert encode_id(number) == encode_id(str(number)) == str(number)
    assert decode_id(str(number)) == str(number)


@given(st.text())
def test_any_text_is_an_id_or_a_usage_error(text: str) -> None:
    try:
        segment = encode_id(text)
    except UsageError:
        return
    assert re.fullmatch(r"[A-Za-z0-9_.~%-]+", segment)


def test_path_holds_both_ids() -> None:
    call = endpoint("webinar", "participant_qos")
    path = url_path(call, session="/a{participant}==", participant="1670000000")
    assert path == (
        "/metrics/webinars/%252Fa%257Bparticipant%257D%253D%253D"
        "/participants/1670000000/qos"
    )


def test_path_of_a_list_needs_no_id() -> None:
    assert url_path(endpoint("meeting", "list")) == "/metrics/meetings"


def test_path_without_its_id_is_refused() -> None:
    with pytest.raises(UsageError, match="got nothing"):
        url_path(endpoint("webinar", "participant_qos"), session=94512345678)
