"""The session's page with 10,000 seats, in a browser, beside a page with nothing on it.

``python -m bench.page`` plays a simulated town hall in this process, serves its pages
and opens them in Chromium without a window. What it prints is the browser's own:

- *first picture*: from the start of the navigation to the mark that the page sets when
  every seat is drawn (`performance.mark`), in a window that has nothing cached, and
  once more with the scripts cached; the empty page's is its first contentful paint;
- *update*: the main thread's processor time between a minute's event and the end of all
  that it caused, style, layout and painting with it (`Performance.getMetrics`,
  TaskDuration in thread ticks, which others' load does not stretch); beside it, by the
  clock, what the event's own handler took (`performance.measure`), and the longest single
  task (`longtask` entries, which begin at 50 ms);
- *memory*: the heap of scripts after a collection (`JSHeapUsedSize`).

To be reached with 10,000 seats: the first picture in 1 s, an update in 100 ms. With
``--note N`` the same is measured for N seats, after the first minutes only.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.web.browser.conftest import CHROMIUM
from tests.web.browser.theatre import Theatre

WINDOW = {"width": 1600, "height": 1000}
UPDATE_PATIENCE_MS = 120_000
SETTLE_MS = 2_500
FIND_LONG_TASKS = """
window.longest = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) window.longest = Math.max(window.longest, one.duration);
}).observe({ type: "longtask", buffered: true });
"""


@dataclass
class Figures:
    """What was measured of a page."""

    cold_ms: list[float] = field(default_factory=list)
    warm_ms: list[float] = field(default_factory=list)
    update_ms: list[float] = field(default_factory=list)
    handler_ms: list[float] = field(default_factory=list)
    longest_ms: float = 0.0
    heap_mb: float = 0.0


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--note", type=int, default=0, help="measure so many too")
    parser.add_argument("--played", type=int, default=18, help="minutes before")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    plan = [(given.people, given.played)]
    if given.note:
        plan.append((given.note, 3))
    with chromium() as browser:
        for people, played in plan:
            with Theatre(people) as theatre:
                theatre.play(played)
                empty = measured_empty(browser, theatre, given.rounds)
                told = measured(browser, theatre, given.rounds)
            print(f"{people:,} people, minute {played}; load {os.getloadavg()[0]:.1f}")
            tell("empty page", empty)
            tell("session", told)


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


def measured(browser: Browser, theatre: Theatre, rounds: int) -> Figures:
    """Return the figures of the session's page."""
    figures = Figures()
    for _ in range(rounds):
        page = opened(browser)
        figures.cold_ms.append(first_picture(page, theatre.session))
        figures.warm_ms.append(first_picture(page, theatre.session))
        page.context.close()
    page = opened(browser)
    first_picture(page, theatre.session)
    page.wait_for_timeout(SETTLE_MS)
    page.evaluate("window.longest = 0")
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    for _ in range(rounds):
        before = metric(devtools, "TaskDuration")
        update(page, theatre)
        figures.update_ms.append(1000 * (metric(devtools, "TaskDuration") - before))
    handlers = entries(page, "backrow-update", "duration")
    figures.handler_ms = handlers[-rounds:]
    figures.longest_ms = float(page.evaluate("window.longest"))
    figures.heap_mb = heap_mb(devtools)
    page.context.close()
    return figures


def measured_empty(browser: Browser, theatre: Theatre, rounds: int) -> Figures:
    """Return the figures of a page of ours that has nothing on it."""
    figures = Figures()
    url = f"{theatre.url}/login"
    for _ in range(rounds):
        page = opened(browser)
        for times in (figures.cold_ms, figures.warm_ms):
            page.goto(url)
            page.wait_for_timeout(SETTLE_MS / 5)
            times.append(entries(page, "first-contentful-paint", "startTime")[-1])
        devtools = page.context.new_cdp_session(page)
        devtools.send("Performance.enable")
        figures.heap_mb = heap_mb(devtools)
        page.context.close()
    return figures


def opened(browser: Browser) -> Page:
    """Return a page in a window that has nothing cached."""
    context = browser.new_context(viewport=WINDOW, reduced_motion="reduce")  # type: ignore[arg-type] # a dict of two numbers
    context.add_init_script(FIND_LONG_TASKS)
    return context.new_page()


def first_picture(page: Page, url: str) -> float:
    """Open a session's page and return when its seats were drawn, ms."""
    page.goto(url)
    page.locator("#worst table").wait_for(state="attached", timeout=UPDATE_PATIENCE_MS)
    return entries(page, "backrow-seats", "startTime")[-1]


def update(page: Page, theatre: Theatre) -> None:
    """Play a minute and wait until the page has taken it."""
    seen = len(entries(page, "backrow-update", "duration"))
    theatre.play(1)
    waited = 0
    while len(entries(page, "backrow-update", "duration")) == seen:
        page.wait_for_timeout(250)
        waited += 250
        assert waited < UPDATE_PATIENCE_MS, "the page was not told of a minute"
    page.wait_for_timeout(SETTLE_MS)


def entries(page: Page, name: str, what: str) -> list[float]:
    """Return a figure of the browser's performance entries of a name."""
    script = "([name, what]) => performance.getEntriesByName(name).map(o => o[what])"
    return [float(one) for one in page.evaluate(script, [name, what])]


def metric(devtools: CDPSession, name: str) -> float:
    """Return one of the browser's own metrics of a page."""
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == name))


def heap_mb(devtools: CDPSession) -> float:
    """Return what scripts hold after a collection."""
    devtools.send("HeapProfiler.collectGarbage")
    return metric(devtools, "JSHeapUsedSize") / 1e6


def tell(name: str, figures: Figures) -> None:
    """Print a page's figures."""
    print(f"  {name}")
    print(f"    first picture, nothing cached  {spread(figures.cold_ms)}")
    print(f"    first picture, scripts cached  {spread(figures.warm_ms)}")
    if figures.update_ms:
        print(f"    main thread per update         {spread(figures.update_ms)}")
        print(f"      of it the event's handler    {spread(figures.handler_ms)}")
        print(f"      longest single task          {figures.longest_ms:.0f} ms")
    print(f"    heap of scripts                {figures.heap_mb:.1f} MB")


def spread(times: Sequence[float]) -> str:
    """Return a median and the extremes, in words."""
    middle = statistics.median(times)
    return f"{middle:.0f} ms (from {min(times):.0f} to {max(times):.0f})"


if __name__ == "__main__":
    main()
