"""JSON Schemas of Zoom's answers, made from the structs of `backrow.zoom.wire`.

Structs read whatever comes; a description says what is sent. So text that could
also be a number becomes what Zoom documents it as, and fields that a struct only
reads in other answers are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from backrow.qos.people import PERSON_FIELDS, ZOOM_SPELLING
from backrow.qos.vocabulary import Kind
from backrow.web.contract.words import BEYOND, words_of
from backrow.web.docstrings import attribute_docs
from backrow.web.emulated.bodies import FIELDS, LEFT_OUT
from backrow.zoom.endpoints import Endpoint

Schema = dict[str, Any]

_NUMBERS: Final = frozenset({"total_jointime_cost", "avg_jointime_cost"})
_INTEGERS: Final[frozenset[tuple[str, str]]] = frozenset(
    {
        ("WifiRssi", "min_rssi"),
        ("WifiRssi", "avg_rssi"),
        ("WifiRssi", "max_rssi"),
        ("SessionFacts", "id"),
        ("TokenAnswer", "expires_in"),
        ("ErrorBody", "code"),
    }
)
"""Values that structs take as text too, and that are JSON numbers here."""
_DATES: Final = frozenset(
    {"join_time", "leave_time", "start_time", "end_time", "date_time"}
)
_EVENTS_ONLY: Final[Mapping[str, frozenset[str]]] = {
    "SummaryDetails": frozenset(
        {"quality", "quality_score", "max_rssi", "avg_rssi", "min_rssi", "rssi_unit"}
    ),
}
_UNCOUNTED: Final = frozenset({"qos_summary", "satisfaction"})
"""Actions whose pages tell no totals."""
_ALWAYS: Final[Mapping[str, Collection[str]]] = {
    "AudioStream": ("bitrate", "latency", "jitter", "avg_loss", "max_loss"),
    "PictureStream": ("resolution", "frame_rate"),
    "UserQos": ("date_time",),
    "Page": ("page_size",),
    "SessionFacts": ("uuid", "id", "topic", "start_time"),
    "ParticipantFacts": ("user_id",),
    "ParticipantQosAnswer": ("user_qos",),
    "SummaryItem": ("type", "details"),
    "SummaryParticipant": ("participant_id", "qos"),
    "SharingParticipant": ("user_id", "details"),
    "TokenAnswer": ("access_token", "token_type", "expires_in", "scope", "api_url"),
}
"""Keys that every answer has, by the struct that brings them."""


class Schemas:
    """Makes schemas and keeps those of structs, by name."""

    def __init__(self) -> None:
        """Begin with none."""
        self.components: dict[str, Schema] = {}

    def answer(self, endpoint: Endpoint) -> Schema:
        """Return the schema of an endpoint's success."""
        other = "meeting_number" if endpoint.kind == "webinar" else "webinar_number"
        left_out = {other, endpoint.items}
        if endpoint.action in _UNCOUNTED:
            left_out |= {"page_count", "total_records"}
        if not endpoint.items:
            return self._facts(endpoint, endpoint.struct)
        schema = self._object(endpoint.struct, endpoint.kind, left_out)
        schema["properties"][endpoint.items] = self._items(endpoint)
        schema["required"] = [*schema.get("required", ()), endpoint.items]
        most = {
            "maximum": endpoint.page_size_max,
            "default": endpoint.page_size_default,
        }
        schema["properties"]["page_size"] |= most
        return self._kept(f"{_titled(endpoint)}Page", schema)

    def of(self, struct: type[Struct], kind: Kind = "webinar") -> Schema:
        """Return a reference to the schema of a struct."""
        name = struct.__name__
        if name not in self.components:
            left_out = _EVENTS_ONLY.get(name, frozenset())
            self._kept(name, self._object(struct, kind, left_out))
        return {"$ref": f"#/components/schemas/{name}"}

    def _items(self, endpoint: Endpoint) -> Schema:
        hint = get_type_hints(endpoint.struct)[endpoint.items]
        (item,) = get_args(_not_none(hint)[0])
        return {"type": "array", "items": self._facts(endpoint, item)}

    def _facts(self, endpoint: Endpoint, struct: type[Struct]) -> Schema:
        """Return the schema of one session or person, as the endpoint shows it."""
        which = endpoint.kind, endpoint.action
        left_out: Collection[str] = LEFT_OUT.get(which, ())
        if which in FIELDS:
            shown = {ZOOM_SPELLING[n] for n in FIELDS[which] if n in PERSON_FIELDS}
            left_out = {*ZOOM_SPELLING.values()} - shown
        if not left_out:
            return self.of(struct, endpoint.kind)
        schema = self._object(struct, endpoint.kind, left_out)
        return self._kept(_titled(endpoint), schema)

    def _kept(self, name: str, schema: Schema) -> Schema:
        self.components[name] = schema
        return {"$ref": f"#/components/schemas/{name}"}

    def _object(
        self, struct: type[Struct], kind: Kind, left_out: Collection[str]
    ) -> Schema:
        line = [each.__name__ for each in struct.__mro__ if issubclass(each, Struct)]
        docs, hints = attribute_docs(struct), get_type_hints(struct)
        properties: dict[str, Schema] = {}
        for field in msgspec.structs.fields(struct):
            if field.encode_name in left_out:
                continue
            schema = self._value(field.encode_name, hints[field.name], line, kind)
            about = docs.get(field.name, "").replace("``", "`")
            properties[field.encode_name] = (
                {**schema, "description": about} if about else schema
            )
        always = [key for name in line for key in _ALWAYS.get(name, ())]
        about = " ".join((struct.__doc__ or "").partition("\n\n")[0].split())
        return {
            "type": "object",
            "description": about.replace("``", "`"),
            "properties": properties,
            "additionalProperties": False,
            **({"required": always} if always else {}),
        }

    def _value(self, key: str, hint: Any, line: list[str], kind: Kind) -> Schema:
        """Return the schema of one field, by its type."""
        kinds = _not_none(hint)
        structs = [one for one in kinds if isinstance(one, type)]
        if len(kinds) == 1 and get_origin(kinds[0]) is list:
            (item,) = get_args(kinds[0])
            return {"type": "array", "items": self._value("", item, line, kind)}
        if len(structs) == 1 and issubclass(structs[0], Struct):
            return self.of(structs[0], kind)
        plain: dict[Any, str] = {bool: "boolean", int: "integer", float: "number"}
        if len(kinds) == 1 and kinds[0] in plain:
            return {"type": plain[kinds[0]]}
        if key in _NUMBERS:
            return {"type": "number"}
        if any((name, key) in _INTEGERS for name in line):
            return {"type": "integer"}
        return _text(key, words_of(tuple(line), key, kind))


def _text(key: str, words: tuple[str, ...]) -> Schema:
    if words and key in BEYOND:
        return {"type": "string", "x-extensible-enum": list(words)}
    if words:
        return {"type": "string", "enum": list(words)}
    if key in _DATES:
        return {"type": "string", "format": "date-time"}
    return {"type": "string"}


def _not_none(hint: Any) -> list[Any]:
    """Return the members of a union, but those that say "not there"."""
    kinds = get_args(hint) if get_origin(hint) is not list else ()
    absent = (type(None), msgspec.UnsetType)
    return [one for one in kinds or (hint,) if one not in absent]


def _titled(endpoint: Endpoint) -> str:
    """Return the name of what belongs to one endpoint only."""
    return "".join(word.capitalize() for word in endpoint.name.split("_"))
