"""Comparing the API's description with a contract: what is missing is found."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from backrow.errors import WireError
from backrow.web.contract.__main__ import main
from backrow.web.contract.differences import differences
from backrow.web.contract.openapi import openapi
from backrow.zoom.endpoints import ENDPOINTS
from tests.web.asking import Asking

pytestmark = pytest.mark.slow

PATH = "/v2/metrics/webinars/{webinarId}/participants/qos"
Change = Callable[[dict[str, Any]], object]


def operation(document: dict[str, Any]) -> Any:
    return document["paths"][PATH]["get"]


def component(document: dict[str, Any], name: str) -> Any:
    return document["components"]["schemas"][name]["properties"]


def told(change: Change) -> list[str]:
    """Return what is different once a contract that is ours is changed."""
    contract = deepcopy(openapi())
    change(contract)
    return [
        f"{d.finding} {d.where.partition(' ')[2]}: {d.what}"
        for d in differences(contract, openapi())
    ]


def test_nothing_differs_from_itself() -> None:
    assert told(len) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda d: d["paths"].update({"/v2/more": {"get": {}}}),
            "missing /v2/more: the whole call",
        ),
        (
            lambda d: d["paths"].pop(PATH),
            f"extra {PATH}: the whole call",
        ),
        (
            lambda d: operation(d)["parameters"].append({"name": "x", "in": "query"}),
            f"missing {PATH} query parameter x: the parameter",
        ),
        (
            lambda d: operation(d)["responses"].update({"418": {}}),
            f"missing {PATH}: status 418",
        ),
        (
            lambda d: operation(d)["parameters"][1]["schema"]["enum"].append("pastOne"),
            f"missing {PATH} query parameter type: the word 'pastOne'",
        ),
        (
            lambda d: operation(d)["parameters"][2]["schema"].update(maximum=300),
            (
                f"differs {PATH} query parameter page_size: "
                "maximum 300 in the contract, 10 here"
            ),
        ),
        (
            lambda d: operation(d)["parameters"][2].update(required=True),
            (
                f"differs {PATH} query parameter page_size: "
                "required in the contract, not required here"
            ),
        ),
        (
            lambda d: component(d, "UserQos").update(mood={"type": "string"}),
            f"missing {PATH} $.participants[].user_qos[].mood: the field",
        ),
        (
            lambda d: component(d, "UserQos").pop("cpu_usage"),
            f"extra {PATH} $.participants[].user_qos[].cpu_usage: the field",
        ),
        (
            lambda d: component(d, "WifiRssi").update(min_rssi={"type": "string"}),
            (
                f"differs {PATH} $.participants[].user_qos[].wifi_rssi.min_rssi: "
                "type string in the contract, integer here"
            ),
        ),
        (
            lambda d: component(d, "WebinarParticipantsQos")["device"][
                "x-extensible-enum"
            ].append("Toaster"),
            f"missing {PATH} $.participants[].device: the word 'Toaster'",
        ),
    ],
)
def test_every_kind_of_difference_is_told(change: Change, expected: str) -> None:
    assert expected in told(change)


def test_old_contracts_with_parts_and_servers_are_read() -> None:
    contract = {
        "openapi": "3.0.0",
        "servers": [{"url": "https://api.example.com/v2"}],
        "paths": {
            "/metrics/webinars/{id}": {
                "get": {
                    "parameters": [{"name": "id", "in": "path", "required": True}],
                    "responses": {
                        "200": {
                            "content": {
                                "application/json": {
                                    "schema": {
                                        "allOf": [
                                            {
                                                "properties": {
                                                    "uuid": {"type": "string"}
                                                }
                                            },
                                            {"properties": {"id": {"type": "string"}}},
                                        ]
                                    }
                                }
                            }
                        }
                    },
                }
            }
        },
    }
    found = [d for d in differences(contract, openapi()) if d.finding != "extra"]
    assert [d.what for d in found] == [
        "name id in the contract, webinarId here",
        "type string in the contract, integer here",
    ]


def test_schema_that_holds_itself_is_followed_to_an_end() -> None:
    node = {"properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    document = {
        "paths": {
            "/x": {
                "get": {
                    "responses": {
                        "200": {
                            "content": {
                                "application/json": {
                                    "schema": {"$ref": "#/components/schemas/Node"}
                                }
                            }
                        }
                    }
                }
            }
        },
        "components": {"schemas": {"Node": node}},
    }
    assert differences(document, document) == []


def test_what_is_no_description_is_refused() -> None:
    with pytest.raises(WireError, match="OpenAPI"):
        differences({"swagger": "2.0"}, openapi())


def test_command_lists_differences_and_fails_if_something_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contract = openapi()
    contract["paths"]["/elsewhere"] = {"get": {}}
    contract["paths"] = {
        path.removeprefix("/v2"): item for path, item in contract["paths"].items()
    }
    contract["servers"] = [{"url": "https://api.example.com/v2"}]
    file = tmp_path / "contract.json"
    file.write_text(json.dumps(contract))
    assert main([str(file)]) == 0
    said = capsys.readouterr().out
    assert "17 paths compared: 0 missing, 0 differs, 0 extra" in said
    assert "not under /metrics: /elsewhere" in said
    contract["paths"]["/metrics/more"] = {"get": {}}
    file.write_text(json.dumps(contract))
    assert main([str(file)]) == 1
    assert "missing  GET /v2/metrics/more: the whole call" in capsys.readouterr().out


def test_command_without_a_contract_prints_our_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 0
    assert json.loads(capsys.readouterr().out) == openapi()


@pytest.mark.parametrize("text", ["", "[]", "{}", "\xff"])
def test_command_refuses_what_is_no_contract(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "contract.json"
    file.write_bytes(text.encode("latin-1"))
    assert main([str(file)]) in {2, 7}
    assert main([str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.count("\n") == 2


@pytest.mark.anyio
async def test_description_is_served_to_whoever_asks() -> None:
    asking = Asking()
    async with asking.http() as http:
        answer = await http.get("/openapi.json")
        put = await http.put("/openapi.json")
    assert answer.json() == openapi()
    assert put.status_code == 405


def test_every_endpoint_and_field_is_described() -> None:
    document = openapi()
    described = {
        item["get"]["operationId"]
        for path, item in document["paths"].items()
        if "get" in item
    }
    assert described == {each.name for each in ENDPOINTS}
    minute = document["components"]["schemas"]["UserQos"]["properties"]
    qos = next(e for e in ENDPOINTS if e.name == "webinar_participants_qos")
    assert len(minute) == 22
    fields = {field.encode_name for field in structs.fields(qos.struct)}
    page = document["components"]["schemas"]["WebinarParticipantsQosPage"]
    assert set(page["properties"]) == fields
