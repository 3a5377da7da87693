"""`backrow report`: a session as one file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from tests.web.pages.lakes import keep
from tests.web.pages.rooms import Room


def test_report_of_nothing_says_where_it_looked(
    offline: Terminal, tmp_path: Path
) -> None:
    lake, out = tmp_path / "lake", tmp_path / "r.html"
    ran = offline.run("report", "latest", "--lake", str(lake), "-o", str(out))
    assert ran.code == 4
    assert str(lake) in ran.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "r.html", "--where", "Lyon"], "expected KEY=VALUE, got 'Lyon'"),
        (["-o", "-x"], "expected a file after --output"),
    ],
)
def test_wrong_option_is_refused(
    offline: Terminal, arguments: list[str], words: str
) -> None:
    ran = offline.run("report", "latest", *arguments)
    assert (ran.code, words in ran.err) == (2, True)


@pytest.mark.slow
def test_report_is_written_with_and_without_names(
    offline: Terminal, tmp_path: Path
) -> None:
    room, lake, out = Room.town_hall(40), tmp_path / "lake", tmp_path / "r.html"
    keep(room, lake)
    ran = offline.run("report", "94512345678", "--lake", str(lake), "-o", str(out))
    assert (ran.code, ran.err) == (0, f"Wrote {out}\n")
    host = room.occurrence().host
    assert host in out.read_text("utf-8")
    told = offline.run(
        "report", "latest", "--lake", str(lake), "-o", "-", "--anonymous"
    )
    assert told.out.startswith("<!doctype html>")
    assert host not in told.out
    known = offline.run(
        "report",
        "latest",
        "--lake",
        str(lake),
        "-o",
        "-",
        "--identities",
        "pseudonyms",
    )
    assert host not in known.out
    assert "Person " in known.out
    nobody = offline.run(
        "report",
        "latest",
        "--lake",
        str(lake),
        "-o",
        str(out),
        "--where",
        "site=Nowhere",
    )
    assert nobody.code == 2
    for addresses, ends in (("prefix", {"/24"}), ("omit", set())):
        told = offline.run(
            "report",
            "latest",
            "--lake",
            str(lake),
            "-o",
            "-",
            BACKROW_ADDRESSES=addresses,
        )
        assert (
            set(re.findall(r"\b(?:\d{1,3}\.){3}\d{1,3}(/\d+)?(?![\d.])", told.out))
            == ends
        )
    missing = tmp_path / "no/r.html"
    ran = offline.run("report", "latest", "--lake", str(lake), "-o", str(missing))
    assert (ran.code, f"cannot write {missing}" in ran.err) == (2, True)
