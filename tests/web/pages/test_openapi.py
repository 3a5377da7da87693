"""What `/api/` says is what is answered."""

from __future__ import annotations

import pytest

from backrow.web.pages.openapi import DESCRIBED, Described
from backrow.web.pages.views.group import ASKED
from tests.web.pages.asking import asking, small_app, small_url
from tests.web.pages.rooms import small

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("one", DESCRIBED, ids=lambda one: one.path)
async def test_every_key_is_described_and_there(one: Described) -> None:
    participant = small()[0].people["participant"][5]
    path = one.path.replace("/sessions/{key}", small_url())
    path = path.replace("{participant}", participant)
    query = {"site": "Lyon office"} if "groups" in path else {"q": "a"}
    async with asking(small_app()) as http:
        told = (await http.get(path, params=query)).json()
    assert set(told) == set(one.keys)


async def test_description_is_there_to_read_and_for_programs() -> None:
    async with asking(small_app()) as http:
        page, data = await http.get("/api/"), await http.get("/api/openapi.json")
    assert data.json()["openapi"] == "3.1.0"
    for one in DESCRIBED:
        assert one.path in page.text
        assert one.path in data.json()["paths"]
    groups = next(one for one in DESCRIBED if "groups" in one.path)
    assert set(groups.query) - {"tz"} == set(ASKED)
