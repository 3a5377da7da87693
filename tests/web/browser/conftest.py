"""Debian's Chromium, and pages that must not complain."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HARMLESS = ("[DOM] Password forms",)

Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for one module: while it is there, no other event loop can run."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    assert found, "no Chromium: `make` installs it on Debian; or apt install chromium"
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    args = ["--no-sandbox"] if is_root else []
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=args)
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Opens an address in a window of its own; no page may complain of anything."""
    complaints: list[str] = []

    with ExitStack() as stack:

        def visited(url: str, *, quiet: bool = False, **window: Any) -> Page:
            window.setdefault("viewport", {"width": 1440, "height": 900})
            window.setdefault("timezone_id", "Europe/Paris")
            window.setdefault("reduced_motion", "reduce")
            context = browser.new_context(**window)
            stack.callback(context.close)
            page = context.new_page()
            if not quiet:
                page.on("console", lambda told: complaints.append(told.text))
                page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(url)
            return page

        yield visited
    heard = [one for one in complaints if not one.startswith(HARMLESS)]
    assert heard == []
