"""A default scenario with a comment on every key, and the docs' page of keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from typing import Any, Final, get_args, get_type_hints

from backrow.simulate.scenario.schema import (
    FaultPlan,
    Scenario,
    Scope,
    Segment,
    SessionPlan,
)
from backrow.simulate.scenario.templates import TEMPLATES

_HEAD: Final = """\
# A world for `backrow emulate --scenario FILE`. Every key stands here with what holds
# if it is left out; unknown keys are refused. Change what you like: the same file
# makes the same world on every machine.
"""
_LISTS_HEAD: Final = """
# Where people are and what they run. To change one of these lists, take the marks
# away and write the whole list: yours stands in place of this one.
"""
_SESSIONS: Final = (
    SessionPlan(
        number="94512345678",
        topic="Town hall",
        dept="Communications",
        earlier_days=(7, 14, 400),
        programme=(
            Segment(at_min=0, speaker="host"),
            Segment(at_min=5, speaker="panelist 1", share="slides"),
            Segment(at_min=20, speaker="panelist 2", share="scroll"),
            Segment(at_min=30, speaker="panelist 1", share="clip", camera=False),
            Segment(at_min=34, speaker="panelist 3", share="slides"),
            Segment(at_min=48, speaker="attendee 1"),
            Segment(at_min=55, speaker="host"),
        ),
        faults=(
            FaultPlan(
                kind="office", where=Scope(site="Lyon office"), at_min=12, length_min=12
            ),
            FaultPlan(
                kind="presenter_uplink",
                where=Scope(person="speaker"),
                at_min=22,
                length_min=6,
            ),
        ),
    ),
    SessionPlan(
        number="81234567890",
        kind="meeting",
        topic="Stand-up",
        length_min=30,
        panelists=0,
        attendees=11,
        external=0.0,
    ),
)
_PLAIN: Final = ("zoom", "push", "sessions")


def default_scenario(*, zoom: str = "") -> str:
    """Return a commented scenario, ready to be changed.

    Args:
        zoom: TOML lines for the table ``[zoom]``, whose keys belong to the
            emulated API.
    """
    hints = get_type_hints(Scenario)
    plain, lists, tables = [], [_LISTS_HEAD], []
    for field in fields(Scenario):
        default, shape = _default(field), hints[field.name]
        if field.name in _PLAIN:
            continue
        if is_dataclass(shape):
            tables.append(_table(f"[{field.name}]", default, _meaning(field)))
        elif isinstance(default, tuple):
            lists.append(_list(field.name, default, _meaning(field)))
        else:
            plain.append(_line(field, default))
    switches = f"[zoom]  # switches of the emulated API\n{zoom.strip()}".strip()
    switches += "\n\n[push]  # switches of the push of QSS events"
    sessions = [_first_session(), *map(_further_session, _SESSIONS[1:])]
    parts = ["\n".join(plain), *lists, *tables, switches, *sessions]
    return _HEAD + "\n" + "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _first_session() -> str:
    session = _SESSIONS[0]
    parts = [
        _table("[[sessions]]", session, "a webinar or meeting; as many as you like"),
        _table("[sessions.attendance]", session.attendance, "when people come and go"),
    ]
    for i, segment in enumerate(session.programme):
        parts.append(_table("[[sessions.programme]]", segment, "", brief=i > 0))
    for i, fault in enumerate(session.faults):
        meaning = TEMPLATES[fault.kind].meaning
        parts.append(_table("[[sessions.faults]]", fault, meaning, brief=i > 0))
    return "\n\n".join(parts)


def _further_session(session: SessionPlan) -> str:
    return _table("[[sessions]]", session, session.kind, brief=True)


def _table(head: str, record: Any, meaning: str, *, brief: bool = False) -> str:
    """Return a TOML table of one dataclass.

    Args:
        head: Its header.
        record: The dataclass.
        meaning: What the table is about; may be empty.
        brief: Leave out comments, and keys that have their default.
    """
    lines = [f"{head}  # {meaning}" if meaning else head]
    for field in fields(record):
        value = getattr(record, field.name)
        if _is_table(value) or (brief and value == _default(field)):
            continue
        line = _line(field, value)
        lines.append(line.partition("  # ")[0] if brief else line)
    return "\n".join(lines)


def _is_table(value: object) -> bool:
    if isinstance(value, tuple):
        return not value or any(is_dataclass(entry) for entry in value)
    return is_dataclass(value) and not isinstance(value, Scope)


def _line(field: Field[Any], value: object) -> str:
    if value is None:
        return f"# {field.name} =   # {_meaning(field)}"
    return f"{field.name} = {_toml(value)}  # {_meaning(field)}"


def _list(name: str, entries: Iterable[Any], meaning: str) -> str:
    lines = [f"# {name} = [  # {meaning}"]
    lines += [f"#   {_inline(entry)}," for entry in entries]
    return "\n".join([*lines, "# ]"])


def _inline(record: Any) -> str:
    """Return an inline table of what differs from the defaults."""
    pairs = [
        f"{field.name} = {_toml(getattr(record, field.name))}"
        for field in fields(record)
        if getattr(record, field.name) != field.default
    ]
    return f"{{ {', '.join(pairs)} }}"


def _toml(value: object) -> str:
    if isinstance(value, Scope):
        return _inline(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return repr(value)


def _default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return None if field.default is MISSING else field.default


def _meaning(field: Field[Any]) -> str:
    return str(field.metadata["meaning"])


def schema_page() -> str:
    """Return the Markdown page of every table and key, and of the faults."""
    parts = [_section("Top level", Scenario)]
    parts += [_section(f"`{name}`", shape) for name, shape in _shapes(Scenario, "")]
    rows = [
        f"| `{kind}` | {t.meaning} | `{t.cause}` | {' or '.join(t.needs) or 'any'} |"
        for kind, t in TEMPLATES.items()
    ]
    head = "| kind | what goes wrong | cause in the truth | `where` needs |"
    faults = "\n".join(["## Kinds of faults", "", head, "| --- " * 4 + "|", *rows])
    return "\n\n".join([*parts, faults])


def _shapes(shape: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, hint in get_type_hints(shape).items():
        inner = [part for part in (hint, *get_args(hint)) if is_dataclass(part)]
        for part in inner:
            is_list = hint is not part
            path = f"{prefix}{name}"
            yield (f"[[{path}]]" if is_list else f"[{path}]"), part
            yield from _shapes(part, f"{path}.")


def _section(title: str, shape: Any) -> str:
    about = (shape.__doc__ or "").strip().splitlines()[0]
    hints = get_type_hints(shape)
    rows = [
        f"| `{f.name}` | {_meaning(f)} | {_shown_default(f, hints)} |"
        for f in fields(shape)
    ]
    head = ["| key | meaning | default |", "| --- | --- | --- |"]
    return "\n".join([f"## {title}", "", about, "", *head, *rows])


def _shown_default(field: Field[Any], hints: Mapping[str, Any]) -> str:
    if field.default is MISSING and field.default_factory is MISSING:
        return "required"
    value = _default(field)
    if value is None:
        return "none"
    if is_dataclass(hints[field.name]) or field.name in {"zoom", "push"}:
        return "see below"
    if _is_table(value):
        return f"a list of {len(value)}" if value else "empty"
    return f"`{_toml(value)}`"
