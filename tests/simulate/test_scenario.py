"""Scenarios are read, refused with line and key, and written with comments."""

from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from backrow.errors import UsageError
from backrow.simulate.scenario import (
    Scenario,
    default_scenario,
    read_scenario,
    schema_page,
)
from backrow.simulate.scenario.lines import line_of
from backrow.simulate.scenario.schema import FaultKind
from backrow.simulate.scenario.templates import CAUSES, TEMPLATES
from backrow.simulate.world import World

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.toml"))
MINIMAL = '[[sessions]]\nnumber = "94512345678"\n'


def test_a_number_is_enough() -> None:
    scenario = read_scenario(MINIMAL)
    assert scenario.seed == 7
    assert scenario.start_at == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert scenario.sessions[0].attendees == 300
    assert len(scenario.places) > 10


def test_the_default_scenario_is_read_as_it_was_written() -> None:
    scenario = read_scenario(default_scenario(zoom='style = "2023"'))
    assert scenario.zoom == {"style": "2023"}
    plain = read_scenario(MINIMAL)
    for field in fields(Scenario):
        if field.name not in {"sessions", "zoom"}:
            assert getattr(scenario, field.name) == getattr(plain, field.name)
    assert [len(s.faults) for s in scenario.sessions] == [2, 0]


def test_the_lists_of_the_default_scenario_can_be_taken_as_they_are() -> None:
    lines = default_scenario().splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith("# data_centers"))
    end = next(i for i, line in enumerate(lines) if line.startswith("[company]"))
    taken = [line.removeprefix("# ").removeprefix("#") for line in lines[begin:end]]
    lists = "\n".join(line for line in taken if line[:1] != "W")
    assert read_scenario(f"{lists}\n{MINIMAL}") == read_scenario(MINIMAL)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_worlds(path: Path) -> None:
    scenario = read_scenario(path.read_text("utf-8"), name=path.name)
    sessions = World(scenario).sessions()
    assert len({session.uuid for session in sessions}) == len(sessions) > 0


