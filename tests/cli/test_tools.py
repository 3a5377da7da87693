"""`backrow access-token` and `backrow postman`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backrow.cli.tools import VARIABLES, collection
from backrow.zoom.endpoints import ENDPOINTS
from tests.cli.terminal import Terminal


def requests(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        if "item" in item:
            yield from requests(item["item"])
        else:
            yield item


def test_the_token_alone_goes_to_standard_output(terminal: Terminal) -> None:
    ran = terminal.run("access-token", "--verbose")
    token = ran.out.removesuffix("\n")
    assert token
    assert not set(token) & set(" \n")
    assert token not in ran.err
    assert "/oauth/token -> HTTP 200" in ran.err


def test_a_given_token_is_handed_on(offline: Terminal) -> None:
    assert offline.run("access-token", ZOOM_ACCESS_TOKEN="given").out == "given\n"


def test_refused_credentials_are_no_token(terminal: Terminal) -> None:
    ran = terminal.run("access-token", ZOOM_CLIENT_SECRET="wrong-secret")
    assert (ran.code, ran.out) == (3, "")
    assert "invalid_client" in ran.err
    assert "wrong-secret" not in ran.err


def test_every_call_is_in_the_collection_and_checked() -> None:
    found = list(requests(collection()["item"]))
    names = [item["name"] for item in found]
    assert len(names) == len(set(names))
    for endpoint in ENDPOINTS:
        assert any(name.startswith(endpoint.title) for name in names)
    for item in found:
        test = "\n".join(item["event"][0]["script"]["exec"])
        assert "to.have.status(200)" in test
        assert "pm.response.json()" in test


def test_the_first_request_gets_a_token_and_keeps_it() -> None:
    first = collection()["item"][0]
    assert first["request"]["method"] == "POST"
    assert first["request"]["auth"]["type"] == "basic"
    script = "\n".join(first["event"][0]["script"]["exec"])
    assert 'pm.collectionVariables.set("accessToken", body.access_token)' in script


@pytest.mark.parametrize("item", list(requests(collection()["item"])))
def test_a_request_uses_known_variables_and_documented_queries(
    item: dict[str, Any],
) -> None:
    url = item["request"]["url"]
    text = msgspec.json.encode(item["request"]).decode()
    used = {part.split("}}")[0] for part in text.split("{{")[1:]}
    assert {name.removesuffix("Segment") for name in used} <= set(VARIABLES)
    for query in url.get("query", []):
        assert query["disabled"] == (query["value"] == "")


def test_no_secret_is_written(terminal: Terminal) -> None:
    out = terminal.run(
        "postman", ZOOM_CLIENT_SECRET="hush", ZOOM_ACCESS_TOKEN="tok"
    ).out
    assert "hush" not in out
    values = {v["key"]: v["value"] for v in msgspec.json.decode(out)["variable"]}
    assert values["clientSecret"] == values["accessToken"] == ""
    assert values["baseUrl"] == "https://api.zoom.us/v2"


def test_the_collection_goes_to_a_file(offline: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "zoom.json"
    ran = offline.run("postman", "-o", str(file))
    assert (ran.code, ran.out) == (0, "")
    assert msgspec.json.decode(file.read_bytes()) == collection()


def test_a_hyphen_is_standard_output(offline: Terminal) -> None:
    ran = offline.run("postman", "-o", "-")
    assert (ran.code, ran.err) == (0, "")
    assert ran.json == collection()


def test_another_option_is_no_file(offline: Terminal) -> None:
    ran = offline.run("postman", "-o", "--verbose")
    assert ran.code == 2
    assert "expected a file after --output, got '--verbose'" in ran.err


def test_a_folder_that_is_not_there_is_one_line(
    offline: Terminal, tmp_path: Path
) -> None:
    ran = offline.run("postman", "-o", str(tmp_path / "nowhere" / "zoom.json"))
    assert ran.code == 1
    assert "No such file or directory" in ran.err
    assert ran.err.count("\n") == 1
