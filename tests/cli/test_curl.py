"""`backrow qos --curl`: a line that works when pasted, and holds no secret."""

from __future__ import annotations

import shlex
from pathlib import Path

from tests.cli.terminal import LIVE, SAMPLE, SLASH_UUID, Terminal

PATH = "/metrics/webinars/{}/participants/{}/qos"


def url_in(line: str) -> str:
    return shlex.split(line)[-1]


def test_it_asks_backrow_for_a_token_and_calls_nothing(terminal: Terminal) -> None:
    ran = terminal.run("qos", LIVE, SAMPLE, "--curl")
    assert ran.out == (
        'curl -sS -H "Authorization: Bearer $(backrow access-token)" '
        f"'https://zoom.example.com/v2{PATH.format(LIVE, SAMPLE)}?type=live'\n"
    )
    assert (ran.code, ran.err, terminal.calls) == (0, "", [])


def test_a_token_of_the_environment_is_read_from_there(offline: Terminal) -> None:
    ran = offline.run("qos", LIVE, SAMPLE, "--curl", ZOOM_ACCESS_TOKEN="hush-hush")
    assert "Bearer $ZOOM_ACCESS_TOKEN" in ran.out
    assert "hush" not in ran.out


def test_a_token_of_the_file_is_asked_for(offline: Terminal, tmp_path: Path) -> None:
    (tmp_path / "backrow.toml").write_text('access_token = "hush-hush"')
    offline.folders = [tmp_path]
    ran = offline.run("qos", LIVE, SAMPLE, "--curl")
    assert "$(backrow access-token)" in ran.out
    assert "hush" not in ran.out


def test_it_works_without_any_settings(offline: Terminal) -> None:
    ran = offline.run("qos", LIVE, SAMPLE, "--curl", "--type", "past")
    assert url_in(ran.out).startswith("https://api.zoom.us/v2/metrics/")
    assert url_in(ran.out).endswith("?type=past")


def test_a_uuid_that_begins_with_a_slash_is_encoded_twice(offline: Terminal) -> None:
    ran = offline.run("qos", SLASH_UUID, SAMPLE, "--curl")
    assert "/%252FVq3JtLkR0ezyXaM5oWb2A%253D%253D/" in url_in(ran.out)


def test_flags_on_which_the_token_depends_are_handed_on(offline: Terminal) -> None:
    flags = ("--account-id", "a b", "--oauth-url", "https://o.example.com/token")
    ran = offline.run("qos", LIVE, SAMPLE, "--curl", *flags)
    inner = ran.out.split("$(")[1].split(")")[0]
    assert shlex.split(inner) == ["backrow", "access-token", *flags]


def test_it_calls_this_backrow_where_the_path_has_none(
    offline: Terminal, tmp_path: Path
) -> None:
    program = tmp_path / "my programs" / "backrow"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    offline.argv0 = str(program)
    ran = offline.run("qos", LIVE, SAMPLE, "--curl")
    assert f"$('{program}' access-token)" in ran.out


def test_a_hostile_id_stays_one_quoted_word(offline: Terminal) -> None:
    ran = offline.run("qos", "x';id;'", '$(id)`id`"', "--curl")
    words = shlex.split(ran.out)
    assert words[:3] == ["curl", "-sS", "-H"]
    assert len(words) == 5
    assert not {"'", '"', "$", "`", ";", " "} & set(words[4])
