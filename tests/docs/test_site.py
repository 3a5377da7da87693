"""The site that `make docs` builds: no warning, no link astray, nothing from elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from docs.screenshots import chromium

DOCS = Path(__file__).parents[2] / "docs"
LOADS = {
    "audio": "src",
    "embed": "src",
    "iframe": "src",
    "img": "src",
    "input": "src",
    "link": "href",
    "object": "data",
    "script": "src",
    "source": "src",
    "video": "src",
}
"""The attributes by which a page loads something; a link to follow is none."""
ELSEWHERE = re.compile(r"^\s*(?:https?:)?//", re.IGNORECASE)
LOADED_BY_CSS = re.compile(
    r"(?:url\(|@import)\s*[\"']?\s*(?:https?:)?//", re.IGNORECASE
)

CUT = """() => {
  const cut = [];
  const content = document.querySelector(".content");
  if (content.scrollWidth > content.clientWidth + 1) cut.push("the page");
  for (const box of document.querySelectorAll("article pre, article .table-wrapper")) {
    const scrolls = ["auto", "scroll"].includes(getComputedStyle(box).overflowX);
    const end = box.getBoundingClientRect().right;
    if (!scrolls || end > document.documentElement.clientWidth + 1)
      cut.push(box.textContent.slice(0, 60));
  }
  return cut;
}"""
"""Gives what of a page nobody can read, not even by scrolling its box."""


class Loaded(HTMLParser):
    """What a page loads from other servers."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        loaded = told.get(LOADS.get(tag, ""))
        if loaded and ELSEWHERE.match(loaded):
            self.found.append(f"{tag}: {loaded}")
        if LOADED_BY_CSS.search(told.get("style") or ""):
            self.found.append(f"{tag}: {told['style']}")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` does."""
    folder = tmp_path_factory.mktemp("site")
    options = ["--quiet", "--fail-on-warning", "--keep-going"]
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, str(DOCS), str(folder)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")
    return folder


@pytest.mark.slow
def test_no_page_loads_anything_from_another_server(site: Path) -> None:
    pages = {
        path: Loaded(path.read_text("utf-8")).found for path in site.rglob("*.html")
    }
    assert len(pages) > 30
    assert {path.name: found for path, found in pages.items() if found} == {}
    sheets = {path: path.read_text("utf-8") for path in site.rglob("*.css")}
    assert [p.name for p, text in sheets.items() if LOADED_BY_CSS.search(text)] == []


@pytest.mark.slow
def test_every_page_of_the_docs_is_in_the_site(site: Path) -> None:
    pages = {path.relative_to(DOCS).with_suffix(".html") for path in DOCS.rglob("*.md")}
    assert {page for page in pages if not (site / page).exists()} == set()


@pytest.mark.slow
def test_what_is_too_wide_for_a_window_scrolls_in_its_own_box(site: Path) -> None:
    found = {}
    with chromium() as browser:
        page = browser.new_page()
        for width in (1440, 768, 390):
            page.set_viewport_size({"width": width, "height": 900})
            for name in ("index", "one-office", "mirror", "reference/metrics"):
                page.goto((site / f"{name}.html").as_uri())
                found[name, width] = page.evaluate(CUT)
    assert {where: cut for where, cut in found.items() if cut} == {}


def test_front_page_leads_to_every_page_of_its_lists() -> None:
    text = (DOCS / "index.md").read_text("utf-8")
    lists = re.findall(r"```\{toctree\}\n(?::.*\n)+\n((?:.+\n)+)```", text)
    listed = {page for pages in lists for page in pages.split()}
    assert len(lists) == 7
    assert listed == set(re.findall(r"\]\(([^)]+)\.md\)", text))


def test_what_a_page_loads_is_seen() -> None:
    html = (
        '<a href="https://example.com"><script src="//cdn.example.com/x.js"></script>'
    )
    assert Loaded(html).found == ["script: //cdn.example.com/x.js"]
    assert Loaded('<img src="_images/room.png">').found == []
