"""The flags of `backrow emulate` for QSS events."""

import io
import json
from contextlib import nullcontext
from pathlib import Path

import pytest

from backrow.cli import main
from backrow.cli.context import Context
from backrow.cli.emulate.push import Push, feed_of, push_beside, push_options_of
from backrow.cli.emulate.worlds import Recipe
from backrow.clock import Clock
from backrow.errors import UsageError
from backrow.simulate.scenario import read_scenario
from backrow.web.emulated.options import ZoomOptions
from backrow.zoom.decode import decode_event
from backrow.zoom.webhook import Seal

START = "2026-11-23T10:00:00Z"
NOW = Clock.parse(f"{START}@{START}@1").start_s
PLAIN = Recipe(begin_s=NOW)
TABLE = """
account = "acc"
[push]
url = "http://example.com/a"
duplicates = 0.1
in_flight = 4
[[sessions]]
number = "94512345678"
"""


def scenario(text: str) -> Recipe:
    return Recipe(text=text, name="mine.toml", scenario=read_scenario(text))


def run(*arguments: str) -> tuple[int, str]:
    """Run the command; return the exit code and what was said."""
    said = io.StringIO()
    context = Context(environ={}, stdout=io.StringIO(), stderr=said, folders=[])
    whole = ["emulate", "--start-at", START, *arguments]
    return main(whole, context=context), said.getvalue()


def test_events_are_written_ahead_of_time(tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    code, said = run(
        "--events", str(file), "--events-most", "20", "--push-secret", "s3"
    )
    assert (code, said) == (0, f"Wrote 20 signed events to {file}\n")
    for line in file.read_text("utf-8").splitlines():
        event = json.loads(line)
        body = event["body"].encode()
        assert Seal("s3").check(event["headers"], body, now=NOW) == "good"
        assert decode_event(body, strict=True).problems == ()


def test_name_of_the_file_chooses_the_form(tmp_path: Path) -> None:
    file = tmp_path / "events.tsv"
    run("--events", str(file), "--events-most", "2", "--push-events", "data")
    assert [line.count(b"\t") for line in file.read_bytes().splitlines()] == [3, 3]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--events", "none/events.ndjson"], "cannot write none/events.ndjson"),
        (["--events", "e", "--events-most", "0"], "a number above 0"),
        (["--push", "example.com"], "expected an address such as"),
        (["--push", "http://example.com", "--push-secret", ""], "secret token"),
        (
            ["--push", "http://example.com", "--push-duplicates", "2"],
            "at switch duplicates of the push",
        ),
        (["--push-events", "chat"], "got 'chat' - at switch events"),
        (["--push-switch", "in_flight"], "expected NAME=VALUE"),
        (["--push-switch", "in_fligth=2"], "did you mean in_flight?"),
    ],
    ids=range(8),
)
def test_wrong_flags_are_one_clear_line(arguments: list[str], words: str) -> None:
    code, said = run("--port", "0", *arguments)
    assert code == 2
    assert said.count("\n") == 1
    assert words in said


def test_flags_win_over_the_scenarios_table() -> None:
    push = Push(
        push="http://example.com/b",
        push_disorder=0.2,
        push_switch=("in_flight=8", "signed_at=each"),
    )
    options = push_options_of(scenario(TABLE), push)
    assert options.url == "http://example.com/b"
    assert (options.duplicates, options.disorder) == (0.1, 0.2)
    assert (options.in_flight, options.signed_at) == (8, "each")


def test_wrong_key_of_the_table_is_named_with_its_line() -> None:
    text = TABLE.replace("in_flight = 4", "in_fligth = 4")
    expected = r"'in_fligth' \(did you mean in_flight\?\) - at line 6, `push.in_fligth`"
    with pytest.raises(UsageError, match=expected):
        push_options_of(scenario(text), Push())


def test_without_an_address_nothing_is_pushed() -> None:
    beside = push_beside(PLAIN, Push(), zoom=ZoomOptions())
    assert isinstance(beside(Clock()), nullcontext)


def test_feed_of_a_scenario_pushes_what_only_events_have() -> None:
    feed = feed_of(scenario(TABLE), zoom=ZoomOptions(style="2026", live_delay_s=9))
    assert (feed.account, feed.style, feed.delay_s) == ("acc", "2026", 9)
    assert feed.rows is not None
    assert feed_of(PLAIN, zoom=ZoomOptions()).rows is None