def test_there_are_the_examples_that_the_readme_names() -> None:
    names = {path.stem for path in EXAMPLES}
    assert names >= {"calm", "town-hall", "launch-10000", "ugly"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("seed = 'x'\n", "number, got 'x' - at line 1, `seed`, in f.toml (same"),
        ("seed = -1\n", "a whole number, at least 0, got -1 - at line 1, `seed`"),
        ("seeds = 3\n", "'seeds' (did you mean 'seed'?) - at line 1, `seeds`"),
        ("start_at = 2026-11-23T10:00:00\n", "instant with a zone, such as"),
        ("[people]\n\nexternal = 1.5\n", "got 1.5 - at line 3, `people.external`"),
        ("[people]\nexternal = 'all'\n", "got 'all' - at line 2, `people.external`"),
        ("access.wired = 0\naccess.wifi = 0\naccess.cellular = 0\naccess.satellite = 0\n",
         "expected a weight above 0 - at line 1, `access`"),
        ("devices = { windows = 0, mac = 0, ios = 0, android = 0, web = 0 }\n",
         "above 0 for Windows, Mac, iOS, Android or web - at line 1, `devices`"),
        ("places = []\n", "expected an entry with a weight above 0 - at line 1, `places`"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_named_with_its_line(text: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_scenario(text + MINIMAL, name="f.toml")
    assert told in str(caught.value)
    assert ", in f.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[sessions.faults]]\nkind = "isp"\nwhere = { isp = "Aldr Fibre FR" }\n',
         "(did you mean 'Alder Fibre FR'?) - at line 5, `sessions[0].faults[0].where.isp`"),
        ('[[sessions.faults]]\nkind = "office"\n',
         "expected site for a fault of kind office - at line 3, `sessions[0].faults[0]"),
        ('[[sessions.faults]]\nkind = "zoom_core"\nat_min = 60\n',
         "before the end (60), got 60 - at line 5, `sessions[0].faults[0].at_min`"),
        ('[[sessions.faults]]\nkind = "zoom_core"\nlength = 3\n',
         "did you mean 'length_min'?) - at line 5, `sessions[0].faults[0].length`"),
        ('[[sessions.faults]]\nkind = "zoomcore"\n', "line 4, `sessions[0].faults[0].kind`"),
        ('[[sessions.faults]]\nkind = "presenter_cpu"\nwhere.person = "guest"\n',
         "got 'guest' - at line 5, `sessions[0].faults[0].where.person`"),
        (2 * '[[sessions.programme]]\nat_min = 0\nspeaker = "host"\n',
         "expected a minute after 0, got 0 - at line 7, `sessions[0].programme[1].at_min`"),
        ('[[sessions.programme]]\nat_min = 0\nspeaker = "panelist 4"\n',
         "panelist 1 to 3"),
        ('[[sessions]]\nnumber = "94512345678"\n', "line 4, `sessions[1].number`"),
        ('[[sessions]]\nkind = "webinar"\n', "key 'number', found none - at line 3, `sessions[1]`"),
        (2 * '[[sessions.faults]]\nkind = "zoom_core"\nname = "twice"\n',
         "a name of its own, got 'twice' - at line 8, `sessions[0].faults[1].name`"),
        ('[[sessions]]\nnumber = "12"\n', "got '12' - at line 4, `sessions[1].number`"),
    ],
)  # fmt: skip
def test_a_wrong_session_is_named_with_its_line(text: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_scenario(MINIMAL + text)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("site", "told"),
    [
        ('place = "Nowhere"', "`sites[0].place`"),
        ('isp = "None at all"', "`sites[0].isp`"),
        ('address = "198.51.100.300"', "expected an IP address"),
        ('address = "192.0.2.1"', "192.0.2.1 is not in network 198.51.100.0/28"),
        ('internal = "10.0.0.0/30"', "at least 256 addresses"),
    ],
)
def test_a_site_must_stand_in_the_world(site: str, told: str) -> None:
    usual = {
        "name": "Office",
        "place": "Paris",
        "isp": "Alder Fibre FR",
        "address": "198.51.100.1",
        "network": "198.51.100.0/28",
    }
    changed = site.partition(" = ")
    usual[changed[0]] = changed[2].strip('"')
    entries = "\n".join(f'{key} = "{value}"' for key, value in usual.items())
    with pytest.raises(UsageError, match="sites") as caught:
        read_scenario(f"[[sites]]\n{entries}\n{MINIMAL}")
    assert told in str(caught.value)


def test_places_need_providers_and_data_centers() -> None:
    place = (
        'places = [{ name = "X", country = "XX", region = "asia", data_center = "Y" }]'
    )
    with pytest.raises(UsageError, match=r"got 'Y' - at line 1, `places\[0\]"):
        read_scenario(f"{place}\n{MINIMAL}")
    with pytest.raises(UsageError, match="no fixed provider in 'XX'"):
        read_scenario(f"{place.replace('Y', 'India')}\n{MINIMAL}")


def test_no_session_is_no_world() -> None:
    with pytest.raises(UsageError, match="expected at least one session"):
        read_scenario("sessions = []\n")
    with pytest.raises(UsageError, match="expected the key 'sessions'"):
        read_scenario("")


def test_a_text_that_is_no_toml_is_told_where() -> None:
    with pytest.raises(UsageError, match=r"line 2, column \d+\) - in the scenario"):
        read_scenario("seed = 7\nseed seed\n")


def test_lines_are_found_behind_long_strings_and_arrays() -> None:
    text = 'a = """\nb = 1\n"""\nc = [\n  "]",  # ]\n  [1],\n]\n[d."e"]\nf = 1\n'
    assert line_of(text, "c") == 4
    assert line_of(text, "d.e.f") == 9
    assert line_of(text, "b") is None
    assert line_of(text, "d.e.g[3].h") == 8


def test_every_kind_of_fault_has_a_template_and_a_known_cause() -> None:
    assert set(TEMPLATES) == set(get_args(FaultKind))
    assert {template.cause for template in TEMPLATES.values()} == set(CAUSES)


def test_every_key_is_on_the_page() -> None:
    page = schema_page()
    for name in ("seed", "external_hides", "utc_offset_h", "at_min", "early", "site"):
        assert f"| `{name}` |" in page
    assert all(f"| `{kind}` |" in page for kind in TEMPLATES)
