"""What must not break the pages: names, old data, restarts, narrow and dark screens."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.browser.conftest import Visit
from tests.web.browser.theatre import Theatre

AXE = Path(__file__).parents[3] / ".tools/npm/node_modules/axe-core/axe.min.js"
"""`make test-slow` fetches it."""
TOKEN = "0123456789abcdef0123456789abcdef"
PHONE = {"width": 375, "height": 760}
HOSTILE = [
    '<img src=x onerror="window.ran=1">',
    "<script>window.ran=2</script>",
    '"><svg onload=window.ran=3>',
    "{{ 7 * 7 }}${window.ran=4}",
    "\u202egnp.eciovni",
    "\u2066\u2067\u2068left open",
    "W" * 1000,
    '=HYPERLINK("http://example.com","x")',
    "a\nb\tc\u0000d",
    "👩‍👩‍👧‍👦" * 120,
    " ",
    "../../../etc",
]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def crowd() -> Iterator[Theatre]:
    """A room in which the first attendees are called what nobody should be."""
    with Theatre(120) as theatre:
        theatre.rename(HOSTILE)
        theatre.rename([HOSTILE[6], HOSTILE[4]], role="panelist")
        theatre.play(20)
        yield theatre


def hostile_people(theatre: Theatre) -> list[str]:
    people = theatre.room.people
    lower = people["role"].str.to_lowercase()
    return (
        people.filter(lower == "attendee")["participant"].head(len(HOSTILE)).to_list()
    )


def is_wider_than_window(page: Page) -> bool:
    wide = "document.documentElement.scrollWidth > innerWidth"
    return bool(page.evaluate(wide))


def settled(page: Page) -> None:
    """Wait until everything of a session's page is drawn."""
    expect(page.locator("#worst table")).to_be_attached(timeout=20_000)


def test_no_name_runs_or_breaks_the_layout(crowd: Theatre, visit: Visit) -> None:
    page = visit(crowd.session)
    settled(page)
    page.locator("#worst-filter").fill("a")
    page.get_by_role("combobox", name="Find a person").fill("W")
    expect(page.locator("#found [role=option]").first).to_be_visible()
    assert not is_wider_than_window(page)
    page.get_by_role("combobox", name="Find a person").fill("nobody is called so")
    expect(page.locator("#found .none")).to_be_visible()
    page.keyboard.press("Enter")
    assert page.url == crowd.session
    assert page.locator("#presenters .presenter").count() > 1
    inside = (
        "rows => rows.every(row => row.scrollWidth <= row.closest('.card').clientWidth)"
    )
    assert page.locator("#presenters .presenter > *").evaluate_all(inside)
    assert "\u202e" not in page.locator("body").inner_text()
    for participant in hostile_people(crowd):
        page.goto(f"{crowd.session}/participants/{participant}")
        expect(page.locator("#facts dt").first).to_be_visible()
        assert not is_wider_than_window(page)
        assert page.evaluate("window.ran === undefined")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_narrow_pages_fit(crowd: Theatre, visit: Visit, scheme: str) -> None:
    window = {"viewport": PHONE, "color_scheme": scheme}
    page = visit(crowd.session, **window)
    settled(page)
    assert not is_wider_than_window(page)
    tops = page.locator("section h2").evaluate_all(
        "all => all.map(one => [one.textContent, one.getBoundingClientRect().top])"
        ".sort((a, b) => a[1] - b[1]).map(([text]) => text)"
    )
    assert tops[0] == "The auditorium"
    assert tops[1].startswith("What is wrong")
    for path in ("", f"/participants/{hostile_people(crowd)[6]}"):
        page.goto(f"{crowd.session}{path}" if path else crowd.url)
        page.wait_for_load_state("networkidle")
        assert not is_wider_than_window(page)


def test_dark_is_the_systems_until_the_switch_is_pressed(
    crowd: Theatre, visit: Visit
) -> None:
    page = visit(crowd.session, color_scheme="dark")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    dark = page.evaluate(ground)
    page.get_by_role("button", name="Switch between light and dark").click()
    light = page.evaluate(ground)
    assert light != dark
    page.reload()
    assert page.evaluate(ground) == light


def test_page_goes_on_after_a_restart(visit: Visit) -> None:
    with Theatre(60) as theatre:
        theatre.play(3)
        page = visit(theatre.session, quiet=True)
        settled(page)
        theatre.stop()
        expect(page.locator("#lost")).to_be_visible(timeout=20_000)
        theatre.start()
        last = theatre.play(1)
        expect(page.locator("#lost")).to_be_hidden(timeout=30_000)
        clock = (last + timedelta(hours=1)).strftime("%H:%M")
        expect(page.locator("#age")).to_contain_text(f"Newest minute {clock}")


def test_old_data_turns_the_top_line_into_a_warning(visit: Visit) -> None:
    with Theatre(60) as theatre:
        theatre.play(3)
        page = visit(theatre.session)
        settled(page)
        expect(page.get_by_role("alert")).to_be_hidden()
        theatre.clock.at += timedelta(minutes=9)
        expect(page.get_by_role("alert")).to_be_visible(timeout=30_000)
        expect(page.locator("body")).to_have_class(re.compile("is-old"))
        page.close()  # before its server goes, of which it would complain


def test_login_stands_before_every_page(visit: Visit) -> None:
    with Theatre(40, token=TOKEN) as theatre:
        theatre.play(2)
        page = visit(theatre.session, quiet=True)
        page.get_by_label("Access token").fill("not the token")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("alert")).to_be_visible()
        page.get_by_label("Access token").fill(TOKEN)
        page.get_by_role("button", name="Log in").click()
        expect(page.locator("#sentence")).to_contain_text("here.")
        page.get_by_role("button", name="Log out").click()
        page.goto(theatre.session)
        expect(page.get_by_label("Access token")).to_be_visible()


@pytest.mark.parametrize("anonymous", [False, True])
def test_report_is_read_from_disk_without_a_script(
    crowd: Theatre, visit: Visit, tmp_path: Path, *, anonymous: bool
) -> None:
    page = visit(crowd.session)
    settled(page)
    name = "report without names" if anonymous else "Report"
    with page.expect_download() as download:
        page.get_by_role("link", name=name, exact=True).click()
    kept = tmp_path / "report.html"
    download.value.save_as(kept)
    report = visit(kept.as_uri(), java_script_enabled=False)
    expect(report.locator("h1")).to_contain_text("Town hall")
    expect(report.locator("svg path.area.good")).to_have_count(1)
    expect(report.locator("table.worst tbody tr").first).to_be_visible()
    speaker = crowd.room.people.row(0, named=True)["user_name"]
    assert (speaker in report.locator("body").inner_text()) is not anonymous
    assert len(report.pdf()) > 10_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("where", ["/", "session", "person", "group", "login"])
def test_no_serious_barrier(
    crowd: Theatre, visit: Visit, where: str, scheme: str
) -> None:
    person = hostile_people(crowd)[8]
    pages = {
        "/": crowd.url,
        "session": crowd.session,
        "person": f"{crowd.session}/participants/{person}",
        "group": f"{crowd.session}/groups?site=Lyon%20office",
        "login": f"{crowd.url}/login",
    }
    page = visit(pages[where], color_scheme=scheme, quiet=where == "login")
    page.wait_for_load_state("networkidle") if where != "session" else settled(page)
    page.evaluate(
        "for (const one of document.querySelectorAll('details')) one.open = 1"
    )
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("async () => (await axe.run()).violations")
    serious = [
        f"{one['id']}: {one['help']} {json.dumps([n['html'][:160] for n in one['nodes']][:3])}"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]
    assert serious == []
