"""Writes docs/explanation/accuracy.md: how often the diagnosis is right, and how soon.

    python -m bench.accuracy [--records FILE] [--cases FOLDER] [--speed FILE]

Figures are kept in docs/explanation/accuracy/figures.json, from which the page is made.
Each option replaces a part of them, the others stay:

- `--records`: what `python -m bench.webinars --records FILE` wrote;
- `--cases`: labelled incidents, as `python -m bench.causes --cases FOLDER` reads them;
- `--speed`: what `python -m bench.diagnosis --json FILE` wrote.
"""
