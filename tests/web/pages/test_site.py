"""The pages' addresses: what is answered, and how."""

from __future__ import annotations

import gzip
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import given, settings, strategies as st

from backrow.web.pages.headers import HEADERS
from backrow.web.pages.keys import key_of, person_url
from tests.web.pages.asking import asking, small_app, small_url
from tests.web.pages.rooms import small

pytestmark = pytest.mark.anyio


def somebody() -> str:
    return str(small()[0].people["participant"][5])


def addresses() -> list[str]:
    url = small_url()
    return [
        "/",
        url,
        f"{url}/participants/{somebody()}",
        f"{url}/groups?site=Lyon%20office",
    ]


async def ask(path: str, method: str = "GET", **options: str) -> httpx2.Response:
    async with asking(small_app()) as http:
        return await http.request(method, path, headers=options)


def as_data(path: str) -> str:
    before, mark, query = path.partition("?")
    return f"{before}.json{mark}{query}"


@pytest.mark.parametrize("number", range(4))
async def test_page_is_there_as_html_and_as_data(number: int) -> None:
    path = addresses()[number]
    page, data = await ask(path), await ask(as_data(path))
    assert (page.status_code, data.status_code) == (200, 200)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.text.startswith("<!doctype html>")
    assert "<script>" not in page.text
    assert " style=" not in page.text
    assert data.json()["zone"] == "UTC"
    assert {name: page.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize("number", range(4))
async def test_head_is_the_page_without_its_body(number: int) -> None:
    path = addresses()[number]
    got, head = await ask(path), await ask(path, "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == got.headers["etag"]


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/sessions/!!",
        f"/sessions/{key_of('another')}",
        f"/sessions/{key_of('another')}/seats",
        f"/sessions/{key_of('another')}/participants/1",
        f"/sessions/{key_of('another')}/events",
        "URL/participants/nobody",
        "URL/findings/none/people.csv",
    ],
)
async def test_unknown_is_a_page_that_says_so(path: str) -> None:
    path = path.replace("URL", small_url())
    page, data = await ask(path), await ask(f"{path}.json")
    assert (page.status_code, data.status_code) == (404, 404)
    assert "<h1>" in page.text
    assert data.json()["status"] == 404


@pytest.mark.slow
@settings(max_examples=40)
@given(st.text(min_size=1, max_size=40))
def test_no_address_is_a_bug(text: str) -> None:
    import anyio  # noqa: PLC0415 - hypothesis calls plain functions

    part = quote(text.encode("utf-8", "replace").decode(), safe="")
    url = small_url()
    for path in (f"/sessions/{part}", f"{url}/participants/{part}", f"{url}/{part}"):
        assert anyio.run(ask, path).status_code in {200, 307, 404}
    answer = anyio.run(ask, f"{url}/groups.json?site={part}&tz={part}&x={part}")
    assert answer.status_code == 400
    assert anyio.run(ask, f"{url}/groups.json?site={part}").status_code == 404
    assert anyio.run(ask, f"{url}/search.json?q={part}").status_code == 200


@pytest.mark.parametrize("query", ["", "?x=1", "?site=a&y=2"])
async def test_group_of_nothing_known_is_refused(query: str) -> None:
    answer = await ask(f"{small_url()}/groups.json{query}")
    assert answer.status_code == 400
    assert "expected attributes out of site" in answer.json()["message"]


async def test_group_that_nobody_is_in_is_not_found_and_names_those_there_are() -> None:
    path = f"{small_url()}/groups"
    page = await ask(f"{path}?site=Nowhere")
    data = await ask(f"{path}.json?site=Nowhere")
    assert (page.status_code, data.status_code) == (404, 404)
    said = data.json()["message"]
    assert said.startswith("nobody has site 'Nowhere'; there are: ")
    assert "Lyon office" in said
    assert "Nobody has site &#39;Nowhere&#39;; there are: " in page.text
    both = await ask(f"{path}.json?site=Lyon%20office&location=Nowhere")
    assert both.status_code == 404


async def test_unknown_person_is_said_in_a_whole_sentence() -> None:
    page = await ask(f"{small_url()}/participants/nobody")
    assert "Nobody has the id &#39;nobody&#39; in this session.</p>" in page.text


