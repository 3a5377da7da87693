"""Zoom's JSON goes into the structs and nothing gets lost."""

from pathlib import Path
from typing import Any, get_origin

import msgspec
import pytest
from msgspec import UNSET, Struct, inspect

from backrow.qos.vocabulary import DIRECTIONS, LEGS, MEDIA, stream_key
from backrow.zoom.endpoints import ENDPOINTS
from backrow.zoom.wire import (
    AudioStream,
    ErrorBody,
    MeetingParticipantQosAnswer,
    ParticipantQosAnswer,
    ParticipantQosPage,
    TokenAnswer,
    UserQos,
)
from backrow.zoom.wire.events import EVENTS, EventHead, UrlValidationAnswer
from backrow.zoom.wire.lists import Participant

DATA = Path(__file__).parent.parent / "data"

STRUCTS: dict[str, type[Struct]] = {
    **{f"{each.kind}s_{each.action}": each.struct for each in ENDPOINTS},
    **{f"event_{name.replace('.', '_')}": struct for name, struct in EVENTS.items()},
    "webinars_participant_qos_external": ParticipantQosAnswer,
    "webinars_participants_qos_last": ParticipantQosPage,
    "seed_participant_qos": ParticipantQosAnswer,
    "token": TokenAnswer,
    "error": ErrorBody,
    "error_oauth": ErrorBody,
}
"""Which struct reads which file of tests/data."""


def body(name: str) -> bytes:
    return (DATA / f"{name}.json").read_bytes()


def structs_in(kind: inspect.Type) -> dict[type[Struct], inspect.StructType]:
    """Return every struct that a type is made of."""
    if isinstance(kind, inspect.UnionType):
        return {k: v for one in kind.types for k, v in structs_in(one).items()}
    if isinstance(kind, inspect.ListType):
        return structs_in(kind.item_type)
    if not isinstance(kind, inspect.StructType):
        return {}
    inner = {k: v for f in kind.fields for k, v in structs_in(f.type).items()}
    return {get_origin(kind.cls) or kind.cls: kind, **inner}


ALL = {
    k: v for s in STRUCTS.values() for k, v in structs_in(inspect.type_info(s)).items()
}


def keys_in(tree: object) -> set[str]:
    if isinstance(tree, list):
        return set().union(*map(keys_in, tree))
    if isinstance(tree, dict):
        return set(tree).union(*map(keys_in, tree.values()))
    return set()


def with_extras(tree: Any) -> Any:
    """Return the same with an unknown field in every object."""
    if isinstance(tree, list):
        return [with_extras(one) for one in tree]
    if isinstance(tree, dict):
        inner = {key: with_extras(value) for key, value in tree.items()}
        return {"added_in_2031": {"deep": [1]}, **inner}
    return tree


def test_there_is_a_payload_for_every_struct() -> None:
    assert {path.stem for path in DATA.glob("*.json")} >= set(STRUCTS)


@pytest.mark.parametrize("name", STRUCTS)
def test_payload_decodes_with_nothing_lost(name: str) -> None:
    decoded = msgspec.json.decode(body(name), type=STRUCTS[name])
    assert msgspec.to_builtins(decoded) == msgspec.json.decode(body(name))


@pytest.mark.parametrize("name", STRUCTS)
def test_payload_is_encoded_as_it_came(name: str) -> None:
    decoded = msgspec.json.decode(body(name), type=STRUCTS[name])
    again = msgspec.json.decode(msgspec.json.encode(decoded), type=STRUCTS[name])
    assert again == decoded


@pytest.mark.parametrize("name", STRUCTS)
def test_unknown_fields_are_ignored(name: str) -> None:
    plain = msgspec.json.decode(body(name))
    extended = msgspec.json.encode(with_extras(plain))
    assert msgspec.to_builtins(msgspec.json.decode(extended, type=STRUCTS[name])) == (
        plain
    )


