"""The blocks of output in Markdown: what the commands really print.

Each block stands between ``<!-- output: ARGUMENTS -->`` and ``<!-- end of output
-->``; ``<!-- first 3 paragraphs of output: ARGUMENTS -->`` shows no more. `filled` runs `backrow ARGUMENTS` against the emulated Zoom, inside this
process and on a clock that stands still, so that the output is the same everywhere.
Commands on a lake get one with a town hall of 300 in it, a list of its offices beside.
"""

from __future__ import annotations

import io
import re
import shlex
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Final

import polars as pl

from backrow.cli import main
from backrow.cli.context import Context
from backrow.judge.judging import Judge
from backrow.lake.frames import read_naming
from backrow.lake.keep import LakeWriter
from backrow.lake.store.place import Place
from backrow.lake.store.reading import Store
from backrow.lake.store.rows import (
    Occurrence,
    participants_frame,
    samples_frame,
    sessions_frame,
)
from backrow.lake.tables import TableName
from backrow.settings import Settings
from backrow.simulate.scenario import read_scenario
from backrow.simulate.world import World
from backrow.web.testing import EmulatedZoom
from backrow.zoom.client import CallRecord, Zoom

ROOT: Final = Path(__file__).parent.parent
_BLOCK: Final = re.compile(
    r"(<!-- (?:first (?P<first>\d+) paragraphs of )?output: (?P<arguments>[^>]*?) -->\n)"
    r".*?(<!-- end of output -->)",
    re.DOTALL,
)


def filled(text: str, shown: Callable[[str], str]) -> str:
    """Return `text` with every block of output made anew.

    Args:
        text: Markdown.
        shown: Gives what a command's arguments print.
    """

    def made(block: re.Match[str]) -> str:
        printed = shown(block["arguments"])
        if block["first"] is not None:
            paragraphs = printed.split("\n\n")[: int(block["first"])]
            printed = "\n\n".join([*paragraphs, "…\n"])
        inside = f"```text\n$ backrow {block['arguments']}\n{printed}```\n"
        return f"{block[1]}{inside}{block[4]}"

    return _BLOCK.sub(made, text)


def _shown(arguments: str, lake: Mapping[str, str]) -> str:
    return output(shlex.split(arguments), lake)


@contextmanager
def town_hall() -> Iterator[dict[str, str]]:
    """Yield the environment of a lake with a simulated town hall, complete."""
    text = (ROOT / "examples" / "town-hall.toml").read_text(encoding="utf-8")
    scenario = read_scenario(text.replace("attendees = 2000", "attendees = 300"))
    world = World(scenario)
    session = world.sessions()[0]
    people = world.people(session.uuid)
    about = Occurrence(session_uuid=session.uuid, session_number=session.number)
    start, now = session.start_at, (session.start_at + timedelta(hours=2)).timestamp()
    rows = world.rows(
        session.uuid,
        [person.user_id or "" for person in people],
        start=start - timedelta(hours=1),
        end=start + timedelta(hours=2),
    )
    samples = samples_frame([row for own in rows.values() for row in own], now=now)
    with tempfile.TemporaryDirectory() as folder:
        sites = Path(folder) / "sites.toml"
        sites.write_text(
            '[[sites]]\nname = "Lyon office"\npublic = ["203.0.113.0/28"]\n'
        )
        writer = LakeWriter(Store(Place.parse(Path(folder) / "lake")))
        frames: dict[TableName, pl.DataFrame] = {
            "sessions": sessions_frame([(session, "ended")], now=now),
            "participants": participants_frame(
                [(about, person) for person in people], key=b"docs", now=now
            ),
            "samples": samples.with_columns(
                origin=pl.lit("rest_past"), picked=pl.lit("census")
            ),
        }
        writer.append(frames, now=now)
        Judge(naming=read_naming(sites, None)).complete(
            writer, session.uuid, now=now + 60
        )
        yield {"BACKROW_LAKE": f"{folder}/lake", "BACKROW_SITES": str(sites)}


def output(arguments: list[str], lake: Mapping[str, str] | None = None) -> str:
    """Return what `backrow` prints on standard output.

    Args:
        arguments: What follows the program's name.
        lake: Environment of a lake, for commands on one.

    Raises:
        RuntimeError: The command failed.
    """
    world = EmulatedZoom()

    def connect(settings: Settings, *, on_call: Callable[[CallRecord], None]) -> Zoom:
        del settings
        return world.zoom(on_call=on_call, state=None)

    said, told = io.StringIO(), io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        environ = {"TZ": "UTC", "BACKROW_STATE": folder, **(lake or {})}
        context = Context(
            environ=environ, stdout=said, stderr=told, folders=(), connect=connect
        )
        if main(arguments, context=context) != 0:
            raise RuntimeError(told.getvalue())
    return "".join(f"{line.rstrip()}\n" for line in said.getvalue().splitlines())


def guides() -> dict[Path, str]:
    """Return the pages that show output: their paths, and what they should say."""
    names = ("index.md", "diagnosis.md", "one-office.md")
    paths = [ROOT / "README.md", *(ROOT / "docs" / name for name in names)]
    with town_hall() as lake:
        shown = cache(partial(_shown, lake=lake))  # pages show some outputs twice
        return {path: filled(path.read_text(encoding="utf-8"), shown) for path in paths}