async def test_what_a_browser_has_is_not_sent_again() -> None:
    path = f"{small_url()}/seats.json"
    first = await ask(path)
    again = await ask(path, **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["cache-control"] == "private, no-cache"


async def test_large_data_is_compressed() -> None:
    url = f"{small_url()}/seats.json"
    async with asking(small_app()) as http:
        request = http.build_request("GET", url, headers={"accept-encoding": "gzip"})
        answer = await http.send(request, stream=True)
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert len(raw) < len(gzip.decompress(raw)) / 2


async def test_assets_may_be_kept_for_as_long_as_they_are_the_same() -> None:
    page = await ask("/")
    path = page.text.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
    kept = await ask(path)
    assert kept.headers["cache-control"].endswith("immutable")
    other = await ask(path.replace(path.split("/")[2], "b0123456789ab"))
    assert (other.status_code, other.headers["cache-control"]) == (200, "no-cache")
    assert (await ask("/static/../answers.py")).status_code == 404
    assert (await ask("/static/%2e%2e/pages/answers.py")).status_code == 404


async def test_viewers_zone_is_named_and_spoken_in() -> None:
    at_home = (await ask(f"{small_url()}.json")).json()
    path = f"{small_url()}.json"
    abroad = (await ask(path, cookie="tz=Europe/Paris")).json()
    assert (at_home["zone"], abroad["zone"]) == ("UTC", "Europe/Paris")
    assert "since 10:12" in at_home["sentence"]
    assert "since 11:12" in abroad["sentence"]


@pytest.mark.parametrize("zone", ["../etc/passwd", "Nowhere/Land", "a" * 99, "Europe"])
async def test_zone_that_there_is_not_is_passed_over(zone: str) -> None:
    answer = await ask(f"{small_url()}.json?tz={quote(zone)}")
    assert answer.json()["zone"] == "UTC"


async def test_seats_of_an_earlier_minute_can_be_asked_for() -> None:
    path = f"{small_url()}/seats.json?minute="
    now, then = await ask(path), await ask(f"{path}2026-11-23T10:05:00Z")
    assert then.json()["minute"] == "2026-11-23T10:05:00Z"
    assert then.json()["participants"] == now.json()["participants"]
    assert then.json()["classes"] != now.json()["classes"]
    assert (await ask(f"{path}soon")).status_code == 400


async def test_people_are_found_by_name_email_and_address() -> None:
    person = small()[0].people.row(5, named=True)
    for wanted in (person["user_name"].upper(), person["email"], person["ip_address"]):
        found = await ask(f"{small_url()}/search.json?q={quote(wanted)}")
        ids = [one["participant"] for one in found.json()["people"]]
        assert person["participant"] in ids


async def test_findings_people_come_as_csv() -> None:
    page = (await ask(f"{small_url()}.json")).json()
    finding = page["findings"][0]
    answer = await ask(finding["links"]["people_csv"])
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert lines[0].startswith("participant,user_name,email,role,site")
    assert len(lines) == 1 + finding["affected"]
    assert all("Lyon office" in line for line in lines[1:])


async def test_report_is_a_file_to_keep() -> None:
    answer = await ask(f"{small_url()}/report?anonymous=1")
    name = 'attachment; filename="backrow-94512345678-2026-11-23.html"'
    assert answer.headers["content-disposition"] == name
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.text.startswith("<!doctype html>")


async def test_person_page_tells_the_story() -> None:
    room = small()[0]
    finding = (await ask(f"{small_url()}.json")).json()["findings"][0]
    rows = (await ask(f"{small_url()}/groups.json?site=Lyon%20office")).json()
    row = rows["members"][0]
    hit = row["participant"]
    url = person_url(room.uuid, hit)
    page = (await ask(f"{url}.json")).json()
    assert page["person"]["site"] == "Lyon office"
    assert page["person"]["links"]["site"].endswith("groups?site=Lyon%20office")
    assert len(page["classes"]) == len(page["minutes"])
    streams = page["streams"]["audio"]["received"]
    assert {len(values) for values in streams.values()} == {len(page["minutes"])}
    assert page["neighbours"]["value"] == "Lyon office"
    assert page["story"].startswith(page["person"]["name"])
    assert page["story"] == f"{page['headline']} {page['rest']}"
    assert (
        f"trouble in {page['bad_minutes']} of {page['measured_minutes']}"
        in (page["headline"])
    )
    assert page["advice"] == finding["advice"]
    assert row["bad_minutes"] == page["bad_minutes"]
    share = f"{100 * rows['against']['share_bad']:.1f} %"
    assert rows["sentence"].startswith(f"Lyon office: trouble in {share} of the")
