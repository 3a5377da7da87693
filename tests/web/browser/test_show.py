"""A producer's way through a show: the sentence, the seats, a finding, a person."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.web.browser.conftest import Visit
from tests.web.browser.theatre import Theatre

FAULT_STANDS = 20
"""Minutes after which Lyon's fault, from minute 12 on, is a finding."""


@pytest.fixture(scope="module")
def show() -> Iterator[Theatre]:
    with Theatre(300) as theatre:
        theatre.play(FAULT_STANDS)
        yield theatre


def seats(page: Page) -> str:
    return page.locator("#seats").get_attribute("aria-label") or ""


def test_room_is_seen_followed_and_a_finding_leads_to_its_people(
    show: Theatre, visit: Visit
) -> None:
    page = visit(show.session)
    expect(page.locator("#sentence")).to_contain_text("hear gaps since 11:12")
    expect(page.locator("#cast a")).to_have_count(4)
    assert re.match(r"Auditorium: 2\d\d seats in \d blocks by site\.", seats(page))
    expect(page.locator("#age")).to_contain_text("times in Europe/Paris")

    before = page.locator("#age").inner_text()
    show.play(1)
    expect(page.locator("#age")).not_to_have_text(before)
    expect(page.locator("#when-text")).to_contain_text("now")

    finding = page.locator("article.finding").first
    expect(finding).to_contain_text("A shared network")
    finding.get_by_text("How we know").click()
    places = "all => all.map(one => one.getBoundingClientRect().top + scrollY)"
    cards = page.locator(".card")
    before_it = cards.evaluate_all(places)
    finding.get_by_role("button", name="Show the seats").click()
    assert cards.evaluate_all(places) == before_it
    expect(finding.locator(".evidence")).to_contain_text("everybody else's: ")
    expect(page.locator("#lit")).to_contain_text(re.compile(r"\d+ seats: a shared"))
    expect(page.locator("#blocks li:not(.dim)")).to_have_count(1)
    expect(page.locator("#blocks li:not(.dim)")).to_contain_text("Lyon office")

    finding.get_by_text("Affected:").click()
    finding.locator(".people a").first.click()
    expect(page.locator("#sentence")).to_contain_text("others in the same network")
    expect(page.locator("#timeline .shade").first).to_be_attached()
    expect(page.locator("#timeline text.cause")).to_have_text("A shared network")


@pytest.mark.slow
def test_keyboard_walks_from_seat_to_seat_and_opens_a_story(
    show: Theatre, visit: Visit
) -> None:
    page = visit(show.session)
    expect(page.locator("#blocks li").first).to_be_visible()
    heard = page.locator("#seat-now")
    page.locator("#seats").focus()
    page.keyboard.press("ArrowRight")
    expect(heard).not_to_be_empty()
    first = heard.inner_text()
    page.keyboard.press("ArrowDown")
    expect(heard).not_to_have_text(first)
    page.keyboard.press("PageDown")
    page.keyboard.press("n")
    expect(heard).to_contain_text(re.compile("poor|bad"))
    who = heard.inner_text().split(",")[0]
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(who)


@pytest.mark.slow
def test_pointer_names_a_seat_and_a_click_opens_it(show: Theatre, visit: Visit) -> None:
    page = visit(show.session)
    expect(page.locator("#blocks li").first).to_be_visible()
    box = page.locator("#blocks li").first.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + 22
    page.mouse.move(x, y)
    tip = page.locator("#tip b")
    expect(tip).to_be_visible()
    who = tip.inner_text()
    page.mouse.click(x, y)
    expect(page.locator("h1")).to_have_text(who)


@pytest.mark.slow
def test_seats_can_be_grouped_otherwise_and_read_as_a_table(
    show: Theatre, visit: Visit
) -> None:
    page = visit(show.session)
    page.get_by_role("group", name="Seat by").get_by_text("cause").click()
    expect(page.locator("#seats")).to_have_attribute(
        "aria-label", re.compile("by cause")
    )
    page.get_by_text("The same as a table").click()
    table = page.locator("#block-table")
    expect(table.get_by_role("rowheader", name="nothing wrong")).to_be_visible()
    expect(table.get_by_role("rowheader", name="A shared network")).to_be_visible()


@pytest.mark.slow
def test_class_lights_its_seats(show: Theatre, visit: Visit) -> None:
    page = visit(show.session)
    good = page.locator("#tally [data-kind=good]")
    good.click()
    expect(good).to_have_attribute("aria-pressed", "true")
    count = good.locator("b").inner_text()
    expect(page.locator("#lit")).to_contain_text(f"{count} seats: good")
    page.get_by_role("button", name="Show all").click()
    expect(good).to_have_attribute("aria-pressed", "false")


@pytest.mark.slow
def test_auditorium_shows_an_earlier_minute(show: Theatre, visit: Visit) -> None:
    page = visit(show.session)
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")
    expect(page.locator("#when-text")).to_have_text("11:00")
    unknown = page.locator("#tally [data-kind=unclassified] b")
    expect(unknown).not_to_have_text("0")
    page.get_by_role("button", name="Back to now").click()
    expect(page.locator("#when-text")).to_contain_text("now")


@pytest.mark.slow
def test_table_of_the_worst_is_filtered_and_sorted(show: Theatre, visit: Visit) -> None:
    page = visit(show.session)
    rows = page.locator("#worst tbody tr")
    expect(rows.first).to_be_visible()
    expect(rows).to_have_count(12)
    cut = "box => box.scrollHeight > box.clientHeight"
    assert not page.locator("#worst .scroll").evaluate(cut)
    page.locator("#worst .more button").click()
    assert rows.count() > 12
    page.locator("#worst-filter").fill("lyon")
    expect(rows.first).to_contain_text("Lyon office")
    expect(page.locator("#worst [role=status]")).to_contain_text(" of ")
    page.locator("#worst thead").get_by_text("Person").click()
    names = rows.locator("th").all_inner_texts()
    assert names == sorted(names, key=str.lower)


@pytest.mark.slow
def test_person_is_found_by_address(show: Theatre, visit: Visit) -> None:
    page = visit(show.session)
    someone = show.room.people.row(9, named=True)
    page.get_by_role("combobox", name="Find a person").fill(someone["email"])
    expect(page.locator("#found [role=option]").first).to_contain_text(
        someone["user_name"]
    )
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(someone["user_name"])


@pytest.mark.slow
def test_group_page_says_how_a_group_is(show: Theatre, visit: Visit) -> None:
    page = visit(show.session)
    page.locator("#blocks").get_by_role("link", name="Lyon office").click()
    expect(page.locator("#sentence")).to_contain_text("Lyon office")
    expect(page.locator("#figures li")).to_have_count(6)
    expect(page.locator("#members tbody tr").first).to_be_visible()
    expect(page.locator("#group-findings article")).to_have_count(1)


@pytest.mark.slow
def test_sessions_are_listed_and_searched(show: Theatre, visit: Visit) -> None:
    page = visit(show.url)
    expect(page.locator(".live-card")).to_contain_text("Town hall")
    page.locator("main").get_by_role("searchbox").fill("nothing of this kind")
    page.keyboard.press("Enter")
    expect(page.locator("#sessions")).to_contain_text("No session has")


@pytest.mark.slow
def test_unknown_session_is_said(show: Theatre, visit: Visit) -> None:
    page = visit(f"{show.url}/sessions/bm9uZQ", quiet=True)
    expect(page.locator("h1")).to_be_visible()
    expect(page.get_by_role("link", name="All sessions", exact=True)).to_be_visible()
