"""Write the reference pages that are made from tables in the code.

Run by `make docs`. With ``--check`` it writes nothing and exits with 1 if a page
differs from what it would write; a test calls it that way.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from markup import table
from outputs import guides
from references import (
    TYPES,
    commands_page,
    errors_page,
    python_page,
    settings_page,
    tables_page,
)
from series import series_page
from thresholds import thresholds_page

from backrow.qos.sample import COLUMNS, FIRST_METRIC
from backrow.qos.vocabulary import DIRECTIONS, LEGS, MEDIA, METRICS, Metric, stream_key
from backrow.simulate.scenario import schema_page
from backrow.web.emulated.options import switches
from backrow.web.emulated.refusals import REFUSALS
from backrow.web.switches import Switch

PAGES_DIR: Final = Path(__file__).parent / "reference"
_MADE_FROM: Final = "<!-- Made by docs/generate.py from {}. Change it there. -->"


def _code(text: str) -> str:
    return f"`{text}`" if text else "none"


def _metric_row(metric: Metric) -> list[str]:
    return [
        _code(metric.name),
        "a word" if metric.unit in {"level", "text"} else metric.unit,
        metric.better,
        _code(metric.rest),
        _code(metric.qss),
        metric.source,
    ]


def metrics_page() -> str:
    """Return the page of METRICS."""
    streams = [
        [
            f"{medium}, {direction}",
            *(_code(stream_key(medium, direction, leg)) for leg in LEGS),
        ]
        for medium in MEDIA
        for direction in DIRECTIONS
    ]
    return f"""{_MADE_FROM.format("METRICS in src/backrow/qos/vocabulary.py")}

# Metrics

Everything that Zoom measures of a participant in a minute. A value that was not
measured is null, never 0; 0 is a measurement. *Sent* is what the participant sends
to Zoom, *received* what Zoom sends to the participant. 1 kbps is 1,000 bit/s.

Paths are `object.field` of a minute in Zoom's answers (REST). A QSS event has a flat
list `qos` of items with `date_time`, `type` and `details` instead; there the path is
`type.field`, the field inside `details`. For streams they are those of the client; a room system that joins through the Cloud
Room Connector (crc) and a browser that joins through the web gateway (rwg) have
stream keys of their own:

{table(["stream", *LEGS], streams)}

{table(["metric", "unit", "better", "REST", "QSS", "source"], map(_metric_row, METRICS))}
"""


def samples_page() -> str:
    """Return the page of the samples table's COLUMNS."""
    rows = [
        [str(i), _code(column.name), TYPES[column.type], column.meaning]
        for i, column in enumerate(COLUMNS, 1)
    ]
    return f"""{_MADE_FROM.format("COLUMNS in src/backrow/qos/sample.py")}

# The samples table

One row per session, participant, minute, leg and origin. The first {FIRST_METRIC}
columns say whose minute it is and how it came; the others are the
[metrics](metrics.md), null where nothing was measured. A leg without any value has
no row.

{table(["", "column", "type", "meaning"], rows)}
"""


def _switch_row(switch: Switch) -> list[str]:
    default = switch.default
    shown = ", ".join(default) if isinstance(default, tuple) else str(default)
    shown = {"True": "true", "False": "false", "None": ""}.get(shown, shown)
    kind = "`true` or `false`" if switch.kind == "true or false" else switch.kind
    return [
        _code(switch.name),
        " or ".join(map(_code, switch.choices)) or kind,
        _code(shown) if shown else "all",
        switch.meaning.replace("``", "`"),
    ]


def emulator_page() -> str:
    """Return the page of the emulated API's switches and refusals."""
    refusals = [[str(r.status), str(r.code), r.message] for r in REFUSALS.values()]
    return f"""{_MADE_FROM.format("ZoomOptions and REFUSALS in src/backrow/web/emulated")}

# The emulated API's switches

`backrow emulate --zoom NAME=VALUE` sets one; in Python they are the fields of
`backrow.web.zoom_api.ZoomOptions`. The [guide](../emulator.md) says what they are for.

{table(["switch", "values", "default", "meaning"], map(_switch_row, switches()))}

## Refusals

Beside these, each call has texts of its own for what is not there (404, code 3001)
and what is over a year old (400, code 12702); 429 has those of Zoom's rate limits.

{table(["status", "code", "message"], refusals)}
"""


def scenario_page() -> str:
    """Return the page of a scenario's keys."""
    return f"""{_MADE_FROM.format("the dataclasses in src/backrow/simulate/scenario/")}

# Scenarios

A scenario is a TOML file that describes a simulated world: people, places, networks,
what happens on stage, and what goes wrong. `backrow emulate --write-scenario FILE`
writes one with a comment on every key; `examples/` holds more. The same file gives the
same world on every machine. Everything not required can be left out.

{schema_page()}
"""


def pages() -> dict[Path, str]:
    """Return the text of every generated page, by its path."""
    return {
        PAGES_DIR / "metrics.md": metrics_page(),
        PAGES_DIR / "samples.md": samples_page(),
        PAGES_DIR / "emulator.md": emulator_page(),
        PAGES_DIR / "scenario.md": scenario_page(),
        PAGES_DIR / "prometheus.md": series_page(
            _MADE_FROM.format("SERIES in src/backrow/web/metrics/table.py")
        ),
        PAGES_DIR / "commands.md": commands_page(
            _MADE_FROM.format("COMMANDS in src/backrow/cli and their docstrings")
        ),
        PAGES_DIR / "settings.md": settings_page(
            _MADE_FROM.format("SETTINGS in src/backrow/settings.py")
        ),
        PAGES_DIR / "errors.md": errors_page(
            _MADE_FROM.format("src/backrow/errors.py")
        ),
        PAGES_DIR / "tables.md": tables_page(
            _MADE_FROM.format("TABLES in src/backrow/lake/tables.py")
        ),
        PAGES_DIR / "python.md": python_page(
            _MADE_FROM.format("PUBLIC in docs/public.py")
        ),
        PAGES_DIR.parent / "explanation" / "thresholds.md": thresholds_page(
            _MADE_FROM.format("the tables in src/backrow/diagnose")
        ),
        **guides(),
    }


def _is_stale(path: Path, text: str) -> bool:
    return not path.exists() or path.read_text(encoding="utf-8") != text


def main(arguments: Sequence[str]) -> int:
    """Write the stale pages, or with ``--check`` only name them; return the exit code."""
    stale = [(path, text) for path, text in pages().items() if _is_stale(path, text)]
    check = "--check" in arguments
    for path, text in stale:
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        print(f"{path.name}: {'out of date, run `make docs`' if check else 'written'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