@pytest.mark.parametrize("struct", ALL, ids=lambda struct: struct.__name__)
def test_every_field_may_be_absent_or_null(struct: type[Struct]) -> None:
    empty = msgspec.json.decode(b"{}", type=struct)
    assert msgspec.json.encode(empty) == b"{}"
    nulls = dict.fromkeys(struct.__struct_encode_fields__)
    decoded = msgspec.convert(nulls, struct)
    assert {getattr(decoded, name) for name in struct.__struct_fields__} == {None}


@pytest.mark.parametrize("struct", ALL, ids=lambda struct: struct.__name__)
def test_structs_are_frozen_and_take_keywords_only(struct: type[Struct]) -> None:
    assert struct.__struct_config__.frozen
    with pytest.raises(TypeError):
        struct("anything")


def test_payloads_show_every_field_of_every_struct() -> None:
    shown = set().union(*(keys_in(msgspec.json.decode(body(n))) for n in STRUCTS))
    fields = {field.encode_name for struct in ALL.values() for field in struct.fields}
    assert fields - shown == set()


def test_measure_keeps_absent_null_blank_and_number_apart() -> None:
    stream = msgspec.json.decode(
        b'{"latency": null, "jitter": "", "avg_loss": 0.3, "max_loss": 2}',
        type=AudioStream,
    )
    assert stream.bitrate is UNSET
    assert stream.latency is None
    assert (stream.jitter, stream.avg_loss, stream.max_loss) == ("", 0.3, 2)


def test_stream_keeps_absent_and_null_apart() -> None:
    minute = msgspec.json.decode(b'{"audio_input": null}', type=UserQos)
    assert minute.audio_input is None
    assert minute.audio_output is UNSET


def test_minute_has_every_stream_of_the_vocabulary() -> None:
    streams = {stream_key(m, d, leg) for m in MEDIA for d in DIRECTIONS for leg in LEGS}
    others = {"date_time", "cpu_usage", "cpu_pressure_level", "wifi_rssi"}
    assert set(UserQos.__struct_fields__) == streams | others


def test_values_of_a_minute_can_be_read_by_name() -> None:
    answer = msgspec.json.decode(
        body("seed_participant_qos"), type=ParticipantQosAnswer
    )
    assert answer.user_id == "1670000000"
    assert answer.user_qos
    sent = answer.user_qos[0].audio_input
    assert isinstance(sent, AudioStream)
    assert (sent.bitrate, sent.latency, sent.avg_loss) == ("23 kbps", "126 ms", "0.3%")


@pytest.mark.parametrize("number", [94512345678, "94512345678"], ids=repr)
def test_numbers_may_come_as_text_or_number(number: int | str) -> None:
    answer = msgspec.convert({"webinar_number": number}, ParticipantQosAnswer)
    assert answer.webinar_number == number


def test_meetings_answer_reads_a_webinars_too() -> None:
    name = "webinars_participant_qos"
    answer = msgspec.json.decode(body(name), type=MeetingParticipantQosAnswer)
    assert msgspec.to_builtins(answer) == msgspec.json.decode(body(name))


def test_keys_that_are_no_python_names_are_renamed() -> None:
    person = msgspec.json.decode(b'{"groupId": "g"}', type=Participant)
    assert person.group_id == "g"
    answer = UrlValidationAnswer(
        **dict.fromkeys(["plain_token", "encrypted_token"], "t")
    )
    assert msgspec.json.encode(answer) == b'{"plainToken":"t","encryptedToken":"t"}'


def test_token_is_in_no_repr() -> None:
    answer = msgspec.json.decode(body("token"), type=TokenAnswer)
    assert answer.access_token
    assert answer.access_token.startswith("example.access")
    assert "example.access" not in repr(answer) + str(answer)
    assert "example.access" not in str(answer.__rich_repr__())
    assert "expires_in=3600" in repr(answer)


@pytest.mark.parametrize("name", EVENTS)
def test_head_of_an_event_tells_which_it_is(name: str) -> None:
    head = msgspec.json.decode(body(f"event_{name.replace('.', '_')}"), type=EventHead)
    assert head.event == name
    assert head.event_ts == 1795428793412
