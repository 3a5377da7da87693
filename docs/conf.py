"""How Sphinx makes the site out of these pages; `make docs` runs it.

The pages are plain Markdown that also reads well in an editor. Warnings are errors: a
link that leads nowhere, a page that no list names. The site asks no other server for
anything (a test looks).

Sphinx, because it is kept well: MkDocs had its last release in August 2024, and its most
used theme gets mended only. MyST reads Markdown as it stands, so nothing but the lists
of pages in `index.md` and `decisions.md` is written for a generator. What the theme
leaves to wish for is in `static/backrow.css`.
"""

from __future__ import annotations

from backrow import __version__

project = "Backrow"
author = "Backrow's authors"
release = __version__
extensions = ["myst_parser"]
root_doc = "index"
myst_heading_anchors = 3
highlight_language = "text"
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["backrow.css"]
html_title = f"Backrow {__version__}"
html_show_sourcelink = False
html_show_copyright = False
html_copy_source = False
