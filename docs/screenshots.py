"""Photograph the pages for the README: ``make screenshots`` writes `docs/images`.

A simulated town hall is played for some minutes and its pages are opened in Chromium:
the same people each time, so that pictures change only if the pages do.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.web.browser.conftest import CHROMIUM
from tests.web.browser.theatre import Theatre

IMAGES = Path(__file__).parent / "images"
PEOPLE = 10_000
MINUTES = 21
"""Lyon's office has had trouble for nine of them."""
SCREEN = {"width": 1600, "height": 1000}
PHONE = {"width": 375, "height": 812}
PAPER = {"width": 860, "height": 1180}


def main() -> None:
    """Write every picture."""
    IMAGES.mkdir(exist_ok=True)
    with chromium() as browser, Theatre(PEOPLE) as theatre:
        theatre.play(MINUTES)
        auditorium(browser, theatre)
        person(browser, theatre)
        report(browser, theatre)


def auditorium(browser: Browser, theatre: Theatre) -> None:
    """Photograph the session's page: dark, light with a finding's seats, on a phone."""
    page = opened(browser, theatre.session, SCREEN, "dark")
    keep(page, "auditorium-dark")
    page = opened(browser, theatre.session, SCREEN, "light")
    page.locator("article.finding button").first.click()
    page.wait_for_timeout(400)
    keep(page, "finding-light")
    page = opened(browser, theatre.session, PHONE, "dark", device_scale_factor=2)
    keep(page, "phone-dark")


def person(browser: Browser, theatre: Theatre) -> None:
    """Photograph the story of the one whom the shared network hit worst."""
    page = opened(browser, theatre.session, SCREEN, "light")
    page.locator("#worst-filter").fill("a shared network")
    href = page.locator("#worst tbody a").first.get_attribute("href")
    page.goto(f"{theatre.url}{href}")
    page.locator("#facts dt").first.wait_for()
    page.wait_for_timeout(600)
    keep(page, "person-light")


def report(browser: Browser, theatre: Theatre) -> None:
    """Photograph the top of the report, opened from disk."""
    page = opened(browser, theatre.session, SCREEN, "light")
    with page.expect_download() as download, tempfile.TemporaryDirectory() as folder:
        page.get_by_role("link", name="Report", exact=True).click()
        kept = Path(folder) / "report.html"
        download.value.save_as(kept)
        sheet = browser.new_page(viewport=PAPER)  # type: ignore[arg-type] # two numbers
        sheet.goto(kept.as_uri())
        keep(sheet, "report")


def opened(
    browser: Browser, url: str, window: dict[str, int], scheme: str, **more: Any
) -> Page:
    """Return a session's page when everything on it is drawn."""
    context = browser.new_context(
        viewport=window,  # type: ignore[arg-type] # a dict of two numbers
        color_scheme=scheme,  # type: ignore[arg-type] # light or dark
        reduced_motion="reduce",
        **more,
    )
    page = context.new_page()
    page.goto(url)
    page.locator("#worst table").wait_for(state="attached", timeout=60_000)
    page.wait_for_timeout(600)
    return page


def keep(page: Page, name: str) -> None:
    """Write a picture of what the window shows."""
    page.screenshot(path=IMAGES / f"{name}.png")
    print(f"docs/images/{name}.png")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the browser."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        raise SystemExit("no Chromium is installed (Debian: apt install chromium)")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=sandbox)
        yield browser
        browser.close()


if __name__ == "__main__":
    main()
