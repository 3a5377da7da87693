"""`backrow emulate` over a scenario: what it refuses, writes and serves."""

from __future__ import annotations

import io
import json
import socket
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from backrow.cli import main
from backrow.cli.context import Context
from backrow.cli.emulate import worlds
from backrow.cli.emulate.account import Account, Time
from backrow.cli.emulate.files import write_truth
from backrow.cli.emulate.greeting import greeting
from backrow.errors import UsageError
from backrow.simulate.scenario import read_scenario
from backrow.simulate.world import World
from backrow.web.emulated.options import ZoomOptions, parse_options
from backrow.web.emulated.tokens import Credentials
from backrow.zoom.client import Zoom
from tests.cli.terminal import Screen
from tests.cli.test_emulate import emulating
from tests.web.worlds import EVERYTHING, LIVE

EXAMPLES = Path(__file__).parents[2] / "examples"
BEGIN_S = 1795687200.0
"""2026-11-26T10:00:00Z"""


def run(*arguments: str) -> tuple[int, str]:
    """Run the command in this process; it must end before it serves."""
    said = io.StringIO()
    context = Context(environ={}, stdout=io.StringIO(), stderr=said, folders=[])
    return main(["emulate", *arguments], context=context), said.getvalue()


@contextmanager
def taken_port() -> Iterator[str]:
    """Give a port that is in use, so that the command ends before it serves."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        yield str(taken.getsockname()[1])


def test_default_scenario_is_written_with_every_switch(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    code, said = run("--write-scenario", str(file))
    assert (code, said) == (0, f"Wrote {file}\n")
    text = file.read_text("utf-8")
    for name in ZoomOptions.__struct_fields__:
        assert f"\n{name} = " in text or f"\n# {name} = " in text
    assert parse_options(tomllib.loads(text)["zoom"]) == ZoomOptions()
    assert read_scenario(text).sessions


def test_scenario_that_somebody_works_on_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("seed = 1")
    code, said = run("--write-scenario", str(file))
    assert code == 2
    assert "is there already" in said
    assert file.read_text() == "seed = 1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seed = 1\nsed = 2", "'sed' (did you mean 'seed'?) - at line 2, `sed`, in "),
        ("[zoom]\nplan = 'gold'", "got 'gold' - at line 2, `zoom.plan`, in "),
        ("[zoom]\n\nslow_rat = 1", "at line 3, `zoom.slow_rat`, in "),
        ("[zoom]\nslow_rate = 2", "got 2 - at line 2, `zoom.slow_rate`, in "),
        ("seed =", "TOML"),
    ],
)
def test_wrong_scenario_is_refused_with_file_line_and_key(
    text: str, words: str, tmp_path: Path
) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(f'{text}\n[[sessions]]\nnumber = "912345678"\n')
    code, said = run("--scenario", str(file))
    assert code == 2
    assert words in said
    assert "bad.toml" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--scenario", "not-there.toml"], "cannot read not-there.toml"),
        (["--truth", "truth.csv"], ".json or .parquet"),
        (["--truth", "truth.json", "--seed", "-1"], "expected a seed from 0"),
    ],
)
def test_wrong_files_are_refused(arguments: list[str], words: str) -> None:
    code, said = run(*arguments)
    assert code == 2
    assert words in said


def test_scenario_in_no_utf8_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_bytes(b"account = '\xff'")
    code, said = run("--scenario", str(file))
    assert code == 2
    assert "expected UTF-8, got byte 0xff - at byte 11" in said


def recipe(text: str = EVERYTHING) -> worlds.Recipe:
    return worlds.Recipe(text=text, name="x.toml", scenario=read_scenario(text))


def test_command_line_wins_over_the_scenario() -> None:
    switches = "[zoom]\nplan = 'free'\nslow_s = 3\nstyle = '2026'\n"
    made = recipe(f"{EVERYTHING}\n{switches}")
    assert worlds.options_of(made, Account().options()).plan == "free"
    given = Account(plan="pro", zoom=("slow_s=9",)).options()
    options = worlds.options_of(made, given)
    assert (options.plan, options.slow_s, options.style) == ("pro", 9, "2026")


def test_clock_starts_when_the_scenario_says() -> None:
    starts_at = recipe().starts_at
    assert starts_at
    start = Time(speed=60).standing(starts_at=starts_at)
    clock = start.clock()
    assert (start.now, clock.start_s, clock.speed) == (
        starts_at.timestamp(),
        starts_at.timestamp(),
        60,
    )
    later = Time(start_at="2026-11-23T10:05:00Z").standing(starts_at=starts_at)
    assert later.now - starts_at.timestamp() == 300


def test_account_is_the_scenarios_unless_told() -> None:
    assert Account().credentials(recipe().account).account_id == "acme"
    assert Account(account_id="mine").credentials("acme").account_id == "mine"


def test_plain_world_is_the_default_and_the_seed_counts() -> None:
    plain = worlds.read_recipe(None, seed=None, deep=False)
    assert (plain.scenario, plain.account) == (None, "demo")
    other = worlds.read_recipe(None, seed=8, deep=False)
    sources = [each.at(BEGIN_S).source() for each in (plain, other, plain)]
    names = [[p.user_name for p in s.people(s.sessions()[0].uuid)] for s in sources]
    assert names[0] == names[2] != names[1]
    assert names[0][0] == names[1][0] == "User"


def test_truth_without_a_scenario_is_that_of_the_default_one() -> None:
    deep = worlds.read_recipe(None, seed=3, deep=True)
    assert deep.scenario
    assert deep.scenario.seed == 3
    assert deep.text == worlds.default_text()


def test_world_is_played_up_to_now_and_progress_is_for_terminals() -> None:
    now = read_scenario(EVERYTHING).start_at.timestamp()
    for is_terminal in (False, True):
        screen = Screen(is_terminal=is_terminal)
        context = Context(environ={"TERM": "xterm"}, stderr=screen, folders=[])
        world = worlds.made(recipe(), now=now, whole=False, to=context)
        assert isinstance(world, World)
        live, *_ = (world.play(s.uuid) for s in world.sessions() if s.number == LIVE)
        assert len(live.blocks) == 10
        assert (b"participant-minutes" in screen.shown()) is is_terminal


def whole_world() -> World:
    context = Context(environ={}, stderr=io.StringIO(), folders=[])
    world = worlds.made(recipe(), now=0, whole=True, to=context)
    assert isinstance(world, World)
    return world


def test_truth_names_faults_members_and_spans(tmp_path: Path) -> None:
    file, world = tmp_path / "truth.json", whole_world()
    write_truth(file, world)
    truth = json.loads(file.read_text("utf-8"))
    told = next(s for s in truth["sessions"] if s["faults"])
    office, uplink = told["faults"]
    assert (office["id"], office["cause"]) == ("zinc saxophone", "shared_network")
    assert uplink["cause"] == "presenter_network"
    hit = {
        span["participant"] for span in told["spans"] if span["fault"] == office["id"]
    }
    assert hit == set(office["members"])
    assert len(truth["sessions"]) == len(world.sessions())
    assert [path.name for path in tmp_path.iterdir()] == ["truth.json"]


def test_truth_in_columns_has_a_row_for_every_sample(tmp_path: Path) -> None:
    file, world = tmp_path / "truth.parquet", whole_world()
    write_truth(file, world)
    table = pq.read_table(file)
    minutes = sum(s["participant_minutes"] for s in world.truth()["sessions"])
    assert table.num_rows == minutes
    assert str(table.schema.field("minute").type) == "timestamp[us, tz=UTC]"
    assert {"session_uuid", "participant", "cause", "fault"} <= set(table.column_names)
    faults = json.loads(table.schema.metadata[b"backrow.truth"])
    assert faults == json.loads(json.dumps(world.truth()))


def test_truth_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write"):
        write_truth(tmp_path / "missing" / "truth.json", whole_world())


def test_ids_to_try_are_those_of_the_world() -> None:
    now = read_scenario(EVERYTHING).start_at.timestamp()
    source = recipe().source()
    lines = list(
        greeting("http://127.0.0.1:1", None, Credentials(), source=source, now=now)
    )
    text = "\n".join(lines)
    first = source.people(source.sessions()[0].uuid)[0].user_id
    assert f"  backrow qos {LIVE} {first}" in lines
    states = ("running", "in 30 min", "ended", "a year ago")
    assert all(any(state in line for line in lines) for state in states)
    assert all(session.uuid in text for session in source.sessions())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["calm", "town-hall", "ugly"])
def test_examples_are_served_with_their_truth(name: str, tmp_path: Path) -> None:
    truth = tmp_path / "truth.json"
    arguments = ["--scenario", str(EXAMPLES / f"{name}.toml"), "--speed", "60"]
    plain = ["--zoom", "error_rate=0", "--zoom", "drop_rate=0"]
    with emulating(tmp_path, *arguments, "--truth", str(truth), *plain) as (_, environ):
        told = json.loads(truth.read_text("utf-8"))["sessions"][0]
        with Zoom.from_env(environ, deadline_s=3600) as zoom:
            live = list(zoom.webinars.list())
            people = list(zoom.webinars.participants(told["session_uuid"]))
    assert told["session_uuid"] in {session.uuid for session in live}
    assert 0 < len(people) <= told["participants"]


@pytest.mark.slow
def test_same_port_twice_is_told_before_the_world_is_made(tmp_path: Path) -> None:
    launch = EXAMPLES / "launch-10000.toml"
    with taken_port() as port:
        code, said = run("--scenario", str(launch), "--port", port)
    assert (code, said.count("\n")) == (2, 1)
    assert f"port {port}" in said
