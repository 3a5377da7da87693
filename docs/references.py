"""The reference pages of commands, settings, errors, tables and Python names.

They are made from the code's own tables; `generate` writes them.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Final

from markup import table
from outputs import output
from public import PUBLIC

from backrow import errors
from backrow.cli import COMMANDS, make_app
from backrow.cli.failure import EXIT_CODES
from backrow.errors import BackrowError, ZoomError
from backrow.lake.tables import TABLES, LakeColumn, TableName
from backrow.qos.sample import METRIC_COLUMNS
from backrow.settings import SETTINGS, Setting, flag_of

TYPES: Final = {
    "str": "text",
    "json": "text that holds JSON",
    "strs": "list of texts",
    "timestamp": "timestamp in UTC, microseconds",
    "bool": "true or false",
    "f64": "64-bit float",
    "i32": "32-bit integer",
    "i64": "64-bit integer",
}
_OWN_PAGE: Final[dict[TableName, str]] = {
    "samples": "Its columns have [a page of their own](samples.md)."
}


def commands_page(made_from: str) -> str:
    """Return the page of COMMANDS: what each says of itself."""
    parts = [
        made_from,
        "# Commands",
        (
            "What `backrow COMMAND --help` says. Results go to standard output, everything "
            "else to standard error. Where a command has `--json`, it prints JSON, times in "
            "UTC."
        ),
        "## Exit codes",
        "\n".join(f"- `{code}` {text}" for code, text in EXIT_CODES.items()),
    ]
    for name, _, _, text in sorted(COMMANDS):
        parts += [f"## `backrow {name}`", text, _help_of(name)]
        for part in (one for one in make_app(name)[name] if not one.startswith("-")):
            parts += [f"### `backrow {name} {part}`", _help_of(name, part)]
    return "\n\n".join(parts) + "\n"


def _help_of(*command: str) -> str:
    said = output([*command, "--help"]).partition("\nExit codes:")[0]
    return f"```text\n{said.strip()}\n```"


def settings_page(made_from: str) -> str:
    """Return the page of SETTINGS."""
    return f"""{made_from}

# Settings

A flag wins over the environment, the environment over `backrow.toml` (in the folder, or in
the user's configuration folder), that over the default. An empty value counts as not given.
`backrow doctor` says which holds and where it came from. Secrets have no flag, because
every user of a machine can read command lines; a `backrow.toml` that holds one should be
readable by you alone.

{table(["in backrow.toml", "variable", "flag", "default", "meaning"], map(_setting_row, SETTINGS))}

```toml
# backrow.toml
account_id = "…"
client_id = "…"
client_secret = "…"
plan = "business"
lake = "/srv/backrow/lake"
tz = "Europe/Berlin"
```

The variables that object stores take (`AWS_…`, `GOOGLE_…`, `AZURE_…`, `OBJECT_STORE_…`)
are read as they are. `NO_COLOR` and `COLUMNS` are heeded. `BACKROW_DEBUG` shows tracebacks
of mistakes that are Backrow's own.
"""


def _setting_row(setting: Setting) -> list[str]:
    default = f"`{setting.default}`" if setting.default else setting.default_shown
    choices = f" One of {', '.join(setting.choices)}." if setting.choices else ""
    return [
        f"`{setting.name}`",
        f"`{setting.env}`",
        "none" if setting.secret else f"`{flag_of(setting.name)}`",
        default or "none",
        f"{setting.help}{choices}",
    ]


def errors_page(made_from: str) -> str:
    """Return the page of the tree of errors."""
    drawn = inspect.getdoc(errors) or ""
    tree = inspect.cleandoc(drawn.partition("::\n\n")[2].partition("\n\nMessages")[0])
    rows = [
        [
            f"`{kind.__name__}`",
            str(kind.exit_code),
            (inspect.getdoc(kind) or "").splitlines()[0],
            kind.advice if issubclass(kind, ZoomError) else "",
        ]
        for kind in _below(BackrowError)
    ]
    return f"""{made_from}

# Errors

Everything that Backrow raises on purpose is in `backrow.errors`, one class for each meaning,
split by whose fault it is. A message says what was expected, then where; facts are
attributes. No message, attribute or `repr` holds a token or a secret.

```text
{tree}
```

A command prints the message on standard error and exits with the code. `backrow alert test`
says on standard output what became of each target, and exits with 6 if one was not reached.

{table(["error", "exit code", "meaning", "what to do"], rows)}

`ZoomError` and all below it hold `status`, `zoom_code`, `zoom_message`, `tracking_id` (which
Zoom's support asks for), `headers` and `body`. `RateLimitError` has `period` and `retry_at`,
`WireError` `path` and `value`, `LakeError` `place`, `MissingExtraError` `extra`.
"""


def _below(kind: type[BackrowError]) -> Iterator[type[BackrowError]]:
    """Yield the errors below `kind`, in the order of the tree."""
    for one in kind.__subclasses__():
        if one.__module__ == errors.__name__:
            yield one
            yield from _below(one)


def tables_page(made_from: str) -> str:
    """Return the page of the lake's TABLES."""
    parts = [
        made_from,
        "# The lake's tables",
        (
            "What each holds, what names a thing that a row is about, and its columns. Null "
            "means *not measured*, or, where a row is an observation, *not told*. [The "
            "guide](../lake.md) says how to read them."
        ),
    ]
    for one in TABLES.values():
        key = ", ".join(f"`{name}`" for name in one.key)
        parts += [f"## `{one.name}`", f"{one.meaning}. Key: {key}."]
        if one.name in _OWN_PAGE:
            parts.append(_OWN_PAGE[one.name])
            continue
        metrics = {column.name for column in METRIC_COLUMNS}
        own = [column for column in one.columns if column.name not in metrics]
        parts.append(table(["column", "type", "meaning"], map(_column_row, own)))
        if len(own) < len(one.columns):
            parts.append("And every [metric](metrics.md).")
    return "\n\n".join(parts) + "\n"


def _column_row(column: LakeColumn) -> list[str]:
    return [f"`{column.name}`", TYPES[column.type], column.meaning]


def python_page(made_from: str) -> str:
    """Return the page of PUBLIC."""
    parts = [
        made_from,
        "# Python",
        (
            "What programs may rely on. It is typed (`py.typed`), and `tests/api` shows each "
            "name in use. Everything else may change without notice. `help(NAME)` says more."
        ),
    ]
    for module, names in PUBLIC.items():
        parts += [f"## `{module}`", table(["name", "is"], _name_rows(module, names))]
    return "\n\n".join(parts) + "\n"


def _name_rows(module: str, names: Sequence[str]) -> list[list[str]]:
    home = import_module(module)
    return [[f"`{name}`", _first_line(getattr(home, name))] for name in names]


def _first_line(thing: object) -> str:
    text = (inspect.getdoc(thing) or "").splitlines()[0]
    return text.replace("|", "\\|")
