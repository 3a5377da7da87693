"""The page of thresholds: made from the tables that the diagnosis reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from markup import table

from backrow.diagnose.causes.person import OWN_RULES
from backrow.diagnose.frames import ATTRIBUTES, PAIRS
from backrow.diagnose.model.curves import CURVES, VERSION
from backrow.diagnose.presets import PRESETS_TOML, read_presets
from backrow.diagnose.thresholds import each_threshold
from backrow.diagnose.verdict.advice import ADVICE

_TITLES: Final = {
    "score": "How a minute is scored",
    "episodes": "When minutes are bad, and when they are an episode",
    "scan": "When a group of people has a common cause",
    "causes": "What tells a presenter's and a single person's cause",
}
_PEOPLE: Final = {
    "few": "`members_min_site`",
    "some": "`members_min_network`",
    "many": "`members_min`",
}


def thresholds_page(made_from: str) -> str:
    """Return the page.

    Args:
        made_from: The line that says what the page is made from.
    """
    return f"""{made_from}

# Every threshold, its source, and what it has not been tested on

Backrow judges by numbers, and here is every one of them. A TOML text can change each:

```toml
[scan]
prior_bad = 0.05        # this account's webinars are rarely good at the start
```

Three kinds of sources stand in the tables. *Published* limits are named by who publishes
them. *Simulated* and *RobustSpot* mean that the value was settled on our simulator or on
labelled incidents of a live-stream service. *Our choice* has nothing behind it but
judgement.

**What none of this has been tested on: real Zoom data.** No account was at hand. The
simulator was built from published figures by the same people who settled the
thresholds, so results on it favour them. RobustSpot's incidents are real, but of another
service, and hold no calm hours: they say nothing about false alarms. The picture curves
were never compared with what people think of webinar pictures. Whether Zoom's loss is
counted before or after its own repair, and how long the worst interval is, Zoom does not
say; the audio score takes both at face value. [How often the diagnosis is
right](accuracy.md) has the figures.

{"".join(_section(group, title) for group, title in _TITLES.items())}
## The picture curves

Set {VERSION}. Straight lines from point to point (value: MOS), level beyond the ends.

{table(["curve", "points", "source"], _curves())}

## Classes by preset

{table(["preset", "title", "source"], _presets())}

```toml
{PRESETS_TOML}```

## Groups

{table(["attribute", "cause of its groups", "people needed"], _attributes())}

Looked at together: {", ".join(" and ".join(f"`{n}`" for n in pair) for pair in PAIRS)}.

## Single people

The first rule that holds explains; shared causes come before all of these.

{table(["", "cause", "rule"], _rules())}

## Advice

{table(["cause", "who", "on", "advice"], _advice())}
"""


def _section(group: str, title: str) -> str:
    rows = [
        [
            f"`{path.partition('.')[2]}`",
            f"{value:g}" if isinstance(value, float) else str(value).lower(),
            about["unit"],
            about["meaning"],
            about["source"],
            about["untested"],
        ]
        for path, value, about in each_threshold()
        if path.startswith(f"{group}.")
    ]
    head = ["name", "value", "unit", "meaning", "source", "not tested on"]
    return f"## {title}: `[{group}]`\n\n{table(head, rows)}\n\n"


def _curves() -> Iterable[list[str]]:
    for name, (unit, curve) in CURVES.items():
        points = ", ".join(f"{x:g}: {y:g}" for x, y in curve.points)
        yield [f"{name}, {unit}", points, curve.source]


def _presets() -> Iterable[list[str]]:
    for preset in read_presets().values():
        yield [f"`{preset.name}`", preset.title, preset.source]


def _attributes() -> Iterable[list[str]]:
    for attribute in ATTRIBUTES:
        alone = _PEOPLE[attribute.members] if attribute.alone else "only with others"
        yield [f"`{attribute.name}`", f"`{attribute.cause}`", alone]


def _rules() -> Iterable[list[str]]:
    for number, (cause, rule) in enumerate(OWN_RULES, 1):
        yield [str(number), f"`{cause}`", rule]


def _advice() -> Iterable[list[str]]:
    for row in ADVICE:
        yield [f"`{row.cause}`", row.role or "all", row.network or "all", row.text]
