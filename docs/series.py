"""The page of `/metrics`: made from the table that the exposition goes by."""

from __future__ import annotations

from markup import table

from backrow.web.metrics.table import GONE_S, GROUPS, LABELS, Series


def series_page(made_from: str) -> str:
    """Return the page.

    Args:
        made_from: The line that says what the page is made from.
    """
    head = ("series", "kind", "labels", "meaning")
    groups = "\n\n".join(
        f"## {title}\n\n{table(head, map(_row, group))}" for title, group in GROUPS
    )
    labels = [(f"`{name}`", meaning) for name, meaning in LABELS.items()]
    return f"""{made_from}

# Series of `/metrics`

What `backrow serve` and `backrow watch --serve` tell Prometheus; the
[guide](../metrics.md) says how to ask for it. Units are base units: seconds, bytes,
ratios from 0 to 1. What was not measured is absent, never 0. Series of a
session are of the newest minute that was measured; they disappear
{GONE_S / 60:g} minutes after its end, or after its last minute if nobody says that it
has ended.

{groups}

## Labels

No label tells of a person.

{table(("label", "values"), labels)}
"""


def _row(one: Series) -> tuple[str, ...]:
    labels = ", ".join(f"`{label}`" for label in one.labels) or "none"
    return f"`{one.name}`", one.kind, labels, one.help
