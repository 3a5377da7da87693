"""The house rules that no other tool checks."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import backrow
from backrow.qos.vocabulary import METRICS

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))
DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))
NOT_OURS = re.compile(
    r"\.git|\.venv|\.tools|\.hypothesis|__pycache__|dist|site|htmlcov|uv\.lock"
    r"|\.coverage.*|.*_cache"
)
"""What git and the tools make; as in .gitignore."""

# Put together, so that this file does not hold what it looks for.
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
INDEX_HOST = re.compile(r"py" + r"pi\.org|python" + r"hosted|npm" + r"js\.(?:org|com)")
MACHINE_PATH = re.compile(r"/wo" + r"rk/|/ro" + r"ot/|/op" + r"t/|\.\./sha" + r"red")
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}

LINES_MAX = 600
MODULES_MAX = 9


def files_below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if NOT_OURS.fullmatch(path.name):
            continue
        if path.is_dir():
            yield from files_below(path)
        else:
            yield path


@cache
def texts() -> dict[str, str]:
    return {
        path.relative_to(ROOT).as_posix(): path.read_text("utf-8", errors="replace")
        for path in files_below(ROOT)
        if path.suffix != ".png"
    }


def holders_of(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}: {found[0]}"
        for name, text in texts().items()
        if (found := pattern.search(text))
    ]


def run_python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )


def test_no_module_is_longer_than_600_lines() -> None:
    lengths = {
        name: text.count("\n") for name, text in texts().items() if name.endswith(".py")
    }
    assert {n: lines for n, lines in lengths.items() if lines > LINES_MAX} == {}


def test_no_package_has_more_modules_than_allowed() -> None:
    packages = [path.parent for path in SOURCES if path.name == "__init__.py"]
    counts = {p.name: len([*p.glob("*.py")]) - 1 for p in packages}
    assert {p: n for p, n in counts.items() if n > MODULES_MAX} == {}


def test_every_core_module_is_declared_to_do_no_io() -> None:
    settings = tomllib.loads(texts()["pyproject.toml"])
    contracts = settings["tool"]["importlinter"]["contracts"]
    declared = next(c for c in contracts if c["type"] == "forbidden")["source_modules"]
    home = ROOT / "src/backrow/zoom"
    zoom = [path.stem for path in home.iterdir() if not NOT_OURS.fullmatch(path.name)]
    shells = {"__init__", "ledger", "client"}
    cores = {f"backrow.zoom.{name}" for name in zoom if name not in shells}
    pure = {"diagnose", "qos", "simulate"} & {path.parent.name for path in SOURCES}
    planner = {"backrow.collect.planner"}
    assert cores | planner | {f"backrow.{name}" for name in pure} == set(declared)


def test_no_module_has_a_vague_name() -> None:
    words = {word for path in SOURCES for word in path.stem.split("_")}
    assert words & VAGUE == set()


def test_every_source_begins_with_a_docstring() -> None:
    bare = [
        path.name
        for path in SOURCES
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert bare == []


def test_nothing_is_left_unfinished() -> None:
    assert holders_of(UNFINISHED) == []


def test_no_file_names_a_package_index() -> None:
    assert holders_of(INDEX_HOST) == []


def test_no_file_names_a_path_of_one_machine() -> None:
    assert holders_of(MACHINE_PATH) == []


def test_every_locked_package_has_a_hash() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        lock = path.read_text("utf-8")
        pinned = re.findall(r"(?m)^\S+==\S+.*\\\n    --hash=sha256:", lock)
        assert len(pinned) == len(re.findall(r"(?m)^\w", lock)) > 0, path.name


def test_public_names_are_sorted_and_can_be_loaded() -> None:
    assert backrow.__all__ == sorted(backrow.__all__)
    assert dir(backrow) == backrow.__all__
    for name in backrow.__all__:
        assert getattr(backrow, name)


def test_public_names_are_those_that_type_checkers_see() -> None:
    tree = ast.parse(Path(backrow.__file__).read_text("utf-8"))
    seen = [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("backrow")
        for alias in node.names
    ]
    assert sorted([*seen, "__version__"]) == backrow.__all__


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'zooom'"):
        backrow.zooom  # noqa: B018 - the access is what is tested


def test_importing_backrow_is_light() -> None:
    heavy = "{'polars', 'starlette', 'httpx2', 'msgspec', 'cyclopts'}"
    code = f"import sys, backrow; print(sorted({heavy} & sys.modules.keys()))"
    assert run_python("-c", code).stdout == "[]\n"


def test_changelog_tells_of_this_version() -> None:
    head = re.search(r"(?m)^## .*$", texts()["CHANGELOG.md"])
    assert head
    assert backrow.__version__ in head[0]


def test_generated_pages_are_up_to_date() -> None:
    checked = run_python("docs/generate.py", "--check")
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_every_metric_is_documented() -> None:
    page = texts()["docs/reference/metrics.md"]
    assert [m.name for m in METRICS if f"`{m.name}`" not in page] == []


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_decision_has_the_four_sections(path: Path) -> None:
    headings = re.findall(r"(?m)^## (.+)$", path.read_text("utf-8"))
    assert headings == ["Context", "Decision", "Rejected", "Consequences"]
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+", path.stem)


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))
