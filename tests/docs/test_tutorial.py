"""The tutorial works as it stands: its blocks are run, and print what it shows."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.md"
BLOCK = re.compile(
    r"(?P<runs_on><!-- keeps running -->\n)?^```(?P<language>\w*)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
MARK = "\x1e"
LEFT_OUT = "…"


@dataclass(frozen=True, slots=True)
class Block:
    """A block of the page that is run."""

    language: str
    body: str
    runs_on: bool
    shown: str
    """What the page says that it prints; empty if it says nothing."""


def blocks_of(page: str) -> list[Block]:
    found: list[Block] = []
    for block in BLOCK.finditer(page):
        body, language = block["body"], block["language"]
        if language == "text":
            found[-1] = Block(found[-1].language, found[-1].body, False, body)
        else:
            found.append(Block(language, body, bool(block["runs_on"]), ""))
    return found


def script_of(blocks: Sequence[Block]) -> str:
    """Return one shell's work: all blocks, a mark before each one's output."""
    return "\n".join(["set -e", *(line for b in blocks for line in _lines_of(b))])


def _lines_of(block: Block) -> Iterator[str]:
    yield f"printf '%s' '{MARK}'"
    if block.runs_on:
        yield "mkfifo said"
        yield f"{block.body.strip()} --port 0 2> said &"
        yield "trap 'kill $!; wait $! || true' EXIT"
        yield 'exec 3< said; read -r line <&3; echo "$line"'
    elif block.language == "python":
        yield f"python - <<'PYTHON'\n{block.body}PYTHON"
    else:
        yield block.body


def joined(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks with those of Python joined that follow each other."""
    done: list[Block] = []
    for block in blocks:
        last = done[-1] if done else None
        if last and last.language == block.language == "python":
            body, shown = last.body + block.body, f"{last.shown}{LEFT_OUT}\n"
            done[-1] = Block("python", body, False, shown + block.shown)
        else:
            done.append(block)
    return done


def holds(printed: str, shown: str) -> bool:
    """Return whether what is shown was printed, but for what it leaves out."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == LEFT_OUT else re.escape(f"{line.rstrip()}\n")
        for line in shown.splitlines()
    )
    lines = "".join(f"{line.rstrip()}\n" for line in printed.splitlines())
    return re.fullmatch(pattern, lines) is not None


@pytest.mark.parametrize(
    ("shown", "is_right"),
    [("a\nb\nc\n", True), ("…\nb\n…\n", True), ("a\n…\nc\n", True), ("a\nc\n", False)],
)
def test_what_is_left_out_may_be_anything(shown: str, *, is_right: bool) -> None:
    assert holds("a  \nb\nc\n", shown) is is_right


def test_the_tutorial_shows_only_blocks_that_are_run() -> None:
    languages = {block.language for block in blocks_of(TUTORIAL.read_text("utf-8"))}
    assert languages == {"sh", "python"}


@pytest.mark.slow
def test_every_block_of_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    blocks = joined(blocks_of(TUTORIAL.read_text("utf-8")))
    bin_folder = Path(sys.executable).parent
    environ = {
        "PATH": f"{bin_folder}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }
    done = subprocess.run(
        ["/bin/sh", "-c", script_of(blocks)],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        cwd=tmp_path,
        env=environ,
    )
    assert done.returncode == 0, done.stdout
    printed = done.stdout.split(MARK)[1:]
    for block, text in zip(blocks, printed, strict=True):
        assert not block.shown or holds(text, block.shown), text
    assert (tmp_path / "tour" / "report.html").read_text("utf-8").count("Lyon office")
    assert (tmp_path / "tour" / "minutes.csv").stat().st_size > 100_000
